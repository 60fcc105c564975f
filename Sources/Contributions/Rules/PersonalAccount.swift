import Basics

/// One movement of a personal account (个人账户流水). Entries are never changed; a mistake is taken back in red.
public struct AccountEntry: Hashable, Sendable {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// 期初转入
        case opening = 1
        /// 月划入
        case monthlyCredit = 2
        /// 利息
        case interest = 3
        /// 支付本人费用
        case payment = 4
        /// 共济支付家庭成员费用
        case sharedPayment = 5
        /// 退费冲正 (of 4)
        case refund = 6
        /// 共济退费冲正 (of 5)
        case sharedRefund = 7
        /// 更正(红字), the exact negative of another entry
        case correction = 8
        /// 关系转入
        case transferIn = 9
        /// 关系转出
        case transferOut = 10
        /// 清退 on death or emigration
        case payout = 11
        /// 继承转入
        case inherited = 12
        /// 补记, after a correction or for a base that was raised later
        case supplement = 13
        /// 并户: out of a number that was merged, and into the one that counts
        case merged = 14

        public var name: String {
            switch self {
            case .opening: "期初转入"
            case .monthlyCredit: "月划入"
            case .interest: "利息"
            case .payment: "支付"
            case .sharedPayment: "共济支付"
            case .refund: "退费冲正"
            case .sharedRefund: "共济退费冲正"
            case .correction: "更正"
            case .transferIn: "转入"
            case .transferOut: "转出"
            case .payout: "清退"
            case .inherited: "继承转入"
            case .supplement: "补记"
            case .merged: "并户"
            }
        }
    }

    public var id: ID<AccountEntry>
    public var area: AreaCode
    /// Whose account it is.
    public var owner: ID<Person>
    /// Its place among the account's entries, from 1 without gaps.
    public var sequence: Int64
    public var kind: Kind
    /// Signed: what comes in is positive.
    public var amount: Money
    /// 余额 after this entry.
    public var balance: Money
    /// Whose care was paid; the owner himself except in family sharing.
    public var patient: ID<Person>
    /// The settlement that made the entry, or the red one that took it back.
    public var settlement: ID<SettlementRecord>?
    /// The entry that this one takes back.
    public var reverses: ID<AccountEntry>?
    /// What it is for: the month credited, or the year of the interest.
    public var period: Int64?
    /// What it was posted with.
    public var run: ID<AccountRun>?
    /// The import that brought it in.
    public var batch: Int64?
    public var at: Moment

    public init(
        id: ID<AccountEntry>, area: AreaCode, owner: ID<Person>, sequence: Int64, kind: Kind, amount: Money,
        balance: Money, patient: ID<Person>, settlement: ID<SettlementRecord>? = nil, reverses: ID<AccountEntry>? = nil,
        period: Int64? = nil, run: ID<AccountRun>? = nil, batch: Int64? = nil, at: Moment
    ) {
        self.id = id
        self.area = area
        self.owner = owner
        self.sequence = sequence
        self.kind = kind
        self.amount = amount
        self.balance = balance
        self.patient = patient
        self.settlement = settlement
        self.reverses = reverses
        self.period = period
        self.run = run
        self.batch = batch
        self.at = at
    }
}

/// What a person may draw on for a bill: his own account, then those that relatives share with him (家庭共济).
public struct AvailableAccounts: Hashable, Sendable {
    public struct Source: Hashable, Sendable {
        public var owner: ID<Person>
        public var balance: Money

        public init(owner: ID<Person>, balance: Money) {
            self.owner = owner
            self.balance = balance
        }
    }
    /// Zero when the person has no account.
    public var own: Money
    /// Relatives' accounts in the order in which they are drawn upon: the oldest sharing first.
    public var shared: [Source]

    public init(own: Money, shared: [Source] = []) {
        self.own = own
        self.shared = shared
    }

    public var sharedTotal: Money { shared.map(\.balance).total() }

    /// How much comes from each relative's account to make up `amount`; nil when together they hold less.
    public func draw(shared amount: Money) -> [Source]? {
        var rest = amount
        var draws: [Source] = []
        for source in shared where rest > .zero {
            let taken = min(rest, source.balance)
            guard taken > .zero else { continue }
            draws.append(Source(owner: source.owner, balance: taken))
            rest -= taken
        }
        return rest == .zero ? draws : nil
    }
}
