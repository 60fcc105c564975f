import CSQLiteSettings
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The embedded store: one file, one writing process, any number of readers on snapshots.
///
///     let store = try SQLiteStore.open("county.sqlite")
///     try await store.migrate(migrations)
///     let number = try await store.write { tx in
///         let number = try tx.nextNumber("person")
///         try tx.execute("INSERT INTO person (area, id, name) VALUES (?, ?, ?)", .init(area), .int(number), "演示甲")
///         return number
///     }
///     try await store.close()
///
/// Everything `write` has answered is on the disk: write-ahead log with `synchronous = FULL`. Transactions that
/// wait at the same time share one flush (`SQLiteWriter`). To restore a backup, open it.
public final class SQLiteStore: Store {
    public let dialect = Dialect.sqlite
    public let path: String
    private let pool: DatabasePool
    private let connections = SQLiteConnections()
    private let writer: SQLiteWriter?
    private let checkpointer: SQLiteCheckpointer?
    private let lock: FileLock?
    private let closed = Atomic<Bool>(false)

    /// How the file is used. The defaults suit an office PC and were measured under load.
    public struct Options: Sendable {
        /// How long to wait for another process that holds the file for a moment.
        public var busyTimeoutSeconds = 5
        /// Connections that read at the same time.
        public var readersMax = 4
        /// The writer's page cache.
        public var writerCacheMegabytes = 64
        /// Each reader's page cache.
        public var readerCacheMegabytes = 16
        /// Transactions that share one flush at most.
        public var groupSizeMax = 256
        /// Newcomers join a group no longer than this, so that its first transaction is answered soon.
        public var groupMillisecondsMax = 10
        /// Pages of 4096 bytes in the log that start a checkpoint beside the writer; at four times as many the
        /// writer moves the rest.
        public var checkpointPages = 4_000
        /// A limit on the file, for tests and quotas; writing beyond it is `StoreError.diskFull`.
        public var pagesMax: Int?

        public init() {}
    }

    /// Opens the file, creating it unless `readOnly`.
    ///
    /// A file that another process writes is `StoreError.locked`; with `readOnly` it may be read all the same,
    /// for backup and verification. Throws `StoreError` `locked`, `damaged` or `unavailable`.
    public static func open(_ path: String, readOnly: Bool = false, options: Options = Options()) throws -> SQLiteStore
    {
        _ = memoryIsUncounted
        do {
            return try SQLiteStore(path, readOnly: readOnly, options: options)
        } catch {
            throw StoreError.grdb(error)
        }
    }

    /// SQLite's own count of its memory costs a lock an allocation; stopped once, before the first file is opened.
    private static let memoryIsUncounted = yibao_sqlite_stop_counting_memory() == SQLITE_OK

    private init(_ path: String, readOnly: Bool, options: Options) throws {
        self.path = path
        if readOnly, !FileManager.default.fileExists(atPath: path) {
            throw StoreError.unavailable("there is no database file \(path)")
        }
        lock = readOnly ? nil : try FileLock(path + ".lock")
        pool = try DatabasePool(path: path, configuration: Self.configuration(readOnly: readOnly, options))
        guard !readOnly else {
            (writer, checkpointer) = (nil, nil)
            _ = try pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
            return
        }
        let connection = try pool.writeWithoutTransaction { [connections] database in
            let connection = try connections.of(database)
            try Self.makeDurable(connection, options)
            return UncheckedBox(connection)
        }.value
        let checkpointer = try SQLiteCheckpointer(path: path, options: options)
        checkpointer.start(on: connection.handle)
        self.checkpointer = checkpointer
        writer = SQLiteWriter(pool: pool, connection: connection, checkpointer: checkpointer, options: options)
    }

    deinit { try? finish() }

