import Storage

extension Portability {
    public static let migrations: [Migration] = [transfers, exchange, certificates, payments]

    private static let transfers = Migration(
        "portability.1",
        [
            // The latest version of an agency counts; one without a key is written to on paper. The area's own row is
            // what stands at the head of its letters.
            """
            CREATE TABLE portability_peer (
                area {int} NOT NULL,
                agency {int} NOT NULL,
                version {int} NOT NULL CHECK (version > 0),
                name {text} NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
                address {text} NOT NULL,
                phone {text} NOT NULL,
                bank {text} NOT NULL,
                account {text} NOT NULL,
                url {text} NOT NULL,
                key_kind {int} NOT NULL CHECK (key_kind BETWEEN 0 AND 2),
                key {blob} NOT NULL CHECK ((key_kind = 0) = (length(key) = 0)),
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, agency, version)
            ) {strict}
            """,
            "{append-only portability_peer}",
            """
            CREATE TABLE transfer (
                area {int} NOT NULL,
                id {int} NOT NULL,
                number {text} NOT NULL CHECK (length(number) BETWEEN 1 AND 40),
                direction {int} NOT NULL CHECK (direction IN (1, 2)),
                scene {int} NOT NULL CHECK (scene BETWEEN 1 AND 3),
                person {int} NOT NULL,
                from_insurance {int} NOT NULL,
                to_insurance {int} NOT NULL,
                other {int} NOT NULL,
                applicant {int} NOT NULL CHECK (applicant BETWEEN 1 AND 3),
                employer {int} CHECK ((employer IS NOT NULL) = (applicant = 2)),
                applied_day {int} NOT NULL,
                insured_from {int} NOT NULL,
                paid_from {int} CHECK (paid_from <= paid_through),
                paid_through {int} CHECK (paid_through IS NOT NULL OR paid_from IS NULL),
                on_paper {int} NOT NULL CHECK (on_paper IN (0, 1)),
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, direction, number)
            ) {strict}
            """,
            "CREATE INDEX transfer_by_person ON transfer (area, person, id)",
            "CREATE INDEX transfer_by_day ON transfer (area, applied_day, id)",
            "{append-only transfer}",
            """
            CREATE TABLE transfer_act (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                seq {int} NOT NULL CHECK (seq > 0),
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 8 OR kind BETWEEN 20 AND 24),
                day {int} NOT NULL,
                has_money {int} CHECK (has_money IN (0, 1)),
                ground {text} NOT NULL,
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, transfer, seq),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {clustered}
            """,
            "{append-only transfer_act}",
            // Where each transfer stands, for lists: what its acts come to, which verification proves.
            """
            CREATE TABLE transfer_standing (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                direction {int} NOT NULL,
                state {int} NOT NULL,
                since_day {int} NOT NULL,
                limit_kind {int} CHECK (limit_kind IN (1, 2)),
                limit_since {int} CHECK ((limit_since IS NULL) = (limit_kind IS NULL)),
                is_late {int} NOT NULL CHECK (is_late IN (0, 1)),
                PRIMARY KEY (area, transfer),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {strict}
            """,
            "CREATE INDEX transfer_standing_by_state ON transfer_standing (area, direction, state, transfer)",
            """
            CREATE INDEX transfer_standing_by_limit ON transfer_standing (area, limit_kind, limit_since)
            WHERE is_late = 0 AND limit_kind IS NOT NULL
            """,
            // The information form, as it was made or came: the last of a transfer counts.
            """
            CREATE TABLE transfer_form (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                seq {int} NOT NULL CHECK (seq > 0),
                origin {int} NOT NULL CHECK (origin BETWEEN 1 AND 3),
                content {text} NOT NULL,
                money_fen {int} NOT NULL CHECK (money_fen >= 0),
                scan {text},
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, transfer, seq),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {strict}
            """,
            "{append-only transfer_form}",
            // What came to our bank from other agencies (到账).
            """
            CREATE TABLE transfer_receipt (
                area {int} NOT NULL,
                id {int} NOT NULL,
                serial {text} NOT NULL CHECK (length(serial) BETWEEN 1 AND 60),
                day {int} NOT NULL,
                payer {text} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen > 0),
                note {text} NOT NULL,
                batch {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, serial)
            ) {strict}
            """,
            "{append-only transfer_receipt}",
            // Money sent, announced, or matched with what came.
            """
            CREATE TABLE transfer_money (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 3),
                principal_fen {int} NOT NULL CHECK (principal_fen >= 0),
                interest_fen {int} NOT NULL CHECK (interest_fen >= 0),
                total_fen {int} NOT NULL CHECK (total_fen > 0 AND total_fen = principal_fen + interest_fen),
                serial {text} NOT NULL,
                receipt {int} CHECK ((receipt IS NOT NULL) = (kind = 3)),
                day {int} NOT NULL,
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, transfer, kind),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id),
                FOREIGN KEY (area, receipt) REFERENCES transfer_receipt (area, id)
            ) {strict}
            """,
            "CREATE UNIQUE INDEX transfer_money_receipt ON transfer_money (area, receipt) WHERE receipt IS NOT NULL",
            "{append-only transfer_money}",
            // What counts here of the years elsewhere (年限互认).
            """
            CREATE TABLE transfer_recognition (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                person {int} NOT NULL,
                insurance {int} NOT NULL,
                first_month {int},
                last_month {int},
                paid_months {int} NOT NULL CHECK (paid_months >= 0),
                months {int} NOT NULL CHECK (months >= 0),
                deemed_months {int} NOT NULL CHECK (deemed_months BETWEEN 0 AND months),
                resident_years {int} NOT NULL CHECK (resident_years >= 0),
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, transfer),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {strict}
            """,
            "CREATE INDEX transfer_recognition_by_person ON transfer_recognition (area, person, transfer)",
            "{append-only transfer_recognition}",
            """
            CREATE TABLE transfer_recognised_year (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                year {int} NOT NULL CHECK (year BETWEEN 1949 AND 2200),
                PRIMARY KEY (area, transfer, year),
                FOREIGN KEY (area, transfer) REFERENCES transfer_recognition (area, transfer)
            ) {clustered}
            """,
            "{append-only transfer_recognised_year}",
        ])

