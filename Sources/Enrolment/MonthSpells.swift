import Basics
import Control
import Storage

/// Who was insured where in a month (当月参保关系): what a month's levy chooses from.
extension Enrolment {
    /// Of an employer's people of a month, those whom another spell of the insurance touches in it too, with all of
    /// theirs: they changed their employer, or what they are, in the course of it.
    public static func changers(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, _ insurance: Insurance, month: Month
    ) throws -> [ID<Person>: [Spell]] {
        let people = try tx.rows(
            changersOfMonth, Value(area), Value(employer), Value(code: insurance), Value(month.last),
            Value(month.first), Value(code: insurance), Value(month.last), Value(month.first)
        ) { try $0.id(0, Person.self) }
        return try spells(tx, area: area, of: people, insurance, month: month)
    }

    private static let changersOfMonth: SQL = """
        SELECT DISTINCT s.person FROM insurance_spell s
        JOIN insurance_spell o ON o.area = s.area AND o.person = s.person AND o.id <> s.id
        WHERE s.area = ? AND s.employer = ? AND s.insurance = ? AND s.first_day <= ?
            AND (s.last_day IS NULL OR s.last_day >= ?)
            AND o.insurance = ? AND o.first_day <= ? AND (o.last_day IS NULL OR o.last_day >= ?)
        ORDER BY s.person
        """

    /// The spells of an insurance that some people have in a month, by first day.
    public static func spells(
        _ tx: any Transaction, area: AreaCode, of people: [ID<Person>], _ insurance: Insurance, month: Month
    ) throws -> [ID<Person>: [Spell]] {
        try spells(tx, area: area, of: people).compactMapValues { spells in
            let own = spells.filter { $0.insurance == insurance && $0.touches(month) }
            return own.isEmpty ? nil : own
        }
    }

    /// Everybody who paid for himself (灵活就业) on some day of a month, by number, after a given one.
    public static func payingThemselves(
        _ tx: any Transaction, area: AreaCode, month: Month, after person: ID<Person> = ID(0), limit: Int = 500
    ) throws -> [ID<Person>] {
        try tx.rows(
            ownPayers, Value(area), Value(person), Value(code: Insurance.employee),
            Value(code: PersonCategory.flexible), Value(month.last), Value(month.first),
            .int(Int64(min(limit, pageMax)))
        ) { try $0.id(0) }
    }

    /// Everybody whom an insurance touched on some day of a month, by number, after a given one (当月参保人员).
    public static func insured(
        _ tx: any Transaction, area: AreaCode, _ insurance: Insurance, in month: Month,
        after person: ID<Person> = ID(0), limit: Int = 1000
    ) throws -> [ID<Person>] {
        try tx.rows(
            insuredOfMonth, Value(area), Value(person), Value(code: insurance), Value(month.last), Value(month.first),
            .int(Int64(min(limit, pageMax)))
        ) { try $0.id(0) }
    }

    private static let insuredOfMonth: SQL = """
        SELECT DISTINCT person FROM insurance_spell
        WHERE area = ? AND person > ? AND insurance = ? AND first_day <= ? AND (last_day IS NULL OR last_day >= ?)
        ORDER BY person LIMIT ?
        """

    /// By which matter a spell was registered (参保登记的办件); nil where a former system's data brought it.
    public static func registeringMatter(
        _ tx: any Transaction, area: AreaCode, person: ID<Person>, _ spell: ID<Spell>
    ) throws -> ID<Matter>? {
        try tx.first(matterOfSpell, Value(area), Value(person), Value(spell)) { try $0.intOrNil(0).map { ID($0) } }
            ?? nil
    }

    private static let matterOfSpell: SQL = """
        SELECT matter FROM insurance_spell WHERE area = ? AND person = ? AND id = ?
        """

    private static let ownPayers: SQL = """
        SELECT DISTINCT person FROM insurance_spell
        WHERE area = ? AND person > ? AND insurance = ? AND category = ? AND employer IS NULL AND first_day <= ?
            AND (last_day IS NULL OR last_day >= ?)
        ORDER BY person LIMIT ?
        """
}

extension Spell {
    /// Whether it holds on some day of a month.
    public func touches(_ month: Month) -> Bool {
        period.first <= month.last && (period.last.map { $0 >= month.first } ?? true)
    }
}
