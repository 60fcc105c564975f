import Basics
import Control
import Storage

/// How far a yearly change of categories has come (类别结转进度).
public struct CategoryStep: Hashable, Sendable {
    /// The last person looked at; nil when none was left.
    public var last: ID<Person>?
    /// People looked at in this chunk and before, of so many residents.
    public var seen: Int64
    public var all: Int64
    /// Whose category was changed in this chunk.
    public var changed: [ID<Person>]
}

extension Enrolment {
    /// Looks at the next residents insured on a day and gives those whom age has taken into another category a spell of
    /// that category from the day on (居民人员类别结转). Whom it has changed already no longer needs it: run again, nothing
    /// is done twice.
    public static func advanceCategories(
        _ tx: any Transaction, after person: ID<Person>, on day: Day, ages: ResidentAges, by origin: ActOrigin
    ) throws -> CategoryStep {
        let page = try insured(
            tx, area: origin.area, insurance: .resident, on: day, after: person, limit: listChunk)
        var changed: [ID<Person>] = []
        for resident in page {
            guard let next = ages.successor(of: resident.spell.category, born: resident.birth, on: day),
                resident.spell.period.last == nil, resident.spell.period.first < day,
                resident.spell.acts.last.map({ $0.day < day }) ?? true
            else { continue }
            let opening = SpellOpening(
                insurance: .resident, category: next, employer: resident.spell.employer, from: day,
                entitledFrom: max(resident.spell.entitledFrom, day), reason: .otherCategory)
            _ = try change(tx, to: opening, for: resident.person, by: origin)
            changed.append(resident.person)
        }
        let last = page.last?.person
        let (seen, all) =
            try tx.first(
                residentsSeen, Value(last ?? person), Value(origin.area), Value(day), Value(day)
            ) { (try $0.int(0), try $0.int(1)) } ?? (0, 0)
        return CategoryStep(last: page.isEmpty ? nil : last, seen: seen, all: all, changed: changed)
    }

    private static let residentsSeen: SQL = """
        SELECT count(*) FILTER (WHERE person <= ?), count(*) FROM insurance_spell
        WHERE area = ? AND insurance = 390 AND first_day <= ? AND (last_day IS NULL OR last_day >= ?)
        """
}
