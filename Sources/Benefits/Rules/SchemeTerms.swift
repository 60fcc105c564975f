import Basics

/// One insurance's benefits (险种待遇).
public struct SchemeTerms: Hashable, Sendable {
    /// 人群: the first that matches counts. Plans have one row for each.
    public var groups: [PersonGroup]
    public var inpatient: Plan
    public var outpatient: Plan?
    /// 急诊; nil: as outpatient.
    public var emergency: Plan?
    /// 急诊抢救按住院待遇
    public var rescueAsInpatient: Bool
    /// 急诊转住院: days before admission whose emergency lines join the stay.
    public var emergencyMergeDays: Int
    /// 意外伤害门诊; nil: as outpatient.
    public var accident: Plan?
    public var chronic: ChronicTerms?
    public var twoDiseases: ChronicTerms?
    public var maternity: MaternityTerms?
    public var pharmacy: Stated<PharmacyRule>
    /// 统筹基金年度最高支付限额
    public var yearCap: Stated<Money>?
    /// 职工大额 (330): pays what lies above the year's ceiling.
    public var largeAmount: LargeAmountTerms?
    /// 大病保险: pays on the compliant burden.
    public var critical: CriticalTerms?
    public var civilServant: SupplementTerms?
    public var enterprise: SupplementTerms?
    public var remoteCuts: RemoteCuts
    public var account: AccountTerms?

    public init(
        groups: [PersonGroup] = [.everyone], inpatient: Plan, outpatient: Plan? = nil, emergency: Plan? = nil,
        rescueAsInpatient: Bool = false, emergencyMergeDays: Int = 3, accident: Plan? = nil,
        chronic: ChronicTerms? = nil, twoDiseases: ChronicTerms? = nil, maternity: MaternityTerms? = nil,
        pharmacy: Stated<PharmacyRule> = Stated(.accountOnly), yearCap: Stated<Money>? = nil,
        largeAmount: LargeAmountTerms? = nil, critical: CriticalTerms? = nil,
        civilServant: SupplementTerms? = nil, enterprise: SupplementTerms? = nil,
        remoteCuts: RemoteCuts = RemoteCuts(), account: AccountTerms? = nil
    ) {
        self.groups = groups
        self.inpatient = inpatient
        self.outpatient = outpatient
        self.emergency = emergency
        self.rescueAsInpatient = rescueAsInpatient
        self.emergencyMergeDays = emergencyMergeDays
        self.accident = accident
        self.chronic = chronic
        self.twoDiseases = twoDiseases
        self.maternity = maternity
        self.pharmacy = pharmacy
        self.yearCap = yearCap
        self.largeAmount = largeAmount
        self.critical = critical
        self.civilServant = civilServant
        self.enterprise = enterprise
        self.remoteCuts = remoteCuts
        self.account = account
    }
}

/// A group of people that a table distinguishes (人群), by category and age.
public struct PersonGroup: Hashable, Sendable {
    public var name: String
    public var categories: PersonCategories
    public var ages: ClosedRange<Int>

    public init(name: String, categories: PersonCategories, ages: ClosedRange<Int> = 0...200) {
        self.name = name
        self.categories = categories
        self.ages = ages
    }

    public func contains(_ insured: Insured) -> Bool {
        categories.contains(insured.category) && ages.contains(insured.age)
    }

    public static let everyone = PersonGroup(name: "全体参保人员", categories: .all)
}

/// A set of `PersonCategory` (人员类别集合).
public struct PersonCategories: Hashable, Sendable {
    var bits: UInt32

    public init(_ categories: some Sequence<PersonCategory>) {
        bits = 0
        for category in categories { bits |= PersonCategories.bit(category) }
    }

    public static let all = PersonCategories(PersonCategory.allCases)
    public static let retired = PersonCategories(PersonCategory.allCases.filter(\.isRetired))
    public static let employed = PersonCategories([.employed, .civilServant, .flexible])

    public func contains(_ category: PersonCategory) -> Bool { bits & PersonCategories.bit(category) != 0 }

    private static func bit(_ category: PersonCategory) -> UInt32 {
        switch category {
        case .employed: 1
        case .civilServant: 1 << 1
        case .flexible: 1 << 2
        case .retired: 1 << 3
        case .retiredCivilServant: 1 << 4
        case .retiredFlexible: 1 << 5
        case .retiredCadre: 1 << 6
        case .newborn: 1 << 7
        case .preschool: 1 << 8
        case .pupil: 1 << 9
        case .universityStudent: 1 << 10
        case .minor: 1 << 11
        case .adult: 1 << 12
        case .elderly: 1 << 13
        }
    }
}
