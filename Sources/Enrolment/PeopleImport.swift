import Basics
import Control
import Storage

extension ImportOrigin {
    /// The origin of the rows that a file's batch writes.
    func acts(in batch: ID<ImportBatch>, of file: String) -> ActOrigin {
        ActOrigin(area: area, actor: actor, at: at, batch: batch, ground: "导入 \(file)")
    }
}

extension Enrolment {
    /// Imports people. Somebody registered already, word for word, is passed over; with other particulars he is a
    /// problem, because a correction of identity needs its own procedure. A date of death may be added.
    public static func importPeople(
        _ tx: any Transaction, _ sheet: ImportSheet<PersonLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.people, by: origin) { batch in
            var intake = PeopleIntake(by: origin.acts(in: batch, of: sheet.file))
            for (number, line) in sheet.lines { try intake.take(tx, line, number: number, place: sheet.place(number)) }
            try intake.problems.throwIfAny()
            try tx.insert(into: "person", columns: PersonRecord.columns, rows: intake.people)
            try tx.insert(into: "person_paper", columns: paperColumns, rows: intake.carried)
            try tx.insert(into: "person_card", columns: ["area", "card", "person", "batch"], rows: intake.cards)
            for (person, day) in intake.deaths {
                _ = try writeUnseen(
                    tx, PersonAct(seq: 0, kind: .died, day: day), to: person, by: intake.origin)
            }
            return intake.written
        }
    }
}

/// The people of one file, sorted into what is new, what is known, and what contradicts the register.
private struct PeopleIntake {
    let origin: ActOrigin
    var people: [[Value]] = []
    var carried: [[Value]] = []
    var cards: [[Value]] = []
    var deaths: [(person: ID<Person>, day: Day)] = []
    var problems = Problems()
    /// Lines that bring something new.
    var written = 0
    private var papers: [IdentityPaper: Int] = [:]
    private var cardLines: [String: Int] = [:]

    private var area: AreaCode { origin.area }

    init(by origin: ActOrigin) { self.origin = origin }

    mutating func take(_ tx: any Transaction, _ line: PersonLine, number: Int, place: String) throws {
        if let earlier = papers.updateValue(number, forKey: line.paper) {
            problems.add("enrolment.person.doubled", field: place, "与第 \(earlier) 行证件相同,请只留一行")
            return
        }
        let objections = objections(to: line, at: place)
        guard objections.isEmpty else {
            problems.all += objections
            return
        }
        if let id = try Enrolment.find(tx, area: area, paper: line.paper) {
            try compare(tx, line, with: id, place: place)
        } else {
            try register(tx, line, number: number, place: place)
        }
    }

    /// The days of a line that cannot be (出生、死亡日期的界限).
    private func objections(to line: PersonLine, at place: String) -> [Problem] {
        let today = origin.at.day
        var objections = line.particulars.problems(today: today).map { Problem($0.code, field: place, $0.message) }
        if let died = line.died, died > today {
            objections.append(Problem("enrolment.person.died", field: place, "死亡日期 \(died) 还没有到,请核对"))
        }
        return objections
    }

    private mutating func register(_ tx: any Transaction, _ line: PersonLine, number: Int, place: String) throws {
        let person = PersonRecord(
            id: try tx.nextID(Person.self, "person"),
            particulars: line.particulars)
        people.append(person.values(by: origin))
        carried.append([Value(area), Value(code: line.paper.kind), .text(line.paper.number), Value(person.id)])
        if let died = line.died { deaths.append((person.id, died)) }
        if !line.card.isEmpty { try addCard(tx, line.card, of: person.id, number: number, place: place) }
        written += 1
    }

    private mutating func addCard(
        _ tx: any Transaction, _ card: String, of person: ID<Person>, number: Int, place: String
    ) throws {
        if let earlier = cardLines.updateValue(number, forKey: card) {
            problems.add("enrolment.card.doubled", field: place, "社保卡号与第 \(earlier) 行相同,请核对卡号")
        } else if let owner = try Enrolment.find(tx, area: area, card: card), owner != person {
            problems.add("enrolment.card.taken", field: place, "社保卡号 \(card) 已属于人员 \(owner),请核对卡号")
        } else {
            cards.append([Value(area), .text(card), Value(person), Value(origin.batch)])
        }
    }

    private mutating func compare(
        _ tx: any Transaction, _ line: PersonLine, with id: ID<Person>, place: String
    ) throws {
        guard let known = try Enrolment.person(tx, area: area, id) else { return }
        if known.name != line.name || known.sex != line.sex || known.birth != line.birth {
            problems.add(
                "enrolment.person.different", field: place,
                "此证件已登记为 \(known.name)(\(known.birth)),与本行不同;更正身份信息请办理信息变更")
            return
        }
        guard let died = line.died, died != known.died else { return }
        if let registered = known.died {
            problems.add("enrolment.person.died", field: place, "死亡日期已登记为 \(registered),与本行 \(died) 不同,请核对")
            return
        }
        deaths.append((id, died))
        written += 1
    }
}
