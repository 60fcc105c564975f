import Basics

/// The envelope of a message (报文信封) as the house knows it. National names end here.
public struct Envelope: Sendable {
    /// 交易编号
    public let infno: String
    /// 发送方报文ID
    public let messageID: String
    /// 就医地医保区划
    public let area: AreaCode
    /// 参保地医保区划; the area of care where the sender left it out
    public let insuredArea: AreaCode
    public let providerCode: String
    public let providerName: String
    /// 经办人: whoever sat at the provider's window
    public let actor: String
    public let actorName: String
    public let sentAt: Moment
    /// 交易签到流水号
    public let signNumber: String?
    /// 交易输入
    public let input: JSON

    /// Reads the envelope, or says everything that is wrong with it.
    init(_ json: JSON) throws(Problems) {
        guard json.kind == .object else {
            throw Problems(Problem("gateway.envelope.shape", field: "报文", "报文应为一个 JSON 对象,请按报文信封组织"))
        }
        var problems = Problems()
        var reader = json.reader
        for field in MessageForm.envelope.fields {
            if let wrong = FormCheck.problem(with: reader.find(field.key), field: field) {
                problems.add("gateway.envelope.field", field: field.name, wrong.message)
            }
        }
        let fields = Fields(json)
        let area = Envelope.area(fields, "mdtrtarea_admvs", into: &problems)
        let insured = fields.isBlank("insuplc_admdvs") ? area : Envelope.area(fields, "insuplc_admdvs", into: &problems)
        if json["input"]?.kind != .object {
            problems.add("gateway.envelope.field", field: "input", "“交易输入”应为 JSON 对象,请补上")
        }
        try problems.throwIfAny()
        guard let area, let insured, let input = json["input"], let sentAt = fields.moment("inf_time") else {
            throw Problems(Problem("gateway.envelope.shape", field: "报文", "报文信封不完整,请核对"))
        }
        infno = fields.text("infno")
        messageID = fields.text("msgid")
        self.area = area
        insuredArea = insured
        providerCode = fields.text("fixmedins_code")
        providerName = fields.text("fixmedins_name")
        actor = fields.text("opter")
        actorName = fields.text("opter_name")
        self.sentAt = sentAt
        signNumber = fields.optional("sign_no")
        self.input = input
        try checkMessageID()
    }

    private static func area(_ fields: Fields, _ name: JSON.Key, into problems: inout Problems) -> AreaCode? {
        let text = fields.text(name)
        if let area = AreaCode(text) { return area }
        if !text.isEmpty {
            problems.add("gateway.envelope.field", field: name.name, "“\(text)”不是六位医保区划,请核对")
        }
        return nil
    }

    /// 定点医药机构编号(12)+时间(14)+顺序号(4).
    private func checkMessageID() throws(Problems) {
        let bytes = Array(messageID.utf8)
        let digits = bytes.dropFirst(12).allSatisfy { (0x30...0x39).contains($0) }
        let day = bytes.count == 30 ? Day(String(decoding: bytes[12..<20], as: UTF8.self)) : nil
        guard bytes.count == 30, digits, day != nil, messageID.hasPrefix(providerCode) else {
            throw Problems(
                Problem(
                    "gateway.envelope.msgid", field: "msgid",
                    "报文ID应为机构编号(12位)+时间(yyyyMMddHHmmss)+顺序号(4位),请重新生成"))
        }
    }
}
