import Basics
import Foundation

/// One file of a table as the SQL reads it (数据文件): the extract's own, or a clean copy of it.
struct SourceFile: Sendable {
    enum Form: Sendable, Hashable {
        case csv(TextEncoding)
        /// A folder of Parquet files with the type of each column; without types all are taken for text.
        case parquet(types: [String: String])
    }

    var table: ExtractTable
    /// Name in the extract, as `rejected.csv` says it.
    var name: String
    var path: String
    var form: Form
    var header: [String]
    /// Rows whose structure is whole, and rows that are broken, where they were counted before.
    var wholeRows: Int?
    var brokenRows = 0
}

extension SourceFile {
    /// The files of an extract as they lie there: all tables as CSV, or all as folders `fee_list_d.parquet`.
    static func listed(in extract: URL, encoding: TextEncoding? = nil) throws -> [SourceFile] {
        let folders = ExtractTable.allCases.compactMap { parquet($0, in: extract) }
        if !folders.isEmpty { return try allNeeded(folders, in: extract) }
        let files = try ExtractFiles(extract)
        return try ExtractTable.allCases.flatMap { table in
            try (files.files[table] ?? []).map { name in
                let source = try BlockSource(path: files.path(name), name: name, encoding: encoding)
                return SourceFile(
                    table: table, name: name, path: files.path(name), form: .csv(source.encoding), header: source.header
                )
            }
        }
    }

    private static func parquet(_ table: ExtractTable, in extract: URL) -> SourceFile? {
        let name = table.rawValue + ".parquet"
        let folder = extract.appending(path: name).path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            return nil
        }
        return SourceFile(table: table, name: name, path: folder, form: .parquet(types: [:]), header: table.columns)
    }

    private static func allNeeded(_ folders: [SourceFile], in extract: URL) throws -> [SourceFile] {
        var problems = Problems()
        for table in ExtractTable.allCases where table.isNeeded && !folders.contains(where: { $0.table == table }) {
            problems.add(
                "screening.extract.missing", field: extract.path, "文件夹里没有 \(table.rawValue).parquet,请一并提取这张表")
        }
        try problems.throwIfAny()
        return folders
    }
}

/// Where the rows come from: the extract's files as views `src_…`, all columns text, empty text NULL.
extension ScreeningSQL {
    /// The views of the extract; on a cluster also what was rejected.
    func sources() throws -> [String] {
        guard let extract else { return ExtractTable.allCases.map(named) }
        let files = try files ?? SourceFile.listed(in: extract)
        switch dialect {
        case .duckDB:
            return ExtractTable.allCases.flatMap { table in
                let own = files.indices.filter { files[$0].table == table }
                let rows = union(own.map { selection(table, of: files[$0], number: $0) }, or: table)
                return own.map { fileView(files[$0], number: $0) } + ["CREATE VIEW src_\(table.rawValue) AS \(rows)"]
            }
        case .spark: return checkedSources(files)
        }
    }

    /// An extract not named: its tables are taken to be there, with every column.
    private func named(_ table: ExtractTable) -> String {
        "-- \(table.rawValue): columns as text\nCREATE VIEW src_\(table.rawValue) AS SELECT "
            + "\(table.columns.joined(separator: ", ")) FROM \(table.rawValue)"
    }

    func fileView(_ file: SourceFile, number: Int) -> String {
        switch file.form {
        case .csv(let encoding):
            dialect.view("file_\(number)", ofCSV: file.path, columns: file.table.named(file.header), encoding: encoding)
        case .parquet: dialect.view("file_\(number)", ofParquet: file.path)
        }
    }

    func union(_ parts: [String], or table: ExtractTable) -> String {
        if !parts.isEmpty { return parts.joined(separator: "\nUNION ALL ") }
        let columns = table.columns.map { "CAST(NULL AS \(dialect.string)) AS \($0)" }.joined(separator: ", ")
        return "SELECT -1 AS file, \(columns) FROM (SELECT 1 AS one) AS nothing WHERE FALSE"
    }

    /// A file's columns by their national names, without spaces around, empty text NULL.
    func selection(_ table: ExtractTable, of file: SourceFile, number: Int) -> String {
        let columns = table.columns.map { column in
            file.header.contains(column)
                ? "\(text(of: column, in: file)) AS \(column)" : "\(substitute(column, in: file)) AS \(column)"
        }
        return "SELECT \(number) AS file, \(columns.joined(separator: ", ")) FROM file_\(number)"
    }

    /// A typed column as the text that a CSV would hold; binary fractions with six decimals.
    private func text(of column: String, in file: SourceFile) -> String {
        guard case .parquet(let types) = file.form, let type = types[column], type != "string" else {
            return "NULLIF(\(dialect.trimmed(column)), '')"
        }
        let isBinary = type == "double" || type == "float"
        return "CAST(\(isBinary ? "CAST(\(column) AS DECIMAL(30, 6))" : column) AS \(dialect.string))"
    }

    /// What stands for a column that a file lacks: the fund's scope follows from the level of the fee, the rest is empty.
    private func substitute(_ column: String, in file: SourceFile) -> String {
        let level = "chrgitm_lv"
        guard file.table == .lines, column == "inscp_amt", file.header.contains(level) else {
            return "CAST(NULL AS \(dialect.string))"
        }
        let own = text(of: level, in: file)
        return "CASE WHEN \(own) IS NULL THEN NULL WHEN \(own) = '03' THEN '0' ELSE '1' END"
    }

    // MARK: Stock

    /// `stock` runs when counts of stock (3501) lie in the extract's folder.
    func stockRules() throws -> [String] {
        guard let folder = stock ?? extract, StockFile.counts(in: folder).exists else { return [] }
        func view(_ file: String, _ number: String) throws -> (sql: String, header: [String]) {
            let path = folder.appending(path: file).path
            let header = try BlockSource(path: path, name: file, encoding: .utf8).header
            return (dialect.view("file_\(number)", ofCSV: path, columns: header, encoding: .utf8), header)
        }
        var views: [String] = []
        var moves: [String] = []
        for move in StockMove.all where StockFile.moves(move, in: folder).exists {
            let file = try view(move.file, move.number)
            views.append(file.sql)
            let quantity = scaled("trim(\(move.quantity))", 4)
            let sign =
                move.hasType && file.header.contains("inv_chg_type")
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
        return [try view("3501.csv", "3501").sql] + views + [
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
