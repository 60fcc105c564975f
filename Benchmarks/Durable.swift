import Agency
import Basics
import Demonstration
import Foundation
import GRDBSQLite
import Policy
import Settlement
import Storage

/// Durable settlement: booked, chained, flushed to the disk before it is answered; against the same rows going into
/// the same kind of file by bare prepared inserts in groups of the same size.
enum Durable {
    static func measure(_ report: inout Report, policies: PolicyBook, folder: URL, count: Int) async throws {
        let file = folder.appendingPathComponent("durable.sqlite").path
        let store = try SQLiteStore.open(file)
        let house = try await SampleHouse.make(in: store, policies: policies, people: 5_000, clock: clock)
        // One person in three is a resident; purchases of 30 lines.
        try await settle(house, first: 0, count: 2_000, clients: 64)
        let marks = try lastRows(file)
        let commits = store.commitCount
        let took = try await seconds { try await settle(house, first: 2_000, count: count, clients: 64) }
        let groups = store.commitCount - commits
        try await store.close()

        let rows = try Bare.rows(file, after: marks)
        let bareSeconds = try Bare.insert(
            rows, like: file, in: folder.appendingPathComponent("bare.sqlite").path, groups: groups)
        let rate = Double(count) / took
        let bare = Double(count) / bareSeconds
        report.add(
            "durable settlement, 30 lines, 64 clients", "\(Int(rate)) a second (\(count / max(1, groups)) a commit)")
        report.add("  the same \(rows.count) rows by bare inserts", "\(Int(bare)) a second")
        report.add(
            "  settlement against bare inserts", "\(Int(rate / bare * 100)) %", bound: "≥ 50 %",
            holds: rate >= bare * 0.5)
    }

    /// The rate as the year's table grows, and the memory of the process.
    static func growth(_ report: inout Report, policies: PolicyBook, folder: URL, total: Int, step: Int) async throws {
        let file = folder.appendingPathComponent("growth.sqlite").path
        let store = try SQLiteStore.open(file)
        let house = try await SampleHouse.make(in: store, policies: policies, people: 50_000, clock: clock)
        var rates: [Double] = []
        var memory: [Int] = []
        for start in stride(from: 0, to: total, by: step) {
            let took = try await seconds { try await settle(house, first: start, count: step, clients: 64, lines: 15) }
            rates.append(Double(step) / took)
            memory.append(residentMiB())
            report.add(
                "  settlements \(start)–\(start + step), 15 lines", "\(Int(rates.last!)) a second, \(memory.last!) MiB")
        }
        try await store.close()
        let ratio = rates.last! / median(Array(rates.prefix(3)))
        report.add(
            "rate at \(total) settlements against the beginning", "\(Int(ratio * 100)) %",
            bound: "does not fall (≥ 85 %)",
            holds: ratio >= 0.85)
        let grown = memory.last! - memory[min(1, memory.count - 1)]
        report.add("memory grown since the second step", "\(grown) MiB", bound: "flat (≤ 64 MiB)", holds: grown <= 64)
    }

    static let clock: @Sendable () -> Moment = { Moment("2026-03-02 08:30:00")! }

