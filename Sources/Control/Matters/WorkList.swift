import Basics
import Storage

/// A line of a work list (待办事项).
public struct WorkItem: Sendable, Hashable {
    public let task: Int64
    public let matter: ID<Matter>
    public let kind: String
    /// 复核
    public let step: String
    /// What tells the matter from others of its kind.
    public let title: String
    public let opener: ID<StaffMember>
    public let openedAt: Moment
    public let begun: Day
    public let due: Day
    public let reminders: Int
    /// Nil for work that any holder of the post may take.
    public let assignee: ID<StaffMember>?
    /// The version to name when it is acted upon straight from the list.
    public let version: Int64
    public let state: MatterState
    /// When the person was done with it; nil while it waits.
    public let closedAt: Moment?

    public func isOverdue(on today: Day) -> Bool { closedAt.map { $0.day > due } ?? (today > due) }

    /// Where the list goes on.
    public var place: WorkPlace { WorkPlace(order: closedAt?.seconds ?? Int64(due.number), id: task) }
}

/// The end of a page of a work list: by due day or moment, then number.
public struct WorkPlace: Sendable, Hashable, Comparable {
    public let order: Int64
    public let id: Int64

    public init(order: Int64, id: Int64) {
        self.order = order
        self.id = id
    }

    public static func < (a: WorkPlace, b: WorkPlace) -> Bool { (a.order, a.id) < (b.order, b.id) }
}

/// A line of the lists of whole matters (我发起的、抄送我的).
public struct MatterLine: Sendable, Hashable {
    public let matter: ID<Matter>
    public let kind: String
    public let title: String
    public let opener: ID<StaffMember>
    public let openedAt: Moment
    public let state: MatterState
    public let endedAt: Moment?
}

extension Matters {
    public static let pageMax = 200

    // MARK: Work

    /// What a person has to do (待办), the most urgent first: their own work, the work of their posts that nobody has
    /// taken, and that of people they stand in for. Work in matters whose other steps they acted in is left out.
    public func todo(
        _ tx: any Transaction, of staff: ID<StaffMember>, at now: Moment, after place: WorkPlace? = nil,
        limit: Int = 50
    ) throws -> [WorkItem] {
        try waiting(tx, of: staff, at: now, after: place, dueBefore: Day(number: .max), limit: limit)
    }

    /// What a person should have done by now (超时).
    public func overdue(
        _ tx: any Transaction, of staff: ID<StaffMember>, at now: Moment, after place: WorkPlace? = nil,
        limit: Int = 50
    ) throws -> [WorkItem] {
        try waiting(tx, of: staff, at: now, after: place, dueBefore: now.day, limit: limit)
    }

    private func waiting(
        _ tx: any Transaction, of staff: ID<StaffMember>, at now: Moment, after place: WorkPlace?,
        dueBefore: Day, limit: Int
    ) throws -> [WorkItem] {
        let place = place ?? WorkPlace(order: .min, id: .min)
        let limit = min(limit, Matters.pageMax)
        let window: [Value] = [.int(place.order), .int(place.id), Value(dueBefore)]
        func page(_ query: SQL, _ keys: [Value]) throws -> [WorkItem] {
            try tx.rows(
                query, [Value(area)] + keys + window + [Value(staff), Value(staff), .int(Int64(limit))], read: item)
        }
        var items = try page(WorkQuery.own, [Value(staff)])
        for held in try Organisation.posts(tx, area: area, of: staff, at: now) {
            items += try page(WorkQuery.pool, [.text(held.post.text)])
            if let principal = held.onBehalfOf {
                items += try page(WorkQuery.substituted, [Value(principal), .text(held.post.text)])
            }
        }
        // A post may be in the same hands twice, own and substituted.
        var known: Set<Int64> = []
        return Array(items.sorted { $0.place < $1.place }.filter { known.insert($0.task).inserted }.prefix(limit))
    }

