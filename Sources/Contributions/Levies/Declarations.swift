import Basics
import Control
import Storage

/// One person's month as an employer declared it to the tax office (税务申报明细).
public struct DeclaredLine: Hashable, Sendable {
    public var employer: ID<Employer>
    public var person: ID<Person>
    public var month: Month
    public var part: LevyPart
    /// 更正申报: takes the place of what was declared before.
    public var isCorrection: Bool

    public init(
        employer: ID<Employer>, person: ID<Person>, month: Month, part: LevyPart, isCorrection: Bool = false
    ) {
        self.employer = employer
        self.person = person
        self.month = month
        self.part = part
        self.isCorrection = isCorrection
    }
}

/// A declared line as the file says it, before its people are looked up.
public struct DeclaredRow: Hashable, Sendable {
    public var creditCode: String
    public var person: PersonReference
    public var month: Month
    public var part: LevyPart
    public var isCorrection: Bool
}

/// What receiving some declarations did.
public struct DeclaredOutcome: Hashable, Sendable {
    /// The bills of what was declared for the first time.
    public var billed = BillingOutcome()
    /// Bills taken back in red and made anew.
    public var corrected = 0
    /// Lines that had been received before, fen by fen: nothing was done again.
    public var known = 0

    public init() {}
}

extension Contributions {
    /// The columns of the tax office's file of declarations (申报明细).
    public static let declarationColumns = [
        "统一社会信用代码", "证件类型", "证件号码", "费款所属期", "险种", "缴费基数", "单位缴纳", "个人缴纳", "申报类型",
    ]

    /// Reads the tax office's file of what employers declared; every wrong cell is named.
    public static func readDeclarations(_ text: String, file: String) throws(Problems) -> ImportSheet<DeclaredRow> {
        var seen: [DeclaredCell: Int] = [:]
        let required = declarationColumns.filter { $0 != "证件类型" && $0 != "申报类型" }
        return try ImportSheet(text, file: file, required: required) { (fields: inout FieldReader) -> DeclaredRow? in
            let month = readMonth(&fields, "费款所属期")
            if fields.isBlank("费款所属期") { fields.reject("import.missing", "费款所属期", "缺少“费款所属期”,请补上") }
            let (code, person) = (fields.text("统一社会信用代码", upTo: 18), readDeclaredPerson(&fields))
            let part = readDeclaredPart(&fields)
            let isCorrection = readIsCorrection(&fields)
            guard let code, let person, let month, let part else { return nil }
            let row = DeclaredRow(
                creditCode: code.uppercased(), person: person, month: month, part: part, isCorrection: isCorrection)
            if let earlier = seen.updateValue(fields.row.line, forKey: DeclaredCell(row)) {
                fields.reject(
                    "contributions.declared.doubled", "证件号码",
                    "第 \(earlier) 行已经有这个人 \(month) 的\(part.insurance.name),请只留一行")
            }
            return row
        }
    }

    /// One person, month and insurance of an employer: a file says it once.
    private struct DeclaredCell: Hashable {
        let code: String
        let person: PersonReference
        let month: Month
        let insurance: Insurance

        init(_ row: DeclaredRow) {
            (code, person, month, insurance) = (row.creditCode, row.person, row.month, row.part.insurance)
        }
    }

    private static func readDeclaredPerson(_ fields: inout FieldReader) -> PersonReference? {
        let number = fields.text("证件号码", upTo: 50)
        let kind = Int64(fields.row["证件类型"].isEmpty ? "01" : fields.row["证件类型"])
        if kind == nil { fields.reject("import.code", "证件类型", "证件类型应当是数字代码,居民身份证请填 01") }
        guard let number, let kind else { return nil }
        if kind == 1 { checkNationalID(&fields, number) }
        return PersonReference(paperKind: kind, paperNumber: number.uppercased())
    }

