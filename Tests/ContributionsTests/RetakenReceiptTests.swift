import Basics
import Control
import Storage
import StoreKit
import Testing

@testable import Contributions

/// What a 更正 took back may come again under its serial; what a reconciliation has not seen asks for another one.
@Suite("Receipts taken back and taken in anew, and what a reconciliation has seen")
struct RetakenReceiptTests {
    private static let paid = Town.day("2026-02-10")

    private func stated(_ payments: [(serial: String, amount: Money)]) -> [StatedPayment] {
        payments.map { StatedPayment(serial: $0.serial, amount: $0.amount, day: Self.paid) }
    }

    private func reconcile(
        _ store: any Store, _ payments: (serial: String, amount: Money)..., on day: String
    ) async throws -> ReconciliationSheet {
        let stated = stated(payments)
        return try await store.write {
            try Contributions.reconcile(
                $0, area: Town.area, with: .tax, days: Self.paid...Self.paid, stated: stated, Town.ground(day))
        }
    }

    private func unreconciled(_ store: any Store) async throws -> [UnreconciledDay] {
        try await store.read {
            try Contributions.unreconciled($0, area: Town.area, .tax, paid: Self.paid...Self.paid)
        }
    }

    /// The entries of a serial: how often each came, and its amount.
    private func entries(_ store: any Store, _ serial: String) async throws -> [Money] {
        let receipts = try await store.read { try Contributions.receipts($0, area: Town.area, serial: serial) }
        #expect(receipts.map(\.entry) == receipts.indices.map { Int64($0) + 1 })
        return receipts.map(\.amount)
    }

    private func takeBack(_ store: any Store, _ serial: String, on day: String = "2026-02-11") async throws {
        try await store.write { tx in
            let last = try #require(try Contributions.receipts(tx, area: Town.area, serial: serial).last)
            _ = try Contributions.void(tx, area: Town.area, last.id, Town.ground(day, "到账更正"))
        }
    }

    private func standing(_ store: any Store, _ bill: LevyBill) async throws -> Money {
        try await store.read {
            try Contributions.standing($0, area: Town.area, of: bill, terms: nil, on: bill.due).paid
        }
    }

