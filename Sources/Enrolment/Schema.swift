import Storage

extension Enrolment {
    public static let migrations = [
        Migration("enrolment.1", people + employers + spells + statuses),
        Migration("enrolment.2", retirements + lists),
        Migration("enrolment.cover", coverTables),
        Migration("enrolment.targets", targetTables),
    ]

    /// A person as first registered, what was done since, and which papers and cards lead to him.
    private static let people = [
        """
        CREATE TABLE person (
            area {int} NOT NULL,
            id {int} NOT NULL,
            paper_kind {int} NOT NULL,
            paper_number {text} NOT NULL CHECK (length(paper_number) BETWEEN 1 AND 50),
            name {text} NOT NULL CHECK (length(name) > 0),
            name_key {text} NOT NULL CHECK (length(name_key) > 0),
            sex {int} NOT NULL CHECK (sex IN (1, 2)),
            birth_day {int} NOT NULL,
            ethnicity {text} NOT NULL,
            division {text} NOT NULL CHECK (length(division) <= 12),
            batch {int},
            matter {int},
            PRIMARY KEY (area, id),
            FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
        ) {strict}
        """,
        "CREATE INDEX person_by_name ON person (area, name_key, birth_day)",
        "CREATE INDEX person_by_division ON person (area, division, id) WHERE division <> ''",
        "{append-only person}",
        // Who carries a paper now. A number that was only mistyped may pass to its true holder.
        """
        CREATE TABLE person_paper (
            area {int} NOT NULL,
            paper_kind {int} NOT NULL,
            paper_number {text} NOT NULL,
            person {int} NOT NULL,
            PRIMARY KEY (area, paper_kind, paper_number),
            FOREIGN KEY (area, person) REFERENCES person (area, id)
        ) {clustered}
        """,
        """
        CREATE TABLE person_card (
            area {int} NOT NULL,
            card {text} NOT NULL CHECK (length(card) BETWEEN 1 AND 50),
            person {int} NOT NULL,
            batch {int},
            PRIMARY KEY (area, card),
            FOREIGN KEY (area, person) REFERENCES person (area, id)
        ) {strict}
        """,
        "{append-only person_card}",
        // The state of a person is the sum of these acts; see PersonAct.
        """
        CREATE TABLE person_act (
            area {int} NOT NULL,
            person {int} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 9),
            day {int} NOT NULL,
            paper_kind {int},
            paper_number {text} CHECK (length(paper_number) BETWEEN 1 AND 50),
            name {text},
            name_key {text},
            sex {int} CHECK (sex IN (1, 2)),
            birth_day {int},
            ethnicity {text},
            division {text} CHECK (length(division) <= 12),
            survivor {int},
            certificate {text} NOT NULL CHECK (length(certificate) <= 50),
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            ground {text} NOT NULL,
            at {int} NOT NULL,
            batch {int},
            matter {int},
            PRIMARY KEY (area, person, seq),
            FOREIGN KEY (area, person) REFERENCES person (area, id),
            FOREIGN KEY (area, survivor) REFERENCES person (area, id),
            CHECK ((survivor IS NOT NULL) = (kind = 8)),
            CHECK (survivor IS NULL OR survivor <> person),
            CHECK (
                (kind = 1) = (paper_kind IS NOT NULL AND paper_number IS NOT NULL AND name IS NOT NULL
                    AND name_key IS NOT NULL AND sex IS NOT NULL AND birth_day IS NOT NULL AND ethnicity IS NOT NULL
                    AND division IS NOT NULL))
        ) {clustered}
        """,
        "CREATE INDEX person_act_by_name ON person_act (area, name_key, birth_day) WHERE name_key IS NOT NULL",
        "CREATE INDEX person_act_by_division ON person_act (area, division) WHERE division <> ''",
        "CREATE INDEX person_act_by_survivor ON person_act (area, survivor) WHERE survivor IS NOT NULL",
        "{append-only person_act}",
    ]

