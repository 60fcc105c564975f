import Basics

/// Everything an area's law sets for benefits on one day (待遇参数), as one value.
///
/// Compiled once for an area and a day from the dated policy (`TermsFromPolicy.swift`) and kept by the
/// caller. Amounts and ratios stand beside the clause that states them, as `Stated`.
public struct BenefitTerms: Hashable, Sendable {
    public var area: AreaCode
    /// 依据: what steps refer to by `ClauseRef`.
    public var clauses: [Clause]
    public var year: YearTerms
    public var settlement: SettlementTerms
    /// 职工基本医保 (310)
    public var employee: SchemeTerms?
    /// 离休人员医疗保障 (340)
    public var retiredCadre: SchemeTerms?
    /// 城乡居民基本医保 (390)
    public var resident: SchemeTerms?
    /// 医疗救助
    public var assistance: AssistanceTerms?

    public init(
        area: AreaCode, clauses: [Clause] = [], year: YearTerms = YearTerms(),
        settlement: SettlementTerms = SettlementTerms(), employee: SchemeTerms? = nil,
        retiredCadre: SchemeTerms? = nil, resident: SchemeTerms? = nil, assistance: AssistanceTerms? = nil
    ) {
        self.area = area
        self.clauses = clauses
        self.year = year
        self.settlement = settlement
        self.employee = employee
        self.retiredCadre = retiredCadre
        self.resident = resident
        self.assistance = assistance
    }

    /// The scheme that an insurance follows; nil where the area states none.
    public func scheme(_ insurance: Insurance) -> SchemeTerms? {
        switch insurance {
        case .employee: employee
        case .retiredCadre: retiredCadre
        case .resident: resident
        default: nil
        }
    }

    public func clause(_ ref: ClauseRef) -> Clause? {
        Int(ref.index) < clauses.count ? clauses[Int(ref.index)] : nil
    }
}

/// A clause of law (依据): what is set, and where it is written.
public struct Clause: Hashable, Sendable {
    /// `住院起付标准`
    public var title: String
    /// `示医保发〔2025〕1号第六条`
    public var basis: String

    public init(title: String, basis: String) {
        self.title = title
        self.basis = basis
    }
}

/// A value together with the clause that states it.
public struct Stated<Value: Hashable & Sendable>: Hashable, Sendable {
    public var value: Value
    public var clause: ClauseRef

    @inlinable
    public init(_ value: Value, _ clause: ClauseRef = .none) {
        self.value = value
        self.clause = clause
    }
}

/// One value for each tier of hospitals (按医疗机构级别).
public struct PerTier<Value: Hashable & Sendable>: Hashable, Sendable {
    public var unrated: Value
    public var first: Value
    public var second: Value
    public var third: Value

    public init(unrated: Value, first: Value, second: Value, third: Value) {
        self.unrated = unrated
        self.first = first
        self.second = second
        self.third = third
    }

    public init(all value: Value) { self.init(unrated: value, first: value, second: value, third: value) }

    @inlinable
    public subscript(_ tier: Tier) -> Value {
        get {
            switch tier {
            case .unrated: unrated
            case .first: first
            case .second: second
            case .third: third
            }
        }
        set {
            switch tier {
            case .unrated: unrated = newValue
            case .first: first = newValue
            case .second: second = newValue
            case .third: third = newValue
            }
        }
    }
}

// MARK: - Year and settlement

/// The benefit year (待遇年度).
public struct YearTerms: Hashable, Sendable {
    /// The month in which the year begins; 1 almost everywhere.
    public var beginsInMonth: Int
    public var acrossYears: Stated<AcrossYears>
    /// The day whose policy a stay is settled by.
    public var policyDay: PolicyDayRule

    public init(
        beginsInMonth: Int = 1, acrossYears: Stated<AcrossYears> = Stated(.settlementYear),
        policyDay: PolicyDayRule = .end
    ) {
        self.beginsInMonth = beginsInMonth
        self.acrossYears = acrossYears
        self.policyDay = policyDay
    }

    /// 待遇年度 that a day falls in, named by the calendar year in which it begins.
    public func year(of day: Day) -> Int {
        let month = day.month
        return month.month >= beginsInMonth ? month.year : month.year - 1
    }

    public func firstDay(of year: Int) -> Day { Month(year: year, month: beginsInMonth).first }
}

/// To which year a stay across the year's end counts (跨年度住院).
public enum AcrossYears: UInt8, Sendable, CaseIterable {
    /// 按出院(结算)年度
    case settlementYear
    /// 按入院年度
    case admissionYear
    /// 年末中途结算,分年度
    case interimAtYearEnd
}

/// 按入院日 or 按出院(结算)日的政策
public enum PolicyDayRule: UInt8, Sendable, CaseIterable {
    case begin
    case end
}

/// How results are presented and what a reversal does (结算口径).
public struct SettlementTerms: Hashable, Sendable {
    /// 基金支付总额含个人账户
    public var fundTotalIncludesAccount: Bool
    /// 公务员、企业补充先于医疗救助
    public var supplementsBeforeAssistance: Bool
    public var liability: Stated<LiabilityRule>
    public var reversal: Stated<ReversalRule>
    /// How far a line's amount may differ from price × quantity.
    public var amountTolerance: Money

    public init(
        fundTotalIncludesAccount: Bool = false, supplementsBeforeAssistance: Bool = true,
        liability: Stated<LiabilityRule> = Stated(.unliableShareOnly),
        reversal: Stated<ReversalRule> = Stated(.refuse), amountTolerance: Money = .zero
    ) {
        self.fundTotalIncludesAccount = fundTotalIncludesAccount
        self.supplementsBeforeAssistance = supplementsBeforeAssistance
        self.liability = liability
        self.reversal = reversal
        self.amountTolerance = amountTolerance
    }
}

/// What the fund pays where a third person is liable (第三人责任).
public enum LiabilityRule: UInt8, Sendable, CaseIterable {
    /// 基金只支付第三人责任以外的部分
    case unliableShareOnly
    /// 第三人不支付或无法确定的,先行支付后追偿
    case payThenRecover
}

/// What happens to later settlements of the year when an earlier one is reversed (撤销非末次结算).
public enum ReversalRule: UInt8, Sendable, CaseIterable {
    /// 须先撤销其后的结算
    case refuse
    /// 其后的结算重算
    case recompute
    /// 其后的结算不变
    case leave
}
