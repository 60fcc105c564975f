import Basics
import Storage

extension EventKind {
    /// 授予岗位
    public static let postGranted: EventKind = "post.granted"
    /// 安排代班
    public static let postSubstituted: EventKind = "post.substituted"
    /// 收回岗位
    public static let postWithdrawn: EventKind = "post.withdrawn"
    /// 不相容岗位例外
    public static let postExcepted: EventKind = "post.excepted"
}

/// A grant with its end, for reports on a time that has passed (任职经历).
public struct PostTenure: Hashable, Sendable {
    public let held: HeldPost
    public let grantedBy: Actor
    public let grantedAt: Moment
    public let matter: ID<Matter>?
    public let reason: String
    public let withdrawnBy: Actor?
    public let withdrawnAt: Moment?

    /// The days on which the post was really held: a withdrawal ends them early. Nil when it never came into force.
    public var period: Period? {
        guard let withdrawnAt else { return held.period }
        return Period(
            from: held.period.first, through: min(held.period.last ?? withdrawnAt.day, withdrawnAt.day))
    }
}

extension PostTenure {
    /// From the second the rights began to the one they ended; empty when they never did.
    var span: Range<Moment> {
        let begin = max(grantedAt, Moment(held.period.first))
        let ends = [withdrawnAt, held.period.last.map { Moment($0 + 1) }].compactMap { $0 }
        return begin..<max(begin, ends.min() ?? Moment(seconds: .max))
    }
}

/// The rows of grants, withdrawals and exceptions.
enum GrantRecords {
    private static let grants = EvidenceTable(
        "post_grant", "area", "id", "staff", .text("post"), "on_behalf_of", "first_day", "last_day", .text("reason"),
        "matter", "by_kind", "by_number", "happened_at")
    private static let withdrawals = EvidenceTable(
        "post_withdrawal", "area", "grant_id", "staff", .text("reason"), "matter", "by_kind", "by_number",
        "happened_at")
    private static let exceptions = EvidenceTable(
        "post_exception", "area", "id", "staff", .text("one"), .text("other"), "first_day", "last_day",
        .text("reason"), "matter", "by_kind", "by_number", "happened_at")

    static let evidence = [
        source("授予岗位和代班", [.postGranted, .postSubstituted], grants, key: "id"),
        source("收回岗位", [.postWithdrawn], withdrawals, key: "grant_id"),
        source("不相容岗位例外", [.postExcepted], exceptions, key: "id"),
    ]

    private static func source(
        _ subject: String, _ kinds: [EventKind], _ table: EvidenceTable, key: String
    ) -> EvidenceSource {
        EvidenceSource(
            subject, kinds: kinds, rowCount: SQL("SELECT count(*) FROM \(table.name) WHERE area = ?")
        ) { tx, event, digest in
            try table.addAll(
                tx, "WHERE area = ? AND staff = ? AND \(key) = ?",
                [Value(event.area), .int(event.subject), .int(event.record)], to: &digest)
        }
    }

    // MARK: Writing

    static func write(_ tx: any Transaction, area: AreaCode, _ held: HeldPost, on ground: Ground) throws {
        var rows = RowDigest()
        try grants.insert(
            tx,
            [
                Value(area), Value(held.grant), Value(held.staff), .text(held.post.text), Value(held.onBehalfOf),
                Value(held.period.first), Value(held.period.last),
            ] + ground.values, into: &rows)
        let isSubstitute = held.onBehalfOf != nil
        try append(
            tx, area: area, isSubstitute ? .postSubstituted : .postGranted, held.staff, held.grant.raw, rows, ground,
            ["post": held.post.text, "days": held.period.description])
    }

    static func withdraw(_ tx: any Transaction, area: AreaCode, _ held: HeldPost, on ground: Ground) throws {
        var rows = RowDigest()
        try withdrawals.insert(tx, [Value(area), Value(held.grant), Value(held.staff)] + ground.values, into: &rows)
        try append(
            tx, area: area, .postWithdrawn, held.staff, held.grant.raw, rows, ground, ["post": held.post.text])
    }

