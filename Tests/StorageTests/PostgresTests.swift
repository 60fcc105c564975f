import Foundation
import StoreKit
import Testing

@testable import Storage

@Suite("PostgreSQL on bad days", .enabled(if: StoreKind.allCases.contains(.postgres)))
struct PostgresTests {
    @Test(
        "Given a server that commits and a line that breaks before the answer, then the message is done once"
    )
    func lostAnswer() async throws {
        try await withPostgresDatabase { conninfo in
            let relay = try Relay(to: conninfo)
            defer { relay.close() }
            let store = try await PostgresStore.open(conninfo + " host=" + relay.folder)
            try await store.migrate(notebook)
            relay.dropNextCommitAnswer()
            await #expect(throws: StoreError.unknownOutcome) {
                try await store.write { tx in try book("m0", in: tx) }
            }

            let runs = Counter()
            relay.dropNextCommitAnswer()
            let answer = try await store.write(recalling: { try recall("m1", in: $0) }) { tx in
                runs.add()
                return try book("m1", in: tx)
            }
            #expect(runs.value == 1, "the second run found the answer of the first")
            let kept = try await store.read { try recall("m1", in: $0) }
            #expect(kept == answer)
            #expect(try await store.count("message") == 2)
            try await store.close()
        }
    }

    @Test("Given a server process that dies inside COMMIT, then the message is done once")
    func killedAtCommit() async throws {
        let killer = Migration(
            "killer.1",
            [
                "CREATE SEQUENCE kills",
                """
                CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF nextval('kills') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                    RETURN NULL;
                END $$
                """,
                """
                CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON message DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION die_once()
                """,
            ])
        try await withPostgresStore(notebook + [killer]) { store in
            let runs = Counter()
            _ = try await store.write(recalling: { try recall("m1", in: $0) }) { tx in
                runs.add()
                return try book("m1", in: tx)
            }
            #expect(runs.value == 2, "nothing had been committed, so the work was done again")
            #expect(try await store.count("message") == 1)
        }
    }

    @Test(
        "Given a connection killed between two statements, then the transaction runs again on a new one"
    )
    func killedInside() async throws {
        try await withPostgresStore(notebook) { store in
            let runs = Counter()
            try await store.write { tx in
                try tx.execute("INSERT INTO note (id) VALUES (1)")
                if runs.add() == 1 { try tx.run(script: "SELECT pg_terminate_backend(pg_backend_pid())") }
                try tx.execute("INSERT INTO note (id) VALUES (2)")
            }
            #expect(runs.value == 2)
            #expect(try await store.count("note") == 2)
        }
    }

    @Test("Given no server, then opening says so at once")
    func noServer() async throws {
        let error = await #expect(throws: StoreError.self) {
            _ = try await PostgresStore.open("host=/nowhere dbname=none")
        }
        guard case .unavailable = error else { throw NoTestStore.unexpected(error) }
    }

    @Test("Given a database that is not sorted by bytes, then opening says how to make one")
    func wrongCollation() async throws {
        let cluster = try #require(ProcessInfo.processInfo.environment["YIBAO_TEST_POSTGRES"])
        let name = "collation_" + UUID().uuidString.lowercased().filter { $0 != "-" }
        try PostgresConnection(cluster).run(
            script: "CREATE DATABASE \(name) TEMPLATE template0 LOCALE 'C.UTF-8'")
        let error = await #expect(throws: StoreError.self) {
            _ = try await PostgresStore.open("\(cluster) dbname=\(name)")
        }
        try await PostgresStore.dropDatabase(name, on: cluster)
        guard case .unavailable(let reason) = error else { throw NoTestStore.unexpected(error) }
        #expect(reason.contains("--locale=C"))
    }

    @Test("NULL fits a parameter of any type, first or later")
    func nullParameters() async throws {
        try await withPostgresStore(notebook) { store in
            let rows: [[Value]] = [
                [1, nil, nil, nil], [2, "甲", .bytes([1]), 5], [3, nil, .bytes([2]), nil], [4, "乙", nil, 6],
            ]
            let found = try await store.write { tx in
                for row in rows {
                    try tx.execute("INSERT INTO note (id, name, body, amount_fen) VALUES (?, ?, ?, ?)", row)
                }
                return try tx.rows("SELECT id, name, body, amount_fen FROM note ORDER BY id") {
                    [
                        Value(try $0.int(0)), Value(try $0.textOrNil(1)), Value(try $0.bytesOrNil(2)),
                        Value(try $0.intOrNil(3)),
                    ]
                }
            }
            #expect(found == rows)
        }
    }

    @Test(
        "Placeholders are numbered, but not in quotes and comments",
        arguments: [
            ("SELECT ? + ?", "SELECT $1 + $2"), ("SELECT '?', \"?\", ?", "SELECT '?', \"?\", $1"),
            ("SELECT 'it''s ?', ?", "SELECT 'it''s ?', $1"),
            ("SELECT ? -- ?\n, ?", "SELECT $1 -- ?\n, $2"),
            ("SELECT /* ? */ ?", "SELECT /* ? */ $1"), ("SELECT $$ ? $$, ?", "SELECT $$ ? $$, $1"),
            ("SELECT ?2, ?1, ?", "SELECT $2, $1, $3"), ("SELECT '医?保', ?", "SELECT '医?保', $1"),
            ("SELECT '?", "SELECT '?"),
        ])
    func placeholders(_ text: String, _ numbered: String) throws {
        #expect(try PostgresPlaceholders.number(text).text == numbered)
    }
}

@Suite("A message is answered once")
struct IdempotencyTests {
    @Test(
        "Given the same message sent by many at once, then all hear one answer and the work is done once",
        arguments: StoreKind.allCases)
    func sameMessage(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let answers = await sideBySide(20) { _ in
                try await store.write(recalling: { try recall("m", in: $0) }) { try book("m", in: $0) }
            }
            let heard = try Set(answers.map { try $0.get() })
            #expect(heard.count == 1)
            #expect(try await store.count("entry") == 1)
        }
    }

    /// On SQLite alone: `lostAnswer` does it to PostgreSQL over a real line, which a file has not.
    @Test(
        "Given a commit whose answer the first caller never heard, then the same message hears it again"
    )
    func lostOnSQLite() async throws {
        try await withSQLiteStore(notebook) { store in
            let heard = Counter()
            let first = try await store.write { try book("m", in: $0) }
            let second = try await store.write(recalling: { try recall("m", in: $0) }) { tx in
                heard.add()
                return try book("m", in: tx)
            }
            #expect(first == second && heard.value == 0)
        }
    }
}

/// The work of a message: an entry, and the answer kept under the message's own key.
private func book(_ msgid: String, in tx: any Transaction) throws -> Int64 {
    let number = try tx.nextNumber("entry")
    try tx.execute(
        "INSERT INTO entry (id, account, amount_fen) VALUES (?, ?, ?)", .int(number), "应付", 100)
    try tx.execute("INSERT INTO message (msgid, answer) VALUES (?, ?)", .text(msgid), .int(number))
    return number
}

private func recall(_ msgid: String, in tx: any Transaction) throws -> Int64? {
    try tx.first("SELECT answer FROM message WHERE msgid = ?", .text(msgid)) { try $0.int(0) }
}
