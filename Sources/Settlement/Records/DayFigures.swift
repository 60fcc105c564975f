import Basics
import Storage

/// What was settled on one day at one provider in one way of care (日结算量): the ground of the counter's figures.
public struct DayFigure: Sendable, Hashable, Record {
    public let day: Day
    public let provider: ID<Provider>
    public let careType: CareType
    public let insurance: Insurance
    /// Settlements less those taken back.
    public let count: Int64
    public let total: Money
    public let funds: Money
    public let account: Money
    public let cash: Money

    public init(_ row: any Row) throws {
        day = try row.day(0)
        provider = try row.id(1)
        careType = try row.code(2)
        insurance = try row.code(3)
        count = try row.int(4)
        total = try row.money(5)
        funds = try row.money(6)
        account = try row.money(7)
        cash = try row.money(8)
    }
}

extension SettlementDesk {
    private static let dayFiguresQuery: SQL = """
        SELECT settled_day, provider_id, care_type, insurance,
            CAST(SUM(CASE WHEN kind = 2 THEN -1 ELSE 1 END) AS BIGINT),
            CAST(SUM(total_fen) AS BIGINT),
            CAST(SUM(pool_fen + civil_servant_fen + enterprise_fen + critical_illness_fen
                + large_amount_fen + assistance_fen + other_fen) AS BIGINT),
            CAST(SUM(account_fen + shared_account_fen) AS BIGINT), CAST(SUM(cash_fen) AS BIGINT)
        FROM settlement WHERE area = ? AND settled_day >= ? AND settled_day <= ?
        GROUP BY settled_day, provider_id, care_type, insurance
        ORDER BY settled_day, provider_id, care_type, insurance
        """

    /// The figures of some days, both included. A day that is over never changes: what is taken back later is
    /// booked on its own day, so these may be kept.
    public static func dayFigures(
        _ area: AreaCode, from first: Day, through last: Day, _ tx: any Transaction
    ) throws -> [DayFigure] {
        try tx.all(DayFigure.self, dayFiguresQuery, Value(area), Value(first), Value(last))
    }

    private static let lastDayQuery: SQL = """
        SELECT settled_day FROM settlement WHERE area = ? AND settled_day <= ? ORDER BY settled_day DESC LIMIT 1
        """

    /// The last day up to this one on which anything was settled.
    public static func lastSettledDay(
        _ area: AreaCode, upTo day: Day, _ tx: any Transaction
    ) throws -> Day? {
        try tx.first(lastDayQuery, Value(area), Value(day)) { try $0.day(0) }
    }
}
