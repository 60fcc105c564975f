/// A transaction on a PostgreSQL connection.
final class PostgresTransaction: Transaction {
    let dialect = Dialect.postgres
    private let connection: PostgresConnection
    private let numbers: PostgresNumbers?
    /// The first statement that failed: the server refuses everything after it, until a rollback.
    private(set) var failure: PostgresFailure?

    init(_ connection: PostgresConnection, numbers: PostgresNumbers?) {
        self.connection = connection
        self.numbers = numbers
    }

    @discardableResult
    func execute(_ sql: SQL, _ arguments: [Value]) throws -> Int {
        try noting { try connection.query(sql, arguments) }.changedRows
    }

    /// Rows are read as they arrive. A row may lead to another statement: then the rest waits in memory.
    func forEach(_ sql: SQL, _ arguments: [Value], _ row: (any Row) throws -> Bool) throws {
        let stream = try noting { try connection.stream(sql, arguments) }
        do {
            while let next = try noting({ try stream.next() }) {
                guard try row(next) else { break }
            }
        } catch {
            try? noting { try stream.discardRest() }
            throw error
        }
        try noting { try stream.discardRest() }
    }

    func nextNumber(_ series: StaticString) throws -> Int64 {
        guard let numbers else { throw StoreError.failed("a reading transaction takes no numbers") }
        do { return try numbers.next(series.description) } catch { throw error.storeError }
    }

    func insert(into table: String, columns: [String], rows: [[Value]]) throws {
        try noting { try connection.copy(into: table, columns: columns, rows: rows) }
    }

    @discardableResult
    func attempt<T>(_ body: () throws -> T) throws -> T {
        try run(script: "SAVEPOINT attempt")
        do {
            let result = try body()
            if let failure { throw failure.storeError }
            try run(script: "RELEASE attempt")
            return result
        } catch {
            // Contention spoils the whole transaction: it starts over.
            if let failure, failure.isContention || failure.connectionLost { throw error }
            failure = nil
            try run(script: "ROLLBACK TO attempt; RELEASE attempt")
            throw error
        }
    }

    func run(script: String) throws { try noting { _ = try connection.run(script: script) } }

    private func noting<T>(_ body: () throws -> T) throws -> T {
        if let failure { throw failure.storeError }
        do { return try body() } catch let error as PostgresFailure {
            failure = error
            throw error.storeError
        } catch {
            // Refused before it reached the server: the transaction fails all the same, as on SQLite.
            failure = PostgresFailure(refusedHere: error)
            throw error
        }
    }
}

extension PostgresFailure {
    /// A statement that was never sent, such as one with a NUL character in a text.
    init(refusedHere error: any Error) {
        let isConstraint = if case .constraint = error as? StoreError { true } else { false }
        self.init(sqlState: isConstraint ? "23000" : "", message: "\(error)", connectionLost: false)
    }
}
