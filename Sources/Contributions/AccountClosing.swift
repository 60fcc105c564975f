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

/// What a closing paid.
public struct AccountClosed: Sendable {
    public var paid: Money
    /// What each took, in the order of the list.
    public var shares: [(share: AccountShare, amount: Money)]
    /// Interest settled up to the day before, part of what was paid.
    public var interest: Money
    public var runs: [AccountRunOutcome]

    /// What went to bank accounts (付到银行账户).
    public var paidToBanks: Money {
        shares.filter { if case .bank = $0.share.payee { true } else { false } }.map(\.amount).total()
    }
}

extension Contributions {
    /// Closes an account (个人账户清退) as of a day: settles the interest of the days before, pays the whole balance to banks
    /// or into heirs' accounts, and ends every sharing of the account. What comes in later (a refund of a settlement) is
    /// paid out by closing once more.
    public static func closeAccount(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ reason: AccountClosingReason, on day: Day,
        to payee: AccountPayee, _ policy: AreaPolicy, _ ground: Ground
    ) throws -> AccountClosed {
        try closeAccount(
            tx, area: area, of: person, reason, on: day, among: [AccountShare(payee)], nil, policy, ground)
    }

    /// The same, shared by several (多名继承人).
    ///
    /// - Parameter manner: 继承方式; nil where nobody inherits, or one heir takes all.
    public static func closeAccount(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ reason: AccountClosingReason, on day: Day,
        among shares: [AccountShare], _ manner: InheritanceManner?, _ policy: AreaPolicy, _ ground: Ground
    ) throws -> AccountClosed {
        try requireClosable(tx, area: area, person, shares, manner)
        var runs = try settleInterest(tx, area: area, of: person, before: day, policy, ground)
        let interest = runs.map(\.total).total()
        let paid = try balance(tx, area: area, of: person) ?? .zero
        if paid > .zero {
            runs.append(
                try post(
                    tx, area: area, reason == .merger ? .merged : .payout, period: nil,
                    [AccountPosting(person: person, amount: -paid)], intoClosed: true, ground))
        }
        let amounts = Inheritance.amounts(of: paid, shares)
        let inherited = zip(shares, amounts).compactMap { share, amount -> AccountPosting? in
            guard case .heir(let heir, _) = share.payee, amount > .zero else { return nil }
            return AccountPosting(person: heir, amount: amount)
        }
        // One by one: what heirs far apart on the register have between them is nobody's business here.
        for posting in inherited {
            runs.append(
                try post(
                    tx, area: area, reason == .merger ? .merged : .inherited, period: nil, [posting], ground))
        }
        let seq = try writeClosing(tx, area: area, person, kind: 1, reason, manner, day, paid, ground)
        for (share, amount) in zip(shares, amounts) {
            try writePayee(tx, area: area, person, seq, share, amount, ground)
        }
        try endSharings(tx, area: area, of: person, last: day, ground)
        return AccountClosed(
            paid: paid, shares: Array(zip(shares, amounts)).map { ($0, $1) }, interest: interest, runs: runs)
    }

    /// What speaks against closing an account in favour of some; all at once.
    public static func requireClosable(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ shares: [AccountShare],
        _ manner: InheritanceManner?
    ) throws {
        var problems = Problems()
        let balance = try balance(tx, area: area, of: person)
        if balance == nil {
            problems.add("contributions.account.none", field: "person", "此人没有个人账户,不必办理清退")
        } else if balance == .zero, try isClosed(tx, area: area, person) {
            problems.add("contributions.account.closedBefore", field: "person", "账户已清退且没有余额,不必再办")
        }
        for share in shares {
            switch share.payee {
            case .heir(person, _):
                problems.add("contributions.account.heirSelf", field: "heir", "继承人不能是账户所有人本人,请核对继承人")
            case .heir(let heir, let name) where try isClosed(tx, area: area, heir):
                problems.add("contributions.account.heirClosed", field: "heir", "继承人\(name)的账户已清退,请改为划入银行账户")
            case .bank(let name, let account) where name.isEmpty || account.isEmpty:
                problems.add("contributions.account.payee", field: "payee_account", "请填写收款人姓名和银行账号")
            default: break
            }
        }
        problems.all += manner.map { Inheritance.problems(shares, $0) } ?? []
        try problems.throwIfAny()
    }

