import Foundation
import GRDBSQLite
import Glibc
import Storage
import StoreKit
import Synchronization
import Testing

/// On SQLite alone: a commit of PostgreSQL that nobody heard the answer of is tried in `PostgresTests`.
@Suite("A disk that fails while a commit is written", .serialized)
struct FailingDiskTests {
    @Test("Given it fails again and again, then the outcome is called unknown, and the message sent again is done once")
    func unknownOutcome() async throws {
        try await withSQLiteStore(notebook) { store in
            try await store.write { try Self.book("m0", in: $0) }
            try await FailingDisk.failing(.max, writesTo: store.path + "-wal") {
                await #expect(throws: StoreError.unknownOutcome) {
                    try await store.write { try Self.book("m1", in: $0) }
                }
            }
            #expect(try await store.count("message") == 1)
            try await store.write(recalling: { try Self.recall("m1", in: $0) }) { try Self.book("m1", in: $0) }
            #expect(try await store.count("message") == 2)
            #expect(try await store.count("entry") == 2)
            try await store.checkIntegrity()
        }
    }

    @Test("Given it fails once, then the transaction runs again alone and its caller hears nothing of it")
    func failsOnce() async throws {
        try await withSQLiteStore(notebook) { store in
            let runs = Counter()
            try await FailingDisk.failing(1, writesTo: store.path + "-wal") {
                try await store.write { tx in
                    runs.add()
                    try Self.book("m1", in: tx)
                }
            }
            #expect(runs.value == 2)
            #expect(try await store.count("message") == 1)
            #expect(try await store.count("entry") == 1)
        }
    }

    @Test("Given it recovers while the message is tried again, then the message is done once")
    func recovers() async throws {
        try await withSQLiteStore(notebook) { store in
            // Together with others, then alone: the first try fails both ways, the second one time.
            try await FailingDisk.failing(3, writesTo: store.path + "-wal") {
                try await store.write(recalling: { try Self.recall("m1", in: $0) }) { try Self.book("m1", in: $0) }
            }
            #expect(try await store.count("message") == 1)
            #expect(try await store.count("entry") == 1)
        }
    }

    @discardableResult
    private static func book(_ msgid: String, in tx: any Transaction) throws -> Int64 {
        let number = try tx.nextNumber("entry")
        try tx.execute("INSERT INTO entry (id, account, amount_fen) VALUES (?, '应付', 100)", .int(number))
        try tx.execute("INSERT INTO message (msgid, answer) VALUES (?, ?)", .text(msgid), .int(number))
        return number
    }

    private static func recall(_ msgid: String, in tx: any Transaction) throws -> Int64? {
        try tx.first("SELECT answer FROM message WHERE msgid = ?", .text(msgid)) { try $0.int(0) }
    }
}

/// Stands between SQLite and the system's writing calls, as SQLite lets a program do: writes to one file can be made
/// to fail as a broken disk's do, all others go through.
private enum FailingDisk {
    private static let failuresLeft = Atomic<Int>(0)
    private static let path = Mutex("")

    /// Runs `body` while the next `count` writes to a file fail.
    static func failing(_ count: Int, writesTo file: String, _ body: () async throws -> Void) async throws {
        #expect(isInstalled)
        path.withLock { $0 = URL(fileURLWithPath: file).resolvingSymlinksInPath().path }
        failuresLeft.store(count, ordering: .sequentiallyConsistent)
        defer { failuresLeft.store(0, ordering: .sequentiallyConsistent) }
        try await body()
    }

    /// Whether a write fails now; it is counted.
    fileprivate static func takesFailure(_ descriptor: Int32) -> Bool {
        guard failuresLeft.load(ordering: .sequentiallyConsistent) > 0 else { return false }
        let open = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        guard open == path.withLock({ $0 }) else { return false }
        failuresLeft.subtract(1, ordering: .sequentiallyConsistent)
        return true
    }

    private typealias Write = @Sendable @convention(c) (Int32, UnsafeRawPointer?, Int) -> Int
    private typealias WriteAt = @Sendable @convention(c) (Int32, UnsafeRawPointer?, Int, off_t) -> Int

    private static let failingWrite: Write = { descriptor, bytes, count in
        guard FailingDisk.takesFailure(descriptor) else { return Glibc.write(descriptor, bytes, count) }
        errno = EIO
        return -1
    }

    private static let failingWriteAt: WriteAt = { descriptor, bytes, count, offset in
        guard FailingDisk.takesFailure(descriptor) else { return Glibc.pwrite(descriptor, bytes, count, offset) }
        errno = EIO
        return -1
    }

    /// Whether SQLite took the calls; which of them it uses depends on how it was built.
    private static let isInstalled: Bool = {
        guard let system = sqlite3_vfs_find(nil), let set = system.pointee.xSetSystemCall else { return false }
        let call = unsafeBitCast(failingWrite, to: sqlite3_syscall_ptr.self)
        let callAt = unsafeBitCast(failingWriteAt, to: sqlite3_syscall_ptr.self)
        return set(system, "write", call) == SQLITE_OK && set(system, "pwrite", callAt) == SQLITE_OK
            && set(system, "pwrite64", callAt) == SQLITE_OK
    }()
}
