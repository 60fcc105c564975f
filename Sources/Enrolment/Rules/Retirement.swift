import Basics

/// What the law asks of whoever retires (退休待遇核定的规定), on one day, for one sex.
public struct RetirementTerms: Hashable, Sendable {
    /// 累计缴费年限, in months
    public var requiredMonths: Int64
    /// 本地实际缴费年限, in months
    public var localMonths: Int64
    /// Whether years before the insurance began count as paid (视同缴费年限).
    public var countsDeemed: Bool
    /// 一次性补缴: base a month and rate; nil where only monthly payment is allowed.
    public var lumpBase: Money?
    public var lumpRate: Rate?
    /// Whether the missing months may be paid month by month after retirement.
    public var allowsMonthly: Bool
    /// 依据 of the years and of the lump-sum payment
    public var yearsBasis: String
    public var lumpBasis: String

    public init(
        requiredMonths: Int64, localMonths: Int64, countsDeemed: Bool, lumpBase: Money?, lumpRate: Rate?,
        allowsMonthly: Bool, yearsBasis: String = "", lumpBasis: String = ""
    ) {
        self.requiredMonths = requiredMonths
        self.localMonths = localMonths
        self.countsDeemed = countsDeemed
        self.lumpBase = lumpBase
        self.lumpRate = lumpRate
        self.allowsMonthly = allowsMonthly
        self.yearsBasis = yearsBasis
        self.lumpBasis = lumpBasis
    }
}

/// What is known of somebody's years of insurance (缴费年限).
public struct InsuredMonths: Hashable, Sendable {
    /// 实际缴费月数, here and where transfers brought them from
    public var paid: Int64
    /// 其中本地实际缴费月数
    public var localPaid: Int64
    /// 视同缴费月数
    public var deemed: Int64

    public init(paid: Int64, localPaid: Int64, deemed: Int64) {
        self.paid = paid
        self.localPaid = localPaid
        self.deemed = deemed
    }

    /// What cannot be so.
    public var problems: [Problem] {
        var problems = Problems()
        if paid < 0 || localPaid < 0 || deemed < 0 {
            problems.add("enrolment.retirement.negative", field: "paid", "缴费月数不能是负数,请核对")
        }
        if localPaid > paid {
            problems.add("enrolment.retirement.local", field: "local", "本地实际缴费月数不能多于实际缴费月数,请核对")
        }
        if paid + deemed > 720 {
            problems.add("enrolment.retirement.tooMany", field: "paid", "缴费年限合计超过 60 年,请核对月数")
        }
        return problems.all
    }
}

/// How the years that are missing are made up (不足年限的处理).
public enum RetirementWay: Int64, Sendable, CaseIterable {
    /// 年限已满
    case complete = 1
    /// 一次性补缴
    case lumpSum = 2
    /// 按月续缴
    case monthly = 3

    public var name: String {
        switch self {
        case .complete: "年限已满"
        case .lumpSum: "一次性补缴"
        case .monthly: "按月续缴"
        }
    }
}

/// What was found on somebody's retirement (退休待遇核定结果), with the steps that led to it.
public struct RetirementAssessment: Hashable, Sendable {
    public var months: InsuredMonths
    public var requiredMonths: Int64
    public var missingMonths: Int64
    public var way: RetirementWay
    public var base: Money
    public var rate: Rate
    /// 一次性补缴金额; nothing unless that way was chosen
    public var lumpSum: Money
    /// From which day the retired person's benefits hold; nil while months are still to be paid.
    public var retiredFrom: Day?
    /// When monthly payment is complete, if no month is missed.
    public var completesIn: Month?
    /// What was reckoned, from which values, by which clause (核定说明).
    public var steps: [String]
}

