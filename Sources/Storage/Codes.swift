import Basics

extension Row {
    /// A dictionary value, stored as its national figure. A figure outside the dictionary cannot have passed the
    /// table's checks: the database is damaged.
    public func code<Code: RawRepresentable<Int64>>(_ column: Int, _: Code.Type = Code.self) throws -> Code {
        let raw = try int(column)
        guard let code = Code(rawValue: raw) else { throw StoreError.damaged("\(raw) is no \(Code.self)") }
        return code
    }

    public func codeOrNil<Code: RawRepresentable<Int64>>(_ column: Int, _: Code.Type = Code.self) throws -> Code? {
        isNull(column) ? nil : try code(column)
    }
}

extension Value {
    public init<Code: RawRepresentable<Int64>>(code: Code) { self = .int(code.rawValue) }
    public init<Code: RawRepresentable<Int64>>(code: Code?) { self = code.map { .int($0.rawValue) } ?? .null }
}
