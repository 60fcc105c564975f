import Basics
import Control
import Storage

/// Who may be the same human being as the one at hand (疑似重复人员), and why.
public struct Likeness: Hashable, Sendable {
    public enum Cause: Hashable, Sendable {
        /// The same number was registered under another kind of paper, or with 15 digits (同号异类).
        case sameNumber(IdentityPaper)
        /// Name in any spelling, now or formerly, and birth agree (姓名、出生日期相同); the sex may have been entered wrongly.
        case sameNameAndBirth
        /// The same of another line of the list at hand (同一名单内).
        case sameNameInList
    }
    public var person: PersonRecord
    public var cause: Cause

    /// Namesakes may be two people; one number never is.
    var isDoubtful: Bool { if case .sameNumber = cause { false } else { true } }

    var problem: Problem {
        switch cause {
        case .sameNumber(let paper):
            Problem(
                "enrolment.person.sameNumber", field: "certno",
                "号码 \(paper.number) 已作为“\(paper.kind.name)”登记给 \(person.name)(人员编号 \(person.id)),请为该人办理信息变更,不要重复登记")
        case .sameNameAndBirth:
            Problem(
                "enrolment.person.alike", field: "psn_name",
                "已有同名或曾用此名、同日出生的人员 \(person.name)(人员编号 \(person.id),证件 \(person.paper.number)),确认不是同一人后再登记"
            )
        case .sameNameInList:
            Problem(
                "enrolment.person.alike", field: "psn_name",
                "同一名单里另有同名(\(person.name))同日出生的人员(证件 \(person.paper.number)),确认不是同一人后再登记")
        }
    }
}

extension Enrolment {
    // MARK: - Registration

    /// Who on the register may be this human being already: by number under any paper, by name and birth in any
    /// spelling.
    public static func likenesses(
        _ tx: any Transaction, area: AreaCode, _ particulars: PersonParticulars
    ) throws -> [Likeness] {
        var found: [Likeness] = []
        for paper in particulars.paper.namesakes {
            guard let id = try find(tx, area: area, paper: paper), let person = try person(tx, area: area, id)
            else { continue }
            if !found.contains(where: { $0.person.id == id }) {
                found.append(Likeness(person: person, cause: .sameNumber(paper)))
            }
        }
        let key: [Value] = [Value(area), .text(NameKey(particulars.name).text), Value(particulars.birth)]
        let ids = Set(try tx.rows(idsByNameAndBirth, key + key) { try $0.id(0, Person.self) })
        for person in try people(tx, area: area, ids).values.sorted(by: { $0.id < $1.id })
        where person.paper != particulars.paper && person.mergedInto == nil
            && !found.contains(where: { $0.person.id == person.id })
        {
            found.append(Likeness(person: person, cause: .sameNameAndBirth))
        }
        return found
    }

    private static let idsByNameAndBirth: SQL = """
        SELECT id FROM person WHERE area = ? AND name_key = ? AND birth_day = ?
        UNION
        SELECT person FROM person_act WHERE area = ? AND name_key = ? AND birth_day = ?
        """

