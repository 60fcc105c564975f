import CPostgres

/// What PostgreSQL, or the line to it, answered instead of a result.
struct PostgresFailure: Error {
    let sqlState: String
    let message: String
    let connectionLost: Bool

    /// Another transaction was in the way; the same one may succeed now.
    var isContention: Bool { sqlState == "40001" || sqlState == "40P01" }

    var storeError: StoreError {
        if connectionLost { return .unavailable(message) }
        return switch sqlState {
        case let state where state.hasPrefix("23"): .constraint(message)
        case "53100": .diskFull
        case "55P03", "55006": .locked
        case "XX001", "XX002": .damaged(message)
        case "40001", "40P01": .unavailable("too many transactions were in each other's way: \(message)")
        case let state where state.hasPrefix("53") || state.hasPrefix("08") || state.hasPrefix("57P"):
            .unavailable(message)
        default: .failed("\(message) (PostgreSQL \(sqlState))")
        }
    }
}

/// One connection with its prepared statements, used by one thread at a time. Every call blocks that thread.
final class PostgresConnection {
    private let connection: OpaquePointer
    private var known: [String: PostgresStatement] = [:]
    private var preparedCount = 0
    /// The answer that is still arriving.
    private var arriving: PostgresStream?

    /// Statements kept prepared; beyond that all are given up and prepared anew as they come.
    private static let keptMax = 1024

    init(_ conninfo: String) throws(PostgresFailure) {
        guard let connection = PQconnectdb(conninfo) else {
            throw PostgresFailure(sqlState: "", message: "out of memory", connectionLost: true)
        }
        self.connection = connection
        guard PQstatus(connection) == CONNECTION_OK else { throw failure(nil) }
        // Notices such as "already exists, skipping" are not for the console.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
        guard PQsetClientEncoding(connection, "UTF8") == 0 else { throw failure(nil) }
    }

    deinit { PQfinish(connection) }

    var isLost: Bool { PQstatus(connection) == CONNECTION_BAD }

    /// Runs text without placeholders; returns the tag of the last command (`COMMIT`, `ROLLBACK` …).
    @discardableResult
    func run(script: String) throws(PostgresFailure) -> String {
        try makeFree()
        let result = try checked(PQexec(connection, script))
        return String(cString: PQcmdStatus(result.handle))
    }

    /// Undoes the transaction, and drops what was still arriving.
    func rollBack() {
        arriving = nil
        _ = PostgresResult(PQexec(connection, "ROLLBACK"))
    }

    /// Runs one statement with `?` placeholders and takes its whole answer.
    func query(_ sql: SQL, _ arguments: [Value]) throws -> PostgresResult {
        try makeFree()
        let prepared = try prepare(sql.text, arguments)
        let parameters = try PostgresParameters(arguments)
        let result = parameters.withPointers { values, lengths, formats in
            PQexecPrepared(connection, prepared, Int32(arguments.count), values, lengths, formats, 0)
        }
        return try checked(result)
    }

    /// Runs one statement and gives its rows as they arrive, so that a long answer needs no memory.
    func stream(_ sql: SQL, _ arguments: [Value]) throws -> PostgresStream {
        try makeFree()
        let prepared = try prepare(sql.text, arguments)
        let parameters = try PostgresParameters(arguments)
        let sent = parameters.withPointers { values, lengths, formats in
            PQsendQueryPrepared(connection, prepared, Int32(arguments.count), values, lengths, formats, 0)
        }
        guard sent == 1 else { throw failure(nil) }
        PQsetSingleRowMode(connection)
        let stream = PostgresStream(self)
        arriving = stream
        return stream
    }

    /// The next part of the answer that is arriving; nil after the last.
    fileprivate func nextResult() throws(PostgresFailure) -> PostgresResult? {
        guard let handle = PQgetResult(connection) else { return nil }
        let result = PostgresResult(handle)
        switch PQresultStatus(handle) {
        case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK: return result
        default: throw failure(handle)
        }
    }

    /// A line carries one answer at a time: whoever is reading one gets the rest from memory.
    private func makeFree() throws(PostgresFailure) {
        guard let stream = arriving else { return }
        arriving = nil
        try stream.keepRest()
    }

