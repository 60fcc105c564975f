import Storage
import StoreKit
import Testing

@Suite("Schema and migrations")
struct SchemaTests {
    @Test(
        "Given a posted entry, then changing, deleting or emptying the ledger is refused",
        arguments: StoreKind.allCases)
    func appendOnly(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            try await store.write {
                try $0.execute("INSERT INTO entry (id, account, amount_fen) VALUES (1, '应付', 100)")
            }
            var attacks: [SQL] = [
                "UPDATE entry SET amount_fen = 1", "DELETE FROM entry", "DELETE FROM entry WHERE id = 1",
                """
                INSERT INTO entry (id, account, amount_fen) VALUES (1, '应付', 1)
                ON CONFLICT (id) DO UPDATE SET amount_fen = 1
                """,
            ]
            attacks.append(
                kind == .postgres
                    ? "TRUNCATE entry"
                    : "INSERT OR REPLACE INTO entry (id, account, amount_fen) VALUES (1, '应付', 1)")
            for attack in attacks {
                let error = await #expect(throws: StoreError.self) {
                    try await store.write { try $0.execute(attack) }
                }
                guard case .constraint(let reason) = error else {
                    Issue.record("\(attack): \(String(describing: error))")
                    continue
                }
                #expect(reason.contains("append-only: entry refuses"))
            }
            let amount = try await store.read { tx in
                try tx.first("SELECT amount_fen FROM entry") { try $0.int(0) }
            }
            #expect(amount == 100)
        }
    }

    @Test(
        "Each migration runs once; new ones are added; all of a failed set or none",
        arguments: StoreKind.allCases)
    func once(_ kind: StoreKind) async throws {
        let second = Migration(
            "notebook.2",
            ["ALTER TABLE note ADD COLUMN remark {text}", "INSERT INTO note (id) VALUES (1)"])
        let broken = [
            Migration("notebook.3", ["INSERT INTO note (id) VALUES (2)"]),
            Migration("notebook.4", ["INSERT INTO nowhere VALUES (1)"]),
        ]
        try await withStore(kind, notebook) { store in
            for _ in 0..<2 { try await store.migrate(notebook + [second]) }
            #expect(try await store.count("note") == 1)
            await #expect(throws: StoreError.self) {
                try await store.migrate(notebook + [second] + broken)
            }
            #expect(try await store.count("note") == 1)
        }
    }

    @Test(
        "Given a database of a newer program, then it is refused by the names of what is unknown",
        arguments: StoreKind.allCases)
    func newer(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook + [Migration("future.1", [])]) { store in
            await #expect(throws: StoreError.newerDatabase(unknown: ["future.1"])) {
                try await store.migrate(notebook)
            }
        }
    }

    @Test(
        "Given a migration edited after it was applied, then it is refused",
        arguments: StoreKind.allCases)
    func edited(_ kind: StoreKind) async throws {
        try await withStore(kind, [Migration("a.1", ["CREATE TABLE a (id {id} PRIMARY KEY) {strict}"])]) { store in
            try await store.migrate([
                Migration("a.1", ["CREATE TABLE a (id\n  {id} PRIMARY KEY) {strict}"])
            ])
            await #expect(throws: StoreError.self) {
                try await store.migrate([
                    Migration("a.1", ["CREATE TABLE b (id {id} PRIMARY KEY) {strict}"])
                ])
            }
        }
    }

    @Test("An unknown word in a migration is named", arguments: StoreKind.allCases)
    func unknownWord(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let error = await #expect(throws: StoreError.self) {
                try await store.migrate([Migration("a.1", ["CREATE TABLE a (id {integer} PRIMARY KEY)"])])
            }
            guard case .failed(let reason) = error else { throw NoTestStore.unexpected(error) }
            #expect(reason.contains("{integer}"))
        }
    }

    @Test("Ten processes that migrate at once migrate once", arguments: StoreKind.allCases)
    func migratingTogether(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let answers = await sideBySide(10) { _ in try await store.migrate(notebook) }
            for answer in answers { try answer.get() }
            #expect(try await store.count("schema_migration") == 1)
        }
    }

    @Test("Portable SQL gives the same rows", arguments: StoreKind.allCases)
    func portable(_ kind: StoreKind) async throws {
        try await withStore(kind, PortableSQL.schema) { store in
            for (query, expected) in PortableSQL.queries {
                let found = try await store.write { tx in
                    try tx.rows(query) { row in
                        try (0..<2).map {
                            row.isNull($0) ? "NULL" : try (try? String(row.int($0))) ?? row.text($0)
                        }
                    }
                }
                #expect(found.map { $0.joined(separator: " ") } == expected, "\(query)")
            }
        }
    }
}

