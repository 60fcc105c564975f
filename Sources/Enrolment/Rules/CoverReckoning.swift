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
        if let died { timeline.paint(died + 1, nil, .notCovered(NoCover(.dead, day: died))) }
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
            reckonEmployee(spell, among: basic, months, law, asOf, known: known, onto: &timeline)
        }
    }

    /// A spell that goes on under another employer, category or number (单位合并、类别变更、并号) brings its arrears along: it is
    /// reckoned from the beginning of the first, and told from its own.
    private func reckonEmployee(
        _ spell: Spell, among basic: [Spell], _ months: CoverMonths, _ law: CoverLaw, _ asOf: Day, known: Day,
        onto timeline: inout CoverTimeline
    ) {
        let chain = continued(spell, among: basic)
        guard let head = chain.first else {
            EmployeeCover(
                given: self, spell: spell, others: basic.filter { $0.id != spell.id }, months: months, law: law,
                asOf: asOf, known: known
            ).add(to: &timeline)
            return
        }
        var whole = spell
        whole.period.first = head.period.first
        whole.entitledFrom = head.entitledFrom
        whole.acts = chain.flatMap(\.acts) + spell.acts
        let members = Set(chain.map(\.id) + [spell.id])
        var told = timeline
        EmployeeCover(
            given: self, spell: whole, others: basic.filter { !members.contains($0.id) }, months: months, law: law,
            asOf: asOf, known: known
        ).add(to: &told)
        for span in told.spans where span.period.last.map({ $0 >= spell.period.first }) ?? true {
            timeline.paint(max(span.period.first, spell.period.first), span.period.last, span.state)
        }
    }

    /// The spells of employees' insurance that a spell goes on from without a break, paid for in the same way, the first
    /// first; none where it began anew.
    private func continued(_ spell: Spell, among basic: [Spell]) -> [Spell] {
        var chain: [Spell] = []
        var next = spell
        while next.reason.continues,
            let former = basic.first(where: { former in
                former.insurance == next.insurance && !former.needsNoPayment
                    && ContributionWay(former.category) == ContributionWay(next.category)
                    && former.period.first < next.period.first
                    && former.period.last.map { $0 + 1 == next.period.first } ?? false
            })
        {
            chain.insert(former, at: 0)
            next = former
        }
        return chain
    }

    /// The first day of a spell that contributions decide about. A year of residents' insurance is paid as a whole:
    /// of one that an import declared, Yibao decides from the next.
    private func knownDay(for spell: Spell) -> Day? {
        guard let known = knownFrom else { return nil }
        guard spell.insurance == .resident, begun(spell) < known.first, known.month > 1 else {
            return known.first
        }
        return Day(year: known.year + 1, month: 1, day: 1)
    }

    /// The first day of the residents' insurance that a spell goes on with: a change of category, or of the number that
    /// counts, is no new beginning (类别变更、并号不是新参保).
    func begun(_ spell: Spell) -> Day {
        var first = spell.period.first
        while let before = spells.first(where: { before in
            before.insurance == .resident && before.period.first < first
                && before.period.last.map { $0 + 1 == first } ?? false
        }) { first = before.period.first }
        return first
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
        for suspension in spell.suspensions {
            let first = suspension.period.first
            timeline.paint(
                first, suspension.period.last, .notCovered(NoCover(NoCover.Reason(suspension.reason), day: first))
            ) { state in
                if case .covered(let cover) = state { cover.spell == spell.id } else { false }
            }
        }
    }
}

extension NoCover.Reason {
    /// Why a suspended spell gives no cover.
    init(_ reason: SpellReason) {
        switch reason {
        case .prison: self = .imprisoned
        case .military: self = .serving
        default: self = .suspended
        }
    }
}
