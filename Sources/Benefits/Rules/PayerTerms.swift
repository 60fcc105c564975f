import Basics

/// Kinds of care that a payer covers (覆盖的就医类型).
public struct CareScope: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public static let inpatient = CareScope(rawValue: 1)
    public static let outpatient = CareScope(rawValue: 2)
    public static let chronic = CareScope(rawValue: 4)
    public static let twoDiseases = CareScope(rawValue: 8)
    public static let maternity = CareScope(rawValue: 16)
    public static let pharmacy = CareScope(rawValue: 32)
    public static let all: CareScope = [.inpatient, .outpatient, .chronic, .twoDiseases, .maternity, .pharmacy]
}

/// Supplement above the year's ceiling (职工大额医疗费用补助).
public struct LargeAmountTerms: Hashable, Sendable {
    /// On the year's costs above the ceiling.
    public var bands: [Band]
    public var yearLimit: Stated<Money>?
    public var enrolment: LargeAmountEnrolment

    public init(
        bands: [Band], yearLimit: Stated<Money>? = nil, enrolment: LargeAmountEnrolment = .withBasicInsurance
    ) {
        self.bands = bands
        self.yearLimit = yearLimit
        self.enrolment = enrolment
    }
}

/// Who has the large-amount subsidy (大额补助参保方式).
public enum LargeAmountEnrolment: UInt8, Sendable, CaseIterable {
    /// 随职工医保参加
    case withBasicInsurance
    /// 单独参保: whoever has a spell of insurance 330.
    case separate
}

/// Critical-illness insurance (大病保险), on the year's compliant burden.
public struct CriticalTerms: Hashable, Sendable {
    public var covers: CareScope
    /// 合规费用含先行自付
    public var includesPreSelfPay: Bool
    public var deductible: Stated<Money>
    /// After the deductible.
    public var bands: [Band]
    public var yearLimit: Stated<Money>?
    public var tilts: [CriticalTilt]
    /// 连续参保激励不超过限额的比例
    public var raiseShareMax: Rate

    public init(
        covers: CareScope = [.inpatient, .chronic], includesPreSelfPay: Bool = false, deductible: Stated<Money>,
        bands: [Band], yearLimit: Stated<Money>? = nil, tilts: [CriticalTilt] = [],
        raiseShareMax: Rate = .percent(20)
    ) {
        self.covers = covers
        self.includesPreSelfPay = includesPreSelfPay
        self.deductible = deductible
        self.bands = bands
        self.yearLimit = yearLimit
        self.tilts = tilts
        self.raiseShareMax = raiseShareMax
    }
}

/// What critical-illness insurance does more for poor groups (大病倾斜).
public struct CriticalTilt: Hashable, Sendable {
    public var groups: AssistanceGroups
    public var deductible: Stated<Money>
    /// 加点
    public var bonus: Stated<Rate>
    /// 取消封顶
    public var isUncapped: Bool

    public init(
        groups: AssistanceGroups, deductible: Stated<Money>, bonus: Stated<Rate>, isUncapped: Bool = true
    ) {
        self.groups = groups
        self.deductible = deductible
        self.bonus = bonus
        self.isUncapped = isUncapped
    }
}

/// Civil-servant or enterprise supplement (公务员医疗补助、企业补充医疗保险).
public struct SupplementTerms: Hashable, Sendable {
    public var covers: CareScope
    /// 补助范围含起付线
    public var includesDeductible: Bool
    /// 补助范围含先行自付
    public var includesPreSelfPay: Bool
    /// 年度起付
    public var deductible: Stated<Money>?
    public var ratio: Stated<Rate>
    public var retiredRatio: Stated<Rate>
    public var yearLimit: Stated<Money>?

    public init(
        covers: CareScope = [.inpatient], includesDeductible: Bool = false, includesPreSelfPay: Bool = false,
        deductible: Stated<Money>? = nil, ratio: Stated<Rate>, retiredRatio: Stated<Rate>? = nil,
        yearLimit: Stated<Money>? = nil
    ) {
        self.covers = covers
        self.includesDeductible = includesDeductible
        self.includesPreSelfPay = includesPreSelfPay
        self.deductible = deductible
        self.ratio = ratio
        self.retiredRatio = retiredRatio ?? ratio
        self.yearLimit = yearLimit
    }
}

/// Medical assistance (医疗救助) and further assistance (倾斜救助).
public struct AssistanceTerms: Hashable, Sendable {
    public var covers: CareScope
    public var includesPreSelfPay: Bool
    public var rules: [AssistanceRule]
    /// 倾斜救助, on what is left after assistance
    public var further: [AssistanceRule]

    public init(
        covers: CareScope = [.inpatient, .chronic], includesPreSelfPay: Bool = false, rules: [AssistanceRule],
        further: [AssistanceRule] = []
    ) {
        self.covers = covers
        self.includesPreSelfPay = includesPreSelfPay
        self.rules = rules
        self.further = further
    }
}

/// What some groups are given (救助标准): above a yearly deductible a share, up to a yearly limit.
public struct AssistanceRule: Hashable, Sendable {
    public var groups: AssistanceGroups
    public var deductible: Stated<Money>
    public var ratio: Stated<Rate>
    public var yearLimit: Stated<Money>?

    public init(
        groups: AssistanceGroups, deductible: Stated<Money>, ratio: Stated<Rate>, yearLimit: Stated<Money>? = nil
    ) {
        self.groups = groups
        self.deductible = deductible
        self.ratio = ratio
        self.yearLimit = yearLimit
    }
}

/// What personal accounts may pay (个人账户使用范围).
public struct AccountTerms: Hashable, Sendable {
    public var covers: AccountScope
    /// 家庭共济
    public var sharing: Bool
    /// What a family member's account may pay.
    public var sharedCovers: AccountScope
    public var clause: ClauseRef

    public init(
        covers: AccountScope = [.inScope, .preSelfPay], sharing: Bool = true,
        sharedCovers: AccountScope = [.inScope, .preSelfPay], clause: ClauseRef = .none
    ) {
        self.covers = covers
        self.sharing = sharing
        self.sharedCovers = sharedCovers
        self.clause = clause
    }
}

/// The parts of the personal burden that an account may pay.
public struct AccountScope: OptionSet, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// 政策范围内个人负担
    public static let inScope = AccountScope(rawValue: 1)
    /// 先行自付
    public static let preSelfPay = AccountScope(rawValue: 2)
    /// 超限价
    public static let overLimit = AccountScope(rawValue: 4)
    /// 全自费
    public static let fullSelfPay = AccountScope(rawValue: 8)
}
