import Basics
import Control
import Storage

extension Contributions {
    /// Where the blanks of a series are (空白票据结存).
    public static func custody(_ tx: any Transaction, area: AreaCode, series: String) throws -> BlankCustody {
        var custody = BlankCustody()
        try tx.forEach(movements, [Value(area), .text(series)]) { row in
            try custody.move(try row.code(0), try row.int(1)...row.int(2), custodian: try row.text(3))
            return true
        }
        return custody
    }

    private static let movements: SQL = """
        SELECT movement, first_number, last_number, custodian FROM blank_receipt_act
        WHERE area = ? AND series = ? ORDER BY act
        """

    /// The series that there are.
    public static func blankSeries(_ tx: any Transaction, area: AreaCode) throws -> [String] {
        try tx.rows("SELECT DISTINCT series FROM blank_receipt_act WHERE area = ? ORDER BY series", Value(area)) {
            try $0.text(0)
        }
    }

    /// Moves blank receipts: into the store, out to a custodian, back, void or used (票据出入库).
    @discardableResult
    public static func moveBlanks(
        _ tx: any Transaction, area: AreaCode, series: String, _ movement: BlankMovement, _ numbers: ClosedRange<Int64>,
        custodian: String, _ ground: Ground
    ) throws -> BlankCustody {
        let custody = try requireMovable(tx, area: area, series: series, movement, numbers, custodian: custodian)
        var writing = try LevyWriting(tx, area: area, .blanks, ground)
        try writing.write(
            LevyEvidence.blank,
            [
                [
                    Value(area), Value(writing.act.id), .text(series), Value(code: movement), .int(numbers.lowerBound),
                    .int(numbers.upperBound), .text(custodian),
                ]
            ])
        try writing.finish(#"{"movement":\#(movement.rawValue),"count":\#(numbers.count)}"#)
        return custody
    }

    /// Where a series would be after a movement; otherwise the problem that says why it cannot be made.
    @discardableResult
    public static func requireMovable(
        _ tx: any Transaction, area: AreaCode, series: String, _ movement: BlankMovement, _ numbers: ClosedRange<Int64>,
        custodian: String
    ) throws -> BlankCustody {
        guard !series.isEmpty, series.count <= 20, !custodian.isEmpty, custodian.count <= 60 else {
            throw Problem("contributions.blank.names", field: "series", "请填写票据批次(20 字以内)和保管人(60 字以内)")
        }
        var custody = try custody(tx, area: area, series: series)
        try custody.move(movement, numbers, custodian: custodian)
        return custody
    }
}

/// A reconciliation as it was made (对账单).
public struct ReconciliationSheet: Hashable, Sendable {
    public var source: ReceiptSource
    public var days: ClosedRange<Day>
    public var statedCount: Int
    public var stated: Money
    public var ownCount: Int
    public var own: Money
    public var differences: [PaymentDifference]

    public var agrees: Bool { differences.isEmpty }
}

extension Contributions {
    /// Reconciles a source's payments of some days (POS 日对账、税务月对账), and keeps what differs.
    @discardableResult
    public static func reconcile(
        _ tx: any Transaction, area: AreaCode, with source: ReceiptSource, days: ClosedRange<Day>,
        stated: [StatedPayment], _ ground: Ground
    ) throws -> ReconciliationSheet {
        var wrong = Problems()
        do { try requireOver(days, on: ground.at.day) } catch { wrong.all.append(error) }
        for payment in stated where !days.contains(payment.day) {
            wrong.add(
                "contributions.reconcile.day", field: payment.serial,
                "对方明细里 \(payment.serial) 的日期 \(payment.day) 不在 \(days.lowerBound) 至 \(days.upperBound) 之内,请核对文件")
        }
        try wrong.throwIfAny()
        let own = try tx.rows(
            ownPayments, Value(area), Value(code: source), Value(days.lowerBound), Value(days.upperBound)
        ) { StatedPayment(serial: try $0.text(0), amount: try $0.money(1), day: try $0.day(2)) }
        let elsewhere = try payments(
            tx, area: area, source, of: Set(stated.map(\.serial)).subtracting(own.map(\.serial)))
        let sheet = ReconciliationSheet(
            source: source, days: days, statedCount: stated.count, stated: stated.map(\.amount).total(),
            ownCount: own.count, own: own.map(\.amount).total(),
            differences: Reconciling.differences(stated: stated, own: own, elsewhere: elsewhere))
        try keep(tx, area: area, sheet, ground)
        return sheet
    }

