import Basics

/// A spell of insurance (参保时段): one person, one insurance, without a break.
public struct Spell: Hashable, Sendable {
    public var id: ID<Spell>
    public var insurance: Insurance
    /// 人员类别 (`psn_type`)
    public var category: PersonCategory
    public var employer: ID<Employer>?
    public var period: Period
    /// 待遇享受开始日: later than the first day while a waiting period runs.
    public var entitledFrom: Day
    /// Why it began.
    public var reason: SpellReason
    /// Whether a former system's data brought it (a set-up file, or an opening list), with what they say of its benefits,
    /// and not an act of the desk.
    public var isImported: Bool
    /// 暂停 and 恢复, in the order of their days.
    public var acts: [Act]

    public init(
        id: ID<Spell>, insurance: Insurance, category: PersonCategory, employer: ID<Employer>? = nil,
        period: Period, entitledFrom: Day? = nil, reason: SpellReason = .other, isImported: Bool = false,
        acts: [Act] = []
    ) {
        self.id = id
        self.insurance = insurance
        self.category = category
        self.employer = employer
        self.period = period
        self.entitledFrom = entitledFrom ?? period.first
        self.reason = reason
        self.isImported = isImported
        self.acts = acts
    }

    /// What was done to a spell, effective from a day.
    public struct Act: Hashable, Sendable {
        public enum Kind: Int64, Sendable, CaseIterable {
            /// 终止: the spell ends on this day.
            case ended = 1
            /// 暂停待遇 from this day on
            case suspended = 2
            /// 恢复待遇 from this day on
            case resumed = 3
            /// 撤销登记: it was registered in error and never held.
            case voided = 4
        }
        public var kind: Kind
        public var day: Day
        public var reason: SpellReason

        public init(kind: Kind, day: Day, reason: SpellReason = .other) {
            self.kind = kind
            self.day = day
            self.reason = reason
        }
    }

    /// Whether the two can hold for one person on one day: an insurance never twice, and of the basic
    /// insurances (310 职工, 340 离休, 390 居民) only one.
    public func conflicts(with other: Spell) -> Bool {
        insurance.exclusion == other.insurance.exclusion && period.overlaps(other.period)
    }
}

extension Insurance {
    /// Insurances with the same figure exclude one another on a day.
    public var exclusion: Int64 { isBasic ? 1 : rawValue }
}

/// A mark on a person that benefits or subsidies depend on, with its days (人员身份 `psn_idet_type`).
public struct SpecialStatus: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// 救助对象
        case assistance(AssistanceGroup)
        /// 公务员医疗补助对象
        case civilServantSubsidy
        /// 企业补充医疗保险对象
        case enterpriseSupplement

        /// Assistance groups by their own figure, the supplements by that of their insurance.
        public init?(code: Int64) {
            switch code {
            case Insurance.civilServant.rawValue: self = .civilServantSubsidy
            case Insurance.enterpriseSupplement.rawValue: self = .enterpriseSupplement
            default:
                guard let group = AssistanceGroup(rawValue: code) else { return nil }
                self = .assistance(group)
            }
        }

        /// Every kind, the assistance groups first.
        public static let all: [Kind] =
            AssistanceGroup.allCases.map(Kind.assistance) + [.civilServantSubsidy, .enterpriseSupplement]

        public var code: Int64 {
            switch self {
            case .assistance(let group): group.rawValue
            case .civilServantSubsidy: Insurance.civilServant.rawValue
            case .enterpriseSupplement: Insurance.enterpriseSupplement.rawValue
            }
        }

        public var name: String {
            switch self {
            case .assistance(let group): group.name
            case .civilServantSubsidy: "公务员医疗补助对象"
            case .enterpriseSupplement: "企业补充医疗保险对象"
            }
        }
    }
    public var kind: Kind
    public var period: Period

    public init(kind: Kind, period: Period) {
        self.kind = kind
        self.period = period
    }
}

/// A person with all that 1101, 2001 and a settlement ask about him (参保人).
public struct InsuredPerson: Hashable, Sendable {
    public var person: PersonRecord
    public var spells: [Spell]
    public var statuses: [SpecialStatus]
    /// 待遇享受区间 as last reckoned; nil while nothing but imported spells is known of the person.
    public var cover: [CoverSpan]?
    /// Spells under numbers that were merged into this one, where the cover names one of them; they are no longer acted
    /// upon.
    public var formerSpells: [Spell] = []

    public init(
        person: PersonRecord, spells: [Spell], statuses: [SpecialStatus], cover: [CoverSpan]? = nil
    ) {
        self.person = person
        self.spells = spells
        self.statuses = statuses
        self.cover = cover
    }

    /// Whether some days are covered by a spell under a number that was merged into this one.
    var isCoveredElsewhere: Bool {
        (cover ?? []).contains { span in
            guard case .covered(let cover) = span.state else { return false }
            return !spells.contains { $0.id == cover.spell }
        }
    }

    /// All assistance groups of a day. Which of them counts is the law's of each benefit to say: the one that gives most
    /// (就高不叠加).
    public func assistance(on day: Day) -> Set<AssistanceGroup> {
        SpecialStatus.groups(among: statuses, on: day)
    }

    public func has(_ kind: SpecialStatus.Kind, on day: Day) -> Bool {
        statuses.contains { $0.kind == kind && $0.period.contains(day) }
    }
}

extension SpecialStatus {
    /// All assistance groups in force on a day.
    static func groups(among statuses: [SpecialStatus], on day: Day) -> Set<AssistanceGroup> {
        Set(
            statuses.compactMap { status in
                guard case .assistance(let group) = status.kind, status.period.contains(day) else { return nil }
                return group
            })
    }
}
