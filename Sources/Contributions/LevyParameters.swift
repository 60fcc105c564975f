import Basics
import Policy

/// The law of contributions as the policy files state it (征缴参数). `LevyTerms` and `ResidentTerms` are compiled from it.
public enum LevyParameters {
    static let mode = Parameter<CollectionMode>("levy.mode", title: "征收方式")

    // MARK: Employees

    /// 上年度全口径城镇单位就业人员月平均工资
    static let averageWage = Parameter<Money>("levy.averageWage", title: "全口径城镇单位就业人员月平均工资")
    static let baseFloor = Parameter<Rate>("levy.baseFloor", title: "缴费基数下限比例")
    static let baseCap = Parameter<Multiple>("levy.baseCap", title: "缴费基数上限比例")
    static let baseRounding = Parameter<BaseRounding>("levy.baseRounding", title: "缴费基数取整")
    static let baseYear = Parameter<Int64>("levy.baseYearBeginsInMonth", title: "缴费基数年度起始月", unit: "月")
    /// What is levied together on an employee's base, maternity among them; an agency that also collects pension,
    /// unemployment and work injury names them here.
    static let insurances = Parameter<[Insurance]>("levy.insurances", title: "一并征收的险种")
    static let rates = Parameter<RatePair>(
        "levy.rates", title: "缴费费率", by: [Self.payer.partial, Self.insurance.partial])
    static let fixed = Parameter<FixedPair>(
        "levy.fixed", title: "按月定额缴费", by: [Self.payer.partial, Self.insurance.partial])
    static let undeclared = Parameter<Multiple>("levy.undeclared", title: "未申报时按上月缴费额的比例")
    static let dueMonth = Parameter<DueMonth>("levy.dueMonth", title: "缴费期限所在月")
    static let dueDay = Parameter<Int64>("levy.dueDay", title: "缴费期限", unit: "日")
    static let payerOfMonth = Parameter<PayerOfMonth>("levy.payerOfMonth", title: "同月两处参保的缴费单位")

    static let payer = Dimension("levyClass", title: "缴费类别", .named(LevyClass.allCases.map(\.name)))
    static let insurance = Dimension("levyInsurance", title: "险种", .named(Insurance.allCases.map(\.name)))

    /// 用人单位申报增员的期限
    static let registrationDays = Parameter<Int64>("levy.registrationDays", title: "用工之日起申请参保登记的期限", unit: "日")

    // MARK: Late fee

    static let lateFeeDaily = Parameter<Rate>("levy.lateFeeDaily", title: "滞纳金日加收率")
    static let lateFeeInclusive = Parameter<Bool>("levy.lateFeeInclusive", title: "滞纳金天数含实缴当日")
    static let lateFeeCapped = Parameter<Bool>("levy.lateFeeCapped", title: "滞纳金以欠缴本金为限")
    static let lateFeeOfPersons = Parameter<Bool>("levy.lateFeeOfPersons", title: "个人缴费人逾期加收滞纳金")
    /// 缓缴最长月数, 分期最长月数
    static let deferralMonths = Parameter<Int64>("levy.deferralMonths", title: "缓缴最长期限", unit: "月")
    static let instalmentMonths = Parameter<Int64>("levy.instalmentMonths", title: "分期缴纳最长期限", unit: "月")
    static let instalmentsStopLateFees = Parameter<Bool>(
        "levy.instalmentsStopLateFees", title: "按分期协议缴纳期间停止加收滞纳金")

    // MARK: Residents

    static let residentShares = Parameter<ResidentShares>(
        "levy.residentShares", title: "城乡居民筹资标准", by: [Self.residentClass])
    static let residentOpenMonth = Parameter<Int64>("levy.residentOpenMonth", title: "居民集中征缴期起始月", unit: "月")
    static let residentDueMonth = Parameter<Int64>("levy.residentDueMonth", title: "居民集中征缴期截止月", unit: "月")
    static let residentClass = Dimension("residentClass", title: "居民类别", .named(ResidentClass.allCases.map(\.name)))

    /// 资助参保: declared as registration declares it.
    static let subsidies = Parameter<SubsidyWay>("subsidy.shares", title: "资助参保", by: [.assistanceGroup.partial])

    // MARK: Receipts

    /// 暂收款清理期限
    static let suspenseDays = Parameter<Int64>("levy.suspenseDays", title: "暂收款清理期限", unit: "日")
    static let receiptColumns = Parameter<ReceiptColumns>(
        "levy.receiptColumns", title: "到账文件的列名", by: [Self.receiptSource.partial])
    static let receiptInsurance = Parameter<Insurance>(
        "levy.receiptInsurance", title: "到账文件的险种", by: [Self.receiptSource.partial])
    static let receiptSource = Dimension("receiptSource", title: "到账来源", .named(ReceiptSource.allCases.map(\.name)))