    /// How many pieces of work wait for a person (待办数), or should have been done by now (超时数): the number of the
    /// list's lines, counted no further than `countMax` of each of its parts.
    public func waitingCount(
        _ tx: any Transaction, of staff: ID<StaffMember>, at now: Moment, isOverdue: Bool = false
    ) throws -> Int {
        let before = isOverdue ? now.day : Day(number: .max)
        func count(_ query: SQL, _ keys: [Value]) throws -> Int {
            let arguments = [Value(before), Value(staff), Value(staff), .int(Int64(Matters.countMax))]
            return Int(try tx.first(query, [Value(area)] + keys + arguments) { try $0.int(0) } ?? 0)
        }
        let held = try Organisation.posts(tx, area: area, of: staff, at: now)
        // A post may be in the same hands twice, own and substituted.
        let posts = Set(held.map(\.post))
        let absent = Set(held.compactMap { post in post.onBehalfOf.map { Absence(post: post.post, of: $0) } })
        var sum = try count(WorkQuery.ownCount, [Value(staff)])
        for post in posts { sum += try count(WorkQuery.poolCount, [.text(post.text)]) }
        for absence in absent {
            sum += try count(WorkQuery.substitutedCount, [Value(absence.of), .text(absence.post.text)])
        }
        return sum
    }

    public static let countMax = 1_000

    /// A post whose holder somebody stands in for.
    private struct Absence: Hashable {
        var post: PostCode
        var of: ID<StaffMember>
    }

    /// What a person has done (已办), newest first.
    public func done(
        _ tx: any Transaction, of staff: ID<StaffMember>, before place: WorkPlace? = nil, limit: Int = 50
    ) throws -> [WorkItem] {
        let place = place ?? WorkPlace(order: .max, id: .max)
        return try tx.rows(
            WorkQuery.done,
            [
                Value(area), Value(staff), .int(place.order), .int(place.id),
                .int(Int64(min(limit, Matters.pageMax))),
            ], read: item)
    }

    private func item(_ row: any Row) throws -> WorkItem {
        WorkItem(
            task: try row.int(0), matter: try row.id(1), kind: try row.text(2), step: try row.text(3),
            title: try row.text(4), opener: try row.id(5), openedAt: try row.moment(6), begun: try row.day(7),
            due: try row.day(8), reminders: Int(try row.int(9)), assignee: try row.intOrNil(10).map { ID($0) },
            version: try row.int(11), state: try row.code(12),
            closedAt: try row.intOrNil(13).map { Moment(seconds: $0) })
    }

    // MARK: Matters

    /// What a person opened (我发起的), newest first; goes on before a number.
    public func opened(
        _ tx: any Transaction, by staff: ID<StaffMember>, before matter: ID<Matter>? = nil, limit: Int = 50
    ) throws -> [MatterLine] {
        try tx.rows(
            WorkQuery.opened, Value(area), Value(staff), .int(matter?.raw ?? .max),
            .int(Int64(min(limit, Matters.pageMax))), read: Matters.line)
    }

    /// What was copied to a person (抄送我的), newest first.
    public func copied(
        _ tx: any Transaction, to staff: ID<StaffMember>, before matter: ID<Matter>? = nil, limit: Int = 50
    ) throws -> [MatterLine] {
        try tx.rows(
            WorkQuery.copied, Value(area), Value(staff), .int(matter?.raw ?? .max),
            .int(Int64(min(limit, Matters.pageMax))), read: Matters.line)
    }

    /// The matters that brought something about (相关办件): on the page of a person, an employer.
    public func concerning(
        _ tx: any Transaction, _ kind: String, _ subject: Int64, before matter: ID<Matter>? = nil, limit: Int = 50
    ) throws -> [MatterLine] {
        try tx.rows(
            WorkQuery.concerning, Value(area), .text(kind), .int(subject), .int(matter?.raw ?? .max),
            .int(Int64(min(limit, Matters.pageMax))), read: Matters.line)
    }

    static func line(_ row: any Row) throws -> MatterLine {
        MatterLine(
            matter: try row.id(0), kind: try row.text(1), title: try row.text(2), opener: try row.id(3),
            openedAt: try row.moment(4), state: try row.code(5),
            endedAt: try row.intOrNil(6).map { Moment(seconds: $0) })
    }
}

