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
            let printed = fields.text(columns.serial, upTo: 60)
            let code = fields.optionalText(columns.payerCode, upTo: 60)
            let name = fields.optionalText(columns.payerName, upTo: 100)
            let amount = fields.money(columns.amount)
            let day = fields.day(columns.paidDay)
            if amount == .zero { fields.reject("contributions.receipt.zero", columns.amount, "金额是零,请与来源核对这一笔") }
            if let day, day > today {
                fields.reject(
                    "contributions.receipt.future", columns.paidDay, "缴款日期 \(day) 晚于今天 \(today),请与来源核对这一笔")
            }
            let ticket = readTicket(&fields, columns)
            let bill = readBillNumber(&fields, columns.bill)
            let period = readPeriod(&fields, columns.period)
            let insurance = readInsurance(&fields, columns.insurance)
            guard let printed, let code, let name, let amount, let day else { return nil }
            let serial = ticket?.serial ?? printed
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
                period: period, original: original, ticket: ticket, insurance: insurance)
        }
    }

    /// The ticket that a line stands for, in files of sources that collect on tickets.
    private static func readTicket(_ fields: inout FieldReader, _ columns: ReceiptColumns) -> Ticket? {
        guard let seriesColumn = columns.series, let custodianColumn = columns.custodian else { return nil }
        let series = fields.text(seriesColumn, upTo: 20)
        let custodian = fields.text(custodianColumn, upTo: 60)
        let printed = fields.row[columns.serial]
        guard let number = Int64(printed), number > 0 else {
            if !printed.isEmpty {
                fields.reject("contributions.receipt.ticket", columns.serial, "票据号“\(printed)”不是数字,请照票据上的号码填写")
            }
            return nil
        }
        guard let series, let custodian else { return nil }
        return Ticket(series: series, number: number, custodian: custodian)
    }

    private static func readBillNumber(_ fields: inout FieldReader, _ column: String?) -> ID<LevyBill>? {
        guard let column, !fields.isBlank(column) else { return nil }
        if let number = Int64(fields.row[column]), number > 0 { return ID(number) }
        fields.reject("contributions.receipt.bill", column, "“\(fields.row[column])”不是应缴单号,请按缴费通知上的单号填写,没有就留空")
        return nil
    }

    /// An insurance by its code or its name.
    private static func readInsurance(_ fields: inout FieldReader, _ column: String?) -> Insurance? {
        guard let column, !fields.isBlank(column) else { return nil }
        let text = fields.row[column]
        if let insurance = Insurance.allCases.first(where: { "\($0.rawValue)" == text || $0.name == text }) {
            return insurance
        }
        fields.reject("contributions.receipt.insurance", column, "没有险种“\(text)”,请写险种代码(如 310、390)或名称,或留空")
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

    /// A file's lines in the order in which they are taken in: by day of payment and, within a day, as the file has them,
    /// so that a payment after a refund pays what the refund opened again, and a late fee is that of the days on which
    /// each part was owed. A refund (退费) comes after the payment that it takes back, wherever the file names it.
    public static func inOrderOfTaking(_ sheet: ImportSheet<PaymentLine>) -> [PaymentLine] {
        let lines = sheet.lines.map(\.row)
        var places: [String: TakingPlace] = [:]
        for (offset, line) in lines.enumerated() where !line.amount.isNegative {
            places[line.serial] = TakingPlace(line, at: offset)
        }
        return lines.enumerated().map { offset, line -> (place: TakingPlace, line: PaymentLine) in
            let own = TakingPlace(line, at: offset)
            guard let paid = line.original.flatMap({ places[$0] }), own < paid else { return (own, line) }
            return (TakingPlace(behind: paid, at: offset), line)
        }.sorted { $0.place < $1.place }.map(\.line)
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

/// Where a line stands in the order of taking; what takes another line back stands right behind it at the earliest.
private struct TakingPlace: Comparable {
    var day: Day
    var offset: Int
    var follower = 0

    init(_ line: PaymentLine, at offset: Int) { (day, self.offset) = (line.paidDay, offset) }

    init(behind paid: TakingPlace, at offset: Int) {
        (day, self.offset, follower) = (paid.day, paid.offset, offset + 1)
    }

    static func < (a: TakingPlace, b: TakingPlace) -> Bool {
        (a.day, a.offset, a.follower) < (b.day, b.offset, b.follower)
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
