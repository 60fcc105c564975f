import Basics
import Storage

/// What an inspection of internal control asks about matters (办件质量统计), for the matters that ended in a period.
public struct MatterStatistics: Sendable, Hashable {
    /// Carried out.
    public var carriedOut: Int
    /// Carried out after at least two different people agreed (复核覆盖).
    public var reviewed: Int
    /// Ended in any way.
    public var ended: Int
    /// Returned at least once (退回).
    public var returned: Int
    /// Pieces of work done in them, and how many of these too late (超时限).
    public var steps: Int
    public var overdueSteps: Int
    /// Open work of today that is late.
    public var openOverdue: Int
    /// Effects that failed at least once.
    public var failed: Int
}

/// The rows behind a figure (下钻).
public enum MatterFigure: Sendable, Hashable {
    /// Carried out, though fewer than two people agreed.
    case unreviewed
    case returned
    /// A step was done too late.
    case overdue
    case failed
    /// Carried out after somebody agreed in this post: what went up to the principal.
    case approved(by: PostCode)
}

extension Matters {
    public static func statistics(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, today: Day
    ) throws -> MatterStatistics {
        let window: [Value] = [Value(area), Value(Moment(first)), Value(Moment(last + 1))]
        func count(_ condition: String) throws -> Int {
            let query = SQL("SELECT count(*) FROM matter_status s WHERE \(ended) \(condition)")
            return Int(try tx.first(query, window) { try $0.int(0) } ?? 0)
        }
        let steps = try tx.first(stepsDone, window) { (Int(try $0.int(0)), Int(try $0.int(1))) } ?? (0, 0)
        return MatterStatistics(
            carriedOut: try count("AND s.state = 6"),
            reviewed: try count("AND s.state = 6 AND \(approvers) >= 2"),
            ended: try count(""), returned: try count("AND \(has(.returned))"), steps: steps.0,
            overdueSteps: steps.1,
            openOverdue: Int(
                try tx.first(lateNow, Value(area), Value(today)) { try $0.int(0) } ?? 0),
            failed: try count("AND \(has(.effectFailed))"))
    }

    /// The matters behind a figure, newest first; goes on before a number.
    public static func behind(
        _ tx: any Transaction, area: AreaCode, _ figure: MatterFigure, from first: Day, through last: Day,
        before matter: ID<Matter>? = nil, limit: Int = 50
    ) throws -> [MatterLine] {
        var named: [Value] = []
        let condition: String
        switch figure {
        case .unreviewed: condition = "s.state = 6 AND \(approvers) < 2"
        case .returned: condition = has(.returned)
        case .overdue:
            condition = """
                EXISTS (SELECT 1 FROM matter_task t WHERE t.area = s.area AND t.matter = s.matter AND t.status = 2
                    AND t.closed_at / 86400 > t.due_day)
                """
        case .failed: condition = has(.effectFailed)
        case .approved(let post):
            named = [.text(post.text)]
            condition = """
                s.state = 6 AND EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
                    AND a.kind = \(MatterAct.Kind.agreed.rawValue) AND a.post = ?)
                """
        }
        let query = SQL(
            """
            SELECT m.id, m.kind, s.title, m.opener, m.opened_at, s.state, s.ended_at
            FROM matter_status s JOIN matter m ON m.area = s.area AND m.id = s.matter
            WHERE \(ended) AND \(condition) AND s.matter < ? ORDER BY s.matter DESC LIMIT ?
            """)
        return try tx.rows(
            query,
            [Value(area), Value(Moment(first)), Value(Moment(last + 1))] + named + [
                .int(matter?.raw ?? .max), .int(Int64(min(limit, pageMax))),
            ], read: line)
    }

    private static let ended = "s.area = ? AND s.ended_at IS NOT NULL AND s.ended_at >= ? AND s.ended_at < ?"

    /// How many different people accepted or agreed.
    private static let approvers = """
        (SELECT count(DISTINCT a.actor) FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
            AND a.actor_kind = 1 AND a.kind IN (3, 6))
        """

    private static func has(_ act: MatterAct.Kind) -> String {
        """
        EXISTS (SELECT 1 FROM matter_act a WHERE a.area = s.area AND a.matter = s.matter
            AND a.kind = \(act.rawValue))
        """
    }

    private static let stepsDone = SQL(
        """
        SELECT count(*), count(CASE WHEN t.closed_at / 86400 > t.due_day THEN 1 END)
        FROM matter_status s JOIN matter_task t ON t.area = s.area AND t.matter = s.matter AND t.status = 2
        WHERE \(ended)
        """)

    private static let lateNow: SQL = """
        SELECT count(*) FROM matter_task WHERE area = ? AND status = 1 AND due_day < ?
        """
}
