import Basics

/// One door to two stores: SQLite in the process (`SQLiteStore`) and PostgreSQL (`PostgresStore`).
///
/// A use case is one transaction, written as a synchronous closure that may run again: after a
/// serialisation failure, or alone when the group it was committed with fails.
public protocol Store: Sendable {
    var dialect: Dialect { get }

    /// Runs a writing transaction; returns when it is durable.
    @discardableResult
    func write<Result: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result

    /// Runs a reading transaction on a consistent snapshot.
    func read<Result: Sendable>(_ body: @escaping @Sendable (any Transaction) throws -> Result) async throws -> Result

    /// Brings the schema to the last of these migrations, in order, each once; refuses a newer database.
    func migrate(_ migrations: [Migration]) async throws

    func close() async throws
}

/// Which of the two stores: seen only where their SQL must differ.
public enum Dialect: Sendable {
    case sqlite
    case postgres
}

/// What a use case may do inside its transaction. Bound to the closure: it must not escape.
public protocol Transaction: AnyObject {
    var dialect: Dialect { get }

    /// Runs one statement with `?` placeholders; returns the number of rows it changed.
    @discardableResult
    func execute(_ sql: SQL, _ arguments: [Value]) throws -> Int

    /// Calls `row` for each row of the answer; stop early by returning false.
    func forEach(_ sql: SQL, _ arguments: [Value], _ row: (any Row) throws -> Bool) throws

    /// The next number of a series (`settlement`, `fee_line` …): ever growing, taken in blocks, unique in the
    /// database. Gaps are possible after a failure; two rows never share one.
    func nextNumber(_ series: StaticString) throws -> Int64

    /// Inserts many rows quickly: prepared inserts on SQLite, COPY on PostgreSQL.
    func insert(into table: String, columns: [String], rows: [[Value]]) throws

    /// Runs `body` in a savepoint: if it throws, what it did is undone, the error is thrown on, and the
    /// transaction may go on. This is the only way to go on after a statement failed: outside of an attempt
    /// a failed statement fails the whole transaction on both stores, even if its error is swallowed.
    ///
    ///     do { try tx.attempt { try tx.insert(line) } } catch StoreError.constraint { refused.append(line) }
    @discardableResult
    func attempt<T>(_ body: () throws -> T) throws -> T

    /// Runs DDL without placeholders, perhaps several statements: for migrations.
    func run(script: String) throws
}

extension Transaction {
    /// The next number of a series as an identifier.
    public func nextID<Kind>(_: Kind.Type, _ series: StaticString) throws -> ID<Kind> { ID(try nextNumber(series)) }

    @discardableResult
    public func execute(_ sql: SQL, _ arguments: Value...) throws -> Int { try execute(sql, arguments) }

    public func rows<T>(_ sql: SQL, _ arguments: Value..., read: (any Row) throws -> T) throws -> [T] {
        try rows(sql, arguments, read: read)
    }

    public func rows<T>(_ sql: SQL, _ arguments: [Value], read: (any Row) throws -> T) throws -> [T] {
        var all: [T] = []
        try forEach(sql, arguments) { row in
            all.append(try read(row))
            return true
        }
        return all
    }

    public func first<T>(_ sql: SQL, _ arguments: Value..., read: (any Row) throws -> T) throws -> T? {
        try first(sql, arguments, read: read)
    }

    public func first<T>(_ sql: SQL, _ arguments: [Value], read: (any Row) throws -> T) throws -> T? {
        var found: T?
        try forEach(sql, arguments) { row in
            found = try read(row)
            return false
        }
        return found
    }

    /// All rows as records.
    public func all<R: Record>(_: R.Type = R.self, _ sql: SQL, _ arguments: Value...) throws -> [R] {
        try rows(sql, arguments) { try R($0) }
    }

    /// The first row as a record.
    public func one<R: Record>(_: R.Type = R.self, _ sql: SQL, _ arguments: Value...) throws -> R? {
        try first(sql, arguments) { try R($0) }
    }

    /// Inserts a record as one row.
    public func insert<R: WritableRecord>(_ record: R) throws {
        try execute(R.insertion, record.values)
    }
}

/// A row of an answer, by position: columns are named in the query and read in its order.
public protocol Row {
    func int(_ column: Int) throws -> Int64
    func text(_ column: Int) throws -> String
    func bytes(_ column: Int) throws -> [UInt8]
    func isNull(_ column: Int) -> Bool
}

extension Row {
    public func intOrNil(_ column: Int) throws -> Int64? { isNull(column) ? nil : try int(column) }
    public func textOrNil(_ column: Int) throws -> String? { isNull(column) ? nil : try text(column) }
    public func bytesOrNil(_ column: Int) throws -> [UInt8]? { isNull(column) ? nil : try bytes(column) }

