import Basics
import Storage

extension Spell {
    static let columns = [
        "area", "person", "id", "insurance", "exclusion", "category", "employer", "first_day", "last_day",
        "declared_last_day", "entitled_day", "reason", "batch", "matter",
    ]

    func values(person: ID<Person>, by origin: ActOrigin) -> [Value] {
        [
            Value(origin.area), Value(person), Value(id), Value(code: insurance), .int(insurance.exclusion),
            Value(code: category), Value(employer), Value(period.first), Value(period.last), Value(period.last),
            Value(entitledFrom), Value(code: reason), Value(origin.batch), Value(origin.matter),
        ]
    }

    /// The columns of `SpellRows.take`, in order: of the spell, then of one of its acts.
    static let selection = """
        s.person, s.id, s.insurance, s.category, s.employer, s.first_day, s.last_day, s.entitled_day, s.reason,
        s.batch, a.kind, a.day, a.reason
        """
    static let actsJoin = """
        LEFT JOIN insurance_spell_act a ON a.area = s.area AND a.person = s.person AND a.spell = s.id
        """
}

/// Spells read with their acts, folded row by row; those that were voided are passed over, as if they had never been.
struct SpellRows {
    private(set) var all: [(person: ID<Person>, spell: Spell)] = []

    /// Takes a row whose `Spell.selection` begins at `first`; true when it begins another spell.
    @discardableResult
    mutating func take(_ row: any Row, from first: Int = 0) throws -> Bool {
        let id = try row.id(first + 1, Spell.self)
        if let last = try row.dayOrNil(first + 6), try last < row.day(first + 5) { return false }
        let isNew = all.last?.spell.id != id
        if isNew {
            guard let period = Period(from: try row.day(first + 5), through: try row.dayOrNil(first + 6)) else {
                throw StoreError.damaged("spell \(id) ends before it begins")
            }
            let reason: SpellReason = try row.code(first + 8)
            let spell = Spell(
                id: id, insurance: try row.code(first + 2), category: try row.code(first + 3),
                employer: try row.intOrNil(first + 4).map { ID($0) }, period: period,
                entitledFrom: try row.day(first + 7), reason: reason,
                isImported: !row.isNull(first + 9) || reason == .takenOver)
            all.append((try row.id(first), spell))
        }
        if !row.isNull(first + 10) {
            let act = Spell.Act(
                kind: try row.code(first + 10), day: try row.day(first + 11), reason: try row.code(first + 12))
            all[all.count - 1].spell.acts.append(act)
        }
        return isNew
    }

    static func read(_ tx: any Transaction, _ sql: SQL, _ arguments: [Value]) throws -> SpellRows {
        var rows = SpellRows()
        try tx.forEach(sql, arguments) { row in
            try rows.take(row)
            return true
        }
        return rows
    }
}

