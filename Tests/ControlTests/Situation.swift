import Basics
@testable import Control
import Storage
import StoreKit

/// A small agency with one table of bills, each bill vouched for by an event.
enum Situation {
    static let area = AreaCode(990100)
    static let morning = Moment(Day("2026-03-02")!, hour: 9)
    static let migrations =
        ControlSchema.migrations + [
            Migration(
                "bill.1",
                [
                    """
                    CREATE TABLE bill (
                        area {int} NOT NULL, id {int} NOT NULL, amount_fen {int} NOT NULL, note {text}, stamp {blob},
                        PRIMARY KEY (area, id)) {strict}
                    """,
                    "{append-only bill}",
                ])
        ]

    static let bills = EvidenceTable("bill", "area", "id", "amount_fen", .text("note"), .blob("stamp"))

    static let evidence = EvidenceSource(
        "账单", kinds: ["bill.made"], rowCount: "SELECT count(*) FROM bill WHERE area = ?"
    ) { tx, event, digest in
        try bills.addAll(tx, "WHERE area = ? AND id = ?", [Value(event.area), .int(event.record)], to: &digest)
    }

    /// Makes bills `numbers`, one transaction each.
    static func make(_ numbers: ClosedRange<Int64>, in store: any Store) async throws {
        for number in numbers {
            try await store.write { tx in try make(number, tx) }
        }
    }

    static func make(_ number: Int64, _ tx: any Transaction) throws {
        var rows = RowDigest()
        let values: [Value] = [
            Value(area), .int(number), .int(number * 100), number % 2 == 0 ? .null : .text("第 \(number) 张"),
            .bytes([UInt8(truncatingIfNeeded: number), 0, 255]),
        ]
        try bills.insert(tx, values, into: &rows)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: "bill.made", subject: number, actor: .provider(ID(7)), at: morning,
                detail: "{\"bill\":\(number)}", rows: rows))
    }

    /// Thirty bills in three seals, and signed heads of two days.
    static func withThirtyBills(
        _ kind: StoreKind, _ body: (any Store, SigningKey) async throws -> Void
    ) async throws {
        try await withStore(kind, migrations) { store in
            try await withTemporaryFolder { folder in
                let key = try SigningKey.make(at: folder + "/signing.key")
                for batch in 0..<3 {
                    let first = Int64(batch * 10 + 1)
                    try await make(first...first + 9, in: store)
                    try await seal(10, in: store)
                    if batch > 0 {
                        let day = morning.day + batch
                        _ = try await EventChain.signDay(store, area: area, day: day, key: key, at: morning)
                    }
                }
                try await body(store, key)
            }
        }
    }

    /// Seals these many events at once. On PostgreSQL events become final when no older transaction is under way in
    /// the whole cluster, and other tests keep it busy: so it waits for them.
    static func seal(_ count: Int64, in store: any Store) async throws {
        while try await store.read({ tx in try Sealer.next(tx, area: area, at: morning)?.batchCount }) != count {
            try await Task.sleep(for: .milliseconds(2))
        }
        try await Sealer.seal(store, area: area, at: morning)
    }

    /// Seals until nothing waits.
    static func sealAll(in store: any Store) async throws {
        while try await verify(store).unsealed > 0 {
            try await Sealer.seal(store, area: area, at: morning)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    static func verify(_ store: any Store, heads: HeadFile? = nil) async throws -> Verification {
        try await store.read { tx in
            try Verifier(area: area, sources: [evidence]).run(tx, heads: heads)
        }
    }

    /// What someone with the database's password can do: take the guards away and change rows.
    static func tamper(_ store: any Store, _ tables: [String], _ statements: [SQL]) async throws {
        try await store.write { tx in
            for table in tables {
                switch tx.dialect {
                case .sqlite:
                    try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_update"))
                    try tx.execute(SQL("DROP TRIGGER IF EXISTS \(table)_refuses_delete"))
                case .postgres: try tx.execute(SQL("ALTER TABLE \(table) DISABLE TRIGGER USER"))
                }
            }
            for statement in statements { try tx.execute(statement) }
        }
    }
}
