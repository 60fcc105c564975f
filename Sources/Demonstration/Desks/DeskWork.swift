import Agency
import Basics
import Control
import Storage
import Synchronization

/// The county's staff at their desks (柜台办件): matters opened by one, reviewed and approved by others, each with a
/// name, a post and a moment. Nothing is written here that a member of staff could not have done on the pages.
final class DeskWork: Sendable {
    let agency: Agency
    let area: AreaCode
    private let joint: JointStore
    /// Who holds each post that some route asks for.
    private let holders: [PostCode: [ID<StaffMember>]]
    /// The one paper of the county: every matter that asks for a paper gets it.
    let paper: ContentHash
    private let refusals = Mutex<[String: Int]>([:])

    /// Reads who is on duty, and hands in the county's paper.
    init(agency: Agency, joint: JointStore, area: AreaCode, at now: Moment) async throws {
        self.agency = agency
        self.joint = joint
        self.area = area
        let posts = Set(Agency.matterKinds.flatMap { $0.steps.map(\.post) }).union(["office"])
        holders = try await agency.store.read { tx in
            try posts.reduce(into: [:]) { holders, post in
                holders[post] = try Organisation.holders(tx, area: area, of: post, at: now).map(\.staff)
                    .sorted { $0.raw < $1.raw }
            }
        }
        paper = try await agency.attach(area, name: DeskWork.paperName, bytes: Array(DeskWork.paperText.utf8))
    }

    private static let paperName = "示范材料.txt"
    private static let paperText = "示范市演示材料\n本件为示范数据附件,不对应任何真实单位或个人。\n"

    // MARK: A day's matters

    /// So many matters share a commit; see `Days.appointmentsPerCommit`.
    private static let mattersPerCommit = 50

    /// Brings matters one after another. What the desks refuse is refused at the window and counted, and nobody comes
    /// back with it; nothing of it stays.
    func each<Item: Sendable>(
        _ items: [Item], _ bring: @escaping @Sendable (Int, Item) async throws -> Void
    ) async throws {
        for start in stride(from: 0, to: items.count, by: Self.mattersPerCommit) {
            let part = start..<min(items.count, start + Self.mattersPerCommit)
            try await joint.together {
                for index in part { try await self.attempt { try await bring(index, items[index]) } }
            }
        }
    }

    /// One piece of work in a commit of its own.
    func once(_ bring: @escaping @Sendable () async throws -> Void) async throws {
        try await each([0]) { _, _ in try await bring() }
    }

    private func attempt(_ errand: () async throws -> Void) async throws {
        do { try await errand() } catch let problems as Problems {
            note(problems.all.first?.code ?? "")
        } catch let problem as Problem { note(problem.code) }
    }

    private func note(_ code: String) { refusals.withLock { $0[code, default: 0] += 1 } }

    /// What the desks have refused, by the code of the first problem.
    var refused: [String: Int] { refusals.withLock { $0 } }

    // MARK: From opening to effect

    /// How far a matter is taken.
    enum Until: Sendable {
        /// 已登记,待受理
        case drafted
        /// 已受理,待复核
        case accepted
        /// 已审批,批量办理中: a later run of the jobs carries it out
        case approved
        /// 办结
        case carriedOut
    }

    /// A matter under way, and who brought it in.
    struct Handled: Sendable {
        let kind: MatterKind
        let opener: ID<StaffMember>
        let form: [String: String]
        var acted: [ID<StaffMember>]
        var outcome: MatterOutcome
    }

    /// A file behind a form's field.
    struct Sheet: Sendable {
        let name: String
        let text: String

        init(_ name: String, heading: String, _ lines: [String]) {
            self.name = name
            text = ([heading] + lines).joined(separator: "\n") + "\n"
        }
    }

    /// Opens a matter of this kind at a moment, and has it taken through its route by people who have not acted in it
    /// yet, a quarter of an hour a step.
    @discardableResult
    func carry(
        _ code: String, _ form: [String: String], sheet: Sheet? = nil, until: Until = .carriedOut, at moment: Moment,
        turn: Int = 0
    ) async throws -> Handled {
        guard let kind = Agency.matterCatalogue[code] else {
            throw Problem("demonstration.kind", field: code, "办件目录中没有“\(code)”")
        }
        var form = form
        if let sheet {
            form["sheet"] = try await agency.attach(area, name: sheet.name, bytes: Array(sheet.text.utf8)).description
        }
        let given = form
        let papers = papers(of: kind, with: given)
        let opener = try person(for: kind.steps[0], turn: turn, besides: [])
        let outcome = try await at(moment) {
            try await agency.openMatter(
                area, code, form: given, papers: papers, by: opener, accept: until != .drafted, opinion: "材料齐全,予以受理")
        }
        var handled = Handled(kind: kind, opener: opener, form: given, acted: [opener], outcome: outcome)
        if until == .drafted || until == .accepted { return handled }
        try await approve(&handled, at: moment + 900, turn: turn)
        if until == .carriedOut, handled.outcome.state == .carrying { try await runJobs(at: moment + 3_600) }
        return handled
    }

