import Basics
import Storage

/// A record of a table whose rows are only ever added: the same columns, in one order, for writing, for reading
/// and for the digest that the event chain keeps of each row.
public protocol LedgerRecord: Record, WritableRecord {
    static var table: String { get }
    static var columns: [String] { get }
    /// `SELECT … FROM table`, its columns in the order of `init(_:)`.
    static var selection: String { get }
}

extension LedgerRecord {
    static func insertionText() -> SQL {
        let marks = Array(repeating: "?", count: columns.count).joined(separator: ", ")
        return SQL("INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))")
    }

    static func selectionText() -> String { "SELECT \(columns.joined(separator: ", ")) FROM \(table)" }
}

extension Row {
    /// A dictionary value; a number that the dictionary lacks can only come from outside the program.
    func code<Code: RawRepresentable<Int64>>(_ column: Int, _: Code.Type = Code.self) throws -> Code {
        let raw = try int(column)
        guard let value = Code(rawValue: raw) else {
            throw StoreError.damaged("\(Code.self) \(raw)")
        }
        return value
    }
}

/// Reads columns one after another, so that a record of thirty columns counts none of them by hand.
struct ColumnReader {
    let row: any Row
    private var next: Int

    init(_ row: any Row, from column: Int = 0) {
        self.row = row
        next = column
    }

    private mutating func take() -> Int {
        defer { next += 1 }
        return next
    }

    mutating func int() throws -> Int64 { try row.int(take()) }
    mutating func intOrNil() throws -> Int64? { try row.intOrNil(take()) }
    mutating func text() throws -> String { try row.text(take()) }
    mutating func textOrNil() throws -> String? { try row.textOrNil(take()) }
    mutating func bytes() throws -> [UInt8] { try row.bytes(take()) }
    mutating func money() throws -> Money { try row.money(take()) }
    mutating func day() throws -> Day { try row.day(take()) }
    mutating func dayOrNil() throws -> Day? { try row.dayOrNil(take()) }
    mutating func moment() throws -> Moment { try row.moment(take()) }
    mutating func momentOrNil() throws -> Moment? { try intOrNil().map(Moment.init(seconds:)) }
    mutating func flag() throws -> Bool { try row.flag(take()) }
    mutating func area() throws -> AreaCode { AreaCode(try int()) }
    mutating func id<Kind>(_: Kind.Type = Kind.self) throws -> ID<Kind> { ID(try int()) }
    mutating func idOrNil<Kind>(_: Kind.Type = Kind.self) throws -> ID<Kind>? { try intOrNil().map { ID($0) } }
    mutating func code<Code: RawRepresentable<Int64>>(_: Code.Type = Code.self) throws -> Code { try row.code(take()) }
}
