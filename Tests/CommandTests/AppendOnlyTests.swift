import Agency
import Storage
import TestKit
import Testing

/// Nothing that was done is changed or removed afterwards (只追加): every table the migrations of any desk call
/// append-only, tried on the small county.
@Suite("Every ledger, event and act of the house refuses change")
struct AppendOnlyTests {
    private static let tables = names(after: "CREATE TABLE ")
    private static let guarded = names(after: "{append-only ")

    /// Pictures of today, counters, and what may be forgotten. What they say follows from acts, which refuse change.
    private static let changing: Set = [
        "accumulator", "employer", "encounter_state", "event_clock", "exchange_file", "insurance_spell",
        "item_mapping_revision", "matter_status", "matter_task", "person_paper", "personal_account",
        "portability_pending", "receipt_counter", "session", "transfer_standing",
    ]

    /// The tables that statements beginning so are about, in the order of the migrations.
    private static func names(after words: String) -> [String] {
        Agency.migrations.flatMap(\.statements).compactMap { statement in
            let text = statement.drop(while: \.isWhitespace)
            guard text.hasPrefix(words) else { return nil }
            return String(text.dropFirst(words.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        }
    }

    @Test("A table refuses change, or stands among the few that are known to change")
    func everyTable() {
        #expect(Self.guarded.count > 100)
        #expect(Set(Self.guarded).count == Self.guarded.count)
        #expect(Set(Self.tables).symmetricDifference(Self.changing.union(Self.guarded)) == [])
        #expect(Self.changing.intersection(Self.guarded) == [])
    }

    @Test(
        "Each has its refusals in the database itself, whether rows stand in it or not", arguments: StoreKind.allCases)
    func triggers(_ kind: StoreKind) async throws {
        let due: Set = kind == .sqlite ? ["UPDATE", "DELETE"] : ["UPDATE", "DELETE", "TRUNCATE"]
        try await DemonstrationTests.county.withCopy(kind) { store, _ in
            let refused = try await store.read { tx in try Self.refusedVerbs(tx) }
            for table in Self.guarded { #expect(refused[table] == due, "\(table)") }
            #expect(Set(refused.keys) == Set(Self.guarded))
        }
    }

    @Test(
        "Where rows stand, changing and deleting them is refused, and they stay as they are",
        arguments: StoreKind.allCases)
    func rows(_ kind: StoreKind) async throws {
        try await DemonstrationTests.county.withCopy(kind) { store, _ in
            let (tried, broken) = try await store.write { tx in
                var (tried, broken) = (0, [String]())
                for table in Self.guarded {
                    let before = try Self.standing(table, tx)
                    guard before.rows > 0 else { continue }
                    tried += 1
                    for attack in Self.attacks(on: table, kind) where !Self.isRefused(attack, on: table, tx) {
                        broken.append(attack.text)
                    }
                    if try Self.standing(table, tx) != before { broken.append("\(table) changed") }
                }
                return (tried, broken)
            }
            #expect(broken == [])
            #expect(tried > Self.guarded.count / 2)
        }
    }

    private static func attacks(on table: String, _ kind: StoreKind) -> [SQL] {
        let both: [SQL] = ["UPDATE \(table) SET area = area + 1", "DELETE FROM \(table)"]
        return kind == .sqlite ? both : both + ["TRUNCATE \(table) CASCADE"]
    }

    private static func isRefused(_ attack: SQL, on table: String, _ tx: any Transaction) -> Bool {
        do {
            try tx.attempt { try tx.execute(attack) }
            return false
        } catch StoreError.constraint(let reason) {
            return reason.contains("append-only: \(table) refuses")
        } catch {
            return false
        }
    }

    /// How many rows there are, and the sum of their areas, which the attack would change.
    private static func standing(_ table: String, _ tx: any Transaction) throws -> (rows: Int64, areas: Int64) {
        try tx.first("SELECT count(*), CAST(COALESCE(sum(area), 0) AS BIGINT) FROM \(table)") {
            (try $0.int(0), try $0.int(1))
        } ?? (0, 0)
    }

    /// What the catalogue of the database says is refused of each table, unconditionally.
    private static func refusedVerbs(_ tx: any Transaction) throws -> [String: Set<String>] {
        var refused: [String: Set<String>] = [:]
        switch tx.dialect {
        case .sqlite:
            let query: SQL = "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
            for (table, text) in try tx.rows(query, read: { (try $0.text(0), try $0.text(1)) }) {
                for verb in ["UPDATE", "DELETE"]
                where text.contains("BEFORE \(verb) ON \(table)\nBEGIN SELECT RAISE(ABORT, 'append-only") {
                    refused[table, default: []].insert(verb)
                }
            }
        case .postgres:
            let query: SQL = """
                SELECT CAST(c.relname AS TEXT), CAST(t.tgtype AS BIGINT) FROM pg_trigger t
                JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE p.proname = 'refuse_change' AND t.tgenabled = 'O' AND t.tgqual IS NULL
                    AND CAST(t.tgattr AS TEXT) = ''
                """
            // Bits of pg_trigger.tgtype: 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE.
            for (table, bits) in try tx.rows(query, read: { (try $0.text(0), try $0.int(1)) }) where bits & 2 != 0 {
                for (bit, verb) in [(8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE")] as [(Int64, String)]
                where bits & bit != 0 {
                    refused[table, default: []].insert(verb)
                }
            }
        }
        return refused
    }
}
