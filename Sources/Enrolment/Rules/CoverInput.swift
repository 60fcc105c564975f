import Basics

/// What stands for some months of an insurance (缴费记录): billed, paid, deferred or credited.
///
/// The contributions desk tells it and `Agency` hands it over; nothing here knows of amounts, because cover asks only
/// whether a month is paid and since when.
public struct Contribution: Hashable, Sendable {
    public enum Standing: Hashable, Sendable {
        /// 应缴未缴: billed, and nothing has come in.
        case due
        /// 已缴: the day the money arrived (到账日).
        case paid(on: Day)
        /// 批准缓缴: from the day of approval until the day by which it is to be paid.
        case deferred(approved: Day, payBy: Day)
        /// 失业保险基金代缴: months of unemployment benefit, which cost the person nothing.
        case unemploymentFund
        /// 转入或视同缴费: paid at another agency, or recognised.
        case credited
    }

    public var insurance: Insurance
    /// The months it stands for; of residents' insurance January to December of the year.
    public var months: ClosedRange<Month>
    public var standing: Standing
    /// 缴费期限: until its end nothing is owed. Nil: the end of the month itself.
    public var dueBy: Day?

    public init(
        _ insurance: Insurance, _ months: ClosedRange<Month>, _ standing: Standing, dueBy: Day? = nil
    ) {
        self.insurance = insurance
        self.months = months
        self.standing = standing
        self.dueBy = dueBy
    }

    /// A year of residents' insurance (居民年度缴费).
    public static func resident(year: Int, _ standing: Standing) -> Contribution {
        Contribution(.resident, Month(year: year, month: 1)...Month(year: year, month: 12), standing)
    }
}

/// Payments that shorten a resident's growing waiting period (修复变动等待期): one month for each year paid.
public struct WaitingRepair: Hashable, Sendable {
    /// The year whose waiting period is shortened.
    public var year: Int
    /// How many missed years were paid for.
    public var years: Int

    public init(year: Int, years: Int) {
        self.year = year
        self.years = years
    }
}

/// A transfer of insurance that is not finished (转移接续办理中): what the certificate of the place left says.
public struct TransferUnderWay: Hashable, Sendable {
    public var insurance: Insurance
    /// 转出地连续缴费起始年月; nil where the certificate does not say it, and the last month alone counts.
    public var paidFrom: Month?
    /// 转出地最近缴费年月
    public var paidThrough: Month

    public init(insurance: Insurance, paidFrom: Month? = nil, paidThrough: Month) {
        self.insurance = insurance
        self.paidFrom = paidFrom
        self.paidThrough = paidThrough
    }

    /// The months without a gap that stand elsewhere.
    var months: ClosedRange<Month> { min(paidFrom ?? paidThrough, paidThrough)...paidThrough }
}

/// Everything a person's cover is reckoned from (待遇享受的依据). The order of no list matters.
public struct CoverCase: Hashable, Sendable {
    public var birth: Day
    public var died: Day?
    /// Spells with their suspensions; those of supplementary insurances are passed over.
    public var spells: [Spell]
    /// Of these only the assistance groups matter.
    public var statuses: [SpecialStatus]
    public var contributions: [Contribution]
    public var repairs: [WaitingRepair]
    public var transfers: [TransferUnderWay]
    /// The first month whose contributions Yibao knows; months before are as the import declared them. Nil: none is
    /// known, and imported spells alone decide.
    public var knownFrom: Month?
    /// Years of residents' insurance without any claim (零报销年度), for the incentive.
    public var zeroClaimYears: Set<Int>
    /// Years in which a raised ceiling was drawn on (使用过奖励额度的年度).
    public var rewardUsedYears: Set<Int>

    public init(
        birth: Day, died: Day? = nil, spells: [Spell], statuses: [SpecialStatus] = [],
        contributions: [Contribution] = [], repairs: [WaitingRepair] = [], transfers: [TransferUnderWay] = [],
        knownFrom: Month? = nil, zeroClaimYears: Set<Int> = [],
        rewardUsedYears: Set<Int> = []
    ) {
        self.birth = birth
        self.died = died
        self.spells = spells
        self.statuses = statuses
        self.contributions = contributions
        self.repairs = repairs
        self.transfers = transfers
        self.knownFrom = knownFrom
        self.zeroClaimYears = zeroClaimYears
        self.rewardUsedYears = rewardUsedYears
    }
}