    @discardableResult
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        guard let writer else { throw StoreError.failed("the database is open for reading only") }
        return try await withCheckedThrowingContinuation { writer.add(Job(body, for: $0)) }
    }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        do {
            return try await pool.read { [connections] database in
                let transaction = SQLiteTransaction(try connections.of(database), numbers: nil)
                let result = try body(transaction)
                if let failure = transaction.failure { throw failure }
                return result
            }
        } catch {
            throw Task.isCancelled ? CancellationError() : StoreError.grdb(error)
        }
    }

    /// Commits since opening: one or more transactions each, and one flush of the disk.
    public var commitCount: Int { writer?.commitCount.load(ordering: .relaxed) ?? 0 }

    /// Transactions that no thread has taken yet.
    var waitingCount: Int { writer?.waitingCount ?? 0 }

    /// Finishes what waits and closes the file. Calling it again does nothing.
    public func close() async throws {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { caller.resume(with: Swift.Result { try self.finish() }) }
        }
    }

    private func finish() throws {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        writer?.close()
        try checkpointer?.close()
        do {
            try pool.barrierWriteWithoutTransaction { _ in connections.finalizeStatements() }
            try pool.close()
        } catch {
            throw StoreError.grdb(error)
        }
        lock?.release()
    }

    private static func configuration(readOnly: Bool, _ options: Options) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(TimeInterval(options.busyTimeoutSeconds))
        configuration.maximumReaderCount = options.readersMax
        configuration.persistentReadOnlyConnections = true
        configuration.label = "yibao.sqlite"
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA cache_size = -\(options.readerCacheMegabytes * 1024);
                    PRAGMA temp_store = MEMORY;
                    """)
        }
        return configuration
    }

    /// Sets up the writing connection. GRDB leaves `synchronous` at NORMAL, which may lose answered transactions
    /// when the power fails; hence set here, after it, and read back.
    private static func makeDurable(_ connection: SQLiteConnection, _ options: Options) throws {
        // recursive_triggers: without it INSERT OR REPLACE would delete from an append-only table unseen.
        try connection.run(
            script: """
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA recursive_triggers = ON;
                PRAGMA cache_size = -\(options.writerCacheMegabytes * 1024);
                PRAGMA journal_size_limit = \(options.checkpointPages * 4096 * 4);
                """)
        if let pagesMax = options.pagesMax { _ = try connection.integer("PRAGMA max_page_count = \(pagesMax)") }
        guard try connection.integer("PRAGMA synchronous") == 2, try connection.integer("PRAGMA foreign_keys") == 1
        else {
            throw StoreError.failed("SQLite did not accept synchronous = FULL and foreign_keys = ON")
        }
    }
}

// MARK: - Upkeep

extension SQLiteStore {
    /// Writes a complete, checked copy of the database as of now to a new file, while transactions go on.
    ///
    /// The copy appears under its name only when it is whole. Throws `unavailable` when the file exists already.
    public func backup(to destination: String) async throws {
        guard !FileManager.default.fileExists(atPath: destination) else {
            throw StoreError.unavailable("\(destination) exists already: name a new file for the backup")
        }
        let partial = destination + ".partial"
        Self.removeDatabase(partial)
        do {
            try await onThread { [pool] in
                let copy = try DatabaseQueue(path: partial)
                try pool.backup(to: copy)
                // One file, not a file and its log.
                _ = try copy.inDatabase { try String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
                let verdict = try copy.inDatabase { try String.fetchAll($0, sql: "PRAGMA quick_check") }
                try copy.close()
                guard verdict == ["ok"] else { throw StoreError.damaged(verdict.joined(separator: "; ")) }
            }
            try Self.flush(partial)
            try FileManager.default.moveItem(atPath: partial, toPath: destination)
        } catch {
            Self.removeDatabase(partial)
            throw StoreError.grdb(error)
        }
    }

    /// Reads every page and index; throws `damaged` with what SQLite found.
    public func checkIntegrity() async throws {
        let findings = try await read { tx in
            try tx.rows("PRAGMA integrity_check") { try $0.text(0) }.filter { $0 != "ok" }
        }
        guard findings.isEmpty else { throw StoreError.damaged(findings.prefix(20).joined(separator: "; ")) }
    }

    /// Rows of a table whose partner in another table is gone.
    public struct BrokenReference: Sendable, Hashable {
        public let table: String
        public let partner: String
        public let rows: Int
    }

    /// Every reference that leads nowhere (外键). While this program writes none can come about.
    public func brokenReferences() async throws -> [BrokenReference] {
        struct Place: Hashable {
            let table: String
            let partner: String
        }
        let broken = try await read { tx in
            try tx.rows("PRAGMA foreign_key_check") { Place(table: try $0.text(0), partner: try $0.text(2)) }
        }
        return Dictionary(grouping: broken) { $0 }
            .map { BrokenReference(table: $0.table, partner: $0.partner, rows: $1.count) }
            .sorted { ($0.table, $0.partner) < ($1.table, $1.partner) }
    }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { caller.resume(with: Swift.Result { try body() }) }
        }
    }

    private static func removeDatabase(_ path: String) {
        for suffix in ["", "-wal", "-shm", "-journal"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// A rename must not outlive the bytes it names.
    private static func flush(_ path: String) throws {
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw StoreError.unavailable("cannot open \(path)")
        }
        try file.synchronize()
        try file.close()
    }
}

/// The statement caches of a pool's connections.
private final class SQLiteConnections: Sendable {
    private let known = Mutex<[Int: UncheckedBox<SQLiteConnection>]>([:])

    func of(_ database: Database) throws -> SQLiteConnection {
        guard let handle = database.sqliteConnection else { throw StoreError.unavailable("the store is closed") }
        let key = Int(bitPattern: handle)
        if let box = known.withLock({ $0[key] }) { return box.value }
        let box = UncheckedBox(SQLiteConnection(handle))
        known.withLock { $0[key] = box }
        return box.value
    }

    /// Only while no connection is in use.
    func finalizeStatements() {
        let connections = known.withLock { known in
            defer { known = [:] }
            return Array(known.values)
        }
        for connection in connections { connection.value.finalizeStatements() }
    }
}

/// Carries a connection's cache between the pool's queues; the pool sees to it that one thread uses it at a time.
private struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
