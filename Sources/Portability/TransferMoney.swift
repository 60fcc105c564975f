import Basics
import Control
import Storage

/// One line of the bank's file of what came in (到账明细).
public struct ReceiptLine: Hashable, Sendable {
    public var serial: String
    public var day: Day
    public var payer: String
    public var amount: Money
    public var note: String

    public init(serial: String, day: Day, payer: String, amount: Money, note: String) {
        self.serial = serial
        self.day = day
        self.payer = payer
        self.amount = amount
        self.note = note
    }
}

extension Portability {
    /// What a row of money tells of (资金).
    enum MoneyKind: Int64 {
        /// 划出
        case sent = 1
        /// 对方通知划出
        case announced = 2
        /// 与到账匹配
        case matched = 3
    }

    // MARK: - Receipts

    /// Reads a bank file: `serial, day, payer, amount, note`.
    public static func readReceipts(_ text: String, file: String) throws(Problems) -> ImportSheet<ReceiptLine> {
        try ImportSheet(text, file: file, required: ["serial", "day", "payer", "amount"]) {
            (fields: inout FieldReader) -> ReceiptLine? in
            let serial = fields.text("serial", upTo: 60)
            let day = fields.day("day")
            let payer = fields.text("payer", upTo: 100)
            let amount = fields.money("amount")
            let note = fields.optionalText("note", upTo: 200)
            guard let serial, let day, let payer, let amount, let note else { return nil }
            if amount <= .zero { fields.reject("transfer.receipt.amount", "amount", "到账金额应大于 0") }
            return ReceiptLine(serial: serial, day: day, payer: payer, amount: amount, note: note)
        }
    }

    /// Imports what came to the bank; a serial that is known, with the same amount, is passed over.
    public static func importReceipts(
        _ tx: any Transaction, _ sheet: ImportSheet<ReceiptLine>, by origin: ImportOrigin
    ) throws -> ImportOutcome {
        try Imports.carryOut(tx, sheet, Evidence.receipts, by: origin) { batch in
            var problems = Problems()
            var written = 0
            for (number, line) in sheet.lines {
                if let known = try receipt(tx, area: origin.area, serial: line.serial) {
                    if known.amount != line.amount {
                        problems.add(
                            "transfer.receipt.different", field: sheet.place(number),
                            "流水 \(line.serial) 已登记 \(known.amount) 元,与本行 \(line.amount) 元不同,请向银行核对")
                    }
                    continue
                }
                let ground = Ground("", by: origin.actor, at: origin.at)
                _ = try write(tx, area: origin.area, line, batch: batch, ground)
                written += 1
            }
            try problems.throwIfAny()
            return written
        }
    }

    /// Registers one receipt by hand.
    public static func recordReceipt(
        _ tx: any Transaction, area: AreaCode, _ line: ReceiptLine, _ ground: Ground
    ) throws -> ID<TransferReceipt> {
        guard line.amount > .zero, !line.serial.isEmpty else {
            throw Problem("transfer.receipt.amount", field: "amount", "请填写银行流水号和大于 0 的金额")
        }
        if let known = try receipt(tx, area: area, serial: line.serial) {
            throw Problem("transfer.receipt.known", field: "serial", "流水 \(known.serial) 已登记,不必再登")
        }
        let id = try write(tx, area: area, line, batch: nil, ground)
        try Evidence.receipt.record(tx, area: area, subject: id.raw, by: ground.actor, at: ground.at)
        return id
    }

    private static func write(
        _ tx: any Transaction, area: AreaCode, _ line: ReceiptLine, batch: ID<ImportBatch>?, _ ground: Ground
    ) throws -> ID<TransferReceipt> {
        let id = try tx.nextID(TransferReceipt.self, "transfer_receipt")
        try tx.execute(
            TransferReceipt.table.insertion,
            [
                Value(area), Value(id), .text(line.serial), Value(line.day), .text(line.payer), Value(line.amount),
                .text(line.note), Value(batch),
            ] + ground.actorColumns)
        return id
    }

    public static func receipt(
        _ tx: any Transaction, area: AreaCode, serial: String
    ) throws -> TransferReceipt? {
        try tx.one(TransferReceipt.self, receiptBySerial, Value(area), .text(serial))
    }

    private static let receiptBySerial = SQL("\(TransferReceipt.selection) WHERE r.area = ? AND r.serial = ?")

    /// Receipts that belong to no transfer yet (待匹配), the oldest first: nothing may stay here for long.
    public static func unmatchedReceipts(
        _ tx: any Transaction, area: AreaCode, after: ID<TransferReceipt> = ID(0), limit: Int = 50
    ) throws -> [TransferReceipt] {
        try tx.all(TransferReceipt.self, unmatched, Value(area), Value(after), .int(Int64(min(limit, 500))))
    }

    private static let unmatched = SQL(
        """
        \(TransferReceipt.selection)
        LEFT JOIN transfer_money m ON m.area = r.area AND m.receipt = r.id
        WHERE r.area = ? AND r.id > ? AND m.receipt IS NULL ORDER BY r.id LIMIT ?
        """)

