import Foundation

/// How a transaction is begun.
enum PostgresMode: Sendable {
    /// SERIALIZABLE: as if one ran after the other.
    case write
    /// A snapshot; nothing can be in its way.
    case read
    /// One process at a time, whatever it takes.
    case migrate
}

/// Threads that each own a connection and take the transactions that wait, one at a time.
final class PostgresWorkers: @unchecked Sendable {
    // Unchecked: `threads` is written once, before anybody else has the object.
    private let conninfo: String
    private let numbers: PostgresNumbers
    private let attemptsMax: Int
    private let queue = JobQueue<(job: any WaitingJob, mode: PostgresMode)>()
    private var threads: [StoreThread] = []

    init(_ name: String, count: Int, conninfo: String, numbers: PostgresNumbers, attemptsMax: Int) {
        self.conninfo = conninfo
        self.numbers = numbers
        self.attemptsMax = attemptsMax
        threads = (1...count).map { number in StoreThread("yibao.postgres.\(name).\(number)") { [self] in serve() } }
    }

    func add(_ job: any WaitingJob, _ mode: PostgresMode) {
        if !queue.add((job, mode)) { job.answer(StoreError.unavailable("the store is closed")) }
    }

    func close() {
        queue.close()
        for thread in threads { thread.wait() }
        threads = []
    }

    private func serve() {
        var connection: PostgresConnection?
        while let taken = queue.take(atMost: 1) {
            for (job, mode) in taken { carryOut(job, mode, &connection) }
        }
    }

    /// Runs the job until it has an answer; another transaction in the way, or a connection lost before COMMIT,
    /// is tried again after a pause that grows and varies, so that two of them do not meet again and again.
    private func carryOut(_ job: any WaitingJob, _ mode: PostgresMode, _ connection: inout PostgresConnection?) {
        var attempt = 1
        while true {
            switch runOnce(job, mode, &connection) {
            case .answer(let failure): return job.answer(failure)
            case .again(let failure) where attempt >= attemptsMax: return job.answer(failure)
            case .again: usleep(UInt32.random(in: 0...min(100_000, 500 << UInt32(min(attempt, 10)))))
            }
            attempt += 1
        }
    }

    private enum Outcome {
        case answer((any Error)?)
        case again(StoreError)
    }

    private func runOnce(_ job: any WaitingJob, _ mode: PostgresMode, _ held: inout PostgresConnection?) -> Outcome {
        let connection: PostgresConnection
        do {
            connection = try held ?? PostgresConnection(conninfo)
            held = connection
        } catch {
            return .answer((error as? PostgresFailure)?.storeError ?? error)
        }
        defer { if connection.isLost { held = nil } }
        do {
            try begin(mode, on: connection)
        } catch {
            return error.connectionLost ? .again(error.storeError) : .answer(error.storeError)
        }
        let transaction = PostgresTransaction(connection, numbers: mode == .read ? nil : numbers)
        do {
            try job.run(in: transaction)
            if let failure = transaction.failure { throw failure.storeError }
        } catch {
            connection.rollBack()
            guard let failure = transaction.failure, failure.isContention || failure.connectionLost else {
                return .answer(error)
            }
            return .again(failure.storeError)
        }
        return commit(connection)
    }

    private func begin(_ mode: PostgresMode, on connection: PostgresConnection) throws(PostgresFailure) {
        switch mode {
        case .write: try connection.run(script: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE")
        case .read: try connection.run(script: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        case .migrate:
            // READ COMMITTED: whoever waited for the lock must see what the one before did.
            try connection.run(script: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
            try connection.run(script: "SELECT pg_advisory_xact_lock(\(PostgresStore.migrationLock))")
        }
    }

    /// A line that breaks now leaves open whether the server committed before it broke.
    private func commit(_ connection: PostgresConnection) -> Outcome {
        do {
            let tag = try connection.run(script: "COMMIT")
            return .answer(tag == "COMMIT" ? nil : StoreError.failed("the server rolled the transaction back"))
        } catch {
            connection.rollBack()
            if error.connectionLost || error.sqlState.hasPrefix("08") || error.sqlState.hasPrefix("57P") {
                return .answer(StoreError.unknownOutcome)
            }
            return error.isContention ? .again(error.storeError) : .answer(error.storeError)
        }
    }
}
