import Basics
import Storage

/// Where a page of a download ended: hand it back to get the next page.
public struct DownloadPosition: Hashable, Sendable {
    public let version: Int64
    let parent: String
    let code: String
    let first: Day

    init(version: Int64, parent: String = "", code: String, first: Day) {
        self.version = version
        self.parent = parent
        self.code = code
        self.first = first
    }

    /// Everything that came after this version; 0 for all.
    public static func after(version: Int64) -> DownloadPosition {
        // No code is empty, so this stands before every row of the next version.
        DownloadPosition(version: version + 1, code: "", first: Day(number: 0))
    }
}

/// A page of a download; an empty one ends it.
public struct DownloadPage<Row: Sendable>: Sendable {
    public let rows: [Row]
    /// Where the next page begins.
    public let next: DownloadPosition
}

extension Catalogue {
    /// Hard maximum of rows in a page.
    public static let pageLimit = 2_000

    /// Items that versions after a position brought in, the oldest version first (1301, 1302, 1305, 1306).
    /// Whoever follows the positions to an empty page has seen every row once.
    public static func download(
        _ tx: any Transaction, area: AreaCode, list: ListType, from position: DownloadPosition, limit: Int = 1_000
    ) throws -> DownloadPage<ItemRow> {
        let rows = try tx.all(
            ItemRow.self, itemDownload, Value(area), Value(code: list), .int(position.version), .text(position.code),
            Value(position.first), .int(Int64(min(limit, pageLimit))))
        let next = rows.last.map { DownloadPosition(version: $0.version, code: $0.item.code, first: $0.item.first) }
        return DownloadPage(rows: rows, next: next ?? position)
    }

    static let itemDownload = SQL(
        """
        SELECT \(ItemColumns.selection) FROM catalogue_item
        WHERE area = ? AND list_type = ? AND (version, code, first_day) > (?, ?, ?)
        ORDER BY version, code, first_day LIMIT ?
        """)

    /// Codes that versions after a position brought in (1307, 1308 and the other code tables).
    public static func downloadCodes(
        _ tx: any Transaction, area: AreaCode, table: CodeTable, from position: DownloadPosition, limit: Int = 1_000
    ) throws -> DownloadPage<CodeRow> {
        let rows = try tx.all(
            CodeRow.self, codeDownload, Value(area), Value(code: table), .int(position.version),
            .text(position.parent), .text(position.code), Value(position.first), .int(Int64(min(limit, pageLimit))))
        let next = rows.last.map {
            DownloadPosition(
                version: $0.version, parent: $0.entry.parent, code: $0.entry.code, first: $0.entry.first)
        }
        return DownloadPage(rows: rows, next: next ?? position)
    }

    static let codeDownload = SQL(
        """
        SELECT \(CodeRow.selection) FROM catalogue_code
        WHERE area = ? AND code_table = ? AND (version, parent, code, first_day) > (?, ?, ?, ?)
        ORDER BY version, parent, code, first_day LIMIT ?
        """)
}
