import Basics

/// The lists that employers, schools, villages and other departments hand in (批量名单).
public enum ListKind: Int64, Sendable, CaseIterable {
    /// 单位批量增员
    case joiners = 1
    /// 单位批量减员
    case leavers = 2
    /// 学校集体参保
    case students = 3
    /// 村、社区居民集体参保
    case residents = 4
    /// 救助对象名单
    case assisted = 5
    /// 死亡人员名单
    case deaths = 6
    /// 期初参保名单: whom the former system insured, taken over when the agency opens its books
    case takenOver = 7

    public var name: String {
        switch self {
        case .joiners: "单位批量增员"
        case .leavers: "单位批量减员"
        case .students: "学校集体参保"
        case .residents: "居民集体参保"
        case .assisted: "救助对象名单"
        case .deaths: "死亡人员名单"
        case .takenOver: "期初参保名单"
        }
    }

    /// Whether the list belongs to an employer (a school and a village are such too: 居民虚拟单位).
    public var needsEmployer: Bool { self == .joiners || self == .leavers || self == .students }

    /// The columns of the template, in order.
    public var columns: [ListColumn] {
        switch self {
        case .joiners:
            ListColumn.identity + [.category([.employed, .civilServant, .flexible]), .from, .town, .distinct]
        case .leavers: ListColumn.known + [.last, .reason]
        case .students:
            ListColumn.identity + [.category([.pupil, .universityStudent, .preschool]), .from, .town, .distinct]
        case .residents:
            ListColumn.identity
                + [.category([.adult, .elderly, .newborn, .preschool, .minor]), .from, .town, .distinct]
        case .assisted: ListColumn.known + [.group, .from, .until]
        case .deaths: ListColumn.known + [.died, .certificate]
        case .takenOver:
            ListColumn.identity
                + [
                    .category(PersonCategory.allCases, required: true), .from, .entitled, .standing, .town, .distinct,
                ]
        }
    }
}

/// One column of a list (名单列).
public struct ListColumn: Hashable, Sendable {
    public let name: String
    public let isRequired: Bool
    public let example: String
    /// What may be filled in; empty when it is free.
    public let choices: [String]

    init(_ name: String, required: Bool = true, example: String, choices: [String] = []) {
        self.name = name
        isRequired = required
        self.example = example
        self.choices = choices
    }

    static let person = ListColumn("姓名", example: ListColumn.exampleMark + "张三")
    static let paperKind = ListColumn(
        "证件类型", required: false, example: "01", choices: IdentityPaperKind.allCases.map { "\($0.code) \($0.name)" })
    static let paperNumber = ListColumn("证件号码", example: "990100198001010017")
    static let sex = ListColumn("性别", required: false, example: "男", choices: ["男", "女"])
    static let birth = ListColumn("出生日期", required: false, example: "1980-01-01")
    static let from = ListColumn("开始日期", example: "2026-04-01")
    static let last = ListColumn("最后日期", example: "2026-03-31")
    static let until = ListColumn("结束日期", required: false, example: "2026-12-31")
    static let town = ListColumn("街道乡镇代码", required: false, example: "990100001")
    static let distinct = ListColumn("确认不是同名人员", required: false, example: "", choices: ["是"])
    static let reason = ListColumn(
        "减员原因", example: SpellReason.leftEmployer.name, choices: SpellReason.endings.map(\.name))
    static let group = ListColumn(
        "救助对象类别", example: AssistanceGroup.lowIncome.name, choices: AssistanceGroup.allCases.map(\.name))
    static let died = ListColumn("死亡日期", example: "2026-02-01")
    static let certificate = ListColumn("死亡证明编号", example: "示死证2026000001")

    static let entitled = ListColumn("待遇享受开始日期", required: false, example: "2019-01-01")
    static let standing = ListColumn(
        "人员身份", required: false, example: "", choices: SpecialStatus.Kind.all.map(\.name))

    static func category(_ categories: [PersonCategory], required: Bool = false) -> ListColumn {
        ListColumn("人员类别", required: required, example: categories[0].name, choices: categories.map(\.name))
    }

    static let identity: [ListColumn] = [.person, .paperKind, .paperNumber, .sex, .birth]
    static let known: [ListColumn] = [.person, .paperKind, .paperNumber]

