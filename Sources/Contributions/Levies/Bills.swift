import Basics
import Control
import Storage

extension Contributions {
    // MARK: - Bills

    public static func bill(_ tx: any Transaction, area: AreaCode, _ id: ID<LevyBill>) throws -> LevyBill? {
        try tx.one(LevyBill.self, billSelection, Value(area), Value(id))
    }

    private static let billSelection = SQL("\(LevyBill.selection) WHERE area = ? AND id = ?")

    /// A bill's lines by person and insurance, after a place; a page at a time.
    public static func lines(
        _ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>, after person: ID<Person> = ID(-1),
        limit: Int = 500
    ) throws -> [LevyLine] {
        try tx.all(
            LevyLine.self, linesOfBill, Value(area), Value(bill), Value(person), .int(Int64(limit)))
    }

    private static let linesOfBill = SQL(
        "\(LevyLine.selection) WHERE area = ? AND bill = ? AND person > ? ORDER BY person, insurance LIMIT ?")

    /// Every line of a bill.
    public static func everyLine(_ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>) throws -> [LevyLine] {
        try lines(tx, area: area, of: bill, limit: Int(Int32.max))
    }

    /// A payer's bills, newest month first.
    public static func bills(
        _ tx: any Transaction, area: AreaCode, of payer: Payer, limit: Int = 100
    ) throws -> [LevyBill] {
        try tx.all(
            LevyBill.self, billsOfPayer, Value(area), .int(payer.columns.kind), .int(payer.columns.number),
            .int(Int64(min(limit, 500))))
    }

    private static let billsOfPayer = SQL(
        """
        \(LevyBill.selection) WHERE area = ? AND payer_kind = ? AND payer = ?
        ORDER BY first_month DESC, id DESC LIMIT ?
        """)

    /// All bills of the area by number, after a place; a page at a time.
    public static func bills(
        _ tx: any Transaction, area: AreaCode, after: ID<LevyBill>, limit: Int
    ) throws -> [LevyBill] {
        try tx.all(LevyBill.self, allBills, Value(area), Value(after), .int(Int64(min(limit, 5_000))))
    }

    private static let allBills = SQL("\(LevyBill.selection) WHERE area = ? AND id > ? ORDER BY id LIMIT ?")

    /// The bills of some payers or of all, of a first month or of all, before a given one, the latest first; a page at a
    /// time.
    public static func bills(
        _ tx: any Transaction, area: AreaCode, of payers: [Payer]?, from month: Month?, before bill: ID<LevyBill>,
        limit: Int
    ) throws -> [LevyBill] {
        let months: (sql: String, values: [Value]) =
            month.map { (" AND first_month = ?", [Value($0)]) } ?? ("", [])
        // Each of these is answered by an index in order; together they are few.
        let parts: [(sql: String, values: [Value])] =
            if let payers {
                payers.map { (" AND payer_kind = ? AND payer = ?", [.int($0.columns.kind), .int($0.columns.number)]) }
            } else if month != nil {
                [Insurance.employee, .resident].map { (" AND insurance = ?", [Value(code: $0)]) }
            } else {
                [("", [])]
            }
        let count = Value.int(Int64(min(limit, 500)))
        let found = try parts.flatMap { part in
            try tx.rows(
                SQL("\(LevyBill.selection) WHERE area = ?\(part.sql)\(months.sql) AND id < ? ORDER BY id DESC LIMIT ?"),
                [Value(area)] + part.values + months.values + [Value(bill), count]
            ) { try LevyBill($0) }
        }
        return Array(found.sorted { $0.id > $1.id }.prefix(limit))
    }

    /// How many regular bills a month has, of all or of those up to a number: how far a run has come.
    public static func billCount(
        _ tx: any Transaction, area: AreaCode, _ insurance: Insurance, month: Month, through last: ID<LevyBill>? = nil
    ) throws -> Int {
        Int(
            try tx.first(
                countOfMonth, Value(area), Value(code: insurance), Value(month), .int(last?.raw ?? .max)
            ) { try $0.int(0) } ?? 0)
    }

