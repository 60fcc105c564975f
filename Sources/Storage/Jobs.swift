import Foundation

/// A transaction that waits for a thread to run it and for its answer.
///
/// The body may run several times (alone after its group failed, again after a serialisation failure);
/// the answer is given once.
protocol WaitingJob: AnyObject, Sendable {
    /// Runs the body and keeps its result.
    func run(in transaction: any Transaction) throws
    /// Tells the caller: the kept result, or why there is none.
    func answer(_ failure: (any Error)?)
}

/// One caller's closure with the continuation that waits for it.
final class Job<Result: Sendable>: WaitingJob, @unchecked Sendable {
    // Unchecked: a job is touched by the one thread that took it from the queue.
    private let body: @Sendable (any Transaction) throws -> Result
    private let caller: CheckedContinuation<Result, any Error>
    private var result: Result?

    init(
        _ body: @escaping @Sendable (any Transaction) throws -> Result,
        for caller: CheckedContinuation<Result, any Error>
    ) {
        self.body = body
        self.caller = caller
    }

    func run(in transaction: any Transaction) throws {
        result = nil
        result = try body(transaction)
    }

    func answer(_ failure: (any Error)?) {
        if let failure {
            caller.resume(throwing: failure)
        } else if let result {
            caller.resume(returning: result)
        } else {
            caller.resume(throwing: StoreError.failed("a transaction was answered before it ran"))
        }
    }
}

/// Jobs in the order they came, handed to threads of our own: a synchronous transaction must never
/// hold a thread of Swift's cooperative pool.
final class JobQueue<Job: Sendable>: @unchecked Sendable {
    // Unchecked: every access holds `condition`.
    private let condition = NSCondition()
    private var jobs: [Job] = []
    private var head = 0
    private var closed = false

    /// Queues a job; false when the queue is closed.
    func add(_ job: Job) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !closed else { return false }
        jobs.append(job)
        condition.signal()
        return true
    }

    /// Waits for jobs and takes up to `limit` of them; nil once the queue is closed and empty.
    func take(atMost limit: Int) -> [Job]? {
        condition.lock()
        defer { condition.unlock() }
        while head == jobs.count && !closed { condition.wait() }
        return head == jobs.count ? nil : takeWaiting(limit)
    }

    /// Takes up to `limit` jobs that already wait, perhaps none.
    func takeMore(atMost limit: Int) -> [Job] {
        condition.lock()
        defer { condition.unlock() }
        return takeWaiting(limit)
    }

    var count: Int {
        condition.lock()
        defer { condition.unlock() }
        return jobs.count - head
    }

    /// Refuses further jobs and lets the threads that wait finish what is queued.
    func close() {
        condition.lock()
        defer { condition.unlock() }
        closed = true
        condition.broadcast()
    }

    private func takeWaiting(_ limit: Int) -> [Job] {
        let end = min(jobs.count, head + limit)
        let taken = Array(jobs[head..<end])
        head = end
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        return taken
    }
}

/// A named thread that can be waited for.
final class StoreThread: Sendable {
    private let finished = DispatchSemaphore(value: 0)

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread { [finished] in
            body()
            finished.signal()
        }
        thread.name = name
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Blocks until the body has returned.
    func wait() {
        finished.wait()
        finished.signal()
    }
}
