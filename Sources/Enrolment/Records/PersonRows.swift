import Basics
import Storage

extension PersonRecord {
    static let columns = [
        "area", "id", "paper_kind", "paper_number", "name", "name_key", "sex", "birth_day", "ethnicity", "division",
        "batch", "matter",
    ]

    func values(by origin: ActOrigin) -> [Value] {
        [
            Value(origin.area), Value(id), Value(code: paper.kind), .text(paper.number), .text(name),
            .text(NameKey(name).text), Value(code: sex), Value(birth), .text(ethnicity), .text(division),
            Value(origin.batch), Value(origin.matter),
        ]
    }
}

extension PersonParticulars {
    /// From the columns `paper_kind, paper_number, name, sex, birth_day, ethnicity, division` beginning at `first`.
    init(_ row: any Row, from first: Int) throws {
        self.init(
            paper: IdentityPaper(kind: try row.code(first), checked: try row.text(first + 1)),
            name: try row.text(first + 2), sex: try row.code(first + 3), birth: try row.day(first + 4),
            ethnicity: try row.text(first + 5), division: try row.text(first + 6))
    }
}

extension PersonAct {
    static let columns = [
        "area", "person", "seq", "kind", "day", "paper_kind", "paper_number", "name", "name_key", "sex", "birth_day",
        "ethnicity", "division", "survivor", "certificate", "actor_kind", "actor", "ground", "at", "batch", "matter",
    ]

    func values(person: ID<Person>, by origin: ActOrigin) -> [Value] {
        [
            Value(origin.area), Value(person), .int(seq), Value(code: kind), Value(day),
            Value(code: particulars?.paper.kind), Value(particulars?.paper.number), Value(particulars?.name),
            Value(particulars.map { NameKey($0.name).text }), Value(code: particulars?.sex), Value(particulars?.birth),
            Value(particulars?.ethnicity), Value(particulars?.division), Value(survivor), .text(certificate),
        ] + origin.values
    }

    /// From the columns of `PersonRows.actColumns` beginning at `first`.
    init(_ row: any Row, from first: Int) throws {
        let kind: Kind = try row.code(first + 1)
        self.init(
            seq: try row.int(first), kind: kind, day: try row.day(first + 2),
            particulars: kind == .corrected ? try PersonParticulars(row, from: first + 5) : nil,
            survivor: try row.intOrNil(first + 3).map { ID($0) }, certificate: try row.text(first + 4))
    }
}

/// People read with their acts, folded row by row: one statement whatever was done to them.
struct PersonRows {
    private(set) var people: [PersonRecord] = []

    private static let actColumns = """
        a.seq, a.kind, a.day, a.survivor, a.certificate, a.paper_kind, a.paper_number, a.name, a.sex, a.birth_day,
        a.ethnicity, a.division
        """
    private static let columns = """
        p.id, p.paper_kind, p.paper_number, p.name, p.sex, p.birth_day, p.ethnicity, p.division, \(actColumns)
        """
    private static let source = "FROM person p LEFT JOIN person_act a ON a.area = p.area AND a.person = p.id"
    /// Continue with `WHERE p.area = ? AND …` and `order`.
    static let selection = "SELECT \(columns) \(source)"
    /// The same, and behind all of it (`hasFormer`) whether a number was ever merged into this one.
    static let selectionWithFormer = """
        SELECT \(columns), CASE WHEN EXISTS (
            SELECT 1 FROM person_act m WHERE m.area = p.area AND m.survivor = p.id) THEN 1 ELSE 0 END \(source)
        """
    static let hasFormer = 20
    static let order = "ORDER BY p.id, a.seq"

    mutating func take(_ row: any Row) throws {
        let id = try row.id(0, Person.self)
        if people.last?.id != id {
            people.append(PersonRecord(id: id, particulars: try PersonParticulars(row, from: 1)))
        }
        if !row.isNull(8) { people[people.count - 1].take(try PersonAct(row, from: 8)) }
    }

    static func read(_ tx: any Transaction, _ sql: SQL, _ arguments: [Value]) throws -> [PersonRecord] {
        var rows = PersonRows()
        try tx.forEach(sql, arguments) { row in
            try rows.take(row)
            return true
        }
        return rows.people
    }
}

extension Enrolment {
    public static func person(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> PersonRecord? {
        try PersonRows.read(tx, personByID, [Value(area), Value(id)]).first
    }

    /// A person, and all numbers of his where there is another than this one: the one that counts first.
    static func personWithNumbers(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Person>
    ) throws -> (person: PersonRecord, numbers: [ID<Person>])? {
        var rows = PersonRows()
        var hasFormer = false
        try tx.forEach(personByIDWithFormer, [Value(area), Value(id)]) { row in
            try rows.take(row)
            hasFormer = try row.flag(PersonRows.hasFormer)
            return true
        }
        guard let person = rows.people.first else { return nil }
        let isAlone = person.mergedInto == nil && !hasFormer
        return (person, isAlone ? [id] : try identities(tx, area: area, of: id))
    }

    private static let personByIDWithFormer = SQL(
        "\(PersonRows.selectionWithFormer) WHERE p.area = ? AND p.id = ? ORDER BY a.seq")
    private static let personByID = SQL("\(PersonRows.selection) WHERE p.area = ? AND p.id = ? ORDER BY a.seq")

    /// Several people at once, by number; those unknown are left out.
    public static func people(
        _ tx: any Transaction, area: AreaCode, _ ids: some Collection<ID<Person>>
    ) throws -> [ID<Person>: PersonRecord] {
        var found: [ID<Person>: PersonRecord] = [:]
        for part in Parts(Array(ids)) {
            let sql = SQL(
                "\(PersonRows.selection) WHERE p.area = ? AND p.id IN (\(part.places)) \(PersonRows.order)")
            let people = try PersonRows.read(tx, sql, [Value(area)] + part.values { [Value($0)] })
            for person in people { found[person.id] = person }
        }
        return found
    }
}

/// A long list cut into parts of a fixed size, so that a statement with a list of placeholders has few shapes and
/// is prepared once: the last part is filled up by repeating its last member.
struct Parts<Element>: Sequence, IteratorProtocol {
    struct Part {
        let elements: [Element]
        let columnCount: Int

        /// `?, ?, ?` or, for several columns, `(?, ?), (?, ?)`.
        var places: String {
            let one =
                columnCount == 1 ? "?" : "(" + Array(repeating: "?", count: columnCount).joined(separator: ", ") + ")"
            return Array(repeating: one, count: elements.count).joined(separator: ", ")
        }

        func values(_ row: (Element) -> [Value]) -> [Value] { elements.flatMap(row) }
    }

    static var sizeMax: Int { 500 }
    private static var sizeMin: Int { 20 }
    private var rest: ArraySlice<Element>
    private let columnCount: Int

    init(_ all: [Element], columnCount: Int = 1) {
        rest = all[...]
        self.columnCount = columnCount
    }

    mutating func next() -> Part? {
        guard !rest.isEmpty else { return nil }
        let size = rest.count > Parts.sizeMin ? Parts.sizeMax : Parts.sizeMin
        var elements = Array(rest.prefix(size))
        rest = rest.dropFirst(size)
        if let last = elements.last {
            elements += repeatElement(last, count: size - elements.count)
        }
        return Part(elements: elements, columnCount: columnCount)
    }
}
