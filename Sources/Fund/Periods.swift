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
        switch try state(tx, area: area, month: month) {
        case .open: break
        case .closed: throw Problem("fund.period.closedBefore", field: "month", "\(month) 已经结账,无需再办")
        case .unused: throw Problem("fund.period.unused", field: "month", "\(month) 没有记过账,不用结账")
        }
        let open = try tx.first(earlierOpen, Value(area), Value(month)) {
            Month(number: Int32(truncatingIfNeeded: try $0.int(0)))
        }
        if let open { throw Problem("fund.period.order", field: "month", "\(open) 还没有结账,请先结该月") }
        let broken = try FundDesk.verify(tx, area: area, from: month.first, through: month.last)
        if !broken.isEmpty { throw Problems(broken) }
        var rows = RowDigest()
        for total in try Balances.moved(tx, area: area, from: month.first, through: month.last) {
            try PeriodTotal.table.insert(tx, PeriodTotal.values(area, month, total), into: &rows)
        }
        try record(tx, area: area, month: month, .closed, by: actor, at: now, rows: rows)
    }

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
