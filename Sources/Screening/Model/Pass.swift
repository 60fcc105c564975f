import Basics
import Foundation

/// One finding (疑点) before it is written: numbers of rule, point and encounter, the lines, the figures that decided.
struct Finding {
    var rule: Int32
    /// Index into the compiled point ids; -1 without a point.
    var point: Int32
    /// -1 when the finding is about an institution.
    var encounter: Int32
    var institution: UInt32
    /// `.min` without a day.
    var day: Int32
    /// Ten-thousandths; `.min` without a quantity.
    var quantity: Int64
    /// Fen.
    var amount: Int64
    /// Fen; `.min` without a settlement.
    var fund: Int64
    var lines: Range<Int>
    var evidence: Range<Int>
}

/// Findings of a batch: small records over two shared pools.
struct FindingBuffer {
    private(set) var findings: [Finding] = []
    private(set) var lines: [Int32] = []
    private(set) var evidence: [UInt8] = []

    mutating func add(_ finding: Finding, lines own: some Sequence<Int32>, evidence text: String) {
        var finding = finding
        let (start, from) = (lines.count, evidence.count)
        lines.append(contentsOf: own)
        evidence.append(contentsOf: text.utf8)
        finding.lines = start..<lines.count
        finding.evidence = from..<evidence.count
        findings.append(finding)
    }
}

/// Screens one batch: one walk over its lines, each kind of rule looking only at the lines that concern it.
///
/// The hot loop reads an item's attention and a line's flags against what concerns the encounter; whatever meets is
/// noted and handed to the kinds in `Rules/`, which see only noted lines. Pointers are hoisted before the loop: a field
/// of a class read inside costs more than the whole of the rest.
struct Pass {
    let rules: CompiledRules
    let batch: Batch
    let lines: LineColumns
    // The batch's arrays as the pass's own: a class's field would be checked for exclusive access at each reading.
    let persons: [Person]
    let encounters: [Encounter]
    let diagnoses: [UInt32]
    let procedures: [UInt32]
    let settlementFund: [Int64]
    let settlementTotal: [Int64]
    var found = FindingBuffer()
    var undecided: UndecidedCounts
    var institutions: InstitutionSums
    var together: [TogetherVisits] = []

    /// Noted lines of the encounter in hand; room for the longest.
    private let noted: UnsafeMutablePointer<Int32>
    // … and the same by what they are noted for.
    var quantityLines: [Int32] = []
    var pairLines: [Int32] = []
    var surgeryLines: [Int32] = []
    var herbalLines: [Int32] = []
    var prescribedLines: [Int32] = []
    var bedLines: [Int32] = []
    var courseLines: [Int32] = []
    var limitLines: [Int32] = []
    // … and of the person in hand.
    var periodLines: [Int32] = []
    var chainLines: [Int32] = []
    var yearlyLines: [Int32] = []
    /// By drug class: the person in hand and the first substance seen, in one number that grows from person to person.
    private let firstDrug: UnsafeMutablePointer<UInt64>
    /// Classes of which the person in hand had a second substance.
    var drugClassesDoubled: [Int16] = []
    /// Lines of the class in hand.
    var classLines: [Int32] = []
    /// Sums by institution and charge type.
    let chargeSums: UnsafeMutablePointer<Int64>
    /// Sums by item of the day in hand.
    let daySums: UnsafeMutablePointer<Int64>

    init(_ rules: CompiledRules, _ batch: Batch, institutions: Int) {
        self.rules = rules
        self.batch = batch
        lines = batch.lines
        persons = batch.persons
        encounters = batch.encounters
        diagnoses = batch.diagnoses
        procedures = batch.procedures
        settlementFund = batch.settlementFund
        settlementTotal = batch.settlementTotal
        noted = .allocate(capacity: encounters.reduce(1) { max($0, $1.lines.count) })
        undecided = UndecidedCounts(rules: rules.knowledge.rules.count)
        self.institutions = InstitutionSums(count: institutions)
        firstDrug = .allocate(capacity: rules.drugClassCount)
        firstDrug.initialize(repeating: 0, count: rules.drugClassCount)
        chargeSums = .allocate(capacity: institutions * InstitutionSums.charges)
        chargeSums.initialize(repeating: 0, count: institutions * InstitutionSums.charges)
        // Zero pages of the system: most of the items are never summed, and their memory is never touched.
        let sums = calloc(max(1, rules.items.count), MemoryLayout<Int64>.stride)!
        daySums = sums.assumingMemoryBound(to: Int64.self)
    }

    mutating func run() {
        for number in persons.indices {
            let person = persons[number]
            let epoch = UInt64(number + 1) << 16
            var hasStay = false
            for encounter in person.encounters { if screen(encounter: Int(encounter), epoch) { hasStay = true } }
            screen(person: person, hasStay: hasStay)
        }
        institutions.add(byCharge: chargeSums)
        noted.deallocate()
        firstDrug.deallocate()
        chargeSums.deallocate()
        free(daySums)
    }
}

