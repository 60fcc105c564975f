import Basics
import Control
import Storage

/// Money in suspense that is to go back to whoever paid it (退费核准): approved as a payment order, and given back when it is
/// known to have been paid. The bank pays what a bank, a terminal or an agent brought; what the tax office collected it gives
/// back itself out of the treasury (退库), and says so in its file.
public struct RefundOrder: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// 已付: the payment's serial, and its day
        case paid(serial: String, day: Day)
        /// 退票、未付: the money waits in suspense again
        case failed(reason: String, day: Day)

        var columns: (code: Int64, text: String, day: Day) {
            switch self {
            case .paid(let serial, let day): (1, serial, day)
            case .failed(let reason, let day): (2, reason, day)
            }
        }
    }

    /// 退费编号
    public let act: ID<LevyAct>
    public let receipt: ID<Receipt>
    public let source: ReceiptSource
    public let amount: Money
    /// 收款人, and 收款账号 with its bank
    public let payee: String
    public let account: String
    public let day: Day
    public let matter: ID<Matter>?
    /// Nil while nobody knows.
    public let outcome: Outcome?

    /// Who pays it (付款方式): the tax office what it collected, the cashier what came to the agency's own account.
    public var isPaidByTaxOffice: Bool { source == .tax }
}

extension RefundOrder: Record {
    static let selection = """
        SELECT o.act, o.receipt, r.source, o.amount_fen, o.payee, o.account, a.at, a.matter, x.outcome, x.answer, x.day
        FROM refund_order o
        JOIN levy_act a ON a.area = o.area AND a.id = o.act
        JOIN receipt r ON r.area = o.area AND r.id = o.receipt
        LEFT JOIN refund_result x ON x.area = o.area AND x.refund_order = o.act
        """

    public init(_ row: any Row) throws {
        act = try row.id(0)
        receipt = try row.id(1)
        source = try row.code(2)
        amount = try row.money(3)
        payee = try row.text(4)
        account = try row.text(5)
        day = try row.moment(6).day
        matter = try row.intOrNil(7).map { ID($0) }
        outcome =
            switch try row.intOrNil(8) {
            case 1?: .paid(serial: try row.text(9), day: try row.day(10))
            case 2?: .failed(reason: try row.text(9), day: try row.day(10))
            default: nil
            }
    }
}

extension Contributions {
    // MARK: - Ordering

