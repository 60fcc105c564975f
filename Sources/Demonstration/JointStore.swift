import Foundation
import Storage
import Synchronization

/// A store whose transactions come one after another and become durable together (合并提交).
///
/// The counter's flows are one transaction a message, each with its own flush of the disk. Two years of a county
/// are a million messages that nobody waits for: here they pass through the same flows in order, a savepoint each,
/// and one commit keeps them all or none. Because they pass in order, their numbers are the same in every run.
final class JointStore: Store {
    private let store: any Store
    private let sitting = Mutex<Sitting?>(nil)

    init(_ store: any Store) { self.store = store }

    var dialect: Dialect { store.dialect }

    /// Runs `body`; what it writes through this store is durable when it returns, and undone when it throws.
    func together<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
        let sitting = Sitting()
        let keeping = Task { [store] in
            do { try await store.write { tx in try sitting.serve(tx) } } catch {
                sitting.refuse(error)
                throw error
            }
        }
        self.sitting.withLock { $0 = sitting }
        defer { self.sitting.withLock { $0 = nil } }
        do {
            let result = try await body()
            sitting.end(nil)
            try await keeping.value
            return result
        } catch {
            sitting.end(error)
            _ = await keeping.result
            throw error
        }
    }

    @discardableResult
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        guard let sitting = sitting.withLock({ $0 }) else { return try await store.write(body) }
        return try await sitting.run { tx in try tx.attempt { try body(tx) } }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        guard let sitting = sitting.withLock({ $0 }) else { return try await store.read(body) }
        return try await sitting.run(body)
    }

    func migrate(_ migrations: [Migration]) async throws { try await store.migrate(migrations) }
    func close() async throws { try await store.close() }
}

/// One transaction of the store, open for those who come with work until it is ended.
private final class Sitting: @unchecked Sendable {
    // Unchecked: every access holds `condition`.
    private let condition = NSCondition()
    private var waiting: [Work] = []
    private var ending: Ending?
    private var isBegun = false

    private struct Work {
        let run: (any Transaction) -> Void
        let refuse: (any Error) -> Void
    }

    private enum Ending {
        case keep
        case discard(any Error)
    }

    /// Does the work that comes, on the store's own thread, until the sitting is ended.
    func serve(_ tx: any Transaction) throws {
        // A store may run a transaction again after a failure; those who brought work have their answers.
        try begin()
        while let work = next() { work.run(tx) }
        if case .discard(let error) = condition.withLock({ ending }) { throw error }
    }

    func run<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Result, any Error>) in
            add(
                Work(
                    run: { tx in caller.resume(with: Swift.Result { try body(tx) }) },
                    refuse: { caller.resume(throwing: $0) }))
        }
    }

    func end(_ error: (any Error)?) {
        condition.withLock {
            if ending == nil { ending = error.map { .discard($0) } ?? .keep }
            condition.broadcast()
        }
    }

    /// The transaction could not begin or could not be kept: whoever still waits is told.
    func refuse(_ error: any Error) {
        let left = condition.withLock {
            defer { waiting = [] }
            ending = .discard(error)
            return waiting
        }
        for work in left { work.refuse(error) }
    }

    private func begin() throws {
        try condition.withLock {
            guard !isBegun else { throw StoreError.failed("合并提交没有成功,请重新生成") }
            isBegun = true
        }
    }

    private func add(_ work: Work) {
        let failure = condition.withLock { () -> (any Error)? in
            if case .discard(let error) = ending { return error }
            waiting.append(work)
            condition.signal()
            return nil
        }
        if let failure { work.refuse(failure) }
    }

    /// The next piece of work; nil when the sitting has been ended and all is done.
    private func next() -> Work? {
        condition.withLock {
            while waiting.isEmpty && ending == nil { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }
}
