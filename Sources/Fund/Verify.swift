import Basics
import Control
import Storage

extension FundDesk {
    /// Proves the books: heads agree with their entries, red with what it takes back, entries with the chart,
    /// closed months with the totals written at their closing, voucher numbers run without gaps, and both sides
    /// of every trial balance are the same. Answers each broken place, at most twenty of a kind.
    ///
    /// ```swift
    /// let verifier = Verifier(area: area, sources: FundDesk.evidence, checks: [FundDesk.verify])
    /// ```
    @Sendable
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try verify(tx, area: area, from: Day(number: -700_000), through: Day(number: 2_000_000))
            + BookChecks.ofTables.flatMap { try $0.run(tx, [Value(area)]) }
            + BookChecks.closedMonths(tx, area: area)
    }

    /// The same for some days alone.
    static func verify(_ tx: any Transaction, area: AreaCode, from: Day, through: Day) throws -> [Problem] {
        try BookChecks.ofDays.flatMap { try $0.run(tx, [Value(area), Value(from), Value(through)]) }
    }
}

/// What must hold across rows, each as a query that answers the numbers of the rows that break it.
private struct BookChecks {
    let code: String
    let place: String
    let message: @Sendable (Int64) -> String
    let query: SQL

    /// Placeholders: the area, the first day, the last day.
    static let ofDays = [parts, entries, red, accounts, voucherEntries, voucherRed, voucherNumbers]
    /// Placeholder: the area. An entry without a head has no day.
    static let ofTables = [strayEntries, strayVoucherEntries]

    func run(_ tx: any Transaction, _ arguments: [Value]) throws -> [Problem] {
        try tx.rows(query, arguments) { row in
            let number = try row.int(0)
            return Problem(code, field: "\(place) \(number)", message(number))
        }
    }

    private static let parts = BookChecks(
        code: "fund.verify.parts", place: "应付 结算",
        message: { "结算 \($0) 的基金、账户、现金、医院负担之和不等于总费用,账目被改动过" },
        query: """
            SELECT settlement FROM payable WHERE area = ? AND day BETWEEN ? AND ?
                AND total_fen <> fund_fen + account_fen + cash_fen + hospital_fen
            ORDER BY settlement LIMIT 20
            """)

    private static let entries = BookChecks(
        code: "fund.verify.entries", place: "应付 结算",
        message: { "结算 \($0) 的应付分录合计与应付总额不符,账目被改动过" },
        query: """
            SELECT p.settlement FROM payable p
            LEFT JOIN payable_entry e ON e.area = p.area AND e.settlement = p.settlement
            WHERE p.area = ? AND p.day BETWEEN ? AND ?
            GROUP BY p.settlement, p.fund_fen, p.account_fen
            HAVING p.account_fen <> coalesce(sum(CASE WHEN e.fund = 310200 THEN e.amount_fen END), 0)
                OR p.fund_fen <> coalesce(sum(CASE WHEN e.fund <> 310200 THEN e.amount_fen END), 0)
            ORDER BY p.settlement LIMIT 20
            """)

    private static let strayEntries = BookChecks(
        code: "fund.verify.strayEntry", place: "应付 结算",
        message: { "结算 \($0) 有应付分录而没有应付总额,账目被删改过" },
        query: """
            SELECT DISTINCT e.settlement FROM payable_entry e
            LEFT JOIN payable p ON p.area = e.area AND p.settlement = e.settlement
            WHERE e.area = ? AND p.settlement IS NULL
            ORDER BY e.settlement LIMIT 20
            """)

    private static let red = BookChecks(
        code: "fund.verify.red", place: "应付 结算",
        message: { "红字结算 \($0) 与它冲销的原结算不是正好相反,账目被改动过" },
        query: """
            SELECT r.settlement FROM payable r
            LEFT JOIN payable o ON o.area = r.area AND o.settlement = r.original
            WHERE r.area = ? AND r.day BETWEEN ? AND ? AND r.original IS NOT NULL AND (
                o.settlement IS NULL OR o.original IS NOT NULL OR r.provider <> o.provider
                OR r.insurance <> o.insurance OR r.clearing_type <> o.clearing_type OR r.total_fen <> -o.total_fen
                OR r.fund_fen <> -o.fund_fen OR r.account_fen <> -o.account_fen OR r.cash_fen <> -o.cash_fen)
            ORDER BY r.settlement LIMIT 20
            """)

    private static let accounts = BookChecks(
        code: "fund.verify.account", place: "应付 结算",
        message: { "结算 \($0) 的分录记到了应付明细账以外的科目,账目被改动过" },
        query: """
            SELECT DISTINCT p.settlement FROM payable p
            JOIN payable_entry e ON e.area = p.area AND e.settlement = p.settlement
            LEFT JOIN account d ON d.area = e.area AND d.id = e.debit_account AND d.ledger = 2
            LEFT JOIN account c ON c.area = e.area AND c.id = e.credit_account AND c.ledger = 2
            WHERE p.area = ? AND p.day BETWEEN ? AND ?
                AND (d.id IS NULL OR c.id IS NULL OR e.debit_account = e.credit_account)
            ORDER BY p.settlement LIMIT 20
            """)