    /// Every key of the levies, for the check.
    public static let declarations: [Declaration] = [
        mode.declaration, averageWage.declaration, baseFloor.declaration, baseCap.declaration, baseRounding.declaration,
        baseYear.declaration, insurances.declaration, rates.declaration, fixed.declaration, undeclared.declaration,
        dueMonth.declaration,
        dueDay.declaration, lateFeeDaily.declaration, lateFeeInclusive.declaration, lateFeeCapped.declaration,
        lateFeeOfPersons.declaration,
        deferralMonths.declaration, instalmentMonths.declaration, instalmentsStopLateFees.declaration,
        residentShares.declaration,
        payerOfMonth.declaration, residentOpenMonth.declaration, residentDueMonth.declaration, subsidies.declaration,
        suspenseDays.declaration, receiptColumns.declaration, receiptInsurance.declaration,
        registrationDays.declaration,
    ]
}

// MARK: - Values as the files write them

/// A rate that may exceed the whole (上限比例 300%、110%).
public struct Multiple: PolicyReadable, Hashable {
    public var rate: Rate
    public static var shape: Shape { .rate(max: .percent(1000)) }
    public static var unit: String? { "%" }
    public init?(policyValue: PolicyValue) {
        guard let rate = Rate(policyValue: policyValue) else { return nil }
        self.rate = rate
    }
}

/// 单位费率、个人费率
public struct RatePair: PolicyReadable, Hashable {
    public var employer: Rate
    public var personal: Rate
    public static var shape: Shape { .record([Field("单位", .rate), Field("个人", .rate)]) }
    public static var unit: String? { "%" }
    public init?(policyValue: PolicyValue) {
        guard let employer = policyValue.field("单位", as: Rate.self),
            let personal = policyValue.field("个人", as: Rate.self)
        else { return nil }
        self.employer = employer
        self.personal = personal
    }
}

/// 单位定额、个人定额(每月)
public struct FixedPair: PolicyReadable, Hashable {
    public var employer: Money
    public var personal: Money
    public static var shape: Shape { .record([Field("单位", .money), Field("个人", .money)]) }
    public static var unit: String? { "元" }
    public init?(policyValue: PolicyValue) {
        guard let employer = policyValue.field("单位", as: Money.self),
            let personal = policyValue.field("个人", as: Money.self)
        else { return nil }
        self.employer = employer
        self.personal = personal
    }
}

extension ResidentShares: PolicyReadable {
    public static var shape: Shape { .record([Field("个人", .money), Field("财政", .money)]) }
    public static var unit: String? { "元" }
    public init?(policyValue: PolicyValue) {
        guard let personal = policyValue.field("个人", as: Money.self),
            let fiscal = policyValue.field("财政", as: Money.self)
        else { return nil }
        self.init(personal: personal, fiscal: fiscal)
    }
}

/// Which column of a file says what (到账文件格式).
public struct ReceiptColumns: PolicyReadable, Hashable {
    public var serial: String
    public var payerCode: String
    public var payerName: String
    public var amount: String
    public var paidDay: String
    /// Columns that a source's files may lack.
    public var bill: String?
    public var period: String?
    public var original: String?
    /// Where money is collected on numbered tickets (代收票据): whose blanks they are, and of which series.
    public var series: String?
    public var custodian: String?
    /// 险种
    public var insurance: String?

    public static var shape: Shape {
        .record([
            Field("流水号", .text), Field("缴费人代码", .text), Field("缴费人名称", .text), Field("金额", .text),
            Field("缴款日期", .text), Field("应缴单号", .text, required: false), Field("所属期", .text, required: false),
            Field("原流水号", .text, required: false), Field("票据批次", .text, required: false),
            Field("保管人", .text, required: false), Field("险种", .text, required: false),
        ])
    }

    public init(
        serial: String, payerCode: String, payerName: String, amount: String, paidDay: String, bill: String? = nil,
        period: String? = nil, original: String? = nil, series: String? = nil, custodian: String? = nil,
        insurance: String? = nil
    ) {
        self.serial = serial
        self.payerCode = payerCode
        self.payerName = payerName
        self.amount = amount
        self.paidDay = paidDay
        self.bill = bill
        self.period = period
        self.original = original
        self.series = series
        self.custodian = custodian
        self.insurance = insurance
    }

    public init?(policyValue: PolicyValue) {
        func column(_ name: String) -> String? { policyValue.field(name, as: String.self) }
        guard let serial = column("流水号"), let code = column("缴费人代码"), let name = column("缴费人名称"),
            let amount = column("金额"), let day = column("缴款日期")
        else { return nil }
        self.init(
            serial: serial, payerCode: code, payerName: name, amount: amount, paidDay: day, bill: column("应缴单号"),
            period: column("所属期"), original: column("原流水号"), series: column("票据批次"), custodian: column("保管人"),
            insurance: column("险种"))
    }

