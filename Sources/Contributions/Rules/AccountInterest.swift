import Basics

/// Interest on personal accounts (个人账户计息): what was credited in the year earns the demand rate (活期), what was
/// carried over from the years before earns the three-month rate (三个月整存整取). 国发〔1998〕44号 第四条.
///
/// The balance stands in two pots. Each pot's products (积数: an amount times the days or months it stood) are summed
/// for each rate, and rounded to the fen once.
public enum AccountInterest {
    /// Of the two rates, the one that a part of the interest earned.
    public enum Pot: Int64, Sendable, CaseIterable {
        /// 上年结转
        case carried = 1
        /// 当年筹集
        case current = 2

        public var name: String { self == .carried ? "上年结转" : "当年筹集" }
    }

    /// The rates in force from a day on.
    public struct Rates: Hashable, Sendable {
        public var from: Day
        public var demand: Rate
        public var threeMonth: Rate

        public init(from: Day, demand: Rate, threeMonth: Rate) {
            self.from = from
            self.demand = demand
            self.threeMonth = threeMonth
        }

        func rate(of pot: Pot) -> Rate { pot == .carried ? threeMonth : demand }
    }

    /// How time is counted (计息口径).
    public enum Count: Hashable, Sendable {
        /// The balance at the end of each month earns a twelfth of the yearly rate.
        case months
        /// The balance at the end of each day earns the yearly rate over so many days.
        case days(ofYear: Int64)

        var unitsOfYear: Int64 {
            switch self {
            case .months: 12
            case .days(let days): days
            }
        }

        public var unitName: String { self == .months ? "月" : "天" }
    }

    /// Which pot a payment is taken from first.
    public enum Withdrawals: Hashable, Sendable {
        /// 先当年后结转
        case currentFirst
        /// 先结转后当年
        case carriedFirst

        var order: [Pot] { self == .currentFirst ? [.current, .carried] : [.carried, .current] }
    }

    /// The law of interest over the days to be reckoned.
    public struct Terms: Hashable, Sendable {
        /// In the order of their days; the first holds from the first day reckoned, or earlier.
        public var rates: [Rates]
        public var count: Count
        public var withdrawals: Withdrawals

        public init(rates: [Rates], count: Count, withdrawals: Withdrawals) {
            self.rates = rates
            self.count = count
            self.withdrawals = withdrawals
        }

        func rates(on day: Day) -> Rates { rates.last { $0.from <= day } ?? rates[0] }
    }

    /// A change of the account within the days reckoned, in the order of the entries.
    public struct Movement: Hashable, Sendable {
        public enum Effect: Hashable, Sendable {
            /// Comes into a pot; in red it leaves the same pot again.
            case into(Pot)
            /// Leaves by the order of withdrawals.
            case withdrawn
            /// A payment taken back: it returns to where payments of these days were taken from, the last first.
            case returned
        }

        public var day: Day
        /// Positive, except a red entry's into a pot.
        public var amount: Money
        public var effect: Effect

        public init(day: Day, amount: Money, _ effect: Effect) {
            self.day = day
            self.amount = amount
            self.effect = effect
        }
    }

    /// The interest of one pot at one rate, before rounding.
    public struct Part: Hashable, Sendable {
        public var pot: Pot
        public var rate: Rate
        /// 积数 in fen times days or months
        public var product: Int64

        public init(pot: Pot, rate: Rate, product: Int64) {
            self.pot = pot
            self.rate = rate
            self.product = product
        }
    }

    /// What comes of it.
    public struct Outcome: Hashable, Sendable {
        public var carried: Money
        public var current: Money
        /// The balance before the interest is added.
        public var closing: Money
        public var parts: [Part]

        public var total: Money { carried + current }
    }

    /// The interest of an account over some days.
    ///
    /// - Parameter opening: what was carried over (上年结转本息).
    /// - Throws: `account.interest.negative` when the movements take more than there is.
    public static func reckon(
        opening: Money, _ movements: [Movement], over days: ClosedRange<Day>, _ terms: Terms
    ) throws(Problem) -> Outcome {
        var pots = Pots(carried: opening)
        var sums = Sums()
        var from = days.lowerBound
        for movement in movements {
            let day = min(max(movement.day, from), days.upperBound + 1)
            sums.add(pots, from..<day, terms)
            from = day
            try pots.apply(movement, terms.withdrawals)
        }
        sums.add(pots, from..<(days.upperBound + 1), terms)
        return sums.outcome(closing: pots.total, terms.count)
    }
}

/// The two pots of a balance while interest is reckoned.
private struct Pots {
    var carried: Money
    var current = Money.zero
    /// What payments of these days took from each, for those that are taken back.
    private var taken: [AccountInterest.Pot: Money] = [:]

    init(carried: Money) { self.carried = carried }

    var total: Money { carried + current }

    subscript(pot: AccountInterest.Pot) -> Money {
        get { pot == .carried ? carried : current }
        set { if pot == .carried { carried = newValue } else { current = newValue } }
    }

