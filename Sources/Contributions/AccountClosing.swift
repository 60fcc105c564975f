import Basics
import Control
import Policy
import Storage

/// Why an account is closed (清退原因).
public enum AccountClosingReason: Int64, Sendable, CaseIterable {
    /// 死亡
    case death = 1
    /// 出境定居
    case emigration = 2
    /// 重复人员合并
    case merger = 4
    /// 撤销清退, of a closing that took back a mistaken one
    case mistake = 3

    public var name: String {
        switch self {
        case .death: "死亡"
        case .emigration: "出境定居"
        case .merger: "重复人员合并"
        case .mistake: "清退有误"
        }
    }
}

/// Where the rest of a closed account goes (清退去向). Principal and interest are the person's own and are inherited:
/// 国发〔1998〕44号 第四条, 社会保险法 第十四条 in its spirit.
public enum AccountPayee: Hashable, Sendable {
    /// To a bank account, of the person who emigrates or of the heir (划入银行账户).
    case bank(name: String, account: String)
    /// To an heir's own personal account (划入继承人个人账户).
    case heir(ID<Person>, name: String)

    var columns: (kind: Int64, person: ID<Person>?, name: String, account: String) {
        switch self {
        case .bank(let name, let account): (1, nil, name, account)
        case .heir(let person, let name): (2, person, name, "")
        }
    }
}

/// What a closing paid.
public struct AccountClosed: Hashable, Sendable {
    public var paid: Money
    /// Interest settled up to the day before, part of what was paid.
    public var interest: Money
    public var runs: [AccountRunOutcome]
}

extension Contributions {
    /// Closes an account (个人账户清退) as of a day: settles the interest of the days before, pays the whole balance to a
    /// bank or into an heir's account, and ends every sharing of the account. What comes in later (a refund of a
    /// settlement) is paid out by closing once more.
    public static func closeAccount(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ reason: AccountClosingReason, on day: Day,
        to payee: AccountPayee, _ policy: AreaPolicy, _ ground: Ground
    ) throws -> AccountClosed {
        try requireClosable(tx, area: area, person, payee)
        var runs = try settleInterest(tx, area: area, of: person, before: day, policy, ground)
        let interest = runs.map(\.total).total()
        let paid = try balance(tx, area: area, of: person) ?? .zero
        if paid > .zero {
            runs.append(
                try post(
                    tx, area: area, reason == .merger ? .merged : .payout, period: nil,
                    [AccountPosting(person: person, amount: -paid)], intoClosed: true, ground))
            if case .heir(let heir, _) = payee {
                runs.append(
                    try post(
                        tx, area: area, reason == .merger ? .merged : .inherited, period: nil,
                        [AccountPosting(person: heir, amount: paid)], ground))
            }
        }
        try writeClosing(tx, area: area, person, kind: 1, reason, day, paid, payee.columns, ground)
        try endSharings(tx, area: area, of: person, last: day, ground)
        return AccountClosed(paid: paid, interest: interest, runs: runs)
    }

    private static func requireClosable(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ payee: AccountPayee
    ) throws {
        var problems = Problems()
        let balance = try balance(tx, area: area, of: person)
        if balance == nil {
            problems.add("contributions.account.none", field: "person", "此人没有个人账户,不必办理清退")
        } else if balance == .zero, try isClosed(tx, area: area, person) {
            problems.add("contributions.account.closedBefore", field: "person", "账户已清退且没有余额,不必再办")
        }
        switch payee {
        case .heir(person, _):
            problems.add("contributions.account.heirSelf", field: "heir", "继承人不能是账户所有人本人,请核对继承人")
        case .heir(let heir, _) where try isClosed(tx, area: area, heir):
            problems.add("contributions.account.heirClosed", field: "heir", "继承人的账户已清退,请改为划入银行账户")
        case .bank(let name, let account) where name.isEmpty || account.isEmpty:
            problems.add("contributions.account.payee", field: "payee_account", "请填写收款人姓名和银行账号")
        default: break
        }
        try problems.throwIfAny()
    }

    /// Takes a mistaken closing back (撤销清退): the account may be used again. The money comes back by correction.
    public static func reopenAccount(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, on day: Day, _ ground: Ground
    ) throws {
        guard try isClosed(tx, area: area, person) else {
            throw Problem("contributions.account.notClosed", field: "person", "账户没有清退,不需要恢复")
        }
        try writeClosing(tx, area: area, person, kind: 2, .mistake, day, .zero, (0, nil, "", ""), ground)
    }

