import Basics
import Control
import Storage

/// One of an employer's people (单位参保人员): a spell there, with whose it is.
public struct EmployerMember: Hashable, Sendable {
    public var person: ID<Person>
    public var name: String
    public var paper: IdentityPaper
    public var spell: Spell
}

/// A spell in force on a day, with what a levy or a list asks of the person (参保人员).
public struct InsuredSpell: Hashable, Sendable {
    public var person: ID<Person>
    public var sex: Sex
    public var birth: Day
    public var spell: Spell
    /// 救助对象身份 on the day, all of them: which one counts depends on what each gives.
    public var assistance: Set<AssistanceGroup>
}

/// Which employers a list shows (单位查询条件).
public struct EmployerFilter: Hashable, Sendable {
    /// The beginning of the name, or a whole credit code; empty for all.
    public var text: String
    public var state: EmployerState?
    public var management: ManagementType?

    public init(text: String = "", state: EmployerState? = nil, management: ManagementType? = nil) {
        self.text = text
        self.state = state
        self.management = management
    }
}

extension Enrolment {
    /// No list is longer than this at a time.
    public static let pageMax = 5000

    // MARK: - Employers

    /// Employers by number, after a given one.
    public static func employers(
        _ tx: any Transaction, area: AreaCode, _ filter: EmployerFilter = EmployerFilter(),
        after: ID<Employer> = ID(0), limit: Int = 50
    ) throws -> [EmployerRecord] {
        var condition = "area = ? AND id > ?"
        var arguments: [Value] = [Value(area), Value(after)]
        if !filter.text.isEmpty {
            condition += " AND (credit_code = ? OR (name >= ? AND name <= ?))"
            arguments += [.text(filter.text.uppercased()), .text(filter.text), .text(filter.text + "\u{10FFFF}")]
        }
        if let state = filter.state {
            condition += " AND state = ?"
            arguments.append(Value(code: state))
        }
        if let management = filter.management {
            condition += " AND management = ?"
            arguments.append(Value(code: management))
        }
        let sql = SQL("SELECT \(EmployerRecord.columns) FROM employer WHERE \(condition) ORDER BY id LIMIT ?")
        return try tx.rows(sql, arguments + [.int(Int64(min(limit, pageMax)))]) { try EmployerRecord($0) }
    }

    /// The people insured at each of these employers on a day (在保人数).
    public static func headcounts(
        _ tx: any Transaction, area: AreaCode, of employers: [ID<Employer>], on day: Day
    ) throws -> [ID<Employer>: Int] {
        var counts: [ID<Employer>: Int] = [:]
        for part in Parts(employers) {
            let sql = SQL(
                """
                SELECT employer, count(*) FROM insurance_spell
                WHERE area = ? AND employer IN (\(part.places)) AND first_day <= ?
                    AND (last_day IS NULL OR last_day >= ?)
                GROUP BY employer
                """)
            try tx.forEach(sql, [Value(area)] + part.values { [Value($0)] } + [Value(day), Value(day)]) { row in
                counts[try row.id(0)] = Int(try row.int(1))
                return true
            }
        }
        return counts
    }

    // MARK: - Members

    /// Everybody who was insured at an employer on some day of a month, by person and first day: what the month's
    /// bill is made from. Suspensions with their reasons stand in `spell.acts`.
    public static func members(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, month: Month
    ) throws -> [EmployerMember] {
        try members(
            tx, "s.area = ? AND s.employer = ? AND s.first_day <= ? AND (s.last_day IS NULL OR s.last_day >= ?)",
            [Value(area), Value(employer), Value(month.last), Value(month.first)])
    }

    /// An employer's people, present and past, by person, after a given one: for its page.
    public static func members(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, after: ID<Person> = ID(0), limit: Int = 50
    ) throws -> [EmployerMember] {
        try members(
            tx,
            """
            s.area = ? AND s.employer = ? AND s.person IN (
                SELECT DISTINCT person FROM insurance_spell
                WHERE area = ? AND employer = ? AND person > ? ORDER BY person LIMIT ?)
            """,
            [
                Value(area), Value(employer), Value(area), Value(employer), Value(after),
                .int(Int64(min(limit, pageMax))),
            ])
    }

