import Basics

/// What a calculation starts from (费用单): who, what care, which lines, which accounts.
///
/// A bill is a plain value. Everything an authority sets stands in `BenefitTerms`, everything the
/// person has used this year in `YearToDate`.
public struct Bill: Hashable, Sendable {
    public var insured: Insured
    public var visit: Visit
    public var lines: [BillLine]
    public var accounts: Accounts

    public init(insured: Insured, visit: Visit, lines: [BillLine], accounts: Accounts = Accounts()) {
        self.insured = insured
        self.visit = visit
        self.lines = lines
        self.accounts = accounts
    }
}

/// The insured person as the benefit rules see one (参保人).
public struct Insured: Hashable, Sendable {
    /// 险种: 310 or 390; the scheme that is applied.
    public var insurance: Insurance
    public var category: PersonCategory
    /// Completed years on the day the visit began (周岁).
    public var age: Int
    /// 救助对象身份; of several, the one that pays more counts (就高不叠加).
    public var assistance: AssistanceGroups
    /// 享受公务员医疗补助
    public var hasCivilServantSubsidy: Bool
    /// 参加企业补充医疗保险
    public var hasEnterpriseSupplement: Bool
    /// 参加职工大额医疗费用补助 (330)
    public var hasLargeAmount: Bool
    /// What continued enrolment and years without claims add to the critical-illness limit (连续参保激励).
    public var criticalLimitRaise: Money

    public init(
        insurance: Insurance, category: PersonCategory, age: Int, assistance: AssistanceGroups = [],
        hasCivilServantSubsidy: Bool = false, hasEnterpriseSupplement: Bool = false,
        hasLargeAmount: Bool = true, criticalLimitRaise: Money = .zero
    ) {
        self.insurance = insurance
        self.category = category
        self.age = age
        self.assistance = assistance
        self.hasCivilServantSubsidy = hasCivilServantSubsidy
        self.hasEnterpriseSupplement = hasEnterpriseSupplement
        self.hasLargeAmount = hasLargeAmount
        self.criticalLimitRaise = criticalLimitRaise
    }
}

/// A set of `AssistanceGroup`s (救助对象身份集合).
public struct AssistanceGroups: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(_ group: AssistanceGroup) { rawValue = 1 << UInt16(group.rawValue) }

    public init(_ groups: some Sequence<AssistanceGroup>) {
        self.init()
        for group in groups { formUnion(AssistanceGroups(group)) }
    }

    public var groups: [AssistanceGroup] { AssistanceGroup.allCases.filter { contains(AssistanceGroups($0)) } }
}

/// One visit or stay (就诊).
public struct Visit: Hashable, Sendable {
    public var care: CareType
    public var tier: Tier
    /// 入院日 or the day of the visit.
    public var begin: Day
    /// 出院日 or the day up to which is settled.
    public var end: Day
    public var remote: RemoteCare
    public var conditions: VisitConditions
    /// What this stay continues (中途结算、转院).
    public var link: StayLink
    /// Settled while the patient stays on (`mid_setl_flag`).
    public var isInterim: Bool
    /// 门诊慢特病 or 两病 disease of this bill.
    public var disease: DiseaseCode?
    /// All diseases the person has filed (已备案病种); read only where limits are combined.
    public var filedDiseases: [DiseaseCode]
    /// 生育类别, for maternity care.
    public var birth: BirthKind?
    public var liability: Liability
    /// The pharmacy sells under the dual channel (双通道药店).
    public var isDualChannel: Bool
    /// Bought on a hospital's prescription (外购处方).
    public var hasPrescription: Bool

    public init(
        care: CareType, tier: Tier, begin: Day, end: Day, remote: RemoteCare = .local,
        conditions: VisitConditions = [], link: StayLink = .none, isInterim: Bool = false,
        disease: DiseaseCode? = nil, filedDiseases: [DiseaseCode] = [], birth: BirthKind? = nil,
        liability: Liability = .none, isDualChannel: Bool = false, hasPrescription: Bool = false
    ) {
        self.care = care
        self.tier = tier
        self.begin = begin
        self.end = end
        self.remote = remote
        self.conditions = conditions
        self.link = link
        self.isInterim = isInterim
        self.disease = disease
        self.filedDiseases = filedDiseases
        self.birth = birth
        self.liability = liability
        self.isDualChannel = isDualChannel
        self.hasPrescription = hasPrescription
    }
}

/// Care outside the pooling area, and on what ground (异地就医).
public enum RemoteCare: UInt8, Sendable, CaseIterable {
    /// 统筹区内
    case local
    /// 长期居住备案
    case filed
    /// 异地转诊备案
    case referred
    /// 异地急诊抢救
    case emergency
    /// 未备案、未转诊临时外出
    case unfiled

    public var name: String {
        switch self {
        case .local: "本地就医"
        case .filed: "异地长期居住备案"
        case .referred: "异地转诊"
        case .emergency: "异地急诊抢救"
        case .unfiled: "未备案临时外出就医"
        }
    }
}

/// Circumstances of a visit that a deductible rule may know (特殊情形).
public struct VisitConditions: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// 精神病
    public static let mentalIllness = VisitConditions(rawValue: 1)
    /// 恶性肿瘤
    public static let malignancy = VisitConditions(rawValue: 2)
    /// 传染病
    public static let infectious = VisitConditions(rawValue: 4)
    /// 急诊抢救
    public static let rescue = VisitConditions(rawValue: 8)
    /// 中医医疗机构
    public static let traditionalChinese = VisitConditions(rawValue: 16)
    /// 家庭医生签约
    public static let contractedDoctor = VisitConditions(rawValue: 32)
}