    static func write(
        _ tx: any Transaction, area: AreaCode, _ exception: PostException, on ground: Ground
    ) throws {
        let id = try tx.nextNumber("post_exception")
        var rows = RowDigest()
        try exceptions.insert(
            tx,
            [
                Value(area), .int(id), Value(exception.staff), .text(exception.one.text),
                .text(exception.other.text), Value(exception.period.first), Value(exception.period.last),
            ] + ground.values, into: &rows)
        try append(
            tx, area: area, .postExcepted, exception.staff, id, rows, ground,
            [
                "one": exception.one.text, "other": exception.other.text, "days": exception.period.description,
            ])
    }

    private static func append(
        _ tx: any Transaction, area: AreaCode, _ kind: EventKind, _ staff: ID<StaffMember>, _ record: Int64,
        _ rows: RowDigest, _ ground: Ground, _ words: KeyValuePairs<StaticString, String>
    ) throws {
        try EventLog.append(
            tx,
            Event(
                area: area, kind: kind, subject: staff.raw, record: record, actor: ground.actor, at: ground.at,
                detail: ground.detail(words), rows: rows))
    }

    // MARK: Reading

    private static let columns = "g.id, g.staff, g.post, g.first_day, g.last_day, g.on_behalf_of"

    private static func held(_ row: any Row) throws -> HeldPost {
        let first = try row.day(3), last = try row.dayOrNil(4)
        guard let period = Period(from: first, through: last) else {
            throw StoreError.damaged("a post's period ends before it begins")
        }
        return HeldPost(
            grant: try row.id(0), staff: try row.id(1), post: PostCode(try row.text(2)), period: period,
            onBehalfOf: row.isNull(5) ? nil : try row.id(5))
    }

    /// Granted by that moment and not withdrawn by it. A withdrawal counts from its own second on.
    private static let standing = """
        g.happened_at <= ? AND NOT EXISTS (SELECT 1 FROM post_withdrawal w
            WHERE w.area = g.area AND w.grant_id = g.id AND w.happened_at <= ?)
        """
    private static let inForce = "g.first_day <= ? AND (g.last_day IS NULL OR g.last_day >= ?)"

    static func inForce(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>, at now: Moment
    ) throws -> [HeldPost] {
        try tx.rows(
            ofStaff, Value(area), Value(staff), Value(now), Value(now), Value(now.day), Value(now.day), read: held)
    }

    private static let ofStaff = SQL(
        "SELECT \(columns) FROM post_grant g WHERE g.area = ? AND g.staff = ? AND \(standing) AND \(inForce) ORDER BY g.id"
    )

    static func inForce(
        _ tx: any Transaction, area: AreaCode, post: PostCode, at now: Moment
    ) throws -> [HeldPost] {
        try tx.rows(
            ofPost, Value(area), .text(post.text), Value(now), Value(now), Value(now.day), Value(now.day), read: held)
    }

    private static let ofPost = SQL(
        "SELECT \(columns) FROM post_grant g WHERE g.area = ? AND g.post = ? AND \(standing) AND \(inForce) ORDER BY g.id"
    )

    /// Everything in force, at most 5,000 grants: an agency's staff.
    static func inForce(_ tx: any Transaction, area: AreaCode, at now: Moment) throws -> [HeldPost] {
        try tx.rows(all, Value(area), Value(now), Value(now), Value(now.day), Value(now.day), read: held)
    }

    private static let all = SQL(
        "SELECT \(columns) FROM post_grant g WHERE g.area = ? AND \(standing) AND \(inForce) ORDER BY g.id LIMIT 5000")

    /// What a person holds today or will hold: nothing of it has been withdrawn.
    static func standing(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>, from day: Day
    ) throws -> [HeldPost] {
        try tx.rows(standingOfStaff, Value(area), Value(staff), Value(day), read: held)
    }

    private static let notWithdrawn =
        "NOT EXISTS (SELECT 1 FROM post_withdrawal w WHERE w.area = g.area AND w.grant_id = g.id)"
    private static let standingOfStaff = SQL(
        """
        SELECT \(columns) FROM post_grant g WHERE g.area = ? AND g.staff = ? AND \(notWithdrawn)
            AND (g.last_day IS NULL OR g.last_day >= ?) ORDER BY g.id
        """)

    /// Who stands in for a person, today or later.
    static func substitutes(
        _ tx: any Transaction, area: AreaCode, for staff: ID<StaffMember>, from day: Day
    ) throws -> [HeldPost] {
        try tx.rows(standingSubstitutes, Value(area), Value(staff), Value(day), read: held)
    }

