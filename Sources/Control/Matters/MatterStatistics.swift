import Basics
import Storage

/// What an inspection of internal control counts among the matters (办件质量统计). Every figure can be followed to its
/// matters, and counts what happened in the period, whether or not the matter has ended since.
public enum MatterFigure: Sendable, Hashable {
    /// Carried out in the period, be it in part: a job that stopped and was ended counts with the others.
    case carriedOut
    /// Of these, those to which fewer than two different people agreed.
    case unreviewed
    /// Of these, those to which somebody agreed in this post: what went up to the principal.
    case approved(by: PostCode)
    /// Somebody reviewed them: agreed, disagreed or returned.
    case reviewed
    /// A reviewer returned them (退回).
    case returned
    /// A step was done too late, or is late now.
    case overdue
    /// Approved, and the effect failed, or its job stopped.
    case failed
    /// Approved, stopped as a job, and ended by hand before it was through (终止办理).
    case terminated
}

/// How many pieces of work were in time (时限统计).
public struct MatterPunctuality: Sendable, Hashable {
    /// Done in the period.
    public var done: Int
    /// Of these, after the last day of their time limit.
    public var doneLate: Int
    /// Not done yet, and late.
    public var openLate: Int
}

/// A piece of work that was done late or is late now (超时的环节).
public struct LateWork: Sendable, Hashable {
    public let task: Int64
    public let matter: ID<Matter>
    public let kind: String
    public let step: String
    public let title: String
    /// Who did it, or is to do it; nil while any holder of the post may.
    public let assignee: ID<StaffMember>?
    public let begun: Day
    public let due: Day
    /// Nil while it waits.
    public let closedAt: Moment?
}

/// What is counted, and on which days.
private struct Inspection {
    let area: AreaCode
    let first: Day
    let last: Day
    let today: Day

    /// Work is late now when its last day lies before this one.
    private var lateBefore: Day { min(today, last + 1) }
    var window: [Value] { [Value(Moment(first)), Value(Moment(last + 1))] }

    /// The figure's condition on `matter_status s`, with its values.
    func condition(_ figure: MatterFigure) -> (sql: String, values: [Value]) {
        let ended = "s.ended_at >= ? AND s.ended_at < ?"
        let carriedOut = "s.state IN (\(MatterState.effective)) AND \(ended)"
        switch figure {
        case .carriedOut: return (carriedOut, window)
        case .unreviewed: return ("\(carriedOut) AND \(Self.approvers) < 2", window)
        case .approved(let post):
            let agreed = """
                EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = \(MatterAct.Kind.agreed.rawValue) AND a.post = ?)
                """
            return ("\(carriedOut) AND \(agreed)", window + [.text(post.text)])
        case .reviewed: return (Self.has([.agreed, .disagreed, .returned], byStaff: true), window)
        case .returned: return (Self.has([.returned], byStaff: true), window)
        case .failed: return (Self.has([.effectFailed, .stopped]), window)
        case .terminated: return ("s.state = \(MatterState.terminated.rawValue) AND \(ended)", window)
        case .overdue:
            let late =
                "EXISTS (SELECT 1 FROM matter_task t WHERE t.area = s.area AND t.matter = s.matter AND \(Self.late))"
            return (late, lateValues)
        }
    }

    /// A piece of work done late in the period, or late now; with its values.
    private static let late = """
        (t.status = 2 AND t.closed_at >= ? AND t.closed_at < ? AND t.closed_at / 86400 > t.due_day
            OR t.status = 1 AND t.due_day < ?)
        """
    private var lateValues: [Value] { window + [Value(lateBefore)] }

    func lateWork(_ tx: any Transaction, before task: Int64, limit: Int) throws -> [LateWork] {
        try tx.rows(Self.lateTasks, [Value(area)] + lateValues + [.int(task), .int(Int64(limit))]) { row in
            LateWork(
                task: try row.int(0), matter: try row.id(1), kind: try row.text(2), step: try row.text(3),
                title: try row.text(4), assignee: try row.intOrNil(5).map { ID($0) },
                begun: try row.day(6), due: try row.day(7),
                closedAt: try row.intOrNil(8).map { Moment(seconds: $0) })
        }
    }

