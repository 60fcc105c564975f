import Basics
import Policy
import Storage

/// One act in one matter being carried out: the transaction, the matter as it stands, and who acts.
///
/// Functions first ask whether the person may (`mine`), then whether the act is right, and only then write.
final class MatterWork {
    let matters: Matters
    let tx: any Transaction
    let kind: MatterKind
    /// Whoever is signed in; nil when the house itself acts (a time limit that ran out, a person who left).
    let staff: ID<StaffMember>?
    let at: Moment
    var file: MatterFile
    /// Why an effect failed.
    var problems: [Problem] = []

    var area: AreaCode { matters.area }
    var id: ID<Matter> { file.head.id }

    init(
        _ matters: Matters, _ tx: any Transaction, _ id: ID<Matter>, by staff: ID<StaffMember>?, at: Moment
    ) throws {
        guard let file = try MatterFile.load(tx, area: matters.area, id) else { throw Matters.unknown(id) }
        self.matters = matters
        self.tx = tx
        self.staff = staff
        self.at = at
        self.file = file
        kind = try matters.kind(file.head.kind)
    }

    /// A matter that is just being opened; its rows come next.
    init(
        _ matters: Matters, _ tx: any Transaction, opening file: MatterFile, _ kind: MatterKind,
        by staff: ID<StaffMember>, at: Moment
    ) {
        self.matters = matters
        self.tx = tx
        self.kind = kind
        self.staff = staff
        self.at = at
        self.file = file
    }

    var outcome: MatterOutcome {
        MatterOutcome(matter: id, state: file.status.state, version: file.status.version, problems: problems)
    }

    /// The step in which the matter stands.
    var stage: MatterStage { file.stage(at: file.status.position) ?? file.first }

    var draft: MatterDraft {
        MatterDraft(
            area: area, matter: id, form: file.form, today: at.day, opener: file.head.opener,
            calendar: matters.calendar)
    }

    // MARK: Conditions

    func expect(version seen: Int64) throws {
        guard seen == file.status.version else {
            throw Problem(
                "matter.version", field: "seen",
                "这件办件在您打开之后已有变化(\(lastChange)),请刷新后看清最新内容再办理")
        }
    }

    private var lastChange: String {
        guard let act = file.acts.last(where: { $0.kind.changesMatter }) else { return "" }
        return "\(act.at) \(act.kind.name)"
    }

    func expect(_ states: MatterState..., toDo what: String) throws {
        guard states.contains(file.status.state) else {
            throw Problem("matter.state", "办件现在是“\(file.status.state.name)”,不能\(what);请刷新页面查看进展")
        }
    }

    /// A reason in words that fit its column.
    func reasoned(_ text: String, _ what: String) throws -> String {
        let reason = FormReading.trimmed(text)
        guard !reason.isEmpty else { throw Problem("matter.reason.missing", field: "reason", "请写明\(what)") }
        return try opinion(reason)
    }

    func opinion(_ text: String) throws -> String {
        let opinion = FormReading.trimmed(text)
        guard opinion.count <= 500 else {
            throw Problem("matter.reason.long", field: "reason", "意见有 \(opinion.count) 个字,最多 500 个,请缩短")
        }
        return opinion
    }

    // MARK: Writing

    /// Records an act with the rows that belong to it, and its event.
    @discardableResult
    func record(
        _ act: MatterAct.Kind, _ opinion: String = "", task: MatterTask? = nil, as capacity: Capacity? = nil,
        target: Int64? = nil, byHouse: Bool = false, changesMatter: Bool? = nil, head: MatterHead? = nil,
        rows: (_ seq: Int64) throws -> [(table: EvidenceTable, values: [Value])] = { _ in [] }
    ) throws -> MatterAct {
        file.status.lastSeq += 1
        let seq = file.status.lastSeq
        if changesMatter ?? act.changesMatter { file.status.version = seq }
        let row = MatterAct(
            area: area, matter: id, seq: seq, kind: act, position: task?.position ?? file.status.position,
            task: task?.id, actor: byHouse ? .system : staff.map { .staff($0) } ?? .system,
            post: capacity?.post ?? "", behalf: capacity?.behalf, formVersion: file.status.formVersion,
            opinion: opinion, target: target, at: at)
        try MatterEvidence.write(tx, row, head: head, rows: try rows(seq))
        file.acts.append(row)
        return row
    }

