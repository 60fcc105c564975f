import Basics

/// The result of a calculation (结算结果): the parts, line by line and fund by fund, the steps that led to
/// them, and what the person has used afterwards.
public struct Outcome: Hashable, Sendable {
    public var parts: Parts
    /// One split a line, in the bill's order.
    public var lines: [LineSplit]
    /// 基金分项 `setldetail`: only funds and accounts that pay.
    public var funds: [FundShare]
    public var steps: [Step]
    /// 起付标准 of this stay, before what was paid earlier; an interim settlement hands it on.
    public var deductibleScheduled: Money
    /// In-scope costs that the benefit reckoned on: an interim settlement hands it on.
    public var eligible: Money
    /// Paid by the fund for a third person, to be recovered (待追偿).
    public var recoverable: Money
    /// The share of in-scope costs that a third person bears (第三人责任部分).
    public var liableShare: Money
    public var before: YearToDate
    public var after: YearToDate
}

/// All amounts of the national `setlinfo`, by the house's names.
public struct Parts: Hashable, Sendable {
    /// 医疗费总额 `medfee_sumamt`
    public var totalFee = Money.zero
    /// 全自费金额 `fulamt_ownpay_amt`
    public var fullSelfPay = Money.zero
    /// 超限价自费费用 `overlmt_selfpay`
    public var overLimitSelfPay = Money.zero
    /// 先行自付金额 `preselfpay_amt`
    public var preSelfPay = Money.zero
    /// 符合政策范围金额 `inscp_scp_amt`
    public var inScope = Money.zero
    /// 实际支付起付线 `act_pay_dedc`
    public var deductible = Money.zero
    /// 基本医疗保险统筹基金支出 `hifp_pay`
    public var pool = Money.zero
    /// 统筹基金支付比例 `pool_prop_selfpay`
    public var poolRatio = Rate.zero
    /// 公务员医疗补助资金支出 `cvlserv_pay`
    public var civilServant = Money.zero
    /// 企业补充医疗保险基金支出 `hifes_pay`
    public var enterprise = Money.zero
    /// 居民大病保险资金支出 `hifmi_pay`
    public var critical = Money.zero
    /// 职工大额医疗费用补助基金支出 `hifob_pay`
    public var largeAmount = Money.zero
    /// 医疗救助基金支出 `maf_pay`
    public var assistance = Money.zero
    /// 其他支出 `oth_pay`
    public var other = Money.zero
    /// 基金支付总额 `fund_pay_sumamt`; holds the accounts where the area counts them so
    public var fundTotal = Money.zero
    /// 个人负担总金额 `psn_part_amt`
    public var personal = Money.zero
    /// 个人账户支出 `acct_pay`
    public var account = Money.zero
    /// 个人账户共济支付金额 `acct_mulaid_pay`
    public var sharedAccount = Money.zero
    /// 个人现金支出 `psn_cash_pay`
    public var cash = Money.zero
    /// 医院负担金额 `hosp_part_amt`
    public var hospital = Money.zero
    /// 账户余额 `balc`
    public var accountBalance = Money.zero

    public init() {}

    /// 基金支付 without any account.
    public var fundsWithoutAccounts: Money {
        pool + civilServant + enterprise + critical + largeAmount + assistance + other
    }
}

/// A line split into who bears it before any benefit (明细分割); the four parts sum to the amount.
public struct LineSplit: Hashable, Sendable {
    public var amount: Money
    /// 全自费
    public var fullSelfPay: Money
    /// 超限价
    public var overLimit: Money
    /// 先行自付
    public var preSelfPay: Money
    /// 政策范围内
    public var inScope: Money

    public init(amount: Money, fullSelfPay: Money, overLimit: Money, preSelfPay: Money, inScope: Money) {
        self.amount = amount
        self.fullSelfPay = fullSelfPay
        self.overLimit = overLimit
        self.preSelfPay = preSelfPay
        self.inScope = inScope
    }
}

/// What one fund or account pays (基金分项).
public struct FundShare: Hashable, Sendable {
    public var fund: FundType
    /// 符合政策范围金额: what the fund reckoned on.
    public var inScope: Money
    /// 本次可支付限额; nil where the fund has no limit.
    public var payable: Money?
    public var amount: Money

    public init(fund: FundType, inScope: Money, payable: Money?, amount: Money) {
        self.fund = fund
        self.inScope = inScope
        self.payable = payable
        self.amount = amount
    }
}
