import Basics

/// A table as a list page shows it and as it is exported: one description for the screen, CSV and Excel.
public struct Sheet: Sendable {
    public enum Cell: Sendable {
        case text(String)
        case money(Money)
        case count(Int64)

        /// For people: amounts grouped.
        public var shown: String {
            switch self {
            case .text(let text): text
            case .money(let money): money.grouped
            case .count(let count): String(count)
            }
        }

        /// For programs: amounts plain.
        public var plain: String {
            switch self {
            case .text(let text): text
            case .money(let money): money.description
            case .count(let count): String(count)
            }
        }

        public var isNumber: Bool { if case .text = self { false } else { true } }
    }

    public var name: String
    public var columns: [String]
    public var rows: [[Cell]]

    public init(name: String, columns: [String], rows: [[Cell]]) {
        self.name = name
        self.columns = columns
        self.rows = rows
    }

    /// UTF-8 with a byte-order mark, so that office programs on Windows read the Chinese right.
    public func csv() -> [UInt8] {
        var out: [UInt8] = [0xEF, 0xBB, 0xBF]
        out += columns.map(CSVTable.escape).joined(separator: ",").utf8
        out += "\r\n".utf8
        for row in rows {
            out += row.map { CSVTable.escape($0.plain) }.joined(separator: ",").utf8
            out += "\r\n".utf8
        }
        return out
    }
}
