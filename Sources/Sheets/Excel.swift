import Basics
import CXlsxWriter
import Foundation

extension Sheet {
    /// Excel's limit, the header included.
    public static let excelRows = 1_048_576

    /// The table as an `.xlsx` workbook. Amounts go in as numbers with two decimals, everything else as text,
    /// so that identity numbers keep their digits.
    public func excel() throws -> [UInt8] {
        guard rows.count < Sheet.excelRows else {
            throw Problem(
                "sheet.export.tooManyRows", "要导出的行数超过 Excel 的上限 1,048,575 行,请缩小日期范围或改用 CSV")
        }
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("yibao-\(UUID().uuidString).xlsx").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var options = lxw_workbook_options()
        options.constant_memory = 1
        guard let book = workbook_new_opt(path, &options), let sheet = workbook_add_worksheet(book, nil) else {
            throw Problem("sheet.export.failed", "无法生成 Excel 文件,请检查服务器的临时目录是否已满后重试")
        }
        let bold = workbook_add_format(book)
        format_set_bold(bold)
        let amount = workbook_add_format(book)
        format_set_num_format(amount, "#,##0.00")
        for (index, column) in columns.enumerated() {
            worksheet_write_string(sheet, 0, lxw_col_t(index), column, bold)
            worksheet_set_column(sheet, lxw_col_t(index), lxw_col_t(index), Double(max(10, column.count * 2 + 4)), nil)
        }
        for (line, row) in rows.enumerated() {
            for (index, cell) in row.enumerated() {
                let (r, c) = (lxw_row_t(line + 1), lxw_col_t(index))
                switch cell {
                case .text(let text): worksheet_write_string(sheet, r, c, text, nil)
                // Excel knows no integers of hundredths: the value is exact to the fen up to 90 trillion yuan.
                case .money(let money): worksheet_write_number(sheet, r, c, Double(money.fen) / 100, amount)
                case .count(let count): worksheet_write_number(sheet, r, c, Double(count), nil)
                }
            }
        }
        worksheet_freeze_panes(sheet, 1, 0)
        guard workbook_close(book) == LXW_NO_ERROR else {
            throw Problem("sheet.export.failed", "写 Excel 文件失败,请检查服务器的临时目录是否已满后重试")
        }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}
