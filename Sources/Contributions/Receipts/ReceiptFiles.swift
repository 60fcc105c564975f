import Basics
import Control
import Storage

extension Contributions {
    /// Reads a file of receipts by the columns that its source's files have; every wrong cell is named. Nothing was paid
    /// after the day on which the file is read.
    public static func readReceipts(
        _ text: String, file: String, columns: ReceiptColumns, on today: Day
    ) throws(Problems) -> ImportSheet<PaymentLine> {
        var seen: [String: Int] = [:]
        return try ImportSheet(text, file: file, required: columns.required) {
            (fields: inout FieldReader) -> PaymentLine? in
            let serial = fields.text(columns.serial, upTo: 60)
            let code = fields.optionalText(columns.payerCode, upTo: 60)
            let name = fields.optionalText(columns.payerName, upTo: 100)
            let amount = fields.money(columns.amount)
            let day = fields.day(columns.paidDay)
            if amount == .zero { fields.reject("contributions.receipt.zero", columns.amount, "金额是零,请与来源核对这一笔") }
            if let day, day > today {
                fields.reject(
                    "contributions.receipt.future", columns.paidDay, "缴款日期 \(day) 晚于今天 \(today),请与来源核对这一笔")
            }
            let bill = readBillNumber(&fields, columns.bill)
            let period = readPeriod(&fields, columns.period)
            guard let serial, let code, let name, let amount, let day else { return nil }
            if let earlier = seen.updateValue(fields.row.line, forKey: serial) {
                fields.reject(
                    "contributions.receipt.doubled", columns.serial, "流水号 \(serial) 在第 \(earlier) 行已经有了,请与来源核对")
            }
            let original = columns.original.map { fields.row[$0] }.flatMap { $0.isEmpty ? nil : $0 }
            if amount.isNegative, original == nil {
                fields.reject("contributions.receipt.original", columns.amount, "退费(负数)须注明原流水号,请与来源核对")
            }
            return PaymentLine(
                serial: serial, payerCode: code.uppercased(), payerName: name, amount: amount, paidDay: day, bill: bill,
                period: period, original: original)
        }
    }

    private static func readBillNumber(_ fields: inout FieldReader, _ column: String?) -> ID<LevyBill>? {
        guard let column, !fields.isBlank(column) else { return nil }
        if let number = Int64(fields.row[column]), number > 0 { return ID(number) }
        fields.reject("contributions.receipt.bill", column, "“\(fields.row[column])”不是应缴单号,请按缴费通知上的单号填写,没有就留空")
        return nil
    }

    /// `2026-03`, `202603`, or a year: `2026`.
    private static func readPeriod(_ fields: inout FieldReader, _ column: String?) -> Month? {
        guard let column, !fields.isBlank(column) else { return nil }
        let text = fields.row[column]
        if text.utf8.count == 4, let year = Int(text), (1990...2200).contains(year) {
            return Month(year: year, month: 1)
        }
        return readMonth(&fields, column)
    }

    /// A file's lines in the order in which they are taken in: by day of payment, so that a late fee is that of the days
    /// on which each part was owed, and what went back after what came in.
    public static func inOrderOfTaking(_ sheet: ImportSheet<PaymentLine>) -> [PaymentLine] {
        sheet.lines.map(\.row).enumerated().sorted { one, other in
            let (a, b) = (one.element, other.element)
            if a.amount.isNegative != b.amount.isNegative { return b.amount.isNegative }
            return (a.paidDay, one.offset) < (b.paidDay, other.offset)
        }.map(\.element)
    }

    /// How many lines a matter took in: the others of its file were known before.
    public static func receiptCount(_ tx: any Transaction, area: AreaCode, of matter: ID<Matter>) throws -> Int {
        Int(try tx.first(receiptsOfMatter, Value(area), Value(matter)) { try $0.int(0) } ?? 0)
    }

    private static let receiptsOfMatter: SQL = """
        SELECT count(*) FROM levy_act a JOIN receipt r ON r.area = a.area AND r.act = a.id
        WHERE a.area = ? AND a.matter = ? AND a.kind = 7
        """

    static let receiptFiles = ImportKind("contributions.receipts")

    /// Puts a file on record before its lines are taken in, chunk by chunk. The same file again is the same batch.
    public static func registerReceipts(
        _ tx: any Transaction, _ sheet: ImportSheet<PaymentLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, receiptFiles, by: origin) { _ in 0 }
    }
}

/// What taking in some lines did.
public struct ReceiptOutcome: Hashable, Sendable {
    public var act: ID<LevyAct>?
    public var taken = 0
    /// Lines that were known by their serials: nothing was done again.
    public var known = 0
    public var matched = 0
    public var amount: Money = .zero
    public var inSuspense: Money = .zero

    public init() {}

    public static func += (a: inout ReceiptOutcome, b: ReceiptOutcome) {
        a.act = b.act ?? a.act
        a.taken += b.taken
        a.known += b.known
        a.matched += b.matched
        a.amount += b.amount
        a.inSuspense += b.inSuspense
    }
}
