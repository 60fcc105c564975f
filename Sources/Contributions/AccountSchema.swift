import Storage

extension Contributions {
    /// The tables of the personal accounts (个人账户).
    static let accountMigrations = [
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
                // What was posted together, and on what ground: a month's credits of some thousand people, or one
                // person's transfer. Its entries are numbered first_entry … last_entry, perhaps with others between.
                """
                CREATE TABLE account_run (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    kind {int} NOT NULL CHECK (kind IN (2, 3, 8, 9, 10, 11, 12, 13, 14)),
                    period {int} NOT NULL,
                    first_entry {int} NOT NULL,
                    last_entry {int} NOT NULL,
                    entry_count {int} NOT NULL CHECK (entry_count >= 0),
                    first_person {int} NOT NULL,
                    last_person {int} NOT NULL CHECK (last_person >= first_person),
                    total_fen {int} NOT NULL,
                    ground {text} NOT NULL,
                    matter {int},
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id)
                ) {strict}
                """,
                "CREATE INDEX account_run_by_matter ON account_run (area, matter) WHERE matter IS NOT NULL",
                "{append-only account_run}",
                """
                CREATE TABLE account_entry (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    person {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 14),
                    amount_fen {int} NOT NULL CHECK (amount_fen <> 0 AND (
                        kind IN (1, 2, 3, 6, 7, 9, 12, 13) AND amount_fen > 0
                        OR kind IN (4, 5, 10, 11) AND amount_fen < 0 OR kind IN (8, 14))),
                    balance_fen {int} NOT NULL CHECK (balance_fen >= 0),
                    patient {int} NOT NULL,
                    settlement {int} CHECK ((settlement IS NOT NULL) = (kind IN (4, 5, 6, 7))),
                    reverses {int} CHECK ((reverses IS NOT NULL) = (kind IN (6, 7, 8))),
                    period {int} CHECK ((period IS NOT NULL) = (kind IN (2, 3, 13))),
                    run {int} CHECK ((run IS NOT NULL) = (kind IN (2, 3, 8, 9, 10, 11, 12, 13, 14))),
                    batch {int} CHECK ((batch IS NOT NULL) = (kind = 1)),
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, person, seq),
                    FOREIGN KEY (area, person) REFERENCES personal_account (area, person),
                    FOREIGN KEY (area, reverses) REFERENCES account_entry (area, id),
                    FOREIGN KEY (area, run) REFERENCES account_run (area, id),
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
                // The days are held against the fund's ledger one by one.
                "CREATE INDEX account_entry_by_time ON account_entry (area, at)",
                // A month is credited to a person once.
                "CREATE UNIQUE INDEX account_entry_month ON account_entry (area, period, person) WHERE kind = 2",
                "CREATE INDEX account_entry_supplement ON account_entry (area, period, person) WHERE kind = 13",
                "{append-only account_entry}",
                // How an account stood when interest was settled; part 0 is the year's end, the others fall within it.
                """
                CREATE TABLE account_year (
                    area {int} NOT NULL,
                    year {int} NOT NULL,
                    person {int} NOT NULL,
                    part {int} NOT NULL CHECK (part >= 0),
                    first_day {int} NOT NULL,
                    last_day {int} NOT NULL CHECK (last_day >= first_day - 1),
                    last_seq {int} NOT NULL,
                    opening_fen {int} NOT NULL CHECK (opening_fen >= 0),
                    closing_fen {int} NOT NULL CHECK (closing_fen >= 0),
                    carried_interest_fen {int} NOT NULL CHECK (carried_interest_fen >= 0),
                    current_interest_fen {int} NOT NULL CHECK (current_interest_fen >= 0),
                    steps {text} NOT NULL,
                    run {int} NOT NULL,
                    PRIMARY KEY (area, person, year, part),
                    FOREIGN KEY (area, person) REFERENCES personal_account (area, person),
                    FOREIGN KEY (area, run) REFERENCES account_run (area, id)
                ) {clustered}
                """,
                "{append-only account_year}",
                // Closing upon death or emigration (清退), and what takes a mistaken closing back.
                """
                CREATE TABLE account_closing (
                    area {int} NOT NULL,
                    person {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    kind {int} NOT NULL CHECK (kind IN (1, 2)),
                    reason {int} NOT NULL CHECK (reason BETWEEN 1 AND 4),
                    manner {int} CHECK (manner BETWEEN 1 AND 3),
                    day {int} NOT NULL,
                    amount_fen {int} NOT NULL CHECK (amount_fen >= 0),
                    ground {text} NOT NULL,
                    matter {int},
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, person, seq),
                    FOREIGN KEY (area, person) REFERENCES personal_account (area, person)
                ) {strict}
                """,
                "{append-only account_closing}",
                // To whom it went; the amounts of a closing add up to what it paid.
                """
                CREATE TABLE account_closing_payee (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    person {int} NOT NULL,
                    closing {int} NOT NULL,
                    payee_kind {int} NOT NULL CHECK (payee_kind IN (1, 2)),
                    payee {int} CHECK ((payee IS NOT NULL) = (payee_kind = 2)),
                    payee_name {text} NOT NULL,
                    payee_account {text} NOT NULL CHECK ((length(payee_account) > 0) = (payee_kind = 1)),
                    relation {int} CHECK (relation BETWEEN 1 AND 9),
                    parts {int} NOT NULL CHECK (parts > 0),
                    paper {text} NOT NULL,
                    proof {text} NOT NULL,
                    amount_fen {int} NOT NULL CHECK (amount_fen >= 0),
                    PRIMARY KEY (area, id),
                    FOREIGN KEY (area, person, closing) REFERENCES account_closing (area, person, seq)
                ) {strict}
                """,
                "CREATE INDEX account_closing_payee_by_closing ON account_closing_payee (area, person, closing, id)",
                "{append-only account_closing_payee}",
                """
                CREATE TABLE account_sharing (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    owner {int} NOT NULL,
                    beneficiary {int} NOT NULL CHECK (beneficiary <> owner),
                    relation {int} NOT NULL CHECK (relation BETWEEN 1 AND 4),
                    first_day {int} NOT NULL,
                    batch {int},
                    matter {int},
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id)
                ) {strict}
                """,
                "CREATE INDEX account_sharing_by_beneficiary ON account_sharing (area, beneficiary, id)",
                "CREATE INDEX account_sharing_by_owner ON account_sharing (area, owner, id)",
                "{append-only account_sharing}",
                """
                CREATE TABLE account_sharing_end (
                    area {int} NOT NULL,
                    sharing {int} NOT NULL,
                    last_day {int} NOT NULL,
                    matter {int},
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
