import Agency
import Basics
import Enrolment
import Settlement

/// Who a person is and what he is entitled to: 1101, 2001.
enum PersonMessages {
    static func information(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        let inquiry = PersonInquiry(
            key: try key(fields), day: fields.day("begntime"), name: fields.optional("psn_name"))
        let found = try await agency.personInformation(inquiry, message.head)
        return Outputs.object { json in
            json.object("baseinfo") { $0.identity(of: found) }
            json.array("insuinfo") { json in
                for spell in found.spells {
                    json.object { $0.spell(spell, found, area: message.head.area) }
                }
            }
            json.array("idetinfo") { json in
                for status in found.insured.statuses { json.object { $0.status(status) } }
            }
        }
    }

    /// The paper that was shown, or the certificate number sent beside an electronic voucher.
    private static func key(_ fields: Fields) throws -> PersonInquiry.Key {
        if let number = fields.optional("certno") {
            return .paper(kind: fields.code("psn_cert_type") ?? .residentID, number: number)
        }
        let number = fields.text("mdtrt_cert_no")
        switch try fields.certificateKind() {
        case .identityCard: return .paper(kind: .residentID, number: number)
        case .socialSecurityCard: return .paper(kind: .socialSecurityCard, number: number)
        case .electronic:
            throw Problem(
                "enrolment.person.token", field: "mdtrt_cert_no", "医保电子凭证令牌须由扫码终端解码:请同时送 psn_cert_type 和 certno")
        }
    }

    static func entitlement(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        guard let careType = fields.code("med_type", CareType.self) else {
            throw Problem("gateway.field.dictionary", field: "med_type", "医疗类别不在字典内,请核对")
        }
        try message.requireOwnProvider(fields)
        let inquiry = EntitlementInquiry(
            person: try fields.person(), insurance: fields.code("insutype"), careType: careType,
            begins: try fields.requiredDay("begntime"), diseaseCode: fields.text("dise_codg"))
        let findings = try await agency.checkEntitlement(inquiry, message.head)
        return Outputs.object { json in
            json.array("trtinfo") { json in
                for finding in findings {
                    json.object {
                        $0.field("psn_no", inquiry.person)
                        $0.field("trt_chk_type", String(finding.kind))
                        if let fund = finding.fund { $0.field("fund_pay_type", String(fund.rawValue)) }
                        $0.field("trt_enjymnt_flag", finding.isEntitled ? "1" : "0")
                        $0.days(finding.first, finding.last)
                        $0.field("trt_chk_rslt", finding.ground)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func identity(of found: PersonInformation) {
        let person = found.insured.person
        field("psn_no", person.id)
        field("psn_cert_type", person.paper.kind.code)
        field("certno", person.paper.number)
        field("psn_name", person.name)
        field("gend", String(person.sex.rawValue))
        field("naty", person.ethnicity)
        field("brdy", person.birth)
        name("age")
        number(Int64(found.age) * 10, decimals: 1)
    }

    fileprivate mutating func spell(_ information: SpellInformation, _ found: PersonInformation, area: AreaCode) {
        let spell = information.spell
        field("balc", spell.insurance == .employee ? found.accountBalance : .zero)
        field("insutype", String(spell.insurance.rawValue))
        field("psn_type", String(spell.category.rawValue))
        field("psn_insu_stas", String(information.status))
        field("psn_insu_date", spell.period.first)
        if let since = information.suspendedSince { field("paus_insu_date", since) }
        field("cvlserv_flag", information.isCivilServant ? "1" : "0")
        field("insuplc_admdvs", area.description)
        field("emp_name", information.employerName)
    }

    fileprivate mutating func status(_ status: SpecialStatus) {
        field("psn_idet_type", String(status.kind.code))
        field("memo", status.kind.name)
        field("begntime", Moment(status.period.first))
        if let last = status.period.last { field("endtime", Moment(last, hour: 23, minute: 59, second: 59)) }
    }
}
