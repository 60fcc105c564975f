import Foundation
import Storage
import StoreKit
import Testing

/// On SQLite alone: PostgreSQL keeps its own files.
@Suite("The database file on bad days")
struct FileTests {
    @Test("Given a file that is being written, then a second writer hears so and a reader is welcome")
    func locked() async throws {
        try await withSQLiteStore(notebook) { store in
            #expect(throws: StoreError.locked) { try SQLiteStore.open(store.path) }
            try await store.write { try $0.execute("INSERT INTO note (id) VALUES (1)") }
            let reader = try SQLiteStore.open(store.path, readOnly: true)
            #expect(try await reader.count("note") == 1)
            try await reader.checkIntegrity()
            await #expect(throws: StoreError.self) {
                try await reader.write { try $0.execute("DELETE FROM note") }
            }
            try await reader.close()
        }
    }

    @Test("Given a closed file, then it opens again with all in it, and numbers go on")
    func reopened() async throws {
        try await withTemporaryFolder { folder in
            var last: Int64 = 0
            for round in 1...3 as ClosedRange<Int64> {
                let store = try SQLiteStore.open(folder + "/file.sqlite")
                try await store.migrate(notebook)
                let number = try await store.write { tx in
                    let number = try tx.nextNumber("note")
                    try tx.execute("INSERT INTO note (id) VALUES (?)", .int(number))
                    return number
                }
                #expect(number > last)
                last = number
                #expect(try await store.count("note") == round)
                try await store.close()
                try await store.close()
                await #expect(throws: (any Error).self) { try await store.write { _ in } }
            }
        }
    }

    @Test("Given a file that is no database, a missing one or a missing folder, then opening says so")
    func notADatabase() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/letter.txt"
            try Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: path))
            expectStoreError("damaged") { try SQLiteStore.open(path) }
            expectStoreError("damaged") { try SQLiteStore.open(path, readOnly: true) }
            expectStoreError("unavailable") {
                try SQLiteStore.open(folder + "/missing.sqlite", readOnly: true)
            }
            expectStoreError("unavailable") { try SQLiteStore.open(folder + "/nowhere/file.sqlite") }
        }
    }

    @Test("Given pages overwritten on the disk, then the check names the damage")
    func damagedPages() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/file.sqlite"
            let store = try SQLiteStore.open(path)
            try await store.migrate(notebook)
            try await store.write { tx in
                for id in 0..<2000 as Range<Int64> {
                    try tx.execute("INSERT INTO note (id, name) VALUES (?, ?)", .int(id), .text("演示 \(id)"))
                }
            }
            try await store.close()
            let file = try #require(FileHandle(forUpdatingAtPath: path))
            let pages = try file.seekToEnd() / 4096
            for page in stride(from: 10, to: pages, by: 3) {
                try file.seek(toOffset: page * 4096)
                try file.write(contentsOf: Data(repeating: 0xEE, count: 600))
            }
            try file.close()
            let damaged = try SQLiteStore.open(path)
            let error = await #expect(throws: StoreError.self) { try await damaged.checkIntegrity() }
            guard case .damaged = error else { throw NoTestStore.unexpected(error) }
            try await damaged.close()
        }
    }

    @Test("Given writing without pause, then a backup is whole, checked, and of one moment")
    func backupUnderLoad() async throws {
        try await withSQLiteStore(notebook) { store in
            let stop = Counter()
            async let load = sideBySide(8) { _ in
                while stop.value == 0 {
                    try await store.write { tx in
                        for amount in [5, -5] as [Int64] {
                            try tx.execute(
                                "INSERT INTO entry (id, account, amount_fen) VALUES (?, ?, ?)",
                                .int(try tx.nextNumber("entry")), "应付", .int(amount))
                        }
                    }
                }
            }
            while try await store.count("entry") < 500 { await Task.yield() }
            let copy = store.path + ".backup"
            try await store.backup(to: copy)
            stop.add()
            for answer in await load { try answer.get() }
            #expect(!FileManager.default.fileExists(atPath: copy + "-wal"))
            await #expect(throws: StoreError.self, "never over another file") {
                try await store.backup(to: copy)
            }

            let restored = try SQLiteStore.open(copy)
            try await restored.migrate(notebook)
            try await restored.checkIntegrity()
            let (count, balance) = try await restored.read { tx in
                try tx.first("SELECT count(*), sum(amount_fen) FROM entry") {
                    (try $0.int(0), try $0.int(1))
                } ?? (0, 1)
            }
            #expect(count >= 500 && balance == 0)
            try await restored.close()
        }
    }

    @Test("Given a log that grew past its limits, then it is emptied while writing goes on")
    func checkpoints() async throws {
        var options = SQLiteStore.Options()
        options.checkpointPages = 50
        try await withSQLiteStore(notebook, options: options) { store in
            let body = [UInt8](repeating: 9, count: 3000)
            for round in 0..<40 as Range<Int64> {
                try await store.write { tx in
                    for line in 0..<40 as Range<Int64> {
                        try tx.execute(
                            "INSERT INTO note (id, body) VALUES (?, ?)", .int(round * 40 + line), .bytes(body))
                    }
                }
            }
            let log = try #require(
                FileManager.default.attributesOfItem(atPath: store.path + "-wal")[.size] as? NSNumber)
            #expect(
                log.intValue < 3_000_000, "1,600 pages were written; the log holds but the last few hundred"
            )
            try await store.checkIntegrity()
        }
    }

    private func expectStoreError(_ name: String, _ body: () throws -> Any) {
        let error = #expect(throws: StoreError.self) { _ = try body() }
        // A case with a text is shown as `damaged("…")` by its mirror, whatever its description says.
        #expect(error.flatMap { Mirror(reflecting: $0).children.first?.label } == name)
    }
}
