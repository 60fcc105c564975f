import Basics
import Control
import Sheets
import Storage
import StoreKit
import Testing

@testable import Contributions

@Suite("What is on the list of arrears, in the letters and in suspense too long")
struct ArrearsListTests {
    private static let midsummer = Town.day("2026-06-30")

    /// Bills the works for some months: 2,430 yuan each, due on the 15th of the next month.
    private static func bill(_ tx: any Transaction, _ months: ClosedRange<Int>) throws {
        try Town.declare(tx)
        for number in months {
            let month = Month(year: 2026, month: number)
            _ = try Contributions.billMonth(
                tx, area: Town.area, month: month, [Town.roll], terms: try Town.terms(month),
                policyVersion: Town.version, Town.ground("2026-05-20"))
        }
    }

    /// Bills the school for January: one person at 8,000, 810 yuan.
    private static func billSchool(_ tx: any Transaction) throws {
        let teacher = Town.people[3]
        try Contributions.setBases(
            tx, area: Town.area, employer: Town.school, baseYear: 2026,
            [(person: teacher, wage: Money(yuan: 8000), from: nil)], terms: try Town.terms(),
            policyVersion: Town.version, Town.ground())
        _ = try Contributions.billMonth(
            tx, area: Town.area, month: Town.january, [EmployerRoll(Town.school, [LevyMember(teacher, .employee)])],
            terms: try Town.terms(), policyVersion: Town.version, Town.ground())
    }

    private static func page(
        _ tx: any Transaction, on day: Day, after: ID<LevyBill> = ID(0), limit: Int = 100
    ) throws -> ArrearsPage {
        try Contributions.arrears(tx, area: Town.area, on: day, after: after, limit: limit, lateFees: Town.lateFees)
    }

    private static func letters(
        _ tx: any Transaction, on day: Day, after: ID<Employer> = ID(0), limit: Int = 100
    ) throws -> DunningPage {
        try Contributions.dunningLetters(tx, area: Town.area, on: day, after: after, limit: limit) {
            try Contributions.dunning(
                tx, area: Town.area, .employer($0), on: day, payBy: day + 15, lateFees: Town.lateFees)
        }
    }

