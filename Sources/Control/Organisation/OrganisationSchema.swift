import Storage

extension ControlSchema {
    /// Sections, posts and who holds them. A plan is never changed: a new one takes its place, the old one stays.
    static let organisation = Migration(
        "control.5",
        [
            """
            CREATE TABLE organisation_plan (
                area {int} NOT NULL,
                plan {int} NOT NULL CHECK (plan > 0),
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, plan)
            ) {strict}
            """,
            "{append-only organisation_plan}",
            """
            CREATE TABLE plan_section (
                area {int} NOT NULL,
                plan {int} NOT NULL,
                position {int} NOT NULL,
                code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
                name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
                PRIMARY KEY (area, plan, position),
                UNIQUE (area, plan, code),
                FOREIGN KEY (area, plan) REFERENCES organisation_plan (area, plan)
            ) {strict}
            """,
            "{append-only plan_section}",
            """
            CREATE TABLE plan_post (
                area {int} NOT NULL,
                plan {int} NOT NULL,
                position {int} NOT NULL,
                code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
                name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
                section {text} NOT NULL,
                permissions {text} NOT NULL,
                PRIMARY KEY (area, plan, position),
                UNIQUE (area, plan, code),
                FOREIGN KEY (area, plan, section) REFERENCES plan_section (area, plan, code)
            ) {strict}
            """,
            "{append-only plan_post}",
            """
            CREATE TABLE plan_incompatible (
                area {int} NOT NULL,
                plan {int} NOT NULL,
                one {text} NOT NULL,
                other {text} NOT NULL,
                scope {int} NOT NULL CHECK (scope IN (1, 2)),
                basis {text} NOT NULL CHECK (length(basis) > 0),
                PRIMARY KEY (area, plan, one, other),
                CHECK (one < other),
                FOREIGN KEY (area, plan, one) REFERENCES plan_post (area, plan, code),
                FOREIGN KEY (area, plan, other) REFERENCES plan_post (area, plan, code)
            ) {strict}
            """,
            "{append-only plan_incompatible}",
            """
            CREATE TABLE plan_limit (
                area {int} NOT NULL,
                plan {int} NOT NULL,
                code {text} NOT NULL,
                value {int} NOT NULL CHECK (value > 0),
                name {text} NOT NULL,
                basis {text} NOT NULL CHECK (length(basis) > 0),
                PRIMARY KEY (area, plan, code),
                FOREIGN KEY (area, plan) REFERENCES organisation_plan (area, plan)
            ) {strict}
            """,
            "{append-only plan_limit}",
            // Somebody who stands in does so for a person and until a day.
            """
            CREATE TABLE post_grant (
                area {int} NOT NULL,
                id {int} NOT NULL,
                staff {int} NOT NULL,
                post {text} NOT NULL CHECK (length(post) BETWEEN 1 AND 40),
                on_behalf_of {int},
                first_day {int} NOT NULL,
                last_day {int} CHECK (last_day >= first_day),
                reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id),
                FOREIGN KEY (area, on_behalf_of) REFERENCES staff (area, id),
                CHECK (on_behalf_of IS NULL OR (on_behalf_of <> staff AND last_day IS NOT NULL))
            ) {strict}
            """,
            "CREATE INDEX post_grant_by_staff ON post_grant (area, staff, id)",
            "CREATE INDEX post_grant_by_post ON post_grant (area, post, id)",
            "{append-only post_grant}",
            """
            CREATE TABLE post_withdrawal (
                area {int} NOT NULL,
                grant_id {int} NOT NULL,
                staff {int} NOT NULL,
                reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, grant_id),
                FOREIGN KEY (area, grant_id) REFERENCES post_grant (area, id)
            ) {strict}
            """,
            "{append-only post_withdrawal}",
            // An exception always ends.
            """
            CREATE TABLE post_exception (
                area {int} NOT NULL,
                id {int} NOT NULL,
                staff {int} NOT NULL,
                one {text} NOT NULL,
                other {text} NOT NULL,
                first_day {int} NOT NULL,
                last_day {int} NOT NULL CHECK (last_day >= first_day),
                reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id),
                CHECK (one < other)
            ) {strict}
            """,
            "CREATE INDEX post_exception_by_staff ON post_exception (area, staff, id)",
            "{append-only post_exception}",
        ])

    /// Whom staff keep out of the way of (回避登记), and the end of it.
    static let recusals = Migration(
        "control.6",
        [
            """
            CREATE TABLE recusal (
                area {int} NOT NULL,
                id {int} NOT NULL,
                staff {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 3),
                subject {int} NOT NULL,
                relation {int} NOT NULL CHECK (relation BETWEEN 1 AND 3),
                reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id)
            ) {strict}
            """,
            "CREATE INDEX recusal_by_staff ON recusal (area, staff, id)",
            "{append-only recusal}",
            """
            CREATE TABLE recusal_end (
                area {int} NOT NULL,
                recusal {int} NOT NULL,
                staff {int} NOT NULL,
                reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, recusal),
                FOREIGN KEY (area, recusal) REFERENCES recusal (area, id)
            ) {strict}
            """,
            "{append-only recusal_end}",
        ])
}
