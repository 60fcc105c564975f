import Basics
import CXML
import CZip
import Foundation

/// Reads the first sheet of an `.xlsx` workbook (Excel 工作簿) as CSV bytes. Cells formatted as dates
/// become `yyyy-MM-dd[ HH:mm:ss]`; everything else is text as the workbook stores it.
public enum Workbook {
    private static let mostBytes: UInt64 = 512 << 20

    /// The first sheet of a workbook on disk.
    public static func csv(path: String, name: String) throws -> [UInt8] {
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY, &code) else { throw unreadable(name) }
        defer { zip_discard(archive) }
        return try firstSheetAsCSV(archive, name: name)
    }

    /// The first sheet of a workbook in memory, as a browser uploads it.
    public static func csv(_ bytes: [UInt8], name: String) throws -> [UInt8] {
        try bytes.withUnsafeBytes { buffer in
            var failure = zip_error_t()
            guard let source = zip_source_buffer_create(buffer.baseAddress, UInt64(buffer.count), 0, &failure) else {
                throw unreadable(name)
            }
            guard let archive = zip_open_from_source(source, ZIP_RDONLY, &failure) else {
                zip_source_free(source)
                throw unreadable(name)
            }
            defer { zip_discard(archive) }
            return try firstSheetAsCSV(archive, name: name)
        }
    }

    private static func unreadable(_ name: String) -> Problems {
        Problems(Problem("sheet.workbook.open", field: name, "打不开这个工作簿,请确认它是 .xlsx 文件"))
    }

    private static func firstSheetAsCSV(_ archive: OpaquePointer, name: String) throws -> [UInt8] {
        let strings = try entry("xl/sharedStrings.xml", of: archive, name: name).map(sharedStrings) ?? []
        let dates = try entry("xl/styles.xml", of: archive, name: name).map(dateStyles) ?? []
        guard let sheet = try entry(firstSheet(archive), of: archive, name: name) else {
            throw Problems(Problem("sheet.workbook.sheet", field: name, "工作簿里没有工作表,请检查文件"))
        }
        return rows(sheet, strings: strings, dates: dates)
    }

    private static func firstSheet(_ archive: OpaquePointer) -> String {
        var names: [String] = []
        for index in 0..<zip_get_num_entries(archive, 0) {
            guard let text = zip_get_name(archive, UInt64(index), 0) else { continue }
            let name = String(cString: text)
            if name.hasPrefix("xl/worksheets/sheet"), name.hasSuffix(".xml") { names.append(name) }
        }
        return names.min { ($0.count, $0) < ($1.count, $1) } ?? "xl/worksheets/sheet1.xml"
    }

    private static func entry(_ path: String, of archive: OpaquePointer, name: String) throws -> Data? {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat(archive, path, 0, &status) == 0 else { return nil }
        guard status.size <= mostBytes else {
            throw Problems(Problem("sheet.workbook.large", field: name, "工作簿太大,请另存为 CSV"))
        }
        guard let file = zip_fopen(archive, path, 0) else { return nil }
        defer { zip_fclose(file) }
        var data = Data(count: Int(status.size))
        let got = data.withUnsafeMutableBytes { zip_fread(file, $0.baseAddress, status.size) }
        return got == Int64(status.size) ? data : nil
    }

    /// Walks an XML document, calling `element` with each element's name, attributes and whether it begins, and
    /// `text` with character data.
    private static func walk(
        _ data: Data, element: (_ name: String, _ reader: xmlTextReaderPtr, _ begins: Bool) -> Void,
        text: (String) -> Void
    ) {
        data.withUnsafeBytes { bytes in
            guard
                let reader = xmlReaderForMemory(
                    bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), nil, nil,
                    Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue))
            else { return }
            defer { xmlFreeTextReader(reader) }
            while xmlTextReaderRead(reader) == 1 {
                let kind = xmlTextReaderNodeType(reader)
                if kind == 1 || kind == 15 {
                    guard let name = xmlTextReaderConstLocalName(reader) else { continue }
                    let local = String(cString: name)
                    let empty = xmlTextReaderIsEmptyElement(reader) == 1
                    element(local, reader, kind == 1)
                    if kind == 1, empty { element(local, reader, false) }
                } else if kind == 3 || kind == 4 || kind == 14, let value = xmlTextReaderConstValue(reader) {
                    text(String(cString: value))
                }
            }
        }
    }

    private static func attribute(_ name: String, _ reader: xmlTextReaderPtr) -> String? {
        guard let value = xmlTextReaderGetAttribute(reader, name) else { return nil }
        defer { xml_release(value) }
        return String(cString: value)
    }

    private static func sharedStrings(_ data: Data) -> [String] {
        var strings: [String] = []
        var current = ""
        var inText = false
        var phonetic = false
        walk(data) { name, _, begins in
            switch name {
            case "si":
                if begins { current = "" } else { strings.append(current) }
            case "rPh": phonetic = begins
            case "t": inText = begins
            default: break
            }
        } text: {
            if inText, !phonetic { current += $0 }
        }
        return strings
    }

    /// Whether each cell style shows a date.
    private static func dateStyles(_ data: Data) -> [Bool] {
        var custom: Set<Int> = []
        var styles: [Bool] = []
        var inCells = false
        walk(data) { name, reader, begins in
            switch name {
            case "numFmt" where begins:
                let format = attribute("formatCode", reader)?.lowercased() ?? ""
                if format.contains("y") || format.contains("d") || format.contains("h:"),
                    let id = attribute("numFmtId", reader)
                {
                    custom.insert(Int(id) ?? -1)
                }
            case "cellXfs": inCells = begins
            case "xf" where begins && inCells:
                let id = attribute("numFmtId", reader).flatMap { Int($0) } ?? 0
                styles.append(
                    (14...22).contains(id) || (27...36).contains(id) || (45...47).contains(id) || custom.contains(id))
            default: break
            }
        } text: { _ in
        }
        return styles
    }

    private static func rows(_ data: Data, strings: [String], dates: [Bool]) -> [UInt8] {
        var out: [UInt8] = []
        var cells: [String] = []
        var column = 0
        var type = ""
        var style = 0
        var value = ""
        var reading = false
        var width = 0
        walk(data) { name, reader, begins in
            switch (name, begins) {
            case ("row", true): cells = []
            case ("row", false):
                if width == 0 { width = cells.count }
                while cells.count < width { cells.append("") }
                out.append(contentsOf: cells.map(escaped).joined(separator: ",").utf8)
                out.append(0x0A)
            case ("c", true):
                column = attribute("r", reader).map(columnNumber) ?? cells.count
                type = attribute("t", reader) ?? ""
                style = attribute("s", reader).flatMap { Int($0) } ?? 0
                value = ""
            case ("c", false):
                while cells.count < column { cells.append("") }
                cells.append(shown(value, type: type, isDate: style < dates.count && dates[style], strings: strings))
            case ("v", _), ("t", _): reading = begins
            default: break
            }
        } text: {
            if reading { value += $0 }
        }
        return out
    }

    private static func columnNumber(_ reference: String) -> Int {
        var number = 0
        for byte in reference.utf8 where byte >= 0x41 && byte <= 0x5A { number = number * 26 + Int(byte - 0x40) }
        return max(0, number - 1)
    }

    private static func shown(_ value: String, type: String, isDate: Bool, strings: [String]) -> String {
        if type == "s" { return Int(value).flatMap { $0 < strings.count ? strings[$0] : nil } ?? "" }
        guard type.isEmpty || type == "n", isDate, let parts = serial(value) else { return value }
        let day = Day(number: Int32(parts.days) - 25_569)
        return parts.seconds == 0 ? day.description : Moment(day, second: parts.seconds).description
    }

    /// Days since 1899-12-30 and seconds of the day, from decimal text without floating point.
    private static func serial(_ text: String) -> (days: Int, seconds: Int)? {
        let halves = text.split(separator: ".", maxSplits: 1)
        guard let first = halves.first, let days = Int(first), days > 0, days < 400_000 else { return nil }
        guard halves.count == 2 else { return (days, 0) }
        let digits = (String(halves[1]) + "0000000000").prefix(10)
        guard let fraction = Int64(digits) else { return nil }
        let seconds = Int(Rounding.halfUp(fraction, times: 86_400, over: 10_000_000_000))
        return seconds == 86_400 ? (days + 1, 0) : (days, seconds)
    }

    private static func escaped(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }) else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
