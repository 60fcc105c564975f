import Basics
import Storage

/// Everything that a matter's page shows (办件页).
public struct MatterView: Sendable {
    public struct Field: Sendable, Hashable {
        public let name: String
        public let title: String
        /// As it is kept: what an input holds.
        public let text: String
        /// As people read it: the choice's title, 是 or 否, the person's name and paper.
        public let shown: String
        /// Whom the field names; nil for every other content.
        public let concern: MatterConcern?
    }

    public struct Paper: Sendable, Hashable {
        public let no: Int64
        /// The paper's kind: 死亡证明; or the field's title.
        public let title: String
        public let file: AttachedPaper
        public let type: AttachmentType
        public let size: Int
        public let handedIn: Moment
    }

    public struct Act: Sendable, Hashable {
        public let seq: Int64
        public let kind: MatterAct.Kind
        /// 系统 for the house itself.
        public let name: String
        public let post: String
        /// For whom a substitute or delegate acted.
        public let behalf: String?
        public let step: String
        /// The step returned to, the colleague it was given to.
        public let target: String?
        public let formVersion: Int64
        public let opinion: String
        public let at: Moment
    }

    /// One station of the drawing of where the matter stands.
    public struct Station: Sendable, Hashable {
        public enum Standing: Sendable, Hashable { case done, current, toCome }

        public let code: String
        public let name: String
        public let post: String
        public let signing: Signing
        public let isAdded: Bool
        public let standing: Standing
        /// Who has acted here, and for the present step who is to act; empty when any holder of the post may.
        public let people: [String]
        public let votes: Votes?
        public let due: Day?
    }

    public let matter: ID<Matter>
    public let kind: String
    public let kindName: String
    public let basis: String
    public let title: String
    public let state: MatterState
    /// To be named in the act that is taken on what is shown here.
    public let version: Int64
    public let formVersion: Int64
    public let opener: String
    public let openedAt: Moment
    public let endedAt: Moment?
    /// What decides how far up it goes.
    public let amount: Money?
    /// The amount is not the form's own but the records': a balance, a sum with what was given before.
    public let isMeasured: Bool
    public let form: [Field]
    public let papers: [Paper]
    public let acts: [Act]
    public let drawing: [Station]
    /// Whether the time limit of the present step has passed.
    public let isOverdue: Bool
    /// For a matter carried out as a job.
    public let progress: JobProgress?
    public let subjects: [Carried.Subject]
    /// Those of the subjects that have a name.
    public let names: [MatterConcern: SubjectName]
    public let prints: [PrintKind]
    /// What approval would bring about today; empty once it has been approved or has ended.
    public let preview: [String]
    /// Why it could not be carried out as things stand (现在办不成的原因): for whoever is to act. A long list is checked
    /// when they act, not whenever its page is opened.
    public let objections: [Problem]
    /// Who has asked that the stopped job be ended; another has to confirm it.
    public let endingAsker: String?
    /// What the reader may do with it now.
    public let actions: Set<MatterAction>
    /// Why the reader cannot act in the present step; nil when they can, or when it has ended.
    public let refusal: String?
}

/// The buttons of a matter's page (可办动作): `MatterVerb` without its words.
public enum MatterAction: String, Sendable, CaseIterable {
    case revise, accept, askForPapers, supply, agree, disagree, abstain, giveBack, withdraw, handOver, delegate
    case recall, addSigners, copy, remind, resumeJob, endJob
}

extension Matters {
    // MARK: Sight

    /// Whether a person may see a matter: whoever opened it or acts or acted in it, was sent a copy, holds a post of
    /// its route, or may read every matter.
    func maySee(_ tx: any Transaction, _ file: MatterFile, _ staff: ID<StaffMember>, at now: Moment) throws -> Bool {
        let held = try Organisation.posts(tx, area: area, of: staff, at: now).map(\.post)
        guard !held.isEmpty else { return false }
        if file.head.opener == staff || file.actors.contains(where: { $0.staff == staff }) { return true }
        if file.tasks.contains(where: { $0.assignee == staff || $0.principal == staff }) { return true }
        if file.route.contains(where: { held.contains($0.post) }) { return true }
        if try MatterCopy.has(tx, area: area, file.head.id, staff: staff) { return true }
        return try Organisation.plan(tx, area: area).permissions(of: held).contains(.everyMatter)
    }

