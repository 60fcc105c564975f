import Agency
import Basics
import Control
import Enrolment
import Synchronization

/// The bases that flexible workers choose for themselves (灵活就业缴费基数选择), once a year before their first bill of it; one
/// in five takes the low tier.
final class BaseChoices: Sendable {
    private let work: DeskWork
    private let county: County
    private let register: CountyRegister
    /// The year for which each resident chose last.
    private let chosen = Mutex<[Int: Int]>([:])

    private static let matterSpacing: Int64 = 60
    private static let mattersADay = 400

    init(_ work: DeskWork, county: County, register: CountyRegister) {
        self.work = work
        self.county = county
        self.register = register
    }

    /// Everybody who is to be billed for the month and has not chosen for its year.
    func make(for month: Month, at moment: Moment) async throws {
        let choosing = county.residents.indices.filter { index in
            let resident = county.residents[index]
            return resident.isInsured(on: moment.day) && resident.category(on: moment.day) == .flexible
                && register[index] != nil && chosen.withLock { $0[index] } != month.year
        }
        try await work.each(choosing) { number, index in
            guard let person = self.register[index] else { return }
            self.chosen.withLock { $0[index] = month.year }
            try await self.work.carry(
                "contributions.base.choose",
                [
                    "person": person.description, "from": month.description,
                    "wage": String(4_500 + index % 40 * 100), "tier": index % 5 == 0 ? "low" : "full",
                ], at: moment + Int64(number % Self.mattersADay) * Self.matterSpacing, turn: number)
        }
    }
}
