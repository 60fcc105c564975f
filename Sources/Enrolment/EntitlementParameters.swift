import Basics
import Policy

/// The parameters of law that cover is reckoned from (待遇享受参数), as the policy files must state them.
public enum EntitlementParameters {
    // MARK: Employees (310)

    static let way = Dimension("contributionWay", title: "参保方式", .named(ContributionWay.allCases.map(\.name)))

    static let begins = Parameter<CoverStart>("cover.begins", title: "首次缴费后待遇起始", by: [way])
    static let graceMonths = Parameter<Int64>("cover.arrears.graceMonths", title: "欠费停保宽限月数", by: [way], unit: "月")
    static let mustRepay = Parameter<Bool>("cover.arrears.mustRepay", title: "欠费须足额补缴方可恢复待遇", by: [way])
    static let resumes = Parameter<CoverStart>("cover.arrears.resumes", title: "补缴或续缴后待遇恢复", by: [way])
    static let reachesBack = Parameter<Bool>("cover.arrears.reachesBack", title: "补缴后追溯停保期间待遇", by: [way])
    static let waitingMonths = Parameter<Int64>(
        "cover.interruption.waitingMonths", title: "中断缴费后的等待期", by: [way], unit: "月")
    static let coversLastMonth = Parameter<Bool>("cover.coversLastMonth", title: "终止后享受到末次缴费月底")

    // MARK: Between the schemes and the places

    static let toleratedMonths = Parameter<Int64>(
        "cover.interruption.toleratedMonths", title: "不视为中断的月数", unit: "月")
    static let changeAfterMonths = Parameter<Int64>(
        "cover.interruption.changeAfterMonths", title: "跨制度转换须已连续参保的月数", unit: "月")

    // MARK: Residents (390)

    static let collectionFirstMonth = Parameter<Int64>(
        "cover.collection.firstMonth", title: "集中缴费期起始月(上年)", unit: "月")
    static let collectionMonths = Parameter<Int64>("cover.collection.months", title: "集中缴费期长度", unit: "月")
    static let collectionReachesBack = Parameter<Bool>(
        "cover.collection.reachesBack", title: "集中缴费期跨入当年的自1月1日起享受")
    static let fixedMonths = Parameter<Int64>("cover.waiting.fixedMonths", title: "固定待遇等待期", unit: "月")
    static let freeYears = Parameter<Int64>("cover.waiting.freeYears", title: "不计变动等待期的断保年数", unit: "年")
    static let monthsPerYear = Parameter<Int64>("cover.waiting.monthsPerYear", title: "每断保一年的变动等待期", unit: "月")
    static let longBreakYears = Parameter<Int64>("cover.waiting.longBreakYears", title: "长期断保年数", unit: "年")
    static let longBreakMonths = Parameter<Int64>("cover.waiting.longBreakMonths", title: "长期断保最短等待期", unit: "月")
    static let repairMonths = Parameter<Int64>("cover.waiting.repairMonths", title: "每补缴一年修复的等待期", unit: "月")
    static let countsFrom = Parameter<Int64>("cover.waiting.countsFrom", title: "断保年数起算年", unit: "年")
    static let exemptGroups = Parameter<[AssistanceGroup]>("cover.waiting.exemptGroups", title: "不设等待期的救助对象")
    static let newbornDays = Parameter<Int64>("cover.newborn.days", title: "新生儿参保期限", unit: "天")
    static let incentiveAfterYears = Parameter<Int64>("cover.incentive.afterYears", title: "激励所需连续参保年数", unit: "年")
    static let incentivePerYear = Parameter<Money>("cover.incentive.perYear", title: "连续参保激励每年额度")
    static let incentivePerZeroClaim = Parameter<Money>("cover.incentive.perZeroClaimYear", title: "零报销激励每年额度")

    // MARK: People at risk of poverty by illness

    static let burdenMonths = Parameter<Int64>("burden.months", title: "防返贫监测的月数", unit: "月")
    static let burdenOrdinary = Parameter<Money>("burden.ordinary", title: "防返贫监测普通人员个人负担标准")
    static let burdenThreshold = Parameter<Money>(
        "burden.threshold", title: "防返贫监测救助对象个人负担标准", by: [.assistanceGroup.partial])

    /// Every key of this desk, for the check.
    public static let declarations: [Declaration] = [
        begins.declaration, graceMonths.declaration, mustRepay.declaration, resumes.declaration,
        reachesBack.declaration, waitingMonths.declaration, coversLastMonth.declaration, toleratedMonths.declaration,
        changeAfterMonths.declaration, collectionFirstMonth.declaration, collectionMonths.declaration,
        collectionReachesBack.declaration, fixedMonths.declaration, freeYears.declaration, monthsPerYear.declaration,
        longBreakYears.declaration, longBreakMonths.declaration, repairMonths.declaration, countsFrom.declaration,
        exemptGroups.declaration, newbornDays.declaration, incentiveAfterYears.declaration,
        incentivePerYear.declaration, incentivePerZeroClaim.declaration, burdenMonths.declaration,
        burdenOrdinary.declaration, burdenThreshold.declaration,
    ]
}

extension CoverStart: PolicyChoice {
    public var policyTerm: String {
        switch self {
        case .dayOfPayment: "缴费当日"
        case .monthOfPayment: "缴费当月"
        case .nextMonth: "缴费次月"
        case .thirdMonth: "缴费月起第三个月"
        }
    }
}

