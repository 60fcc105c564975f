import Basics
import Storage

extension PersonRecord: Record {
    static let selection = """
        SELECT p.id, p.paper_kind, p.paper_number, p.name, p.sex, p.birth_day, p.ethnicity, d.died_day
        FROM person p LEFT JOIN person_death d ON d.area = p.area AND d.person = p.id
        """
    static let columns = [
        "area", "id", "paper_kind", "paper_number", "name", "sex", "birth_day", "ethnicity", "batch",
    ]

    public init(_ row: any Row) throws {
        self.init(
            id: try row.id(0), paper: IdentityPaper(kind: try row.code(1), checked: try row.text(2)),
            name: try row.text(3), sex: try row.code(4), birth: try row.day(5), ethnicity: try row.text(6),
            died: try row.dayOrNil(7))
    }

    func values(area: AreaCode, batch: Int64) -> [Value] {
        [
            Value(area), Value(id), Value(code: paper.kind), .text(paper.number), .text(name), Value(code: sex),
            Value(birth), .text(ethnicity), .int(batch),
        ]
    }
}

/// An employer (参保单位).
public struct EmployerRecord: Record, Hashable {
    public let id: ID<Employer>
    /// 统一社会信用代码
    public let creditCode: String
    public let name: String

    public init(_ row: any Row) throws {
        id = try row.id(0)
        creditCode = try row.text(1)
        name = try row.text(2)
    }
}

extension Spell {
    static let columns = [
        "area", "person", "id", "insurance", "exclusion", "category", "employer", "first_day", "last_day",
        "declared_last_day", "entitled_day", "batch",
    ]

    func values(area: AreaCode, person: ID<Person>, batch: Int64) -> [Value] {
        [
            Value(area), Value(person), Value(id), Value(code: insurance), .int(insurance.exclusion),
            Value(code: category), Value(employer), Value(period.first), Value(period.last), Value(period.last),
            Value(entitledFrom),
            .int(batch),
        ]
    }
}

extension Enrolment {
    static func person(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> PersonRecord? {
        try tx.one(PersonRecord.self, personByID, Value(area), Value(id))
    }

    private static let personByID = SQL("\(PersonRecord.selection) WHERE p.area = ? AND p.id = ?")

    /// A person's spells by first day, each with its acts.
    static func spells(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> [Spell] {
        var spells: [Spell] = []
        try tx.forEach(spellSelection, [Value(area), Value(person)]) { row in
            let id = try row.id(0, Spell.self)
            if spells.last?.id != id {
                guard let period = Period(from: try row.day(4), through: try row.dayOrNil(5)) else { return true }
                spells.append(
                    Spell(
                        id: id, insurance: try row.code(1), category: try row.code(2),
                        employer: try row.intOrNil(3).map { ID($0) }, period: period, entitledFrom: try row.day(6)))
            }
            if !row.isNull(7) {
                spells[spells.count - 1].acts.append(Spell.Act(kind: try row.code(7), day: try row.day(8)))
            }
            return true
        }
        return spells
    }

    private static let spellSelection: SQL = """
        SELECT s.id, s.insurance, s.category, s.employer, s.first_day, s.last_day, s.entitled_day, a.kind, a.day
        FROM insurance_spell s
        LEFT JOIN insurance_spell_act a ON a.area = s.area AND a.person = s.person AND a.spell = s.id
        WHERE s.area = ? AND s.person = ? ORDER BY s.first_day, s.id, a.seq
        """

    /// A person's statuses by kind and first day; of the rows of one, the last.
    static func statuses(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> [SpecialStatus] {
        var statuses: [SpecialStatus] = []
        try tx.forEach(statusSelection, [Value(area), Value(person)]) { row in
            guard let kind = SpecialStatus.Kind(code: try row.int(0)),
                let period = Period(from: try row.day(1), through: try row.dayOrNil(2))
            else { throw StoreError.damaged("a special status is no known one") }
            if let last = statuses.last, last.kind == kind, last.period.first == period.first { statuses.removeLast() }
            statuses.append(SpecialStatus(kind: kind, period: period))
            return true
        }
        return statuses
    }

    private static let statusSelection: SQL = """
        SELECT kind, first_day, last_day FROM special_status WHERE area = ? AND person = ?
        ORDER BY kind, first_day, seq
        """
}
