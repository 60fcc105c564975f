import Basics
import Storage

/// How to recompute, from the tables, the digest that events of some kinds carry: a desk's part of the proof.
///
/// `yibao verify` asks the sources of all desks, batch by batch. An event whose digest comes out differently,
/// or whose rows are gone, names a broken place; so does a table that holds more rows than events vouch for.
///
/// ```swift
/// EvidenceSource("结算", kinds: [.settled, .reversed], rowCount: "SELECT count(*) FROM settlement WHERE area = ?") {
///     tx, event, digest in
///     try SettlementRow.table.addAll(tx, "WHERE area = ? AND id = ?", [Value(event.area), .int(event.record)], to: &digest)
/// }
/// ```
public struct EvidenceSource: Sendable {
    /// The digests of a batch of events by event number; an event whose rows are gone is left out.
    public typealias Recompute = @Sendable (any Transaction, [Event]) throws -> [Int64: [UInt8]]

    /// What the evidence is of, in the words of the agency: 结算, 经办人员.
    public let subject: String
    public let kinds: [EventKind]
    /// Counts the records (`WHERE area = ?`) of which each should have exactly one event of these kinds.
    public let rowCount: SQL?
    let recompute: Recompute

    public init(_ subject: String, kinds: [EventKind], rowCount: SQL? = nil, batch recompute: @escaping Recompute) {
        self.subject = subject
        self.kinds = kinds
        self.rowCount = rowCount
        self.recompute = recompute
    }

    /// One event at a time: `add` adds the event's rows to the digest, in the order they were written.
    public init(
        _ subject: String, kinds: [EventKind], rowCount: SQL? = nil,
        add: @escaping @Sendable (any Transaction, Event, inout RowDigest) throws -> Void
    ) {
        self.init(subject, kinds: kinds, rowCount: rowCount) { tx, events in
            var digests: [Int64: [UInt8]] = [:]
            for event in events {
                var digest = RowDigest()
                try add(tx, event, &digest)
                digests[event.id] = digest.finish()
            }
            return digests
        }
    }
}