    /// The columns of a source's files on a day.
    public init(_ policy: AreaPolicy, _ source: ReceiptSource, on day: Day) throws(Problem) {
        self = try policy.on(day).value(
            LevyParameters.receiptColumns, Coordinate(LevyParameters.receiptSource, source.name))
    }

    var required: [String] {
        [serial, payerCode, payerName, amount, paidDay] + [series, custodian].compactMap(\.self)
    }
}

/// In whose books a source's money waits that nobody finds a bill for, unless its file says so (到账文件的险种).
public struct SuspenseBook: Sendable, Hashable {
    public var insurance: Insurance

    /// Employees' insurance where the area's policy says nothing of the source.
    public init(_ policy: AreaPolicy, _ source: ReceiptSource, on day: Day) throws(Problem) {
        insurance =
            try policy.on(day).optional(
                LevyParameters.receiptInsurance, Coordinate(LevyParameters.receiptSource, source.name)) ?? .employee
    }
}

/// `{比例: 100%, 出资: 医疗救助资金}` or `{定额: 200, 出资: 医疗救助资金}`.
struct SubsidyWay: PolicyReadable, Hashable {
    var way: GroupSubsidy.Way
    var payer: AidPayer

    static var shape: Shape {
        .record([
            Field("比例", .rate, required: false), Field("定额", .money, required: false), Field("出资", AidPayer.shape),
        ])
    }

    init?(policyValue: PolicyValue) {
        guard let payer: AidPayer = policyValue.field("出资") else { return nil }
        self.payer = payer
        let rate: Rate? = policyValue.field("比例")
        let amount: Money? = policyValue.field("定额")
        switch (rate, amount) {
        case (let rate?, nil): way = .share(rate)
        case (nil, let amount?): way = .amount(amount)
        default: return nil
        }
    }
}

extension Insurance: PolicyChoice {
    public var policyTerm: String { name }
}

extension AidPayer: PolicyChoice {
    public var policyTerm: String { name }
}

extension CollectionMode: PolicyChoice {
    public var policyTerm: String { self == .assessed ? "经办机构核定" : "用人单位自行申报" }
}

extension BaseRounding: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .fen: "到分"
        case .jiao: "到角"
        case .yuan: "到元"
        }
    }
}

extension PayerOfMonth: PolicyChoice {
    public var policyTerm: String { self == .last ? "月末所在单位" : "月初所在单位" }
}

/// 缴费期限所在月
public enum DueMonth: Sendable, CaseIterable, PolicyChoice {
    case same, next
    public var policyTerm: String { self == .same ? "当月" : "次月" }
}

// MARK: - Terms

extension LevyTerms {
    /// The law of a month: every figure that of its first day, so that a month paid for years later is reckoned with
    /// its own parameters.
    public init(_ policy: AreaPolicy, month: Month) throws(Problem) {
        let view = try policy.on(month.first, for: .employee)
        var tariffs: [LevyClass: [LevyTariff]] = [:]
        let levied = try view.value(LevyParameters.insurances)
        for payer in LevyClass.allCases { tariffs[payer] = try Self.tariffs(view, payer, levied) }
        try Self.requireTariffs(levied, tariffs, month)
        self.init(
            mode: try view.value(LevyParameters.mode), averageWage: try view.value(LevyParameters.averageWage),
            floor: try view.value(LevyParameters.baseFloor), cap: try view.value(LevyParameters.baseCap).rate,
            rounding: try view.value(LevyParameters.baseRounding), tariffs: tariffs,
            undeclared: try view.value(LevyParameters.undeclared).rate,
            due: DueRule(
                monthsLater: try view.value(LevyParameters.dueMonth) == .next ? 1 : 0,
                day: Int(try view.value(LevyParameters.dueDay))),
            lateFee: try LateFeeTerms(view), baseYearBeginsInMonth: Int(try view.value(LevyParameters.baseYear)),
            payerOfMonth: try view.value(LevyParameters.payerOfMonth))
    }

    /// The law by which the bases of a base year are fixed: that of its first month (缴费年度首月).
    public init(_ policy: AreaPolicy, baseYear: Int) throws(Problem) {
        let january = try LevyTerms(policy, month: Month(year: baseYear, month: 1))
        let first = january.months(ofBaseYear: baseYear).lowerBound
        self = first.month == 1 ? january : try LevyTerms(policy, month: first)
    }

    /// An insurance that is switched on without anything to pay for it is an oversight in the policy files.
    private static func requireTariffs(
        _ levied: [Insurance], _ tariffs: [LevyClass: [LevyTariff]], _ month: Month
    ) throws(Problem) {
        let priced = Set(tariffs.values.joined().map(\.insurance))
        guard let missing = levied.first(where: { !priced.contains($0) }) else { return }
        throw Problem(
            "contributions.levy.noTariff", field: "levy.insurances",
            "\(month) 开征\(missing.name),但政策文件里没有它的费率或定额,请在 levy.rates 或 levy.fixed 补上,或从 levy.insurances 去掉")
    }

