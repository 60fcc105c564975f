import Basics
import Benefits
import Enrolment
import Settlement

/// 2206/2207 门诊预结算、结算; 2303/2304 住院预结算、结算
public struct SettlementRequest: Hashable, Sendable {
    public var reference: EncounterReference
    public var insurance: Insurance
    /// 医疗类别; 2303 and 2304 carry none, the encounter's holds
    public var careType: CareType?
    /// 医疗费总额, compared with the lines
    public var total: Money?
    /// 收费批次号: outpatients settle one batch
    public var batch: String?
    /// 个人账户使用标志
    public var usesAccount: Bool
    /// 中途结算标志
    public var isInterim: Bool
    /// 发票号
    public var invoice: String
    /// The hospital's own split, compared with ours when given.
    public var stated: StatedSplit?

    public init(
        reference: EncounterReference, insurance: Insurance, careType: CareType? = nil, total: Money? = nil,
        batch: String? = nil, usesAccount: Bool = true, isInterim: Bool = false, invoice: String = "",
        stated: StatedSplit? = nil
    ) {
        self.reference = reference
        self.insurance = insurance
        self.careType = careType
        self.total = total
        self.batch = batch
        self.usesAccount = usesAccount
        self.isInterim = isInterim
        self.invoice = invoice
        self.stated = stated
    }
}

/// The four parts of the bill as the hospital reckoned them (2207, 2304); nil where it said nothing.
public struct StatedSplit: Hashable, Sendable {
    public var fullSelfPay: Money?
    public var overLimitSelfPay: Money?
    public var preSelfPay: Money?
    public var inScope: Money?

    public init(
        fullSelfPay: Money? = nil, overLimitSelfPay: Money? = nil, preSelfPay: Money? = nil, inScope: Money? = nil
    ) {
        self.fullSelfPay = fullSelfPay
        self.overLimitSelfPay = overLimitSelfPay
        self.preSelfPay = preSelfPay
        self.inScope = inScope
    }
}

/// 2208, 2305, 2103A 结算撤销
public struct ReversalRequest: Hashable, Sendable {
    public var settlement: ID<SettlementRecord>
    /// The encounter it must belong to; nil for pharmacies, whose message does not name it.
    public var encounter: ID<Encounter>?
    public var person: ID<Person>

    public init(settlement: ID<SettlementRecord>, encounter: ID<Encounter>?, person: ID<Person>) {
        self.settlement = settlement
        self.encounter = encounter
        self.person = person
    }
}

/// 2101A/2102A 药店预结算、药店结算: a purchase with its lines in one message.
public struct Purchase: Hashable, Sendable {
    public var person: ID<Person>
    public var insurance: Insurance
    public var careType: CareType
    public var certificateKind: CertificateKind
    public var certificateNumber: String
    public var boughtAt: Moment
    public var diseaseCode: String
    public var diseaseName: String
    /// Those bought on a hospital's prescription (外购处方流转) are marked so.
    public var lines: [FeeLineGiven]
    public var total: Money?
    public var usesAccount: Bool
    public var invoice: String

    public init(
        person: ID<Person>, insurance: Insurance, careType: CareType = .pharmacy, certificateKind: CertificateKind,
        certificateNumber: String, boughtAt: Moment, diseaseCode: String = "", diseaseName: String = "",
        lines: [FeeLineGiven], total: Money? = nil, usesAccount: Bool = true,
        invoice: String = ""
    ) {
        self.person = person
        self.insurance = insurance
        self.careType = careType
        self.certificateKind = certificateKind
        self.certificateNumber = certificateNumber
        self.boughtAt = boughtAt
        self.diseaseCode = diseaseCode
        self.diseaseName = diseaseName
        self.lines = lines
        self.total = total
        self.usesAccount = usesAccount
        self.invoice = invoice
    }
}

/// The answer to a settlement, a pre-settlement or a reversal (结算信息 `setlinfo` and `setldetail`).
public struct SettlementStatement: Hashable, Sendable {
    /// Its id is 0 in a pre-settlement, which writes nothing.
    public var bill: SettlementRow
    public var person: PersonRecord
    /// 就诊凭证类型
    public var certificateKind: CertificateKind
    /// 就诊时年龄(周岁)
    public var age: Int
    /// 公务员标志
    public var isCivilServant: Bool
    /// 基金支付总额, by the area's reading: with or without personal accounts
    public var fundTotal: Money
    /// 个人负担总金额, by the same reading
    public var personalTotal: Money
    /// 清算经办机构
    public var clearingAgency: String { bill.area.description }
}
