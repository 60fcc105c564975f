import Basics
import Foundation

/// Makes a batch of one partition: the newest row of each id, without what was cancelled, refunds reduced, sorted.
struct BatchBuilder {
    private let store: PartitionStore
    private let rules: CompiledRules
    let books: CodeBooks
    private let partition: Int
    private let scratch: BatchScratch
    private var batch = Batch()
    /// Encounter by (id, person): its number, or a negative mark.
    private var encounterIndex = HashIndex(capacity: 0)
    private var settlementIndex = HashIndex(capacity: 0)
    /// Settlements that take part, by their number.
    private(set) var ownSettlements: [(fund: Int64, total: Int64)] = []

    /// An encounter that was invalid or of which all settlements were cancelled; a settlement that was cancelled.
    static let leftOut: Int32 = -2
    /// A settlement that was invalidated: as if the extract did not have it.
    static let unknown: Int32 = -3

    init(
        _ store: PartitionStore, _ rules: CompiledRules, _ books: CodeBooks, _ scratch: BatchScratch, partition: Int
    ) {
        self.store = store
        self.scratch = scratch
        self.rules = rules
        self.books = books
        self.partition = partition
        batch.undecided = UndecidedCounts(rules: rules.knowledge.rules.count)
    }

    mutating func build() throws -> Batch {
        defer {
            encounterIndex.deallocate()
            settlementIndex.deallocate()
        }
        try addEncounters()
        try addCodes(.diagnoses)
        try addCodes(.procedures)
        try addLines()
        return batch
    }
}

// MARK: - Encounters

extension BatchBuilder {
    private struct Candidate {
        var record: EncounterRecord
        var fund: Int64 = 0
        var total: Int64 = 0
        var settled = 0
        var cancelled = 0
    }

    private mutating func addEncounters() throws {
        let bytes = try store.take(table: .encounters, partition: partition)
        var candidates: [Candidate] = []
        candidates.reserveCapacity(bytes.count / 40)
        for chunk in bytes.chunks {
            var place = chunk.baseAddress!
            let end = place + chunk.count
            while place < end { candidates.append(Candidate(record: EncounterRecord(unpacking: &place))) }
        }
        candidates = try newest(candidates)
        try addSettlements(&candidates)
        let order = candidates.indices.filter { number in
            let candidate = candidates[number]
            return candidate.record.valid && !(candidate.settled == 0 && candidate.cancelled > 0)
        }.sorted { precedes(candidates[$0], candidates[$1]) }
        for (number, candidate) in order.enumerated() { append(candidates[candidate], number: number) }
        // Candidates point into the bytes: they live until here.
        withExtendedLifetime(bytes) {}
        for candidate in candidates {
            let key = HashIndex.key(candidate.record.encounter, of: candidate.record.person)
            if encounterIndex[key] == nil { encounterIndex.set(key, BatchBuilder.leftOut) }
        }
    }

    /// Of several rows with one id, the one updated last.
    private mutating func newest(_ all: [Candidate]) throws -> [Candidate] {
        encounterIndex.deallocate()
        encounterIndex = HashIndex(capacity: all.count)
        let seen = HashIndex(capacity: all.count)
        defer { seen.deallocate() }
        var kept: [Candidate] = []
        for candidate in all {
            let key = HashIndex.key(candidate.record.encounter, of: candidate.record.person)
            guard let old = seen[key] else {
                seen.set(key, Int32(kept.count))
                kept.append(candidate)
                continue
            }
            guard sameID(kept[Int(old)], candidate) else {
                throw BatchBuilder.alike(kept[Int(old)], candidate)
            }
            if isNewer(candidate.record, than: kept[Int(old)].record) { kept[Int(old)] = candidate }
        }
        return kept
    }

    private func sameID(_ a: Candidate, _ b: Candidate) -> Bool { compare(a.record.id, b.record.id) == 0 }

