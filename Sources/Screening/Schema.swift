import Storage

/// Tables of imported findings (疑点入库). The engine itself knows no database.
enum ScreeningSchema {
    static let migrations = [findings]

    static let findings = Migration(
        "screening.1",
        [
            """
            CREATE TABLE screening_run (
                area {int} NOT NULL,
                id {int} NOT NULL,
                code {text} NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
                extract {text} NOT NULL,
                screened_at {int} NOT NULL,
                rules_digest {blob} NOT NULL CHECK (length(rules_digest) = 32),
                knowledge_digest {blob} NOT NULL CHECK (length(knowledge_digest) = 32),
                parameters_version {text} NOT NULL,
                caps_area {text} NOT NULL,
                findings_digest {blob} NOT NULL CHECK (length(findings_digest) = 32),
                line_count {int} NOT NULL CHECK (line_count >= 0),
                finding_count {int} NOT NULL CHECK (finding_count >= 0),
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, code)
            ) {strict}
            """,
            "{append-only screening_run}",
            """
            CREATE TABLE screening_finding (
                area {int} NOT NULL,
                run {int} NOT NULL,
                no {int} NOT NULL CHECK (no > 0),
                rule_seq {int},
                rule_code {text} NOT NULL CHECK (length(rule_code) > 0),
                rule_name {text} NOT NULL,
                kind {text} NOT NULL,
                point {text} NOT NULL,
                strength {int} NOT NULL CHECK (strength IN (1, 2)),
                person {text} NOT NULL,
                encounter {text} NOT NULL,
                provider {text} NOT NULL,
                day {int},
                quantity_e4 {int},
                amount_fen {int} NOT NULL,
                fund_fen {int},
                evidence {text} NOT NULL,
                PRIMARY KEY (area, run, no),
                FOREIGN KEY (area, run) REFERENCES screening_run (area, id)
            ) {strict}
            """,
            "CREATE INDEX screening_finding_by_rule ON screening_finding (area, rule_code, run, no)",
            "CREATE INDEX screening_finding_by_provider ON screening_finding (area, provider, run, no)",
            "{append-only screening_finding}",
            // Which fee lines a finding names, in its order.
            """
            CREATE TABLE screening_finding_line (
                area {int} NOT NULL,
                run {int} NOT NULL,
                finding {int} NOT NULL,
                place {int} NOT NULL CHECK (place > 0),
                line {text} NOT NULL CHECK (length(line) > 0),
                PRIMARY KEY (area, run, finding, place),
                FOREIGN KEY (area, run, finding) REFERENCES screening_finding (area, run, no)
            ) {clustered}
            """,
            "CREATE INDEX screening_finding_line_by_line ON screening_finding_line (area, line)",
            "{append-only screening_finding_line}",
        ])
}
