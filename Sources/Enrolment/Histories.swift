import Basics
import Control
import Storage

/// One thing that was done for a person (人员办理记录), for the person's page.
public struct HistoryEntry: Hashable, Sendable {
    public enum Deed: Hashable, Sendable {
        /// 信息变更、生存状态、合并
        case person(PersonAct)
        /// 参保
        case opened(Spell)
        /// 暂停、恢复、终止 of a spell
        case spell(Spell.Act, of: Spell)
        /// 撤销登记 of a spell that then was none
        case voided(Insurance, PersonCategory, from: Day, SpellReason)
        /// 身份认定
        case status(SpecialStatus)
        /// 退休待遇核定
        case retirement(RetirementRecord)
    }
    /// The day from which it holds.
    public var day: Day
    public var deed: Deed
    /// Who did it, why and when; nil for what its matter or its file alone tells.
    public var trace: ActTrace?
    public var matter: ID<Matter>?

    /// 参加职工基本医疗保险(在职职工): a line of the list.
    public var title: String {
        switch deed {
        case .person(let act): act.kind.name + (act.survivor.map { "(并入 \($0))" } ?? "")
        case .opened(let spell): "\(spell.reason.name):\(spell.insurance.name)(\(spell.category.name))"
        case .spell(let act, let spell): "\(act.kind.name)\(spell.insurance.name):\(act.reason.name)"
        case .voided(let insurance, let category, let from, let reason):
            "撤销登记:自 \(from) 的\(insurance.name)(\(category.name)),\(reason.name)"
        case .status(let status): "\(status.kind.name) \(status.period)"
        case .retirement(let record): "退休待遇核定:\(record.way.name)"
        }
    }
}

extension Spell.Act.Kind {
    public var name: String {
        switch self {
        case .ended: "终止"
        case .suspended: "暂停"
        case .resumed: "恢复"
        case .voided: "撤销登记"
        }
    }
}

/// A list as the page of lists shows it (名单目录).
public struct ListEntry: Hashable, Sendable {
    public let id: ID<EnrolmentListEntry>
    public let kind: ListKind
    public let file: String
    public let employer: ID<Employer>?
    public let lineCount: Int
    public let isWhole: Bool
    public let actor: Actor
    public let at: Moment
    public let matter: ID<Matter>
}

extension Enrolment {
    // MARK: - Whatever was typed

    /// People by whatever somebody typed (人员查询): a person's number, an identity number of 18 or 15 digits or of
    /// another paper, a card, or the beginning of a name in any spelling. Exact finds come alone.
    public static func look(
        _ tx: any Transaction, area: AreaCode, for text: String, after: ID<Person> = ID(0), limit: Int = 50
    ) throws -> [PersonRecord] {
        if after == ID(0), let exact = try exactly(tx, area: area, text) { return [exact] }
        return try search(tx, area: area, name: text, after: after, limit: limit)
    }

    private static func exactly(_ tx: any Transaction, area: AreaCode, _ text: String) throws -> PersonRecord? {
        let number = NationalID(fifteen: text)?.description ?? text.uppercased()
        for kind in IdentityPaperKind.allCases {
            if let id = try find(tx, area: area, paper: IdentityPaper(kind: kind, checked: number)) {
                return try person(tx, area: area, id)
            }
        }
        if let id = try find(tx, area: area, card: text) { return try person(tx, area: area, id) }
        return try Int64(text).flatMap { try person(tx, area: area, ID($0)) }
    }

    // MARK: - What was done

