import Basics

/// Who owes a contribution (缴费人).
public enum Payer: Hashable, Sendable, CustomStringConvertible {
    /// 用人单位
    case employer(ID<Employer>)
    /// 本人: residents and flexible workers.
    case person(ID<Person>)

    /// The two columns of a payer: kind and number.
    public var columns: (kind: Int64, number: Int64) {
        switch self {
        case .employer(let id): (1, id.raw)
        case .person(let id): (2, id.raw)
        }
    }

    public init?(kind: Int64, number: Int64) {
        switch kind {
        case 1: self = .employer(ID(number))
        case 2: self = .person(ID(number))
        default: return nil
        }
    }

    public var description: String {
        switch self {
        case .employer(let id): "单位 \(id)"
        case .person(let id): "个人 \(id)"
        }
    }
}

/// A bill (应缴核定单). Never changed: a mistake is taken back by a red one and billed anew.
public struct LevyBill: Hashable, Sendable {
    public enum Purpose: Int64, Sendable, Hashable, CaseIterable {
        /// 正常应缴
        case regular = 1
        /// 补收
        case supplement = 2
        /// 补缴
        case backPayment = 3
        /// 税务申报
        case declared = 4
        /// 更正
        case corrected = 5
        /// 红字
        case red = 6

        public var name: String {
            switch self {
            case .regular: "正常应缴"
            case .supplement: "补收"
            case .backPayment: "补缴"
            case .declared: "税务申报"
            case .corrected: "更正"
            case .red: "红字"
            }
        }
    }

    public var id: ID<LevyBill>
    public var act: ID<LevyAct>
    public var purpose: Purpose
    /// 310 for an employer's or a flexible worker's month, 390 for a resident's year.
    public var insurance: Insurance
    public var payer: Payer
    public var months: ClosedRange<Month>
    public var due: Day
    /// 应缴: what the payer owes.
    public var payable: Money
    /// 财政补助
    public var fiscal: Money
    /// 资助, and who pays it for which group.
    public var aid: Money
    public var aidPayer: AidPayer?
    public var aidGroup: AssistanceGroup?
    public var lineCount: Int64
    /// The bill that this red one takes back.
    public var reverses: ID<LevyBill>?
    /// Of a sum that is owed once (一次性补缴): by which of the payer's decisions on retirement.
    public var decision: Int64?

    public init(
        id: ID<LevyBill>, act: ID<LevyAct>, purpose: Purpose, insurance: Insurance, payer: Payer,
        months: ClosedRange<Month>, due: Day, payable: Money, fiscal: Money = .zero, aid: Money = .zero,
        aidPayer: AidPayer? = nil, aidGroup: AssistanceGroup? = nil, lineCount: Int64, reverses: ID<LevyBill>? = nil,
        decision: Int64? = nil
    ) {
        self.id = id
        self.act = act
        self.purpose = purpose
        self.insurance = insurance
        self.payer = payer
        self.months = months
        self.due = due
        self.payable = payable
        self.fiscal = fiscal
        self.aid = aid
        self.aidPayer = aidPayer
        self.aidGroup = aidGroup
        self.lineCount = lineCount
        self.reverses = reverses
        self.decision = decision
    }

    /// Whether the bill owes a late fee once it is late: residents' never does, and whoever joined of his own will only
    /// where the area's law says so (《社会保险法》第八十六条 speaks of employers).
    func owesLateFee(_ terms: LateFeeTerms) -> Bool {
        if insurance == .resident { return false }
        if case .person = payer { return terms.ofPersons }
        return true
    }

    /// `2026-03`, or `2026 年度` for a resident's year.
    public var periodName: String {
        months.lowerBound == months.upperBound ? "\(months.lowerBound)" : "\(months.lowerBound.year) 年度"
    }
}

/// A line of a bill (应缴明细): one person and one insurance.
public struct LevyLine: Hashable, Sendable {
    public var bill: ID<LevyBill>
    public var person: ID<Person>
    public var part: LevyPart

    public init(bill: ID<LevyBill>, person: ID<Person>, part: LevyPart) {
        self.bill = bill
        self.person = person
        self.part = part
    }
}
