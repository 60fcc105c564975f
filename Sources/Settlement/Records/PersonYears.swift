import Basics
import Storage

/// What somebody has paid himself (个人负担) in some days: cash and personal accounts together.
public struct OwnPayment: Hashable, Sendable, Record {
    public let person: ID<Person>
    public let own: Money
    public let total: Money
    /// Settlements less those taken back.
    public let count: Int64

    public init(_ row: any Row) throws {
        person = try row.id(0)
        own = try row.money(1)
        total = try row.money(2)
        count = try row.int(3)
    }
}

extension SettlementDesk {
    /// Those of some people, by their numbers, whose own payments of some days reach an amount, all bounds included. What
    /// was taken back counts against what was settled.
    public static func ownPayments(
        _ area: AreaCode, from first: Day, through last: Day, reaching least: Money, of people: ClosedRange<Int64>,
        _ tx: any Transaction
    ) throws -> [OwnPayment] {
        try tx.all(
            OwnPayment.self, ownPaymentsQuery, Value(area), .int(people.lowerBound), .int(people.upperBound),
            Value(first), Value(last), Value(least))
    }

    private static let ownPaymentsQuery: SQL = """
        SELECT e.person_id, CAST(SUM(s.cash_fen + s.account_fen + s.shared_account_fen) AS BIGINT),
            CAST(SUM(s.total_fen) AS BIGINT), CAST(SUM(CASE WHEN s.kind = 2 THEN -1 ELSE 1 END) AS BIGINT)
        FROM encounter e JOIN settlement s ON s.area = e.area AND s.encounter_id = e.id
        WHERE e.area = ? AND e.person_id BETWEEN ? AND ? AND s.settled_day BETWEEN ? AND ?
        GROUP BY e.person_id HAVING SUM(s.cash_fen + s.account_fen + s.shared_account_fen) >= ?
        ORDER BY e.person_id
        """

    /// The encoded totals of each year in which a person settled under an insurance, oldest first.
    public static func yearTotals(
        of person: ID<Person>, _ insurance: Insurance, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [(year: Int64, totals: [UInt8])] {
        try tx.rows(yearTotalsQuery, Value(area), Value(person), .int(insurance.rawValue)) { row in
            (year: try row.int(0), totals: try row.bytes(1))
        }
    }

    private static let yearTotalsQuery: SQL = """
        SELECT year, totals FROM accumulator WHERE area = ? AND person_id = ? AND insurance = ? ORDER BY year
        """

    /// How many of a person's settlements of some days' care stand, those taken back not among them.
    public static func standing(
        of person: ID<Person>, _ insurance: Insurance, from first: Day, through last: Day, _ area: AreaCode,
        _ tx: any Transaction
    ) throws -> Int {
        Int(
            try tx.first(
                standingQuery, Value(area), Value(person), .int(insurance.rawValue), Value(first), Value(last)
            ) { try $0.int(0) } ?? 0)
    }

    private static let standingQuery: SQL = """
        SELECT count(*) FROM encounter e JOIN settlement s ON s.area = e.area AND s.encounter_id = e.id
        WHERE e.area = ? AND e.person_id = ? AND s.insurance = ? AND s.cost_day BETWEEN ? AND ? AND s.kind <> 2
            AND NOT EXISTS (SELECT 1 FROM settlement r WHERE r.area = s.area AND r.original_id = s.id AND r.kind = 2)
        """
}
