import Basics
import Control
import Storage
import StoreKit
import Testing

@testable import Contributions

@Suite("Arrears, deferral, instalments, blank receipts, reconciliation and reports")
struct ArrearsTests {
    @Test(
        "Arrears carry their late fee, letters say them in words, and closure sees what is owed",
        arguments: StoreKind.allCases)
    func arrears(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { try Town.billJanuary($0) }
            let day = Town.day("2026-03-31")
            try await store.read { tx throws in
                let page = try Contributions.arrears(tx, area: Town.area, on: day, limit: 10, lateFees: Town.lateFees)
                let late = page.arrears
                #expect(page.next == nil)
                #expect(late.map(\.total) == [Money(fen: 248_225)] && late[0].days == 44)
                let letter = try #require(
                    try Contributions.dunning(
                        tx, area: Town.area, .employer(Town.works), on: day, payBy: day + 15, lateFees: Town.lateFees))
                #expect(letter.totalInWords == "贰仟肆佰捌拾贰元贰角伍分")
                let owed = try Contributions.owed(
                    tx, area: Town.area, employer: Town.works, on: day, lateFees: Town.lateFees)
                #expect(owed.bills == 1 && owed.principal == Money(yuan: 2430) && !owed.isNothing)
                #expect(
                    try Contributions.owed(tx, area: Town.area, employer: Town.school, on: day, lateFees: Town.lateFees)
                        .isNothing)
            }
        }
    }

    @Test(
        "An approved deferral keeps late fees away until its day, and the law limits its length",
        arguments: StoreKind.allCases)
    func deferral(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Contributions.defer(
                    tx, area: Town.area, .employer(Town.works), months: Town.january...Town.january,
                    payBy: Town.day("2026-06-30"), monthsMax: 6, Town.ground("2026-02-01", "灾情缓缴"))
                return bill
            }
            try await store.read { tx throws in
                func fee(_ day: String) throws -> Money {
                    try Contributions.standing(
                        tx, area: Town.area, of: bill, terms: try Town.lateFees(Town.january), on: Town.day(day)
                    ).lateFee
                }
                #expect(try fee("2026-06-30") == .zero)
                #expect(try fee("2026-07-02") == Money(fen: 122))
                #expect(
                    try Contributions.payments(
                        tx, area: Town.area, person: Town.people[0], employers: [Town.works]
                    ).map(\.standing)
                        == [.deferred(approved: Town.day("2026-02-01"), payBy: Town.day("2026-06-30"))])
            }
            let tooLong = try await refusals {
                _ = try await store.write {
                    try Contributions.defer(
                        $0, area: Town.area, .employer(Town.works), months: Town.january...Town.january,
                        payBy: Town.day("2026-08-01"), monthsMax: 6, Town.ground())
                }
            }
            #expect(tooLong == ["contributions.deferral.length"])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("Instalments come to what is owed, and a waiver never exceeds the late fee", arguments: StoreKind.allCases)
    func instalments(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            let plan = try await store.write { tx in
                try Contributions.agreeInstalments(
                    tx, area: Town.area, .employer(Town.works), first: Month(year: 2026, month: 4), count: 7,
                    monthsMax: 24, stopsLateFees: true,
                    lateFees: Town.lateFees, Town.ground("2026-03-31"))
            }
            #expect(plan.map(\.amount).total() == Money(fen: 248_225))
            #expect(plan[0].amount >= plan[1].amount && plan[6].due == Town.day("2026-10-31"))
            let tooMuch = try await refusals {
                _ = try await store.write {
                    try Contributions.waive(
                        $0, area: Town.area, bill.id, Money(fen: 5_226), lateFees: Town.lateFees,
                        Town.ground("2026-03-31"))
                }
            }
            #expect(tooMuch == ["contributions.waiver.amount"])
            try await store.write {
                _ = try Contributions.waive(
                    $0, area: Town.area, bill.id, Money(fen: 5_225), lateFees: Town.lateFees, Town.ground("2026-03-31"))
            }
            let owed = try await store.read {
                try Contributions.owed(
                    $0, area: Town.area, employer: Town.works, on: Town.day("2026-03-31"), lateFees: Town.lateFees)
            }
            #expect(owed.lateFee == .zero)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Blank receipts are in one place at a time, and each custodian's balance is known",
        arguments: StoreKind.allCases)
    func blanks(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            func move(_ movement: BlankMovement, _ numbers: ClosedRange<Int64>, _ who: String) async throws
                -> BlankCustody
            {
                try await store.write {
                    try Contributions.moveBlanks(
                        $0, area: Town.area, series: "示财2026", movement, numbers, custodian: who, Town.ground())
                }
            }
            _ = try await move(.stocked, 1...100, "库管")
            _ = try await move(.issued, 1...50, "东村代收点")
            _ = try await move(.used, 1...20, "东村代收点")
            _ = try await move(.voided, 21...21, "东村代收点")
            let custody = try await move(.returned, 40...50, "东村代收点")
            #expect(custody.balances.map(\.count) == [18])
            #expect(
                custody.count(in: .store) == 61 && custody.count(in: .void) == 1
                    && custody.count(in: .used(by: "东村代收点")) == 20)
            #expect(
                try await refusals { _ = try await move(.issued, 35...60, "西村代收点") } == [
                    "contributions.blank.elsewhere"
                ])
            #expect(
                try await refusals { _ = try await move(.stocked, 100...120, "库管") } == [
                    "contributions.blank.stockedBefore"
                ])
            #expect(
                try await store.read { try Contributions.custody($0, area: Town.area, series: "示财2026") } == custody)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("Reconciliation names each payment that differs, though the sums agree", arguments: StoreKind.allCases)
    func reconciliation(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let sheet = try await store.write { tx in
                for (serial, yuan) in [("T1", 10), ("T2", 20), ("T3", 30)] {
                    try Town.pay(tx, serial, Money(yuan: Int64(yuan)), code: "X")
                }
                let day = Town.day("2026-02-10")
                return try Contributions.reconcile(
                    tx, area: Town.area, with: .tax, days: day...(day + 1),
                    stated: [
                        StatedPayment(serial: "T1", amount: Money(yuan: 20), day: day),
                        StatedPayment(serial: "T2", amount: Money(yuan: 10), day: day),
                        StatedPayment(serial: "T3", amount: Money(yuan: 30), day: day + 1),
                    ], Town.ground("2026-02-12"))
            }
            #expect(sheet.stated == sheet.own && !sheet.agrees)
            #expect(sheet.differences.map(\.kind) == [.amount, .amount, .day])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("The month's report: billed, received by source, late fees, suspense", arguments: StoreKind.allCases)
    func report(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 2500), on: "2026-03-31")
                try Contributions.takeInSubsidy(
                    tx, area: Town.area, serial: "财拨1号", payer: "示范市财政局", fiscal: Money(yuan: 7200),
                    aid: Money(yuan: 400),
                    paid: Town.day("2026-03-20"), Town.ground("2026-03-20"))
            }
            let report = try await store.read {
                try Contributions.collectionReport(
                    $0, area: Town.area, days: CollectionReport.month(Month(year: 2026, month: 3)))
            }
            #expect(
                report.received == Money(yuan: 2430) && report.lateFees == Money(fen: 5_225) && report.billed == .zero)
            #expect(
                report.fiscal == Money(yuan: 7200) && report.aid == Money(yuan: 400)
                    && report.suspense == Money(fen: 1_775))
            #expect(report.sources.map(\.amount) == [Money(yuan: 2500), Money(yuan: 7600)])
            let january = try await store.read {
                try Contributions.collectionReport($0, area: Town.area, days: CollectionReport.month(Town.january))
            }
            #expect(january.billed == Money(yuan: 2430) && january.received == .zero)
            #expect(
                CollectionReport.week(of: Town.day("2026-03-31")) == Town.day("2026-03-30")...Town.day("2026-04-05"))
            #expect(try await Town.broken(store) == [])
        }
    }
}
