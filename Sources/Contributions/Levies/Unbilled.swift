import Basics
import Control
import Storage

/// Somebody billed at 110 % of last month because nobody had declared his wage (未申报按上月 110% 核定).
public struct UndeclaredLine: Hashable, Sendable {
    public var employer: ID<Employer>
    public var bill: ID<LevyBill>
    public var person: ID<Person>
    /// The base that came of it.
    public var base: Money
}

extension Contributions {
    /// What the regular bills of a month come to (当月核定数).
    public static func billed(
        _ tx: any Transaction, area: AreaCode, _ insurance: Insurance, month: Month
    ) throws -> (bills: Int, payable: Money) {
        try tx.first(sumOfMonth, Value(area), Value(code: insurance), Value(month)) { row in
            (Int(try row.int(0)), try row.money(1))
        } ?? (0, .zero)
    }

    private static let sumOfMonth: SQL = """
        SELECT count(*), CAST(coalesce(sum(payable_fen), 0) AS BIGINT) FROM levy_bill
        WHERE area = ? AND insurance = ? AND first_month = ? AND purpose = 1
        """

    /// Who of a month's bills has no declared base, by bill and person, after a line; whoever is declared since falls
    /// out.
    public static func undeclared(
        _ tx: any Transaction, area: AreaCode, month: Month, baseYear: Int, after bill: ID<LevyBill> = ID(0),
        _ person: ID<Person> = ID(0), limit: Int
    ) throws -> [UndeclaredLine] {
        try tx.rows(
            undeclaredLines, Value(area), Value(month), .int(Int64(baseYear)), Value(bill), Value(bill), Value(person),
            .int(Int64(min(limit, 500)))
        ) { UndeclaredLine(employer: try $0.id(0), bill: try $0.id(1), person: try $0.id(2), base: try $0.money(3)) }
    }

    /// How many they are, and of how many employers.
    public static func undeclaredCount(
        _ tx: any Transaction, area: AreaCode, month: Month, baseYear: Int
    ) throws -> (people: Int, employers: Int) {
        try tx.first(countOfUndeclared, Value(area), Value(month), .int(Int64(baseYear))) { row in
            (Int(try row.int(0)), Int(try row.int(1)))
        } ?? (0, 0)
    }

    private static let undeclaredOfMonth = """
        FROM levy_bill b JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = 310
        WHERE b.area = ? AND b.insurance = 310 AND b.first_month = ? AND b.purpose = 1 AND b.payer_kind = 1
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
            AND NOT EXISTS (
                SELECT 1 FROM contribution_base c
                WHERE c.area = b.area AND c.employer = b.payer AND c.base_year = ? AND c.person = l.person
                    AND c.from_month <= b.first_month)
        """

    private static let undeclaredLines = SQL(
        """
        SELECT b.payer, b.id, l.person, l.base_fen \(undeclaredOfMonth)
            AND (b.id > ? OR b.id = ? AND l.person > ?)
        ORDER BY b.id, l.person LIMIT ?
        """)

    private static let countOfUndeclared = SQL("SELECT count(*), count(DISTINCT b.payer) \(undeclaredOfMonth)")

    /// Which of some people who pay for themselves chose no base for a month and are on nobody's bill (未选基数、未核定).
    public static func withoutBase(
        _ tx: any Transaction, area: AreaCode, month: Month, baseYear: Int, among people: [ID<Person>]
    ) throws -> [ID<Person>] {
        guard let first = people.min(), let last = people.max() else { return [] }
        let chosen = try ownBases(tx, area: area, people: first...last, baseYear: baseYear, month: month)
        let billed = try peopleBilled(tx, area: area, month: month, among: people)
        return people.filter { chosen[$0] == nil && !billed.contains($0) }
    }

    /// Whether somebody who pays for himself chose the low tier for a month (灵活就业低档); nil where he chose nothing.
    public static func choseLowTier(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, month: Month, baseYear: Int
    ) throws -> Bool? {
        try ownBases(tx, area: area, people: person...person, baseYear: baseYear, month: month)[person]?.isLowTier
    }
}
