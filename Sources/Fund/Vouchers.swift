import Basics
import Control
import Storage

/// Vouchers of the general ledger (记账凭证): double entry, corrected in red, numbered without gaps.
public enum Vouchers {
    /// Enters a voucher that one person prepared and another reviewed. Throws everything wrong with it.
    ///
    /// ```swift
    /// let voucher = try Vouchers.enter(tx, area: area, draft, chart: chart, preparedBy: a, reviewedBy: b, at: now)
    /// print("\(voucher.book.name) \(voucher.month) 第 \(voucher.number) 号")
    /// ```
    @discardableResult
    public static func enter(
        _ tx: any Transaction, area: AreaCode, _ draft: VoucherDraft, chart: Chart,
        preparedBy: ID<StaffMember>, reviewedBy: ID<StaffMember>, at now: Moment
    ) throws -> Voucher {
        let entries = try draft.entries(chart)
        try requireTwo(preparedBy, reviewedBy)
        try Periods.requireOpen(tx, area: area, day: draft.day, by: .staff(preparedBy))
        let month = draft.day.month
        let voucher = Voucher(
            area: area, id: try tx.nextID(VoucherRecord.self, "voucher"), book: draft.book, month: month,
            number: try nextNumber(tx, area: area, book: draft.book, month: month), day: draft.day, original: nil,
            summary: draft.summary, attachments: Int64(draft.attachments), total: entries.map(\.amount).total(),
            preparedBy: preparedBy, reviewedBy: reviewedBy, enteredAt: now)
        try write(tx, voucher, entries, .voucherEntered)
        return voucher
    }

    /// Takes a voucher back in red (红字冲销), on a day of an open month. A voucher is taken back once.
    @discardableResult
    public static func reverse(
        _ tx: any Transaction, area: AreaCode, voucher id: ID<VoucherRecord>, on day: Day, preparedBy: ID<StaffMember>,
        reviewedBy: ID<StaffMember>, at now: Moment
    ) throws -> Voucher {
        guard let original = try find(tx, area: area, voucher: id) else {
            throw Problem("fund.voucher.unknown", field: "voucher", "没有这张凭证,请从凭证列表中选择")
        }
        guard original.original == nil else {
            throw Problem("fund.voucher.red", field: "voucher", "这张凭证本身是红字冲销,不能再冲销;如有误请另制凭证")
        }
        if let red = try tx.first(reversalOf, Value(area), Value(id), read: { try $0.int(0) }) {
            throw Problem("fund.voucher.reversedBefore", field: "voucher", "这张凭证已由第 \(red) 号红字凭证冲销,不能重复冲销")
        }
        try requireTwo(preparedBy, reviewedBy)
        try Periods.requireOpen(tx, area: area, day: day, by: .staff(preparedBy))
        let month = day.month
        let voucher = Voucher(
            area: area, id: try tx.nextID(VoucherRecord.self, "voucher"), book: original.book, month: month,
            number: try nextNumber(tx, area: area, book: original.book, month: month), day: day, original: id,
            summary: "冲销 \(original.month) 第 \(original.number) 号:\(original.summary)", attachments: 0,
            total: -original.total, preparedBy: preparedBy, reviewedBy: reviewedBy, enteredAt: now)
        try write(tx, voucher, try entries(tx, area: area, voucher: id).map(\.red), .voucherReversed)
        return voucher
    }

    private static let reversalOf: SQL = "SELECT number FROM voucher WHERE area = ? AND original = ?"

    /// 制单与复核不得一人: also a CHECK of the table.
    private static func requireTwo(_ a: ID<StaffMember>, _ b: ID<StaffMember>) throws {
        guard a != b else {
            throw Problem("fund.voucher.samePerson", field: "reviewedBy", "制单和复核不能是同一个人,请另选复核人")
        }
    }

    /// Two at the same time would take the same number: the table's UNIQUE and the retry of a serialisation
    /// failure see to it that one of them takes the next.
    private static func nextNumber(
        _ tx: any Transaction, area: AreaCode, book: Insurance, month: Month
    ) throws -> Int64 {
        let last = try tx.first(lastNumber, Value(area), .int(book.rawValue), Value(month)) { try $0.intOrNil(0) }
        return ((last ?? nil) ?? 0) + 1
    }

