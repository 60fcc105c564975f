import Basics
import Foundation

/// A table as people hand it in (交来的表格): an Excel workbook, or CSV in UTF-8 or GB18030.
public enum SheetText {
    /// The table as CSV text.
    ///
    /// A workbook is known by its first bytes, not by its name; text that is not UTF-8 is read as GB18030, which is
    /// what Excel on Chinese Windows saves as CSV. A file that mixes the two is refused with its first bad line.
    ///
    /// - Throws: `sheet.text.encoding`, `sheet.workbook.*`
    public static func read(_ bytes: [UInt8], name: String) throws(Problems) -> String {
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            do { return String(decoding: try Workbook.csv(bytes, name: name), as: UTF8.self) } catch let problems
                as Problems
            {
                throw problems
            } catch {
                throw Problems(Problem("sheet.workbook.open", field: name, "打不开这个工作簿,请另存为 CSV 后重试"))
            }
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if let utf8 = String(validating: text, as: UTF8.self) { return utf8 }
        // UTF-8 that breaks off further down is a mixed file, and reading it as GB18030 would only hide that.
        if !mixesUTF8(text), let converted = GB18030.utf8(text) {
            return String(decoding: converted, as: UTF8.self)
        }
        throw Problems(
            Problem(
                "sheet.text.encoding", field: "\(name):\(firstBadLine(text))",
                "文件的字符编码前后不一致,请在 Excel 中另存为“CSV UTF-8”后重新上传"))
    }

    /// Whether lines hold Chinese characters well-formed in UTF-8. A line of GB18030 reads so once in a hundred
    /// thousand; more than one line in a thousand is no chance.
    private static func mixesUTF8(_ bytes: [UInt8]) -> Bool {
        var beyondASCII = 0
        var wellFormed = 0
        for line in bytes.split(separator: 0x0A) where line.contains(where: { $0 >= 0x80 }) {
            beyondASCII += 1
            if let text = String(validating: line, as: UTF8.self),
                text.unicodeScalars.contains(where: { $0.value >= 0x4E00 })
            {
                wellFormed += 1
            }
        }
        return wellFormed * 1000 > beyondASCII
    }

    private static func firstBadLine(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
    }
}
