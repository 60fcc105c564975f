import Foundation
import Storage

/// The tables the situations play on.
let notebook = [
    Migration(
        "notebook.1",
        [
            "CREATE TABLE note (id {id} NOT NULL PRIMARY KEY, name {text}, body {blob}, amount_fen {int}) {strict}",
            "CREATE TABLE message (msgid {text} NOT NULL PRIMARY KEY, answer {int} NOT NULL) {clustered}",
            """
            CREATE TABLE entry (id {id} NOT NULL PRIMARY KEY, account {text} NOT NULL, amount_fen {int} NOT NULL) {strict}
            """,
            "{append-only entry}",
            """
            CREATE TABLE duty (doctor {text} NOT NULL PRIMARY KEY, on_call {int} NOT NULL CHECK (on_call IN (0, 1))) {strict}
            """,
        ])
]

extension Store {
    func count(_ table: String) async throws -> Int64 {
        try await read { tx in
            try tx.first(SQL("SELECT count(*) FROM \(table)")) { try $0.int(0) } ?? -1
        }
    }
}

/// A business failure of a test's own.
struct Refused: Error, Equatable {}

/// Holds threads until it is opened. A test that never opens it fails instead of hanging.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func open() { semaphore.signal() }

    func pass() {
        if semaphore.wait(timeout: .now() + 120) == .success { semaphore.signal() }
    }
}

/// Lets two threads go on together; alone, a thread goes on after a moment.
final class Rendezvous: @unchecked Sendable {
    private let condition = NSCondition()
    private var arrived = 0

    func meet() {
        condition.lock()
        defer { condition.unlock() }
        arrived += 1
        condition.broadcast()
        let limit = Date().addingTimeInterval(0.3)
        while arrived < 2 { if !condition.wait(until: limit) { return } }
    }
}

/// Counts from any thread.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    var value: Int { lock.withLock { count } }

    @discardableResult
    func add() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}

/// Runs `body` for each number side by side; the answers in the order of the numbers.
func sideBySide<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Result
) async -> [Swift.Result<Result, any Error>] {
    await withTaskGroup(of: (Int, Swift.Result<Result, any Error>).self) { group in
        for number in 0..<count {
            group.addTask {
                do { return (number, .success(try await body(number))) } catch {
                    return (number, .failure(error))
                }
            }
        }
        var answers: [Int: Swift.Result<Result, any Error>] = [:]
        for await (number, answer) in group { answers[number] = answer }
        return (0..<count).compactMap { answers[$0] }
    }
}
