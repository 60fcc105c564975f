import Basics
import Contributions
import Foundation
import Policy
import Testing
import Yams

/// Interest on personal accounts (个人账户计息) comes out as `scenarios/accounts/interest.yaml` writes it.
@Suite("个人账户计息算例")
struct AccountScenarioTests {
    static let name = "scenarios/accounts/interest.yaml"
    static let scenarios = Result { try read() }

    static func read() throws -> [InterestScenario] {
        let text = try String(contentsOf: ScenarioTests.root.appending(path: name), encoding: .utf8)
        guard let items = try Yams.compose(yaml: text)?.sequence else {
            throw ScenarioMistake(description: "\(name):文件应当是算例的列表")
        }
        return try items.map { try InterestScenario($0, file: name) }
    }

    @Test("每个算例的利息、期末余额或拒绝原因与所写相同")
    func comeOutAsWritten() throws {
        for scenario in try Self.scenarios.get() {
            let outcome = scenario.outcome()
            #expect(outcome == scenario.expected, "\(Self.name):\(scenario.line) \(scenario.name)")
        }
    }

    @Test("算式都算得通,名称不重复")
    func arithmetic() throws {
        let scenarios = try Self.scenarios.get()
        #expect(scenarios.count >= 18)
        #expect(Set(scenarios.map(\.name)).count == scenarios.count)
        for scenario in scenarios {
            #expect(Arithmetic.mistakes(in: scenario.arithmetic) == [], "\(scenario.name)")
        }
    }

    @Test("利息多一分少一分都会被发现")
    func aFenMatters() throws {
        for scenario in try Self.scenarios.get() {
            guard case .interest(var expected) = scenario.expected else { continue }
            expected.carried.fen += 1
            #expect(scenario.outcome() != .interest(expected))
        }
    }
}

/// A year of one account, and what it earns.
struct InterestScenario: Sendable {
    var name: String
    var line: Int
    var days: ClosedRange<Day>
    var terms: AccountInterest.Terms
    var opening: Money
    var movements: [AccountInterest.Movement]
    var expected: Outcome
    var arithmetic: [String]

    enum Outcome: Equatable, Sendable {
        case interest(Figures)
        case refused(String)
    }

    struct Figures: Equatable, Sendable {
        var carried: Money
        var current: Money
        var closing: Money
    }

    init(_ node: Node, file: String) throws {
        let head = try Table(node, file, ["名称", "依据", "年度", "止", "利率", "上年结转", "流水", "期望", "算式"])
        name = try head.text("名称")
        line = head.line
        let yearTable = try head.table("年度", ["年", "结息日", "口径", "冲减"])
        let settled = try yearTable.choice("结息日", InterestYear.SettlementDay.allCases, \.policyTerm)
        let year = InterestYear(Int(try yearTable.text("年")) ?? 0, settled)
        days = year.days.lowerBound...(head.optionalText("止") == nil ? year.days.upperBound : try head.day("止"))
        terms = AccountInterest.Terms(
            rates: try head.list("利率").map { node in
                let table = try Table(node, file, ["自", "活期", "三个月"])
                return AccountInterest.Rates(
                    from: try table.day("自"), demand: try Rate(try table.text("活期")),
                    threeMonth: try Rate(try table.text("三个月")))
            },
            count: try yearTable.choice("口径", InterestCounting.allCases, \.policyTerm).count,
            withdrawals: try yearTable.choice("冲减", AccountInterest.Withdrawals.allCases, \.policyTerm))
        opening = try head.money("上年结转")
        movements = try (head.optionalList("流水") ?? []).map {
            try Self.movement(try Table($0, file, ["日期", "摘要", "金额"]))
        }
        expected = try Self.expected(try head.table("期望", ["结转利息", "当年利息", "期末余额", "问题"]))
        arithmetic = (head.optionalText("算式") ?? "").split(separator: "\n").map(String.init)
    }

    private static func movement(_ table: Table) throws -> AccountInterest.Movement {
        let effects: [(String, AccountInterest.Movement.Effect)] = [
            ("划入", .into(.current)), ("转入", .into(.current)), ("支付", .withdrawn), ("退回", .returned),
            ("更正当年", .into(.current)), ("更正结转", .into(.carried)),
        ]
        return AccountInterest.Movement(
            day: try table.day("日期"), amount: try table.money("金额"),
            try table.choice("摘要", effects, { $0.0 }).1)
    }

    private static func expected(_ table: Table) throws -> Outcome {
        if let code = table.optionalText("问题") { return .refused(code) }
        return .interest(
            Figures(
                carried: try table.money("结转利息"), current: try table.money("当年利息"), closing: try table.money("期末余额")))
    }

    func outcome() -> Outcome {
        do {
            let outcome = try AccountInterest.reckon(opening: opening, movements, over: days, terms)
            return .interest(
                Figures(carried: outcome.carried, current: outcome.current, closing: outcome.closing))
        } catch {
            return .refused(error.code)
        }
    }
}
