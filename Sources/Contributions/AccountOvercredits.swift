import Basics
import Control
import Storage

/// A month of somebody whose account was credited with more than the base that stands for it now brings (多划).
public struct OverCredit: Hashable, Sendable {
    public var person: ID<Person>
    public var month: Month
    /// What stands on the account for the month, and what the month is worth.
    public var credited: Money
    public var worth: Money
    /// 账户余额
    public var balance: Money
    public var isClosed: Bool

    public init(
        person: ID<Person>, month: Month, credited: Money, worth: Money, balance: Money, isClosed: Bool
    ) {
        self.person = person
        self.month = month
        self.credited = credited
        self.worth = worth
        self.balance = balance
        self.isClosed = isClosed
    }

    public var amount: Money { max(.zero, credited - worth) }
    /// What can be taken back today: what was spent already cannot.
    public var recoverable: Money { isClosed ? .zero : min(amount, balance) }
}

extension Contributions {
    // MARK: - Looking

    /// Whose credited months rest on bills that were taken back: of the next `billsALook` bills after a number, by month
    /// and person. Whether they were credited too much is reckoned from what stands.
    public static func creditedOnBillsTakenBack(
        _ tx: any Transaction, area: AreaCode, after bill: ID<LevyBill>
    ) throws -> [Month: [ID<Person>]] {
        var found: [Month: [ID<Person>]] = [:]
        let window: [Value] = [Value(area), Value(bill), .int(bill.raw + Int64(billsALook))]
        try tx.forEach(creditedThenTakenBack, window) { row in
            found[Month(number: Int32(truncatingIfNeeded: try row.int(0))), default: []].append(try row.id(1))
            return true
        }
        return found
    }

    private static let creditedThenTakenBack: SQL = """
        SELECT DISTINCT b.first_month, l.person FROM levy_bill x
        JOIN levy_bill b ON b.area = x.area AND b.id = x.reverses
        JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = 310 AND l.base_fen > 0
        WHERE x.area = ? AND x.purpose = 6 AND x.insurance = 310 AND x.id > ? AND x.id <= ?
            AND (EXISTS (SELECT 1 FROM account_entry e WHERE e.area = l.area AND e.kind = 2
                    AND e.period = b.first_month AND e.person = l.person)
                OR EXISTS (SELECT 1 FROM account_entry e WHERE e.area = l.area AND e.kind = 13
                    AND e.period = b.first_month AND e.person = l.person))
        ORDER BY b.first_month, l.person
        """

    /// The highest base on which some people stand billed for a month, paid or not; who stands on no bill is left out.
    public static func standingBases(
        _ tx: any Transaction, area: AreaCode, month: Month, among people: [ID<Person>]
    ) throws -> [ID<Person>: Money] {
        guard let first = people.min(), let last = people.max() else { return [:] }
        var bases: [ID<Person>: Money] = [:]
        try tx.forEach(basesThatStand, [Value(area), Value(month), Value(first), Value(last)]) { row in
            bases[try row.id(0)] = try row.money(1)
            return true
        }
        return bases
    }

    private static let basesThatStand = SQL(
        """
        SELECT l.person, max(l.base_fen) FROM levy_bill b
        JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = 310
        WHERE b.area = ? AND b.insurance = 310 AND b.first_month = ? AND l.person BETWEEN ? AND ?
            AND l.personal_fen > 0 AND b.purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id) AND \(hasAccount)
        GROUP BY l.person
        """)

    // MARK: - Taking back

    /// Takes back what a month was credited too much, or a part of it (多划冲减): what the month keeps is entered anew, and
    /// the entries that it had are taken back in red. In this order the account need hold no more than the difference.
    public static func reduceCredit(
        _ tx: any Transaction, area: AreaCode, _ over: OverCredit, by amount: Money, _ ground: Ground
    ) throws -> [AccountRunOutcome] {
        guard amount > .zero, amount <= over.recoverable else {
            throw beyond(over)
        }
        let place = [Value(area), Value(over.month), Value(over.person)]
        let entries = try tx.rows(creditsOfMonth, place + place) { try $0.id(0, AccountEntry.self) }
        var runs: [AccountRunOutcome] = []
        if over.credited > amount {
            let kept = AccountPosting(person: over.person, amount: over.credited - amount)
            runs.append(try supplement(tx, area: area, month: over.month, [kept], ground))
        }
        for entry in entries { runs.append(try correct(tx, area: area, entry, ground)) }
        return runs
    }

    /// That more is to be taken back than was credited too much, or than is left.
    public static func beyond(_ over: OverCredit) -> Problem {
        Problem(
            "contributions.overcredit.amount", field: "amount",
            "\(over.month) 多划 \(over.amount) 元,账户余额 \(over.balance) 元,本次最多冲减 \(over.recoverable) 元,请核对金额")
    }

    /// Monthly credits and supplements of a month that were not taken back.
    private static let creditsOfMonth: SQL = """
        SELECT id FROM (
            SELECT id FROM account_entry e WHERE area = ? AND kind = 2 AND period = ? AND person = ? AND NOT EXISTS (
                SELECT 1 FROM account_entry r WHERE r.area = e.area AND r.reverses = e.id)
            UNION ALL
            SELECT id FROM account_entry e WHERE area = ? AND kind = 13 AND period = ? AND person = ? AND NOT EXISTS (
                SELECT 1 FROM account_entry r WHERE r.area = e.area AND r.reverses = e.id)
        ) credits ORDER BY id
        """
}
