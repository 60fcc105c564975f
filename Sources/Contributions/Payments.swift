import Basics
import Control
import Storage

/// What stands for one person's months of an insurance (个人缴费记录): cover is reckoned from it.
public struct PaymentRecord: Hashable, Sendable {
    public enum Standing: Hashable, Sendable {
        /// 应缴未缴
        case due(by: Day)
        /// 已缴; the day on which the last of it came in.
        case paid(on: Day)
        /// 批准缓缴, or agreed to be paid in parts (分期)
        case deferred(approved: Day, payBy: Day)
    }

    public var insurance: Insurance
    public var months: ClosedRange<Month>
    /// Nil: he pays himself.
    public var employer: ID<Employer>?
    public var standing: Standing
    public var isBackPayment: Bool
    /// 退休一次性补缴: owed once, for missing years, not for the month in which it was decided
    public var isLumpSum: Bool
    public var bill: ID<LevyBill>
    /// His base and the parts of 310 or 390; for the certificate of payment (缴费证明).
    public var part: LevyPart

    public var isPaid: Bool { if case .paid = standing { true } else { false } }
}

extension Contributions {
    /// Who paid what under one number, oldest first: the basic insurance's months by bill, his own and those of the
    /// employers that the register tells, with or without a declared base.
    ///
    /// No index over millions of lines is needed, since a bill's lines are ordered by person.
    public static func payments(
        _ tx: any Transaction, area: AreaCode, person: ID<Person>, employers: Set<ID<Employer>>
    ) throws -> [PaymentRecord] {
        var records = try payments(tx, area: area, person, payerKind: 2, payer: person.raw)
        let based = try tx.rows(employersOfPerson, Value(area), Value(person)) { try $0.id(0, Employer.self) }
        for employer in employers.union(based).sorted() {
            records += try payments(tx, area: area, person, payerKind: 1, payer: employer.raw)
        }
        return records.sorted { ($0.months.lowerBound, $0.bill) < ($1.months.lowerBound, $1.bill) }
    }

    private static let employersOfPerson: SQL = """
        SELECT DISTINCT employer FROM contribution_base WHERE area = ? AND person = ? AND employer > 0 ORDER BY employer
        """

    private static func payments(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, payerKind: Int64, payer: Int64
    ) throws -> [PaymentRecord] {
        let count = LevyEvidence.bill.columns.count
        let found = try tx.rows(linesOfPerson, Value(area), .int(payerKind), .int(payer), Value(person)) { row in
            let bill = try LevyBill(row)
            return (
                bill,
                LevyPart(
                    insurance: bill.insurance, base: try row.money(count), employer: try row.money(count + 1),
                    personal: try row.money(count + 2)), try row.money(count + 3), try row.dayOrNil(count + 4)
            )
        }
        return try found.map { bill, part, paid, lastDay in
            PaymentRecord(
                insurance: bill.insurance, months: bill.months, employer: payerKind == 1 ? ID(payer) : nil,
                standing: try standing(tx, area: area, bill, paid: paid, on: lastDay),
                isBackPayment: bill.purpose == .backPayment,
                isLumpSum: bill.decision != nil,
                bill: bill.id, part: part)
        }
    }

    /// A bill counts as paid when all of it is: a part payment is nobody's in particular. A bill of nothing (全额资助) is
    /// paid from its making.
    private static func standing(
        _ tx: any Transaction, area: AreaCode, _ bill: LevyBill, paid: Money, on lastDay: Day?
    ) throws -> PaymentRecord.Standing {
        if bill.payable == .zero {
            let made = try tx.first(dayOfAct, Value(area), Value(bill.act)) { try $0.moment(0).day }
            return .paid(on: made ?? bill.due)
        }
        if paid >= bill.payable, let lastDay { return .paid(on: lastDay) }
        let deferral = try tx.first(
            deferralOf, Value(area), .int(bill.payer.columns.kind), .int(bill.payer.columns.number),
            Value(bill.months.lowerBound), Value(bill.months.lowerBound)
        ) { (approved: try $0.moment(0).day, payBy: try $0.day(1)) }
        if let deferral { return .deferred(approved: deferral.approved, payBy: deferral.payBy) }
        if let agreed = try agreedDelay(tx, area: area, of: bill.id) {
            return .deferred(approved: agreed.agreed, payBy: agreed.due)
        }
        return .due(by: bill.due)
    }

