import Basics
import Storage

/// What one account took on each side in some days, in one book.
public struct Moved: Sendable, Hashable {
    public var ledger: Ledger
    public var book: Insurance
    public var account: Int64
    public var debit = Money.zero
    public var credit = Money.zero
}

/// A line of the trial balance (试算平衡表).
public struct AccountBalance: Sendable, Hashable {
    public var book: Insurance
    public var account: Account
    /// 期初余额, positive in debit.
    public var opening: Money
    /// 本期借方发生额
    public var debit: Money
    /// 本期贷方发生额
    public var credit: Money
    /// 期末余额, positive in debit.
    public var closing: Money { opening + debit - credit }
}

/// What is due to a provider from a fund (应付余额).
public struct DueToProvider: Sendable, Hashable {
    public var provider: ID<Provider>
    public var insurance: Insurance
    public var fund: FundType
    public var amount: Money
}

/// What became due for a kind of benefit (待遇支出台账).
public struct DueByBenefit: Sendable, Hashable {
    public var insurance: Insurance
    public var account: Int64
    public var fund: FundType
    public var amount: Money
}

/// Balances of accounts, providers and funds, from the entries and the totals of closed months.
///
/// ```swift
/// let trial = try Balances.trial(tx, area: area, ledger: .payable, month: month, chart: chart)
/// trial.map(\.closing).total() == .zero   // 借贷相等
/// ```
public enum Balances {
    /// The trial balance of a ledger for a month: by book, in the order of the chart.
    public static func trial(
        _ tx: any Transaction, area: AreaCode, ledger: Ledger, month: Month, chart: Chart
    ) throws -> [AccountBalance] {
        var lines: [Place: AccountBalance] = [:]
        func line(_ moved: Moved, _ add: (inout AccountBalance) -> Void) {
            guard moved.ledger == ledger, let account = chart[id: moved.account] else { return }
            let empty = AccountBalance(book: moved.book, account: account, opening: .zero, debit: .zero, credit: .zero)
            add(&lines[Place(book: moved.book, account: moved.account), default: empty])
        }
        for moved in try before(tx, area: area, month: month) {
            line(moved) { $0.opening += moved.debit - moved.credit }
        }
        for moved in try Balances.moved(tx, area: area, from: month.first, through: month.last) {
            line(moved) {
                $0.debit += moved.debit
                $0.credit += moved.credit
            }
        }
        return lines.values.sorted {
            ($0.book.rawValue, $0.account.number, $0.account.id) < ($1.book.rawValue, $1.account.number, $1.account.id)
        }
    }

    private struct Place: Hashable {
        var book: Insurance
        var account: Int64
    }

    /// Everything before a month: the closed months' totals, and the entries after the last of them.
    private static func before(_ tx: any Transaction, area: AreaCode, month: Month) throws -> [Moved] {
        let closed = try tx.first(lastClosed, Value(area), Value(month)) { try $0.intOrNil(0) } ?? nil
        let open = closed.map { (Month(number: Int32(truncatingIfNeeded: $0)) + 1).first } ?? beginning
        let totals = try tx.rows(closedTotals, Value(area), Value(month)) { row in
            Moved(
                ledger: try row.code(0), book: try row.code(1), account: try row.int(2), debit: try row.money(3),
                credit: try row.money(4))
        }
        return totals + (open < month.first ? try moved(tx, area: area, from: open, through: month.first - 1) : [])
    }

    private static let beginning = Day(number: -700_000)

    private static let lastClosed: SQL = "SELECT max(month) FROM fund_period WHERE area = ? AND act = 2 AND month < ?"

    private static let closedTotals: SQL = """
        SELECT ledger, book, account, CAST(sum(debit_fen) AS BIGINT), CAST(sum(credit_fen) AS BIGINT)
        FROM fund_period_total WHERE area = ? AND month < ? GROUP BY ledger, book, account
        """

