import Basics
import Control
import Glibc
import Seals
import Storage
import Synchronization
import StoreKit
import Testing

/// What an intruder does to the tables, and what the proof must say of it first.
struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let tables: [String]
    let statements: [SQL]
    let expected: String

    init(_ what: String, _ table: String, _ statements: SQL..., expect code: String) {
        testDescription = what
        tables = [table]
        self.statements = statements
        expected = "control.verify.\(code)"
    }

    static let onEvents = [
        Attack("kind", "event", "UPDATE event SET kind = 'bill.mode' WHERE subject = 12", expect: "eventChanged"),
        Attack("subject", "event", "UPDATE event SET subject = 11 WHERE subject = 12", expect: "eventChanged"),
        Attack("record", "event", "UPDATE event SET record = 11 WHERE subject = 12", expect: "eventChanged"),
        Attack("actor kind", "event", "UPDATE event SET actor_kind = 1 WHERE subject = 12", expect: "eventChanged"),
        Attack("actor", "event", "UPDATE event SET actor = 8 WHERE subject = 12", expect: "eventChanged"),
        Attack(
            "moment", "event", "UPDATE event SET happened_at = happened_at + 1 WHERE subject = 12",
            expect: "eventChanged"),
        Attack(
            "detail", "event", "UPDATE event SET detail = '{\"bill\":13}' WHERE subject = 12", expect: "eventChanged"),
        Attack(
            "digest", "event",
            "UPDATE event SET rows_digest = (SELECT rows_digest FROM event WHERE subject = 13) WHERE subject = 12",
            expect: "eventChanged"),
        Attack("area", "event", "UPDATE event SET area = 990200 WHERE subject = 12", expect: "eventDeleted"),
        Attack("number", "event", "UPDATE event SET id = id + 5000 WHERE subject = 12", expect: "eventDeleted"),
        Attack("deleted", "event", "DELETE FROM event WHERE subject = 12", expect: "eventDeleted"),
        Attack(
            "last of its batch deleted", "event", "DELETE FROM event WHERE subject = 20", expect: "eventDeleted"),
        Attack(
            "inserted", "event",
            """
            INSERT INTO event SELECT area, mark, id + 100000, kind, 77, 77, actor_kind, actor, happened_at, detail,
                rows_digest FROM event WHERE subject = 12
            """, expect: "eventInserted"),
        Attack(
            "two swapped", "event",
            """
            UPDATE event SET mark = CASE subject WHEN 12 THEN (SELECT mark FROM event WHERE subject = 13)
                ELSE (SELECT mark FROM event WHERE subject = 12) END WHERE subject IN (12, 13)
            """, expect: "eventDeleted"),
    ]

    static let onSeals = [
        Attack(
            "head", "event_seal",
            "UPDATE event_seal SET head = (SELECT head FROM event_seal WHERE seal = 1) WHERE seal = 2",
            expect: "sealChanged"),
        Attack(
            "members", "event_seal",
            "UPDATE event_seal SET members = (SELECT members FROM event_seal WHERE seal = 1) WHERE seal = 2",
            expect: "sealChanged"),
        Attack(
            "moment", "event_seal", "UPDATE event_seal SET sealed_at = sealed_at + 1 WHERE seal = 2",
            expect: "sealChanged"),
        Attack(
            "count", "event_seal", "UPDATE event_seal SET batch_count = batch_count - 1 WHERE seal = 2",
            expect: "sealChanged"),
        Attack(
            "total", "event_seal", "UPDATE event_seal SET total_count = total_count + 1 WHERE seal = 2",
            expect: "sealChanged"),
        Attack(
            "end", "event_seal", "UPDATE event_seal SET last_id = last_id + 1 WHERE seal = 2", expect: "sealChanged"),
        Attack("deleted", "event_seal", "DELETE FROM event_seal WHERE seal = 2", expect: "sealMissing"),
    ]

    static let onRows = [
        Attack("amount", "bill", "UPDATE bill SET amount_fen = amount_fen + 1 WHERE id = 12", expect: "rows"),
        Attack("text", "bill", "UPDATE bill SET note = '第 13 张。' WHERE id = 13", expect: "rows"),
        Attack("text to nothing", "bill", "UPDATE bill SET note = NULL WHERE id = 13", expect: "rows"),
        Attack("nothing to empty", "bill", "UPDATE bill SET note = '' WHERE id = 12", expect: "rows"),
        Attack(
            "bytes", "bill", "UPDATE bill SET stamp = (SELECT stamp FROM bill WHERE id = 14) WHERE id = 12",
            expect: "rows"),
        Attack("deleted", "bill", "DELETE FROM bill WHERE id = 12", expect: "rows"),
        Attack(
            "inserted beside the program", "bill", "INSERT INTO bill (area, id, amount_fen) VALUES (990100, 500, 1)",
            expect: "rowCount"),
    ]
}