    /// Takes a mistaken closing back (撤销清退): the account may be used again. The money comes back by correction.
    public static func reopenAccount(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, on day: Day, _ ground: Ground
    ) throws {
        guard try isClosed(tx, area: area, person) else {
            throw Problem("contributions.account.notClosed", field: "person", "账户没有清退,不需要恢复")
        }
        try writeClosing(tx, area: area, person, kind: 2, .mistake, nil, day, .zero, ground)
    }

    @discardableResult
    private static func writeClosing(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, kind: Int64, _ reason: AccountClosingReason,
        _ manner: InheritanceManner?, _ day: Day, _ amount: Money, _ ground: Ground
    ) throws -> Int64 {
        let seq = (try tx.first(lastClosing, Value(area), Value(person)) { try $0.int(0) } ?? 0) + 1
        try tx.execute(
            closingInsertion,
            [
                Value(area), Value(person), .int(seq), .int(kind), Value(code: reason), Value(code: manner), Value(day),
                Value(amount), .text(ground.reason), Value(ground.matter), .int(ground.actor.columns.kind),
                .int(ground.actor.columns.number),
                Value(ground.at),
            ])
        try Evidence.closing.record(
            tx, area: area, subject: person.raw, record: seq, by: ground.actor, at: ground.at)
        return seq
    }

    private static func writePayee(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ seq: Int64, _ share: AccountShare,
        _ amount: Money, _ ground: Ground
    ) throws {
        let id = try tx.nextNumber("account_closing_payee")
        let payee = share.payee.columns
        try tx.execute(
            Evidence.closingPayeeTable.insertion,
            [
                Value(area), .int(id), Value(person), .int(seq), .int(payee.kind), Value(payee.person),
                .text(payee.name), .text(payee.account), Value(code: share.relation), .int(share.parts),
                .text(share.paper), .text(share.proof), Value(amount),
            ])
        try Evidence.closingPayee.record(
            tx, area: area, subject: person.raw, record: id, by: ground.actor, at: ground.at)
    }

    private static let lastClosing: SQL = """
        SELECT seq, kind FROM account_closing WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1
        """

    private static let closingInsertion: SQL = """
        INSERT INTO account_closing (area, person, seq, kind, reason, manner, day, amount_fen, ground, matter, actor_kind,
            actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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

    // MARK: - To whom it went

    /// One closing of an account, or the taking back of one, as a page tells it (清退记录).
    public struct Closing: Hashable, Sendable {
        public var sequence: Int64
        public var isTakenBack: Bool
        public var reason: AccountClosingReason
        public var manner: InheritanceManner?
        public var day: Day
        public var amount: Money
        public var matter: ID<Matter>?
        /// Who took what, in the order of the list.
        public var payees: [Payee] = []

        public struct Payee: Hashable, Sendable {
            public var share: AccountShare
            public var amount: Money
        }
    }

    /// Everything that was done about closing an account, the earliest first.
    public static func closings(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [Closing] {
        var closings = try tx.rows(closingsOf, Value(area), Value(person)) { row in
            Closing(
                sequence: try row.int(0), isTakenBack: try row.int(1) == 2, reason: try row.code(2),
                manner: try row.codeOrNil(3), day: try row.day(4), amount: try row.money(5),
                matter: try row.intOrNil(6).map { ID($0) })
        }
        for index in closings.indices {
            closings[index].payees = try tx.rows(
                payeesOf, Value(area), Value(person), .int(closings[index].sequence), read: payee)
        }
        return closings
    }

    private static func payee(_ row: any Row) throws -> Closing.Payee {
        let name = try row.text(1)
        let payee: AccountPayee =
            if let heir = try row.intOrNil(0) { .heir(ID(heir), name: name) } else {
                .bank(name: name, account: try row.text(2))
            }
        return Closing.Payee(
            share: AccountShare(
                payee, parts: try row.int(4), relation: try row.codeOrNil(3), paper: try row.text(5),
                proof: try row.text(6)),
            amount: try row.money(7))
    }

    private static let closingsOf: SQL = """
        SELECT seq, kind, reason, manner, day, amount_fen, matter FROM account_closing
        WHERE area = ? AND person = ? ORDER BY seq LIMIT 100
        """
    private static let payeesOf: SQL = """
        SELECT payee, payee_name, payee_account, relation, parts, paper, proof, amount_fen FROM account_closing_payee
        WHERE area = ? AND person = ? AND closing = ? ORDER BY id
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
