import Basics
import Control
import Storage

/// Money that came in, or went back (到账): numbered by us without gaps, year by year.
public struct Receipt: Hashable, Sendable {
    public var id: ID<Receipt>
    public var act: ID<LevyAct>
    public var year: Int
    /// 票据序号
    public var number: Int64
    public var source: ReceiptSource
    public var serial: String
    public var payerCode: String
    public var payerName: String
    public var paidDay: Day
    /// 到账日: the day it was taken in.
    public var arrivedDay: Day
    public var amount: Money
    public var reverses: ID<Receipt>?
    /// 第几次入账: 2 and more where a 更正 had taken the serial back before.
    public var entry: Int64 = 1

    /// `2026-00000012`
    public var numberName: String {
        let digits = String(number)
        return "\(year)-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

extension Receipt: Record {
    static let selection = "SELECT \(LevyEvidence.receipt.columnList) FROM receipt"
    /// Whether 更正 took back all of receipt `r`, or of the one that `r` gave back (已全额更正): its money is out of the
    /// books, and its serial may be taken in anew. Where we had refunded a part ourselves that part stays, and the serial.
    static let takenBackOfR = """
        EXISTS (SELECT 1 FROM receipt v JOIN levy_act t ON t.area = v.area AND t.id = v.act
            WHERE v.area = r.area AND v.reverses = coalesce(r.reverses, r.id) AND t.kind = 10)
        AND 0 = (SELECT sum(f.amount_fen) FROM receipt f
            WHERE f.area = r.area AND (f.id = coalesce(r.reverses, r.id) OR f.reverses = coalesce(r.reverses, r.id)))
        """
    static let columnsOfR = LevyEvidence.receipt.columns.map { "r.\($0.name)" }.joined(separator: ", ")

    public init(_ row: any Row) throws {
        self.init(
            id: try row.id(1), act: try row.id(2), year: Int(try row.int(3)), number: try row.int(4),
            source: try row.code(5), serial: try row.text(6), payerCode: try row.text(7), payerName: try row.text(8),
            paidDay: try row.day(9), arrivedDay: try row.day(10), amount: try row.money(11),
            reverses: try row.intOrNil(12).map { ID($0) }, entry: try row.int(13))
    }

    func values(_ area: AreaCode) -> [Value] {
        [
            Value(area), Value(id), Value(act), .int(Int64(year)), .int(number), Value(code: source), .text(serial),
            .text(payerCode), .text(payerName), Value(paidDay), Value(arrivedDay), Value(amount), Value(reverses),
            .int(entry),
        ]
    }
}

/// What became of a receipt's money (资金去向). Moving it is a red row beside a black one.
public struct ReceiptUse: Hashable, Sendable {
    public enum Kind: Int64, Sendable, Hashable, CaseIterable {
        /// 缴费
        case bill = 1
        /// 暂收
        case suspense = 2
        /// 退费
        case refund = 3
        /// 财政补助
        case fiscal = 4
        /// 资助参保
        case aid = 5

        public var name: String {
            switch self {
            case .bill: "缴费"
            case .suspense: "暂收"
            case .refund: "退费"
            case .fiscal: "财政补助"
            case .aid: "资助参保"
            }
        }
    }

    public var receipt: ID<Receipt>
    public var sequence: Int64
    public var kind: Kind
    public var bill: ID<LevyBill>?
    public var rule: MatchRule
    public var principal: Money
    public var lateFee: Money
    /// The day of payment: what late fees and cover are reckoned by.
    public var day: Day
    /// In which insurance's books it waits (暂收款所在账套); only of money in suspense.
    public var book: Insurance?

    public var amount: Money { principal + lateFee }

    func values(_ area: AreaCode, _ act: ID<LevyAct>) -> [Value] {
        [
            Value(area), Value(receipt), .int(sequence), Value(act), Value(code: kind), Value(bill), Value(code: rule),
            Value(principal), Value(lateFee), Value(day), Value(code: book),
        ]
    }
}

extension ReceiptUse: Record {
    static let selection = "SELECT \(LevyEvidence.use.columnList) FROM receipt_use"

    public init(_ row: any Row) throws {
        self.init(
            receipt: try row.id(1), sequence: try row.int(2), kind: try row.code(4),
            bill: try row.intOrNil(5).map { ID($0) }, rule: try row.code(6), principal: try row.money(7),
            lateFee: try row.money(8), day: try row.day(9), book: try row.codeOrNil(10))
    }
}

extension Contributions {
    /// The order in which verification reads uses back.
    static func inOrder(_ uses: [ReceiptUse]) -> [ReceiptUse] {
        uses.sorted { ($0.receipt, $0.sequence) < ($1.receipt, $1.sequence) }
    }

    static func lastSequence(_ tx: any Transaction, area: AreaCode, receipt: ID<Receipt>) throws -> Int64 {
        try tx.first(lastUse, Value(area), Value(receipt)) { try $0.intOrNil(0) ?? 0 } ?? 0
    }

    private static let lastUse: SQL = "SELECT max(seq) FROM receipt_use WHERE area = ? AND receipt = ?"
}