    private static let standingSubstitutes = SQL(
        """
        SELECT \(columns) FROM post_grant g WHERE g.area = ? AND g.on_behalf_of = ? AND \(notWithdrawn)
            AND g.last_day >= ? ORDER BY g.id
        """)

    /// Posts that somebody holds today or later.
    static func heldPosts(_ tx: any Transaction, area: AreaCode, from day: Day) throws -> Set<PostCode> {
        Set(try tx.rows(standingPosts, Value(area), Value(day)) { PostCode(try $0.text(0)) })
    }

    private static let standingPosts = SQL(
        """
        SELECT DISTINCT g.post FROM post_grant g WHERE g.area = ? AND \(notWithdrawn)
            AND (g.last_day IS NULL OR g.last_day >= ?)
        """)

    static func standing(_ tx: any Transaction, area: AreaCode, grant: ID<PostGrant>) throws -> HeldPost? {
        try tx.first(oneStanding, Value(area), Value(grant), read: held)
    }

    private static let oneStanding = SQL(
        "SELECT \(columns) FROM post_grant g WHERE g.area = ? AND g.id = ? AND \(notWithdrawn)")

    static func exceptions(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>
    ) throws -> [PostException] {
        try tx.rows(exceptionsOfStaff, Value(area), Value(staff), read: exception)
    }

    static func exceptions(_ tx: any Transaction, area: AreaCode) throws -> [PostException] {
        try tx.rows(allExceptions, Value(area), read: exception)
    }

    private static func exception(_ row: any Row) throws -> PostException {
        guard let period = Period(from: try row.day(3), through: try row.day(4)) else {
            throw StoreError.damaged("an exception ends before it begins")
        }
        return PostException(
            staff: try row.id(0), one: PostCode(try row.text(1)), other: PostCode(try row.text(2)), period: period,
            reason: try row.text(5))
    }

    private static let exceptionsOfStaff: SQL = """
        SELECT staff, one, other, first_day, last_day, reason FROM post_exception WHERE area = ? AND staff = ? ORDER BY id
        """
    private static let allExceptions: SQL = """
        SELECT staff, one, other, first_day, last_day, reason FROM post_exception WHERE area = ? ORDER BY id LIMIT 5000
        """

    /// Every grant of the area with its end, oldest first, at most 20,000.
    static func tenures(_ tx: any Transaction, area: AreaCode) throws -> [PostTenure] {
        try tx.rows(allTenures, Value(area), read: tenure)
    }

    /// When a person stood in at a post, for whomever, and when they will.
    static func substitutions(
        _ tx: any Transaction, area: AreaCode, by staff: ID<StaffMember>, at post: PostCode
    ) throws -> [PostTenure] {
        try tx.rows(substitutionsOfStaff, Value(area), Value(staff), .text(post.text), read: tenure)
    }

    private static func tenure(_ row: any Row) throws -> PostTenure {
        PostTenure(
            held: try held(row), grantedBy: try actor(row, 6) ?? .system, grantedAt: try row.moment(8),
            matter: row.isNull(9) ? nil : try row.id(9), reason: try row.text(10),
            withdrawnBy: try actor(row, 11), withdrawnAt: try row.intOrNil(13).map { Moment(seconds: $0) })
    }

    private static func actor(_ row: any Row, _ column: Int) throws -> Actor? {
        row.isNull(column) ? nil : Actor(kind: try row.int(column), number: try row.int(column + 1))
    }

    private static let tenureSelection = """
        SELECT \(columns), g.by_kind, g.by_number, g.happened_at, g.matter, g.reason,
            w.by_kind, w.by_number, w.happened_at
        FROM post_grant g LEFT JOIN post_withdrawal w ON w.area = g.area AND w.grant_id = g.id
        """
    private static let allTenures = SQL("\(tenureSelection) WHERE g.area = ? ORDER BY g.id LIMIT 20000")
    private static let substitutionsOfStaff = SQL(
        "\(tenureSelection) WHERE g.area = ? AND g.staff = ? AND g.post = ? AND g.on_behalf_of IS NOT NULL ORDER BY g.id"
    )
}
