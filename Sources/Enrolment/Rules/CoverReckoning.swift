import Basics

extension CoverCase {
    /// The days on which this person is covered, and the reason for each day not covered (待遇享受区间).
    ///
    /// The spans follow one another without a gap from the first day that any of them concerns, and the last is open.
    /// Employees' months that fall due after `asOf` are taken to be paid: a person in continuous cover keeps it until
    /// a month is known to be owed. The same case always gives the same spans.
    ///
    ///     let spans = given.spans(law: law, asOf: today)
    ///     let cover = spans.first { $0.period.contains(day) }
    public func spans(law: CoverLaw, asOf: Day) -> [CoverSpan] {
        let basic = spells.filter(\.insurance.isBasic).sorted {
            ($0.period.first, $0.id) < ($1.period.first, $1.id)
        }
        guard let first = basic.first?.period.first else { return [] }
        // Cover may reach back before the first spell: to a newborn's birth, or over a gap that was paid for.
        var timeline = CoverTimeline(from: min(birth, first), .notCovered(NoCover(.notInsured)))
        let months = CoverMonths(self, asOf: asOf)
        for spell in basic {
            if let last = spell.period.last {
                timeline.add(last + 1, nil, .notCovered(NoCover(.ended, day: last)))
            }
            reckon(spell, among: basic, months, law, asOf, onto: &timeline)
        }
        for spell in basic { suspend(spell, on: &timeline) }
        overrule(&timeline)
        let spans = timeline.joined
        return spans[0].state == .notCovered(NoCover(.notInsured)) ? Array(spans.dropFirst()) : spans
    }

    private func reckon(
        _ spell: Spell, among basic: [Spell], _ months: CoverMonths, _ law: CoverLaw, _ asOf: Day,
        onto timeline: inout CoverTimeline
    ) {
        let known = knownDay(for: spell)
        let isDeclared = known.map { spell.period.first < $0 } ?? true
        if isDeclared { declare(spell, until: known.map { $0 - 1 }, onto: &timeline) }
        guard let known, spell.period.last.map({ $0 >= known }) ?? true else { return }
        if spell.needsNoPayment {
            let from = max(spell.period.first, known, spell.entitledFrom)
            timeline.add(from, spell.period.last, .covered(Cover(insurance: spell.insurance, spell: spell.id)))
        } else if spell.insurance == .resident {
            ResidentCover(given: self, spell: spell, months: months, law: law, known: known)
                .add(to: &timeline)
        } else {
            EmployeeCover(
                given: self, spell: spell, others: basic.filter { $0.id != spell.id }, months: months, law: law,
                asOf: asOf, known: known
            ).add(to: &timeline)
        }
    }

    /// The first day of a spell that contributions decide about. A year of residents' insurance is paid as a whole:
    /// of one that an import declared, Yibao decides from the next.
    private func knownDay(for spell: Spell) -> Day? {
        guard let known = knownFrom else { return nil }
        guard spell.insurance == .resident, spell.period.first < known.first, known.month > 1 else {
            return known.first
        }
        return Day(year: known.year + 1, month: 1, day: 1)
    }

    /// An imported spell as far as Yibao knows no contributions: what the file declared holds.
    private func declare(_ spell: Spell, until end: Day?, onto timeline: inout CoverTimeline) {
        let last = [spell.period.last, end].compactMap(\.self).min()
        let waiting = NoCover(.declaredLater, day: spell.entitledFrom)
        timeline.add(
            spell.period.first, [spell.entitledFrom - 1, last].compactMap(\.self).min(), .notCovered(waiting))
        timeline.add(spell.entitledFrom, last, .covered(Cover(insurance: spell.insurance, spell: spell.id)))
    }

    /// Acts of the desk that stop the benefits of a spell, until they are taken back.
    private func suspend(_ spell: Spell, on timeline: inout CoverTimeline) {
        for (index, act) in spell.acts.enumerated() where act.kind == .suspended {
            let next = spell.acts[(index + 1)...].first { $0.kind == .resumed }
            timeline.paint(
                act.day, next.map { $0.day - 1 }, .notCovered(NoCover(.suspended, day: act.day))
            ) { state in
                if case .covered(let cover) = state { cover.spell == spell.id } else { false }
            }
        }
    }

    /// What takes cover from everybody: prison, living abroad, death.
    private func overrule(_ timeline: inout CoverTimeline) {
        for absence in absences.sorted(by: { ($0.period.first, $0.kind.rawValue) < ($1.period.first, $1.kind.rawValue) }
        ) {
            let reason: NoCover.Reason = absence.kind == .imprisoned ? .imprisoned : .abroad
            timeline.paint(
                absence.period.first, absence.period.last,
                .notCovered(NoCover(reason, day: absence.period.first)), where: \.isCovered)
        }
        if let died { timeline.paint(died + 1, nil, .notCovered(NoCover(.dead, day: died))) }
    }
}