/// What the house allows itself in SQL, each with the rows it must give on both stores. Two columns each.
private enum PortableSQL {
    static let schema = [
        Migration(
            "portable.1",
            [
                """
                CREATE TABLE bill (
                    id {id} NOT NULL PRIMARY KEY, hospital {text} NOT NULL, amount_fen {int} NOT NULL, paid_day {int},
                    double_fen {int} GENERATED ALWAYS AS (amount_fen * 2) STORED) {strict}
                """,
                "CREATE UNIQUE INDEX bill_open ON bill (hospital) WHERE paid_day IS NULL",
                "CREATE INDEX bill_by_lower ON bill (lower(hospital), amount_fen)",
                """
                INSERT INTO bill (id, hospital, amount_fen, paid_day) VALUES
                    (1, 'B', 100, 10), (2, 'a', 250, NULL), (3, 'B', 300, 12), (4, '中心', 40, 11)
                """,
            ])
    ]

    static let queries: [(SQL, [String])] = [
        (
            """
            INSERT INTO bill (id, hospital, amount_fen, paid_day) VALUES (1, 'B', 7, 10)
            ON CONFLICT (id) DO UPDATE SET amount_fen = bill.amount_fen + excluded.amount_fen RETURNING id, amount_fen
            """, ["1 107"]
        ),
        ("UPDATE bill SET amount_fen = 100 WHERE id = 1 RETURNING double_fen, hospital", ["200 B"]),
        ("SELECT id, hospital FROM bill ORDER BY hospital, id", ["1 B", "3 B", "2 a", "4 中心"]),
        (
            "SELECT id, paid_day FROM bill ORDER BY paid_day DESC NULLS LAST",
            ["3 12", "4 11", "1 10", "2 NULL"]
        ),
        (
            "SELECT id, paid_day FROM bill ORDER BY paid_day NULLS FIRST, id LIMIT 2", ["2 NULL", "1 10"]
        ),
        (
            """
            WITH per AS (SELECT hospital, CAST(sum(amount_fen) AS BIGINT) AS total FROM bill GROUP BY hospital)
            SELECT hospital, total FROM per WHERE total > 100 ORDER BY total
            """, ["a 250", "B 400"]
        ),
        (
            """
            WITH RECURSIVE step (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < 3)
            SELECT n, n * n FROM step ORDER BY n
            """, ["1 1", "2 4", "3 9"]
        ),
        (
            """
            SELECT id, CAST(sum(amount_fen) OVER (PARTITION BY hospital ORDER BY id) AS BIGINT)
            FROM bill ORDER BY id
            """, ["1 100", "2 250", "3 400", "4 40"]
        ),
        (
            "SELECT id, row_number() OVER (ORDER BY amount_fen) FROM bill ORDER BY id",
            ["1 2", "2 3", "3 4", "4 1"]
        ),
        ("SELECT count(*), count(*) FILTER (WHERE amount_fen >= 250) FROM bill", ["4 2"]),
        (
            "SELECT id, hospital FROM bill WHERE (id, hospital) IN (VALUES (1, 'B'), (2, 'x')) ORDER BY id",
            ["1 B"]
        ),
        ("SELECT id, paid_day FROM bill WHERE paid_day IS NOT DISTINCT FROM NULL", ["2 NULL"]),
        (
            "SELECT id, paid_day FROM bill WHERE paid_day IS DISTINCT FROM 10 ORDER BY id",
            ["2 NULL", "3 12", "4 11"]
        ),
        (
            "SELECT id, CASE WHEN amount_fen > 90 THEN 'large' ELSE 'small' END FROM bill WHERE id IN (1, 4) ORDER BY id",
            ["1 large", "4 small"]
        ),
        ("SELECT COALESCE(paid_day, 0), hospital || '院' FROM bill WHERE id = 2", ["0 a院"]),
        (
            "SELECT a.id, b.id FROM bill a LEFT JOIN bill b ON b.id = a.id + 3 ORDER BY a.id LIMIT 2",
            ["1 4", "2 NULL"]
        ),
        (
            "SELECT id, amount_fen / 7 FROM bill WHERE lower(hospital) = 'b' ORDER BY id",
            ["1 14", "3 42"]
        ),
    ]
}

extension NoTestStore {
    static func unexpected(_ error: (any Error)?) -> any Error {
        error ?? StoreError.failed("nothing was thrown")
    }
}
