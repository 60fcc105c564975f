import Basics

/// Everything an area's law sets for benefits on one day (待遇参数), as one value.
///
/// Compiled once for an area and a day from the dated policy (`TermsFromPolicy.swift`) and kept by the
/// caller. Amounts and ratios stand beside the clause that states them, as `Stated`.
public struct BenefitTerms: Hashable, Sendable {
    public var area: AreaCode
    /// 依据: what steps refer to by `ClauseRef`.
    public var clauses: [Clause]
    public var year: YearTerms
    public var settlement: SettlementTerms
    /// 职工基本医保 (310)
    public var employee: SchemeTerms?
    /// 城乡居民基本医保 (390)
    public var resident: SchemeTerms?
    /// 医疗救助
    public var assistance: AssistanceTerms?

    public init(
        area: AreaCode, clauses: [Clause] = [], year: YearTerms = YearTerms(),
        settlement: SettlementTerms = SettlementTerms(), employee: SchemeTerms? = nil,
        resident: SchemeTerms? = nil, assistance: AssistanceTerms? = nil
    ) {
        self.area = area
        self.clauses = clauses
        self.year = year
        self.settlement = settlement
        self.employee = employee
        self.resident = resident
        self.assistance = assistance
    }

    /// The scheme that an insurance follows; nil where the area states none.
    public func scheme(_ insurance: Insurance) -> SchemeTerms? {
        switch insurance {
        case .employee: employee
        case .resident: resident
        default: nil
        }
    }

    public func clause(_ ref: ClauseRef) -> Clause? {
        Int(ref.index) < clauses.count ? clauses[Int(ref.index)] : nil
    }
}

/// A clause of law (依据): what is set, and where it is written.
public struct Clause: Hashable, Sendable {
    /// `住院起付标准`
    public var title: String
    /// `示医保发〔2025〕1号第六条`
    public var basis: String

    public init(title: String, basis: String) {
        self.title = title
        self.basis = basis
    }
}

/// A value together with the clause that states it.
public struct Stated<Value: Hashable & Sendable>: Hashable, Sendable {
    public var value: Value
    public var clause: ClauseRef

    @inlinable
    public init(_ value: Value, _ clause: ClauseRef = .none) {
        self.value = value
        self.clause = clause
    }
}

/// One value for each tier of hospitals (按医疗机构级别).
public struct PerTier<Value: Hashable & Sendable>: Hashable, Sendable {
    public var unrated: Value
    public var first: Value
    public var second: Value
    public var third: Value

    public init(unrated: Value, first: Value, second: Value, third: Value) {
        self.unrated = unrated
        self.first = first
        self.second = second
        self.third = third
    }

    public init(all value: Value) { self.init(unrated: value, first: value, second: value, third: value) }

    @inlinable
    public subscript(_ tier: Tier) -> Value {
        get {
            switch tier {
            case .unrated: unrated
            case .first: first
            case .second: second
            case .third: third
            }
        }
        set {
            switch tier {
            case .unrated: unrated = newValue
            case .first: first = newValue
            case .second: second = newValue
            case .third: third = newValue
            }
        }
    }
}

// MARK: - Year and settlement

/// The benefit year (待遇年度).
public struct YearTerms: Hashable, Sendable {
    /// The month in which the year begins; 1 almost everywhere.
    public var beginsInMonth: Int
    public var acrossYears: Stated<AcrossYears>
    /// The day whose policy a stay is settled by.
    public var policyDay: PolicyDayRule

    public init(
        beginsInMonth: Int = 1, acrossYears: Stated<AcrossYears> = Stated(.settlementYear),
        policyDay: PolicyDayRule = .end
    ) {
        self.beginsInMonth = beginsInMonth
        self.acrossYears = acrossYears
        self.policyDay = policyDay
    }

    /// 待遇年度 that a day falls in, named by the calendar year in which it begins.
    public func year(of day: Day) -> Int {
        let month = day.month
        return month.month >= beginsInMonth ? month.year : month.year - 1
    }

    public func firstDay(of year: Int) -> Day { Month(year: year, month: beginsInMonth).first }
}

/// To which year a stay across the year's end counts (跨年度住院).
public enum AcrossYears: UInt8, Sendable, CaseIterable {
    /// 按出院(结算)年度
    case settlementYear
    /// 按入院年度
    case admissionYear
    /// 年末中途结算,分年度
    case interimAtYearEnd
}

/// 按入院日 or 按出院(结算)日的政策
public enum PolicyDayRule: UInt8, Sendable, CaseIterable {
    case begin
    case end
}

/// How results are presented and what a reversal does (结算口径).
public struct SettlementTerms: Hashable, Sendable {
    /// 基金支付总额含个人账户
    public var fundTotalIncludesAccount: Bool
    /// 公务员、企业补充先于医疗救助
    public var supplementsBeforeAssistance: Bool
    public var liability: Stated<LiabilityRule>
    public var reversal: Stated<ReversalRule>
    /// How far a line's amount may differ from price × quantity.
    public var amountTolerance: Money

    public init(
        fundTotalIncludesAccount: Bool = false, supplementsBeforeAssistance: Bool = true,
        liability: Stated<LiabilityRule> = Stated(.unliableShareOnly),
        reversal: Stated<ReversalRule> = Stated(.refuse), amountTolerance: Money = .zero
    ) {
        self.fundTotalIncludesAccount = fundTotalIncludesAccount
        self.supplementsBeforeAssistance = supplementsBeforeAssistance
        self.liability = liability
        self.reversal = reversal
        self.amountTolerance = amountTolerance
    }
}

