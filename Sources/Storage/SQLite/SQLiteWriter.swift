import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// The one thread that writes: it groups the transactions that wait into one commit, so that one flush of the
/// disk makes many of them durable.
///
/// Each job stands in a savepoint. One that fails is rolled back and answered alone; the rest commit. When the
/// commit itself fails, which of them is at fault cannot be told, so each runs again alone. Nobody is answered,
/// not even with a failure, before the commit: what a job saw may have been undone with the group.
///
/// A job that nobody waits beside begins without a savepoint: its failure undoes the transaction, which holds nothing
/// else yet. SQLite journals every page a savepoint touches, and nested ones cost the most.
final class SQLiteWriter: @unchecked Sendable {
    // Unchecked: all but the queue is touched by the writer's own thread.
    private let pool: DatabasePool
    private let connection: SQLiteConnection
    private let checkpointer: SQLiteCheckpointer
    private let options: SQLiteStore.Options
    private let queue = JobQueue<any WaitingJob>()
    private let numbers = SQLiteNumbers()
    let commitCount = Atomic<Int>(0)
    private var thread: StoreThread?

    init(
        pool: DatabasePool, connection: SQLiteConnection, checkpointer: SQLiteCheckpointer, options: SQLiteStore.Options
    ) {
        self.pool = pool
        self.connection = connection
        self.checkpointer = checkpointer
        self.options = options
        thread = StoreThread("yibao.sqlite.writer") { [self] in serve() }
    }

    func add(_ job: any WaitingJob) {
        if !queue.add(job) { job.answer(StoreError.unavailable("the store is closed")) }
    }

    var waitingCount: Int { queue.count }

    /// Finishes what waits, then returns.
    func close() {
        queue.close()
        thread?.wait()
        thread = nil
    }

    private func serve() {
        while let jobs = queue.take(atMost: options.groupSizeMax) {
            pool.writeWithoutTransaction { _ in commitTogether(jobs) }
            checkpointer.afterCommit(on: connection)
        }
    }

    private func commitTogether(_ first: [any WaitingJob]) {
        var outcomes: [(job: any WaitingJob, failure: (any Error)?)] = []
        var batch = first
        let start = DispatchTime.now()
        do {
            try execute("BEGIN IMMEDIATE")
        } catch {
            for job in first { job.answer(error) }
            return
        }
        if first.count == 1 {
            do { try run(first[0]) } catch {
                rollBack()
                return first[0].answer(error)
            }
            outcomes.append((first[0], nil))
            batch = connection.isInTransaction ? newcomers(besides: 1, since: start) : []
        }
        while !batch.isEmpty && connection.isInTransaction {
            for job in batch { outcomes.append((job, connection.isInTransaction ? runInSavepoint(job) : nil)) }
            batch = newcomers(besides: outcomes.count, since: start)
        }
        do {
            // An error such as a full disk ends the whole transaction by itself.
            guard connection.isInTransaction else { throw StoreError.failed("the group was rolled back") }
            try execute("COMMIT")
            committed()
            for (job, failure) in outcomes { job.answer(failure) }
        } catch {
            rollBack()
            for (job, _) in outcomes + batch.map({ ($0, nil) }) { commitAlone(job) }
        }
    }

    /// Whoever came meanwhile shares this flush too, within bounds that keep the wait of the first short.
    private func newcomers(besides count: Int, since start: DispatchTime) -> [any WaitingJob] {
        let elapsed = DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds
        let hasTime = elapsed < UInt64(options.groupMillisecondsMax) * 1_000_000
        return hasTime ? queue.takeMore(atMost: options.groupSizeMax - count) : []
    }

    /// Runs a job in its own savepoint; returns why it failed, after undoing it.
    private func runInSavepoint(_ job: any WaitingJob) -> (any Error)? {
        let mark = numbers.mark
        do {
            try execute("SAVEPOINT job")
            try run(job)
            try execute("RELEASE job")
            return nil
        } catch {
            numbers.rollBack(to: mark)
            // Both fail only when the whole transaction is gone, which the caller looks for.
            try? execute("ROLLBACK TO job")
            try? execute("RELEASE job")
            return error
        }
    }

    private func commitAlone(_ job: any WaitingJob) {
        do {
            try execute("BEGIN IMMEDIATE")
            try run(job)
            try commit()
            committed()
            job.answer(nil)
        } catch {
            rollBack()
            job.answer(error)
        }
    }

    private func run(_ job: any WaitingJob) throws {
        let transaction = SQLiteTransaction(connection, numbers: numbers)
        try job.run(in: transaction)
        if let failure = transaction.failure { throw failure }
    }

    private func committed() {
        numbers.committed()
        commitCount.wrappingAdd(1, ordering: .relaxed)
    }

    /// When the disk fails while the log is being flushed, the commit may be on it all the same.
    private func commit() throws {
        do { try execute("COMMIT") } catch {
            let isDiskFailure = sqlite3_errcode(connection.handle) & 0xFF == SQLITE_IOERR
            throw isDiskFailure ? StoreError.unknownOutcome : error
        }
    }

    private func rollBack() {
        if connection.isInTransaction { try? execute("ROLLBACK") }
        numbers.rollBack(to: 0)
    }

    private func execute(_ sql: SQL) throws {
        let statement = try connection.statement(sql)
        defer { statement.finish() }
        try statement.begin([])
        _ = try statement.step()
    }
}
