import Foundation
import Synchronization

/// Runs the same work on several threads and waits; the first error is thrown when all have ended.
enum Workers {
    static func run(_ threads: Int, _ work: @escaping () throws -> Void) throws {
        if threads <= 1 { return try work() }
        let failure = Failure()
        nonisolated(unsafe) let work = work
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            do { try work() } catch { failure.note(error) }
        }
        if let error = failure.first { throw error }
    }

    private final class Failure: @unchecked Sendable {
        private let lock = Mutex(())
        private var error: (any Error)?
        func note(_ error: any Error) { lock.withLock { _ in if self.error == nil { self.error = error } } }
        var first: (any Error)? { lock.withLock { _ in error } }
    }
}

/// What the run tells while it works: lines read, rate and time left.
public final class ScreeningProgress: @unchecked Sendable {
    public struct State: Sendable {
        public var stage = ""
        public var file = ""
        public var rows = 0
        public var bytes = 0
        public var bytesBefore = 0
        public var bytesTotal = 0
        public var partitionsDone = 0
        public var partitions = 0
    }

    private let state = Mutex(State())
    private let report: @Sendable (State) -> Void
    private let interval: UInt64
    private let last = Atomic<UInt64>(0)

    /// `report` is called at most every `everyMilliseconds`, from any thread.
    public init(everyMilliseconds: UInt64 = 250, report: @escaping @Sendable (State) -> Void = { _ in }) {
        interval = everyMilliseconds * 1_000_000
        self.report = report
    }

    func plan(bytes: Int) { state.withLock { $0.bytesTotal = bytes } }

    func begin(_ stage: String, file: String = "") {
        let now = state.withLock { state in
            state.stage = stage
            state.file = file
            state.bytesBefore += state.bytes
            state.bytes = 0
            return state
        }
        report(now)
    }

    func read(rows: Int) { state.withLock { $0.rows += rows } }

    func read(bytes: Int) {
        state.withLock { $0.bytes = max($0.bytes, bytes) }
        tell()
    }

    func partitions(done: Int, of all: Int) {
        state.withLock {
            $0.partitionsDone = done
            $0.partitions = all
        }
        tell()
    }

    private func tell() {
        let now = DispatchTime.now().uptimeNanoseconds
        let before = last.load(ordering: .relaxed)
        guard now &- before > interval,
            last.compareExchange(expected: before, desired: now, ordering: .relaxed).exchanged
        else { return }
        report(state.withLock { $0 })
    }
}
