import Basics
import Foundation
import Policy
import Testing

@testable import Benefits

@Suite struct YearAndReversalTests {
    private func visit(_ begin: String, _ end: String) -> Visit {
        Visit(care: .inpatient, tier: .third, begin: Day(begin)!, end: Day(end)!)
    }

    @Test func aYearMayBeginInAnotherMonth() {
        let year = YearTerms(beginsInMonth: 7)
        #expect(year.year(of: Day("2026-06-30")!) == 2025)
        #expect(year.year(of: Day("2026-07-01")!) == 2026)
        #expect(year.firstDay(of: 2026) == Day("2026-07-01")!)
    }

    @Test func aStayAcrossTheYearsEndCountsByThePolicysRule() {
        var terms = BenefitTerms(area: AreaCode(990_100))
        let stay = visit("2025-12-20", "2026-01-08")
        #expect(Benefits.year(of: stay, terms: terms) == 2026)
        terms.year.acrossYears = Stated(.admissionYear)
        #expect(Benefits.year(of: stay, terms: terms) == 2025)
        #expect(Benefits.policyDay(of: stay, rule: .begin) == stay.begin)
        #expect(Benefits.policyDay(of: stay, rule: .end) == stay.end)
    }

    @Test func aSettlementThatIsNotThereCannotBeReversed() {
        #expect(throws: Problems.self) {
            _ = try Benefits.effectOfReversal(of: ID(7), among: [], rule: .refuse)
        }
    }

    @Test func aPersonWithoutASchemeIsToldWhy() {
        let bill = Bill(
            insured: Insured(insurance: .retiredCadre, category: .retiredCadre, age: 95),
            visit: visit("2026-02-01", "2026-02-03"), lines: [])
        #expect {
            _ = try Benefits.settle(bill, terms: BenefitTerms(area: AreaCode(990_100)), soFar: YearToDate())
        } throws: { error in
            (error as? Problems)?.all.map(\.code) == ["benefits.insured.noScheme"]
        }
    }
}

@Suite struct CodingTests {
    @Test(arguments: ["M03900", "M07801", "A", "Z.9", "ABCDEFGHIJKL", "000000000001"])
    func aDiseaseCodeSurvivesPacking(_ text: String) {
        #expect(DiseaseCode(text)?.description == text)
    }

    @Test(arguments: ["", "ABCDEFGHIJKLM", "高血压", "M-1"])
    func aCodeThatDoesNotFitIsRefused(_ text: String) {
        #expect(DiseaseCode(text) == nil)
    }

    @Test func damagedBytesAreRefusedNotMisread() throws {
        let steps = [Step(.pool, clause: ClauseRef(3), mark: -1, base: Money(fen: .max), value: 850_000, result: .zero)]
        let bytes = StepCoding.encode(steps)
        #expect(try StepCoding.decode(bytes) == steps)
        for length in 0..<bytes.count {
            #expect(throws: Problems.self) { _ = try StepCoding.decode(Array(bytes[..<length])) }
        }
        #expect(throws: Problems.self) { _ = try StepCoding.decode(bytes + [0]) }
        #expect(throws: Problems.self) { _ = try StepCoding.decode([9] + bytes.dropFirst()) }
        #expect(throws: Problems.self) { _ = try YearToDate(encoded: [1, 200, 1]) }
    }

    @Test func anEmptyYearIsThreeBytes() throws {
        #expect(YearToDate().encoded == [1, 0, 0])
        #expect(try YearToDate(encoded: [1, 0, 0]) == YearToDate())
    }

    @Test func limitsOfAQuarterBeginWithTheQuarter() {
        let day = Day("2026-05-31")!
        #expect(LimitPeriod.quarter.first(of: day) == Month(year: 2026, month: 4))
        #expect(LimitPeriod.month.first(of: day) == Month(year: 2026, month: 5))
        #expect(LimitPeriod.year.first(of: day) == LimitPeriod.year.first(of: Day("2026-01-01")!))
    }
}

@Suite struct ExplanationTests {
    static let policies = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "policies")

    @Test func everyStepHasWords() {
        let terms = BenefitTerms(area: AreaCode(990_100), clauses: [Clause(title: "住院支付比例", basis: "示例第一条")])
        for kind in Step.Kind.allCases where kind != .cash {
            let step = Step(
                kind, clause: ClauseRef(0), mark: 2, base: Money(yuan: 10), value: 850_000, result: Money(yuan: 8))
            let row = Explanation.rows([step], terms: terms)[0]
            #expect(!row.what.isEmpty && row.what != "个人现金支付", "\(kind)")
            #expect(row.clause == "住院支付比例(示例第一条)")
        }
    }

    /// The demonstration city's inpatient bill, told to the patient with the law beside every figure.
    @Test func aPatientReadsWhatWasReckonedAndByWhichLaw() throws {
        let law = try PolicyBook.load(Self.policies.path).area(AreaCode(990_100))
        let terms = try BenefitTerms(law.on(Day("2026-03-01")!, for: .employee))
        let day = Day("2026-03-01")!
        let bill = Bill(
            insured: Insured(insurance: .employee, category: .retired, age: 70),
            visit: Visit(care: .inpatient, tier: .third, begin: day - 5, end: day),
            lines: [BillLine(price: UnitPrice(Money(yuan: 61_000)), quantity: Quantity(1), feeClass: .a, day: day)])
        let outcome = try Benefits.settle(bill, terms: terms, soFar: YearToDate())
        let lines = Explanation.lines(outcome.steps, terms: terms)
        #expect(lines.contains { $0.hasPrefix("起付标准 → 1,000.00;依据:住院起付标准(") })
        #expect(lines.contains { $0.hasPrefix("自 50,000.00 元起的费用段,统筹支付:10,000.00,95% → 9,500.00;依据:") })
        #expect(Explanation.shares(outcome).text.contains("职工统筹基金"))
        #expect(Explanation.table(outcome.steps, terms: terms).text.contains("54,500.00"))
        for step in outcome.steps where [.deductibleScheduled, .band, .ratioBonus].contains(step.kind) {
            #expect(step.clause != .none, "\(step.kind)")
        }
    }

    /// Whatever the law of every area and day says compiles, twice to the same terms.
    @Test func theLawOfEveryAreaCompiles() throws {
        for law in try PolicyBook.load(Self.policies.path).areas.values {
            for insurance in law.insurances where BenefitParameters.schemes.contains(insurance) {
                for year in 2024...2026 {
                    let day = Day(year: year, month: 3, day: 1)!
                    guard let view = try? law.on(day, for: insurance), view.states(BenefitParameters.inpatient.bands)
                    else {
                        continue
                    }
                    #expect(try BenefitTerms(view) == BenefitTerms(view))
                }
            }
        }
    }

    @Test func termsNeedAnInsurance() throws {
        let law = try PolicyBook.load(Self.policies.path).area(AreaCode(990_100))
        #expect(throws: Problems.self) { _ = try BenefitTerms(law.on(Day("2026-03-01")!)) }
    }
}
