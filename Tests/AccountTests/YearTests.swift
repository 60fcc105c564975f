import Basics
import Contributions
import Control
import Policy
import Sheets
import Storage
import StoreKit
import Testing

@Suite("年度结息、对账单、清退、转移")
struct YearTests {
    static func settle(
        _ store: any Store, _ year: Int, on day: String, limit: Int = 2
    ) async throws -> [InterestChunk] {
        let policy = try Given.policy()
        let year = InterestYear(year, .december)
        let terms = try AccountInterest.Terms(policy, over: year.days)
        var chunks: [InterestChunk] = []
        var last = ID<Person>(0)
        while true {
            let after = last
            let chunk = try await store.write { tx in
                try Contributions.settleInterest(
                    tx, area: Given.area, year, after: after, limit: limit, terms, Given.ground(day, "年度结息"))
            }
            guard let next = chunk.last else { return chunks }
            chunks.append(chunk)
            last = next
        }
    }

    static func statement(_ store: any Store, _ year: Int, _ person: ID<Person> = Given.one) async throws
        -> AccountStatement?
    {
        try await store.read {
            try Contributions.statement($0, area: Given.area, of: person, InterestYear(year, .december))
        }
    }

    @Test("两年结息:上年本息转入结转;再跑一遍、断在半路再跑,不会多结", arguments: StoreKind.allCases)
    func twoYears(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let people = (1...5).map { ID<Person>(Int64($0)) }
            _ = try await store.credit(
                "2025-01", Dictionary(uniqueKeysWithValues: people.map { ($0, 3_600) }), on: "2025-12-02")
            #expect(
                try await refusals { _ = try await Self.settle(store, 2025, on: "2025-12-31") }
                    == ["contributions.interest.early"])
            let first = try await Self.settle(store, 2025, on: "2026-01-03")
            #expect(first.map(\.accounts) == [2, 2, 1])
            // 3600 × 30 天 × 0.35% ÷ 360 = 1.05
            #expect(first.map(\.outcome.total).total() == Money(fen: 105) * 5)
            let again = try await Self.settle(store, 2025, on: "2026-01-04")
            #expect(again.allSatisfy { $0.accounts == 0 && $0.outcome.run == nil })

