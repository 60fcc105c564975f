import Basics

/// How late fees are reckoned (滞纳金). Insurances without such a rule, residents' among them, owe none.
public struct LateFeeTerms: Sendable, Hashable {
    /// 日加收率
    public var daily: Rate
    /// Whether the day of payment counts (含实缴当日).
    public var includesPaidDay: Bool
    /// Whether the fee may not exceed the amount owed (以欠缴本金为限).
    public var isCapped: Bool
    /// Whether those who pay for themselves owe it too (灵活就业人员): the law asks it of employers alone.
    public var ofPersons: Bool

    public init(daily: Rate, includesPaidDay: Bool, isCapped: Bool, ofPersons: Bool = false) {
        self.daily = daily
        self.includesPaidDay = includesPaidDay
        self.isCapped = isCapped
        self.ofPersons = ofPersons
    }

    /// Days from the day after the due day (欠缴起始日) to the day of payment, without those of times free of fees.
    public func days(due: Day, paid: Day, free: [FeeFreeTime] = []) -> Int {
        guard paid > due else { return 0 }
        let last = includesPaidDay ? paid : paid - 1
        var days = last - due
        // Times may overlap: no day is taken off twice.
        var next = due + 1
        for time in free.sorted(by: { $0.agreed < $1.agreed }) {
            // What had run up to the agreement is owed; the day of agreeing counts as that of a payment does.
            let first = max(next, includesPaidDay ? time.agreed + 1 : time.agreed)
            let end = min(last, time.until)
            guard first <= end else { continue }
            days -= end - first + 1
            next = end + 1
        }
        return days
    }

    /// 滞纳金 = 欠缴额 × 日加收率 × 天数, rounded once to the fen.
    public func fee(on owed: Money, due: Day, paid: Day, free: [FeeFreeTime] = []) -> Money {
        fee(onBill: owed, payments: [], due: due, settled: paid, free: free)
    }

    /// The late fee of a bill, as though what is still owed of it were paid on a day; rounded once to the fen.
    ///
    /// It is reckoned on the balance that is owed, span by span: a fen of the bill carries the fee of the days on which
    /// the paid principal did not reach it. Money that came and went back is charged for the days when it was not there,
    /// and however a bill is paid, its fee is never more than that of one not paid at all until the last of these days.
    public func fee(
        onBill payable: Money, payments: [PaidPrincipal], due: Day, settled day: Day, free: [FeeFreeTime] = []
    ) -> Money {
        guard payable > .zero else { return .zero }
        let rest = payable - payments.map(\.amount).total()
        let settled = rest > .zero ? payments + [PaidPrincipal(rest, on: day)] : payments
        let whole: Int128 = 1_000_000
        let sum = BalanceSpans(payable, settled) { days(due: due, paid: $0, free: free) }.layers
            .reduce(into: Int128(0)) { sum, layer in
                let share = Int128(layer.days) * Int128(daily.partsPerMillion)
                sum += Int128(layer.amount.fen) * (isCapped ? min(share, whole) : share)
            }
        return Money(fen: Rounding.halfUp(wide: sum, over: whole))
    }
}

/// How the balance of a bill stood from one payment to the next (欠缴余额变动).
private struct BalanceSpans {
    /// The days of a span that count, and the principal that was there during it.
    private var spans: [(days: Int, paid: Money)] = []
    private let payable: Money

    /// - Parameter days: how many days count up to a payment on a day.
    init(_ payable: Money, _ payments: [PaidPrincipal], days: (Day) -> Int) {
        self.payable = payable
        var paid = Money.zero
        var counted = 0
        for payment in payments.sorted(by: { $0.on < $1.on }) {
            let reached = days(payment.on)
            spans.append((reached - counted, min(payable, max(.zero, paid))))
            counted = reached
            paid += payment.amount
        }
    }

    /// The bill cut where its paid principal ever stood: each part with the days on which it was owed.
    var layers: [(amount: Money, days: Int)] {
        let levels = Set(spans.map(\.paid) + [.zero, payable]).sorted()
        return zip(levels, levels.dropFirst()).map { low, high in
            (high - low, spans.filter { $0.paid <= low }.map(\.days).reduce(0, +))
        }
    }
}

/// A time for which no late fee runs: the debt is deferred (缓缴期) or paid as agreed (分期协议履行期).
public struct FeeFreeTime: Sendable, Hashable {
    /// 缓缴批准日, 协议签订日
    public var agreed: Day
    /// By when it is to be paid under the agreement.
    public var until: Day

