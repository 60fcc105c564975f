import Basics
import Contributions
import Control
import Enrolment
import Storage

/// Whether a resident is insured for a year (居民年度参保): by being on the register and having paid, or owing nothing.
extension Agency {
    /// The lines of a list after a given one, compared with the register and, for residents, with what was paid for the
    /// year of the day (应保未保比对).
    public static func compare(
        _ tx: any Transaction, area: AreaCode, list: ID<PopulationList>, on day: Day, after line: Int64 = 0,
        limit: Int = 1000
    ) throws -> [PopulationFinding] {
        try Enrolment.compare(tx, area: area, list: list, on: day, after: line, limit: limit).map { finding in
            guard case .insured(let person, .resident) = finding.state,
                try owesYear(tx, area: area, person, on: day)
            else { return finding }
            var unpaid = finding
            unpaid.state = .unpaid(person, year: day.year)
            return unpaid
        }
    }

    /// Whether a resident has not paid for the year of a day: as his cover says, else (an import of which no cover was
    /// reckoned) as his bill of the year says.
    private static func owesYear(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, on day: Day
    ) throws -> Bool {
        if let cover = try Enrolment.cover(tx, area: area, of: person) {
            guard case .notCovered(let reason) = cover.first(where: { $0.period.contains(day) })?.state else {
                return false
            }
            return reason.reason == .yearUnpaid
        }
        let bills = try payments(tx, area: area, of: person).filter {
            $0.insurance == .resident && !$0.isBackPayment && $0.months.contains(day.month)
        }
        return !bills.isEmpty && !bills.contains(where: \.isPaid)
    }

    // MARK: - Counted

    /// How the number of residents changed day by day who are insured and have paid for the year (居民参保人数), by town:
    /// the register's count less those who owe the year. Whoever has a bill of the year counts from the day on which the
    /// whole of it was there, whoever is wholly subsidised from the beginning; whoever has none, unless his cover says that
    /// the year is not paid.
    ///
    /// - Parameter first: the first day of the year.
    static func paidResidents(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [String: Progression] {
        var towns = try Enrolment.headcount(tx, area: area, insurance: .resident, from: first, through: last)
        let months: [Value] = [Value(Month(year: first.year, month: 1)), Value(Month(year: first.year, month: 12))]
        let bounds: [Value] = [Value(area), Value(last), Value(first)]
        let queries: [(SQL, [Value])] = [
            (owedByBill, [Value(area)] + months + bounds + [Value(first)]),
            (owedByCover, bounds + bounds + [Value(code: NoCover.Reason.yearUnpaid), Value(area)] + months),
        ]
        for (query, arguments) in queries {
            try tx.forEach(query, arguments) { row in
                let spell = Period(from: try row.day(1), through: try row.dayOrNil(2))
                let owed = Period(from: max(try row.day(3), first), through: try row.dayOrNil(4))
                guard let unpaid = spell.flatMap({ spell in owed.flatMap(spell.intersection) }) else { return true }
                let people = try row.int(5)
                let town = try row.text(0)
                towns[town, default: Progression()].changes[unpaid.first, default: 0] -= people
                if let end = unpaid.last, end < last {
                    towns[town, default: Progression()].changes[end + 1, default: 0] += people
                }
                return true
            }
        }
        return towns
    }

    /// Of a bill b: a resident's of some months of a year, in force, and no later payment for a year that was missed.
    private static let yearBill = """
        b.area = ? AND b.insurance = 390 AND b.first_month BETWEEN ? AND ? AND b.payer_kind = 2
            AND b.purpose NOT IN (3, 6)
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
        """

    /// People with a bill of the year that was not paid on its first day: until the day before the last of it came in.
    private static let owedByBill = SQL(
        """
        SELECT \(Enrolment.division), s.first_day, s.last_day, s.first_day, y.paid_day - 1, count(*)
        FROM (
            SELECT b.area AS area, b.payer AS person, min(CASE WHEN b.payable_fen = 0 THEN 0
                WHEN b.payable_fen <= (SELECT COALESCE(sum(u.principal_fen), 0) FROM receipt_use u
                    WHERE u.area = b.area AND u.bill = b.id)
                THEN (SELECT max(u.day) FROM receipt_use u
                    WHERE u.area = b.area AND u.bill = b.id AND u.principal_fen > 0) END) AS paid_day
            FROM levy_bill b WHERE \(yearBill) GROUP BY b.area, b.payer
        ) AS y
        JOIN insurance_spell s ON s.area = y.area AND s.person = y.person AND s.insurance = 390
        JOIN person p ON p.area = s.area AND p.id = s.person
        WHERE s.area = ? AND s.first_day <= ? AND (s.last_day IS NULL OR s.last_day >= ?)
            AND (y.paid_day IS NULL OR y.paid_day > ?)
        GROUP BY 1, 2, 3, y.paid_day
        """)

    /// People without a bill of the year whose cover in force says of some days that the year is not paid.
    private static let owedByCover = SQL(
        """
        SELECT \(Enrolment.division), s.first_day, s.last_day, c.first_day, c.last_day, count(*)
        FROM insurance_spell s
        JOIN person p ON p.area = s.area AND p.id = s.person
        JOIN cover_span c ON c.area = s.area AND c.person = s.person AND c.seq = (
            SELECT max(a.seq) FROM cover_act a WHERE a.area = s.area AND a.person = s.person)
        WHERE s.area = ? AND s.insurance = 390 AND s.first_day <= ? AND (s.last_day IS NULL OR s.last_day >= ?)
            AND c.area = ? AND c.first_day <= ? AND (c.last_day IS NULL OR c.last_day >= ?) AND c.reason = ?
            AND NOT EXISTS (SELECT 1 FROM levy_bill b WHERE b.payer = s.person AND \(yearBill))
        GROUP BY 1, 2, 3, 4, 5
        """)
}
