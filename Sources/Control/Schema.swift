import Storage

/// The tables of internal control.
public enum ControlSchema {
    public static let migrations: [Migration] = [events, staff, sessions, policyVersions, organisation, recusals]

    static let events = Migration(
        "control.1",
        [
            // Ordered by commit (`mark`), see EventLog.
            """
            CREATE TABLE event (
                area {int} NOT NULL,
                mark {int} NOT NULL CHECK (mark > 0),
                id {int} NOT NULL CHECK (id > 0),
                kind {text} NOT NULL CHECK (length(kind) BETWEEN 3 AND 60),
                subject {int} NOT NULL,
                record {int} NOT NULL,
                actor_kind {int} NOT NULL CHECK (actor_kind BETWEEN 0 AND 3),
                actor {int} NOT NULL,
                happened_at {int} NOT NULL,
                detail {text} NOT NULL CHECK (length(detail) <= 4000),
                rows_digest {blob} NOT NULL CHECK (length(rows_digest) IN (0, 32)),
                PRIMARY KEY (area, mark, id)
            ) {clustered}
            """,
            "CREATE INDEX event_by_subject ON event (area, subject)",
            "{append-only event}",
            // Only PostgreSQL uses it: what to add to a restored cluster's young transaction numbers.
            """
            CREATE TABLE event_clock (
                area {int} NOT NULL PRIMARY KEY,
                shift {int} NOT NULL CHECK (shift >= 0)
            ) {strict}
            """,
            // One seal a batch: members tell which event broke, the head proves that none did.
            """
            CREATE TABLE event_seal (
                area {int} NOT NULL,
                seal {int} NOT NULL CHECK (seal > 0),
                last_mark {int} NOT NULL,
                last_id {int} NOT NULL,
                batch_count {int} NOT NULL CHECK (batch_count > 0),
                total_count {int} NOT NULL CHECK (total_count >= batch_count),
                members {blob} NOT NULL,
                head {blob} NOT NULL CHECK (length(head) = 32),
                sealed_at {int} NOT NULL,
                PRIMARY KEY (area, seal)
            ) {strict}
            """,
            "{append-only event_seal}",
            """
            CREATE TABLE signing_key (
                area {int} NOT NULL,
                fingerprint {text} NOT NULL CHECK (length(fingerprint) = 16),
                public_pem {text} NOT NULL,
                known_at {int} NOT NULL,
                PRIMARY KEY (area, fingerprint)
            ) {strict}
            """,
            "{append-only signing_key}",
            """
            CREATE TABLE signed_head (
                area {int} NOT NULL,
                day {int} NOT NULL,
                seal {int} NOT NULL,
                total_count {int} NOT NULL CHECK (total_count >= 0),
                head {blob} NOT NULL CHECK (length(head) = 32),
                fingerprint {text} NOT NULL,
                signature {blob} NOT NULL,
                signed_at {int} NOT NULL,
                PRIMARY KEY (area, day, seal),
                FOREIGN KEY (area, fingerprint) REFERENCES signing_key (area, fingerprint)
            ) {strict}
            """,
            "{append-only signed_head}",
        ])

    static let staff = Migration(
        "control.2",
        [
            """
            CREATE TABLE staff (
                area {int} NOT NULL,
                id {int} NOT NULL,
                login {text} NOT NULL CHECK (length(login) BETWEEN 2 AND 30),
                opened_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, login)
            ) {strict}
            """,
            "{append-only staff}",
            // The state of a member of staff is the sum of these acts; see StaffAct.
            """
            CREATE TABLE staff_act (
                area {int} NOT NULL,
                act {int} NOT NULL,
                staff {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 7),
                display_name {text},
                password_hash {text},
                must_change {int} CHECK (must_change IN (0, 1)),
                reason {text} NOT NULL,
                matter {int},
                by_kind {int} NOT NULL,
                by_number {int} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, act),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id),
                CHECK ((display_name IS NOT NULL) = (kind IN (1, 6))),
                CHECK ((password_hash IS NOT NULL) = (kind = 2)),
                CHECK ((must_change IS NOT NULL) = (kind = 2))
            ) {strict}
            """,
            "CREATE INDEX staff_act_by_staff ON staff_act (area, staff, act)",
            "{append-only staff_act}",
            // Every try to sign in, also under names that do not exist: lock-out is counted from here.
            """
            CREATE TABLE sign_in (
                area {int} NOT NULL,
                id {int} NOT NULL,
                login {text} NOT NULL,
                staff {int},
                outcome {int} NOT NULL CHECK (outcome BETWEEN 1 AND 4),
                came_from {text} NOT NULL,
                happened_at {int} NOT NULL,
                PRIMARY KEY (area, id),
                CHECK (outcome <> 1 OR staff IS NOT NULL)
            ) {strict}
            """,
            "CREATE INDEX sign_in_by_login ON sign_in (area, login, id)",
            "{append-only sign_in}",
        ])

    static let sessions = Migration(
        "control.3",
        [
            // The token itself is never stored: whoever reads the database cannot enter.
            """
            CREATE TABLE session (
                area {int} NOT NULL,
                token_hash {blob} NOT NULL CHECK (length(token_hash) = 32),
                staff {int} NOT NULL,
                credential_act {int} NOT NULL,
                opened_at {int} NOT NULL,
                expires_at {int} NOT NULL CHECK (expires_at > opened_at),
                seen_at {int} NOT NULL,
                ended_at {int},
                PRIMARY KEY (area, token_hash),
                FOREIGN KEY (area, staff) REFERENCES staff (area, id)
            ) {strict}
            """
        ])

    static let policyVersions = Migration(
        "control.4",
        [
            """
            CREATE TABLE policy_version (
                area {int} NOT NULL,
                version {text} NOT NULL CHECK (length(version) = 64),
                content {text} NOT NULL,
                archived_at {int} NOT NULL,
                PRIMARY KEY (area, version)
            ) {strict}
            """,
            "{append-only policy_version}",
        ])
}
