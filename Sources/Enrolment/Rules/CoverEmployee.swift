import Basics

/// Cover from one spell of employees' insurance (职工待遇享受): it begins with the first payment, an unpaid month
/// stops it, and payment restores it.
struct EmployeeCover {
    let given: CoverCase
    let spell: Spell
    let others: [Spell]
    let months: CoverMonths
    let law: CoverLaw
    let asOf: Day
    /// From this day on contributions decide.
    let known: Day

    private var way: ContributionWay { ContributionWay(spell.category) }
    private var cover: CoverSpan.State { .covered(Cover(insurance: spell.insurance, spell: spell.id)) }
    /// The first day of the spell that contributions decide about.
    private var first: Day { max(spell.period.first, known) }

    /// How the spell's cover begins.
    private struct Beginning {
        /// Nil while nothing has been paid.
        var day: Day?
        /// What holds before.
        var reason: NoCover
        /// The first day from which the reason holds; before the day of payment nothing was paid.
        var paidOn: Day?
    }

    func add(to timeline: inout CoverTimeline) {
        let beginning = beginning()
        let unpaid = NoCover(.unpaid, month: first.month, clause: terms(first).begins.clause)
        timeline.add(first, spell.period.last, .notCovered(unpaid))
        guard let day = beginning.day else { return }
        if let paidOn = beginning.paidOn, max(paidOn, first) < day {
            timeline.add(max(paidOn, first), clip(day - 1), .notCovered(beginning.reason))
        }
        addCover(from: day, to: &timeline)
    }

    /// Paints the spell's cover less its holes, so that cover another spell gives on those days is left alone.
    private func addCover(from day: Day, to timeline: inout CoverTimeline) {
        let end = end
        if let end, end < day { return }
        var own = CoverTimeline(from: day, cover)
        for hole in holes(from: day) {
            own.paint(hole.first, hole.last, .notCovered(hole.reason)) { state in
                guard case .notCovered(let earlier) = state else { return true }
                return earlier.reason == .resumesLater
            }
        }
        for span in own.joined {
            guard end.map({ span.period.first <= $0 }) ?? true else { break }
            timeline.add(span.period.first, [span.period.last, end].compactMap(\.self).min(), span.state)
        }
    }

    private func terms(_ day: Day) -> EmployeeCoverTerms { law.terms(on: day)[way] }

    private func clip(_ day: Day) -> Day { spell.period.last.map { min($0, day) } ?? day }

    /// The spell's last day, or the end of its last month when that is paid and the law grants it.
    private var end: Day? {
        guard let last = spell.period.last else { return nil }
        guard law.terms(on: last).coversLastMonth.value, months.employee[last.month]?.begins != nil else { return last }
        return last.month.last
    }

    // MARK: The beginning

    private func beginning() -> Beginning {
        if spell.period.first < known {
            return Beginning(day: max(first, spell.entitledFrom), reason: NoCover(.declaredLater), paidOn: nil)
        }
        let rules = law.terms(on: first)
        let start = terms(first).mustRepay.value ? first.month : firstPaid ?? first.month
        guard let last = lastBefore(start) else { return ordinary(rules[way].begins, .startsLater) }
        let gap = start - last - 1
        if gap <= 0 { return Beginning(day: first, reason: NoCover(.startsLater), paidOn: nil) }
        if gap > rules.toleratedMonths.value { return afterInterruption(rules) }
        if ((last + 1)...(start + -1)).allSatisfy({ months.employee[$0]?.begins != nil }) {
            return Beginning(day: (last + 1).first, reason: NoCover(.startsLater), paidOn: nil)
        }
        if isTransfer(last) || isChange(last, rules) {
            return ordinary(Ruled(.monthOfPayment, rules.toleratedMonths.clause), .startsLater)
        }
        return way == .flexible
            ? ordinary(rules[way].resumes, .resumesLater) : ordinary(rules[way].begins, .startsLater)
    }

    private func ordinary(_ start: Ruled<CoverStart>, _ reason: NoCover.Reason) -> Beginning {
        guard let paid = firstPayment else { return Beginning(day: nil, reason: NoCover(.unpaid), paidOn: nil) }
        let day = max(start.value.day(after: paid), first)
        return Beginning(day: day, reason: NoCover(reason, day: day, clause: start.clause), paidOn: paid)
    }

    private func afterInterruption(_ rules: CoverTerms) -> Beginning {
        let usual = ordinary(rules[way].begins, .startsLater)
        guard let paid = firstPayment, let day = usual.day else { return usual }
        let waited = max(day, (paid.month + rules[way].waitingMonths.value).first)
        return Beginning(
            day: waited, reason: NoCover(.waiting, day: waited, clause: rules[way].waitingMonths.clause), paidOn: paid)
    }

    /// The first month of the spell for which anything has been paid or deferred.
    private var firstPaid: Month? {
        obliged.first { months.employee[$0]?.begins != nil }
    }

    /// The first day on which anything was paid or deferred for the spell.
    private var firstPayment: Day? { obliged.compactMap { months.employee[$0]?.begins }.min() }

