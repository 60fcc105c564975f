import Basics
import Yams

@testable import Benefits

/// A scenario (算例): a situation and what must come of it, written by business staff in YAML.
///
/// `scenarios/README.md` says how one is written. A scenario is one settlement, or several of one person in order.
struct Scenario: Sendable {
    var file: String
    var line: Int
    var name: String
    var area: AreaCode
    var day: Day
    var insurance: Insurance
    var before: YearToDate
    var acts: [Act]
    /// 算式, line by line.
    var arithmetic: [String]

}

/// One thing that happens in a scenario.
enum Act: Sendable {
    /// 结算, and what is expected of it
    case settle(Bill, Expectation)
    /// 撤销 the nth settlement of the scenario, under a rule
    case reverse(Int, ReversalRule?, Expectation)

    var expectation: Expectation {
        switch self {
        case .settle(_, let expected), .reverse(_, _, let expected): expected
        }
    }
}

/// What must come of an act. Every payer that is not named must pay nothing.
struct Expectation: Sendable {
    /// Amounts by their Chinese names.
    var amounts: [(name: String, value: Money)] = []
    var ratio: Rate?
    var lines: [LineSplit?] = []
    /// 累计 afterwards
    var accumulators: [(Accumulator, Int64)] = []
    var diseases: [(DiseaseCode, Money)] = []
    /// Codes of the problems for which it must be refused.
    var problems: [String] = []
    /// For a reversal: how many later settlements must be reversed first, or come out differently.
    var refusedLater: Int?
    var recomputed: Int?
}

/// A mistake in a scenario file itself, with its place.
struct ScenarioMistake: Error, CustomStringConvertible {
    var description: String
}

/// Reads a file of scenarios. Numbers are taken as text and become integers exactly.
struct ScenarioReader {
    let file: String

    func read(_ text: String) throws -> [Scenario] {
        guard let root = try Yams.compose(yaml: text), let items = root.sequence else {
            throw ScenarioMistake(description: "\(file):文件应当是算例的列表")
        }
        return try items.map { try scenario($0) }
    }

    private func scenario(_ node: Node) throws -> Scenario {
        let head = try Table(
            node, file,
            [
                "名称", "依据", "政策", "参保人", "就诊", "费用", "明细", "账户", "年度已用", "病种已用", "期望", "经过", "算式",
            ])
        let policy = try head.table("政策", ["统筹区", "日期"])
        let insured = try insured(head.table("参保人", Self.insuredFields))
        guard let area = AreaCode(try policy.text("统筹区")) else { throw policy.mistake("统筹区不是六位代码") }
        return Scenario(
            file: file, line: head.line, name: try head.text("名称"), area: area, day: try policy.day("日期"),
            insurance: insured.insurance, before: try before(head), acts: try acts(head, insured),
            arithmetic: (head.optionalText("算式") ?? "").split(separator: "\n").map(String.init))
    }

    private func acts(_ head: Table, _ insured: Insured) throws -> [Act] {
        guard let steps = head.optionalList("经过") else {
            return [.settle(try bill(head, head, insured), try expectation(head.table("期望", nil)))]
        }
        return try steps.map { node in
            let step = try Table(node, file, ["就诊", "费用", "明细", "账户", "期望", "撤销", "规则"])
            guard let nth = step.optionalText("撤销") else {
                return .settle(try bill(step, head, insured), try expectation(step.table("期望", nil)))
            }
            let rule: ReversalRule? = try step.optionalText("规则").map { text in
                switch text {
                case "须先撤销其后结算": .refuse
                case "其后结算重算": .recompute
                case "其后结算不变": .leave
                default: throw step.mistake("没有规则“\(text)”")
                }
            }
            return .reverse(Int(nth) ?? 0, rule, try expectation(step.table("期望", nil)))
        }
    }

    // MARK: People

    private static let insuredFields = [
        "险种", "类别", "年龄", "救助对象", "公务员补助", "企业补充", "大额补助", "大病限额提高",
    ]