    private static func members(
        _ tx: any Transaction, _ condition: String, _ arguments: [Value]
    ) throws -> [EmployerMember] {
        let sql = SQL(
            """
            SELECT \(Spell.selection) FROM insurance_spell s \(Spell.actsJoin)
            WHERE \(condition) ORDER BY s.person, s.first_day, s.id, a.seq
            """)
        let found = try SpellRows.read(tx, sql, arguments).all
        guard case .int(let area)? = arguments.first else { return [] }
        let people = try people(tx, area: AreaCode(area), Set(found.map(\.person)))
        return found.compactMap { person, spell in
            people[person].map { EmployerMember(person: person, name: $0.name, paper: $0.paper, spell: spell) }
        }
    }

    /// The open spells at an employer, each with its person.
    static func openSpells(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>
    ) throws -> [(person: ID<Person>, spell: Spell)] {
        try SpellRows.read(tx, openSpellsOfEmployer, [Value(area), Value(employer)]).all
    }

    private static let openSpellsOfEmployer = SQL(
        """
        SELECT \(Spell.selection) FROM insurance_spell s \(Spell.actsJoin)
        WHERE s.area = ? AND s.employer = ? AND s.last_day IS NULL ORDER BY s.person, s.id, a.seq
        """)

    // MARK: - The insured of the area

    /// Spells of an insurance in force on a day, by person, after a given one: a year's run goes through all of them
    /// page by page. A walk along the primary key that never looks back.
    public static func insured(
        _ tx: any Transaction, area: AreaCode, insurance: Insurance, on day: Day, after: ID<Person> = ID(0),
        limit: Int = 1000
    ) throws -> [InsuredSpell] {
        let spells = try SpellRows.read(
            tx, spellsInForce,
            [
                Value(area), Value(code: insurance), Value(after), Value(day), Value(day),
                .int(Int64(min(limit, pageMax))),
            ]
        ).all
        let numbers = spells.map(\.person)
        let people = try people(tx, area: area, numbers)
        let statuses = try statuses(tx, area: area, of: numbers)
        return spells.compactMap { id, spell in
            people[id].map {
                InsuredSpell(
                    person: id, sex: $0.sex, birth: $0.birth, spell: spell,
                    assistance: SpecialStatus.groups(among: statuses[id] ?? [], on: day))
            }
        }
    }

    private static let spellsInForce = SQL(
        """
        SELECT \(Spell.selection) FROM (
            SELECT * FROM insurance_spell
            WHERE area = ? AND insurance = ? AND person > ? AND first_day <= ?
                AND (last_day IS NULL OR last_day >= ?)
            ORDER BY area, person, id LIMIT ?
        ) s \(Spell.actsJoin) ORDER BY s.person, s.id, a.seq
        """)

    /// The assistance groups of each of these people on a day; those in none are left out.
    public static func assistance(
        _ tx: any Transaction, area: AreaCode, of people: [ID<Person>], on day: Day
    ) throws -> [ID<Person>: Set<AssistanceGroup>] {
        try statuses(tx, area: area, of: people).compactMapValues { statuses in
            let groups = SpecialStatus.groups(among: statuses, on: day)
            return groups.isEmpty ? nil : groups
        }
    }
}

extension Enrolment {
    /// People who belong to a town (街道、乡镇), by number, after a given one; `""` is no town and has no list.
    public static func people(
        _ tx: any Transaction, area: AreaCode, division: String, after: ID<Person> = ID(0), limit: Int = 1000
    ) throws -> [PersonRecord] {
        let ids = try tx.rows(
            idsByDivision, Value(area), .text(division), Value(after), Value(area), .text(division), Value(after),
            .int(Int64(min(limit, pageMax)))
        ) { try $0.id(0, Person.self) }
        return try people(tx, area: area, ids).values.filter { $0.division == division }.sorted { $0.id < $1.id }
    }

    /// Those registered there and those who moved there since; who moved away falls out above.
    private static let idsByDivision: SQL = """
        SELECT id FROM person WHERE area = ? AND division = ? AND division <> '' AND id > ?
        UNION
        SELECT person FROM person_act WHERE area = ? AND division = ? AND division <> '' AND person > ?
        ORDER BY 1 LIMIT ?
        """
}
