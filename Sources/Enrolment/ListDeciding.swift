import Basics
import Control
import Storage

/// A line with what is to be done for it, and for whom (已判定的名单行).
struct DecidedLine {
    var line: ListLine
    var known: InsuredPerson?
    var result: Result<ListDecision, CellProblem>
}

extension Enrolment {
    /// Decides many lines at once: a handful of queries for all of them, not several for each.
    static func decide(
        _ tx: any Transaction, area: AreaCode, _ lines: [ListLine], _ context: ListContext
    ) throws -> [DecidedLine] {
        let known = try insured(tx, area: area, by: lines.map(\.paper))
        let strangers = lines.filter { known[$0.paper] == nil }
        let alike = context.kind.registers ? try Namesakes(tx, area: area, of: strangers) : Namesakes()
        var before = LinesBefore()
        return lines.map { line in
            let person = known[line.paper]
            let likenesses = person == nil ? alike.likenesses(of: line) + before.likenesses(of: line) : []
            let result: Result<ListDecision, CellProblem> =
                Result { () throws(CellProblem) in
                    try before.refuse(line, person?.person.id)
                    return try line.decide(context, known: person, alike: likenesses)
                }
            before.take(line, person?.person.id)
            return DecidedLine(line: line, known: person, result: result)
        }
    }

    /// Those of these papers' carriers whom the register knows, merged numbers followed to the one that counts.
    private static func insured(
        _ tx: any Transaction, area: AreaCode, by papers: [IdentityPaper]
    ) throws -> [IdentityPaper: InsuredPerson] {
        var carriers: [IdentityPaper: ID<Person>] = [:]
        for (kind, ofKind) in Dictionary(grouping: papers, by: \.kind) {
            for part in Parts(ofKind.map(\.number)) {
                let sql = SQL(
                    """
                    SELECT paper_number, person FROM person_paper
                    WHERE area = ? AND paper_kind = ? AND paper_number IN (\(part.places))
                    """)
                try tx.forEach(sql, [Value(area), Value(code: kind)] + part.values { [.text($0)] }) { row in
                    carriers[IdentityPaper(kind: kind, checked: try row.text(0))] = try row.id(1)
                    return true
                }
            }
        }
        var people = try people(tx, area: area, Set(carriers.values))
        for (paper, id) in carriers where people[id]?.mergedInto != nil {
            let survivor = try survivor(tx, area: area, of: id)
            carriers[paper] = survivor
            people[survivor] = try person(tx, area: area, survivor)
        }
        let numbers = Array(people.keys).sorted()
        let spells = try spells(tx, area: area, of: numbers)
        let statuses = try statuses(tx, area: area, of: numbers)
        return carriers.compactMapValues { id in
            people[id].map {
                InsuredPerson(person: $0, spells: spells[id] ?? [], statuses: statuses[id] ?? [])
            }
        }
    }
}

extension ListKind {
    /// Whether a line may bring somebody whom the register does not know.
    fileprivate var registers: Bool { [.joiners, .students, .residents, .takenOver].contains(self) }
}

/// The lines of the same list already decided: a person, or a stranger's name and birth, stands in one of them only.
private struct LinesBefore {
    private var papers: [IdentityPaper: Int] = [:]
    private var people: [ID<Person>: Int] = [:]
    private var names: [NameAndBirth: PersonParticulars] = [:]

    func refuse(_ line: ListLine, _ person: ID<Person>?) throws(CellProblem) {
        guard let earlier = papers[line.paper] ?? person.flatMap({ people[$0] }) else { return }
        throw CellProblem(
            line: line.number, column: ListColumn.paperNumber.name, code: "enrolment.person.doubled",
            message: "与第 \(earlier) 行是同一人,请只留一行")
    }

    func likenesses(of line: ListLine) -> [Likeness] {
        guard let identity = NameAndBirth(line), let other = names[identity], other.paper != line.paper else {
            return []
        }
        return [Likeness(person: PersonRecord(id: ID(0), particulars: other), cause: .sameNameInList)]
    }

    mutating func take(_ line: ListLine, _ person: ID<Person>?) {
        if papers[line.paper] == nil { papers[line.paper] = line.number }
        if let person {
            if people[person] == nil { people[person] = line.number }
        } else if let identity = NameAndBirth(line), names[identity] == nil {
            names[identity] = line.particulars
        }
    }
}

/// By what two entries are suspected to be one human being. Not by sex: where it was entered wrongly, it would hide him.
private struct NameAndBirth: Hashable {
    var name: String
    var birth: Day

    /// As a row of the register has them, now or formerly.
    init(_ row: any Row) throws {
        name = try row.text(1)
        birth = try row.day(2)
    }