    private static let exchange = Migration(
        "portability.2",
        [
            """
            CREATE TABLE portability_outbox (
                area {int} NOT NULL,
                id {int} NOT NULL,
                message_id {text} NOT NULL,
                agency {int} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 8),
                transfer {int} NOT NULL,
                body {text} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, message_id),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {strict}
            """,
            "CREATE INDEX portability_outbox_by_transfer ON portability_outbox (area, transfer, id)",
            "{append-only portability_outbox}",
            """
            CREATE TABLE portability_delivery (
                area {int} NOT NULL,
                message {int} NOT NULL,
                attempt {int} NOT NULL CHECK (attempt > 0),
                outcome {int} NOT NULL CHECK (outcome BETWEEN 1 AND 3),
                answer {text} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, message, attempt),
                FOREIGN KEY (area, message) REFERENCES portability_outbox (area, id)
            ) {clustered}
            """,
            "{append-only portability_delivery}",
            // What is still to be sent; a message leaves it when it got through or was refused.
            """
            CREATE TABLE portability_pending (
                area {int} NOT NULL,
                message {int} NOT NULL,
                attempts {int} NOT NULL,
                next_at {int} NOT NULL,
                PRIMARY KEY (area, message),
                FOREIGN KEY (area, message) REFERENCES portability_outbox (area, id)
            ) {strict}
            """,
            "CREATE INDEX portability_pending_by_time ON portability_pending (area, next_at, message)",
            // The key to carrying a message out once.
            """
            CREATE TABLE portability_inbox (
                area {int} NOT NULL,
                agency {int} NOT NULL,
                message_id {text} NOT NULL,
                kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 8),
                digest {blob} NOT NULL CHECK (length(digest) = 32),
                transfer {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, agency, message_id)
            ) {strict}
            """,
            "CREATE INDEX portability_inbox_by_transfer ON portability_inbox (area, transfer)",
            "{append-only portability_inbox}",
        ])

