import Basics
import Contributions
import Control
import Storage
import StoreKit
import Testing

@testable import Agency

/// A file of the tax office says what was paid, given back and paid again; it is taken in as it happened.
@Suite("税务文件里的退费按先后办理")
struct RefundOrderTests {
    private static let heading = "电子税票号码,应缴单号,纳税人识别号,纳税人名称,费款所属期,实缴金额,入库日期,原电子税票号码\n"
    private static let at = Moment(Day("2026-03-02")!, hour: 9)

    private static func billed(_ desk: Desk) async throws -> LevyBill {
        try await desk.county.declareWages()
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
        return try await desk.store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 1)[0] }
    }

    private static func standing(_ desk: Desk, _ bill: LevyBill) async throws -> BillStanding {
        try await desk.store.read { tx in
            let fees = Agency.lateFees(try Agency.law(tx, area: County.area))
            return try Contributions.standing(
                tx, area: County.area, of: bill, terms: fees(bill.months.lowerBound), on: at.day)
        }
    }

    private static func suspense(_ desk: Desk) async throws -> Money {
        try await desk.store.read { try Contributions.suspense($0, area: County.area, limit: 10) }.map(\.amount).total()
    }

    /// Paid wrongly by 3,240, given back, and paid again: what the refund opened takes the second payment.
    private static let corrected = [
        ("T1", "3240.00", "2026-02-05", ""), ("T2", "-3240.00", "2026-02-06", "T1"),
        ("T3", "3240.00", "2026-02-09", ""),
    ]

    @Test(
        "缴费、全额退费、再缴费:第二笔缴的是退费重新打开的应缴单;行的顺序打乱也一样",
        arguments: StoreKind.allCases, [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
    func paidAgain(_ kind: StoreKind, _ order: [Int]) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let bill = try await Self.billed(desk)
            let text = order.reduce(Self.heading) { text, index in
                let (serial, amount, day, original) = Self.corrected[index]
                return text + "\(serial),\(bill.id),\(County.creditCode(0)),示例单位,2026-01,\(amount),\(day),\(original)\n"
            }
            for _ in 0..<2 {
                #expect(
                    try await desk.carryOut("contributions.receipts.take", ["source": "1"], file: text, at: Self.at)
                        == [])
            }
            #expect(try await Self.standing(desk, bill).state == .paid)
            #expect(try await Self.suspense(desk) == .zero)
            #expect(try await desk.carryOut("contributions.book", [:], at: Self.at) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("同一天:多缴、退多缴的、又补一笔,按文件的先后;退得比剩下的多就整件退回", arguments: StoreKind.allCases)
    func sameDay(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1)
            let bill = try await Self.billed(desk)
            func line(_ serial: String, _ amount: String, _ original: String = "") -> String {
                "\(serial),\(bill.id),\(County.creditCode(0)),示例单位,2026-01,\(amount),2026-02-09,\(original)\n"
            }
            let tooMuch =
                Self.heading + line("T1", "3300.00") + line("T2", "-2000.00", "T1") + line("T3", "-1500.00", "T1")
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "1"], file: tooMuch, at: Self.at)
                    .map(\.code) == ["contributions.receipt.tooMuchBack"])
            let text =
                Self.heading + line("T1", "3300.00") + line("T2", "-160.00", "T1") + line("T3", "40.00")
                + line("T4", "-10.00", "T3") + line("T5", "70.00")
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "1"], file: text, at: Self.at) == [])
            // 3,300 − 160 + 40 − 10 + 70: exactly what is owed.
            let standing = try await Self.standing(desk, bill)
            #expect(standing.state == .paid && standing.paid == Money(yuan: 3_240))
            #expect(try await Self.suspense(desk) == .zero)
            #expect(try await desk.broken() == [])
        }
    }
}