    private static func tariffs(
        _ view: PolicyView, _ payer: LevyClass, _ levied: [Insurance]
    ) throws(Problem) -> [LevyTariff] {
        var tariffs: [LevyTariff] = []
        let place = Coordinate(LevyParameters.payer, payer.name)
        for insurance in levied.sorted(by: { $0.rawValue < $1.rawValue }) {
            let row = Coordinate(LevyParameters.insurance, insurance.name)
            let rates = try view.optional(LevyParameters.rates, place, row)
            let fixed = try view.optional(LevyParameters.fixed, place, row)
            guard rates != nil || fixed != nil else { continue }
            tariffs.append(
                LevyTariff(
                    insurance, employerRate: rates?.employer ?? .zero, personalRate: rates?.personal ?? .zero,
                    employerFixed: fixed?.employer ?? .zero, personalFixed: fixed?.personal ?? .zero))
        }
        return tariffs
    }
}

extension LateFeeTerms {
    /// Nil where the insurance's law knows no late fee (residents).
    init?(_ view: PolicyView) throws(Problem) {
        guard let daily = try view.optional(LevyParameters.lateFeeDaily) else { return nil }
        self.init(
            daily: daily, includesPaidDay: try view.value(LevyParameters.lateFeeInclusive),
            isCapped: try view.value(LevyParameters.lateFeeCapped),
            ofPersons: try view.optional(LevyParameters.lateFeeOfPersons) ?? false)
    }
}

extension ResidentTerms {
    /// The law of a year of residents' insurance: that of its first day.
    public init(_ policy: AreaPolicy, year: Int) throws(Problem) {
        let view = try policy.on(Month(year: year, month: 1).first, for: .resident)
        var shares: [ResidentClass: ResidentShares] = [:]
        for group in ResidentClass.allCases {
            shares[group] = try view.value(
                LevyParameters.residentShares, Coordinate(LevyParameters.residentClass, group.name))
        }
        var subsidies: [AssistanceGroup: GroupSubsidy] = [:]
        for group in AssistanceGroup.allCases {
            if let stated = try view.citedIfStated(LevyParameters.subsidies, at: [.group(group)])?.value {
                subsidies[group] = GroupSubsidy(group, stated.way, by: stated.payer)
            }
        }
        self.init(
            mode: try view.value(LevyParameters.mode), shares: shares, subsidies: subsidies,
            dueMonth: Int(try view.value(LevyParameters.residentDueMonth)))
    }
}

extension ResidentTerms {
    /// The years for which residents are billed on a day (可核定的参保年度): the present one, and the coming one as soon as
    /// the collection for it begins (集中征缴期).
    public static func years(_ policy: AreaPolicy, on day: Day) throws(Problem) -> ClosedRange<Int> {
        let opens = try policy.on(day, for: .resident).value(LevyParameters.residentOpenMonth)
        return day.year...(Int64(day.month.month) >= opens ? day.year + 1 : day.year)
    }
}

/// How long a debt may be deferred or paid in parts (缓缴、分期最长期限).
public struct DebtLimits: Sendable, Hashable {
    public var deferralMonths: Int
    public var instalmentMonths: Int
    /// Whether late fees stand still while instalments are paid as agreed.
    public var instalmentsStopLateFees: Bool

    public init(_ policy: AreaPolicy, on day: Day) throws(Problem) {
        let view = try policy.on(day, for: .employee)
        deferralMonths = Int(try view.value(LevyParameters.deferralMonths))
        instalmentMonths = Int(try view.value(LevyParameters.instalmentMonths))
        instalmentsStopLateFees = try view.value(LevyParameters.instalmentsStopLateFees)
    }
}

/// Within how many days of somebody's first day an employer applies for his registration (用工登记期限): who was told of in
/// time is billed for a month that was missed without a late fee.
public struct RegistrationLimit: Sendable, Hashable {
    public var days: Int

    public init(_ policy: AreaPolicy, on day: Day) throws(Problem) {
        days = Int(try policy.on(day, for: .employee).value(LevyParameters.registrationDays))
    }
}

/// For how long money may be in suspense (暂收款清理期限).
public struct SuspenseLimit: Sendable, Hashable {
    public var days: Int

    /// Nil where the area's policy says nothing of it.
    public init?(_ policy: AreaPolicy, on day: Day) throws(Problem) {
        guard let days = try policy.on(day, for: .employee).optional(LevyParameters.suspenseDays) else { return nil }
        self.days = Int(days)
    }

    /// What was put there before this day should have been cleared.
    public func firstInTime(on today: Day) -> Day { today - days }
}
