import Basics
import Policy

@testable import Benefits

/// Carries out scenarios and says where the result differs from what was written.
struct ScenarioRunner {
    let books: [PolicyBook]

    /// Every difference, in words; empty when all is as expected.
    func differences(_ scenario: Scenario) -> [String] {
        var found = Arithmetic.mistakes(in: scenario.arithmetic)
        do {
            let terms = try terms(scenario)
            var run = Run(terms: terms, year: scenario.before)
            for (index, act) in scenario.acts.enumerated() {
                found += run.carryOut(act).map { scenario.acts.count > 1 ? "第 \(index + 1) 步:\($0)" : $0 }
            }
        } catch {
            found.append("\(error)")
        }
        return found
    }

    private func terms(_ scenario: Scenario) throws -> BenefitTerms {
        for book in books {
            guard let area = book.areas[scenario.area] else { continue }
            return try BenefitTerms(area.on(scenario.day, for: scenario.insurance))
        }
        throw ScenarioMistake(description: "没有统筹区 \(scenario.area) 的政策文件")
    }
}

/// One person's settlements of a scenario, in order.
private struct Run {
    let terms: BenefitTerms
    var year: YearToDate
    var settled: [SettledBill] = []

    mutating func carryOut(_ act: Act) -> [String] {
        switch act {
        case .settle(let bill, let expected): settle(bill, expected)
        case .reverse(let nth, let rule, let expected): reverse(nth, rule, expected)
        }
    }

    private mutating func settle(_ bill: Bill, _ expected: Expectation) -> [String] {
        do {
            let outcome = try Benefits.settle(bill, terms: terms, soFar: year)
            settled.append(
                SettledBill(id: ID(Int64(settled.count + 1)), bill: bill, terms: terms, outcome: outcome))
            year = outcome.after
            if !expected.problems.isEmpty { return ["应当拒绝结算:\(expected.problems.joined(separator: "、")),却结算了"] }
            return expected.differences(from: outcome)
        } catch {
            let codes = error.all.map(\.code)
            return codes == expected.problems ? [] : ["结算被拒绝:\(error)"]
        }
    }

    private mutating func reverse(_ nth: Int, _ rule: ReversalRule?, _ expected: Expectation) -> [String] {
        do {
            let id = ID<SettlementRecord>(Int64(nth))
            let rule = rule ?? terms.settlement.reversal.value
            let effect = try Benefits.effectOfReversal(of: id, among: settled, rule: rule)
            return carryOut(effect, of: id, expected)
        } catch {
            return ["撤销失败:\(error)"]
        }
    }

    private mutating func carryOut(
        _ effect: ReversalEffect, of id: ID<SettlementRecord>, _ expected: Expectation
    ) -> [String] {
        switch effect {
        case .refused(let later):
            return later.count == expected.refusedLater ? [] : ["应先撤销 \(later.count) 笔,与期望不同"]
        case .nothingElse(let after):
            settled.removeAll { $0.id == id }
            year = after
            if expected.refusedLater != nil || expected.recomputed != nil { return ["其后的结算不受影响,与期望不同"] }
            return expected.accumulatorDifferences(from: after)
        case .recomputed(let changed, let after):
            settled.removeAll { $0.id == id }
            year = after
            guard changed.count == expected.recomputed, let last = changed.last else {
                return ["重算 \(changed.count) 笔,与期望不同"]
            }
            return expected.differences(from: last.now)
        }
    }
}

extension Expectation {
    /// Every amount that a scenario may name.
    private static let figures: [(name: String, of: @Sendable (Outcome) -> Money, isPayer: Bool)] = [
        ("医疗费总额", { $0.parts.totalFee }, false), ("全自费", { $0.parts.fullSelfPay }, false),
        ("超限价", { $0.parts.overLimitSelfPay }, false), ("先行自付", { $0.parts.preSelfPay }, false),
        ("政策范围内", { $0.parts.inScope }, false), ("起付线", { $0.parts.deductible }, false),
        ("统筹基金", { $0.parts.pool }, true), ("公务员补助", { $0.parts.civilServant }, true),
        ("企业补充", { $0.parts.enterprise }, true), ("大病保险", { $0.parts.critical }, true),
        ("大额补助", { $0.parts.largeAmount }, true), ("医疗救助", { $0.parts.assistance }, true),
        ("其中倾斜救助", { outcome in outcome.funds.filter { $0.fund == .furtherAssistance }.map(\.amount).total() }, true),
        ("其他支出", { $0.parts.other }, true), ("基金支付总额", { $0.parts.fundTotal }, false),
        ("个人负担", { $0.parts.personal }, false), ("个人账户", { $0.parts.account }, true),
        ("账户共济", { $0.parts.sharedAccount }, true), ("现金", { $0.parts.cash }, true),
        ("医院负担", { $0.parts.hospital }, true), ("账户余额", { $0.parts.accountBalance }, false),
        ("待追偿", { $0.recoverable }, true), ("第三人责任部分", { $0.liableShare }, true),
    ]

    func differences(from outcome: Outcome) -> [String] {
        var found: [String] = []
        for (name, value) in amounts {
            guard let figure = Self.figures.first(where: { $0.name == name }) else {
                found.append("期望里没有“\(name)”这一项")
                continue
            }
            let actual = figure.of(outcome)
            if actual != value { found.append("\(name):期望 \(value),算得 \(actual)") }
        }
        for figure in Self.figures where figure.isPayer && !amounts.contains(where: { $0.name == figure.name }) {
            let actual = figure.of(outcome)
            if actual != .zero { found.append("\(figure.name):没有写期望,算得 \(actual)") }
        }
        if let ratio, ratio != outcome.parts.poolRatio {
            found.append("支付比例:期望 \(ratio),算得 \(outcome.parts.poolRatio)")
        }
        for (index, split) in lines.enumerated() where outcome.lines[index] != split {
            found.append("第 \(index + 1) 行分割不同:算得 \(outcome.lines[index])")
        }
        return found + accumulatorDifferences(from: outcome.after)
    }

    func accumulatorDifferences(from year: YearToDate) -> [String] {
        var found: [String] = []
        for (accumulator, value) in accumulators where year[accumulator] != value {
            found.append("\(accumulator.name):期望 \(value),算得 \(year[accumulator])(分或次)")
        }
        for (code, value) in diseases {
            let actual = year.diseases.filter { $0.disease == code }.map(\.used).total()
            if actual != value { found.append("病种 \(code) 累计:期望 \(value),算得 \(actual)") }
        }
        return found
    }
}
