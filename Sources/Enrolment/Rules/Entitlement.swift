import Basics

/// Whether the fund answers for a person's care on a day, and if so as what (待遇享受资格).
public enum Entitlement: Hashable, Sendable {
    case covered(Coverage)
    case refused(Refusal)

    /// In what quality somebody is covered on a day.
    public struct Coverage: Hashable, Sendable {
        public var insurance: Insurance
        public var category: PersonCategory
        public var spell: ID<Spell>
        public var employer: ID<Employer>?
        /// 救助对象身份, all of them: the law of each benefit says which gives most.
        public var assistance: Set<AssistanceGroup>
        public var hasCivilServantSubsidy: Bool
        public var hasEnterpriseSupplement: Bool
        /// 连续参保和零报销激励: by so much the ceiling of critical-illness insurance is raised.
        public var criticalLimitRaise = Money.zero
    }

    /// Why the fund does not answer.
    public enum Refusal: Hashable, Sendable {
        case dead(since: Day)
        case notInsured
        /// A spell in another insurance covers the day.
        case otherInsurance(Insurance)
        case ended(on: Day)
        case waiting(until: Day)
        case suspended(since: Day)
        /// What contributions decided, with the clause.
        case notCovered(NoCover)
    }

    public var coverage: Coverage? {
        if case .covered(let coverage) = self { coverage } else { nil }
    }

    /// The coverage, or the problem that says why there is none.
    public func require() throws(Problem) -> Coverage {
        switch self {
        case .covered(let coverage): return coverage
        case .refused(let refusal): throw refusal.problem
        }
    }
}

extension Entitlement.Refusal {
    public var problem: Problem {
        switch self {
        case .notCovered(let reason): reason.problem
        case .dead(let since):
            Problem("enrolment.entitlement.dead", field: "psn_no", "此人已于 \(since) 登记死亡,不能结算,请核对人员编号")
        case .notInsured:
            Problem("enrolment.entitlement.notInsured", field: "psn_no", "此人当日没有参保,请按自费结算或先办理参保登记")
        case .otherInsurance(let insurance):
            Problem(
                "enrolment.entitlement.otherInsurance", field: "insutype",
                "此人当日参加的是\(insurance.name)(\(insurance.rawValue)),请改用该险种")
        case .ended(let day):
            Problem("enrolment.entitlement.ended", field: "psn_no", "此人的参保已于 \(day) 终止,请先办理续保")
        case .waiting(let until):
            Problem("enrolment.entitlement.waiting", field: "psn_no", "此人在待遇等待期内,\(until) 起可以享受待遇")
        case .suspended(let since):
            Problem(
                "enrolment.entitlement.suspended", field: "psn_no",
                "此人的待遇自 \(since) 起暂停,请单位或个人补缴或办理恢复后再结算")
        }
    }
}

extension InsuredPerson {
    /// The entitlement on a day: by the reckoned spans of cover where there are any, else by spells, their acts and the
    /// person's life alone. The same question always has the same answer.
    ///
    /// - Parameter insurance: the insurance under which care is claimed; nil finds the basic insurance of the day.
    public func entitlement(on day: Day, under insurance: Insurance? = nil) -> Entitlement {
        if let died = person.died, day > died { return .refused(.dead(since: died)) }
        if let cover, insurance?.isBasic ?? true { return entitlement(on: day, under: insurance, by: cover) }
        let claimed = spells.filter { insurance == nil ? $0.insurance.isBasic : $0.insurance == insurance }
        guard let spell = claimed.first(where: { $0.period.contains(day) }) else {
            return .refused(absence(on: day, among: claimed))
        }
        if day < spell.entitledFrom { return .refused(.waiting(until: spell.entitledFrom)) }
        if let since = spell.suspension(on: day) { return .refused(.suspended(since: since)) }
        return .covered(coverage(by: spell, on: day))
    }

    /// What the reckoned spans say of a day. Cover may reach beyond its spell: to a newborn's birth, over a gap that was
    /// paid for, to the end of the last month paid.
    private func entitlement(on day: Day, under insurance: Insurance?, by cover: [CoverSpan]) -> Entitlement {
        switch cover.first(where: { $0.period.contains(day) })?.state {
        case nil: return .refused(.notInsured)
        case .notCovered(let reason): return .refused(.notCovered(reason))
        case .covered(let cover):
            if let insurance, insurance != cover.insurance { return .refused(.otherInsurance(cover.insurance)) }
            guard let spell = (spells + formerSpells).first(where: { $0.id == cover.spell }) else {
                return .refused(.notInsured)
            }
            var coverage = coverage(by: spell, on: day)
            coverage.criticalLimitRaise = cover.criticalRaise
            return .covered(coverage)
        }
    }

    private func coverage(by spell: Spell, on day: Day) -> Entitlement.Coverage {
        Entitlement.Coverage(
            insurance: spell.insurance, category: spell.category, spell: spell.id, employer: spell.employer,
            assistance: assistance(on: day), hasCivilServantSubsidy: has(.civilServantSubsidy, on: day),
            hasEnterpriseSupplement: has(.enterpriseSupplement, on: day))
    }

    /// Why no claimed spell covers the day: another basic insurance does, the last one ended, or there was none.
    private func absence(on day: Day, among claimed: [Spell]) -> Entitlement.Refusal {
        if let other = spells.first(where: { $0.insurance.isBasic && $0.period.contains(day) }) {
            return .otherInsurance(other.insurance)
        }
        if let end = claimed.compactMap(\.period.last).filter({ $0 < day }).max() { return .ended(on: end) }
        return .notInsured
    }
}

extension Spell {
    /// The day since which the benefits are suspended, when they are on this day.
    public func suspension(on day: Day) -> Day? {
        guard let act = acts.last(where: { $0.kind != .ended && $0.day <= day }), act.kind == .suspended else {
            return nil
        }
        return act.day
    }
}
