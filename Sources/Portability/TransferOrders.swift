import Basics
import Control
import Storage

/// What the bank is told to pay to other agencies (转移资金付款单): approved as one sum, paid line by line.
public struct TransferOrder: Hashable, Sendable, Record {
    public let id: ID<TransferOrder>
    public let day: Day
    public let count: Int64
    public let total: Money
    public let matter: ID<Matter>?

    static let table = EvidenceTable(
        "transfer_order", "area", "id", "day", "line_count", "total_fen", "matter", "actor_kind", "actor", "at")
    static let selection = "SELECT id, day, line_count, total_fen, matter FROM transfer_order"

    public init(_ row: any Row) throws {
        id = try row.id(0)
        day = try row.day(1)
        count = try row.int(2)
        total = try row.money(3)
        matter = try row.intOrNil(4).map { ID($0) }
    }
}

/// The money of one transfer in an order (付款明细).
public struct TransferOrderLine: Hashable, Sendable, Record {
    /// What the bank answered (付款结果).
    public enum Outcome: Hashable, Sendable {
        /// 已付
        case paid(serial: String, day: Day)
        /// 退票、失败: the transfer may be ordered again
        case failed(reason: String, day: Day)

        var columns: (code: Int64, text: String, day: Day) {
            switch self {
            case .paid(let serial, let day): (1, serial, day)
            case .failed(let reason, let day): (2, reason, day)
            }
        }
    }

    public let order: ID<TransferOrder>
    public let line: Int64
    public let transfer: ID<Transfer>
    /// 转移业务编号, which the bank carries to the other side as the purpose
    public let number: String
    /// 收款机构
    public let payee: String
    public let bank: String
    /// 户名账号
    public let account: String
    public let amount: Money
    /// Nil while the bank has not answered.
    public let outcome: Outcome?

    static let table = EvidenceTable(
        "transfer_order_line", "area", "order_id", "line", "transfer", .text("number"), .text("payee"),
        .text("bank"), .text("account"), "amount_fen")
    static let selection = """
        SELECT l.order_id, l.line, l.transfer, l.number, l.payee, l.bank, l.account, l.amount_fen, r.outcome, r.answer,
            r.day
        FROM transfer_order_line l
        LEFT JOIN transfer_order_result r ON r.area = l.area AND r.order_id = l.order_id AND r.line = l.line
        """

    public init(_ row: any Row) throws {
        order = try row.id(0)
        line = try row.int(1)
        transfer = try row.id(2)
        number = try row.text(3)
        payee = try row.text(4)
        bank = try row.text(5)
        account = try row.text(6)
        amount = try row.money(7)
        outcome =
            switch try row.intOrNil(8) {
            case 1?: .paid(serial: try row.text(9), day: try row.day(10))
            case 2?: .failed(reason: try row.text(9), day: try row.day(10))
            default: nil
            }
    }
}

extension Portability {
    /// What one order may hold: more are ordered in a second one.
    public static let orderLinesMax = 500

    /// Transfers out whose form names money that was neither sent nor is with the bank (待付转移资金), the oldest first.
    public static func moneyDue(
        _ tx: any Transaction, area: AreaCode, limit: Int = orderLinesMax
    ) throws -> [(transfer: Transfer, amount: Money)] {
        try tx.rows(dueMoney, Value(area), .int(Int64(min(limit, orderLinesMax)))) { row in
            (try Transfer(row), try row.money(Transfer.table.columns.count))
        }
    }

