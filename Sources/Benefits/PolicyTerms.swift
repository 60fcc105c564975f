import Basics
import Policy

// How the terms of `BenefitTerms` are written in the policy files.

extension AcrossYears: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .settlementYear: "按结算年度"
        case .admissionYear: "按入院年度"
        case .interimAtYearEnd: "年末中途结算"
        }
    }
}

extension PolicyDayRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .begin: "入院日"
        case .end: "结算日"
        }
    }
}

extension LiabilityRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .unliableShareOnly: "只支付第三人责任以外部分"
        case .payThenRecover: "先行支付后追偿"
        }
    }
}

extension ReversalRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .refuse: "须先撤销其后结算"
        case .recompute: "其后结算重算"
        case .leave: "其后结算不变"
        }
    }
}

extension BandBasis: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .afterDeductible: "起付线以上费用"
        case .cumulativeIncludingDeductible: "含起付线的累计费用"
        }
    }
}

extension BandReach: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .settlement: "按次"
        case .year: "按年累计"
        }
    }
}

extension DeductiblePeriod: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .stay: "每次"
        case .year: "全年累计"
        case .yearWithInpatient: "全年与住院合并"
        }
    }
}

extension TransferRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .full: "重新计算"
        case .difference: "补差"
        case .free: "不再收取"
        }
    }
}

extension InterimRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .once: "一次住院只收一次"
        case .each: "每次结算各收"
        }
    }
}

extension LargeAmountEnrolment: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .withBasicInsurance: "随职工医保参加"
        case .separate: "单独参保"
        }
    }
}

extension PharmacyRule: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .accountOnly: "只用个人账户"
        case .dualChannelDrugs: "双通道药品进门诊统筹"
        case .prescriptions: "凭处方购药进门诊统筹"
        }
    }
}

extension DiseaseLimit.Kind: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .fundPayment: "基金支付限额"
        case .inScope: "符合范围限额"
        case .totalFee: "医疗费总额限额"
        case .quota: "基金支付定额"
        }
    }
}

extension LimitPeriod: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .year: "年"
        case .quarter: "季"
        case .month: "月"
        }
    }
}

/// The fund that pays maternity care.
enum MaternityFund: PolicyChoice {
    case employeePool, employeeMaternity, maternity, residentPool

    var fund: FundType {
        switch self {
        case .employeePool: .employeePool
        case .employeeMaternity: .employeeMaternity
        case .maternity: .maternity
        case .residentPool: .residentPool
        }
    }

    var policyTerm: String { fund.name }
}

/// One kind of care in a payer's scope.
enum CareScopeTerm: PolicyChoice {
    case inpatient, outpatient, chronic, twoDiseases, maternity, pharmacy

    var scope: CareScope {
        switch self {
        case .inpatient: .inpatient
        case .outpatient: .outpatient
        case .chronic: .chronic
        case .twoDiseases: .twoDiseases
        case .maternity: .maternity
        case .pharmacy: .pharmacy
        }
    }

    var policyTerm: String {
        switch self {
        case .inpatient: "住院"
        case .outpatient: "普通门诊"
        case .chronic: "门诊慢特病"
        case .twoDiseases: "两病门诊用药"
        case .maternity: "生育"
        case .pharmacy: "药店购药"
        }
    }
}

/// One part of the burden that an account may pay.
enum AccountScopeTerm: PolicyChoice {
    case inScope, preSelfPay, overLimit, fullSelfPay

    var scope: AccountScope {
        switch self {
        case .inScope: .inScope
        case .preSelfPay: .preSelfPay
        case .overLimit: .overLimit
        case .fullSelfPay: .fullSelfPay
        }
    }

    var policyTerm: String {
        switch self {
        case .inScope: "政策范围内个人负担"
        case .preSelfPay: "先行自付"
        case .overLimit: "超限价"
        case .fullSelfPay: "全自费"
        }
    }
}

/// A circumstance under which a deductible is waived.
enum ConditionTerm: PolicyChoice {
    case mentalIllness, malignancy, infectious, rescue, traditionalChinese, contractedDoctor