    /// Two ids of one hash (one in many million million): the extract can be screened in two parts.
    private static func alike(_ a: Candidate, _ b: Candidate) -> Problems {
        let ids = [a, b].map { String(decoding: $0.record.id, as: UTF8.self) }.sorted()
        return Problems(
            Problem(
                "screening.hash", field: "mdtrt_id",
                "就诊号“\(ids[0])”与“\(ids[1])”无法区分,请把就诊“\(ids[1])”在各表中的行移到另一个数据文件夹,分两次运行"))
    }

    /// Person by bytes, then (begin, id).
    private func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
        if a.record.person != b.record.person {
            let order = compare(a.record.personID, b.record.personID)
            if order != 0 { return order < 0 }
        }
        if a.record.begin != b.record.begin { return a.record.begin < b.record.begin }
        return compare(a.record.id, b.record.id) < 0
    }

    private mutating func append(_ candidate: Candidate, number: Int) {
        let record = candidate.record
        let personID = record.personID
        let isNew = batch.persons.last.map { !batch.id(of: $0).elementsEqual(personID) } ?? true
        if isNew {
            var person = Person()
            person.encounters = Int32(number)..<Int32(number)
            person.idStart = Int32(batch.ids.count)
            person.idCount = Int32(personID.count)
            batch.ids.append(contentsOf: personID)
            batch.persons.append(person)
        }
        let last = batch.persons.count - 1
        batch.persons[last].encounters = batch.persons[last].encounters.lowerBound..<Int32(number + 1)
        if record.death != .min, batch.persons[last].death == .min || record.death < batch.persons[last].death {
            batch.persons[last].death = record.death
        }
        var encounter = Encounter()
        encounter.person = Int32(last)
        encounter.begin = record.begin
        encounter.beginDay = day(record.begin)
        encounter.endDay = record.end == .min ? .min : day(record.end)
        encounter.endBeforeBegin = record.endBeforeBegin
        encounter.birth = record.birth
        encounter.isNotable =
            encounter.endBeforeBegin || record.sexImpossible
            || record.birth != .min && record.birth > encounter.beginDay
        encounter.sex = record.sex
        encounter.sexImpossible = record.sexImpossible
        encounter.newborn = record.newborn
        encounter.setting = rules.settings[Int(record.medType)]
        encounter.tier = rules.tierOf[Int(record.tier)]
        encounter.capTier = record.capTier == 0 ? encounter.tier : rules.tierOf[Int(record.capTier)]
        encounter.insurance = rules.insuranceOf[Int(record.insurance)]
        encounter.institution = record.institution
        encounter.mainDiagnosis = record.mainDiagnosis
        encounter.mainProcedure = record.procedure
        encounter.fund = candidate.settled > 0 ? candidate.fund : .min
        encounter.idStart = Int32(batch.ids.count)
        encounter.idCount = Int32(record.idLength)
        batch.ids.append(contentsOf: record.id)
        batch.encounters.append(encounter)
        batch.settlementFund.append(encounter.fund)
        batch.settlementTotal.append(candidate.settled > 0 ? candidate.total : 0)
        encounterIndex.set(HashIndex.key(record.encounter, of: record.person), Int32(number))
    }

    private func day(_ seconds: Int64) -> Int32 { Moment(seconds: seconds).day.number }
}

// MARK: - Settlements

extension BatchBuilder {
    /// Sums what is left of each encounter's settlements, and remembers which are cancelled.
    /// Kept settlements are numbered after the encounters' own sums, cancelled ones marked.
    private mutating func addSettlements(_ candidates: inout [Candidate]) throws {
        let bytes = try store.take(table: .settlements, partition: partition)
        settlementIndex.deallocate()
        let records = newestSettlements(bytes)
        // Records point into the bytes while they are compared.
        defer { withExtendedLifetime(bytes) {} }
        var cancelled = Array(repeating: false, count: records.count)
        for (number, record) in records.enumerated() where record.valid {
            if record.refunded { cancelled[number] = true }
            if record.initial != 0, let named = settlementIndex[HashIndex.key(record.initial, of: record.person)] {
                cancelled[Int(named)] = true
            }
        }
        let encounters = HashIndex(capacity: candidates.count)
        defer { encounters.deallocate() }
        for (number, candidate) in candidates.enumerated() {
            encounters.set(HashIndex.key(candidate.record.encounter, of: candidate.record.person), Int32(number))
        }
        for (number, record) in records.enumerated() {
            let key = HashIndex.key(record.settlement, of: record.person)
            let encounter = encounters[HashIndex.key(record.encounter, of: record.person)]
            guard record.valid else {
                settlementIndex.set(key, BatchBuilder.unknown)
                continue
            }
            guard !cancelled[number] else {
                settlementIndex.set(key, BatchBuilder.leftOut)
                if let encounter { candidates[Int(encounter)].cancelled += 1 }
                continue
            }
            if let encounter {
                candidates[Int(encounter)].fund += record.fund
                candidates[Int(encounter)].total += record.total
                candidates[Int(encounter)].settled += 1
            }
            settlementIndex.set(key, Int32(ownSettlements.count))
            ownSettlements.append((record.fund, record.total))
        }
    }

