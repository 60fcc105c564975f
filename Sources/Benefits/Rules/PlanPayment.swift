import Basics

/// Where a plan's yearly figures are kept (累计口径).
struct Ledger {
    var deductible: Accumulator
    /// Where deductibles by the visit are kept, when the yearly one is in common with other care: what one visit was
    /// charged never counts as the year's deductible of another plan.
    var visitDeductible: Accumulator?
    var inBands: Accumulator
    /// Against the plan's own yearly limit.
    var paid: Accumulator

    static let inpatient = Ledger(
        deductible: .inpatientDeductible, inBands: .inpatientInBands, paid: .inpatient)
    static let outpatient = Ledger(
        deductible: .outpatientDeductible, visitDeductible: .visitDeductible, inBands: .outpatientInBands,
        paid: .outpatient)
    /// Has a yearly deductible in common with outpatients, should it have one.
    static let accident = Ledger(
        deductible: .outpatientDeductible, visitDeductible: .accidentVisitDeductible, inBands: .accidentInBands,
        paid: .accident)
    static let chronic = Ledger(deductible: .chronicDeductible, inBands: .chronicInBands, paid: .chronic)
    static let twoDiseases = Ledger(
        deductible: .twoDiseasesDeductible, inBands: .twoDiseasesInBands, paid: .twoDiseases)

    /// The same figures for a plan whose deductible counts for this long.
    func charged(by period: DeductiblePeriod) -> Ledger {
        guard period == .stay, let visitDeductible else { return self }
        var ledger = self
        ledger.deductible = visitDeductible
        return ledger
    }
}

/// What the pool may pay at most this time, and by which limit.
private struct Ceiling {
    var amount: Money?
    var kind = Step.Kind.yearLimit
    var clause = ClauseRef.none

    mutating func lower(to limit: Money, _ kind: Step.Kind, _ clause: ClauseRef) {
        let limit = max(limit, .zero)
        if let amount, amount <= limit { return }
        self.amount = limit
        self.kind = kind
        self.clause = clause
    }
}

/// One plan applied to one bill.
struct PlanPayment {
    let plan: Plan
    let row: GroupTerms
    let ledger: Ledger
    let insured: Insured
    let visit: Visit
    let fund: FundType
    let yearCap: Stated<Money>?
    let remoteCut: Stated<Rate>
    /// A ratio that stands in for the plan's bands (病种比例).
    var ownRatio: Stated<Rate>?
    /// A limit besides the plan's own (病种限额): what is left of it.
    var diseaseLimit: Stated<Money>?

    init(
        _ plan: Plan, group: Int, ledger: Ledger, _ bill: Bill, _ scheme: SchemeTerms, fund: FundType
    ) {
        self.plan = plan
        row = plan.groups[min(group, plan.groups.count - 1)]
        self.ledger = ledger.charged(by: plan.deductible.period)
        insured = bill.insured
        visit = bill.visit
        self.fund = fund
        yearCap = plan.countsTowardYearCap ? scheme.yearCap : nil
        remoteCut = scheme.remoteCuts[bill.visit.remote]
    }

    /// Deductible, bands, limits and ceiling, in this order.
    func apply(to eligible: Money, _ reckoning: inout Reckoning) {
        var rest = eligible
        if plan.accountFirst { rest -= payFromAccount(rest, &reckoning) }
        let deductible = chargeDeductible(rest, &reckoning)
        let (low, high) = coordinates(rest, deductible, reckoning.before)
        let adjustment = ratioAdjustment(&reckoning)
        let exact = payThroughBands(low, high, adjustment, &reckoning)
        payFromPool(rest, exact, low, high, adjustment, &reckoning)
        if rest > deductible {
            reckoning.parts.poolRatio = Rate(
                partsPerMillion: Rounding.halfUp(
                    reckoning.parts.pool.fen, times: 1_000_000, over: (rest - deductible).fen))
        }
        reckoning.year[money: ledger.deductible] += deductible
        reckoning.year[money: ledger.inBands] += rest - deductible
    }

    // MARK: Account first

