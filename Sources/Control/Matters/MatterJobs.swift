import Basics
import Storage

/// One chunk of a job (批次进度): the row that makes it resumable. Each is written in its chunk's own transaction, so
/// that work and cursor are kept together or not at all.
struct MatterChunk: Sendable, Hashable {
    let no: Int64
    let cursor: Int64
    /// Nil for the last one.
    let next: Int64?
    let done: Int
    let total: Int
    let finishedAt: Moment

    static let table = EvidenceTable(
        "matter_chunk", "area", "matter", "no", "cursor", "next_cursor", "done", "total", "finished_at")

    func values(_ area: AreaCode, _ matter: ID<Matter>) -> [Value] {
        [
            Value(area), Value(matter), .int(no), .int(cursor), Value(next), .int(Int64(done)), .int(Int64(total)),
            Value(finishedAt),
        ]
    }

    static func last(_ tx: any Transaction, area: AreaCode, _ matter: ID<Matter>) throws -> MatterChunk? {
        try tx.one(MatterChunk.self, newest, Value(area), Value(matter))
    }

    private static let newest = SQL(
        "SELECT \(table.columnList) FROM matter_chunk WHERE area = ? AND matter = ? ORDER BY no DESC LIMIT 1")
}

extension MatterChunk: Record {
    init(_ row: any Row) throws {
        no = try row.int(2)
        cursor = try row.int(3)
        next = try row.intOrNil(4)
        done = Int(try row.int(5))
        total = Int(try row.int(6))
        finishedAt = try row.moment(7)
    }
}

/// How far a job has come (批量办理进度).
public struct JobProgress: Sendable, Hashable {
    public let matter: ID<Matter>
    public let state: MatterState
    public let done: Int
    public let total: Int
    public let problems: [Problem]

    public var isRunning: Bool { state == .carrying }
}

extension Matters {
    /// The matters whose jobs are to be carried out, oldest first.
    public func waitingJobs(_ tx: any Transaction, limit: Int = 100) throws -> [ID<Matter>] {
        try tx.rows(Matters.waiting, Value(area), .int(Int64(limit))) { try $0.id(0) }
    }

    private static let waiting: SQL =
        "SELECT matter FROM matter_status WHERE area = ? AND state = 4 ORDER BY matter LIMIT ?"

    /// Carries out the next chunk of a job, in this transaction: the work, its cursor, and the end when it is the last.
    ///
    /// A process that is killed between two chunks loses nothing; one that is killed within a chunk loses that chunk
    /// alone, and the next run begins it again. A chunk that fails leaves only the reason, and the job stops.
    public func carryChunk(_ tx: any Transaction, _ matter: ID<Matter>, at now: Moment) throws -> JobProgress {
        let work = try MatterWork(self, tx, matter, by: nil, at: now)
        let last = try MatterChunk.last(tx, area: area, matter)
        guard work.file.status.state == .carrying else { return work.progress(last) }
        let chunk = try work.carry(after: last)
        try work.save()
        return work.progress(chunk ?? last)
    }

    /// Carries out everything that waits (批量办理), chunk by chunk, each in a transaction of its own.
    ///
    /// - Returns: where each job stands; those that stopped carry their reasons.
    @discardableResult
    public func runJobs(_ store: any Store, clock: @Sendable () -> Moment) async throws -> [JobProgress] {
        var finished: [JobProgress] = []
        for matter in try await store.read({ tx in try waitingJobs(tx) }) {
            var progress: JobProgress
            repeat {
                try Task.checkCancellation()
                let now = clock()
                progress = try await store.write { tx in try carryChunk(tx, matter, at: now) }
            } while progress.isRunning
            finished.append(progress)
        }
        return finished
    }
}

extension MatterWork {
    fileprivate func progress(_ chunk: MatterChunk?) -> JobProgress {
        JobProgress(
            matter: id, state: file.status.state, done: chunk?.done ?? 0, total: chunk?.total ?? 0, problems: problems)
    }

    /// One chunk; nil when it failed and the job has stopped.
    fileprivate func carry(after last: MatterChunk?) throws -> MatterChunk? {
        guard case .job(let chunk) = kind.effect else {
            throw StoreError.damaged("matter \(id) waits for a job, but \(kind.code) has none")
        }
        let before = file
        do {
            return try tx.attempt {
                let step = try chunk(tx, try approved(), last?.next ?? 0)
                return try keep(step, after: last)
            }
        } catch {
            guard let reasons = Matters.reasons(error) else { throw error }
            file = before
            problems = reasons
            try record(.stopped, String(reasons.map(\.message).joined(separator: ";").prefix(2000)), byHouse: true)
            file.status.state = .stopped
            return nil
        }
    }

