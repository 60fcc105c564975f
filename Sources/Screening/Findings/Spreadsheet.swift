import Basics
import CXlsxWriter

/// Findings as an Excel workbook, up to the sheet's limit of rows.
final class Spreadsheet {
    static let mostRows = 1_048_575
    /// 2026-01-01, as seconds since 1970: the same in every workbook.
    private static let created = 1_767_225_600
    /// Excel's limit of characters in a cell.
    private static let mostCharacters = 32_767

    private let workbook: UnsafeMutablePointer<lxw_workbook>
    private let sheet: UnsafeMutablePointer<lxw_worksheet>
    private var row: UInt32 = 0
    private(set) var isFull = false

    init(_ path: String, temporary: String) throws {
        // Constant memory: each row is written when the next begins.
        let book = temporary.withCString { folder in
            var options = lxw_workbook_options(
                constant_memory: 1, tmpdir: UnsafeMutablePointer(mutating: folder), use_zip64: 1)
            return workbook_new_opt(path, &options)
        }
        guard let book, let sheet = workbook_add_worksheet(book, "疑点") else {
            throw Problems(Problem("screening.out.workbook", field: path, "写不了工作簿,请检查文件夹的权限"))
        }
        // The time of writing would make two workbooks of the same findings differ.
        var properties = lxw_doc_properties()
        properties.created = Spreadsheet.created
        workbook_set_properties(book, &properties)
        workbook = book
        self.sheet = sheet
        worksheet_freeze_panes(sheet, 1, 0)
        worksheet_set_column(sheet, 0, 15, 16, nil)
    }

    /// Numeric columns go in as numbers so that a sheet can sum them.
    func write(_ cells: [Substring], numbers: Set<Int> = []) {
        if Int(row) > Spreadsheet.mostRows {
            isFull = true
            return
        }
        for (column, cell) in cells.enumerated() {
            let text =
                cell.utf16.count > Spreadsheet.mostCharacters
                ? String(cell.prefix(32_000)) + "…(全文见 findings.csv)" : String(cell)
            if numbers.contains(column), let value = FixedNumber.value(text) {
                worksheet_write_number(sheet, row, UInt16(column), value, nil)
            } else {
                worksheet_write_string(sheet, row, UInt16(column), text, nil)
            }
        }
        row += 1
    }

    func close() { workbook_close(workbook) }
}

/// Excel knows only floating point; amounts of two or four decimals survive it, and `findings.csv` is the record.
private enum FixedNumber {
    static func value(_ text: String) -> Double? { text.isEmpty ? nil : Double(text) }
}
