import Basics

/// What a list's row brings about (名单行的处理).
public struct ListDecision: Hashable, Sendable {
    /// Somebody whom the register does not know yet.
    public var registers: PersonParticulars?
    public var spell = SpellPlan.nothing
    /// An event of life and what it does to the open spells.
    public var life: PersonAct?
    public var acts: [SpellStep] = []
    public var status: SpecialStatus?
    /// For the list of results: 新登记并参保.
    public var summary: String

    /// Nothing is to be written: it stands in the register already.
    public var isNothing: Bool {
        registers == nil && spell == .nothing && life == nil && acts.isEmpty && status == nil
    }

    init(summary: String) { self.summary = summary }
}

/// What a row is decided upon (办理条件): everything but the person.
public struct ListContext: Hashable, Sendable {
    public var kind: ListKind
    public var employer: ID<Employer>?
    public var today: Day
    /// 参保条件
    public var terms: EnrolmentTerms

    public init(kind: ListKind, employer: ID<Employer>?, today: Day, terms: EnrolmentTerms) {
        self.kind = kind
        self.employer = employer
        self.today = today
        self.terms = terms
    }
}

extension ListLine {
    /// What this row does, given whom the register knows under its paper, or the cell that speaks against it.
    ///
    /// - Parameter alike: others of the same name and birth, when the paper is unknown.
    public func decide(
        _ context: ListContext, known: InsuredPerson?, alike: [Likeness]
    ) throws(CellProblem) -> ListDecision {
        if let known, !goesBy(known) {
            throw cell(
                .person, "enrolment.person.different",
                "此证件已登记为 \(known.person.name)(\(known.person.birth)),与本行不同,请核对或办理信息变更")
        }
        switch context.kind {
        case .joiners, .students, .residents: return try enrol(context, known, alike)
        case .takenOver: return try takeOver(context, known, alike)
        case .leavers: return try leave(context, known)
        case .assisted: return try assist(context, known)
        case .deaths: return try die(context, known)
        }
    }

    private func goesBy(_ known: InsuredPerson) -> Bool { NameKey(known.person.name) == NameKey(name) }

    // MARK: Joining

    private func enrol(
        _ context: ListContext, _ known: InsuredPerson?, _ alike: [Likeness]
    ) throws(CellProblem) -> ListDecision {
        guard let known else { return try enrolUnknown(context, alike) }
        let opening = try opening(context, birth: known.person.birth, after: known.lastBasicSpell)
        let basic = known.spells.last { $0.insurance.isBasic && $0.period.last == nil }
        // Residents give way without a gap to any change; an employee must first leave the former employer.
        let plan: SpellPlan
        do throws(Problem) {
            plan = try known.plan(opening, makesRoom: basic?.insurance == .resident)
        } catch {
            throw CellProblem(line: number, error, column: ListLine.column(of: error))
        }
        var decision = ListDecision(summary: plan == .nothing ? "已在保,无需处理" : plan.ends == nil ? "参保" : "转换参保")
        decision.spell = plan
        return decision
    }

    private func enrolUnknown(
        _ context: ListContext, _ alike: [Likeness]
    ) throws(CellProblem) -> ListDecision {
        guard let particulars else {
            throw cell(.birth, "import.missing", "登记册里没有此人,请补上性别和出生日期")
        }
        if let problem = particulars.problems(today: context.today).first {
            throw CellProblem(line: number, problem, column: "")
        }
        for likeness in alike {
            if likeness.isDoubtful, isDistinct { continue }
            let problem = likeness.problem
            throw CellProblem(
                line: number, problem,
                column: problem.code == "enrolment.person.alike"
                    ? ListColumn.distinct.name : ListColumn.paperNumber.name)
        }
        let opening = try opening(context, birth: particulars.birth, after: nil)
        if opening.from < particulars.birth {
            throw cell(.from, "enrolment.spell.beforeBirth", "开始日期早于出生日期 \(particulars.birth),请核对")
        }
        var decision = ListDecision(summary: "新登记并参保")
        decision.registers = particulars
        decision.spell = SpellPlan(ends: nil, endedSpell: nil, opens: opening)
        return decision
    }

    private func opening(
        _ context: ListContext, birth: Day, after former: Spell?
    ) throws(CellProblem) -> SpellOpening {
        let category: PersonCategory
        switch context.kind {
        case .joiners: category = self.category ?? .employed
        case .students: category = self.category ?? context.terms.ages.student(born: birth, on: day)
        default: category = self.category ?? context.terms.ages.category(born: birth, on: day)
        }
        let reason: SpellReason =
            context.kind == .takenOver ? .takenOver : category == .newborn ? .newborn : .firstEnrolment
        let opening = SpellOpening(
            category: category, employer: context.employer, from: day, entitledFrom: entitledFrom, reason: reason)
        let objections = context.terms.objections(to: opening, born: birth, after: former, today: context.today)
        if let objection = objections.first {
            throw CellProblem(line: number, objection, column: ListLine.column(of: objection))
        }
        return opening
    }

    // MARK: Taking over

