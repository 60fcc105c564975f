import Seals
import Storage

/// Bytes that say one thing only: table names and values, each with its kind and length, so that two
/// different rows (or the same text split at another place) never give the same bytes.
///
/// Integers are zigzag varints, which keeps the bytes of a settlement's rows few: the digest is taken
/// inside the settlement's transaction.
struct CanonicalBytes {
    private(set) var bytes: [UInt8] = []

    private enum Tag {
        static let null: UInt8 = 0
        static let int: UInt8 = 1
        static let text: UInt8 = 2
        static let bytes: UInt8 = 3
        static let row: UInt8 = 4
    }

    init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    mutating func append(row table: String, _ values: [Value]) {
        begin(row: table, columns: values.count)
        for value in values { append(value) }
    }

    mutating func begin(row table: String, columns: Int) {
        bytes.append(Tag.row)
        append(utf8: table)
        append(varint: UInt64(columns))
    }

    mutating func append(_ value: Value) {
        switch value {
        case .null: bytes.append(Tag.null)
        case .int(let number):
            bytes.append(Tag.int)
            append(varint: UInt64(bitPattern: (number << 1) ^ (number >> 63)))
        case .text(let text):
            bytes.append(Tag.text)
            append(utf8: text)
        case .bytes(let blob):
            bytes.append(Tag.bytes)
            append(varint: UInt64(blob.count))
            bytes.append(contentsOf: blob)
        }
    }

    private mutating func append(utf8 text: String) {
        let utf8 = text.utf8
        append(varint: UInt64(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// SM3 over the rows that one act wrote, in the order they were given: what an event says of them.
///
/// The reader of the evidence gives the same rows in the same order and must come to the same digest.
///
/// ```swift
/// var rows = RowDigest()
/// try tx.insert(settlement)
/// rows.add("settlement", settlement.values)
/// try EventLog.append(tx, Event(…, rows: rows))
/// ```
public struct RowDigest: Sendable {
    private var canonical = CanonicalBytes()
    private var isEmpty = true

    public init() {}

    /// Adds one row: its table's name and its values in the order of the table's evidence columns.
    public mutating func add(_ table: String, _ values: [Value]) {
        canonical.append(row: table, values)
        isEmpty = false
    }

    /// The digest, 32 bytes; empty when no row was added.
    public func finish() -> [UInt8] { isEmpty ? [] : SM3.hash(canonical.bytes) }
}

/// The columns of a table that an event vouches for, in order: one list from which come the insertion,
/// the selection and the digest, so that the three cannot drift apart.
///
/// ```swift
/// static let table = EvidenceTable("staff_act", "area", "act", "staff", .text("reason"), .blob("seal"))
/// static let insertion = table.insertion
/// try tx.forEach(SQL("SELECT \(table.columnList) FROM staff_act WHERE area = ? AND act = ?"), […]) { row in
///     try table.add(row, to: &digest)
///     return true
/// }
/// ```
public struct EvidenceTable: Sendable {
    /// A column and its kind; a plain string literal is an integer column, the most frequent one.
    public enum Column: Sendable, ExpressibleByStringLiteral {
        case int(String)
        case text(String)
        case blob(String)

        public init(stringLiteral name: String) { self = .int(name) }

        public var name: String {
            switch self {
            case .int(let name), .text(let name), .blob(let name): name
            }
        }
    }

    public let name: String
    public let columns: [Column]
    /// `a, b, c`: for a SELECT whose row goes to `add(_:to:)`.
    public let columnList: String
    /// `INSERT INTO name (a, b, c) VALUES (?, ?, ?)`.
    public let insertion: SQL

    public init(_ name: String, _ columns: Column...) {
        self.name = name
        self.columns = columns
        columnList = columns.map(\.name).joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        insertion = SQL("INSERT INTO \(name) (\(columnList)) VALUES (\(places))")
    }

    /// The raw values of a row selected by `columnList`, beginning at column `first` of the query.
    public func values(_ row: any Row, from first: Int = 0) throws -> [Value] {
        try columns.indices.map { index in
            let position = first + index
            guard !row.isNull(position) else { return .null }
            switch columns[index] {
            case .int: return .int(try row.int(position))
            case .text: return .text(try row.text(position))
            case .blob: return .bytes(try row.bytes(position))
            }
        }
    }

    /// Adds a row selected by `columnList` to a digest.
    public func add(_ row: any Row, to digest: inout RowDigest, from first: Int = 0) throws {
        digest.add(name, try values(row, from: first))
    }

    /// Adds the values of a row about to be written.
    public func add(_ values: [Value], to digest: inout RowDigest) {
        assert(values.count == columns.count, "\(name): \(values.count) values for \(columns.count) columns")
        digest.add(name, values)
    }

    /// Writes one row and adds it to the digest of the act.
    public func insert(_ tx: any Transaction, _ values: [Value], into digest: inout RowDigest) throws {
        try tx.execute(insertion, values)
        add(values, to: &digest)
    }

    /// Adds all rows of a selection, in its order; answers how many there were.
    /// `condition` continues the statement: `WHERE area = ? AND id = ? ORDER BY line`.
    @discardableResult
    public func addAll(
        _ tx: any Transaction, _ condition: String, _ arguments: [Value], to digest: inout RowDigest
    ) throws -> Int {
        var count = 0
        try tx.forEach(SQL("SELECT \(columnList) FROM \(name) \(condition)"), arguments) { row in
            try add(row, to: &digest)
            count += 1
            return true
        }
        return count
    }
}
