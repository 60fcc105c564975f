import Basics

/// Way of care as the rules ask for it (就医方式), a set because emergency care is also outpatient or inpatient.
struct Setting: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    static let inpatient = Setting(rawValue: 1)
    static let outpatient = Setting(rawValue: 2)
    static let emergency = Setting(rawValue: 4)
    static let pharmacy = Setting(rawValue: 8)
    static let internet = Setting(rawValue: 16)
    static let maternity = Setting(rawValue: 32)
    static let emergencyAdmission = Setting(rawValue: 64)
}

/// What an item demands, compiled from its knowledge points.
enum Check: Sendable {
    case sex(UInt8)
    case age(AgeLimit)
    case workInjury, maternity
    case tier(Int8)
    case inpatientOnly, inpatientOrEmergency, notInternet
    case quantity(Int64)
    case period(Int64, Int32)
    case course(days: Int32, span: Int32, gap: Int32)
    case surgery(group: UInt16)
    case herbalNone, herbalSingle
    case limit(Int32)
}

struct Condition: Sendable {
    var check: Check
    var rule: UInt16
    /// Index into `CompiledRules.pointIDs`.
    var point: Int32
    var onlyInScope: Bool
}

/// Why a line is looked at: one bit a shape of rule. A line whose bits do not meet its encounter's concern is done.
struct Attention: OptionSet, Sendable {
    let rawValue: UInt32
    static let maleOnly = Attention(rawValue: 1 << 0)
    static let femaleOnly = Attention(rawValue: 1 << 1)
    static let age = Attention(rawValue: 1 << 2)
    static let insurance = Attention(rawValue: 1 << 3)
    static let tier = Attention(rawValue: 1 << 4)
    static let setting = Attention(rawValue: 1 << 5)
    static let quantity = Attention(rawValue: 1 << 6)
    static let period = Attention(rawValue: 1 << 7)
    static let course = Attention(rawValue: 1 << 8)
    static let pair = Attention(rawValue: 1 << 9)
    static let surgery = Attention(rawValue: 1 << 10)
    static let cap = Attention(rawValue: 1 << 11)
    static let herbalNone = Attention(rawValue: 1 << 12)
    static let limit = Attention(rawValue: 1 << 13)
    static let bed = Attention(rawValue: 1 << 14)
    /// Not a rule's: the item is a CT or MRI examination, which indicators sum.
    static let ct = Attention(rawValue: 1 << 20)
    static let mri = Attention(rawValue: 1 << 21)
    /// From the line's flags.
    static let herbal = Attention(rawValue: 1 << 16)
    static let prescribedDrug = Attention(rawValue: 1 << 17)
    static let recordFault = Attention(rawValue: 1 << 18)
    static let late = Attention(rawValue: 1 << 19)

    static let demographic: Attention = [
        .maleOnly, .femaleOnly, .age, .insurance, .tier, .setting, .herbalNone, .limit,
    ]
}

/// What the hot loop asks of every line's item, 8 bytes: the marks of all items of an extract stay in the nearest cache.
struct ItemMark: Sendable {
    var attention: UInt32 = 0
    /// ATC class (level 4), from 1; 0 when none is compared.
    var drugClass: UInt16 = 0
    /// Level-5 name within the class, from 1.
    var substance: UInt16 = 0
}

/// What the pass must know of an item, 32 bytes a record so that two fit a cache line.
struct ItemProfile: Sendable {
    var attention: Attention = []
    var conditionStart: Int32 = 0
    var conditionCount: Int16 = 0
    /// Dense number among items of pairs; -1 when in none.
    var pair: Int16 = -1
    /// ATC class (level 4), from 1; 0 when none is compared.
    var drugClass: Int16 = 0
    var isIdle = false
    var isBed = false
    /// Level-5 name within ATC, by number.
    var drugName: Int32 = 0
    var isCT = false
    var isMRI = false
    /// Operation: number of the code's first 11 characters.
    var operation: Int32 = 0
    /// Index into `caps`; -1 without one.
    var cap: Int32 = -1
}

struct CompiledPair: Sendable {
    var pairIndex: Int32
    var other: Int16
    var scope: PairScope
    var rule: UInt16
    var point: Int32
}

/// What the pass must know of a diagnosis or procedure code.
struct CodeProfile: Sendable {
    /// Bit of each code range that contains the code.
    var ranges: UInt64 = 0
    /// Number of the first three characters; 0 when shorter.
    var category: Int32 = 0
    var sexUndecided = false
    var planned = false
    var notTogether = false
    var impossible = false
    /// Rank among all codes by bytes: a prefix is an interval of ranks.
    var rank: Int32 = 0
}

