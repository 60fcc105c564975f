import Basics
import Contributions
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency

/// What cannot be carried out is said when a matter is handed in, and once more before it is approved.
@Suite("征缴办件受理时就核对:办不了的当场说,不等到最后一级审批")
struct AcceptanceTests {
    private static let bank = "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\n"

    /// January billed for two employers; the first has paid 60 yuan too much.
    private static func overpaid(
        _ store: any Store
    ) async throws -> (desk: Desk, bills: [LevyBill], over: ID<Receipt>) {
        let desk = try await Desk.open(store)
        try await desk.county.declareWages()
        #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
        let bills = try await store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 10) }
        let file = bank + "B1,\(bills[0].id),,示例户名,3300.00,2026-01-19\n"
        #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
        let over = try await store.read { try Contributions.suspense($0, area: County.area, limit: 10) }
        return (desk, bills, try #require(over.first).receipt.id)
    }

    /// With what a matter is refused when it is handed in; nothing when it was accepted.
    private static func refused(_ desk: Desk, _ code: String, _ form: [String: String]) async throws -> [String] {
        try await refusals { try await desk.approve(code, form) }
    }

    private static func matterCount(_ store: any Store) async throws -> Int64? {
        try await store.read {
            try $0.first("SELECT count(*) FROM matter WHERE area = ?", Value(County.area)) { try $0.int(0) }
        }
    }

    @Test("认领、退费、到账更正:没有的到账和应缴单一次说全,超出暂收的、超出欠费的不受理", arguments: StoreKind.allCases)
    func moves(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let (desk, bills, over) = try await Self.overpaid(store)
            let before = try await Self.matterCount(store)
            func clear(_ receipt: String, _ bill: String, _ amount: String) async throws -> [String] {
                try await Self.refused(
                    desk, "contributions.suspense.clear",
                    ["receipt": receipt, "bill": bill, "amount": amount, "reason": "认领"])
            }
            #expect(
                try await clear("999", "999", "1.00") == [
                    "contributions.receipt.unknown", "contributions.bill.unknown",
                ])
            #expect(try await clear("\(over)", "\(bills[1].id)", "61.00") == ["contributions.suspense.short"])
            #expect(try await clear("\(over)", "\(bills[0].id)", "60.00") == ["contributions.clear.exceeds"])
            let back = ["receipt": "\(over)", "amount": "60.01", "payee": "示例单位", "account": "1", "reason": "多缴"]
            #expect(try await Self.refused(desk, "contributions.refund", back) == ["contributions.suspense.short"])
            #expect(
                try await Self.refused(desk, "contributions.receipt.void", ["receipt": "999", "reason": "退票"])
                    == ["contributions.receipt.unknown"])
            #expect(try await Self.matterCount(store) == before, "没有受理的不留办件")
            #expect(try await desk.broken() == [])
        }
    }

    @Test("分期、减免滞纳金、一次性补缴、待遇核定撤销:没有欠费、没有滞纳金、没有核定的不受理", arguments: StoreKind.allCases)
    func debts(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let (desk, bills, _) = try await Self.overpaid(store)
            let before = try await Self.matterCount(store)
            guard case .employer(let paid) = bills[0].payer else {
                preconditionFailure("employers are billed by the month")
            }
            let parts = ["employer": "\(paid)", "first": "2025-12", "count": "60", "reason": "周转困难"]
            #expect(
                try await Self.refused(desk, "contributions.instalments", parts) == [
                    "contributions.instalments.count", "contributions.instalments.past",
                    "contributions.instalments.nothing",
                ])
            let waiver = ["bill": "\(bills[1].id)", "amount": "1.00", "reason": "不可抗力"]
            #expect(try await Self.refused(desk, "contributions.waive", waiver) == ["contributions.waiver.amount"])
            let working = try await store.read { tx in
                try #require(
                    try Enrolment.find(
                        tx, area: County.area, paper: IdentityPaper(kind: .residentID, number: County.idNumber(0))))
            }
            #expect(
                try await Self.refused(desk, "contributions.lump", ["person": "\(working)"])
                    == ["contributions.lump.none"])
            #expect(
                try await Self.refused(desk, "settlement.ruling.withdraw", ["ruling": "99", "ground": "迁回"])
                    == ["settlement.ruling.unknown"])
            #expect(try await Self.matterCount(store) == before, "没有受理的不留办件")
        }
    }

    @Test("财政补助到账、空白票据:拨款单重复、金额为零、日期未到一次说全;不在库的票号不受理", arguments: StoreKind.allCases)
    func subsidiesAndBlanks(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            var subsidy = ["serial": "拨1", "payer": "示范财政局", "fiscal": "480.00", "aid": "0", "paid": "2026-01-19"]
            #expect(try await desk.carryOut("contributions.subsidy.take", subsidy) == [])
            subsidy["fiscal"] = "0"
            subsidy["paid"] = "2026-01-21"
            #expect(
                try await Self.refused(desk, "contributions.subsidy.take", subsidy) == [
                    "contributions.subsidy.amount", "contributions.receipt.future", "contributions.receipt.doubled",
                ])
            let taken = try await store.read { try Contributions.receipts($0, area: County.area, serial: "拨1") }
            // A wrong appropriation is corrected like any receipt, and its number may come again.
            let void = ["receipt": "\(taken[0].id)", "reason": "金额有误"]
            #expect(try await desk.carryOut("contributions.receipt.void", void) == [])
            subsidy["fiscal"] = "490.00"
            subsidy["paid"] = "2026-01-19"
            #expect(try await desk.carryOut("contributions.subsidy.take", subsidy) == [])
            #expect(try await desk.carryOut("contributions.book", [:]) == [])
            func move(_ movement: BlankMovement, _ first: Int, _ last: Int) async throws -> [String] {
                try await Self.refused(
                    desk, "contributions.blanks.move",
                    [
                        "series": "2026A", "movement": "\(movement.rawValue)", "first": "\(first)", "last": "\(last)",
                        "custodian": "票据库",
                    ])
            }
            #expect(try await move(.stocked, 10, 1) == ["contributions.blank.order"])
            #expect(try await move(.stocked, 1, 10) == [])
            #expect(try await move(.stocked, 10, 20) == ["contributions.blank.stockedBefore"])
            #expect(try await move(.issued, 1, 11) == ["contributions.blank.elsewhere"])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("受理时还办得了、批准时已经办不了:同一笔暂收的第二件退费批准时退回,说明余额", arguments: StoreKind.allCases)
    func again(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let (desk, _, over) = try await Self.overpaid(store)
            let back = ["receipt": "\(over)", "amount": "60.00", "payee": "示例单位", "account": "1", "reason": "多缴"]
            let steps = try desk.matters.kind("contributions.refund").steps(for: Money(yuan: 60))
            let opened = try await store.write { [matters = desk.matters, staff = desk.staff] tx in
                try (0..<2).map { _ in
                    try matters.open(tx, "contributions.refund", form: back, by: staff[steps[0].post]!, at: County.at)
                }
            }
            func agree(_ outcome: MatterOutcome) async throws -> MatterOutcome {
                try await store.write { [matters = desk.matters, staff = desk.staff] tx in
                    try matters.act(
                        tx, outcome.matter, .agree("同意"), seen: outcome.version, by: staff[steps[1].post]!,
                        at: County.at + 60)
                }
            }
            #expect(steps.count == 2)
            #expect(try await agree(opened[0]).isCarriedOut)
            let late = try await agree(opened[1])
            #expect(late.problems.map(\.code) == ["contributions.suspense.short"] && late.state == .underWay)
            #expect(late.problems[0].message.contains("暂收余额是 0.00 元"))
            #expect(try await desk.broken() == [])
        }
    }
}
