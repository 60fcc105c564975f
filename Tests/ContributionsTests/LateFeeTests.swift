import Basics
import Control
import Storage
import StoreKit
import Testing

@testable import Contributions

@Suite("Late fees on the balance that is owed, span by span")
struct LateFeeTests {
    private static let daily = Rate(partsPerMillion: 500)
    private static let without = LateFeeTerms(daily: daily, includesPaidDay: false, isCapped: false)
    private static let with = LateFeeTerms(daily: daily, includesPaidDay: true, isCapped: false)

    private static func paid(_ yuan: Int64, _ day: String) -> PaidPrincipal {
        PaidPrincipal(Money(yuan: yuan), on: Town.day(day))
    }

    @Test("Money that came and went back is charged for the days without it, never more than a bill never paid")
    func cameAndWentBack() {
        let due = Town.day("2024-08-15")
        let today = Town.day("2026-11-22")
        let history = [Self.paid(850, "2026-10-15"), Self.paid(-850, "2026-10-20")]
        func fee(_ terms: LateFeeTerms, _ payments: [PaidPrincipal]) -> Money {
            terms.fee(onBill: Money(yuan: 850), payments: payments, due: due, settled: today)
        }
        // 790 days up to 14 October 2026 and 33 from the 20th to 21 November: 850 × 0.0005 × 823 = 349.775.
        #expect(fee(Self.without, history) == Money(fen: 34_978))
        // Never paid: 828 days.
        #expect(fee(Self.without, []) == Money(fen: 35_190))
        // With the day of payment 791 + 33 days, the day on which it went back not: 850 × 0.0005 × 824.
        #expect(fee(Self.with, history) == Money(fen: 35_020))
        #expect(fee(Self.with, []) == Money(fen: 35_233))
        // Taken back on the day of payment, it was never there.
        #expect(fee(Self.without, [Self.paid(850, "2026-10-15"), Self.paid(-850, "2026-10-15")]) == Money(fen: 35_190))
    }

    @Test("Each part carries the days until it came: 400 for 364 days and 450 for 729")
    func parts() {
        let standing = BillStanding(
            payable: Money(yuan: 850), due: Town.day("2024-07-15"),
            payments: [Self.paid(450, "2026-07-15"), Self.paid(400, "2025-07-15")], terms: Self.without,
            on: Town.day("2026-07-15"))
        // 72.80 + 164.025, rounded once.
        #expect(standing.lateFee == Money(fen: 23_683) && standing.state == .paid)
    }

    @Test("Where the fee may not exceed the debt, each part of the debt is its own bound")
    func capped() {
        let capped = LateFeeTerms(daily: Self.daily, includesPaidDay: false, isCapped: true)
        let due = Town.day("2020-01-01")
        // 99 days of 400: 19.80. The other 450 ran for over 2,000 days: no more than 450.
        let fee = capped.fee(
            onBill: Money(yuan: 850), payments: [PaidPrincipal(Money(yuan: 400), on: due + 100)], due: due,
            settled: due + 3_000)
        #expect(fee == Money(fen: 46_980))
    }

    @Test("Times free of fees that overlap take each day off once; what ran up before them stays")
    func freeTimes() {
        let due = Town.day("2026-01-31")
        let free = [
            FeeFreeTime(agreed: due + 10, until: due + 20), FeeFreeTime(agreed: due + 15, until: due + 30),
            FeeFreeTime(agreed: due - 5, until: due + 2),
        ]
        // Of 1…39 the days 1–2 and 10–30 are free: 39 − 2 − 21; with the days of agreeing and paying 1…40 less 1–2, 11–30.
        #expect(Self.without.days(due: due, paid: due + 40, free: free) == 16)
        #expect(Self.with.days(due: due, paid: due + 40, free: free) == 18)
    }