    private static let countOfMonth: SQL = """
        SELECT count(*) FROM levy_bill WHERE area = ? AND insurance = ? AND first_month = ? AND purpose = 1 AND id <= ?
        """

    // MARK: - Standing

    /// How a bill stands on a day: from receipts, deferrals and waivers, never from a flag.
    public static func standing(
        _ tx: any Transaction, area: AreaCode, of bill: LevyBill, terms: LateFeeTerms?, on day: Day
    ) throws -> BillStanding {
        try history(tx, area: area, of: bill).standing(of: bill, terms: terms, on: day)
    }

    /// The day from which a bill has been paid in full (缴清日), as its receipts say; nil while something is owed.
    public static func settledDay(_ tx: any Transaction, area: AreaCode, of bill: LevyBill) throws -> Day? {
        try payments(tx, area: area, of: bill.id).principal.settledDay(of: bill.payable)
    }

    /// Everything that a bill's standing is reckoned from, read once.
    static func history(_ tx: any Transaction, area: AreaCode, of bill: LevyBill) throws -> BillHistory {
        let payments = try payments(tx, area: area, of: bill.id)
        let deferrals = try deferrals(tx, area: area, of: bill)
        let delay = try agreedDelay(tx, area: area, of: bill.id)
        let agreed = delay?.feeFreeTime
        return BillHistory(
            payments: payments.principal, lateFeePaid: payments.lateFee,
            waived: try waived(tx, area: area, of: bill.id), isReversed: try isReversed(tx, area: area, bill),
            free: deferrals + (agreed.map { [$0] } ?? []), agreed: delay?.due)
    }

    private static func payments(
        _ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>
    ) throws -> (principal: [PaidPrincipal], lateFee: Money) {
        var principal: [PaidPrincipal] = []
        var lateFee = Money.zero
        try tx.forEach(usesOfBill, [Value(area), Value(bill)]) { row in
            let amount = try row.money(1)
            if amount != .zero { principal.append(PaidPrincipal(amount, on: try row.day(0))) }
            lateFee += try row.money(2)
            return true
        }
        return (principal, lateFee)
    }

    /// By day of payment; what came in on a day and was taken back leaves nothing of that day.
    private static let usesOfBill: SQL = """
        SELECT day, CAST(sum(principal_fen) AS BIGINT), CAST(sum(late_fee_fen) AS BIGINT)
        FROM receipt_use WHERE area = ? AND bill = ? GROUP BY day ORDER BY day
        """

    /// What has been waived of a bill's late fee so far.
    public static func waived(_ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>) throws -> Money {
        try tx.first(waivedOfBill, Value(area), Value(bill)) { try $0.money(0) } ?? .zero
    }

    private static let waivedOfBill: SQL = """
        SELECT CAST(coalesce(sum(amount_fen), 0) AS BIGINT) FROM late_fee_waiver WHERE area = ? AND bill = ?
        """

    /// A red bill and the one it takes back are both settled.
    static func isReversed(_ tx: any Transaction, area: AreaCode, _ bill: LevyBill) throws -> Bool {
        if bill.purpose == .red { return true }
        return try tx.first(redOfBill, Value(area), Value(bill.id)) { _ in true } ?? false
    }

    private static let redOfBill: SQL = "SELECT 1 FROM levy_bill WHERE area = ? AND reverses = ?"

    /// The day until which nobody is dunned: the bill's own, or the later one of an approved deferral or of instalments.
    static func due(_ tx: any Transaction, area: AreaCode, of bill: LevyBill) throws -> Day {
        let deferred = try deferrals(tx, area: area, of: bill).map(\.until)
        let agreed = try agreedDelay(tx, area: area, of: bill.id)?.due
        return (deferred + [agreed ?? bill.due]).reduce(bill.due, max)
    }

