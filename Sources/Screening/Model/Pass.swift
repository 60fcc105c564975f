import Basics

/// Screens batches: one walk over their lines, each kind of rule looking only at the lines that concern it.
///
/// The hot loop reads an item's mark and a line's flags against what concerns the encounter; whatever meets is
/// noted and handed to the kinds in `Rules/`, which see only noted lines. One pass serves all batches of a thread: its
/// lists keep their memory, so that a person costs no allocation. Pointers are hoisted before the loop: a field of a
/// class read inside costs more than the whole of the rest.
struct Pass {
    let rules: CompiledRules
    private let scratch: PassScratch
    // The scratch's memory, hoisted: reading a variable of a class is checked each time.
    private var noted: UnsafeMutablePointer<Int32>
    let firstDrug: UnsafeMutablePointer<UInt64>
    let chargeSums: UnsafeMutablePointer<Int64>
    let daySums: UnsafeMutablePointer<Int64>
    private let nothing = Batch()
    private(set) var batch: Batch
    private(set) var lines: LineColumns
    // The batch's arrays as the pass's own, one step away instead of two.
    private(set) var persons: [Person] = []
    private(set) var encounters: [Encounter] = []
    private(set) var diagnoses: [UInt32] = []
    private(set) var procedures: [UInt32] = []
    private var settlementFund: [Int64] = []
    private var settlementTotal: [Int64] = []
    private(set) var found = FindingBuffer()
    var undecided: UndecidedCounts
    /// Sums of all the pass's batches.
    var institutions: InstitutionSums
    var together: [TogetherVisits] = []
    /// What concerns every encounter, whoever the person.
    private let commonConcern: Attention

    // Noted lines of the encounter in hand by what they are noted for.
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
    /// The person's stays, by number of encounter.
    var stays: [Int32] = []
    /// Whether the person in hand had two substances of one class, and the lines of such classes.
    var hasSecondDrug = false
    var classLines: [Int32] = []

    init(_ rules: CompiledRules, institutions count: Int) {
        self.rules = rules
        (batch, lines) = (nothing, nothing.lines)
        scratch = PassScratch(rules, institutions: count)
        noted = scratch.begin(longest: 0)
        (firstDrug, chargeSums, daySums) = (scratch.firstDrug, scratch.chargeSums, scratch.daySums)
        undecided = UndecidedCounts(rules: rules.knowledge.rules.count)
        institutions = InstitutionSums(count: count)
        var concern: Attention = [
            .age, .insurance, .setting, .quantity, .period, .course, .pair, .surgery, .herbalNone, .limit,
        ]
        if rules.knowledge.capsArea != nil { concern.formUnion(.cap) }
        commonConcern = concern
    }

    /// Screens one batch; `found` and `together` are its own afterwards.
    mutating func run(_ batch: Batch) {
        take(batch)
        for number in persons.indices {
            let person = persons[number]
            let epoch = UInt64(number + 1) << 16
            for encounter in person.encounters { screen(encounter: Int(encounter), epoch) }
            screen(person: person, epoch)
        }
        forget()
    }

    private mutating func take(_ batch: Batch) {
        self.batch = batch
        lines = batch.lines
        persons = batch.persons
        encounters = batch.encounters
        diagnoses = batch.diagnoses
        procedures = batch.procedures
        settlementFund = batch.settlementFund
        settlementTotal = batch.settlementTotal
        noted = scratch.begin(longest: batch.longest)
        institutions.addUnknownCharges(batch.unknownCharges)
        found.clear()
        together.removeAll(keepingCapacity: true)
    }

    /// Holds the batch no longer than its screening: who built it gives it back.
    private mutating func forget() {
        batch = nothing
        lines = nothing.lines
        persons = []
        encounters = []
        diagnoses = []
        procedures = []
        settlementFund = []
        settlementTotal = []
    }

    /// The sums of all batches, complete.
    mutating func finish() { institutions.add(chargeSums) }
}

extension Pass {
    private mutating func screen(encounter number: Int, _ epoch: UInt64) {
        let concern = concern(number)
        let count = note(number, concern.rawValue, epoch)
        if count > 0 {
            sort(UnsafeMutableBufferPointer(start: noted, count: count), number, concern)
            if !quantityLines.isEmpty { screenQuantities(number) }
            if pairLines.count > 1 { screenPairs(number) }
            if surgeryLines.count > 1 { screenDiscounts(number) }
            if !herbalLines.isEmpty { screenHerbs(number) }
        }
        if !prescribedLines.isEmpty { screenDrugKinds() }
        if rules.hasLimits { screenLimits(number) }
        if encounters[number].isStay {
            screenStay(number)
        } else if !courseLines.isEmpty {
            chainLines += courseLines
        }
        if encounters[number].isNotable {
            screenCodes(number)
            screenRecord(encounter: number)
        }
        if count > 0 { clearNoted() }
    }

    private mutating func screenStay(_ number: Int) {
        stays.append(Int32(truncatingIfNeeded: number))
        screenStayDates(number)
        if !bedLines.isEmpty { screenBeds(number) }
        screenHangingBed(number)
        if !courseLines.isEmpty { screenCourses(courseLines, stay: number) }
    }

    private mutating func clearNoted() {
        quantityLines.clear()
        pairLines.clear()
        surgeryLines.clear()
        herbalLines.clear()
        bedLines.clear()
        courseLines.clear()
    }