    private static func settle(
        _ house: SampleHouse, first: Int, count: Int, clients: Int, lines: Int = 30
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    for number in stride(from: first + client, to: first + count, by: clients) {
                        let (purchase, head) = message(house, number, lines)
                        _ = try await house.agency.purchase(purchase, head)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func message(_ house: SampleHouse, _ number: Int, _ count: Int) -> (Purchase, MessageHead) {
        let person = house.people[number * 7 % house.people.count]
        let at = clock()
        let lines = (0..<count).map { index in
            let item = house.items[(number + index) % 20]
            let quantity = Quantity(Int64(index % 3 + 1))
            return FeeLineGiven(
                line: LineGiven(
                    serial: String(index + 1), original: nil, itemCode: item.code, quantity: quantity,
                    price: item.price,
                    amount: item.price * quantity, occurredAt: at),
                providerItemCode: "Y" + item.code)
        }
        let purchase = Purchase(
            person: person.id, insurance: person.insurance, certificateKind: .identityCard,
            certificateNumber: person.certificate, boughtAt: at, lines: lines)
        let serial = String(100_000_000 + number)
        let head = MessageHead(
            area: house.area, provider: house.pharmacy.code, messageID: house.pharmacy.code + serial,
            transaction: "2102A", digest: Array(serial.utf8))
        return (purchase, head)
    }

    private static func lastRows(_ file: String) throws -> [String: Int] { try Bare.counts(file) }
}

/// The yardstick: the settlements' own rows, inserted by nothing but prepared statements of the C library.
enum Bare {
    struct TableRows {
        var name: String
        var columns: Int
        var rows: [[Value]]
    }

    struct Rows {
        var tables: [TableRows]
        var count: Int { tables.reduce(0) { $0 + $1.rows.count } }
    }

    private static let skipped = ["number_series", "schema_migration"]

    static func counts(_ file: String) throws -> [String: Int] {
        try withDatabase(file) { database in
            var counts: [String: Int] = [:]
            for table in try tables(database) {
                counts[table] = Int(
                    try query(database, "SELECT count(*) FROM \(table)").first?.first.flatMap(integer) ?? 0)
            }
            return counts
        }
    }

    /// The rows that were added to each table since the counts were taken: every table grows at its end.
    static func rows(_ file: String, after counts: [String: Int]) throws -> Rows {
        try withDatabase(file) { database in
            var all: [TableRows] = []
            for table in try tables(database) where !skipped.contains(table) {
                let rows = try query(database, "SELECT * FROM \(table) LIMIT -1 OFFSET \(counts[table] ?? 0)")
                guard let first = rows.first else { continue }
                all.append(TableRows(name: table, columns: first.count, rows: rows))
            }
            return Rows(tables: all)
        }
    }

    /// Inserts them into a file of the same schema and settings, in as many commits as the settlements took.
    static func insert(_ rows: Rows, like source: String, in file: String, groups: Int) throws -> Double {
        let schema = try withDatabase(source) { database in
            try query(
                database,
                "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL ORDER BY rootpage"
            ).compactMap { row in if case .text(let text)? = row.first { text } else { nil } }
        }
        return try withDatabase(file) { database in
            for pragma in ["journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"] {
                try run(database, "PRAGMA \(pragma)")
            }
            for statement in schema where !statement.contains("sqlite_") { try run(database, statement) }
            let prepared = try rows.tables.map { table in
                try prepare(
                    database,
                    "INSERT INTO \(table.name) VALUES (\(Array(repeating: "?", count: table.columns).joined(separator: ",")))"
                )
            }
            defer { for statement in prepared { sqlite3_finalize(statement) } }
            return try seconds {
                for group in 0..<groups {
                    try run(database, "BEGIN IMMEDIATE")
                    for (table, statement) in zip(rows.tables, prepared) {
                        let from = table.rows.count * group / groups
                        let to = table.rows.count * (group + 1) / groups
                        for row in table.rows[from..<to] { try step(database, statement, row) }
                    }
                    try run(database, "COMMIT")
                }
            }
        }
    }

    // MARK: The C library

    private struct Failure: Error { let text: String }

    private static func withDatabase<Result>(_ file: String, _ work: (OpaquePointer) throws -> Result) throws -> Result
    {
        var database: OpaquePointer?
        guard sqlite3_open(file, &database) == SQLITE_OK, let database else {
            throw Failure(text: "cannot open \(file)")
        }
        defer { sqlite3_close(database) }
        return try work(database)
    }

    private static func run(_ database: OpaquePointer, _ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw Failure(text: String(cString: sqlite3_errmsg(database)) + ": " + sql)
        }
    }

    private static func prepare(_ database: OpaquePointer, _ sql: String) throws -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw Failure(text: String(cString: sqlite3_errmsg(database)) + ": " + sql)
        }
        return statement
    }

    private static func step(_ database: OpaquePointer, _ statement: OpaquePointer, _ row: [Value]) throws {
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        sqlite3_reset(statement)
        for (index, value) in row.enumerated() {
            let position = Int32(index + 1)
            switch value {
            case .null: sqlite3_bind_null(statement, position)
            case .int(let int): sqlite3_bind_int64(statement, position, int)
            case .text(let text): sqlite3_bind_text(statement, position, text, -1, transient)
            case .bytes(let bytes): sqlite3_bind_blob(statement, position, bytes, Int32(bytes.count), transient)
            }
        }
        guard sqlite3_step(statement) == SQLITE_DONE else {
            throw Failure(text: String(cString: sqlite3_errmsg(database)))
        }
    }

    private static func query(_ database: OpaquePointer, _ sql: String) throws -> [[Value]] {
        let statement = try prepare(database, sql)
        defer { sqlite3_finalize(statement) }
        var rows: [[Value]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    switch sqlite3_column_type(statement, column) {
                    case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
                    case SQLITE_TEXT: return .text(String(cString: sqlite3_column_text(statement, column)))
                    case SQLITE_BLOB:
                        let count = Int(sqlite3_column_bytes(statement, column))
                        guard count > 0, let start = sqlite3_column_blob(statement, column) else { return .bytes([]) }
                        return .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
                    default: return .null
                    }
                })
        }
        return rows
    }

    private static func tables(_ database: OpaquePointer) throws -> [String] {
        try query(
            database,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rootpage"
        ).compactMap { row in
            if case .text(let name)? = row.first { name } else { nil }
        }
    }

    private static func integer(_ value: Value) -> Int64? { if case .int(let int) = value { int } else { nil } }
}
