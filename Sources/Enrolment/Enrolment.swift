import Basics
import Control
import Storage

/// The enrolment desk (参保登记): who the people are, what each is insured for and when, and whether the fund
/// answers for somebody on a day.
public enum Enrolment {
    // MARK: - One person

    /// A person with spells, statuses and cover; nil when the number is unknown. Three reads by primary key, a fourth where
    /// cover was reckoned, and more of whoever has several numbers. What somebody was recognised as (救助对象) counts under
    /// whichever of his numbers it stands.
    ///
    /// A number that was merged into another still answers, so that a stay begun under it can be settled or
    /// reversed; `person.mergedInto` then names the number that counts.
    public static func insured(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> InsuredPerson? {
        guard let (person, numbers) = try personWithNumbers(tx, area: area, id) else { return nil }
        let (spells, act) = try spellsAndCoverAct(tx, area: area, of: id)
        let isAlone = numbers.count == 1
        let cover =
            try act.map { try Self.spans(tx, area: area, of: id, seq: $0) }
            // Without a spell of his own, what other numbers brought may cover him all the same.
            ?? (isAlone ? nil : Self.cover(tx, area: area, of: id))
        var insured = InsuredPerson(
            person: person, spells: spells, statuses: try statuses(tx, area: area, under: numbers), cover: cover)
        if !isAlone, insured.isCoveredElsewhere {
            insured.formerSpells = try numbers.filter { $0 != id }.flatMap { try Self.spells(tx, area: area, of: $0) }
        }
        return insured
    }

    /// The same, or the problem that tells the caller what to check.
    public static func requireInsured(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> InsuredPerson {
        if let insured = try insured(tx, area: area, id) { return insured }
        throw Problem("enrolment.person.unknown", field: "psn_no", "没有人员编号 \(id),请用 1101 取得人员编号后重试")
    }

    /// A person upon whom something is to be done: known, and not a number merged into another.
    static func requireActive(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> InsuredPerson {
        let insured = try requireInsured(tx, area: area, id)
        if let survivor = insured.person.mergedInto { throw Problem.mergedPerson(id, into: survivor) }
        return insured
    }

    // MARK: - Finding people

    /// Who carries this paper (1101 by 身份证号 and others); of two merged numbers, the one that counts.
    public static func find(_ tx: any Transaction, area: AreaCode, paper: IdentityPaper) throws -> ID<Person>? {
        try tx.first(idByPaper, Value(area), Value(code: paper.kind), .text(paper.number)) { try $0.id(0) }
            .map { try survivor(tx, area: area, of: $0) }
    }

    private static let idByPaper: SQL = """
        SELECT person FROM person_paper WHERE area = ? AND paper_kind = ? AND paper_number = ?
        """

    /// Everybody who registered a paper of this number, of whatever kind (按证件号码查找): a passport and a pass may bear
    /// the same number.
    public static func find(_ tx: any Transaction, area: AreaCode, paperNumber: String) throws -> [ID<Person>] {
        let owners = try tx.rows(idsByNumber, Value(area), .text(paperNumber)) { try $0.id(0, Person.self) }
        return try Set(owners.map { try survivor(tx, area: area, of: $0) }).sorted()
    }

    private static let idsByNumber: SQL = {
        let kinds = IdentityPaperKind.allCases.map { "\($0.rawValue)" }.joined(separator: ", ")
        return SQL("SELECT person FROM person_paper WHERE area = ? AND paper_kind IN (\(kinds)) AND paper_number = ?")
    }()

    /// Whose card this is (1101 by 社会保障卡, or an electronic voucher's number).
    public static func find(_ tx: any Transaction, area: AreaCode, card: String) throws -> ID<Person>? {
        try tx.first(idByCard, Value(area), .text(card)) { try $0.id(0) }
            .map { try survivor(tx, area: area, of: $0) }
    }

    private static let idByCard: SQL = "SELECT person FROM person_card WHERE area = ? AND card = ?"

    /// The number that counts: the person itself, or the one it was merged into, however long the chain.
    public static func survivor(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> ID<Person> {
        var current = person
        // A chain is as long as there were merges; a circle cannot be written, and this bound would end it.
        for _ in 0..<100 {
            guard let next = try tx.first(lastMerge, Value(area), Value(current), read: { try $0.intOrNil(0) }),
                let next
            else { return current }
            current = ID(next)
        }
        throw StoreError.damaged("person \(person) was merged in a circle")
    }

    private static let lastMerge: SQL = """
        SELECT survivor FROM person_act WHERE area = ? AND person = ? AND kind IN (8, 9) ORDER BY seq DESC LIMIT 1
        """

    /// Every number of one human being (同一人的全部编号): the one that counts first, then those merged into it. Bills
    /// stay under the number they were written under.
    public static func identities(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [ID<Person>] {
        try family(tx, area: area, of: survivor(tx, area: area, of: person))
    }

    /// A number and those that were merged into it, however long the chain.
    private static func family(
        _ tx: any Transaction, area: AreaCode, of head: ID<Person>
    ) throws -> [ID<Person>] {
        var all = [head]
        var next = 0
        while next < all.count {
            for id in try tx.rows(mergedInto, Value(area), Value(all[next]), read: { try $0.id(0, Person.self) })
            where !all.contains(id) { all.append(id) }
            next += 1
        }
        return all
    }

    private static let mergedInto: SQL = """
        SELECT a.person FROM person_act a WHERE a.area = ? AND a.survivor = ? AND NOT EXISTS (
            SELECT 1 FROM person_act b
            WHERE b.area = a.area AND b.person = a.person AND b.seq > a.seq AND b.kind IN (8, 9))
        ORDER BY a.person
        """

    /// The numbers that were merged into each of these people's (并入的编号); who has none is left out.
    public static func formerNumbers(
        _ tx: any Transaction, area: AreaCode, of people: [ID<Person>]
    ) throws -> [ID<Person>: [ID<Person>]] {
        var found: [ID<Person>: [ID<Person>]] = [:]
        for part in Parts(people) {
            let sql = SQL(
                """
                SELECT DISTINCT a.survivor FROM person_act a
                WHERE a.area = ? AND a.survivor IN (\(part.places)) ORDER BY a.survivor
                """)
            for head in try tx.rows(
                sql, [Value(area)] + part.values { [Value($0)] }, read: { try $0.id(0, Person.self) })
            {
                let former = try family(tx, area: area, of: head).dropFirst()
                if !former.isEmpty { found[head] = Array(former) }
            }
        }
        return found
    }

    /// Of these numbers, those that were merged into another, each with the one that counts (并入后的编号).
    public static func survivors(
        _ tx: any Transaction, area: AreaCode, of people: [ID<Person>]
    ) throws -> [ID<Person>: ID<Person>] {
        var found: [ID<Person>: ID<Person>] = [:]
        for part in Parts(people) {
            let sql = SQL(
                """
                SELECT DISTINCT a.person FROM person_act a
                WHERE a.area = ? AND a.kind = 8 AND a.person IN (\(part.places)) ORDER BY a.person
                """)
            for person in try tx.rows(
                sql, [Value(area)] + part.values { [Value($0)] }, read: { try $0.id(0, Person.self) })
            {
                let head = try survivor(tx, area: area, of: person)
                if head != person { found[person] = head }
            }
        }
        return found
    }

    /// By every number that was ever merged with another (undone merges too), one number for all of its family.
    public static func everMerged(_ tx: any Transaction, area: AreaCode) throws -> [ID<Person>: ID<Person>] {
        var heads: [ID<Person>: ID<Person>] = [:]
        let merges = try tx.rows(merges, Value(area)) { (try $0.id(0, Person.self), try $0.id(1, Person.self)) }
        for (person, survivor) in merges {
            let (former, head) = (heads[person] ?? person, heads[survivor] ?? survivor)
            for (number, family) in heads where family == former { heads[number] = head }
            heads[person] = head
            heads[survivor] = head
        }
        return heads
    }

    private static let merges: SQL = """
        SELECT person, survivor FROM person_act WHERE area = ? AND survivor IS NOT NULL ORDER BY person, seq
        """

    /// People whose name begins so, in any spelling, present or former, by number, after a given one.
    public static func search(
        _ tx: any Transaction, area: AreaCode, name: String, after: ID<Person> = ID(0), limit: Int = 50
    ) throws -> [PersonRecord] {
        let key = NameKey(name).text
        if key.isEmpty { return [] }
        let bounds: [Value] = [Value(area), .text(key), .text(key + "\u{10FFFF}"), Value(after)]
        let ids = try tx.rows(idsByName, bounds + bounds + [.int(Int64(min(limit, 500)))]) {
            try $0.id(0, Person.self)
        }
        return try people(tx, area: area, ids).values.sorted { $0.id < $1.id }
    }

    private static let idsByName: SQL = """
        SELECT id FROM person WHERE area = ? AND name_key >= ? AND name_key <= ? AND id > ?
        UNION
        SELECT person FROM person_act WHERE area = ? AND name_key >= ? AND name_key <= ? AND person > ?
        ORDER BY 1 LIMIT ?
        """

    /// The dates of death in force in the whole area.
    public static func deaths(_ tx: any Transaction, area: AreaCode) throws -> [ID<Person>: Day] {
        var died: [ID<Person>: Day] = [:]
        try tx.forEach(lifeEvents, [Value(area)]) { row in
            let kind: PersonAct.Kind = try row.code(1)
            died[try row.id(0)] = kind == .died ? try row.day(2) : nil
            return true
        }
        return died
    }

    private static let lifeEvents: SQL = """
        SELECT person, kind, day FROM person_act WHERE area = ? AND kind IN (2, 7) ORDER BY person, seq
        """
}
