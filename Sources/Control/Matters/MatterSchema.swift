import Storage

/// The tables of matters. What was done stands in append-only rows; `matter_status` and `matter_task` are running
/// rows, the present state of those acts, kept for the lists and compared with the acts by `Matters.verify`.
public enum MatterSchema {
    public static let migrations = [attachments, matters, tasks, jobs]

    static let attachments = Migration(
        "matters.1",
        [
            """
            CREATE TABLE attachment (
                area {int} NOT NULL,
                hash {blob} NOT NULL CHECK (length(hash) = 32),
                type {int} NOT NULL CHECK (type BETWEEN 1 AND 6),
                name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
                size {int} NOT NULL CHECK (size BETWEEN 1 AND 20971520),
                kept_at {int} NOT NULL,
                content {blob} NOT NULL,
                PRIMARY KEY (area, hash),
                CHECK (length(content) = size)
            ) {strict}
            """,
            "{append-only attachment}",
        ])

    static let matters = Migration(
        "matters.2",
        [
            """
            CREATE TABLE matter (
                area {int} NOT NULL,
                id {int} NOT NULL CHECK (id > 0),
                kind {text} NOT NULL CHECK (length(kind) BETWEEN 3 AND 60),
                opener {int} NOT NULL,
                opened_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, opener) REFERENCES staff (area, id)
            ) {strict}
            """,
            "CREATE INDEX matter_by_opener ON matter (area, opener, id)",
            "{append-only matter}",
            """
            CREATE TABLE matter_act (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                seq {int} NOT NULL CHECK (seq > 0),
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 30),
                position {int} NOT NULL CHECK (position >= 0),
                task {int},
                actor_kind {int} NOT NULL CHECK (actor_kind IN (0, 1)),
                actor {int} NOT NULL,
                post {text} NOT NULL,
                behalf {int},
                form_version {int} NOT NULL CHECK (form_version >= 1),
                opinion {text} NOT NULL CHECK (length(opinion) <= 2000),
                target {int},
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, matter, seq),
                FOREIGN KEY (area, matter) REFERENCES matter (area, id),
                CHECK (behalf IS NULL OR behalf <> actor)
            ) {strict}
            """,
            "{append-only matter_act}",
            """
            CREATE TABLE matter_form (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                version {int} NOT NULL CHECK (version >= 1),
                act {int} NOT NULL,
                amount_fen {int},
                content {text} NOT NULL,
                PRIMARY KEY (area, matter, version),
                FOREIGN KEY (area, matter, act) REFERENCES matter_act (area, matter, seq)
            ) {strict}
            """,
            "{append-only matter_form}",
            """
            CREATE TABLE matter_paper (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                no {int} NOT NULL CHECK (no >= 1),
                act {int} NOT NULL,
                code {text} NOT NULL,
                name {text} NOT NULL,
                hash {blob} NOT NULL,
                PRIMARY KEY (area, matter, no),
                FOREIGN KEY (area, matter, act) REFERENCES matter_act (area, matter, seq),
                FOREIGN KEY (area, hash) REFERENCES attachment (area, hash)
            ) {strict}
            """,
            "{append-only matter_paper}",
            // The route as it was when the matter was opened, and the signers added to it since.
            """
            CREATE TABLE matter_stage (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                position {int} NOT NULL CHECK (position > 0),
                act {int} NOT NULL,
                code {text} NOT NULL,
                name {text} NOT NULL,
                post {text} NOT NULL,
                signing {int} NOT NULL CHECK (signing BETWEEN 1 AND 4),
                percent {int} NOT NULL CHECK (percent BETWEEN 0 AND 100),
                limit_days {int} NOT NULL CHECK (limit_days > 0),
                from_fen {int},
                added_for {int},
                PRIMARY KEY (area, matter, position),
                FOREIGN KEY (area, matter, act) REFERENCES matter_act (area, matter, seq),
                CHECK ((percent > 0) = (signing = 4)),
                CHECK ((added_for IS NULL) OR (from_fen IS NULL AND signing <> 1))
            ) {strict}
            """,
            "{append-only matter_stage}",
            """
            CREATE TABLE matter_signer (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                position {int} NOT NULL,
                staff {int} NOT NULL,
                act {int} NOT NULL,
                PRIMARY KEY (area, matter, position, staff),
                FOREIGN KEY (area, matter, position) REFERENCES matter_stage (area, matter, position),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id)
            ) {strict}
            """,
            "{append-only matter_signer}",
            """
            CREATE TABLE matter_copy (
                area {int} NOT NULL,
                staff {int} NOT NULL,
                matter {int} NOT NULL,
                act {int} NOT NULL,
                PRIMARY KEY (area, staff, matter),
                FOREIGN KEY (area, matter, act) REFERENCES matter_act (area, matter, seq),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id)
            ) {strict}
            """,
            "{append-only matter_copy}",
            // What the matter brought about: the page links there, and a person's page links back.
            """
            CREATE TABLE matter_subject (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                no {int} NOT NULL CHECK (no >= 1),
                act {int} NOT NULL,
                kind {text} NOT NULL,
                subject {int} NOT NULL,
                PRIMARY KEY (area, matter, no),
                FOREIGN KEY (area, matter, act) REFERENCES matter_act (area, matter, seq)
            ) {strict}
            """,
            "CREATE INDEX matter_subject_by_subject ON matter_subject (area, kind, subject, matter)",
            "{append-only matter_subject}",
        ])