    init?(_ line: ListLine) {
        guard let birth = line.birth else { return nil }
        name = NameKey(line.name).text
        self.birth = birth
    }
}

/// Who on the register resembles the strangers of a list, looked up for all of them at once (疑似重复人员).
private struct Namesakes {
    private var byNumber: [String: [(paper: IdentityPaper, person: PersonRecord)]] = [:]
    private var byName: [NameAndBirth: [PersonRecord]] = [:]

    init() {}

    init(_ tx: any Transaction, area: AreaCode, of strangers: [ListLine]) throws {
        try findNumbers(tx, area, strangers)
        try findNames(tx, area, strangers)
    }

    func likenesses(of line: ListLine) -> [Likeness] {
        var found: [Likeness] = []
        for namesake in Set(line.paper.namesakes.map(\.number)).sorted() {
            for (paper, person) in byNumber[namesake] ?? [] where !found.contains(where: { $0.person.id == person.id })
            {
                found.append(Likeness(person: person, cause: .sameNumber(paper)))
            }
        }
        if let identity = NameAndBirth(line) {
            for person in byName[identity] ?? [] where !found.contains(where: { $0.person.id == person.id }) {
                found.append(Likeness(person: person, cause: .sameNameAndBirth))
            }
        }
        return found
    }

    private mutating func findNumbers(_ tx: any Transaction, _ area: AreaCode, _ strangers: [ListLine]) throws {
        let numbers = Set(strangers.flatMap { $0.paper.namesakes.map(\.number) }).sorted()
        let kinds = IdentityPaperKind.allCases.map { String($0.rawValue) }.joined(separator: ", ")
        var carriers: [(paper: IdentityPaper, person: ID<Person>)] = []
        for part in Parts(numbers) {
            let sql = SQL(
                """
                SELECT paper_kind, paper_number, person FROM person_paper
                WHERE area = ? AND paper_kind IN (\(kinds)) AND paper_number IN (\(part.places))
                """)
            carriers += try tx.rows(sql, [Value(area)] + part.values { [.text($0)] }) { row in
                (IdentityPaper(kind: try row.code(0), checked: try row.text(1)), try row.id(2))
            }
        }
        let people = try Enrolment.people(tx, area: area, Set(carriers.map(\.person)))
        for (paper, id) in carriers {
            if let person = people[id] { byNumber[paper.number, default: []].append((paper, person)) }
        }
    }

    /// By the pair of name and birth, so that a frequent name does not bring up a town full of people; filed under the
    /// pair that was found, which may be a former one (曾用名).
    private mutating func findNames(_ tx: any Transaction, _ area: AreaCode, _ strangers: [ListLine]) throws {
        var found: [NameAndBirth: Set<ID<Person>>] = [:]
        for part in Parts(Array(Set(strangers.compactMap(NameAndBirth.init)))) {
            let asked = part.elements.map { _ in "(CAST(? AS TEXT), CAST(? AS BIGINT))" }.joined(separator: ", ")
            let sql = SQL(
                """
                WITH asked (name_key, birth_day) AS (VALUES \(asked))
                SELECT p.id, p.name_key, p.birth_day FROM asked JOIN person p
                    ON p.area = ? AND p.name_key = asked.name_key AND p.birth_day = asked.birth_day
                UNION
                SELECT a.person, a.name_key, a.birth_day FROM asked JOIN person_act a
                    ON a.area = ? AND a.name_key = asked.name_key AND a.birth_day = asked.birth_day
                """)
            let arguments = part.values { [.text($0.name), Value($0.birth)] } + [Value(area), Value(area)]
            try tx.forEach(sql, arguments) { row in
                try found[NameAndBirth(row), default: []].insert(row.id(0))
                return true
            }
        }
        let everybody = found.values.reduce(into: Set<ID<Person>>()) { $0.formUnion($1) }
        let people = try Enrolment.people(tx, area: area, everybody)
        byName = found.mapValues { ids in ids.sorted().compactMap { people[$0] }.filter { $0.mergedInto == nil } }
    }
}

/// The rows that one chunk of a list writes, gathered and written in bulk, with one event for all of them.
struct ListWriting {
    let list: ID<EnrolmentListEntry>
    let chunk: Int64
    let employer: ID<Employer>?
    let origin: ActOrigin
    private var people: [[Value]] = []
    private var papers: [[Value]] = []
    private var personActs: [[Value]] = []
    private var spells: [[Value]] = []
    private var statuses: [[Value]] = []
    private var results: [[Value]] = []
    /// The first day on which somebody joins the employer.
    private var joins: Day?
    private(set) var carried = 0

    init(list: ID<EnrolmentListEntry>, chunk: Int64, employer: ID<Employer>?, origin: ActOrigin) {
        self.list = list
        self.chunk = chunk
        self.employer = employer
        self.origin = origin
    }

