import Basics

/// A benefit plan (待遇方案): deductible, bands of ratios, limits; for inpatients and outpatients alike.
public struct Plan: Hashable, Sendable {
    /// One row for each of the scheme's groups.
    public var groups: [GroupTerms]
    /// All deductibles that the rows refer to, by nth stay.
    public var deductibles: [PerTier<Stated<Money>>]
    /// All bands that the rows refer to.
    public var bands: [Band]
    public var basis: BandBasis
    public var reach: BandReach
    public var deductible: DeductibleRule
    /// 单次支付限额
    public var visitLimit: Stated<Money>?
    /// 计入统筹基金年度封顶
    public var countsTowardYearCap: Bool
    /// 先用个人账户: the account pays before the deductible.
    public var accountFirst: Bool

    public init(
        groups: [GroupTerms], deductibles: [PerTier<Stated<Money>>], bands: [Band],
        basis: BandBasis = .afterDeductible, reach: BandReach = .settlement,
        deductible: DeductibleRule = DeductibleRule(), visitLimit: Stated<Money>? = nil,
        countsTowardYearCap: Bool = true, accountFirst: Bool = false
    ) {
        self.groups = groups
        self.deductibles = deductibles
        self.bands = bands
        self.basis = basis
        self.reach = reach
        self.deductible = deductible
        self.visitLimit = visitLimit
        self.countsTowardYearCap = countsTowardYearCap
        self.accountFirst = accountFirst
    }
}

/// A group's row in a plan.
public struct GroupTerms: Hashable, Sendable {
    /// Where in `Plan.deductibles` the list by nth stay stands; the last entry holds for all that follow.
    public var deductibles: Span
    public var bands: PerTier<Span>
    /// 加点: percentage points added to every band (退休人员等).
    public var bonus: Stated<Rate>?
    /// 年度支付限额 of this plan
    public var yearLimit: Stated<Money>?

    public init(
        deductibles: Span, bands: PerTier<Span>, bonus: Stated<Rate>? = nil, yearLimit: Stated<Money>? = nil
    ) {
        self.deductibles = deductibles
        self.bands = bands
        self.bonus = bonus
        self.yearLimit = yearLimit
    }

    /// A run of elements in one of the plan's flat lists.
    public struct Span: Hashable, Sendable {
        public var start: UInt16
        public var count: UInt16

        public init(start: Int, count: Int) {
            self.start = UInt16(start)
            self.count = UInt16(count)
        }
    }
}

/// A band of ratios (费用段): from here to where the next one begins.
public struct Band: Hashable, Sendable {
    public var from: Money
    public var ratio: Rate
    public var clause: ClauseRef

    public init(from: Money, ratio: Rate, clause: ClauseRef = .none) {
        self.from = from
        self.ratio = ratio
        self.clause = clause
    }
}

/// The coordinate of bands (分段坐标).
public enum BandBasis: UInt8, Sendable, CaseIterable {
    /// 起付线以上费用
    case afterDeductible
    /// 含起付线的政策范围内费用
    case cumulativeIncludingDeductible
}

/// Whether bands begin anew with each settlement or run through the year (按次、按年累计).
public enum BandReach: UInt8, Sendable, CaseIterable {
    case settlement
    case year
}

/// How the scheduled deductible becomes the one that is due (起付线规则).
public struct DeductibleRule: Hashable, Sendable {
    public var period: DeductiblePeriod
    public var repeats: Stated<RepeatRule>
    public var waivers: [DeductibleWaiver]
    /// 转往上级医院
    public var transferUp: Stated<TransferRule>
    /// 转往同级或下级医院
    public var transferDown: Stated<TransferRule>
    public var interim: Stated<InterimRule>

    public init(
        period: DeductiblePeriod = .stay, repeats: Stated<RepeatRule> = Stated(.asListed),
        waivers: [DeductibleWaiver] = [], transferUp: Stated<TransferRule> = Stated(.difference),
        transferDown: Stated<TransferRule> = Stated(.free), interim: Stated<InterimRule> = Stated(.once)
    ) {
        self.period = period
        self.repeats = repeats
        self.waivers = waivers
        self.transferUp = transferUp
        self.transferDown = transferDown
        self.interim = interim
    }
}

/// For how long a deductible counts (起付线周期).
public enum DeductiblePeriod: UInt8, Sendable, CaseIterable {
    /// 每次住院(就诊)
    case stay
    /// 全年累计
    case year
    /// 全年累计,与住院起付线合并
    case yearWithInpatient
}

/// The deductible of the nth stay (第n次住院起付线).
public enum RepeatRule: Hashable, Sendable {
    /// As the list by nth stay says.
    case asListed
    /// Each stay lower by a step, down to a floor: `max(floor, D1 − step × (n − 1))`.
    case step(Money, floor: Money)
    /// From the second stay on a share of the first, down to a floor.
    case ratio(Rate, floor: Money)
}

/// A circumstance under which less of a deductible is charged (起付线减免).
public struct DeductibleWaiver: Hashable, Sendable {
    public var conditions: VisitConditions
    public var groups: AssistanceGroups
    /// Charged at the year's first stay, and at later ones.
    public var firstShare: Rate
    public var laterShare: Rate
    public var clause: ClauseRef

    /// Holds when any of the conditions or any of the groups does.
    public init(
        conditions: VisitConditions = [], groups: AssistanceGroups = [], firstShare: Rate = .zero,
        laterShare: Rate = .zero, clause: ClauseRef = .none
    ) {
        self.conditions = conditions
        self.groups = groups
        self.firstShare = firstShare
        self.laterShare = laterShare
        self.clause = clause
    }
}

/// What a transfer owes (转院起付线).
public enum TransferRule: UInt8, Sendable, CaseIterable {
    /// 重新计算
    case full
    /// 补差
    case difference
    /// 不再收取
    case free
}

/// What a later interim settlement of the same stay owes (中途结算起付线).
public enum InterimRule: UInt8, Sendable, CaseIterable {
    /// 一次住院只收一次
    case once
    /// 每次结算各收
    case each
}

/// Percentage points that care elsewhere loses (异地降幅).
public struct RemoteCuts: Hashable, Sendable {
    public var filed: Stated<Rate>
    public var referred: Stated<Rate>
    public var emergency: Stated<Rate>
    public var unfiled: Stated<Rate>

    public init(
        filed: Stated<Rate> = Stated(.zero), referred: Stated<Rate> = Stated(.zero),
        emergency: Stated<Rate> = Stated(.zero), unfiled: Stated<Rate> = Stated(.zero)
    ) {
        self.filed = filed
        self.referred = referred
        self.emergency = emergency
        self.unfiled = unfiled
    }

    public subscript(_ remote: RemoteCare) -> Stated<Rate> {
        switch remote {
        case .local: Stated(.zero)
        case .filed: filed
        case .referred: referred
        case .emergency: emergency
        case .unfiled: unfiled
        }
    }
}
