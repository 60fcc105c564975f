import Agency
import Basics
import Settlement

/// Settlements, pre-settlements and their reversal: 2206–2208, 2303–2305, 2101A–2103A, 2601.
enum SettlementMessages {
    static func presettle(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await answer(to: try await agency.presettle(try request(message), message.head), agency)
    }

    static func settle(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await answer(to: try await agency.settle(try request(message), message.head), agency)
    }

    /// With the computation in words, so that the patient can be told at the window.
    private static func answer(to statement: SettlementStatement, _ agency: Agency) async throws -> [UInt8] {
        Outputs.statement(statement, process: try await Explainer.shared.lines(for: statement.bill, agency))
    }

    static func reverse(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let request = ReversalRequest(
            settlement: try fields.settlement(), encounter: try fields.encounter(), person: try fields.person())
        return Outputs.reversal(try await agency.reverse(request, message.head))
    }

    static func reverseMessage(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        guard fields.text("omsgid").hasPrefix(message.head.provider), fields.text("omsgid").utf8.count == 30 else {
            throw Problem("settlement.message.number", field: "omsgid", "原报文ID应为本机构发出的 30 位报文ID,请核对")
        }
        let request = MessageReversal(
            person: try fields.person(), messageID: fields.text("omsgid"), transaction: fields.text("oinfno"))
        try await agency.reverseMessage(request, message.head)
        return Outputs.none
    }

    private static func request(_ message: Message) throws -> SettlementRequest {
        let fields = message.node("data")
        var request = SettlementRequest(reference: try fields.reference(), insurance: try fields.insurance())
        request.careType = fields.code("med_type")
        request.total = fields.money("medfee_sumamt")
        request.batch = fields.optional("chrg_bchno")
        request.usesAccount = fields.flag("acct_used_flag")
        request.isInterim = fields.flag("mid_setl_flag")
        request.invoice = fields.text("invono")
        request.stated = stated(fields)
        return request
    }

    private static func stated(_ fields: Fields) -> StatedSplit? {
        let split = StatedSplit(
            fullSelfPay: fields.money("fulamt_ownpay_amt"), overLimitSelfPay: fields.money("overlmt_selfpay"),
            preSelfPay: fields.money("preselfpay_amt"), inScope: fields.money("inscp_scp_amt"))
        return split == StatedSplit() ? nil : split
    }

    // MARK: 药店

    static func previewPurchase(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await answer(to: try await agency.previewPurchase(try purchase(message), message.head), agency)
    }

    static func purchase(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await answer(to: try await agency.purchase(try purchase(message), message.head), agency)
    }

    private static func purchase(_ message: Message) throws -> Purchase {
        let fields = message.node("druginfo")
        var purchase = Purchase(
            person: try fields.person(), insurance: try fields.insurance(),
            certificateKind: try fields.certificateKind(), certificateNumber: fields.text("mdtrt_cert_no"),
            boughtAt: try fields.requiredMoment("begntime"), lines: message.elements("drugdetail").map(FeeMessages.line)
        )
        purchase.careType = fields.code("med_type") ?? .pharmacy
        purchase.diseaseCode = fields.text("dise_codg")
        purchase.diseaseName = fields.text("dise_name")
        purchase.total = fields.money("medfee_sumamt")
        purchase.usesAccount = fields.flag("acct_used_flag")
        purchase.invoice = fields.text("invono")
        return purchase
    }
}