/// Everything that the pass reads about rules, made once when all codes of the extract are known.
final class CompiledRules: @unchecked Sendable {
    let knowledge: KnowledgeBase
    let parameters: Parameters
    /// Records by item number, and what they demand: plain memory, so that reading one in the pass counts no references.
    let items: UnsafeBufferPointer<ItemProfile>
    let conditions: UnsafeBufferPointer<Condition>
    let marks: UnsafeBufferPointer<ItemMark>
    /// Ids of points, pairs, ranges, herb pairs and limits, in one list.
    let pointIDs: [String]
    let pairStart: [Int32]
    let pairs: [CompiledPair]
    /// Bits of the partners of each dense pair item, folded to 64: present ∧ needed ≠ 0 or nothing to examine.
    let pairNeeded: [UInt64]
    let diagnoses: [CodeProfile]
    let procedures: [CodeProfile]
    let settings: [Setting]
    let tierOf: [Int8]
    let tierMixed: Bool
    /// 1 maternity insurance, 2 another, 0 unknown.
    let insuranceOf: [UInt8]
    let caps: [[PriceCap]]
    /// By item, the least price that any of its caps allows, in 10⁻⁶ yuan, and the least quantity that any of its points
    /// allows on a day, in ten-thousandths: nearly all lines lie below and need no further look.
    let leastCaps: UnsafeBufferPointer<Int64>
    let leastMaxima: UnsafeBufferPointer<Int64>
    let hasLimits: Bool
    /// A person with no more encounters than this cannot have come too often.
    let leastFrequency: Int
    /// Names of items for sentences, as the knowledge calls them, else as the extract does, else their codes.
    let names: [String]
    let ruleOf: RuleNumbers
    let herbPairs: [(a: UInt8, b: UInt8, rule: Int, point: Int32, doctrine: String)]
    let herbNames: [String]
    let rangeRules: [(rule: Int, point: Int32)]
    let limitMatches: [LimitMatch]
    let drugClassCount: Int
    let operationCount: Int
    let surgeryGroups: [String]
    let operations: [String]
    let columns: Columns

    /// Rank intervals or item numbers that a table's list stands for.
    struct LimitMatch: Sendable {
        var intervals: [ClosedRange<Int32>] = []
        var items: Set<UInt32> = []
        var departments: Set<UInt32> = []
        var subject: ClosedRange<Int32>?
        var point: Int32 = 0
    }

    /// Which columns the extract has at all.
    struct Columns: Sendable {
        var charge = true
        var diagnosisTable = true
    }

    init(_ knowledge: KnowledgeBase, _ books: CodeBooks, columns: Columns) throws {
        self.knowledge = knowledge
        self.columns = columns
        parameters = knowledge.parameters
        ruleOf = RuleNumbers(knowledge.rules)
        var build = try ItemCompiler(knowledge, books)
        build.compile()
        items = CompiledRules.fixed(build.items)
        conditions = CompiledRules.fixed(build.conditions)
        marks = CompiledRules.fixed(build.marks())
        pointIDs = build.pointIDs
        pairStart = build.pairStart
        pairs = build.pairs
        pairNeeded = build.pairNeeded
        caps = build.caps
        leastCaps = CompiledRules.fixed(build.leastCaps())
        leastMaxima = CompiledRules.fixed(build.leastMaxima())
        hasLimits = !knowledge.limits.isEmpty
        leastFrequency = knowledge.parameters.frequency.least
        names = (0..<build.items.count).map { number in
            let code = books.items.code(UInt32(number))
            let candidates = [knowledge.itemNames[code] ?? "", books.items.name(UInt32(number)), code]
            return candidates.first { !$0.isEmpty } ?? ""
        }
        herbPairs = build.herbPairs
        herbNames = build.herbNames
        rangeRules = build.rangeRules
        drugClassCount = build.drugClasses.count + 1
        operationCount = build.operations.count
        operations = build.operations
        surgeryGroups = build.groups
        diagnoses = CompiledRules.profiles(books.diagnoses, knowledge, procedures: false)
        procedures = CompiledRules.profiles(books.procedures, knowledge, procedures: true)
        settings = CompiledRules.settings(books.medTypes, knowledge.parameters)
        (tierOf, tierMixed) = CompiledRules.tiers(books.tiers, knowledge.parameters)
        insuranceOf = (0..<books.insurances.count).map { number in
            number == 0 ? 0 : books.insurances.code(UInt32(number)) == "510" ? 1 : 2
        }
        limitMatches = build.limitMatches(
            diagnoses: (books.diagnoses, diagnoses), procedures: (books.procedures, procedures))
    }

    deinit {
        items.deallocate()
        conditions.deallocate()
        marks.deallocate()
        leastCaps.deallocate()
        leastMaxima.deallocate()
    }

    /// A copy that stays where it is.
    private static func fixed<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(from: elements)
        return UnsafeBufferPointer(memory)
    }
}

/// Rules by kind and variant; nil when the register does not have one. Those the pass asks for at each encounter
/// are fields.
struct RuleNumbers: Sendable {
    private let byKey: [String: Int]
    let cap, stayDate, bedDays, hangingBed, readmission, overlapStay, duringStay, afterDeath, together: Int?
    let lateUpload, sameClass, recordLine, recordEncounter, recordProcedure, drugKinds, herbalKinds: Int?
    let outpatient, pharmacy, inpatient: Int?

