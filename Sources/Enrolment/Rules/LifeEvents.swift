import Basics

/// An act upon one of a person's spells (参保处理).
public struct SpellStep: Hashable, Sendable {
    public var spell: ID<Spell>
    public var act: Spell.Act
}

extension InsuredPerson {
    /// What speaks against registering an event of life (生存状态登记的检查).
    public func objections(to kind: PersonAct.Kind, on day: Day, certificate: String, today: Day) -> [Problem] {
        var problems = Problems()
        if let objection = person.objection(to: kind, on: day) { problems.all.append(objection) }
        if day > today {
            problems.add("enrolment.life.future", field: "day", "日期 \(day) 还没有到,请核对")
        }
        if kind == .died, certificate.isEmpty {
            problems.add("enrolment.life.certificate", field: "certificate", "请填写死亡证明编号(死亡医学证明、户籍注销证明或法院宣告书)")
        }
        return problems.all
    }

    /// What an event of life does to the spells that are open (生存状态变化对参保的影响).
    ///
    /// Death and settling abroad end insurance (社会保险法第十四条、第十六条); who is imprisoned, serves or is missing
    /// has it suspended, and takes it up again on return.
    public func consequences(of kind: PersonAct.Kind, on day: Day) -> [SpellStep] {
        guard let state = LifeStatus.State(after: kind) else { return [] }
        return spells.filter { $0.period.last == nil }.compactMap { spell in
            consequence(of: state, on: day, for: spell).map { SpellStep(spell: spell.id, act: $0) }
        }
    }

    private func consequence(of state: LifeStatus.State, on day: Day, for spell: Spell) -> Spell.Act? {
        // Who was dead when it began was never insured by it: the spell is void, not one day long.
        if state == .dead, day < spell.period.first {
            return Spell.Act(kind: .voided, day: spell.period.first - 1, reason: .death)
        }
        // A spell that began later, or was acted upon later, is dealt with no earlier than that.
        let effective = max(day, spell.period.first, spell.acts.last?.day ?? day)
        let suspended = spell.acts.last.flatMap { $0.kind == .suspended ? $0 : nil }
        switch state {
        case .dead, .abroad:
            return SpellReason(state).map { Spell.Act(kind: .ended, day: effective, reason: $0) }
        case .imprisoned, .missing, .serving:
            if suspended != nil { return nil }
            return SpellReason(state).map { Spell.Act(kind: .suspended, day: effective, reason: $0) }
        case .normal:
            guard let reason = suspended?.reason, [.prison, .missing, .military].contains(reason) else { return nil }
            return Spell.Act(kind: .resumed, day: effective, reason: .returned)
        }
    }

    /// A spell of this person that one of the other's excludes, when the two turn out to be one (重复参保).
    public func clash(with other: InsuredPerson) -> Spell? {
        spells.first { mine in other.spells.contains { mine.conflicts(with: $0) } }
    }
}
