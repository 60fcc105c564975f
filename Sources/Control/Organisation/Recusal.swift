import Basics
import Storage

extension EventKind {
    /// 回避登记
    public static let recusalDeclared: EventKind = "recusal.declared"
    /// 解除回避
    public static let recusalEnded: EventKind = "recusal.ended"
}

/// Somebody or something that a matter is about (办理对象): the person, employer or member of staff whose rights it
/// touches.
public struct MatterConcern: Hashable, Comparable, Sendable {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// 参保人
        case person = 1
        /// 单位
        case employer = 2
        /// 经办人员
        case staff = 3

        public var name: String {
            switch self {
            case .person: "参保人"
            case .employer: "单位"
            case .staff: "经办人员"
            }
        }

        /// As the subjects of matters are called (`Carried.Subject`).
        public var subject: String {
            switch self {
            case .person: "person"
            case .employer: "employer"
            case .staff: "staff"
            }
        }
    }

    public let kind: Kind
    public let number: Int64

    /// Whom a matter brought something about for, by the kind and number of its subject; nil for vouchers, bills …
    public init?(_ subject: Carried.Subject) {
        guard let kind = Kind.allCases.first(where: { $0.subject == subject.kind }) else { return nil }
        self.init(kind: kind, number: subject.id)
    }

    init(kind: Kind, number: Int64) {
        self.kind = kind
        self.number = number
    }

    public static func < (a: MatterConcern, b: MatterConcern) -> Bool {
        (a.kind.rawValue, a.number) < (b.kind.rawValue, b.number)
    }

    public static func person(_ id: ID<Person>) -> MatterConcern { MatterConcern(kind: .person, number: id.raw) }
    public static func employer(_ id: ID<Employer>) -> MatterConcern { MatterConcern(kind: .employer, number: id.raw) }
    public static func staff(_ id: ID<StaffMember>) -> MatterConcern { MatterConcern(kind: .staff, number: id.raw) }
}

/// Why a member of staff keeps out of the matters of a person or employer (回避登记): 公务员法第七十六条.
public struct Recusal: Hashable, Sendable {
    public enum Relation: Int64, Sendable, CaseIterable {
        /// 本人: the register's own record of the official.
        case oneself = 1
        /// 夫妻、直系血亲、三代以内旁系血亲、近姻亲
        case kin = 2
        /// 其他利害关系: a former employer, a share, a dispute.
        case interest = 3

        public var name: String {
            switch self {
            case .oneself: "本人"
            case .kin: "亲属"
            case .interest: "利害关系"
            }
        }
    }

    public let id: ID<Recusal>
    public let staff: ID<StaffMember>
    public let concern: MatterConcern
    public let relation: Relation
    public let ground: Ground
    /// Since when it binds no more; nil while it stands.
    public let endedAt: Moment?

    /// Whether it bound at a moment.
    public func binds(at moment: Moment) -> Bool { ground.at <= moment && endedAt.map { moment < $0 } ?? true }

    static let basis = "公务员法第七十六条"
}

/// The register of recusals (回避登记簿). The engine of matters asks it at every act.
///
/// ```swift
/// try Recusals.declare(tx, area: area, staff: clerk, .person(person), .oneself, on: ground)
/// ```
public enum Recusals {
    // MARK: Changing

    /// Enters a recusal: from this second on the person acts in no matter about it.
    @discardableResult
    public static func declare(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, _ concern: MatterConcern,
        _ relation: Recusal.Relation, on ground: Ground
    ) throws -> ID<Recusal> {
        try Problems(problems(tx, area: area, staff: staff, concern, on: ground)).throwIfAny()
        let id = try tx.nextID(Recusal.self, "recusal")
        var rows = RowDigest()
        try table.insert(
            tx,
            [
                Value(area), Value(id), Value(staff), Value(code: concern.kind), .int(concern.number),
                Value(code: relation),
            ] + ground.values, into: &rows)
        try append(tx, area, .recusalDeclared, staff, id, rows, ground, ["about": concern.kind.name])
        return id
    }

