import Basics

/// One visit that a resident of the demonstration county makes: who, where, why, and what is charged.
public struct Visit: Sendable {
    public struct Charge: Sendable {
        public let item: String
        public let price: UnitPrice
        public let quantity: Quantity
        public let day: Day
    }

    public let resident: Int
    public let institution: Int
    public let illness: Illnesses.Illness
    public let begins: Day
    /// The day of discharge, which may lie after the county's last day.
    public let ends: Day
    public let charges: [Charge]
}

/// What the residents' care so far says about their next visit (就医历史).
public struct CareDiary: Sendable {
    /// The last day of each resident's present visit.
    fileprivate(set) var busyUntil: [Day]
    /// When each came home from hospital, by category of disease (the first three characters of the diagnosis).
    private var cameHome: [Int: [Substring: Day]] = [:]

    /// Whoever comes back sooner counts as readmitted; only planned treatment (Z51 …) brings people back before.
    private static let daysAtHome: Int32 = 31

    init(residents: Int, before first: Day) {
        busyUntil = Array(repeating: first - 1, count: residents)
    }

    func allows(_ illness: Illnesses.Illness, resident: Int, on day: Day) -> Bool {
        guard illness.care.isInpatient, !illness.diagnosis.hasPrefix("Z"),
            let home = cameHome[resident]?[illness.diagnosis.prefix(3)]
        else { return true }
        return day.number - home.number > CareDiary.daysAtHome
    }

    mutating func note(_ visit: Visit) {
        busyUntil[visit.resident] = visit.ends
        guard visit.illness.care.isInpatient else { return }
        cameHome[visit.resident, default: [:]][visit.illness.diagnosis.prefix(3)] = visit.ends
    }
}

/// Draws the visits of a county, day by day, each day from its own stream of the seed.
public struct VisitPlan: Sendable {
    let county: County
    let illnesses: Illnesses
    /// The area's cap for an item at a tier on a day, for prices that follow the caps.
    let cap: @Sendable (String, Tier, Day) -> UnitPrice?
    private let hospitals: [Tier: [Int]]
    private let pharmacies: [Int]

    public init(_ county: County, _ illnesses: Illnesses, cap: @escaping @Sendable (String, Tier, Day) -> UnitPrice?) {
        self.county = county
        self.illnesses = illnesses
        self.cap = cap
        let indices = county.institutions.indices
        pharmacies = indices.filter { county.institutions[$0].isPharmacy }
        hospitals = Dictionary(grouping: indices.filter { !county.institutions[$0].isPharmacy }) {
            county.institutions[$0].tier
        }
    }

    /// The visits that begin on a day, in the order in which people come. A person in hospital seeks no other care,
    /// and nobody comes back at once with what has just been treated.
    public func visits(on day: Day, _ diary: inout CareDiary) -> [Visit] {
        var random = SeededRandom(seed: county.seed &* 1_000_003 &+ UInt64(day.number))
        let month = day.month.month
        // Fewer people come at the weekend.
        let weekday = day.weekday >= 6 ? 70 : 112
        // What all illnesses together could weigh: most draws lie beyond it, and the person stays at home.
        let mostWeight = illnesses.all.reduce(0) { $0 + $1.perThousandYears * $1.season.percent(month) * weekday }
        var visits: [Visit] = []
        for index in county.residents.indices {
            let resident = county.residents[index]
            guard resident.isInsured(on: day), diary.busyUntil[index] < day else { continue }
            // One draw decides for all illnesses together, so that a quiet day costs one number a person.
            var draw = random.below(365 * 1_000 * 100 * 100)
            guard draw < mostWeight else { continue }
            for illness in illnesses.all where suits(illness, resident, on: day) {
                let weight = illness.perThousandYears * illness.season.percent(month) * weekday
                guard draw < weight else {
                    draw -= weight
                    continue
                }
                if diary.allows(illness, resident: index, on: day), let visit = visit(index, illness, day, &random),
                    resident.left.map({ visit.ends < $0 }) ?? true
                {
                    visits.append(visit)
                    diary.note(visit)
                }
                break
            }
        }
        return visits
    }

    private func suits(_ illness: Illnesses.Illness, _ resident: County.Resident, on day: Day) -> Bool {
        illness.sex.map { $0 == resident.sex } ?? true
            && illness.ages.contains(resident.birth.age(on: day))
            && (illness.chronic.map { resident.has($0, on: day) } ?? true)
    }

    private func visit(_ index: Int, _ illness: Illnesses.Illness, _ day: Day, _ random: inout SeededRandom) -> Visit? {
        let isPharmacy = illness.tierWeights.allSatisfy { $0 == 0 }
        let tier: Tier = isPharmacy ? .unrated : [.first, .second, .third][random.weighted(illness.tierWeights)]
        let places = isPharmacy ? pharmacies : hospitals[tier] ?? []
        guard !places.isEmpty else { return nil }
        let institution = random.pick(places)
        let nights = random.within(illness.days)
        let end = day + nights
        var charges: [Visit.Charge] = []
        for basket in illness.baskets {
            for line in illnesses.baskets[basket] ?? [] {
                charge(line, tier, from: day, through: end, into: &charges, &random)
            }
        }
        return Visit(
            resident: index, institution: institution, illness: illness, begins: day, ends: end, charges: charges)
    }

    private func charge(
        _ line: Illnesses.BasketLine, _ tier: Tier, from first: Day, through last: Day,
        into charges: inout [Visit.Charge], _ random: inout SeededRandom
    ) {
        guard let price = line.price ?? cap(line.item, tier, first) else { return }
        let quantity = random.within(line.quantity)
        switch line.rhythm {
        case .once:
            guard random.below(100) < line.chancePercent else { return }
            charges.append(.init(item: line.item, price: price, quantity: Quantity(Int64(quantity)), day: first))
        case .day:
            for day in first..<max(last, first + 1) where random.below(100) < line.chancePercent {
                charges.append(.init(item: line.item, price: price, quantity: Quantity(Int64(quantity)), day: day))
            }
        }
    }
}
