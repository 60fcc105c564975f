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

    /// Everybody that is meant, for lists of what belongs to them; too many are refused, for such a list would be long
    /// and hold little of what was looked for.
    static func findAll(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> [InsuredPerson] {
        let found = try find(asked, limit: peopleMax + 1, area, tx)
        guard found.count <= peopleMax else {
            throw Problem("counter.search.tooMany", field: "q", "“\(asked)”开头的人超过 \(peopleMax) 个,请写全姓名,或用身份证号、人员编号查找")
        }
        return found
    }

    private static let peopleMax = 100
}
