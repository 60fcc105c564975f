import Basics

/// What a settlement makes the fund owe a provider (应付款项): posted to the ledger of amounts due, by insurance
/// and fund. Amounts of a reversal are negative.
public struct Payable: Sendable, Hashable {
    public var area: AreaCode
    public var settlement: ID<SettlementRecord>
    public var provider: ID<Provider>
    public var insurance: Insurance
    public var care: CareType
    public var clearing: ClearingType
    /// 记账日: the day of the settlement, or of its reversal.
    public var day: Day
    /// 医疗费总额
    public var total: Money
    /// What each fund and account pays.
    public var shares: [Share]
    /// 个人账户共济支付: of the accounts' part, what the family's accounts paid
    public var sharedAccount: Money
    /// 个人现金支付
    public var cash: Money
    /// 医院负担
    public var hospital: Money
    /// The settlement that a reversal takes back.
    public internal(set) var original: ID<SettlementRecord>?

    /// One fund's or account's part.
    public struct Share: Sendable, Hashable {
        public var fund: FundType
        public var amount: Money

        public init(fund: FundType, amount: Money) {
            self.fund = fund
            self.amount = amount
        }
    }

    public init(
        area: AreaCode, settlement: ID<SettlementRecord>, provider: ID<Provider>, insurance: Insurance, care: CareType,
        clearing: ClearingType, day: Day, total: Money, shares: [Share], sharedAccount: Money = .zero, cash: Money,
        hospital: Money
    ) {
        self.area = area
        self.settlement = settlement
        self.provider = provider
        self.insurance = insurance
        self.care = care
        self.clearing = clearing
        self.day = day
        self.total = total
        self.shares = shares
        self.sharedAccount = sharedAccount
        self.cash = cash
        self.hospital = hospital
    }

    /// 基金支付, personal accounts aside
    public var fund: Money { shares.reduce(.zero) { $1.fund == .personalAccount ? $0 : $0 + $1.amount } }
    /// 个人账户支付, family accounts included
    public var account: Money { shares.reduce(.zero) { $1.fund == .personalAccount ? $0 + $1.amount : $0 } }

    /// Who pays what sums to the bill.
    public var balances: Bool { total == fund + account + cash + hospital }

    /// The entries of the ledger: for each share, its kind of benefit in debit, the provider in credit.
    func entries(_ chart: Chart) throws(Problem) -> [PairedEntry] {
        guard balances else {
            throw Problem(
                "fund.payable.unbalanced", field: "settlement \(settlement)",
                "结算 \(settlement) 的基金、账户、现金与医院负担之和不等于总费用 \(total),不能入账")
        }
        guard let provider = chart[.providerPayable] else { throw Payable.missing(.providerPayable) }
        var entries: [PairedEntry] = []
        for share in shares where share.amount != .zero {
            let key = BenefitKind(care, paidBy: share.fund).account
            guard let due = chart[key] else { throw Payable.missing(key) }
            entries.append(
                PairedEntry(debit: due.id, credit: provider.id, amount: share.amount, fund: share.fund))
        }
        return entries
    }

    private static func missing(_ key: AccountKey) -> Problem {
        Problem("fund.chart.missing", field: key.name, "科目表缺少内部键“\(key)”,请导入完整的科目表后再结算")
    }
}

/// An entry that cannot be out of balance (一借一贷): one amount stands against two accounts at once, so there is
/// no way to write a debit without its credit.
public struct PairedEntry: Sendable, Hashable {
    public var debit: Int64
    public var credit: Int64
    public var amount: Money
    /// The fund it concerns, in the ledger of amounts due.
    public var fund: FundType?

    public init(debit: Int64, credit: Int64, amount: Money, fund: FundType? = nil) {
        self.debit = debit
        self.credit = credit
        self.amount = amount
        self.fund = fund
    }

    /// 红字: the same accounts on the same sides, the amount negative.
    var red: PairedEntry {
        var red = self
        red.amount = -amount
        return red
    }
}