/// The earlier settlement or stay that this one continues (接续关系).
public enum StayLink: Hashable, Sendable {
    case none
    /// Interim settlements of the same stay came before: the scheduled deductible, how much of it was paid,
    /// and the in-scope costs they settled, where this one's bands begin.
    case interim(scheduled: Money, paid: Money, inScope: Money)
    /// Moved from another hospital: its tier, and the deductible paid there.
    case transfer(from: Tier, paid: Money)
}

/// A third person's liability for an injury (第三人责任).
public struct Liability: Hashable, Sendable {
    /// The third person's share of the costs.
    public var share: Rate
    /// The third person does not pay, or cannot be found: the fund may pay first and recover.
    public var isUnpaid: Bool

    public init(share: Rate, isUnpaid: Bool = false) {
        self.share = share
        self.isUnpaid = isUnpaid
    }

    public static let none = Liability(share: .zero)
}

/// Kind of birth or pregnancy care (生育类别 `matn_type`).
public enum BirthKind: Int64, Sendable, CaseIterable {
    case natural = 1, assisted, caesarean, difficult, miscarriage, inducedLabour, prenatal
    case other = 9
    case ectopic = 10

    public var name: String {
        switch self {
        case .natural: "正常产"
        case .assisted: "助娩产"
        case .caesarean: "剖宫产"
        case .difficult: "难产"
        case .miscarriage: "流产"
        case .inducedLabour: "引产"
        case .prenatal: "产前检查"
        case .other: "其他"
        case .ectopic: "宫外孕"
        }
    }
}

/// Personal accounts at hand (个人账户与共济).
public struct Accounts: Hashable, Sendable {
    /// The person's own balance.
    public var balance: Money
    /// What family members share with this person (共济).
    public var shared: Money
    /// The person wants the account used (`acct_used_flag`).
    public var isUsed: Bool

    public init(balance: Money = .zero, shared: Money = .zero, isUsed: Bool = true) {
        self.balance = balance
        self.shared = shared
        self.isUsed = isUsed
    }
}

/// One line of a bill (费用明细), with what the catalogue says of it on its day.
public struct BillLine: Hashable, Sendable {
    public var price: UnitPrice
    /// Negative when the line takes another back (退单).
    public var quantity: Quantity
    /// 明细项目费用总额 `det_item_fee_sumamt`: price × quantity, rounded half up.
    public var amount: Money
    public var feeClass: FeeClass
    /// 定价上限 `pric_uplmt_amt`
    public var priceCap: UnitPrice?
    /// 先行自付比例 `selfpay_prop`
    public var selfPayRatio: Rate
    public var chargeType: ChargeType
    public var day: Day
    public var flags: LineFlags

    public init(
        price: UnitPrice, quantity: Quantity, amount: Money? = nil, feeClass: FeeClass,
        priceCap: UnitPrice? = nil, selfPayRatio: Rate = .zero, chargeType: ChargeType = .other, day: Day,
        flags: LineFlags = []
    ) {
        self.price = price
        self.quantity = quantity
        self.amount = amount ?? price * quantity
        self.feeClass = feeClass
        self.priceCap = priceCap
        self.selfPayRatio = selfPayRatio
        self.chargeType = chargeType
        self.day = day
        self.flags = flags
    }

    /// The line that takes this one back whole: the same price, the quantity negative.
    public var refund: BillLine {
        var line = self
        line.quantity = -quantity
        line.amount = -amount
        return line
    }
}

/// Marks of a line (明细标志).
public struct LineFlags: OptionSet, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }
    /// 限制条件不满足且未审批: the whole line is the patient's own.
    public static let restrictionUnmet = LineFlags(rawValue: 1)
    /// 谈判药品或双通道药品
    public static let dualChannelDrug = LineFlags(rawValue: 2)
    /// 由医疗机构负担 (例如未经知情同意的自费项目)
    public static let hospitalBears = LineFlags(rawValue: 4)
    /// 生育费用标志 `matn_fee_flag`
    public static let maternity = LineFlags(rawValue: 8)
    /// 外购处方标志 `rx_circ_flag`: bought at a pharmacy on a prescription.
    public static let prescribed = LineFlags(rawValue: 16)
}

/// The code of a chronic or special disease (病种编码) packed into one integer: up to twelve of `0-9 A-Z .`.
public struct DiseaseCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var packed: Int64

    @inlinable
    public init(packed: Int64) { self.packed = packed }

    /// Nil when the text is empty, longer than twelve, or holds another character.
    public init?(_ text: some StringProtocol) {
        guard (1...12).contains(text.utf8.count) else { return nil }
        var packed: Int64 = 0
        for byte in text.utf8 {
            guard let symbol = DiseaseCode.symbol(byte) else { return nil }
            packed = packed * 38 + symbol
        }
        self.packed = packed
    }

    private static func symbol(_ byte: UInt8) -> Int64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int64(byte - UInt8(ascii: "0")) + 1
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int64(byte - UInt8(ascii: "A")) + 11
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int64(byte - UInt8(ascii: "a")) + 11
        case UInt8(ascii: "."): 37
        default: nil
        }
    }

    public static func < (a: DiseaseCode, b: DiseaseCode) -> Bool { a.packed < b.packed }

    public var description: String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.".utf8)
        var rest = packed
        var bytes: [UInt8] = []
        while rest > 0 {
            bytes.append(alphabet[Int(rest % 38) - 1])
            rest /= 38
        }
        return String(decoding: bytes.reversed(), as: UTF8.self)
    }
}