/// The statements of the work lists: each first takes its page along an index of its own, then looks up what to show.
enum WorkQuery {
    static let own = waiting(mine)
    static let pool = waiting(posts)
    static let substituted = waiting(absent)
    static let ownCount = waitingCount(mine)
    static let poolCount = waitingCount(posts)
    static let substitutedCount = waitingCount(absent)

    private static let mine = "assignee = ? AND t.assignee IS NOT NULL"
    private static let posts = "post = ? AND t.assignee IS NULL"
    private static let absent = "assignee = ? AND t.assignee IS NOT NULL AND t.post = ?"

    private static let columns = """
        t.id, t.matter, t.kind, t.step, s.title, m.opener, m.opened_at, t.begun_day, t.due_day, t.reminders,
        t.assignee, s.version, s.state, t.closed_at
        """

    private static let lookups = """
        JOIN matter m ON m.area = t.area AND m.id = t.matter
        JOIN matter_status s ON s.area = t.area AND s.matter = t.matter
        """

    /// Kinds of acts by which a person has acted in a step, as the SQL of an IN.
    static let stepActs = MatterAct.Kind.allCases.filter(\.isStepAct).map { String($0.rawValue) }
        .joined(separator: ", ")

    /// Work in a matter in whose other steps a person has acted is not theirs.
    private static let notActedElsewhere = """
        NOT EXISTS (
            SELECT 1 FROM matter_act a
            WHERE a.area = t.area AND a.matter = t.matter AND a.position <> t.position
                AND (a.actor = ? AND a.actor_kind = 1 OR a.behalf = ?) AND a.kind IN (\(stepActs)))
        """

    private static func waiting(_ whose: String) -> SQL {
        SQL(
            """
            SELECT \(columns) FROM (
                SELECT * FROM matter_task t
                WHERE t.area = ? AND t.status = 1 AND t.\(whose) AND (t.due_day, t.id) > (?, ?) AND t.due_day < ?
                    AND \(notActedElsewhere)
                ORDER BY t.due_day, t.id LIMIT ?
            ) t \(lookups) ORDER BY t.due_day, t.id
            """)
    }

    private static func waitingCount(_ whose: String) -> SQL {
        SQL(
            """
            SELECT count(*) FROM (
                SELECT t.id FROM matter_task t
                WHERE t.area = ? AND t.status = 1 AND t.\(whose) AND t.due_day < ? AND \(notActedElsewhere) LIMIT ?
            ) t
            """)
    }

    static let done = SQL(
        """
        SELECT \(columns) FROM (
            SELECT * FROM matter_task t
            WHERE t.area = ? AND t.status = 2 AND t.closed_by = ? AND (t.closed_at, t.id) < (?, ?)
            ORDER BY t.closed_at DESC, t.id DESC LIMIT ?
        ) t \(lookups) ORDER BY t.closed_at DESC, t.id DESC
        """)

    private static let line = "m.id, m.kind, s.title, m.opener, m.opened_at, s.state, s.ended_at"

    static let opened = SQL(
        """
        SELECT \(line) FROM matter m JOIN matter_status s ON s.area = m.area AND s.matter = m.id
        WHERE m.area = ? AND m.opener = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?
        """)

    static let copied = SQL(
        """
        SELECT \(line) FROM matter_copy c
        JOIN matter m ON m.area = c.area AND m.id = c.matter
        JOIN matter_status s ON s.area = c.area AND s.matter = c.matter
        WHERE c.area = ? AND c.staff = ? AND c.matter < ? ORDER BY c.matter DESC LIMIT ?
        """)

    static let concerning = SQL(
        """
        SELECT DISTINCT \(line) FROM matter_subject c
        JOIN matter m ON m.area = c.area AND m.id = c.matter
        JOIN matter_status s ON s.area = c.area AND s.matter = c.matter
        WHERE c.area = ? AND c.kind = ? AND c.subject = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?
        """)
}
