import Storage

extension Enrolment {
    /// The days of cover as they were reckoned last (待遇享受区间): what the counter reads. Each reckoning that came out
    /// differently is an act with a whole set of spans; earlier sets tell what was answered before.
    static let coverTables = [
        """
        CREATE TABLE cover_act (
            area {int} NOT NULL,
            person {int} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            as_of_day {int} NOT NULL,
            known_month {int},
            policy_version {text} NOT NULL,
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            at {int} NOT NULL,
            matter {int},
            PRIMARY KEY (area, person, seq),
            FOREIGN KEY (area, person) REFERENCES person (area, id)
        ) {clustered}
        """,
        "{append-only cover_act}",
        """
        CREATE TABLE cover_span (
            area {int} NOT NULL,
            person {int} NOT NULL,
            seq {int} NOT NULL,
            first_day {int} NOT NULL,
            last_day {int} CHECK (last_day >= first_day),
            insurance {int},
            spell {int},
            raise_fen {int} NOT NULL CHECK (raise_fen >= 0),
            reason {int} CHECK (reason BETWEEN 1 AND 99),
            reason_day {int},
            reason_month {int},
            clause {text} NOT NULL,
            PRIMARY KEY (area, person, seq, first_day),
            FOREIGN KEY (area, person, seq) REFERENCES cover_act (area, person, seq),
            CHECK ((reason IS NULL) = (spell IS NOT NULL)),
            CHECK ((spell IS NULL) = (insurance IS NULL)),
            CHECK (reason IS NULL OR raise_fen = 0)
        ) {clustered}
        """,
        "{append-only cover_span}",
    ]
}