    /// Sends rows in the text form of COPY.
    func copy(into table: String, columns: [String], rows: [[Value]]) throws {
        try makeFree()
        let opening = "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN"
        let result = PostgresResult(PQexec(connection, opening))
        guard PQresultStatus(result.handle) == PGRES_COPY_IN else { throw failure(result.handle) }
        do {
            try send(rows, width: columns.count)
        } catch {
            _ = PQputCopyEnd(connection, "the rows could not be sent")
            while PostgresResult(PQgetResult(connection)).handle != nil {}
            throw error
        }
        guard PQputCopyEnd(connection, nil) == 1 else { throw failure(nil) }
        let end = PostgresResult(PQgetResult(connection))
        let refusal = PQresultStatus(end.handle) == PGRES_COMMAND_OK ? nil : failure(end.handle)
        while PostgresResult(PQgetResult(connection)).handle != nil {}
        if let refusal { throw refusal }
    }

    private func send(_ rows: [[Value]], width: Int) throws {
        var text = PostgresCopyText()
        for row in rows {
            guard row.count == width else { throw StoreError.failed("\(width) columns but \(row.count) values") }
            try text.append(row)
            if text.bytes.count >= 1 << 16 { try flush(&text) }
        }
        try flush(&text)
    }

    private func flush(_ text: inout PostgresCopyText) throws(PostgresFailure) {
        let sent = text.bytes.withUnsafeBytes {
            PQputCopyData(connection, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
        }
        guard sent == 1 else { throw failure(nil) }
        text.bytes.removeAll(keepingCapacity: true)
    }

    private func prepare(_ text: String, _ arguments: [Value]) throws -> String {
        var statement = try known[text] ?? PostgresStatement(text)
        guard statement.parameterCount == arguments.count else {
            throw StoreError.failed(
                "\(statement.parameterCount) placeholders but \(arguments.count) values in: \(text)")
        }
        if let name = statement.name(for: arguments) { return name }
        if preparedCount >= Self.keptMax {
            try run(script: "DEALLOCATE ALL")
            known.removeAll()
            preparedCount = 0
            statement.forgetVariants()
        }
        let name = "s\(preparedCount)"
        let types = statement.addVariant(name, for: arguments)
        let result = PQprepare(connection, name, statement.numbered, Int32(types.count), types)
        do { _ = try checked(result) } catch {
            throw PostgresFailure(
                sqlState: error.sqlState, message: "\(error.message) in: \(text)", connectionLost: error.connectionLost)
        }
        preparedCount += 1
        known[text] = statement
        return name
    }

    private func checked(_ handle: OpaquePointer?) throws(PostgresFailure) -> PostgresResult {
        let result = PostgresResult(handle)
        switch PQresultStatus(handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return result
        default: throw failure(handle)
        }
    }

    private func failure(_ result: OpaquePointer?) -> PostgresFailure {
        let state =
            result.flatMap { PQresultErrorField($0, Int32(UInt8(ascii: "C"))) }.map { String(cString: $0) } ?? ""
        let message = result.flatMap { PQresultErrorField($0, Int32(UInt8(ascii: "M"))) } ?? PQerrorMessage(connection)
        let text = message.map { String(cString: $0) } ?? ""
        return PostgresFailure(
            sqlState: state, message: text.split(separator: "\n").joined(separator: " "), connectionLost: isLost)
    }
}

/// The rows of an answer while it arrives.
final class PostgresStream {
    private unowned let connection: PostgresConnection
    private var kept: ArraySlice<PostgresResult> = []
    private var isComplete = false

    fileprivate init(_ connection: PostgresConnection) { self.connection = connection }

    /// The next row; nil after the last.
    func next() throws(PostgresFailure) -> PostgresResult? {
        if let row = kept.popFirst() { return row }
        while let result = try nextPart() {
            if result.rowCount > 0 { return result }
        }
        return nil
    }

    /// Reads on to the end without keeping anything: the transaction learns whether the statement succeeded.
    func discardRest() throws(PostgresFailure) {
        kept = []
        while try nextPart() != nil {}
    }

