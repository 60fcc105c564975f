import Basics
import Control
import Storage
import StoreKit
import Testing

@testable import Contributions

/// Money leaves when it is known to have left: who collected it pays it back.
@Suite("Refunds are ordered, paid and only then out of the books")
struct RefundTests {
    private static func waiting(_ store: any Store) async throws -> [SuspenseItem] {
        try await store.read { try Contributions.suspense($0, area: Town.area, limit: 10) }
    }

    private static func order(
        _ store: any Store, _ receipt: ID<Receipt>, _ yuan: Int64, on day: String = "2026-02-12"
    ) async throws -> RefundOrder {
        try await store.write {
            try Contributions.orderRefund(
                $0, area: Town.area, receipt, Money(yuan: yuan), payee: "示范单位", account: "示例银行 001",
                Town.ground(day, "退费"))
        }
    }

    private static func answer(
        _ store: any Store, _ order: RefundOrder, _ outcome: RefundOrder.Outcome, on day: String = "2026-02-13"
    ) async throws {
        _ = try await store.write {
            try Contributions.answerRefund($0, area: Town.area, order.act, outcome, Town.ground(day, "付款结果"))
        }
    }

    private static func booked(_ store: any Store) async throws -> [String: Money] {
        try await store.write { tx in
            try Town.book(tx, on: "2026-02-28").reduce(into: [:]) {
                $0["\($1.book.rawValue) \($1.part.name)", default: .zero] += $1.amount
            }
        }.filter { $0.value != .zero }
    }

