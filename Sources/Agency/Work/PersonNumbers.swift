import Basics
import Benefits
import Enrolment
import Settlement
import Storage

/// One human being under several numbers (重复人员合并): bills, filings and rulings stay under the number they were
/// written under, and count for every number of the person.
extension Work {
    /// Whether two numbers are one human being's.
    func isSame(_ person: ID<Person>, as other: ID<Person>) throws -> Bool {
        try person == other || numbers(of: person).contains(other)
    }

    /// All numbers of a person, the one that counts first.
    func numbers(of person: ID<Person>) throws -> [ID<Person>] {
        if let known = knownNumbers[person] { return known }
        let numbers = try Enrolment.identities(tx, area: area, of: person)
        knownNumbers[person] = numbers
        return numbers
    }

    /// The number whose personal account is drawn on: the one that counts.
    func accountHolder(of person: ID<Person>) throws -> ID<Person> { try numbers(of: person)[0] }

    /// The filings that stand under any of some numbers, newest first.
    func filings(
        of numbers: [ID<Person>], kind: FilingKind? = nil, on day: Day? = nil
    ) throws -> [FilingRecord] {
        let all = try numbers.flatMap { try SettlementDesk.filings(of: $0, area, kind: kind, on: day, tx) }
        return numbers.count == 1
            ? all : all.sorted { ($0.period.first, $0.id) > ($1.period.first, $1.id) }
    }

    /// The rulings of a kind that stand under any number of a person, newest first.
    func rulings(of person: ID<Person>, _ kind: RulingRecord.Kind) throws -> [RulingRecord] {
        try numbers(of: person).flatMap { try SettlementDesk.rulings(tx, area: area, of: $0, kind) }
            .sorted { ($0.period.first, $0.id) > ($1.period.first, $1.id) }
    }

    // MARK: The year

    /// What a person has used of a year under some numbers, and the settlements up to which that is.
    func used(
        under numbers: [ID<Person>], _ insurance: Insurance, year: Int64
    ) throws -> (figures: YearToDate, last: [ID<SettlementRecord>]) {
        var figures = YearToDate()
        var last: [ID<SettlementRecord>] = []
        for number in numbers {
            guard let totals = try SettlementDesk.accumulator(area, number, insurance, year: year, tx) else { continue }
            figures = figures + (try YearToDate(encoded: totals.totals))
            last.append(totals.lastSettlement)
        }
        return (figures, last)
    }

    /// What the year had seen when a settlement was computed: under its own number and under the others.
    func soFar(of row: SettlementRow) throws -> YearToDate {
        var seen = try YearToDate(encoded: row.before)
        for other in try seenElsewhere(by: row) { seen = seen + (try YearToDate(encoded: other.after)) }
        return seen
    }

    /// The settlements under other numbers that a settlement went on from.
    func seenElsewhere(by row: SettlementRow) throws -> [SettlementRow] {
        try row.elsewhere.map { id in
            guard let other = try SettlementDesk.settlement(area, id, tx) else {
                throw StoreError.damaged("settlement.elsewhere \(row.id)")
            }
            return other
        }
    }
}

/// A person's year under all his numbers: the chain of each, in which settlements name those of the others that they
/// went on from.
struct PersonYear {
    private let chains: [[SettlementRow]]
    /// In which chain a settlement stands, and where.
    private let places: [ID<SettlementRecord>: (chain: Int, index: Int)]

    init(
        of numbers: [ID<Person>], _ area: AreaCode, _ insurance: Insurance, year: Int64, _ tx: any Transaction
    ) throws {
        chains = try numbers.map { try SettlementDesk.yearChain(of: $0, area, insurance, year: year, tx) }
        var places: [ID<SettlementRecord>: (chain: Int, index: Int)] = [:]
        for (number, chain) in chains.enumerated() {
            for (index, row) in chain.enumerated() { places[row.id] = (number, index) }
        }
        self.places = places
    }

    var rows: some Sequence<SettlementRow> { chains.joined() }

    /// The settlements that were not taken back.
    var standing: [SettlementRow] {
        let reversed = Set(rows.compactMap { $0.kind == .reversal ? $0.original : nil })
        return rows.filter { $0.kind != .reversal && !reversed.contains($0.id) }
    }

    /// A settlement and those after it that stand and went on from it, each after all that it went on from.
    func standing(from original: SettlementRow) throws -> [SettlementRow] {
        guard let origin = places[original.id] else {
            throw StoreError.damaged("settlement.previous_id \(original.id)")
        }
        let reversed = Set(rows.compactMap { $0.kind == .reversal ? $0.original : nil })
        var waiting = chains.enumerated().map { number, chain in
            chain.enumerated().filter { index, row in
                row.kind != .reversal && !reversed.contains(row.id)
                    && (number == origin.chain
                        ? index >= origin.index
                        : row.elsewhere.contains { reaches($0, chain: origin.chain, index: origin.index) })
            }[...]
        }
        guard waiting[origin.chain].first?.element.id == original.id else {
            throw StoreError.damaged("settlement.previous_id \(original.id)")
        }
        var ordered: [SettlementRow] = []
        // The first of a chain goes next once it saw nothing of what still waits in another.
        while let next = waiting.indices.first(where: { chain in
            guard let row = waiting[chain].first?.element else { return false }
            return !waiting.enumerated().contains { other, rows in
                guard other != chain, let first = rows.first else { return false }
                return row.elsewhere.contains { reaches($0, chain: other, index: first.offset) }
            }
        }) {
            ordered.append(waiting[next].removeFirst().element)
        }
        guard waiting.allSatisfy(\.isEmpty) else { throw StoreError.damaged("settlement.elsewhere \(original.id)") }
        return ordered
    }

    /// Whether a settlement stands in a chain at a place or after it.
    private func reaches(_ id: ID<SettlementRecord>, chain: Int, index: Int) -> Bool {
        guard let place = places[id] else { return false }
        return place.chain == chain && place.index >= index
    }
}
