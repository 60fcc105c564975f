import Foundation
import Storage

/// A store in which many tests begin alike (样板库), made once a run and copied for each of them: a copy is a file, or a
/// database made after a template, and takes a fraction of the time of making one anew.
///
///     static let founded = PreparedStore { store in try await Town.found(in: store) }
///
///     try await Self.founded.withCopy(kind) { store, town in … }
///
/// No test sees another's rows, since each has a copy of its own.
public actor PreparedStore<Made: Sendable> {
    /// A store that nobody has open: a file's path or a database's name, and what its making gave.
    private struct Template: Sendable {
        let place: String
        let made: Made
    }

    private let make: @Sendable (any Store) async throws -> Made
    private var templates: [StoreKind: Task<Template, any Error>] = [:]

    public init(_ make: @escaping @Sendable (any Store) async throws -> Made) { self.make = make }

    /// Runs `body` with a copy, and with what the making gave; the copy is closed and removed afterwards.
    @discardableResult
    public nonisolated func withCopy<Result>(
        _ kind: StoreKind, _ body: (any Store, Made) async throws -> Result
    ) async throws -> Result {
        let template = try await template(kind)
        switch kind {
        case .sqlite:
            return try await withTemporaryFolder { folder in
                let path = folder + "/test.sqlite"
                // The log may still hold what the last connection to close, a reader, could not move into the file.
                for part in ["", "-wal"] where FileManager.default.fileExists(atPath: template.place + part) {
                    try FileManager.default.copyItem(atPath: template.place + part, toPath: path + part)
                }
                return try await closing(try SQLiteStore.open(path)) { try await body($0, template.made) }
            }
        case .postgres:
            return try await withPostgresDatabase(copying: template.place) { conninfo in
                let store = try await PostgresStore.open(conninfo, options: smallPool)
                return try await closing(store) { try await body($0, template.made) }
            }
        }
    }

    /// The first test that asks has it made; others wait for that.
    private func template(_ kind: StoreKind) async throws -> Template {
        if let begun = templates[kind] { return try await begun.value }
        let making = Task { [make] in try await Self.template(kind, make) }
        templates[kind] = making
        return try await making.value
    }

    private static func template(
        _ kind: StoreKind, _ make: @Sendable (any Store) async throws -> Made
    ) async throws -> Template {
        switch kind {
        case .sqlite:
            let path = templateFolder + "/\(UUID().uuidString).sqlite"
            return Template(place: path, made: try await closing(try SQLiteStore.open(path)) { try await make($0) })
        case .postgres:
            let (name, made) = try await keepingPostgresDatabase { conninfo in
                let store = try await PostgresStore.open(conninfo, options: smallPool)
                return try await closing(store) { try await make($0) }
            }
            return Template(place: name, made: made)
        }
    }
}

/// Where the files that are copied lie; removed when the run ends. The databases go with their cluster.
private let templateFolder: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yibao-test-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    _ = atexit { try? FileManager.default.removeItem(atPath: templateFolder) }
    return folder.path
}()

/// Stores with nothing in them but their tables: one a list of migrations.
actor EmptyStores {
    static let shared = EmptyStores()
    private var prepared: [String: PreparedStore<Void>] = [:]

    func store(_ migrations: [Migration]) -> PreparedStore<Void> {
        let key = migrations.map { "\($0.name)\n\($0.statements.joined(separator: "\n"))" }.joined(separator: "\n")
        if let known = prepared[key] { return known }
        let store = PreparedStore { try await $0.migrate(migrations) }
        prepared[key] = store
        return store
    }
}
