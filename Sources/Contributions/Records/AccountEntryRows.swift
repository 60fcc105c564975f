import Basics
import Control
import Storage

extension AccountEntry: Record, WritableRecord {
    /// The columns in the order of `values`, for digests: an event that covers entries adds them by this table.
    public static let evidence = EvidenceTable(
        "account_entry", "area", "id", "person", "seq", "kind", "amount_fen", "balance_fen", "patient", "settlement",
        "reverses", "period", "run", "batch", "at")

    static let selection = "SELECT \(evidence.columnList) FROM \(evidence.name)"

    public init(_ row: any Row) throws {
        self.init(
            id: try row.id(1), area: AreaCode(try row.int(0)), owner: try row.id(2), sequence: try row.int(3),
            kind: try row.code(4), amount: try row.money(5), balance: try row.money(6), patient: try row.id(7),
            settlement: try row.intOrNil(8).map { ID($0) }, reverses: try row.intOrNil(9).map { ID($0) },
            period: try row.intOrNil(10), run: try row.intOrNil(11).map { ID($0) }, batch: try row.intOrNil(12),
            at: try row.moment(13))
    }

    public static var insertion: SQL { evidence.insertion }

    public var values: [Value] {
        [
            Value(area), Value(id), Value(owner), .int(sequence), Value(code: kind), Value(amount), Value(balance),
            Value(patient), Value(settlement), Value(reverses), Value(period), Value(run), Value(batch), Value(at),
        ]
    }
}
