import Basics
import Control
import Storage

/// An act of collecting (征缴业务): what wrote some bases, bills, receipts or entries, on whose word and on what ground.
public struct LevyAct: Hashable, Sendable {
    public enum Kind: Int64, Sendable, Hashable, CaseIterable {
        /// 缴费工资申报
        case wages = 1
        /// 按月、按年核定应缴
        case billing = 2
        /// 补收
        case supplement = 3
        /// 补缴
        case backPayment = 4
        /// 接收税务申报
        case declaration = 5
        /// 应缴更正(红字加新单)
        case correction = 6
        /// 到账
        case receipts = 7
        /// 暂收款清理
        case clearing = 8
        /// 退费
        case refund = 9
        /// 到账更正(红字)
        case receiptVoid = 10
        /// 缓缴
        case deferral = 11
        /// 分期缴纳
        case instalments = 12
        /// 减免滞纳金
        case waiver = 13
        /// 空白票据
        case blanks = 14
        /// 对账
        case reconciliation = 15
        /// 记账
        case booking = 16
        /// 催缴
        case dunning = 17
        /// 对账差异说明
        case explanation = 18
        /// 退费核准
        case refundOrder = 19
        /// 退费未付
        case refundFailure = 20

        public var name: String {
            switch self {
            case .wages: "缴费工资申报"
            case .billing: "核定应缴"
            case .supplement: "补收"
            case .backPayment: "补缴"
            case .declaration: "接收税务申报"
            case .correction: "应缴更正"
            case .receipts: "到账"
            case .clearing: "暂收款清理"
            case .refund: "退费"
            case .receiptVoid: "到账更正"
            case .deferral: "缓缴"
            case .instalments: "分期缴纳"
            case .waiver: "减免滞纳金"
            case .blanks: "空白票据"
            case .reconciliation: "对账"
            case .booking: "记账"
            case .dunning: "催缴"
            case .explanation: "对账差异说明"
            case .refundOrder: "退费核准"
            case .refundFailure: "退费未付"
            }
        }
    }

    public var id: ID<LevyAct>
    public var area: AreaCode
    public var kind: Kind
    /// The month billed, the year declared for; 0 where there is none.
    public var period: Int64
    /// The policy it was reckoned by; empty where it reckons nothing.
    public var policyVersion: String
    /// 事由
    public var ground: String
    public var matter: ID<Matter>?
    public var batch: ID<ImportBatch>?
    public var actor: Actor
    public var at: Moment

    static let table = EvidenceTable(
        "levy_act", "area", "id", "kind", "period", .text("policy_version"), .text("ground"), "matter", "batch",
        "actor_kind", "actor", "at")

    var values: [Value] {
        [
            Value(area), Value(id), Value(code: kind), .int(period), .text(policyVersion), .text(ground), Value(matter),
            Value(batch), .int(actor.columns.kind), .int(actor.columns.number), Value(at),
        ]
    }
}

extension LevyAct: Record {
    public init(_ row: any Row) throws {
        guard let actor = Actor(kind: try row.int(8), number: try row.int(9)) else {
            throw StoreError.damaged("levy_act \(try row.int(1)) has no actor")
        }
        self.init(
            id: try row.id(1), area: AreaCode(try row.int(0)), kind: try row.code(2), period: try row.int(3),
            policyVersion: try row.text(4), ground: try row.text(5), matter: try row.intOrNil(6).map { ID($0) },
            batch: try row.intOrNil(7).map { ID($0) }, actor: actor, at: try row.moment(10))
    }
}

/// Writes the rows of one act and then the one event that vouches for all of them.
struct LevyWriting {
    let tx: any Transaction
    let act: LevyAct
    private var rows = RowDigest()

    init(
        _ tx: any Transaction, area: AreaCode, _ kind: LevyAct.Kind, period: Int64 = 0, policyVersion: String = "",
        _ ground: Ground
    ) throws {
        self.tx = tx
        act = LevyAct(
            id: try tx.nextID(LevyAct.self, "levy_act"), area: area, kind: kind, period: period,
            policyVersion: policyVersion, ground: String(ground.reason.prefix(400)), matter: ground.matter,
            batch: ground.batch, actor: ground.actor, at: ground.at)
        try LevyAct.table.insert(tx, act.values, into: &rows)
    }

    /// Writes rows in the order in which verification reads them back.
    mutating func write(_ table: EvidenceTable, _ values: [[Value]]) throws {
        guard !values.isEmpty else { return }
        try tx.insert(into: table.name, columns: table.columns.map(\.name), rows: values)
        for row in values { table.add(row, to: &rows) }
    }

    /// - Parameter detail: a compact JSON object for readers of the list of events.
    func finish(_ detail: String = "{}") throws {
        try EventLog.append(
            tx,
            Event(
                area: act.area, kind: LevyEvidence.event, subject: act.id.raw, actor: act.actor, at: act.at,
                detail: detail, rows: rows))
    }
}

/// What the events of collecting vouch for: the act's row and every row that carries its number.
enum LevyEvidence {
    static let event: EventKind = "contributions.levy.done"

