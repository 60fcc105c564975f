import Basics

extension Benefits {
    /// The exact negative of a settlement (冲正): every part, line, fund and step. `current` is what the person
    /// has used now; after the reversal it is lower by what this settlement added.
    public static func reverse(_ outcome: Outcome, current: YearToDate) -> Outcome {
        var red = outcome
        red.parts = outcome.parts.negated
        red.parts.accountBalance = outcome.parts.accountBalance + outcome.parts.account
        red.lines = outcome.lines.map(\.negated)
        red.funds = outcome.funds.map {
            FundShare(fund: $0.fund, inScope: -$0.inScope, payable: $0.payable, amount: -$0.amount)
        }
        red.steps = outcome.steps.map { step in
            var step = step
            step.base = -step.base
            step.result = -step.result
            return step
        }
        red.eligible = -outcome.eligible
        red.recoverable = -outcome.recoverable
        red.liableShare = -outcome.liableShare
        red.before = current
        red.after = current - outcome.added
        return red
    }

    /// What reversing one of a person's settlements does to those that came after it in the same benefit year.
    ///
    /// `settled` holds the year's settlements that stand, in the order in which they were settled, each with
    /// the terms it was settled by and each computed from the ones before it. What else the year has seen stays as it
    /// was: only the differences are carried forward. A settlement is touched only if it would now come out
    /// differently; one that continues another's stay continues it as that one now came out.
    /// A stay's interim settlements are reversed from the last to the first; the caller sees to that.
    public static func effectOfReversal(
        of id: ID<SettlementRecord>, among settled: [SettledBill], rule: ReversalRule
    ) throws(Problems) -> ReversalEffect {
        guard let index = settled.firstIndex(where: { $0.id == id }) else {
            throw Problems(Problem("benefits.reversal.unknown", field: "setl_id", "没有找到要撤销的结算 \(id),请核对结算编号"))
        }
        let now = settled[settled.count - 1].outcome.after
        var difference = YearToDate() - settled[index].outcome.added
        let untouched = now + difference
        var renewed = RenewedOutcomes(without: settled[index])
        var changed: [RecomputedBill] = []
        for item in settled[(index + 1)...] {
            let bill = renewed.bill(of: item)
            let outcome = try settle(bill, terms: item.terms, soFar: item.outcome.before + difference)
            renewed.note(item, now: outcome)
            if outcome.differs(from: item.outcome, ofInterim: bill.visit.isInterim) {
                changed.append(RecomputedBill(id: item.id, was: item.outcome, now: outcome))
            }
            difference = difference + (outcome.added - item.outcome.added)
        }
        if changed.isEmpty { return .nothingElse(after: untouched) }
        switch rule {
        case .leave: return .nothingElse(after: untouched)
        case .refuse: return .refused(later: changed.map(\.id))
        case .recompute: return .recomputed(changed, after: now + difference)
        }
    }
}

/// A settlement that stands, with what it was reckoned from.
public struct SettledBill: Sendable {
    public var id: ID<SettlementRecord>
    public var bill: Bill
    public var terms: BenefitTerms
    public var outcome: Outcome
    /// The settlements whose results its `StayLink` carries (中途结算、转院), oldest first.
    public var continues: [ID<SettlementRecord>]

    public init(
        id: ID<SettlementRecord>, bill: Bill, terms: BenefitTerms, outcome: Outcome,
        continues: [ID<SettlementRecord>] = []
    ) {
        self.id = id
        self.bill = bill
        self.terms = terms
        self.outcome = outcome
        self.continues = continues
    }
}

/// How settlements came out anew after one of them was reversed (重算结果): what later ones of the same stay, or of the
/// stay that the patient was moved to, go on from.
public struct RenewedOutcomes: Sendable {
    private struct Change {
        var was: Outcome
        /// Nil for the settlement that was reversed.
        var now: Outcome?
    }
    private var changes: [ID<SettlementRecord>: Change]

    public init(without reversed: SettledBill) {
        changes = [reversed.id: Change(was: reversed.outcome, now: nil)]
    }

    public mutating func note(_ bill: SettledBill, now: Outcome) {
        changes[bill.id] = Change(was: bill.outcome, now: now)
    }

    /// The bill of a later settlement, continuing the earlier ones as they stand now.
    public func bill(of later: SettledBill) -> Bill {
        var bill = later.bill
        let before = later.continues.compactMap { changes[$0] }
        guard let first = before.first else { return bill }
        switch bill.visit.link {
        case .none: break
        case .interim(let scheduled, var paid, var inScope):
            for change in before {
                guard let now = change.now else { continue }
                paid += now.parts.deductible - change.was.parts.deductible
                inScope += now.eligible - change.was.eligible
            }
            bill.visit.link = .interim(
                scheduled: first.now?.deductibleScheduled ?? scheduled, paid: paid, inScope: inScope)
        case .transfer(let from, _):
            // The stay that was left is no longer settled: this one stands by itself.
            bill.visit.link = first.now.map { .transfer(from: from, paid: $0.parts.deductible) } ?? .none
        }
        return bill
    }
}

/// What a reversal does to later settlements of the year (撤销的影响).
public enum ReversalEffect: Sendable {
    /// The others stand as they are; what the person has used afterwards.
    case nothingElse(after: YearToDate)
    /// These must be reversed first.
    case refused(later: [ID<SettlementRecord>])
    /// These come out differently: each is reversed and settled anew, in this order.
    case recomputed([RecomputedBill], after: YearToDate)
}

/// A later settlement as it was and as it now comes out.
public struct RecomputedBill: Sendable {
    public var id: ID<SettlementRecord>
    public var was: Outcome
    public var now: Outcome
}

extension Outcome {
    /// What the settlement added to the year.
    public var added: YearToDate { after - before }

    /// Whether anybody pays something else. Of an interim settlement also what the stay's deductible is counts: the next
    /// one collects the rest of it.
    func differs(from other: Outcome, ofInterim isInterim: Bool) -> Bool {
        parts.amountsDiffer(from: other.parts) || isInterim && deductibleScheduled != other.deductibleScheduled
    }
}

extension LineSplit {
    var negated: LineSplit {
        LineSplit(
            amount: -amount, fullSelfPay: -fullSelfPay, overLimit: -overLimit, preSelfPay: -preSelfPay,
            inScope: -inScope)
    }
}

extension Parts {
    /// All amounts negative; the ratio and the balance as they are.
    var negated: Parts {
        var red = self
        red.totalFee = -totalFee
        red.fullSelfPay = -fullSelfPay
        red.overLimitSelfPay = -overLimitSelfPay
        red.preSelfPay = -preSelfPay
        red.inScope = -inScope
        red.deductible = -deductible
        red.pool = -pool
        red.civilServant = -civilServant
        red.enterprise = -enterprise
        red.critical = -critical
        red.largeAmount = -largeAmount
        red.assistance = -assistance
        red.other = -other
        red.fundTotal = -fundTotal
        red.personal = -personal
        red.account = -account
        red.sharedAccount = -sharedAccount
        red.cash = -cash
        red.hospital = -hospital
        return red
    }

    /// Whether anything but the account's balance differs.
    func amountsDiffer(from other: Parts) -> Bool {
        var here = self
        here.accountBalance = other.accountBalance
        return here != other
    }
}
