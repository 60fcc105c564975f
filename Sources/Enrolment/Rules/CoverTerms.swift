import Basics

/// A value of law with the clause it rests on.
public struct Ruled<Value: Hashable & Sendable>: Hashable, Sendable {
    public var value: Value
    /// 依据
    public var clause: String

    public init(_ value: Value, _ clause: String = "") {
        self.value = value
        self.clause = clause
    }
}

/// From which day a payment gives cover (待遇享受起始).
public enum CoverStart: Hashable, Sendable, CaseIterable {
    case dayOfPayment
    case monthOfPayment
    case nextMonth
    /// 自缴费月起第三个自然月
    case thirdMonth

    /// The first day of cover that a payment on this day gives.
    public func day(after payment: Day) -> Day {
        switch self {
        case .dayOfPayment: payment
        case .monthOfPayment: payment.month.first
        case .nextMonth: (payment.month + 1).first
        case .thirdMonth: (payment.month + 2).first
        }
    }
}

/// How an employee's insurance is paid (参保方式).
public enum ContributionWay: Hashable, Sendable, CaseIterable {
    /// 随单位参保
    case employer
    /// 灵活就业人员
    case flexible

    public init(_ category: PersonCategory) { self = category == .flexible ? .flexible : .employer }

    public var name: String { self == .employer ? "单位参保" : "灵活就业" }
}

/// What decides about months of employees' insurance, for one way of paying.
public struct EmployeeCoverTerms: Hashable, Sendable {
    /// 首次缴费后的享受起始
    public var begins: Ruled<CoverStart>
    /// 欠费停保的宽限月数: an unpaid month stops cover from the month after it, and so many months later.
    public var graceMonths: Ruled<Int>
    /// 欠费须足额补缴方可恢复; otherwise the next payment resumes cover and the unpaid months stay a gap.
    public var mustRepay: Ruled<Bool>
    /// 补缴或续缴后的恢复
    public var resumes: Ruled<CoverStart>
    /// 补缴后追溯享受停保期间待遇
    public var reachesBack: Ruled<Bool>
    /// 中断超过允许月数后的等待期
    public var waitingMonths: Ruled<Int>

    public init(
        begins: Ruled<CoverStart>, graceMonths: Ruled<Int>, mustRepay: Ruled<Bool>, resumes: Ruled<CoverStart>,
        reachesBack: Ruled<Bool>, waitingMonths: Ruled<Int>
    ) {
        self.begins = begins
        self.graceMonths = graceMonths
        self.mustRepay = mustRepay
        self.resumes = resumes
        self.reachesBack = reachesBack
        self.waitingMonths = waitingMonths
    }
}

/// The months in which residents pay for a year (集中缴费期).
public struct CollectionPeriod: Hashable, Sendable {
    /// The calendar month of the year before in which it opens.
    public var firstMonth: Int
    /// How many months it lasts; it may run into the year itself.
    public var months: Int

    public init(firstMonth: Int, months: Int) {
        self.firstMonth = firstMonth
        self.months = months
    }

    /// Its days for a year of cover. What is paid earlier is paid in time too.
    public func last(for year: Int) -> Day { (Month(year: year - 1, month: firstMonth) + (months - 1)).last }
}

/// What decides about years of residents' insurance.
public struct ResidentCoverTerms: Hashable, Sendable {
    public var collection: Ruled<CollectionPeriod>
    /// 集中缴费期跨入当年的,自 1 月 1 日起享受
    public var reachesBack: Ruled<Bool>
    /// 固定待遇等待期(月)
    public var fixedMonths: Ruled<Int>
    /// Missed years that bring no growing period yet.
    public var freeYears: Ruled<Int>
    /// 每多断保一年增加的月数
    public var monthsPerYear: Ruled<Int>
    /// 断缴达到这么多年的…
    public var longBreakYears: Ruled<Int>
    /// …等待期合计不少于这么多月
    public var longBreakMonths: Ruled<Int>
    /// 每补缴一年缩短的月数
    public var repairMonths: Ruled<Int>
    /// 从这一年起计算断保年数
    public var countsFrom: Ruled<Int>
    /// 不设等待期的救助对象
    public var exemptGroups: Ruled<[AssistanceGroup]>
    /// 新生儿参保期限(天)
    public var newbornDays: Ruled<Int>
    /// 连续参保和零报销激励; nil where there is none.
    public var incentive: Ruled<Incentive>?

