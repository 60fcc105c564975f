import Basics
import Sheets

/// A whole list as one table (导出): page after page as the list's own links lead on, each read in a transaction of its
/// own, so that a long export holds up nobody. What one file cannot hold is refused aloud, never cut.
struct ListExport: Sendable {
    /// Excel 的上限,表头之外;CSV 与它一致,因为导出的 CSV 也多半用 Excel 打开
    var rowsMax = Sheet.excelRows - 1

    func sheet(from query: Query, _ read: @Sendable (Query) async throws -> ListPage) async throws -> Sheet {
        var page = try await read(query)
        var sheet = page.table.sheet(page.title)
        try check(sheet)
        while let next = page.next {
            try Task.checkCancellation()
            page = try await read(Query(address: next))
            sheet.rows += page.table.sheet(page.title).rows
            try check(sheet)
        }
        return sheet
    }

    private func check(_ sheet: Sheet) throws {
        guard sheet.rows.count <= rowsMax else {
            throw Problem(
                "counter.export.tooManyRows",
                "要导出的“\(sheet.name)”超过 \(rowsMax) 行,一个文件装不下;请用列表上方的条件(日期、状态、对象)缩小范围,分几次导出")
        }
    }
}
