import Basics
import Control
import Storage

extension Enrolment {
    // MARK: - Look-up

    public static func employer(_ tx: any Transaction, area: AreaCode, _ id: ID<Employer>) throws -> EmployerRecord? {
        try tx.one(EmployerRecord.self, employerByID, Value(area), Value(id))
    }

    private static let employerByID = SQL(
        "SELECT \(EmployerRecord.columns) FROM employer WHERE area = ? AND id = ?")

    public static func employer(
        _ tx: any Transaction, area: AreaCode, creditCode: CreditCode
    ) throws -> EmployerRecord? {
        try tx.one(EmployerRecord.self, employerByCode, Value(area), .text(creditCode.description))
    }

    private static let employerByCode = SQL(
        "SELECT \(EmployerRecord.columns) FROM employer WHERE area = ? AND credit_code = ?")

    static func requireEmployer(_ tx: any Transaction, area: AreaCode, _ id: ID<Employer>) throws -> EmployerRecord {
        if let employer = try employer(tx, area: area, id) { return employer }
        throw Problem("enrolment.employer.unknown", field: "employer", "没有单位编号 \(id),请核对后重试")
    }

    /// An employer that may take people on: not closed. One whose payments are suspended may not add people either.
    static func requireTaking(_ tx: any Transaction, area: AreaCode, _ id: ID<Employer>) throws {
        let employer = try requireEmployer(tx, area: area, id)
        switch employer.state {
        case .closed:
            let advice = employer.successor.map { "已并入单位 \($0),请在该单位增员" } ?? "已经终止参保,不能再增员;重新开业的请先办理恢复缴费"
            throw Problem("enrolment.employer.closed", field: "employer", "单位“\(employer.name)”\(advice)")
        case .suspended:
            throw Problem(
                "enrolment.employer.suspended", field: "employer", "单位“\(employer.name)”暂停缴费,请先办理恢复缴费再增员")
        case .registered, .paying: break
        }
    }

    /// All that was done to an employer, oldest first.
    public static func acts(_ tx: any Transaction, area: AreaCode, ofEmployer id: ID<Employer>) throws -> [EmployerAct]
    {
        try tx.all(EmployerAct.self, actsOfEmployer, Value(area), Value(id))
    }

    private static let actsOfEmployer = SQL(
        "\(EmployerAct.selection) WHERE area = ? AND employer = ? ORDER BY seq")

    private static func lastAct(_ tx: any Transaction, area: AreaCode, _ id: ID<Employer>) throws -> EmployerAct {
        if let act = try tx.one(EmployerAct.self, lastActOfEmployer, Value(area), Value(id)) { return act }
        throw Problem("enrolment.employer.unknown", field: "employer", "没有单位编号 \(id),请核对后重试")
    }

    private static let lastActOfEmployer = SQL(
        "\(EmployerAct.selection) WHERE area = ? AND employer = ? ORDER BY seq DESC LIMIT 1")

