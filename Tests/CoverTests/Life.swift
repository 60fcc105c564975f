import Basics
import Policy

@testable import Enrolment

/// Invents lives of insurance: spells one after another, each month billed, some paid in time, some late, some never.
struct Life {
    static let first = Day("2022-01-01")!
    static let asOf = Day("2026-06-15")!
    static let horizon = Day("2028-12-31")!

    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    static let law: CoverLaw = {
        func employee(_ resumes: CoverStart, mustRepay: Bool, waiting: Int) -> EmployeeCoverTerms {
            EmployeeCoverTerms(
                begins: Ruled(.nextMonth), graceMonths: Ruled(0), mustRepay: Ruled(mustRepay), resumes: Ruled(resumes),
                reachesBack: Ruled(false), waitingMonths: Ruled(waiting))
        }
        func terms(collectionMonths: Int) -> CoverTerms {
            CoverTerms(
                employer: employee(.dayOfPayment, mustRepay: true, waiting: 3),
                flexible: employee(.thirdMonth, mustRepay: false, waiting: 6),
                resident: ResidentCoverTerms(
                    collection: Ruled(CollectionPeriod(firstMonth: 9, months: collectionMonths)),
                    reachesBack: Ruled(true), fixedMonths: Ruled(3), freeYears: Ruled(1), monthsPerYear: Ruled(1),
                    longBreakYears: Ruled(4), longBreakMonths: Ruled(6), repairMonths: Ruled(1),
                    countsFrom: Ruled(2020),
                    exemptGroups: Ruled([.destitute]), newbornDays: Ruled(90), incentive: nil),
                toleratedMonths: Ruled(3), changeAfterMonths: Ruled(24), coversLastMonth: Ruled(true))
        }
        return CoverLaw([
            CoverLaw.Generation(from: Day("2020-01-01")!, terms: terms(collectionMonths: 4)),
            CoverLaw.Generation(from: Day("2026-01-01")!, terms: terms(collectionMonths: 6)),
        ])
    }()

    mutating func next(category only: PersonCategory? = nil) -> CoverCase {
        var given = CoverCase(birth: Day("1980-03-03")!, spells: [], knownFrom: Self.first.month)
        var day = Self.first + random.below(200)
        for number in 1...(1 + random.below(3)) {
            guard day < Self.asOf else { break }
            let category = only ?? random.pick([.employed, .flexible, .adult, .adult, .retired])
            let isLast = number == 3 || random.below(2) == 0
            let length = 60 + random.below(900)
            var spell = Spell(
                id: ID(Int64(number)), insurance: category.insurance, category: category,
                period: Period(from: day, through: isLast ? nil : day + length)!)
            if random.below(6) == 0 { suspend(&spell) }
            given.spells.append(spell)
            pay(spell, into: &given)
            guard !isLast else { break }
            day = day + length + 1 + random.pick([0, 0, 20, 80, 200])
        }
        return given
    }

    private mutating func suspend(_ spell: inout Spell) {
        let from = spell.period.first + random.below(50)
        spell.acts = [
            Spell.Act(kind: .suspended, day: from), Spell.Act(kind: .resumed, day: from + 1 + random.below(10)),
        ]
    }

    private mutating func pay(_ spell: Spell, into given: inout CoverCase) {
        let last = min(spell.period.last ?? Self.asOf, Self.asOf)
        guard spell.period.first <= last, !spell.category.isRetired else { return }
        if spell.insurance == .resident {
            for year in spell.period.first.year...last.year where random.below(3) > 0 {
                let day = Day(year: year - 1, month: 9, day: 1)! + random.below(480)
                given.contributions.append(.resident(year: year, .paid(on: day)))
            }
            return
        }
        for month in spell.period.first.month...last.month {
            given.contributions.append(Contribution(.employee, month...month, .due))
            let fate = random.below(8)
            if fate < 5 { given.contributions.append(paid(month, late: random.below(28))) }
            if fate == 5 { given.contributions.append(paid(month, late: random.below(300))) }
        }
    }

    private func paid(_ month: Month, late days: Int) -> Contribution {
        Contribution(.employee, month...month, .paid(on: month.first + days))
    }

    /// One payment more, for a month or a year that was owed, and not before the first: whoever was never insured
    /// before is judged more kindly than whoever broke off, so that an earlier first month may cost days.
    mutating func furtherPayment(_ given: CoverCase) -> Contribution? {
        let firstPaid = given.contributions.filter { $0.standing != .due }.map(\.months.lowerBound).min()
        guard let firstPaid, let spell = given.spells.isEmpty ? nil : random.pick(given.spells) else { return nil }
        let last = min(spell.period.last ?? Self.asOf, Self.asOf)
        guard spell.period.first <= last, !spell.category.isRetired else { return nil }
        if spell.insurance == .resident {
            let year = random.pick(Array(spell.period.first.year...last.year))
            guard Month(year: year, month: 1) > firstPaid else { return nil }
            return .resident(year: year, .paid(on: Day(year: year - 1, month: 9, day: 1)! + random.below(480)))
        }
        let month = random.pick(Array(spell.period.first.month...last.month))
        return month > firstPaid ? paid(month, late: random.below(300)) : nil
    }
}

extension SeededRandom {
    mutating func pick<Element>(_ all: [Element]) -> Element { all[below(all.count)] }

    mutating func shuffled<Element>(_ all: [Element]) -> [Element] {
        var all = all
        for index in all.indices.dropFirst() { all.swapAt(index, below(index + 1)) }
        return all
    }
}
