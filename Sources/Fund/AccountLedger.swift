import Basics
import Control
import Storage

/// What a posting to the ledger of personal accounts is (个人账户基金台账科目).
public enum AccountHeading: Int64, Sendable, CaseIterable {
    /// 期初转入
    case opening = 1
    /// 月划入与补记
    case credit = 2
    /// 利息
    case interest = 3
    /// 更正
    case correction = 4
    /// 关系转入
    case transferIn = 5
    /// 关系转出
    case transferOut = 6
    /// 清退
    case payout = 7
    /// 继承转入
    case inherited = 8

    public var name: String {
        switch self {
        case .opening: "期初转入"
        case .credit: "划入"
        case .interest: "利息"
        case .correction: "更正"
        case .transferIn: "关系转入"
        case .transferOut: "关系转出"
        case .payout: "清退"
        case .inherited: "继承转入"
        }
    }
}

/// One posting to the ledger of accounts: the total of a run, or of an import.
public struct AccountLedgerPosting: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// 入账批次
        case run(Int64)
        /// 导入批次
        case batch(Int64)

        var columns: (kind: Int64, number: Int64) {
            switch self {
            case .run(let id): (1, id)
            case .batch(let id): (2, id)
            }
        }
    }

    public var heading: AccountHeading
    public var source: Source
    /// Signed: what comes into the accounts is positive.
    public var amount: Money
    public var day: Day

    public init(_ heading: AccountHeading, _ source: Source, _ amount: Money, on day: Day) {
        self.heading = heading
        self.source = source
        self.amount = amount
        self.day = day
    }
}

/// What the fund's books say of all personal accounts on a day.
public struct AccountLedgerDay: Hashable, Sendable {
    public var day: Day
    /// Payments for care, negative, as the ledger of amounts due holds them.
    public var settled = Money.zero
    /// Everything else, as the ledger of accounts holds it.
    public var posted = Money.zero
}

/// The fund's side of the personal accounts (个人账户基金台账). Two ledgers keep it between them: what settlements pay
/// from accounts stands in the ledger of amounts due with every other payer, so that the counter posts once; the rest
/// stands here, one posting a run. Together they must come to the sum of all accounts every day.
extension FundDesk {
    static let accountLedger = Migration(
        "fund.5",
        [
            """
            CREATE TABLE account_ledger (
                area {int} NOT NULL,
                id {int} NOT NULL,
                day {int} NOT NULL,
                heading {int} NOT NULL CHECK (heading BETWEEN 1 AND 8),
                source_kind {int} NOT NULL CHECK (source_kind IN (1, 2)),
                source {int} NOT NULL,
                amount_fen {int} NOT NULL CHECK (amount_fen <> 0 AND (
                    heading IN (1, 2, 3, 5, 8) AND amount_fen > 0 OR heading IN (6, 7) AND amount_fen < 0
                    OR heading = 4)),
                actor_kind {int} NOT NULL,
                actor {int} NOT NULL,
                at {int} NOT NULL,
                PRIMARY KEY (area, id),
                UNIQUE (area, source_kind, source)
            ) {strict}
            """,
            "CREATE INDEX account_ledger_by_day ON account_ledger (area, day)",
            "{append-only account_ledger}",
        ])

    static let accountPosted = ActKind(
        "fund.accountPosted",
        EvidenceTable(
            "account_ledger", "area", "id", "day", "heading", "source_kind", "source", "amount_fen", "actor_kind",
            "actor",
            "at"),
        subject: "id")

    /// Posts the total of a run or an import to the ledger of accounts, once each; refuses a closed month. Nothing is
    /// posted for a total of nothing.
    public static func post(
        _ tx: any Transaction, area: AreaCode, _ posting: AccountLedgerPosting, by actor: Actor, at: Moment
    ) throws {
        guard posting.amount != .zero else { return }
        try Periods.requireOpen(tx, area: area, day: posting.day, by: actor)
        let id = try tx.nextNumber("account_ledger")
        try tx.execute(
            accountInsertion, Value(area), .int(id), Value(posting.day), Value(code: posting.heading),
            .int(posting.source.columns.kind), .int(posting.source.columns.number), Value(posting.amount),
            .int(actor.columns.kind), .int(actor.columns.number), Value(at))
        try accountPosted.record(tx, area: area, subject: id, by: actor, at: at)
    }

    private static let accountInsertion: SQL = """
        INSERT INTO account_ledger (area, id, day, heading, source_kind, source, amount_fen, actor_kind, actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// What both ledgers say of the accounts on each of some days, in order.
    public static func accountDays(
        _ tx: any Transaction, area: AreaCode, in days: ClosedRange<Day>
    ) throws -> [AccountLedgerDay] {
        let place = [Value(area), Value(days.lowerBound), Value(days.upperBound)]
        var found: [Day: AccountLedgerDay] = [:]
        try tx.forEach(postedByDay, place) { row in
            let day = try row.day(0)
            found[day, default: AccountLedgerDay(day: day)].posted = try row.money(1)
            return true
        }
        try tx.forEach(settledByDay, place) { row in
            let day = try row.day(0)
            found[day, default: AccountLedgerDay(day: day)].settled = -(try row.money(1))
            return true
        }
        return found.values.sorted { $0.day < $1.day }
    }

    /// The first day on which either ledger tells of the accounts; nil where neither does.
    public static func firstAccountDay(_ tx: any Transaction, area: AreaCode) throws -> Day? {
        let first = try [firstPosted, firstSettled].compactMap { try tx.first($0, Value(area)) { try $0.day(0) } }
        return first.min()
    }

    private static let firstPosted: SQL = "SELECT day FROM account_ledger WHERE area = ? ORDER BY day LIMIT 1"
    private static let firstSettled: SQL = """
        SELECT day FROM payable WHERE area = ? AND account_fen <> 0 ORDER BY day LIMIT 1
        """

    private static let postedByDay: SQL = """
        SELECT day, CAST(sum(amount_fen) AS BIGINT) FROM account_ledger
        WHERE area = ? AND day BETWEEN ? AND ? GROUP BY day
        """

    private static let settledByDay: SQL = """
        SELECT day, CAST(sum(account_fen) AS BIGINT) FROM payable
        WHERE area = ? AND day BETWEEN ? AND ? AND account_fen <> 0 GROUP BY day
        """

    /// The movements of the ledger of accounts over some days, by heading (个人账户基金收支).
    public static func accountHeadings(
        _ tx: any Transaction, area: AreaCode, _ days: ClosedRange<Day>
    ) throws -> [(heading: AccountHeading, amount: Money)] {
        try tx.rows(byHeading, Value(area), Value(days.lowerBound), Value(days.upperBound)) {
            (try $0.code(0), try $0.money(1))
        }
    }

    private static let byHeading: SQL = """
        SELECT heading, CAST(sum(amount_fen) AS BIGINT) FROM account_ledger
        WHERE area = ? AND day BETWEEN ? AND ? GROUP BY heading ORDER BY heading
        """
}