    /// Those that the main diagnosis tells.
    static let diagnosed: [ConditionTerm] = [.mentalIllness, .malignancy, .infectious]

    var condition: VisitConditions {
        switch self {
        case .mentalIllness: .mentalIllness
        case .malignancy: .malignancy
        case .infectious: .infectious
        case .rescue: .rescue
        case .traditionalChinese: .traditionalChinese
        case .contractedDoctor: .contractedDoctor
        }
    }

    var policyTerm: String {
        switch self {
        case .mentalIllness: "精神病"
        case .malignancy: "恶性肿瘤"
        case .infectious: "传染病"
        case .rescue: "急诊抢救"
        case .traditionalChinese: "中医医疗机构"
        case .contractedDoctor: "家庭医生签约"
        }
    }
}

extension VisitConditions {
    /// The circumstances by the names that policies use (精神病、恶性肿瘤…).
    public static var names: [String] { ConditionTerm.allCases.map(\.policyTerm) }

    /// One circumstance by its name in policies.
    public init?(named name: String) {
        guard let term = ConditionTerm.allCases.first(where: { $0.policyTerm == name }) else { return nil }
        self = term.condition
    }
}

/// A category of people by its Chinese name.
struct CategoryTerm: PolicyReadable {
    let category: PersonCategory
    static let shape = Shape.choice(PersonCategory.allCases.map(\.name))

    init?(policyValue: PolicyValue) {
        guard case .text(let text) = policyValue,
            let category = PersonCategory.allCases.first(where: { $0.name == text })
        else { return nil }
        self.category = category
    }
}

/// A group of assistance by its Chinese name.
struct AssistanceGroupTerm: PolicyReadable {
    let group: AssistanceGroup
    static let shape = Shape.choice(AssistanceGroup.allCases.map(\.name))

    init?(policyValue: PolicyValue) {
        guard case .text(let text) = policyValue, let group = AssistanceGroup.allCases.first(where: { $0.name == text })
        else { return nil }
        self.group = group
    }
}

/// `{名称: 退休人员, 人员类别: [退休职工, 退休公务员], 年龄起: 0, 年龄止: 200}`
extension PersonGroup: PolicyReadable {
    public static let shape = Shape.record([
        Field("名称", .text), Field("人员类别", [CategoryTerm].shape, required: false),
        Field("年龄起", .count, required: false), Field("年龄止", .count, required: false),
    ])

    public init?(policyValue: PolicyValue) {
        guard let name: String = policyValue.field("名称") else { return nil }
        let categories: [CategoryTerm]? = policyValue.field("人员类别")
        let youngest: Int64 = policyValue.field("年龄起") ?? 0
        let oldest: Int64 = policyValue.field("年龄止") ?? 200
        guard youngest <= oldest else { return nil }
        self.init(
            name: name, categories: categories.map { PersonCategories($0.map(\.category)) } ?? .all,
            ages: Int(youngest)...Int(oldest))
    }
}

/// `{方式: 按表}`, `{方式: 逐次递减, 递减: 200, 下限: 300}`, `{方式: 按首次比例, 比例: 50%, 下限: 0}`
extension RepeatRule: PolicyReadable {
    public static let shape = Shape.record([
        Field("方式", .choice(["按表", "逐次递减", "按首次比例"])), Field("递减", .money, required: false),
        Field("比例", .rate, required: false), Field("下限", .money, required: false),
    ])

    public init?(policyValue: PolicyValue) {
        let floor: Money = policyValue.field("下限") ?? .zero
        switch policyValue.field("方式", as: String.self) {
        case "按表": self = .asListed
        case "逐次递减":
            guard let step: Money = policyValue.field("递减") else { return nil }
            self = .step(step, floor: floor)
        case "按首次比例":
            guard let ratio: Rate = policyValue.field("比例") else { return nil }
            self = .ratio(ratio, floor: floor)
        default: return nil
        }
    }
}

/// `C`, `Z51.1` or `D00-D09`.
extension DiagnosisRange: PolicyReadable {
    public static let shape = Shape.text

    public init?(policyValue: PolicyValue) {
        guard case .text(let text) = policyValue else { return nil }
        self.init(text)
    }
}

