import Basics
import Control
import Storage

extension Enrolment {
    /// Imports spells of insurance. A spell is known by person, insurance and first day: the same again is passed
    /// over, an end that an open one lacked is recorded as an act, anything else that differs or overlaps is a problem.
    public static func importSpells(
        _ tx: any Transaction, _ sheet: ImportSheet<SpellLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.spells, by: origin) { batch in
            var intake = SpellsIntake(by: origin.acts(in: batch, of: sheet.file))
            for (number, line) in sheet.lines { try intake.take(tx, line, place: sheet.place(number)) }
            try intake.problems.throwIfAny()
            try tx.insert(
                into: "employer", columns: EmployerStep.pictureColumns,
                rows: intake.employers.map { $0.picture(area: origin.area) })
            try tx.insert(
                into: "employer_act", columns: EmployerAct.insertColumns,
                rows: intake.employers.map { $0.values(by: intake.origin) })
            // Ends first: a spell that ends may make room for the open one that follows it.
            for end in intake.ends {
                _ = try writeUnseen(
                    tx, Spell.Act(kind: .ended, day: end.day), person: end.person, spell: end.spell, by: intake.origin)
            }
            try tx.insert(into: "insurance_spell", columns: Spell.columns, rows: intake.spells)
            return intake.spells.count + intake.ends.count
        }
    }

    /// Imports statuses of people. Known by person, kind and first day; a new last day is a further row.
    public static func importStatuses(
        _ tx: any Transaction, _ sheet: ImportSheet<StatusLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.statuses, by: origin) { batch in
            var intake = StatusesIntake(by: origin.acts(in: batch, of: sheet.file))
            for (number, line) in sheet.lines { try intake.take(tx, line, place: sheet.place(number)) }
            try intake.problems.throwIfAny()
            for row in intake.rows { try tx.execute(statusInsertion, row) }
            return intake.rows.count
        }
    }

    static let statusInsertion: SQL = """
        INSERT INTO special_status (area, person, kind, first_day, last_day, batch, matter, seq)
        SELECT ?, ?, ?, ?, ?, ?, ?, count(*) + 1 FROM special_status WHERE area = ? AND person = ?
        """
}

/// The spells of one file beside those in the register.
private struct SpellsIntake {
    let origin: ActOrigin
    var spells: [[Value]] = []
    var employers: [EmployerStep] = []
    var ends: [(person: ID<Person>, spell: ID<Spell>, day: Day)] = []
    var problems = Problems()
    /// Each person's spells as they will stand after the lines taken so far.
    private var standing: [ID<Person>: [Spell]] = [:]
    /// The spells that this file brings.
    private var opened: Set<ID<Spell>> = []
    private var employersByCode: [String: (id: ID<Employer>, name: String)] = [:]

    private var area: AreaCode { origin.area }

    init(by origin: ActOrigin) { self.origin = origin }

    mutating func take(_ tx: any Transaction, _ line: SpellLine, place: String) throws {
        let entitled = DayBound.term.objection(to: line.entitledFrom, today: origin.at.day, field: place)
        let bounds = DayBound.objections(to: line.period, today: origin.at.day, fields: (place, place))
        guard bounds.isEmpty, entitled == nil else {
            problems.all += bounds.isEmpty ? [entitled].compactMap(\.self) : bounds
            return
        }
        guard let person = try Enrolment.find(tx, area: area, paper: line.paper) else {
            problems.add("enrolment.person.unknown", field: place, "没有登记证件号码 \(line.paper.number) 的人员,请先导入人员")
            return
        }
        let employer = try line.employer.map { try self.employer(tx, $0, place: place) } ?? nil
        var known = try standing[person] ?? Enrolment.spells(tx, area: area, of: person)
        if let index = known.firstIndex(where: {
            $0.insurance == line.insurance && $0.period.first == line.period.first
        }) {
            compare(line, employer: employer, with: &known[index], of: person, place: place)
        } else {
            let spell = Spell(
                id: try tx.nextID(Spell.self, "insurance_spell"), insurance: line.insurance, category: line.category,
                employer: employer, period: line.period, entitledFrom: line.entitledFrom, reason: .firstEnrolment)
            if let other = known.first(where: spell.conflicts) {
                problems.add(
                    "enrolment.spell.overlap", field: place,
                    "与已有的\(other.insurance.name)参保时段 \(other.period) 重叠,请先终止原参保或改正起止日期")
                return
            }
            known.append(spell)
            opened.insert(spell.id)
            spells.append(spell.values(person: person, by: origin))
        }
        standing[person] = known
    }