extension RetirementTerms {
    /// Assesses the years of insurance at retirement (退休待遇核定).
    ///
    /// Two conditions stand beside each other, and the larger lack counts: all months, deemed ones included, and
    /// months really paid here. Whoever has both is treated as retired from the month after; who pays the missing
    /// months at once, from the month after payment; who pays them month by month, when they are complete.
    ///
    /// - Parameters:
    ///   - day: 退休日期, as the authority for pensions approved it
    ///   - chosen: how missing months are to be made up; passed over when none are missing
    ///   - paidOn: the day of the lump sum's payment, once it has been paid
    public func assess(
        _ months: InsuredMonths, retiringOn day: Day, chosen: RetirementWay, paidOn: Day? = nil
    ) throws(Problems) -> RetirementAssessment {
        try Problems(months.problems).throwIfAny()
        let counted = months.paid + (countsDeemed ? months.deemed : 0)
        let missing = max(requiredMonths - counted, localMonths - months.localPaid, 0)
        var assessment = RetirementAssessment(
            months: months, requiredMonths: requiredMonths, missingMonths: missing,
            way: missing == 0 ? .complete : chosen, base: .zero, rate: .zero, lumpSum: .zero, retiredFrom: nil,
            completesIn: nil, steps: yearSteps(months, counted: counted, missing: missing))
        switch assessment.way {
        case .complete: assessment.retiredFrom = (day.month + 1).first
        case .lumpSum: try payAtOnce(&assessment, retiringOn: day, paidOn: paidOn)
        case .monthly: try payMonthly(&assessment, retiringOn: day)
        }
        if missing > 0, chosen == .complete {
            throw Problems(
                Problem("enrolment.retirement.missing", field: "way", "缴费年限还差 \(missing) 个月,请选择一次性补缴或按月续缴"))
        }
        return assessment
    }

    private func yearSteps(_ months: InsuredMonths, counted: Int64, missing: Int64) -> [String] {
        [
            "实际缴费 \(months.paid) 个月"
                + (countsDeemed ? " + 视同缴费 \(months.deemed) 个月" : "(视同缴费年限不计)") + " = 累计 \(counted) 个月",
            "规定累计 \(requiredMonths) 个月,其中本地实际缴费不少于 \(localMonths) 个月(\(yearsBasis))",
            "累计差 \(max(requiredMonths - counted, 0)) 个月;本地实际缴费 \(months.localPaid) 个月,差 \(max(localMonths - months.localPaid, 0)) 个月",
            missing == 0 ? "年限已满" : "取较大者,应补 \(missing) 个月",
        ]
    }

    private func payAtOnce(
        _ assessment: inout RetirementAssessment, retiringOn day: Day, paidOn: Day?
    ) throws(Problems) {
        guard let lumpBase, let lumpRate else {
            throw Problems(Problem("enrolment.retirement.noLump", field: "way", "本地没有一次性补缴的规定,请选择按月续缴"))
        }
        // Rounded for one month, as the bill of each month would have been.
        let monthly = lumpBase * lumpRate
        assessment.base = lumpBase
        assessment.rate = lumpRate
        assessment.lumpSum = monthly * assessment.missingMonths
        assessment.steps.append(
            "一次性补缴 = 基数 \(lumpBase) × 费率 \(lumpRate) = \(monthly) 元/月 × \(assessment.missingMonths) 个月 = \(assessment.lumpSum) 元(\(lumpBasis))"
        )
        if let paidOn {
            assessment.retiredFrom = (max(paidOn, day).month + 1).first
            assessment.steps.append("\(paidOn) 补缴到账,自次月 \((max(paidOn, day).month + 1)) 起享受退休待遇")
        } else {
            assessment.steps.append("补缴到账的次月起享受退休待遇")
        }
    }

    private func payMonthly(_ assessment: inout RetirementAssessment, retiringOn day: Day) throws(Problems) {
        guard allowsMonthly else {
            throw Problems(Problem("enrolment.retirement.noMonthly", field: "way", "本地没有按月续缴的规定,请选择一次性补缴"))
        }
        let last = day.month + Int(assessment.missingMonths)
        assessment.completesIn = last
        assessment.steps.append("按月续缴 \(assessment.missingMonths) 个月,逐月缴费的,缴至 \(last),次月起享受退休待遇;续缴期间按在职享受")
    }
}

extension PersonCategory {
    /// The category after retirement (退休后的人员类别); nil for who has none.
    public var afterRetirement: PersonCategory? {
        switch self {
        case .employed: .retired
        case .civilServant: .retiredCivilServant
        case .flexible: .retiredFlexible
        default: nil
        }
    }
}
