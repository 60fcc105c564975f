import Storage
import StoreKit
import Testing

/// On SQLite alone: PostgreSQL counts its tables itself (docs/decisions/0007-assumed-statistics.md).
@Suite("What SQLite's planner is told of empty tables")
struct StatisticsTests {
    private let schema = Migration(
        "bill.1",
        [
            """
            CREATE TABLE bill (
                area {int} NOT NULL, id {int} NOT NULL, visit {int} NOT NULL, day {int} NOT NULL,
                PRIMARY KEY (area, id)
            ) {clustered}
            """,
            "CREATE INDEX bill_by_visit ON bill (area, visit)",
        ])

    @Test("A question by area and visit goes to the visit's index, not through the whole area, from the first row on")
    func plan() async throws {
        try await withSQLiteStore([schema]) { store in
            let plan = try await store.read { tx in
                try tx.rows("EXPLAIN QUERY PLAN SELECT id FROM bill WHERE area = 1 AND visit = 2 ORDER BY day") {
                    try $0.text(3)
                }
            }
            #expect(plan.contains { $0.contains("bill_by_visit (area=? AND visit=?)") }, "\(plan)")
        }
    }

    @Test("Figures are written once, for tables that come later too, and counted ones are left alone")
    func once() async throws {
        try await withSQLiteStore([schema]) { store in
            try await store.write { tx in
                try tx.execute("UPDATE sqlite_stat1 SET stat = '7 7 1' WHERE idx = 'bill_by_visit'")
            }
            let later = Migration(
                "note.1",
                ["CREATE TABLE note (area {int} NOT NULL, id {int} NOT NULL, PRIMARY KEY (area, id)) {strict}"])
            try await store.migrate([schema, later])
            let figures = try await store.read { tx in
                try tx.rows("SELECT tbl, stat FROM sqlite_stat1 WHERE tbl IN ('bill', 'note') ORDER BY tbl, idx") {
                    "\(try $0.text(0)) \(try $0.text(1))"
                }
            }
            #expect(figures == ["bill 1000000 1000000 1", "bill 7 7 1", "note 1000000 1000000 1"])
        }
    }
}