    @Test(
        "A bill that owes only its late fee is on the list and in the letters of a batch; one paid with its fee is not",
        arguments: StoreKind.allCases)
    func onlyLateFee(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 2430), on: "2026-03-31")
            }
            try await store.read { tx throws in
                let listed = try Self.page(tx, on: Self.midsummer).arrears
                #expect(listed.map(\.standing.outstanding) == [.zero] && listed.map(\.total) == [Money(fen: 5_225)])
                let letters = try Self.letters(tx, on: Self.midsummer).letters
                #expect(letters.map(\.total) == [Money(fen: 5_225)] && letters.map(\.principal) == [.zero])
            }
            try await store.write { try Town.pay($0, "T2", Money(fen: 5_225), on: "2026-07-01") }
            try await store.read { tx throws in
                #expect(try Self.page(tx, on: Town.day("2026-07-02")).arrears.isEmpty)
                #expect(try Self.letters(tx, on: Town.day("2026-07-02")).letters.isEmpty)
            }
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Deferred bills between late ones do not end the list: pages go on after the last bill shown",
        arguments: StoreKind.allCases)
    func pages(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Self.bill(tx, 1...4)
                let months = Month(year: 2026, month: 2)...Month(year: 2026, month: 3)
                try Contributions.defer(
                    tx, area: Town.area, .employer(Town.works), months: months, payBy: Town.day("2026-08-31"),
                    monthsMax: 6, Town.ground("2026-05-20", "灾情缓缴"))
            }
            try await store.read { tx throws in
                let first = try Self.page(tx, on: Self.midsummer, limit: 1)
                #expect(first.arrears.map(\.bill.months.lowerBound) == [Town.january])
                let second = try Self.page(tx, on: Self.midsummer, after: try #require(first.next), limit: 1)
                #expect(second.arrears.map(\.bill.months.lowerBound) == [Month(year: 2026, month: 4)])
                #expect(second.next == nil)
                #expect(try Self.page(tx, on: Self.midsummer, limit: 2).next == nil)
                // After its day the deferred are late again.
                #expect(try Self.page(tx, on: Town.day("2026-09-01")).arrears.count == 4)
            }
        }
    }

    @Test(
        "Whoever pays in parts as agreed is in no batch of letters; the batch goes on behind him",
        arguments: StoreKind.allCases)
    func protected(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.billJanuary(tx)
                try Self.billSchool(tx)
                _ = try Contributions.agreeInstalments(
                    tx, area: Town.area, .employer(Town.works), first: Month(year: 2026, month: 4), count: 12,
                    monthsMax: 24, stopsLateFees: true, lateFees: Town.lateFees, Town.ground("2026-03-31"))
            }
            try await store.read { tx throws in
                #expect(
                    try Self.letters(tx, on: Self.midsummer).letters.map(\.payer) == [.employer(Town.school)])
                let first = try Self.letters(tx, on: Self.midsummer, limit: 1)
                #expect(first.letters.isEmpty && first.next == Town.works)
                let second = try Self.letters(tx, on: Self.midsummer, after: Town.works, limit: 1)
                // 810 from 16 February to 29 June: 810 × 0.0005 × 134 = 54.27.
                #expect(second.letters.map(\.total) == [Money(fen: 86_427)])
            }
            let past = try await refusals {
                _ = try await store.write {
                    try Contributions.agreeInstalments(
                        $0, area: Town.area, .employer(Town.school), first: Month(year: 2026, month: 5), count: 2,
                        monthsMax: 24, stopsLateFees: true, lateFees: Town.lateFees, Town.ground("2026-06-30"))
                }
            }
            #expect(past == ["contributions.instalments.past"])
        }
    }

    @Test(
        "A deferral approved late looks forward only: fees that had run up stay, a past day is refused",
        arguments: StoreKind.allCases)
    func lateDeferral(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            func postpone(to payBy: String) async throws -> [String] {
                try await refusals {
                    _ = try await store.write {
                        try Contributions.defer(
                            $0, area: Town.area, .employer(Town.works), months: Town.january...Town.january,
                            payBy: Town.day(payBy), monthsMax: 6, Town.ground("2026-03-31", "灾情缓缴"))
                    }
                }
            }
            #expect(try await postpone(to: "2026-03-30") == ["contributions.deferral.past"])
            #expect(
                try await postpone(to: "2026-01-31") == [
                    "contributions.deferral.length", "contributions.deferral.past",
                ])
            #expect(try await postpone(to: "2026-06-30") == [])
            try await store.read { tx throws in
                func fee(_ day: String) throws -> Money {
                    try Contributions.standing(
                        tx, area: Town.area, of: bill, terms: try Town.lateFees(Town.january), on: Town.day(day)
                    ).lateFee
                }
                // 43 days up to the day before the approval, and on from 1 July: 2,430 × 0.0005 × 44 = 53.46.
                #expect(try fee("2026-03-31") == Money(fen: 5_225))
                #expect(try fee("2026-07-01") == Money(fen: 5_225))
                #expect(try fee("2026-07-02") == Money(fen: 5_346))
                #expect(try Self.page(tx, on: Self.midsummer).arrears.isEmpty)
            }
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "The report's refunds are those paid back by hand and those of the sources' files; a correction is none",
        arguments: StoreKind.allCases)
    func refundsOfReport(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 2430), on: "2026-02-10")
                try Town.pay(tx, "T2", Money(yuan: 300), code: "NOBODY", period: nil, on: "2026-02-10", from: .bank)
                try Town.pay(tx, "T3", Money(yuan: 40), code: "NOBODY", period: nil, on: "2026-02-10")
                try Town.pay(tx, "R1", Money(yuan: -100), on: "2026-03-05", original: "T1")
                let waiting = try Contributions.suspense(tx, area: Town.area, limit: 10)
                try Town.refund(tx, waiting[0].receipt.id, Money(yuan: 250), on: "2026-03-06")
                _ = try Contributions.void(tx, area: Town.area, waiting[1].receipt.id, Town.ground("2026-03-07"))
            }
            let report = try await store.read {
                try Contributions.collectionReport(
                    $0, area: Town.area, days: CollectionReport.month(Month(year: 2026, month: 3)))
            }
            #expect(report.refunded == Money(yuan: 350) && report.received == Money(yuan: -100))
            #expect(report.suspense == Money(yuan: 50))
        }
    }

    @Test(
        "Suspense that waits too long is counted from the day on which it was put there", arguments: StoreKind.allCases)
    func overdue(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", Money(yuan: 300), code: "NOBODY", period: nil, on: "2026-02-10")
                try Town.pay(tx, "T2", Money(yuan: 50), code: "NOBODY", period: nil, on: "2026-03-02")
                return bill
            }
            let limit = try #require(try SuspenseLimit(Town.law, on: Town.day("2026-03-12")))
            #expect(limit.days == 30)
            func overdue(_ today: String) async throws -> OverdueSuspense? {
                try await store.read {
                    try Contributions.overdueSuspense(
                        $0, area: Town.area, before: limit.firstInTime(on: Town.day(today)))
                }
            }
            #expect(try await overdue("2026-03-12") == nil)
            #expect(
                try await overdue("2026-03-13")
                    == OverdueSuspense(count: 1, amount: Money(yuan: 300), oldest: Town.day("2026-02-10")))
            #expect(try await overdue("2026-04-30")?.amount == Money(yuan: 350))
            try await store.write { tx in
                let first = try Contributions.suspense(tx, area: Town.area, limit: 1)[0]
                try Contributions.clear(
                    tx, area: Town.area, first.receipt.id, to: bill.id, Money(yuan: 300), lateFees: Town.lateFees,
                    Town.ground("2026-03-14"))
            }
            #expect(try await overdue("2026-03-14") == nil)
        }
    }

    @Test("A line that says it was paid after today is refused, with its place in the file")
    func notYet() async throws {
        let columns = try ReceiptColumns(Town.law, .bank, on: Town.day("2026-03-01"))
        let text = """
            交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期
            B1,,WORKS,示范单位,2430.00,2026-03-02
            B2,,WORKS,示范单位,10.00,2027-05-05
            B3,,WORKS,示范单位,10.00,2026-03-03
            """
        #expect(throws: Problems.self) {
            try Contributions.readReceipts(text, file: "bank.csv", columns: columns, on: Town.day("2026-03-02"))
        }
        do {
            _ = try Contributions.readReceipts(text, file: "bank.csv", columns: columns, on: Town.day("2026-03-02"))
        } catch let problems {
            #expect(
                problems.all.map { "\($0.field ?? "") \($0.code)" } == [
                    "bank.csv:3 交易日期 contributions.receipt.future", "bank.csv:4 交易日期 contributions.receipt.future",
                ])
        }
        let last = try Contributions.readReceipts(text, file: "bank.csv", columns: columns, on: Town.day("2027-05-05"))
        #expect(Contributions.inOrderOfTaking(last).map(\.serial) == ["B1", "B3", "B2"])
    }

    @Test("A subsidy cannot have come in tomorrow", arguments: StoreKind.allCases)
    func subsidyNotYet(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let refused = try await refusals {
                _ = try await store.write {
                    try Contributions.takeInSubsidy(
                        $0, area: Town.area, serial: "财拨2号", payer: "示范市财政局", fiscal: Money(yuan: 100), aid: .zero,
                        paid: Town.day("2026-03-21"), Town.ground("2026-03-20"))
                }
            }
            #expect(refused == ["contributions.receipt.future"])
        }
    }
}
