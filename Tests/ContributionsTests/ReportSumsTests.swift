import Basics
import Control
import Storage
import StoreKit
import Testing

@testable import Contributions

/// What the section reports is what came in and what the vouchers say.
@Suite("The collection's reports add up with the receipts and the books")
struct ReportSumsTests {
    private static let quarter = Town.day("2026-01-01")...Town.day("2026-03-31")

    /// Bills, money of every source and kind, refunds on both ways, corrections: something in each month.
    private static func happen(_ tx: any Transaction) throws {
        let bill = try Town.billJanuary(tx)
        try Town.pay(tx, "T1", Money(yuan: 2_000), on: "2026-02-10")
        try Town.pay(tx, "B1", Money(yuan: 300), code: "X", on: "2026-02-11", from: .bank, insurance: .resident)
        try Contributions.takeInSubsidy(
            tx, area: Town.area, serial: "拨1", payer: "示范市财政局", fiscal: Money(yuan: 720), aid: Money(yuan: 40),
            paid: Town.day("2026-02-12"), Town.ground("2026-02-12"))
        _ = try Town.book(tx, on: "2026-02-28")
        try Town.pay(tx, "T2", Money(yuan: 500), on: "2026-03-20")
        try Town.pay(tx, "T3", Money(yuan: -100), on: "2026-03-21", original: "T2")
        let waiting = try Contributions.suspense(tx, area: Town.area, limit: 10)
        let bank = waiting.first { $0.receipt.source == .bank }!.receipt.id
        try Contributions.clear(
            tx, area: Town.area, bank, to: bill.id, Money(yuan: 30), lateFees: Town.lateFees,
            Town.ground("2026-03-22"))
        try Town.refund(tx, bank, Money(yuan: 200), on: "2026-03-23")
        try Town.pay(tx, "P1", Money(yuan: 90), code: "X", on: "2026-03-24", from: .terminal)
        let terminal = try Contributions.receipts(tx, area: Town.area, serial: "P1")[0].id
        _ = try Contributions.void(tx, area: Town.area, terminal, Town.ground("2026-03-25"))
    }

    private static func check(_ report: CollectionReport) {
        let used = report.received + report.lateFees + report.fiscal + report.aid + report.refundedHere
        #expect(report.arrived == used + report.suspense - report.suspenseBefore, "\(report.days)")
        let booked = report.incomes.map(\.amount).total()
        #expect(booked == report.arrived - report.refundedHere, "\(report.days)")
        func income(_ parts: IncomePart...) -> Money {
            report.incomes.filter { parts.contains($0.part) }.map(\.amount).total()
        }
        #expect(income(.employer, .personal) == report.received && income(.lateFee) == report.lateFees)
        #expect(income(.suspense) == report.suspense - report.suspenseBefore)
        #expect(income(.fiscal) == report.fiscal && income(.aid) == report.aid)
    }

    @Test(
        "A quarter is its months and its days; each is its receipts, and its vouchers, booked or not yet",
        arguments: StoreKind.allCases)
    func sums(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { try Self.happen($0) }
            func report(_ days: ClosedRange<Day>) async throws -> CollectionReport {
                try await store.read { try Contributions.collectionReport($0, area: Town.area, days: days) }
            }
            let whole = try await report(Self.quarter)
            Self.check(whole)
            #expect(
                whole.arrived == Money(yuan: 2_000 + 300 + 760 + 500 - 100) && whole.refundedHere == Money(yuan: 200))
            for step in [7, 30] {
                var (arrived, received, billed, refunded) = (Money.zero, Money.zero, Money.zero, Money.zero)
                var first = Self.quarter.lowerBound
                while first <= Self.quarter.upperBound {
                    let part = try await report(first...min(first + (step - 1), Self.quarter.upperBound))
                    Self.check(part)
                    arrived += part.arrived
                    received += part.received
                    billed += part.billed
                    refunded += part.refunded
                    first = first + step
                }
                #expect((arrived, received) == (whole.arrived, whole.received))
                #expect((billed, refunded) == (whole.billed, whole.refunded))
            }
            // Booked, it is what the books say; before, a fen of a bill's part might have stood with another part.
            _ = try await store.write { try Town.book($0, on: "2026-03-31") }
            let booked = try await report(Self.quarter)
            Self.check(booked)
            for (one, other) in zip(booked.incomes, whole.incomes) {
                #expect((one.book, one.part) == (other.book, other.part))
                #expect((one.amount - other.amount).magnitude <= Money(fen: 2))
            }
            let lines = try await store.read {
                try $0.rows(
                    """
                    SELECT CAST(sum(amount_fen) AS BIGINT) FROM levy_booking WHERE area = ?
                    GROUP BY book, part HAVING sum(amount_fen) <> 0 ORDER BY book, part
                    """, Value(Town.area)
                ) { try $0.money(0) }
            }
            #expect(lines == booked.incomes.map(\.amount))
            #expect(try await Town.broken(store) == [])
        }
    }
}
