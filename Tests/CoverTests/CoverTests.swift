import Basics
import Policy
import Testing

@testable import Enrolment

/// What must hold of cover whatever was paid: tried on a thousand invented lives each.
@Suite("Properties of cover")
struct CoverTests {
    private static let lives = 1_000

    @Test(
        "Arrears go on over a merger of employers, a change of category and a merger of numbers; a new employer begins anew"
    )
    func arrearsGoOn() throws {
        func answers(_ reason: SpellReason, paid: [(String, String)]) -> [String] {
            func month(_ text: String) -> ClosedRange<Month> { Month(text)!...Month(text)! }
            let given = CoverCase(
                birth: Day("1980-05-05")!,
                spells: [
                    Spell(
                        id: ID(1), insurance: .employee, category: .employed,
                        period: Period(from: Day("2026-01-01")!, through: Day("2026-05-31")!)!),
                    Spell(
                        id: ID(2), insurance: .employee, category: .employed,
                        period: Period(from: Day("2026-06-01")!, through: nil)!, reason: reason),
                ],
                contributions: ["2026-01", "2026-02", "2026-03"].map {
                    Contribution(.employee, month($0), .paid(on: Day("2026-01-02")!))
                } + ["2026-04", "2026-05", "2026-06"].map { Contribution(.employee, month($0), .due) }
                    + paid.map { Contribution(.employee, month($0.0), .paid(on: Day($0.1)!)) },
                knownFrom: Month("2026-01")!)
            let spans = given.spans(law: Life.law, asOf: Day("2026-07-15")!)
            return ["2026-04-30", "2026-05-15", "2026-06-05", "2026-06-25", "2026-07-10"].map { day in
                let state = spans.first { $0.period.contains(Day(day)!) }?.state
                if case .covered(let cover) = state { return "\(cover.spell)" }
                return "-"
            }
        }
        for reason in [SpellReason.employerMerged, .otherCategory, .personMerged] {
            // The successor's own month is paid, the debt is not.
            #expect(answers(reason, paid: [("2026-06", "2026-06-10")]) == ["1", "-", "-", "-", "-"])
            let all = [("2026-06", "2026-06-10"), ("2026-04", "2026-06-20"), ("2026-05", "2026-06-20")]
            #expect(answers(reason, paid: all) == ["1", "-", "-", "2", "2"], "自补缴之日起,不追溯")
        }
        #expect(answers(.newEmployer, paid: [("2026-06", "2026-06-10")]) == ["1", "-", "-", "-", "2"])
    }

    @Test("Waiting after an interruption goes on over a change of category")
    func waitingGoesOn() throws {
        func month(_ text: String) -> ClosedRange<Month> { Month(text)!...Month(text)! }
        let given = CoverCase(
            birth: Day("1980-05-05")!,
            spells: [
                Spell(
                    id: ID(1), insurance: .employee, category: .employed,
                    period: Period(from: Day("2026-03-01")!, through: Day("2026-04-10")!)!),
                Spell(
                    id: ID(2), insurance: .employee, category: .civilServant,
                    period: Period(from: Day("2026-04-11")!, through: nil)!, reason: .otherCategory),
            ],
            contributions: [
                Contribution(.employee, Month("2024-01")!...Month("2025-09")!, .credited),
                Contribution(.employee, month("2026-03"), .paid(on: Day("2026-03-20")!)),
                Contribution(.employee, month("2026-04"), .paid(on: Day("2026-04-05")!)),
            ], knownFrom: Month("2026-03")!)
        let spans = given.spans(law: Life.law, asOf: Day("2026-04-20")!)
        #expect(spans.map(\.state.isCovered) == [false, false, true])
        #expect(spans.last?.period.first == Day("2026-06-01")!)
    }

    @Test("Spans follow one another day by day, and the last is open")
    func spansPartitionTime() {
        var life = Life(seed: 11)
        for _ in 0..<Self.lives {
            let given = life.next()
            let spans = given.spans(law: Life.law, asOf: Life.asOf)
            #expect(!spans.isEmpty && spans.last?.period.last == nil)
            for (one, next) in zip(spans, spans.dropFirst()) {
                #expect(one.period.last.map { $0 + 1 } == next.period.first)
                #expect(one.state != next.state)
            }
        }
    }

