/// A table for a terminal or a plain-text report (对齐的文本表格): columns as wide as their widest cell, where a
/// Chinese character is as wide as two Latin ones.
public struct TextTable: Sendable {
    public struct Column: Sendable {
        public var title: String
        /// Amounts stand to the right, so that their decimals lie beneath each other.
        public var isAmount: Bool

        public init(_ title: String, isAmount: Bool = false) {
            self.title = title
            self.isAmount = isAmount
        }
    }

    public var columns: [Column]
    public private(set) var rows: [[String]] = []

    public init(_ columns: [Column]) { self.columns = columns }
    public init(_ titles: [String]) { columns = titles.map { Column($0) } }

    /// A shorter row leaves the last columns empty.
    public mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The title row, a rule, then the rows; no spaces at the ends of lines.
    public var text: String {
        var widths = columns.map { TextTable.width($0.title) }
        for row in rows {
            for (index, cell) in row.prefix(columns.count).enumerated() {
                widths[index] = max(widths[index], TextTable.width(cell))
            }
        }
        var lines = [line(columns.map(\.title), widths)]
        lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
        for row in rows { lines.append(line(row, widths)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var out = ""
        for (index, column) in columns.enumerated() {
            let cell = index < cells.count ? cells[index] : ""
            let space = String(repeating: " ", count: widths[index] - TextTable.width(cell))
            out += (index > 0 ? "  " : "") + (column.isAmount ? space + cell : cell + space)
        }
        while out.last == " " { out.removeLast() }
        return out
    }

    /// Columns of a terminal that a text takes: East Asian wide characters two, combining marks none.
    public static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        // Hangul Jamo; CJK radicals to Yi; Hangul; compatibility ideographs and forms; full width; pictures; CJK planes.
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
