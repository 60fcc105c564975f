import Basics
import Testing

@testable import Contributions

/// What holds of every wage, debt and payment, tried with many drawn by a recorded seed.
@Suite("Properties of levies")
struct PropertyTests {
    private static let seed: UInt64 = 20_260_120

    private func draw(_ random: inout SeededRandom, upTo bound: Int64) -> Money {
        Money(fen: Int64.random(in: 0...bound, using: &random))
    }

    @Test("A base lies between its bounds, never falls when the wage rises, and is its own base")
    func bases() throws {
        var random = SeededRandom(seed: Self.seed)
        var terms = try Town.terms()
        for rounding in BaseRounding.allCases {
            terms.rounding = rounding
            terms.averageWage = Money(fen: 752_337)
            for _ in 0..<500 {
                let wage = draw(&random, upTo: 5_000_000)
                let more = wage + draw(&random, upTo: 100_000)
                let base = terms.base(of: wage)
                #expect(base >= terms.lowestBase && base <= terms.highestBase)
                #expect(terms.base(of: more) >= base)
                #expect(terms.base(of: base) == base)
            }
        }
    }

    @Test("Parts are never negative, rise with the base, and sum to the bill")
    func parts() throws {
        var random = SeededRandom(seed: Self.seed)
        let terms = try Town.terms()
        for _ in 0..<500 {
            let base = terms.base(of: draw(&random, upTo: 4_000_000))
            let higher = base + draw(&random, upTo: 100_000)
            for payer in LevyClass.allCases {
                let parts = terms.levy(payer, on: base)
                #expect(parts.allSatisfy { $0.employer >= .zero && $0.personal >= .zero })
                #expect(zip(parts, terms.levy(payer, on: higher)).allSatisfy { $0.total <= $1.total })
                #expect(parts.map(\.total).total() == parts.map(\.employer).total() + parts.map(\.personal).total())
            }
        }
    }

    @Test("A late fee rises with the debt and with the days; counting the day of payment adds one day's fee or nothing")
    func lateFees() {
        var random = SeededRandom(seed: Self.seed)
        let due = Town.day("2026-01-15")
        let without = LateFeeTerms(daily: Rate(partsPerMillion: 500), includesPaidDay: false, isCapped: false)
        let with = LateFeeTerms(daily: Rate(partsPerMillion: 500), includesPaidDay: true, isCapped: false)
        for _ in 0..<500 {
            let owed = draw(&random, upTo: 10_000_000)
            let paid = due + Int.random(in: -30...900, using: &random)
            let fee = without.fee(on: owed, due: due, paid: paid)
            #expect(without.fee(on: owed + Money(fen: 1), due: due, paid: paid) >= fee)
            #expect(without.fee(on: owed, due: due, paid: paid + 1) >= fee)
            #expect(with.days(due: due, paid: paid) - without.days(due: due, paid: paid) == (paid > due ? 1 : 0))
            #expect(paid > due || fee == .zero)
        }
    }

    @Test("However a bill is paid, the shares of its parts come to each part exactly")
    func shares() {
        var random = SeededRandom(seed: Self.seed)
        for _ in 0..<300 {
            let parts = (0..<Int.random(in: 1...6, using: &random)).map { _ in draw(&random, upTo: 50_000) }
            let total = parts.total()
            let split = Apportionment(parts)
            var paid = Money.zero
            var sums = parts.map { _ in Money.zero }
            while paid < total {
                let next = min(total, paid + draw(&random, upTo: 20_000) + Money(fen: 1))
                let shares = split.shares(from: paid, to: next)
                #expect(shares.total() == next - paid)
                #expect(shares.allSatisfy { $0 >= .zero })
                sums = zip(sums, shares).map { $0 + $1 }
                paid = next
            }
            #expect(sums == parts)
        }
    }

    @Test("Subsidies never exceed the personal share, and one more never lowers what is given")
    func subsidies() {
        var random = SeededRandom(seed: Self.seed)
        let shares = ResidentShares(personal: Money(yuan: 400), fiscal: Money(yuan: 720))
        func subsidy() -> GroupSubsidy {
            let group = AssistanceGroup.allCases.randomElement(using: &random)!
            let isShare = Bool.random(using: &random)
            return GroupSubsidy(
                group,
                isShare
                    ? .share(.percent(Int64.random(in: 0...100, using: &random)))
                    : .amount(draw(&random, upTo: 60_000)),
                by: .finance)
        }
        for _ in 0..<500 {
            let some = (0..<Int.random(in: 0...3, using: &random)).map { _ in subsidy() }
            let levy = ResidentLevy(shares, subsidies: some)
            #expect(levy.personal >= .zero && levy.total == shares.total)
            #expect(ResidentLevy(shares, subsidies: some + [subsidy()]).subsidy >= levy.subsidy)
            #expect(ResidentLevy(shares, subsidies: some.reversed()).subsidised?.group == levy.subsidised?.group)
        }
    }

    @Test("Money goes to the bill that its number, or payer, month and amount name; where two fit, to none")
    func matching() {
        let works = Payer.employer(Town.works)
        func bill(_ number: Int64, _ month: Int32, _ yuan: Int64, fee: Int64 = 0) -> OpenBill {
            OpenBill(
                id: ID(number), payer: works, period: Town.january + Int(month), outstanding: Money(yuan: yuan),
                lateFee: Money(yuan: fee))
        }
        let bills = [bill(1, 0, 100), bill(2, 1, 100), bill(3, 2, 300, fee: 5), bill(4, 2, 50)]
        func match(_ yuan: Int64, bill: Int64? = nil, month: Int? = nil, payers: Set<Payer>? = nil) -> String {
            let line = PaymentLine(
                serial: "S", payerCode: "WORKS", payerName: "", amount: Money(yuan: yuan),
                paidDay: Town.day("2026-04-01"),
                bill: bill.map { ID($0) }, period: month.map { Town.january + $0 })
            let found = ReceiptMatching.match(line, payers: payers ?? [works], bills: bills)
            return found.map { "\($0.bill.id) \($0.rule.name)" } ?? "暂收"
        }
        #expect(match(70, bill: 2) == "2 应缴单号")
        #expect(match(70, bill: 2, payers: []) == "暂收")
        #expect(match(70, bill: 9) == "暂收")
        #expect(match(100, month: 0) == "1 缴费人、所属期和金额")
        #expect(match(60, month: 1) == "2 缴费人和所属期")
        #expect(match(305, month: 2) == "3 缴费人、所属期和金额")
        #expect(match(60, month: 2) == "暂收")
        #expect(match(100) == "暂收")
        #expect(match(50) == "4 缴费人和金额")
        #expect(match(50, payers: []) == "暂收")
    }
}