    @Test("The order in which spells and payments are told does not matter")
    func orderIsIrrelevant() {
        var life = Life(seed: 12)
        for _ in 0..<Self.lives {
            var given = life.next()
            let spans = given.spans(law: Life.law, asOf: Life.asOf)
            given.contributions = life.random.shuffled(given.contributions)
            given.spells = life.random.shuffled(given.spells)
            #expect(given.spans(law: Life.law, asOf: Life.asOf) == spans)
        }
    }

    @Test("Paying one month more never covers a day less")
    func payingMoreNeverCoversLess() {
        var life = Life(seed: 13)
        var compared = 0
        for _ in 0..<Self.lives {
            let given = life.next()
            guard let payment = life.furtherPayment(given) else { continue }
            var more = given
            more.contributions.append(payment)
            let lost = coveredDays(given).subtracting(coveredDays(more))
            #expect(lost.isEmpty, "\(given.contributions) and \(payment): \(lost.sorted().prefix(3))")
            compared += 1
        }
        #expect(compared > Self.lives / 2)
    }

    @Test("Arrears paid in full restore cover from the day of payment on")
    func fullBackPaymentRestores() {
        var life = Life(seed: 14)
        var restored = 0
        for _ in 0..<Self.lives {
            var given = life.next(category: .employed)
            let owed = given.contributions.compactMap { $0.standing == .due ? $0.months : nil }
            guard isStopped(given, on: Life.asOf) else { continue }
            for months in owed {
                given.contributions.append(Contribution(.employee, months, .paid(on: Life.asOf)))
            }
            // A first payment covers from the next month; one that ends a long interruption, after the waiting period.
            #expect(!isStopped(given, on: Life.asOf))
            restored += 1
        }
        #expect(restored > 25)
    }

    @Test("A deferral covers no less than owing, and no more than paying at once")
    func deferralLiesBetween() {
        var life = Life(seed: 15)
        for _ in 0..<Self.lives {
            let given = life.next(category: .employed)
            guard let month = given.contributions.first(where: { $0.standing == .due })?.months else { continue }
            let approved = month.lowerBound.first + 10
            var deferred = given
            deferred.contributions.append(
                Contribution(.employee, month, .deferred(approved: approved, payBy: approved + 90)))
            var paid = given
            paid.contributions.append(Contribution(.employee, month, .paid(on: approved)))
            #expect(coveredDays(given).isSubset(of: coveredDays(deferred)))
            #expect(coveredDays(deferred).isSubset(of: coveredDays(paid)))
        }
    }

    @Test("Of a person without known contributions the spans say what spells, acts and death alone say")
    func importedPeopleKeepTheirRule() {
        var life = Life(seed: 16)
        for _ in 0..<Self.lives / 4 {
            var given = life.next()
            given.contributions = []
            given.knownFrom = nil
            let person = PersonRecord(
                id: ID(1), paper: IdentityPaper(kind: .other, checked: "1"), name: "甲", sex: .male, birth: given.birth)
            let insured = InsuredPerson(person: person, spells: given.spells, statuses: [])
            let spans = given.spans(law: Life.law, asOf: Life.asOf)
            for number in stride(from: Life.first.number - 40, through: Life.asOf.number + 40, by: 7) {
                let day = Day(number: number)
                let span = spans.first { $0.period.contains(day) }
                #expect((insured.entitlement(on: day).coverage != nil) == (span?.state.isCovered ?? false), "\(day)")
            }
        }
    }

    private func coveredDays(_ given: CoverCase) -> Set<Int32> {
        var days: Set<Int32> = []
        for span in given.spans(law: Life.law, asOf: Life.asOf) where span.state.isCovered {
            let last = min(span.period.last ?? Life.horizon, Life.horizon)
            if span.period.first <= last { days.formUnion(span.period.first.number...last.number) }
        }
        return days
    }

    /// Whether arrears stop cover on a day.
    private func isStopped(_ given: CoverCase, on day: Day) -> Bool {
        let span = given.spans(law: Life.law, asOf: Life.asOf).first { $0.period.contains(day) }
        guard case .notCovered(let reason)? = span?.state else { return false }
        return reason.reason == .arrears || reason.reason == .unpaid
    }
}