    private static let certificates = Migration(
        "portability.3",
        [
            // The secret behind the verification codes; a new one does not touch the codes given out before.
            """
            CREATE TABLE certificate_key (
                area {int} NOT NULL,
                version {int} NOT NULL CHECK (version > 0),
                key {blob} NOT NULL CHECK (length(key) = 32),
                at {int} NOT NULL,
                PRIMARY KEY (area, version)
            ) {strict}
            """,
            "{append-only certificate_key}",
            """
            CREATE TABLE certificate (
                area {int} NOT NULL,
                id {int} NOT NULL,
                number {text} NOT NULL CHECK (length(number) BETWEEN 1 AND 40),
                kind {int} NOT NULL CHECK (kind IN (1, 2)),
                person {int} NOT NULL,
                content {text} NOT NULL,
                issued_day {int} NOT NULL,
                valid_through {int} NOT NULL CHECK (valid_through >= issued_day),
                key_version {int} NOT NULL,
                code {text} NOT NULL CHECK (length(code) = 16),
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, number),
                FOREIGN KEY (area, key_version) REFERENCES certificate_key (area, version)
            ) {strict}
            """,
            "CREATE INDEX certificate_by_person ON certificate (area, person, id)",
            "CREATE INDEX certificate_of_matter ON certificate (area, matter) WHERE matter IS NOT NULL",
            "{append-only certificate}",
        ])

    private static let payments = Migration(
        "portability.4",
        [
            // What the bank is told to pay, and what it answered: a line without an answer is with the bank.
            """
            CREATE TABLE transfer_order (
                area {int} NOT NULL,
                id {int} NOT NULL,
                day {int} NOT NULL,
                line_count {int} NOT NULL CHECK (line_count > 0),
                total_fen {int} NOT NULL CHECK (total_fen > 0),
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id)
            ) {strict}
            """,
            "{append-only transfer_order}",
            """
            CREATE TABLE transfer_order_line (
                area {int} NOT NULL,
                order_id {int} NOT NULL,
                line {int} NOT NULL CHECK (line > 0),
                transfer {int} NOT NULL,
                number {text} NOT NULL,
                payee {text} NOT NULL CHECK (length(payee) > 0),
                bank {text} NOT NULL CHECK (length(bank) > 0),
                account {text} NOT NULL CHECK (length(account) > 0),
                amount_fen {int} NOT NULL CHECK (amount_fen > 0),
                PRIMARY KEY (area, order_id, line),
                UNIQUE (area, order_id, transfer),
                FOREIGN KEY (area, order_id) REFERENCES transfer_order (area, id),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {strict}
            """,
            "CREATE INDEX transfer_order_line_by_transfer ON transfer_order_line (area, transfer, order_id)",
            "{append-only transfer_order_line}",
            """
            CREATE TABLE transfer_order_result (
                area {int} NOT NULL,
                order_id {int} NOT NULL,
                line {int} NOT NULL,
                outcome {int} NOT NULL CHECK (outcome IN (1, 2)),
                answer {text} NOT NULL CHECK (length(answer) > 0),
                day {int} NOT NULL,
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, order_id, line),
                FOREIGN KEY (area, order_id, line) REFERENCES transfer_order_line (area, order_id, line)
            ) {strict}
            """,
            "{append-only transfer_order_result}",
            // By when the origin said that it would send the form.
            """
            CREATE TABLE transfer_promise (
                area {int} NOT NULL,
                transfer {int} NOT NULL,
                due_day {int} NOT NULL,
                matter {int},
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, transfer),
                FOREIGN KEY (area, transfer) REFERENCES transfer (area, id)
            ) {strict}
            """,
            "{append-only transfer_promise}",
        ])
}