    private mutating func compare(
        _ line: SpellLine, employer: ID<Employer>?, with known: inout Spell, of person: ID<Person>, place: String
    ) {
        let isSame =
            known.category == line.category && known.employer == employer && known.entitledFrom == line.entitledFrom
        if isSame, known.period == line.period { return }
        guard isSame, known.period.last == nil, let last = line.period.last else {
            problems.add(
                "enrolment.spell.different", field: place,
                "与已登记的\(known.insurance.name)(\(known.category.name),\(known.period))不同,请办理变更"
            )
            return
        }
        if let act = known.acts.last, last < act.day {
            problems.add("enrolment.act.order", field: place, "终止日期早于 \(act.day) 的暂停或恢复,请核对")
            return
        }
        known.period.last = last
        if opened.contains(known.id) {
            problems.add("enrolment.spell.doubled", field: place, "同一文件里这段参保出现两次,请只留一行")
            return
        }
        ends.append((person, known.id, last))
    }

    private mutating func employer(
        _ tx: any Transaction, _ reference: EmployerReference, place: String
    ) throws -> ID<Employer>? {
        let code = reference.creditCode.description
        if employersByCode[code] == nil {
            if let known = try Enrolment.employer(tx, area: area, creditCode: reference.creditCode) {
                employersByCode[code] = (known.id, known.name)
            } else {
                let step = EmployerStep(
                    employer: try tx.nextID(Employer.self, "employer"), seq: 1, kind: .registered,
                    day: origin.at.day,
                    particulars: EmployerParticulars(creditCode: reference.creditCode, name: reference.name),
                    state: .paying)
                employers.append(step)
                employersByCode[code] = (step.employer, reference.name)
            }
        }
        guard let employer = employersByCode[code] else { return nil }
        if employer.name != reference.name {
            problems.add(
                "enrolment.employer.different", field: place,
                "单位 \(code) 已登记为“\(employer.name)”,与“\(reference.name)”不同,请核对")
        }
        return employer.id
    }
}

/// The statuses of one file beside those in the register.
private struct StatusesIntake {
    let origin: ActOrigin
    var rows: [[Value]] = []
    var problems = Problems()
    private var standing: [ID<Person>: [SpecialStatus]] = [:]

    private var area: AreaCode { origin.area }

    init(by origin: ActOrigin) { self.origin = origin }

    mutating func take(_ tx: any Transaction, _ line: StatusLine, place: String) throws {
        let bounds = DayBound.objections(to: line.status.period, today: origin.at.day, fields: (place, place))
        guard bounds.isEmpty else {
            problems.all += bounds
            return
        }
        guard let person = try Enrolment.find(tx, area: area, paper: line.paper) else {
            problems.add("enrolment.person.unknown", field: place, "没有登记证件号码 \(line.paper.number) 的人员,请先导入人员")
            return
        }
        let status = line.status
        var known =
            try standing[person]
            ?? Enrolment.statuses(
                tx, area: area, under: Enrolment.identities(tx, area: area, of: person))
        let index = known.firstIndex { $0.kind == status.kind && $0.period.first == status.period.first }
        if let index, known[index] == status { return }
        if index != nil, try Enrolment.identities(tx, area: area, of: person).count > 1 {
            problems.add(
                "enrolment.status.numbers", field: place,
                "此人有并入的编号,\(status.kind.name)身份的变更请办理“救助对象和补助对象认定”")
            return
        }
        let others = known.indices.filter { $0 != index && known[$0].kind == status.kind }
        if let other = others.first(where: { known[$0].period.overlaps(status.period) }) {
            problems.add(
                "enrolment.status.overlap", field: place,
                "\(status.kind.name)身份与已登记的 \(known[other].period) 重叠,请核对起止日期")
            return
        }
        if let index { known[index] = status } else { known.append(status) }
        standing[person] = known
        rows.append(status.values(person: person, by: origin))
    }
}
