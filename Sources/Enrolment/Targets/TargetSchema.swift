import Storage

extension Enrolment {
    /// Towns, the year's goals, the lists people are looked for by, and what was handed to the towns.
    static let targetTables = [
        """
        CREATE TABLE town (
            area {int} NOT NULL,
            code {text} NOT NULL CHECK (length(code) BETWEEN 6 AND 12),
            seq {int} NOT NULL CHECK (seq > 0),
            name {text} NOT NULL CHECK (length(name) > 0),
            section {text} NOT NULL,
            batch {int},
            matter {int},
            PRIMARY KEY (area, code, seq)
        ) {clustered}
        """,
        "{append-only town}",
        // Of the rows with one year, measure and holder, the last counts. Amounts are people or fen.
        """
        CREATE TABLE enrolment_target (
            area {int} NOT NULL,
            year {int} NOT NULL CHECK (year BETWEEN 2000 AND 2200),
            measure {int} NOT NULL CHECK (measure BETWEEN 1 AND 4),
            holder_kind {int} NOT NULL CHECK (holder_kind BETWEEN 0 AND 2),
            holder {text} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            amount {int} NOT NULL CHECK (amount >= 0),
            batch {int},
            matter {int},
            PRIMARY KEY (area, year, measure, holder_kind, holder, seq),
            CHECK ((holder_kind = 0) = (holder = ''))
        ) {clustered}
        """,
        "{append-only enrolment_target}",
        """
        CREATE TABLE population_list (
            area {int} NOT NULL,
            id {int} NOT NULL,
            kind {int} NOT NULL CHECK (kind IN (1, 2)),
            name {text} NOT NULL CHECK (length(name) > 0),
            as_of_day {int} NOT NULL,
            line_count {int} NOT NULL CHECK (line_count >= 0),
            digest {blob} CHECK (length(digest) = 32),
            batch {int},
            matter {int},
            PRIMARY KEY (area, id)
        ) {clustered}
        """,
        "CREATE UNIQUE INDEX population_list_by_digest ON population_list (area, digest) WHERE digest IS NOT NULL",
        "{append-only population_list}",
        """
        CREATE TABLE population_line (
            area {int} NOT NULL,
            list {int} NOT NULL,
            line {int} NOT NULL CHECK (line > 0),
            paper_kind {int} NOT NULL,
            paper_number {text} NOT NULL,
            name {text} NOT NULL CHECK (length(name) > 0),
            birth_day {int} NOT NULL,
            town {text} NOT NULL,
            assistance {int},
            phone {text} NOT NULL,
            PRIMARY KEY (area, list, line),
            FOREIGN KEY (area, list) REFERENCES population_list (area, id)
        ) {clustered}
        """,
        "{append-only population_line}",
        // A long list is kept part by part; it is whole when its last line is there.
        """
        CREATE TABLE population_part (
            area {int} NOT NULL,
            list {int} NOT NULL,
            part {int} NOT NULL CHECK (part > 0),
            first_line {int} NOT NULL CHECK (first_line > 0),
            last_line {int} NOT NULL CHECK (last_line >= first_line),
            PRIMARY KEY (area, list, part),
            FOREIGN KEY (area, list) REFERENCES population_list (area, id)
        ) {clustered}
        """,
        "{append-only population_part}",
        // A search for people to hand over, and whom it has found: from these the towns get their lists.
        """
        CREATE TABLE hand_over_search (
            area {int} NOT NULL,
            matter {int} NOT NULL,
            kind {int} NOT NULL CHECK (kind IN (1, 2)),
            list {int} CHECK ((list IS NOT NULL) = (kind = 1)),
            month {int} NOT NULL,
            since_month {int} NOT NULL CHECK (since_month <= month),
            day {int} NOT NULL,
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            at {int} NOT NULL,
            PRIMARY KEY (area, matter),
            FOREIGN KEY (area, list) REFERENCES population_list (area, id)
        ) {strict}
        """,
        "{append-only hand_over_search}",
        """
        CREATE TABLE hand_over_candidate (
            area {int} NOT NULL,
            matter {int} NOT NULL,
            paper_kind {int} NOT NULL,
            paper_number {text} NOT NULL,
            part {int} NOT NULL,
            town {text} NOT NULL,
            person {int},
            name {text} NOT NULL,
            amount_fen {int} NOT NULL CHECK (amount_fen >= 0),
            threshold_fen {int} NOT NULL CHECK (threshold_fen >= 0),
            ground {text} NOT NULL,
            PRIMARY KEY (area, matter, paper_kind, paper_number),
            FOREIGN KEY (area, matter) REFERENCES hand_over_search (area, matter)
        ) {clustered}
        """,
        "CREATE INDEX hand_over_candidate_by_part ON hand_over_candidate (area, matter, part)",
        "CREATE INDEX hand_over_candidate_by_town ON hand_over_candidate (area, matter, town)",
        "{append-only hand_over_candidate}",
        // What was handed to a town on one day; a person is handed over once a month and kind.
        """
        CREATE TABLE hand_over (
            area {int} NOT NULL,
            id {int} NOT NULL,
            kind {int} NOT NULL CHECK (kind IN (1, 2)),
            month {int} NOT NULL,
            town {text} NOT NULL,
            line_count {int} NOT NULL CHECK (line_count > 0),
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            at {int} NOT NULL,
            matter {int},
            PRIMARY KEY (area, id)
        ) {clustered}
        """,
        "CREATE INDEX hand_over_by_month ON hand_over (area, kind, month, town)",
        "CREATE INDEX hand_over_of_matter ON hand_over (area, matter) WHERE matter IS NOT NULL",
        "{append-only hand_over}",
        """
        CREATE TABLE hand_over_line (
            area {int} NOT NULL,
            kind {int} NOT NULL,
            month {int} NOT NULL,
            paper_kind {int} NOT NULL,
            paper_number {text} NOT NULL,
            hand_over {int} NOT NULL,
            person {int},
            name {text} NOT NULL,
            amount_fen {int} NOT NULL CHECK (amount_fen >= 0),
            threshold_fen {int} NOT NULL CHECK (threshold_fen >= 0),
            ground {text} NOT NULL,
            PRIMARY KEY (area, kind, month, paper_kind, paper_number),
            FOREIGN KEY (area, hand_over) REFERENCES hand_over (area, id),
            CHECK (amount_fen >= threshold_fen)
        ) {clustered}
        """,
        "CREATE INDEX hand_over_line_by_paper ON hand_over_line (area, kind, paper_kind, paper_number, month)",
        "CREATE INDEX hand_over_line_by_hand_over ON hand_over_line (area, hand_over)",
        "{append-only hand_over_line}",
    ]
}
