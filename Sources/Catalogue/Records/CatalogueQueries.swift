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

/// Which items a query looks for (1312 目录信息, 1318 限价, 1319 先自付比例). Nil means any.
public struct ItemFilter: Hashable, Sendable {
    /// In force on this day.
    public var day: Day?
    public var code: String?
    /// Part of the name.
    public var name: String?
    public var listType: ListType?
    public var chargeType: ChargeType?
    public var feeClass: FeeClass?
    /// Came in at this moment or later (`updt_time`).
    public var updatedSince: Moment?
    /// Only items with a price cap (1318).
    public var isCapped = false

    public init(day: Day? = nil, code: String? = nil) {
        self.day = day
        self.code = code
    }

    /// The conditions on `i` (the item) and `v` (its version), with their values.
    var conditions: (sql: String, values: [Value]) {
        // Of the versions of one first day, the newest counts.
        var parts = [
            """
            NOT EXISTS (SELECT 1 FROM catalogue_item n WHERE n.area = i.area AND n.code = i.code
            AND n.first_day = i.first_day AND n.version > i.version)
            """
        ]
        var values: [Value] = []
        func add(_ part: String, _ value: Value...) {
            parts.append(part)
            values += value
        }
        if let day {
            add("i.first_day <= ?", Value(day))
            add("(i.last_day IS NULL OR i.last_day >= ?)", Value(day))
            add(
                """
                NOT EXISTS (SELECT 1 FROM catalogue_item n WHERE n.area = i.area AND n.code = i.code
                AND n.first_day > i.first_day AND n.first_day <= ?)
                """, Value(day))
        }
        if let code { add("i.code = ?", .text(code)) }
        if let name { add("i.name LIKE ? ESCAPE '!'", .text(ItemFilter.pattern(containing: name))) }
        if let listType { add("i.list_type = ?", Value(code: listType)) }
        if let chargeType { add("i.charge_type = ?", Value(code: chargeType)) }
        if let feeClass { add("i.fee_class = ?", Value(code: feeClass)) }
        if let updatedSince { add("v.at >= ?", Value(updatedSince)) }
        if isCapped {
            parts.append("(i.cap_third_e6 IS NOT NULL OR i.cap_second_e6 IS NOT NULL OR i.cap_first_e6 IS NOT NULL)")
        }
        return (parts.joined(separator: " AND "), values)
    }

    static func pattern(containing text: String) -> String {
        let literal = text.map { "%_!".contains($0) ? "!\($0)" : String($0) }.joined()
        return "%" + literal + "%"
    }
}

/// One page of a query, and how many rows there are in all.
public struct CataloguePage: Sendable {
    public struct Entry: Record, Hashable {
        public let item: CatalogueItem
        public let version: Int64
        /// When its version came in (`updt_time`).
        public let updated: Moment

        public init(_ row: any Row) throws {
            let dated = try ItemRow(row)
            item = dated.item
            version = dated.version
            updated = try row.moment(18)
        }
    }
    public let total: Int
    public let entries: [Entry]
}

extension Catalogue {
    /// Items that meet a filter, by code and first day, in pages as the national queries number them.
    ///
    /// - Parameter page: from 1.
    public static func query(
        _ tx: any Transaction, area: AreaCode, _ filter: ItemFilter, page: Int, size: Int
    ) throws -> CataloguePage {
        let (conditions, values) = filter.conditions
        let source = """
            FROM catalogue_item i JOIN catalogue_version v ON v.area = i.area AND v.version = i.version
            WHERE i.area = ? AND \(conditions)
            """
        let size = max(1, min(size, pageLimit))
        let total = try tx.first(SQL("SELECT count(*) \(source)"), [Value(area)] + values) { Int(try $0.int(0)) } ?? 0
        let columns = ItemColumns.selection.split(separator: ",").map { "i." + $0.filter { !$0.isWhitespace } }
        let entries = try tx.rows(
            SQL(
                """
                SELECT \(columns.joined(separator: ", ")), v.at \(source)
                ORDER BY i.code, i.first_day LIMIT ? OFFSET ?
                """),
            [Value(area)] + values + [.int(Int64(size)), .int(Int64(max(0, page - 1) * size))]
        ) { try CataloguePage.Entry($0) }
        return CataloguePage(total: total, entries: entries)
    }
}
