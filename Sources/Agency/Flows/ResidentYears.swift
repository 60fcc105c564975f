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
}
