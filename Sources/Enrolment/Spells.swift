import Basics
import Control
import Storage

extension Enrolment {
    // MARK: - Beginning

    /// What speaks against a spell that is asked for at the desk (参保登记的检查): the person's other spells, the law on
    /// who may be insured so, and the employer's state.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, enrolling insured: InsuredPerson, _ opening: SpellOpening,
        makesRoom: Bool, under terms: EnrolmentTerms, today: Day
    ) throws -> [Problem] {
        var problems = insured.objections(to: opening, makesRoom: makesRoom, under: terms, today: today)
        if let employer = opening.employer {
            do { try requireTaking(tx, area: area, employer) } catch let problem as Problem { problems.append(problem) }
        }
        return problems
    }

    /// Begins a spell (参保、续保). Answers its number; nil when the very same spell is in force already.
    ///
    /// - Parameter terms: what the law says of who may be insured so; nil where the house itself carries on what is in
    ///   force already (单位合并、重复人员合并).
    @discardableResult
    public static func open(
        _ tx: any Transaction, _ opening: SpellOpening, for id: ID<Person>, under terms: EnrolmentTerms? = nil,
        by origin: ActOrigin
    ) throws -> ID<Spell>? {
        try begin(tx, opening, for: id, makesRoom: false, under: terms, by: origin)
    }

    /// Ends the insurance in force and begins the other the next day (险种转换、单位间转移、类别变更): one act, no gap.
    @discardableResult
    public static func change(
        _ tx: any Transaction, to opening: SpellOpening, for id: ID<Person>, under terms: EnrolmentTerms? = nil,
        by origin: ActOrigin
    ) throws -> ID<Spell>? {
        try begin(tx, opening, for: id, makesRoom: true, under: terms, by: origin)
    }

    private static func begin(
        _ tx: any Transaction, _ opening: SpellOpening, for id: ID<Person>, makesRoom: Bool,
        under terms: EnrolmentTerms?, by origin: ActOrigin
    ) throws -> ID<Spell>? {
        let insured = try requireActive(tx, area: origin.area, id)
        if let terms {
            try Problems(
                terms.objections(
                    to: opening, born: insured.person.birth, after: insured.lastBasicSpell, today: origin.at.day)
            ).throwIfAny()
        }
        let plan = try insured.plan(opening, makesRoom: makesRoom)
        if let employer = opening.employer, plan.opens != nil {
            try requireTaking(tx, area: origin.area, employer)
        }
        if let end = plan.ends, let ended = plan.endedSpell {
            try write(tx, end, person: id, spell: ended, by: origin)
        }
        guard let opens = plan.opens else { return nil }
        let spell = Spell(opens, id: try tx.nextID(Spell.self, "insurance_spell"))
        try tx.insert(
            into: "insurance_spell", columns: Spell.columns, rows: [spell.values(person: id, by: origin)])
        if let employer = spell.employer { try markPaying(tx, employer, on: spell.period.first, by: origin) }
        try Evidence.spellOpened.record(
            tx, area: origin.area, subject: id.raw, record: spell.id.raw, by: origin.actor, at: origin.at)
        if opens.reason.continues, let former = insured.spells.first(where: { $0.id == plan.endedSpell }),
            let suspended = former.acts.last, suspended.kind == .suspended
        {
            try write(
                tx, Spell.Act(kind: .suspended, day: opens.from, reason: suspended.reason), person: id,
                spell: spell.id, by: origin)
        }
        return spell.id
    }

    // MARK: - Suspension, resumption, end

    /// Suspends or resumes the benefits of a spell from a day on, or ends the spell with a day.
    public static func act(
        _ tx: any Transaction, person: ID<Person>, spell id: ID<Spell>, _ act: Spell.Act, by origin: ActOrigin
    ) throws {
        guard let spell = try spells(tx, area: origin.area, of: person).first(where: { $0.id == id }) else {
            throw Problem("enrolment.spell.unknown", field: "psn_no", "此人没有这段参保记录,请刷新后重试")
        }
        if let objection = spell.objection(to: act) { throw objection }
        try write(tx, act, person: person, spell: id, by: origin)
    }

    /// Voids a spell that was registered in error (撤销参保登记): it is as if it had never been, and its act tells that it
    /// was. What was paid and received on its ground is for the caller to have undone before.
    public static func void(
        _ tx: any Transaction, _ spell: Spell, of person: ID<Person>, _ reason: SpellReason, by origin: ActOrigin
    ) throws {
        let act = Spell.Act(kind: .voided, day: spell.period.first - 1, reason: reason)
        try write(tx, act, person: person, spell: spell.id, by: origin)
    }

    /// Writes an act that is known to be in order, with its event.
    static func write(
        _ tx: any Transaction, _ act: Spell.Act, person: ID<Person>, spell: ID<Spell>, by origin: ActOrigin
    ) throws {
        let seq = try writeUnseen(tx, act, person: person, spell: spell, by: origin)
        try Evidence.spellAct.record(
            tx, area: origin.area, subject: person.raw, record: seq, by: origin.actor, at: origin.at)
    }

    /// Writes an act without an event of its own: the event of the whole file or chunk vouches for it. Answers its
    /// place among the person's acts.
    static func writeUnseen(
        _ tx: any Transaction, _ act: Spell.Act, person: ID<Person>, spell: ID<Spell>, by origin: ActOrigin
    ) throws -> Int64 {
        let seq = (try tx.first(lastAct, Value(origin.area), Value(person)) { try $0.int(0) } ?? 0) + 1
        try tx.execute(
            spellActInsertion,
            [
                Value(origin.area), Value(person), .int(seq), Value(spell), Value(code: act.kind), Value(act.day),
                Value(code: act.reason),
            ] + origin.values)
        if act.kind == .voided {
            try tx.execute(spellVoiding, Value(origin.area), Value(person), Value(spell))
        }
        if act.kind == .ended {
            try tx.execute(spellEnd, Value(act.day), Value(origin.area), Value(person), Value(spell))
        }
        return seq
    }

    private static let lastAct: SQL = """
        SELECT seq FROM insurance_spell_act WHERE area = ? AND person = ? ORDER BY seq DESC LIMIT 1
        """
    private static let spellActInsertion: SQL = """
        INSERT INTO insurance_spell_act (area, person, seq, spell, kind, day, reason, actor_kind, actor, ground, at,
            batch, matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let spellVoiding: SQL = """
        UPDATE insurance_spell SET last_day = first_day - 1 WHERE area = ? AND person = ? AND id = ?
        """
    private static let spellEnd: SQL = """
        UPDATE insurance_spell SET last_day = ? WHERE area = ? AND person = ? AND id = ? AND last_day IS NULL
        """
}

extension Spell {
    init(_ opening: SpellOpening, id: ID<Spell>) {
        let first = opening.from
        self.init(
            id: id, insurance: opening.insurance, category: opening.category, employer: opening.employer,
            period: Period(from: first, through: nil)!, entitledFrom: max(opening.entitledFrom ?? first, first),
            reason: opening.reason)
    }
}
