import Basics

/// One insurance's benefits (险种待遇).
public struct SchemeTerms: Hashable, Sendable {
    /// 人群: the first that matches counts. Plans have one row for each.
    public var groups: [PersonGroup]
    public var inpatient: Plan
    /// 按主要诊断认定的情形
    public var conditions: [DiagnosedCondition] = []
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

extension SchemeTerms {
    /// The circumstances that the main diagnosis of a visit tells.
    public func conditions(of diagnosis: String) -> VisitConditions {
        var found: VisitConditions = []
        for known in conditions where known.diagnoses.contains(where: { $0.contains(diagnosis) }) {
            found.insert(known.condition)
        }
        return found
    }
}

/// A circumstance together with the diagnoses by which it is known (情形与诊断编码).
public struct DiagnosedCondition: Hashable, Sendable {
    public var condition: VisitConditions
    public var diagnoses: [DiagnosisRange]

    public init(condition: VisitConditions, diagnoses: [DiagnosisRange]) {
        self.condition = condition
        self.diagnoses = diagnoses
    }
}

/// A stretch of the classification of diseases (ICD-10 编码段): `C`, `Z51.1`, or from one code through another.
public struct DiagnosisRange: Hashable, Sendable {
    public let first: String
    public let last: String

    /// `D00-D09`; nil unless both ends are codes of one length, in order.
    public init?(_ text: String) {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard ends.count <= 2, let first = ends.first, let last = ends.last, first.utf8.count == last.utf8.count,
            first <= last, ends.allSatisfy(Self.isCode)
        else { return nil }
        self.first = first
        self.last = last
    }

    /// A code lies in the stretch with everything below it: D09.3 in D00-D09.
    public func contains(_ code: String) -> Bool {
        let head = String(code.prefix(first.utf8.count))
        return head.utf8.count == first.utf8.count && first <= head && head <= last
    }

    private static func isCode(_ text: String) -> Bool {
        guard let letter = text.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) else {
            return false
        }
        return text.utf8.dropFirst().allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
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
