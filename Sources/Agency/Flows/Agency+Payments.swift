import Basics
import Contributions
import Control
import Enrolment
import Storage

/// What was paid for a human being (个人缴费记录).
extension Agency {
    /// Who paid what for a person under all his numbers, oldest first: he himself, and every employer where he was ever
    /// insured. A month billed without a declared base, or declared to the tax office, leaves no base to find it by.
    public static func payments(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [PaymentRecord] {
        guard let record = try Enrolment.person(tx, area: area, person) else { return [] }
        return try payments(
            tx, area: area, of: try Enrolment.numbers(tx, area: area, of: record),
            spells: try Enrolment.allSpells(tx, area: area, of: record))
    }

    /// The same, for whom the numbers and the spells under them are read already.
    static func payments(
        _ tx: any Transaction, area: AreaCode, of numbers: [ID<Person>], spells: [Spell]
    ) throws -> [PaymentRecord] {
        let employers = Set(spells.compactMap(\.employer))
        return try numbers.flatMap {
            try Contributions.payments(tx, area: area, person: $0, employers: employers)
        }.sorted { ($0.months.lowerBound, $0.bill) < ($1.months.lowerBound, $1.bill) }
    }
}