    /// Everything that speaks against entering it.
    public static func problems(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, _ concern: MatterConcern, on ground: Ground
    ) throws -> [Problem] {
        var problems = ground.problems
        guard let account = try Staff.find(tx, area: area, staff: staff), account.state != .closed else {
            return problems + [
                Problem("control.staff.unknown", field: "staff", "没有编号为 \(staff) 的在职人员,请从人员列表中选择")
            ]
        }
        if try standing(tx, area: area, of: staff).contains(where: { $0.concern == concern }) {
            problems.append(
                Problem(
                    "control.recusal.known", field: concern.kind.subject,
                    "\(account.displayName)对这个\(concern.kind.name)已登记回避,无需再登记"))
        }
        return problems
    }

    /// Ends a recusal (解除回避), when its reason is gone.
    public static func end(_ tx: any Transaction, area: AreaCode, _ id: ID<Recusal>, on ground: Ground) throws {
        try Problems(ground.problems).throwIfAny()
        guard let recusal = try find(tx, area: area, id), recusal.endedAt == nil else { throw unknown(id) }
        var rows = RowDigest()
        try ends.insert(tx, [Value(area), Value(id), Value(recusal.staff)] + ground.values, into: &rows)
        try append(tx, area, .recusalEnded, recusal.staff, id, rows, ground, [:])
    }

    public static func unknown(_ id: ID<Recusal>) -> Problem {
        Problem("control.recusal.unknown", field: "recusal", "没有编号为 \(id) 的回避登记,或已解除,请核对编号")
    }

    private static func append(
        _ tx: any Transaction, _ area: AreaCode, _ kind: EventKind, _ staff: ID<StaffMember>, _ id: ID<Recusal>,
        _ rows: RowDigest, _ ground: Ground, _ words: KeyValuePairs<StaticString, String>
    ) throws {
        try EventLog.append(
            tx,
            Event(
                area: area, kind: kind, subject: staff.raw, record: id.raw, actor: ground.actor, at: ground.at,
                detail: ground.detail(words), rows: rows))
    }

    // MARK: Asking

    public static func find(_ tx: any Transaction, area: AreaCode, _ id: ID<Recusal>) throws -> Recusal? {
        try tx.one(Recusal.self, byID, Value(area), Value(id))
    }

    /// What binds a person now.
    public static func standing(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>
    ) throws -> [Recusal] {
        try tx.all(Recusal.self, ofStaff, Value(area), Value(staff))
    }

    /// Every recusal that ever was, newest first, at most 1,000.
    public static func all(_ tx: any Transaction, area: AreaCode) throws -> [Recusal] {
        try tx.all(Recusal.self, everyOne, Value(area))
    }

    /// The recusal that keeps a person out of a matter about these; nil when none does. A member of staff is kept out
    /// of matters about themselves without any entry.
    static func binding(
        _ tx: any Transaction, area: AreaCode, _ staff: ID<StaffMember>, about concerns: Set<MatterConcern>
    ) throws -> (concern: MatterConcern, relation: Recusal.Relation)? {
        if concerns.isEmpty { return nil }
        if concerns.contains(.staff(staff)) { return (.staff(staff), .oneself) }
        return try standing(tx, area: area, of: staff).first { concerns.contains($0.concern) }
            .map { ($0.concern, $0.relation) }
    }

    /// An act in a matter about somebody whom the actor has a recusal entered for.
    public struct Act: Hashable, Sendable {
        public let recusal: Recusal
        public let matter: ID<Matter>
        public let at: Moment

        /// The recusal bound already, or still: the engine should have refused the act.
        public var isBreach: Bool { recusal.binds(at: at) }
    }

    /// What people did in matters about those they keep out of the way of, before they had it entered or after
    /// (回避核查): the first act in each matter within some days. Breaches come first, at most `limit` are read.
    public static func acts(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, limit: Int
    ) throws -> [Act] {
        try tx.rows(
            actsOfRecused, Value(area), Value(Moment(first)), Value(Moment(last + 1)), .int(Int64(limit))
        ) { row in
            Act(recusal: try Recusal(row), matter: try row.id(11), at: try row.moment(12))
        }
    }

