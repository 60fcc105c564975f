import Basics
import Contributions
import Control
import Fund
import Storage
import StoreKit
import Testing

@testable import Agency

/// A month of the books is closed by a matter, when everything of it is in order, and stays closed.
@Suite("月末结账:没清完的说出来,结了就不能再记")
struct PeriodClosingTests {
    private static let bank = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"
    private static let terminal = "参考号,应缴单号,证件号码,姓名,缴费年度,交易金额,交易日期\n"
    private static let january = ["month": "2026-01"]

    private static func moment(_ day: String) -> Moment { Moment(Day(day)!, hour: 9) }

    private static func close(_ desk: Desk, on day: String) async throws -> [Problem] {
        try await desk.carryOut("fund.period.close", january, at: moment(day))
    }

    private static func billed(_ desk: Desk) async throws -> [LevyBill] {
        try await desk.county.declareWages()
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
        return try await desk.store.read {
            try Contributions.bills($0, area: County.area, after: ID(0), limit: 10)
        }
    }

    private static func take(
        _ desk: Desk, _ source: String, _ file: String, on day: String = "2026-01-20"
    ) async throws {
        #expect(
            try await desk.carryOut("contributions.receipts.take", ["source": source], file: file, at: moment(day))
                == [])
    }

    private static func unbooked(_ desk: Desk, on day: String) async throws -> RiskPoint {
        let agency = try await Agency.open(desk.store, policies: County.policies.get(), clock: { moment(day) })
        let report = try await agency.riskCheck(County.area, from: Day("2026-01-01")!, through: Day(day)!)
        return try #require(report.points.first { $0.code == "contributions.unbooked" })
    }

    private static func reconcile(_ desk: Desk, _ file: String, _ days: (String, String), on day: String) async throws {
        let form = ["source": "3", "first": days.0, "last": days.1]
        #expect(try await desk.carryOut("contributions.reconcile", form, file: file, at: moment(day)) == [])
    }

    @Test("没记账、没对账、有差异、暂收超期:一次都说出来;逐项处理后结账,结账写下各科目发生额", arguments: StoreKind.allCases)
    func closing(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let bill = try await Self.billed(desk)[0]
            #expect(try await Self.close(desk, on: "2026-01-31").map(\.code) == ["fund.period.early"])
            try await Self.take(
                desk, "2", Self.bank + "B1,\(bill.id),,示例单位0,3240.00,2026-01-19\nB2,,,无名氏,50.00,2026-01-19\n")
            try await Self.take(desk, "3", Self.terminal + "P1,,,示例,2026,20.00,2026-01-18\n")
            try await Self.credit(desk)

            let first = try await Self.close(desk, on: "2026-03-02")
            #expect(first.map(\.code) == ["fund.close.suspense", "fund.close.unbooked", "fund.close.unreconciled"])
            #expect(first[0].message.contains("2 笔 70.00 元") && first[0].message.contains("无名氏 50.00 元(2026-01-20 转入)"))
            #expect(first[2].message.contains("POS 2026-01-18 1 笔 20.00 元"))
            // Five days may pass before the voucher; on the sixth the self-check names the acts.
            let inTime = try await Self.unbooked(desk, on: "2026-01-25")
            #expect(inTime.verdict == .sound && inTime.rowCount == 0)
            let waiting = try await Self.unbooked(desk, on: "2026-01-26")
            #expect(waiting.verdict == .finding && waiting.figure == "2 笔" && waiting.rowCount == 2)
            #expect(waiting.rows.map { Array($0.cells[2...3]) } == [["2026-01-20", "6 天"], ["2026-01-20", "6 天"]])
            #expect(waiting.rows.allSatisfy { if case .matter = $0.subject { true } else { false } })

            for item in try await store.read({ try Contributions.suspense($0, area: County.area, limit: 10) }) {
                let back = [
                    "receipt": "\(item.receipt.id)", "amount": "\(item.amount)", "payee": "付款人", "account": "示例银行 001",
                    "reason": "无人认领",
                ]
                #expect(try await desk.giveBack(back, at: Self.moment("2026-03-02")) == [])
            }
            try await Self.reconcile(
                desk, Self.terminal + "P1,,,示例,2026,25.00,2026-01-18\n", ("2026-01-18", "2026-01-18"), on: "2026-03-02")
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.moment("2026-03-02")) == [])
            #expect(try await Self.unbooked(desk, on: "2026-03-10").verdict == .sound)
            let second = try await Self.close(desk, on: "2026-03-02")
            #expect(second.map(\.code) == ["fund.close.differences"])
            let sheet = try await store.read {
                try Contributions.reconciliations($0, area: County.area, limit: 1)[0].act
            }
            let explanation = ["reconciliation": "\(sheet)", "reason": "对方含手续费 5 元,已函告更正"]
            #expect(
                try await desk.carryOut("contributions.reconcile.explain", explanation, at: Self.moment("2026-03-02"))
                    == [])
            #expect(
                try await desk.carryOut("contributions.reconcile.explain", explanation, at: Self.moment("2026-03-02"))
                    .map(\.code) == ["contributions.reconcile.explained"])

            #expect(try await Self.close(desk, on: "2026-03-02") == [])
            #expect(try await Self.close(desk, on: "2026-03-02").map(\.code) == ["fund.period.closedBefore"])
            let lines = try await store.read { try Periods.list($0, area: County.area) }
            #expect(lines.map { $0.month.month } == [3, 1] && lines.map(\.state) == [.open, .closed])
            #expect(lines[1].closedBy == .staff(desk.staff["finance.review"]!))
            #expect(try await desk.broken() == [])
        }
    }

    /// Ten yuan on somebody's account, and in the fund's ledger of accounts.
    private static func credit(_ desk: Desk) async throws {
        try await desk.store.write { tx in
            let bill = try Contributions.bills(tx, area: County.area, after: ID(0), limit: 1)[0]
            let person = try #require(try Contributions.everyLine(tx, area: County.area, of: bill.id).first?.person)
            try Agency.creditAccounts(
                tx, area: County.area, month: Month(year: 2025, month: 12),
                [AccountPosting(person: person, amount: Money(yuan: 10))],
                Ground("示例划入", by: .system, at: County.at))
        }
    }

    @Test("结账后:记不进该月和以前的月份,以前的业务补记在当期;月份逐月结", arguments: StoreKind.allCases)
    func closed(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 2)
            let bills = try await Self.billed(desk)
            try await Self.take(desk, "2", Self.bank + "B1,\(bills[0].id),,示例单位0,3240.00,2026-01-19\n")
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.moment("2026-02-03")) == [])
            // Booked in February, it stands in January, when it came in.
            func vouchers(_ month: Month) async throws -> [Day] {
                try await store.read {
                    try Vouchers.list($0, area: County.area, book: .employee, month: month, limit: 10).map(\.day)
                }
            }
            #expect(try await vouchers(County.january) == [Day("2026-01-20")!])
            #expect(
                try await desk.carryOut("fund.period.close", ["month": "2026-02"], at: Self.moment("2026-03-02"))
                    .map(\.code) == ["fund.period.unused"])
            try await Self.take(
                desk, "2", Self.bank + "B2,\(bills[1].id),,示例单位1,1000.00,2026-02-02\n", on: "2026-02-03")
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.moment("2026-02-03")) == [])
            #expect(
                try await desk.carryOut("fund.period.close", ["month": "2026-02"], at: Self.moment("2026-03-02"))
                    .map(\.code) == ["fund.period.order"])
            #expect(try await Self.close(desk, on: "2026-03-02") == [])

            for day in ["2026-01-31", "2025-12-31"] {
                await #expect(throws: Problem.self) {
                    try await store.write { tx in
                        let (preparing, reviewing) = try desk.county.bookkeepers(tx)
                        let draft = VoucherDraft(
                            book: .employee, day: Day(day)!, summary: "迟到的凭证", attachments: 1,
                            lines: [
                                VoucherLine(.debit, .incomeAccount, Money(yuan: 1)),
                                VoucherLine(.credit, .premiumIncome, Money(yuan: 1)),
                            ])
                        _ = try Vouchers.enter(
                            tx, area: County.area, draft, chart: try FundDesk.chart(tx, area: County.area),
                            preparedBy: preparing, reviewedBy: reviewing, at: Self.moment("2026-03-02"))
                    }
                }
            }
            let (closed, open) = try await store.read { tx in
                try ["2026-01-20", "2026-02-20"].map {
                    try Periods.bookingDay(tx, area: County.area, of: Day($0)!, today: Day("2026-03-02")!)
                }
            }.pair
            #expect(closed == Day("2026-03-02")! && open == Day("2026-02-20")!)
            #expect(try await vouchers(County.january).count == 1)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("当天还没过完不能对账;对账以后又入账、又更正的,月末结账要求重新对账", arguments: StoreKind.allCases)
    func receiptsAfterReconciliation(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let bill = try await Self.billed(desk)[0]
            let paid = ("2026-01-18", "2026-01-18")
            let first = Self.terminal + "P1,\(bill.id),,示例,2026,3240.00,2026-01-18\n"
            let second = Self.terminal + "P2,,,示例,2026,50.00,2026-01-18\n"
            let both = first + "P2,,,示例,2026,50.00,2026-01-18\n"
            func objection() async throws -> String {
                try await Self.close(desk, on: "2026-03-02").first { $0.code == "fund.close.unreconciled" }?.message
                    ?? ""
            }
            try await Self.take(desk, "3", first)
            let early = ["source": "3", "first": "2026-01-18", "last": "2026-01-20"]
            #expect(
                try await desk.carryOut("contributions.reconcile", early, file: first, at: Self.moment("2026-01-20"))
                    .map(\.code) == ["contributions.reconcile.early"])
            #expect(try await objection().contains("POS 2026-01-18 1 笔 3240.00 元"))
            try await Self.reconcile(desk, first, paid, on: "2026-01-21")
            #expect(try await objection() == "")

            try await Self.take(desk, "3", second, on: "2026-01-22")
            #expect(try await objection().contains("POS 2026-01-18 1 笔 50.00 元"))
            try await Self.reconcile(desk, both, paid, on: "2026-01-23")
            #expect(try await objection() == "")

            let receipt = try await store.read { try Contributions.receipts($0, area: County.area, serial: "P2")[0] }
            let void = ["receipt": "\(receipt.id)", "reason": "误作重复"]
            #expect(
                try await desk.carryOut("contributions.receipt.void", void, at: Self.moment("2026-01-24")) == [])
            for day in ["2026-01-25", "2026-01-26"] { try await Self.take(desk, "3", both, on: day) }
            #expect(
                try await store.read { try Contributions.receipts($0, area: County.area, serial: "P2") }.map(\.amount)
                    == [Money(yuan: 50), Money(yuan: 50)])
            #expect(try await objection() != "")
            try await Self.reconcile(desk, both, paid, on: "2026-01-27")
            #expect(try await objection() == "")
            #expect(
                try await store.read { try Contributions.reconciliations($0, area: County.area, limit: 9) }
                    .map(\.differenceCount) == [0, 0, 0])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("上月结账以后才入账、才更正的上月缴款:本月结账要求补对账,对出的差异也要处理", arguments: StoreKind.allCases)
    func afterTheMonthWasClosed(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let bill = try await Self.billed(desk)[0]
            let first = Self.terminal + "P1,\(bill.id),,示例,2026,3240.00,2026-01-18\n"
            let both = first + "P2,,,示例,2026,50.00,2026-01-18\n"
            let paid = ("2026-01-18", "2026-01-18")
            try await Self.take(desk, "3", first)
            try await Self.reconcile(desk, first, paid, on: "2026-01-21")
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.moment("2026-02-02")) == [])
            #expect(try await Self.close(desk, on: "2026-02-02") == [])

            try await Self.take(desk, "3", both, on: "2026-02-10")
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.moment("2026-02-11")) == [])
            func february() async throws -> [Problem] {
                try await desk.carryOut("fund.period.close", ["month": "2026-02"], at: Self.moment("2026-03-02"))
            }
            let asked = try await february()
            #expect(asked.map(\.code) == ["fund.close.unreconciled"])
            #expect(asked.first?.message.contains("POS 2026-01-18 1 笔 50.00 元") == true)
            try await Self.reconcile(desk, first, paid, on: "2026-02-12")
            #expect(try await february().map(\.code) == ["fund.close.differences"])
            try await Self.reconcile(desk, both, paid, on: "2026-02-13")
            #expect(try await february() == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("账簿被改动过的月份不能结账", arguments: StoreKind.allCases)
    func unsound(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let bill = try await Self.billed(desk)[0]
            try await Self.take(desk, "2", Self.bank + "B1,\(bill.id),,示例单位0,3240.00,2026-01-19\n")
            #expect(try await desk.carryOut("contributions.book", [:]) == [])
            try await Self.credit(desk)
            try await store.write { tx in
                if tx.dialect == .sqlite {
                    try tx.execute("DROP TRIGGER IF EXISTS account_ledger_refuses_update")
                } else {
                    try tx.execute("ALTER TABLE account_ledger DISABLE TRIGGER USER")
                }
                try tx.execute("UPDATE account_ledger SET amount_fen = amount_fen + 1")
            }
            #expect(try await Self.close(desk, on: "2026-02-02").map(\.code) == ["accounts.link.day"])
        }
    }
}

extension [Day] {
    fileprivate var pair: (Day, Day) { (self[0], self[1]) }
}
