import Basics
import Contributions
import Testing

/// What must hold for interest on any account, whatever moves in it.
@Suite("计息的性质")
struct InterestPropertyTests {
    /// An account's year made from a seed: opening, movements in the order of their days, terms.
    struct Example {
        var opening: Money
        var movements: [AccountInterest.Movement] = []
        var terms: AccountInterest.Terms
        let days = InterestYear(2026, .december).days

        init(seed: UInt64) {
            var random = SeededRandom(seed: seed)
            func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
            opening = Money(fen: Int64(pick(0...500_000)))
            terms = AccountInterest.Terms(
                rates: [
                    AccountInterest.Rates(
                        from: days.lowerBound, demand: Rate(partsPerMillion: 3_500),
                        threeMonth: Rate(partsPerMillion: 11_000)),
                    AccountInterest.Rates(
                        from: days.lowerBound + pick(20...300), demand: Rate(partsPerMillion: 500),
                        threeMonth: Rate(partsPerMillion: 6_500)),
                ], count: [.months, .days(ofYear: 360), .days(ofYear: 365)][pick(0...2)],
                withdrawals: [.currentFirst, .carriedFirst][pick(0...1)])
            var balance = opening
            var paid = Money.zero
            var day = days.lowerBound
            while day <= days.upperBound {
                switch pick(0...3) {
                case 0:
                    let amount = Money(fen: Int64(pick(1...40_000)))
                    movements.append(AccountInterest.Movement(day: day, amount: amount, .into(.current)))
                    balance += amount
                case 1 where balance > .zero:
                    let amount = Money(fen: Int64(pick(1...Int(balance.fen))))
                    movements.append(AccountInterest.Movement(day: day, amount: -amount, .withdrawn))
                    balance -= amount
                    paid += amount
                case 2 where paid > .zero:
                    let amount = Money(fen: Int64(pick(1...Int(paid.fen))))
                    movements.append(AccountInterest.Movement(day: day, amount: amount, .returned))
                    balance += amount
                    paid -= amount
                default: break
                }
                day = day + pick(0...25)
            }
        }

        func reckon() throws -> AccountInterest.Outcome {
            try AccountInterest.reckon(opening: opening, movements, over: days, terms)
        }
    }

    static let examples = (1...400).map { Example(seed: UInt64($0)) }

    @Test("期末余额等于期初加全部流水;利息不为负,也不超过全年按高利率")
    func bounds() throws {
        for example in Self.examples {
            let outcome = try example.reckon()
            #expect(outcome.closing == example.opening + example.movements.map(\.amount).total())
            let most =
                (example.opening + example.movements.map(\.amount).filter { $0 > .zero }.total())
                * Rate(partsPerMillion: 12_000)
            #expect(outcome.carried >= .zero && outcome.current >= .zero)
            #expect(outcome.total <= most + Money(fen: 2))
        }
    }

    @Test("与逐日逐月数余额的笨办法一分不差")
    func agreesWithCounting() throws {
        for example in Self.examples {
            let outcome = try example.reckon()
            let products = outcome.parts.reduce(Int64(0)) { $0 + $1.product }
            #expect(products == Self.counted(example))
        }
    }

    /// The sum of the balances at the end of each day, or of each month.
    static func counted(_ example: Example) -> Int64 {
        example.days.filter { example.terms.count != .months || $0 == $0.month.last }.reduce(0) { sum, day in
            let moved = example.movements.filter { $0.day <= day }.map(\.amount).total()
            return sum + (example.opening + moved).fen
        }
    }

    @Test("一年拆成两段,积数相加不变")
    func splits() throws {
        for example in Self.examples where example.movements.allSatisfy({ $0.effect == .into(.current) }) == false {
            let whole = try example.reckon()
            for cut in [40, 180, 333] {
                let end = example.days.lowerBound + cut
                let first = try AccountInterest.reckon(
                    opening: example.opening, example.movements.filter { $0.day <= end },
                    over: example.days.lowerBound...end, example.terms)
                let rest = try AccountInterest.reckon(
                    opening: first.closing, example.movements.filter { $0.day > end },
                    over: (end + 1)...example.days.upperBound, example.terms)
                let sum = (first.parts + rest.parts).reduce(Int64(0)) { $0 + $1.product }
                #expect(sum == whole.parts.reduce(Int64(0)) { $0 + $1.product })
            }
        }
    }

    @Test("先用结转的利息不会多于先用当年的:结转利率高")
    func order() throws {
        for example in Self.examples {
            var other = example
            other.terms.withdrawals = .currentFirst
            let currentFirst = try other.reckon().total
            other.terms.withdrawals = .carriedFirst
            #expect(try other.reckon().total <= currentFirst + Money(fen: 1))
        }
    }

    @Test("计息年度首尾相接,哪一天都恰好在一年里")
    func years() {
        for settled in InterestYear.SettlementDay.allCases {
            for year in 2020...2035 {
                let days = InterestYear(year, settled).days
                #expect(InterestYear(year + 1, settled).days.lowerBound == days.upperBound + 1)
                #expect(InterestYear(of: days.lowerBound, settled).year == year)
                #expect(InterestYear(of: days.upperBound, settled).year == year)
            }
        }
    }
}