    /// 先用个人账户: the account pays before the fund reckons.
    private func payFromAccount(_ eligible: Money, _ reckoning: inout Reckoning) -> Money {
        let paid = min(reckoning.balanceLeft, eligible)
        guard paid > .zero else { return .zero }
        let balance = reckoning.balanceLeft
        reckoning.note(.account, base: eligible, value: balance.fen, result: paid)
        reckoning.pay(.personalAccount, paid, reckonedOn: eligible, payable: balance)
        reckoning.balanceLeft -= paid
        return paid
    }

    // MARK: Deductible

    /// The deductible that this bill pays (实际支付起付线).
    private func chargeDeductible(_ eligible: Money, _ reckoning: inout Reckoning) -> Money {
        let nth = stayNumber(reckoning.before)
        var (scheduled, clause) = scheduledDeductible(nth: nth)
        if case .interim(let earlier, _, _) = visit.link, continuesInterim { scheduled = earlier }
        guard scheduled > .zero else { return .zero }
        reckoning.note(.deductibleScheduled, clause, mark: Int64(nth), value: scheduled.fen, result: scheduled)
        if !continuesInterim, let waiver = bestWaiver(nth: nth) {
            let share = nth == 1 ? waiver.firstShare : waiver.laterShare
            let waived = scheduled * share
            reckoning.note(
                .deductibleWaived, waiver.clause, base: scheduled, value: share.partsPerMillion, result: waived)
            scheduled = waived
        }
        reckoning.deductibleScheduled = scheduled
        let due = due(scheduled, &reckoning)
        let paid = min(eligible, due)
        reckoning.note(.deductible, clause, base: eligible, value: due.fen, result: paid)
        reckoning.parts.deductible = paid
        return paid
    }

    /// The year's number of this stay; one that continues an earlier stay keeps its number.
    private func stayNumber(_ year: YearToDate) -> Int {
        guard plan.deductible.period == .stay, ledger.deductible == .inpatientDeductible else { return 1 }
        let earlier = Int(year[.stays])
        return continuesStay ? max(1, earlier) : earlier + 1
    }

    /// Whether the deductible counts this bill as part of an earlier stay.
    var continuesStay: Bool {
        switch visit.link {
        case .none: false
        case .interim: plan.deductible.interim.value == .once
        case .transfer(let from, _): transferRule(from).value != .full
        }
    }

    private var continuesInterim: Bool {
        if case .interim = visit.link { continuesStay && plan.deductible.period == .stay } else { false }
    }

    private func transferRule(_ from: Tier) -> Stated<TransferRule> {
        visit.tier > from ? plan.deductible.transferUp : plan.deductible.transferDown
    }

    private func scheduledDeductible(nth: Int) -> (Money, ClauseRef) {
        let span = row.deductibles
        guard span.count > 0 else { return (.zero, .none) }
        let listed = plan.deductibles[Int(span.start) + min(nth, Int(span.count)) - 1][visit.tier]
        let first = plan.deductibles[Int(span.start)][visit.tier]
        let rule = plan.deductible.repeats
        switch rule.value {
        case .asListed: return (listed.value, listed.clause)
        case .step(let step, let floor):
            let lowered = first.value - step * Int64(nth - 1)
            return (max(lowered, min(floor, first.value)), nth == 1 ? first.clause : rule.clause)
        case .ratio(let ratio, let floor):
            if nth == 1 { return (first.value, first.clause) }
            return (max(first.value * ratio, min(floor, first.value)), rule.clause)
        }
    }

    /// Of all waivers that hold, the one that charges least.
    private func bestWaiver(nth: Int) -> DeductibleWaiver? {
        var best: DeductibleWaiver?
        for waiver in plan.deductible.waivers {
            guard
                !waiver.conditions.isDisjoint(with: visit.conditions)
                    || !waiver.groups.isDisjoint(with: insured.assistance)
            else { continue }
            let share = nth == 1 ? waiver.firstShare : waiver.laterShare
            if let current = best, (nth == 1 ? current.firstShare : current.laterShare) <= share { continue }
            best = waiver
        }
        return best
    }

