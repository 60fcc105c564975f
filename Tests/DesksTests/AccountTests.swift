import Basics
import Contributions
import Control
import Storage
import StoreKit
import Testing

@Suite("个人账户")
struct AccountTests {
    static let owner = ID<Person>(1)
    static let wife = ID<Person>(2)

    /// People are found by a number that stands for their paper.
    static func find(_ person: PersonReference) -> ID<Person>? { Int64(person.paperNumber).map { ID($0) } }

    static func open(_ store: any Store, _ balances: String = "01,1,100.00\n01,2,30.00") async throws -> ImportOutcome {
        let sheet = try Contributions.readOpenings("psn_cert_type,certno,balc\n" + balances, file: "accounts.csv")
        return try await store.write { try Contributions.importOpenings($0, sheet, by: Given.origin, find: find) }
    }

    static func pay(
        _ store: any Store, settlement: Int64, own: Int64, shared: Int64 = 0, patient: ID<Person> = owner
    ) async throws -> [AccountEntry] {
        let payment = Contributions.Payment(
            area: Given.area, patient: patient, own: Money(yuan: own), shared: Money(yuan: shared),
            settlement: ID(settlement), at: Given.at)
        return try await store.write { try Contributions.pay($0, payment) }
    }

    static func balance(_ store: any Store, _ person: ID<Person> = owner) async throws -> Money? {
        try await store.read { try Contributions.balance($0, area: Given.area, of: person) }
    }

    @Test("期初导入一次;同一人两个不同的期初拒绝", arguments: StoreKind.allCases)
    func openings(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Contributions.migrations) { store in
            let first = try await Self.open(store)
            let again = try await Self.open(store)
            #expect((first.written, again.isRepeat) == (2, true))
            #expect(try await Self.open(store, "01,1,100.00\n01,3,5.00").written == 1)
            #expect(
                try await refusals { _ = try await Self.open(store, "01,1,90.00\n01,无此人,5.00") } == [
                    "contributions.opening.different", "contributions.person.unknown",
                ])
            #expect(try await Self.balance(store) == Money(yuan: 100))
            #expect(try await Self.balance(store, ID(9)) == nil)
        }
    }

    @Test("支付扣减余额,退费原路红字冲回,同一笔不能退两次", arguments: StoreKind.allCases)
    func payment(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Contributions.migrations) { store in
            _ = try await Self.open(store)
            let paid = try await Self.pay(store, settlement: 11, own: 60)
            #expect(paid.map(\.amount) == [Money(yuan: -60)])
            #expect(paid.map(\.balance) == [Money(yuan: 40)])
            #expect(
                try await refusals { _ = try await Self.pay(store, settlement: 12, own: 41) } == [
                    "contributions.account.insufficient"
                ])

            func refund(_ red: Int64) async throws -> [AccountEntry] {
                try await store.write {
                    try Contributions.refund($0, area: Given.area, of: ID(11), by: ID(red), at: Given.at)
                }
            }
            let refunded = try await refund(13)
            #expect(refunded.map(\.amount) == [Money(yuan: 60)])
            #expect(refunded.map(\.kind) == [.refund])
            #expect(try await Self.balance(store) == Money(yuan: 100))
            await #expect(throws: StoreError.self) { _ = try await refund(14) }
            #expect(try await Self.balance(store) == Money(yuan: 100))

            let entries = try await store.read { try Contributions.entries($0, area: Given.area, of: Self.owner) }
            #expect(entries.map(\.sequence) == [3, 2, 1])
            let settled = try await store.read {
                try Contributions.entries($0, area: Given.area, of: ID<SettlementRecord>(11))
            }
            #expect(settled == paid)
        }
    }

    @Test("家庭共济:先自己的,再亲属的,止于终止之日", arguments: StoreKind.allCases)
    func sharing(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Contributions.migrations) { store in
            _ = try await Self.open(store)
            let sharing = try await store.write {
                try Contributions.share(
                    $0, area: Given.area, owner: Self.owner, beneficiary: Self.wife, .spouse,
                    from: Given.day("2026-01-01"),
                    by: .system, at: Given.at)
            }
            func available(_ day: String) async throws -> AvailableAccounts {
                try await store.read {
                    try Contributions.available($0, area: Given.area, to: Self.wife, on: Given.day(day))
                }
            }
            #expect(try await available("2025-12-31") == AvailableAccounts(own: Money(yuan: 30)))
            #expect(try await available("2026-03-01").sharedTotal == Money(yuan: 100))
            let paid = try await Self.pay(store, settlement: 21, own: 30, shared: 45, patient: Self.wife)
            #expect(paid.map(\.kind) == [.payment, .sharedPayment])
            #expect(paid.map(\.owner) == [Self.wife, Self.owner])
            #expect(paid.allSatisfy { $0.patient == Self.wife })
            #expect(try await Self.balance(store) == Money(yuan: 55))

            try await store.write {
                try Contributions.endSharing(
                    $0, area: Given.area, sharing, last: Given.day("2026-02-28"), by: .system, ground: "本人申请",
                    at: Given.at)
            }
            #expect(try await available("2026-02-28").shared.count == 1)
            #expect(try await available("2026-03-01").shared.isEmpty)
            #expect(try await brokenPlaces(of: store, Contributions.evidence) == [])
            #expect(
                try await refusals {
                    _ = try await Self.pay(store, settlement: 22, own: 0, shared: 1, patient: Self.wife)
                }
                    == ["contributions.account.insufficient"])
        }
    }

    @Test("两家医院同时扣一个账户:只成一笔,余额不为负", arguments: StoreKind.allCases)
    func concurrent(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Contributions.migrations) { store in
            _ = try await Self.open(store)
            let outcomes = try await withThrowingTaskGroup(of: [String].self) { group in
                for settlement in 1...8 {
                    group.addTask {
                        try await refusals { _ = try await Self.pay(store, settlement: Int64(settlement), own: 30) }
                    }
                }
                return try await group.reduce(into: [[String]]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0.isEmpty } == 3)
            #expect(outcomes.count { $0 == ["contributions.account.insufficient"] } == 5)
            #expect(try await Self.balance(store) == Money(yuan: 10))
            #expect(try await store.read { try Contributions.verify($0, area: Given.area) } == [])
        }
    }

    @Test("流水不能改;绕过程序改余额,核验能找到", arguments: StoreKind.allCases)
    func verification(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Contributions.migrations) { store in
            _ = try await Self.open(store)
            _ = try await Self.pay(store, settlement: 31, own: 25)
            await #expect(throws: StoreError.self) {
                try await store.write { tx in
                    try tx.execute("UPDATE account_entry SET amount_fen = -1 WHERE area = ?", Value(Given.area))
                }
            }
            await #expect(throws: StoreError.self) {
                try await store.write { tx in
                    try tx.execute("UPDATE personal_account SET balance_fen = -1 WHERE area = ?", Value(Given.area))
                }
            }
            try await store.write { tx in
                try tx.execute(
                    "UPDATE personal_account SET balance_fen = balance_fen + 1 WHERE area = ? AND person = 1",
                    Value(Given.area))
            }
            let found = try await store.read { try Contributions.verify($0, area: Given.area) }
            #expect(found.map(\.code) == ["contributions.account.unbalanced"])
            #expect(found.first?.field == "personal_account 1")
        }
    }
}
