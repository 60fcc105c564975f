import Basics

/// The amounts of one settlement (结算金额), each under the national standard's name (see `setlinfo`).
public struct SettlementAmounts: Hashable, Sendable {
    /// 医疗费总额
    public var total = Money.zero
    /// 全自费金额
    public var fullSelfPay = Money.zero
    /// 超限价自费费用
    public var overLimitSelfPay = Money.zero
    /// 先行自付金额
    public var preSelfPay = Money.zero
    /// 符合政策范围金额
    public var inScope = Money.zero
    /// 实际支付起付线
    public var deductible = Money.zero
    /// 基本医疗保险统筹基金支出
    public var pool = Money.zero
    /// 公务员医疗补助资金支出
    public var civilServant = Money.zero
    /// 企业补充医疗保险基金支出
    public var enterpriseSupplement = Money.zero
    /// 居民大病保险资金支出
    public var criticalIllness = Money.zero
    /// 职工大额医疗费用补助基金支出
    public var largeAmount = Money.zero
    /// 医疗救助基金支出
    public var assistance = Money.zero
    /// 其他支出
    public var other = Money.zero
    /// 个人账户支出
    public var account = Money.zero
    /// 个人账户共济支付金额
    public var sharedAccount = Money.zero
    /// 个人现金支出
    public var cash = Money.zero
    /// 医院负担金额
    public var hospital = Money.zero

    public init() {}

    /// What the funds pay together, personal accounts aside.
    public var funds: Money {
        pool + civilServant + enterpriseSupplement + criticalIllness + largeAmount + assistance + other
    }

    /// What falls on the person: account, family account and cash (个人负担).
    public var personal: Money { account + sharedAccount + cash }

    /// Both identities of the standard: the split sums to the total, and so do the payers.
    public var balances: Bool {
        total == fullSelfPay + overLimitSelfPay + preSelfPay + inScope && total == funds + personal + hospital
    }

    /// The exact negative, for a reversal in red.
    public static prefix func - (a: SettlementAmounts) -> SettlementAmounts {
        var negative = a
        for path in paths { negative[keyPath: path] = -a[keyPath: path] }
        return negative
    }

    public static func + (a: SettlementAmounts, b: SettlementAmounts) -> SettlementAmounts {
        var sum = a
        for path in paths { sum[keyPath: path] += b[keyPath: path] }
        return sum
    }

    nonisolated(unsafe) static let paths: [WritableKeyPath<SettlementAmounts, Money>] = [
        \.total, \.fullSelfPay, \.overLimitSelfPay, \.preSelfPay, \.inScope, \.deductible, \.pool, \.civilServant,
        \.enterpriseSupplement, \.criticalIllness, \.largeAmount, \.assistance, \.other, \.account, \.sharedAccount,
        \.cash, \.hospital,
    ]
}