    /// `employer` is the picture of today; each of its acts keeps the whole picture as it was after it.
    private static let employers = [
        """
        CREATE TABLE employer (
            area {int} NOT NULL,
            id {int} NOT NULL,
            credit_code {text} NOT NULL CHECK (length(credit_code) = 18),
            name {text} NOT NULL CHECK (length(name) > 0),
            management {int} NOT NULL,
            state {int} NOT NULL CHECK (state BETWEEN 1 AND 4),
            parent {int},
            successor {int},
            division {text} NOT NULL CHECK (length(division) <= 12),
            PRIMARY KEY (area, id),
            UNIQUE (area, credit_code),
            FOREIGN KEY (area, parent) REFERENCES employer (area, id),
            FOREIGN KEY (area, successor) REFERENCES employer (area, id),
            CHECK (parent IS NULL OR parent <> id),
            CHECK (successor IS NULL OR successor <> id)
        ) {strict}
        """,
        "CREATE INDEX employer_by_name ON employer (area, name, id)",
        "CREATE INDEX employer_by_parent ON employer (area, parent) WHERE parent IS NOT NULL",
        "CREATE INDEX employer_by_successor ON employer (area, successor) WHERE successor IS NOT NULL",
        """
        CREATE TABLE employer_act (
            area {int} NOT NULL,
            employer {int} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            kind {int} NOT NULL CHECK (kind BETWEEN 1 AND 6),
            day {int} NOT NULL,
            credit_code {text} NOT NULL CHECK (length(credit_code) = 18),
            name {text} NOT NULL CHECK (length(name) > 0),
            management {int} NOT NULL,
            state {int} NOT NULL CHECK (state BETWEEN 1 AND 4),
            parent {int},
            successor {int},
            address {text} NOT NULL,
            legal_person {text} NOT NULL,
            contact {text} NOT NULL,
            phone {text} NOT NULL,
            tax_number {text} NOT NULL,
            bank {text} NOT NULL,
            bank_account {text} NOT NULL,
            division {text} NOT NULL CHECK (length(division) <= 12),
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            ground {text} NOT NULL,
            at {int} NOT NULL,
            batch {int},
            matter {int},
            PRIMARY KEY (area, employer, seq),
            FOREIGN KEY (area, employer) REFERENCES employer (area, id),
            CHECK ((kind = 6) = (successor IS NOT NULL)),
            CHECK (kind NOT IN (5, 6) OR state = 4)
        ) {clustered}
        """,
        "{append-only employer_act}",
    ]

    private static let spells = [
        // `last_day` begins as declared and is set once more, by the act that ends an open spell. A spell registered in
        // error is voided: it then ends the day before it begins, and was never in force.
        // Insurances with one `exclusion` figure exclude one another: of the open spells the index admits
        // one; closed ones are checked before they are written.
        """
        CREATE TABLE insurance_spell (
            area {int} NOT NULL,
            person {int} NOT NULL,
            id {int} NOT NULL,
            insurance {int} NOT NULL,
            exclusion {int} NOT NULL
                CHECK (exclusion = CASE WHEN insurance IN (310, 340, 390) THEN 1 ELSE insurance END),
            category {int} NOT NULL,
            employer {int},
            first_day {int} NOT NULL,
            last_day {int} CHECK (last_day >= first_day - 1),
            declared_last_day {int}
                CHECK (declared_last_day IS NULL OR last_day = declared_last_day OR last_day = first_day - 1),
            entitled_day {int} NOT NULL CHECK (entitled_day >= first_day),
            reason {int} NOT NULL CHECK (reason BETWEEN 1 AND 99),
            batch {int},
            matter {int},
            PRIMARY KEY (area, person, id),
            FOREIGN KEY (area, person) REFERENCES person (area, id),
            FOREIGN KEY (area, employer) REFERENCES employer (area, id),
            FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
        ) {clustered}
        """,
        """
        CREATE UNIQUE INDEX insurance_spell_begun ON insurance_spell (area, person, exclusion, first_day)
        WHERE last_day IS NULL OR last_day >= first_day
        """,
        """
        CREATE UNIQUE INDEX insurance_spell_open ON insurance_spell (area, person, exclusion)
        WHERE last_day IS NULL
        """,
        """
        CREATE INDEX insurance_spell_by_employer ON insurance_spell (area, employer, person)
        WHERE employer IS NOT NULL
        """,
        """
        CREATE TABLE insurance_spell_act (
            area {int} NOT NULL,
            person {int} NOT NULL,
            spell {int} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            kind {int} NOT NULL CHECK (kind IN (1, 2, 3, 4)),
            day {int} NOT NULL,
            reason {int} NOT NULL CHECK (reason BETWEEN 1 AND 99),
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            ground {text} NOT NULL,
            at {int} NOT NULL,
            batch {int},
            matter {int},
            PRIMARY KEY (area, person, seq),
            FOREIGN KEY (area, person, spell) REFERENCES insurance_spell (area, person, id)
        ) {clustered}
        """,
        "{append-only insurance_spell_act}",
    ]

