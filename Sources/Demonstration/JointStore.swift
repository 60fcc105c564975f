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
            do { try await store.write { tx in try sitting.lend(tx) } } catch {
                sitting.refuse(error)
                throw error
            }
        }
        do {
            try await sitting.begun()
            self.sitting.withLock { $0 = sitting }
            defer { self.sitting.withLock { $0 = nil } }
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
        return try sitting.run { tx in try tx.attempt { try body(tx) } }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        guard let sitting = sitting.withLock({ $0 }) else { return try await store.read(body) }
        return try sitting.run(body)
    }

    func migrate(_ migrations: [Migration]) async throws { try await store.migrate(migrations) }
    func close() async throws { try await store.close() }
}

/// One transaction of the store, lent to those who come with work until it is ended.
///
/// Its own thread waits meanwhile: the work is done where it is brought, one at a time, because to hand a million
/// messages from thread to thread and back takes as long as a tenth of their work.
private final class Sitting: @unchecked Sendable {
    // Unchecked: every access holds `condition`, the use of the transaction too.
    private let condition = NSCondition()
    private var transaction: (any Transaction)?
    private var first: CheckedContinuation<Void, any Error>?
    private var isBegun = false
    private var ending: Ending?

    private enum Ending {
        case keep
        case discard(any Error)
    }

    /// Returns once the transaction can be used.
    func begun() async throws {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            let answer = condition.withLock { () -> Swift.Result<Void, any Error>? in
                if case .discard(let error) = ending { return .failure(error) }
                if transaction != nil { return .success(()) }
                first = caller
                return nil
            }
            if let answer { caller.resume(with: answer) }
        }
    }

    /// Lends the transaction until the sitting is ended.
    func lend(_ tx: any Transaction) throws {
        try condition.withLock {
            // A store may run a transaction again after a failure; those who brought work have their answers.
            guard !isBegun else { throw StoreError.failed("合并提交没有成功,请重新生成") }
            isBegun = true
            transaction = tx
            first?.resume()
            first = nil
            while ending == nil { condition.wait() }
            transaction = nil
            if case .discard(let error) = ending { throw error }
        }
    }

    func run<Result>(_ body: (any Transaction) throws -> Result) throws -> Result {
        try condition.withLock {
            if case .discard(let error) = ending { throw error }
            guard let transaction else { throw StoreError.failed("合并提交已经结束,请重新生成") }
            return try body(transaction)
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
        condition.withLock {
            ending = .discard(error)
            first?.resume(throwing: error)
            first = nil
        }
    }
}
