import Basics
import Control
import Storage

/// One reckoning of a person's cover (待遇核算), without its spans.
public struct CoverAct: Hashable, Sendable, Record {
    public let person: ID<Person>
    public let seq: Int64
    public let asOf: Day
    /// The first month whose contributions decided.
    public let knownFrom: Month?
    /// The law it was reckoned by.
    public let policyVersion: String

    static let columns = "person, seq, as_of_day, known_month, policy_version"

    public init(_ row: any Row) throws {
        person = try row.id(0)
        seq = try row.int(1)
        asOf = try row.day(2)
        knownFrom = try row.intOrNil(3).map { Month(number: Int32(truncatingIfNeeded: $0)) }
        policyVersion = try row.text(4)
    }
}

extension CoverSpan: Record {
    static let columns = [
        "area", "person", "seq", "first_day", "last_day", "insurance", "spell", "raise_fen", "reason", "reason_day",
        "reason_month", "clause",
    ]
    static let selection =
        "first_day, last_day, insurance, spell, raise_fen, reason, reason_day, reason_month, clause"

    public init(_ row: any Row) throws {
        guard let period = Period(from: try row.day(0), through: try row.dayOrNil(1)) else {
            throw StoreError.damaged("a span of cover ends before it begins")
        }
        if let reason = try row.codeOrNil(5, NoCover.Reason.self) {
            let month = try row.intOrNil(7).map { Month(number: Int32(truncatingIfNeeded: $0)) }
            let none = NoCover(reason, day: try row.dayOrNil(6), month: month, clause: try row.text(8))
            self.init(period, .notCovered(none))
        } else {
            let cover = Cover(
                insurance: try row.code(2), spell: ID(try row.int(3)), criticalRaise: try row.money(4))
            self.init(period, .covered(cover))
        }
    }

    func values(area: AreaCode, person: ID<Person>, seq: Int64) -> [Value] {
        let key: [Value] = [Value(area), Value(person), .int(seq), Value(period.first), Value(period.last)]
        switch state {
        case .covered(let cover):
            return key + [
                Value(code: cover.insurance), Value(cover.spell), Value(cover.criticalRaise), .null, .null, .null, "",
            ]
        case .notCovered(let none):
            return key + [
                .null, .null, 0, Value(code: none.reason), Value(none.day), Value(none.month), .text(none.clause),
            ]
        }
    }
}

extension Enrolment {
    /// A person's spells by first day, and the number of the reckoning in force: one statement, so that a settlement
    /// of somebody whose cover was never reckoned asks nothing more.
    static func spellsAndCoverAct(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> (spells: [Spell], act: Int64?) {
        var rows = SpellRows()
        var act: Int64?
        try tx.forEach(spellsWithCoverAct, [Value(area), Value(person)]) { row in
            act = try row.intOrNil(0)
            try rows.take(row, from: 1)
            return true
        }
        return (rows.all.map(\.spell), act)
    }

    private static let spellsWithCoverAct = SQL(
        """
        SELECT (
            SELECT c.seq FROM cover_act c WHERE c.area = s.area AND c.person = s.person ORDER BY c.seq DESC LIMIT 1),
            \(Spell.selection)
        FROM insurance_spell s \(Spell.actsJoin)
        WHERE s.area = ? AND s.person = ? ORDER BY s.first_day, s.id, a.seq
        """)

    /// The rows of one reckoning, which one event vouches for.
    enum CoverEvidence {
        static let event: EventKind = "enrolment.cover.reckoned"
        private static let acts = EvidenceTable(
            "cover_act", "area", "person", "seq", "as_of_day", "known_month", .text("policy_version"), "actor_kind",
            "actor", "at", "matter")
        private static let spans = EvidenceTable(
            "cover_span", "area", "person", "seq", "first_day", "last_day", "insurance", "spell", "raise_fen", "reason",
            "reason_day", "reason_month", .text("clause"))
        private static let ofAct = "WHERE area = ? AND person = ? AND seq = ?"

        static let source = EvidenceSource(
            "待遇核算", kinds: [event], rowCount: "SELECT count(*) FROM cover_act WHERE area = ?"
        ) { tx, event, digest in
            try add(tx, area: event.area, person: event.subject, seq: event.record, to: &digest)
        }

        static func add(
            _ tx: any Transaction, area: AreaCode, person: Int64, seq: Int64, to digest: inout RowDigest
        ) throws {
            let key: [Value] = [Value(area), .int(person), .int(seq)]
            try acts.addAll(tx, ofAct, key, to: &digest)
            try spans.addAll(tx, ofAct + " ORDER BY first_day", key, to: &digest)
        }
    }
}