extension Pass {
    /// Answers whether it is a stay.
    private mutating func screen(encounter number: Int, _ epoch: UInt64) -> Bool {
        let encounter = encounters[number]
        let concern = concern(encounter)
        let count = note(encounter, concern.rawValue, epoch)
        if count > 0 {
            sort(UnsafeMutableBufferPointer(start: noted, count: count), encounter, concern)
            screenQuantities(number)
            screenPairs(number)
            screenDiscounts(number)
        }
        screenPrescriptions(number)
        screenLimits(number)
        if encounter.isStay {
            screenStayDates(number)
            screenBeds(number)
            screenHangingBed(number)
            screenCourses(courseLines, stay: number)
        } else if !courseLines.isEmpty {
            chainLines += courseLines
        }
        if encounter.isNotable {
            screenCodes(number)
            screenRecord(encounter: number)
        }
        sum(encounter)
        courseLines.clear()
        return encounter.isStay
    }

    private mutating func screen(person: Person, hasStay: Bool) {
        screenPeriods()
        screenChains()
        screenYearlyCaps()
        screenDrugClasses(person)
        if hasStay {
            screenStays(person)
            screenVisitsDuringStays(person)
        }
        screenDeath(person)
        screenFrequency(person)
        gatherTogether(person)
        periodLines.clear()
        chainLines.clear()
        yearlyLines.clear()
    }

    /// What may be wrong with a line of this encounter at all.
    private func concern(_ encounter: Encounter) -> Attention {
        var concern: Attention = [
            .age, .insurance, .setting, .quantity, .period, .course, .pair, .surgery, .herbalNone, .limit,
        ]
        let sexKnown = encounter.sex != 0 && !encounter.newborn && !encounter.sexUndecided
        if !sexKnown || encounter.sex == 2 { concern.formUnion(.maleOnly) }
        if !sexKnown || encounter.sex == 1 { concern.formUnion(.femaleOnly) }
        if encounter.tier < 3 { concern.formUnion(.tier) }
        if encounter.isStay { concern.formUnion(.bed) }
        if rules.knowledge.capsArea != nil { concern.formUnion(.cap) }
        return concern
    }

    /// The hot loop: notes the lines of the encounter that some kind must look at, and remembers its drugs.
    private mutating func note(_ encounter: Encounter, _ concern: UInt32, _ epoch: UInt64) -> Int {
        let start = Int(encounter.lines.lowerBound)
        let end = Int(encounter.lines.upperBound)
        let (noted, firstDrug) = (noted, firstDrug)
        let flagged = ([.herbal, .late, .amountWrong, .codeMissing, .codeImpossible] as LineFlags).rawValue
        let prescribed = ([.drug, .prescribed] as LineFlags).rawValue
        let item = lines.item
        let flags = lines.flags
        let marks = rules.marks.baseAddress!
        var count = 0
        var drugs = 0
        for line in start..<end {
            let mark = marks[Int(item[line])]
            let flag = flags[line]
            noted[count] = Int32(truncatingIfNeeded: line)
            count += mark.attention & concern | UInt32(flag & flagged) != 0 ? 1 : 0
            drugs += flag & prescribed == prescribed ? 1 : 0
            if mark.drugClass != 0 {
                let own = epoch | UInt64(mark.substance)
                let known = firstDrug[Int(mark.drugClass)]
                if known < epoch {
                    firstDrug[Int(mark.drugClass)] = own
                } else if known != own {
                    noteSecondDrug(Int16(mark.drugClass))
                }
            }
        }
        // Fewer lines than a prescription may have kinds: nothing to count.
        if drugs > rules.parameters.drugKinds, encounter.setting.contains(.outpatient) {
            for line in start..<end where flags[line] & prescribed == prescribed {
                prescribedLines.append(Int32(truncatingIfNeeded: line))
            }
        }
        return count
    }

    private mutating func noteSecondDrug(_ drugClass: Int16) {
        if !drugClassesDoubled.contains(drugClass) { drugClassesDoubled.append(drugClass) }
    }

    /// Hands each noted line to the lists of the kinds it concerns.
    private mutating func sort(
        _ noted: UnsafeMutableBufferPointer<Int32>, _ encounter: Encounter, _ concern: Attention
    ) {
        for line in noted {
            let index = Int(line)
            let profile = rules.items[Int(lines.item[index])]
            let attention = profile.attention.intersection(concern)
            let flags = LineFlags(rawValue: lines.flags[index])
            if attention.rawValue != 0 {
                if !attention.isDisjoint(with: .demographic) { screenLine(index, encounter, profile) }
                if attention.contains(.quantity) { quantityLines.append(line) }
                if attention.contains(.period) { periodLines.append(line) }
                if attention.contains(.course) { courseLines.append(line) }
                if attention.contains(.pair) { pairLines.append(line) }
                if attention.contains(.surgery) { surgeryLines.append(line) }
                if attention.contains(.bed) { bedLines.append(line) }
            }
            if flags.contains(.herbal) { herbalLines.append(line) }
            if !flags.isDisjoint(with: [.amountWrong, .codeMissing, .codeImpossible]) {
                screenRecord(line: index, flags)
            }
            if flags.contains(.late) { screenLate(index) }
        }
    }
}

