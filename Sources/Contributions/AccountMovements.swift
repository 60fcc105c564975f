import Basics
import Control
import Policy
import Storage

extension Contributions {
    // MARK: - Transfer

    /// Puts in what another agency sent for a person (关系转入), from its own account to his here.
    public static func transferIn(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ amount: Money, _ ground: Ground
    ) throws -> AccountRunOutcome {
        guard amount > .zero else {
            throw Problem("contributions.account.amount", field: "amount", "转入金额应大于 0;没有账户资金的转移不必入账")
        }
        let posting = AccountPosting(person: person, amount: amount)
        let outcome = try post(tx, area: area, .transferIn, period: nil, [posting], ground)
        guard outcome.closed.isEmpty else { throw closed(person) }
        return outcome
    }

    /// What leaves with a person who moves away (关系转出).
    public struct TransferOut: Hashable, Sendable {
        /// What stood before the interest of the year's days (本金).
        public var principal: Money
        /// Interest settled up to the day before (利息).
        public var interest: Money
        public var runs: [AccountRunOutcome]

        public var total: Money { principal + interest }
    }

    /// Takes out the whole account of a person who moves to another agency, with the interest of the days before.
    /// An account without money leaves nothing and no entry.
    public static func transferOut(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, on day: Day, _ policy: AreaPolicy,
        _ ground: Ground
    ) throws -> TransferOut {
        guard let principal = try balance(tx, area: area, of: person) else {
            return TransferOut(principal: .zero, interest: .zero, runs: [])
        }
        var runs = try settleInterest(tx, area: area, of: person, before: day, policy, ground)
        let interest = runs.map(\.total).total()
        let total = principal + interest
        if total > .zero {
            runs.append(
                try post(
                    tx, area: area, .transferOut, period: nil, [AccountPosting(person: person, amount: -total)],
                    intoClosed: true, ground))
        }
        return TransferOut(principal: principal, interest: interest, runs: runs)
    }

    private static func closed(_ person: ID<Person>) -> Problem {
        Problem("contributions.account.closed", field: "person", "此人的个人账户已清退,不能入账;请先核对清退是否有误")
    }

    // MARK: - Correction

    /// Takes one entry back in red (更正): a credit, interest, a transfer or a payout. What a settlement paid is taken
    /// back by reversing the settlement. An entry is taken back once.
    public static func correct(
        _ tx: any Transaction, area: AreaCode, _ entry: ID<AccountEntry>, _ ground: Ground
    ) throws -> AccountRunOutcome {
        let original = try requireCorrectable(tx, area: area, entry)
        return try post(
            tx, area: area, .correction, period: nil,
            [AccountPosting(person: original.owner, amount: -original.amount)], reverses: entry, intoClosed: true,
            ground)
    }

    /// The entry, when it may be taken back; otherwise the problem that says why not.
    @discardableResult
    public static func requireCorrectable(
        _ tx: any Transaction, area: AreaCode, _ entry: ID<AccountEntry>
    ) throws -> AccountEntry {
        guard let original = try find(tx, area: area, entry) else {
            throw Problem("contributions.entry.unknown", field: "entry", "没有流水 \(entry),请从账户流水中选择")
        }
        if let problem = try refusal(tx, original) { throw problem }
        return original
    }

    private static func refusal(_ tx: any Transaction, _ entry: AccountEntry) throws -> Problem? {
        if entry.kind == .correction {
            return Problem("contributions.entry.red", field: "entry", "流水 \(entry.id) 本身是红字更正,不能再更正;请另行补记")
        }
        if !entry.kind.isCorrectable {
            return Problem(
                "contributions.entry.ofSettlement", field: "entry", "流水 \(entry.id) 由结算产生,请撤销结算,不能单独更正")
        }
        let red = try tx.first(correctionOf, Value(entry.area), Value(entry.id)) { try $0.int(0) }
        return red.map {
            Problem("contributions.entry.correctedBefore", field: "entry", "流水 \(entry.id) 已由 \($0) 更正,不能重复更正")
        }
    }

    private static let correctionOf: SQL = "SELECT id FROM account_entry WHERE area = ? AND reverses = ?"

    /// One entry by its number.
    public static func find(
        _ tx: any Transaction, area: AreaCode, _ entry: ID<AccountEntry>
    ) throws -> AccountEntry? {
        try tx.one(AccountEntry.self, entryByID, Value(area), Value(entry))
    }

    private static let entryByID = SQL("\(AccountEntry.selection) WHERE area = ? AND id = ?")

    /// Adds to a month that was credited before (补记): the difference of a base raised later, or the right amount
    /// after a correction.
    public static func supplement(
        _ tx: any Transaction, area: AreaCode, month: Month, _ postings: [AccountPosting], intoClosed: Bool = false,
        _ ground: Ground
    ) throws -> AccountRunOutcome {
        guard postings.allSatisfy({ $0.amount > .zero }) else {
            throw Problem("contributions.account.amount", field: "amount", "补记金额应大于 0;多记的请用更正冲回")
        }
        return try post(
            tx, area: area, .supplement, period: Int64(month.number), postings.sorted { $0.person < $1.person },
            intoClosed: intoClosed, ground)
    }

    // MARK: - Sharing

    /// A sharing as pages list it.
    public struct Sharing: Hashable, Sendable {
        public var id: ID<AccountSharing>
        public var owner: ID<Person>
        public var beneficiary: ID<Person>
        public var relation: FamilyRelation
        public var first: Day
        public var last: Day?
    }

    /// The sharings of an owner's account, ended ones too, the oldest first.
    public static func sharings(
        _ tx: any Transaction, area: AreaCode, of owner: ID<Person>
    ) throws -> [Sharing] {
        try tx.rows(sharingsOfOwner, Value(area), Value(owner)) { row in
            Sharing(
                id: try row.id(0), owner: owner, beneficiary: try row.id(1), relation: try row.code(2),
                first: try row.day(3), last: try row.dayOrNil(4))
        }
    }

    private static let sharingsOfOwner: SQL = """
        SELECT s.id, s.beneficiary, s.relation, s.first_day, e.last_day FROM account_sharing s
        LEFT JOIN account_sharing_end e ON e.area = s.area AND e.sharing = s.id
        WHERE s.area = ? AND s.owner = ? ORDER BY s.id LIMIT 200
        """
}

extension AccountEntry.Kind {
    /// Whether entries of the kind are taken back by themselves (可单独更正): those of settlements go with their settlement,
    /// and what takes back is not taken back.
    public var isCorrectable: Bool {
        switch self {
        case .payment, .sharedPayment, .refund, .sharedRefund, .correction: false
        default: true
        }
    }
}