            try await store.pay(9, 100, on: "2026-07-01")
            _ = try await Self.settle(store, 2026, on: "2027-01-02")
            // 结转 3601.05:181 天全额,184 天 3501.05;× 1.1% ÷ 360
            let statement = try #require(try await Self.statement(store, 2026))
            #expect(statement.interest.map(\.carried) == [Money(fen: 3_960)])
            #expect(statement.opening == Money(yuan: 3_600))
            #expect(statement.closing == Money(fen: 350_105))
            #expect(statement.sums.map(\.heading) == [.interest, .payments])
            #expect(statement.opening + statement.sums.map(\.amount).total() == statement.closing)
            #expect(statement.interest[0].steps.contains("1.1%"))
            #expect(statement.sheet.rows.first?[2...4].map(\.plain) == ["利息", "2025 年度", "1.05"])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("死亡清退:结到前一日的利息,划给继承人账户,共济终止,以后不再划入", arguments: StoreKind.allCases)
    func death(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let policy = try Given.policy()
            _ = try await store.credit("2026-01", [Given.one: 3_600], on: "2026-01-01")
            try await store.write { tx in
                _ = try Contributions.share(
                    tx, area: Given.area, owner: Given.one, beneficiary: Given.two, .spouse,
                    from: Given.day("2026-01-01"),
                    by: .system, at: Moment(Given.day("2026-01-01")))
            }
            let closed = try await store.write { tx in
                try Contributions.closeAccount(
                    tx, area: Given.area, of: Given.one, .death, on: Given.day("2026-01-31"),
                    to: .heir(Given.two, name: "示例配偶"), policy, Given.ground("2026-01-31", "死亡医学证明"))
            }
            // 30 天 × 3600 × 0.35% ÷ 360
            #expect(closed.interest == Money(fen: 105))
            #expect(closed.paid == Money(fen: 360_105))
            #expect(try await store.balance() == .zero)
            #expect(try await store.balance(Given.two) == Money(fen: 360_105))
            #expect(try await store.entries(Given.two).map(\.kind) == [.inherited])
            let sharings = try await store.read { try Contributions.sharings($0, area: Given.area, of: Given.one) }
            #expect(sharings.map(\.last) == [Given.day("2026-01-31")])
            let later = try await store.credit("2026-02", [Given.one: 10, Given.two: 20], on: "2026-02-10")
            #expect((later.closed, later.posted) == ([Given.one], 1))
            #expect(
                try await refusals {
                    try await store.write { tx in
                        _ = try Contributions.closeAccount(
                            tx, area: Given.area, of: Given.one, .death, on: Given.day("2026-02-11"),
                            to: .bank(name: "", account: ""), policy, Given.ground("2026-02-11"))
                    }
                } == ["contributions.account.closedBefore", "contributions.account.payee"])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("清退后又退费:列入待补清退,补清退付清;错清退可恢复", arguments: StoreKind.allCases)
    func laterRefund(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let policy = try Given.policy()
            _ = try await store.credit("2026-01", [Given.one: 100], on: "2026-01-10")
            try await store.pay(5, 40, on: "2026-01-10")
            func close(_ day: String) async throws -> AccountClosed {
                try await store.write { tx in
                    try Contributions.closeAccount(
                        tx, area: Given.area, of: Given.one, .emigration, on: Given.day(day),
                        to: .bank(name: "示例甲", account: "6222000000000000"), policy, Given.ground(day, "出境定居"))
                }
            }
            #expect(try await close("2026-01-10").paid == Money(yuan: 60))
            try await store.write { tx in
                _ = try Contributions.refund(
                    tx, area: Given.area, of: ID(5), by: ID(6), at: Moment(Given.day("2026-01-15")))
            }
            let waiting = try await store.read { try Contributions.closedWithBalance($0, area: Given.area) }
            #expect(waiting.map(\.balance) == [Money(yuan: 40)])
            #expect(try await close("2026-01-15").paid == Money(yuan: 40))
            #expect(try await store.read { try Contributions.closedWithBalance($0, area: Given.area) }.isEmpty)
            try await store.write { tx in
                try Contributions.reopenAccount(
                    tx, area: Given.area, of: Given.one, on: Given.day("2026-02-01"), Given.ground("2026-02-01"))
            }
            #expect(try await store.credit("2026-02", [Given.one: 10], on: "2026-02-10").posted == 1)
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("跨年转出:先补结上年利息,再结到前一日,余额为零;转入当日起息", arguments: StoreKind.allCases)
    func transfer(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let policy = try Given.policy()
            _ = try await store.credit("2025-01", [Given.one: 36_000], on: "2025-12-02")
            let out = try await store.write { tx in
                try Contributions.transferOut(
                    tx, area: Given.area, of: Given.one, on: Given.day("2026-01-11"), policy,
                    Given.ground("2026-01-11", "关系转出"))
            }
            // 上年:36000 × 30 × 0.35% ÷ 360 = 10.50;今年结转 36010.50 × 10 × 1.1% ÷ 360 ≈ 11.00
            #expect(out.interest == Money(fen: 1_050 + 1_100))
            #expect(out.total == Money(fen: 3_602_150))
            #expect(try await store.balance() == .zero)
            try await store.write { tx in
                _ = try Contributions.transferIn(
                    tx, area: Given.area, of: Given.one, Money(yuan: 1_200), Given.ground("2026-12-02"))
            }
            _ = try await Self.settle(store, 2026, on: "2027-01-02")
            // 1200 × 30 × 0.35% ÷ 360 = 0.35
            let statement = try #require(try await Self.statement(store, 2026))
            #expect(statement.interest.map(\.current).total() == Money(fen: 35))
            #expect(try await store.balance() == Money(fen: 120_035))
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("结息按年次序:上一年没有结息的不能先结下一年;只结了一半的,没结到的账户也拦得住", arguments: StoreKind.allCases)
    func inOrder(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let policy = try Given.policy()
            _ = try await store.credit("2025-01", [Given.one: 3_600, Given.two: 3_600, ID(3): 3_600], on: "2025-12-02")
            func due(_ year: Int) async throws -> [String] {
                try await refusals {
                    try await store.read { tx in
                        try Contributions.requireInterestDue(
                            tx, area: Given.area, InterestYear(year, .december), policy, today: Given.day("2027-01-02"))
                    }
                }
            }
            #expect(try await due(2026) == ["contributions.interest.order"])
            #expect(try await due(2025) == [], "此前没有账户的年度不必结")
            let terms = try AccountInterest.Terms(policy, over: InterestYear(2025, .december).days)
            _ = try await store.write { tx in
                try Contributions.settleInterest(
                    tx, area: Given.area, InterestYear(2025, .december), after: ID(0), limit: 2, terms,
                    Given.ground("2026-01-03"))
            }
            // One account closed since says nothing of the others.
            _ = try await store.write { tx in
                try Contributions.closeAccount(
                    tx, area: Given.area, of: Given.two, .death, on: Given.day("2026-02-01"),
                    to: .bank(name: "示例乙", account: "6222000000000002"), policy, Given.ground("2026-02-01"))
            }
            #expect(try await due(2026) == ["contributions.interest.order"], "第三人没有结到")
            _ = try await Self.settle(store, 2025, on: "2027-01-02")
            #expect(try await due(2026) == [])
            _ = try await Self.settle(store, 2026, on: "2027-01-03")
            // 每人 2025 年 1.05;2026 年 3601.05 × 365 × 1.1% ÷ 360 = 40.16
            for person in [Given.one, ID(3)] {
                #expect(try await store.balance(person) == Money(fen: 360_000 + 105 + 4_016))
            }
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("两年没有结息的账户清退:逐年补结,再结到前一日,一年也不漏", arguments: StoreKind.allCases)
    func openYears(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let policy = try Given.policy()
            _ = try await store.credit("2025-01", [Given.one: 36_000], on: "2025-12-02")
            let closed = try await store.write { tx in
                try Contributions.closeAccount(
                    tx, area: Given.area, of: Given.one, .death, on: Given.day("2027-01-11"),
                    to: .bank(name: "示例甲", account: "6222000000000000"), policy, Given.ground("2027-01-11"))
            }
            // 2025:10.50;2026:36010.50 × 365 × 1.1% ÷ 360 = 401.62;2027:36412.12 × 10 × 1.1% ÷ 360 = 11.13
            #expect(closed.interest == Money(fen: 1_050 + 40_162 + 1_113))
            #expect(closed.paid == Money(fen: 3_600_000 + 42_325))
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("红字更正上年利息,减的是结转部分,当年划入的照旧计活期", arguments: StoreKind.allCases)
    func correctedInterest(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            _ = try await store.credit("2025-01", [Given.one: 3_600_000], on: "2025-12-02")
            _ = try await Self.settle(store, 2025, on: "2026-01-03")
            _ = try await store.credit("2026-01", [Given.one: 100], on: "2026-02-01")
            let interest = try #require(try await store.entries().first { $0.kind == .interest })
            #expect(interest.amount == Money(yuan: 1_050))
            _ = try await store.write { tx in
                try Contributions.correct(tx, area: Given.area, interest.id, Given.ground("2026-03-01", "利率有误"))
            }
            _ = try await Self.settle(store, 2026, on: "2027-01-02")
            let statement = try #require(try await Self.statement(store, 2026))
            // 结转:3601050 × 59 天 + 3600000 × 306 天,× 1.1% ÷ 360;当年:100 × 334 天 × 0.35% ÷ 360
            #expect(statement.interest.map(\.carried) == [Money(fen: 4_015_189)])
            #expect(statement.interest.map(\.current) == [Money(fen: 32)])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("几位继承人按份额分配:合计恰为本息,一分不差;各人证明和去向都记下", arguments: StoreKind.allCases)
    func heirs(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let policy = try Given.policy()
            _ = try await store.credit("2026-01", [Given.one: 3_600], on: "2026-01-01")
            let shares = [
                AccountShare(.heir(Given.two, name: "示例配偶"), relation: .spouse, proof: "证一"),
                AccountShare(.bank(name: "示例子", account: "6222000000000001"), relation: .child, proof: "证二"),
                AccountShare(.heir(ID(3), name: "示例女"), relation: .child, proof: "证三"),
            ]
            let closed = try await store.write { tx in
                try Contributions.closeAccount(
                    tx, area: Given.area, of: Given.one, .death, on: Given.day("2026-01-31"), among: shares, .statutory,
                    policy, Given.ground("2026-01-31", "死亡医学证明"))
            }
            // 3600 + 30 天利息 1.05,三份
            let third = Money(fen: 120_035)
            #expect(closed.paid == Money(fen: 360_105) && closed.shares.map(\.amount) == [third, third, third])
            #expect(closed.paidToBanks == third)
            #expect(try await store.balance(Given.two) == third)
            #expect(try await store.balance(ID(3)) == third)
            #expect(try await store.entries(ID(3)).map(\.kind) == [.inherited])
            let kept = try await store.read { try Contributions.closings($0, area: Given.area, of: Given.one) }
            #expect(kept.map(\.manner) == [.statutory] && kept[0].payees.map(\.share) == shares)
            #expect(try await brokenPlaces(of: store) == [])
            // What comes later is shared again.
            _ = try await store.write { tx in
                try Contributions.creditMonth(
                    tx, area: Given.area, month: Given.month("2026-02"),
                    [AccountPosting(person: Given.one, amount: Money(fen: 100))], intoClosed: true,
                    Given.ground("2026-02-10"))
            }
            let again = try await store.write { tx in
                try Contributions.closeAccount(
                    tx, area: Given.area, of: Given.one, .death, on: Given.day("2026-02-10"), among: shares, .statutory,
                    policy, Given.ground("2026-02-10"))
            }
            #expect(again.shares.map(\.amount) == [Money(fen: 33), Money(fen: 34), Money(fen: 33)])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("继承人名单:法定顺序、份额、重复、遗嘱以外的人,一次说全;份额怎样合计都恰为总额")
    func inheritance() {
        let sibling = AccountShare(.bank(name: "兄", account: "1"), relation: .sibling)
        let child = AccountShare(.bank(name: "子", account: "2"), relation: .child)
        let friend = AccountShare(.bank(name: "友", account: "3"), parts: 0, relation: .named)
        #expect(Inheritance.problems([child, child], .statutory).map(\.code) == ["contributions.heirs.twice"])
        #expect(
            Inheritance.problems([child, sibling, friend], .statutory).map(\.code)
                == ["contributions.heirs.parts", "contributions.heirs.named", "contributions.heirs.order"])
        #expect(Inheritance.problems([sibling], .statutory).isEmpty)
        #expect(Inheritance.problems([child, sibling], .will).isEmpty)
        #expect(Inheritance.problems([], .settled).map(\.code) == ["contributions.heirs.count"])
        for (total, parts) in [(1, [1, 1, 1]), (100, [1, 1, 1]), (99_999, [7, 3, 90, 1]), (0, [2, 3])]
            as [(Int64, [Int64])]
        {
            let shares = parts.map { AccountShare(.bank(name: "\($0)", account: "\($0)"), parts: $0) }
            let amounts = Inheritance.amounts(of: Money(fen: total), shares)
            #expect(amounts.total() == Money(fen: total) && amounts.allSatisfy { $0 >= .zero })
        }
    }

    @Test("共济范围按日子:2024 年不含其他近亲属,2025 年起含")
    func relations() throws {
        let policy = try Given.policy()
        #expect(try Contributions.sharingRelations(policy, on: Given.day("2024-06-01")).count == 3)
        #expect(throws: Problem.self) {
            try Contributions.requireShareable(.otherRelative, policy, on: Given.day("2024-06-01"))
        }
        try Contributions.requireShareable(.otherRelative, policy, on: Given.day("2026-06-01"))
    }
}
