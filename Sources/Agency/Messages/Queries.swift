import Basics
import Benefits
import Enrolment
import Settlement

/// 1101 人员信息获取: by certificate, or by person number when the HIS knows it.
public struct PersonInquiry: Hashable, Sendable {
    public enum Key: Hashable, Sendable {
        case paper(kind: IdentityPaperKind, number: String)
        /// 社会保障卡 or an electronic voucher
        case card(String)
        case number(ID<Person>)
    }
    public var key: Key
    /// The day whose insurance is asked for; nil is today.
    public var day: Day?
    /// The name on the paper, compared when given.
    public var name: String?

    public init(key: Key, day: Day? = nil, name: String? = nil) {
        self.key = key
        self.day = day
        self.name = name
    }
}

/// The answer to 1101.
public struct PersonInformation: Hashable, Sendable {
    public var insured: InsuredPerson
    public var age: Int
    /// 参保信息, one a spell
    public var spells: [SpellInformation]
    /// 个人账户余额
    public var accountBalance: Money
}

public struct SpellInformation: Hashable, Sendable {
    public var spell: Spell
    /// 人员参保状态 `psn_insu_stas`: 1 正常, 2 暂停, 4 终止
    public var status: Int64
    public var suspendedSince: Day?
    public var isCivilServant: Bool
    public var employerName: String
}

/// 2001 人员待遇享受检查
public struct EntitlementInquiry: Hashable, Sendable {
    public var person: ID<Person>
    public var insurance: Insurance?
    public var careType: CareType
    public var begins: Day
    public var diseaseCode: String

    public init(
        person: ID<Person>, insurance: Insurance?, careType: CareType, begins: Day, diseaseCode: String = ""
    ) {
        self.person = person
        self.insurance = insurance
        self.careType = careType
        self.begins = begins
        self.diseaseCode = diseaseCode
    }
}

/// One finding of 2001.
public struct EntitlementFinding: Hashable, Sendable {
    /// 待遇检查类型: 1 基金款项待遇检查, 99 其他
    public var kind: Int64
    public var fund: FundType?
    /// 待遇享受标志
    public var isEntitled: Bool
    public var first: Day
    public var last: Day?
    /// Why not, and what to do.
    public var ground: String
}

/// The answer to 5206 人员累计信息查询: figures by accumulator.
public struct YearFigures: Hashable, Sendable {
    public var insurance: Insurance
    public var year: Int64
    public var figures: YearToDate
}
