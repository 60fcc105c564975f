import Basics
import Foundation
import Policy
import Testing
import Yams

@testable import Contributions

/// Every scenario of `scenarios/contributions/` comes out as business staff wrote it.
@Suite("Scenarios of contributions")
struct LevyScenarioTests {
    static let scenarios = Result { try readAll() }
    static let laws: Result<[AreaCode: AreaPolicy], any Error> = Result {
        var laws: [AreaCode: AreaPolicy] = [:]
        for folder in ["policies/demo", "scenarios/contributions/policies"] {
            laws.merge(try PolicyBook.load(ScenarioTests.root.appending(path: folder).path).areas) { first, _ in first }
        }
        return laws
    }

    static func readAll() throws -> [LevyScenario] {
        let folder = ScenarioTests.root.appending(path: "scenarios/contributions")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        return try files.sorted().flatMap { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            guard let items = try Yams.compose(yaml: text)?.sequence else {
                throw ScenarioMistake(description: "\(name):文件应当是算例的列表")
            }
            return try items.map { try LevyScenario($0, file: "scenarios/contributions/\(name)") }
        }
    }

    @Test func allComeOutAsWritten() throws {
        for scenario in try Self.scenarios.get() {
            let place = "\(scenario.file):\(scenario.line) \(scenario.name)"
            #expect(try scenario.outcome(Self.laws.get()) == scenario.expected, "\(place)")
            #expect(Arithmetic.mistakes(in: scenario.arithmetic) == [], "\(place)")
        }
    }

    @Test func thereAreManyAndEachHasItsOwnName() throws {
        let names = try Self.scenarios.get().map(\.name)
        #expect(names.count >= 40)
        #expect(Set(names).count == names.count)
    }

    @Test func aFenMoreInAnyExpectationIsFound() throws {
        for scenario in try Self.scenarios.get() {
            for (name, text) in scenario.expected {
                guard let money = try? Money(text) else { continue }
                var wrong = scenario.expected
                wrong[name] = Money(fen: money.fen + 1).description
                #expect(try scenario.outcome(Self.laws.get()) != wrong, "\(scenario.name) \(name)")
            }
        }
    }

    @Test func theScenariosOwnLawPassesTheCheck() throws {
        _ = try PolicyBook.load(
            ScenarioTests.root.appending(path: "scenarios/contributions/policies").path,
            declared: LevyParameters.declarations)
    }
}

/// A situation of contributions and what must come of it, figure by figure.
struct LevyScenario {
    let file: String
    let line: Int
    let name: String
    let expected: [String: String]
    let arithmetic: [String]
    private let given: Given

    private enum Given {
        case levy(AreaCode, Month, LevyClass, wage: Money, item: String)
        case undeclared(AreaCode, Month, LevyClass, last: [LevyPart])
        case lateFee(LateFeeTerms, owed: Money, due: Day, paid: Day)
        case resident(AreaCode, year: Int, ResidentClass, [GroupSubsidy], daysLate: Int?)
    }

    init(_ node: Node, file: String) throws {
        let head = try Table(node, file, ["名称", "依据", "政策", "缴费", "未申报", "滞纳金", "居民", "期望", "算式"])
        self.file = file
        line = head.line
        name = try head.text("名称")
        arithmetic = (head.optionalText("算式") ?? "").split(separator: "\n").map(String.init)
        given = try LevyScenario.given(head)
        let table = try head.table("期望", nil)
        expected = try Dictionary(
            uniqueKeysWithValues: table.names.map { name in
                let text = try table.text(name)
                return (name, name == "天数" ? text : ((try? Money(text))?.description ?? text))
            })
    }

