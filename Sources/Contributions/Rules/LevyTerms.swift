import Basics

/// How the money is collected (征收方式): decided by area and day.
public enum CollectionMode: Sendable, Hashable, CaseIterable {
    /// 经办机构核定、税务机关征收: the agency makes the bills.
    case assessed
    /// 用人单位自行申报、税务机关征收: the agency is told what was declared, came in and went back.
    case declared
}

/// What an insured person is as a payer (缴费类别): each has its own tariff.
public enum LevyClass: Int64, Sendable, Hashable, CaseIterable {
    /// 职工
    case employee = 1
    /// 公务员
    case civilServant = 2
    /// 灵活就业
    case flexible = 3
    /// 灵活就业低档(单建统筹)
    case flexibleLow = 4

    public var name: String {
        switch self {
        case .employee: "职工"
        case .civilServant: "公务员"
        case .flexible: "灵活就业"
        case .flexibleLow: "灵活就业低档"
        }
    }

    /// Who is levied monthly; nil for those who no longer pay (退休) and for residents.
    public init?(_ category: PersonCategory, lowTier: Bool = false) {
        switch category {
        case .employed: self = .employee
        case .civilServant: self = .civilServant
        case .flexible: self = lowTier ? .flexibleLow : .flexible
        default: return nil
        }
    }
}

/// How a contribution base is rounded (缴费基数取整).
public enum BaseRounding: Sendable, Hashable, CaseIterable {
    /// 到分
    case fen
    /// 四舍五入到角
    case jiao
    /// 四舍五入到元
    case yuan

    func round(_ amount: Money) -> Money {
        let unit: Int64 =
            switch self {
            case .fen: 1
            case .jiao: 10
            case .yuan: 100
            }
        return Money(fen: Rounding.halfUp(amount.fen, unit) * unit)
    }
}

/// What one insurance costs a month (费率或定额).
public struct LevyTariff: Sendable, Hashable {
    public var insurance: Insurance
    public var employerRate: Rate
    public var personalRate: Rate
    /// A fixed sum a month beside or instead of the rates (大额医疗费用补助).
    public var employerFixed: Money
    public var personalFixed: Money

    public init(
        _ insurance: Insurance, employerRate: Rate = .zero, personalRate: Rate = .zero, employerFixed: Money = .zero,
        personalFixed: Money = .zero
    ) {
        self.insurance = insurance
        self.employerRate = employerRate
        self.personalRate = personalRate
        self.employerFixed = employerFixed
        self.personalFixed = personalFixed
    }

    /// The parts of a month on a base; each is rounded to the fen on its own (单位、个人分别取整).
    public func levy(on base: Money) -> LevyPart {
        LevyPart(
            insurance: insurance, base: base, employer: base * employerRate + employerFixed,
            personal: base * personalRate + personalFixed)
    }
}

/// What is owed for one person, one insurance and one month (应缴明细).
public struct LevyPart: Sendable, Hashable {
    public var insurance: Insurance
    /// 缴费基数
    public var base: Money
    /// 单位缴纳
    public var employer: Money
    /// 个人缴纳
    public var personal: Money

    public init(insurance: Insurance, base: Money, employer: Money, personal: Money) {
        self.insurance = insurance
        self.base = base
        self.employer = employer
        self.personal = personal
    }

    public var total: Money { employer + personal }

    static prefix func - (part: LevyPart) -> LevyPart {
        LevyPart(insurance: part.insurance, base: part.base, employer: -part.employer, personal: -part.personal)
    }
}

/// The last day of payment of a month (缴费期限).
public struct DueRule: Sendable, Hashable {
    /// 0 当月, 1 次月
    public var monthsLater: Int
    public var day: Int

    public init(monthsLater: Int, day: Int) {
        self.monthsLater = monthsLater
        self.day = day
    }

    /// A month that is shorter than the rule's day ends on its last.
    public func dueDay(of month: Month) -> Day {
        let due = month + monthsLater
        return due.first + (min(day, due.dayCount) - 1)
    }
}