    private func insured(_ table: Table) throws -> Insured {
        guard let insurance = Int64(try table.text("险种")).flatMap(Insurance.init(rawValue:)) else {
            throw table.mistake("险种应为 310 或 390")
        }
        let category = try table.choice("类别", PersonCategory.allCases, \.name)
        let groups = try table.choices("救助对象", AssistanceGroup.allCases, \.name)
        return Insured(
            insurance: insurance, category: category, age: Int(table.optionalText("年龄") ?? "40") ?? 40,
            assistance: AssistanceGroups(groups), hasCivilServantSubsidy: try table.flag("公务员补助"),
            hasEnterpriseSupplement: try table.flag("企业补充"),
            hasLargeAmount: try table.flag("大额补助", unless: true),
            criticalLimitRaise: try table.optionalMoney("大病限额提高") ?? .zero)
    }

    private func before(_ head: Table) throws -> YearToDate {
        var year = YearToDate()
        if let used = try head.optionalTable("年度已用", Accumulator.allCases.map(\.name)) {
            for accumulator in Accumulator.allCases {
                guard let text = used.optionalText(accumulator.name) else { continue }
                year[accumulator] = accumulator.isCount ? Int64(text) ?? 0 : try used.money(accumulator.name).fen
            }
        }
        if let used = try head.optionalTable("病种已用", nil) {
            for name in used.names {
                guard let code = DiseaseCode(name) else { throw used.mistake("病种编码 \(name) 不对") }
                year.use(code, Month(number: 0), try used.money(name))
            }
        }
        return year
    }

    // MARK: Bills

    private static let visitFields = [
        "类别", "级别", "开始", "结束", "异地", "情形", "病种", "已备案病种", "生育类别", "第三人责任", "第三人不支付",
        "双通道药店", "外购处方", "中途结算", "接续中途结算", "转院",
    ]

    private func bill(_ step: Table, _ head: Table, _ insured: Insured) throws -> Bill {
        let own = try step.optionalTable("就诊", Self.visitFields)
        let visit = try visit(own ?? head.table("就诊", Self.visitFields))
        let accounts =
            try step.optionalTable("账户", ["余额", "共济", "使用"])
            ?? head.optionalTable(
                "账户", ["余额", "共济", "使用"])
        var lines: [BillLine] = []
        if let items = step.optionalList("明细") { lines += try items.map { try line($0, visit) } }
        if let fees = try step.optionalTable("费用", Self.feeNames) { lines += try Self.lines(fees, visit) }
        return Bill(
            insured: insured, visit: visit, lines: lines,
            accounts: Accounts(
                balance: try accounts?.optionalMoney("余额") ?? .zero,
                shared: try accounts?.optionalMoney("共济") ?? .zero,
                isUsed: try accounts?.flag("使用", unless: true) ?? true))
    }

    private func visit(_ table: Table) throws -> Visit {
        var visit = Visit(
            care: try table.choice("类别", CareType.allCases, \.name),
            tier: try table.choice("级别", Tier.allCases, \.name), begin: try table.day("开始"),
            end: try table.optionalText("结束") == nil ? table.day("开始") : table.day("结束"))
        if table.optionalText("异地") != nil { visit.remote = try table.choice("异地", RemoteCare.allCases, \.name) }
        for (name, condition) in Self.conditions where try table.texts("情形").contains(name) {
            visit.conditions.formUnion(condition)
        }
        visit.disease = table.optionalText("病种").flatMap { DiseaseCode($0) }
        visit.filedDiseases = try table.texts("已备案病种").compactMap { DiseaseCode($0) }
        if table.optionalText("生育类别") != nil { visit.birth = try table.choice("生育类别", BirthKind.allCases, \.name) }
        if let share = table.optionalText("第三人责任") {
            visit.liability = Liability(share: try Rate(share), isUnpaid: try table.flag("第三人不支付"))
        }
        visit.isDualChannel = try table.flag("双通道药店")
        visit.hasPrescription = try table.flag("外购处方")
        visit.isInterim = try table.flag("中途结算")
        if let link = try table.optionalTable("接续中途结算", ["起付线", "已付", "政策范围内"]) {
            visit.link = .interim(
                scheduled: try link.money("起付线"), paid: try link.money("已付"), inScope: try link.money("政策范围内"))
        }
        if let link = try table.optionalTable("转院", ["来自", "已付"]) {
            visit.link = .transfer(from: try link.choice("来自", Tier.allCases, \.name), paid: try link.money("已付"))
        }
        return visit
    }