    private static func readDeclaredPart(_ fields: inout FieldReader) -> LevyPart? {
        let insurance = fields.code("险种", Insurance.self)
        let (base, employer, personal) = (fields.money("缴费基数"), fields.money("单位缴纳"), fields.money("个人缴纳"))
        for (column, amount) in [("缴费基数", base), ("单位缴纳", employer), ("个人缴纳", personal)] {
            if let amount, amount.isNegative {
                fields.reject(
                    "contributions.declared.negative", column, "“\(column)”是负数;退费请用到账文件,更正请在“申报类型”写更正并填更正后的金额")
            }
        }
        guard let insurance, let base, let employer, let personal else { return nil }
        return LevyPart(insurance: insurance, base: base, employer: employer, personal: personal)
    }

    private static func readIsCorrection(_ fields: inout FieldReader) -> Bool {
        switch fields.row["申报类型"] {
        case "", "正常", "正常申报": return false
        case "更正", "更正申报": return true
        default:
            fields.reject("contributions.declared.kind", "申报类型", "“\(fields.row["申报类型"])”不是申报类型,请写正常或更正")
            return false
        }
    }

    static let declarationFiles = ImportKind("contributions.declarations")

    /// Puts a file on record before its lines are received, page by page. The same file again is the same batch.
    public static func registerDeclarations(
        _ tx: any Transaction, _ sheet: ImportSheet<DeclaredRow>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, declarationFiles, by: origin) { _ in 0 }
    }

    /// Receives what employers declared for some of their months: bills what is new, takes back in red and bills anew
    /// what was corrected, and passes over what it has already.
    ///
    /// - Parameter place: where a line stands in its file.
    /// - Throws: every line that says something else than before without being a correction, and every correction of
    ///   nothing.
    @discardableResult
    public static func takeDeclared(
        _ tx: any Transaction, area: AreaCode, _ lines: [(line: DeclaredLine, place: String)],
        due: (Month) throws -> Day, _ ground: Ground
    ) throws -> DeclaredOutcome {
        var outcome = DeclaredOutcome()
        let sorted = try sortDeclared(tx, area: area, lines, &outcome.known)
        if !sorted.fresh.isEmpty {
            outcome.billed = try billDeclared(tx, area: area, sorted.fresh, due: due, ground)
        }
        for (key, changed) in sorted.changed.sorted(by: { $0.key < $1.key }) {
            outcome.corrected += try correctDeclared(tx, area: area, key, changed, ground)
        }
        return outcome
    }

    /// What of some lines is new and what changes earlier ones.
    private static func sortDeclared(
        _ tx: any Transaction, area: AreaCode, _ lines: [(line: DeclaredLine, place: String)], _ known: inout Int
    ) throws -> (fresh: [DeclaredLine], changed: [DeclaredKey: [DeclaredLine]]) {
        var problems = Problems()
        var fresh: [DeclaredLine] = []
        var changed: [DeclaredKey: [DeclaredLine]] = [:]
        for (key, group) in Dictionary(grouping: lines, by: { DeclaredKey($0.line) }) {
            let before = try parts(tx, area: area, of: key.employer, month: key.month)
            for (line, place) in group {
                switch DeclaredNews(line, before: before[line.person] ?? []) {
                case .known: known += 1
                case .fresh: fresh.append(line)
                case .changed: changed[key, default: []].append(line)
                case .different:
                    problems.add(
                        "contributions.declared.different", field: "\(place) 单位缴纳",
                        "这个人 \(key.month) 已按别的金额接收过申报;单位作了更正申报的,请在“申报类型”写更正")
                case .nothing:
                    problems.add(
                        "contributions.declared.nothing", field: "\(place) 申报类型",
                        "这个人 \(key.month) 没有接收过申报,不能更正;请按正常申报接收")
                }
            }
        }
        try problems.throwIfAny()
        return (fresh, changed)
    }

    /// What a line says that was not known before.
    private enum DeclaredNews {
        case known, fresh, changed, different, nothing

        init(_ line: DeclaredLine, before: [LevyPart]) {
            let earlier = before.first { $0.insurance == line.part.insurance }
            let isSame =
                (earlier?.employer ?? .zero) == line.part.employer && (earlier?.personal ?? .zero) == line.part.personal
            switch (isSame, before.isEmpty, line.isCorrection) {
            case (true, _, _): self = .known
            case (false, true, false): self = .fresh
            case (false, true, true): self = .nothing
            case (false, false, true): self = .changed
            case (false, false, false): self = .different
            }
        }
    }

    /// Makes an employer's bills of a month anew with some lines in place of the earlier ones. Answers how many bills.
    private static func correctDeclared(
        _ tx: any Transaction, area: AreaCode, _ key: DeclaredKey, _ changed: [DeclaredLine], _ ground: Ground
    ) throws -> Int {
        var rest = changed
        var corrected = 0
        for bill in try liveBills(tx, area: area, of: .employer(key.employer), months: key.month...key.month) {
            let old = try everyLine(tx, area: area, of: bill.id)
            let people = Set(old.map(\.person))
            let here = rest.filter { people.contains($0.person) }
            guard !here.isEmpty else { continue }
            rest.removeAll { people.contains($0.person) }
            let kept = old.filter { line in
                !here.contains { $0.person == line.person && $0.part.insurance == line.part.insurance }
            }
            try correct(
                tx, area: area, bill.id, to: (kept.map { ($0.person, $0.part) } + here.map { ($0.person, $0.part) }),
                policyVersion: "", ground)
            corrected += 1
        }
        return corrected
    }

    /// Makes bills of what employers declared (接收税务申报): one an employer and month. The agency does not reckon here;
    /// it takes what was declared and says where it differs from the law (`declarationDoubts`).
    @discardableResult
    public static func billDeclared(
        _ tx: any Transaction, area: AreaCode, _ lines: [DeclaredLine], due: (Month) throws -> Day, _ ground: Ground
    ) throws -> BillingOutcome {
        var problems = Problems()
        var drafts: [BillDraft] = []
        let groups = Dictionary(grouping: lines) { DeclaredKey($0) }
        for (key, group) in groups.sorted(by: { $0.key < $1.key }) {
            let billed = try peopleBilled(tx, area: area, .employer(key.employer), month: key.month)
            let again = Set(group.map(\.person)).intersection(billed)
            if !again.isEmpty {
                problems.add(
                    "contributions.declared.again", field: "单位 \(key.employer) \(key.month)",
                    "\(again.count) 人的 \(key.month) 已有申报,不能重复接收;更正申报请先办理应缴更正")
            }
            let sorted = group.filter { $0.part.total != .zero }.sorted {
                ($0.person, $0.part.insurance.rawValue) < ($1.person, $1.part.insurance.rawValue)
            }
            guard !sorted.isEmpty else { continue }
            drafts.append(
                BillDraft(
                    purpose: .declared, insurance: .employee, payer: .employer(key.employer),
                    months: key.month...key.month, due: try due(key.month), lines: sorted.map { ($0.person, $0.part) }))
        }
        try problems.throwIfAny()
        var outcome = BillingOutcome()
        try write(
            tx, area: area, .declaration, period: drafts.first?.months.lowerBound ?? Month(year: 1, month: 1), drafts,
            "", ground, &outcome)
        return outcome
    }

    private struct DeclaredKey: Hashable, Comparable {
        var employer: ID<Employer>
        var month: Month

        init(_ line: DeclaredLine) { (employer, month) = (line.employer, line.month) }

        static func < (a: DeclaredKey, b: DeclaredKey) -> Bool { (a.month, a.employer) < (b.month, b.employer) }
    }

    /// Where what was declared is not what the law comes to: a base outside its bounds, or parts that are not the base
    /// at the rates. Nothing is refused for it; the tax office is asked.
    public static func declarationDoubts(_ lines: [DeclaredLine], terms: (Month) throws -> LevyTerms) throws
        -> [Problem]
    {
        var problems: [Problem] = []
        for line in lines {
            let law = try terms(line.month)
            let place = "人员 \(line.person) \(line.month) \(line.part.insurance.name)"
            if law.base(of: line.part.base) != line.part.base {
                problems.append(
                    Problem(
                        "contributions.declared.base", field: place,
                        "申报基数 \(line.part.base) 不在 \(law.lowestBase) 至 \(law.highestBase) 之间,请提请税务核实"))
            }
            let fitting = LevyClass.allCases.contains { payer in
                law.levy(payer, on: line.part.base).contains { $0 == line.part }
            }
            if !fitting {
                problems.append(
                    Problem("contributions.declared.amount", field: place, "申报金额与基数乘费率不符,请提请税务核实"))
            }
        }
        return problems
    }
}
