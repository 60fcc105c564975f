import Storage

extension Catalogue {
    /// Every table of dated rows is append-only: a correction is a row of a later version.
    public static let migrations = [
        Migration(
            "catalogue.1",
            [
                """
                CREATE TABLE catalogue_version (
                    area {int} NOT NULL,
                    version {int} NOT NULL CHECK (version > 0),
                    batch {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, version),
                    FOREIGN KEY (area, batch) REFERENCES import_batch (area, id)
                ) {strict}
                """,
                """
                CREATE TABLE catalogue_item (
                    area {int} NOT NULL,
                    code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 50),
                    first_day {int} NOT NULL,
                    version {int} NOT NULL,
                    last_day {int} CHECK (last_day >= first_day),
                    name {text} NOT NULL CHECK (length(name) > 0),
                    list_type {int} NOT NULL,
                    charge_type {int} NOT NULL CHECK (charge_type BETWEEN 1 AND 15),
                    fee_class {int} NOT NULL CHECK (fee_class IN (1, 2, 3)),
                    first_self_pay_ppm {int} NOT NULL CHECK (first_self_pay_ppm BETWEEN 0 AND 1000000),
                    cap_third_e6 {int} CHECK (cap_third_e6 >= 0),
                    cap_second_e6 {int} CHECK (cap_second_e6 >= 0),
                    cap_first_e6 {int} CHECK (cap_first_e6 >= 0),
                    traits {int} NOT NULL CHECK (traits >= 0),
                    lowest_tier {int} CHECK (lowest_tier BETWEEN 1 AND 3),
                    limit_text {text} NOT NULL,
                    unit {text} NOT NULL,
                    content {text} NOT NULL,
                    excluded {text} NOT NULL,
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, code, first_day, version),
                    FOREIGN KEY (area, version) REFERENCES catalogue_version (area, version)
                ) {strict}
                """,
                "CREATE INDEX catalogue_item_by_version ON catalogue_item (area, list_type, version, code, first_day)",
                "{append-only catalogue_version}",
                "{append-only catalogue_item}",
                """
                CREATE TABLE catalogue_code (
                    area {int} NOT NULL,
                    code_table {int} NOT NULL CHECK (code_table BETWEEN 1 AND 5),
                    parent {text} NOT NULL,
                    code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 50),
                    first_day {int} NOT NULL,
                    version {int} NOT NULL,
                    last_day {int} CHECK (last_day >= first_day),
                    name {text} NOT NULL CHECK (length(name) > 0),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, code_table, parent, code, first_day, version),
                    FOREIGN KEY (area, version) REFERENCES catalogue_version (area, version)
                ) {strict}
                """,
                """
                CREATE INDEX catalogue_code_by_version
                ON catalogue_code (area, code_table, version, parent, code, first_day)
                """,
                "{append-only catalogue_code}",
                """
                CREATE TABLE item_mapping (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    provider_code {text} NOT NULL CHECK (length(provider_code) BETWEEN 1 AND 30),
                    own_code {text} NOT NULL CHECK (length(own_code) BETWEEN 1 AND 150),
                    own_name {text} NOT NULL,
                    list_type {int} NOT NULL,
                    national_code {text} NOT NULL,
                    first_day {int} NOT NULL,
                    last_day {int} NOT NULL CHECK (last_day >= first_day),
                    approval {text} NOT NULL,
                    form {text} NOT NULL,
                    excluded {text} NOT NULL,
                    content {text} NOT NULL,
                    unit {text} NOT NULL,
                    spec {text} NOT NULL,
                    pack {text} NOT NULL,
                    memo {text} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id)
                ) {strict}
                """,
                "CREATE INDEX item_mapping_by_code ON item_mapping (area, provider_code, own_code, first_day)",
                "{append-only item_mapping}",
                """
                CREATE TABLE item_mapping_act (
                    area {int} NOT NULL,
                    mapping {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq BETWEEN 1 AND 2),
                    state {int} NOT NULL CHECK (state IN (1, 2, 3)),
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    ground {text} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, mapping, seq),
                    FOREIGN KEY (area, mapping) REFERENCES item_mapping (area, id)
                ) {strict}
                """,
                "{append-only item_mapping_act}",
                // How often a provider's mappings were decided: who keeps them in memory sees here that they changed.
                """
                CREATE TABLE item_mapping_revision (
                    area {int} NOT NULL,
                    provider_code {text} NOT NULL,
                    revision {int} NOT NULL CHECK (revision > 0),
                    PRIMARY KEY (area, provider_code)
                ) {strict}
                """,
            ])
    ]
}
