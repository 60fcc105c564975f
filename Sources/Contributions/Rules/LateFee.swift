import Basics

/// How late fees are reckoned (滞纳金). Insurances without such a rule, residents' among them, owe none.
public struct LateFeeTerms: Sendable, Hashable {
    /// 日加收率
    public var daily: Rate
    /// Whether the day of payment counts (含实缴当日).
    public var includesPaidDay: Bool
    /// Whether the fee may not exceed the amount owed (以欠缴本金为限).
    public var isCapped: Bool

    public init(daily: Rate, includesPaidDay: Bool, isCapped: Bool) {
        self.daily = daily
        self.includesPaidDay = includesPaidDay
        self.isCapped = isCapped
    }

    /// Days from the day after the due day (欠缴起始日) to the day of payment, without those of a time free of fees.
    public func days(due: Day, paid: Day, free: FeeFreeTime? = nil) -> Int {
        guard paid > due else { return 0 }
        let last = includesPaidDay ? paid : paid - 1
        guard let free else { return last - due }
        // What had run up to the agreement was part of it; the day of agreeing counts as that of a payment does.
        let first = max(due + 1, includesPaidDay ? free.agreed + 1 : free.agreed)
        return last - due - max(0, min(last, free.until) - first + 1)
    }

    /// 滞纳金 = 欠缴额 × 日加收率 × 天数, rounded once to the fen.
    public func fee(on owed: Money, due: Day, paid: Day, free: FeeFreeTime? = nil) -> Money {
        guard owed > .zero else { return .zero }
        let days = Int64(days(due: due, paid: paid, free: free))
        let fee = Money(
            fen: Rounding.halfUp(wide: Int128(owed.fen) * Int128(daily.partsPerMillion) * Int128(days), over: 1_000_000)
        )
        return isCapped ? min(fee, owed) : fee
    }
}

/// A time for which no late fee runs, since the debt is paid as agreed (分期协议履行期).
public struct FeeFreeTime: Sendable, Hashable {
    /// 协议签订日
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
    /// 已缴本金
    public var paid: Money
    /// 应收滞纳金 up to the day asked about, less what was waived
    public var lateFee: Money
    /// 已缴滞纳金
    public var lateFeePaid: Money
    public var isReversed: Bool

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
        isReversed: Bool = false, terms: LateFeeTerms?, free: FeeFreeTime? = nil, on day: Day
    ) {
        self.payable = payable
        paid = payments.map(\.amount).total()
        self.lateFeePaid = lateFeePaid
        self.isReversed = isReversed
        lateFee = .zero
        guard let terms else { return }
        // Each part of the principal carries the fee of its own days.
        var fee = payments.map {
            $0.amount.isNegative ? .zero : terms.fee(on: $0.amount, due: due, paid: $0.on, free: free)
        }
        .total()
        fee += terms.fee(on: payable - paid, due: due, paid: day, free: free)
        if terms.isCapped { fee = min(fee, payable) }
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
