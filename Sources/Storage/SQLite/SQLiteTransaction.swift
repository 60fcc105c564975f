import GRDBSQLite

/// A transaction, or one job's savepoint within a group's, on a SQLite connection.
final class SQLiteTransaction: Transaction {
    let dialect = Dialect.sqlite
    private let connection: SQLiteConnection
    private let numbers: SQLiteNumbers?
    /// The first statement that failed. As on PostgreSQL nothing more runs after it, even if the body swallowed it.
    private(set) var failure: (any Error)?

    /// `numbers` is nil in a reading transaction.
    init(_ connection: SQLiteConnection, numbers: SQLiteNumbers?) {
        self.connection = connection
        self.numbers = numbers
    }

    @discardableResult
    func execute(_ sql: SQL, _ arguments: [Value]) throws -> Int {
        try stepping(sql, arguments) { statement in
            while try step(statement) {}
            return statement.changedRows
        }
    }

    func forEach(_ sql: SQL, _ arguments: [Value], _ row: (any Row) throws -> Bool) throws {
        try stepping(sql, arguments) { statement in
            while try step(statement) {
                guard try row(statement) else { return }
            }
        }
    }

    func nextNumber(_ series: StaticString) throws -> Int64 {
        guard let numbers else { throw StoreError.failed("a reading transaction takes no numbers") }
        return try numbers.next(series) { name in
            var end: Int64 = 0
            try forEach(SQLiteNumbers.reservation, [.text(name), .int(SQLiteNumbers.block)]) { row in
                end = try row.int(0)
                return true
            }
            return end
        }
    }

    func insert(into table: String, columns: [String], rows: [[Value]]) throws {
        let insertion = connection.insertion(into: table, columns)
        for row in rows { try execute(insertion, row) }
    }

    @discardableResult
    func attempt<T>(_ body: () throws -> T) throws -> T {
        try execute("SAVEPOINT attempt", [])
        let reserved = numbers?.mark
        do {
            let result = try body()
            if let failure { throw failure }
            try execute("RELEASE attempt", [])
            return result
        } catch {
            guard connection.isInTransaction else { throw error }
            failure = nil
            try execute("ROLLBACK TO attempt", [])
            try execute("RELEASE attempt", [])
            if let reserved { numbers?.rollBack(to: reserved) }
            throw error
        }
    }

    func run(script: String) throws {
        if let failure { throw failure }
        do { try connection.run(script: script) } catch {
            failure = error
            throw error
        }
    }

    private func stepping<T>(_ sql: SQL, _ arguments: [Value], _ body: (SQLiteStatement) throws -> T) throws -> T {
        if let failure { throw failure }
        let statement: SQLiteStatement
        do {
            statement = try connection.statement(sql)
            try statement.begin(arguments)
        } catch {
            failure = error
            throw error
        }
        defer { statement.finish() }
        return try body(statement)
    }

    /// Only SQLite's own refusal spoils the transaction; an error thrown by the reader of a row does not.
    private func step(_ statement: SQLiteStatement) throws -> Bool {
        do { return try statement.step() } catch {
            failure = error
            throw error
        }
    }
}

/// Number series on SQLite: blocks reserved in a table, handed out from memory by the one writer.
///
/// A block is ours only if the savepoint that reserved it survives and its group commits; until then
/// `reserved` remembers it, and a rollback forgets the block so that the table is asked again.
final class SQLiteNumbers {
    static let block: Int64 = 1000
    static let reservation: SQL = """
        INSERT INTO number_series (name, next) VALUES (?1, 1 + ?2)
        ON CONFLICT (name) DO UPDATE SET next = next + ?2 RETURNING next
        """

    private struct Series {
        let name: String
        var next: Int64
        var end: Int64
    }

    private var series: [Series] = []
    private var byAddress: [UnsafePointer<UInt8>: Int] = [:]
    private var reserved: [Int] = []

    func next(_ name: StaticString, reserve: (String) throws -> Int64) throws -> Int64 {
        let index = index(of: name)
        if series[index].next == series[index].end {
            let end = try reserve(series[index].name)
            series[index].next = end - Self.block
            series[index].end = end
            reserved.append(index)
        }
        defer { series[index].next += 1 }
        return series[index].next
    }

    /// A point that `rollBack(to:)` can return to.
    var mark: Int { reserved.count }

    /// Forgets the blocks reserved since the mark: their reservation was rolled back.
    func rollBack(to mark: Int) {
        for index in reserved[mark...] { series[index].next = series[index].end }
        reserved.removeSubrange(mark...)
    }

    /// The reservations are durable.
    func committed() { reserved.removeAll(keepingCapacity: true) }

    private func index(of name: StaticString) -> Int {
        if let known = byAddress[name.utf8Start] { return known }
        let text = name.description
        let index = series.firstIndex { $0.name == text } ?? series.count
        if index == series.count { series.append(Series(name: text, next: 0, end: 0)) }
        byAddress[name.utf8Start] = index
        return index
    }
}
