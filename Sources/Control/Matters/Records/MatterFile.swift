import Basics
import Storage

/// Everything known of one matter (案卷), as read at the beginning of an act.
struct MatterFile {
    let head: MatterHead
    var status: MatterStatus
    var form: FormValues
    /// The amount that the form in force comes to.
    var amount: Money?
    var stages: [MatterStage]
    var acts: [MatterAct]
    /// The work of the present round, and older work that may come back.
    var tasks: [MatterTask]

    var first: MatterStage { stages[0] }

    func stage(at position: Int64) -> MatterStage? { stages.first { $0.position == position } }
    func stage(code: String) -> MatterStage? { stages.first { $0.code == code } }

    /// The steps that a matter of its amount goes through.
    var route: [MatterStage] { stages.filter { $0.isNeeded(for: amount) } }

    func next(after position: Int64) -> MatterStage? { route.first { $0.position > position } }

    /// What comes after a step when the amount is found to be this: first whatever the old amount let it pass by.
    func next(after position: Int64, at amount: Money?) -> MatterStage? {
        missed(before: position, at: amount)
            ?? stages.first { $0.position > position && $0.isNeeded(for: amount) }
    }

    /// A step that the matter was let pass by for its amount so far, and which this amount asks for.
    func missed(before position: Int64, at amount: Money?) -> MatterStage? {
        stages.first { $0.position < position && isAsked($0, first: amount) }
    }

    /// Whether an amount asks for steps that the amount so far does not.
    func isRaised(by amount: Money?) -> Bool { stages.contains { isAsked($0, first: amount) } }

    private func isAsked(_ stage: MatterStage, first amount: Money?) -> Bool {
        stage.isNeeded(for: amount) && !stage.isNeeded(for: self.amount)
    }

    var openTasks: [MatterTask] { tasks.filter { $0.status == .open } }

    /// The tasks of the step in which the matter stands now.
    var present: [MatterTask] {
        tasks.filter {
            $0.position == status.position && $0.round == status.round && $0.purpose == .act
                && $0.status != .superseded
        }
    }

    /// Who has acted in steps of this matter, with the step: themselves, and those on whose behalf they did.
    var actors: [(staff: ID<StaffMember>, position: Int64, post: PostCode)] {
        acts.filter(\.kind.isStepAct).flatMap { act in
            [act.staff, act.behalf].compactMap { $0 }.map { ($0, act.position, act.post) }
        }
    }

    /// The step, other than this one, in which a person has acted already; nil when there is none.
    func otherStep(of staff: ID<StaffMember>, than position: Int64) -> MatterStage? {
        actors.first { $0.staff == staff && $0.position != position }.flatMap { stage(at: $0.position) }
    }

    /// Who has asked that a stopped job be ended, since it stopped last (提请终止).
    var endingAsker: ID<StaffMember>? {
        let last = acts.last { [.stopped, .endingAsked].contains($0.kind) }
        return last?.kind == .endingAsked ? last?.staff : nil
    }

    /// Who acted last in a step: it is theirs again when it comes back.
    func lastActor(at position: Int64) -> ID<StaffMember>? {
        acts.last { $0.position == position && $0.kind.isStepAct && $0.staff != nil }?.staff
    }
}

extension MatterFile {
    static func load(_ tx: any Transaction, area: AreaCode, _ id: ID<Matter>) throws -> MatterFile? {
        guard let head = try tx.one(MatterHead.self, Query.head, Value(area), Value(id)),
            let status = try tx.one(MatterStatus.self, Query.status, Value(area), Value(id))
        else { return nil }
        let form = try MatterForm.load(tx, area: area, id, version: status.formVersion)
        return MatterFile(
            head: head, status: status, form: form.values, amount: form.amount,
            stages: try tx.all(MatterStage.self, Query.stages, Value(area), Value(id)),
            acts: try tx.all(MatterAct.self, Query.acts, Value(area), Value(id)),
            tasks: try tx.all(MatterTask.self, Query.tasks, Value(area), Value(id)))
    }

    private enum Query {
        static let head = SQL("SELECT \(MatterHead.table.columnList) FROM matter WHERE area = ? AND id = ?")
        static let status = SQL("SELECT \(MatterStatus.columns) FROM matter_status WHERE area = ? AND matter = ?")
        static let stages = SQL(
            "SELECT \(MatterStage.table.columnList) FROM matter_stage WHERE area = ? AND matter = ? ORDER BY position")
        static let acts = SQL(
            "SELECT \(MatterAct.table.columnList) FROM matter_act WHERE area = ? AND matter = ? ORDER BY seq")
        static let tasks = SQL(
            "SELECT \(MatterTask.columns) FROM matter_task WHERE area = ? AND matter = ? ORDER BY id")
    }
}