    private static let linesOfPerson = SQL(
        """
        SELECT \(LevyBill.columnsOfB), l.base_fen, l.employer_fen, l.personal_fen,
            (SELECT CAST(coalesce(sum(u.principal_fen), 0) AS BIGINT) FROM receipt_use u
                WHERE u.area = b.area AND u.bill = b.id),
            (SELECT max(u.day) FROM receipt_use u WHERE u.area = b.area AND u.bill = b.id AND u.principal_fen > 0)
        FROM levy_bill b
        JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = b.insurance
        WHERE b.area = ? AND b.payer_kind = ? AND b.payer = ? AND l.person = ? AND b.purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
        """)

    private static let dayOfAct: SQL = "SELECT at FROM levy_act WHERE area = ? AND id = ?"

    private static let deferralOf: SQL = """
        SELECT a.at, d.pay_by FROM levy_deferral d JOIN levy_act a ON a.area = d.area AND a.id = d.act
        WHERE d.area = ? AND d.payer_kind = ? AND d.payer = ? AND d.first_month <= ? AND d.last_month >= ?
        ORDER BY d.pay_by DESC
        """

    /// The months of an insurance that are paid in full, with each person's part: what accounts are credited from
    /// (个人账户划入). Bills of one month by number, those paid in full; a page at a time.
    public static func paidLines(
        _ tx: any Transaction, area: AreaCode, month: Month, after bill: ID<LevyBill>, bills limit: Int
    ) throws -> (lines: [LevyLine], last: ID<LevyBill>?) {
        let bills = try tx.rows(paidBills, Value(area), Value(month), Value(bill), .int(Int64(limit))) {
            try $0.id(0, LevyBill.self)
        }
        guard let first = bills.first, let last = bills.last else { return ([], nil) }
        let wanted = Set(bills)
        let lines = try tx.all(LevyLine.self, basicLines, Value(area), Value(first), Value(last))
        return (lines.filter { wanted.contains($0.bill) }, last)
    }

    private static let paidBills = SQL(
        """
        SELECT b.id FROM levy_bill b
        WHERE b.area = ? AND b.insurance = 310 AND b.first_month = ? AND b.id > ? AND \(isPaidInFull)
        ORDER BY b.id LIMIT ?
        """)

    private static let basicLines = SQL(
        """
        SELECT l.area, l.bill, l.person, l.insurance, l.base_fen, l.employer_fen, l.personal_fen
        FROM levy_line l JOIN levy_bill b ON b.area = l.area AND b.id = l.bill
        WHERE l.area = ? AND l.bill BETWEEN ? AND ? AND l.insurance = 310 AND \(hasAccount)
        ORDER BY l.bill, l.person
        """)

    /// Of a line l of a bill b: without those who chose the low tier (单建统筹), which has no account.
    static let hasAccount = """
        (b.payer_kind = 1 OR NOT EXISTS (
            SELECT 1 FROM contribution_base c
            WHERE c.area = l.area AND c.person = l.person AND c.employer = 0 AND c.low_tier = 1
                AND c.from_month <= b.first_month AND NOT EXISTS (
                    SELECT 1 FROM contribution_base d
                    WHERE d.area = c.area AND d.person = c.person AND d.employer = 0
                        AND d.from_month <= b.first_month AND (d.from_month, d.act) > (c.from_month, c.act))))
        """

    /// Of a bill b: in force and paid in full.
    static let isPaidInFull = """
        b.purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
            AND b.payable_fen <= (SELECT coalesce(sum(u.principal_fen), 0) FROM receipt_use u
                WHERE u.area = b.area AND u.bill = b.id)
        """
}