    /// The sums of each account over some days, from the entries themselves.
    static func moved(_ tx: any Transaction, area: AreaCode, from: Day, through: Day) throws -> [Moved] {
        try moved(tx, .payable, payableSums, area: area, from: from, through: through)
            + moved(tx, .general, voucherSums, area: area, from: from, through: through)
    }

    private static let payableSums: SQL = """
        SELECT p.insurance, e.debit_account, e.credit_account, CAST(sum(e.amount_fen) AS BIGINT)
        FROM payable p JOIN payable_entry e ON e.area = p.area AND e.settlement = p.settlement
        WHERE p.area = ? AND p.day BETWEEN ? AND ? GROUP BY p.insurance, e.debit_account, e.credit_account
        """

    private static let voucherSums: SQL = """
        SELECT v.book, e.debit_account, e.credit_account, CAST(sum(e.amount_fen) AS BIGINT)
        FROM voucher v JOIN voucher_entry e ON e.area = v.area AND e.voucher = v.id
        WHERE v.area = ? AND v.day BETWEEN ? AND ? GROUP BY v.book, e.debit_account, e.credit_account
        """

    private static func moved(
        _ tx: any Transaction, _ ledger: Ledger, _ query: SQL, area: AreaCode, from: Day, through: Day
    ) throws -> [Moved] {
        var sums: [Place: Moved] = [:]
        try tx.forEach(query, [Value(area), Value(from), Value(through)]) { row in
            let book: Insurance = try row.code(0)
            let amount = try row.money(3)
            for (account, side) in [(try row.int(1), Side.debit), (try row.int(2), Side.credit)] {
                var sum =
                    sums[Place(book: book, account: account)] ?? Moved(ledger: ledger, book: book, account: account)
                if side == .debit { sum.debit += amount } else { sum.credit += amount }
                sums[Place(book: book, account: account)] = sum
            }
            return true
        }
        return sums.values.sorted { ($0.book.rawValue, $0.account) < ($1.book.rawValue, $1.account) }
    }

    // MARK: By provider, by kind of benefit

    /// What is due to each provider, by insurance and fund, at the end of a day.
    public static func dueToProviders(
        _ tx: any Transaction, area: AreaCode, through day: Day, chart: Chart
    ) throws -> [DueToProvider] {
        let account = chart[.providerPayable]?.id ?? 0
        return try tx.rows(dueQuery, .int(account), Value(area), Value(day), .int(account), .int(account)) { row in
            DueToProvider(
                provider: try row.id(0), insurance: try row.code(1), fund: try row.code(2), amount: try row.money(3))
        }
    }

    private static let dueQuery: SQL = """
        SELECT p.provider, p.insurance, e.fund,
            CAST(sum(CASE WHEN e.credit_account = ? THEN e.amount_fen ELSE -e.amount_fen END) AS BIGINT)
        FROM payable p JOIN payable_entry e ON e.area = p.area AND e.settlement = p.settlement
        WHERE p.area = ? AND p.day <= ? AND (e.credit_account = ? OR e.debit_account = ?)
        GROUP BY p.provider, p.insurance, e.fund ORDER BY p.provider, p.insurance, e.fund
        """

    /// What became due in some days for each kind of benefit, by insurance and fund.
    public static func dueByBenefit(
        _ tx: any Transaction, area: AreaCode, from: Day, through: Day
    ) throws -> [DueByBenefit] {
        try tx.rows(benefitQuery, Value(area), Value(from), Value(through)) { row in
            DueByBenefit(
                insurance: try row.code(0), account: try row.int(1), fund: try row.code(2), amount: try row.money(3))
        }
    }

    private static let benefitQuery: SQL = """
        SELECT p.insurance, e.debit_account, e.fund, CAST(sum(e.amount_fen) AS BIGINT)
        FROM payable p JOIN payable_entry e ON e.area = p.area AND e.settlement = p.settlement
        WHERE p.area = ? AND p.day BETWEEN ? AND ?
        GROUP BY p.insurance, e.debit_account, e.fund ORDER BY p.insurance, e.debit_account, e.fund
        """
}
