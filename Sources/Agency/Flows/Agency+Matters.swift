import Basics
import Control
import Policy
import Storage

extension Agency {
    /// The matters of an area, with every kind the house knows and the calendar of the law's folder.
    public func matters(_ area: AreaCode) throws -> Matters {
        Matters(
            area: area, catalogue: Agency.matterCatalogue, calendar: try policies.calendar(), naming: Agency.subjectName
        )
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

    /// Does the same thing in many matters (批量办理): each in its own transaction, each on record.
    public func batch(
        _ area: AreaCode, _ chosen: [(matter: ID<Matter>, seen: Int64)], _ verb: MatterVerb,
        by staff: ID<StaffMember>
    ) async throws -> [BatchAnswer] {
        try await matters(area).batch(store, chosen, verb, by: staff, at: clock())
    }

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