    init(_ rules: [Rule]) {
        var byKey: [String: Int] = [:]
        for (index, rule) in rules.enumerated() {
            guard let kind = rule.kind else { continue }
            let key = RuleNumbers.key(kind, rule.variant)
            if byKey[key] == nil { byKey[key] = index }
        }
        func number(_ kind: RuleKind, _ variant: String = "") -> Int? { byKey[RuleNumbers.key(kind, variant)] }
        cap = number(.cap)
        stayDate = number(.stayDate)
        bedDays = number(.bedDays)
        hangingBed = number(.hangingBed)
        readmission = number(.readmission)
        overlapStay = number(.overlapStay)
        duringStay = number(.duringStay)
        afterDeath = number(.afterDeath)
        together = number(.together)
        lateUpload = number(.lateUpload)
        sameClass = number(.sameClass)
        recordLine = number(.record, "line")
        recordEncounter = number(.record, "encounter")
        recordProcedure = number(.record, "procedure")
        drugKinds = number(.kinds, "drug")
        herbalKinds = number(.kinds, "herbal")
        outpatient = number(.frequency, "outpatient")
        pharmacy = number(.frequency, "pharmacy")
        inpatient = number(.frequency, "inpatient")
        self.byKey = byKey
    }

    private static func key(_ kind: RuleKind, _ variant: String) -> String { kind.rawValue + "/" + variant }

    subscript(_ kind: RuleKind, _ variant: String = "") -> Int? { byKey[RuleNumbers.key(kind, variant)] }
}

extension CompiledRules {
    fileprivate static func settings(_ book: CodeBook, _ parameters: Parameters) -> [Setting] {
        (0..<book.count).map { number in
            let code = book.code(UInt32(number))
            var setting: Setting = []
            if parameters.inpatient.contains(code) { setting.formUnion(.inpatient) }
            if parameters.outpatient.contains(code) { setting.formUnion(.outpatient) }
            if parameters.emergency.contains(code) { setting.formUnion(.emergency) }
            if parameters.pharmacy.contains(code) { setting.formUnion(.pharmacy) }
            if parameters.internet.contains(code) { setting.formUnion(.internet) }
            if parameters.maternity.contains(code) { setting.formUnion(.maternity) }
            if parameters.emergencyAdmission.contains(code) { setting.formUnion(.emergencyAdmission) }
            return setting
        }
    }

    /// Tier by code of `hosp_lv`; -1 undecided. An extract uses one of the two schemes; a mixture decides nothing.
    fileprivate static func tiers(_ book: CodeBook, _ parameters: Parameters) -> ([Int8], Bool) {
        var usesDigits = false
        var usesGrades = false
        for number in 1..<max(1, book.count) {
            let code = book.code(UInt32(number))
            if parameters.digitTiers[code] != nil { usesDigits = true }
            if parameters.gradeTiers[code] != nil { usesGrades = true }
        }
        let mixed = usesDigits && usesGrades
        let map = usesGrades ? parameters.gradeTiers : parameters.digitTiers
        let tiers = (0..<book.count).map { mixed ? -1 : map[book.code(UInt32($0))].map(Int8.init) ?? -1 }
        return (tiers, mixed)
    }

    fileprivate static func profiles(_ book: CodeBook, _ knowledge: KnowledgeBase, procedures: Bool) -> [CodeProfile] {
        let parameters = knowledge.parameters
        var profiles = Array(repeating: CodeProfile(), count: book.count)
        var categories: [String: Int32] = [:]
        for number in 1..<max(1, book.count) {
            let code = book.code(UInt32(number))
            var profile = CodeProfile()
            for (bit, range) in knowledge.codeRanges.enumerated()
            where range.ofProcedures == procedures && range.contains(code) {
                profile.ranges |= 1 << UInt64(bit)
            }
            if code.utf8.count >= 3 {
                let head = String(code.prefix(3))
                if categories[head] == nil { categories[head] = Int32(categories.count + 1) }
                profile.category = categories[head]!
            }
            profile.sexUndecided = parameters.sexUndecidedDiagnoses.contains { code.hasPrefix($0) }
            profile.planned = parameters.plannedCauses.contains { code.hasPrefix($0) }
            profile.notTogether = parameters.togetherExcepted.contains { code.hasPrefix($0) }
            profile.impossible = !(procedures ? isProcedure(code) : isDiagnosis(code))
            profiles[number] = profile
        }
        let order = (0..<book.count).sorted { book.codes[$0].lexicographicallyPrecedes(book.codes[$1]) }
        for (rank, number) in order.enumerated() { profiles[number].rank = Int32(rank) }
        return profiles
    }

    /// A letter and two digits, as every ICD-10 category begins.
    private static func isDiagnosis(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        guard bytes.count >= 3, (0x41...0x5A).contains(bytes[0]) else { return false }
        return (0x30...0x39).contains(bytes[1]) && (0x30...0x39).contains(bytes[2])
    }

    /// Two digits and a point, as every ICD-9-CM-3 category begins.
    private static func isProcedure(_ code: String) -> Bool {
        let bytes = Array(code.utf8)
        guard bytes.count >= 4, bytes[2] == 0x2E else { return false }
        return (0x30...0x39).contains(bytes[0]) && (0x30...0x39).contains(bytes[1])
    }
}
