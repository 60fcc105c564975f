import Agency
import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// Families that share an account (家庭共济): those of every other household come to the accounts desk in the agency's
/// first weeks, as many a working day.
struct Families: Sendable {
    private struct Pair: Sendable {
        let owner: Int
        let beneficiary: Int
        let relation: FamilyRelation
    }

    private let work: DeskWork
    private let county: County
    private let register: CountyRegister
    /// Who comes on which day.
    private let pairs: [Day: [Pair]]

    /// So many calendar days from the first on the desk is open to them.
    private static let openDays = 42

    init(_ work: DeskWork, county: County, register: CountyRegister, calendar: WorkCalendar) throws {
        self.work = work
        self.county = county
        self.register = register
        let days = try (1...Self.openDays).map { county.first + $0 }.filter { day in
            try calendar.years.contains(day.year) && calendar.isWorkingDay(day)
        }
        var pairs: [Day: [Pair]] = [:]
        for (number, pair) in Self.pairs(of: county).enumerated() where !days.isEmpty {
            pairs[days[number % days.count], default: []].append(pair)
        }
        self.pairs = pairs
    }

    /// The first of a household who has an account lets those without one use it.
    private static func pairs(of county: County) -> [Pair] {
        var pairs: [Pair] = []
        var owner: Int?
        for (index, resident) in county.residents.enumerated() where resident.household % 2 == 0 {
            if let known = owner, county.residents[known].household != resident.household { owner = nil }
            if owner == nil, resident.openingBalance > .zero { owner = index }
            guard let owner, owner != index, resident.openingBalance == .zero, resident.enrolled < county.first
            else { continue }
            let relation = resident.relation(to: county.residents[owner])
            if relation != .otherRelative { pairs.append(Pair(owner: owner, beneficiary: index, relation: relation)) }
        }
        return pairs
    }

    func live(_ day: Day) async throws {
        try await work.each(pairs[day] ?? []) { number, pair in
            guard county.residents[pair.owner].isInsured(on: day),
                county.residents[pair.beneficiary].isInsured(on: day),
                let owner = register[pair.owner], let beneficiary = register[pair.beneficiary]
            else { return }
            try await work.carry(
                "accounts.sharing.begin",
                [
                    "owner": owner.description, "beneficiary": beneficiary.description,
                    "relation": String(pair.relation.rawValue), "from": day.description,
                ], at: Moment(day, hour: 9) + Int64(number % 300) * 60, turn: number)
        }
    }
}
