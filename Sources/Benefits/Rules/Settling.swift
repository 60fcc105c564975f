import Basics

extension Benefits {
    /// Settles a bill: basic insurance, then large amount or critical illness, supplements and assistance,
    /// then accounts, then cash (一站式结算). Throws everything that stands in the way, at once.
    ///
    /// `soFar` is what the person has used in `year(of:terms:)` under the same insurance.
    public static func settle(
        _ bill: Bill, terms: BenefitTerms, soFar: YearToDate
    ) throws(Problems) -> Outcome {
        guard let scheme = terms.scheme(bill.insured.insurance) else {
            throw Problems(
                Problem(
                    "benefits.insured.noScheme", field: "insutype",
                    "统筹区 \(terms.area) 在这一天没有\(bill.insured.insurance.name)的待遇政策,请核对险种和日期"))
        }
        guard let group = scheme.groups.firstIndex(where: { $0.contains(bill.insured) }) else {
            throw Problems(
                Problem(
                    "benefits.insured.noGroup", field: "psn_type",
                    "待遇政策没有规定\(bill.insured.category.name)(\(bill.insured.age) 周岁)属于哪个人群,请补充政策参数"))
        }
        let totals = LineTotals(bill)
        try check(bill, scheme, terms, totals).throwIfAny()
        var reckoning = Reckoning(totals, bill, soFar: soFar)
        let scope = reckoning.payBasic(bill, scheme, group: group, terms, totals)
        reckoning.payFurther(bill, scheme, terms, scope)
        reckoning.payByPatient(scheme.account, bill.accounts)
        reckoning.total(terms.settlement)
        reckoning.setRecoverable(bill.visit.liability, terms.settlement.liability)
        return try reckoning.outcome(terms.settlement)
    }

    /// The benefit year that a bill counts to (待遇年度).
    public static func year(of visit: Visit, terms: BenefitTerms) -> Int {
        let day = terms.year.acrossYears.value == .admissionYear ? visit.begin : visit.end
        return terms.year.year(of: day)
    }

    /// The day whose policy settles a bill.
    public static func policyDay(of visit: Visit, rule: PolicyDayRule) -> Day {
        rule == .begin ? visit.begin : visit.end
    }
}

extension Reckoning {
    // MARK: Basic insurance

    /// The benefit that the kind of care leads to. Returns the scope by which further payers know it.
    mutating func payBasic(
        _ bill: Bill, _ scheme: SchemeTerms, group: Int, _ terms: BenefitTerms, _ totals: LineTotals
    ) -> CareScope {
        let visit = bill.visit
        switch visit.care {
        case .inpatient, .injuryInpatient, .referredInpatient, .emergencyInpatient:
            return payInpatient(bill, scheme, group: group, terms, totals)
        case .emergency where scheme.rescueAsInpatient && visit.conditions.contains(.rescue):
            return payInpatient(bill, scheme, group: group, terms, totals)
        case .outpatient, .registration:
            setEligible(totals.inScope, totals, visit.liability, terms)
            return payOutpatient(scheme.outpatient, .outpatient, bill, scheme, group: group)
        case .emergency:
            setEligible(totals.inScope, totals, visit.liability, terms)
            return payOutpatient(scheme.emergency ?? scheme.outpatient, .outpatient, bill, scheme, group: group)
        case .accidentOutpatient:
            setEligible(totals.inScope, totals, visit.liability, terms)
            let ledger = scheme.accident == nil ? Ledger.outpatient : .accident
            return payOutpatient(scheme.accident ?? scheme.outpatient, ledger, bill, scheme, group: group)
        case .chronicDisease:
            return payDisease(scheme.chronic, .chronic, bill, scheme, group: group, terms, totals)
        case .twoDiseases:
            return payDisease(scheme.twoDiseases, .twoDiseases, bill, scheme, group: group, terms, totals)
        case .pharmacy:
            setEligible(purchase(bill, scheme, totals), totals, .none, terms)
            _ = payOutpatient(scheme.outpatient, .outpatient, bill, scheme, group: group)
            return .pharmacy
        case .maternityOutpatient, .maternityInpatient, .familyPlanning:
            return payMaternityCare(bill, scheme, group: group, terms, totals)
        }
    }

    /// Sets what the benefit reckons on: in scope, of its kind, and not a third person's.
    private mutating func setEligible(
        _ amount: Money, _ totals: LineTotals, _ liability: Liability, _ terms: BenefitTerms
    ) {
        var amount = amount
        if amount != totals.inScope {
            outsideLeft = totals.inScope - amount
            note(.outsideBenefit, base: totals.inScope, result: outsideLeft)
        }
        let rule = terms.settlement.liability
        if liability.share > .zero, rule.value == .unliableShareOnly || !liability.isUnpaid {
            liableShare = amount * liability.share
            note(
                .liableShare, rule.clause, base: amount, value: liability.share.partsPerMillion, result: liableShare)
            amount -= liableShare
        }
        eligible = amount
        inScopeLeft = amount
    }

    private mutating func payInpatient(
        _ bill: Bill, _ scheme: SchemeTerms, group: Int, _ terms: BenefitTerms, _ totals: LineTotals
    ) -> CareScope {
        setEligible(totals.inScope, totals, bill.visit.liability, terms)
        let payment = PlanPayment(
            scheme.inpatient, group: group, ledger: .inpatient, bill, scheme, fund: bill.insured.poolFund)
        payment.apply(to: eligible, &self)
        year[money: .inpatientInScope] += eligible
        if !payment.continuesStay { year[.stays] += 1 }
        return .inpatient
    }

