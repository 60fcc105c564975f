import Basics
import Storage

/// What was billed and what came in over some days (征缴周报、月报).
public struct CollectionReport: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        public var insurance: Insurance
        public var payer: PayerKind
        /// Bills made in the period, and what they say.
        public var bills: Int64
        public var billed: Money
        /// 到账本金 and 滞纳金 of the period
        public var received: Money
        public var lateFees: Money

        /// What the row's bills are for: an employee's month is one bill of all that is levied with his basic insurance.
        /// What of it belongs to which insurance the vouchers tell.
        public var name: String { insurance == .employee ? "\(insurance.name)(含一并征收的险种)" : insurance.name }
    }
    /// 单位, 个人
    public enum PayerKind: Int64, Sendable, Hashable, CaseIterable {
        case employer = 1
        case person = 2
        public var name: String { self == .employer ? "单位" : "个人" }
    }

    public var days: ClosedRange<Day>
    public var rows: [Row]
    /// By source: how many receipts, and how much.
    public var sources: [(source: ReceiptSource, count: Int64, amount: Money)]
    /// 财政补助, 资助
    public var fiscal: Money
    public var aid: Money
    /// 期初、期末暂收款余额
    public var suspenseBefore: Money
    public var suspense: Money
    /// 退费: what was paid back from here, and what the sources paid back and stated in their files. A correction of a
    /// receipt (到账更正) is neither.
    public var refunded: Money
    /// Of that, what was paid back from here: what the sources paid back stands among the receipts in red.
    public var refundedHere: Money
    /// What came in by the insurance in whose books it stands and by part (分险种收入): what the vouchers of these days'
    /// acts say, those that are not booked yet included.
    public var incomes: [Income]

    /// An income of some days in one insurance's books.
    public struct Income: Hashable, Sendable {
        public var book: Insurance
        public var part: IncomePart
        public var amount: Money
    }

    /// 到账合计: all receipts, what the sources took back off.
    public var arrived: Money { sources.map(\.amount).total() }
    public var billed: Money { rows.map(\.billed).total() }
    public var received: Money { rows.map(\.received).total() }
    public var lateFees: Money { rows.map(\.lateFees).total() }

    public static func == (a: CollectionReport, b: CollectionReport) -> Bool {
        a.days == b.days && a.rows == b.rows && a.fiscal == b.fiscal && a.aid == b.aid && a.suspense == b.suspense
            && a.refunded == b.refunded && a.incomes == b.incomes && a.sources.map(\.source) == b.sources.map(\.source)
            && a.sources.map(\.amount) == b.sources.map(\.amount)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(days)
        hasher.combine(rows)
    }

    /// The week, Monday to Sunday, that a day lies in.
    public static func week(of day: Day) -> ClosedRange<Day> {
        let monday = day - (day.weekday - 1)
        return monday...(monday + 6)
    }

    public static func month(_ month: Month) -> ClosedRange<Day> { month.first...month.last }
}

extension Contributions {
    /// The collection of some days, by the days on which bills were made and money arrived.
    public static func collectionReport(
        _ tx: any Transaction, area: AreaCode, days: ClosedRange<Day>
    ) throws -> CollectionReport {
        let from = Value(Moment(days.lowerBound))
        let until = Value(Moment(days.upperBound + 1))
        var rows: [RowKey: CollectionReport.Row] = [:]
        func add(_ row: any Row, _ change: (inout CollectionReport.Row) throws -> Void) throws {
            let key = RowKey(insurance: try row.code(0), payer: try row.code(1))
            var value =
                rows[key]
                ?? CollectionReport.Row(
                    insurance: key.insurance, payer: key.payer, bills: 0, billed: .zero, received: .zero,
                    lateFees: .zero)
            try change(&value)
            rows[key] = value
        }
        try tx.forEach(billedIn, [Value(area), from, until]) { row in
            try add(row) {
                $0.bills = try row.int(2)
                $0.billed = try row.money(3)
            }
            return true
        }
        try tx.forEach(receivedIn, [Value(area), from, until]) { row in
            try add(row) {
                $0.received = try row.money(2)
                $0.lateFees = try row.money(3)
            }
            return true
        }
        let sources = try tx.rows(sourcesIn, Value(area), Value(days.lowerBound), Value(days.upperBound)) {
            (source: try $0.code(0, ReceiptSource.self), count: try $0.int(1), amount: try $0.money(2))
        }
        var kinds: [ReceiptUse.Kind: Money] = [:]
        try tx.forEach(kindsIn, [Value(area), from, until]) { row in
            kinds[try row.code(0)] = try row.money(1)
            return true
        }
        let takenBack = try tx.first(takenBackIn, Value(area), from, until) { try $0.money(0) } ?? .zero
        func suspense(before moment: Value) throws -> Money {
            try tx.first(suspenseAtEnd, Value(area), moment) { try $0.money(0) } ?? .zero
        }
        return CollectionReport(
            days: days,
            rows: rows.values.sorted {
                ($0.insurance.rawValue, $0.payer.rawValue) < ($1.insurance.rawValue, $1.payer.rawValue)
            },
            sources: sources, fiscal: kinds[.fiscal] ?? .zero, aid: kinds[.aid] ?? .zero,
            suspenseBefore: try suspense(before: from), suspense: try suspense(before: until),
            refunded: (kinds[.refund] ?? .zero) + takenBack, refundedHere: kinds[.refund] ?? .zero,
            incomes: try incomes(tx, area: area, from: from, until: until))
    }