extension CoverLaw {
    /// Compiles what an area has set through time. Throws everything that is missing at once.
    public init(_ policy: AreaPolicy) throws(Problems) {
        var generations: [Generation] = []
        var day: Day? = policy.since
        while let from = day {
            let terms = try CoverTerms(policy, on: from)
            if generations.last?.terms != terms { generations.append(Generation(from: from, terms: terms)) }
            day = [Insurance.employee, .resident]
                .compactMap { policy.span(around: from, for: $0).last }.min().map { $0 + 1 }
            if let until = policy.until, let next = day, next > until { day = nil }
        }
        self.init(generations)
    }
}

extension CoverTerms {
    /// What an area has set on a day.
    public init(_ policy: AreaPolicy, on day: Day) throws(Problems) {
        do {
            let employees = try CoverReader(view: policy.on(day, for: .employee))
            let residents = try CoverReader(view: policy.on(day, for: .resident))
            self.init(
                employer: try employees.employee(.employer), flexible: try employees.employee(.flexible),
                resident: try residents.resident(),
                toleratedMonths: try employees.count(EntitlementParameters.toleratedMonths),
                changeAfterMonths: try employees.count(EntitlementParameters.changeAfterMonths),
                coversLastMonth: try employees.rule(EntitlementParameters.coversLastMonth))
        } catch {
            throw Problems(error)
        }
    }
}

/// Reads parameters with their clauses.
private struct CoverReader {
    let view: PolicyView

    func rule<Value: PolicyReadable & Hashable>(
        _ parameter: Parameter<Value>, _ at: Coordinate...
    ) throws(Problem) -> Ruled<Value> {
        let cited = try view.cited(parameter, at: at)
        return Ruled(cited.value, cited.basis)
    }

    func count(_ parameter: Parameter<Int64>, _ at: Coordinate...) throws(Problem) -> Ruled<Int> {
        let cited = try view.cited(parameter, at: at)
        return Ruled(Int(cited.value), cited.basis)
    }

    func employee(_ way: ContributionWay) throws(Problem) -> EmployeeCoverTerms {
        let way = Coordinate(EntitlementParameters.way, way.name)
        return EmployeeCoverTerms(
            begins: try rule(EntitlementParameters.begins, way),
            graceMonths: try count(EntitlementParameters.graceMonths, way),
            mustRepay: try rule(EntitlementParameters.mustRepay, way),
            resumes: try rule(EntitlementParameters.resumes, way),
            reachesBack: try rule(EntitlementParameters.reachesBack, way),
            waitingMonths: try count(EntitlementParameters.waitingMonths, way))
    }

    func resident() throws(Problem) -> ResidentCoverTerms {
        let first = try count(EntitlementParameters.collectionFirstMonth)
        let months = try count(EntitlementParameters.collectionMonths)
        return ResidentCoverTerms(
            collection: Ruled(
                CollectionPeriod(firstMonth: min(max(first.value, 1), 12), months: max(months.value, 1)), first.clause),
            reachesBack: try rule(EntitlementParameters.collectionReachesBack),
            fixedMonths: try count(EntitlementParameters.fixedMonths),
            freeYears: try count(EntitlementParameters.freeYears),
            monthsPerYear: try count(EntitlementParameters.monthsPerYear),
            longBreakYears: try count(EntitlementParameters.longBreakYears),
            longBreakMonths: try count(EntitlementParameters.longBreakMonths),
            repairMonths: try count(EntitlementParameters.repairMonths),
            countsFrom: try count(EntitlementParameters.countsFrom),
            exemptGroups: try rule(EntitlementParameters.exemptGroups),
            newbornDays: try count(EntitlementParameters.newbornDays), incentive: try incentive())
    }

    private func incentive() throws(Problem) -> Ruled<ResidentCoverTerms.Incentive>? {
        guard let after = try view.citedIfStated(EntitlementParameters.incentiveAfterYears) else { return nil }
        return Ruled(
            ResidentCoverTerms.Incentive(
                afterYears: Int(after.value), perYear: try rule(EntitlementParameters.incentivePerYear).value,
                perZeroClaimYear: try rule(EntitlementParameters.incentivePerZeroClaim).value), after.basis)
    }
}

/// Who is to be handed to the towns for high own payments (防返贫监测标准).
public struct BurdenTerms: Hashable, Sendable {
    /// 监测的月数, the present one included
    public var months: Int
    /// For everybody of no listed group.
    private var ordinary: Ruled<Money>
    private var groups: [AssistanceGroup: Ruled<Money>]

    /// The least amount that concerns anybody.
    public var least: Money { (groups.values.map(\.value) + [ordinary.value]).min() ?? ordinary.value }

    public init(_ view: PolicyView) throws(Problem) {
        months = max(1, Int(try view.cited(EntitlementParameters.burdenMonths).value))
        let all = try view.cited(EntitlementParameters.burdenOrdinary)
        ordinary = Ruled(all.value, all.basis)
        groups = [:]
        for group in AssistanceGroup.allCases {
            if let own = try view.citedIfStated(EntitlementParameters.burdenThreshold, at: [.group(group)]) {
                groups[group] = Ruled(own.value, own.basis)
            }
        }
    }

    /// The threshold of somebody in some groups, with the group it is of: the lowest of them, since it protects most
    /// (就高). Of nobody's group nil, and the ordinary one.
    public func threshold(_ own: Set<AssistanceGroup>) -> (group: AssistanceGroup?, amount: Ruled<Money>) {
        let lowest = groups.filter { own.contains($0.key) }.min {
            ($0.value.value, $0.key.rawValue) < ($1.value.value, $1.key.rawValue)
        }
        return lowest.map { ($0.key, $0.value) } ?? (nil, ordinary)
    }
}
