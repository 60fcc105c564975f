import Storage

/// The tables of drawn and inspected matters (办件抽查).
public enum SamplingSchema {
    public static let migrations = [
        Migration(
            "sampling.1",
            [
                """
                CREATE TABLE matter_sampling (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    first_day {int} NOT NULL,
                    last_day {int} NOT NULL CHECK (last_day >= first_day),
                    percent {int} NOT NULL CHECK (percent BETWEEN 1 AND 100),
                    seed {int} NOT NULL,
                    method {int} NOT NULL CHECK (method > 0),
                    frame_count {int} NOT NULL CHECK (frame_count > 0),
                    frame_hash {blob} NOT NULL CHECK (length(frame_hash) = 32),
                    reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                    matter {int},
                    by_kind {int} NOT NULL,
                    by_number {int} NOT NULL,
                    happened_at {int} NOT NULL,
                    PRIMARY KEY (area, id)
                ) {strict}
                """,
                "{append-only matter_sampling}",
                """
                CREATE TABLE matter_sampled (
                    area {int} NOT NULL,
                    sampling {int} NOT NULL,
                    draw {int} NOT NULL CHECK (draw > 0),
                    sampled {int} NOT NULL,
                    PRIMARY KEY (area, sampling, draw),
                    UNIQUE (area, sampling, sampled),
                    FOREIGN KEY (area, sampling) REFERENCES matter_sampling (area, id),
                    FOREIGN KEY (area, sampled) REFERENCES matter (area, id)
                ) {strict}
                """,
                "{append-only matter_sampled}",
                """
                CREATE TABLE matter_inspection (
                    area {int} NOT NULL,
                    sampling {int} NOT NULL,
                    sampled {int} NOT NULL,
                    finding {int} NOT NULL CHECK (finding IN (1, 2)),
                    reason {text} NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
                    matter {int},
                    by_kind {int} NOT NULL,
                    by_number {int} NOT NULL,
                    happened_at {int} NOT NULL,
                    PRIMARY KEY (area, sampling, sampled),
                    FOREIGN KEY (area, sampling, sampled) REFERENCES matter_sampled (area, sampling, sampled)
                ) {strict}
                """,
                "CREATE INDEX matter_inspection_by_matter ON matter_inspection (area, sampled)",
                "{append-only matter_inspection}",
            ])
    ]
}