    /// Days that are not over cannot be reconciled: payments may still come in on them.
    public static func requireOver(_ days: ClosedRange<Day>, on today: Day) throws(Problem) {
        guard days.upperBound < today else {
            throw Problem(
                "contributions.reconcile.early", field: "last",
                "\(days.upperBound) 还没有过完,\(days.upperBound + 1) 起才能对账,请核对终止日")
        }
    }

    /// What we took back ourselves (冲正) no longer counts: the other side knows nothing of it. Of a serial that was
    /// taken back whole only the entry that came after it does.
    private static let ownPayments = SQL(
        "\(ownBeginning) AND r.paid_day BETWEEN ? AND ?) own WHERE amount <> 0 ORDER BY serial")
    private static let ownOfSerials = SQL(
        "\(ownBeginning) AND r.serial IN (\(Lookup.places))) own WHERE amount <> 0 ORDER BY serial")

    /// What we have under some serials, whatever the day: the two sides may differ over the day alone.
    private static func payments(
        _ tx: any Transaction, area: AreaCode, _ source: ReceiptSource, of serials: Set<String>
    ) throws -> [StatedPayment] {
        var found: Set<StatedPayment> = []
        try Lookup.each(serials.sorted().map { Value.text($0) }) { values in
            found.formUnion(
                try tx.rows(ownOfSerials, [Value(area), Value(code: source)] + values) {
                    StatedPayment(serial: try $0.text(0), amount: try $0.money(1), day: try $0.day(2))
                })
        }
        return found.sorted { $0.serial < $1.serial }
    }

    private static let ownBeginning = """
        SELECT serial, amount, paid_day FROM (
            SELECT r.serial, r.paid_day, r.amount_fen + (
                SELECT CAST(coalesce(sum(x.amount_fen), 0) AS BIGINT)
                FROM receipt x JOIN levy_act a ON a.area = x.area AND a.id = x.act
                WHERE x.area = r.area AND x.reverses = r.id AND a.kind = 10) AS amount
            FROM receipt r JOIN levy_act w ON w.area = r.area AND w.id = r.act
            WHERE r.area = ? AND r.source = ? AND w.kind <> 10 AND NOT (\(Receipt.takenBackOfR))
        """

    /// Numbers are given one after the other, by whichever server: unlike the moments of acts they tell what was there.
    private static let lastNumber: SQL =
        "SELECT receipt_year, last FROM receipt_counter WHERE area = ? ORDER BY receipt_year DESC LIMIT 1"

    private static func keep(
        _ tx: any Transaction, area: AreaCode, _ sheet: ReconciliationSheet, _ ground: Ground
    ) throws {
        let seen =
            try tx.first(lastNumber, Value(area)) { (year: try $0.int(0), number: try $0.int(1)) } ?? (
                year: 0, number: 0
            )
        var writing = try LevyWriting(tx, area: area, .reconciliation, ground)
        try writing.write(
            LevyEvidence.reconciliation,
            [
                [
                    Value(area), Value(writing.act.id), Value(code: sheet.source), Value(sheet.days.lowerBound),
                    Value(sheet.days.upperBound), .int(Int64(sheet.statedCount)), Value(sheet.stated),
                    .int(Int64(sheet.ownCount)), Value(sheet.own), .int(seen.year), .int(seen.number),
                ]
            ])
        try writing.write(
            LevyEvidence.difference,
            sheet.differences.enumerated().map { index, difference in
                [
                    Value(area), Value(writing.act.id), .int(Int64(index) + 1), Value(code: difference.kind),
                    .text(difference.serial), Value(difference.stated), Value(difference.own),
                ]
            })
        try writing.finish(#"{"differences":\#(sheet.differences.count)}"#)
    }
}
