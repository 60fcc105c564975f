import Basics
import Contributions
import Control
import Fund
import Storage

extension EventKind {
    /// 账户与基金账日核对
    public static let accountsCompared: EventKind = "daily.accountsCompared"
}

/// What the personal accounts took in and gave out on a day, and what the fund's ledgers say of it (账户与基金账日核对).
public struct AccountComparison: Sendable, Hashable {
    public let day: Day
    /// As the entries of all accounts add up.
    public let accounts: Sums
    /// As the ledger of amounts due and the ledger of accounts do.
    public let books: Sums

    public struct Sums: Sendable, Hashable {
        /// Payments for care and their refunds, signed.
        public var settled = Money.zero
        /// Everything else, signed.
        public var posted = Money.zero

        public var total: Money { settled + posted }
    }

    public var agrees: Bool { accounts == books }

    /// That the two differ, and by how much.
    var problem: Problem? {
        agrees
            ? nil
            : Problem(
                "accounts.link.day", field: "\(day)",
                """
                \(day) 个人账户与基金账不符:账户支付 \(accounts.settled)、基金记 \(books.settled);账户其他收支 \(accounts.posted)、\
                基金记 \(books.posted);请核对当日的结算和入账批次
                """)
    }
}

/// The days' comparisons as they were kept, day by day (账户与基金账日核对登记簿): a day is entered when it was first compared,
/// and again whenever it came out otherwise; the last entry of a day tells how it stands.
public enum AccountComparisons {
    public static let migrations = [
        Migration(
            "daily.2",
            [
                """
                CREATE TABLE account_comparison (
                    area {int} NOT NULL,
                    day {int} NOT NULL,
                    no {int} NOT NULL CHECK (no > 0),
                    accounts_settled_fen {int} NOT NULL,
                    accounts_posted_fen {int} NOT NULL,
                    books_settled_fen {int} NOT NULL,
                    books_posted_fen {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, day, no)
                ) {clustered}
                """,
                "{append-only account_comparison}",
            ])
    ]

    static let table = EvidenceTable(
        "account_comparison", "area", "day", "no", "accounts_settled_fen", "accounts_posted_fen", "books_settled_fen",
        "books_posted_fen", "at")
    private static let act = ActKind(.accountsCompared, table, subject: "day", record: "no")

    public static let evidence = [act.evidence]

    /// A day as the register has it.
    public struct Line: Sendable, Hashable, Record {
        public let comparison: AccountComparison
        /// How often it was entered.
        public let no: Int64
        public let at: Moment
        /// 账户余额合计 and 基金账余额, at the end of the day.
        public let accountsBalance: Money
        public let booksBalance: Money

        public init(_ row: any Row) throws {
            comparison = AccountComparison(
                day: try row.day(0), accounts: .init(settled: try row.money(2), posted: try row.money(3)),
                books: .init(settled: try row.money(4), posted: try row.money(5)))
            no = try row.int(1)
            at = try row.moment(6)
            accountsBalance = try row.money(7)
            booksBalance = try row.money(8)
        }
    }

    /// The days of the register, the newest first, before a given one.
    public static func days(
        _ tx: any Transaction, area: AreaCode, before day: Day, limit: Int = 50
    ) throws -> [Line] {
        try tx.all(Line.self, newest, Value(area), Value(day), .int(Int64(min(limit, 5_000))))
    }

    /// The days that differ (账账不符): shown until they agree.
    public static func differing(_ tx: any Transaction, area: AreaCode) throws -> [Line] {
        try tx.all(Line.self, differingDays, Value(area))
    }

    /// Every day as it stands, with what both sides held when it was over.
    private static let standing = """
        SELECT day, no, accounts_settled_fen, accounts_posted_fen, books_settled_fen, books_posted_fen, at,
            CAST(sum(accounts_settled_fen + accounts_posted_fen) OVER (ORDER BY day) AS BIGINT) AS accounts_balance,
            CAST(sum(books_settled_fen + books_posted_fen) OVER (ORDER BY day) AS BIGINT) AS books_balance
        FROM account_comparison c WHERE area = ? AND no = (
            SELECT max(l.no) FROM account_comparison l WHERE l.area = c.area AND l.day = c.day)
        """
    private static let newest = SQL("SELECT * FROM (\(standing)) days WHERE day < ? ORDER BY day DESC LIMIT ?")
    private static let differingDays = SQL(
        """
        SELECT * FROM (\(standing)) days
        WHERE accounts_settled_fen <> books_settled_fen OR accounts_posted_fen <> books_posted_fen
        ORDER BY day LIMIT 100
        """)

