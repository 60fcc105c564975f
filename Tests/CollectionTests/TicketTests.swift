import Basics
import Contributions
import Control
import Storage
import StoreKit
import Testing

@testable import Agency

/// A school or village collects on tickets that it was issued; each pays once.
@Suite("代收票据:票号须是领用在手的,入账即核销")
struct TicketTests {
    private static let heading = "代收点,票据批次,票据号,应缴单号,证件号码,姓名,缴费年度,金额,收款日期\n"
    private static let series = "示财A"

    private static func move(
        _ desk: Desk, _ movement: BlankMovement, _ numbers: ClosedRange<Int64>, _ custodian: String
    ) async throws {
        let form = [
            "series": series, "movement": "\(movement.rawValue)", "first": "\(numbers.lowerBound)",
            "last": "\(numbers.upperBound)", "custodian": custodian,
        ]
        #expect(try await desk.carryOut("contributions.blanks.move", form) == [])
    }

    /// A hundred tickets in the store; the eastern village holds 1 to 20, of which it spoilt 5 and brought back 20; the
    /// western one holds 21 to 30.
    private static func issued(_ desk: Desk) async throws {
        try await move(desk, .stocked, 1...100, "票据保管员")
        try await move(desk, .issued, 1...20, "东村代收点")
        try await move(desk, .issued, 21...30, "西村代收点")
        try await move(desk, .voided, 5...5, "东村代收点")
        try await move(desk, .returned, 20...20, "东村代收点")
    }

    private static func line(_ agent: String, _ number: String, _ person: Int, series: String = series) -> String {
        "\(agent),\(series),\(number),,\(County.idNumber(person)),示例\(person),2026,400.00,2026-01-19\n"
    }

    private static func take(_ desk: Desk, _ file: String) async throws -> [Problem] {
        try await desk.carryOut("contributions.receipts.take", ["source": "4"], file: file)
    }

    private static func custody(_ desk: Desk) async throws -> BlankCustody {
        try await desk.store.read { try Contributions.custody($0, area: County.area, series: series) }
    }

    @Test("没领用的、别人的、交回的、作废的、没入库的票号逐行指出,整件退回;一笔不收", arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 3)
            try await Self.issued(desk)
            let file =
                Self.heading + Self.line("东村代收点", "1", 4) + Self.line("东村代收点", "5", 5)
                + Self.line("东村代收点", "20", 5) + Self.line("东村代收点", "21", 5) + Self.line("东村代收点", "101", 5)
                + Self.line("东村代收点", "2", 6, series: "示财B")
            let refused = try await Self.take(desk, file)
            #expect(refused.allSatisfy { $0.code == "contributions.receipt.ticketNotHeld" })
            #expect(refused.map { $0.field ?? "" } == (3...7).map { "表.csv:\($0) 票据号" })
            let reasons = ["已作废", "还在库存", "领用人是西村代收点", "没有入库", "没有入库"]
            #expect(refused.count == reasons.count)
            for (problem, reason) in zip(refused, reasons) { #expect(problem.message.contains(reason)) }
            #expect(try await Self.custody(desk).count(in: .used(by: "东村代收点")) == 0)
            let words = try await Self.take(desk, Self.heading + Self.line("东村代收点", "一号", 4))
            #expect(words.map(\.code) == ["contributions.receipt.ticket"])
        }
    }

    @Test("在手的票号入账并核销;同一文件再来不重复,同一票号第二次收款指出已使用", arguments: StoreKind.allCases)
    func used(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 3)
            try await Self.issued(desk)
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            let file =
                Self.heading + Self.line("东村代收点", "1", 4) + Self.line("东村代收点", "2", 5)
                + Self.line("东村代收点", "4", 6)
            for _ in 0..<2 { #expect(try await Self.take(desk, file) == []) }
            let custody = try await Self.custody(desk)
            #expect(custody.count(in: .used(by: "东村代收点")) == 3)
            #expect(custody.count(in: .custodian("东村代收点")) == 15)
            let (count, suspense) = try await store.read { tx in
                (
                    try Contributions.receipts(
                        tx, area: County.area, arrived: County.at.day...County.at.day, limit: 10
                    ).map(\.serial), try Contributions.suspense(tx, area: County.area, limit: 10).count
                )
            }
            #expect(count == ["示财A-1", "示财A-2", "示财A-4"] && suspense == 0)
            // The same ticket for another sum is somebody's slip or worse.
            let again = Self.heading + Self.line("东村代收点", "2", 4).replacing("400.00", with: "80.00")
            #expect(try await Self.take(desk, again).map(\.code) == ["contributions.receipt.different"])
            try await Self.move(desk, .used, 6...6, "东村代收点")
            let spent = try await Self.take(desk, Self.heading + Self.line("东村代收点", "6", 4))
            #expect(spent.map(\.code) == ["contributions.receipt.ticketNotHeld"])
            #expect(spent.first?.message.contains("已由东村代收点使用") == true)
            // Taken back by mistake: the file comes again, and the ticket stays written off.
            let first = try await store.read { try Contributions.receipts($0, area: County.area, serial: "示财A-1")[0] }
            let void = ["receipt": "\(first.id)", "reason": "误作重复"]
            #expect(try await desk.carryOut("contributions.receipt.void", void) == [])
            for _ in 0..<2 { #expect(try await Self.take(desk, file) == []) }
            let entries = try await store.read { try Contributions.receipts($0, area: County.area, serial: "示财A-1") }
            #expect(entries.map(\.entry) == [1, 2] && entries.map(\.amount) == [first.amount, first.amount])
            #expect(try await Self.custody(desk).count(in: .used(by: "东村代收点")) == 4)
            #expect(try await desk.broken() == [])
        }
    }
}
