import Basics
import Fund
import Settlement

/// 3201 对总账: the provider's four figures of a period.
public struct TotalsStatement: Hashable, Sendable {
    public var insurance: Insurance
    public var clearingType: ClearingType
    public var first: Day
    public var last: Day
    public var total: Money
    public var funds: Money
    public var account: Money
    public var count: Int64
    /// 退费结算标志: only reversals, only settlements, or both
    public var reversals: Bool?

    public init(
        insurance: Insurance, clearingType: ClearingType, first: Day, last: Day, total: Money, funds: Money,
        account: Money, count: Int64, reversals: Bool? = nil
    ) {
        self.insurance = insurance
        self.clearingType = clearingType
        self.first = first
        self.last = last
        self.total = total
        self.funds = funds
        self.account = account
        self.count = count
        self.reversals = reversals
    }
}

/// The answer to 3201.
public struct TotalsFinding: Hashable, Sendable {
    /// 对账结果: `0` 平, `1` 不平
    public var isEqual: Bool
    public var agency: SettledTotals
    /// Which figures differ, in words.
    public var description: String
}

/// One line of the provider's file for 3202 (对明细账).
public struct DetailStatement: Hashable, Sendable {
    public var settlement: ID<SettlementRecord>
    public var encounter: ID<Encounter>
    public var person: ID<Person>
    public var messageID: String
    public var isReversal: Bool
    public var total: Money
    public var funds: Money
    public var account: Money

    public init(
        settlement: ID<SettlementRecord>, encounter: ID<Encounter>, person: ID<Person>, messageID: String,
        isReversal: Bool, total: Money, funds: Money, account: Money
    ) {
        self.settlement = settlement
        self.encounter = encounter
        self.person = person
        self.messageID = messageID
        self.isReversal = isReversal
        self.total = total
        self.funds = funds
        self.account = account
    }
}

/// What reconciliation says of one settlement (对账结果 `stmt_rslt`).
public struct DetailFinding: Hashable, Sendable {
    public enum Result: Int64, Sendable, CaseIterable {
        /// 平账
        case equal = 0
        /// 医药机构有,中心无
        case unknownToAgency = 101
        /// 医药机构无,中心有
        case unknownToProvider = 102
        /// 金额不平
        case amountsDiffer = 103
    }
    public var result: Result
    public var stated: DetailStatement?
    public var ours: DetailStatement?
    public var memo: String
}