    /// Approves giving money in suspense back (退费核准). It stays in suspense, spoken for, until the payment is known.
    @discardableResult
    public static func orderRefund(
        _ tx: any Transaction, area: AreaCode, _ id: ID<Receipt>, _ amount: Money, payee: String, account: String,
        _ ground: Ground
    ) throws -> RefundOrder {
        let receipt = try requireInSuspense(tx, area: area, id, amount)
        var writing = try LevyWriting(tx, area: area, .refundOrder, ground)
        try writing.write(
            LevyEvidence.refundOrder,
            [
                [
                    Value(area), Value(writing.act.id), Value(receipt.id), Value(amount), .text(payee), .text(account),
                ]
            ])
        try writing.finish(#"{"receipt":\#(receipt.id),"amount":"\#(amount)"}"#)
        return try requireRefund(tx, area: area, writing.act.id)
    }

    // MARK: - Reading

    /// The refund, or the problem that tells what to check.
    public static func requireRefund(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyAct>
    ) throws -> RefundOrder {
        if let order = try tx.one(RefundOrder.self, refundByAct, Value(area), Value(id)) { return order }
        throw Problem("contributions.refund.unknown", field: "refund", "没有退费 \(id),请从退费列表中选择")
    }

    private static let refundByAct = SQL("\(RefundOrder.selection) WHERE o.area = ? AND o.act = ?")

    /// The refunds before a given one, the latest first; a page at a time.
    public static func refunds(
        _ tx: any Transaction, area: AreaCode, before: ID<LevyAct> = ID(Int64.max), limit: Int = 50
    ) throws -> [RefundOrder] {
        try tx.all(RefundOrder.self, refundsBefore, Value(area), Value(before), .int(Int64(min(limit, 500))))
    }

    private static let refundsBefore = SQL(
        "\(RefundOrder.selection) WHERE o.area = ? AND o.act < ? ORDER BY o.act DESC LIMIT ?")

    /// What is to be paid back of a receipt and is not answered yet (待付退费).
    public static func openRefunds(
        _ tx: any Transaction, area: AreaCode, of receipt: ID<Receipt>
    ) throws -> [RefundOrder] {
        try tx.all(RefundOrder.self, openOfReceipt, Value(area), Value(receipt))
    }

    private static let openOfReceipt = SQL(
        "\(RefundOrder.selection) WHERE o.area = ? AND o.receipt = ? AND x.outcome IS NULL ORDER BY o.act")

    /// What of a receipt was approved to be given back so far, whether paid already or not yet (累计已退).
    public static func refunded(_ tx: any Transaction, area: AreaCode, of receipt: ID<Receipt>) throws -> Money {
        try tx.first(sumOfReceipt, Value(area), Value(receipt)) { try $0.money(0) } ?? .zero
    }

    private static let sumOfReceipt: SQL = """
        SELECT CAST(coalesce(sum(o.amount_fen), 0) AS BIGINT) FROM refund_order o
        WHERE o.area = ? AND o.receipt = ? AND NOT EXISTS (
            SELECT 1 FROM refund_result x WHERE x.area = o.area AND x.refund_order = o.act AND x.outcome = 2)
        """

    // MARK: - Answering

    /// What speaks against writing down what became of a refund: it is answered, it is the tax office's to pay, its day
    /// cannot be.
    public static func requireAnswerable(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyAct>, _ outcome: RefundOrder.Outcome, on today: Day
    ) throws -> RefundOrder {
        let order = try requireRefund(tx, area: area, id)
        var problems = Problems()
        if order.outcome != nil {
            problems.add("contributions.refund.answered", field: "refund", "退费 \(id) 已经登记过付款结果,不能再登记")
        }
        if case .paid = outcome, order.isPaidByTaxOffice {
            problems.add(
                "contributions.refund.tax", field: "outcome",
                "退费 \(id) 由税务机关退库,不在这里付款;退库后随税务文件里的退费行入账,税务不予退库的登记为未付")
        }
        if case .paid(let serial, _) = outcome, !serial.isEmpty,
            let other = try tx.first(paidBySlip, Value(area), .text(serial), Value(id), read: { try $0.int(0) })
        {
            problems.add(
                "contributions.refund.slip", field: "answer",
                "付款流水号 \(serial) 已登记为退费 \(other) 的付款,一张回单只付一笔退费,请核对银行回单")
        }
        if outcome.columns.text.isEmpty {
            problems.add("contributions.refund.answer", field: "answer", "已付的请填付款流水号,未付的请填原因")
        }
        if outcome.columns.day > today || outcome.columns.day < order.day {
            problems.add(
                "contributions.refund.day", field: "day", "日期应在核准日 \(order.day) 和今天 \(today) 之间,请核对回单")
        }
        try problems.throwIfAny()
        return order
    }

    /// Another refund that the agency itself paid with this slip.
    private static let paidBySlip: SQL = """
        SELECT x.refund_order FROM refund_result x
        JOIN refund_order o ON o.area = x.area AND o.act = x.refund_order
        JOIN receipt r ON r.area = o.area AND r.id = o.receipt
        WHERE x.area = ? AND x.outcome = 1 AND x.answer = ? AND x.refund_order <> ? AND r.source <> 1
        LIMIT 1
        """

    /// Writes down what became of a refund (退费付款结果): what was paid leaves suspense and is booked, what was not may be
    /// claimed or ordered again.
    @discardableResult
    public static func answerRefund(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyAct>, _ outcome: RefundOrder.Outcome, _ ground: Ground
    ) throws -> RefundOrder {
        let order = try requireAnswerable(tx, area: area, id, outcome, on: ground.at.day)
        guard let receipt = try receipt(tx, area: area, order.receipt) else {
            throw StoreError.damaged("refund \(id) has no receipt")
        }
        let isPaid = if case .paid = outcome { true } else { false }
        var writing = try LevyWriting(tx, area: area, isPaid ? .refund : .refundFailure, ground)
        if isPaid {
            let draws = try draw(tx, area: area, receipt.id, order.amount)
            try write(&writing, area: area, receipt, draws + [SuspenseMove(.refund, principal: order.amount)])
        }
        try writing.write(LevyEvidence.refundResult, [result(area, order, outcome, writing.act.id)])
        try writing.finish(#"{"receipt":\#(receipt.id),"refund":\#(id)}"#)
        return try requireRefund(tx, area: area, id)
    }

    /// The row that says what became of a refund.
    static func result(
        _ area: AreaCode, _ order: RefundOrder, _ outcome: RefundOrder.Outcome, _ act: ID<LevyAct>
    ) -> [Value] {
        let columns = outcome.columns
        return [
            Value(area), Value(order.act), Value(act), .int(columns.code), .text(columns.text), Value(columns.day),
        ]
    }
}
