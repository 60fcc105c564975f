import Basics

extension Benefits {
    /// No bill and no year's figure may pass ten thousand million yuan: beyond that, products no longer fit.
    static let moneyMax = Money(yuan: 10_000_000_000)

    /// Everything about a bill that cannot be settled, all at once.
    static func check(_ bill: Bill, _ scheme: SchemeTerms, _ terms: BenefitTerms, _ totals: LineTotals) -> Problems {
        var problems = Problems()
        checkVisit(bill.visit, scheme, terms, &problems)
        checkLines(bill, terms, &problems)
        checkTotals(bill, totals, &problems)
        return problems
    }

    private static func checkVisit(
        _ visit: Visit, _ scheme: SchemeTerms, _ terms: BenefitTerms, _ problems: inout Problems
    ) {
        if visit.end < visit.begin {
            problems.add("benefits.visit.days", field: "enddate", "结束日期早于开始日期,请核对就诊日期")
        }
        if !(Rate.zero...Rate.one).contains(visit.liability.share) {
            problems.add("benefits.visit.liability", field: "第三人责任比例", "第三人责任比例应在 0 到 100% 之间")
        }
        if visit.care == .chronicDisease {
            checkDisease(visit, scheme.chronic, "门诊慢特病", &problems)
        }
        if visit.care == .twoDiseases {
            checkDisease(visit, scheme.twoDiseases, "两病门诊用药", &problems)
        }
        if visit.care == .maternityInpatient {
            checkBirth(visit, scheme.maternity, &problems)
        }
        if terms.year.acrossYears.value == .interimAtYearEnd, visit.care.isInpatient {
            checkYearEnd(visit, terms.year, &problems)
        }
    }

    private static func checkDisease(
        _ visit: Visit, _ chronic: ChronicTerms?, _ name: String, _ problems: inout Problems
    ) {
        guard let chronic else {
            problems.add("benefits.visit.noBenefit", field: "med_type", "本统筹区该险种没有\(name)待遇,请按普通门诊结算")
            return
        }
        guard let code = visit.disease else {
            problems.add("benefits.visit.diseaseMissing", field: "dise_codg", "\(name)结算须填写病种编码")
            return
        }
        if chronic.disease(code) == nil {
            problems.add(
                "benefits.visit.diseaseUnknown", field: "dise_codg", "病种 \(code) 不在本统筹区\(name)病种目录内,请核对病种编码")
        }
    }

    private static func checkBirth(_ visit: Visit, _ maternity: MaternityTerms?, _ problems: inout Problems) {
        guard let maternity else { return }
        guard let birth = visit.birth else {
            problems.add("benefits.visit.birthMissing", field: "matn_type", "生育住院结算须填写生育类别")
            return
        }
        if !maternity.births.contains(where: { $0.kind == birth }) {
            problems.add(
                "benefits.visit.birthUnknown", field: "matn_type", "本统筹区没有规定“\(birth.name)”的支付方式,请按普通住院结算")
        }
    }

    private static func checkYearEnd(_ visit: Visit, _ year: YearTerms, _ problems: inout Problems) {
        let last = year.year(of: visit.end)
        guard year.year(of: visit.begin) < last else { return }
        if case .interim = visit.link { return }
        let lastDay = year.firstDay(of: last) - 1
        problems.add(
            "benefits.visit.acrossYears", field: "enddate", "住院跨待遇年度,请先办理截至 \(lastDay) 的中途结算,再结算其后的费用")
    }

    private static func checkLines(_ bill: Bill, _ terms: BenefitTerms, _ problems: inout Problems) {
        let tolerance = terms.settlement.amountTolerance
        let ratios = Rate.zero...Rate.one
        for index in bill.lines.indices {
            let line = bill.lines[index]
            if (line.amount - line.price * line.quantity).magnitude > tolerance {
                problems.add(
                    "benefits.line.amount", field: "第 \(index + 1) 行",
                    "金额 \(line.amount) 不等于单价 \(line.price) × 数量 \(line.quantity),请核对后重新上传")
            }
            if !ratios.contains(line.selfPayRatio) {
                problems.add("benefits.line.selfPayRatio", field: "第 \(index + 1) 行", "先行自付比例应在 0 到 100% 之间")
            }
            if line.price.microYuan < 0 || (line.priceCap.map { $0.microYuan < 0 } ?? false) {
                problems.add("benefits.line.price", field: "第 \(index + 1) 行", "单价和限价不能为负数,退费请用负数量")
            }
        }
        if bill.visit.care == .emergencyInpatient { checkMergedEmergency(bill, terms, &problems) }
    }

    private static func checkMergedEmergency(_ bill: Bill, _ terms: BenefitTerms, _ problems: inout Problems) {
        guard let scheme = terms.scheme(bill.insured.insurance) else { return }
        let earliest = bill.visit.begin - scheme.emergencyMergeDays
        for index in bill.lines.indices where bill.lines[index].day < earliest {
            problems.add(
                "benefits.line.beforeStay", field: "第 \(index + 1) 行",
                "急诊费用发生在入院前 \(scheme.emergencyMergeDays) 天以前,不能并入本次住院,请单独按急诊结算")
        }
    }

    private static func checkTotals(_ bill: Bill, _ totals: LineTotals, _ problems: inout Problems) {
        let parts = [
            totals.fullSelfPay - totals.hospital, totals.hospital, totals.overLimit, totals.preSelfPay,
            totals.inScope, totals.drugsInScope, totals.inScope - totals.drugsInScope,
            totals.prescribedInScope, totals.inScope - totals.prescribedInScope,
            totals.dualChannelInScope, totals.prescribedInScope - totals.dualChannelInScope,
        ]
        if parts.contains(where: \.isNegative) {
            problems.add("benefits.bill.negative", field: "feedetail", "退费超过了原收费,费用合计为负数,请核对退费明细")
        }
        if totals.amount > moneyMax || parts.contains(where: { $0 > moneyMax }) {
            problems.add("benefits.bill.tooLarge", field: "medfee_sumamt", "费用合计超过一百亿元,请核对单价和数量")
        }
        if bill.accounts.balance.isNegative || bill.accounts.shared.isNegative {
            problems.add("benefits.account.negative", field: "balc", "个人账户余额为负数,请先处理账户")
        }
    }
}