    /// Enters the days that are new, or came out otherwise than they stand.
    static func record(
        _ tx: any Transaction, area: AreaCode, _ comparisons: [AccountComparison], at: Moment
    ) throws {
        for comparison in comparisons {
            let known = try tx.first(lastOfDay, Value(area), Value(comparison.day)) { row in
                (
                    no: try row.int(0),
                    accounts: AccountComparison.Sums(settled: try row.money(1), posted: try row.money(2)),
                    books: AccountComparison.Sums(settled: try row.money(3), posted: try row.money(4))
                )
            }
            if let known, known.accounts == comparison.accounts, known.books == comparison.books { continue }
            let no = (known?.no ?? 0) + 1
            try tx.execute(
                table.insertion, Value(area), Value(comparison.day), .int(no), Value(comparison.accounts.settled),
                Value(comparison.accounts.posted), Value(comparison.books.settled), Value(comparison.books.posted),
                Value(at))
            try act.record(
                tx, area: area, subject: Int64(comparison.day.number), record: no, by: .system, at: at)
        }
    }

    private static let lastOfDay: SQL = """
        SELECT no, accounts_settled_fen, accounts_posted_fen, books_settled_fen, books_posted_fen
        FROM account_comparison WHERE area = ? AND day = ? ORDER BY no DESC LIMIT 1
        """

    // MARK: - The night's round

    /// What a night found (当晚核对结果).
    struct Round: Sendable {
        /// Of the days looked at, those on which anything moved.
        var compared: [AccountComparison]
        /// What differs, these days and others still.
        var problems: [Problem]
    }

    /// Old days are looked at again in turn: each once in so many nights, which are no whole weeks, so that a day's turn
    /// does not always fall on a day when the house is shut.
    private static let turnNights = 29
    /// A transaction that began before midnight may end after it.
    private static let recentDays = 3

    /// Compares what a night has to: the days since the last one entered, a few before it, those that differed, and in turn
    /// the older ones, also those on which nothing moved, so that what was changed behind the house's back comes to light.
    /// What all accounts hold must be what the days make of it.
    static func round(_ tx: any Transaction, area: AreaCode, today: Day) throws -> Round {
        let lines = try tx.all(Line.self, newest, Value(area), Value(today), .int(100_000))
        let links = AccountLinks(area: area)
        let first = try links.firstDay(tx) ?? today
        let recent = lines.first.map { $0.comparison.day - recentDays } ?? first
        var compared = try links.comparisons(tx, in: min(recent, today)...AccountLinks.end)
        let known = Dictionary(uniqueKeysWithValues: lines.map { ($0.comparison.day, $0.comparison) })
        let turns = try turns(tx, area: area, today: today)
        var day = min(first, known.keys.min() ?? first)
        while day < min(recent, today) {
            let line = known[day]
            if line?.agrees == false || turns.contains(Int(day.number) % turnNights) {
                compared += try links.comparisons(tx, in: day...day, naming: line == nil ? [] : [day])
            }
            day = day + 1
        }
        let seen = Set(compared.map(\.day))
        let rest = lines.filter { $0.comparison.day < recent && !seen.contains($0.comparison.day) }
        let moved = rest.map(\.comparison.accounts.total) + compared.map(\.accounts.total)
        let held = try Contributions.totalBalance(tx, area: area)
        var problems = compared.sorted { $0.day < $1.day }.compactMap(\.problem)
        if moved.total() != held {
            problems.append(
                Problem(
                    "accounts.link.balance", field: "personal_account",
                    "全部个人账户余额 \(held) 与逐日收支合计 \(moved.total()) 不符,请运行 yibao verify 查出是哪个账户、哪一日"))
        }
        return Round(compared: compared, problems: problems)
    }

    /// Whose turn it is: of the nights since the last one that was done, so that none is passed over.
    private static func turns(_ tx: any Transaction, area: AreaCode, today: Day) throws -> Set<Int> {
        let before = try tx.first(lastNight, Value(area), Value(code: DailyPart.accounts), Value(today)) {
            try $0.day(0)
        }
        let from = max(before.map { $0 + 1 } ?? today, today - (turnNights - 1))
        return Set((min(from, today)...today).map { Int($0.number) % turnNights })
    }

    private static let lastNight: SQL = """
        SELECT day FROM daily_part WHERE area = ? AND part = ? AND day < ? ORDER BY day DESC LIMIT 1
        """
}
