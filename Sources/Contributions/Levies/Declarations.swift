import Basics
import Control
import Storage

/// One person's month as an employer declared it to the tax office (税务申报明细).
public struct DeclaredLine: Hashable, Sendable {
    public var employer: ID<Employer>
    public var person: ID<Person>
    public var month: Month
    public var part: LevyPart

    public init(employer: ID<Employer>, person: ID<Person>, month: Month, part: LevyPart) {
        self.employer = employer
        self.person = person
        self.month = month
        self.part = part
    }
}

/// A declared line as the file says it, before its people are looked up.
public struct DeclaredRow: Hashable, Sendable {
    public var creditCode: String
    public var person: PersonReference
    public var month: Month
    public var part: LevyPart
}

extension Contributions {
    /// The columns of the tax office's file of declarations (申报明细).
    public static let declarationColumns = [
        "统一社会信用代码", "证件类型", "证件号码", "费款所属期", "险种", "缴费基数", "单位缴纳", "个人缴纳",
    ]

    /// Reads the tax office's file of what employers declared; every wrong cell is named.
    public static func readDeclarations(_ text: String, file: String) throws(Problems) -> ImportSheet<DeclaredRow> {
        try ImportSheet(text, file: file, required: declarationColumns.filter { $0 != "证件类型" }) {
            (fields: inout FieldReader) -> DeclaredRow? in
            let code = fields.text("统一社会信用代码", upTo: 18)
            let number = fields.text("证件号码", upTo: 50)
            let month = readMonth(&fields, "费款所属期")
            if fields.isBlank("费款所属期") { fields.reject("import.missing", "费款所属期", "缺少“费款所属期”,请补上") }
            let insurance = fields.code("险种", Insurance.self)
            let (base, employer, personal) = (fields.money("缴费基数"), fields.money("单位缴纳"), fields.money("个人缴纳"))
            for (column, amount) in [("缴费基数", base), ("单位缴纳", employer), ("个人缴纳", personal)] {
                if let amount, amount.isNegative {
                    fields.reject("contributions.declared.negative", column, "“\(column)”是负数;退费请用到账文件,更正请税务重新申报")
                }
            }
            let kind = Int64(fields.row["证件类型"].isEmpty ? "01" : fields.row["证件类型"])
            guard let code, let number, let month, let insurance, let base, let employer, let personal, let kind else {
                return nil
            }
            return DeclaredRow(
                creditCode: code.uppercased(),
                person: PersonReference(paperKind: kind, paperNumber: number.uppercased()), month: month,
                part: LevyPart(insurance: insurance, base: base, employer: employer, personal: personal))
        }
    }

    /// Makes bills of what employers declared (接收税务申报): one an employer and month. The agency does not reckon here;
    /// it takes what was declared and says where it differs from the law (`declarationDoubts`).
    @discardableResult
    public static func billDeclared(
        _ tx: any Transaction, area: AreaCode, _ lines: [DeclaredLine], due: (Month) throws -> Day, _ ground: LevyGround
    ) throws -> BillingOutcome {
        var problems = Problems()
        var drafts: [BillDraft] = []
        let groups = Dictionary(grouping: lines) { DeclaredKey(employer: $0.employer, month: $0.month) }
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