    public func money(_ column: Int) throws -> Money { Money(fen: try int(column)) }
    public func day(_ column: Int) throws -> Day { Day(number: Int32(truncatingIfNeeded: try int(column))) }
    public func dayOrNil(_ column: Int) throws -> Day? { isNull(column) ? nil : try day(column) }
    public func moment(_ column: Int) throws -> Moment { Moment(seconds: try int(column)) }
    public func id<Kind>(_ column: Int, _: Kind.Type = Kind.self) throws -> ID<Kind> { ID(try int(column)) }
    public func flag(_ column: Int) throws -> Bool { try int(column) != 0 }
}

/// A value that goes into a statement.
public enum Value: Sendable, Hashable {
    case null
    case int(Int64)
    case text(String)
    case bytes([UInt8])
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(nilLiteral: ()) { self = .null }

    public init(_ value: Int64?) { self = value.map { .int($0) } ?? .null }
    public init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    public init(_ value: [UInt8]?) { self = value.map { .bytes($0) } ?? .null }
    public init(_ value: Money?) { self.init(value?.fen) }
    public init(_ value: Day?) { self.init(value.map { Int64($0.number) }) }
    public init(_ value: Month?) { self.init(value.map { Int64($0.number) }) }
    public init(_ value: Moment?) { self.init(value?.seconds) }
    public init(_ value: AreaCode?) { self.init(value?.raw) }
    public init(_ value: Bool) { self = .int(value ? 1 : 0) }
    public init<Kind>(_ value: ID<Kind>?) { self.init(value?.raw) }
}

/// A statement's text. Keep the ones of hot paths in `static let`s: each is prepared once a connection.
public struct SQL: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    CustomStringConvertible
{
    public let text: String
    public init(_ text: String) { self.text = text }
    public init(stringLiteral value: String) { text = value }
    public var description: String { text }
}

/// A plain struct that can be read from a row, its columns in the order of the query.
public protocol Record: Sendable {
    init(_ row: any Row) throws
}

/// A plain struct that can be written as one row of one table.
public protocol WritableRecord: Sendable {
    /// `INSERT INTO … VALUES (?, …)`, its placeholders in the order of `values`.
    static var insertion: SQL { get }
    var values: [Value] { get }
}

/// One numbered step of the schema, applied once and never edited afterwards.
///
/// The text is portable DDL through a few words, replaced for each store:
/// `{id}` and `{int}` 64-bit integer (INTEGER / BIGINT), `{text}`, `{blob}` (BLOB / BYTEA),
/// `{strict}` at the end of a table (STRICT / nothing), `{clustered}` likewise for a table that is
/// stored in the order of its primary key (STRICT, WITHOUT ROWID / nothing),
/// and `{append-only TABLE}` as a statement of its own: UPDATE, DELETE and TRUNCATE of TABLE are refused.
public struct Migration: Sendable {
    /// `enrolment.1`: the desk and its own number; stable for ever.
    public let name: String
    public let statements: [String]

    public init(_ name: String, _ statements: [String]) {
        self.name = name
        self.statements = statements
    }
}

/// What goes wrong in a store, for callers that can do something about it.
public enum StoreError: Error, Sendable, Equatable {
    /// A CHECK, UNIQUE, NOT NULL, foreign key or append-only rule said no. Carries the store's text for the log.
    case constraint(String)
    /// The database carries migrations this program does not know.
    case newerDatabase(unknown: [String])
    case diskFull
    /// Another process holds the file.
    case locked
    /// Not a database, or a damaged one.
    case damaged(String)
    /// The connection was lost while a COMMIT was under way: it may or may not have happened.
    case unknownOutcome
    /// Cannot be reached, or has no room for another attempt now; the text says why.
    case unavailable(String)
    case failed(String)
}

extension StoreError {
    /// PostgreSQL cannot keep it, so neither store takes it.
    static let nulInText = constraint("a text holds the NUL character")
}

extension StoreError: CustomStringConvertible {
    /// For people: what happened and what to do next.
    public var description: String {
        switch self {
        case .constraint(let text): "数据违反了数据库约束,未写入:\(text)"
        case .newerDatabase(let unknown):
            "数据库由更新版本的程序建立(含本程序不认识的迁移 \(unknown.joined(separator: "、"))),请改用新版本程序打开。"
        case .diskFull: "磁盘已满,未写入。请清理磁盘或扩容后重试。"
        case .locked: "数据库正被另一个进程占用。请先停止那个进程,再重试。"
        case .damaged(let text): "数据库文件已损坏或不是数据库,请从备份恢复:\(text)"
        case .unknownOutcome: "提交时失去联系,结果未知。请用同一个业务流水号重新提交,系统会按已有结果回答。"
        case .unavailable(let text): "数据库暂不可用,请稍后重试或检查配置:\(text)"
        case .failed(let text): "数据库操作失败:\(text)"
        }
    }
}