    mutating func apply(
        _ movement: AccountInterest.Movement, _ withdrawals: AccountInterest.Withdrawals
    ) throws(Problem) {
        switch movement.effect {
        case .into(let pot) where movement.amount >= .zero: self[pot] += movement.amount
        // In red: the pot may have been paid from since.
        case .into(.carried): _ = try take(-movement.amount, [.carried, .current])
        case .into(.current): _ = try take(-movement.amount, [.current, .carried])
        case .withdrawn:
            for (pot, amount) in try take(movement.amount.magnitude, withdrawals.order) {
                taken[pot, default: .zero] += amount
            }
        case .returned: giveBack(movement.amount, withdrawals.order)
        }
    }

    private mutating func take(
        _ amount: Money, _ order: [AccountInterest.Pot]
    ) throws(Problem) -> [(AccountInterest.Pot, Money)] {
        var rest = amount
        var parts: [(AccountInterest.Pot, Money)] = []
        for pot in order where rest > .zero {
            let part = min(rest, self[pot])
            self[pot] -= part
            rest -= part
            parts.append((pot, part))
        }
        guard rest == .zero else {
            throw Problem("account.interest.negative", "账户流水使余额低于零,不能计息,请先核对该账户的流水")
        }
        return parts
    }

    /// A payment of an earlier year has nothing to return to here: it comes in as money of this year.
    private mutating func giveBack(_ amount: Money, _ order: [AccountInterest.Pot]) {
        var rest = amount
        for pot in order.reversed() {
            let part = min(rest, taken[pot] ?? .zero)
            self[pot] += part
            taken[pot, default: .zero] -= part
            rest -= part
        }
        current += rest
    }
}

/// Products by pot and rate.
private struct Sums {
    private var parts: [AccountInterest.Part] = []

    /// Adds what the pots earn from a day to another, through each rate in force between them.
    mutating func add(_ pots: Pots, _ days: Range<Day>, _ terms: AccountInterest.Terms) {
        var from = days.lowerBound
        while from < days.upperBound {
            let rates = terms.rates(on: from)
            let change = terms.rates.first { $0.from > from }?.from
            let to = min(change ?? days.upperBound, days.upperBound)
            let units = terms.count.units(from..<to)
            for pot in AccountInterest.Pot.allCases { add(pot, rates.rate(of: pot), pots[pot].fen * units) }
            from = to
        }
    }

    private mutating func add(_ pot: AccountInterest.Pot, _ rate: Rate, _ product: Int64) {
        guard product > 0 else { return }
        if let index = parts.firstIndex(where: { $0.pot == pot && $0.rate == rate }) {
            parts[index].product += product
        } else {
            parts.append(AccountInterest.Part(pot: pot, rate: rate, product: product))
        }
    }

    func outcome(closing: Money, _ count: AccountInterest.Count) -> AccountInterest.Outcome {
        func interest(_ pot: AccountInterest.Pot) -> Money {
            let sum = parts.filter { $0.pot == pot }.reduce(Int128(0)) {
                $0 + Int128($1.product) * Int128($1.rate.partsPerMillion)
            }
            return Money(fen: Rounding.halfUp(wide: sum, over: 1_000_000 * Int128(count.unitsOfYear)))
        }
        return AccountInterest.Outcome(
            carried: interest(.carried), current: interest(.current), closing: closing,
            parts: parts.sorted { ($0.pot.rawValue, $0.rate) < ($1.pot.rawValue, $1.rate) })
    }
}

extension AccountInterest.Count {
    /// Days between two days, or month ends among them.
    fileprivate func units(_ days: Range<Day>) -> Int64 {
        guard !days.isEmpty else { return 0 }
        switch self {
        case .days: return Int64(days.upperBound - days.lowerBound)
        // A month counts when its last day is among them: the first of the next month lies within one day more.
        case .months: return Int64((days.upperBound).month - days.lowerBound.month)
        }
    }
}

/// The days of a year of interest (计息年度), by the day on which it ends.
public struct InterestYear: Hashable, Sendable {
    /// The year in which it ends.
    public var year: Int
    public var days: ClosedRange<Day>

    /// The day on which interest is settled (结息日).
    public enum SettlementDay: Hashable, Sendable, CaseIterable {
        /// 12月31日
        case december
        /// 6月30日
        case june
    }

    public init(_ year: Int, _ settled: SettlementDay) {
        self.year = year
        switch settled {
        case .december: days = Month(year: year, month: 1).first...Month(year: year, month: 12).last
        case .june: days = Month(year: year - 1, month: 7).first...Month(year: year, month: 6).last
        }
    }

    /// The one in which a day falls.
    public init(of day: Day, _ settled: SettlementDay) {
        let own = InterestYear(day.year, settled)
        self = own.days.upperBound < day ? InterestYear(day.year + 1, settled) : own
    }
}

extension AccountInterest.Outcome {
    /// How the interest came about, for the statement: 上年结转 积数 120000.00 元·天 × 1.1% ÷ 360 = …
    public func explanation(_ count: AccountInterest.Count) -> String {
        AccountInterest.Pot.allCases.compactMap { pot -> String? in
            let terms = parts.filter { $0.pot == pot }.map { part in
                "\(Money(fen: part.product)) × \(part.rate)"
            }
            guard !terms.isEmpty else { return nil }
            let amount = pot == .carried ? carried : current
            let sum = terms.count == 1 ? terms[0] : "(" + terms.joined(separator: " + ") + ")"
            return "\(pot.name)积数(元·\(count.unitName))\(sum) ÷ \(count.unitsOfYear) ≈ \(amount)"
        }.joined(separator: ";")
    }
}