extension Enrolment {
    /// A person's spells by first day, each with its acts.
    static func spells(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> [Spell] {
        try SpellRows.read(tx, spellsOfPerson, [Value(area), Value(person)]).all.map(\.spell)
    }

    private static let spellsOfPerson = SQL(
        """
        SELECT \(Spell.selection) FROM insurance_spell s \(Spell.actsJoin)
        WHERE s.area = ? AND s.person = ? ORDER BY s.first_day, s.id, a.seq
        """)

    /// The spells of several people at once.
    static func spells(
        _ tx: any Transaction, area: AreaCode, of people: [ID<Person>]
    ) throws -> [ID<Person>: [Spell]] {
        var found: [ID<Person>: [Spell]] = [:]
        for part in Parts(people) {
            let sql = SQL(
                """
                SELECT \(Spell.selection) FROM insurance_spell s \(Spell.actsJoin)
                WHERE s.area = ? AND s.person IN (\(part.places)) ORDER BY s.person, s.first_day, s.id, a.seq
                """)
            let rows = try SpellRows.read(tx, sql, [Value(area)] + part.values { [Value($0)] })
            for (person, spell) in rows.all { found[person, default: []].append(spell) }
        }
        return found
    }

    /// A human being's statuses under these numbers of his, the one that counts first; of the rows of one kind and first
    /// day under a number, the last.
    static func statuses(
        _ tx: any Transaction, area: AreaCode, under numbers: [ID<Person>]
    ) throws -> [SpecialStatus] {
        SpecialStatus.together(
            try numbers.map { number in
                var statuses: [SpecialStatus] = []
                try tx.forEach(statusSelection, [Value(area), Value(number)]) { row in
                    SpecialStatus.fold(try SpecialStatus(row, from: 0), into: &statuses)
                    return true
                }
                return statuses
            })
    }

    private static let statusSelection: SQL = """
        SELECT kind, first_day, last_day FROM special_status WHERE area = ? AND person = ?
        ORDER BY kind, first_day, seq
        """

    /// The statuses of several people at once, under all their numbers.
    static func statuses(
        _ tx: any Transaction, area: AreaCode, of people: [ID<Person>]
    ) throws -> [ID<Person>: [SpecialStatus]] {
        let former = try formerNumbers(tx, area: area, of: people)
        var found: [ID<Person>: [SpecialStatus]] = [:]
        for part in Parts(Set(people).union(former.values.flatMap(\.self)).sorted()) {
            let sql = SQL(
                """
                SELECT person, kind, first_day, last_day FROM special_status
                WHERE area = ? AND person IN (\(part.places)) ORDER BY person, kind, first_day, seq
                """)
            try tx.forEach(sql, [Value(area)] + part.values { [Value($0)] }) { row in
                SpecialStatus.fold(try SpecialStatus(row, from: 1), into: &found[try row.id(0), default: []])
                return true
            }
        }
        var together: [ID<Person>: [SpecialStatus]] = [:]
        for person in people {
            let lists = ([person] + (former[person] ?? [])).compactMap { found[$0] }
            if !lists.isEmpty { together[person] = SpecialStatus.together(lists) }
        }
        return together
    }
}

extension SpecialStatus {
    /// From the columns `kind, first_day, last_day` beginning at `first`.
    init(_ row: any Row, from first: Int) throws {
        guard let kind = Kind(code: try row.int(first)),
            let period = Period(from: try row.day(first + 1), through: try row.dayOrNil(first + 2))
        else { throw StoreError.damaged("a special status is no known one") }
        self.init(kind: kind, period: period)
    }

    /// The arguments of `Enrolment.statusInsertion`.
    func values(person: ID<Person>, by origin: ActOrigin) -> [Value] {
        let owner = [Value(origin.area), Value(person)]
        return owner
            + [
                .int(kind.code), Value(period.first), Value(period.last), Value(origin.batch), Value(origin.matter),
            ] + owner
    }

    /// Of the rows of one kind and first day, the last counts.
    static func fold(_ status: SpecialStatus, into statuses: inout [SpecialStatus]) {
        if let last = statuses.last, last.kind == status.kind, last.period.first == status.period.first {
            statuses.removeLast()
        }
        statuses.append(status)
    }

    /// What stands under several numbers of one human being: of one kind, periods that overlap are one.
    static func together(_ lists: [[SpecialStatus]]) -> [SpecialStatus] {
        guard lists.count > 1 else { return lists.first ?? [] }
        let all = lists.joined().sorted { ($0.kind.code, $0.period.first) < ($1.kind.code, $1.period.first) }
        var joined: [SpecialStatus] = []
        for status in all {
            guard let last = joined.last, last.kind == status.kind, last.period.overlaps(status.period) else {
                joined.append(status)
                continue
            }
            let ends = [last.period.last, status.period.last].compactMap(\.self)
            joined[joined.count - 1].period.last = ends.count == 2 ? ends.max() : nil
        }
        return joined
    }
}