    public init(agreed: Day, until: Day) {
        self.agreed = agreed
        self.until = until
    }
}

/// What was paid of a bill on one day (已缴本金).
public struct PaidPrincipal: Sendable, Hashable {
    public var amount: Money
    public var on: Day

    public init(_ amount: Money, on day: Day) {
        self.amount = amount
        self.on = day
    }
}

extension Sequence<PaidPrincipal> {
    /// The day from which a bill has been paid in full (缴清日): that of the payment after which nothing was owed any more.
    /// Nil while something is owed, also when what had been paid went back.
    func settledDay(of payable: Money) -> Day? {
        var paid = Money.zero
        var settled: Day?
        for payment in sorted(by: { $0.on < $1.on }) {
            paid += payment.amount
            settled = paid < payable ? nil : settled ?? payment.on
        }
        return settled
    }
}

/// How a bill stands on a day (应缴单状态): what is owed still, and the late fee on what came too late or has not come.
public struct BillStanding: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// 未缴
        case open
        /// 部分缴纳
        case partlyPaid
        /// 已缴清
        case paid
        /// 已冲正
        case reversed

        public var name: String {
            switch self {
            case .open: "未缴"
            case .partlyPaid: "部分缴纳"
            case .paid: "已缴清"
            case .reversed: "已冲正"
            }
        }
    }

    /// 应缴
    public var payable: Money
    /// By when it is to be paid: the bill's own day, or that of a deferral or an agreement.
    public var due: Day
    /// 已缴本金
    public var paid: Money
    /// 应收滞纳金 up to the day asked about, less what was waived
    public var lateFee: Money
    /// 已缴滞纳金
    public var lateFeePaid: Money
    public var isReversed: Bool

    /// Whether it is past its day and owes something (逾期未缴).
    public func isLate(on day: Day) -> Bool { due < day && outstanding + lateFeeOutstanding > .zero }

    public var outstanding: Money { isReversed ? .zero : max(.zero, payable - paid) }
    public var lateFeeOutstanding: Money { isReversed ? .zero : max(.zero, lateFee - lateFeePaid) }

    public var state: State {
        if isReversed { return .reversed }
        if outstanding == .zero { return .paid }
        return paid > .zero ? .partlyPaid : .open
    }

    /// - Parameter payments: principal by day of payment; what was given back stands as a negative amount.
    public init(
        payable: Money, due: Day, payments: [PaidPrincipal], lateFeePaid: Money = .zero, waived: Money = .zero,
        isReversed: Bool = false, terms: LateFeeTerms?, free: [FeeFreeTime] = [], on day: Day
    ) {
        self.payable = payable
        self.due = free.map(\.until).reduce(due, max)
        paid = payments.map(\.amount).total()
        self.lateFeePaid = lateFeePaid
        self.isReversed = isReversed
        lateFee = .zero
        guard let terms else { return }
        let fee = terms.fee(onBill: payable, payments: payments, due: due, settled: day, free: free)
        lateFee = max(.zero, fee - waived)
    }

    /// How an amount is spread over what is owed: principal first, then late fee, the rest is too much.
    public func apply(_ amount: Money) -> (principal: Money, lateFee: Money, excess: Money) {
        let principal = min(amount, outstanding)
        let fee = min(amount - principal, lateFeeOutstanding)
        return (principal, fee, amount - principal - fee)
    }
}

/// Splits what was paid over the parts of a bill (按比例分摊), so that the shares of all payments together make each
/// part exactly, and no fen is lost on the way.
public struct Apportionment: Sendable {
    private let bounds: [Int64]

    /// - Precondition: no part is negative.
    public init(_ parts: [Money]) {
        var sum: Int64 = 0
        bounds = parts.map { part in
            precondition(part >= .zero, "a part of a bill is not negative")
            sum += part.fen
            return sum
        }
    }

    /// The shares of what raises the paid amount from one figure to another.
    public func shares(from before: Money, to after: Money) -> [Money] {
        let low = shares(of: before)
        return zip(shares(of: after), low).map { $0 - $1 }
    }

    private func shares(of paid: Money) -> [Money] {
        guard let total = bounds.last, total > 0 else { return bounds.map { _ in .zero } }
        var previous: Int64 = 0
        return bounds.map { bound in
            let edge = Rounding.halfUp(paid.fen, times: bound, over: total)
            defer { previous = edge }
            return Money(fen: edge - previous)
        }
    }
}