    /// A template's example row begins so, and is passed over when it is left in the file.
    static let exampleMark = "(示例)"
}

/// One row of a list whose every cell could be read (名单行).
public struct ListLine: Hashable, Sendable {
    public var number: Int
    public var paper: IdentityPaper
    public var name: String
    /// Where the list tells them, or the identity number does.
    public var sex: Sex?
    public var birth: Day?
    public var division = ""
    public var isDistinct = false
    public var category: PersonCategory?
    /// 开始日期, 最后日期 or 死亡日期
    public var day: Day
    /// 结束日期
    public var until: Day?
    public var reason: SpellReason?
    public var group: AssistanceGroup?
    public var certificate = ""
    /// 待遇享受开始日期, where a former system told another than the first day.
    public var entitledFrom: Day?
    /// 人员身份 from the first day on, as a former system kept it.
    public var standing: SpecialStatus.Kind?

    /// Enough to register somebody whom the register does not know yet.
    public var particulars: PersonParticulars? {
        guard let sex, let birth else { return nil }
        return PersonParticulars(paper: paper, name: name, sex: sex, birth: birth, division: division)
    }
}

/// What is wrong in one cell (单元格问题): where, and what to do next.
public struct CellProblem: Error, Hashable, Sendable {
    /// The row of the file, counted from its heading as 1.
    public var line: Int
    /// The heading of the column; empty when the row as a whole is meant.
    public var column: String
    public var code: String
    public var message: String

    public init(line: Int, column: String, code: String, message: String) {
        self.line = line
        self.column = column
        self.code = code
        self.message = message
    }

    init(line: Int, _ problem: Problem, column: String) {
        self.init(line: line, column: column, code: problem.code, message: problem.message)
    }

    /// One paper under two names: neither line is carried out.
    static func contested(_ line: Int, _ other: Int) -> CellProblem {
        CellProblem(
            line: line, column: ListColumn.paperNumber.name, code: "enrolment.person.contested",
            message: "与第 \(other) 行证件相同而姓名不同,两行都不办理,请核对证件和姓名后只留一行")
    }

    public var problem: Problem {
        Problem(code, field: "第 \(line) 行\(column.isEmpty ? "" : " \(column)")", message)
    }
}

/// A list as it was read (读入的名单): the good rows, and what is wrong with the others, cell by cell.
public struct EnrolmentList: Sendable {
    public let kind: ListKind
    public internal(set) var lines: [ListLine] = []
    public internal(set) var problems: [CellProblem] = []
    /// The raw cells of every row in the template's order, for carrying out later.
    public internal(set) var cells: [(number: Int, fields: [String])] = []

    /// Lines that give one paper to two names, each with the number of another such line (同证异名).
    public internal(set) var contested: [Int: Int] = [:]

    /// The longest list taken: half a million people, a county.
    public static let linesMax = 500_000

    /// Reads a whole list. Columns are found by their headings, in any order; others are ignored.
    ///
    /// - Throws: what is wrong with the file as a whole: no heading, a missing column, an open quote.
    public init(_ text: String, file: String, kind: ListKind) throws(Problems) {
        self.kind = kind
        let columns = kind.columns
        let table = try CSVTable(text, file: file, required: columns.filter(\.isRequired).map(\.name))
        guard table.rows.count <= EnrolmentList.linesMax else {
            throw Problems(
                Problem(
                    "enrolment.list.tooLong", field: file,
                    "名单有 \(table.rows.count) 行,一次最多 \(EnrolmentList.linesMax) 行,请分开提交"))
        }
        for row in table.rows {
            let fields = columns.map { row[$0.name] }
            if !fields[0].hasPrefix(ListColumn.exampleMark) { take(fields, number: row.line) }
        }
        if cells.isEmpty {
            throw Problems(Problem("enrolment.list.empty", field: file, "名单里没有人员,请按模板填写后重新上传"))
        }
        refuseDoubles()
    }

    /// From cells that were kept: `carryOut` reads them again by the same words.
    init(kept cells: [(number: Int, fields: [String])], kind: ListKind) {
        self.kind = kind
        for (number, fields) in cells { take(fields, number: number) }
    }