    private static let dueMoney: SQL = {
        let columns = Transfer.table.columns.map { "t.\($0.name)" }.joined(separator: ", ")
        return SQL(
            """
            SELECT \(columns), f.money_fen FROM transfer_standing s
            JOIN transfer t ON t.area = s.area AND t.id = s.transfer
            JOIN transfer_form f ON f.area = t.area AND f.transfer = t.id
                AND f.seq = (SELECT max(g.seq) FROM transfer_form g WHERE g.area = t.area AND g.transfer = t.id)
            WHERE s.area = ? AND s.direction = 2 AND s.state = 3 AND f.money_fen > 0
                AND NOT EXISTS (SELECT 1 FROM transfer_money m
                    WHERE m.area = t.area AND m.transfer = t.id AND m.kind = 1)
                AND NOT EXISTS (SELECT 1 FROM transfer_order_line l
                    LEFT JOIN transfer_order_result r
                        ON r.area = l.area AND r.order_id = l.order_id AND r.line = l.line
                    WHERE l.area = t.area AND l.transfer = t.id AND r.line IS NULL)
            ORDER BY t.id LIMIT ?
            """)
    }()

    /// Orders the money of some transfers, each to the bank of its other agency (开具付款单).
    ///
    /// - Parameter payees: the agencies by area; one without bank or account is refused.
    public static func order(
        _ tx: any Transaction, area: AreaCode, _ due: [(transfer: Transfer, amount: Money)],
        payees: [AreaCode: TransferAgency], _ ground: Ground
    ) throws -> TransferOrder {
        guard !due.isEmpty else { throw nothingDue }
        try unpayable(due.map(\.transfer.other), payees).throwIfAny()
        let id = try tx.nextID(TransferOrder.self, "transfer_order")
        try tx.execute(
            TransferOrder.table.insertion,
            [
                Value(area), Value(id), Value(ground.at.day), .int(Int64(due.count)),
                Value(due.map(\.amount).total()),
            ] + ground.columns)
        for (index, money) in due.enumerated() {
            guard let payee = payees[money.transfer.other] else { continue }
            let line = Int64(index + 1)
            try tx.execute(
                TransferOrderLine.table.insertion,
                [
                    Value(area), Value(id), .int(line), Value(money.transfer.id), .text(money.transfer.number),
                    .text(payee.name), .text(payee.bank), .text(payee.account), Value(money.amount),
                ])
            try Evidence.orderLine.record(
                tx, area: area, subject: id.raw, record: line, by: ground.actor, at: ground.at)
        }
        try Evidence.order.record(tx, area: area, subject: id.raw, by: ground.actor, at: ground.at)
        return try requireOrder(tx, area: area, id)
    }

    public static let nothingDue = Problem(
        "transfer.order.nothing", field: "number", "没有待付的转移资金:信息表生成后才能付款,已在付款单上的等银行回盘")

    /// Which of the agencies to be paid have no bank or account.
    public static func unpayable(_ areas: [AreaCode], _ payees: [AreaCode: TransferAgency]) -> Problems {
        var problems = Problems()
        for area in Set(areas).sorted() where payees[area].map({ $0.bank.isEmpty || $0.account.isEmpty }) ?? true {
            problems.add("transfer.order.account", field: "number", "没有登记 \(area) 的开户银行和账号,请先办理“登记经办机构”")
        }
        return problems
    }

    /// The order, or the problem that tells what to check.
    public static func requireOrder(
        _ tx: any Transaction, area: AreaCode, _ id: ID<TransferOrder>
    ) throws -> TransferOrder {
        if let order = try tx.one(TransferOrder.self, orderByID, Value(area), Value(id)) { return order }
        throw Problem("transfer.order.unknown", field: "order", "没有付款单 \(id),请从付款单列表中选择")
    }

    private static let orderByID = SQL("\(TransferOrder.selection) WHERE area = ? AND id = ?")

    /// The orders before a given one, the latest first.
    public static func orders(
        _ tx: any Transaction, area: AreaCode, before: ID<TransferOrder> = ID(Int64.max), limit: Int = 50
    ) throws -> [TransferOrder] {
        try tx.all(TransferOrder.self, ordersBefore, Value(area), Value(before), .int(Int64(min(limit, 500))))
    }

    private static let ordersBefore = SQL(
        "\(TransferOrder.selection) WHERE area = ? AND id < ? ORDER BY id DESC LIMIT ?")