    private mutating func payOutpatient(
        _ plan: Plan?, _ ledger: Ledger, _ bill: Bill, _ scheme: SchemeTerms, group: Int
    ) -> CareScope {
        if let plan, eligible > .zero {
            PlanPayment(plan, group: group, ledger: ledger, bill, scheme, fund: bill.insured.poolFund)
                .apply(to: eligible, &self)
        }
        return .outpatient
    }

    private mutating func payDisease(
        _ chronic: ChronicTerms?, _ scope: CareScope, _ bill: Bill, _ scheme: SchemeTerms, group: Int,
        _ terms: BenefitTerms, _ totals: LineTotals
    ) -> CareScope {
        guard let chronic else { return scope }
        let amount = chronic.drugsOnly ? totals.drugsInScope : totals.inScope
        setEligible(amount, totals, bill.visit.liability, terms)
        payChronic(chronic, ledger: scope == .chronic ? .chronic : .twoDiseases, group: group, bill, scheme)
        return scope
    }

    /// What of a pharmacy's bill the pool reckons on.
    private func purchase(_ bill: Bill, _ scheme: SchemeTerms, _ totals: LineTotals) -> Money {
        let visit = bill.visit
        switch scheme.pharmacy.value {
        case .accountOnly: return .zero
        case .dualChannelDrugs:
            return visit.isDualChannel ? totals.dualChannelInScope : .zero
        case .prescriptions: return totals.prescribedInScope
        }
    }

    // MARK: Maternity

    private mutating func payMaternityCare(
        _ bill: Bill, _ scheme: SchemeTerms, group: Int, _ terms: BenefitTerms, _ totals: LineTotals
    ) -> CareScope {
        guard let maternity = scheme.maternity, let payment = maternity.payment(for: bill.visit) else {
            setEligible(.zero, totals, .none, terms)
            return .maternity
        }
        if case .asInpatient = payment.value { return payInpatient(bill, scheme, group: group, terms, totals) }
        setEligible(totals.inScope, totals, bill.visit.liability, terms)
        let limit = bill.visit.care == .maternityOutpatient ? maternity.prenatalLimit : nil
        payMaternity(payment, fund: maternity.fund, limit: limit)
        return .maternity
    }

    // MARK: Further payers

    mutating func payFurther(_ bill: Bill, _ scheme: SchemeTerms, _ terms: BenefitTerms, _ scope: CareScope) {
        let insured = bill.insured
        payLargeAmount(scheme.largeAmount, insured)
        if let critical = scheme.critical, critical.covers.contains(scope) {
            payCritical(critical, insured, fund: insured.criticalFund)
        }
        if terms.settlement.supplementsBeforeAssistance { paySupplements(insured, scheme, scope) }
        if let assistance = terms.assistance, assistance.covers.contains(scope), !insured.assistance.isEmpty {
            payAssistance(assistance, insured)
        }
        if !terms.settlement.supplementsBeforeAssistance { paySupplements(insured, scheme, scope) }
    }

    private mutating func paySupplements(_ insured: Insured, _ scheme: SchemeTerms, _ scope: CareScope) {
        if insured.hasCivilServantSubsidy, let terms = scheme.civilServant, terms.covers.contains(scope) {
            payCivilServant(terms, insured)
        }
        if insured.hasEnterpriseSupplement, let terms = scheme.enterprise, terms.covers.contains(scope) {
            payEnterprise(terms, insured)
        }
    }

    // MARK: The end

    /// 先行支付: the third person's share of what the funds paid is to be recovered.
    mutating func setRecoverable(_ liability: Liability, _ rule: Stated<LiabilityRule>) {
        guard liability.share > .zero, liability.isUnpaid, rule.value == .payThenRecover else { return }
        let paid = parts.fundsWithoutAccounts
        recoverable = paid * liability.share
        note(
            .recoverable, rule.clause, base: paid, value: liability.share.partsPerMillion, result: recoverable)
    }

    /// The outcome, once every identity has been found to hold.
    func outcome(_ settlement: SettlementTerms) throws(Problems) -> Outcome {
        let shares = funds.reduce(Money.zero) { $0 + $1.amount }
        guard parts.isBalanced(fundTotalIncludesAccount: settlement.fundTotalIncludesAccount),
            shares == parts.fundsWithoutAccounts + parts.account + parts.sharedAccount, !parts.cash.isNegative
        else {
            throw Problems(Problem("benefits.unbalanced", "结算结果各项不平衡,未予结算,请把费用单交给系统管理员核查"))
        }
        return Outcome(
            parts: parts, lines: lines, funds: funds, steps: steps, deductibleScheduled: deductibleScheduled,
            eligible: eligible, recoverable: recoverable, liableShare: liableShare, before: before, after: year)
    }
}

extension Insured {
    /// The pool of the person's insurance.
    var poolFund: FundType { insurance.pool }
    /// The fund of critical-illness insurance: residents' own, employees' large-amount fund.
    var criticalFund: FundType { insurance == .resident ? .residentCriticalIllness : .largeAmount }
}

extension MaternityTerms {
    func payment(for visit: Visit) -> Stated<MaternityPayment>? {
        switch visit.care {
        case .maternityOutpatient: prenatal
        case .familyPlanning: familyPlanning
        default: births.first { $0.kind == visit.birth }?.payment
        }
    }
}