    /// What the acts of some days put into the books, or will: booked ones as they were booked, the others as each would
    /// be now. Until they are booked a fen of a bill in several insurances may stand with another of them.
    private static func incomes(
        _ tx: any Transaction, area: AreaCode, from: Value, until: Value
    ) throws -> [CollectionReport.Income] {
        var sums: [[Int64]: Money] = [:]
        try tx.forEach(bookedIn, [Value(area), from, until]) { row in
            sums[[try row.int(0), try row.int(1)]] = try row.money(2)
            return true
        }
        for act in try tx.rows(unbookedIn, Value(area), from, until, read: { try $0.id(0, LevyAct.self) }) {
            for line in try bookingLines(tx, area: area, of: act) {
                sums[[line.book.rawValue, line.part.rawValue], default: .zero] += line.amount
            }
        }
        return sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { key, amount in
            guard amount != .zero, let book = Insurance(rawValue: key[0]), let part = IncomePart(rawValue: key[1])
            else { return nil }
            return CollectionReport.Income(book: book, part: part, amount: amount)
        }
    }

    private static let bookedIn: SQL = """
        SELECT k.book, k.part, CAST(sum(k.amount_fen) AS BIGINT)
        FROM levy_act a JOIN levy_booking k ON k.area = a.area AND k.act = a.id
        WHERE a.area = ? AND a.at >= ? AND a.at < ? GROUP BY k.book, k.part
        """

    private static let unbookedIn = SQL(
        "SELECT id FROM levy_act WHERE area = ? AND at >= ? AND at < ? AND \(isUnbooked) ORDER BY id")

    private struct RowKey: Hashable {
        var insurance: Insurance
        var payer: CollectionReport.PayerKind
    }

    private static let billedIn: SQL = """
        SELECT b.insurance, b.payer_kind, count(*), CAST(sum(b.payable_fen) AS BIGINT)
        FROM levy_act a JOIN levy_bill b ON b.area = a.area AND b.act = a.id
        WHERE a.area = ? AND a.at >= ? AND a.at < ? AND a.kind IN (2, 3, 4, 5, 6)
        GROUP BY b.insurance, b.payer_kind
        """

    private static let receivedIn: SQL = """
        SELECT b.insurance, b.payer_kind, CAST(sum(u.principal_fen) AS BIGINT), CAST(sum(u.late_fee_fen) AS BIGINT)
        FROM levy_act a
        JOIN receipt_use u ON u.area = a.area AND u.act = a.id
        JOIN levy_bill b ON b.area = u.area AND b.id = u.bill
        WHERE a.area = ? AND a.at >= ? AND a.at < ? AND a.kind IN (6, 7, 8, 9, 10, 13)
        GROUP BY b.insurance, b.payer_kind
        """

    private static let sourcesIn: SQL = """
        SELECT source, count(*), CAST(sum(amount_fen) AS BIGINT) FROM receipt
        WHERE area = ? AND arrived_day BETWEEN ? AND ? GROUP BY source ORDER BY source
        """

    private static let kindsIn: SQL = """
        SELECT u.kind, CAST(sum(u.principal_fen) AS BIGINT)
        FROM levy_act a JOIN receipt_use u ON u.area = a.area AND u.act = a.id
        WHERE a.area = ? AND a.at >= ? AND a.at < ? AND u.kind IN (3, 4, 5) GROUP BY u.kind
        """

    /// Negative lines of the sources' files.
    private static let takenBackIn: SQL = """
        SELECT CAST(coalesce(sum(-r.amount_fen), 0) AS BIGINT)
        FROM levy_act a JOIN receipt r ON r.area = a.area AND r.act = a.id
        WHERE a.area = ? AND a.at >= ? AND a.at < ? AND a.kind = 7 AND r.amount_fen < 0
        """

    private static let suspenseAtEnd: SQL = """
        SELECT CAST(coalesce(sum(u.principal_fen), 0) AS BIGINT)
        FROM receipt_use u JOIN levy_act a ON a.area = u.area AND a.id = u.act
        WHERE u.area = ? AND u.kind = 2 AND a.at < ?
        """
}