    /// Reads on to the end into memory, to make the line free for another statement.
    fileprivate func keepRest() throws(PostgresFailure) {
        while let result = try nextPart() {
            if result.rowCount > 0 { kept.append(result) }
        }
    }

    private func nextPart() throws(PostgresFailure) -> PostgresResult? {
        if isComplete { return nil }
        do {
            let result = try connection.nextResult()
            isComplete = result == nil
            return result
        } catch {
            isComplete = true
            throw error
        }
    }
}

/// One statement's text with `$1`, `$2` … and the prepared variants of it.
///
/// The types of the parameters follow the values, since the server would take a bare parameter of `? + 1` for a
/// 32-bit integer and one of `VALUES (?)` for text. NULL has no type: it fits any variant.
struct PostgresStatement {
    let numbered: String
    let parameterCount: Int
    private var variants: [(types: [Oid], name: String)] = []

    init(_ text: String) throws(StoreError) {
        (numbered, parameterCount) = try PostgresPlaceholders.number(text)
    }

    func name(for arguments: [Value]) -> String? {
        for variant in variants where zip(variant.types, arguments).allSatisfy({ $1.fits($0) }) { return variant.name }
        return nil
    }

    /// Later variants come first: they tend to know more types.
    mutating func addVariant(_ name: String, for arguments: [Value]) -> [Oid] {
        let types = arguments.map(\.oid)
        variants.insert((types, name), at: 0)
        return types
    }

    mutating func forgetVariants() { variants.removeAll() }
}

extension Value {
    /// 0 leaves the type to the server.
    fileprivate var oid: Oid {
        switch self {
        case .null: 0
        case .int: PostgresType.int8
        case .text: PostgresType.text
        case .bytes: PostgresType.bytea
        }
    }

    fileprivate func fits(_ type: Oid) -> Bool { self == .null || oid == type }
}

/// The object identifiers of PostgreSQL's built-in types that the house meets.
enum PostgresType {
    static let bool: Oid = 16
    static let bytea: Oid = 17
    static let int8: Oid = 20
    static let text: Oid = 25
    /// char, name, text, unknown, bpchar, varchar.
    static let texts: Set<Oid> = [18, 19, 25, 705, 1042, 1043]
}

/// Turns `?` into `$1`, `$2` …, but not inside quotes, dollar quotes and comments.
enum PostgresPlaceholders {
    static func number(_ text: String) throws(StoreError) -> (text: String, count: Int) {
        var scanner = Scanner(text)
        while let byte = scanner.next {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): scanner.copy(through: [byte])
            case UInt8(ascii: "-") where scanner.starts("--"): scanner.copy(through: [UInt8(ascii: "\n")])
            case UInt8(ascii: "/") where scanner.starts("/*"): scanner.copy(through: Array("*/".utf8))
            case UInt8(ascii: "$") where scanner.starts("$$"): scanner.copy(through: Array("$$".utf8))
            case UInt8(ascii: "?"): scanner.placeholder()
            default: scanner.copy(1)
            }
        }
        return (String(decoding: scanner.output, as: UTF8.self), scanner.count)
    }

    private struct Scanner {
        let input: [UInt8]
        var position = 0
        var output: [UInt8] = []
        var count = 0

        init(_ text: String) { input = Array(text.utf8) }

        var next: UInt8? { position < input.count ? input[position] : nil }

        func starts(_ text: String) -> Bool { input[position...].starts(with: text.utf8) }

        mutating func copy(_ length: Int) {
            output += input[position..<min(position + length, input.count)]
            position = min(position + length, input.count)
        }

        /// Copies an opening of the same length as `end`, then all up to and including `end`.
        mutating func copy(through end: [UInt8]) {
            copy(end.count)
            while position < input.count, !input[position...].starts(with: end) { copy(1) }
            copy(end.count)
        }

        /// `?` takes the next number; `?2` names its own, as SQLite has it.
        mutating func placeholder() {
            position += 1
            var named = 0
            while let digit = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
                named = named * 10 + Int(digit - UInt8(ascii: "0"))
                position += 1
            }
            let number = named > 0 ? named : count + 1
            count = max(count, number)
            output += "$\(number)".utf8
        }
    }
}