/// Lets two transactions of a test wait for one another.
private final class Flag: Sendable {
    private let raised = Atomic(false)

    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}

@Suite("The event chain")
struct ChainTests {
    @Test("An untouched database is sound, with and without its exported heads", arguments: StoreKind.allCases)
    func sound(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            let heads = try await store.read { tx in try HeadFile(tx, area: Situation.area) }
            let result = try await Situation.verify(store, heads: HeadFile(heads.text, file: "heads.txt"))
            #expect(result.problems.all == [])
            #expect(result.events == 30)
            #expect(result.seals == 3)
            #expect(result.unsealed == 0)
            #expect(result.headsChecked == 4)
        }
    }

    @Test(
        "An event that was changed, deleted, inserted or moved is named", arguments: StoreKind.allCases, Attack.onEvents
    )
    func changedEvents(_ kind: StoreKind, _ attack: Attack) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            try await Situation.tamper(store, attack.tables, attack.statements)
            let first = try #require(try await Situation.verify(store).problems.all.first)
            #expect(first.code == attack.expected)
            #expect(first.field == "事件链 第 2 号封条")
        }
    }

    @Test("A seal that was changed or deleted is named", arguments: StoreKind.allCases, Attack.onSeals)
    func changedSeals(_ kind: StoreKind, _ attack: Attack) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            try await Situation.tamper(store, attack.tables, attack.statements)
            #expect(try await Situation.verify(store).problems.all.first?.code == attack.expected)
        }
    }

    @Test("A row that its event does not vouch for is named", arguments: StoreKind.allCases, Attack.onRows)
    func changedRows(_ kind: StoreKind, _ attack: Attack) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            try await Situation.tamper(store, attack.tables, attack.statements)
            let problems = try await Situation.verify(store).problems.all
            #expect(problems.first?.code == attack.expected)
            #expect(problems.count <= 2)
        }
    }

    @Test("Events and seals refuse to be changed through the program", arguments: StoreKind.allCases)
    func appendOnly(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            for table in ["event", "event_seal", "signed_head", "signing_key"] {
                for change in ["UPDATE \(table) SET area = area", "DELETE FROM \(table)"] {
                    await #expect(throws: StoreError.self) {
                        _ = try await store.write { tx in try tx.execute(SQL(change)) }
                    }
                }
            }
        }
    }

    @Test("Events after the last seal are counted, and proven by their rows", arguments: StoreKind.allCases)
    func unsealedTail(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            try await Situation.make(31...34, in: store)
            let result = try await Situation.verify(store)
            #expect(result.isSound)
            #expect(result.unsealed == 4)
            #expect(result.events == 34)
            try await Situation.tamper(store, ["bill"], ["UPDATE bill SET amount_fen = 0 WHERE id = 33"])
            #expect(try await Situation.verify(store).problems.all.map(\.field) == ["账单 33"])
        }
    }

    @Test("A deleted end of everything is found by the exported head alone", arguments: StoreKind.allCases)
    func truncatedTail(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            let heads = try await store.read { tx in try HeadFile(tx, area: Situation.area) }
            try await Situation.tamper(
                store, ["event", "event_seal", "signed_head", "bill"],
                [
                    "DELETE FROM bill WHERE id > 20", "DELETE FROM event WHERE subject > 20",
                    "DELETE FROM event_seal WHERE seal = 3",
                ])
            #expect(try await Situation.verify(store).problems.all.first?.code == "control.verify.truncated")
            try await Situation.tamper(store, [], ["DELETE FROM signed_head WHERE seal = 3"])
            #expect(try await Situation.verify(store).isSound)
            let problems = try await Situation.verify(store, heads: heads).problems.all
            #expect(problems.map(\.code) == ["control.verify.truncated"])
        }
    }

    @Test("A chain rewritten from the beginning does not match the exported head", arguments: StoreKind.allCases)
    func rewritten(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            let heads = try await store.read { tx in try HeadFile(tx, area: Situation.area) }
            try await Situation.tamper(
                store, ["event", "event_seal", "signed_head", "bill"],
                [
                    "DELETE FROM signed_head", "DELETE FROM event_seal",
                    "UPDATE event SET actor = 9 WHERE subject = 12",
                ])
            try await Situation.seal(30, in: store)
            #expect(try await Situation.verify(store).isSound)
            let problems = try await Situation.verify(store, heads: heads).problems.all
            #expect(!problems.isEmpty)
            #expect(problems.allSatisfy { ["control.verify.rewritten", "control.verify.truncated"].contains($0.code) })
        }
    }

    @Test("A head whose signature or figures were changed is refused", arguments: StoreKind.allCases)
    func wrongSignature(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            try await Situation.tamper(
                store, ["signed_head"], ["UPDATE signed_head SET total_count = total_count + 1 WHERE seal = 3"])
            #expect(try await Situation.verify(store).problems.all.map(\.code) == ["control.verify.signature"])
        }
    }

    @Test("A head signed with another key than the one it names is refused", arguments: StoreKind.allCases)
    func foreignKey(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            var heads = try await store.read { tx in try HeadFile(tx, area: Situation.area) }
            let foreign = try SM2PrivateKey.generate()
            heads.keys = [
                HeadFile.Key(
                    area: Situation.area, fingerprint: heads.keys[0].fingerprint, pem: try foreign.publicKey.pem())
            ]
            let problems = try await Situation.verify(store, heads: heads).problems.all
            #expect(problems.map(\.code) == ["control.verify.signature", "control.verify.signature"])
        }
    }

    @Test("Signing a day twice without new events gives the same head", arguments: StoreKind.allCases)
    func signedOnce(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, key in
            let day = Situation.morning.day + 5
            let first = try await EventChain.signDay(
                store, area: Situation.area, day: day, key: key, at: Situation.morning)
            let second = try await EventChain.signDay(
                store, area: Situation.area, day: day, key: key, at: Situation.morning + 60)
            #expect(first == second)
            #expect(first?.totalCount == 30)
            let none = try await EventChain.signDay(
                store, area: AreaCode(110000), day: day, key: key, at: Situation.morning)
            #expect(none == nil)
        }
    }

    @Test("A day is signed once it is over, also when the house was closed meanwhile", arguments: StoreKind.allCases)
    func closingDays(_ kind: StoreKind) async throws {
        try await withStore(kind, Situation.migrations) { store in
            try await withTemporaryFolder { folder in
                let key = try SigningKey.make(at: folder + "/signing.key")
                try await Situation.make(1...3, in: store)
                try await Situation.sealAll(in: store)
                func close(_ moment: Moment) async throws -> Day? {
                    try await EventChain.closeDays(store, area: Situation.area, key: key, at: moment)?.day
                }
                #expect(try await close(Situation.morning + 3600) == nil)
                let weekLater = Situation.morning + 7 * 86_400
                #expect(try await close(weekLater) == Situation.morning.day)
                #expect(try await close(weekLater) == nil)
                #expect(try await Situation.verify(store).isSound)
            }
        }
    }

    @Test("The order of commits decides: a transaction still open holds the seals back behind it")
    func outOfOrder() async throws {
        guard StoreKind.allCases.contains(.postgres) else { return }
        try await withPostgresStore(Situation.migrations) { store in
            try await Situation.make(1...3, in: store)
            let hasAppended = Flag()
            let mayCommit = Flag()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    try await store.write { tx in
                        try Situation.make(4, tx)
                        hasAppended.raise()
                        while !mayCommit.isRaised { usleep(1000) }
                    }
                }
                while !hasAppended.isRaised { try await Task.sleep(for: .milliseconds(1)) }
                try await Situation.make(5...6, in: store)
                try await Situation.seal(3, in: store)
                mayCommit.raise()
                try await group.waitForAll()
            }
            try await Situation.seal(3, in: store)
            let result = try await Situation.verify(store)
            #expect(result.isSound)
            #expect(result.events == 6)
            #expect(result.unsealed == 0)
        }
    }

    @Test("A database restored into a younger cluster goes on where it was")
    func restored() async throws {
        guard StoreKind.allCases.contains(.postgres) else { return }
        try await withPostgresStore(Situation.migrations) { store in
            try await Situation.make(1...2, in: store)
            try await Situation.seal(2, in: store)
            // As if the events came from a cluster that had counted a billion transactions.
            try await Situation.tamper(
                store, ["event", "event_seal"],
                ["DELETE FROM event_seal", "UPDATE event SET mark = mark + 1000000000"])
            try await store.write { tx in try EventLog.resume(tx, area: Situation.area) }
            try await Situation.make(3...4, in: store)
            try await Situation.seal(4, in: store)
            let result = try await Situation.verify(store)
            #expect(result.isSound)
            #expect(result.unsealed == 0)
            let order = try await store.read { tx in
                try EventLog.latest(tx, area: Situation.area, limit: 10).map(\.subject)
            }
            #expect(order == [4, 3, 2, 1])
        }
    }

    @Test("Many writers and two sealers at once leave one whole chain", arguments: StoreKind.allCases)
    func concurrent(_ kind: StoreKind) async throws {
        try await withStore(kind, Situation.migrations) { store in
            try await withThrowingTaskGroup { group in
                for writer in 0..<6 {
                    group.addTask {
                        let first = Int64(writer * 20 + 1)
                        try await Situation.make(first...first + 19, in: store)
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<15 { try await Sealer.seal(store, area: Situation.area, at: Situation.morning) }
                    }
                }
                try await group.waitForAll()
            }
            try await Situation.sealAll(in: store)
            let result = try await Situation.verify(store)
            #expect(result.problems.all == [])
            #expect(result.events == 120)
            #expect(result.unsealed == 0)
        }
    }

    @Test("The event browser pages backwards by key; a subject's history reads forwards", arguments: StoreKind.allCases)
    func browsing(_ kind: StoreKind) async throws {
        try await Situation.withThirtyBills(kind) { store, _ in
            let seen = try await store.read { tx in
                var seen: [Int64] = []
                var place: EventPlace?
                while true {
                    let page = try EventLog.latest(tx, area: Situation.area, before: place, limit: 7)
                    if page.isEmpty { return seen }
                    seen += page.map(\.subject)
                    place = page.last?.place
                }
            }
            #expect(seen == (1...30).reversed())
            let history = try await store.read { tx in
                try EventLog.history(tx, area: Situation.area, subject: 12, kinds: "bill.")
            }
            #expect(history.map(\.record) == [12])
            #expect(try await store.read { tx in try EventLog.areas(tx) } == [Situation.area])
        }
    }
}
