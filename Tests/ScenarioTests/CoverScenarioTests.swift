import Basics
import Foundation
import Policy
import Testing

@testable import Enrolment

/// Every scenario of `scenarios/cover/` comes out as business staff wrote it.
@Suite("Scenarios of cover")
struct CoverScenarioTests {
    static let scenarios = Result { try readAll() }

    static func readAll() throws -> [CoverScenario] {
        let folder = ScenarioTests.root.appending(path: "scenarios/cover")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        return try files.sorted().flatMap { name in
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            return try CoverScenarioReader(file: "scenarios/cover/\(name)").read(text)
        }
    }

    static let laws: Result<[AreaCode: CoverLaw], any Error> = Result {
        var laws: [AreaCode: CoverLaw] = [:]
        for folder in ["policies/demo", "scenarios/cover/policies"] {
            let book = try PolicyBook.load(ScenarioTests.root.appending(path: folder).path)
            for (code, policy) in book.areas { laws[code] = try CoverLaw(policy) }
        }
        return laws
    }

    private func spans(_ scenario: CoverScenario) throws -> [CoverSpan] {
        let law = try #require(try Self.laws.get()[scenario.area], "\(scenario.area) 没有待遇享受规则")
        return scenario.given.spans(law: law, asOf: scenario.asOf)
    }

    @Test func allComeOutAsWritten() throws {
        for scenario in try Self.scenarios.get() {
            let place = "\(scenario.file):\(scenario.line) \(scenario.name)"
            let spans = try spans(scenario)
            let words = CoverScenario.words(spans)
            if words != scenario.expected {
                Issue.record(
                    "\(place)\n  应为 \(scenario.expected.joined(separator: ";"))\n  实为 \(words.joined(separator: ";"))")
            }
            for (year, amount) in scenario.raises {
                let raise = spans.compactMap { span -> Money? in
                    guard case .covered(let cover) = span.state,
                        span.period.contains(Day(year: year, month: 12, day: 31)!)
                    else { return nil }
                    return cover.criticalRaise
                }
                #expect(raise == [amount], "\(place) \(year) 年激励")
            }
            let mistakes = Arithmetic.mistakes(in: scenario.arithmetic)
            #expect(mistakes == [], "\(place)")
        }
    }

    @Test func thereIsOneForEachRuleAndEachHasItsOwnName() throws {
        let scenarios = try Self.scenarios.get()
        #expect(scenarios.count >= 40)
        #expect(Set(scenarios.map(\.name)).count == scenarios.count)
        let told = Set(scenarios.flatMap(\.expected).compactMap { $0.split(separator: " ").last.map(String.init) })
        let silent = NoCover.Reason.allCases.filter { $0 != .notInsured && !told.contains($0.name) }
        #expect(silent.isEmpty, "no scenario tells of \(silent)")
    }

    /// Moving any expected boundary by a day must be found.
    @Test func aDayMoreOrLessIsFound() throws {
        for scenario in try Self.scenarios.get() {
            let spans = try spans(scenario)
            for index in spans.indices.dropFirst()
            where spans[index].state.isCovered != spans[index - 1].state.isCovered {
                var wrong = spans
                wrong[index].period.first = wrong[index].period.first + 1
                #expect(CoverScenario.words(wrong) != scenario.expected, "\(scenario.name)")
            }
        }
    }

    /// Each sentence says what to do, and each rule of law its clause.
    @Test func everyReasonHasASentence() throws {
        for scenario in try Self.scenarios.get() {
            for case .notCovered(let reason) in try spans(scenario).map(\.state) {
                #expect(reason.problem.code.hasPrefix("enrolment.entitlement."))
                #expect(!reason.problem.message.contains(" 起") || reason.day != nil || reason.month != nil)
                let decidedByLaw: Set<NoCover.Reason> = [
                    .unpaid, .startsLater, .arrears, .resumesLater, .waiting, .yearUnpaid, .residentWaiting,
                ]
                if decidedByLaw.contains(reason.reason) {
                    #expect(reason.problem.message.contains("依据"), "\(scenario.name) \(reason.reason.name)")
                }
            }
        }
    }
}