    /// Insurance as the former system kept it, with the status that goes with it (期初接收). Its days lie in the past:
    /// what begins from now on begins at the desks.
    private func takeOver(
        _ context: ListContext, _ known: InsuredPerson?, _ alike: [Likeness]
    ) throws(CellProblem) -> ListDecision {
        if day > context.today {
            throw cell(.from, "enrolment.list.future", "开始日期 \(day) 还没有到;期初名单只收已经在保的人员,以后参保的请正常办理")
        }
        var decision = try enrol(context, known, alike)
        guard let standing, let period = Period(from: day, through: nil) else { return decision }
        let status = SpecialStatus(kind: standing, period: period)
        if known?.statuses.contains(status) ?? false { return decision }
        if let problem = known?.objection(to: status, today: context.today) {
            throw CellProblem(line: number, problem, column: ListColumn.standing.name)
        }
        decision.status = status
        return decision
    }

    // MARK: Leaving, groups, deaths

    private func leave(_ context: ListContext, _ known: InsuredPerson?) throws(CellProblem) -> ListDecision {
        guard let known else { throw cell(.paperNumber, "enrolment.person.unknown", "登记册里没有持此证件的人员,请核对证件号码") }
        let here = known.spells.filter { $0.employer == context.employer }
        guard let spell = here.last else {
            throw cell(.paperNumber, "enrolment.spell.notHere", "此人不在本单位参保,请核对证件号码")
        }
        if spell.period.last == day { return ListDecision(summary: "已减员,无需处理") }
        let act = Spell.Act(kind: .ended, day: day, reason: reason ?? .leftEmployer)
        let bound = DayBound.insurance.objection(to: day, today: context.today, field: "day")
        if let objection = bound ?? spell.objection(to: act) {
            throw CellProblem(line: number, objection, column: ListColumn.last.name)
        }
        var decision = ListDecision(summary: "减员")
        decision.acts = here.filter { $0.period.last == nil }.map { SpellStep(spell: $0.id, act: act) }
        return decision
    }

    private func assist(_ context: ListContext, _ known: InsuredPerson?) throws(CellProblem) -> ListDecision {
        guard let known else {
            throw cell(.paperNumber, "enrolment.person.unknown", "登记册里没有持此证件的人员,请先为其办理参保登记")
        }
        guard let group, let period = Period(from: day, through: until) else { return ListDecision(summary: "") }
        let status = SpecialStatus(kind: .assistance(group), period: period)
        if let problem = known.objection(to: status, today: context.today) {
            let column: ListColumn = problem.field == "until" ? .until : .from
            throw CellProblem(line: number, problem, column: column.name)
        }
        var decision = ListDecision(summary: known.statuses.contains(status) ? "已是该类对象,无需处理" : "登记为\(group.name)")
        decision.status = known.statuses.contains(status) ? nil : status
        return decision
    }

    private func die(_ context: ListContext, _ known: InsuredPerson?) throws(CellProblem) -> ListDecision {
        // The lists of other departments name everybody who died, insured or not.
        guard let known else { return ListDecision(summary: "不在登记册,无需处理") }
        if known.person.died == day { return ListDecision(summary: "已登记死亡,无需处理") }
        if let died = known.person.died {
            throw cell(.died, "enrolment.person.died", "死亡日期已登记为 \(died),与本行 \(day) 不同,请核对")
        }
        let objections = known.objections(to: .died, on: day, certificate: certificate, today: context.today)
        if let objection = objections.first { throw CellProblem(line: number, objection, column: ListColumn.died.name) }
        var decision = ListDecision(summary: "登记死亡")
        decision.life = PersonAct(seq: 0, kind: .died, day: day, certificate: certificate)
        decision.acts = known.consequences(of: .died, on: day)
        if !decision.acts.isEmpty { decision.summary = "登记死亡并终止参保" }
        return decision
    }

    private func cell(_ column: ListColumn, _ code: String, _ message: String) -> CellProblem {
        CellProblem(line: number, column: column.name, code: code, message: message)
    }

    /// The cell that a problem of the register concerns.
    private static func column(of problem: Problem) -> String {
        switch problem.field {
        case "begndate": ListColumn.from.name
        case "psn_type": "人员类别"
        default: ListColumn.paperNumber.name
        }
    }
}

extension InsuredPerson {
    /// What speaks against a status (人员身份登记的检查): the same one twice on a day. A row with the same first day
    /// moves the end.
    public func objection(to status: SpecialStatus, today: Day) -> Problem? {
        let bounds = DayBound.objections(to: status.period, today: today, fields: ("from", "until"))
        if let bound = bounds.first { return bound }
        if let survivor = person.mergedInto { return Problem.mergedPerson(person.id, into: survivor) }
        if let died = person.died, status.period.first > died {
            return Problem("enrolment.status.dead", field: "from", "此人已于 \(died) 登记死亡,请核对名单")
        }
        let others = statuses.filter { $0.kind == status.kind && $0.period.first != status.period.first }
        guard let other = others.first(where: { $0.period.overlaps(status.period) }) else { return nil }
        return Problem(
            "enrolment.status.overlap", field: "from",
            "\(status.kind.name)身份与已登记的 \(other.period) 重叠,请核对起止日期")
    }
}