    /// The newest row of each settlement, numbered in `settlementIndex`.
    private mutating func newestSettlements(_ bytes: PartitionBytes) -> [SettlementRecord] {
        var rows: [SettlementRecord] = []
        rows.reserveCapacity(bytes.count / 40)
        for chunk in bytes.chunks {
            var place = chunk.baseAddress!
            let end = place + chunk.count
            while place < end { rows.append(SettlementRecord(unpacking: &place)) }
        }
        settlementIndex = HashIndex(capacity: rows.count)
        var kept = 0
        for number in rows.indices {
            let row = rows[number]
            let key = HashIndex.key(row.settlement, of: row.person)
            if let old = settlementIndex.find(key, orSet: Int32(kept)) {
                if isNewer(row, than: rows[Int(old)]) { rows[Int(old)] = row }
            } else {
                rows[kept] = row
                kept += 1
            }
        }
        rows.removeLast(rows.count - kept)
        return rows
    }

    /// Diagnoses or procedures by encounter, in order of code, each once; the main one beside.
    private mutating func addCodes(_ table: ExtractTable) throws {
        let bytes = try store.take(table: table, partition: partition)
        let isDiagnoses = table == .diagnoses
        let profiles = isDiagnoses ? rules.diagnoses : rules.procedures
        var rows: [(encounter: Int32, rank: Int32, code: UInt32, main: Bool)] = []
        bytes.each(DiagnosisRecord.self) { record in
            guard let encounter = encounterIndex[HashIndex.key(record.encounter, of: record.person)], encounter >= 0
            else { return }
            rows.append((encounter, profiles[Int(record.code)].rank, record.code, record.main))
        }
        for (number, encounter) in batch.encounters.enumerated() {
            let own = isDiagnoses ? encounter.mainDiagnosis : encounter.mainProcedure
            if own != 0 { rows.append((Int32(number), profiles[Int(own)].rank, own, false)) }
        }
        rows.sort { ($0.encounter, $0.rank, $0.main ? 0 : 1) < ($1.encounter, $1.rank, $1.main ? 0 : 1) }
        var codes: [UInt32] = []
        var position = 0
        for number in batch.encounters.indices {
            let start = codes.count
            var main: UInt32 = 0
            while position < rows.count, rows[position].encounter == Int32(number) {
                let row = rows[position]
                if row.main, main == 0 { main = row.code }
                if codes.count == start || codes.last != row.code { codes.append(row.code) }
                position += 1
            }
            let range = Int32(start)..<Int32(codes.count)
            let isNotable = codes[start...].contains { profiles[Int($0)].ranges != 0 || profiles[Int($0)].impossible }
            if isNotable { batch.encounters[number].isNotable = true }
            if isDiagnoses {
                batch.encounters[number].diagnoses = range
                if main != 0 { batch.encounters[number].mainDiagnosis = main }
                batch.encounters[number].sexUndecided = codes[start...].contains { profiles[Int($0)].sexUndecided }
            } else {
                batch.encounters[number].procedures = range
                if main != 0 { batch.encounters[number].mainProcedure = main }
            }
        }
        if isDiagnoses { batch.diagnoses = codes } else { batch.procedures = codes }
    }
}