    @Test("However a bill was paid and paid back, its fee is that of the balance of every single day")
    func everyDay() {
        var random = SeededRandom(seed: 20_261_122)
        let due = Town.day("2026-01-15")
        for round in 0..<400 {
            let payable = Money(fen: Int64.random(in: 1...200_000, using: &random))
            var paid = Money.zero
            var payments: [PaidPrincipal] = []
            var day = due + Int.random(in: -20...20, using: &random)
            for _ in 0..<Int.random(in: 0...6, using: &random) {
                let goesBack = paid > .zero && Bool.random(using: &random)
                let bound = goesBack ? paid : payable - paid
                let amount = Money(fen: Int64.random(in: 0...bound.fen, using: &random))
                payments.append(PaidPrincipal(goesBack ? -amount : amount, on: day))
                paid += goesBack ? -amount : amount
                day = day + Int.random(in: 0...120, using: &random)
            }
            let terms = round.isMultiple(of: 2) ? Self.without : Self.with
            let free = [FeeFreeTime(agreed: due + 30, until: due + 50)]
            let fee = terms.fee(
                onBill: payable, payments: payments.shuffled(using: &random), due: due, settled: day, free: free)
            #expect(fee == byTheDay(terms, payable, payments, due, day, free[0]))
            #expect(fee <= terms.fee(on: payable, due: due, paid: day, free: free))
        }
    }

    /// The balance of each day that counts, added up one by one.
    private func byTheDay(
        _ terms: LateFeeTerms, _ payable: Money, _ payments: [PaidPrincipal], _ due: Day, _ settled: Day,
        _ free: FeeFreeTime
    ) -> Money {
        var sum: Int128 = 0
        let last = terms.includesPaidDay ? settled : settled - 1
        var day = due + 1
        while day <= last {
            let isFree = day <= free.until && (terms.includesPaidDay ? day > free.agreed : day >= free.agreed)
            let there = payments.filter { terms.includesPaidDay ? $0.on < day : $0.on <= day }.map(\.amount).total()
            if !isFree { sum += Int128((payable - there).fen) * 500 }
            day = day + 1
        }
        return Money(fen: Rounding.halfUp(wide: sum, over: 1_000_000))
    }

    // MARK: On the stores

    @Test(
        "Paid late and taken back by the tax office on another day: the fee of the days without the money",
        arguments: StoreKind.allCases)
    func takenBack(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", bill.payable, on: "2026-03-31")
                try Town.pay(tx, "R1", -bill.payable, on: "2026-04-10", original: "T1")
                return bill
            }
            let standing = try await store.read {
                try Contributions.standing(
                    $0, area: Town.area, of: bill, terms: try Town.lateFees(Town.january), on: Town.day("2026-04-20"))
            }
            // 43 days up to 30 March and 10 from 10 April: 2,430 × 0.0005 × 53 = 64.395.
            #expect(standing.lateFee == Money(fen: 6_440) && standing.outstanding == bill.payable)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Two late payments of one bill in one file: each part its own days, the surplus to suspense",
        arguments: StoreKind.allCases)
    func oneFile(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            let outcome = try await store.write { tx in
                try Contributions.takeIn(
                    tx, area: Town.area, from: .bank,
                    [("B1", 1000, "2026-03-18"), ("B2", 2000, "2026-04-17")].map { serial, yuan, day in
                        PaymentLine(
                            serial: serial, payerCode: "WORKS", payerName: "示范单位", amount: Money(yuan: yuan),
                            paidDay: Town.day(day), bill: bill.id)
                    }, find: Town.find, lateFees: Town.lateFees, Town.ground("2026-04-20"))
            }
            // 1,000 × 0.0005 × 30 + 1,430 × 0.0005 × 60 = 15.00 + 42.90; of 3,000 there are 512.10 too much.
            #expect(outcome.inSuspense == Money(fen: 51_210) && outcome.matched == 2)
            let standing = try await store.read {
                try Contributions.standing(
                    $0, area: Town.area, of: bill, terms: try Town.lateFees(Town.january), on: Town.day("2026-05-01"))
            }
            #expect(standing.lateFeePaid == Money(fen: 5_790) && standing.lateFee == Money(fen: 5_790))
            #expect(standing.state == .paid)
            #expect(try await Town.broken(store) == [])
        }
    }
}
