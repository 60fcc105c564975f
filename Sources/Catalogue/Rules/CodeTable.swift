import Basics

/// A table of national codes without prices (编码表).
public enum CodeTable: Int64, Sendable, CaseIterable {
    /// 疾病诊断 ICD-10 医保版
    case diagnosis = 1
    /// 手术操作 ICD-9-CM-3 医保版
    case procedure = 2
    /// 门诊慢特病病种
    case chronicDisease = 3
    /// 行政区划
    case division = 4
    /// 字典 (`dictionary` with its type as `parent`)
    case dictionary = 5

    public var name: String {
        switch self {
        case .diagnosis: "疾病诊断"
        case .procedure: "手术操作"
        case .chronicDisease: "门诊慢特病病种"
        case .division: "行政区划"
        case .dictionary: "字典"
        }
    }
}

/// One code of a code table, dated like the items of the catalogue.
public struct CodeEntry: Hashable, Sendable {
    public var table: CodeTable
    public var code: String
    public var name: String
    /// The dictionary's type (`insutype`), the city of a county; empty where a table is flat.
    public var parent: String
    public var first: Day
    public var last: Day?

    public init(
        table: CodeTable, code: String, name: String, parent: String = "", first: Day, last: Day? = nil
    ) {
        self.table = table
        self.code = code
        self.name = name
        self.parent = parent
        self.first = first
        self.last = last
    }
}

/// One code table of an area in memory, for checking the codes of messages.
public struct CodeIndex: Sendable {
    public let table: CodeTable
    public let version: Int64
    private let entries: [String: CodeEntry]

    /// - Parameter entries: ordered by code, then first day and version ascending: the last of a code counts.
    public init(table: CodeTable, version: Int64, entries: some Sequence<CodeEntry>) {
        self.table = table
        self.version = version
        var byCode: [String: CodeEntry] = [:]
        for entry in entries { byCode[entry.code] = entry }
        self.entries = byCode
    }

    public var count: Int { entries.count }

    /// The code's name on a day; nil when the table lacks it then.
    public func name(_ code: String, on day: Day) -> String? {
        guard let entry = entries[code], entry.first <= day, entry.last.map({ day <= $0 }) ?? true else { return nil }
        return entry.name
    }
}