/// One version of a matter's form (表单版本). A change is a further version; none is ever overwritten.
struct MatterForm: Sendable, Hashable {
    let version: Int64
    let act: Int64
    let amount: Money?
    let values: FormValues

    static let table = EvidenceTable(
        "matter_form", "area", "matter", "version", "act", "amount_fen", .text("content"))

    static func row(
        _ area: AreaCode, _ matter: ID<Matter>, version: Int64, act: Int64, amount: Money?, _ form: FormValues
    ) -> [Value] {
        [Value(area), Value(matter), .int(version), .int(act), Value(amount), .text(form.canonical)]
    }

    static func load(
        _ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>, version: Int64
    ) throws -> MatterForm {
        guard let form = try tx.one(MatterForm.self, ofVersion, Value(area), Value(matter), .int(version)) else {
            throw StoreError.damaged("matter \(matter) lacks version \(version) of its form")
        }
        return form
    }

    private static let ofVersion = SQL(
        "SELECT \(table.columnList) FROM matter_form WHERE area = ? AND matter = ? AND version = ?")

    static func all(_ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>) throws -> [MatterForm] {
        try tx.all(MatterForm.self, versions, Value(area), Value(matter))
    }

    private static let versions = SQL(
        "SELECT \(table.columnList) FROM matter_form WHERE area = ? AND matter = ? ORDER BY version")
}

extension MatterForm: Record {
    init(_ row: any Row) throws {
        version = try row.int(2)
        act = try row.int(3)
        amount = try row.intOrNil(4).map { Money(fen: $0) }
        values = try FormValues(canonical: try row.text(5))
    }
}

/// A paper as it was handed in (收到的材料).
struct HandedPaper: Sendable, Hashable {
    let no: Int64
    let act: Int64
    let paper: AttachedPaper

    static let table = EvidenceTable(
        "matter_paper", "area", "matter", "no", "act", .text("code"), .text("name"), .blob("hash"))

    static func row(_ area: AreaCode, _ matter: ID<Matter>, no: Int64, act: Int64, _ paper: AttachedPaper) -> [Value] {
        [
            Value(area), Value(matter), .int(no), .int(act), .text(paper.code), .text(paper.name),
            .bytes(paper.hash.bytes),
        ]
    }

    static func all(_ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>) throws -> [HandedPaper] {
        try tx.all(HandedPaper.self, ofMatter, Value(area), Value(matter))
    }

    private static let ofMatter = SQL(
        "SELECT \(table.columnList) FROM matter_paper WHERE area = ? AND matter = ? ORDER BY no")
}

extension HandedPaper: Record {
    init(_ row: any Row) throws {
        no = try row.int(2)
        act = try row.int(3)
        paper = AttachedPaper(
            code: try row.text(4), name: try row.text(5), hash: ContentHash(kept: try row.bytes(6)))
    }
}

/// Who was asked to sign an added step (加签人).
enum MatterSigner {
    static let table = EvidenceTable("matter_signer", "area", "matter", "position", "staff", "act")

    static func all(
        _ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>, position: Int64
    ) throws -> [ID<StaffMember>] {
        try tx.rows(ofStage, Value(area), Value(matter), .int(position)) { try $0.id(0) }
    }

    private static let ofStage: SQL =
        "SELECT staff FROM matter_signer WHERE area = ? AND matter = ? AND position = ? ORDER BY staff"
}

/// Who was sent a copy (抄送).
enum MatterCopy {
    static let table = EvidenceTable("matter_copy", "area", "staff", "matter", "act")

    static func has(
        _ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>, staff: ID<StaffMember>
    ) throws -> Bool {
        try tx.first(one, Value(area), Value(staff), Value(matter)) { _ in true } ?? false
    }

    private static let one: SQL = "SELECT 1 FROM matter_copy WHERE area = ? AND staff = ? AND matter = ?"
}

/// What a matter brought about (办理对象).
enum MatterSubject {
    static let table = EvidenceTable("matter_subject", "area", "matter", "no", "act", .text("kind"), "subject")

    static func all(_ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>) throws -> [Carried.Subject] {
        try tx.rows(ofMatter, Value(area), Value(matter)) { row in
            Carried.Subject(kind: try row.text(0), id: try row.int(1))
        }
    }

    private static let ofMatter: SQL =
        "SELECT kind, subject FROM matter_subject WHERE area = ? AND matter = ? ORDER BY no"

    static func rows(
        _ area: AreaCode, _ matter: ID<Matter>, act: Int64, _ subjects: [Carried.Subject]
    ) -> [(table: EvidenceTable, values: [Value])] {
        subjects.enumerated().map { index, subject in
            (
                table,
                [
                    Value(area), Value(matter), .int(Int64(index + 1)), .int(act), .text(subject.kind),
                    .int(subject.id),
                ]
            )
        }
    }
}