extension [Int32] {
    /// Most lists are empty most of the time: clearing those costs nothing.
    @inline(__always)
    mutating func clear() { if !isEmpty { removeAll(keepingCapacity: true) } }
}

// MARK: - What every kind asks

extension Pass {
    @inline(__always)
    func demands(of item: UInt32) -> UnsafeBufferPointer<Condition> {
        let profile = rules.items[Int(item)]
        let start = Int(profile.conditionStart)
        return UnsafeBufferPointer(rebasing: rules.conditions[start..<start + Int(profile.conditionCount)])
    }

    /// Whether a rule that looks only at lines in the fund's scope sees this line; notes when nobody can tell.
    mutating func sees(_ line: Int, rule: Int, onlyInScope: Bool) -> Bool {
        if !onlyInScope { return true }
        let flags = LineFlags(rawValue: lines.flags[line])
        if flags.contains(.scopeUnknown) { undecided.add(rule, .scopeUnknown) }
        return flags.contains(.inScope)
    }

    /// The fund's part of an amount by the line's settlement; nil without one.
    func fund(_ amount: Int64, line: Int) -> Int64? {
        let settlement = lines.settlement[line]
        guard settlement >= 0 else { return nil }
        let total = settlementTotal[Int(settlement)]
        let paid = settlementFund[Int(settlement)]
        guard total > 0, paid != .min else { return nil }
        return Rounding.halfUp(amount, times: paid, over: total)
    }

    func fund(of own: some Sequence<Int32>) -> Int64? {
        var sum: Int64?
        for line in own {
            if let part = fund(lines.amount[Int(line)], line: Int(line)) { sum = (sum ?? 0) + part }
        }
        return sum
    }

    func amount(of own: some Sequence<Int32>) -> Int64 { own.reduce(0) { $0 + lines.amount[Int($1)] } }
    func quantity(of own: some Sequence<Int32>) -> Int64 { own.reduce(0) { $0 + lines.quantity[Int($1)] } }

    /// (time, id) order of two lines of one person, across encounters.
    func isEarlier(_ a: Int32, than b: Int32) -> Bool {
        let (a, b) = (Int(a), Int(b))
        if lines.day[a] != lines.day[b] { return lines.day[a] < lines.day[b] }
        if lines.second[a] != lines.second[b] { return lines.second[a] < lines.second[b] }
        return compare(lines.id[a], Int(lines.idCount[a]), lines.id[b], Int(lines.idCount[b])) < 0
    }

    /// A finding whose amount is its lines'.
    mutating func report(
        _ rule: Int, point: Int32 = -1, lines own: [Int32], encounter: Int? = nil, day: Int32? = nil, evidence: String
    ) {
        report(
            rule, point: point, lines: own, encounter: encounter, day: day, quantity: quantity(of: own),
            amount: amount(of: own), fund: fund(of: own), evidence: evidence)
    }

    mutating func report(
        _ rule: Int, point: Int32 = -1, lines own: [Int32], encounter: Int? = nil, day: Int32? = nil,
        quantity: Int64?, amount: Int64, fund: Int64?, evidence: String
    ) {
        let last = own.last.map { Int($0) }
        let encounter = encounter ?? last.map { Int(lines.encounter[$0]) } ?? -1
        found.add(
            Finding(
                rule: Int32(rule), point: point, encounter: Int32(encounter),
                institution: encounter >= 0 ? encounters[encounter].institution : 0,
                day: day ?? last.map { lines.day[$0] } ?? .min, quantity: quantity ?? .min, amount: amount,
                fund: fund ?? .min, lines: 0..<0, evidence: 0..<0), lines: own, evidence: evidence)
    }

    /// A finding about a whole encounter: its fund payment and all its lines.
    mutating func report(_ rule: Int, point: Int32 = -1, encounter: Int, evidence: String) {
        let own = encounters[encounter]
        report(
            rule, point: point, lines: Array(own.lines), encounter: encounter, day: own.beginDay, quantity: nil,
            amount: own.fund == .min ? 0 : own.fund, fund: own.fund == .min ? nil : own.fund, evidence: evidence)
    }
}

/// Figures in evidence sentences.
enum Figures {
    static func quantity(_ value: Int64) -> String { FixedPoint.format(value, decimals: 4, trimming: true) }
    static func price(_ value: Int64) -> String { FixedPoint.format(value, decimals: 6, trimming: true) }
    static func yuan(_ fen: Int64) -> String { FixedPoint.format(fen, decimals: 2) }
    static func day(_ number: Int32) -> String { Day(number: number).description }
    static func percent(_ partsPerMillion: Int64) -> String { Rate(partsPerMillion: partsPerMillion).description }
}