    /// What of the scheduled deductible is still due, after what was paid before.
    private func due(_ scheduled: Money, _ reckoning: inout Reckoning) -> Money {
        var paidBefore = Money.zero
        var clause = ClauseRef.none
        if plan.deductible.period != .stay {
            paidBefore = reckoning.before[money: ledger.deductible]
        } else {
            switch visit.link {
            case .none: break
            case .interim(_, let paid, _):
                if continuesStay { paidBefore = paid }
                clause = plan.deductible.interim.clause
            case .transfer(let from, let paid):
                let rule = transferRule(from)
                clause = rule.clause
                switch rule.value {
                case .full: break
                case .difference: paidBefore = paid
                case .free: paidBefore = scheduled
                }
            }
        }
        guard paidBefore > .zero else { return scheduled }
        let due = max(.zero, scheduled - paidBefore)
        reckoning.note(.deductiblePaidBefore, clause, base: scheduled, value: paidBefore.fen, result: due)
        return due
    }

    // MARK: Bands

    /// The stretch of the plan's coordinate that this bill covers.
    private func coordinates(_ eligible: Money, _ deductible: Money, _ year: YearToDate) -> (Int64, Int64) {
        var inBands = Money.zero
        var paid = Money.zero
        if plan.reach == .year {
            inBands = year[money: ledger.inBands]
            paid = year[money: ledger.deductible]
        } else if case .interim(_, let earlierPaid, let inScope) = visit.link, continuesStay {
            inBands = inScope - earlierPaid
            paid = earlierPaid
        }
        switch plan.basis {
        case .afterDeductible: return (inBands.fen, (inBands + eligible - deductible).fen)
        case .cumulativeIncludingDeductible:
            let start = inBands + paid
            return ((start + deductible).fen, (start + eligible).fen)
        }
    }

    /// Percentage points added for the group and taken for care elsewhere, in millionths.
    private func ratioAdjustment(_ reckoning: inout Reckoning) -> Int64 {
        var adjustment: Int64 = 0
        if let bonus = row.bonus, bonus.value != .zero, ownRatio == nil {
            adjustment += bonus.value.partsPerMillion
            reckoning.note(.ratioBonus, bonus.clause, value: bonus.value.partsPerMillion, result: .zero)
        }
        if remoteCut.value != .zero {
            adjustment -= remoteCut.value.partsPerMillion
            reckoning.note(.remoteCut, remoteCut.clause, value: remoteCut.value.partsPerMillion, result: .zero)
        }
        return adjustment
    }

    /// What the bands pay, in millionths of a fen, exactly.
    private func payThroughBands(
        _ low: Int64, _ high: Int64, _ adjustment: Int64, _ reckoning: inout Reckoning
    ) -> Int64 {
        var exact: Int64 = 0
        if let ownRatio {
            let ratio = adjusted(ownRatio.value, adjustment)
            exact = (high - low) * ratio
            noteBand(ownRatio.clause, low, high - low, ratio, &reckoning)
            return exact
        }
        let span = row.bands[visit.tier]
        for index in Int(span.start)..<Int(span.start + span.count) {
            let amount = BandWalk.amount(plan.bands, index, end: Int(span.start + span.count), low, high)
            guard amount > 0 else { continue }
            let ratio = adjusted(plan.bands[index].ratio, adjustment)
            exact += amount * ratio
            noteBand(plan.bands[index].clause, max(low, plan.bands[index].from.fen), amount, ratio, &reckoning)
        }
        return exact
    }

    private func noteBand(
        _ clause: ClauseRef, _ from: Int64, _ amount: Int64, _ ratio: Int64, _ reckoning: inout Reckoning
    ) {
        guard amount > 0 else { return }
        reckoning.note(
            .band, clause, mark: from, base: Money(fen: amount), value: ratio,
            result: Money(fen: Rounding.halfUp(amount * ratio, 1_000_000)))
    }

    private func adjusted(_ ratio: Rate, _ adjustment: Int64) -> Int64 {
        max(0, min(1_000_000, ratio.partsPerMillion + adjustment))
    }

    // MARK: Limits and ceiling

    /// The pool pays what the bands give, within all limits.
    private func payFromPool(
        _ eligible: Money, _ exact: Int64, _ low: Int64, _ high: Int64, _ adjustment: Int64,
        _ reckoning: inout Reckoning
    ) {
        let reckoned = Money(fen: Rounding.halfUp(exact, 1_000_000))
        if reckoned > .zero { reckoning.note(.pool, base: eligible, result: reckoned) }
        let (paid, cut) = pay(reckoned, on: eligible, within: ceiling(reckoning.before), &reckoning)
        if cut > .zero { reckoning.aboveCap = aboveCap(paid, low, high, adjustment) }
    }