    static let tasks = Migration(
        "matters.3",
        [
            """
            CREATE TABLE matter_status (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                state {int} NOT NULL CHECK (state BETWEEN 1 AND 10),
                position {int} NOT NULL,
                round {int} NOT NULL CHECK (round >= 1),
                last_seq {int} NOT NULL CHECK (last_seq >= 1),
                version {int} NOT NULL CHECK (version BETWEEN 1 AND last_seq),
                form_version {int} NOT NULL CHECK (form_version >= 1),
                title {text} NOT NULL CHECK (length(title) <= 100),
                ended_at {int},
                PRIMARY KEY (area, matter),
                FOREIGN KEY (area, matter) REFERENCES matter (area, id),
                CHECK ((ended_at IS NOT NULL) = (state BETWEEN 6 AND 10))
            ) {strict}
            """,
            "CREATE INDEX matter_status_jobs ON matter_status (area, matter) WHERE state = 4",
            "CREATE INDEX matter_status_ended ON matter_status (area, ended_at, matter) WHERE ended_at IS NOT NULL",
            // One row a piece of work. The three lists that staff open all day each have an index in their own order,
            // and hold only the rows that can be in them.
            """
            CREATE TABLE matter_task (
                area {int} NOT NULL,
                id {int} NOT NULL,
                matter {int} NOT NULL,
                kind {text} NOT NULL,
                position {int} NOT NULL,
                round {int} NOT NULL,
                step {text} NOT NULL,
                purpose {int} NOT NULL CHECK (purpose IN (1, 2)),
                status {int} NOT NULL CHECK (status BETWEEN 1 AND 5),
                post {text} NOT NULL,
                assignee {int},
                principal {int},
                begun_day {int} NOT NULL,
                due_day {int} NOT NULL,
                days_left {int},
                reminders {int} NOT NULL CHECK (reminders >= 0),
                vote {int} CHECK (vote BETWEEN 1 AND 4),
                closed_by {int},
                closed_at {int},
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, matter) REFERENCES matter (area, id),
                CHECK ((closed_by IS NOT NULL) = (status = 2)),
                CHECK ((closed_at IS NOT NULL) = (status IN (2, 4, 5))),
                CHECK ((vote IS NOT NULL) = (status = 2)),
                CHECK ((days_left IS NOT NULL) = (status = 3)),
                CHECK (principal IS NULL OR assignee IS NOT NULL)
            ) {strict}
            """,
            "CREATE INDEX matter_task_of_matter ON matter_task (area, matter, id)",
            """
            CREATE INDEX matter_task_assigned ON matter_task (area, assignee, due_day, id)
            WHERE status = 1 AND assignee IS NOT NULL
            """,
            """
            CREATE INDEX matter_task_pool ON matter_task (area, post, due_day, id)
            WHERE status = 1 AND assignee IS NULL
            """,
            "CREATE INDEX matter_task_done ON matter_task (area, closed_by, closed_at, id) WHERE status = 2",
            "CREATE INDEX matter_task_supplying ON matter_task (area, due_day, id) WHERE status = 1 AND purpose = 2",
        ])

    static let jobs = Migration(
        "matters.4",
        [
            """
            CREATE TABLE matter_chunk (
                area {int} NOT NULL,
                matter {int} NOT NULL,
                no {int} NOT NULL CHECK (no >= 1),
                cursor {int} NOT NULL,
                next_cursor {int},
                done {int} NOT NULL CHECK (done >= 0),
                total {int} NOT NULL CHECK (total >= done),
                finished_at {int} NOT NULL,
                PRIMARY KEY (area, matter, no),
                FOREIGN KEY (area, matter) REFERENCES matter (area, id)
            ) {strict}
            """,
            "{append-only matter_chunk}",
        ])
}
