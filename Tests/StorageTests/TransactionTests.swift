import Foundation
import Storage
import StoreKit
import Testing

@Suite("Transactions on both stores")
struct TransactionTests {
    @Test(
        "Values come back as they went in: NULL, empty, the largest integers, any bytes, any script",
        arguments: StoreKind.allCases)
    func roundTrip(_ kind: StoreKind) async throws {
        let texts: [String?] = [
            nil, "", "a", "𠮷野家 医保🀄", "line\nbreak\ttab\\back'quote\"",
            String(repeating: "长", count: 5000),
        ]
        let blobs: [[UInt8]?] = [
            nil, [], [0], Array(0...255), [UInt8](repeating: 0xFF, count: 70_000), [92, 46],
        ]
        let amounts: [Int64?] = [nil, 0, .max, .min, -1, 1]
        try await withStore(kind, notebook) { store in
            try await store.write { tx in
                for number in 0..<6 {
                    try tx.execute(
                        "INSERT INTO note (id, name, body, amount_fen) VALUES (?, ?, ?, ?)",
                        .int(Int64(number)),
                        Value(texts[number]), Value(blobs[number]), Value(amounts[number]))
                }
            }
            let rows = try await store.read { tx in
                try tx.rows("SELECT name, body, amount_fen FROM note ORDER BY id") {
                    (try $0.textOrNil(0), try $0.bytesOrNil(1), try $0.intOrNil(2))
                }
            }
            #expect(rows.map(\.0) == texts)
            #expect(rows.map(\.1) == blobs)
            #expect(rows.map(\.2) == amounts)
        }
    }

