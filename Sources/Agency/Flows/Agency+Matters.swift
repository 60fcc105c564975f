import Basics
import Control
import Policy
import Storage

extension Agency {
    /// The matters of an area, with every kind the house knows and the calendar of the law's folder.
    public func matters(_ area: AreaCode) throws -> Matters {
        Matters(area: area, catalogue: Agency.matterCatalogue, calendar: try policies.calendar())
    }

    /// Opens a matter (登记办件), and accepts it unless it is to be put by.
    ///
    ///     let outcome = try await agency.openMatter(
    ///         area, "enrolment.employer.register", form: typed, papers: papers, by: session.staff)
    @discardableResult
    public func openMatter(
        _ area: AreaCode, _ kind: String, form: [String: String], papers: [AttachedPaper] = [],
        by staff: ID<StaffMember>, accept: Bool = true, opinion: String = ""
    ) async throws -> MatterOutcome {
        let (matters, now) = (try matters(area), clock())
        return try await store.write { tx in
            try matters.open(
                tx, kind, form: form, papers: papers, by: staff, at: now, accept: accept, opinion: opinion)
        }
    }

    /// Does one thing in a matter (办理): `seen` is the version that was before the person's eyes.
    @discardableResult
    public func act(
        _ area: AreaCode, _ matter: ID<Matter>, _ verb: MatterVerb, seen: Int64, by staff: ID<StaffMember>
    ) async throws -> MatterOutcome {
        let (matters, now) = (try matters(area), clock())
        return try await store.write { tx in
            try matters.act(tx, matter, verb, seen: seen, by: staff, at: now)
        }
    }

    /// What became of one matter of a batch.
    public struct BatchAnswer: Sendable, Hashable {
        public let matter: ID<Matter>
        /// Nil when it was refused.
        public let outcome: MatterOutcome?
        /// Why it was refused, or why its effect failed.
        public let problems: [Problem]
    }

    /// Does the same thing in many matters (批量办理): each in its own transaction, each on record, so that one that is
    /// refused holds up none of the others.
    public func batch(
        _ area: AreaCode, _ chosen: [(matter: ID<Matter>, seen: Int64)], _ verb: MatterVerb,
        by staff: ID<StaffMember>
    ) async throws -> [BatchAnswer] {
        guard chosen.count <= Agency.batchMax else {
            throw Problem("matter.batch.large", "一次最多办理 \(Agency.batchMax) 件,请分批选择")
        }
        var answers: [BatchAnswer] = []
        for (matter, seen) in chosen {
            do {
                let outcome = try await act(area, matter, verb, seen: seen, by: staff)
                answers.append(BatchAnswer(matter: matter, outcome: outcome, problems: outcome.problems))
            } catch let problem as Problem {
                answers.append(BatchAnswer(matter: matter, outcome: nil, problems: [problem]))
            } catch let problems as Problems {
                answers.append(BatchAnswer(matter: matter, outcome: nil, problems: problems.all))
            }
        }
        return answers
    }

    public static let batchMax = 200

    /// Keeps an uploaded file (上传附件) until a matter names it.
    public func attach(_ area: AreaCode, name: String, bytes: [UInt8]) async throws -> ContentHash {
        let now = clock()
        return try await store.write { tx in
            try Attachments.keep(tx, area: area, name: name, bytes: bytes, at: now)
        }
    }

    /// A matter's page as one person sees it.
    public func viewMatter(
        _ area: AreaCode, _ matter: ID<Matter>, for staff: ID<StaffMember>
    ) async throws -> MatterView {
        let (matters, now) = (try matters(area), clock())
        return try await store.read { tx in try matters.view(tx, matter, for: staff, at: now) }
    }

    /// Carries out what was approved as jobs (批量办理), chunk by chunk, until nothing waits.
    @discardableResult
    public func runJobs(_ area: AreaCode) async throws -> [JobProgress] {
        try await matters(area).runJobs(store, clock: clock)
    }

    /// Ends what was not supplied in time, and frees the work of people who left (办件日常维护).
    @discardableResult
    public func tendMatters(_ area: AreaCode) async throws -> [ID<Matter>] {
        let (matters, now) = (try matters(area), clock())
        return try await store.write { tx in try matters.upkeep(tx, at: now) }
    }
}