    static let base = EvidenceTable(
        "contribution_base", "area", "employer", "base_year", "person", "from_month", "act", "wage_fen", "base_fen",
        "low_tier")
    static let bill = EvidenceTable(
        "levy_bill", "area", "id", "act", "purpose", "insurance", "payer_kind", "payer", "first_month", "last_month",
        "due_day", "payable_fen", "fiscal_fen", "aid_fen", "aid_payer", "aid_group", "line_count", "reverses",
        "decision")
    static let line = EvidenceTable(
        "levy_line", "area", "bill", "person", "insurance", "base_fen", "employer_fen", "personal_fen")
    static let receipt = EvidenceTable(
        "receipt", "area", "id", "act", "receipt_year", "number", "source", .text("serial"), .text("payer_code"),
        .text("payer_name"), "paid_day", "arrived_day", "amount_fen", "reverses", "entry")
    static let use = EvidenceTable(
        "receipt_use", "area", "receipt", "seq", "act", "kind", "bill", "rule", "principal_fen", "late_fee_fen", "day",
        "book")
    static let deferral = EvidenceTable(
        "levy_deferral", "area", "act", "payer_kind", "payer", "first_month", "last_month", "pay_by")
    static let instalment = EvidenceTable(
        "levy_instalment", "area", "act", "seq", "payer_kind", "payer", "due_day", "amount_fen")
    static let delay = EvidenceTable(
        "levy_delay", "area", "bill", "act", "agreed_day", "due_day", "stops_fee")
    static let dunning = EvidenceTable(
        "levy_dunning", "area", "act", "payer_kind", "payer", "day", "pay_by", "bill_count", "principal_fen",
        "late_fee_fen")
    static let refundOrder = EvidenceTable(
        "refund_order", "area", "act", "receipt", "amount_fen", .text("payee"), .text("account"))
    static let refundResult = EvidenceTable(
        "refund_result", "area", "refund_order", "act", "outcome", .text("answer"), "day")
    static let waiver = EvidenceTable("late_fee_waiver", "area", "bill", "act", "amount_fen")
    static let blank = EvidenceTable(
        "blank_receipt_act", "area", "act", .text("series"), "movement", "first_number", "last_number",
        .text("custodian"))
    static let reconciliation = EvidenceTable(
        "levy_reconciliation", "area", "act", "source", "first_day", "last_day", "stated_count", "stated_fen",
        "own_count", "own_fen", "seen_year", "seen_number")
    static let difference = EvidenceTable(
        "levy_difference", "area", "act", "line", "kind", .text("serial"), "stated_fen", "own_fen")
    static let explanation = EvidenceTable("levy_explanation", "area", "reconciliation", "act")
    static let booking = EvidenceTable(
        "levy_booking", "area", "booked", "line", "act", "book", "part", "source", "amount_fen", "voucher")

    /// The tables an act of a kind may write, each with the condition and order that read its rows back.
    private static func parts(_ kind: LevyAct.Kind) -> [(table: EvidenceTable, condition: String)] {
        let ofAct = "WHERE area = ? AND act = ?"
        let bills: [(EvidenceTable, String)] = [
            (bill, "\(ofAct) ORDER BY id"),
            (
                line,
                """
                WHERE (area, bill) IN (SELECT area, id FROM levy_bill WHERE area = ? AND act = ?)
                ORDER BY bill, person, insurance
                """
            ),
        ]
        let uses: [(EvidenceTable, String)] = [(use, "\(ofAct) ORDER BY receipt, seq")]
        switch kind {
        case .wages: return [(base, "\(ofAct) ORDER BY employer, base_year, person, from_month")]
        case .billing, .supplement, .backPayment, .declaration: return bills
        case .correction: return bills + uses + [(delay, "\(ofAct) ORDER BY bill")]
        case .receipts:
            return [(receipt, "\(ofAct) ORDER BY id")] + uses + [(refundResult, "\(ofAct) ORDER BY refund_order")]
        case .receiptVoid: return [(receipt, "\(ofAct) ORDER BY id")] + uses
        case .clearing: return uses
        case .refundOrder: return [(refundOrder, ofAct)]
        case .refund: return uses + [(refundResult, ofAct)]
        case .refundFailure: return [(refundResult, ofAct)]
        case .deferral: return [(deferral, ofAct)]
        case .instalments: return [(instalment, "\(ofAct) ORDER BY seq"), (delay, "\(ofAct) ORDER BY bill")]
        case .waiver: return [(waiver, "\(ofAct) ORDER BY bill")] + uses
        case .dunning: return [(dunning, ofAct)]
        case .blanks: return [(blank, ofAct)]
        case .reconciliation: return [(reconciliation, ofAct), (difference, "\(ofAct) ORDER BY line")]
        case .explanation: return [(explanation, ofAct)]
        case .booking: return [(booking, "WHERE area = ? AND booked = ? ORDER BY line")]
        }
    }

    static var source: EvidenceSource {
        EvidenceSource("征缴业务", kinds: [event], rowCount: "SELECT count(*) FROM levy_act WHERE area = ?") {
            tx, event, digest in
            let keys: [Value] = [Value(event.area), .int(event.subject)]
            let kind: LevyAct.Kind? = try tx.first(kindOfAct, keys) { try $0.code(0) }
            guard let kind else { return }
            try LevyAct.table.addAll(tx, "WHERE area = ? AND id = ?", keys, to: &digest)
            for part in parts(kind) { try part.table.addAll(tx, part.condition, keys, to: &digest) }
        }
    }

    private static let kindOfAct: SQL = "SELECT kind FROM levy_act WHERE area = ? AND id = ?"
}

extension Contributions {
    /// What the events of levies and receipts vouch for.
    static var levyEvidence: [EvidenceSource] {
        [LevyEvidence.source, receiptFiles.evidence, declarationFiles.evidence]
    }
}