    /// The last month before this one in which the person was insured, whoever held it.
    private func lastBefore(_ month: Month) -> Month? {
        months.last(before: month) { candidate in
            others.contains { other in
                other.period.first.month <= candidate && other.period.last.map { candidate <= $0.month } ?? true
            }
        }
    }

    private func isTransfer(_ last: Month) -> Bool { months.isFromElsewhere(last) }

    private func isChange(_ last: Month, _ rules: CoverTerms) -> Bool {
        months.isResident(last) && months.run(through: last) >= rules.changeAfterMonths.value
    }

    // MARK: Arrears

    private struct Hole {
        var first: Day
        var last: Day?
        var reason: NoCover
    }

    /// The months that the spell owes: from the first that was billed or paid, until what has fallen due.
    private var obliged: ClosedRange<Month> {
        let last = max(min(spell.period.last ?? asOf, max(asOf, spell.period.first)).month, first.month)
        let named = months.employee.keys.filter { $0 >= first.month && $0 <= last }.min()
        return (named ?? first.month)...last
    }

    /// The days that unpaid months take away.
    private func holes(from begin: Day) -> [Hole] {
        obliged.flatMap { month -> [Hole] in
            if spell.isExempt(in: month) { return [] }
            let rules = law.terms(on: month.first)
            let due = max(felt(month, rules), begin)
            return due > asOf ? [] : holes(of: month, due: due, rules)
        }
    }

    /// From when on an unpaid month takes cover away: the month after it and the law's grace, never before its own term
    /// has run out. Of a month that nobody has billed yet, a month later: then somebody forgot.
    private func felt(_ month: Month, _ rules: CoverTerms) -> Day {
        let known = months.employee[month]
        let usual = (month + 1 + rules[way].graceMonths.value + (known == nil ? 1 : 0)).first
        return known?.dueBy.map { max(usual, $0 + 1) } ?? usual
    }

    private func holes(of month: Month, due: Day, _ rules: CoverTerms) -> [Hole] {
        let standing = months.employee[month] ?? CoverMonths.Standing()
        if standing.firmFrom.map({ $0 < due }) ?? false { return [] }
        if standing.firmFrom != nil, rules[way].reachesBack.value { return [] }
        var holes: [Hole] = []
        var from = due
        for deferral in standing.deferrals.sorted(by: { $0.first < $1.first }) {
            if deferral.first > from { holes += hole(of: month, from, until: deferral.first, rules) }
            if let last = deferral.last, last >= from { from = last + 1 }
        }
        if from > asOf { return holes }
        if let paid = standing.firmFrom, paid < from { return holes }
        return holes + hole(of: month, from, until: standing.firmFrom, rules)
    }

    /// From the day on which a month's absence is felt until the payment that heals it has its effect.
    private func hole(of month: Month, _ from: Day, until paid: Day?, _ rules: CoverTerms) -> [Hole] {
        let arrears = NoCover(.arrears, day: from, month: month, clause: rules[way].graceMonths.clause)
        guard let (healed, resumes, reason) = healing(of: month, paid: paid, rules) else {
            return [Hole(first: from, last: nil, reason: arrears)]
        }
        var holes: [Hole] = []
        if healed > from { holes.append(Hole(first: from, last: healed - 1, reason: arrears)) }
        if resumes > max(healed, from) {
            holes.append(Hole(first: max(healed, from), last: resumes - 1, reason: reason))
        }
        return holes
    }

    /// By what a gap ends: the month's own payment, or, where arrears need not be paid, a later month's.
    /// The answer is the day that heals it, the day cover resumes, and what holds between.
    private func healing(of month: Month, paid: Day?, _ rules: CoverTerms) -> (Day, Day, NoCover)? {
        let own = paid.map { resumption(after: $0, gap: $0.month - month, rules) }
        guard !rules[way].mustRepay.value else { return own }
        let later = obliged.filter { $0 > month && months.employee[$0]?.begins != nil }
        // The interruption is as long as the months around this one that nothing stands for, whatever follows.
        let last = months.last(before: month) { _ in true }
        let gap = later.first.flatMap { next in last.map { next - $0 - 1 } } ?? 0
        let others = later.compactMap { months.employee[$0]?.begins }.map { resumption(after: $0, gap: gap, rules) }
        return ([own].compactMap(\.self) + others).min { $0.1 < $1.1 }
    }

    private func resumption(after payment: Day, gap: Int, _ rules: CoverTerms) -> (Day, Day, NoCover) {
        let terms = rules[way]
        let usual = terms.resumes.value.day(after: payment)
        if !terms.mustRepay.value, gap > rules.toleratedMonths.value {
            let waited = max(usual, (payment.month + terms.waitingMonths.value).first)
            return (payment, waited, NoCover(.waiting, day: waited, clause: terms.waitingMonths.clause))
        }
        return (min(payment, usual), usual, NoCover(.resumesLater, day: usual, clause: terms.resumes.clause))
    }
}