    private static func given(_ head: Table) throws -> Given {
        if let table = try head.optionalTable("滞纳金", ["欠缴", "缴费期限", "实缴", "含当日", "封顶"]) {
            let terms = LateFeeTerms(
                daily: Rate(partsPerMillion: 500), includesPaidDay: try table.flag("含当日"),
                isCapped: try table.flag("封顶"))
            return .lateFee(
                terms, owed: try table.money("欠缴"), due: try table.day("缴费期限"), paid: try table.day("实缴"))
        }
        let law = try head.table("政策", ["统筹区", "月份", "年度"])
        guard let area = AreaCode(try law.text("统筹区")) else { throw law.mistake("统筹区不是六位代码") }
        if let table = try head.optionalTable("居民", ["类别", "资助", "迟缴天数"]) {
            guard let year = Int(try law.text("年度")) else { throw law.mistake("年度不是年份") }
            return .resident(
                area, year: year, try table.choice("类别", ResidentClass.allCases, \.name),
                try (table.optionalList("资助") ?? []).map {
                    try subsidy(Table($0, head.file, ["对象", "比例", "定额", "出资"]))
                },
                daysLate: table.optionalText("迟缴天数").flatMap { Int($0) })
        }
        guard let month = Month(try law.text("月份")) else { throw law.mistake("月份应写成 2026-03") }
        if let table = try head.optionalTable("未申报", ["类别", "上月基数", "上月单位", "上月个人"]) {
            var last: [LevyPart] = []
            if let base = try table.optionalMoney("上月基数") {
                last = [
                    LevyPart(
                        insurance: .employee, base: base, employer: try table.money("上月单位"),
                        personal: try table.money("上月个人"))
                ]
            }
            return .undeclared(area, month, try table.choice("类别", LevyClass.allCases, \.name), last: last)
        }
        let table = try head.table("缴费", ["类别", "工资", "险种"])
        return .levy(
            area, month, try table.choice("类别", LevyClass.allCases, \.name), wage: try table.money("工资"),
            item: table.optionalText("险种") ?? Insurance.employee.name)
    }

    private static func subsidy(_ table: Table) throws -> GroupSubsidy {
        let group = try table.choice("对象", AssistanceGroup.allCases, \.name)
        let payer = try table.choice("出资", AidPayer.allCases, \.name)
        if let amount = try table.optionalMoney("定额") { return GroupSubsidy(group, .amount(amount), by: payer) }
        return GroupSubsidy(group, .share(try Rate(table.text("比例"))), by: payer)
    }

    // MARK: What comes of it

    func outcome(_ laws: [AreaCode: AreaPolicy]) throws -> [String: String] {
        func law(_ area: AreaCode) throws -> AreaPolicy { try #require(laws[area], "\(area) 没有政策") }
        switch given {
        case .levy(let area, let month, let payer, let wage, let item):
            let terms = try LevyTerms(law(area), month: month)
            let parts = terms.levy(payer, on: terms.base(of: wage)).filter { item == "合计" || $0.insurance.name == item }
            return figures(parts)
        case .undeclared(let area, let month, let payer, let last):
            let parts = try LevyTerms(law(area), month: month).undeclared(payer, lastMonth: last)
            return figures(parts.filter { $0.insurance == .employee })
        case .lateFee(let terms, let owed, let due, let paid):
            return [
                "天数": "\(terms.days(due: due, paid: paid))",
                "滞纳金": terms.fee(on: owed, due: due, paid: paid).description,
            ]
        case .resident(let area, let year, let payer, let subsidies, let daysLate):
            return try resident(law(area), year, payer, subsidies, daysLate)
        }
    }

    private func figures(_ parts: [LevyPart]) -> [String: String] {
        [
            "基数": (parts.first?.base ?? .zero).description, "单位": parts.map(\.employer).total().description,
            "个人": parts.map(\.personal).total().description,
        ]
    }

    private func resident(
        _ law: AreaPolicy, _ year: Int, _ payer: ResidentClass, _ subsidies: [GroupSubsidy], _ daysLate: Int?
    ) throws -> [String: String] {
        let terms = try ResidentTerms(law, year: year)
        let levy = ResidentLevy(try #require(terms.shares[payer]), subsidies: subsidies)
        var figures = [
            "个人": levy.personal.description, "财政": levy.fiscal.description, "资助": levy.subsidy.description,
            "合计": levy.total.description,
        ]
        if let subsidised = levy.subsidised { figures["出资"] = subsidised.payer.name }
        if let daysLate {
            let due = terms.dueDay(of: year)
            let view = try law.on(due, for: .resident)
            let standing = BillStanding(
                payable: levy.personal, due: due, payments: [], terms: try LateFeeTerms(view), on: due + daysLate)
            figures["滞纳金"] = standing.lateFee.description
        }
        return figures
    }
}
