import Basics
import Control
import Storage

/// The catalogues desk (三目录管理): items with their class, first self-payment, caps and limits; code tables;
/// and the hospitals' mapping of their own items.
public enum Catalogue {
    /// The newest version of an area's catalogue; 0 before the first import.
    public static func version(_ tx: any Transaction, area: AreaCode) throws -> Int64 {
        try tx.first(newestVersion, Value(area)) { try $0.int(0) } ?? 0
    }

    private static let newestVersion: SQL = """
        SELECT version FROM catalogue_version WHERE area = ? ORDER BY version DESC LIMIT 1
        """

    // MARK: - Import

    /// Imports items (目录导入). Rows equal to what holds already are passed over; the others make a new version.
    public static func importItems(
        _ tx: any Transaction, _ sheet: ImportSheet<CatalogueItem>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.items, by: origin) { batch in
            try requireDistinct(sheet, code: "catalogue.item.doubled") { "\($0.code) \($0.first)" }
            let fresh = try sheet.lines.map(\.row).filter { try latest(tx, $0, area: origin.area) != $0 }
            guard !fresh.isEmpty else { return 0 }
            let version = try openVersion(tx, batch: batch, by: origin)
            let rows = fresh.map { $0.values(area: origin.area, version: version, batch: batch) }
            try tx.insert(into: "catalogue_item", columns: ItemColumns.names, rows: rows)
            return rows.count
        }
    }

    /// Imports the codes of one table.
    public static func importCodes(
        _ tx: any Transaction, _ sheet: ImportSheet<CodeEntry>, table: CodeTable, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.codes(table), by: origin) { batch in
            try requireDistinct(sheet, code: "catalogue.code.doubled") { "\($0.parent) \($0.code) \($0.first)" }
            let fresh = try sheet.lines.map(\.row).filter { try latest(tx, $0, area: origin.area) != $0 }
            guard !fresh.isEmpty else { return 0 }
            let version = try openVersion(tx, batch: batch, by: origin)
            let rows = fresh.map { $0.values(area: origin.area, version: version, batch: batch) }
            try tx.insert(into: "catalogue_code", columns: CodeRow.columns, rows: rows)
            return rows.count
        }
    }

    private static func openVersion(
        _ tx: any Transaction, batch: ID<ImportBatch>, by origin: ImportOrigin
    ) throws -> Int64 {
        let next = try version(tx, area: origin.area) + 1
        try tx.execute(
            "INSERT INTO catalogue_version (area, version, batch, at) VALUES (?, ?, ?, ?)",
            Value(origin.area), .int(next), Value(batch), Value(origin.at))
        return next
    }

    /// Two lines for one code and day would leave open which of them counts.
    private static func requireDistinct<Line>(
        _ sheet: ImportSheet<Line>, code: String, key: (Line) -> String
    ) throws {
        var seen: [String: Int] = [:]
        var problems = Problems()
        for line in sheet.lines {
            if let earlier = seen.updateValue(line.number, forKey: key(line.row)) {
                problems.add(code, field: sheet.place(line.number), "与第 \(earlier) 行编码和生效日期相同,请只留一行")
            }
        }
        try problems.throwIfAny()
    }

    private static let latestItem = SQL(
        """
        SELECT \(ItemColumns.selection) FROM catalogue_item
        WHERE area = ? AND code = ? AND first_day = ? ORDER BY version DESC LIMIT 1
        """)

    private static func latest(
        _ tx: any Transaction, _ item: CatalogueItem, area: AreaCode
    ) throws -> CatalogueItem? {
        try tx.one(ItemRow.self, latestItem, Value(area), .text(item.code), Value(item.first))?.item
    }

    private static let latestCode = SQL(
        """
        SELECT \(CodeRow.selection) FROM catalogue_code
        WHERE area = ? AND code_table = ? AND parent = ? AND code = ? AND first_day = ? ORDER BY version DESC LIMIT 1
        """)

    private static func latest(_ tx: any Transaction, _ entry: CodeEntry, area: AreaCode) throws -> CodeEntry? {
        try tx.one(
            CodeRow.self, latestCode, Value(area), Value(code: entry.table), .text(entry.parent), .text(entry.code),
            Value(entry.first))?.entry
    }

    // MARK: - Snapshots

    /// Loads an area's whole catalogue as it stands now.
    public static func loadIndex(_ tx: any Transaction, area: AreaCode) throws -> CatalogueIndex {
        let version = try version(tx, area: area)
        let items = try tx.rows(
            SQL(
                """
                SELECT \(ItemColumns.selection) FROM catalogue_item WHERE area = ?
                ORDER BY code, first_day DESC, version DESC
                """), Value(area)
        ) { try ItemRow($0).item }
        return CatalogueIndex(area: area, version: version, items: items)
    }

    /// Loads one code table of an area.
    public static func loadCodes(_ tx: any Transaction, area: AreaCode, table: CodeTable) throws -> CodeIndex {
        let version = try version(tx, area: area)
        let entries = try tx.rows(
            SQL(
                """
                SELECT \(CodeRow.selection) FROM catalogue_code WHERE area = ? AND code_table = ?
                ORDER BY parent, code, first_day, version
                """), Value(area), Value(code: table)
        ) { try CodeRow($0).entry }
        return CodeIndex(table: table, version: version, entries: entries)
    }
}
