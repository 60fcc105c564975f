/// Small tables as CSV (RFC 4180): policies' neighbours, catalogues, import files.
/// UTF-8 with or without a byte-order mark, quoted fields with commas, quotes and newlines, LF or CRLF.
/// (Extracts of millions of lines have their own reader in Screening.)
public struct CSVTable: Sendable {
    public struct Row: Sendable {
        /// The line of the file on which the row begins, from 1.
        public let line: Int
        let fields: [String]
        let columns: [String: Int]

        /// The trimmed field under a column's name; empty when the file lacks the column.
        public subscript(_ column: String) -> String {
            guard let index = columns[column], index < fields.count else { return "" }
            return fields[index]
        }

        public var count: Int { fields.count }
    }

    public let header: [String]
    public let rows: [Row]

    /// Throws every structural problem at once: an unclosed quote, a row of the wrong width, a doubled column.
    public init(_ text: String, file: String, required: [String] = []) throws(Problems) {
        var problems = Problems()
        var records = CSVTable.records(text, file: file, problems: &problems)
        guard !records.isEmpty else {
            throw Problems(Problem("csv.empty", field: file, "文件没有表头,请使用下载的模板"))
        }
        let header = records.removeFirst().fields
        var columns: [String: Int] = [:]
        for (index, name) in header.enumerated() where columns.updateValue(index, forKey: name) != nil {
            problems.add("csv.doubledColumn", field: file, "表头有两列同名“\(name)”,请删去一列")
        }
        for name in required where columns[name] == nil {
            problems.add("csv.missingColumn", field: file, "缺少列“\(name)”,请按模板补上")
        }
        for record in records where record.fields.count != header.count {
            problems.add(
                "csv.width", field: "\(file):\(record.line)",
                "这一行有 \(record.fields.count) 列,表头有 \(header.count) 列,请检查逗号和引号")
        }
        try problems.throwIfAny()
        self.header = header
        rows = records.map { Row(line: $0.line, fields: $0.fields, columns: columns) }
    }

    private static func records(
        _ text: String, file: String, problems: inout Problems
    ) -> [(line: Int, fields: [String])] {
        var records: [(line: Int, fields: [String])] = []
        var fields: [String] = []
        var field: [UInt8] = []
        var quoted = false
        var wasQuoted = false
        var line = 1
        var start = 1
        func take() {
            let value = String(decoding: field, as: UTF8.self)
            fields.append(wasQuoted ? value : trimmed(value))
            field.removeAll(keepingCapacity: true)
            wasQuoted = false
        }
        func close() {
            take()
            if fields.count > 1 || !fields[0].isEmpty { records.append((start, fields)) }
            fields.removeAll(keepingCapacity: true)
        }
        var bytes = Array(text.utf8)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            if quoted {
                if byte == UInt8(ascii: "\"") {
                    if index < bytes.endIndex, bytes[index] == UInt8(ascii: "\"") {
                        field.append(byte)
                        index += 1
                    } else {
                        quoted = false
                    }
                } else {
                    if byte == UInt8(ascii: "\n") { line += 1 }
                    field.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\"") where field.isEmpty:
                quoted = true
                wasQuoted = true
            case UInt8(ascii: ","): take()
            case UInt8(ascii: "\r"): break
            case UInt8(ascii: "\n"):
                close()
                line += 1
                start = line
            default: field.append(byte)
            }
        }
        if quoted { problems.add("csv.openQuote", field: "\(file):\(start)", "引号没有闭合,请检查这一行") }
        if !field.isEmpty || !fields.isEmpty { close() }
        return records
    }

    private static func trimmed(_ value: String) -> String {
        guard let first = value.firstIndex(where: { !$0.isWhitespace }) else { return "" }
        let last = value.lastIndex(where: { !$0.isWhitespace })!
        return String(value[first...last])
    }

    /// One field as CSV text, quoted only where it must be. A leading `=`, `+`, `-` or `@` that a
    /// spreadsheet would run as a formula is defused with a quote sign, numbers excepted.
    public static func escape(_ field: String) -> String {
        var value = field
        if let first = value.first, "=@+-".contains(first), (try? FixedPoint.parse(value, decimals: 6)) == nil {
            value = "'" + value
        }
        guard value.contains(where: { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }) else {
            return value
        }
        return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