    /// All that was done for a person, oldest first by the day from which it holds.
    public static func history(_ tx: any Transaction, area: AreaCode, of id: ID<Person>) throws -> [HistoryEntry] {
        let key: [Value] = [Value(area), Value(id)]
        let insured = try requireInsured(tx, area: area, id)
        var entries: [HistoryEntry] = []
        let traces = try tx.rows(personTraces, key) { try ActTrace($0, from: 0) }
        for (act, trace) in zip(insured.person.acts, traces) {
            entries.append(HistoryEntry(day: act.day, deed: .person(act), trace: trace, matter: trace.matter))
        }
        let spells = Dictionary(insured.spells.map { ($0.id, $0) }) { first, _ in first }
        try tx.forEach(spellMatters, key) { row in
            if let spell = spells[try row.id(0)] {
                let matter = try row.intOrNil(1).map { ID<Matter>($0) }
                entries.append(
                    HistoryEntry(day: spell.period.first, deed: .opened(spell), trace: nil, matter: matter))
            }
            return true
        }
        try tx.forEach(spellActTraces, key) { row in
            guard let spell = spells[try row.id(0)] else { return true }
            let act = Spell.Act(kind: try row.code(1), day: try row.day(2), reason: try row.code(3))
            let trace = try ActTrace(row, from: 4)
            entries.append(
                HistoryEntry(day: act.day, deed: .spell(act, of: spell), trace: trace, matter: trace.matter))
            return true
        }
        try tx.forEach(voidedSpells, key) { row in
            let trace = try ActTrace(row, from: 4)
            let from = try row.day(2)
            let deed = HistoryEntry.Deed.voided(try row.code(0), try row.code(1), from: from, try row.code(3))
            entries.append(HistoryEntry(day: from, deed: deed, trace: trace, matter: trace.matter))
            return true
        }
        try tx.forEach(statusMatters, key) { row in
            let status = try SpecialStatus(row, from: 0)
            let matter = try row.intOrNil(3).map { ID<Matter>($0) }
            entries.append(
                HistoryEntry(day: status.period.first, deed: .status(status), trace: nil, matter: matter))
            return true
        }
        for record in try retirements(tx, area: area, of: id) {
            entries.append(
                HistoryEntry(day: record.retiredOn, deed: .retirement(record), trace: nil, matter: record.matter))
        }
        return entries.enumerated().sorted { ($0.element.day, $0.offset) < ($1.element.day, $1.offset) }.map(\.element)
    }

    private static let personTraces = SQL(
        "SELECT \(ActTrace.columns) FROM person_act WHERE area = ? AND person = ? ORDER BY seq")
    private static let spellMatters: SQL =
        "SELECT id, matter FROM insurance_spell WHERE area = ? AND person = ? ORDER BY id"
    private static let spellActTraces = SQL(
        """
        SELECT spell, kind, day, reason, \(ActTrace.columns) FROM insurance_spell_act
        WHERE area = ? AND person = ? ORDER BY seq
        """)
    private static let voidedSpells = SQL(
        """
        SELECT s.insurance, s.category, s.first_day, a.reason, \(ActTrace.columnsOfA)
        FROM insurance_spell_act a
        JOIN insurance_spell s ON s.area = a.area AND s.person = a.person AND s.id = a.spell
        WHERE a.area = ? AND a.person = ? AND a.kind = 4 ORDER BY a.seq
        """)
    private static let statusMatters: SQL = """
        SELECT kind, first_day, last_day, matter FROM special_status WHERE area = ? AND person = ? ORDER BY seq
        """

    // MARK: - Lists

    /// The lists that were handed in, newest first, before a given one.
    public static func lists(
        _ tx: any Transaction, area: AreaCode, before: ID<EnrolmentListEntry>? = nil, limit: Int = 50
    ) throws -> [ListEntry] {
        try tx.rows(
            newestLists, Value(area), .int(before?.raw ?? .max), .int(Int64(min(limit, pageMax)))
        ) { row in
            ListEntry(
                id: try row.id(0), kind: try row.code(1), file: try row.text(2),
                employer: try row.intOrNil(3).map { ID($0) }, lineCount: Int(try row.int(4)),
                isWhole: try row.flag(5), actor: Actor(kind: try row.int(6), number: try row.int(7)) ?? .system,
                at: try row.moment(8), matter: try row.id(9))
        }
    }

    private static let newestLists: SQL = """
        SELECT id, kind, file, employer, line_count, is_whole, actor_kind, actor, at, matter FROM enrolment_list
        WHERE area = ? AND id < ? ORDER BY id DESC LIMIT ?
        """
}

extension Enrolment {
    /// People registered as dead whose insurance goes on beyond the day (死亡未停保), by person, after a given one: what a
    /// file of earlier years brought in so, and what an audit asks for.
    public static func insuredAfterDeath(
        _ tx: any Transaction, area: AreaCode, after person: ID<Person> = ID(0), limit: Int = 500
    ) throws -> [(person: ID<Person>, died: Day, spell: ID<Spell>)] {
        try tx.rows(
            deadAndInsured, Value(area), Value(person), .int(Int64(min(limit, pageMax)))
        ) { (person: try $0.id(0), died: try $0.day(1), spell: try $0.id(2)) }
    }

    private static let deadAndInsured: SQL = """
        SELECT d.person, d.day, s.id FROM person_act d
        JOIN insurance_spell s ON s.area = d.area AND s.person = d.person
            AND (s.last_day IS NULL OR s.last_day > d.day) AND s.first_day <= d.day
        WHERE d.area = ? AND d.kind = 2 AND d.person > ? AND NOT EXISTS (
            SELECT 1 FROM person_act r
            WHERE r.area = d.area AND r.person = d.person AND r.kind = 7 AND r.seq > d.seq)
        ORDER BY d.person, s.id LIMIT ?
        """
}