    private mutating func take(_ fields: [String], number: Int) {
        cells.append((number, fields))
        var reader = ListReader(kind: kind, fields: fields, number: number)
        if let line = reader.read() {
            lines.append(line)
        } else {
            problems += reader.problems
        }
    }

    /// Rows of one paper: the same person again is passed over after the first; of two names under one paper nobody can
    /// know whose it is, and none of them is carried out.
    private mutating func refuseDoubles() {
        var rows: [IdentityPaper: [Int]] = [:]
        for (index, line) in lines.enumerated() { rows[line.paper, default: []].append(index) }
        var refused: Set<Int> = []
        for same in rows.values where same.count > 1 {
            let first = lines[same[0]]
            let isOneName = same.allSatisfy { NameKey(lines[$0].name) == NameKey(first.name) }
            for index in isOneName ? same.dropFirst() : same[...] {
                let number = lines[index].number
                refused.insert(number)
                if isOneName {
                    problems.append(
                        CellProblem(
                            line: number, column: ListColumn.paperNumber.name, code: "enrolment.person.doubled",
                            message: "与第 \(first.number) 行证件相同,请只留一行"))
                } else {
                    let other = index == same[0] ? lines[same[1]].number : first.number
                    contested[number] = other
                    problems.append(.contested(number, other))
                }
            }
        }
        if !refused.isEmpty { lines.removeAll { refused.contains($0.number) } }
        problems.sort { ($0.line, $0.column) < ($1.line, $1.column) }
    }
}

/// Reads the cells of one row; what cannot be read becomes a problem of its cell, and reading goes on.
private struct ListReader {
    let kind: ListKind
    let fields: [String]
    let number: Int
    var problems: [CellProblem] = []

    init(kind: ListKind, fields: [String], number: Int) {
        self.kind = kind
        self.fields = fields
        self.number = number
    }

    mutating func read() -> ListLine? {
        let name = required(.person)
        let paper = paper()
        let day = self.day(dayColumn)
        guard let name, let paper, let day else {
            readRest(beside: paper)
            return nil
        }
        var line = ListLine(number: number, paper: paper, name: name, day: day)
        if name.count > 50 { reject(.person, "import.tooLong", "姓名有 \(name.count) 个字,最多 50 个,请核对") }
        readRest(&line)
        return problems.isEmpty ? line : nil
    }

    /// The other cells of a row that is refused already: their problems belong to the same answer.
    private mutating func readRest(beside paper: IdentityPaper?) {
        let unknown = IdentityPaper(kind: .other, checked: "-")
        var line = ListLine(number: number, paper: paper ?? unknown, name: "-", day: Day(number: 0))
        let found = problems
        problems = []
        readRest(&line)
        // Without a paper nothing can be said of sex and birth.
        let unsaid = paper == nil ? [ListColumn.sex.name, ListColumn.birth.name] : []
        problems = found + problems.filter { !unsaid.contains($0.column) }
    }

    private mutating func readRest(_ line: inout ListLine) {
        switch kind {
        case .joiners, .students, .residents:
            readIdentity(&line)
            line.category = category()
            line.division = cell(.town)
            line.isDistinct = choice(.distinct) != nil
        case .leavers:
            line.reason =
                required(.reason) == nil
                ? nil : choice(.reason).flatMap { name in SpellReason.endings.first { $0.name == name } }
        case .assisted:
            line.group =
                required(.group) == nil
                ? nil : choice(.group).flatMap { name in AssistanceGroup.allCases.first { $0.name == name } }
            line.until = optionalDay(.until)
            if let until = line.until, until < line.day, line.day.number != 0 {
                reject(.until, "import.period", "结束日期早于开始日期,请核对")
            }
        case .deaths:
            line.certificate = required(.certificate) ?? ""
        case .takenOver:
            readIdentity(&line)
            line.category = category()
            line.division = cell(.town)
            line.isDistinct = choice(.distinct) != nil
            line.standing = choice(.standing).flatMap { name in SpecialStatus.Kind.all.first { $0.name == name } }
            line.entitledFrom = optionalDay(.entitled)
            if let entitled = line.entitledFrom, entitled < line.day, line.day.number != 0 {
                reject(.entitled, "import.period", "待遇享受开始日期早于参保开始日期,请核对")
            }
        }
    }

