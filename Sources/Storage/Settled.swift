extension Store {
    /// A writing transaction that also settles a commit whose answer was lost (`StoreError.unknownOutcome`).
    ///
    /// `recall` looks for the answer of an earlier run under the message's own key; `body` does the work and keeps
    /// its answer under that key, in the same transaction. If the commit happened, the next run finds the answer;
    /// if not, the work is done now: once in either case. The same message sent twice is answered the same way.
    ///
    ///     let answer = try await store.write(
    ///         recalling: { tx in
    ///             try tx.first("SELECT answer FROM message WHERE msgid = ?", .text(id)) { try $0.bytes(0) }
    ///         },
    ///         or: { tx in try settleAndKeepAnswer(tx, id) })
    @discardableResult
    public func write<Result: Sendable>(
        recalling recall: @escaping @Sendable (any Transaction) throws -> Result?,
        or body: @escaping @Sendable (any Transaction) throws -> Result
    ) async throws -> Result {
        var attemptsLeft = 5
        while true {
            do {
                return try await write { tx in try recall(tx) ?? body(tx) }
            } catch StoreError.unknownOutcome where attemptsLeft > 0 {
                attemptsLeft -= 1
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