    private static func writeClosing(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, kind: Int64, _ reason: AccountClosingReason,
        _ day: Day, _ amount: Money, _ payee: (kind: Int64, person: ID<Person>?, name: String, account: String),
        _ ground: Ground
    ) throws {
        let seq = (try tx.first(lastClosing, Value(area), Value(person)) { try $0.int(0) } ?? 0) + 1
        try tx.execute(
            closingInsertion,
            [
                Value(area), Value(person), .int(seq), .int(kind), Value(code: reason), Value(day), Value(amount),
                .int(payee.kind), Value(payee.person), .text(payee.name), .text(payee.account), .text(ground.reason),
                Value(ground.matter), .int(ground.actor.columns.kind), .int(ground.actor.columns.number),
                Value(ground.at),
            ])
        try Evidence.closing.record(
            tx, area: area, subject: person.raw, record: seq, by: ground.actor, at: ground.at)
    }

    private static let lastClosing: SQL = """
        SELECT seq, kind FROM account_closing WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1
        """

    private static let closingInsertion: SQL = """
        INSERT INTO account_closing (area, person, seq, kind, reason, day, amount_fen, payee_kind, payee, payee_name,
            payee_account, ground, matter, actor_kind, actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Whether the account was closed and not opened again.
    public static func isClosed(_ tx: any Transaction, area: AreaCode, _ person: ID<Person>) throws -> Bool {
        try tx.first(lastClosing, Value(area), Value(person)) { try $0.int(1) } == 1
    }

    static func closedAccounts(
        _ tx: any Transaction, area: AreaCode, _ people: ClosedRange<ID<Person>>
    ) throws -> Set<ID<Person>> {
        Set(
            try tx.rows(closedOfRange, Value(area), Value(people.lowerBound), Value(people.upperBound)) {
                try $0.id(0, Person.self)
            })
    }

    private static let closedOfRange: SQL = """
        SELECT c.person FROM account_closing c WHERE c.area = ? AND c.person BETWEEN ? AND ? AND c.kind = 1
            AND NOT EXISTS (SELECT 1 FROM account_closing l WHERE l.area = c.area AND l.person = c.person
                AND l.seq > c.seq)
        """

    /// Of some accounts, those that were moved into another number (重复人员并户): nothing is entered there any more.
    static func mergedAccounts(
        _ tx: any Transaction, area: AreaCode, _ people: ClosedRange<ID<Person>>
    ) throws -> Set<ID<Person>> {
        Set(
            try tx.rows(mergedOfRange, Value(area), Value(people.lowerBound), Value(people.upperBound)) {
                try $0.id(0, Person.self)
            })
    }

    private static let mergedOfRange: SQL = """
        SELECT c.person FROM account_closing c
        WHERE c.area = ? AND c.person BETWEEN ? AND ? AND c.kind = 1 AND c.reason = 4
            AND NOT EXISTS (SELECT 1 FROM account_closing l WHERE l.area = c.area AND l.person = c.person
                AND l.seq > c.seq)
        """

    /// Closed accounts that hold money again, by refunds or months paid that came later: to be paid out (待补清退).
    public static func closedWithBalance(
        _ tx: any Transaction, area: AreaCode, after: ID<Person> = ID(0), limit: Int = 50
    ) throws -> [(person: ID<Person>, balance: Money)] {
        try tx.rows(closedWithMoney, Value(area), Value(after), .int(Int64(min(limit, 500)))) {
            (try $0.id(0), try $0.money(1))
        }
    }

    private static let closedWithMoney: SQL = """
        SELECT c.person, a.balance_fen FROM account_closing c
        JOIN personal_account a ON a.area = c.area AND a.person = c.person
        WHERE c.area = ? AND c.person > ? AND c.kind = 1 AND a.balance_fen > 0
            AND NOT EXISTS (SELECT 1 FROM account_closing l WHERE l.area = c.area AND l.person = c.person
                AND l.seq > c.seq)
        ORDER BY c.person LIMIT ?
        """

    // MARK: - Two numbers of one human being

    /// Moves the account of a number that is merged into another (重复人员并户): interest of the days before is settled, the
    /// whole balance goes over, and whoever shared with the old number shares with the one that counts. Nil without an
    /// account.
    public static func mergeAccount(
        _ tx: any Transaction, area: AreaCode, of duplicate: ID<Person>, into survivor: ID<Person>, name: String,
        on day: Day, _ policy: AreaPolicy, _ ground: Ground
    ) throws -> AccountClosed? {
        try moveSharings(tx, area: area, with: duplicate, to: survivor, on: day, ground)
        guard let balance = try balance(tx, area: area, of: duplicate) else { return nil }
        if balance == .zero, try isClosed(tx, area: area, duplicate) { return nil }
        return try closeAccount(
            tx, area: area, of: duplicate, .merger, on: day, to: .heir(survivor, name: name), policy, ground)
    }

    /// Takes the moving back (撤销并户): the account may be used again, and all that went over, the last first, comes back
    /// in red.
    public static func separateAccount(
        _ tx: any Transaction, area: AreaCode, of duplicate: ID<Person>, from survivor: ID<Person>, on day: Day,
        _ ground: Ground
    ) throws -> [AccountRunOutcome] {
        guard try tx.first(mergerInForce, Value(area), Value(duplicate), read: { try $0.int(0) }) != nil else {
            return []
        }
        var runs: [AccountRunOutcome] = []
        for move in try tx.rows(movesInForce, Value(area), Value(duplicate), read: { try $0.id(0, AccountEntry.self) })
        {
            // First out of the account that had taken it in: it must still be there.
            let taken = try tx.first(takenIn, Value(survivor), Value(area), Value(move)) {
                try $0.id(0, AccountEntry.self)
            }
            for entry in [taken, move].compactMap(\.self) { runs.append(try correct(tx, area: area, entry, ground)) }
        }
        try reopenAccount(tx, area: area, of: duplicate, on: day, ground)
        return runs
    }

    private static let mergerInForce: SQL = """
        SELECT c.seq FROM account_closing c WHERE c.area = ? AND c.person = ? AND c.kind = 1 AND c.reason = 4
            AND NOT EXISTS (SELECT 1 FROM account_closing l WHERE l.area = c.area AND l.person = c.person
                AND l.seq > c.seq)
        """
    private static let movesInForce: SQL = """
        SELECT m.id FROM account_entry m WHERE m.area = ? AND m.person = ? AND m.kind = 14 AND m.amount_fen < 0
            AND NOT EXISTS (SELECT 1 FROM account_entry r WHERE r.area = m.area AND r.reverses = m.id)
        ORDER BY m.seq DESC
        """
    private static let takenIn: SQL = """
        SELECT t.id FROM account_entry m JOIN account_entry t ON t.area = m.area AND t.person = ? AND t.kind = 14
            AND t.at = m.at AND t.amount_fen = - m.amount_fen
        WHERE m.area = ? AND m.id = ? AND NOT EXISTS (
            SELECT 1 FROM account_entry r WHERE r.area = t.area AND r.reverses = t.id)
        ORDER BY t.seq DESC LIMIT 1
        """

    /// Relatives' accounts that were shared with the old number are shared with the one that counts from the next day.
    private static func moveSharings(
        _ tx: any Transaction, area: AreaCode, with duplicate: ID<Person>, to survivor: ID<Person>, on day: Day,
        _ ground: Ground
    ) throws {
        let open = try tx.rows(sharingsWith, Value(area), Value(duplicate)) { row in
            (
                id: try row.id(0, AccountSharing.self), owner: try row.id(1, Person.self),
                relation: try row.code(2, FamilyRelation.self), first: try row.day(3)
            )
        }
        for sharing in open {
            let last = max(day, sharing.first)
            try endSharing(
                tx, area: area, sharing.id, last: last, matter: ground.matter, by: ground.actor, ground: ground.reason,
                at: ground.at)
            guard sharing.owner != survivor, try !isShared(tx, area: area, sharing.owner, survivor) else { continue }
            _ = try share(
                tx, area: area, owner: sharing.owner, beneficiary: survivor, sharing.relation, from: last + 1,
                matter: ground.matter, by: ground.actor, at: ground.at)
        }
    }

    private static let sharingsWith: SQL = """
        SELECT s.id, s.owner, s.relation, s.first_day FROM account_sharing s
        WHERE s.area = ? AND s.beneficiary = ? AND NOT EXISTS (
            SELECT 1 FROM account_sharing_end e WHERE e.area = s.area AND e.sharing = s.id)
        ORDER BY s.id
        """

    private static func endSharings(
        _ tx: any Transaction, area: AreaCode, of owner: ID<Person>, last day: Day, _ ground: Ground
    ) throws {
        for sharing in try sharings(tx, area: area, of: owner) where sharing.last == nil {
            try endSharing(
                tx, area: area, sharing.id, last: max(day, sharing.first), matter: ground.matter, by: ground.actor,
                ground: ground.reason, at: ground.at)
        }
    }
}