    /// 基金支付定额: in full up to what is left of the quota, without deductible or ratio, within all the limits
    /// that hold for any other payment of the plan.
    func payQuota(_ quota: Stated<Money>, of eligible: Money, _ reckoning: inout Reckoning) {
        let reckoned = min(eligible, quota.value)
        reckoning.note(.diseaseQuota, quota.clause, base: eligible, value: quota.value.fen, result: reckoned)
        var limits = ceiling(reckoning.before)
        limits.lower(to: quota.value, .diseaseQuota, quota.clause)
        let (_, cut) = pay(reckoned, on: eligible, within: limits, &reckoning)
        // A quota pays whole costs: as many lie above the year's ceiling as it kept the pool from paying.
        reckoning.aboveCap = Fraction(numerator: cut.fen, denominator: 1)
    }

    /// Pays what was reckoned, within the limits and then the year's ceiling. Returns what was paid, and what the
    /// ceiling alone cut off.
    private func pay(
        _ reckoned: Money, on eligible: Money, within limits: Ceiling, _ reckoning: inout Reckoning
    ) -> (paid: Money, cut: Money) {
        var paid = reckoned
        if let most = limits.amount, paid > most {
            paid = most
            reckoning.note(limits.kind, limits.clause, base: reckoned, value: most.fen, result: paid)
        }
        var payable = limits.amount
        var cut = Money.zero
        if let yearCap {
            let rest = max(.zero, yearCap.value - reckoning.before[money: .pool])
            payable = payable.map { min($0, rest) } ?? rest
            if paid > rest {
                cut = paid - rest
                paid = rest
                reckoning.note(.yearCap, yearCap.clause, base: reckoned, value: rest.fen, result: paid)
            }
        }
        reckoning.pay(fund, paid, reckonedOn: eligible, payable: payable)
        reckoning.year[money: plan.countsTowardYearCap ? .pool : .poolOutsideCap] += paid
        reckoning.year[money: ledger.paid] += paid
        return (paid, cut)
    }

    private func ceiling(_ year: YearToDate) -> Ceiling {
        var ceiling = Ceiling()
        if let limit = plan.visitLimit { ceiling.lower(to: limit.value, .visitLimit, limit.clause) }
        if let limit = row.yearLimit {
            ceiling.lower(to: limit.value - year[money: ledger.paid], .yearLimit, limit.clause)
        }
        if let diseaseLimit { ceiling.lower(to: diseaseLimit.value, .diseaseLimit, diseaseLimit.clause) }
        return ceiling
    }

    /// The costs for which the year's ceiling leaves nothing, by going back through the bands to where it was
    /// reached. Exact: a fraction of a fen remains one.
    private func aboveCap(_ rest: Money, _ low: Int64, _ high: Int64, _ adjustment: Int64) -> Fraction {
        var left = rest.fen * 1_000_000
        if let ownRatio {
            let ratio = adjusted(ownRatio.value, adjustment)
            return ratio > 0 ? Fraction(numerator: (high - low) * ratio - left, denominator: ratio) : .zero
        }
        let span = row.bands[visit.tier]
        let end = Int(span.start + span.count)
        for index in Int(span.start)..<end {
            let amount = BandWalk.amount(plan.bands, index, end: end, low, high)
            guard amount > 0 else { continue }
            let ratio = adjusted(plan.bands[index].ratio, adjustment)
            if amount * ratio <= left {
                left -= amount * ratio
                continue
            }
            // Reached in this band: what is left of it, and all that lies above it.
            let bandEnd = index + 1 < end ? min(high, plan.bands[index + 1].from.fen) : high
            return Fraction(numerator: amount * ratio - left + (high - bandEnd) * ratio, denominator: ratio)
        }
        return .zero
    }
}

/// Bands laid over a stretch of their coordinate.
enum BandWalk {
    /// How much of `low ..< high` lies in a band; `end` is one past the last band of its list.
    @inline(__always)
    static func amount(_ bands: [Band], _ index: Int, end: Int, _ low: Int64, _ high: Int64) -> Int64 {
        let from = max(low, bands[index].from.fen)
        let to = index + 1 < end ? min(high, bands[index + 1].from.fen) : high
        return max(0, to - from)
    }
}
