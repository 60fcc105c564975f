import Basics
import Storage

/// The ledger rows that a transaction has written, in order: what its event's digest covers.
public struct WrittenRows: Sendable {
    public private(set) var rows: [(table: String, values: [Value])] = []

    public init() {}

    mutating func insert<R: LedgerRecord>(_ record: R, _ tx: any Transaction) throws {
        let values = record.values
        try tx.execute(R.insertion, values)
        rows.append((R.table, values))
    }

    mutating func insert<R: LedgerRecord>(all records: [R], _ tx: any Transaction) throws {
        guard !records.isEmpty else { return }
        let values = records.map(\.values)
        try tx.insert(into: R.table, columns: R.columns, rows: values)
        for row in values { rows.append((R.table, row)) }
    }

    /// Takes up a row as it stands in its table: for comparing with a digest made earlier.
    public mutating func note<R: LedgerRecord>(_ record: R) { rows.append((R.table, record.values)) }
    /// Takes up a row that another desk has written in the same transaction.
    public mutating func note(table: String, _ values: [Value]) { rows.append((table, values)) }
}
