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

/// From the figure to its rows: on the page, as CSV, as Excel.
@Suite("The risk self-check drills down")
struct RiskPagesTests {
    private static let receipts = 507

    /// More overdue money in suspense than a page shows, and a matter that is late twice over.
    private func neglect(_ house: TestHouse) async throws {
        let (agency, area) = (house.house.agency, house.house.area)
        let today = agency.clock().day
        try await agency.store.write { tx in
            try Contributions.takeIn(
                tx, area: area, from: .bank,
                (1...Self.receipts).map {
                    PaymentLine(
                        serial: "W\($0)", payerCode: "", payerName: "无名氏", amount: Money(yuan: 10), paidDay: today)
                }, find: { _ in [:] }, lateFees: { _ in nil },
                Ground("银行到账", by: .system, at: Moment(today, hour: 10)))
        }
        house.clock.now = Moment(today + 60, hour: 9)
    }

    private func lines(_ csv: [UInt8]) -> [Substring] {
        String(decoding: csv, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst().map { $0 }
    }

    @Test(
        "Every point opens with the rows that its figure counts; the files hold all of them",
        arguments: StoreKind.allCases)
    func everyPoint(_ kind: StoreKind) async throws {
        try await withTestHouse(kind) { house in
            try await neglect(house)
            let visit = try await Visit(house)
            try await visit.signIn(["director"])
            let last = house.clock.now.day
            let report = try await house.house.agency.riskCheck(
                house.house.area, from: last - 89, through: last, rowsMax: .max)
            let all = try await visit.get("/risk")
            let table = lines(try await visit.get("/risk.csv").bytes)
            #expect(table.count == report.points.count)
            for (point, line) in zip(report.points, table) {
                #expect(all.text.contains("/risk/\(point.code)"), "\(point.code)")
                #expect(line.contains(point.title) && line.contains(",\(point.rowCount),"), "\(point.code): \(line)")
                let page = try await visit.get("/risk/\(point.code)")
                #expect(page.status == 200 && page.text.contains(point.figure), "\(point.code)")
                let rows = lines(try await visit.get("/risk/\(point.code).csv").bytes)
                #expect(rows.count == point.rowCount, "\(point.code): \(point.figure)")
                for (row, line) in zip(point.rows, rows).prefix(3) {
                    #expect(
                        row.cells.allSatisfy { $0.isEmpty || line.contains($0) }, "\(point.code): \(line) \(row.cells)")
                }
            }
            let suspense = try #require(report.points.first { $0.code == "contributions.suspense" })
            #expect(suspense.rowCount == Self.receipts && suspense.figure.hasPrefix("\(Self.receipts) 笔"))
            let shown = try await visit.get("/risk/contributions.suspense").text
            #expect(shown.contains("共 507 行,本页列前 500 行"))
            let excel = try await visit.get("/risk/contributions.suspense.xlsx")
            #expect(lines(try Workbook.csv(excel.bytes, name: "导出.xlsx")).count == Self.receipts)
        }
    }
}
