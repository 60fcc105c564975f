import Foundation
import Storage

/// The two stores that every test touching one runs on:
///
///     @Test(arguments: StoreKind.allCases)
///     func settlesOnce(_ kind: StoreKind) async throws {
///         try await withStore(kind, Agency.migrations) { store in … }
///     }
public enum StoreKind: String, CaseIterable, Sendable {
    case sqlite = "SQLite"
    case postgres = "PostgreSQL"

    /// Both; SQLite alone when YIBAO_TEST_STORES=sqlite says so outright.
    public static var allCases: [StoreKind] {
        environment("YIBAO_TEST_STORES") == "sqlite" ? [.sqlite] : [.sqlite, .postgres]
    }
}

/// What keeps a test from having its store.
public struct NoTestStore: Error, CustomStringConvertible {
    public let description: String
}

/// Runs `body` on a fresh, migrated store of this kind, which is closed and removed afterwards. The tables are made
/// once a run: each test has a copy.
@discardableResult
public func withStore<Result>(
    _ kind: StoreKind, _ migrations: [Migration] = [], _ body: (any Store) async throws -> Result
) async throws -> Result {
    guard migrations.isEmpty else {
        return try await EmptyStores.shared.store(migrations).withCopy(kind) { store, _ in try await body(store) }
    }
    switch kind {
    case .sqlite: return try await withSQLiteStore { try await body($0) }
    case .postgres: return try await withPostgresStore { try await body($0) }
    }
}

/// Runs `body` with a place of this kind in which a store may be opened, closed and opened again: what a power cut or
/// another start of the program finds there.
@discardableResult
public func withStorePlace<Result>(
    _ kind: StoreKind, _ body: (_ open: () async throws -> any Store) async throws -> Result
) async throws -> Result {
    switch kind {
    case .sqlite:
        try await withTemporaryFolder { folder in try await body { try SQLiteStore.open(folder + "/test.sqlite") } }
    case .postgres:
        try await withPostgresDatabase { conninfo in
            try await body { try await PostgresStore.open(conninfo, options: smallPool) }
        }
    }
}

/// Runs `body` on a fresh SQLite store in a folder of its own.
@discardableResult
public func withSQLiteStore<Result>(
    _ migrations: [Migration] = [], options: SQLiteStore.Options = .init(),
    _ body: (SQLiteStore) async throws -> Result
) async throws -> Result {
    try await withTemporaryFolder { folder in
        let store = try SQLiteStore.open(folder + "/test.sqlite", options: options)
        return try await using(store, migrations, body)
    }
}

/// Runs `body` with an empty folder, which is removed afterwards.
@discardableResult
public func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws
    -> Result
{
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "yibao-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// Runs `body` on a fresh PostgreSQL database of the cluster that `scripts/with-postgres` started.
@discardableResult
public func withPostgresStore<Result>(
    _ migrations: [Migration] = [], _ body: (PostgresStore) async throws -> Result
) async throws -> Result {
    try await withPostgresDatabase { conninfo in
        let store = try await PostgresStore.open(conninfo, options: smallPool)
        return try await using(store, migrations, body)
    }
}

/// Runs `body` with the conninfo of a fresh database, which is removed afterwards; a copy of another database of the
/// cluster where one is named.
@discardableResult
public func withPostgresDatabase<Result>(
    copying template: String? = nil, _ body: (String) async throws -> Result
) async throws -> Result {
    let cluster = try cluster()
    return try await turnstile.pass {
        let name = databaseName()
        do {
            try await PostgresStore.createDatabase(name, on: cluster, copying: template)
            let result = try await body(cluster + " dbname=" + name)
            try await PostgresStore.dropDatabase(name, on: cluster)
            return result
        } catch {
            try? await PostgresStore.dropDatabase(name, on: cluster)
            throw error
        }
    }
}

/// Runs `body` with the conninfo of a fresh database that stays, for others to be copied from; its name. It waits for
/// nobody, because those whom it would wait for may be waiting for it.
func keepingPostgresDatabase<Result: Sendable>(
    _ body: (String) async throws -> Result
) async throws -> (name: String, result: Result) {
    let cluster = try cluster()
    let name = databaseName()
    try await PostgresStore.createDatabase(name, on: cluster)
    return (name, try await body(cluster + " dbname=" + name))
}

private func cluster() throws(NoTestStore) -> String {
    guard let cluster = environment("YIBAO_TEST_POSTGRES") else { throw NoTestStore.noCluster }
    return cluster
}

private func databaseName() -> String { "test_" + UUID().uuidString.lowercased().filter { $0 != "-" } }

extension NoTestStore {
    static let noCluster = NoTestStore(
        description: """
            This test needs PostgreSQL: run it as `scripts/with-postgres swift test …`, \
            or leave PostgreSQL out with YIBAO_TEST_STORES=sqlite.
            """)
}

/// Enough for a test to have transactions meet.
let smallPool = {
    var options = PostgresStore.Options()
    options.writersMax = 4
    options.readersMax = 2
    return options
}()

/// Tests run side by side, but a cluster takes only so many connections.
private let turnstile = Turnstile(places: 10)

private actor Turnstile {
    /// A test that has two cities needs two databases: whoever is inside passes freely, or ten tests would each wait
    /// for the second place with the first in hand.
    @TaskLocal private static var isInside = false

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) { self.places = places }

    nonisolated func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        if Self.isInside { return try await body() }
        await enter()
        do {
            let result = try await Self.$isInside.withValue(true) { try await body() }
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async {
        if places > 0 {
            places -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    private func leave() {
        if waiting.isEmpty { places += 1 } else { waiting.removeFirst().resume() }
    }
}

/// The folder that holds Package.swift.
public let repositoryRoot: String = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

private func using<S: Store, Result>(
    _ store: S, _ migrations: [Migration], _ body: (S) async throws -> Result
) async throws -> Result {
    try await closing(store) { store in
        try await store.migrate(migrations)
        return try await body(store)
    }
}

/// Runs `body` and closes the store, whatever came of it.
func closing<S: Store, Result>(_ store: S, _ body: (S) async throws -> Result) async throws -> Result {
    do {
        let result = try await body(store)
        try await store.close()
        return result
    } catch {
        try? await store.close()
        throw error
    }
}

public func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
