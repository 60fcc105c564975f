import Basics

extension Reckoning {
    // MARK: 门诊慢特病、两病

    mutating func payChronic(
        _ chronic: ChronicTerms, ledger: Ledger, group: Int, _ bill: Bill, _ scheme: SchemeTerms
    ) {
        guard let code = bill.visit.disease, let disease = chronic.disease(code) else { return }
        var ledger = ledger
        if chronic.plan.deductible.period == .yearWithInpatient { ledger.deductible = .inpatientDeductible }
        var payment = PlanPayment(
            chronic.plan, group: group, ledger: ledger, bill, scheme, fund: bill.insured.poolFund)
        payment.ownRatio = disease.ratio
        guard let limit = disease.limit else {
            payment.apply(to: eligible, &self)
            return
        }
        let period = limit.period.first(of: bill.visit.end)
        let most = chronic.limit(of: disease, limit, filed: bill.visit.filedDiseases)
        let used = chronic.used(disease, before, filed: bill.visit.filedDiseases, since: period)
        let rest = max(.zero, most - used)
        let poolBefore = parts.pool
        switch limit.kind {
        case .fundPayment:
            payment.diseaseLimit = Stated(rest, limit.amount.clause)
            payment.apply(to: eligible, &self)
            year.use(code, period, parts.pool - poolBefore)
        case .inScope:
            let counted = count(rest, limit)
            payment.apply(to: counted, &self)
            year.use(code, period, counted)
        case .totalFee:
            let counted = count(rest, limit)
            payment.apply(to: counted, &self)
            year.use(code, period, min(parts.totalFee, rest))
        case .quota:
            payment.payQuota(Stated(rest, limit.amount.clause), of: eligible, &self)
            setPoolRatio(reckonedOn: eligible)
            year.use(code, period, parts.pool - poolBefore)
        }
    }

    /// What of the eligible costs a limit on costs still lets count.
    private mutating func count(_ rest: Money, _ limit: DiseaseLimit) -> Money {
        guard eligible > rest else { return eligible }
        note(.diseaseLimit, limit.amount.clause, base: eligible, value: rest.fen, result: rest)
        return rest
    }

    mutating func setPoolRatio(reckonedOn base: Money) {
        guard base > .zero else { return }
        parts.poolRatio = Rate(
            partsPerMillion: Rounding.halfUp(parts.pool.fen, times: 1_000_000, over: base.fen))
    }

    // MARK: 生育

    /// Care paid by quota or by item; `asInpatient` is not for here.
    mutating func payMaternity(_ payment: Stated<MaternityPayment>, fund: FundType, limit: Stated<Money>?) {
        var paid = Money.zero
        switch payment.value {
        case .upTo(let quota):
            paid = min(eligible, quota)
            note(.maternityQuota, payment.clause, base: eligible, value: quota.fen, result: paid)
        case .package(let quota):
            paid = min(eligible, quota)
            note(.maternityQuota, payment.clause, base: eligible, value: quota.fen, result: paid)
            leaveToHospital(eligible - paid)
        case .byItem(let ratio):
            paid = eligible * ratio
            note(.maternityByItem, payment.clause, base: eligible, value: ratio.partsPerMillion, result: paid)
        case .asInpatient: return
        }
        var payable: Money?
        if let limit {
            let rest = max(.zero, limit.value - before[money: .prenatal])
            payable = rest
            if paid > rest {
                note(.yearLimit, limit.clause, base: paid, value: rest.fen, result: rest)
                paid = rest
            }
            year[money: .prenatal] += paid
        }
        pay(fund, paid, reckonedOn: eligible, payable: payable)
        year[money: .poolOutsideCap] += paid
        setPoolRatio(reckonedOn: eligible)
    }

    /// 超定额部分由医疗机构负担
    private mutating func leaveToHospital(_ amount: Money) {
        guard amount > .zero else { return }
        inScopeLeft -= amount
        parts.hospital += amount
        note(.hospitalBorne, base: eligible, result: amount)
    }
}

extension ChronicTerms {
    /// The limit that holds for a person with these filed diseases.
    func limit(of disease: ChronicDisease, _ limit: DiseaseLimit, filed: [DiseaseCode]) -> Money {
        guard case .highestPlus(let extra) = stacking.value else { return limit.amount.value }
        var highest = limit.amount.value
        var others: Int64 = 0
        for other in sharing(limit, with: disease, filed: filed) {
            highest = max(highest, other.limit?.amount.value ?? .zero)
            others += 1
        }
        return highest + extra * others
    }

    /// What the limit has already given in its period; with combined limits, all filed diseases together.
    func used(_ disease: ChronicDisease, _ year: YearToDate, filed: [DiseaseCode], since period: Month) -> Money {
        var used = year.used(disease.code, period)
        guard case .highestPlus = stacking.value, let limit = disease.limit else { return used }
        for other in sharing(limit, with: disease, filed: filed) { used += year.used(other.code, period) }
        return used
    }

    /// The other filed diseases whose limit is of the same kind and period.
    private func sharing(
        _ limit: DiseaseLimit, with disease: ChronicDisease, filed: [DiseaseCode]
    ) -> [ChronicDisease] {
        diseases.filter {
            $0.code != disease.code && filed.contains($0.code) && $0.limit?.kind == limit.kind
                && $0.limit?.period == limit.period
        }
    }
}

extension LimitPeriod {
    /// The first month of the period that a day lies in; a yearly limit is kept under month 0, since the
    /// figures are a benefit year's own.
    public func first(of day: Day) -> Month {
        switch self {
        case .year: DiseaseUse.yearly
        case .quarter: Month(number: day.month.number / 3 * 3)
        case .month: day.month
        }
    }
}

extension YearToDate {
    /// Already counted against a disease's limit in a period.
    public func used(_ disease: DiseaseCode, _ period: Month) -> Money {
        diseases.first { $0.disease == disease && $0.period == period }?.used ?? .zero
    }

    /// Counts an amount against a disease's limit in a period (`LimitPeriod.first(of:)`).
    public mutating func use(_ disease: DiseaseCode, _ period: Month, _ amount: Money) {
        guard amount != .zero else { return }
        guard let index = diseases.firstIndex(where: { ($0.disease, $0.period) >= (disease, period) }) else {
            diseases.append(DiseaseUse(disease: disease, period: period, used: amount))
            return
        }
        guard diseases[index].disease == disease, diseases[index].period == period else {
            diseases.insert(DiseaseUse(disease: disease, period: period, used: amount), at: index)
            return
        }
        diseases[index].used += amount
        if diseases[index].used == .zero { diseases.remove(at: index) }
    }
}
