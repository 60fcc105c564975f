import Basics
import Policy

/// The law of personal accounts as the policy files state it (个人账户参数).
public enum AccountParameters {
    /// 在职职工划入比例
    static let creditEmployed = Parameter<Rate>("account.credit.employed", title: "在职职工个人账户划入比例")
    /// 退休人员划入定额
    static let creditRetired = Parameter<Money>("account.credit.retired", title: "退休人员个人账户月划入额")
    /// 活期利率
    static let interestDemand = Parameter<Rate>("account.interest.demand", title: "当年筹集部分计息利率(活期)")
    /// 三个月整存整取利率
    static let interestThreeMonth = Parameter<Rate>("account.interest.threeMonth", title: "上年结转部分计息利率(三个月整存整取)")
    static let interestCount = Parameter<InterestCounting>("account.interest.count", title: "个人账户积数口径")
    static let interestSettled = Parameter<InterestYear.SettlementDay>("account.interest.settled", title: "个人账户结息日")
    static let interestWithdrawals = Parameter<AccountInterest.Withdrawals>(
        "account.interest.withdrawals", title: "个人账户支付冲减顺序")
    static let sharingRelations = Parameter<[FamilyRelation]>("account.sharing.relations", title: "个人账户共济亲属范围")

    /// Every key of the accounts, for the check.
    public static let declarations: [Declaration] = [
        creditEmployed.declaration, creditRetired.declaration, interestDemand.declaration,
        interestThreeMonth.declaration, interestCount.declaration, interestSettled.declaration,
        interestWithdrawals.declaration, sharingRelations.declaration,
    ]
}

/// How products are counted, as the files write it.
public enum InterestCounting: Sendable, Hashable, CaseIterable {
    case months
    case days360
    case days365

    public var count: AccountInterest.Count {
        switch self {
        case .months: .months
        case .days360: .days(ofYear: 360)
        case .days365: .days(ofYear: 365)
        }
    }
}

extension InterestCounting: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .months: "按月"
        case .days360: "按日,一年360天"
        case .days365: "按日,一年365天"
        }
    }
}

extension InterestYear.SettlementDay: PolicyChoice {
    public var policyTerm: String { self == .december ? "12月31日" : "6月30日" }
}

extension AccountInterest.Withdrawals: PolicyChoice, CaseIterable {
    public static let allCases: [AccountInterest.Withdrawals] = [.currentFirst, .carriedFirst]
    public var policyTerm: String { self == .currentFirst ? "先当年后结转" : "先结转后当年" }
}

extension FamilyRelation: PolicyChoice {
    public var policyTerm: String { name }

    public var name: String {
        switch self {
        case .spouse: "配偶"
        case .parent: "父母"
        case .child: "子女"
        case .otherRelative: "其他近亲属"
        }
    }
}

extension AccountCreditTerms {
    /// What holds for the credits of a month.
    public init(_ policy: AreaPolicy, month: Month) throws(Problem) {
        let view = try policy.on(month.first, for: .employee)
        self.init(
            employed: try view.value(AccountParameters.creditEmployed),
            retired: try view.value(AccountParameters.creditRetired))
    }
}

extension AccountInterest.Terms {
    /// What holds over a year of interest, each change of the rates with its day. How time is counted and payments
    /// are taken is asked for the year's last day.
    public init(_ policy: AreaPolicy, over days: ClosedRange<Day>) throws(Problem) {
        let last = try policy.on(days.upperBound, for: .employee)
        var rates: [AccountInterest.Rates] = []
        var day = max(days.lowerBound, policy.since)
        while day <= days.upperBound {
            let view = try policy.on(day, for: .employee)
            let next = AccountInterest.Rates(
                from: day, demand: try view.value(AccountParameters.interestDemand),
                threeMonth: try view.value(AccountParameters.interestThreeMonth))
            if rates.last.map({ ($0.demand, $0.threeMonth) != (next.demand, next.threeMonth) }) ?? true {
                rates.append(next)
            }
            guard let end = policy.span(around: day, for: .employee).last else { break }
            day = end + 1
        }
        self.init(
            rates: rates, count: try last.value(AccountParameters.interestCount).count,
            withdrawals: try last.value(AccountParameters.interestWithdrawals))
    }
}

extension InterestYear {
    /// The area's year of interest in which a day falls.
    public init(of day: Day, _ policy: AreaPolicy) throws(Problem) {
        self.init(of: day, try policy.on(day, for: .employee).value(AccountParameters.interestSettled))
    }

    /// The area's year of interest that ends in a calendar year, by the law of its last days as far as they are past.
    public init(endingIn year: Int, _ policy: AreaPolicy, today: Day) throws(Problem) {
        guard let last = Day(year: year, month: 12, day: 31) else {
            throw Problem("contributions.interest.year", field: "year", "年度应为四位年份")
        }
        let asked = min(last, max(today, policy.since))
        self.init(year, try policy.on(asked, for: .employee).value(AccountParameters.interestSettled))
    }
}

extension Contributions {
    /// With whom an account may be shared on a day (共济范围).
    public static func sharingRelations(_ policy: AreaPolicy, on day: Day) throws(Problem) -> [FamilyRelation] {
        try policy.on(day, for: .employee).value(AccountParameters.sharingRelations)
    }

    /// Refuses a relation that the law of the day does not let share (共济范围以外).
    public static func requireShareable(
        _ relation: FamilyRelation, _ policy: AreaPolicy, on day: Day
    ) throws(Problem) {
        let allowed = try sharingRelations(policy, on: day)
        guard allowed.contains(relation) else {
            let names = allowed.map(\.name).joined(separator: "、")
            throw Problem(
                "contributions.sharing.relation", field: "relation", "\(day) 的共济范围是\(names),不含\(relation.name),请核对关系")
        }
    }
}
