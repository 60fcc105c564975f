import Basics
import Control
import Storage

/// The contributions desk (征缴). Here the personal accounts (个人账户), which a settlement draws on and a reversal
/// restores. Each movement is an entry; the balance is what the entries add up to, and never below zero.
public enum Contributions {
    // MARK: - Balances

    /// A person's own balance; nil when he has no account.
    public static func balance(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> Money? {
        try tx.first(balanceSelection, Value(area), Value(person)) { try $0.money(0) }
    }

    private static let balanceSelection: SQL = "SELECT balance_fen FROM personal_account WHERE area = ? AND person = ?"

    /// What a person may draw on for care of a day: his own account and those shared with him (家庭共济).
    public static func available(
        _ tx: any Transaction, area: AreaCode, to person: ID<Person>, on day: Day
    ) throws -> AvailableAccounts {
        let own = try balance(tx, area: area, of: person) ?? .zero
        let shared = try tx.rows(sharedBalances, Value(area), Value(person), Value(day), Value(day)) { row in
            AvailableAccounts.Source(owner: try row.id(0), balance: try row.money(1))
        }
        return AvailableAccounts(own: own, shared: shared)
    }

    private static let sharedBalances: SQL = """
        SELECT s.owner, a.balance_fen
        FROM account_sharing s
        JOIN personal_account a ON a.area = s.area AND a.person = s.owner
        LEFT JOIN account_sharing_end e ON e.area = s.area AND e.sharing = s.id
        WHERE s.area = ? AND s.beneficiary = ? AND s.first_day <= ? AND (e.last_day IS NULL OR e.last_day >= ?)
        ORDER BY s.id
        """

    // MARK: - Payment

    /// What a settlement takes from accounts.
    public struct Payment: Hashable, Sendable {
        public var area: AreaCode
        public var patient: ID<Person>
        /// From the patient's own account (`acct_pay`).
        public var own: Money
        /// From relatives' accounts (`acct_mulaid_pay`).
        public var shared: Money
        public var settlement: ID<SettlementRecord>
        public var at: Moment
        /// The relatives' accounts that pay, and how much of each at most; nil: those shared with the patient that day.
        public var sharers: [AvailableAccounts.Source]?

        public init(
            area: AreaCode, patient: ID<Person>, own: Money, shared: Money, settlement: ID<SettlementRecord>,
            at: Moment, sharers: [AvailableAccounts.Source]? = nil
        ) {
            self.area = area
            self.patient = patient
            self.own = own
            self.shared = shared
            self.settlement = settlement
            self.at = at
            self.sharers = sharers
        }
    }

    /// Takes a settlement's share from the accounts; runs inside the settlement's transaction.
    /// The entries' `values` belong in the digest of the settlement's event.
    public static func pay(_ tx: any Transaction, _ payment: Payment) throws -> [AccountEntry] {
        precondition(payment.own >= .zero && payment.shared >= .zero, "a payment is refunded, never negative")
        var entries: [AccountEntry] = []
        if payment.own > .zero {
            entries.append(try draw(tx, payment.own, from: payment.patient, kind: .payment, for: payment))
        }
        if payment.shared > .zero {
            let accounts =
                try payment.sharers.map { AvailableAccounts(own: .zero, shared: $0) }
                ?? available(tx, area: payment.area, to: payment.patient, on: payment.at.day)
            guard let draws = accounts.draw(shared: payment.shared) else { throw insufficient }
            for source in draws {
                entries.append(try draw(tx, source.balance, from: source.owner, kind: .sharedPayment, for: payment))
            }
        }
        return entries
    }

    private static func draw(
        _ tx: any Transaction, _ amount: Money, from owner: ID<Person>, kind: AccountEntry.Kind, for payment: Payment
    ) throws -> AccountEntry {
        let after = try tx.first(drawing, Value(amount), Value(payment.area), Value(owner), Value(amount)) { row in
            Standing(balance: try row.money(0), sequence: try row.int(1))
        }
        guard let after else { throw insufficient }
        let entry = AccountEntry(
            id: try tx.nextID(AccountEntry.self, "account_entry"), area: payment.area, owner: owner,
            sequence: after.sequence, kind: kind, amount: -amount, balance: after.balance, patient: payment.patient,
            settlement: payment.settlement, at: payment.at)
        try tx.insert(entry)
        return entry
    }

    /// The guard stands in the statement: of two payments at once, the second sees the balance the first left.
    private static let drawing: SQL = """
        UPDATE personal_account SET balance_fen = balance_fen - ?, entry_count = entry_count + 1
        WHERE area = ? AND person = ? AND balance_fen >= ?
        RETURNING balance_fen, entry_count
        """

    /// How an account stands after a movement.
    struct Standing {
        let balance: Money
        let sequence: Int64
    }

    private static let insufficient = Problem(
        "contributions.account.insufficient", field: "acct_pay", "个人账户余额不足,请重新预结算后再结算")

    // MARK: - Refund

    /// Puts back what a settlement took, entry by entry and in red; runs inside the reversal's transaction.
    public static func refund(
        _ tx: any Transaction, area: AreaCode, of settlement: ID<SettlementRecord>, by red: ID<SettlementRecord>,
        at: Moment
    ) throws -> [AccountEntry] {
        let paid = try tx.all(AccountEntry.self, entriesOfSettlement, Value(area), Value(settlement))
        return try paid.filter { $0.kind == .payment || $0.kind == .sharedPayment }.map { original in
            let after = try add(tx, -original.amount, to: original.owner, area: area)
            let entry = AccountEntry(
                id: try tx.nextID(AccountEntry.self, "account_entry"), area: area, owner: original.owner,
                sequence: after.sequence, kind: original.kind == .payment ? .refund : .sharedRefund,
                amount: -original.amount, balance: after.balance, patient: original.patient, settlement: red,
                reverses: original.id, at: at)
            try tx.insert(entry)
            return entry
        }
    }

    private static let entriesOfSettlement = SQL(
        "\(AccountEntry.selection) WHERE area = ? AND settlement = ? ORDER BY id")

    /// Raises a balance, opening the account when there is none.
    static func add(_ tx: any Transaction, _ amount: Money, to owner: ID<Person>, area: AreaCode) throws -> Standing {
        let after = try tx.first(addition, Value(area), Value(owner), Value(amount)) { row in
            Standing(balance: try row.money(0), sequence: try row.int(1))
        }
        guard let after else { throw StoreError.failed("an upsert returned no row") }
        return after
    }

    private static let addition: SQL = """
        INSERT INTO personal_account (area, person, balance_fen, entry_count) VALUES (?, ?, ?, 1)
        ON CONFLICT (area, person) DO UPDATE SET balance_fen = personal_account.balance_fen + excluded.balance_fen,
            entry_count = personal_account.entry_count + 1
        RETURNING balance_fen, entry_count
        """

    // MARK: - Entries

    /// A settlement's entries, as they were written.
    public static func entries(
        _ tx: any Transaction, area: AreaCode, of settlement: ID<SettlementRecord>
    ) throws -> [AccountEntry] {
        try tx.all(AccountEntry.self, entriesOfSettlement, Value(area), Value(settlement))
    }

    /// A person's entries, newest first, before a given place.
    public static func entries(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, before sequence: Int64 = .max, limit: Int = 50
    ) throws -> [AccountEntry] {
        try tx.all(
            AccountEntry.self, entriesOfPerson, Value(area), Value(person), .int(sequence),
            .int(Int64(min(limit, 500))))
    }

    private static let entriesOfPerson = SQL(
        "\(AccountEntry.selection) WHERE area = ? AND person = ? AND seq < ? ORDER BY seq DESC LIMIT ?")

    // MARK: - Verification

    /// Finds the accounts of an area whose entries do not add up to the balance, and entries that do not follow
    /// from the ones before them.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        let accounts = try tx.rows(unbalanced, Value(area)) { row in
            Problem(
                "contributions.account.unbalanced", field: "personal_account \(try row.int(0))",
                "账户余额 \(try row.money(1)) 与流水合计 \(try row.money(2)) 不符,请停用该账户并核对流水")
        }
        let entries = try tx.rows(brokenSteps, Value(area)) { row in
            Problem(
                "contributions.account.brokenEntry", field: "account_entry \(try row.int(0))",
                "流水 \(try row.int(0)) 记载的余额 \(try row.money(1)) 与此前流水合计 \(try row.money(2)) 不符,请核对该账户")
        }
        return accounts + entries + (try verifyRuns(tx, area: area))
    }

    /// Runs whose entries are not what the run states, and years whose interest is not what was posted.
    private static func verifyRuns(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        let runs = try tx.rows(brokenRuns, Value(area)) { row in
            Problem(
                "contributions.account.brokenRun", field: "account_run \(try row.int(0))",
                "入账批次 \(try row.int(0)) 的合计与其流水不符,请从备份核对")
        }
        let years = try tx.rows(brokenYears, Value(area)) { row in
            Problem(
                "contributions.account.brokenInterest", field: "account_run \(try row.int(0))",
                "结息批次 \(try row.int(0)) 的利息与各账户结息记录不符,请从备份核对")
        }
        let closings = try tx.rows(brokenClosings, Value(area)) { row in
            Problem(
                "contributions.account.brokenClosing", field: "account_closing \(try row.int(0))",
                "人员 \(try row.int(0)) 的清退金额与各收款人所得合计不符,请从备份核对")
        }
        return runs + years + closings
    }

    private static let brokenClosings: SQL = """
        SELECT c.person FROM account_closing c WHERE c.area = ? AND c.kind = 1 AND c.amount_fen <> (
            SELECT CAST(COALESCE(sum(p.amount_fen), 0) AS BIGINT) FROM account_closing_payee p
            WHERE p.area = c.area AND p.person = c.person AND p.closing = c.seq)
        ORDER BY c.person LIMIT 100
        """

    private static let brokenRuns: SQL = """
        SELECT r.id FROM account_run r
        LEFT JOIN (SELECT area, run, CAST(sum(amount_fen) AS BIGINT) AS total, count(*) AS number
            FROM account_entry WHERE run IS NOT NULL GROUP BY area, run) e ON e.area = r.area AND e.run = r.id
        WHERE r.area = ? AND (r.total_fen <> COALESCE(e.total, 0) OR r.entry_count <> COALESCE(e.number, 0))
        ORDER BY r.id LIMIT 100
        """

    private static let brokenYears: SQL = """
        SELECT r.id FROM account_run r
        LEFT JOIN (SELECT area, run, CAST(sum(carried_interest_fen + current_interest_fen) AS BIGINT) AS total
            FROM account_year GROUP BY area, run) y ON y.area = r.area AND y.run = r.id
        WHERE r.area = ? AND r.kind = 3 AND r.total_fen <> COALESCE(y.total, 0)
        ORDER BY r.id LIMIT 100
        """

    private static let unbalanced: SQL = """
        SELECT a.person, a.balance_fen, CAST(COALESCE(sum(e.amount_fen), 0) AS BIGINT)
        FROM personal_account a LEFT JOIN account_entry e ON e.area = a.area AND e.person = a.person
        WHERE a.area = ? GROUP BY a.person, a.balance_fen, a.entry_count
        HAVING a.balance_fen <> CAST(COALESCE(sum(e.amount_fen), 0) AS BIGINT) OR a.entry_count <> count(e.id)
        ORDER BY a.person LIMIT 1000
        """

    private static let brokenSteps: SQL = """
        SELECT id, balance_fen, running FROM (
            SELECT id, balance_fen, CAST(sum(amount_fen) OVER (PARTITION BY person ORDER BY seq) AS BIGINT) AS running
            FROM account_entry WHERE area = ?
        ) AS steps WHERE balance_fen <> running ORDER BY id LIMIT 1000
        """
}