    /// Takes an accepted matter through the rest of its route.
    func approve(_ handled: inout Handled, at moment: Moment, turn: Int = 0) async throws {
        let (kind, form) = (handled.kind, handled.kind.read(handled.form).form)
        let amount = try await agency.store.read { [area] tx in
            try kind.amount(tx, area: area, of: form, on: moment.day)
        }
        for (number, step) in handled.kind.steps(for: amount).dropFirst().enumerated() {
            guard handled.outcome.state == .underWay else { return }
            let at = moment + Int64(number) * 900
            if step.signing.isJoint {
                try await cosign(&handled, step, at: at)
                continue
            }
            let signer = try person(for: step, turn: turn, besides: handled.acted)
            handled.acted.append(signer)
            try await act(&handled, .agree("经审核,同意办理"), by: signer, at: at)
            if let problem = handled.outcome.problems.first { throw problem }
        }
    }

    /// Has the signers of a step agree one after another (会签), until enough of them have, or as many as are asked.
    func cosign(
        _ handled: inout Handled, _ step: RouteStep, voices: Int = .max, at moment: Moment
    ) async throws {
        let free = holders(of: step.post).filter { !handled.acted.contains($0) }
        guard !free.isEmpty else { throw unstaffed(step.post) }
        for (number, signer) in free.prefix(min(voices, step.signing.needed(of: free.count))).enumerated() {
            handled.acted.append(signer)
            try await act(&handled, .agree("同意"), by: signer, at: moment + Int64(number) * 60)
            if let problem = handled.outcome.problems.first { throw problem }
        }
    }

    /// Carries out what has been approved and frozen (批量办理).
    func runJobs(at moment: Moment) async throws {
        try await at(moment) { _ = try await agency.runJobs(area) }
    }

    /// One act more in a matter, by this member of staff.
    func act(
        _ handled: inout Handled, _ verb: MatterVerb, by staff: ID<StaffMember>, at moment: Moment
    ) async throws {
        let (matter, seen) = (handled.outcome.matter, handled.outcome.version)
        handled.outcome = try await at(moment) {
            try await agency.act(area, matter, verb, seen: seen, by: staff)
        }
    }

    /// Ends a job that stopped: its opener asks, and whoever approved it last confirms. Each looks at it first, since the
    /// machine has worked on it.
    func endJob(_ handled: inout Handled, _ reason: String, at moment: Moment) async throws {
        let (matter, hands) = (handled.outcome.matter, [handled.opener, handled.acted[handled.acted.count - 1]])
        for (number, staff) in hands.enumerated() {
            handled.outcome = try await at(moment + Int64(number) * 900) {
                let seen = try await agency.viewMatter(area, matter, for: staff).version
                return try await agency.act(area, matter, .endJob(reason), seen: seen, by: staff)
            }
        }
    }

    /// What a kind asks for with such a form, each time the county's one paper.
    func papers(of kind: MatterKind, with form: [String: String]) -> [AttachedPaper] {
        kind.requiredPapers(for: kind.read(form).form).map {
            AttachedPaper(code: $0.code, name: DeskWork.paperName, hash: paper)
        }
    }

    /// What the computer does each day by itself (日终处理), as the server does it; all of it must be done.
    func daily(at moment: Moment) async throws {
        let report = try await joint.together {
            try await self.at(moment) { try await self.agency.daily(self.area) }
        }
        if let failure = report.failures.first {
            throw Problem(
                "demonstration.daily", field: failure.part.name, "示范县 \(report.day) 日终处理没有办完:\(failure.reason)")
        }
    }

    func holders(of post: PostCode) -> [ID<StaffMember>] { holders[post] ?? [] }

    private func person(for step: RouteStep, turn: Int, besides acted: [ID<StaffMember>]) throws -> ID<StaffMember> {
        let free = (holders[step.post] ?? []).filter { !acted.contains($0) }
        guard !free.isEmpty else { throw unstaffed(step.post) }
        return free[turn % free.count]
    }

    private func unstaffed(_ post: PostCode) -> Problem {
        Problem("demonstration.post", field: post.description, "示范县没有人担任岗位 \(post)")
    }

    func at<Result: Sendable>(_ moment: Moment, _ work: () async throws -> Result) async throws -> Result {
        try await DemonstrationClock.$now.withValue(moment) { try await work() }
    }
}