    private mutating func screen(person: Person, _ epoch: UInt64) {
        if !periodLines.isEmpty { screenPeriods() }
        if !chainLines.isEmpty { screenChains() }
        if !yearlyLines.isEmpty { screenYearlyCaps() }
        if hasSecondDrug { screenDrugClasses(person, epoch) }
        if !stays.isEmpty {
            screenStays()
            if person.encounters.count > stays.count { screenVisitsDuringStays(person) }
        }
        if person.death != .min { screenDeath(person) }
        if person.encounters.count > rules.leastFrequency { screenFrequency(person) }
        if person.encounters.count >= rules.parameters.togetherDays { gatherTogether(person) }
        periodLines.clear()
        chainLines.clear()
        yearlyLines.clear()
        stays.clear()
    }

    /// What may be wrong with a line of this encounter at all.
    @inline(__always)
    private func concern(_ number: Int) -> Attention {
        let encounter = encounters[number]
        var concern = commonConcern
        let sexKnown = encounter.sex != 0 && !encounter.newborn && !encounter.sexUndecided
        if !sexKnown || encounter.sex == 2 { concern.formUnion(.maleOnly) }
        if !sexKnown || encounter.sex == 1 { concern.formUnion(.femaleOnly) }
        if encounter.tier < 3 { concern.formUnion(.tier) }
        if encounter.isStay { concern.formUnion(.bed) }
        return concern
    }

    /// The hot loop: notes the lines of the encounter that some kind must look at, remembers its drugs and adds its
    /// amounts to the institution's. It has no branch that depends on the line but for what is rare: a mixture of drugs
    /// and services would mispredict at every other line.
    private mutating func note(_ number: Int, _ concern: UInt32, _ epoch: UInt64) -> Int {
        let own = encounters[number].lines
        let (noted, firstDrug) = (noted, firstDrug)
        let flagged = ([.herbal, .late, .amountWrong, .codeMissing, .codeImpossible] as LineFlags).rawValue
        let prescribed = ([.drug, .prescribed] as LineFlags).rawValue
        let (item, flags, charges, amounts) = (lines.item, lines.flags, lines.charge, lines.amount)
        let marks = rules.marks.baseAddress!
        let sums = chargeSums + Int(encounters[number].institution) * InstitutionSums.places
        var count = 0
        var drugs = 0
        var secondDrug = false
        var line = Int(own.lowerBound)
        let end = Int(own.upperBound)
        // A range would check its bounds again at each line.
        while line < end {
            let mark = marks[Int(item[line])]
            let flag = flags[line]
            noted[count] = Int32(truncatingIfNeeded: line)
            count &+= mark.attention & concern | UInt32(flag & flagged) != 0 ? 1 : 0
            drugs &+= flag & prescribed == prescribed ? 1 : 0
            sums[InstitutionSums.place(charges[line], mark.attention)] += amounts[line]
            // Items of no class share place 0 and name no substance: they never differ from one another.
            let substance = epoch | UInt64(mark.substance)
            let known = firstDrug[Int(mark.drugClass)]
            firstDrug[Int(mark.drugClass)] = max(known, substance)
            if known >= epoch, known != substance {
                firstDrug[Int(mark.drugClass)] = epoch | PassScratch.doubled
                secondDrug = true
            }
            line &+= 1
        }
        if secondDrug { hasSecondDrug = true }
        if drugs > rules.parameters.drugKinds { notePrescribed(number, prescribed) }
        institutions.see(encounters[number].institution, tier: encounters[number].tier)
        return count
    }

    /// Lines of drugs with a prescription number; fewer than a prescription may have kinds are not even noted.
    private mutating func notePrescribed(_ number: Int, _ prescribed: UInt16) {
        guard encounters[number].setting.contains(.outpatient) else { return }
        for line in encounters[number].lines where lines.flags[Int(line)] & prescribed == prescribed {
            prescribedLines.append(line)
        }
    }

    /// Hands each noted line to the lists of the kinds it concerns.
    private mutating func sort(_ noted: UnsafeMutableBufferPointer<Int32>, _ number: Int, _ concern: Attention) {
        let (marks, leastCaps) = (rules.marks.baseAddress!, rules.leastCaps.baseAddress!)
        let (items, flags, prices) = (lines.item, lines.flags, lines.price)
        let capTier = encounters[number].capTier
        for line in noted {
            let index = Int(line)
            let item = Int(items[index])
            let attention = Attention(rawValue: marks[item].attention).intersection(concern)
            if attention.rawValue != 0 {
                if !attention.isDisjoint(with: .demographic) { screenLine(index, number) }
                // Most prices lie below the least cap that the item has for any tier and time.
                if attention.contains(.cap), prices[index] > leastCaps[item] || capTier <= 0 {
                    screenCap(index, number)
                }
                if attention.contains(.quantity) { quantityLines.append(line) }
                if attention.contains(.period) { periodLines.append(line) }
                if attention.contains(.course) { courseLines.append(line) }
                if attention.contains(.pair) { pairLines.append(line) }
                if attention.contains(.surgery) { surgeryLines.append(line) }
                if attention.contains(.bed) { bedLines.append(line) }
            }
            let flag = LineFlags(rawValue: flags[index])
            if flag.contains(.herbal) { herbalLines.append(line) }
            if !flag.isDisjoint(with: [.amountWrong, .codeMissing, .codeImpossible]) {
                screenRecord(line: index, flag)
            }
            if flag.contains(.late) { screenLate(index) }
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