    private static let conditions: [(String, VisitConditions)] = [
        ("精神病", .mentalIllness), ("恶性肿瘤", .malignancy), ("传染病", .infectious), ("急诊抢救", .rescue),
        ("中医医疗机构", .traditionalChinese), ("家庭医生签约", .contractedDoctor),
    ]

    // MARK: Lines

    private static let feeNames = [
        "全自费", "超限价", "先行自付", "政策范围内", "政策范围内药品", "双通道药品", "医院负担",
    ]

    /// A bill that is given by its sums: one line for each, which splits into just that part.
    private static func lines(_ fees: Table, _ visit: Visit) throws -> [BillLine] {
        try fees.names.map { name in
            let amount = try fees.money(name)
            var line = BillLine(price: UnitPrice(amount), quantity: Quantity(1), feeClass: .a, day: visit.end)
            switch name {
            case "全自费": line.feeClass = .selfPaid
            case "超限价": line.priceCap = UnitPrice(microYuan: 0)
            case "先行自付": (line.feeClass, line.selfPayRatio) = (.b, .one)
            case "政策范围内药品": line.chargeType = .westernDrug
            case "双通道药品": (line.chargeType, line.flags) = (.westernDrug, .dualChannelDrug)
            case "医院负担": (line.feeClass, line.flags) = (.selfPaid, .hospitalBears)
            default: break
            }
            return line
        }
    }

    private func line(_ node: Node, _ visit: Visit) throws -> BillLine {
        let table = try Table(node, file, ["等级", "单价", "数量", "金额", "限价", "先行自付比例", "收费类别", "日期", "标志"])
        let flags = try table.texts("标志")
        var line = BillLine(
            price: try UnitPrice(table.text("单价")), quantity: try Quantity(table.text("数量")),
            amount: try table.optionalMoney("金额"), feeClass: try table.choice("等级", FeeClass.allCases, \.name),
            priceCap: try table.optionalText("限价").map { try UnitPrice($0) },
            selfPayRatio: try table.optionalText("先行自付比例").map { try Rate($0) } ?? .zero,
            day: try table.optionalText("日期") == nil ? visit.end : table.day("日期"))
        if table.optionalText("收费类别") != nil { line.chargeType = try table.choice("收费类别", ChargeType.allCases, \.name) }
        if flags.contains("限制条件不满足") { line.flags.formUnion(.restrictionUnmet) }
        if flags.contains("双通道药品") { line.flags.formUnion(.dualChannelDrug) }
        if flags.contains("医院负担") { line.flags.formUnion(.hospitalBears) }
        return line
    }

    // MARK: Expectations

    private func expectation(_ table: Table) throws -> Expectation {
        var expected = Expectation()
        for name in table.names {
            switch name {
            case "支付比例": expected.ratio = try Rate(table.text(name))
            case "问题": expected.problems = try table.texts(name)
            case "须先撤销": expected.refusedLater = Int(try table.text(name))
            case "重算": expected.recomputed = Int(try table.text(name))
            case "分割": expected.lines = try table.list(name).map { try split($0) }
            case "累计":
                let after = try table.table(name, Accumulator.allCases.map(\.name))
                for accumulator in Accumulator.allCases where after.optionalText(accumulator.name) != nil {
                    let value =
                        accumulator.isCount
                        ? Int64(try after.text(accumulator.name)) ?? 0
                        : try after.money(accumulator.name).fen
                    expected.accumulators.append((accumulator, value))
                }
            case "病种累计":
                let after = try table.table(name, nil)
                for code in after.names { expected.diseases.append((DiseaseCode(code)!, try after.money(code))) }
            default: expected.amounts.append((name, try table.money(name)))
            }
        }
        return expected
    }

