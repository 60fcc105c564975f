import Foundation
import Synchronization

/// The store of a city: a PostgreSQL database, reached through libpq.
///
///     try await PostgresStore.createDatabase("yibao", on: "host=/run/postgresql dbname=postgres")
///     let store = try await PostgresStore.open("host=/run/postgresql dbname=yibao")
///     try await store.migrate(migrations)
///     let balance = try await store.read { tx in
///         try tx.first("SELECT balance_fen FROM account WHERE area = ? AND id = ?", .init(area), .init(id)) { try $0.money(0) }
///     }
///     try await store.close()
///
/// Writing transactions are SERIALIZABLE and start over when another is in the way. A connection lost during
/// COMMIT is `StoreError.unknownOutcome`; `write(recalling:or:)` settles it by the message's own key.
/// Backup is PostgreSQL's own: `pg_dump --format=custom --file=FILE DATABASE` while it runs, restored with
/// `pg_restore --dbname=NEW` into a database made by `createDatabase`; or a base backup with archived logs.
public final class PostgresStore: Store {
    public let dialect = Dialect.postgres
    private let writers: PostgresWorkers
    private let readers: PostgresWorkers
    private let numbers: PostgresNumbers
    private let closed = Atomic<Bool>(false)

    /// "yibao" in ASCII: whoever migrates this database holds this lock.
    static let migrationLock: Int64 = 0x79_6962_616F

    public struct Options: Sendable {
        /// Connections that write, opened as they are needed.
        public var writersMax = 8
        /// Connections that read; apart from the others, so that long reports never keep the counter waiting.
        public var readersMax = 4
        /// How often a transaction is run when others are in the way, before the caller hears `unavailable`.
        public var attemptsMax = 30

        public init() {}
    }

    /// Connects, and refuses a database whose texts are not in UTF-8 or not sorted by their bytes (C collation):
    /// there the two stores would order and compare differently.
    public static func open(_ conninfo: String, options: Options = Options()) async throws -> PostgresStore {
        try await onThread { try checkCollation(PostgresConnection(conninfo)) }
        return PostgresStore(conninfo, options)
    }

    private init(_ conninfo: String, _ options: Options) {
        numbers = PostgresNumbers(conninfo)
        writers = PostgresWorkers(
            "writer", count: options.writersMax, conninfo: conninfo, numbers: numbers, attemptsMax: options.attemptsMax)
        readers = PostgresWorkers(
            "reader", count: options.readersMax, conninfo: conninfo, numbers: numbers, attemptsMax: options.attemptsMax)
    }

    deinit { finish() }

    @discardableResult
    public func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { writers.add(Job(body, for: $0), .write) }
    }

    public func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { readers.add(Job(body, for: $0), .read) }
    }

    public func migrate(_ migrations: [Migration]) async throws {
        try await withCheckedThrowingContinuation { caller in
            let body: @Sendable (any Transaction) throws -> Void = { tx in
                try tx.run(script: Self.refuseChange)
                try tx.apply(migrations)
            }
            writers.add(Job(body, for: caller), .migrate)
        }
    }

    /// Finishes what waits and disconnects. Calling it again does nothing.
    public func close() async throws {
        try await Self.onThread { [self] in finish() }
    }

    private func finish() {
        guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        writers.close()
        readers.close()
        numbers.close()
    }

    /// What `{append-only TABLE}` calls; its message and class of error are those of SQLite's triggers.
    private static let refuseChange = """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'append-only: % refuses %', TG_TABLE_NAME, TG_OP USING ERRCODE = '23000';
        END $$
        """

    private static func checkCollation(_ connection: PostgresConnection) throws {
        let settings = try connection.query(
            """
            SELECT CAST(datcollate AS TEXT), CAST(pg_encoding_to_char(encoding) AS TEXT)
            FROM pg_database WHERE datname = current_database()
            """, [])
        let (collation, encoding) = (try settings.text(0), try settings.text(1))
        guard ["C", "POSIX"].contains(collation), encoding == "UTF8" else {
            throw StoreError.unavailable(
                """
                the database has collation \(collation) and encoding \(encoding), but Yibao needs C and UTF8; create it with: \
                createdb --template=template0 --encoding=UTF8 --locale=C NAME
                """)
        }
    }
}

// MARK: - Databases

extension PostgresStore {
    /// Creates a database with the C collation; `conninfo` leads to another database of the same cluster. One that
    /// copies another begins with all that is in it; nobody may be connected to that one meanwhile.
    public static func createDatabase(_ name: String, on conninfo: String, copying other: String? = nil) async throws {
        try await onThread {
            try PostgresConnection(conninfo).run(
                script: """
                    CREATE DATABASE \(quoted(name)) TEMPLATE \(quoted(other ?? "template0")) ENCODING 'UTF8' LOCALE 'C'
                    """)
        }
    }

    /// Removes a database and all in it, whoever is connected.
    public static func dropDatabase(_ name: String, on conninfo: String) async throws {
        try await onThread {
            try PostgresConnection(conninfo).run(script: "DROP DATABASE IF EXISTS \(quoted(name)) WITH (FORCE)")
        }
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// libpq blocks its thread, hence never one of Swift's own.
    private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread {
                caller.resume(
                    with: Swift.Result {
                        do { try body() } catch let error as PostgresFailure { throw error.storeError }
                    })
            }
        }
    }
}