    mutating func write(_ tx: any Transaction, _ decided: [DecidedLine], unreadable: [CellProblem]) throws {
        for line in decided { try take(tx, line) }
        for (number, problems) in Dictionary(grouping: unreadable, by: \.line).sorted(by: { $0.key < $1.key }) {
            addResult(number, .refused, nil, problems)
        }
        try tx.insert(into: "person", columns: PersonRecord.columns, rows: people)
        try tx.insert(into: "person_paper", columns: Enrolment.paperColumns, rows: papers)
        try tx.insert(into: "person_act", columns: PersonAct.columns, rows: personActs)
        try tx.insert(into: "insurance_spell", columns: Spell.columns, rows: spells)
        for status in statuses { try tx.execute(Enrolment.statusInsertion, status) }
        try tx.insert(
            into: "enrolment_list_result",
            columns: ["area", "list", "line", "chunk", "outcome", "person", "problem", "field", "message"],
            rows: results)
        if let joins, let employer { try Enrolment.markPaying(tx, employer, on: joins, by: origin) }
    }

    /// One event for the chunk vouches for every row it wrote.
    func record(_ tx: any Transaction) throws {
        var rows = RowDigest()
        try Enrolment.Evidence.addChunk(tx, area: origin.area, list: list.raw, chunk: chunk, to: &rows)
        try EventLog.append(
            tx,
            Event(
                area: origin.area, kind: .listCarried, subject: list.raw, record: chunk, actor: origin.actor,
                at: origin.at, detail: #"{"carried":\#(carried)}"#, rows: rows))
    }

    private mutating func take(_ tx: any Transaction, _ decided: DecidedLine) throws {
        switch decided.result {
        case .failure(let problem): addResult(decided.line.number, .refused, decided.known?.person.id, [problem])
        case .success(let decision) where decision.isNothing:
            addResult(decided.line.number, .unchanged, decided.known?.person.id, message: decision.summary)
        case .success(let decision):
            let person = try carryOut(tx, decision, decided.known)
            addResult(decided.line.number, .carried, person, message: decision.summary)
            carried += 1
        }
    }

    private mutating func carryOut(
        _ tx: any Transaction, _ decision: ListDecision, _ known: InsuredPerson?
    ) throws -> ID<Person> {
        let id = try decision.registers.map { try register(tx, $0) } ?? known?.person.id ?? ID(0)
        if var life = decision.life {
            life.seq = Int64(known?.person.acts.count ?? 0) + 1
            personActs.append(life.values(person: id, by: origin))
        }
        if let end = decision.spell.ends, let spell = decision.spell.endedSpell {
            _ = try Enrolment.writeUnseen(tx, end, person: id, spell: spell, by: origin)
        }
        for step in decision.acts {
            _ = try Enrolment.writeUnseen(tx, step.act, person: id, spell: step.spell, by: origin)
        }
        if let opening = decision.spell.opens {
            let spell = Spell(opening, id: try tx.nextID(Spell.self, "insurance_spell"))
            spells.append(spell.values(person: id, by: origin))
            joins = min(joins ?? opening.from, opening.from)
        }
        if let status = decision.status { try take(tx, status, of: id, known) }
        return id
    }

    private mutating func take(
        _ tx: any Transaction, _ status: SpecialStatus, of id: ID<Person>, _ known: InsuredPerson?
    ) throws {
        let places = try known.map { try Enrolment.places(tx, area: origin.area, of: status, standing: $0) }
        for (number, row) in places ?? [(id, status)] {
            if number == id {
                statuses.append(row.values(person: id, by: origin))
            } else {
                // A chunk's event vouches for the rows of the people whom its lines name.
                try Enrolment.write(tx, row, under: number, by: origin)
            }
        }
    }

    private mutating func register(_ tx: any Transaction, _ particulars: PersonParticulars) throws -> ID<Person> {
        let person = PersonRecord(id: try tx.nextID(Person.self, "person"), particulars: particulars)
        people.append(person.values(by: origin))
        papers.append([
            Value(origin.area), Value(code: particulars.paper.kind), .text(particulars.paper.number), Value(person.id),
        ])
        return person.id
    }

    private mutating func addResult(
        _ line: Int, _ outcome: ListResult.Outcome, _ person: ID<Person>?, _ problems: [CellProblem] = [],
        message: String = ""
    ) {
        results.append([
            Value(origin.area), Value(list), .int(Int64(line)), .int(chunk), Value(code: outcome), Value(person),
            .text(problems.first?.code ?? ""), .text(problems.map(\.column).joined(separator: "、")),
            .text(problems.isEmpty ? message : problems.map(\.message).joined(separator: ";")),
        ])
    }
}
