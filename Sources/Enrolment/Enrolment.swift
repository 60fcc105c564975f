import Basics
import Control
import Storage

/// The enrolment desk (参保登记): who the people are, what each is insured for and when, and whether the fund
/// answers for somebody on a day.
public enum Enrolment {
    // MARK: - Look-up

    /// A person with spells and statuses; nil when the number is unknown. Three reads by primary key.
    public static func insured(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> InsuredPerson? {
        guard let person = try person(tx, area: area, id) else { return nil }
        return InsuredPerson(
            person: person, spells: try spells(tx, area: area, of: id), statuses: try statuses(tx, area: area, of: id))
    }

    /// The same, or the problem that tells the caller what to check.
    public static func requireInsured(_ tx: any Transaction, area: AreaCode, _ id: ID<Person>) throws -> InsuredPerson {
        if let insured = try insured(tx, area: area, id) { return insured }
        throw Problem("enrolment.person.unknown", field: "psn_no", "没有人员编号 \(id),请用 1101 取得人员编号后重试")
    }

    /// Who carries this paper (1101 by 身份证号 and others).
    public static func find(_ tx: any Transaction, area: AreaCode, paper: IdentityPaper) throws -> ID<Person>? {
        try tx.first(idByPaper, Value(area), Value(code: paper.kind), .text(paper.number)) { try $0.id(0) }
    }

    private static let idByPaper: SQL = "SELECT id FROM person WHERE area = ? AND paper_kind = ? AND paper_number = ?"

    /// Whose card this is (1101 by 社会保障卡, or an electronic voucher's number).
    public static func find(_ tx: any Transaction, area: AreaCode, card: String) throws -> ID<Person>? {
        try tx.first(idByCard, Value(area), .text(card)) { try $0.id(0) }
    }

    private static let idByCard: SQL = "SELECT person FROM person_card WHERE area = ? AND card = ?"

    public static func employer(_ tx: any Transaction, area: AreaCode, _ id: ID<Employer>) throws -> EmployerRecord? {
        try tx.one(EmployerRecord.self, employerByID, Value(area), Value(id))
    }

    private static let employerByID: SQL = "SELECT id, credit_code, name FROM employer WHERE area = ? AND id = ?"

    /// People whose name begins so, by number, after a given one: for the counter's search.
    public static func search(
        _ tx: any Transaction, area: AreaCode, name: String, after: ID<Person> = ID(0), limit: Int = 50
    ) throws -> [PersonRecord] {
        try tx.all(
            PersonRecord.self, peopleByName, Value(area), .text(name), .text(name + "\u{10FFFF}"), Value(after),
            .int(Int64(min(limit, 500))))
    }

    private static let peopleByName = SQL(
        """
        \(PersonRecord.selection) WHERE p.area = ? AND p.name >= ? AND p.name <= ? AND p.id > ? ORDER BY p.id LIMIT ?
        """)

    // MARK: - Acts upon spells

    /// Suspends or resumes the benefits of a spell from a day on, or ends the spell with a day.
    public static func act(
        _ tx: any Transaction, area: AreaCode, person: ID<Person>, spell id: ID<Spell>, _ act: Spell.Act,
        by actor: Actor, ground: String, at: Moment
    ) throws {
        guard let spell = try spells(tx, area: area, of: person).first(where: { $0.id == id }) else {
            throw Problem("enrolment.spell.unknown", field: "psn_no", "此人没有这段参保记录,请刷新后重试")
        }
        try requireSequence(spell, act)
        let seq = try writeAct(
            tx, area: area, person: person, spell: id, act, by: actor, ground: ground, at: at, batch: nil)
        try Evidence.spellAct.record(tx, area: area, subject: person.raw, record: seq, by: actor, at: at)
    }

    /// Writes an act that is known to be in order; answers its place among the person's acts.
    static func writeAct(
        _ tx: any Transaction, area: AreaCode, person: ID<Person>, spell: ID<Spell>, _ act: Spell.Act, by actor: Actor,
        ground: String, at: Moment, batch: ID<ImportBatch>?
    ) throws -> Int64 {
        let seq = (try tx.first(lastAct, Value(area), Value(person)) { try $0.int(0) } ?? 0) + 1
        try tx.execute(
            spellActInsertion, Value(area), Value(person), .int(seq), Value(spell), Value(code: act.kind),
            Value(act.day), .int(actor.columns.kind), .int(actor.columns.number), .text(ground), Value(at),
            Value(batch))
        if act.kind == .ended {
            try tx.execute(spellEnd, Value(act.day), Value(area), Value(person), Value(spell))
        }
        return seq
    }

    private static let lastAct: SQL = """
        SELECT seq FROM insurance_spell_act WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1
        """
    private static let spellActInsertion: SQL = """
        INSERT INTO insurance_spell_act (area, person, seq, spell, kind, day, actor_kind, actor, ground, at, batch)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let spellEnd: SQL = """
        UPDATE insurance_spell SET last_day = ? WHERE area = ? AND person = ? AND id = ? AND last_day IS NULL
        """

    private static func requireSequence(_ spell: Spell, _ act: Spell.Act) throws(Problem) {
        guard act.day >= spell.period.first, spell.period.last.map({ act.day <= $0 }) ?? true else {
            throw Problem("enrolment.act.outside", "\(act.day) 不在参保时段 \(spell.period) 内,请核对日期")
        }
        if let last = spell.acts.last, act.day < last.day {
            throw Problem("enrolment.act.order", "日期早于上一次处理的 \(last.day),请改为之后的日期")
        }
        let isSuspended = spell.acts.last?.kind == .suspended
        switch act.kind {
        case .ended where spell.period.last != nil:
            throw Problem("enrolment.act.ended", "这段参保已经终止,不必再办")
        case .suspended where isSuspended:
            throw Problem("enrolment.act.suspended", "待遇已经暂停,不必再办")
        case .resumed where !isSuspended:
            throw Problem("enrolment.act.notSuspended", "待遇没有暂停,不需要恢复")
        default: break
        }
    }

    /// Registers a death. The person's entitlement ends with the day.
    public static func recordDeath(
        _ tx: any Transaction, area: AreaCode, person: ID<Person>, on day: Day, by actor: Actor, ground: String,
        at: Moment
    ) throws {
        try tx.execute(
            deathInsertion, Value(area), Value(person), Value(day), .int(actor.columns.kind),
            .int(actor.columns.number), .text(ground), Value(at), .null)
        try Evidence.death.record(tx, area: area, subject: person.raw, by: actor, at: at)
    }

    static let deathInsertion: SQL = """
        INSERT INTO person_death (area, person, died_day, actor_kind, actor, ground, at, batch)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    // MARK: - Verification

    /// Finds spells whose last day is neither the one declared nor the one of the act that ended them.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(unfounded, Value(area)) { row in
            Problem(
                "enrolment.spell.unfounded", field: "insurance_spell \(try row.int(0))",
                "人员 \(try row.int(1)) 参保时段的终止日期没有依据,请核对该人的参保登记和终止记录")
        }
    }

    private static let unfounded: SQL = """
        SELECT s.id, s.person FROM insurance_spell s
        LEFT JOIN insurance_spell_act a
            ON a.area = s.area AND a.person = s.person AND a.spell = s.id AND a.kind = 1
        WHERE s.area = ? AND s.last_day IS DISTINCT FROM COALESCE(a.day, s.declared_last_day)
        ORDER BY s.id LIMIT 1000
        """
}