    public init(
        collection: Ruled<CollectionPeriod>, reachesBack: Ruled<Bool>, fixedMonths: Ruled<Int>, freeYears: Ruled<Int>,
        monthsPerYear: Ruled<Int>, longBreakYears: Ruled<Int>, longBreakMonths: Ruled<Int>, repairMonths: Ruled<Int>,
        countsFrom: Ruled<Int>, exemptGroups: Ruled<[AssistanceGroup]>, newbornDays: Ruled<Int>,
        incentive: Ruled<Incentive>?
    ) {
        self.collection = collection
        self.reachesBack = reachesBack
        self.fixedMonths = fixedMonths
        self.freeYears = freeYears
        self.monthsPerYear = monthsPerYear
        self.longBreakYears = longBreakYears
        self.longBreakMonths = longBreakMonths
        self.repairMonths = repairMonths
        self.countsFrom = countsFrom
        self.exemptGroups = exemptGroups
        self.newbornDays = newbornDays
        self.incentive = incentive
    }

    /// 连续参保激励、零报销激励: what each further year adds to the ceiling of critical-illness insurance.
    public struct Incentive: Hashable, Sendable {
        /// 连续参保满这么多年后
        public var afterYears: Int
        public var perYear: Money
        public var perZeroClaimYear: Money

        public init(afterYears: Int, perYear: Money, perZeroClaimYear: Money) {
            self.afterYears = afterYears
            self.perYear = perYear
            self.perZeroClaimYear = perZeroClaimYear
        }
    }
}

/// The law of cover on a day (待遇享受规则), both schemes together: a change between them asks for both.
public struct CoverTerms: Hashable, Sendable {
    public var employer: EmployeeCoverTerms
    public var flexible: EmployeeCoverTerms
    public var resident: ResidentCoverTerms
    /// 允许的中断月数: up to so many months a gap is no interruption.
    public var toleratedMonths: Ruled<Int>
    /// 跨制度转换须已连续缴费的月数
    public var changeAfterMonths: Ruled<Int>
    /// 参保终止后享受到末次缴费月的月底
    public var coversLastMonth: Ruled<Bool>

    public init(
        employer: EmployeeCoverTerms, flexible: EmployeeCoverTerms, resident: ResidentCoverTerms,
        toleratedMonths: Ruled<Int>, changeAfterMonths: Ruled<Int>, coversLastMonth: Ruled<Bool>
    ) {
        self.employer = employer
        self.flexible = flexible
        self.resident = resident
        self.toleratedMonths = toleratedMonths
        self.changeAfterMonths = changeAfterMonths
        self.coversLastMonth = coversLastMonth
    }

    public subscript(way: ContributionWay) -> EmployeeCoverTerms { way == .employer ? employer : flexible }
}

/// The law of cover through time.
public struct CoverLaw: Hashable, Sendable {
    public struct Generation: Hashable, Sendable {
        public var from: Day
        public var terms: CoverTerms

        public init(from: Day, terms: CoverTerms) {
            self.from = from
            self.terms = terms
        }
    }

    private let generations: [Generation]

    /// - Precondition: there is a generation.
    public init(_ generations: [Generation]) {
        precondition(!generations.isEmpty)
        self.generations = generations.sorted { $0.from < $1.from }
    }

    /// What holds on a day. Before the first generation the first holds: contributions of years before the
    /// house opened are judged by the oldest law it knows.
    public func terms(on day: Day) -> CoverTerms {
        (generations.last { $0.from <= day } ?? generations[0]).terms
    }
}