    /// How many such acts there are, however many are read.
    public static func actCount(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> Int {
        Int(
            try tx.first(countOfActs, Value(area), Value(Moment(first)), Value(Moment(last + 1))) { try $0.int(0) }
                ?? 0)
    }

    private static let countOfActs = SQL("SELECT count(*) FROM (\(everyAct)) AS acts")
    private static let actsOfRecused = SQL(
        """
        \(everyAct)
        ORDER BY CASE WHEN min(a.happened_at) >= r.happened_at
            AND (e.happened_at IS NULL OR min(a.happened_at) < e.happened_at) THEN 0 ELSE 1 END, r.id, a.matter LIMIT ?
        """)

    private static let everyAct = """
        SELECT r.id, r.staff, r.kind, r.subject, r.relation, r.reason, r.matter, r.by_kind, r.by_number,
            r.happened_at, e.happened_at, a.matter, min(a.happened_at)
        FROM recusal r LEFT JOIN recusal_end e ON e.area = r.area AND e.recusal = r.id
        JOIN matter_subject c ON c.area = r.area AND c.subject = r.subject
            AND c.kind = CASE r.kind WHEN 1 THEN 'person' WHEN 2 THEN 'employer' ELSE 'staff' END
        JOIN matter_act a ON a.area = c.area AND a.matter = c.matter AND a.kind IN (\(WorkQuery.stepActs))
            AND (a.actor = r.staff AND a.actor_kind = 1 OR a.behalf = r.staff)
        WHERE r.area = ? AND a.happened_at >= ? AND a.happened_at < ?
        GROUP BY r.id, r.staff, r.kind, r.subject, r.relation, r.reason, r.matter, r.by_kind, r.by_number,
            r.happened_at, e.happened_at, a.matter
        """

    private static let selection = """
        SELECT r.id, r.staff, r.kind, r.subject, r.relation, r.reason, r.matter, r.by_kind, r.by_number,
            r.happened_at, e.happened_at
        FROM recusal r LEFT JOIN recusal_end e ON e.area = r.area AND e.recusal = r.id
        """
    private static let byID = SQL("\(selection) WHERE r.area = ? AND r.id = ?")
    private static let ofStaff = SQL(
        "\(selection) WHERE r.area = ? AND r.staff = ? AND e.recusal IS NULL ORDER BY r.id")
    private static let everyOne = SQL("\(selection) WHERE r.area = ? ORDER BY r.id DESC LIMIT 1000")

    // MARK: The rows

    private static let table = EvidenceTable(
        "recusal", "area", "id", "staff", "kind", "subject", "relation", .text("reason"), "matter", "by_kind",
        "by_number", "happened_at")
    private static let ends = EvidenceTable(
        "recusal_end", "area", "recusal", "staff", .text("reason"), "matter", "by_kind", "by_number", "happened_at")

    static let evidence = [
        source("回避登记", .recusalDeclared, table, key: "id"), source("解除回避", .recusalEnded, ends, key: "recusal"),
    ]

    private static func source(
        _ subject: String, _ kind: EventKind, _ table: EvidenceTable, key: String
    ) -> EvidenceSource {
        EvidenceSource(
            subject, kinds: [kind], rowCount: SQL("SELECT count(*) FROM \(table.name) WHERE area = ?")
        ) { tx, event, digest in
            try table.addAll(
                tx, "WHERE area = ? AND staff = ? AND \(key) = ?",
                [Value(event.area), .int(event.subject), .int(event.record)], to: &digest)
        }
    }
}

extension Recusal: Record {
    public init(_ row: any Row) throws {
        id = try row.id(0)
        staff = try row.id(1)
        concern = MatterConcern(kind: try row.code(2), number: try row.int(3))
        relation = try row.code(4)
        ground = Ground(
            try row.text(5), matter: row.isNull(6) ? nil : try row.id(6),
            by: Actor(kind: try row.int(7), number: try row.int(8)) ?? .system, at: try row.moment(9))
        endedAt = try row.intOrNil(10).map { Moment(seconds: $0) }
    }
}