// MARK: - Lines

extension BatchBuilder {
    private mutating func addLines() throws {
        let bytes = try store.take(table: .lines, partition: partition)
        batch.lineBytes = bytes
        scratch.unpack(bytes)
        keepNewest()
        place()
        fill()
    }

    /// Of the rows of one id the newest stays, where the first of them was read.
    private mutating func keepNewest() {
        let records = scratch.records
        let seen = HashIndex(capacity: scratch.count)
        defer { seen.deallocate() }
        for number in 0..<scratch.count {
            let hash = Hashing.hash(records[number].id, Int(records[number].idLength))
            let key = HashIndex.key(hash, of: records[number].person)
            guard let old = seen.find(key, orSet: Int32(truncatingIfNeeded: number)) else { continue }
            batch.dropped.doubled += 1
            if isNewer(records[number], than: records[Int(old)]) { records[Int(old)] = records[number] }
            scratch.encounters[number] = BatchScratch.superseded
        }
    }

    /// Puts the lines that take part in order of their encounters (a counting sort).
    private mutating func place() {
        var starts = Array(repeating: Int32(0), count: batch.encounters.count + 1)
        let (records, encounters) = (scratch.records, scratch.encounters)
        var last = LastLookup()
        for number in 0..<scratch.count where encounters[number] != BatchScratch.superseded {
            let encounter = encounter(of: records + number, &last) ?? BatchScratch.unplaced
            encounters[number] = encounter
            if encounter >= 0 { starts[Int(encounter) + 1] += 1 }
        }
        for number in batch.encounters.indices { starts[number + 1] += starts[number] }
        scratch.starts = starts
        let sorted = scratch.sorted
        starts.withUnsafeMutableBufferPointer { next in
            for number in 0..<scratch.count where encounters[number] >= 0 {
                let encounter = Int(encounters[number])
                sorted[Int(next[encounter])] = SortedLine(records + number)
                next[encounter] += 1
            }
        }
    }

    /// The number of a line's encounter, a mark when it is left out, nil when the extract has none.
    func encounterNumber(of line: LineRecord) -> Int32? {
        encounterIndex[HashIndex.key(line.encounter, of: line.person)]
    }

    /// The same of the settlement that it names.
    func settlementNumber(of line: LineRecord) -> Int32? {
        settlementIndex[HashIndex.key(line.settlement, of: line.person)]
    }

    /// Lines of one encounter mostly follow one another: what was looked up for the last one serves the next.
    private struct LastLookup {
        var person: UInt64 = 0
        var encounter: UInt64 = 0
        var settlement: UInt64 = 0
        var number: Int32?
        var isCancelled = false
    }

    /// The encounter of a line by number, nil when the extract has none, and whether its settlement was cancelled.
    @inline(__always)
    private func look(_ record: UnsafePointer<LineRecord>, _ last: inout LastLookup) {
        let (person, encounter) = (record.pointee.person, record.pointee.encounter)
        let settlement = record.pointee.settlement
        if person == last.person, encounter == last.encounter, settlement == last.settlement { return }
        last = LastLookup(
            person: person, encounter: encounter, settlement: settlement,
            number: encounterIndex[HashIndex.key(encounter, of: person)],
            isCancelled: settlement != 0
                && settlementIndex[HashIndex.key(settlement, of: person)] == BatchBuilder.leftOut)
    }

    /// The encounter of a line that takes part; nil when it is left out or cannot be placed.
    @inline(__always)
    private mutating func encounter(of record: UnsafePointer<LineRecord>, _ last: inout LastLookup) -> Int32? {
        guard record.pointee.valid else {
            batch.dropped.invalid += 1
            return nil
        }
        look(record, &last)
        if last.isCancelled || last.number == BatchBuilder.leftOut {
            batch.dropped.cancelled += 1
            return nil
        }
        guard let encounter = last.number else {
            batch.undecided.addToExtract(.encounterMissing)
            return nil
        }
        if record.pointee.quantity == 0 {
            batch.undecided.addToExtract(.quantityZero)
            return nil
        }
        return encounter
    }