/// Who pays for somebody whom two payers have in one month (同月两处参保的缴费单位).
public enum PayerOfMonth: Sendable, Hashable, CaseIterable {
    /// 月末所在单位
    case last
    /// 月初所在单位
    case first
}

/// The law by which one month of employees' insurance is levied (职工缴费规则): compiled from the policy of that month.
public struct LevyTerms: Sendable, Hashable {
    public var mode: CollectionMode
    /// 上年度全口径城镇单位就业人员月平均工资
    public var averageWage: Money
    /// 缴费基数下限比例、上限比例
    public var floor: Rate
    public var cap: Rate
    public var rounding: BaseRounding
    /// By class, in the order of the insurances' codes.
    public var tariffs: [LevyClass: [LevyTariff]]
    /// 未按规定申报: last month's amount at this rate.
    public var undeclared: Rate
    public var due: DueRule
    public var lateFee: LateFeeTerms?
    /// 缴费基数年度起始月
    public var baseYearBeginsInMonth: Int
    /// A month is levied once, however often somebody changes his employer in it.
    public var payerOfMonth: PayerOfMonth

    public init(
        mode: CollectionMode, averageWage: Money, floor: Rate, cap: Rate, rounding: BaseRounding,
        tariffs: [LevyClass: [LevyTariff]], undeclared: Rate, due: DueRule, lateFee: LateFeeTerms?,
        baseYearBeginsInMonth: Int, payerOfMonth: PayerOfMonth
    ) {
        self.mode = mode
        self.averageWage = averageWage
        self.floor = floor
        self.cap = cap
        self.rounding = rounding
        self.tariffs = tariffs
        self.undeclared = undeclared
        self.due = due
        self.lateFee = lateFee
        self.baseYearBeginsInMonth = baseYearBeginsInMonth
        self.payerOfMonth = payerOfMonth
    }

    // MARK: Base

    public var lowestBase: Money { rounding.round(averageWage * floor) }
    public var highestBase: Money { rounding.round(averageWage * cap) }

    /// 缴费基数 = clamp(月均工资, 下限, 上限).
    public func base(of wage: Money) -> Money { min(max(rounding.round(wage), lowestBase), highestBase) }

    /// The base year (缴费年度) that a month belongs to, by the year in which it begins.
    public func baseYear(of month: Month) -> Int { month.month >= baseYearBeginsInMonth ? month.year : month.year - 1 }

    /// The months of a base year.
    public func months(ofBaseYear year: Int) -> ClosedRange<Month> {
        let first = Month(year: year, month: baseYearBeginsInMonth)
        return first...(first + 11)
    }

    // MARK: A month

    /// What a person owes for a month on a base, one part an insurance.
    public func levy(_ payer: LevyClass, on base: Money) -> [LevyPart] {
        (tariffs[payer] ?? []).map { $0.levy(on: base) }
    }

    /// What is owed for a month that nobody declared (《社会保险法》第六十二条): last month's amounts at 110 %, part by
    /// part; an insurance that was not levied last month, on last month's base raised likewise. Without a last month the
    /// average wage stands in for the wage.
    public func undeclared(_ payer: LevyClass, lastMonth: [LevyPart]) -> [LevyPart] {
        guard let any = lastMonth.first else { return levy(payer, on: base(of: averageWage)) }
        let base = (lastMonth.first { $0.insurance == .employee } ?? any).base * undeclared
        return (tariffs[payer] ?? []).map { tariff in
            guard let part = lastMonth.first(where: { $0.insurance == tariff.insurance }) else {
                return tariff.levy(on: base)
            }
            return LevyPart(
                insurance: part.insurance, base: part.base * undeclared, employer: part.employer * undeclared,
                personal: part.personal * undeclared)
        }
    }

    /// Whether the area levies an insurance (开征) of anybody.
    public func levies(_ insurance: Insurance) -> Bool {
        tariffs.values.contains { $0.contains { $0.insurance == insurance } }
    }

    public func dueDay(of month: Month) -> Day { due.dueDay(of: month) }
}