    /// What speaks against an act upon an employer on a day (单位办理的前后次序和日期): the state it is in, its last act, and
    /// the bounds of days.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, doing kind: EmployerActKind, to id: ID<Employer>, on day: Day,
        today: Day
    ) throws -> [Problem] {
        let last = try lastAct(tx, area: area, id)
        if let objection = last.state.objection(to: kind, isMerged: last.successor != nil) { return [objection] }
        if let bound = DayBound.insurance.objection(to: day, today: today, field: "day") { return [bound] }
        if day < last.day, kind != .changed {
            return [Problem("enrolment.employer.order", field: "day", "日期早于上一次办理的 \(last.day),请改为之后的日期")]
        }
        return []
    }

    // MARK: - Registration and change

    /// What speaks against registering an employer (单位参保登记的检查).
    public static func objections(
        _ tx: any Transaction, area: AreaCode, registering particulars: EmployerParticulars, from day: Day, today: Day
    ) throws -> [Problem] {
        var problems = particulars.problems
        if let bound = DayBound.registration.objection(to: day, today: today, field: "day") { problems.append(bound) }
        if let known = try employer(tx, area: area, creditCode: particulars.creditCode) {
            let advice =
                switch (known.state, known.successor) {
                case (.closed, let successor?): "已并入单位 \(successor),请为该单位办理"
                case (.closed, nil): "原登记已终止,重新开业的请办理“单位暂停或恢复缴费”中的恢复缴费"
                default: "请直接为该单位办理"
                }
            problems.append(
                Problem(
                    "enrolment.employer.exists", field: "creditCode",
                    "统一社会信用代码已登记给“\(known.name)”(单位编号 \(known.id),\(known.state.name)),\(advice)"))
        }
        problems += try objections(tx, area: area, parent: particulars.parent)
        return problems
    }

    private static func objections(
        _ tx: any Transaction, area: AreaCode, parent: ID<Employer>?
    ) throws -> [Problem] {
        guard let parent else { return [] }
        guard let known = try employer(tx, area: area, parent) else {
            return [Problem("enrolment.employer.parent", field: "parent", "没有上级单位 \(parent),请核对单位编号")]
        }
        if known.state == .closed {
            return [Problem("enrolment.employer.parent", field: "parent", "上级单位“\(known.name)”已经终止参保,请核对")]
        }
        if known.management == .branch {
            return [Problem("enrolment.employer.parent", field: "parent", "“\(known.name)”自己就是分支机构,请填写它的上级单位")]
        }
        return []
    }

    /// Registers an employer (单位参保登记): state 1 until somebody is insured there.
    @discardableResult
    public static func register(
        _ tx: any Transaction, _ particulars: EmployerParticulars, from day: Day, by origin: ActOrigin
    ) throws -> ID<Employer> {
        try Problems(
            objections(tx, area: origin.area, registering: particulars, from: day, today: origin.at.day)
        ).throwIfAny()
        let step = EmployerStep(
            employer: try tx.nextID(Employer.self, "employer"), seq: 1, kind: .registered, day: day,
            particulars: particulars, state: .registered)
        try tx.insert(
            into: "employer", columns: EmployerStep.pictureColumns, rows: [step.picture(area: origin.area)])
        try write(tx, step, by: origin)
        return step.employer
    }

    /// What speaks against a change (单位信息变更的检查).
    public static func objections(
        _ tx: any Transaction, area: AreaCode, changing id: ID<Employer>, to particulars: EmployerParticulars,
        on day: Day, today: Day
    ) throws -> [Problem] {
        let last = try lastAct(tx, area: area, id)
        var problems = particulars.problems
        problems += try objections(tx, area: area, doing: .changed, to: id, on: day, today: today)
        if last.particulars == particulars {
            problems.append(Problem("enrolment.employer.unchanged", "与现有登记完全相同,没有要变更的内容"))
        }
        if let other = try employer(tx, area: area, creditCode: particulars.creditCode), other.id != id {
            problems.append(
                Problem(
                    "enrolment.employer.exists", field: "creditCode",
                    "统一社会信用代码已登记给“\(other.name)”(单位编号 \(other.id));两家合并的请办理单位合并"))
        }
        if particulars.parent == id {
            problems.append(Problem("enrolment.employer.parent", field: "parent", "上级单位不能是它自己,请核对"))
        } else {
            problems += try objections(tx, area: area, parent: particulars.parent)
        }
        return problems
    }

    /// Changes an employer's name, code, address, contact, bank or management type (单位信息变更).
    public static func change(
        _ tx: any Transaction, _ id: ID<Employer>, to particulars: EmployerParticulars, on day: Day,
        by origin: ActOrigin
    ) throws {
        try Problems(
            objections(tx, area: origin.area, changing: id, to: particulars, on: day, today: origin.at.day)
        ).throwIfAny()
        try step(tx, id, .changed, on: day, particulars: particulars, by: origin)
    }

    /// What is registered of an employer at present.
    public static func particulars(
        _ tx: any Transaction, area: AreaCode, of id: ID<Employer>
    ) throws -> EmployerParticulars { try lastAct(tx, area: area, id).particulars }

    // MARK: - Suspension and resumption of payment

    /// Suspends an employer's contributions, or takes them up again (暂停缴费、恢复缴费). The employer's people stay
    /// enrolled; whether their benefits go on is decided on each spell. One that was closed and opens again is resumed
    /// likewise, with nobody insured there until somebody joins.
    public static func setPaying(
        _ tx: any Transaction, _ id: ID<Employer>, _ isPaying: Bool, on day: Day, by origin: ActOrigin
    ) throws {
        try step(tx, id, isPaying ? .resumed : .suspended, on: day, by: origin)
    }

    /// The first person insured makes a registered employer a paying one (参保缴费), from the day he is insured.
    static func markPaying(_ tx: any Transaction, _ id: ID<Employer>, on day: Day, by origin: ActOrigin) throws {
        guard try requireEmployer(tx, area: origin.area, id).state == .registered else { return }
        let last = try lastAct(tx, area: origin.area, id)
        let next = EmployerStep(
            employer: id, seq: last.seq + 1, kind: .resumed, day: max(day, last.day), particulars: last.particulars,
            state: .paying)
        try update(tx, next, by: origin)
    }

    // MARK: - Closure and merger

    /// What speaks against closing an employer (单位注销的检查).
    ///
    /// - Parameter owed: what it still owes, contributions and late fees together; asked of the levies.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, closing id: ID<Employer>, on day: Day, owed: Money, today: Day
    ) throws -> [Problem] {
        let employer = try requireEmployer(tx, area: area, id)
        var problems = try objections(tx, area: area, doing: .closed, to: id, on: day, today: today)
        if owed > .zero {
            problems.append(
                Problem(
                    "enrolment.employer.owes", field: "employer",
                    "单位“\(employer.name)”尚欠费 \(owed) 元,须先结清才能注销(社会保险经办条例第十二条)"))
        }
        let branches = try tx.all(EmployerRecord.self, openBranches, Value(area), Value(id))
        if let branch = branches.first {
            problems.append(
                Problem(
                    "enrolment.employer.branches", field: "employer",
                    "还有 \(branches.count) 个分支机构没有终止参保(如“\(branch.name)”),请先为它们办理注销或变更上级单位"))
        }
        if let late = try tx.first(lastStart, Value(area), Value(id), read: { try $0.dayOrNil(0) }) ?? nil, late > day {
            problems.append(
                Problem("enrolment.employer.day", field: "day", "有人员自 \(late) 起在该单位参保,注销日期不能早于这一天"))
        }
        return problems
    }

    private static let openBranches = SQL(
        "SELECT \(EmployerRecord.columns) FROM employer WHERE area = ? AND parent = ? AND state <> 4 ORDER BY id")
    private static let lastStart: SQL = """
        SELECT max(first_day) FROM insurance_spell WHERE area = ? AND employer = ? AND last_day IS NULL
        """

    /// Closes an employer (单位注销): everybody still insured there ends with the day. Answers who, spell by spell.
    @discardableResult
    public static func close(
        _ tx: any Transaction, _ id: ID<Employer>, on day: Day, owed: Money, by origin: ActOrigin
    ) throws -> [ID<Person>] {
        try Problems(
            objections(tx, area: origin.area, closing: id, on: day, owed: owed, today: origin.at.day)
        ).throwIfAny()
        let members = try openSpells(tx, area: origin.area, employer: id)
        for (person, spell) in members {
            let last = max(day, spell.period.first, spell.acts.last?.day ?? day)
            try write(
                tx, Spell.Act(kind: .ended, day: last, reason: .employerClosed), person: person, spell: spell.id,
                by: origin)
        }
        try step(tx, id, .closed, on: day, by: origin)
        return members.map(\.person)
    }

    /// What speaks against merging an employer into another (单位合并的检查).
    public static func objections(
        _ tx: any Transaction, area: AreaCode, merging id: ID<Employer>, into successor: ID<Employer>, from day: Day,
        today: Day
    ) throws -> [Problem] {
        if id == successor {
            return [Problem("enrolment.employer.same", field: "successor", "两个单位相同,请填写并入的单位")]
        }
        let kept = try requireEmployer(tx, area: area, successor)
        var problems = try objections(tx, area: area, doing: .merged, to: id, on: day, today: today)
        if kept.state == .closed || kept.state == .suspended {
            problems.append(
                Problem(
                    "enrolment.employer.successor", field: "successor",
                    "并入的单位“\(kept.name)”现为“\(kept.state.name)”,不能接收人员,请先恢复"))
        }
        if let late = try tx.first(lastStart, Value(area), Value(id), read: { try $0.dayOrNil(0) }) ?? nil, late >= day
        {
            problems.append(
                Problem("enrolment.employer.day", field: "day", "有人员自 \(late) 起才在被并单位参保,合并日期应晚于这一天"))
        }
        return problems
    }

    /// Merges an employer into another (单位合并): each of its people goes on under the successor from the day, without
    /// a gap; branches come under the successor; the merged entry keeps its own history, and `successor` tells who
    /// answers for what it owed. Answers how many people moved.
    @discardableResult
    public static func merge(
        _ tx: any Transaction, _ id: ID<Employer>, into successor: ID<Employer>, from day: Day, by origin: ActOrigin
    ) throws -> Int {
        try Problems(
            objections(tx, area: origin.area, merging: id, into: successor, from: day, today: origin.at.day)
        ).throwIfAny()
        let members = try openSpells(tx, area: origin.area, employer: id)
        for (person, spell) in members {
            let opening = SpellOpening(
                insurance: spell.insurance, category: spell.category, employer: successor, from: day,
                entitledFrom: spell.entitledFrom, reason: .employerMerged)
            _ = try change(tx, to: opening, for: person, by: origin)
        }
        for branch in try tx.all(EmployerRecord.self, openBranches, Value(origin.area), Value(id)) {
            var particulars = try particulars(tx, area: origin.area, of: branch.id)
            particulars.parent = successor
            try step(tx, branch.id, .changed, on: day, particulars: particulars, by: origin)
        }
        try step(tx, id, .merged, on: day, successor: successor, by: origin)
        return members.count
    }

    // MARK: - Who answers for whom

    /// The employer that answers for another: itself, or the one it was merged into, however long the chain (存续单位).
    public static func heir(_ tx: any Transaction, area: AreaCode, of id: ID<Employer>) throws -> ID<Employer> {
        var current = id
        // As for people: a circle cannot be written, and this bound would end it.
        for _ in 0..<100 {
            guard let next = try employer(tx, area: area, current)?.successor else { return current }
            current = next
        }
        throw StoreError.damaged("employer \(id) was merged in a circle")
    }

    /// All that were merged into an employer, directly or by way of others (被并单位): it answers for what they owed.
    public static func absorbed(_ tx: any Transaction, area: AreaCode, by id: ID<Employer>) throws -> [ID<Employer>] {
        var all = [id]
        var next = 0
        while next < all.count {
            for merged in try tx.rows(mergedInto, Value(area), Value(all[next]), read: { try $0.id(0, Employer.self) })
            where !all.contains(merged) { all.append(merged) }
            next += 1
        }
        return Array(all.dropFirst())
    }

    private static let mergedInto: SQL = "SELECT id FROM employer WHERE area = ? AND successor = ? ORDER BY id"

    /// In which month the first employee was insured at an employer, and the first whom a desk registered and no former
    /// system's data brought: from when on its months must have been billed.
    public static func firstMonths(
        _ tx: any Transaction, area: AreaCode, at id: ID<Employer>
    ) throws -> (any: Month?, registeredHere: Month?) {
        let months = try tx.first(firstStarts, Value(area), Value(id)) { row in
            (any: try row.dayOrNil(0)?.month, registeredHere: try row.dayOrNil(1)?.month)
        }
        return months ?? (nil, nil)
    }

    private static let firstStarts: SQL = """
        SELECT min(first_day), min(first_day) FILTER (WHERE batch IS NULL AND reason <> 10) FROM insurance_spell
        WHERE area = ? AND employer = ? AND insurance = 310 AND (last_day IS NULL OR last_day >= first_day)
        """

    // MARK: - Writing acts

    private static func step(
        _ tx: any Transaction, _ id: ID<Employer>, _ kind: EmployerActKind, on day: Day,
        particulars: EmployerParticulars? = nil, successor: ID<Employer>? = nil, by origin: ActOrigin
    ) throws {
        try Problems(
            objections(tx, area: origin.area, doing: kind, to: id, on: day, today: origin.at.day)
        ).throwIfAny()
        let last = try lastAct(tx, area: origin.area, id)
        let next = EmployerStep(
            employer: id, seq: last.seq + 1, kind: kind, day: day, particulars: particulars ?? last.particulars,
            state: kind.state ?? last.state, successor: successor)
        try update(tx, next, by: origin)
    }

    private static func update(_ tx: any Transaction, _ next: EmployerStep, by origin: ActOrigin) throws {
        let picture = next.picture(area: origin.area)
        try tx.execute(pictureUpdate, Array(picture[2...]) + Array(picture[..<2]))
        try write(tx, next, by: origin)
    }

    private static let pictureUpdate: SQL = """
        UPDATE employer SET credit_code = ?, name = ?, management = ?, state = ?, parent = ?, successor = ?,
            division = ?
        WHERE area = ? AND id = ?
        """

    private static func write(_ tx: any Transaction, _ step: EmployerStep, by origin: ActOrigin) throws {
        try tx.insert(into: "employer_act", columns: EmployerAct.insertColumns, rows: [step.values(by: origin)])
        try Evidence.employerAct.record(
            tx, area: origin.area, subject: step.employer.raw, record: step.seq, by: origin.actor, at: origin.at)
    }
}