    public static func lines(
        _ tx: any Transaction, area: AreaCode, of order: ID<TransferOrder>
    ) throws -> [TransferOrderLine] {
        try tx.all(TransferOrderLine.self, linesOfOrder, Value(area), Value(order))
    }

    private static let linesOfOrder = SQL(
        "\(TransferOrderLine.selection) WHERE l.area = ? AND l.order_id = ? ORDER BY l.line LIMIT 500")

    /// Everything that was ordered for a transfer, the earliest first.
    public static func orderLines(
        _ tx: any Transaction, area: AreaCode, of transfer: ID<Transfer>
    ) throws -> [TransferOrderLine] {
        try tx.all(TransferOrderLine.self, linesOfTransfer, Value(area), Value(transfer))
    }

    private static let linesOfTransfer = SQL(
        "\(TransferOrderLine.selection) WHERE l.area = ? AND l.transfer = ? ORDER BY l.order_id, l.line")

    /// The line of a transfer that the bank has not answered yet.
    public static func openLine(
        _ tx: any Transaction, area: AreaCode, of transfer: Transfer
    ) throws -> TransferOrderLine {
        if let line = try orderLines(tx, area: area, of: transfer.id).first(where: { $0.outcome == nil }) {
            return line
        }
        throw Problem(
            "transfer.order.absent", field: "number", "\(transfer.number) 不在等待回盘的付款单上,请先办理“转移资金付款”并把银行文件交银行")
    }

    /// Writes down what the bank answered to a line, once.
    static func answer(
        _ tx: any Transaction, area: AreaCode, _ line: TransferOrderLine, _ outcome: TransferOrderLine.Outcome,
        _ ground: Ground
    ) throws {
        try tx.execute(
            Evidence.orderResultTable.insertion,
            [
                Value(area), Value(line.order), .int(line.line), .int(outcome.columns.code),
                .text(outcome.columns.text), Value(outcome.columns.day),
            ] + ground.columns)
        try Evidence.orderResult.record(
            tx, area: area, subject: line.order.raw, record: line.line, by: ground.actor, at: ground.at)
    }

    /// Writes down that the bank did not pay (付款失败): the money is due again.
    public static func recordUnpaid(
        _ tx: any Transaction, area: AreaCode, _ transfer: Transfer, reason: String, on day: Day,
        _ ground: Ground
    ) throws {
        let line = try openLine(tx, area: area, of: transfer)
        try answer(tx, area: area, line, .failed(reason: String(reason.prefix(200)), day: day), ground)
    }

    // MARK: - The bank's answers

    /// One line of the file that the bank gives back (回盘).
    public struct BankAnswer: Hashable, Sendable {
        public var number: String
        public var outcome: TransferOrderLine.Outcome
    }

    /// The columns of the bank's file, as people read them.
    public static let answerColumns = (number: "用途", result: "结果", serial: "银行流水号", day: "付款日期", reason: "失败原因")

    /// Reads a bank's answers: every wrong cell at once.
    public static func readAnswers(_ text: String, file: String) throws(Problems) -> ImportSheet<BankAnswer> {
        let columns = answerColumns
        return try ImportSheet(text, file: file, required: [columns.number, columns.result, columns.day]) {
            (fields: inout FieldReader) -> BankAnswer? in
            let number = fields.text(columns.number, upTo: 40)
            let day = fields.day(columns.day)
            let result = fields.text(columns.result, upTo: 10)
            switch result {
            case "成功":
                guard let serial = fields.text(columns.serial, upTo: 60), let number, let day else { return nil }
                return BankAnswer(number: number.uppercased(), outcome: .paid(serial: serial, day: day))
            case "失败":
                guard let reason = fields.text(columns.reason, upTo: 200), let number, let day else { return nil }
                return BankAnswer(number: number.uppercased(), outcome: .failed(reason: reason, day: day))
            case nil: return nil
            default:
                fields.reject("transfer.answer.result", columns.result, "结果应填“成功”或“失败”,请按银行回单填写")
                return nil
            }
        }
    }
}
