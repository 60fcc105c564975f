import Storage

extension Contributions {
    public static let migrations = [
        Migration(
            "contributions.1",
            [
                // The balance is a running figure; verification adds up the entries behind it.
                """
                CREATE TABLE personal_account (
                    area {int} NOT NULL,
                    person {int} NOT NULL,
                    balance_fen {int} NOT NULL CHECK (balance_fen >= 0),
                    entry_count {int} NOT NULL CHECK (entry_count >= 0),
                    PRIMARY KEY (area, person)
                ) {clustered}
                """,
                """
                CREATE TABLE account_entry (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    person {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 8),
                    amount_fen {int} NOT NULL CHECK (amount_fen <> 0 AND (
                        kind IN (1, 2, 3, 6, 7) AND amount_fen > 0 OR kind IN (4, 5) AND amount_fen < 0 OR kind = 8)),
                    balance_fen {int} NOT NULL CHECK (balance_fen >= 0),
                    patient {int} NOT NULL,
                    settlement {int} CHECK (settlement IS NOT NULL OR kind NOT IN (4, 5, 6, 7)),
                    reverses {int} CHECK ((reverses IS NOT NULL) = (kind IN (6, 7))),
                    batch {int},
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, person, seq),
                    FOREIGN KEY (area, person) REFERENCES personal_account (area, person),
                    FOREIGN KEY (area, reverses) REFERENCES account_entry (area, id),
                    FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
                ) {strict}
                """,
                """
                CREATE INDEX account_entry_by_settlement ON account_entry (area, settlement, id)
                WHERE settlement IS NOT NULL
                """,
                """
                CREATE UNIQUE INDEX account_entry_reversed ON account_entry (area, reverses)
                WHERE reverses IS NOT NULL
                """,
                "CREATE UNIQUE INDEX account_entry_opening ON account_entry (area, person) WHERE kind = 1",
                "{append-only account_entry}",
                """
                CREATE TABLE account_sharing (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    owner {int} NOT NULL,
                    beneficiary {int} NOT NULL CHECK (beneficiary <> owner),
                    relation {int} NOT NULL CHECK (relation BETWEEN 1 AND 4),
                    first_day {int} NOT NULL,
                    batch {int},
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id)
                ) {strict}
                """,
                "CREATE INDEX account_sharing_by_beneficiary ON account_sharing (area, beneficiary, id)",
                "{append-only account_sharing}",
                """
                CREATE TABLE account_sharing_end (
                    area {int} NOT NULL,
                    sharing {int} NOT NULL,
                    last_day {int} NOT NULL,
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    ground {text} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, sharing),
                    FOREIGN KEY (area, sharing) REFERENCES account_sharing (area, id)
                ) {strict}
                """,
                "{append-only account_sharing_end}",
            ])
    ]
}
