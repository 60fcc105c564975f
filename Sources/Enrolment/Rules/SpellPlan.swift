import Basics

/// A spell that is to begin (参保、续保、转入).
public struct SpellOpening: Hashable, Sendable {
    public var insurance: Insurance
    public var category: PersonCategory
    public var employer: ID<Employer>?
    public var from: Day
    /// 待遇享受开始日; nil for the first day of the spell.
    public var entitledFrom: Day?
    public var reason: SpellReason

    public init(
        insurance: Insurance, category: PersonCategory, employer: ID<Employer>? = nil, from: Day,
        entitledFrom: Day? = nil, reason: SpellReason = .firstEnrolment
    ) {
        self.insurance = insurance
        self.category = category
        self.employer = employer
        self.from = from
        self.entitledFrom = entitledFrom
        self.reason = reason
    }

    /// Of the basic insurance that the category belongs to.
    public init(
        category: PersonCategory, employer: ID<Employer>? = nil, from: Day, entitledFrom: Day? = nil,
        reason: SpellReason = .firstEnrolment
    ) {
        self.init(
            insurance: category.insurance, category: category, employer: employer, from: from,
            entitledFrom: entitledFrom, reason: reason)
    }
}

/// What is written so that a spell begins (参保办理方案).
public struct SpellPlan: Hashable, Sendable {
    /// The spell in force that makes room, with the act that ends it the day before.
    public var ends: Spell.Act?
    public var endedSpell: ID<Spell>?
    /// Nil when the very same spell is in force already: nothing is to be written.
    public var opens: SpellOpening?

    public static let nothing = SpellPlan(ends: nil, endedSpell: nil, opens: nil)
}

extension InsuredPerson {
    /// How a spell begins for this person, or why it cannot (参保登记的检查).
    ///
    /// Asked again for the same spell, the answer is `nothing`: a file handed in twice does nothing twice.
    ///
    /// - Parameter makesRoom: end the insurance in force the day before, so that the change leaves no gap
    ///   (职工与居民转换、单位间转移、类别变更); without it a person insured elsewhere is refused.
    public func plan(_ opening: SpellOpening, makesRoom: Bool) throws(Problem) -> SpellPlan {
        if let survivor = person.mergedInto { throw Problem.mergedPerson(person.id, into: survivor) }
        try requireLiving(opening)
        try requireFit(opening)
        let group = spells.filter { $0.insurance.exclusion == opening.insurance.exclusion }
        guard let current = group.first(where: { $0.period.last == nil }) else {
            try requireFree(opening, among: group)
            return SpellPlan(ends: nil, endedSpell: nil, opens: opening)
        }
        if current.isSame(as: opening) { return .nothing }
        guard makesRoom else { throw taken(by: current) }
        let end = try ending(current, for: opening)
        try requireFree(opening, among: group.filter { $0.id != current.id })
        return SpellPlan(ends: end, endedSpell: current.id, opens: opening)
    }

    private func requireLiving(_ opening: SpellOpening) throws(Problem) {
        switch person.life.state {
        case .dead:
            throw Problem("enrolment.spell.dead", field: "certno", "此人已登记死亡,不能参保;登记有误的,请先办理死亡登记撤销")
        case .abroad:
            throw Problem("enrolment.spell.abroad", field: "certno", "此人已登记出境定居,请先办理恢复正常再参保")
        case .imprisoned where !opening.reason.continues, .missing where !opening.reason.continues,
            .serving where !opening.reason.continues:
            throw Problem(
                "enrolment.spell.absent", field: "certno", "此人登记为“\(person.life.state.name)”,请先办理恢复正常再参保")
        case .imprisoned, .missing, .serving, .normal: break
        }
        let day = opening.from
        if day < person.birth {
            throw Problem("enrolment.spell.beforeBirth", field: "begndate", "参保日期 \(day) 早于出生日期 \(person.birth),请核对")
        }
    }

    private func requireFit(_ opening: SpellOpening) throws(Problem) {
        guard opening.insurance.isBasic, opening.category.insurance != opening.insurance else { return }
        throw Problem(
            "enrolment.spell.category", field: "psn_type",
            "\(opening.category.name)应参加\(opening.category.insurance.name)(\(opening.category.insurance.rawValue)),请核对险种或人员类别"
        )
    }

    /// No closed spell covers the first day or lies after it.
    private func requireFree(_ opening: SpellOpening, among others: [Spell]) throws(Problem) {
        guard let other = others.first(where: { $0.period.last.map { $0 >= opening.from } ?? true }) else { return }
        throw Problem(
            "enrolment.spell.overlap", field: "begndate",
            "与已有的\(other.insurance.name)参保时段 \(other.period) 重叠,请把参保日期改到该时段之后")
    }

    /// Why somebody insured already cannot simply begin again.
    private func taken(by current: Spell) -> Problem {
        if current.insurance == .employee, let employer = current.employer {
            return Problem(
                "enrolment.spell.otherEmployer", field: "certno",
                "此人自 \(current.period.first) 起在单位 \(employer) 参加职工医保,不能同时在两个单位参保,请先由原单位减员或办理单位间转移")
        }
        return Problem(
            "enrolment.spell.insured", field: "certno",
            "此人自 \(current.period.first) 起已参加\(current.insurance.name)(\(current.category.name)),请办理险种转换或类别变更")
    }

    /// The act that ends the spell in force the day before.
    private func ending(_ current: Spell, for opening: SpellOpening) throws(Problem) -> Spell.Act {
        let last = opening.from - 1
        if last < current.period.first {
            throw Problem(
                "enrolment.spell.order", field: "begndate",
                "变更日期应晚于现参保开始日 \(current.period.first),请改为之后的日期")
        }
        if let act = current.acts.last, last < act.day {
            throw Problem("enrolment.act.order", field: "begndate", "日期早于上一次处理的 \(act.day),请改为之后的日期")
        }
        return Spell.Act(kind: .ended, day: last, reason: current.reasonToEnd(for: opening))
    }
}

extension Spell {
    func isSame(as opening: SpellOpening) -> Bool {
        insurance == opening.insurance && category == opening.category && employer == opening.employer
            && period.first <= opening.from
    }

    fileprivate func reasonToEnd(for opening: SpellOpening) -> SpellReason {
        if insurance != opening.insurance { return .otherInsurance }
        if opening.reason == .employerMerged || opening.reason == .personMerged { return opening.reason }
        return employer != opening.employer ? .newEmployer : .otherCategory
    }

    /// Whether an act may follow (前后次序是否成立).
    public func objection(to act: Act) -> Problem? {
        if act.day < period.first || period.last.map({ act.day > $0 }) ?? false {
            return Problem("enrolment.act.outside", field: "day", "\(act.day) 不在参保时段 \(period) 内,请核对日期")
        }
        if let last = acts.last, act.day < last.day {
            return Problem("enrolment.act.order", field: "day", "日期早于上一次处理的 \(last.day),请改为之后的日期")
        }
        let isSuspended = acts.last?.kind == .suspended
        switch act.kind {
        case .voided:
            return Problem("enrolment.act.voided", field: "spell", "登记有误的参保请办理撤销参保登记,不能作为停保、复保办理")
        case .ended where period.last != nil:
            return Problem("enrolment.act.ended", field: "spell", "这段参保已经终止,不必再办")
        case .suspended where isSuspended:
            return Problem("enrolment.act.suspended", field: "spell", "待遇已经暂停,不必再办")
        case .resumed where !isSuspended:
            return Problem("enrolment.act.notSuspended", field: "spell", "待遇没有暂停,不需要恢复")
        default: return nil
        }
    }
}
