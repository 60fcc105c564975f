import Basics
import Contributions
import Control
import Foundation
import Policy
import Storage
import StoreKit

/// What the accounts' tests start from. The area and all people are invented.
enum Given {
    static let area = AreaCode(990_100)
    static let migrations = ControlSchema.migrations + Imports.migrations + Contributions.migrations
    static let one = ID<Person>(1)
    static let two = ID<Person>(2)

    static func day(_ text: String) -> Day { Day(text)! }
    static func month(_ text: String) -> Month { Month(text)! }

    static func ground(_ day: String, _ text: String = "测试") -> Ground {
        Ground(text, by: .system, at: Moment(Day(day)!, hour: 9))
    }

    static func policy() throws -> AreaPolicy {
        try PolicyBook.load(repositoryRoot + "/policies/demo").area(area)
    }
}

/// What verification finds: broken events and broken sums.
func brokenPlaces(of store: any Store) async throws -> [Problem] {
    let verifier = Verifier(
        area: Given.area, sources: Contributions.evidence,
        checks: [{ tx, area in try Contributions.verify(tx, area: area) }])
    return try await store.read { try verifier.run($0) }.problems.all
}

extension Store {
    func credit(
        _ month: String, _ amounts: [ID<Person>: Int64], on day: String
    ) async throws -> AccountRunOutcome {
        try await write { tx in
            try Contributions.creditMonth(
                tx, area: Given.area, month: Given.month(month),
                amounts.map { AccountPosting(person: $0.key, amount: Money(yuan: $0.value)) }, Given.ground(day))
        }
    }

    func balance(_ person: ID<Person> = Given.one) async throws -> Money? {
        try await read { try Contributions.balance($0, area: Given.area, of: person) }
    }

    func entries(_ person: ID<Person> = Given.one) async throws -> [AccountEntry] {
        try await read { try Contributions.entries($0, area: Given.area, of: person) }.reversed()
    }

    func pay(_ settlement: Int64, _ yuan: Int64, from person: ID<Person> = Given.one, on day: String) async throws {
        try await write { tx in
            _ = try Contributions.pay(
                tx,
                Contributions.Payment(
                    area: Given.area, patient: person, own: Money(yuan: yuan), shared: .zero,
                    settlement: ID(settlement), at: Moment(Day(day)!, hour: 10)))
        }
    }
}
