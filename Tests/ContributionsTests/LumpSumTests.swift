import Basics
import Control
import Storage
import StoreKit
import Testing

@testable import Contributions

/// A retired person's missing years are paid at once, and once.
@Suite("A lump sum is billed for its decision, and only one of them ever")
struct LumpSumTests {
    private static let person = Town.people[0]

    @discardableResult
    private static func bill(
        _ tx: any Transaction, decision: Int64, _ yuan: Int64, on day: String = "2026-02-05"
    ) throws -> ID<LevyBill> {
        let month = Town.day(day).month
        return try Contributions.billLumpSum(
            tx, area: Town.area, person, decision: decision, month: month, Money(yuan: yuan), due: month.last,
            Town.ground(day, "一次性补缴"))
    }

    private static func pay(_ tx: any Transaction, _ serial: String, _ yuan: Int64, on day: String) throws {
        try Town.pay(tx, serial, Money(yuan: yuan), code: "\(person)", period: nil, on: day, from: .bank)
    }

    /// What the standing bill says, and how much of it is owed.
    private static func standing(_ store: any Store) async throws -> (payable: Money, owed: Money, paidOn: Day?) {
        try await store.read { tx in
            let bill = try #require(try Contributions.lumpBill(tx, area: Town.area, of: person))
            let standing = try Contributions.standing(tx, area: Town.area, of: bill, terms: nil, on: bill.due)
            return (
                bill.payable, standing.outstanding, try Contributions.settledDay(tx, area: Town.area, of: bill)
            )
        }
    }

    private static func suspense(_ store: any Store) async throws -> Money {
        try await store.read { try Contributions.suspense($0, area: Town.area, limit: 10) }.map(\.amount).total()
    }

    @Test(
        "Decided anew with a higher sum after it was paid: the difference alone is owed", arguments: StoreKind.allCases)
    func higher(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Self.bill(tx, decision: 1, 8_840)
                try Self.pay(tx, "L1", 8_840, on: "2026-02-10")
            }
            #expect(try await Self.standing(store) == (Money(yuan: 8_840), .zero, Town.day("2026-02-10")))
            #expect(
                try await refusals { _ = try await store.write { try Self.bill($0, decision: 1, 8_840) } }
                    == ["contributions.lump.billed"])
            try await store.write { try Self.bill($0, decision: 2, 9_282, on: "2026-03-02") }
            #expect(try await Self.standing(store) == (Money(yuan: 9_282), Money(yuan: 442), nil))
            let bills = try await store.read { try Contributions.bills($0, area: Town.area, of: .person(Self.person)) }
            #expect(bills.map(\.payable).total() == Money(yuan: 9_282), "red and black come to one sum")
            try await store.write { try Self.pay($0, "L2", 442, on: "2026-03-09") }
            #expect(try await Self.standing(store) == (Money(yuan: 9_282), .zero, Town.day("2026-03-09")))
            #expect(try await Self.suspense(store) == .zero)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "A lower sum sets off what was paid, the rest waits to be given back; an unpaid bill gives way whole",
        arguments: StoreKind.allCases)
    func lower(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Self.bill(tx, decision: 1, 1_000)
                try Self.bill(tx, decision: 2, 900, on: "2026-02-06")
            }
            #expect(try await Self.standing(store) == (Money(yuan: 900), Money(yuan: 900), nil))
            try await store.write { tx in
                try Self.pay(tx, "L1", 900, on: "2026-02-10")
                try Self.bill(tx, decision: 3, 700, on: "2026-02-12")
            }
            #expect(try await Self.standing(store) == (Money(yuan: 700), .zero, Town.day("2026-02-10")))
            #expect(try await Self.suspense(store) == Money(yuan: 200))
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("Withdrawn, its bill is red and what was paid of it waits in suspense", arguments: StoreKind.allCases)
    func withdrawn(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { tx in
                try Self.bill(tx, decision: 1, 1_000)
                try Self.pay(tx, "L1", 400, on: "2026-02-10")
            }
            // Nothing exact was owed: the part payment waits, and is claimed.
            try await store.write { tx in
                let waiting = try Contributions.suspense(tx, area: Town.area, limit: 1)[0]
                let bill = try #require(try Contributions.lumpBill(tx, area: Town.area, of: Self.person))
                try Contributions.clear(
                    tx, area: Town.area, waiting.receipt.id, to: bill.id, Money(yuan: 400), lateFees: Town.lateFees,
                    Town.ground("2026-02-11"))
                #expect(
                    try Contributions.withdrawLumpSum(tx, area: Town.area, of: Self.person, Town.ground("2026-02-12"))?
                        .id == bill.id)
                #expect(try Contributions.lumpBill(tx, area: Town.area, of: Self.person) == nil)
            }
            #expect(try await Self.suspense(store) == Money(yuan: 400))
            #expect(try await Town.broken(store) == [])
        }
    }
}
