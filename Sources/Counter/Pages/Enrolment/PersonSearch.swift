import Basics
import Enrolment
import Storage

/// Finding people (查找参保人) by what somebody at the counter says or hands over.
enum PersonSearch {
    /// By any number where what was typed is one (identity, passport, card, person), else by the beginning of the name.
    static func find(
        _ asked: String, after: ID<Person> = ID(0), limit: Int, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [InsuredPerson] {
        try Enrolment.look(tx, area: area, for: asked, after: after, limit: limit).compactMap {
            try Enrolment.insured(tx, area: area, $0.id)
        }
    }
}
