import Basics
import Control
import Storage

/// Accounting months (会计期间) of both ledgers: opened once, closed once, in order.
///
/// A month opens by itself with its first posting, for counters do not wait for the accountant at midnight; only
/// closing is a person's act. Nothing is posted into a closed month, nor before one: what comes late stands in
/// the month in which it is known, in red where it takes something back.
public enum Periods {
    enum Act: Int64 {
        case opened = 1
        case closed = 2
    }

    static let table = EvidenceTable("fund_period", "area", "month", "act", "actor_kind", "actor", "happened_at")

    /// State of a month for pages.
    public enum State: Sendable, Hashable {
        /// 尚未启用
        case unused
        /// 已开启
        case open
        /// 已结账
        case closed
    }

    public static func state(_ tx: any Transaction, area: AreaCode, month: Month) throws -> State {
        switch try tx.first(latestAct, Value(area), Value(month), read: { try $0.intOrNil(0) }) ?? nil {
        case Act.opened.rawValue: .open
        case Act.closed.rawValue: .closed
        default: .unused
        }
    }

    private static let latestAct: SQL = "SELECT max(act) FROM fund_period WHERE area = ? AND month = ?"

    /// Lets a posting on this day pass, opening its month if it is the first; throws for a closed month.
    static func requireOpen(_ tx: any Transaction, area: AreaCode, day: Day, by actor: Actor) throws {
        let month = day.month
        switch try state(tx, area: area, month: month) {
        case .open: return
        case .closed: throw closed(month)
        case .unused:
            let later = try tx.first(laterClosed, Value(area), Value(month)) {
                Month(number: Int32(truncatingIfNeeded: try $0.int(0)))
            }
            if let later { throw closed(later) }
            try record(tx, area: area, month: month, .opened, by: actor, at: Moment(day))
        }
    }

    private static let laterClosed: SQL = """
        SELECT month FROM fund_period WHERE area = ? AND month > ? AND act = 2 ORDER BY month LIMIT 1
        """

    private static func closed(_ month: Month) -> Problem {
        Problem("fund.period.closed", field: "day", "\(month) 已结账,不能再记入或早于该月,请记在当前期间")
    }

    /// Closes a month (结账): every earlier month in use must be closed, the month must prove sound, and each account's
    /// sums of the month are written down for good.
    public static func close(
        _ tx: any Transaction, area: AreaCode, month: Month, by actor: Actor, at now: Moment
    ) throws {
        try Problems(objections(tx, area: area, closing: month)).throwIfAny()
        var rows = RowDigest()
        for total in try Balances.moved(tx, area: area, from: month.first, through: month.last) {
            try PeriodTotal.table.insert(tx, PeriodTotal.values(area, month, total), into: &rows)
        }
        try record(tx, area: area, month: month, .closed, by: actor, at: now, rows: rows)
    }

    /// What keeps a month from being closed: that it is closed or was never used, that an earlier one is open, that its
    /// books do not prove sound.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, closing month: Month
    ) throws -> [Problem] {
        switch try state(tx, area: area, month: month) {
        case .open: break
        case .closed: return [Problem("fund.period.closedBefore", field: "month", "\(month) 已经结账,无需再办")]
        case .unused: return [Problem("fund.period.unused", field: "month", "\(month) 没有记过账,不用结账")]
        }
        let open = try tx.first(earlierOpen, Value(area), Value(month)) {
            Month(number: Int32(truncatingIfNeeded: try $0.int(0)))
        }
        let order = open.map { Problem("fund.period.order", field: "month", "\($0) 还没有结账,请先结该月") }
        let broken = try FundDesk.verify(tx, area: area, from: month.first, through: month.last)
        return [order].compactMap(\.self) + broken
    }

    /// The day on which something that happened on a day is booked: that day, unless its month is closed; then today.
    public static func bookingDay(
        _ tx: any Transaction, area: AreaCode, of day: Day, today: Day
    ) throws -> Day {
        if try state(tx, area: area, month: day.month) == .closed { return today }
        return try tx.first(laterClosed, Value(area), Value(day.month)) { try $0.int(0) } == nil ? day : today
    }

    /// A month of the books, as a list shows it (会计期间).
    public struct Line: Hashable, Sendable {
        public var month: Month
        public var state: State
        public var openedAt: Moment
        public var closedAt: Moment?
        public var closedBy: Actor?
    }

    /// The months in use, the latest first.
    public static func list(_ tx: any Transaction, area: AreaCode, limit: Int = 120) throws -> [Line] {
        try tx.rows(periodLines, Value(area), .int(Int64(min(limit, 500)))) { row in
            let month = Month(number: Int32(truncatingIfNeeded: try row.int(0)))
            guard !row.isNull(2) else {
                return Line(month: month, state: .open, openedAt: try row.moment(1), closedAt: nil, closedBy: nil)
            }
            return Line(
                month: month, state: .closed, openedAt: try row.moment(1), closedAt: try row.moment(2),
                closedBy: Actor(kind: try row.int(3), number: try row.int(4)))
        }
    }

    private static let periodLines: SQL = """
        SELECT o.month, o.happened_at, c.happened_at, c.actor_kind, c.actor FROM fund_period o
        LEFT JOIN fund_period c ON c.area = o.area AND c.month = o.month AND c.act = 2
        WHERE o.area = ? AND o.act = 1 ORDER BY o.month DESC LIMIT ?
        """

    private static let earlierOpen: SQL = """
        SELECT p.month FROM fund_period p WHERE p.area = ? AND p.month < ? AND p.act = 1 AND NOT EXISTS (
            SELECT 1 FROM fund_period c WHERE c.area = p.area AND c.month = p.month AND c.act = 2)
        ORDER BY p.month LIMIT 1
        """

    private static func record(
        _ tx: any Transaction, area: AreaCode, month: Month, _ act: Act, by actor: Actor, at now: Moment,
        rows totals: RowDigest = RowDigest()
    ) throws {
        var rows = totals
        try table.insert(
            tx,
            [
                Value(area), Value(month), .int(act.rawValue), .int(actor.columns.kind), .int(actor.columns.number),
                Value(now),
            ], into: &rows)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: act == .opened ? .periodOpened : .periodClosed, subject: Int64(month.number),
                actor: actor, at: now, detail: "{\"month\":\"\(month)\"}", rows: rows))
    }
}

/// An account's sums of a closed month.
enum PeriodTotal {
    static let table = EvidenceTable(
        "fund_period_total", "area", "month", "ledger", "book", "account", "debit_fen", "credit_fen")

    static func values(_ area: AreaCode, _ month: Month, _ moved: Moved) -> [Value] {
        [
            Value(area), Value(month), .int(moved.ledger.rawValue), .int(moved.book.rawValue), .int(moved.account),
            Value(moved.debit), Value(moved.credit),
        ]
    }
}

extension EventKind {
    /// 导入科目表
    public static let chartLoaded: EventKind = "fund.chartLoaded"
    /// 期间开启
    public static let periodOpened: EventKind = "fund.periodOpened"
    /// 结账
    public static let periodClosed: EventKind = "fund.periodClosed"
    /// 记账
    public static let voucherEntered: EventKind = "fund.voucherEntered"
    /// 红字冲销凭证
    public static let voucherReversed: EventKind = "fund.voucherReversed"
}
