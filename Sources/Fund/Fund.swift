import Basics
import Control
import Storage

/// The fund's books (基金财务), first part: the chart, periods, the ledger of amounts due, vouchers.
///
/// The statutory books are kept on a cash basis, so a settlement makes no voucher: it posts, by insurance and fund,
/// what is now due to the provider (应付明细账). The payment makes the voucher from there.
public enum FundDesk {
    public static let migrations: [Migration] = FundSchema.migrations

    // MARK: The chart

    /// The area's chart as of now: each account with the number and title loaded last.
    /// Read it once and keep it; it changes when a new chart is loaded.
    public static func chart(_ tx: any Transaction, area: AreaCode) throws -> Chart {
        Chart(
            try tx.rows(chartQuery, Value(area)) { row in
                Account(
                    id: try row.int(0), key: AccountKey(try row.text(1)), kind: try row.code(2),
                    ledger: try row.code(3), name: try row.text(5), number: try row.text(4))
            })
    }

    private static let chartQuery: SQL = """
        SELECT a.id, a.key, a.kind, a.ledger, l.number, l.name FROM account a
        JOIN account_label l ON l.area = a.area AND l.account = a.id AND l.load = (
            SELECT max(m.load) FROM account_label m WHERE m.area = a.area AND m.account = a.id)
        WHERE a.area = ? ORDER BY a.id
        """

    /// Loads a chart: adds its new accounts, and the numbers and titles that differ; answers how many rows that
    /// were. Loading the same chart again changes nothing. An account's key, kind and ledger never change.
    @discardableResult
    public static func load(
        _ tx: any Transaction, area: AreaCode, _ chart: Chart, by actor: Actor, at now: Moment
    ) throws -> Int {
        let present = try FundDesk.chart(tx, area: area)
        let load = try tx.nextNumber("fund_chart_load")
        var rows = RowDigest()
        var count = 0
        for account in chart.accounts.sorted(by: { $0.id < $1.id }) {
            if let known = present[id: account.id] {
                guard (known.key, known.kind, known.ledger) == (account.key, account.kind, account.ledger) else {
                    throw Problem(
                        "fund.chart.identity", field: account.key.name,
                        "科目“\(known.name)”的内部键、类别和账簿不能更改;如需不同的科目,请用新的序号添加")
                }
                if (known.number, known.name) == (account.number, account.name) { continue }
            } else {
                try ChartRows.account.insert(tx, ChartRows.values(area, account, load: load), into: &rows)
                count += 1
            }
            try ChartRows.label.insert(tx, ChartRows.label(area, account, load: load), into: &rows)
            count += 1
        }
        guard count > 0 else { return 0 }
        try EventLog.append(
            tx, Event(area: area, kind: .chartLoaded, subject: load, actor: actor, at: now, rows: rows))
        return count
    }

    // MARK: Amounts due

    /// Posts what a settlement makes the fund owe: one head and one entry a fund. Refuses a closed month and a
    /// bill whose payers do not sum to it. Answers the rows written, for the digest of the settlement's event.
    ///
    /// ```swift
    /// let rows = try FundDesk.post(
    ///     tx,
    ///     Payable(
    ///         area: area, settlement: id, provider: provider, insurance: .employee, care: .inpatient,
    ///         clearing: .inpatient, day: today, total: total,
    ///         shares: [Payable.Share(fund: .employeePool, amount: pool)], cash: cash, hospital: .zero),
    ///     chart: chart)
    /// for row in rows { digest.add(row.table, row.values) }
    /// ```
    public static func post(
        _ tx: any Transaction, _ payable: Payable, chart: Chart, by actor: Actor = .system
    ) throws -> [WrittenRow] {
        try Periods.requireOpen(tx, area: payable.area, day: payable.day, by: actor)
        return try write(tx, PayableRow(payable), try payable.entries(chart))
    }

    /// Takes a settlement's postings back in red (红字冲销): the same accounts on the same sides, every amount
    /// negative, on the day of the reversal. A settlement is taken back once.
    public static func reverse(
        _ tx: any Transaction, area: AreaCode, original: ID<SettlementRecord>, by red: ID<SettlementRecord>, day: Day,
        actor: Actor = .system
    ) throws -> [WrittenRow] {
        try Periods.requireOpen(tx, area: area, day: day, by: actor)
        guard let head = try tx.one(PayableRow.self, PayableRow.one, Value(area), Value(original)) else {
            throw Problem("fund.payable.unknown", field: "settlement", "应付明细账里没有结算 \(original),不能冲销,请核对结算编号")
        }
        guard head.original == nil else {
            throw Problem("fund.payable.red", field: "settlement", "结算 \(original) 本身是红字冲销,不能再冲销")
        }
        if let earlier = try tx.first(reversalOf, Value(area), Value(original), read: { try $0.int(0) }) {
            throw Problem(
                "fund.payable.reversedBefore", field: "settlement", "结算 \(original) 已由 \(earlier) 冲销,不能重复冲销")
        }
        let entries = try tx.rows(PayableEntry.ofSettlement, Value(area), Value(original), read: PayableEntry.read)
        return try write(tx, head.red(by: red, on: day), entries.map(\.red))
    }

    private static let reversalOf: SQL = "SELECT settlement FROM payable WHERE area = ? AND original = ?"

    private static func write(
        _ tx: any Transaction, _ head: PayableRow, _ entries: [PairedEntry]
    ) throws -> [WrittenRow] {
        var rows: [WrittenRow] = [(PayableRow.table.name, head.values)]
        try tx.execute(PayableRow.table.insertion, head.values)
        for (index, entry) in entries.enumerated() {
            let values = PayableEntry.values(head.area, head.settlement, line: index + 1, entry)
            try tx.execute(PayableEntry.table.insertion, values)
            rows.append((PayableEntry.table.name, values))
        }
        return rows
    }

    /// A settlement's rows as they stand in the ledger now, in the order in which they were written: for the
    /// recomputation of its event's digest.
    public static func rows(
        _ tx: any Transaction, area: AreaCode, settlement: ID<SettlementRecord>
    ) throws -> [WrittenRow] {
        var rows: [WrittenRow] = []
        try tx.forEach(PayableRow.one, [Value(area), Value(settlement)]) { row in
            rows.append((PayableRow.table.name, try PayableRow.table.values(row)))
            return true
        }
        try tx.forEach(PayableEntry.ofSettlement, [Value(area), Value(settlement)]) { row in
            rows.append((PayableEntry.table.name, try PayableEntry.table.values(row)))
            return true
        }
        return rows
    }
}

/// The rows of a chart.
enum ChartRows {
    static let account = EvidenceTable("account", "area", "id", .text("key"), "kind", "ledger", "load")
    static let label = EvidenceTable("account_label", "area", "account", "load", .text("number"), .text("name"))

    static func values(_ area: AreaCode, _ account: Account, load: Int64) -> [Value] {
        [
            Value(area), .int(account.id), .text(account.key.name), .int(account.kind.rawValue),
            .int(account.ledger.rawValue), .int(load),
        ]
    }

    static func label(_ area: AreaCode, _ account: Account, load: Int64) -> [Value] {
        [Value(area), .int(account.id), .int(load), .text(account.number), .text(account.name)]
    }
}
