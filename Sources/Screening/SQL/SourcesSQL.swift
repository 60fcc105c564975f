import Basics
import Foundation

/// Where the rows come from: the extract's files as views `src_…`, all columns text, empty text NULL.
extension ScreeningSQL {
    /// A folder of Parquet files stands for a table's CSV: `fee_list_d.parquet`, its columns text.
    private func parquet(_ table: ExtractTable) -> String? {
        guard let folder = extract?.appending(path: table.rawValue + ".parquet").path else { return nil }
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
            ? folder : nil
    }

    /// Whether the extract has `inscp_amt`; an extract not named is taken to have every column, and so is Parquet.
    var hasScopeColumn: Bool {
        guard let extract, parquet(.lines) == nil, let files = try? ExtractFiles(extract),
            let name = files.files[.lines]?.first,
            let source = try? BlockSource(path: files.path(name), name: name, encoding: nil)
        else { return true }
        return source.header.contains("inscp_amt")
    }

    func sources() throws -> [String] { try ExtractTable.allCases.flatMap(source) }

    private func source(_ table: ExtractTable) throws -> [String] {
        let view = "src_\(table.rawValue)"
        guard let extract else {
            return [
                "-- \(table.rawValue): columns as text\nCREATE VIEW \(view) AS SELECT \(table.columns.joined(separator: ", ")) FROM \(table.rawValue)"
            ]
        }
        if let folder = parquet(table) {
            return [
                dialect.view("file_\(table.rawValue)", ofParquet: folder, columns: table.columns),
                "\(dialect.createView) \(view) AS \(selection(table, from: "file_\(table.rawValue)", has: table.columns))",
            ]
        }
        let isMixed = ExtractTable.allCases.contains { parquet($0) != nil }
        let files = isMixed ? nil : try ExtractFiles(extract)
        var views: [String] = []
        var parts: [String] = []
        for (number, name) in (files?.files[table] ?? []).enumerated() {
            let path = extract.appending(path: name).path
            let file = try readable(path, name: name)
            views.append(dialect.view("file_\(table.rawValue)_\(number)", ofCSV: path, encoding: file.encoding))
            parts.append(selection(table, from: "file_\(table.rawValue)_\(number)", has: file.header))
        }
        if parts.isEmpty { parts = ["\(selection(table, from: "(SELECT 1 AS one) AS nothing", has: [])) WHERE FALSE"] }
        return views + ["\(dialect.createView) \(view) AS \(parts.joined(separator: "\nUNION ALL "))"]
    }

    private func readable(_ path: String, name: String) throws -> BlockSource {
        if dialect == .spark, name.hasSuffix(".xlsx") {
            throw Problems(Problem("screening.spark.xlsx", field: name, "集群审核读不了 Excel 文件,请另存为 CSV"))
        }
        return try BlockSource(path: path, name: name, encoding: nil)
    }

    private func selection(_ table: ExtractTable, from source: String, has header: [String]) -> String {
        let columns = table.columns.map { column in
            header.contains(column)
                ? "NULLIF(trim(\(column)), '') AS \(column)" : "CAST(NULL AS \(dialect.string)) AS \(column)"
        }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(source)"
    }

    // MARK: Stock

    /// `stock` runs when counts of stock (3501) lie in the extract's folder.
    func stockRules() throws -> [String] {
        guard let extract, FileManager.default.fileExists(atPath: extract.appending(path: "3501.csv").path) else {
            return []
        }
        var views: [String] = []
        var moves: [String] = []
        for move in StockMove.all where FileManager.default.fileExists(atPath: extract.appending(path: move.file).path)
        {
            let path = extract.appending(path: move.file).path
            let source = try BlockSource(path: path, name: move.file, encoding: .utf8)
            views.append(dialect.view("file_\(move.number)", ofCSV: path, encoding: .utf8))
            let quantity = scaled("trim(\(move.quantity))", 4)
            let sign =
                move.hasType && source.header.contains("inv_chg_type")
                ? "CASE WHEN trim(inv_chg_type) LIKE '2%' THEN -1 ELSE 1 END" : "\(move.sign)"
            let sold = move.isSale ? "-(\(sign)) * \(quantity)" : "CAST(0 AS BIGINT)"
            moves.append(
                "SELECT trim(fixmedins_code) AS inst, trim(med_list_codg) AS item, \(day("trim(\(move.day))")) AS day, "
                    + "\(sign) * \(quantity) AS qty, \(sold) AS sold FROM file_\(move.number)")
        }
        let counts =
            "SELECT trim(fixmedins_code) AS inst, trim(med_list_codg) AS item, \(day("trim(invdate)")) AS day, "
            + "\(scaled("trim(inv_cnt)", 4)) AS qty FROM file_3501"
        if moves.isEmpty { moves = ["SELECT inst, item, day, qty, qty AS sold FROM stock_count WHERE FALSE"] }
        return [
            dialect.view("file_3501", ofCSV: extract.appending(path: "3501.csv").path, encoding: .utf8)
        ] + views + [
            "CREATE TABLE stock_count AS \(counts)",
            "CREATE TABLE stock_move AS \(moves.joined(separator: "\nUNION ALL "))", stockJudgement,
        ]
    }

    private var stockJudgement: String {
        let tolerance = parameters.stockTolerance.partsPerMillion
        return """
            \(insert)WITH span AS (SELECT inst, item, day, qty, lead(day) OVER w AS closing_day, lead(qty) OVER w AS closing,
                row_number() OVER w AS n FROM stock_count WINDOW w AS (PARTITION BY inst, item ORDER BY day, qty)),
            judged AS (SELECT s.inst, s.item, s.n, s.closing_day,
                CAST(s.qty + coalesce(sum(m.qty), 0) - s.closing AS BIGINT) AS difference,
                CAST(coalesce(sum(m.sold), 0) AS BIGINT) AS sold
              FROM span s LEFT JOIN stock_move m ON m.inst = s.inst AND m.item = s.item AND m.day > s.day
                AND m.day <= s.closing_day
              WHERE s.closing_day IS NOT NULL GROUP BY s.inst, s.item, s.n, s.closing_day, s.qty, s.closing)
            SELECT CASE WHEN item LIKE 'C%' THEN \(rule(.stock, "consumable")) ELSE \(rule(.stock, "drug")) END, NULL, NULL,
              NULL, inst, closing_day, NULL, abs(difference), 0, NULL FROM judged
            WHERE abs(difference) * 1000000 > abs(sold) * \(tolerance)
            """
    }
}