    @Test(
        "What a bank brought: spoken for while it is with the cashier, free again when the bank sends it back, paid once",
        arguments: StoreKind.allCases)
    func paidByCashier(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "B1", Money(yuan: 2_500), from: .bank)
                return bill
            }
            let receipt = try #require(try await Self.waiting(store).first).receipt.id
            let first = try await Self.order(store, receipt, 70)
            #expect(try await Self.waiting(store).map(\.amount) == [Money(yuan: 70)], "it has not left yet")
            #expect(
                try await refusals { _ = try await Self.order(store, receipt, 1) } == ["contributions.suspense.short"])
            #expect(
                try await refusals {
                    _ = try await store.write {
                        try Contributions.clear(
                            $0, area: Town.area, receipt, to: bill.id, Money(yuan: 1), lateFees: Town.lateFees,
                            Town.ground())
                    }
                } == ["contributions.suspense.short"])
            #expect(
                try await refusals {
                    _ = try await store.write { try Contributions.void($0, area: Town.area, receipt, Town.ground()) }
                } == ["contributions.refund.open"])
            let early = RefundOrder.Outcome.paid(serial: "", day: Town.day("2026-02-11"))
            #expect(
                try await refusals { try await Self.answer(store, first, early) } == [
                    "contributions.refund.answer", "contributions.refund.day",
                ])
            try await Self.answer(store, first, .failed(reason: "户名不符", day: Town.day("2026-02-13")))
            let second = try await Self.order(store, receipt, 70, on: "2026-02-14")
            let paid = RefundOrder.Outcome.paid(serial: "付1", day: Town.day("2026-02-15"))
            try await Self.answer(store, second, paid, on: "2026-02-15")
            #expect(
                try await refusals { try await Self.answer(store, second, paid, on: "2026-02-15") }
                    == ["contributions.refund.answered"])
            #expect(try await Self.waiting(store).isEmpty)
            #expect(try await Self.booked(store).values.total() == Money(yuan: 2_430))
            let all = try await store.read { try Contributions.refunds($0, area: Town.area) }
            #expect(all.map(\.outcome) == [paid, .failed(reason: "户名不符", day: Town.day("2026-02-13"))])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("One slip of the bank pays one refund", arguments: StoreKind.allCases)
    func oneSlip(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.pay(tx, "B1", Money(yuan: 100), code: "X", from: .bank, insurance: .employee)
            }
            let receipt = try #require(try await Self.waiting(store).first).receipt.id
            let first = try await Self.order(store, receipt, 50)
            let second = try await Self.order(store, receipt, 50)
            let day = Town.day("2026-02-13")
            try await Self.answer(store, first, .paid(serial: "付1", day: day))
            #expect(
                try await refusals { try await Self.answer(store, second, .paid(serial: "付1", day: day)) }
                    == ["contributions.refund.slip"])
            #expect(try await Self.waiting(store).map(\.amount) == [Money(yuan: 50)])
            try await Self.answer(store, second, .paid(serial: "付2", day: day))
            #expect(try await Self.waiting(store).isEmpty)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "What the tax office collected it gives back itself: its file answers the order, the cashier cannot",
        arguments: StoreKind.allCases)
    func paidByTaxOffice(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 2_500))
            }
            let receipt = try #require(try await Self.waiting(store).first).receipt.id
            let order = try await Self.order(store, receipt, 50)
            let paid = RefundOrder.Outcome.paid(serial: "付1", day: Town.day("2026-02-13"))
            #expect(try await refusals { try await Self.answer(store, order, paid) } == ["contributions.refund.tax"])
            // Another sum is not what was approved, and takes nothing from the bill that was rightly paid.
            for other in [-2_460, -45, -30] as [Int64] {
                #expect(
                    try await refusals {
                        _ = try await store.write { try Town.pay($0, "T2", Money(yuan: other), original: "T1") }
                    } == ["contributions.refund.otherSum"])
            }
            for _ in 0..<2 {
                try await store.write {
                    try Town.pay($0, "T3", Money(yuan: -50), on: "2026-02-16", original: "T1")
                }
            }
            let answered = try await store.read { try Contributions.requireRefund($0, area: Town.area, order.act) }
            #expect(answered.outcome == .paid(serial: "T3", day: Town.day("2026-02-16")))
            #expect(try await Self.waiting(store).map(\.amount) == [Money(yuan: 20)])
            #expect(try await Self.booked(store).values.total() == Money(yuan: 2_450))
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Money that nobody knows waits in the books of its insurance, moves with a claim, and goes back out of them",
        arguments: StoreKind.allCases)
    func books(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "B1", Money(yuan: 3_000), code: "X", from: .bank, insurance: .resident)
                return bill
            }
            let item = try #require(try await Self.waiting(store).first)
            #expect(item.books == [.resident])
            #expect(try await Self.booked(store) == ["390 暂收款": Money(yuan: 3_000)])
            try await store.write { tx in
                try Contributions.clear(
                    tx, area: Town.area, item.receipt.id, to: bill.id, bill.payable, lateFees: Town.lateFees,
                    Town.ground("2026-02-12"))
            }
            #expect(
                try await Self.booked(store) == [
                    "310 单位缴纳": Money(yuan: 1_920), "310 个人缴纳": Money(yuan: 480), "330 单位缴纳": Money(yuan: 15),
                    "330 个人缴纳": Money(yuan: 15), "390 暂收款": Money(yuan: -2_430),
                ])
            // The bill turns out to be wrong: what had paid it waits in the books of its insurance now.
            try await store.write { tx in
                _ = try Contributions.correct(
                    tx, area: Town.area, bill.id, to: [], policyVersion: Town.version, Town.ground("2026-02-13"))
            }
            #expect(try await Self.waiting(store).map(\.books) == [[.employee, .resident]])
            #expect(try await Self.booked(store)["310 暂收款"] == Money(yuan: 2_430))
            _ = try await store.write { try Town.refund($0, item.receipt.id, Money(yuan: 3_000), on: "2026-02-14") }
            #expect(
                try await Self.booked(store) == ["310 暂收款": Money(yuan: -2_430), "390 暂收款": Money(yuan: -570)])
            #expect(try await Self.waiting(store).isEmpty)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "An appropriation is taken back like any receipt, and comes again under its number",
        arguments: StoreKind.allCases)
    func appropriation(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            @Sendable func take(_ tx: any Transaction, _ fiscal: Int64, on day: String) throws -> ID<Receipt> {
                try Contributions.takeInSubsidy(
                    tx, area: Town.area, serial: "财拨1号", payer: "示范市财政局", fiscal: Money(yuan: fiscal),
                    aid: Money(yuan: 400), paid: Town.day("2026-02-10"), Town.ground(day))
            }
            let wrong = try await store.write { try take($0, 7_200, on: "2026-02-10") }
            #expect(
                try await refusals { _ = try await store.write { try take($0, 7_300, on: "2026-02-11") } }
                    == ["contributions.receipt.doubled"])
            #expect(try await Self.booked(store) == ["390 财政补助": Money(yuan: 7_200), "390 资助参保": Money(yuan: 400)])
            try await store.write { _ = try Contributions.void($0, area: Town.area, wrong, Town.ground("2026-02-12")) }
            #expect(
                try await Self.booked(store) == ["390 财政补助": Money(yuan: -7_200), "390 资助参保": Money(yuan: -400)])
            #expect(
                try await refusals {
                    _ = try await store.write {
                        try Contributions.void($0, area: Town.area, wrong, Town.ground("2026-02-12"))
                    }
                } == ["contributions.receipt.voidedBefore"])
            _ = try await store.write { try take($0, 7_300, on: "2026-02-13") }
            let entries = try await store.read { try Contributions.receipts($0, area: Town.area, serial: "财拨1号") }
            #expect(entries.map(\.entry) == [1, 2] && entries.map(\.amount.fen) == [760_000, 770_000])
            #expect(try await Town.broken(store) == [])
        }
    }
}