    /// The receipt that belongs to a transfer: the one of the announced serial, else the one whose note carries the
    /// number, else the only one of this amount. Nil where none or several could be meant.
    public static func suggestReceipt(
        _ tx: any Transaction, area: AreaCode, for transfer: Transfer, total: Money
    ) throws -> TransferReceipt? {
        let open = try unmatchedReceipts(tx, area: area, limit: 500).filter { $0.amount == total }
        let announced = try money(tx, area: area, transfer.id, .announced)?.serial
        if let announced, let found = open.first(where: { $0.serial == announced }) { return found }
        if let found = open.first(where: { $0.note.contains(transfer.number) }) { return found }
        return open.count == 1 ? open[0] : nil
    }

    // MARK: - Money of a transfer

    private static func money(
        _ tx: any Transaction, area: AreaCode, _ transfer: ID<Transfer>, _ kind: MoneyKind
    ) throws -> FundNotice? {
        try tx.first(moneyOf, Value(area), Value(transfer), Value(code: kind)) { row in
            FundNotice(
                principal: try row.money(0), interest: try row.money(1), serial: try row.text(2), day: try row.day(3))
        }
    }

    private static let moneyOf: SQL = """
        SELECT principal_fen, interest_fen, serial, day FROM transfer_money
        WHERE area = ? AND transfer = ? AND kind = ?
        """

    /// What was sent out for a transfer.
    public static func moneySent(
        _ tx: any Transaction, area: AreaCode, _ transfer: ID<Transfer>
    ) throws -> FundNotice? {
        try money(tx, area: area, transfer, .sent)
    }

    /// Writes down that the bank sent the account's money (划转), and takes the act. What was not ordered, or another
    /// amount than was ordered, is refused.
    public static func sendMoney(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ notice: FundNotice, _ ground: Ground
    ) throws {
        let line = try openLine(tx, area: area, of: transfer)
        guard line.amount == notice.total else {
            throw Problem(
                "transfer.order.amountDiffers", field: "number",
                "付款单 \(line.order) 付的是 \(line.amount) 元,信息表是 \(notice.total) 元,请与银行核对后登记付款失败,再重新付款")
        }
        try answer(tx, area: area, line, .paid(serial: notice.serial, day: notice.day), ground)
        try write(tx, area: area, transfer, .sent, notice, receipt: nil, ground)
        try take(tx, area: area, transfer, .fundSent, on: notice.day, ground)
    }

    /// Keeps what the other agency says it sent; what counts is what comes.
    static func announceMoney(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ notice: FundNotice, _ ground: Ground
    ) throws {
        guard try money(tx, area: area, transfer.id, .announced) == nil else { return }
        try write(tx, area: area, transfer, .announced, notice, receipt: nil, ground)
    }

    /// Matches a receipt with the form of a transfer (资金匹配): to the fen, or not at all.
    public static func matchMoney(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, serial: String, _ ground: Ground
    ) throws -> FundNotice {
        let (receipt, notice) = try requireMatch(tx, area: area, transfer, serial: serial)
        try write(tx, area: area, transfer, .matched, notice, receipt: receipt, ground)
        try take(tx, area: area, transfer, .fundMatched, on: ground.at.day, ground)
        return notice
    }

    /// The receipt that a transfer's form would be matched with, and for how much; otherwise the problem that says why not.
    @discardableResult
    public static func requireMatch(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, serial: String
    ) throws -> (receipt: ID<TransferReceipt>, notice: FundNotice) {
        guard let form = try form(tx, area: area, of: transfer.id) else {
            throw Problem("transfer.form.absent", field: "transfer", "还没有收到信息表,不能匹配资金")
        }
        guard let receipt = try receipt(tx, area: area, serial: serial) else {
            throw Problem("transfer.receipt.unknown", field: "serial", "没有登记流水号 \(serial) 的到账,请先登记银行到账")
        }
        guard receipt.amount == form.money else {
            throw Problem(
                "transfer.receipt.amountDiffers", field: "serial",
                "到账 \(receipt.amount) 元与信息表的 \(form.money) 元不符,请与转出地核对后退回更正")
        }
        if let other = try tx.first(matchedWith, Value(area), Value(receipt.id), read: { try $0.text(0) }) {
            throw Problem("transfer.receipt.matchedBefore", field: "serial", "流水 \(serial) 已与 \(other) 匹配,不能重复使用")
        }
        return (
            receipt.id,
            FundNotice(principal: form.principal, interest: form.interest, serial: serial, day: receipt.day)
        )
    }

    private static let matchedWith: SQL = """
        SELECT t.number FROM transfer_money m JOIN transfer t ON t.area = m.area AND t.id = m.transfer
        WHERE m.area = ? AND m.receipt = ?
        """

    private static func write(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, _ kind: MoneyKind, _ notice: FundNotice,
        receipt: ID<TransferReceipt>?, _ ground: Ground
    ) throws {
        try tx.execute(
            Evidence.moneyTable.insertion,
            [
                Value(area), Value(transfer.id), Value(code: kind), Value(notice.principal), Value(notice.interest),
                Value(notice.total), .text(notice.serial), Value(receipt), Value(notice.day),
            ] + ground.columns)
        try Evidence.money.record(
            tx, area: area, subject: transfer.id.raw, record: kind.rawValue, by: ground.actor, at: ground.at)
    }
}
