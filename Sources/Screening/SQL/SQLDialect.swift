import Basics

/// Words in which the two databases differ that run the rules as SQL (方言): everything else is written once.
public enum SQLDialect: String, Sendable, CaseIterable {
    /// DuckDB, for the differential test.
    case duckDB = "duckdb"
    /// Spark SQL 4, for a cluster.
    case spark

    /// A whole number wider than a product of two amounts.
    var wide: String { self == .duckDB ? "HUGEINT" : "DECIMAL(38, 0)" }
    var string: String { self == .duckDB ? "VARCHAR" : "STRING" }
    /// Quotient of whole numbers that are not negative.
    var quotient: String { self == .duckDB ? "//" : "div" }
    /// The value that belongs to the greatest of another; for values that are never NULL.
    var latest: String { self == .duckDB ? "arg_max" : "max_by" }
    /// The same, NULL among the values.
    var latestOrNull: String { self == .duckDB ? "arg_max_null" : "max_by" }
    var matches: String { self == .duckDB ? "regexp_matches" : "regexp" }
    var element: String { self == .duckDB ? "list_extract" : "element_at" }

    /// Texts in an order, joined.
    func joined(_ value: String, by order: String, separator: String = ";") -> String {
        return self == .duckDB
            ? "string_agg(\(value), '\(separator)' ORDER BY \(order))"
            : "listagg(\(value), '\(separator)') WITHIN GROUP (ORDER BY \(order))"
    }

    /// All values of a group in ascending order.
    func sorted(_ value: String) -> String {
        self == .duckDB ? "list(\(value) ORDER BY \(value))" : "sort_array(collect_list(\(value)))"
    }

    /// Days from 1970-01-01 to a text that begins with a date.
    func day(_ column: String) -> String {
        let date = "CAST(substr(\(column), 1, 10) AS DATE)"
        return self == .duckDB
            ? "CAST(date_diff('day', DATE '1970-01-01', \(date)) AS INTEGER)" : "unix_date(\(date))"
    }

    func text(_ value: String) -> String {
        switch self {
        case .duckDB: "'" + value.replacing("'", with: "''") + "'"
        case .spark: "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
        }
    }

    /// Without spaces and tabs around.
    func trimmed(_ column: String) -> String {
        self == .duckDB ? "trim(\(column), ' ' || chr(9))" : "trim(BOTH ' \\t' FROM \(column))"
    }

    /// A view over one file of the extract: all columns as text, quotes doubled inside quoted fields. Spark names the
    /// columns by their position: the header is not read again.
    func view(_ name: String, ofCSV path: String, columns: [String], encoding: TextEncoding) -> String {
        switch self {
        case .duckDB:
            return "CREATE VIEW \(name) AS SELECT * FROM read_csv([\(text(path))], all_varchar=true, header=true)"
        case .spark:
            let options = [
                "path \(text(path))", "header 'true'", "enforceSchema 'true'", "multiLine 'true'", "quote '\"'",
                "escape '\"'", "mode 'FAILFAST'", "encoding \(text(encoding.rawValue))",
            ]
            let schema = columns.map { "\($0) STRING" }.joined(separator: ", ")
            return "CREATE TEMPORARY VIEW \(name) (\(schema)) USING csv OPTIONS (\(options.joined(separator: ", ")))"
        }
    }

    /// A view over a folder of Parquet files.
    func view(_ name: String, ofParquet folder: String) -> String {
        self == .duckDB
            ? "CREATE VIEW \(name) AS SELECT * FROM read_parquet(\(text(folder + "/*.parquet")))"
            : "CREATE TEMPORARY VIEW \(name) USING parquet OPTIONS (path \(text(folder)))"
    }

    /// Views see only temporary views where these stand on them.
    var createView: String { self == .duckDB ? "CREATE VIEW" : "CREATE TEMPORARY VIEW" }
}
