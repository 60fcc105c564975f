import Basics

extension Reckoning {
    // MARK: Above the ceiling

    /// 职工大额医疗费用补助: on what lies above the pool's ceiling, from the exact fraction.
    mutating func payLargeAmount(_ terms: LargeAmountTerms?, _ insured: Insured) {
        guard aboveCap.numerator > 0 else { return }
        let above = aboveCap.rounded
        note(.aboveCap, base: eligible, result: above)
        let start = year[money: .aboveCap]
        year[money: .aboveCap] += above
        guard let terms, insured.hasLargeAmount else { return }
        var paid = largeAmountReckoned(terms.bands, from: start)
        var payable: Money?
        if let limit = terms.yearLimit {
            let rest = max(.zero, limit.value - before[money: .largeAmount])
            payable = rest
            if paid > rest {
                note(.largeLimit, limit.clause, base: paid, value: rest.fen, result: rest)
                paid = rest
            }
        }
        paid = min(paid, inScopeLeft)
        note(.large, base: above, result: paid)
        pay(.largeAmount, paid, reckonedOn: above, payable: payable)
        year[money: .largeAmount] += paid
    }

    private mutating func largeAmountReckoned(_ bands: [Band], from start: Money) -> Money {
        let unit = aboveCap.denominator
        let low = start.fen * unit
        let high = low + aboveCap.numerator
        var exact: Int128 = 0
        for index in bands.indices {
            let from = max(low, bands[index].from.fen * unit)
            let to = index + 1 < bands.count ? min(high, bands[index + 1].from.fen * unit) : high
            guard to > from else { continue }
            let ratio = bands[index].ratio.partsPerMillion
            let part = Int128(to - from) * Int128(ratio)
            exact += part
            note(
                .largeBand, bands[index].clause, mark: from / unit,
                base: Money(fen: Rounding.halfUp(to - from, unit)), value: ratio,
                result: Money(fen: Rounding.halfUp(wide: part, over: Int128(unit) * 1_000_000)))
        }
        return Money(fen: Rounding.halfUp(wide: exact, over: Int128(unit) * 1_000_000))
    }

    // MARK: Critical illness

    /// 大病保险: on the year's compliant burden. Of base terms and the tilts of a person's groups, the one
    /// that pays most counts (就高不叠加).
    mutating func payCritical(_ terms: CriticalTerms, _ insured: Insured, fund: FundType) {
        let burden = inScopeLeft + (terms.includesPreSelfPay ? preSelfLeft : .zero)
        guard burden > .zero else { return }
        let start = before[money: .criticalBurden]
        year[money: .criticalBurden] += burden
        var best = criticalOffer(terms, tilt: nil, insured, start, burden)
        for tilt in terms.tilts where !tilt.groups.isDisjoint(with: insured.assistance) {
            let offer = criticalOffer(terms, tilt: tilt, insured, start, burden)
            if offer.paid > best.paid { best = offer }
        }
        note(.criticalBurden, base: burden, value: start.fen, result: burden)
        note(
            .criticalDeductible, best.deductible.clause, base: burden, value: best.deductible.value.fen,
            result: best.above)
        guard best.reckoned > .zero else { return }
        if best.bonus.value > .zero {
            note(
                .criticalBonus, best.bonus.clause, value: best.bonus.value.partsPerMillion, result: .zero)
        }
        noteCriticalBands(terms.bands, best, start)
        note(.critical, base: best.above, result: best.reckoned)
        if let limit = best.payable, best.reckoned > limit {
            note(
                .criticalLimit, terms.yearLimit?.clause ?? .none, base: best.reckoned, value: limit.fen,
                result: limit)
        }
        pay(fund, best.paid, reckonedOn: burden, payable: best.payable)
        year[money: .critical] += best.paid
    }

    private struct CriticalOffer {
        var deductible: Stated<Money>
        var bonus: Stated<Rate>
        /// This time's burden above the deductible.
        var above: Money
        var reckoned: Money
        var payable: Money?
        var paid: Money
    }

    private func criticalOffer(
        _ terms: CriticalTerms, tilt: CriticalTilt?, _ insured: Insured, _ start: Money, _ burden: Money
    ) -> CriticalOffer {
        let deductible = tilt?.deductible ?? terms.deductible
        let bonus = tilt?.bonus ?? Stated(.zero)
        let low = max(.zero, start - deductible.value)
        let high = max(.zero, start + burden - deductible.value)
        var exact: Int64 = 0
        for index in terms.bands.indices {
            let amount = BandWalk.amount(terms.bands, index, end: terms.bands.count, low.fen, high.fen)
            exact += amount * min(1_000_000, (terms.bands[index].ratio + bonus.value).partsPerMillion)
        }
        let reckoned = Money(fen: Rounding.halfUp(exact, 1_000_000))
        var payable: Money?
        if let limit = terms.yearLimit, tilt?.isUncapped != true {
            let raise = min(insured.criticalLimitRaise, limit.value * terms.raiseShareMax)
            payable = max(.zero, limit.value + raise - before[money: .critical])
        }
        let paid = payable.map { min(reckoned, $0) } ?? reckoned
        return CriticalOffer(
            deductible: deductible, bonus: bonus, above: high - low, reckoned: reckoned, payable: payable,
            paid: paid)
    }