    private static let lateTasks = SQL(
        """
        SELECT t.id, t.matter, t.kind, t.step, s.title, coalesce(t.closed_by, t.assignee), t.begun_day, t.due_day,
            t.closed_at
        FROM matter_task t JOIN matter_status s ON s.area = t.area AND s.matter = t.matter
        WHERE t.area = ? AND \(late) AND t.id < ? ORDER BY t.id DESC LIMIT ?
        """)

    /// How many different people accepted or agreed.
    private static let approvers = """
        (SELECT count(DISTINCT a.actor) FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
            AND a.actor_kind = 1 AND a.kind IN (3, 6))
        """

    private static func has(_ acts: [MatterAct.Kind], byStaff: Bool = false) -> String {
        """
        EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
            AND a.kind IN (\(acts.map { "\($0.rawValue)" }.joined(separator: ", ")))
            \(byStaff ? "AND a.actor_kind = 1" : "") AND a.happened_at >= ? AND a.happened_at < ?)
        """
    }

    func punctuality(_ tx: any Transaction) throws -> MatterPunctuality {
        let (done, late) =
            try tx.first(Self.stepsDone, [Value(area)] + window) { (Int(try $0.int(0)), Int(try $0.int(1))) } ?? (0, 0)
        let open = try tx.first(Self.lateNow, Value(area), Value(lateBefore)) { Int(try $0.int(0)) } ?? 0
        return MatterPunctuality(done: done, doneLate: late, openLate: open)
    }

    private static let stepsDone: SQL = """
        SELECT count(*), count(CASE WHEN closed_at / 86400 > due_day THEN 1 END)
        FROM matter_task WHERE area = ? AND status = 2 AND closed_at >= ? AND closed_at < ?
        """
    private static let lateNow: SQL = """
        SELECT count(*) FROM matter_task WHERE area = ? AND status = 1 AND due_day < ?
        """
}

extension Matters {
    /// How many matters a figure comes to.
    public static func count(
        _ tx: any Transaction, area: AreaCode, _ figure: MatterFigure, from first: Day, through last: Day, today: Day
    ) throws -> Int {
        let (condition, values) = Inspection(area: area, first: first, last: last, today: today).condition(figure)
        let query = SQL("SELECT count(*) FROM matter_status s WHERE s.area = ? AND \(condition)")
        return Int(try tx.first(query, [Value(area)] + values) { try $0.int(0) } ?? 0)
    }

    /// The matters behind a figure, newest first; goes on before a number.
    public static func behind(
        _ tx: any Transaction, area: AreaCode, _ figure: MatterFigure, from first: Day, through last: Day, today: Day,
        before matter: ID<Matter>? = nil, limit: Int = 50
    ) throws -> [MatterLine] {
        let (condition, values) = Inspection(area: area, first: first, last: last, today: today).condition(figure)
        let query = SQL(
            """
            SELECT m.id, m.kind, s.title, m.opener, m.opened_at, s.state, s.ended_at
            FROM matter_status s JOIN matter m ON m.area = s.area AND m.id = s.matter
            WHERE s.area = ? AND \(condition) AND s.matter < ? ORDER BY s.matter DESC LIMIT ?
            """)
        return try tx.rows(
            query,
            [Value(area)] + values + [.int(matter?.raw ?? .max), .int(Int64(min(limit, pageMax)))], read: line)
    }

    /// The pieces of work that were not in time, newest first; goes on before a number.
    public static func lateWork(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, today: Day,
        before task: Int64 = .max, limit: Int = 50
    ) throws -> [LateWork] {
        try Inspection(area: area, first: first, last: last, today: today)
            .lateWork(tx, before: task, limit: min(limit, pageMax))
    }

    public static func punctuality(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, today: Day
    ) throws -> MatterPunctuality {
        try Inspection(area: area, first: first, last: last, today: today).punctuality(tx)
    }
}
