import Basics
import Policy

/// The parameters of law that registration asks for (参保登记参数), as the policy files must state them. Those of cover
/// stand in `EntitlementParameters`.
public enum EnrolmentParameters {
    // MARK: Retirement (310)

    static let sex = Dimension("sex", title: "性别", .named(["男", "女"]))
    static let requiredMonths = Parameter<Int64>(
        "retirement.requiredMonths", title: "退休享受待遇的累计缴费年限", by: [sex], unit: "月")
    static let localMonths = Parameter<Int64>("retirement.localMonths", title: "其中本地实际缴费年限", unit: "月")
    static let countsDeemed = Parameter<Bool>("retirement.countsDeemed", title: "视同缴费年限计入累计年限")
    static let lumpBase = Parameter<Money>("retirement.lumpBase", title: "一次性补缴月基数")
    static let lumpRate = Parameter<Rate>("retirement.lumpRate", title: "一次性补缴费率")
    static let allowsMonthly = Parameter<Bool>("retirement.allowsMonthly", title: "不足年限可按月续缴")

    // MARK: Who may be insured as what

    static let workingFrom = Parameter<Int64>("employees.workingFrom", title: "最低就业年龄", unit: "周岁")
    static let retirementFrom = Parameter<Int64>("retirement.ageMin", title: "可以办理退休的最低年龄", unit: "周岁")
    static let cadresBornThrough = Parameter<Int64>("cadres.bornThrough", title: "离休人员最晚出生年", unit: "年")
    static let flexibleSince = Parameter<Int64>("flexible.sinceYear", title: "灵活就业人员参保起始年", unit: "年")

    // MARK: Residents (390)

    static let residentsSince = Parameter<Int64>("residents.sinceYear", title: "居民医保起始年", unit: "年")

    static let schoolFrom = Parameter<Int64>("residents.schoolFrom", title: "学龄起始周岁", unit: "周岁")
    static let adultFrom = Parameter<Int64>("residents.adultFrom", title: "成年居民起始周岁", unit: "周岁")
    static let elderlyFrom = Parameter<Int64>("residents.elderlyFrom", title: "老年居民起始周岁", unit: "周岁")
    static let subsidies = Parameter<SubsidyShare>(
        "subsidy.shares", title: "资助参保", by: [.assistanceGroup.partial])

    /// Every key of these, for the check.
    public static let declarations: [Declaration] = [
        requiredMonths.declaration, localMonths.declaration, countsDeemed.declaration, lumpBase.declaration,
        lumpRate.declaration, allowsMonthly.declaration, schoolFrom.declaration, adultFrom.declaration,
        elderlyFrom.declaration, subsidies.declaration, workingFrom.declaration, retirementFrom.declaration,
        cadresBornThrough.declaration, flexibleSince.declaration, residentsSince.declaration,
    ]
}

extension RetirementTerms {
    /// The terms in force on a day for a sex.
    public init(_ policy: AreaPolicy, on day: Day, sex: Sex) throws(Problem) {
        let view = try policy.on(day, for: .employee)
        let years = try view.cited(
            EnrolmentParameters.requiredMonths, at: [Coordinate(EnrolmentParameters.sex, sex == .male ? "男" : "女")])
        let rate = try view.citedIfStated(EnrolmentParameters.lumpRate)
        self.init(
            requiredMonths: years.value, localMonths: try view.value(EnrolmentParameters.localMonths),
            countsDeemed: try view.value(EnrolmentParameters.countsDeemed),
            lumpBase: try view.optional(EnrolmentParameters.lumpBase), lumpRate: rate?.value,
            allowsMonthly: try view.value(EnrolmentParameters.allowsMonthly), yearsBasis: years.basis,
            lumpBasis: rate?.basis ?? "")
    }
}

extension ResidentAges {
    public init(_ policy: AreaPolicy, on day: Day) throws(Problem) {
        let view = try policy.on(day, for: .resident)
        self.init(
            schoolFrom: Int(try view.value(EnrolmentParameters.schoolFrom)),
            adultFrom: Int(try view.value(EnrolmentParameters.adultFrom)),
            elderlyFrom: Int(try view.value(EnrolmentParameters.elderlyFrom)))
    }
}

extension EnrolmentTerms {
    public init(_ policy: AreaPolicy, on day: Day) throws(Problem) {
        let employees = try policy.on(day, for: .employee)
        let residents = try policy.on(day, for: .resident)
        self.init(
            ages: try ResidentAges(policy, on: day),
            workingFrom: Int(try employees.value(EnrolmentParameters.workingFrom)),
            retirementFrom: Int(try employees.value(EnrolmentParameters.retirementFrom)),
            cadresBornThrough: Int(try employees.value(EnrolmentParameters.cadresBornThrough)),
            flexibleSince: Int(try employees.value(EnrolmentParameters.flexibleSince)),
            residentsSince: Int(try residents.value(EnrolmentParameters.residentsSince)))
    }
}

/// Who pays the subsidy of a group's own share (出资方).
public enum SubsidyPayer: Int64, Sendable, CaseIterable {
    /// 医疗救助资金
    case medicalAssistance = 1
    /// 财政
    case finance = 2

    public var name: String { self == .medicalAssistance ? "医疗救助资金" : "财政" }
}

extension SubsidyPayer: PolicyChoice {
    public var policyTerm: String { name }
}

/// How much of a group's own contribution is paid for it (资助参保标准): a share or a fixed amount, and by whom.
public struct SubsidyShare: Hashable, Sendable {
    public enum Way: Hashable, Sendable {
        /// 全额 is 100 %.
        case share(Rate)
        /// 定额
        case amount(Money)
    }
    public var way: Way
    public var payer: SubsidyPayer

    public init(way: Way, payer: SubsidyPayer) {
        self.way = way
        self.payer = payer
    }

    /// What is paid of somebody's own contribution; never more than that.
    public func subsidy(of own: Money) -> Money {
        switch way {
        case .share(let rate): own * rate
        case .amount(let amount): min(amount, own)
        }
    }
}

/// `{比例: 100%, 出资: 医疗救助资金}` or `{定额: 200, 出资: 医疗救助资金}`.
extension SubsidyShare: PolicyReadable {
    public static let shape = Shape.record([
        Field("比例", .rate, required: false), Field("定额", .money, required: false), Field("出资", SubsidyPayer.shape),
    ])

    public init?(policyValue: PolicyValue) {
        guard let payer: SubsidyPayer = policyValue.field("出资") else { return nil }
        let rate: Rate? = policyValue.field("比例")
        let amount: Money? = policyValue.field("定额")
        switch (rate, amount) {
        case (let rate?, nil): self.init(way: .share(rate), payer: payer)
        case (nil, let amount?): self.init(way: .amount(amount), payer: payer)
        default: return nil
        }
    }
}

/// What is subsidised on a day, by group (资助参保). A person in several groups is paid for as the one that counts.
public struct SubsidyTerms: Hashable, Sendable {
    private let shares: [AssistanceGroup: SubsidyShare]

    public init(_ policy: AreaPolicy, on day: Day) throws(Problem) {
        let view = try policy.on(day, for: .resident)
        var shares: [AssistanceGroup: SubsidyShare] = [:]
        for group in AssistanceGroup.allCases {
            shares[group] = try view.citedIfStated(EnrolmentParameters.subsidies, at: [.group(group)])?.value
        }
        self.shares = shares
    }

    public func share(of group: AssistanceGroup) -> SubsidyShare? { shares[group] }
}
