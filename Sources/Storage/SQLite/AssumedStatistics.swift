/// What the query planner is told of tables that are still empty.
///
/// Without statistics SQLite takes any index whose first column is asked for, and every key of ours begins with the
/// area: it then reads a whole area where the second column would have found a handful of rows. So each new table
/// gets figures of a county that has been at work for a year: an area holds all rows, each further column of a key
/// narrows them down to few, a whole unique key to one. Plans stay the same from the first row to the last;
/// ANALYZE by hand replaces the figures with counted ones.
enum AssumedStatistics {
    private static let rowsAssumed: Int64 = 1_000_000
    private static let fewRows: Int64 = 10

    private struct Index {
        var name: String
        var isUnique: Bool
        var isPrimaryKey: Bool
    }

    /// Writes figures for the tables that have none, and lets the open connections take them up.
    static func write(_ tx: any Transaction) throws {
        // The first ANALYZE makes the table of statistics; on empty tables it counts nothing.
        if try tx.first("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'", read: { try $0.int(0) }) == nil {
            try tx.run(script: "ANALYZE")
        }
        let tables = try tx.rows(
            """
            SELECT m.name, t.wr FROM sqlite_schema m JOIN pragma_table_list t ON t.name = m.name AND t.schema = 'main'
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                AND m.name NOT IN (SELECT tbl FROM sqlite_stat1)
            ORDER BY m.name
            """
        ) { (name: try $0.text(0), isClustered: try $0.flag(1)) }
        guard !tables.isEmpty else { return }
        for table in tables {
            for index in try indexes(of: table.name, tx) {
                // A clustered table's own key goes by the table's name.
                let name = table.isClustered && index.isPrimaryKey ? table.name : index.name
                let columns = try tx.rows(
                    "SELECT COALESCE(name, '') FROM pragma_index_info(?) ORDER BY seqno", .text(index.name)
                ) { try $0.text(0) }
                try tx.execute(
                    "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", .text(table.name), .text(name),
                    .text(figures(columns, isUnique: index.isUnique)))
            }
        }
        try tx.run(script: "ANALYZE sqlite_schema")
    }

    private static func indexes(of table: String, _ tx: any Transaction) throws -> [Index] {
        try tx.rows("SELECT name, \"unique\", origin FROM pragma_index_list(?) ORDER BY seq", .text(table)) {
            Index(name: try $0.text(0), isUnique: try $0.flag(1), isPrimaryKey: try $0.text(2) == "pk")
        }
    }

    /// All rows, then for each column of the key how many rows share the key up to there.
    static func figures(_ columns: [String], isUnique: Bool) -> String {
        var figures = [rowsAssumed]
        for (place, column) in columns.enumerated() {
            let isLast = place == columns.count - 1
            if isLast && isUnique {
                figures.append(1)
            } else if place == 0 && column == "area" {
                figures.append(rowsAssumed)
            } else {
                figures.append(fewRows * Int64(columns.count - place))
            }
        }
        return figures.map(String.init).joined(separator: " ")
    }
}