    @Test("Bulk insertion keeps odd bytes, NULLs and separators", arguments: StoreKind.allCases)
    func bulk(_ kind: StoreKind) async throws {
        let texts = ["\\N", "\\.", "\t", "a\nb", "\r\n", "\\", "\\x41", "", "中文,\"引号\"", "\u{7F}\u{1}"]
        let rows: [[Value]] = (0..<3000).map { number in
            let text: Value = number.isMultiple(of: 7) ? .null : .text(texts[number % texts.count])
            return [
                .int(Int64(number)), text,
                .bytes(Array(repeating: UInt8(number % 256), count: number % 40)), .int(-Int64(number)),
            ]
        }
        try await withStore(kind, notebook) { store in
            try await store.write { tx in
                try tx.insert(into: "note", columns: ["id", "name", "body", "amount_fen"], rows: rows)
            }
            let found = try await store.read { tx in
                try tx.rows("SELECT id, name, body, amount_fen FROM note ORDER BY id") {
                    [
                        Value(try $0.int(0)), Value(try $0.textOrNil(1)), Value(try $0.bytesOrNil(2)),
                        Value(try $0.int(3)),
                    ]
                }
            }
            #expect(found == rows)
            await #expect(throws: StoreError.self, "the same keys again") {
                try await store.write { tx in
                    try tx.insert(
                        into: "note", columns: ["id", "name", "body", "amount_fen"], rows: Array(rows.prefix(2))
                    )
                }
            }
            #expect(try await store.count("note") == 3000)
        }
    }

    @Test("The number of changed rows is told", arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let counts = try await store.write { tx in
                let inserted = try tx.execute("INSERT INTO note (id) VALUES (?), (?), (?)", 1, 2, 3)
                let updated = try tx.execute("UPDATE note SET name = ? WHERE id > ?", "甲", 1)
                let deleted = try tx.execute("DELETE FROM note WHERE id = ?", 99)
                return [inserted, updated, deleted]
            }
            #expect(counts == [3, 2, 0])
        }
    }

    @Test("A row may lead to another query, even the same one", arguments: StoreKind.allCases)
    func nested(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let pairs = try await store.write { tx in
                try tx.execute("INSERT INTO note (id) VALUES (1), (2), (3)")
                var pairs = 0
                try tx.forEach("SELECT id FROM note ORDER BY id", []) { _ in
                    try tx.forEach("SELECT id FROM note ORDER BY id", []) { _ in
                        pairs += 1
                        return true
                    }
                    return true
                }
                return pairs
            }
            #expect(pairs == 9)
        }
    }

    @Test(
        "A long answer is read row by row, left early, broken off, and interrupted by other statements",
        arguments: StoreKind.allCases)
    func longAnswers(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let rows = (0..<20_000 as Range<Int64>).map { [Value.int($0), "演示"] }
            try await store.write { try $0.insert(into: "note", columns: ["id", "name"], rows: rows) }
            let (sum, changed) = try await store.write { tx in
                var (sum, changed): (Int64, Int) = (0, 0)
                try tx.forEach("SELECT id FROM note ORDER BY id", []) { row in
                    let id = try row.int(0)
                    sum += id
                    if id == 10 || id == 15_000 {
                        changed += try tx.execute("UPDATE note SET name = 'x' WHERE id = ?", .int(id))
                        try? tx.attempt { throw Refused() }
                    }
                    return true
                }
                return (sum, changed)
            }
            #expect(sum == 19_999 * 10_000 && changed == 2)
            let first = try await store.read { tx in try tx.first("SELECT id FROM note ORDER BY id") { try $0.int(0) } }
            #expect(first == 0)
            await #expect(throws: Refused.self) {
                try await store.read { try $0.forEach("SELECT id FROM note", []) { _ in throw Refused() } }
            }
            await #expect(throws: StoreError.self, "the integer overflows in the middle of the answer") {
                let query: SQL =
                    "SELECT 9223372036854775807 - abs(id - 9000) + CAST(id = 9000 AS INTEGER) FROM note ORDER BY id"
                _ = try await store.read { tx in
                    try tx.rows(kind == .postgres ? query : "SELECT abs(-9223372036854775807 - id) FROM note") {
                        try $0.int(0)
                    }
                }
            }
            let found = try await store.count("note")
            #expect(found == 20_000)
        }
    }

    @Test(
        "A statement that failed fails its transaction, even when the body swallows the error",
        arguments: StoreKind.allCases)
    func swallowed(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            await #expect(throws: StoreError.self) {
                try await store.write { tx in
                    try tx.execute("INSERT INTO note (id) VALUES (1)")
                    _ = try? tx.execute("INSERT INTO note (id) VALUES (1)")
                }
            }
            let written = try await store.count("note")
            #expect(written == 0)
        }
    }

    @Test(
        "An attempt that fails is undone alone, and the transaction goes on",
        arguments: StoreKind.allCases)
    func attempts(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let refused = try await store.write { tx in
                var refused: [Int64] = []
                for id in [1, 2, 1, 3, 2] as [Int64] {
                    do {
                        try tx.attempt { try tx.execute("INSERT INTO note (id) VALUES (?)", .int(id)) }
                    } catch StoreError.constraint { refused.append(id) }
                }
                return refused
            }
            #expect(refused == [1, 2])
            #expect(try await store.count("note") == 3)
        }
    }

    @Test("Mistakes of the programmer are errors, not wrong values", arguments: StoreKind.allCases)
    func mistakes(_ kind: StoreKind) async throws {
        let mistakes: [@Sendable (any Transaction) throws -> Void] = [
            { try $0.execute("INSERT INTO note (id, name) VALUES (?, ?)", 1) },
            { try $0.execute("INSERT INTO note (id, name) VALUES (?, ?)", 1, .text("a\0b")) },
            { try $0.execute("INSERT INTO nowhere (id) VALUES (1)") },
            { tx in _ = try tx.first("SELECT name FROM note WHERE id = 7") { try $0.text(0) } },
            { tx in _ = try tx.first("SELECT name FROM note WHERE id = 7") { try $0.int(0) } },
            { tx in _ = try tx.first("SELECT id FROM note WHERE id = 7") { try $0.text(0) } },
            { tx in _ = try tx.first("SELECT id FROM note WHERE id = 7") { try $0.int(3) } },
        ]
        try await withStore(kind, notebook) { store in
            try await store.write { try $0.execute("INSERT INTO note (id) VALUES (7)") }
            for mistake in mistakes {
                await #expect(throws: StoreError.self) { try await store.write(mistake) }
            }
            await #expect(throws: StoreError.self, "a reading transaction does not write") {
                try await store.read { try $0.execute("INSERT INTO note (id) VALUES (8)") }
            }
            #expect(try await store.count("note") == 1)
        }
    }

    @Test("A reader sees one state from its first query to its last", arguments: StoreKind.allCases)
    func snapshots(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let (looked, changed) = (Gate(), Gate())
            async let counts = store.read { tx in
                let before = try tx.first("SELECT count(*) FROM note") { try $0.int(0) }
                looked.open()
                changed.pass()
                return [before, try tx.first("SELECT count(*) FROM note") { try $0.int(0) }]
            }
            await passing(looked)
            try await store.write { try $0.execute("INSERT INTO note (id) VALUES (1)") }
            changed.open()
            #expect(try await counts == [0, 0])
            #expect(try await store.count("note") == 1)
        }
    }

    @Test(
        "Given two doctors on call who leave at the same moment, then one of them stays",
        arguments: StoreKind.allCases)
    func writeSkew(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            try await store.write {
                try $0.execute("INSERT INTO duty (doctor, on_call) VALUES ('甲', 1), ('乙', 1)")
            }
            let rendezvous = Rendezvous()
            let answers = await sideBySide(2) { number in
                try await store.write { tx in
                    let onCall =
                        try tx.first("SELECT count(*) FROM duty WHERE on_call = 1") { try $0.int(0) } ?? 0
                    rendezvous.meet()
                    guard onCall > 1 else { throw Refused() }
                    try tx.execute("UPDATE duty SET on_call = 0 WHERE doctor = ?", .text(["甲", "乙"][number]))
                }
            }
            #expect(
                answers.count { if case .failure(let error) = $0 { error is Refused } else { false } } == 1)
            let left = try await store.read { tx in
                try tx.first("SELECT count(*) FROM duty WHERE on_call = 1") { try $0.int(0) }
            }
            #expect(left == 1)
        }
    }

    @Test(
        "A hundred raises of one balance at the same time are a hundred raises",
        arguments: StoreKind.allCases)
    func contention(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            try await store.write { try $0.execute("INSERT INTO note (id, amount_fen) VALUES (1, 0)") }
            let answers = await sideBySide(100) { _ in
                try await store.write { tx in
                    let amount =
                        try tx.first("SELECT amount_fen FROM note WHERE id = 1") { try $0.int(0) } ?? 0
                    try tx.execute("UPDATE note SET amount_fen = ? WHERE id = 1", .int(amount + 1))
                }
            }
            for answer in answers { try answer.get() }
            let amount = try await store.read { tx in
                try tx.first("SELECT amount_fen FROM note") { try $0.int(0) }
            }
            #expect(amount == 100)
        }
    }

    @Test("A number is given once: side by side, and after failures", arguments: StoreKind.allCases)
    func numbers(_ kind: StoreKind) async throws {
        try await withStore(kind, notebook) { store in
            let answers = await sideBySide(300) { number in
                try await store.write { tx in
                    var taken: [Int64] = []
                    for _ in 0..<20 { taken.append(try tx.nextNumber("note")) }
                    _ = try? tx.attempt { () throws -> Int64 in
                        _ = try tx.nextNumber("other")
                        throw Refused()
                    }
                    if number.isMultiple(of: 3) { throw Refused() }
                    try tx.execute(
                        "INSERT INTO note (id, amount_fen) VALUES (?, ?)", .int(try tx.nextNumber("other")), 0)
                    return taken
                }
            }
            let taken = answers.compactMap { try? $0.get() }.flatMap { $0 }
            #expect(taken.count == 200 * 20)
            #expect(Set(taken).count == taken.count)
            let written = try await store.count("note")
            #expect(written == 200)
        }
    }
}
