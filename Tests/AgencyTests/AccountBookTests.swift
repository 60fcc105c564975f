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
