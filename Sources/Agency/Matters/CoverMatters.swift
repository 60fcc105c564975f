import Basics
import Control
import Enrolment
import Portability
import Storage

extension MatterKind {
    /// The same kind, after whose effect the cover of everybody it concerned is reckoned anew, in the same transaction
    /// (办结后重新核算待遇享受).
    var refreshingCover: MatterKind {
        let effect: MatterEffect =
            switch self.effect {
            case .atOnce(let carryOut):
                .atOnce { tx, approved in
                    let carried = try carryOut(tx, approved)
                    try Agency.refreshCover(tx, of: Agency.people(tx, carried, area: approved.area), after: approved)
                    return carried
                }
            case .job(let chunk):
                .job { tx, approved, cursor in
                    let step = try chunk(tx, approved, cursor)
                    try Agency.refreshCover(tx, of: Agency.people(tx, ofListFrom: cursor, approved), after: approved)
                    return step
                }
            }
        return carryingOut(effect)
    }
}

extension Agency {
    fileprivate static func refreshCover(
        _ tx: any Transaction, of people: [ID<Person>], after approved: Approved
    ) throws {
        try refreshCover(
            tx, area: approved.area, of: people, by: approved.actor, at: approved.at, matter: approved.matter)
    }

    /// The people whom a matter at once concerned: named themselves, or by their transfer, bill, receipt or employer.
    fileprivate static func people(
        _ tx: any Transaction, _ carried: Carried, area: AreaCode
    ) throws -> [ID<Person>] {
        try carried.subjects.flatMap { subject -> [ID<Person>] in
            switch subject.kind {
            case "person": [ID(subject.id)]
            case "transfer": try Portability.find(tx, area: area, ID<Transfer>(subject.id)).map { [$0.person] } ?? []
            case "bill": try coveredBy(tx, area: area, bill: subject.id)
            case "receipt": try coveredBy(tx, area: area, receipt: subject.id)
            case "employer": try coveredBy(tx, area: area, employer: subject.id)
            default: []
            }
        }
    }

    /// The people of the lines of a list that a chunk has just dealt with: those from its cursor on.
    fileprivate static func people(
        _ tx: any Transaction, ofListFrom cursor: Int64, _ approved: Approved
    ) throws -> [ID<Person>] {
        guard let list = try Enrolment.list(tx, area: approved.area, of: approved.matter) else { return [] }
        return try tx.rows(peopleOfList, Value(approved.area), Value(list), .int(cursor)) { try $0.id(0, Person.self) }
    }

    private static let peopleOfList: SQL = """
        SELECT DISTINCT person FROM enrolment_list_result
        WHERE area = ? AND list = ? AND line >= ? AND outcome = 1 ORDER BY person
        """
}