    private static let voucherEntries = BookChecks(
        code: "fund.verify.voucherEntries", place: "凭证",
        message: { "凭证 \($0) 的分录合计与凭证金额不符,账目被改动过" },
        query: """
            SELECT v.id FROM voucher v LEFT JOIN voucher_entry e ON e.area = v.area AND e.voucher = v.id
            WHERE v.area = ? AND v.day BETWEEN ? AND ?
            GROUP BY v.id, v.total_fen HAVING v.total_fen <> coalesce(sum(e.amount_fen), 0)
            ORDER BY v.id LIMIT 20
            """)

    private static let strayVoucherEntries = BookChecks(
        code: "fund.verify.strayVoucherEntry", place: "凭证",
        message: { "凭证 \($0) 有分录而没有凭证,账目被删改过" },
        query: """
            SELECT DISTINCT e.voucher FROM voucher_entry e
            LEFT JOIN voucher v ON v.area = e.area AND v.id = e.voucher
            WHERE e.area = ? AND v.id IS NULL
            ORDER BY e.voucher LIMIT 20
            """)

    private static let voucherRed = BookChecks(
        code: "fund.verify.voucherRed", place: "凭证",
        message: { "红字凭证 \($0) 与它冲销的原凭证不是正好相反,账目被改动过" },
        query: """
            SELECT r.id FROM voucher r LEFT JOIN voucher o ON o.area = r.area AND o.id = r.original
            WHERE r.area = ? AND r.day BETWEEN ? AND ? AND r.original IS NOT NULL
                AND (o.id IS NULL OR r.book <> o.book OR r.total_fen <> -o.total_fen)
            ORDER BY r.id LIMIT 20
            """)

    private static let voucherNumbers = BookChecks(
        code: "fund.verify.voucherNumbers", place: "凭证号",
        message: { "有一个月的凭证号在第 \($0) 号之前断号,有凭证被删去,请用备份比对" },
        query: """
            SELECT max(number) FROM voucher WHERE area = ? AND day BETWEEN ? AND ?
            GROUP BY book, month HAVING max(number) <> count(*) ORDER BY 1 LIMIT 20
            """)

    /// The totals written at the closing of each month are still the sums of its entries.
    static func closedMonths(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        let months = try tx.rows("SELECT month FROM fund_period WHERE area = ? AND act = 2 ORDER BY month", Value(area))
        { Month(number: Int32(truncatingIfNeeded: try $0.int(0))) }
        var problems: [Problem] = []
        for month in months {
            let written = try tx.rows(totalsOfMonth, Value(area), Value(month)) { row in
                Moved(
                    ledger: try row.code(0), book: try row.code(1), account: try row.int(2), debit: try row.money(3),
                    credit: try row.money(4))
            }
            let found = try Balances.moved(tx, area: area, from: month.first, through: month.last)
            if Set(written) != Set(found) {
                problems.append(
                    Problem(
                        "fund.verify.closedMonth", field: "会计期间 \(month)",
                        "\(month) 结账后账目又变了:科目发生额与结账时写下的不符,请用备份比对"))
            }
        }
        return problems
    }

    private static let totalsOfMonth: SQL = """
        SELECT ledger, book, account, debit_fen, credit_fen FROM fund_period_total WHERE area = ? AND month = ?
        """
}

// MARK: - Evidence for the event chain

extension FundDesk {
    /// How the events of this desk's own acts are proven. The postings of settlements are vouched for by the
    /// settlement's event: see `rows(_:area:settlement:)`.
    public static let evidence: [EvidenceSource] = [
        chartEvidence, periodEvidence, voucherEvidence, accountPosted.evidence,
    ]

    private static let chartEvidence = EvidenceSource(
        "科目表", kinds: [.chartLoaded],
        rowCount: "SELECT count(DISTINCT load) FROM account_label WHERE area = ?"
    ) { tx, event, digest in
        // In the order of `load`: account by account, the account's row before its label.
        let known = [Value(event.area), .int(event.subject)]
        let labels = try tx.rows(labelsOfLoad, known) { try ChartRows.label.values($0) }
        for label in labels {
            try ChartRows.account.addAll(tx, "WHERE area = ? AND load = ? AND id = ?", known + [label[1]], to: &digest)
            ChartRows.label.add(label, to: &digest)
        }
    }

    private static let labelsOfLoad = SQL(
        """
        SELECT \(ChartRows.label.columnList) FROM account_label WHERE area = ? AND load = ? ORDER BY account
        """)

    private static let periodEvidence = EvidenceSource(
        "会计期间", kinds: [.periodOpened, .periodClosed], rowCount: "SELECT count(*) FROM fund_period WHERE area = ?"
    ) { tx, event, digest in
        let closes = event.kind == .periodClosed
        let place = [Value(event.area), .int(event.subject)]
        if closes {
            try PeriodTotal.table.addAll(
                tx, "WHERE area = ? AND month = ? ORDER BY ledger DESC, book, account", place, to: &digest)
        }
        let act = (closes ? Periods.Act.closed : .opened).rawValue
        try Periods.table.addAll(tx, "WHERE area = ? AND month = ? AND act = ?", place + [.int(act)], to: &digest)
    }

    private static let voucherEvidence = EvidenceSource(
        "凭证", kinds: [.voucherEntered, .voucherReversed], rowCount: "SELECT count(*) FROM voucher WHERE area = ?"
    ) { tx, event, digest in
        let place = [Value(event.area), .int(event.subject)]
        try Voucher.table.addAll(tx, "WHERE area = ? AND id = ?", place, to: &digest)
        try VoucherEntry.table.addAll(tx, "WHERE area = ? AND voucher = ? ORDER BY line", place, to: &digest)
    }
}
