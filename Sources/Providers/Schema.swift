import Storage

extension Providers {
    public static let migrations = [
        Migration(
            "providers.1",
            [
                """
                CREATE TABLE provider_revision (
                    area {int} NOT NULL,
                    revision {int} NOT NULL CHECK (revision > 0),
                    at {int} NOT NULL,
                    PRIMARY KEY (area, revision)
                ) {strict}
                """,
                "{append-only provider_revision}",
                """
                CREATE TABLE provider (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    code {text} NOT NULL CHECK (length(code) = 12),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, code)
                ) {strict}
                """,
                "{append-only provider}",
                """
                CREATE TABLE provider_profile (
                    area {int} NOT NULL,
                    provider {int} NOT NULL,
                    first_day {int} NOT NULL,
                    revision {int} NOT NULL,
                    name {text} NOT NULL CHECK (length(name) > 0),
                    tier {int} NOT NULL CHECK (tier BETWEEN 0 AND 3),
                    clearing_way {int} NOT NULL,
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, provider, first_day, revision),
                    FOREIGN KEY (area, provider) REFERENCES provider (area, id),
                    FOREIGN KEY (area, revision) REFERENCES provider_revision (area, revision)
                ) {strict}
                """,
                "{append-only provider_profile}",
                """
                CREATE TABLE provider_agreement (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    provider {int} NOT NULL,
                    number {text} NOT NULL CHECK (length(number) > 0),
                    first_day {int} NOT NULL,
                    last_day {int} CHECK (last_day >= first_day),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, provider, first_day),
                    FOREIGN KEY (area, provider) REFERENCES provider (area, id)
                ) {strict}
                """,
                """
                CREATE UNIQUE INDEX provider_agreement_open ON provider_agreement (area, provider)
                WHERE last_day IS NULL
                """,
                "{append-only provider_agreement}",
                """
                CREATE TABLE provider_act (
                    area {int} NOT NULL,
                    agreement {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    kind {int} NOT NULL CHECK (kind IN (1, 2, 3)),
                    from_day {int} NOT NULL,
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    ground {text} NOT NULL CHECK (length(ground) > 0),
                    at {int} NOT NULL,
                    PRIMARY KEY (area, agreement, seq),
                    FOREIGN KEY (area, agreement) REFERENCES provider_agreement (area, id)
                ) {strict}
                """,
                "{append-only provider_act}",
                // Secrets stand apart, so that no listing or export of providers can carry them.
                """
                CREATE TABLE provider_key (
                    area {int} NOT NULL,
                    provider {int} NOT NULL,
                    seq {int} NOT NULL CHECK (seq > 0),
                    kind {int} NOT NULL CHECK (kind IN (0, 1, 2)),
                    key {blob} NOT NULL CHECK ((kind = 0) = (length(key) = 0)),
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, provider, seq),
                    FOREIGN KEY (area, provider) REFERENCES provider (area, id)
                ) {strict}
                """,
                "{append-only provider_key}",
                """
                CREATE TABLE provider_department (
                    area {int} NOT NULL,
                    provider {int} NOT NULL,
                    code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 30),
                    name {text} NOT NULL CHECK (length(name) > 0),
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, provider, code),
                    FOREIGN KEY (area, provider) REFERENCES provider (area, id)
                ) {strict}
                """,
                "{append-only provider_department}",
                """
                CREATE TABLE provider_doctor (
                    area {int} NOT NULL,
                    provider {int} NOT NULL,
                    code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 30),
                    name {text} NOT NULL CHECK (length(name) > 0),
                    department {text} NOT NULL,
                    batch {int} NOT NULL,
                    PRIMARY KEY (area, provider, code),
                    FOREIGN KEY (area, provider, department) REFERENCES provider_department (area, provider, code)
                ) {strict}
                """,
                "{append-only provider_doctor}",
            ])
    ]
}
