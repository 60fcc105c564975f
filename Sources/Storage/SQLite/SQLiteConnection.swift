import GRDBSQLite

/// One SQLite connection's prepared statements, used by one thread at a time.
///
/// Looking a statement up must cost next to nothing: a settlement runs some thirty. A literal's text stays at
/// one address, so the address finds the statement without hashing the text; the entry keeps the string alive,
/// hence neither the address nor what stands there can change.
final class SQLiteConnection {
    let handle: OpaquePointer
    private var byAddress: [UInt: (text: String, statement: SQLiteStatement)] = [:]
    private var byText: [String: SQLiteStatement] = [:]
    private var insertions: [(table: String, columns: [String], sql: SQL)] = []

    /// Statements kept prepared; a program that composes SQL at run time must not fill the memory with it.
    private static let keptMax = 1024

    init(_ handle: OpaquePointer) { self.handle = handle }

    /// The prepared statement for this text. One that is still being read is not given out a second time.
    func statement(_ sql: SQL) throws -> SQLiteStatement {
        let text = sql.text
        let address = Self.address(of: text)
        if let address, let known = byAddress[address], known.text.utf8.count == text.utf8.count, !known.statement.inUse
        {
            return known.statement
        }
        let statement = try findOrPrepare(text)
        if let address, !statement.inUse {
            if byAddress.count >= Self.keptMax { byAddress.removeAll() }
            byAddress[address] = (text, statement)
        }
        return statement
    }

    /// The insertion into these columns, composed once: its text then stays at one address.
    func insertion(into table: String, _ columns: [String]) -> SQL {
        // Callers pass a record's own constants, which are found equal by their addresses.
        if let known = insertions.first(where: { $0.table == table && $0.columns == columns }) { return known.sql }
        let places = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        let sql = SQL("INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(places))")
        if insertions.count >= 64 { insertions.removeAll() }
        insertions.append((table, columns, sql))
        return sql
    }

    /// Runs text that has no placeholders and perhaps several statements.
    func run(script: String) throws {
        guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    /// The first column of the first row of a PRAGMA or a query.
    func integer(_ text: String) throws -> Int64 {
        let statement = try SQLiteStatement(text, on: handle)
        guard try statement.step() else { throw StoreError.failed("no answer to \(text)") }
        return try statement.int(0)
    }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Gives up all prepared statements; the connection can then be closed.
    func finalizeStatements() {
        byAddress.removeAll()
        byText.removeAll()
    }

    func failure() -> StoreError { .sqlite(sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle))) }

    private func findOrPrepare(_ text: String) throws -> SQLiteStatement {
        if let known = byText[text], !known.inUse { return known }
        let statement = try SQLiteStatement(text, on: handle)
        if byText.count >= Self.keptMax {
            byAddress.removeAll()
            byText.removeAll()
        }
        if byText[text] == nil { byText[text] = statement }
        return statement
    }

    /// Where the text stands in memory; nil for short strings, which Swift keeps inside the value itself.
    private static func address(of text: String) -> UInt? {
        guard text.utf8.count > 15 else { return nil }
        return text.utf8.withContiguousStorageIfAvailable { UInt(bitPattern: $0.baseAddress) }
    }
}

/// A prepared statement, and the row it stands on while it is stepped.
final class SQLiteStatement: Row {
    private let handle: OpaquePointer
    private let statement: OpaquePointer
    private let parameterCount: Int
    private let columnCount: Int32
    /// INSERT, UPDATE or DELETE: only these have a number of changed rows.
    private let isChange: Bool
    /// Between `begin` and `finish`.
    private(set) var inUse = false

    init(_ text: String, on handle: OpaquePointer) throws {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK else {
            throw StoreError.sqlite(code, String(cString: sqlite3_errmsg(handle)) + " in: " + text)
        }
        guard let prepared else { throw StoreError.failed("an empty statement") }
        self.handle = handle
        statement = prepared
        parameterCount = Int(sqlite3_bind_parameter_count(prepared))
        columnCount = sqlite3_column_count(prepared)
        isChange = sqlite3_stmt_readonly(prepared) == 0 && Self.startsLikeAChange(text)
    }

    deinit { sqlite3_finalize(statement) }

    /// Takes the statement into use with these values.
    func begin(_ arguments: [Value]) throws {
        guard arguments.count == parameterCount else {
            throw StoreError.failed("\(parameterCount) placeholders but \(arguments.count) values in: \(text)")
        }
        inUse = true
        var index: Int32 = 1
        for value in arguments {
            try bind(value, at: index)
            index += 1
        }
    }

    /// Moves to the next row; false after the last.
    func step() throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            // Read before the reset, which repeats the code but may lose the text.
            let extended = sqlite3_extended_errcode(handle)
            throw StoreError.sqlite(
                extended & 0xFF == code & 0xFF ? extended : code, String(cString: sqlite3_errmsg(handle)))
        }
    }

    /// Ends the reading; the statement may be used again.
    func finish() {
        sqlite3_reset(statement)
        inUse = false
    }

    var changedRows: Int { isChange ? Int(sqlite3_changes64(handle)) : 0 }

    private var text: String { sqlite3_sql(statement).map { String(cString: $0) } ?? "" }

    private func bind(_ value: Value, at index: Int32) throws {
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(statement, index)
        case .int(let number): code = sqlite3_bind_int64(statement, index, number)
        case .text(let text): code = try bind(text, at: index)
        case .bytes(let bytes):
            code = bytes.withUnsafeBytes { buffer in
                // A nil address would bind NULL instead of an empty blob.
                buffer.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob64(statement, index, buffer.baseAddress, UInt64(buffer.count), transient)
            }
        }
        guard code == SQLITE_OK else { throw StoreError.sqlite(code, String(cString: sqlite3_errmsg(handle))) }
    }

    private func bind(_ text: String, at index: Int32) throws -> Int32 {
        var text = text
        return try text.withUTF8 { buffer in
            guard !buffer.contains(0) else { throw StoreError.nulInText }
            // An empty buffer may have no address, and a nil address would bind NULL.
            guard let start = buffer.baseAddress else { return sqlite3_bind_text(statement, index, "", 0, transient) }
            return start.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
                sqlite3_bind_text(statement, index, $0, Int32(buffer.count), transient)
            }
        }
    }

    private static func startsLikeAChange(_ text: String) -> Bool {
        let first = text.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        return ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"].contains(first)
    }

    // MARK: Row

    func int(_ column: Int) throws -> Int64 {
        try expect(SQLITE_INTEGER, column, "an integer")
        return sqlite3_column_int64(statement, Int32(column))
    }

    func text(_ column: Int) throws -> String {
        try expect(SQLITE_TEXT, column, "a text")
        guard let start = sqlite3_column_text(statement, Int32(column)) else {
            throw StoreError.failed("out of memory")
        }
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int) throws -> [UInt8] {
        try expect(SQLITE_BLOB, column, "bytes")
        let count = Int(sqlite3_column_bytes(statement, Int32(column)))
        guard count > 0, let start = sqlite3_column_blob(statement, Int32(column)) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }

    private func expect(_ type: Int32, _ column: Int, _ wanted: String) throws {
        if sqlite3_column_type(statement, Int32(column)) == type { return }
        guard column < columnCount else { throw StoreError.failed("no column \(column) in: \(text)") }
        throw StoreError.failed(
            "column \(column) is \(isNull(column) ? "NULL" : "of another type"), not \(wanted): \(text)")
    }
}

/// SQLite copies the value while binding.
nonisolated(unsafe) private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
