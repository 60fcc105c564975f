import Agency
import Basics
import Contributions
import Control
import Fund
import Policy
import Settlement
import Storage
import TestKit
import Testing

@Suite("个人账户与基金账")
struct AccountBookTests {
    @Test("期初、划入、看病支付、撤销、清退之后,账户之和天天等于基金账", arguments: StoreKind.allCases)
    func everyDay(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (area, person) = (town.area, town.employee)
            _ = try await town.settle(try await town.visit(person, [town.line(20, 9, serial: "1")]))
            let last = try await town.settle(try await town.visit(person, [town.line(20, 4, serial: "2")]))
            #expect(last.bill.amounts.account > .zero)
            #expect(try await town.verify() == [])
            try await town.agency.store.write { tx in
                let ground = Ground("三月划入", by: .system, at: town.clock.now)
                try Agency.creditAccounts(
                    tx, area: area, month: town.clock.now.day.month,
                    [AccountPosting(person: person, amount: Money(yuan: 120))], ground)
            }
            #expect(try await town.verify() == [])
            town.clock.now = Moment(Day("2026-03-09")!, hour: 10)
            try await town.agency.store.write { tx in
                let policy = try Agency.law(tx, area: area)
                let ground = Ground("出境定居", by: .system, at: town.clock.now)
                let closed = try Contributions.closeAccount(
                    tx, area: area, of: person, .emigration, on: town.clock.now.day,
                    to: .bank(name: "示例甲", account: "6222000000000000"), policy, ground)
                try Agency.post(tx, area: area, closed.runs, by: .system, at: town.clock.now)
            }
            #expect(try await town.verify() == [])
            // What comes back after the closing stands in both books too.
            town.clock.now = Moment(Day("2026-03-10")!, hour: 10)
            _ = try await town.reverse(last)
            #expect(try await town.balance(of: person) == last.bill.amounts.account)
            #expect(try await town.verify() == [])
            let compared = try await town.agency.daily(area).outcomes.first { $0.part == .accounts }
            #expect(compared?.isDone == true && (compared?.touched ?? 0) >= 3)
        }
    }

    /// What the ledger of accounts posts without any entry of an account, as an error of the books would.
    private static func misbook(_ town: Town, _ amount: Money, source: Int64, on day: Day) async throws {
        try await town.agency.store.write { tx in
            let posting = AccountLedgerPosting(.correction, .run(source), amount, on: day)
            try FundDesk.post(tx, area: town.area, posting, by: .system, at: town.clock.now)
        }
    }

    private static func days(_ town: Town) async throws -> [AccountComparisons.Line] {
        try await town.agency.store.read {
            try AccountComparisons.days($0, area: town.area, before: Day("2027-01-01")!)
        }
    }

    @Test("每天的核对逐日登记,余额逐日可证;不符的一天只办一次,改正以前天天显示,改正以后不再显示", arguments: StoreKind.allCases)
    func register(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (house, area) = (town.agency, town.area)
            let first = town.clock.now.day
            _ = try await town.settle(try await town.visit(town.employee, [town.line(20, 9, serial: "1")]))
            town.clock.now = Moment(first + 1, hour: 1)
            #expect(try await house.daily(area).failures.isEmpty)
            let line = try #require(try await Self.days(town).first)
            #expect(line.comparison.day == first && line.comparison.agrees && line.comparison.accounts.settled < .zero)
            let held = try await house.store.read { try Contributions.totalBalance($0, area: area) }
            #expect(line.accountsBalance == held && line.booksBalance == held)

            try await Self.misbook(town, Money(yuan: 1), source: 900_001, on: first)
            town.clock.now = Moment(first + 2, hour: 1)
            #expect(try await house.daily(area).failures.map(\.part) == [.accounts])
            town.clock.now = town.clock.now + 7_200
            #expect(try await !house.isDailyDue(area), "同一天不再重复核对")
            #expect(try await house.dailyFailures(area).map(\.part) == [.accounts])
            // However long ago: it is shown until it agrees.
            town.clock.now = Moment(first + 40, hour: 1)
            #expect(try await house.daily(area).failures.first?.reason.contains("\(first) 个人账户与基金账不符") == true)
            try await Self.misbook(town, Money(yuan: -1), source: 900_002, on: first)
            town.clock.now = Moment(first + 41, hour: 1)
            #expect(try await house.daily(area).failures.isEmpty)
            let last = try #require(try await Self.days(town).first { $0.comparison.day == first })
            #expect(last.comparison.agrees && last.no == 3)
            await #expect(throws: StoreError.self) {
                try await house.store.write { try $0.execute("DELETE FROM account_comparison") }
            }
            #expect(try await town.verify() == [])
        }
    }

    @Test("核对过的旧日子,流水被人改了,轮到那天的晚上查出;余额被人改了,当晚查出", arguments: StoreKind.allCases)
    func tampered(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (house, area) = (town.agency, town.area)
            let first = town.clock.now.day
            _ = try await town.settle(try await town.visit(town.employee, [town.line(20, 9, serial: "1")]))
            town.clock.now = Moment(first + 8, hour: 9)
            _ = try await town.settle(try await town.visit(town.employee, [town.line(20, 4, serial: "2")]))
            town.clock.now = Moment(first + 10, hour: 1)
            #expect(try await house.daily(area).failures.isEmpty)
            let end = Value(Moment(first + 1))
            try await house.store.write { tx in
                switch tx.dialect {
                case .sqlite: try tx.execute("DROP TRIGGER account_entry_refuses_update")
                case .postgres: try tx.execute("ALTER TABLE account_entry DISABLE TRIGGER USER")
                }
                try tx.execute("UPDATE account_entry SET amount_fen = amount_fen + 5 WHERE kind = 4 AND at < ?", end)
            }
            // A day on which nothing had moved, and which no line tells of.
            try await Self.misbook(town, Money(yuan: 3), source: 900_001, on: first + 2)
            town.clock.now = Moment(first + 11, hour: 1)
            #expect(try await house.daily(area).failures.isEmpty, "还没有轮到这两天")
            // The house was shut on the nights of their turn: they are made up for.
            town.clock.now = Moment(first + 35, hour: 1)
            let found = try #require(try await house.daily(area).failures.first { $0.part == .accounts })
            for day in [first, first + 2] {
                #expect(found.reason.contains("\(day) 个人账户与基金账不符"), "\(found.reason)")
            }
            try await Self.misbook(town, Money(yuan: -3), source: 900_002, on: first + 2)
            try await house.store.write { tx in
                try tx.execute("UPDATE account_entry SET amount_fen = amount_fen - 5 WHERE kind = 4 AND at < ?", end)
                try tx.execute(
                    "UPDATE personal_account SET balance_fen = balance_fen + 7 WHERE person = ?", Value(town.employee))
            }
            town.clock.now = Moment(first + 36, hour: 1)
            let reason = try await house.daily(area).failures.first?.reason
            #expect(reason?.contains("与逐日收支合计") == true && reason?.contains("基金账不符") == false)
        }
    }

    @Test("账户记了、基金没记:核验指出是哪一天差多少", arguments: StoreKind.allCases)
    func unposted(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (area, person) = (town.area, town.employee)
            try await town.agency.store.write { tx in
                _ = try Contributions.creditMonth(
                    tx, area: area, month: town.clock.now.day.month,
                    [AccountPosting(person: person, amount: Money(yuan: 120))],
                    Ground("三月划入", by: .system, at: town.clock.now))
            }
            let problems = try await town.verify()
            #expect(problems.map(\.code) == ["accounts.link.day"])
            #expect(problems.first?.field == "2026-03-01")
            #expect(problems.first?.message.contains("120.00") == true)
            let failed = try await town.agency.daily(area).failures
            #expect(failed.map(\.part) == [.accounts])
            #expect(failed.first?.reason.contains("2026-03-01 个人账户与基金账不符") == true)
        }
    }
}
