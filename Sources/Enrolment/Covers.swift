import Basics
import Control
import Storage

/// Where a reckoning of cover comes from (待遇核算的依据).
public struct CoverOrigin: Hashable, Sendable {
    public var area: AreaCode
    public var policyVersion: String
    /// The day up to which contributions are known.
    public var asOf: Day
    public var actor: Actor
    public var at: Moment
    public var matter: ID<Matter>?

    public init(
        area: AreaCode, policyVersion: String, asOf: Day, actor: Actor, at: Moment, matter: ID<Matter>? = nil
    ) {
        self.area = area
        self.policyVersion = policyVersion
        self.asOf = asOf
        self.actor = actor
        self.at = at
        self.matter = matter
    }
}

extension Enrolment {
    // MARK: - Cover in force

    /// The spans of cover in force; nil for a person of whom none were ever reckoned, whose imported spells decide.
    public static func cover(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [CoverSpan]? {
        try tx.first(lastCoverAct, Value(area), Value(person)) { try $0.int(0) }.map {
            try spans(tx, area: area, of: person, seq: $0)
        }
    }

    private static let lastCoverAct: SQL =
        "SELECT seq FROM cover_act WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1"

    static func spans(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, seq: Int64
    ) throws -> [CoverSpan] {
        try tx.all(CoverSpan.self, spansOfAct, Value(area), Value(person), .int(seq))
    }

    private static let spansOfAct = SQL(
        """
        SELECT \(CoverSpan.selection) FROM cover_span WHERE area = ? AND person = ? AND seq = ? ORDER BY first_day
        """)

    /// People whose cover was reckoned, by number, each with the last act: for the proof and the monthly sweep.
    public static func coverActs(
        _ tx: any Transaction, area: AreaCode, after: ID<Person> = ID(0), limit: Int
    ) throws -> [CoverAct] {
        try tx.all(CoverAct.self, actsInForce, Value(area), Value(after), .int(Int64(min(limit, 5000))))
    }

    private static let actsInForce = SQL(
        """
        SELECT \(CoverAct.columns) FROM cover_act a
        WHERE area = ? AND person > ? AND NOT EXISTS (
            SELECT 1 FROM cover_act b WHERE b.area = a.area AND b.person = a.person AND b.seq > a.seq)
        ORDER BY person LIMIT ?
        """)

    // MARK: - Reckoning

    /// What this desk knows of a person's cover; contributions are for the caller to add. Nil when the person is
    /// unknown.
    ///
    /// A spell that a desk of Yibao opened is decided by contributions from its first month on; what a file declared
    /// holds until then.
    public static func coverCase(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> CoverCase? {
        guard let insured = try insured(tx, area: area, person) else { return nil }
        // What stands under numbers that were merged into this one is the same human being's.
        let spells = try allSpells(tx, area: area, of: insured.person)
        let statuses =
            try insured.person.mergedInto == nil ? insured.statuses : statuses(tx, area: area, under: [person])
        return CoverCase(
            birth: insured.person.birth, died: insured.person.died, spells: spells, statuses: statuses,
            knownFrom: firstOwnMonth(spells))
    }

    /// The spells under all numbers of a person, by first day.
    public static func allSpells(
        _ tx: any Transaction, area: AreaCode, of person: PersonRecord
    ) throws -> [Spell] {
        try numbers(tx, area: area, of: person).flatMap { try spells(tx, area: area, of: $0) }.sorted {
            ($0.period.first, $0.id) < ($1.period.first, $1.id)
        }
    }

    /// The numbers whose records count for a person: his own first, then those merged into it; of a merged number itself
    /// only its own.
    public static func numbers(
        _ tx: any Transaction, area: AreaCode, of person: PersonRecord
    ) throws -> [ID<Person>] {
        person.mergedInto == nil ? try identities(tx, area: area, of: person.id) : [person.id]
    }

    /// The first month of the first basic spell that rests on no file: neither on its own nor, where only category or
    /// number changed, on that of the spells it goes on from.
    private static func firstOwnMonth(_ spells: [Spell]) -> Month? {
        var isDeclared = false
        for spell in spells.filter(\.insurance.isBasic).sorted(by: { $0.period.first < $1.period.first }) {
            guard spell.isImported || isDeclared && spell.reason.continues else { return spell.period.first.month }
            isDeclared = true
        }
        return nil
    }

    /// Records spans unless they are those in force already; true when something changed.
    @discardableResult
    public static func recordCover(
        _ tx: any Transaction, of person: ID<Person>, _ spans: [CoverSpan], knownFrom: Month?, by origin: CoverOrigin
    ) throws -> Bool {
        let area = origin.area
        let last = try tx.first(lastCoverAct, Value(area), Value(person)) { try $0.int(0) }
        if let last, try Self.spans(tx, area: area, of: person, seq: last) == spans { return false }
        let seq = (last ?? 0) + 1
        try tx.execute(
            coverActInsertion, Value(area), Value(person), .int(seq), Value(origin.asOf), Value(knownFrom),
            .text(origin.policyVersion), .int(origin.actor.columns.kind), .int(origin.actor.columns.number),
            Value(origin.at), Value(origin.matter))
        try tx.insert(
            into: "cover_span", columns: CoverSpan.columns,
            rows: spans.map { $0.values(area: area, person: person, seq: seq) })
        var rows = RowDigest()
        try CoverEvidence.add(tx, area: area, person: person.raw, seq: seq, to: &rows)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: CoverEvidence.event, subject: person.raw, record: seq, actor: origin.actor,
                at: origin.at, rows: rows))
        return true
    }

    private static let coverActInsertion: SQL = """
        INSERT INTO cover_act (area, person, seq, as_of_day, known_month, policy_version, actor_kind, actor, at, matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    // MARK: - Verification

    /// Spans that do not follow one another without a gap, or do not reach into the future.
    static func verifyCover(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(brokenSpans, Value(area)) { row in
            Problem(
                "enrolment.cover.broken", field: "人员 \(try row.int(0))",
                "待遇享受区间第 \(try row.int(1)) 次核算有缺口或重叠,请重新核算此人的待遇享受")
        }
    }

    /// A span that ends must be followed by the next day's; one that does not must be the last.
    private static let brokenSpans: SQL = """
        SELECT s.person, s.seq FROM cover_span s
        LEFT JOIN cover_span n ON n.area = s.area AND n.person = s.person AND n.seq = s.seq
            AND n.first_day = s.last_day + 1
        WHERE s.area = ? AND (
            (s.last_day IS NOT NULL AND n.person IS NULL)
            OR (s.last_day IS NULL AND EXISTS (
                SELECT 1 FROM cover_span l WHERE l.area = s.area AND l.person = s.person AND l.seq = s.seq
                    AND l.first_day > s.first_day)))
        ORDER BY s.person, s.seq LIMIT 100
        """
}
