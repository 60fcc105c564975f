import Basics

/// Chronic and special diseases (门诊慢特病), or the two diseases (两病).
public struct ChronicTerms: Hashable, Sendable {
    /// Deductible and ratios where a disease states none of its own.
    public var plan: Plan
    /// Ordered by code.
    public var diseases: [ChronicDisease]
    public var stacking: Stated<LimitStacking>
    /// 只支付药品
    public var drugsOnly: Bool

    public init(
        plan: Plan, diseases: [ChronicDisease], stacking: Stated<LimitStacking> = Stated(.separate),
        drugsOnly: Bool = false
    ) {
        self.plan = plan
        self.diseases = diseases.sorted { $0.code < $1.code }
        self.stacking = stacking
        self.drugsOnly = drugsOnly
    }

    public func disease(_ code: DiseaseCode) -> ChronicDisease? { diseases.first { $0.code == code } }
}

/// One disease with its limit (病种限额).
public struct ChronicDisease: Hashable, Sendable {
    public var code: DiseaseCode
    public var name: String
    /// The disease's own ratio for everyone; nil: by the plan's bands.
    public var ratio: Stated<Rate>?
    public var limit: DiseaseLimit?

    public init(code: DiseaseCode, name: String, ratio: Stated<Rate>? = nil, limit: DiseaseLimit? = nil) {
        self.code = code
        self.name = name
        self.ratio = ratio
        self.limit = limit
    }
}

/// What a disease's limit counts, how much, and in which time.
public struct DiseaseLimit: Hashable, Sendable {
    public var kind: Kind
    public var amount: Stated<Money>
    public var period: LimitPeriod

    public init(kind: Kind, amount: Stated<Money>, period: LimitPeriod = .year) {
        self.kind = kind
        self.amount = amount
        self.period = period
    }

    public enum Kind: UInt8, Sendable, CaseIterable {
        /// 基金支付限额
        case fundPayment
        /// 符合范围限额
        case inScope
        /// 医疗费总额限额
        case totalFee
        /// 基金支付定额: in-scope costs in full, up to the quota
        case quota
    }
}

/// 限额周期
public enum LimitPeriod: UInt8, Sendable, CaseIterable {
    case year
    case quarter
    case month
}

/// How the limits of several diseases go together (病种间限额叠加).
public enum LimitStacking: Hashable, Sendable {
    /// 各病种分别计算
    case separate
    /// 最高一个病种限额,每增加一个病种加一个数额,合并使用
    case highestPlus(Money)
}

/// Maternity (生育待遇).
public struct MaternityTerms: Hashable, Sendable {
    /// 310103, 510100 or the resident pool.
    public var fund: FundType
    /// 产前检查
    public var prenatal: Stated<MaternityPayment>?
    /// 产前检查年度限额
    public var prenatalLimit: Stated<Money>?
    public var births: [BirthTerms]
    /// 计划生育手术
    public var familyPlanning: Stated<MaternityPayment>?

    public init(
        fund: FundType, prenatal: Stated<MaternityPayment>? = nil, prenatalLimit: Stated<Money>? = nil,
        births: [BirthTerms] = [], familyPlanning: Stated<MaternityPayment>? = nil
    ) {
        self.fund = fund
        self.prenatal = prenatal
        self.prenatalLimit = prenatalLimit
        self.births = births
        self.familyPlanning = familyPlanning
    }
}

public struct BirthTerms: Hashable, Sendable {
    public var kind: BirthKind
    public var payment: Stated<MaternityPayment>

    public init(kind: BirthKind, payment: Stated<MaternityPayment>) {
        self.kind = kind
        self.payment = payment
    }
}

/// How maternity care is paid (生育支付方式).
public enum MaternityPayment: Hashable, Sendable {
    /// 限额: in-scope costs up to the amount, the rest is the patient's
    case upTo(Money)
    /// 定额包干: in-scope costs up to the amount, the rest is the hospital's
    case package(Money)
    /// 按项目: a share of in-scope costs
    case byItem(Rate)
    /// 按住院待遇
    case asInpatient
}

/// What is paid for purchases at pharmacies (药店购药).
public enum PharmacyRule: UInt8, Sendable, CaseIterable {
    /// 只用个人账户
    case accountOnly
    /// 双通道药店凭处方购买的双通道药品进门诊统筹
    case dualChannelDrugs
    /// 凭处方购药进门诊统筹
    case prescriptions
}
