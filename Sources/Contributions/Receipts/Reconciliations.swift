import Basics
import Control
import Storage

/// A reconciliation that was made, as a list shows it (对账记录).
public struct ReconciliationLine: Hashable, Sendable, Record {
    public let act: ID<LevyAct>
    public let source: ReceiptSource
    public let days: ClosedRange<Day>
    public let statedCount: Int64
    public let stated: Money
    public let ownCount: Int64
    public let own: Money
    /// 差异笔数
    public let differenceCount: Int64
    public let ground: String
    public let matter: ID<Matter>?
    public let at: Moment

    static let selection = """
        SELECT k.act, k.source, k.first_day, k.last_day, k.stated_count, k.stated_fen, k.own_count, k.own_fen,
            (SELECT count(*) FROM levy_difference d WHERE d.area = k.area AND d.act = k.act), a.ground, a.matter, a.at
        FROM levy_reconciliation k JOIN levy_act a ON a.area = k.area AND a.id = k.act
        """

    public init(_ row: any Row) throws {
        act = try row.id(0)
        source = try row.code(1)
        let first = try row.day(2)
        days = first...max(first, try row.day(3))
        statedCount = try row.int(4)
        stated = try row.money(5)
        ownCount = try row.int(6)
        own = try row.money(7)
        differenceCount = try row.int(8)
        ground = try row.text(9)
        matter = try row.intOrNil(10).map { ID($0) }
        at = try row.moment(11)
    }
}

/// Payments of a source on a day that nobody has reconciled yet, or that came in after it was reconciled (未对账).
public struct UnreconciledDay: Hashable, Sendable {
    public var source: ReceiptSource
    public var day: Day
    public var count: Int64
    public var amount: Money
}

extension Contributions {
    /// The reconciliations before a given one, the latest first.
    public static func reconciliations(
        _ tx: any Transaction, area: AreaCode, before act: ID<LevyAct> = ID(Int64.max), limit: Int = 50
    ) throws -> [ReconciliationLine] {
        try tx.all(
            ReconciliationLine.self, reconciliationsBefore, Value(area), Value(act), .int(Int64(min(limit, 500))))
    }

    private static let reconciliationsBefore = SQL(
        "\(ReconciliationLine.selection) WHERE k.area = ? AND k.act < ? ORDER BY k.act DESC LIMIT ?")

    public static func reconciliation(
        _ tx: any Transaction, area: AreaCode, _ act: ID<LevyAct>
    ) throws -> ReconciliationLine? {
        try tx.one(ReconciliationLine.self, reconciliationByAct, Value(area), Value(act))
    }

    private static let reconciliationByAct = SQL("\(ReconciliationLine.selection) WHERE k.area = ? AND k.act = ?")

    /// Where the two sides of a reconciliation differ, after a line (对账差异).
    public static func differences(
        _ tx: any Transaction, area: AreaCode, of act: ID<LevyAct>, after line: Int64 = 0, limit: Int = 100
    ) throws -> [(line: Int64, difference: PaymentDifference)] {
        try tx.rows(
            differencesOfAct, Value(area), Value(act), .int(line), .int(Int64(min(limit, 20_000)))
        ) { row in
            (
                try row.int(0),
                PaymentDifference(
                    try row.code(1), serial: try row.text(2), stated: try row.money(3), own: try row.money(4))
            )
        }
    }

    private static let differencesOfAct: SQL = """
        SELECT line, kind, serial, stated_fen, own_fen FROM levy_difference
        WHERE area = ? AND act = ? AND line > ? ORDER BY line LIMIT ?
        """

    /// The days on which a source brought payments that no reconciliation has looked at: what was taken in, or taken
    /// back, after a day was reconciled asks for another one.
    public static func unreconciled(
        _ tx: any Transaction, area: AreaCode, _ source: ReceiptSource, paid days: ClosedRange<Day>
    ) throws -> [UnreconciledDay] {
        try tx.rows(
            unreconciledDays, Value(area), Value(code: source), Value(days.lowerBound), Value(days.upperBound)
        ) { row in
            UnreconciledDay(source: source, day: try row.day(0), count: try row.int(1), amount: try row.money(2))
        }
    }

    /// The same of what was taken in, or taken back, on some days of payments that lie before them (以前月份的缴款).
    public static func unreconciled(
        _ tx: any Transaction, area: AreaCode, _ source: ReceiptSource, arrived days: ClosedRange<Day>,
        paidBefore day: Day
    ) throws -> [UnreconciledDay] {
        try tx.rows(
            unreconciledArrivals, Value(area), Value(code: source), Value(days.lowerBound), Value(days.upperBound),
            Value(day)
        ) { row in
            UnreconciledDay(source: source, day: try row.day(0), count: try row.int(1), amount: try row.money(2))
        }
    }

    private static let unreconciledDays = SQL(
        "\(unseen) AND r.paid_day BETWEEN ? AND ? GROUP BY r.paid_day ORDER BY r.paid_day LIMIT 400")
    private static let unreconciledArrivals = SQL(
        """
        \(unseen) AND r.arrived_day BETWEEN ? AND ? AND r.paid_day < ?
        GROUP BY r.paid_day ORDER BY r.paid_day LIMIT 400
        """)

    private static let unseen = """
        SELECT r.paid_day, count(*), CAST(sum(r.amount_fen) AS BIGINT) FROM receipt r
        WHERE r.area = ? AND r.source = ?
            AND NOT EXISTS (SELECT 1 FROM levy_reconciliation k WHERE k.area = r.area AND k.source = r.source
                AND r.paid_day BETWEEN k.first_day AND k.last_day
                AND (r.receipt_year < k.seen_year OR r.receipt_year = k.seen_year AND r.number <= k.seen_number))
        """
}