    private func keep(_ step: JobStep, after last: MatterChunk?) throws -> MatterChunk {
        let (no, cursor) = ((last?.no ?? 0) + 1, last?.next ?? 0)
        let row: MatterChunk
        switch step {
        case .more(let next, let done, let total):
            guard next > cursor else {
                throw StoreError.damaged("the job of matter \(id) does not move on from \(cursor)")
            }
            row = MatterChunk(
                no: no, cursor: cursor, next: next, done: done, total: max(done, total), finishedAt: at)
        case .finished:
            let total = last?.total ?? 1
            row = MatterChunk(no: no, cursor: cursor, next: nil, done: total, total: total, finishedAt: at)
        }
        try tx.execute(MatterChunk.table.insertion, row.values(area, id))
        try MatterEvidence.chunk.record(tx, area: area, subject: id.raw, record: no, by: .system, at: at)
        if case .finished(let carried) = step { try finish(carried) }
        return row
    }

    /// Lets a stopped job go on where it stopped (恢复批量办理).
    func resumeJob(_ text: String) throws {
        try expect(.stopped, toDo: "恢复批量办理")
        try refuseStrangerToJob()
        try record(.resumed, try reasoned(text, "恢复办理的说明"))
        file.status.state = .carrying
    }

    /// Ends a stopped job that is not to go on (终止办理): one of those who answer for it asks (提请), one who answers for
    /// another of its steps confirms. To leave undone what two have approved is no less than to approve it. What its
    /// chunks have carried out stays; the record says how far it had come, and whom it was about.
    func endJob(_ text: String) throws {
        try expect(.stopped, toDo: "终止办理")
        try refuseStrangerToJob()
        let reason = try reasoned(text, "终止办理的理由")
        guard let asker = try endingAsker() else {
            try record(.endingAsked, reason)
            return
        }
        try refuseSameHand(as: asker)
        let chunk = try MatterChunk.last(tx, area: area, id)
        let extent = chunk.map { "已办 \($0.done) / \($0.total) 项,办成的保留,其余不再办理" } ?? "终止时一项也没有办成"
        let subjects = try concerns().sorted().map { Carried.Subject(kind: $0.kind.subject, id: $0.number) }
        try record(.terminated, "\(reason)(\(extent))") { seq in MatterSubject.rows(area, id, act: seq, subjects) }
        try end(.terminated)
    }

    /// Who has asked that the stopped job be ended; nobody once they answer for none of its steps any more.
    func endingAsker() throws -> ID<StaffMember>? {
        guard file.status.state == .stopped, let asker = file.endingAsker else { return nil }
        return try stepsAnswered(by: asker).isEmpty ? nil : asker
    }

    /// Whoever confirms the end answers for another step than whoever asked for it.
    func refuseSameHand(as asker: ID<StaffMember>) throws {
        guard let staff, staff != asker else {
            throw Problem("matter.endJob.alone", field: "staff", "您已提请终止,须由另一环节的人员确认;如要接着办,请恢复批量办理")
        }
        let (asked, confirming) = (try stepsAnswered(by: asker), try stepsAnswered(by: staff))
        guard !confirming.subtracting(asked).isEmpty || !asked.subtracting(confirming).isEmpty else {
            throw Problem(
                "matter.endJob.sameStep", field: "staff", "\(try name(asker))已以同一环节提请终止,须由另一环节的人员确认终止")
        }
    }

    /// A stopped job is for whoever opened the matter or agreed to it; for one of them who has left the post of their
    /// step, for whoever holds it today. Nobody has to look for a person who is gone.
    func refuseStrangerToJob() throws {
        guard let staff else { throw Matters.unknown(id) }
        guard try !stepsAnswered(by: staff).isEmpty else {
            throw Problem(
                "matter.resume.notYours", field: "staff",
                "只有这件办件的发起人或审批人可以恢复、终止批量办理;他们已不在原岗位的,由现在该岗位的人员办理")
        }
        try refuseConcerned(staff)
    }

    /// The steps of the route for which a person answers: in which they brought the matter in or agreed, or whose post
    /// they hold today in the place of one who did. Nothing for whoever holds no post any more.
    private func stepsAnswered(by person: ID<StaffMember>) throws -> Set<Int64> {
        let held = Set(try Organisation.posts(tx, area: area, of: person, at: at).map(\.post))
        guard !held.isEmpty else { return [] }
        let decisive = file.acts.filter { [.opened, .accepted, .agreed].contains($0.kind) }
        return Set(
            try decisive.filter { act in
                if act.staff == person { return true }
                guard let former = act.staff, let post = file.stage(at: act.position)?.post, held.contains(post)
                else { return false }
                return try !isHolder(former, post)
            }.map(\.position))
    }
}
