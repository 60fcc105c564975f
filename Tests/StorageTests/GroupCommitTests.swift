import Foundation
import StoreKit
import Testing

@testable import Storage

/// On SQLite alone: it has one writer, which groups; PostgreSQL has many, and groups their commits itself.
@Suite("Group commit")
struct GroupCommitTests {
    @Test("Answered means on the disk: synchronous is FULL, the log is WAL, foreign keys hold")
    func durable() async throws {
        try await withSQLiteStore(notebook) { store in
            let settings = try await store.write { tx in
                (
                    try tx.first("PRAGMA synchronous") { try $0.int(0) },
                    try tx.first("PRAGMA journal_mode") { try $0.text(0) },
                    try tx.first("PRAGMA foreign_keys") { try $0.int(0) },
                    try tx.first("PRAGMA recursive_triggers") { try $0.int(0) }
                )
            }
            #expect(settings == (2, "wal", 1, 1))
        }
    }

    @Test(
        "Given forty waiting jobs, one of them wrong, then the forty share a commit and the wrong one fails alone"
    )
    func failsAlone() async throws {
        try await withSQLiteStore(notebook, options: unhurried) { store in
            let before = store.commitCount
            let answers = await groupedWrites(40, on: store) { number, tx in
                let id: Int64 = number == 17 ? 3 : Int64(number)
                try tx.execute("INSERT INTO note (id, name) VALUES (?, ?)", .int(id), "演示")
                return number
            }
            #expect(
                store.commitCount == before + 1,
                "one for the forty; the job that kept the writer busy wrote alone and was undone without one")
            for (number, answer) in answers.enumerated() {
                if case .failure(let error) = answer {
                    #expect(number == 17 || number == 3, "\(error)")
                    guard case StoreError.constraint = error else { throw error }
                }
            }
            #expect(answers.count { if case .failure = $0 { true } else { false } } == 1)
            let left = try await store.count("note")
            #expect(left == 39)
        }
    }

    @Test(
        "Given a job whose failure shows only at COMMIT, then every other job of its group still commits"
    )
    func failsAtCommit() async throws {
        let deferred = Migration(
            "deferred.1",
            [
                "CREATE TABLE parent (id {id} NOT NULL PRIMARY KEY) {strict}",
                """
                CREATE TABLE child (id {id} NOT NULL PRIMARY KEY,
                    parent {int} NOT NULL REFERENCES parent DEFERRABLE INITIALLY DEFERRED) {strict}
                """,
            ])
        try await withSQLiteStore([deferred], options: unhurried) { store in
            let answers = await groupedWrites(20, on: store) { number, tx in
                if number != 7 { try tx.execute("INSERT INTO parent (id) VALUES (?)", .int(Int64(number))) }
                try tx.execute(
                    "INSERT INTO child (id, parent) VALUES (?, ?)", .int(Int64(number)), .int(Int64(number)))
                return try tx.nextNumber("child")
            }
            for (number, answer) in answers.enumerated() {
                switch answer {
                case .success: #expect(number != 7)
                case .failure(let error):
                    #expect(number == 7)
                    guard case StoreError.constraint = error else { throw error }
                }
            }
            let left = try await store.count("child")
            #expect(left == 19)
            // The numbers of the run that was undone are not given out a second time to two rows.
            #expect(Set(answers.compactMap { try? $0.get() }).count == 19)
        }
    }

    @Test(
        "Given a business error thrown by the body, then what it wrote is undone and its neighbours stay"
    )
    func bodyThrows() async throws {
        try await withSQLiteStore(notebook) { store in
            let answers = await groupedWrites(10, on: store) { number, tx in
                try tx.execute("INSERT INTO note (id) VALUES (?)", .int(Int64(number)))
                if number.isMultiple(of: 2) { throw Refused() }
                return number
            }
            #expect(
                answers.count { if case .failure(let error) = $0 { error is Refused } else { false } } == 5)
            let left = try await store.count("note")
            #expect(left == 5)
        }
    }

    @Test(
        "Given a file with no room left, then writing says the disk is full and what was answered stays readable"
    )
    func fullDisk() async throws {
        var options = SQLiteStore.Options()
        options.pagesMax = 64
        try await withSQLiteStore(notebook, options: options) { store in
            let page = [UInt8](repeating: 1, count: 4000)
            let answers = await groupedWrites(100, on: store) { number, tx in
                try tx.execute(
                    "INSERT INTO note (id, body) VALUES (?, ?)", .int(Int64(number)), .bytes(page))
                return number
            }
            let written = answers.count { (try? $0.get()) != nil }
            for case .failure(let error) in answers { #expect(error as? StoreError == .diskFull) }
            #expect((20..<64).contains(written))
            let left = try await store.count("note")
            #expect(left == Int64(written))
        }
    }

    /// A group takes whoever waits when it begins, and no newcomers.
    private var unhurried: SQLiteStore.Options {
        var options = SQLiteStore.Options()
        options.groupMillisecondsMax = 0
        return options
    }

    /// Keeps the writer busy until all jobs wait, so that they certainly form one group.
    private func groupedWrites<Answer: Sendable>(
        _ count: Int, on store: SQLiteStore,
        _ body: @escaping @Sendable (Int, any Transaction) throws -> Answer
    ) async -> [Result<Answer, any Error>] {
        let (started, gate) = (Gate(), Gate())
        async let first: Void = store.write { _ in
            started.open()
            gate.pass()
            throw Refused()
        }
        await passing(started)
        async let answers = sideBySide(count) { number in try await store.write { try body(number, $0) }
        }
        while store.waitingCount < count { await Task.yield() }
        gate.open()
        _ = try? await first
        return await answers
    }
}

/// Waits at a gate without holding one of Swift's own threads.
func passing(_ gate: Gate) async {
    await withCheckedContinuation { caller in
        Thread.detachNewThread {
            gate.pass()
            caller.resume()
        }
    }
}
