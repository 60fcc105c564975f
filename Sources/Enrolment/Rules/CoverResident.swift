import Basics

/// Cover from one spell of residents' insurance (居民待遇享受): a year at a time.
struct ResidentCover {
    let given: CoverCase
    let spell: Spell
    let months: CoverMonths
    let law: CoverLaw
    /// From this day on contributions decide.
    let known: Day

    /// The first day of the spell that contributions decide about.
    private var first: Day { max(spell.period.first, known) }
    /// The same of the insurance that the spell goes on with, whatever the person's category was then: waiting goes on over
    /// a change.
    private var begun: Day { max(given.begun(spell), known) }
    private var goesOn: Bool { given.begun(spell) < spell.period.first }

    func add(to timeline: inout CoverTimeline) {
        var waits: Day?
        for year in begun.year...horizon {
            let january = Day(year: year, month: 1, day: 1)!
            if let last = spell.period.last, last < january { break }
            // The law of a year is that of its first day; a spell that begins in it meets the same.
            let rules = law.terms(on: january)
            let end = [spell.period.last, year == horizon ? nil : Day(year: year, month: 12, day: 31)]
                .compactMap(\.self).min()
            guard let payment = payment(for: year, rules.resident) else {
                let unpaid = NoCover(
                    .yearUnpaid, month: january.month, clause: rules.resident.collection.clause)
                timeline.add(max(january, first), end, .notCovered(unpaid))
                waits = nil
                continue
            }
            let start = start(of: year, paid: payment, rules)
            let day = max(start.day, waits ?? start.day)
            waits = day > january ? day : nil
            add(year, from: day, because: start.reason(day), through: end, rules, to: &timeline)
        }
    }

    /// After the last paid year one open stretch tells that nothing is paid: it does not change with the calendar.
    private var horizon: Int {
        let born = given.birth.year
        let newborn = payment(for: born, law.terms(on: given.birth).resident).map { _ in born }
        let paid = [months.residentYears.keys.max(), newborn].compactMap(\.self).max()
        return max((paid ?? first.year - 1) + 1, first.year)
    }

    /// The day on which a year was paid. Only a newborn's may come after the year's end: he has his days from birth
    /// (年底出生、次年缴出生当年的费).
    private func payment(for year: Int, _ terms: ResidentCoverTerms) -> Day? {
        if let paid = months.residentYears[year] { return paid }
        guard year == given.birth.year, let late = months.residentYearsLate[year], isNewborn(late, terms) else {
            return nil
        }
        return late
    }

    private func add(
        _ year: Int, from day: Day, because reason: NoCover, through end: Day?, _ rules: CoverTerms,
        to timeline: inout CoverTimeline
    ) {
        let january = Day(year: year, month: 1, day: 1)!
        let before = max(january, first)
        if before < day {
            timeline.add(before, [day - 1, end].compactMap(\.self).min(), .notCovered(reason))
        }
        let cover = CoverSpan.State.covered(
            Cover(insurance: spell.insurance, spell: spell.id, criticalRaise: raise(of: year, rules)))
        guard goesOn else { return timeline.add(day, end, cover) }
        // Days before a change are those of the spell that this one goes on with, as far as that covers them.
        timeline.paint(day, [spell.period.first - 1, end].compactMap(\.self).min(), cover) { !$0.isCovered }
        timeline.add(max(day, spell.period.first), end, cover)
    }

    // MARK: Where a year's cover starts

    private struct Start {
        var day: Day
        var clause: String
        var isWaiting: Bool

        func reason(_ day: Day) -> NoCover {
            NoCover(isWaiting || day > self.day ? .residentWaiting : .startsLater, day: day, clause: clause)
        }
    }

    private func start(of year: Int, paid: Day, _ rules: CoverTerms) -> Start {
        let january = Day(year: year, month: 1, day: 1)!
        let terms = rules.resident
        if isNewborn(paid, terms), paid.year == year || given.birth.year == year {
            return Start(day: given.birth, clause: terms.newbornDays.clause, isWaiting: false)
        }
        if let last = change(into: year, rules) {
            return Start(
                day: max(january, (last + 1).first), clause: rules.toleratedMonths.clause, isWaiting: false)
        }
        let isInTime = paid <= terms.collection.value.last(for: year)
        let missed = missedYears(before: year, terms)
        if isInTime, missed == 0 || isExempt(on: paid, terms) {
            let day = terms.reachesBack.value ? january : max(january, paid)
            return Start(day: day, clause: terms.reachesBack.clause, isWaiting: false)
        }
        if isExempt(on: paid, terms) {
            return Start(day: max(january, paid), clause: terms.exemptGroups.clause, isWaiting: false)
        }
        let waiting = waitingMonths(missed: missed, year: year, terms)
        return Start(
            day: Month.day(max(paid, january), plus: waiting), clause: terms.fixedMonths.clause, isWaiting: true)
    }

    private func isNewborn(_ paid: Day, _ terms: ResidentCoverTerms) -> Bool {
        paid >= given.birth && paid - given.birth <= terms.newbornDays.value
    }

    private func isExempt(on day: Day, _ terms: ResidentCoverTerms) -> Bool {
        given.statuses.contains { status in
            guard case .assistance(let group) = status.kind, status.period.contains(day) else { return false }
            return terms.exemptGroups.value.contains(group)
        }
    }

    /// The last month of employees' insurance, when the person comes from it into this year after a gap that the
    /// law passes over (职工转居民).
    private func change(into year: Int, _ rules: CoverTerms) -> Month? {
        let entry = begun.month
        guard entry.year == year,
            let last = months.isEmployee(entry) ? entry : months.last(before: entry, held: { _ in true }),
            months.isEmployee(last),
            entry - last - 1 <= rules.toleratedMonths.value,
            months.run(through: last) >= rules.changeAfterMonths.value
        else { return nil }
        return last
    }

    /// Years in a row without insurance just before this one (连续断保年数).
    private func missedYears(before year: Int, _ terms: ResidentCoverTerms) -> Int {
        guard let begun = months.firstYear else { return 0 }
        let oldest = max(begun, terms.countsFrom.value)
        var missed = 0
        while year - 1 - missed >= oldest, !months.stands(inYear: year - 1 - missed) { missed += 1 }
        return missed
    }

    /// Fixed and growing waiting, less what was repaired; a long break has its least (固定 + 变动 − 修复).
    private func waitingMonths(missed: Int, year: Int, _ terms: ResidentCoverTerms) -> Int {
        let growing = max(0, missed - terms.freeYears.value) * terms.monthsPerYear.value
        let paidFor = given.repairs.filter { $0.year == year }.reduce(0) { $0 + $1.years }
        let repaired = min(growing, paidFor * terms.repairMonths.value)
        let total = terms.fixedMonths.value + growing - repaired
        return missed >= terms.longBreakYears.value ? max(total, terms.longBreakMonths.value) : total
    }

    // MARK: The incentive

    /// By how much the year's ceiling of critical-illness insurance is raised (连续参保激励、零报销激励).
    private func raise(of year: Int, _ rules: CoverTerms) -> Money {
        guard let incentive = rules.resident.incentive?.value else { return .zero }
        var years = 0
        while months.isResidentYear(year - 1 - years) { years += 1 }
        let rewarded = max(0, years - incentive.afterYears + 1)
        let lastUse = given.rewardUsedYears.filter { $0 < year }.max() ?? Int.min
        let zeroClaims = given.zeroClaimYears.filter { $0 < year && $0 >= year - years && $0 > lastUse }.count
        return incentive.perYear * Int64(rewarded) + incentive.perZeroClaimYear * Int64(zeroClaims)
    }
}
