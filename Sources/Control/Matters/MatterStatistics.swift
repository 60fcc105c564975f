import Basics
import Storage

/// What an inspection of internal control counts among the matters (办件质量统计). Every figure can be followed to its
/// matters, and counts what happened in the period, whether or not the matter has ended since.
public enum MatterFigure: Sendable, Hashable {
    /// Carried out in the period.
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
        let carriedOut = "s.state = 6 AND s.ended_at >= ? AND s.ended_at < ?"
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
        case .overdue:
            let late = """
                EXISTS (SELECT 1 FROM matter_task t WHERE t.area = s.area AND t.matter = s.matter
                    AND (t.status = 2 AND t.closed_at >= ? AND t.closed_at < ? AND t.closed_at / 86400 > t.due_day
                        OR t.status = 1 AND t.due_day < ?))
                """
            return (late, window + [Value(lateBefore)])
        }
    }

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

    public static func punctuality(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, today: Day
    ) throws -> MatterPunctuality {
        try Inspection(area: area, first: first, last: last, today: today).punctuality(tx)
    }
}
