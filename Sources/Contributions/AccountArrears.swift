import Basics
import Control
import Storage

/// A month of somebody that is paid in full and is not, or not wholly, on his account (已缴清未划入).
public struct UncreditedMonth: Hashable, Sendable {
    public var person: ID<Person>
    public var month: Month
    public var bill: ID<LevyBill>
    public var payer: Payer
    public var base: Money
    /// What the month is worth to the account, and what of it is missing.
    public var worth: Money
    public var missing: Money
    /// The day on which the last of the bill came in.
    public var paidOn: Day
}

extension Contributions {
    /// As many bills as one look takes in.
    public static let billsALook = 2_000

    /// The number of the last bill; nothing is missing after it.
    public static func lastBill(_ tx: any Transaction, area: AreaCode) throws -> ID<LevyBill> {
        try tx.first(highestBill, Value(area)) { ID(try $0.intOrNil(0) ?? 0) } ?? ID(0)
    }

    private static let highestBill: SQL = "SELECT max(id) FROM levy_bill WHERE area = ?"

    /// The months before a given one that were paid in full after their month's credit had been made, or whose base was
    /// raised and paid since: of the next `billsALook` bills after a number, one a person and month.
    ///
    /// Whose credit was taken back in red, and who was given the month by a supplement (补记), is left as he was put.
    ///
    /// - Parameter worth: what a month's base brings to an account.
    public static func uncredited(
        _ tx: any Transaction, area: AreaCode, after bill: ID<LevyBill>, before month: Month,
        worth: (Month, Money) throws -> Money
    ) throws -> [UncreditedMonth] {
        var found: [PersonMonth: (line: UncreditedMonth, isDifference: Bool)] = [:]
        let window: [Value] = [Value(area), Value(month), Value(bill), .int(bill.raw + Int64(billsALook))]
        try tx.forEach(paidNotCredited, window) { row in
            guard let payer = Payer(kind: try row.int(2), number: try row.int(3)) else { return true }
            let (month, base) = (Month(number: Int32(try row.int(1))), try row.money(5))
            let amount = try worth(month, base)
            let line = UncreditedMonth(
                person: try row.id(4), month: month, bill: try row.id(0), payer: payer, base: base, worth: amount,
                missing: amount, paidOn: try row.day(6))
            let key = PersonMonth(person: line.person, month: month)
            // A person with two paid bills of a month is credited for the higher base, once.
            if amount > .zero, found[key].map({ $0.line.worth < amount }) ?? true {
                found[key] = (line, try row.flag(7))
            }
            return true
        }
        return try found.values.compactMap { line, isDifference in
            guard isDifference else { return line }
            guard let had = try credited(tx, area: area, line.person, month: line.month), had < line.worth else {
                return nil
            }
            var rest = line
            rest.missing = line.worth - had
            return rest
        }.sorted { ($0.month, $0.person) < ($1.month, $1.person) }
    }

    private struct PersonMonth: Hashable {
        let person: ID<Person>
        let month: Month
    }

    /// Whether the month is credited is asked of the index of months; a month with a credit is looked at again only where
    /// a difference, a back payment or a correction (2, 3, 5) may have raised it.
    private static let paidNotCredited = SQL(
        """
        SELECT p.bill, p.first_month, p.payer_kind, p.payer, p.person, p.base_fen, p.paid_day, p.credited FROM (
            SELECT b.id AS bill, b.first_month, b.payer_kind, b.payer, b.purpose, l.person, l.base_fen,
                (SELECT max(u.day) FROM receipt_use u
                    WHERE u.area = b.area AND u.bill = b.id AND u.principal_fen > 0) AS paid_day,
                CASE WHEN EXISTS (SELECT 1 FROM account_entry e
                    WHERE e.area = b.area AND e.kind = 2 AND e.period = b.first_month AND e.person = l.person)
                THEN 1 ELSE 0 END AS credited,
                CASE WHEN EXISTS (SELECT 1 FROM account_entry e
                    WHERE e.area = b.area AND e.kind = 13 AND e.period = b.first_month AND e.person = l.person)
                THEN 1 ELSE 0 END AS supplemented
            FROM levy_bill b JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = 310
            WHERE b.area = ? AND b.insurance = 310 AND b.first_month < ? AND b.id > ? AND b.id <= ?
                AND l.base_fen > 0 AND l.personal_fen > 0 AND \(isPaidInFull) AND \(hasAccount)
        ) p
        WHERE p.paid_day IS NOT NULL AND (
            p.credited = 0 AND p.supplemented = 0 OR p.credited = 1 AND p.purpose IN (2, 3, 5))
        ORDER BY p.bill, p.person
        """)

    // MARK: - What a matter credited

    /// What one matter's run put on accounts, by month (划入结果).
    public static func credited(
        _ tx: any Transaction, area: AreaCode, by matter: ID<Matter>
    ) throws -> [(month: Month, people: Int, total: Money)] {
        try tx.rows(creditedByMatter, Value(area), Value(matter)) { row in
            (Month(number: Int32(try row.int(0))), Int(try row.int(1)), try row.money(2))
        }
    }

    private static let creditedByMatter: SQL = """
        SELECT period, CAST(sum(entry_count) AS BIGINT), CAST(sum(total_fen) AS BIGINT) FROM account_run
        WHERE area = ? AND matter = ? AND kind IN (2, 13) GROUP BY period ORDER BY period
        """
}
