/// Reads the fields of one row of an import file. What cannot be read becomes a problem at `file:line`, and
/// reading goes on, so that a person sees everything that is wrong with the file at once.
///
///     var fields = FieldReader(row, file: "people.csv")
///     let name = fields.text("psn_name", upTo: 50)
///     let birth = fields.day("brdy")
///     guard let name, let birth, fields.isValid else { problems.all += fields.problems.all; continue }
public struct FieldReader: Sendable {
    public let row: CSVTable.Row
    public let file: String
    public private(set) var problems = Problems()

    public init(_ row: CSVTable.Row, file: String) {
        self.row = row
        self.file = file
    }

    public var isValid: Bool { problems.all.isEmpty }

    public mutating func reject(_ code: String, _ column: String, _ message: String) {
        problems.add(code, field: "\(file):\(row.line) \(column)", message)
    }

    public func isBlank(_ column: String) -> Bool { row[column].isEmpty }

    /// Text that must be there, of at most `limit` characters.
    public mutating func text(_ column: String, upTo limit: Int) -> String? {
        required(column) ? optionalText(column, upTo: limit) : nil
    }

    /// Text that may be blank; nil only when it is too long.
    public mutating func optionalText(_ column: String, upTo limit: Int) -> String? {
        let text = row[column]
        guard text.count <= limit else {
            reject("import.tooLong", column, "“\(column)”有 \(text.count) 个字,最多 \(limit) 个,请缩短")
            return nil
        }
        return text
    }

    public mutating func day(_ column: String) -> Day? { required(column) ? optionalDay(column) : nil }

    /// Nil when blank; nil with a problem when it is not a day.
    public mutating func optionalDay(_ column: String) -> Day? {
        let text = row[column]
        guard !text.isEmpty else { return nil }
        if let day = Day(text) { return day }
        reject("import.day", column, "“\(text)”不是日期,请写成 2026-03-01")
        return nil
    }

    /// A period from two columns, the end open when blank.
    public mutating func period(_ first: String, _ last: String) -> Period? {
        let end = optionalDay(last)
        guard let start = day(first), isBlank(last) || end != nil else { return nil }
        if let period = Period(from: start, through: end) { return period }
        reject("import.period", last, "结束日期早于开始日期,请核对“\(first)”和“\(last)”")
        return nil
    }

    public mutating func money(_ column: String) -> Money? {
        number(column, decimals: 2, "金额", "1234.50").map { Money(fen: $0) }
    }

    /// Nil when blank.
    public mutating func optionalPrice(_ column: String) -> UnitPrice? {
        isBlank(column) ? nil : number(column, decimals: 6, "单价", "12.5").map { UnitPrice(microYuan: $0) }
    }

    /// A share from 0 to 1, as `10%` or `0.1`.
    public mutating func share(_ column: String) -> Rate? {
        guard required(column) else { return nil }
        if let rate = try? Rate(row[column]), rate >= .zero, rate <= .one { return rate }
        reject("import.rate", column, "“\(row[column])”不是 0 到 1 的比例,请写成 10% 或 0.1")
        return nil
    }

    /// A value of a national dictionary: `310`, `01`.
    public mutating func code<Code>(_ column: String, _: Code.Type = Code.self) -> Code?
    where Code: RawRepresentable<Int64> & CaseIterable {
        required(column) ? optionalCode(column) : nil
    }

    /// Nil when blank; nil with a problem when the dictionary lacks it.
    public mutating func optionalCode<Code>(_ column: String, _: Code.Type = Code.self) -> Code?
    where Code: RawRepresentable<Int64> & CaseIterable {
        let text = row[column]
        guard !text.isEmpty else { return nil }
        if let raw = Int64(text), let code = Code(rawValue: raw) { return code }
        let known = Code.allCases.map { String($0.rawValue) }.joined(separator: "、")
        reject("import.code", column, "“\(text)”不在字典里,可填:\(known)")
        return nil
    }

    /// `1` or `0`; blank is false.
    public mutating func flag(_ column: String) -> Bool {
        switch row[column] {
        case "1": return true
        case "0", "": return false
        default:
            reject("import.flag", column, "“\(row[column])”不是标志,请填 1(是)或 0(否)")
            return false
        }
    }

    private mutating func number(_ column: String, decimals: Int, _ what: String, _ example: String) -> Int64? {
        guard required(column) else { return nil }
        if let value = try? FixedPoint.parse(row[column], decimals: decimals) { return value }
        reject("import.number", column, "“\(row[column])”不是\(what)(最多 \(decimals) 位小数),请写成 \(example)")
        return nil
    }

    private mutating func required(_ column: String) -> Bool {
        if !isBlank(column) { return true }
        reject("import.missing", column, "缺少“\(column)”,请补上")
        return false
    }
}
