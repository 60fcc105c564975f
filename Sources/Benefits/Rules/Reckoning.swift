import Basics

/// A calculation under way (计算过程): what each payer has taken, and what is still the patient's.
struct Reckoning {
    var parts = Parts()
    var lines: [LineSplit]
    var funds: [FundShare] = []
    var steps: [Step] = []
    let before: YearToDate
    var year: YearToDate

    /// In-scope costs that the benefit reckons on.
    var eligible = Money.zero
    /// Eligible costs that nobody has paid yet, the deductible included.
    var inScopeLeft = Money.zero
    var preSelfLeft = Money.zero
    var overLimitLeft: Money
    /// Wholly self-paid, without what the hospital bears.
    var fullSelfLeft: Money
    /// In scope, but outside this benefit: only an account may pay it.
    var outsideLeft = Money.zero
    /// The part of the eligible costs that no ceiling let the pool pay for.
    var aboveCap = Fraction.zero
    var deductibleScheduled = Money.zero
    var liableShare = Money.zero
    var recoverable = Money.zero
    var balanceLeft: Money
    var sharedLeft: Money

    init(_ totals: LineTotals, _ bill: Bill, soFar: YearToDate) {
        lines = totals.lines
        before = soFar
        year = soFar
        balanceLeft = bill.accounts.balance
        sharedLeft = bill.accounts.shared
        preSelfLeft = totals.preSelfPay
        overLimitLeft = totals.overLimit
        fullSelfLeft = totals.fullSelfPay - totals.hospital
        steps.reserveCapacity(24)
        funds.reserveCapacity(6)
        parts.totalFee = totals.amount
        parts.fullSelfPay = totals.fullSelfPay
        parts.overLimitSelfPay = totals.overLimit
        parts.preSelfPay = totals.preSelfPay
        parts.inScope = totals.inScope
        parts.hospital = totals.hospital
        steps.append(Step(.totalFee, result: totals.amount))
        noteUnlessZero(.fullSelfPay, totals.fullSelfPay)
        noteUnlessZero(.overLimit, totals.overLimit)
        noteUnlessZero(.preSelfPay, totals.preSelfPay)
        steps.append(Step(.inScope, result: totals.inScope))
        noteUnlessZero(.hospitalBorne, totals.hospital)
    }

    private mutating func noteUnlessZero(_ kind: Step.Kind, _ amount: Money) {
        if amount != .zero { steps.append(Step(kind, result: amount)) }
    }

    mutating func note(
        _ kind: Step.Kind, _ clause: ClauseRef = .none, mark: Int64 = 0, base: Money = .zero, value: Int64 = 0,
        result: Money
    ) {
        steps.append(Step(kind, clause: clause, mark: mark, base: base, value: value, result: result))
    }

    /// One row a fund, however often it pays: a hospital's system keeps `setldetail` by fund, and would lose the
    /// second of two rows (the fund for large amounts can pay above the ceiling and as critical-illness insurance).
    mutating func addShare(_ share: FundShare) {
        guard let row = funds.firstIndex(where: { $0.fund == share.fund }) else {
            funds.append(share)
            return
        }
        funds[row].inScope += share.inScope
        funds[row].amount += share.amount
        if let known = funds[row].payable { funds[row].payable = share.payable.map { known + $0 } }
    }

    /// A payer takes an amount: from what is in scope first, then from what was first self-paid.
    mutating func pay(_ fund: FundType, _ amount: Money, reckonedOn base: Money, payable: Money?) {
        guard amount != .zero else { return }
        let ofScope = min(amount, inScopeLeft)
        inScopeLeft -= ofScope
        preSelfLeft -= amount - ofScope
        addShare(FundShare(fund: fund, inScope: base, payable: payable, amount: amount))
        switch fund {
        case .employeePool, .residentPool, .retiredCadre, .employeeMaternity: parts.pool += amount
        case .civilServant: parts.civilServant += amount
        case .enterpriseSupplement: parts.enterprise += amount
        case .residentCriticalIllness: parts.critical += amount
        case .largeAmount: parts.largeAmount += amount
        case .medicalAssistance, .furtherAssistance: parts.assistance += amount
        case .maternity, .other: parts.other += amount
        case .personalAccount: parts.account += amount
        }
    }
}

/// An exact amount of fen as a fraction: a ceiling's back-calculation divides by a ratio and is
/// rounded only when the last payer has been reckoned.
struct Fraction: Hashable, Sendable {
    var numerator: Int64
    var denominator: Int64

    static let zero = Fraction(numerator: 0, denominator: 1)

    var rounded: Money { Money(fen: Rounding.halfUp(numerator, denominator)) }
}