    private mutating func noteCriticalBands(_ bands: [Band], _ offer: CriticalOffer, _ start: Money) {
        let low = max(.zero, start - offer.deductible.value)
        let high = low + offer.above
        for index in bands.indices {
            let amount = BandWalk.amount(bands, index, end: bands.count, low.fen, high.fen)
            guard amount > 0 else { continue }
            let ratio = min(1_000_000, (bands[index].ratio + offer.bonus.value).partsPerMillion)
            note(
                .criticalBand, bands[index].clause, mark: max(low, bands[index].from).fen,
                base: Money(fen: amount), value: ratio,
                result: Money(fen: Rounding.halfUp(amount * ratio, 1_000_000)))
        }
    }

    // MARK: Supplements

    /// 公务员医疗补助
    mutating func payCivilServant(_ terms: SupplementTerms, _ insured: Insured) {
        paySupplement(
            terms, insured, fund: .civilServant, burden: .civilServantBurden, used: .civilServant,
            step: .civilServant, limitStep: .civilServantLimit)
    }

    /// 企业补充医疗保险
    mutating func payEnterprise(_ terms: SupplementTerms, _ insured: Insured) {
        paySupplement(
            terms, insured, fund: .enterpriseSupplement, burden: .enterpriseBurden, used: .enterprise,
            step: .enterprise, limitStep: .enterpriseLimit)
    }

    private mutating func paySupplement(
        _ terms: SupplementTerms, _ insured: Insured, fund: FundType, burden: Accumulator, used: Accumulator,
        step: Step.Kind, limitStep: Step.Kind
    ) {
        let inScope = terms.includesDeductible ? inScopeLeft : max(.zero, inScopeLeft - parts.deductible)
        let base = inScope + (terms.includesPreSelfPay ? preSelfLeft : .zero)
        guard base > .zero else { return }
        let ratio = insured.category.isRetired ? terms.retiredRatio : terms.ratio
        payShare(
            ShareTerms(deductible: terms.deductible, ratio: ratio, yearLimit: terms.yearLimit), base, fund,
            burden: burden, used: used,
            steps: (deductible: .supplementDeductible, paid: step, limit: limitStep))
    }

    // MARK: Assistance

    /// 医疗救助 and then 倾斜救助.
    mutating func payAssistance(_ terms: AssistanceTerms, _ insured: Insured) {
        payBestRule(
            terms.rules, terms, insured, .medicalAssistance, burden: .assistanceBurden, used: .assistance,
            steps: (deductible: .assistanceDeductible, paid: .assistance, limit: .assistanceLimit))
        payBestRule(
            terms.further, terms, insured, .furtherAssistance, burden: .furtherBurden, used: .further,
            steps: (deductible: .assistanceDeductible, paid: .furtherAssistance, limit: .furtherLimit))
    }

    private mutating func payBestRule(
        _ rules: [AssistanceRule], _ terms: AssistanceTerms, _ insured: Insured, _ fund: FundType,
        burden: Accumulator, used: Accumulator,
        steps: (deductible: Step.Kind, paid: Step.Kind, limit: Step.Kind)
    ) {
        let base = inScopeLeft + (terms.includesPreSelfPay ? preSelfLeft : .zero)
        guard base > .zero else { return }
        var best: ShareTerms?
        var most = Money.zero
        for rule in rules where !rule.groups.isDisjoint(with: insured.assistance) {
            let share = ShareTerms(deductible: rule.deductible, ratio: rule.ratio, yearLimit: rule.yearLimit)
            let paid = share.reckon(base, start: before[money: burden], used: before[money: used]).paid
            if best == nil || paid > most { (best, most) = (share, paid) }
        }
        if let best { payShare(best, base, fund, burden: burden, used: used, steps: steps) }
    }

    /// A payer who bears one share of a burden above a yearly deductible, up to a yearly limit.
    private mutating func payShare(
        _ terms: ShareTerms, _ base: Money, _ fund: FundType, burden: Accumulator, used: Accumulator,
        steps: (deductible: Step.Kind, paid: Step.Kind, limit: Step.Kind)
    ) {
        let share = terms.reckon(base, start: before[money: burden], used: before[money: used])
        year[money: burden] += base
        if let deductible = terms.deductible, deductible.value > .zero {
            note(steps.deductible, deductible.clause, base: base, value: deductible.value.fen, result: share.above)
        }
        guard share.reckoned > .zero else { return }
        note(
            steps.paid, terms.ratio.clause, base: share.above, value: terms.ratio.value.partsPerMillion,
            result: share.reckoned)
        if let payable = share.payable, share.reckoned > payable {
            note(
                steps.limit, terms.yearLimit?.clause ?? .none, base: share.reckoned, value: payable.fen,
                result: payable)
        }
        pay(fund, share.paid, reckonedOn: base, payable: share.payable)
        year[money: used] += share.paid
    }
}

/// One share above a yearly deductible, up to a yearly limit.
private struct ShareTerms {
    var deductible: Stated<Money>?
    var ratio: Stated<Rate>
    var yearLimit: Stated<Money>?

    func reckon(
        _ base: Money, start: Money, used: Money
    ) -> (above: Money, reckoned: Money, payable: Money?, paid: Money) {
        let threshold = deductible?.value ?? .zero
        let above = max(.zero, start + base - threshold) - max(.zero, start - threshold)
        let reckoned = above * ratio.value
        guard let yearLimit else { return (above, reckoned, nil, reckoned) }
        let payable = max(.zero, yearLimit.value - used)
        return (above, reckoned, payable, min(reckoned, payable))
    }
}
