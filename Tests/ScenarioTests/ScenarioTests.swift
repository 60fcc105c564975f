import Basics
import Foundation
import Policy
import Testing

@testable import Benefits

/// Every scenario of `scenarios/` comes out as business staff wrote it.
@Suite struct ScenarioTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let scenarios = Result { try readAll() }
    static let runner = Result {
        ScenarioRunner(books: [
            try PolicyBook.load(root.appending(path: "policies").path),
            try PolicyBook.load(root.appending(path: "scenarios/policies").path),
        ])
    }

    static func readAll() throws -> [Scenario] {
        let folder = root.appending(path: "scenarios")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        return try files.sorted().flatMap { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return try ScenarioReader(file: "scenarios/\(name)").read(text)
        }
    }

    @Test func allScenariosComeOutAsWritten() throws {
        let runner = try Self.runner.get()
        for scenario in try Self.scenarios.get() {
            let differences = runner.differences(scenario)
            if !differences.isEmpty {
                Issue.record(
                    "\(scenario.file):\(scenario.line) \(scenario.name)\n  \(differences.joined(separator: "\n  "))")
            }
        }
    }

    /// The scenarios' own areas are law like any other, and pass the same check.
    @Test func thePoliciesOfTheScenariosPassTheCheck() throws {
        let folder = Self.root.appending(path: "scenarios/policies").path
        _ = try PolicyBook.load(folder, declared: BenefitParameters.declarations)
    }

    @Test func thereAreManyAndEachHasItsOwnName() throws {
        let names = try Self.scenarios.get().map(\.name)
        #expect(names.count >= 170)
        #expect(Set(names).count == names.count)
    }

    /// A scenario with one fen changed in an expectation must fail, whichever scenario and whichever fen.
    @Test func aFenMoreOrLessInAnyExpectationIsFound() throws {
        let runner = try Self.runner.get()
        for scenario in try Self.scenarios.get() {
            for index in scenario.acts.indices {
                guard case .settle(let bill, var expected) = scenario.acts[index] else { continue }
                for place in expected.amounts.indices {
                    expected.amounts[place].value.fen += 1
                    var wrong = scenario
                    wrong.acts[index] = .settle(bill, expected)
                    #expect(!runner.differences(wrong).isEmpty, "\(scenario.name) \(expected.amounts[place].name)")
                    expected.amounts[place].value.fen -= 1
                }
            }
        }
    }

    /// By hand: what the funds and the hospital pay stands in the arithmetic, worked out or stated as a limit; a
    /// refusal says why.
    @Test func everyScenarioIsWrittenWithItsArithmetic() throws {
        for scenario in try Self.scenarios.get() {
            #expect(!scenario.arithmetic.isEmpty, "\(scenario.file):\(scenario.line) \(scenario.name)")
            let expectations = scenario.acts.map(\.expectation)
            let isSettled = expectations.contains(where: \.problems.isEmpty)
            #expect(
                scenario.arithmetic.contains(where: Arithmetic.isEquation) || !isSettled,
                "\(scenario.file):\(scenario.line) \(scenario.name)")
            let written = Arithmetic.amounts(in: scenario.arithmetic)
            for (name, value) in expectations.flatMap(\.amounts)
            where Self.payers.contains(name) && value != .zero {
                #expect(
                    written.contains(Arithmetic.Ratio(Int128(value.fen), 100)),
                    "\(scenario.file):\(scenario.line) \(scenario.name):\(name) \(value)")
            }
        }
    }

    /// Whose figures must be worked out; what is left is the patient's.
    private static let payers: Set<String> = [
        "统筹基金", "大额补助", "大病保险", "公务员补助", "企业补充", "医疗救助", "其他支出", "医院负担", "待追偿",
    ]

    @Test func aPayerLeftOutOfTheExpectationIsFound() throws {
        let runner = try Self.runner.get()
        let scenario = try #require(try Self.scenarios.get().first { $0.name.hasPrefix("E2") })
        guard case .settle(let bill, var expected) = scenario.acts[0] else { return }
        expected.amounts.removeAll { $0.name == "统筹基金" }
        var wrong = scenario
        wrong.acts[0] = .settle(bill, expected)
        #expect(runner.differences(wrong).contains { $0.hasPrefix("统筹基金") })
    }

    @Test(arguments: [
        ("(100,000 − 1,000) × 60% = 59,400", true), ("66605 ÷ 95% ≈ 70110.53", true),
        ("封顶:66605 ÷ 95% = 70110.53", false), ("三段:50000 × 60% + 34000 × 70% = 53800", true),
        ("1 + 1 = 3", false), ("没有等号的说明", true), ("1 ÷ 0 = 1", false), ("28,700 × 85% = 24,395 = 24395", true),
    ])
    func writtenArithmeticIsChecked(_ line: String, _ isRight: Bool) {
        #expect(Arithmetic.mistakes(in: [line]).isEmpty == isRight)
    }

    @Test func aMistakeInAScenarioFileIsNamedWithItsPlace() {
        #expect {
            _ = try ScenarioReader(file: "示例.yaml").read("- 名称: 缺项\n  期待: {现金: 1}")
        } throws: { error in
            "\(error)".contains("示例.yaml:1") && "\(error)".contains("期待")
        }
    }
}