    /// `[全自费, 超限价, 先行自付, 政策范围内]` of a line.
    private func split(_ node: Node) throws -> LineSplit {
        let figures = try (node.sequence ?? []).map { try Money($0.string ?? "") }
        guard figures.count == 4 else {
            throw ScenarioMistake(description: "\(file):\(node.mark?.line ?? 0):分割每行应有四个数")
        }
        return LineSplit(
            amount: figures.total(), fullSelfPay: figures[0], overLimit: figures[1], preSelfPay: figures[2],
            inScope: figures[3])
    }
}

/// A YAML mapping whose unknown keys are refused, so that a slip of the pen never passes for a test.
struct Table {
    let file: String
    let node: Node.Mapping
    let line: Int

    init(_ node: Node, _ file: String, _ known: [String]?) throws {
        line = node.mark?.line ?? 0
        self.file = file
        guard let mapping = node.mapping else { throw ScenarioMistake(description: "\(file):\(line):这里应当是表格") }
        self.node = mapping
        guard let known else { return }
        for name in names where !known.contains(name) {
            throw mistake("没有“\(name)”这一项,可以写:\(known.joined(separator: "、"))")
        }
    }

    var names: [String] { node.keys.compactMap(\.string) }

    func mistake(_ text: String) -> ScenarioMistake { ScenarioMistake(description: "\(file):\(line):\(text)") }

    func optionalText(_ name: String) -> String? { node[Node(name)]?.scalar?.string }

    func text(_ name: String) throws -> String {
        guard let text = optionalText(name), !text.isEmpty else { throw mistake("缺少“\(name)”") }
        return text
    }

    func money(_ name: String) throws -> Money {
        do { return try Money(text(name)) } catch { throw mistake("“\(name)”不是金额") }
    }

    func optionalMoney(_ name: String) throws -> Money? { try optionalText(name) == nil ? nil : money(name) }

    func day(_ name: String) throws -> Day {
        guard let day = Day(try text(name)) else { throw mistake("“\(name)”不是日期") }
        return day
    }

    func flag(_ name: String, unless usual: Bool = false) throws -> Bool {
        switch optionalText(name) {
        case nil: return usual
        case "是": return true
        case "否": return false
        default: throw mistake("“\(name)”应写 是 或 否")
        }
    }

    func choice<Value>(_ name: String, _ all: [Value], _ title: (Value) -> String) throws -> Value {
        let text = try text(name)
        guard let value = all.first(where: { title($0) == text }) else {
            throw mistake("“\(name)”不能是“\(text)”,可以写:\(all.map(title).joined(separator: "、"))")
        }
        return value
    }

    func choices<Value>(_ name: String, _ all: [Value], _ title: (Value) -> String) throws -> [Value] {
        try texts(name).map { text in
            guard let value = all.first(where: { title($0) == text }) else { throw mistake("“\(name)”不能是“\(text)”") }
            return value
        }
    }

    func texts(_ name: String) throws -> [String] { (optionalList(name) ?? []).compactMap(\.string) }
    func optionalList(_ name: String) -> [Node]? { node[Node(name)]?.sequence.map(Array.init) }

    func list(_ name: String) throws -> [Node] {
        guard let list = optionalList(name) else { throw mistake("缺少列表“\(name)”") }
        return list
    }

    func optionalTable(_ name: String, _ known: [String]?) throws -> Table? {
        try node[Node(name)].map { try Table($0, file, known) }
    }

    func table(_ name: String, _ known: [String]?) throws -> Table {
        guard let table = try optionalTable(name, known) else { throw mistake("缺少“\(name)”") }
        return table
    }
}