    /// Writes the running row of the matter: once, when the act is complete.
    func save() throws {
        let status = file.status
        try tx.execute(
            MatterWork.statusUpdate, .int(status.state.rawValue), .int(status.position), .int(status.round),
            .int(status.lastSeq), .int(status.version), .int(status.formVersion), .text(status.title),
            Value(status.endedAt), Value(area), Value(id))
    }

    private static let statusUpdate: SQL = """
        UPDATE matter_status SET state = ?, position = ?, round = ?, last_seq = ?, version = ?, form_version = ?,
            title = ?, ended_at = ? WHERE area = ? AND matter = ?
        """

    func end(_ state: MatterState) throws {
        for task in file.tasks where task.status == .open || task.status == .paused {
            try close(task, .superseded)
        }
        file.status.state = state
        file.status.endedAt = at
    }

    // MARK: Work to be done

    func add(_ purpose: MatterTask.Purpose, _ stage: MatterStage, for assignee: ID<StaffMember>?, due: Day) throws {
        let task = MatterTask(
            id: try tx.nextNumber("matter_task"), matter: id, kind: kind.code, position: stage.position,
            round: file.status.round, step: purpose == .supply ? "补正" : stage.name, purpose: purpose, status: .open,
            post: stage.post, assignee: assignee, begunDay: at.day, dueDay: due)
        try tx.execute(
            MatterWork.taskInsertion, Value(area), .int(task.id), Value(id), .text(task.kind), .int(task.position),
            .int(task.round), .text(task.step), .int(purpose.rawValue), .text(task.post.text), Value(assignee),
            Value(task.begunDay), Value(due))
        file.tasks.append(task)
    }

    private static let taskInsertion: SQL = """
        INSERT INTO matter_task (area, id, matter, kind, position, round, step, purpose, status, post, assignee,
            begun_day, due_day, reminders) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 0)
        """

    /// Somebody else is to do it, or the clock stands still, or goes on.
    func change(_ task: MatterTask) throws {
        try tx.execute(
            MatterWork.taskChange, .int(task.status.rawValue), Value(task.assignee), Value(task.principal),
            Value(task.dueDay), Value(task.daysLeft.map(Int64.init)), Value(area), .int(task.id))
        keep(task)
    }

    private static let taskChange: SQL = """
        UPDATE matter_task SET status = ?, assignee = ?, principal = ?, due_day = ?, days_left = ?
        WHERE area = ? AND id = ?
        """

    func close(_ task: MatterTask, _ status: MatterTask.Status, vote: MatterTask.Vote? = nil) throws {
        var task = task
        task.status = status
        task.vote = vote
        task.daysLeft = nil
        task.closedBy = status == .done ? staff : nil
        try tx.execute(
            MatterWork.taskClosing, .int(status.rawValue), Value(task.vote?.rawValue), Value(task.closedBy), Value(at),
            Value(area), .int(task.id))
        keep(task)
    }

    private static let taskClosing: SQL = """
        UPDATE matter_task SET status = ?, vote = ?, closed_by = ?, closed_at = ?, days_left = NULL
        WHERE area = ? AND id = ?
        """

    private func keep(_ task: MatterTask) {
        if let index = file.tasks.firstIndex(where: { $0.id == task.id }) { file.tasks[index] = task }
    }
}

extension Matters {
    static func unknown(_ id: ID<Matter>) -> Problem {
        Problem("matter.unknown", field: "matter", "没有编号为 \(id) 的办件,请从列表中选择")
    }
}
