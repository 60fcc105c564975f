import Basics
import Control
import Sheets
import Storage

/// A person's statement of a year (个人账户对账单): for the web, for print and as a sheet.
public struct AccountStatement: Hashable, Sendable {
    public var area: AreaCode
    public var person: ID<Person>
    public var year: Int
    public var days: ClosedRange<Day>
    /// 期初余额
    public var opening: Money
    /// 期末余额
    public var closing: Money
    /// Every entry of the year in its order.
    public var entries: [AccountEntry]
    /// What the year's interest was reckoned from; the parts of an account that was paid out within the year too.
    public var interest: [Interest]

    public struct Interest: Hashable, Sendable {
        public var days: ClosedRange<Day>
        /// 上年结转部分
        public var carried: Money
        /// 当年筹集部分
        public var current: Money
        /// The arithmetic in words.
        public var steps: String
    }

    /// The statement's lines of sums, in its printed order; headings without any entry are left out.
    public var sums: [Sum] {
        Heading.allCases.compactMap { heading in
            let amounts = entries.filter { Heading($0.kind) == heading }.map(\.amount)
            return amounts.isEmpty ? nil : Sum(heading: heading, count: amounts.count, amount: amounts.total())
        }
    }

    public struct Sum: Hashable, Sendable {
        public var heading: Heading
        public var count: Int
        /// Signed: what came in is positive.
        public var amount: Money
    }

    /// What the entries are summed under.
    public enum Heading: String, Sendable, CaseIterable {
        case credits = "划入"
        case interest = "利息"
        case payments = "本人支付"
        case sharing = "家庭共济支付"
        case transfers = "转入转出"
        case payout = "清退与继承"
        case corrections = "更正"

        public init(_ kind: AccountEntry.Kind) {
            switch kind {
            case .opening, .monthlyCredit, .supplement: self = .credits
            case .interest: self = .interest
            case .payment, .refund: self = .payments
            case .sharedPayment, .sharedRefund: self = .sharing
            case .transferIn, .transferOut, .merged: self = .transfers
            case .payout, .inherited: self = .payout
            case .correction: self = .corrections
            }
        }
    }

    /// The exported sheet (导出表): one row an entry.
    public var sheet: Sheet {
        Sheet(
            name: "个人账户对账单 \(year)", columns: ["序号", "日期", "摘要", "所属期", "收入", "支出", "余额", "流水号"],
            rows: entries.map { entry in
                let comesIn = entry.amount > .zero
                return [
                    .count(entry.sequence), .text(entry.at.day.description), .text(entry.kind.name),
                    .text(entry.periodText),
                    comesIn ? .money(entry.amount) : .text(""), comesIn ? .text("") : .money(entry.amount.magnitude),
                    .money(entry.balance), .count(entry.id.raw),
                ]
            })
    }
}

extension AccountEntry {
    /// 所属期: the month credited, the year of the interest.
    public var periodText: String {
        guard let period else { return "" }
        return kind == .interest ? "\(period) 年度" : Month(number: Int32(truncatingIfNeeded: period)).description
    }
}

extension Contributions {
    /// A person's statement of a year of interest; nil without an account. At most 5,000 entries, far more than a
    /// person can make in a year.
    public static func statement(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ year: InterestYear
    ) throws -> AccountStatement? {
        guard try balance(tx, area: area, of: person) != nil else { return nil }
        let from = Moment(year.days.lowerBound)
        let to = Moment(year.days.upperBound + 1)
        let entries = try tx.all(
            AccountEntry.self, entriesOfYear, Value(area), Value(person), Value(from), Value(to))
        let opening = try tx.first(balanceBefore, Value(area), Value(person), Value(from)) { try $0.money(0) } ?? .zero
        let interest = try tx.rows(interestOfYear, Value(area), Value(person), .int(Int64(year.year))) { row in
            let first = try row.day(0)
            return AccountStatement.Interest(
                days: first...max(first, try row.day(1)), carried: try row.money(2), current: try row.money(3),
                steps: try row.text(4))
        }
        return AccountStatement(
            area: area, person: person, year: year.year, days: year.days, opening: opening,
            closing: entries.last?.balance ?? opening, entries: entries, interest: interest)
    }

    private static let entriesOfYear = SQL(
        "\(AccountEntry.selection) WHERE area = ? AND person = ? AND at >= ? AND at < ? ORDER BY seq LIMIT 5000")

    private static let balanceBefore: SQL = """
        SELECT balance_fen FROM account_entry WHERE area = ? AND person = ? AND at < ? ORDER BY seq DESC LIMIT 1
        """

    private static let interestOfYear: SQL = """
        SELECT first_day, last_day, carried_interest_fen, current_interest_fen, steps FROM account_year
        WHERE area = ? AND person = ? AND year = ? ORDER BY last_day
        """

    // MARK: - The sub-ledger by day

    /// What all accounts together took in and gave out on a day (个人账户日发生额): entries of settlements apart from
    /// those of the desk's own runs and of imports, as the fund's ledgers keep them apart.
    public struct AccountDay: Hashable, Sendable {
        public var day: Day
        /// Payments and their refunds, signed.
        public var settled: Money
        /// Everything else, signed.
        public var posted: Money
    }

    /// Every day of some on which an account moved, in order.
    public static func accountDays(
        _ tx: any Transaction, area: AreaCode, in days: ClosedRange<Day>
    ) throws -> [AccountDay] {
        try tx.rows(daySums, Value(area), Value(Moment(days.lowerBound)), Value(Moment(days.upperBound + 1))) { row in
            AccountDay(day: try row.day(0), settled: try row.money(1), posted: try row.money(2))
        }
    }

    private static let daySums: SQL = """
        SELECT at / 86400, CAST(COALESCE(sum(CASE WHEN kind IN (4, 5, 6, 7) THEN amount_fen END), 0) AS BIGINT),
            CAST(COALESCE(sum(CASE WHEN kind NOT IN (4, 5, 6, 7) THEN amount_fen END), 0) AS BIGINT)
        FROM account_entry WHERE area = ? AND at >= ? AND at < ? GROUP BY at / 86400 ORDER BY 1
        """

    /// The day of the first entry of all; nil where no account was ever entered in.
    public static func firstAccountDay(_ tx: any Transaction, area: AreaCode) throws -> Day? {
        try tx.first(firstEntry, Value(area)) { try $0.moment(0).day }
    }

    private static let firstEntry: SQL = "SELECT at FROM account_entry WHERE area = ? ORDER BY at LIMIT 1"

    /// What all accounts hold together (账户余额合计).
    public static func totalBalance(_ tx: any Transaction, area: AreaCode) throws -> Money {
        try tx.first(balanceSum, Value(area)) { try $0.money(0) } ?? .zero
    }

    private static let balanceSum: SQL = """
        SELECT CAST(COALESCE(sum(balance_fen), 0) AS BIGINT) FROM personal_account WHERE area = ?
        """
}
