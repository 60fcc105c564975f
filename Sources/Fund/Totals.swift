import Basics
import Storage

/// What the reconciliation of totals (3201) compares: how many settlements, and their amounts.
public struct SettledTotals: Sendable, Hashable {
    public var count: Int64 = 0
    /// 医疗费总额
    public var total = Money.zero
    /// 基金支付总额, personal accounts aside
    public var fund = Money.zero
    /// 个人账户支付, the patient's own account
    public var account = Money.zero
    /// 个人账户共济支付, the family's accounts
    public var sharedAccount = Money.zero
    /// 个人现金支付
    public var cash = Money.zero

    public init() {}

    public static func + (a: SettledTotals, b: SettledTotals) -> SettledTotals {
        var sum = a
        sum.count += b.count
        sum.total += b.total
        sum.fund += b.fund
        sum.account += b.account
        sum.sharedAccount += b.sharedAccount
        sum.cash += b.cash
        return sum
    }
}

/// A provider's totals of one insurance and one kind of clearing over some days (对总账).
public struct ProviderTotals: Sendable, Hashable {
    public var provider: ID<Provider>
    public var insurance: Insurance
    public var clearing: ClearingType
    /// Settlements in black.
    public var normal = SettledTotals()
    /// Reversals; their amounts are negative.
    public var red = SettledTotals()
    /// Both together: the count is of both, the amounts are what remains.
    public var net: SettledTotals { normal + red }
}

extension FundDesk {
    /// The totals of one provider over some days, by insurance and kind of clearing: what 3201 compares.
    ///
    /// ```swift
    /// let ours = try FundDesk.totals(tx, area: area, provider: id, from: first, through: last)
    ///     .first { $0.insurance == .employee && $0.clearing == .inpatient }
    /// ```
    public static func totals(
        _ tx: any Transaction, area: AreaCode, provider: ID<Provider>, from: Day, through: Day
    ) throws -> [ProviderTotals] {
        try read(tx, ofProvider, [Value(area), Value(from), Value(through), Value(provider)])
    }

    /// The totals of all providers over some days: the daily reconciliation.
    public static func totals(
        _ tx: any Transaction, area: AreaCode, from: Day, through: Day
    ) throws -> [ProviderTotals] {
        try read(tx, ofAll, [Value(area), Value(from), Value(through)])
    }

    private static func query(_ condition: String) -> SQL {
        SQL(
            """
            SELECT provider, insurance, clearing_type, CASE WHEN original IS NULL THEN 0 ELSE 1 END AS red, count(*),
                CAST(sum(total_fen) AS BIGINT), CAST(sum(fund_fen) AS BIGINT),
                CAST(sum(account_fen - shared_account_fen) AS BIGINT), CAST(sum(shared_account_fen) AS BIGINT),
                CAST(sum(cash_fen) AS BIGINT)
            FROM payable WHERE area = ? AND day BETWEEN ? AND ? \(condition)
            GROUP BY provider, insurance, clearing_type, CASE WHEN original IS NULL THEN 0 ELSE 1 END
            ORDER BY provider, insurance, clearing_type, red
            """)
    }

    private static let ofProvider = query("AND provider = ?")
    private static let ofAll = query("")

    private static func read(_ tx: any Transaction, _ query: SQL, _ arguments: [Value]) throws -> [ProviderTotals] {
        var all: [ProviderTotals] = []
        try tx.forEach(query, arguments) { row in
            let place = ProviderTotals(
                provider: try row.id(0), insurance: try row.code(1), clearing: try row.code(2))
            var totals = SettledTotals()
            totals.count = try row.int(4)
            totals.total = try row.money(5)
            totals.fund = try row.money(6)
            totals.account = try row.money(7)
            totals.sharedAccount = try row.money(8)
            totals.cash = try row.money(9)
            let last = all.last
            if (last?.provider, last?.insurance, last?.clearing) != (place.provider, place.insurance, place.clearing) {
                all.append(place)
            }
            if try row.flag(3) { all[all.count - 1].red = totals } else { all[all.count - 1].normal = totals }
            return true
        }
        return all
    }
}
