import Agency
import Basics
import Control
import Storage

/// The county's staff at their desks (柜台办件): matters opened by one, reviewed and approved by others, each with a
/// name, a post and a moment. Nothing is written here that a member of staff could not have done on the pages.
struct DeskWork: Sendable {
    let agency: Agency
    let area: AreaCode
    /// Who holds each post that some route asks for.
    private let holders: [PostCode: [ID<StaffMember>]]
    /// The one paper of the county: every matter that asks for a paper gets it.
    private let paper: ContentHash

    /// Reads who is on duty, and hands in the county's paper.
    init(agency: Agency, area: AreaCode, at now: Moment) async throws {
        self.agency = agency
        self.area = area
        let posts = Set(Agency.matterKinds.flatMap { $0.steps.map(\.post) })
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

    // MARK: From opening to effect

    /// How far a matter is taken.
    enum Until: Sendable {
        /// 已登记,待受理
        case drafted
        /// 已受理,待复核
        case accepted
        /// 办结
        case carriedOut
    }

    /// A matter under way, and who brought it in.
    struct Handled: Sendable {
        let kind: MatterKind
        let opener: ID<StaffMember>
        var outcome: MatterOutcome
    }

    /// Opens a matter of this kind at a moment, and has it taken through its route by people who have not acted in it
    /// yet, a quarter of an hour a step.
    ///
    /// - Parameter sheets: files behind the form's fields: field, name, bytes.
    @discardableResult
    func carry(
        _ code: String, _ form: [String: String], sheets: [(field: String, name: String, bytes: [UInt8])] = [],
        until: Until = .carriedOut, at moment: Moment, turn: Int = 0
    ) async throws -> Handled {
        guard let kind = Agency.matterCatalogue[code] else {
            throw Problem("demonstration.kind", field: code, "办件目录中没有“\(code)”")
        }
        var form = form
        for sheet in sheets {
            form[sheet.field] = try await agency.attach(area, name: sheet.name, bytes: sheet.bytes).description
        }
        let given = form
        let papers = kind.papers.filter(\.isRequired).map {
            AttachedPaper(code: $0.code, name: DeskWork.paperName, hash: paper)
        }
        var acted = [try person(for: kind.steps[0], turn: turn, besides: [])]
        let opener = acted[0]
        var outcome = try await at(moment) {
            try await agency.openMatter(
                area, code, form: given, papers: papers, by: opener, accept: until != .drafted, opinion: "材料齐全,予以受理")
        }
        guard until == .carriedOut else { return Handled(kind: kind, opener: opener, outcome: outcome) }
        for (number, step) in kind.steps(for: kind.amount(kind.read(given).form)).dropFirst().enumerated() {
            guard outcome.state == .underWay else { break }
            let signer = try person(for: step, turn: turn, besides: acted)
            acted.append(signer)
            let (matter, seen) = (outcome.matter, outcome.version)
            outcome = try await at(moment + Int64(number + 1) * 900) {
                try await agency.act(area, matter, .agree("经审核,同意办理"), seen: seen, by: signer)
            }
            if let problem = outcome.problems.first { throw problem }
        }
        if outcome.state == .carrying { try await at(moment + 3_600) { _ = try await agency.runJobs(area) } }
        return Handled(kind: kind, opener: opener, outcome: outcome)
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

    func holders(of post: PostCode) -> [ID<StaffMember>] { holders[post] ?? [] }

    private func person(for step: RouteStep, turn: Int, besides acted: [ID<StaffMember>]) throws -> ID<StaffMember> {
        let free = (holders[step.post] ?? []).filter { !acted.contains($0) }
        guard !free.isEmpty else { throw unstaffed(step.post) }
        return free[turn % free.count]
    }

    private func unstaffed(_ post: PostCode) -> Problem {
        Problem("demonstration.post", field: post.description, "示范县没有人担任岗位 \(post)")
    }

    private func at<Result: Sendable>(_ moment: Moment, _ work: () async throws -> Result) async throws -> Result {
        try await DemonstrationClock.$now.withValue(moment) { try await work() }
    }
}
