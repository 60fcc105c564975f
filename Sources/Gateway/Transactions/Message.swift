import Agency
import Basics
import Settlement

/// A message that is signed, whole and in form, on its way to the flow that carries it out.
struct Message: Sendable {
    let envelope: Envelope
    let head: MessageHead
    let receivedAt: Moment

    /// A node of `input` that stands once; of a list, its first element.
    func node(_ name: JSON.Key) -> Fields {
        guard let json = envelope.input[name] else { return Fields(envelope.input) }
        return Fields(json.kind == .array ? json.elements.first { _ in true } ?? json : json)
    }

    /// The elements of a list node; a single object counts as one.
    func elements(_ name: JSON.Key) -> [Fields] {
        guard let json = envelope.input[name] else { return [] }
        return json.kind == .array ? json.elements.map(Fields.init) : [Fields(json)]
    }

    /// The institution that a node names besides the head's: it can only be the one that signed.
    @discardableResult
    func requireOwnProvider(_ fields: Fields) throws(Problem) -> String {
        let code = fields.text("fixmedins_code")
        guard code == head.provider else {
            throw Problem(
                "gateway.signature.otherProvider", field: "fixmedins_code", "只能为本机构查询、上传和下载,请核对机构编号")
        }
        return code
    }
}

extension Fields {
    /// 人员编号
    func person() throws(Problem) -> ID<Person> {
        guard let id = id("psn_no", Person.self) else {
            throw Problem("enrolment.person.unknown", field: "psn_no", "没有这个人员编号,请先用 1101 获取人员信息")
        }
        return id
    }

    /// 就诊ID
    func encounter() throws(Problem) -> ID<Encounter> {
        guard let id = id("mdtrt_id", Encounter.self) else {
            throw Problem("settlement.encounter.unknown", field: "mdtrt_id", "没有这个就诊ID,请核对挂号或入院登记的返回")
        }
        return id
    }

    func reference() throws(Problem) -> EncounterReference {
        EncounterReference(encounter: try encounter(), person: try person())
    }

    /// 结算ID
    func settlement() throws(Problem) -> ID<SettlementRecord> {
        guard let id = id("setl_id", SettlementRecord.self) else {
            throw Problem("settlement.unknown", field: "setl_id", "没有这个结算ID,请核对结算的返回")
        }
        return id
    }

    /// 待遇申报明细流水号
    func filing() throws(Problem) -> ID<Filing> {
        guard let id = id("trt_dcla_detl_sn", Filing.self) else {
            throw Problem("settlement.filing.unknown", field: "trt_dcla_detl_sn", "没有这个备案流水号,请核对备案的返回")
        }
        return id
    }

    /// 险种; the form has checked that the dictionary knows it.
    func insurance() throws(Problem) -> Insurance {
        guard let insurance = code("insutype", Insurance.self) else {
            throw Problem("gateway.field.dictionary", field: "insutype", "险种类型不在字典内,请核对")
        }
        return insurance
    }

    func certificateKind() throws(Problem) -> CertificateKind {
        guard let kind = code("mdtrt_cert_type", CertificateKind.self) else {
            throw Problem("gateway.field.dictionary", field: "mdtrt_cert_type", "就诊凭证类型应为 01、02 或 03,请核对")
        }
        return kind
    }

    /// 开始时间 or another required moment.
    func requiredMoment(_ name: JSON.Key) throws(Problem) -> Moment {
        guard let moment = moment(name) else {
            throw Problem("gateway.field.missing", field: name.name, "缺少时间,请补上")
        }
        return moment
    }

    func requiredDay(_ name: JSON.Key) throws(Problem) -> Day { try requiredMoment(name).day }

    /// The named fields that were given, as one compact JSON object to be kept beside the row; nil when none was.
    func extra(_ names: [JSON.Key]) -> String? {
        var writer: JSONWriter?
        for name in names {
            guard let value = json[name], !value.isNull, value.kind != .text || value.withBytes({ !$0.isEmpty }) else {
                continue
            }
            if writer == nil {
                writer = JSONWriter()
            }
            writer?.member(name.name, value)
        }
        return writer.map { "{" + $0.text + "}" }
    }
}

extension JSONWriter {
    /// A parsed value under a name.
    mutating func member(_ name: String, _ json: JSON) {
        self.name(name)
        value(json)
    }
}