    /// The same words whether there is no such matter or it is somebody else's.
    static func notShown(_ id: ID<Matter>) -> Problem {
        Problem("matter.notShown", field: "matter", "没有编号为 \(id) 的办件,或您无权查看;如工作需要,请由办理人抄送给您")
    }

    /// Who opened a matter: signs as 经办 on the papers that it brings about.
    public static func opener(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> ID<StaffMember>? {
        try tx.first(openerOfMatter, Value(area), Value(matter)) { try $0.id(0) }
    }

    private static let openerOfMatter: SQL = "SELECT opener FROM matter WHERE area = ? AND id = ?"

    /// Who agreed in each step of a matter, in the order of its route: of several acts in a step the last (签署人).
    public static func signatures(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> [(step: String, staff: ID<StaffMember>)] {
        let agreed = try tx.rows(agreedSteps, Value(area), Value(matter), Value(code: MatterAct.Kind.agreed)) {
            (step: try $0.text(0), staff: try $0.id(1, StaffMember.self))
        }
        return agreed.enumerated().filter { index, one in
            !agreed[(index + 1)...].contains { $0.step == one.step }
        }.map(\.element)
    }

    private static let agreedSteps: SQL = """
        SELECT s.code, a.actor FROM matter_act a
        JOIN matter_stage s ON s.area = a.area AND s.matter = a.matter AND s.position = a.position
        WHERE a.area = ? AND a.matter = ? AND a.kind = ? AND a.actor_kind = 1 ORDER BY s.position, a.seq
        """

    /// When a matter was opened: the moment of the application that it answers (申请时刻).
    public static func openedAt(
        _ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>
    ) throws -> Moment? {
        try tx.first(momentOfMatter, Value(area), Value(matter)) { try $0.moment(0) }
    }

    private static let momentOfMatter: SQL = "SELECT opened_at FROM matter WHERE area = ? AND id = ?"

    /// Where a matter stands; nil when there is none (办件状态).
    public static func state(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> MatterState? {
        try tx.first(stateOfMatter, Value(area), Value(matter)) { try $0.code(0) }
    }

    private static let stateOfMatter: SQL = "SELECT state FROM matter_status WHERE area = ? AND matter = ?"

    private func shown(
        _ tx: any Transaction, _ matter: ID<Matter>, to staff: ID<StaffMember>, at now: Moment
    ) throws -> MatterWork {
        guard let file = try MatterFile.load(tx, area: area, matter), try maySee(tx, file, staff, at: now) else {
            throw Matters.notShown(matter)
        }
        return MatterWork(self, tx, opening: file, try kind(file.head.kind), by: staff, at: now)
    }

    /// An attachment, for whoever may see a matter that carries it.
    public func attachment(
        _ tx: any Transaction, of matter: ID<Matter>, _ hash: ContentHash, for staff: ID<StaffMember>, at now: Moment
    ) throws -> AttachedFile {
        _ = try shown(tx, matter, to: staff, at: now)
        guard try HandedPaper.all(tx, area: area, matter).contains(where: { $0.paper.hash == hash }) else {
            throw Problem("matter.attachment.notHere", field: "\(hash)", "这件办件没有这个附件,请刷新页面后再打开")
        }
        return try Attachments.content(tx, area: area, hash)
    }

    /// The page of a matter, as one person sees it.
    public func view(
        _ tx: any Transaction, _ matter: ID<Matter>, for staff: ID<StaffMember>, at now: Moment
    ) throws -> MatterView {
        try shown(tx, matter, to: staff, at: now).view()
    }

    /// Whether a matter is of a kind that its reader may open anew, with what is filled in (再办一件).
    public func form(
        _ tx: any Transaction, _ matter: ID<Matter>, for staff: ID<StaffMember>, at now: Moment
    ) throws -> FormValues {
        try shown(tx, matter, to: staff, at: now).file.form
    }
}

extension MatterWork {
    func view() throws -> MatterView {
        let chunk = try MatterChunk.last(tx, area: area, id)
        let (actions, refusal) = try actions()
        let subjects = try MatterSubject.all(tx, area: area, id)
        return MatterView(
            matter: id, kind: kind.code, kindName: kind.name, basis: kind.basis, title: file.status.title,
            state: file.status.state, version: file.status.version, formVersion: file.status.formVersion,
            opener: try name(file.head.opener), openedAt: file.head.openedAt, endedAt: file.status.endedAt,
            amount: file.amount, isMeasured: kind.isMeasured, form: try kind.fields.map(field), papers: try papers(),
            acts: try shownActs(),
            drawing: try drawing(), isOverdue: file.openTasks.contains { $0.dueDay < at.day },
            progress: file.acts.contains { $0.kind == .frozen }
                ? JobProgress(
                    matter: id, state: file.status.state, done: chunk?.done ?? 0, total: chunk?.total ?? 0,
                    problems: [])
                : nil,
            subjects: subjects, names: try names(of: subjects),
            prints: file.status.state == .carriedOut ? kind.prints : [], preview: try preview(),
            objections: try objections(actions), endingAsker: try endingAsker().map { try name($0) }, actions: actions,
            refusal: refusal)
    }

    /// Files of forms larger than this are read when somebody acts, not when somebody looks.
    private static let readAtOnceMax = 32 << 10

    private func objections(_ actions: Set<MatterAction>) throws -> [Problem] {
        guard !actions.isDisjoint(with: [.accept, .agree, .supply]) else { return [] }
        let files = try kind.fields.filter(\.kind.isAttachment).compactMap { field in
            try file.form.attachmentIfGiven(field.name).flatMap {
                try Attachments.measure(tx, area: area, $0)?.size
            }
        }
        guard files.reduce(0, +) <= Self.readAtOnceMax else { return [] }
        do { return try shortcomings() } catch let problem as Problem {
            return [problem]
        } catch let problems as Problems {
            return problems.all
        }
    }

    /// A form against which something speaks has nothing to tell: its check says so.
    private func preview() throws -> [String] {
        guard [.draft, .underWay, .supplying].contains(file.status.state) else { return [] }
        do {
            return try kind.preview(tx, draft)
        } catch is Problem {
            return []
        } catch is Problems {
            return []
        }
    }

    private func field(_ field: FormField) throws -> MatterView.Field {
        MatterView.Field(
            name: field.name, title: field.title, text: file.form.text(field.name), shown: try shown(field),
            concern: field.concern(in: file.form))
    }

    /// Whoever reviews sees whom the form means, not only a number.
    private func shown(_ field: FormField) throws -> String {
        let text = file.form.text(field.name)
        if let concern = field.concern(in: file.form) { return try matters.name(tx, concern)?.full ?? text }
        if case .post = field.kind, !text.isEmpty { return try name(PostCode(text)) }
        return field.shown(text)
    }

    private func names(of subjects: [Carried.Subject]) throws -> [MatterConcern: SubjectName] {
        try Set(subjects.compactMap { MatterConcern($0) }).reduce(into: [:]) { names, concern in
            names[concern] = try matters.name(tx, concern)
        }
    }

    private func papers() throws -> [MatterView.Paper] {
        let acts = Dictionary(uniqueKeysWithValues: file.acts.map { ($0.seq, $0.at) })
        return try HandedPaper.all(tx, area: area, id).compactMap { handed in
            guard let (type, size) = try Attachments.measure(tx, area: area, handed.paper.hash) else { return nil }
            let title =
                kind.papers.first { $0.code == handed.paper.code }?.name ?? kind.field(handed.paper.code)?.title
            return MatterView.Paper(
                no: handed.no, title: title ?? handed.paper.code, file: handed.paper, type: type, size: size,
                handedIn: acts[handed.act] ?? file.head.openedAt)
        }
    }

    private func shownActs() throws -> [MatterView.Act] {
        let plan = try Organisation.plan(tx, area: area)
        return try file.acts.map { act in
            MatterView.Act(
                seq: act.seq, kind: act.kind, name: try act.staff.map { try name($0) } ?? "系统",
                post: act.post.text.isEmpty ? "" : plan.name(of: act.post), behalf: try act.behalf.map { try name($0) },
                step: file.stage(at: act.position)?.name ?? "", target: try target(of: act),
                formVersion: act.formVersion, opinion: act.opinion, at: act.at)
        }
    }

    private func target(of act: MatterAct) throws -> String? {
        guard let target = act.target else { return nil }
        switch act.kind {
        case .returned, .signersAdded: return file.stage(at: target)?.name
        case .signersAsked, .signersFilled: return "\(target) 人"
        default: return try name(ID(target))
        }
    }

    // MARK: The drawing

    private func drawing() throws -> [MatterView.Station] {
        let plan = try Organisation.plan(tx, area: area)
        return try file.route.map { stage in
            let standing = standing(of: stage)
            let current = standing == .current
            return MatterView.Station(
                code: stage.code, name: stage.name, post: stage.post.text.isEmpty ? "" : plan.name(of: stage.post),
                signing: stage.signing, isAdded: stage.isAdded, standing: standing,
                people: try people(at: stage, current: current),
                votes: stage.signing.isJoint ? tally(at: stage) : nil,
                due: current ? file.openTasks.map(\.dueDay).min() : nil)
        }
    }

    /// The voices of a co-signed step in its last round; whoever had not spoken when it was decided has not spoken.
    private func tally(at stage: MatterStage) -> Votes? {
        let tasks = file.tasks.filter { $0.position == stage.position && $0.purpose == .act && $0.status != .lapsed }
        guard let round = tasks.map(\.round).max() else { return nil }
        let last = tasks.filter { $0.round == round }
        var votes = votes(among: last)
        votes.pending = last.count - votes.agreed - votes.rejected - votes.abstained
        return votes
    }

    private func standing(of stage: MatterStage) -> MatterView.Station.Standing {
        if [.carriedOut, .carrying, .stopped, .terminated].contains(file.status.state) { return .done }
        if stage.position == file.status.position { return .current }
        return stage.position < file.status.position ? .done : .toCome
    }

    private func people(at stage: MatterStage, current: Bool) throws -> [String] {
        var people: [ID<StaffMember>] = []
        func add(_ person: ID<StaffMember>?) {
            if let person, !people.contains(person) { people.append(person) }
        }
        for act in file.acts where act.position == stage.position && act.kind.isStepAct { add(act.staff) }
        if current { for task in file.openTasks where task.position == stage.position { add(task.assignee) } }
        return try people.map { try name($0) }
    }

    // MARK: What the reader may do

    private func actions() throws -> (Set<MatterAction>, refusal: String?) {
        guard let staff else { return ([], nil) }
        var actions: Set<MatterAction> = [.copy]
        let mayWithdraw = staff == file.head.opener || staff == file.lastActor(at: file.first.position)
        switch file.status.state {
        case .draft, .underWay, .supplying:
            actions.insert(.remind)
            if mayWithdraw { actions.insert(.withdraw) }
            if file.status.state == .underWay, try delegated(by: staff) != nil { actions.insert(.recall) }
        case .stopped: return try jobActions(actions)
        case .carrying, .carriedOut, .rejected, .withdrawn, .expired, .terminated: return (actions, nil)
        }
        do {
            let purpose: MatterTask.Purpose = file.status.state == .supplying ? .supply : .act
            let (task, _) = try mine(purpose)
            return (actions.union(stepActions(task)), nil)
        } catch let problem as Problem {
            return (actions, problem.message)
        }
    }

    private func jobActions(_ others: Set<MatterAction>) throws -> (Set<MatterAction>, refusal: String?) {
        do {
            try refuseStrangerToJob()
            guard let asker = try endingAsker() else { return (others.union([.resumeJob, .endJob]), nil) }
            do { try refuseSameHand(as: asker) } catch let problem as Problem {
                return (others.union([.resumeJob]), problem.message)
            }
            return (others.union([.resumeJob, .endJob]), nil)
        } catch let problem as Problem {
            return (others, problem.message)
        }
    }

    private func stepActions(_ task: MatterTask) -> Set<MatterAction> {
        switch file.status.state {
        case .draft: return [.revise, .accept, .askForPapers, .handOver]
        case .supplying: return [.supply, .handOver]
        default: break
        }
        var actions: Set<MatterAction> = [.agree, .disagree]
        if stage.signing.isJoint {
            actions.insert(.abstain)
        } else {
            actions.formUnion([.askForPapers, .giveBack, .addSigners])
        }
        if !task.post.text.isEmpty { actions.formUnion([.handOver, .delegate]) }
        return actions
    }
}

extension FormField {
    /// A kept text as people read it.
    public func shown(_ text: String) -> String {
        switch kind {
        case .choice(let choices): choices.first { $0.code == text }?.title ?? text
        case .yesNo: text.isEmpty ? "" : text == "1" ? "是" : "否"
        case .money: (try? Money(text))?.grouped ?? text
        default: text
        }
    }
}
