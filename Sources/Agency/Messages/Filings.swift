import Basics
import Settlement

/// 2501 转院备案, 2503 慢特病备案, 2505 定点备案
public struct FilingRequest: Hashable, Sendable {
    public var kind: FilingKind
    public var person: ID<Person>
    public var insurance: Insurance?
    /// 转往、鉴定或定点机构
    public var providerCode: String
    public var providerName: String
    /// 病种编码 or 诊断编码
    public var code: String
    public var name: String
    public var first: Day
    public var last: Day?
    /// 定点排序号
    public var order: Int64
    /// Further national fields as they were given, as JSON.
    public var extra: String?

    public init(
        kind: FilingKind, person: ID<Person>, insurance: Insurance?, providerCode: String, providerName: String,
        code: String = "", name: String = "", first: Day, last: Day?, order: Int64 = 0, extra: String? = nil
    ) {
        self.kind = kind
        self.person = person
        self.insurance = insurance
        self.providerCode = providerCode
        self.providerName = providerName
        self.code = code
        self.name = name
        self.first = first
        self.last = last
        self.order = order
        self.extra = extra
    }
}

/// 2502, 2504, 2506 备案撤销
public struct FilingWithdrawalRequest: Hashable, Sendable {
    public var kind: FilingKind
    /// 待遇申报明细流水号 `trt_dcla_detl_sn`
    public var filing: ID<Filing>
    public var person: ID<Person>
    public var ground: String

    public init(kind: FilingKind, filing: ID<Filing>, person: ID<Person>, ground: String) {
        self.kind = kind
        self.filing = filing
        self.person = person
        self.ground = ground
    }
}

/// 2601 冲正: reverse a transaction whose outcome the sender does not know.
public struct MessageReversal: Hashable, Sendable {
    public var person: ID<Person>
    /// 原发送方报文 ID
    public var messageID: String
    /// 原交易编号
    public var transaction: String

    public init(person: ID<Person>, messageID: String, transaction: String) {
        self.person = person
        self.messageID = messageID
        self.transaction = transaction
    }
}