    private static let statuses = [
        // Of the rows with one kind and first day, the last counts: an end is a further row.
        """
        CREATE TABLE special_status (
            area {int} NOT NULL,
            person {int} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            kind {int} NOT NULL,
            first_day {int} NOT NULL,
            last_day {int} CHECK (last_day >= first_day),
            batch {int},
            matter {int},
            PRIMARY KEY (area, person, seq),
            FOREIGN KEY (area, person) REFERENCES person (area, id),
            FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
        ) {clustered}
        """,
        "{append-only special_status}",
    ]

    private static let retirements = [
        // What was decided on the years of insurance at retirement, with the steps that led to it.
        """
        CREATE TABLE retirement (
            area {int} NOT NULL,
            person {int} NOT NULL,
            seq {int} NOT NULL CHECK (seq > 0),
            retired_day {int} NOT NULL,
            paid_months {int} NOT NULL CHECK (paid_months >= 0),
            local_paid_months {int} NOT NULL CHECK (local_paid_months BETWEEN 0 AND paid_months),
            deemed_months {int} NOT NULL CHECK (deemed_months >= 0),
            required_months {int} NOT NULL CHECK (required_months >= 0),
            missing_months {int} NOT NULL CHECK (missing_months >= 0),
            way {int} NOT NULL CHECK (way BETWEEN 1 AND 3),
            base_fen {int} NOT NULL CHECK (base_fen >= 0),
            rate_ppm {int} NOT NULL CHECK (rate_ppm >= 0),
            lump_fen {int} NOT NULL CHECK (lump_fen >= 0),
            retired_from_day {int},
            steps {text} NOT NULL,
            policy_version {text} NOT NULL,
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            at {int} NOT NULL,
            matter {int},
            PRIMARY KEY (area, person, seq),
            FOREIGN KEY (area, person) REFERENCES person (area, id),
            CHECK ((way = 1) = (missing_months = 0)),
            CHECK ((way = 2) = (lump_fen > 0))
        ) {clustered}
        """,
        "{append-only retirement}",
    ]

    private static let lists = [
        // One list that an employer, a school or a village handed in; the same list is carried out once.
        """
        CREATE TABLE enrolment_list (
            area {int} NOT NULL,
            id {int} NOT NULL,
            kind {int} NOT NULL,
            file {text} NOT NULL,
            digest {blob} NOT NULL CHECK (length(digest) = 32),
            employer {int},
            line_count {int} NOT NULL CHECK (line_count > 0),
            is_whole {int} NOT NULL CHECK (is_whole IN (0, 1)),
            actor_kind {int} NOT NULL,
            actor {int} NOT NULL,
            at {int} NOT NULL,
            matter {int} NOT NULL,
            PRIMARY KEY (area, id),
            UNIQUE (area, digest),
            UNIQUE (area, matter),
            FOREIGN KEY (area, employer) REFERENCES employer (area, id)
        ) {strict}
        """,
        "{append-only enrolment_list}",
        // `contested`: another line that gives the same paper to another name.
        """
        CREATE TABLE enrolment_list_line (
            area {int} NOT NULL,
            list {int} NOT NULL,
            line {int} NOT NULL CHECK (line > 0),
            fields {text} NOT NULL,
            contested {int} CHECK (contested <> line),
            PRIMARY KEY (area, list, line),
            FOREIGN KEY (area, list) REFERENCES enrolment_list (area, id)
        ) {clustered}
        """,
        "{append-only enrolment_list_line}",
        // What became of each line: whom it concerned, or why nothing was done.
        """
        CREATE TABLE enrolment_list_result (
            area {int} NOT NULL,
            list {int} NOT NULL,
            line {int} NOT NULL,
            chunk {int} NOT NULL,
            outcome {int} NOT NULL CHECK (outcome BETWEEN 1 AND 3),
            person {int},
            problem {text} NOT NULL,
            field {text} NOT NULL,
            message {text} NOT NULL,
            PRIMARY KEY (area, list, line),
            FOREIGN KEY (area, list, line) REFERENCES enrolment_list_line (area, list, line),
            FOREIGN KEY (area, person) REFERENCES person (area, id),
            CHECK ((outcome = 3) = (length(problem) > 0)),
            CHECK (outcome <> 1 OR person IS NOT NULL)
        ) {clustered}
        """,
        "CREATE INDEX enrolment_list_result_by_outcome ON enrolment_list_result (area, list, outcome, line)",
        "CREATE INDEX enrolment_list_result_by_chunk ON enrolment_list_result (area, list, chunk)",
        "{append-only enrolment_list_result}",
    ]
}