/// `{情形: [精神病], 救助对象: [特困人员], 首次: 0%, 再次: 0%}`
extension DeductibleWaiver: PolicyReadable {
    public static let shape = Shape.record([
        Field("情形", [ConditionTerm].shape, required: false),
        Field("救助对象", [AssistanceGroupTerm].shape, required: false), Field("首次", .rate), Field("再次", .rate),
    ])

    public init?(policyValue: PolicyValue) {
        guard let first: Rate = policyValue.field("首次"), let later: Rate = policyValue.field("再次") else { return nil }
        let conditions: [ConditionTerm] = policyValue.field("情形") ?? []
        let groups: [AssistanceGroupTerm] = policyValue.field("救助对象") ?? []
        self.init(
            conditions: VisitConditions(conditions.map(\.condition)), groups: AssistanceGroups(groups.map(\.group)),
            firstShare: first, laterShare: later)
    }
}

/// `{病种: 高血压, 口径: 基金支付限额, 限额: 2400, 周期: 年, 比例: 70%}`; without 限额 the disease has none.
struct DiseaseRow: PolicyReadable, Hashable {
    let name: String
    let ratio: Rate?
    let kind: DiseaseLimit.Kind?
    let amount: Money?
    let period: LimitPeriod

    static let shape = Shape.record([
        Field("病种", .text), Field("口径", DiseaseLimit.Kind.shape, required: false),
        Field("限额", .money, required: false), Field("周期", LimitPeriod.shape, required: false),
        Field("比例", .rate, required: false),
    ])

    init?(policyValue: PolicyValue) {
        guard let name: String = policyValue.field("病种") else { return nil }
        self.name = name
        ratio = policyValue.field("比例")
        kind = policyValue.field("口径")
        amount = policyValue.field("限额")
        period = policyValue.field("周期") ?? .year
        guard (kind == nil) == (amount == nil) else { return nil }
    }
}

/// `{方式: 分别计算}` or `{方式: 合并使用, 每增一种: 600}`
extension LimitStacking: PolicyReadable {
    public static let shape = Shape.record([
        Field("方式", .choice(["分别计算", "合并使用"])), Field("每增一种", .money, required: false),
    ])

    public init?(policyValue: PolicyValue) {
        switch policyValue.field("方式", as: String.self) {
        case "分别计算": self = .separate
        case "合并使用": self = .highestPlus(policyValue.field("每增一种") ?? .zero)
        default: return nil
        }
    }
}

/// `{方式: 限额, 金额: 3000}`, `{方式: 定额包干, 金额: 4000}`, `{方式: 按项目, 比例: 100%}`, `{方式: 按住院待遇}`
extension MaternityPayment: PolicyReadable {
    public static let shape = Shape.record([
        Field("方式", .choice(["限额", "定额包干", "按项目", "按住院待遇"])), Field("金额", .money, required: false),
        Field("比例", .rate, required: false),
    ])

    public init?(policyValue: PolicyValue) {
        let amount: Money? = policyValue.field("金额")
        switch (policyValue.field("方式", as: String.self), amount, policyValue.field("比例", as: Rate.self)) {
        case ("限额", let amount?, nil): self = .upTo(amount)
        case ("定额包干", let amount?, nil): self = .package(amount)
        case ("按项目", nil, let ratio?): self = .byItem(ratio)
        case ("按住院待遇", nil, nil): self = .asInpatient
        default: return nil
        }
    }
}

/// `{起付线: 8000, 加点: 5%, 取消封顶: 是}`
struct TiltRow: PolicyReadable, Hashable {
    let deductible: Money
    let bonus: Rate
    let isUncapped: Bool

    static let shape = Shape.record([Field("起付线", .money), Field("加点", .rate), Field("取消封顶", .flag)])

    init?(policyValue: PolicyValue) {
        guard let deductible: Money = policyValue.field("起付线"), let bonus: Rate = policyValue.field("加点"),
            let isUncapped: Bool = policyValue.field("取消封顶")
        else { return nil }
        self.deductible = deductible
        self.bonus = bonus
        self.isUncapped = isUncapped
    }
}