    @Test(
        "A wrong amount is taken back; the file with the right one is taken, once, and the day reconciles",
        arguments: StoreKind.allCases)
    func wrongAmount(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 2000))
                return bill
            }
            let different = try await refusals { _ = try await store.write { try Town.pay($0, "T1", bill.payable) } }
            #expect(different == ["contributions.receipt.different"])
            try await takeBack(store, "T1")
            let right = try await store.write { try Town.pay($0, "T1", bill.payable) }
            #expect(right.taken == 1 && right.known == 0 && right.matched == 1)
            let again = try await store.write { try Town.pay($0, "T1", bill.payable) }
            #expect(again.taken == 0 && again.known == 1 && again.act == nil)
            #expect(
                try await refusals { _ = try await store.write { try Town.pay($0, "T1", Money(yuan: 2000)) } }
                    == ["contributions.receipt.different"])
            #expect(try await entries(store, "T1") == [Money(yuan: 2000), bill.payable])
            #expect(try await standing(store, bill) == bill.payable)
            let sheet = try await reconcile(store, ("T1", bill.payable), on: "2026-02-12")
            #expect(sheet.agrees && sheet.ownCount == 1 && sheet.own == bill.payable)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "What was taken back by mistake comes in again with the same file, each time once",
        arguments: StoreKind.allCases)
    func mistaken(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            for times in 1...3 {
                #expect(try await store.write { try Town.pay($0, "T1", bill.payable) }.taken == 1)
                #expect(try await store.write { try Town.pay($0, "T1", bill.payable) }.taken == 0)
                #expect(try await entries(store, "T1").count == times)
                #expect(try await standing(store, bill) == bill.payable)
                if times < 3 { try await takeBack(store, "T1") }
            }
            #expect(try await reconcile(store, ("T1", bill.payable), on: "2026-02-12").agrees)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("With a receipt what the source gave back of it is free again too", arguments: StoreKind.allCases)
    func withRefund(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            @Sendable func file(_ tx: any Transaction) throws -> Int {
                try Town.pay(tx, "T1", Money(yuan: 2500)).taken
                    + Town.pay(tx, "R1", Money(yuan: -100), original: "T1").taken
            }
            #expect(try await store.write(file) == 2)
            try await store.write { tx in
                let paid = try Contributions.receipts(tx, area: Town.area, serial: "T1")[0]
                _ = try Contributions.void(tx, area: Town.area, paid.id, Town.ground("2026-02-11", "到账更正"))
            }
            let gone = try await reconcile(store, on: "2026-02-12")
            #expect(gone.agrees && gone.ownCount == 0)
            #expect(try await store.write(file) == 2)
            #expect(try await store.write(file) == 0)
            #expect(try await entries(store, "R1") == [Money(yuan: -100), Money(yuan: -100)])
            #expect(try await standing(store, bill) == Money(yuan: 2400))
            let sheet = try await reconcile(
                store, ("T1", Money(yuan: 2500)), ("R1", Money(yuan: -100)), on: "2026-02-13")
            #expect(sheet.agrees && sheet.own == Money(yuan: 2400))
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("What we had refunded ourselves stays refunded: its serial is not free", arguments: StoreKind.allCases)
    func refundedByUs(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.pay(tx, "T1", Money(yuan: 3000), code: "NOBODY", from: .bank)
                let waiting = try Contributions.suspense(tx, area: Town.area, limit: 1)[0]
                try Town.refund(tx, waiting.receipt.id, Money(yuan: 570), on: "2026-02-11")
            }
            try await takeBack(store, "T1")
            let again = try await store.write {
                try Town.pay($0, "T1", Money(yuan: 3000), code: "NOBODY", from: .bank)
            }
            #expect(again.taken == 0 && again.known == 1)
            #expect(try await entries(store, "T1") == [Money(yuan: 3000)])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "A day that is not over is not reconciled; what comes in or is taken back afterwards asks for another one",
        arguments: StoreKind.allCases)
    func seen(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in _ = try Town.pay(tx, "T1", Money(yuan: 10), code: "X") }
            let (one, two) = ((serial: "T1", amount: Money(yuan: 10)), (serial: "T2", amount: Money(yuan: 20)))
            #expect(
                try await refusals { _ = try await reconcile(store, one, on: "2026-02-10") }
                    == ["contributions.reconcile.early"])
            #expect(try await unreconciled(store).map(\.count) == [1])
            #expect(try await reconcile(store, one, on: "2026-02-11").agrees)
            #expect(try await unreconciled(store) == [])

            // Its moment lies before the reconciliation's: what counts is that the reconciliation has not seen it.
            try await store.write { tx in _ = try Town.pay(tx, "T2", Money(yuan: 20), code: "X") }
            let late = UnreconciledDay(source: .tax, day: Self.paid, count: 1, amount: Money(yuan: 20))
            #expect(try await unreconciled(store) == [late])
            #expect(try await reconcile(store, one, two, on: "2026-02-11").agrees)
            #expect(try await unreconciled(store) == [])

            try await takeBack(store, "T2")
            #expect(try await unreconciled(store).map(\.amount) == [Money(yuan: -20)])
            #expect(try await reconcile(store, one, two, on: "2026-02-12").differences.map(\.kind) == [.missing])
            try await store.write { tx in _ = try Town.pay(tx, "T2", Money(yuan: 20), code: "X") }
            #expect(try await unreconciled(store) == [late])
            #expect(try await reconcile(store, one, two, on: "2026-02-12").agrees)
            #expect(try await unreconciled(store) == [])
            #expect(try await Town.broken(store) == [])
        }
    }
}
