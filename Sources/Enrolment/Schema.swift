import Storage

extension Enrolment {
    public static let migrations = [
        Migration(
            "enrolment.1",
            [
                """
                CREATE TABLE person (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    paper_kind {int} NOT NULL,
                    paper_number {text} NOT NULL CHECK (length(paper_number) BETWEEN 1 AND 50),
                    name {text} NOT NULL CHECK (length(name) > 0),
                    sex {int} NOT NULL CHECK (sex IN (1, 2)),
                    birth_day {int} NOT NULL,
                    ethnicity {text} NOT NULL,
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, paper_kind, paper_number),
                    FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
                ) {strict}
                """,
                "CREATE INDEX person_by_name ON person (area, name, id)",
                "{append-only person}",
                """
                CREATE TABLE person_card (
                    area {int} NOT NULL,
                    card {text} NOT NULL CHECK (length(card) BETWEEN 1 AND 50),
                    person {int} NOT NULL,
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, card),
                    FOREIGN KEY (area, person) REFERENCES person (area, id)
                ) {strict}
                """,
                "{append-only person_card}",
                """
                CREATE TABLE person_death (
                    area {int} NOT NULL,
                    person {int} NOT NULL,
                    died_day {int} NOT NULL,
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    ground {text} NOT NULL,
                    at {int} NOT NULL,
                    batch {int},
                    PRIMARY KEY (area, person),
                    FOREIGN KEY (area, person) REFERENCES person (area, id)
                ) {strict}
                """,
                "{append-only person_death}",
                """
                CREATE TABLE employer (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    credit_code {text} NOT NULL CHECK (length(credit_code) = 18),
                    name {text} NOT NULL CHECK (length(name) > 0),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, credit_code)
                ) {strict}
                """,
                "{append-only employer}",
                // `last_day` begins as declared and is set once more, by the act that ends an open spell.
                // Insurances with one `exclusion` figure exclude one another: of the open spells the index admits
                // one; closed ones are checked on import.
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
                    last_day {int} CHECK (last_day >= first_day),
                    declared_last_day {int} CHECK (declared_last_day IS NULL OR last_day = declared_last_day),
                    entitled_day {int} NOT NULL CHECK (entitled_day >= first_day),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, person, id),
                    UNIQUE (area, person, exclusion, first_day),
                    FOREIGN KEY (area, person) REFERENCES person (area, id),
                    FOREIGN KEY (area, employer) REFERENCES employer (area, id),
                    FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
                ) {clustered}
                """,
                """
                CREATE UNIQUE INDEX insurance_spell_open ON insurance_spell (area, person, exclusion)
                WHERE last_day IS NULL
                """,
                """
                CREATE TABLE insurance_spell_act (
                    area {int} NOT NULL,
                    person {int} NOT NULL,
                    spell {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    kind {int} NOT NULL CHECK (kind IN (1, 2, 3)),
                    day {int} NOT NULL,
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    ground {text} NOT NULL,
                    at {int} NOT NULL,
                    batch {int},
                    PRIMARY KEY (area, person, seq),
                    FOREIGN KEY (area, person, spell) REFERENCES insurance_spell (area, person, id)
                ) {clustered}
                """,
                "{append-only insurance_spell_act}",
                // Of the rows with one kind and first day, the last counts: an end is a further row.
                """
                CREATE TABLE special_status (
                    area {int} NOT NULL,
                    person {int} NOT NULL,
                    kind {int} NOT NULL,
                    first_day {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    last_day {int} CHECK (last_day >= first_day),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, person, kind, first_day, seq),
                    FOREIGN KEY (area, person) REFERENCES person (area, id),
                    FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
                ) {clustered}
                """,
                "{append-only special_status}",
            ])
    ]
}
