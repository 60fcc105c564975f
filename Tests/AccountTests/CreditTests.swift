import Basics
import Contributions
import Control
import Policy
import Storage
import StoreKit
import Testing

@Suite("月划入、更正、补记")
struct CreditTests {
    @Test("一个月只划一次:再来一遍、换个金额、半批中断后重来,都不会多划", arguments: StoreKind.allCases)
    func creditsOnce(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let first = try await store.credit("2026-01", [Given.one: 100, Given.two: 60], on: "2026-01-10")
            #expect((first.posted, first.total, first.postedBefore) == (2, Money(yuan: 160), 0))
            let again = try await store.credit("2026-01", [Given.one: 100, Given.two: 60], on: "2026-01-11")
            #expect((again.posted, again.postedBefore, again.run) == (0, 2, nil))
            let wider = try await store.credit("2026-01", [Given.one: 999, ID(3): 30], on: "2026-01-12")
            #expect((wider.posted, wider.postedBefore) == (1, 1))
            _ = try await store.credit("2026-02", [Given.one: 100], on: "2026-02-10")
            #expect(try await store.balance() == Money(yuan: 200))
            #expect(try await store.entries().map(\.sequence) == [1, 2])
            #expect(try await store.entries().map(\.periodText) == ["2026-01", "2026-02"])
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("整批与柜台支付同时进行,余额不错一分", arguments: StoreKind.allCases)
    func besideTheCounter(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            let people = (1...40).map { ID<Person>(Int64($0)) }
            _ = try await store.credit(
                "2026-01", Dictionary(uniqueKeysWithValues: people.map { ($0, 100) }), on: "2026-01-10")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for month in 2...6 {
                    group.addTask {
                        _ = try await store.credit(
                            "2026-0\(month)", Dictionary(uniqueKeysWithValues: people.map { ($0, 100) }),
                            on: "2026-0\(month)-10")
                    }
                }
                for person in people {
                    group.addTask { try await store.pay(person.raw, 30, from: person, on: "2026-03-01") }
                }
                try await group.waitForAll()
            }
            for person in people { #expect(try await store.balance(person) == Money(yuan: 570)) }
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("多划的整笔冲回再补记;冲两次、冲结算、冲红字都拒绝", arguments: StoreKind.allCases)
    func correction(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            _ = try await store.credit("2026-01", [Given.one: 100], on: "2026-01-10")
            try await store.pay(7, 10, on: "2026-01-12")
            let entries = try await store.entries()
            func correct(_ entry: ID<AccountEntry>) async throws {
                try await store.write { tx in
                    _ = try Contributions.correct(tx, area: Given.area, entry, Given.ground("2026-01-20", "基数报错"))
                }
            }
            // What was paid from it meanwhile is not there to be taken back.
            #expect(try await refusals { try await correct(entries[0].id) } == ["contributions.account.exceeds"])
            _ = try await store.credit("2026-02", [Given.one: 50], on: "2026-02-10")
            try await correct(entries[0].id)
            #expect(try await store.balance() == Money(yuan: 40))
            #expect(
                try await refusals { try await correct(entries[0].id) } == ["contributions.entry.correctedBefore"])
            #expect(try await refusals { try await correct(entries[1].id) } == ["contributions.entry.ofSettlement"])
            let red = try #require(try await store.entries().last)
            #expect(red.kind == .correction && red.reverses == entries[0].id)
            #expect(try await refusals { try await correct(red.id) } == ["contributions.entry.red"])
            try await store.write { tx in
                _ = try Contributions.supplement(
                    tx, area: Given.area, month: Given.month("2026-01"),
                    [AccountPosting(person: Given.one, amount: Money(yuan: 80))], Given.ground("2026-02-20"))
            }
            #expect(try await store.balance() == Money(yuan: 120))
            #expect(try await brokenPlaces(of: store) == [])
        }
    }

    @Test("划入额按政策:在职按基数的 2%,退休定额,单建统筹没有", arguments: [0])
    func amounts(_: Int) throws {
        let terms = try AccountCreditTerms(try Given.policy(), month: Given.month("2026-03"))
        #expect(terms.amount(for: .employed(base: Money(fen: 654_321))) == Money(fen: 13_086))
        #expect(terms.amount(for: .retired) == Money(yuan: 70))
        #expect(terms.amount(for: .poolOnly) == .zero)
    }

    @Test("流水、批次、结息记录都不能改;绕过程序少一分,核验指出批次", arguments: StoreKind.allCases)
    func verification(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.migrations) { store in
            _ = try await store.credit("2026-01", [Given.one: 100], on: "2026-01-10")
            for table in ["account_run", "account_entry", "account_year", "account_closing"] {
                await #expect(throws: StoreError.self) {
                    try await store.write { tx in
                        try tx.execute(SQL("DELETE FROM \(table)"))
                        // A table without rows has none to refuse for.
                        throw StoreError.failed("nothing to delete")
                    }
                }
            }
            try await store.write { tx in
                try tx.execute(
                    """
                    INSERT INTO account_entry (area, id, person, seq, kind, amount_fen, balance_fen, patient, period,
                        run, at)
                    SELECT area, id + 1000, person, 2, 13, 1, 10001, patient, period, run, at FROM account_entry
                    WHERE area = ?
                    """, Value(Given.area))
                try tx.execute("UPDATE personal_account SET balance_fen = 10001, entry_count = 2")
            }
            let codes = Set(try await brokenPlaces(of: store).map(\.code))
            #expect(codes.contains("contributions.account.brokenRun"))
        }
    }
}