    private var dayColumn: ListColumn {
        switch kind {
        case .joiners, .students, .residents, .assisted, .takenOver: .from
        case .leavers: .last
        case .deaths: .died
        }
    }

    // MARK: Cells

    /// The identity number tells sex and birth; with other papers the list must.
    private mutating func readIdentity(_ line: inout ListLine) {
        if line.paper.kind == .residentID, let id = try? NationalID(line.paper.number) {
            line.sex = id.sex
            line.birth = id.birthDate
            if let stated = optionalDay(.birth), stated != id.birthDate {
                reject(.birth, "enrolment.person.birth", "出生日期 \(stated) 与身份证号中的 \(id.birthDate) 不符,请核对")
            }
            if let stated = choice(.sex), stated != (id.sex == .male ? "男" : "女") {
                reject(.sex, "enrolment.person.sex", "性别与身份证号不符,请核对身份证号和性别")
            }
        } else {
            line.sex = required(.sex) == nil ? nil : choice(.sex).map { $0 == "男" ? .male : .female }
            line.birth = day(.birth)
        }
    }

    private mutating func category() -> PersonCategory? {
        guard let column = kind.columns.first(where: { $0.name == "人员类别" }) else { return nil }
        if column.isRequired, required(column) == nil { return nil }
        guard let name = choice(column) else { return nil }
        return PersonCategory.allCases.first { $0.name == name }
    }

    private mutating func paper() -> IdentityPaper? {
        let kindText = cell(.paperKind)
        let digits = kindText.prefix { $0.isASCII && $0.isNumber }
        let paperKind =
            kindText.isEmpty ? IdentityPaperKind.residentID : Int64(digits).flatMap { IdentityPaperKind(rawValue: $0) }
        if paperKind == nil {
            reject(.paperKind, "import.code", "“\(kindText)”不是证件类型,请按模板中的代码填写,身份证可留空")
        }
        guard let number = required(.paperNumber), let paperKind else { return nil }
        do throws(NationalID.Failure) {
            return try IdentityPaper(kind: paperKind, number: number)
        } catch {
            reject(.paperNumber, "enrolment.person.id", "身份证号“\(number)”\(error.explanation(of: number)),请核对证件")
            return nil
        }
    }

    private func cell(_ column: ListColumn) -> String {
        guard let index = kind.columns.firstIndex(where: { $0.name == column.name }), index < fields.count else {
            return ""
        }
        return fields[index]
    }

    private mutating func required(_ column: ListColumn) -> String? {
        let text = cell(column)
        if !text.isEmpty { return text }
        reject(column, "import.missing", "缺少“\(column.name)”,请补上")
        return nil
    }

    private mutating func choice(_ column: ListColumn) -> String? {
        let text = cell(column)
        if text.isEmpty || column.choices.contains(text) { return text.isEmpty ? nil : text }
        reject(column, "import.code", "“\(text)”不在可选范围内,可填:\(column.choices.joined(separator: "、"))")
        return nil
    }

    private mutating func day(_ column: ListColumn) -> Day? {
        required(column) == nil ? nil : optionalDay(column)
    }

    private mutating func optionalDay(_ column: ListColumn) -> Day? {
        let text = cell(column)
        if text.isEmpty { return nil }
        if let day = Day(text) { return day }
        reject(column, "import.day", "“\(text)”不是日期,请写成 2026-03-01")
        return nil
    }

    private mutating func reject(_ column: ListColumn, _ code: String, _ message: String) {
        problems.append(CellProblem(line: number, column: column.name, code: code, message: message))
    }
}

extension NationalID.Failure {
    /// What is wrong with a number, in words that go on after it: `应为 18 位,现为 17 位`.
    public func explanation(of number: String) -> String {
        switch self {
        case .length:
            if let id = NationalID(fifteen: number) { return "是已停用的 15 位号码,请改填 18 位:\(id)" }
            return "应为 18 位,现为 \(number.count) 位"
        case .characters: return "只能有数字,末位可为 X"
        case .birthDate: return "中间的出生日期不存在"
        case .checkDigit(let expected): return "校验位应为 \(expected)"
        }
    }
}
