import Agency
import Basics
import Contributions
import Control
import Demonstration
import Foundation
import Sheets
import Storage
import TestKit
import Testing

@testable import Counter

/// What a list shows page by page comes out as one file, whole.
@Suite("Lists as files")
struct ListExportTests {
    private static let receipts = 1_203

    /// Money of nobody's, more than two readings of an export hold.
    private func takeIn(_ house: TestHouse) async throws {
        let (agency, area) = (house.house.agency, house.house.area)
        let today = agency.clock().day
        try await agency.store.write { tx in
            try Contributions.takeIn(
                tx, area: area, from: .bank,
                (1...Self.receipts).map { number in
                    PaymentLine(
                        serial: "W\(number)", payerCode: "", payerName: number % 100 == 7 ? "示范厂\(number)" : "无名氏",
                        amount: Money(yuan: Int64(number)), paidDay: today)
                }, find: { _ in [:] }, lateFees: { _ in nil },
                Ground("银行到账", by: .system, at: Moment(today, hour: 10)))
        }
    }

    /// The cells of a column, without the heading.
    private func column(_ title: String, ofCSV bytes: [UInt8]) throws -> [String] {
        let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\u{FEFF}", with: "")
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let index = try #require(lines.first?.firstIndex { $0 == title })
        return lines.dropFirst().map { String($0[index]) }
    }

    @Test("Each row of a list of many pages is in its file, and is there once", arguments: StoreKind.allCases)
    func whole(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            try await takeIn(house)
            let clerk = try await Visit(house)
            try await clerk.signIn(["contributions.receipts"])
            let wanted = (1...Self.receipts).map { "W\($0)" }
            for path in ["/suspense", "/receipts"] {
                let csv = try await clerk.get(path + ".csv")
                #expect(try column("流水号", ofCSV: csv.bytes) == wanted, "\(path)")
                let excel = try await clerk.get(path + ".xlsx")
                #expect(try column("流水号", ofCSV: Workbook.csv(excel.bytes, name: "导出.xlsx")) == wanted, "\(path)")
                let page = try await clerk.get(path).text
                #expect(page.contains("下一页") && page.contains(">W100<") && !page.contains(">W101<"), "\(path)")
            }
        }
    }

    @Test(
        "Money that came in is found by its serial, or by the beginning of the payer's name",
        arguments: StoreKind.allCases)
    func searched(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            try await takeIn(house)
            let clerk = try await Visit(house)
            try await clerk.signIn(["contributions.receipts"])
            for path in ["/receipts", "/suspense"] {
                let one = try await clerk.get(path + ".csv?q=W1107")
                #expect(try column("流水号", ofCSV: one.bytes) == ["W1107"])
                let payer = try await clerk.get(path + ".csv?q=%E7%A4%BA%E8%8C%83%E5%8E%82")
                #expect(
                    try column("流水号", ofCSV: payer.bytes)
                        == stride(from: 7, to: Self.receipts, by: 100).map { "W\($0)" })
                let nobody = try await clerk.get(path + "?q=W9999")
                #expect(nobody.text.contains("W9999") && !nobody.text.contains("无名氏"))
            }
        }
    }

    @Test("Lists answer what is asked of them, also where nothing is found", arguments: StoreKind.allCases)
    func narrowed(_ kind: StoreKind) async throws {
        let addresses = [
            "/bills?month=2026-01&state=open", "/bills?payer=1&state=reversed", "/transfers?q=1", "/transfers?q=ZY1",
            "/population?after=5",
        ]
        try await withTestHouse(kind) { house in
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            for address in addresses {
                let page = try await visit.get(address)
                #expect(page.status == 200, "\(address) \(page.text)")
            }
        }
    }

    @Test("What one file cannot hold is refused with a sentence that tells how to narrow, and is never cut")
    func refused() async throws {
        let pages = ["1": 4, "2": 4, "3": 3]
        @Sendable func read(_ query: Query) async throws -> ListPage {
            let number = query.number("after") ?? 1
            let rows = (0..<(pages["\(number)"] ?? 0)).map { [Table.Cell.text("\(number)-\($0)")] }
            return ListPage(
                title: "应缴", path: "/bills", table: Table(["行"], rows, empty: ""),
                next: number < 3 ? "/bills?after=\(number + 1)" : nil)
        }
        let first = Query(fields: [:])
        #expect(try await ListExport(rowsMax: 11).sheet(from: first, read).rows.count == 11)
        let problem = await #expect(throws: Problem.self) {
            _ = try await ListExport(rowsMax: 10).sheet(from: first, read)
        }
        #expect(problem?.code == "counter.export.tooManyRows")
        #expect(problem?.message.contains("超过 10 行") == true && problem?.message.contains("缩小范围") == true)
    }

    @Test("All problems of a table can be taken along as a file, also those that the page does not list")
    func problems() throws {
        let kind = try #require(Agency.matterCatalogue["contributions.receipts.take"])
        var view = FormView(kind: kind)
        view.problems = (1...250).map { Problem("table.cell", field: "第 \($0) 行 金额", "金额不是数字") }
        let address = try #require(view.model["cellsFile"] as? String)
        let bytes = try #require(Data(base64Encoded: String(address.dropFirst("data:text/csv;base64,".count))))
        #expect(try column("行", ofCSV: Array(bytes)) == (1...250).map(String.init))
    }

    @Test("Providers come page by page, in the file all of them", arguments: StoreKind.allCases)
    func providers(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            let clerk = try await Visit(house)
            try await clerk.signIn()
            let all = try await column("机构编号", ofCSV: clerk.get("/providers.csv").bytes)
            let first = try #require(all.first)
            let following = try await clerk.get("/providers?after=\(first)").text
            #expect(!following.contains("/providers/\(first)\""))
            for code in all.dropFirst().prefix(50) { #expect(following.contains("/providers/\(code)\"")) }
            #expect(following.contains("回到开头"))
        }
    }
}