    private static let lastNumber: SQL = """
        SELECT max(number) FROM voucher WHERE area = ? AND book = ? AND month = ?
        """

    private static func write(
        _ tx: any Transaction, _ voucher: Voucher, _ entries: [PairedEntry], _ kind: EventKind
    ) throws {
        var rows = RowDigest()
        try Voucher.table.insert(tx, voucher.values, into: &rows)
        for (index, entry) in entries.enumerated() {
            let values = VoucherEntry.values(voucher.area, voucher.id, line: index + 1, entry)
            try VoucherEntry.table.insert(tx, values, into: &rows)
        }
        var detail = JSONWriter(capacity: 128)
        detail.object {
            $0.field("book", voucher.book.rawValue)
            $0.field("month", voucher.month.description)
            $0.field("number", voucher.number)
            $0.field("total", voucher.total)
            $0.field("reviewedBy", voucher.reviewedBy.raw)
        }
        try EventLog.append(
            tx,
            Event(
                area: voucher.area, kind: kind, subject: voucher.id.raw, actor: .staff(voucher.preparedBy),
                at: voucher.enteredAt, detail: detail.text, rows: rows))
    }

    // MARK: Reading

    public static func find(
        _ tx: any Transaction, area: AreaCode, voucher id: ID<VoucherRecord>
    ) throws -> Voucher? {
        try tx.one(
            Voucher.self, SQL("SELECT \(Voucher.table.columnList) FROM voucher WHERE area = ? AND id = ?"), Value(area),
            Value(id))
    }

    /// The vouchers of a book's month by number, after one, at most `limit`.
    public static func list(
        _ tx: any Transaction, area: AreaCode, book: Insurance, month: Month, after number: Int64 = 0, limit: Int
    ) throws -> [Voucher] {
        try tx.all(
            Voucher.self, listQuery, Value(area), .int(book.rawValue), Value(month), .int(number),
            .int(Int64(min(limit, 500))))
    }

    private static let listQuery = SQL(
        """
        SELECT \(Voucher.table.columnList) FROM voucher
        WHERE area = ? AND book = ? AND month = ? AND number > ? ORDER BY number LIMIT ?
        """)

    /// How many vouchers a month has, all books together.
    public static func count(_ tx: any Transaction, area: AreaCode, month: Month) throws -> Int {
        Int(try tx.first(countOfMonth, Value(area), Value(month)) { try $0.int(0) } ?? 0)
    }

    private static let countOfMonth: SQL = "SELECT count(*) FROM voucher WHERE area = ? AND month = ?"

    /// A voucher's lines as it is printed: one sum an account and side, debits first.
    public static func lines(
        _ tx: any Transaction, area: AreaCode, voucher id: ID<VoucherRecord>, chart: Chart
    ) throws -> [VoucherLine] {
        var lines: [VoucherLine] = []
        func add(_ side: Side, _ account: Int64, _ amount: Money) {
            let key = chart[id: account]?.key ?? AccountKey(String(account))
            if let index = lines.firstIndex(where: { $0.side == side && $0.account == key }) {
                lines[index].amount += amount
            } else {
                lines.append(VoucherLine(side, key, amount))
            }
        }
        let entries = try entries(tx, area: area, voucher: id)
        for entry in entries { add(.debit, entry.debit, entry.amount) }
        for entry in entries { add(.credit, entry.credit, entry.amount) }
        return lines
    }

    private static func entries(
        _ tx: any Transaction, area: AreaCode, voucher id: ID<VoucherRecord>
    ) throws -> [PairedEntry] {
        try tx.rows(ofVoucher, Value(area), Value(id), read: VoucherEntry.read)
    }

    private static let ofVoucher = SQL(
        "SELECT \(VoucherEntry.table.columnList) FROM voucher_entry WHERE area = ? AND voucher = ? ORDER BY line")
}