    /// The times for which a bill's month was deferred. A deferral forgives nothing: what had run up before it stays.
    private static func deferrals(
        _ tx: any Transaction, area: AreaCode, of bill: LevyBill
    ) throws -> [FeeFreeTime] {
        try tx.rows(
            deferralsOfBill, Value(area), .int(bill.payer.columns.kind), .int(bill.payer.columns.number),
            Value(bill.months.lowerBound), Value(bill.months.lowerBound)
        ) { FeeFreeTime(agreed: try $0.moment(0).day, until: try $0.day(1)) }
    }

    private static let deferralsOfBill: SQL = """
        SELECT a.at, d.pay_by FROM levy_deferral d JOIN levy_act a ON a.area = d.area AND a.id = d.act
        WHERE d.area = ? AND d.payer_kind = ? AND d.payer = ? AND d.first_month <= ? AND d.last_month >= ?
        ORDER BY d.act
        """

    // MARK: - What was billed and paid by insurance and part

    /// A bill's sums by insurance and part, in the order of the insurances: what payments are spread over.
    static func shares(_ tx: any Transaction, area: AreaCode, of bill: ID<LevyBill>) throws -> [BillShare] {
        var shares: [BillShare] = []
        try tx.forEach(sharesOfBill, [Value(area), Value(bill)]) { row in
            let insurance: Insurance = try row.code(0)
            let employer = try row.money(1)
            let personal = try row.money(2)
            if employer != .zero { shares.append(BillShare(insurance: insurance, part: .employer, amount: employer)) }
            if personal != .zero { shares.append(BillShare(insurance: insurance, part: .personal, amount: personal)) }
            return true
        }
        return shares
    }

    private static let sharesOfBill: SQL = """
        SELECT insurance, CAST(sum(employer_fen) AS BIGINT), CAST(sum(personal_fen) AS BIGINT)
        FROM levy_line WHERE area = ? AND bill = ? GROUP BY insurance ORDER BY insurance
        """
}

/// What a bill's standing is reckoned from (缴纳情况): what came in by day, and what was agreed.
struct BillHistory: Sendable {
    /// Principal by day; what went back is negative.
    var payments: [PaidPrincipal]
    var lateFeePaid: Money
    /// 减免的滞纳金
    var waived: Money
    var isReversed: Bool
    /// 缓缴期, 分期协议履行期
    var free: [FeeFreeTime]
    /// By when it is paid under instalments.
    var agreed: Day?

    func standing(of bill: LevyBill, terms: LateFeeTerms?, on day: Day) -> BillStanding {
        var standing = BillStanding(
            payable: bill.payable, due: bill.due, payments: payments, lateFeePaid: lateFeePaid, waived: waived,
            isReversed: isReversed, terms: terms.flatMap { bill.owesLateFee($0) ? $0 : nil }, free: free, on: day)
        // Instalments put off the day whether or not late fees stand still meanwhile.
        if let agreed { standing.due = max(standing.due, agreed) }
        return standing
    }
}

/// The part of an income (收入明细): who paid it, or what it is.
public enum IncomePart: Int64, Sendable, Hashable, CaseIterable {
    /// 单位缴纳
    case employer = 1
    /// 个人缴纳
    case personal = 2
    /// 滞纳金
    case lateFee = 3
    /// 暂收款
    case suspense = 4
    /// 财政补助
    case fiscal = 5
    /// 资助参保
    case aid = 6

    public var name: String {
        switch self {
        case .employer: "单位缴纳"
        case .personal: "个人缴纳"
        case .lateFee: "滞纳金"
        case .suspense: "暂收款"
        case .fiscal: "财政补助"
        case .aid: "资助参保"
        }
    }
}

/// A bill's sum of one insurance and part.
struct BillShare: Hashable, Sendable {
    var insurance: Insurance
    var part: IncomePart
    var amount: Money
}