/// What the fund pays where a third person is liable (第三人责任).
public enum LiabilityRule: UInt8, Sendable, CaseIterable {
    /// 基金只支付第三人责任以外的部分
    case unliableShareOnly
    /// 第三人不支付或无法确定的,先行支付后追偿
    case payThenRecover
}

/// What happens to later settlements of the year when an earlier one is reversed (撤销非末次结算).
public enum ReversalRule: UInt8, Sendable, CaseIterable {
    /// 须先撤销其后的结算
    case refuse
    /// 其后的结算重算
    case recompute
    /// 其后的结算不变
    case leave
}

// MARK: - A scheme

/// One insurance's benefits (险种待遇).
public struct SchemeTerms: Hashable, Sendable {
    /// 人群: the first that matches counts. Plans have one row for each.
    public var groups: [PersonGroup]
    public var inpatient: Plan
    public var outpatient: Plan?
    /// 急诊; nil: as outpatient.
    public var emergency: Plan?
    /// 急诊抢救按住院待遇
    public var rescueAsInpatient: Bool
    /// 急诊转住院: days before admission whose emergency lines join the stay.
    public var emergencyMergeDays: Int
    /// 意外伤害门诊; nil: as outpatient.
    public var accident: Plan?
    public var chronic: ChronicTerms?
    public var twoDiseases: ChronicTerms?
    public var maternity: MaternityTerms?
    public var pharmacy: Stated<PharmacyRule>
    /// 统筹基金年度最高支付限额
    public var yearCap: Stated<Money>?
    /// 职工大额 (330): pays what lies above the year's ceiling.
    public var largeAmount: LargeAmountTerms?
    /// 大病保险: pays on the compliant burden.
    public var critical: CriticalTerms?
    public var civilServant: SupplementTerms?
    public var enterprise: SupplementTerms?
    public var remoteCuts: RemoteCuts
    public var account: AccountTerms?

    public init(
        groups: [PersonGroup] = [.everyone], inpatient: Plan, outpatient: Plan? = nil, emergency: Plan? = nil,
        rescueAsInpatient: Bool = false, emergencyMergeDays: Int = 3, accident: Plan? = nil,
        chronic: ChronicTerms? = nil, twoDiseases: ChronicTerms? = nil, maternity: MaternityTerms? = nil,
        pharmacy: Stated<PharmacyRule> = Stated(.accountOnly), yearCap: Stated<Money>? = nil,
        largeAmount: LargeAmountTerms? = nil, critical: CriticalTerms? = nil,
        civilServant: SupplementTerms? = nil, enterprise: SupplementTerms? = nil,
        remoteCuts: RemoteCuts = RemoteCuts(), account: AccountTerms? = nil
    ) {
        self.groups = groups
        self.inpatient = inpatient
        self.outpatient = outpatient
        self.emergency = emergency
        self.rescueAsInpatient = rescueAsInpatient
        self.emergencyMergeDays = emergencyMergeDays
        self.accident = accident
        self.chronic = chronic
        self.twoDiseases = twoDiseases
        self.maternity = maternity
        self.pharmacy = pharmacy
        self.yearCap = yearCap
        self.largeAmount = largeAmount
        self.critical = critical
        self.civilServant = civilServant
        self.enterprise = enterprise
        self.remoteCuts = remoteCuts
        self.account = account
    }
}

/// A group of people that a table distinguishes (人群), by category and age.
public struct PersonGroup: Hashable, Sendable {
    public var name: String
    public var categories: PersonCategories
    public var ages: ClosedRange<Int>

    public init(name: String, categories: PersonCategories, ages: ClosedRange<Int> = 0...200) {
        self.name = name
        self.categories = categories
        self.ages = ages
    }

    public func contains(_ insured: Insured) -> Bool {
        categories.contains(insured.category) && ages.contains(insured.age)
    }

    public static let everyone = PersonGroup(name: "全体参保人员", categories: .all)
}

/// A set of `PersonCategory` (人员类别集合).
public struct PersonCategories: Hashable, Sendable {
    var bits: UInt32

    public init(_ categories: some Sequence<PersonCategory>) {
        bits = 0
        for category in categories { bits |= PersonCategories.bit(category) }
    }

    public static let all = PersonCategories(PersonCategory.allCases)
    public static let retired = PersonCategories(PersonCategory.allCases.filter(\.isRetired))
    public static let employed = PersonCategories([.employed, .civilServant, .flexible])

    public func contains(_ category: PersonCategory) -> Bool { bits & PersonCategories.bit(category) != 0 }

    private static func bit(_ category: PersonCategory) -> UInt32 {
        switch category {
        case .employed: 1
        case .civilServant: 1 << 1
        case .flexible: 1 << 2
        case .retired: 1 << 3
        case .retiredCivilServant: 1 << 4
        case .retiredFlexible: 1 << 5
        case .retiredCadre: 1 << 6
        case .newborn: 1 << 7
        case .preschool: 1 << 8
        case .pupil: 1 << 9
        case .universityStudent: 1 << 10
        case .minor: 1 << 11
        case .adult: 1 << 12
        case .elderly: 1 << 13
        }
    }
}

// MARK: - A plan: deductible, bands, limits

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

// MARK: - Special outpatient care

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

// MARK: - Further payers

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

    public init(bands: [Band], yearLimit: Stated<Money>? = nil) {
        self.bands = bands
        self.yearLimit = yearLimit
    }
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
