import Basics
import Seals
import Storage

/// The fingerprint of what a database says (规范导出的 SM3): every business table in the order of its key, without
/// secrets, sessions, and the chain's seals and signatures. Two counties of as many people, made from one seed until
/// the same moment, have the same one: nothing in them tells when they were made. The moment itself is told, since a
/// county that goes on for longer is another one.
///
///     print(try await CanonicalDigest.compute(store).hex)
public struct CanonicalDigest: Sendable, Equatable {
    /// SM3 over all tables, as hexadecimal.
    public let hex: String
    /// Each table with its number of rows and its own SM3, by name.
    public let tables: [Table]

    public struct Table: Sendable, Equatable {
        public let name: String
        public let rows: Int
        public let hex: String
    }

    /// Tables that hold no business: the chain's seals, which seal digests of secrets, and what sessions leave.
    private static let skippedTables: Set<String> = [
        "schema_migration", "number_series", "event_clock", "event_seal", "signing_key", "signed_head", "sign_in",
        "session", "exchange_file",
    ]

    /// Secrets, and what is computed from them.
    private static let skippedColumns: Set<String> = [
        "staff_act.password_hash", "provider_key.key", "certificate_key.key", "certificate.code", "event.rows_digest",
        "event.mark",
    ]

    public static func compute(_ store: any Store) async throws -> CanonicalDigest {
        try await store.read { tx in
            let whole = SM3Hasher()
            var tables: [Table] = []
            for name in try tableNames(tx) where !skippedTables.contains(name) {
                let table = try digest(of: name, tx)
                whole.update("\(table.name) \(table.rows) \(table.hex)\n")
                tables.append(table)
            }
            return CanonicalDigest(hex: Hex.encode(whole.finish()), tables: tables)
        }
    }

    private static func tableNames(_ tx: any Transaction) throws -> [String] {
        let query: SQL =
            switch tx.dialect {
            case .sqlite:
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY name"

            case .postgres:
                """
                SELECT CAST(table_name AS TEXT) FROM information_schema.tables
                WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name
                """
            }
        return try tx.rows(query) { try $0.text(0) }
    }

    private struct Column {
        let name: String
        let isBytes: Bool
    }

    private static func columns(of table: String, _ tx: any Transaction) throws -> [Column] {
        let query: SQL =
            switch tx.dialect {
            case .sqlite: "SELECT name, type = 'BLOB' FROM pragma_table_info(?) ORDER BY cid"
            case .postgres:
                """
                SELECT CAST(column_name AS TEXT), CASE WHEN data_type = 'bytea' THEN 1 ELSE 0 END
                FROM information_schema.columns
                WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position
                """
            }
        return try tx.rows(query, .text(table)) { Column(name: try $0.text(0), isBytes: try $0.flag(1)) }
            .filter { !skippedColumns.contains("\(table).\($0.name)") }
    }

    /// The rows one by one, each value behind its length, so that no two tables have the same bytes.
    private static func digest(of table: String, _ tx: any Transaction) throws -> Table {
        let columns = try columns(of: table, tx)
        let list = columns.map { $0.isBytes ? $0.name : "CAST(\($0.name) AS TEXT)" }.joined(separator: ", ")
        let order = columns.map(\.name).joined(separator: ", ")
        let hasher = SM3Hasher()
        var rows = 0
        try tx.forEach(SQL("SELECT \(list) FROM \(table) ORDER BY \(order)"), []) { row in
            var bytes: [UInt8] = []
            for (index, column) in columns.enumerated() {
                append(try value(row, index, column), to: &bytes)
            }
            hasher.update(bytes)
            rows += 1
            return true
        }
        return Table(name: table, rows: rows, hex: Hex.encode(hasher.finish()))
    }

    private static func value(_ row: any Row, _ index: Int, _ column: Column) throws -> [UInt8]? {
        if row.isNull(index) { return nil }
        return column.isBytes ? try row.bytes(index) : Array(try row.text(index).utf8)
    }

    private static func append(_ value: [UInt8]?, to bytes: inout [UInt8]) {
        guard let value else { return bytes.append(0xFF) }
        var length = UInt32(value.count)
        for _ in 0..<4 {
            bytes.append(UInt8(length & 0x7F))
            length >>= 7
        }
        bytes += value
    }
}
