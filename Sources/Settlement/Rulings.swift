import Basics
import Control
import Storage

/// A ruling's number.
public enum Ruling {}

extension EventKind {
    /// 待遇核定: residence elsewhere, a third person's liability
    public static let ruled: EventKind = "settlement.ruled"
    /// 待遇核定撤销
    public static let rulingWithdrawn: EventKind = "settlement.rulingWithdrawn"
}

/// What the agency rules about a person's care (经办核定): acts upon the ground of an approved matter.
extension SettlementDesk {
    /// Writes a ruling. A person has one of a kind at a time.
    ///
    /// - Throws: `settlement.ruling.overlap`
    @discardableResult
    public static func rule(
        _ tx: any Transaction, area: AreaCode, _ kind: RulingRecord.Kind, person: ID<Person>, period: Period,
        division: AreaCode? = nil, share: Rate? = nil, isUnpaid: Bool = false, matter: ID<Matter>, by actor: Actor,
        at: Moment
    ) throws -> ID<Ruling> {
        try requireFree(tx, area: area, kind, person: person, period: period)
        let ruling = RulingRecord(
            area: area, id: try tx.nextID(Ruling.self, "ruling"), kind: kind, person: person, period: period,
            division: division, share: share, isUnpaid: isUnpaid, matter: matter, actor: actor, at: at)
        try tx.insert(ruling)
        try ruled.record(tx, area: area, subject: ruling.id.raw, by: actor, at: at)
        return ruling.id
    }

    /// Refuses a ruling over days for which the person has one of the kind.
    ///
    /// - Throws: `settlement.ruling.overlap`
    public static func requireFree(
        _ tx: any Transaction, area: AreaCode, _ kind: RulingRecord.Kind, person: ID<Person>, period: Period
    ) throws {
        if let standing = try rulings(tx, area: area, of: person, kind).first(where: { $0.period.overlaps(period) }) {
            throw Problem(
                "settlement.ruling.overlap", field: "from",
                "已有\(kind.name) \(standing.id)(\(standing.period)),期间重叠;请先撤销原核定或改期")
        }
    }

    /// Takes a ruling back: what was settled under it stands, what comes after no longer sees it.
    public static func withdrawRuling(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Ruling>, ground: String, matter: ID<Matter>, by actor: Actor,
        at: Moment
    ) throws {
        try requireStanding(tx, area: area, id)
        try tx.execute(
            withdrawal, Value(area), Value(id), .text(ground), Value(matter), .int(actor.columns.kind),
            .int(actor.columns.number), Value(at))
        try rulingWithdrawn.record(tx, area: area, subject: id.raw, by: actor, at: at)
    }

    /// The ruling, when it stands and may be taken back; otherwise the problem that says why not.
    ///
    /// - Throws: `settlement.ruling.unknown`, `settlement.ruling.withdrawn`
    @discardableResult
    public static func requireStanding(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Ruling>
    ) throws -> RulingRecord {
        guard let ruling = try tx.one(RulingRecord.self, rulingQuery, Value(area), Value(id)) else {
            throw Problem("settlement.ruling.unknown", field: "ruling", "没有编号为 \(id) 的核定,请核对编号")
        }
        guard try tx.first(withdrawalQuery, Value(area), Value(id), read: { try $0.int(0) }) == nil else {
            throw Problem("settlement.ruling.withdrawn", field: "ruling", "核定 \(id) 已经撤销,不必再办")
        }
        return ruling
    }

    /// A person's rulings of a kind that stand, newest first.
    public static func rulings(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ kind: RulingRecord.Kind
    ) throws -> [RulingRecord] {
        try tx.all(RulingRecord.self, rulingsQuery, Value(area), Value(person), .int(kind.rawValue))
    }

    private static let rulingQuery = SQL(RulingRecord.selection + " WHERE area = ? AND id = ?")
    private static let rulingsQuery = SQL(
        """
        SELECT \(RulingRecord.columns.map { "r.\($0)" }.joined(separator: ", "))
        FROM ruling r LEFT JOIN ruling_withdrawal w ON w.area = r.area AND w.ruling_id = r.id
        WHERE r.area = ? AND r.person_id = ? AND r.kind = ? AND w.ruling_id IS NULL
        ORDER BY r.begin_day DESC, r.id DESC LIMIT 100
        """)
    private static let withdrawalQuery: SQL =
        "SELECT ruling_id FROM ruling_withdrawal WHERE area = ? AND ruling_id = ?"
    private static let withdrawal: SQL = """
        INSERT INTO ruling_withdrawal (area, ruling_id, ground, matter, actor_kind, actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """

    // MARK: Evidence

    /// What the desk's own acts vouch for; messages have theirs in the agency.
    public static var evidence: [EvidenceSource] { [ruled.evidence, rulingWithdrawn.evidence] }

    private static let ruled = ActKind(
        .ruled,
        EvidenceTable(
            "ruling", "area", "id", "kind", "person_id", "begin_day", "end_day", "division", "share_ppm", "is_unpaid",
            "matter", "actor_kind", "actor", "at"), subject: "id")
    private static let rulingWithdrawn = ActKind(
        .rulingWithdrawn,
        EvidenceTable(
            "ruling_withdrawal", "area", "ruling_id", .text("ground"), "matter", "actor_kind", "actor", "at"),
        subject: "ruling_id")
}