    private mutating func fill() {
        let (sorted, starts) = (scratch.sorted, scratch.starts)
        let columns = LineColumns(count: Int(starts[batch.encounters.count]))
        batch.lines = columns
        let base = batch.encounters.count
        for own in ownSettlements {
            batch.settlementFund.append(own.fund)
            batch.settlementTotal.append(own.total)
        }
        var written = 0
        var untimed = 0
        var unknownCharges = 0
        var longest = 0
        for number in batch.encounters.indices {
            let range = UnsafeMutableBufferPointer(
                start: sorted + Int(starts[number]), count: Int(starts[number + 1] - starts[number]))
            sort(range)
            let left =
                range.contains { $0.record.pointee.quantity < 0 }
                ? Refunds.reduce(range.map(\.record)) : nil
            if let left { batch.undecided.addToExtract(.refundUnmatched, left.unmatched) }
            let first = written
            // Lines of an encounter mostly name one settlement: it is looked up once.
            var named: UInt64?
            var own: Int32 = -1
            for (position, line) in range.enumerated() {
                let record = line.record.pointee
                if record.settlement != named {
                    named = record.settlement
                    own = settlement(of: record, encounter: number, base: base)
                }
                let quantity = left?.quantities[position] ?? record.quantity
                if quantity <= 0 {
                    batch.dropped.refunded += 1
                    continue
                }
                columns.item[written] = record.item
                columns.day[written] = record.day
                columns.second[written] = record.second
                columns.flags[written] = record.flags.rawValue
                columns.quantity[written] = quantity
                columns.price[written] = record.price
                columns.amount[written] =
                    quantity == record.quantity
                    ? record.amount : Rounding.halfUp(record.amount, times: quantity, over: record.quantity)
                columns.prescription[written] = record.prescription
                columns.settlement[written] = own
                columns.encounter[written] = Int32(number)
                columns.doctor[written] = record.doctor
                columns.department[written] = record.department
                columns.days[written] = record.days
                columns.herb[written] = record.herb
                columns.charge[written] = record.charge
                columns.id[written] = record.id
                columns.idCount[written] = record.idLength
                untimed += record.flags.contains(.lateUnknown) ? 1 : 0
                unknownCharges += record.charge == 0 ? 1 : 0
                written += 1
            }
            batch.encounters[number].lines = Int32(first)..<Int32(written)
            longest = max(longest, written - first)
        }
        batch.dropped.kept = written
        batch.longest = longest
        batch.unknownCharges = unknownCharges
        if untimed > 0, let rule = rules.ruleOf.lateUpload { batch.undecided.add(rule, .uploadTimeMissing, untimed) }
    }

    /// A line's own settlement, else its encounter's together; -1 when it names one that is not in the extract.
    private func settlement(of record: LineRecord, encounter: Int, base: Int) -> Int32 {
        if record.settlement == 0 { return batch.encounters[encounter].fund == .min ? -1 : Int32(encounter) }
        guard let own = settlementIndex[HashIndex.key(record.settlement, of: record.person)], own >= 0 else {
            return -1
        }
        return Int32(base) + own
    }

    private func sort(_ range: UnsafeMutableBufferPointer<SortedLine>) {
        if range.count > 24 {
            var all = range
            return all.sort(by: SortedLine.precedes)
        }
        var index = 1
        while index < range.count {
            let moving = range[index]
            var place = index
            while place > 0, SortedLine.precedes(moving, range[place - 1]) {
                range[place] = range[place - 1]
                place -= 1
            }
            range[place] = moving
            index += 1
        }
    }
}

/// Order of two byte strings; shorter first when one begins the other.
@inline(__always)
func compare(_ a: UnsafePointer<UInt8>, _ countA: Int, _ b: UnsafePointer<UInt8>, _ countB: Int) -> Int {
    let order = Int(memcmp(a, b, min(countA, countB)))
    return order != 0 ? order : countA - countB
}

@inline(__always)
func compare(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    compare(a.baseAddress!, a.count, b.baseAddress!, b.count)
}