    /// What speaks against registering somebody (人员登记的检查).
    ///
    /// - Parameter isDistinct: whoever registers has made sure that a namesake is somebody else.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, registering particulars: PersonParticulars, isDistinct: Bool,
        today: Day
    ) throws -> [Problem] {
        var problems = particulars.problems(today: today)
        if let id = try find(tx, area: area, paper: particulars.paper) {
            problems.append(
                Problem("enrolment.person.exists", field: "certno", "此证件已登记,人员编号 \(id),请直接为该人办理参保"))
            return problems
        }
        for likeness in try likenesses(tx, area: area, particulars) {
            if likeness.isDoubtful, isDistinct { continue }
            problems.append(likeness.problem)
        }
        return problems
    }

    /// Registers a person (人员登记).
    @discardableResult
    public static func register(
        _ tx: any Transaction, _ particulars: PersonParticulars, isDistinct: Bool = false, by origin: ActOrigin
    ) throws -> ID<Person> {
        try Problems(
            objections(
                tx, area: origin.area, registering: particulars, isDistinct: isDistinct, today: origin.at.day)
        ).throwIfAny()
        let person = PersonRecord(id: try tx.nextID(Person.self, "person"), particulars: particulars)
        try tx.insert(into: "person", columns: PersonRecord.columns, rows: [person.values(by: origin)])
        try carry(tx, area: origin.area, paper: particulars.paper, person: person.id)
        try Evidence.registered.record(
            tx, area: origin.area, subject: person.id.raw, by: origin.actor, at: origin.at)
        return person.id
    }

    /// Makes a paper lead to a person.
    private static func carry(
        _ tx: any Transaction, area: AreaCode, paper: IdentityPaper, person: ID<Person>
    ) throws {
        try tx.execute(
            paperInsertion, Value(area), Value(code: paper.kind), .text(paper.number), Value(person))
    }

    private static let paperInsertion: SQL = """
        INSERT INTO person_paper (area, paper_kind, paper_number, person) VALUES (?, ?, ?, ?)
        """
    static let paperColumns = ["area", "paper_kind", "paper_number", "person"]

    // MARK: - Correction

    /// What speaks against a correction (信息变更的检查).
    public static func objections(
        _ tx: any Transaction, area: AreaCode, correcting id: ID<Person>, to particulars: PersonParticulars,
        today: Day
    ) throws -> [Problem] {
        let known = try requireActive(tx, area: area, id).person
        var problems = particulars.problems(today: today)
        if known.particulars == particulars {
            problems.append(Problem("enrolment.person.unchanged", "与现有登记完全相同,没有要变更的内容"))
        }
        if let owner = try find(tx, area: area, paper: particulars.paper), owner != id {
            problems.append(
                Problem(
                    "enrolment.person.taken", field: "certno", "此证件已属于人员 \(owner);确是同一人的,请办理重复人员合并"))
        }
        return problems
    }

    /// Corrects who somebody is (信息变更). A former number goes on leading to him, unless it never was his: then it
    /// becomes free for its true holder.
    public static func correct(
        _ tx: any Transaction, _ id: ID<Person>, to particulars: PersonParticulars, formerPaperWasWrong: Bool = false,
        by origin: ActOrigin
    ) throws {
        try Problems(
            objections(tx, area: origin.area, correcting: id, to: particulars, today: origin.at.day)
        ).throwIfAny()
        let former = try requireActive(tx, area: origin.area, id).person.paper
        try append(
            tx, PersonAct(seq: 0, kind: .corrected, day: origin.at.day, particulars: particulars), to: id, by: origin)
        guard former != particulars.paper else { return }
        if formerPaperWasWrong {
            try tx.execute(
                paperRelease, Value(origin.area), Value(code: former.kind), .text(former.number), Value(id))
        }
        if try find(tx, area: origin.area, paper: particulars.paper) == nil {
            try carry(tx, area: origin.area, paper: particulars.paper, person: id)
        }
    }

    private static let paperRelease: SQL = """
        DELETE FROM person_paper WHERE area = ? AND paper_kind = ? AND paper_number = ? AND person = ?
        """

    // MARK: - Events of life

    /// Registers an event of life (死亡、判刑收监、失踪、服兵役、出境定居、恢复正常) and does with the open spells what
    /// follows from it: a death or settling abroad ends them with the day, prison, service and absence suspend them,
    /// a return resumes what that event had suspended.
    public static func recordLife(
        _ tx: any Transaction, _ id: ID<Person>, _ kind: PersonAct.Kind, on day: Day, certificate: String,
        by origin: ActOrigin
    ) throws {
        let insured = try requireActive(tx, area: origin.area, id)
        try Problems(insured.objections(to: kind, on: day, certificate: certificate, today: origin.at.day)).throwIfAny()
        try append(tx, PersonAct(seq: 0, kind: kind, day: day, certificate: certificate), to: id, by: origin)
        for consequence in insured.consequences(of: kind, on: day) {
            try write(tx, consequence.act, person: id, spell: consequence.spell, by: origin)
        }
    }

    // MARK: - Two numbers of one human being

    /// What speaks against a merge (重复人员合并的检查).
    public static func objections(
        _ tx: any Transaction, area: AreaCode, merging duplicate: ID<Person>, into survivor: ID<Person>
    ) throws -> [Problem] {
        guard duplicate != survivor else {
            return [Problem("enrolment.merge.same", field: "survivor", "两个编号相同,请填写另一个编号")]
        }
        let former = try requireActive(tx, area: area, duplicate)
        let kept = try requireActive(tx, area: area, survivor)
        var problems = Problems()
        if former.person.birth != kept.person.birth && NameKey(former.person.name) != NameKey(kept.person.name) {
            problems.add(
                "enrolment.merge.different", field: "duplicate",
                "\(former.person.name)(\(former.person.birth))与 \(kept.person.name)(\(kept.person.birth))姓名和出生日期都不同,请先核实并更正信息"
            )
        }
        if let difference = LifeStatus.objection(merging: former.person.life, into: kept.person.life) {
            problems.all.append(difference)
        }
        if let both = former.clash(with: kept) {
            problems.add(
                "enrolment.merge.overlap", field: "duplicate",
                "两个编号在 \(both.period) 都有\(both.insurance.name);请先为错登的一段办理“撤销参保登记”(这段时间已缴费、划入账户或结算的,先办理退费、更正或撤销结算),再合并")
        }
        return problems.all
    }

    /// Merges a number into another (重复人员合并). Nothing is deleted: bills and past spells stay under the old number,
    /// which points to the surviving one, and count for both; papers and cards lead to the survivor; an open spell goes
    /// on under the survivor from the next day. The account is moved by its own desk.
    public static func merge(
        _ tx: any Transaction, _ duplicate: ID<Person>, into survivor: ID<Person>, by origin: ActOrigin
    ) throws {
        try Problems(objections(tx, area: origin.area, merging: duplicate, into: survivor)).throwIfAny()
        let today = origin.at.day
        let former = try requireActive(tx, area: origin.area, duplicate)
        for spell in former.spells where spell.period.last == nil {
            let last = max(today, spell.period.first)
            try write(
                tx, Spell.Act(kind: .ended, day: last, reason: .personMerged), person: duplicate, spell: spell.id,
                by: origin)
            let opening = SpellOpening(
                insurance: spell.insurance, category: spell.category, employer: spell.employer, from: last + 1,
                entitledFrom: max(spell.entitledFrom, last + 1), reason: .personMerged)
            if let opened = try open(tx, opening, for: survivor, by: origin) {
                try carrySuspension(tx, from: spell, to: opened, of: survivor, on: opening.from, by: origin)
            }
        }
        try append(
            tx, PersonAct(seq: 0, kind: .merged, day: today, survivor: survivor), to: duplicate, by: origin)
    }

    /// A suspension goes on under the number that counts (暂停随参保延续): who is in prison under the one number is so under
    /// the other.
    private static func carrySuspension(
        _ tx: any Transaction, from former: Spell, to spell: ID<Spell>, of person: ID<Person>, on day: Day,
        by origin: ActOrigin
    ) throws {
        guard let last = former.acts.last, last.kind == .suspended else { return }
        try write(
            tx, Spell.Act(kind: .suspended, day: day, reason: last.reason), person: person, spell: spell, by: origin)
    }

    /// Undoes a merge that was a mistake (撤销合并); spells are then put right by their own acts.
    public static func separate(_ tx: any Transaction, _ id: ID<Person>, by origin: ActOrigin) throws {
        guard let person = try person(tx, area: origin.area, id), person.mergedInto != nil else {
            throw Problem("enrolment.merge.none", field: "person", "人员 \(id) 没有并入别的编号,不需要撤销")
        }
        try append(tx, PersonAct(seq: 0, kind: .separated, day: origin.at.day), to: id, by: origin)
    }

    // MARK: - Writing acts

    /// Writes the next act of a person with its event; answers its place.
    @discardableResult
    private static func append(
        _ tx: any Transaction, _ act: PersonAct, to person: ID<Person>, by origin: ActOrigin
    ) throws -> Int64 {
        let seq = try writeUnseen(tx, act, to: person, by: origin)
        try Evidence.personAct.record(
            tx, area: origin.area, subject: person.raw, record: seq, by: origin.actor, at: origin.at)
        return seq
    }

    /// Writes the next act without an event of its own: the event of the whole file or chunk vouches for it.
    static func writeUnseen(
        _ tx: any Transaction, _ act: PersonAct, to person: ID<Person>, by origin: ActOrigin
    ) throws -> Int64 {
        var act = act
        act.seq = (try tx.first(lastPersonAct, Value(origin.area), Value(person)) { try $0.int(0) } ?? 0) + 1
        try tx.insert(into: "person_act", columns: PersonAct.columns, rows: [act.values(person: person, by: origin)])
        return act.seq
    }

    private static let lastPersonAct: SQL = """
        SELECT seq FROM person_act WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1
        """
}
