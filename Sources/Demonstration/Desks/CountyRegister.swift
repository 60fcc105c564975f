import Basics
import Enrolment
import Storage
import Synchronization

/// The numbers that the county's people have at the agency (个人编号), as the desks give them out: a child has none
/// before it is registered.
final class CountyRegister: Sendable {
    private let numbers: Mutex<[ID<Person>?]>
    private let county: County

    init(_ county: County) {
        self.county = county
        numbers = Mutex(Array(repeating: nil, count: county.residents.count))
    }

    subscript(index: Int) -> ID<Person>? { numbers.withLock { $0[index] } }

    /// Who bears each number.
    var bearers: [ID<Person>: Int] {
        numbers.withLock { numbers in
            numbers.indices.reduce(into: [:]) { bearers, index in
                if let number = numbers[index] { bearers[number] = index }
            }
        }
    }

    /// Looks these residents up by their papers, as staff would; answers those whom the register does not know.
    func look(up indices: [Int], in store: any Store) async throws -> [Int] {
        let (area, papers) = (county.area, indices.map { county.residents[$0].paper })
        let found = try await store.read { tx in try papers.map { try Enrolment.find(tx, area: area, paper: $0) } }
        numbers.withLock { numbers in
            for (index, number) in zip(indices, found) { numbers[index] = number }
        }
        return zip(indices, found).compactMap { $1 == nil ? $0 : nil }
    }
}

extension County.Resident {
    var paper: IdentityPaper { IdentityPaper(kind: .residentID, checked: nationalID) }
}
