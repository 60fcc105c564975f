import Basics
import Control

/// One line of a provider file: the provider as it is from a day on, and one agreement.
public struct AgreementLine: Hashable, Sendable {
    public var code: InstitutionCode
    public var profile: Institution.Profile
    public var number: String
    public var period: Period
}

/// One line of a staff file: a doctor and his department.
public struct DoctorLine: Hashable, Sendable {
    public var provider: InstitutionCode
    public var departmentCode: String
    public var departmentName: String
    public var code: String
    public var name: String
}

extension Providers {
    /// Reads a provider file: `fixmedins_code, fixmedins_name, hosp_lv, clr_way, agreement_no, begndate, enddate`.
    public static func readAgreements(_ text: String, file: String) throws(Problems) -> ImportSheet<AgreementLine> {
        try ImportSheet(
            text, file: file,
            required: ["fixmedins_code", "fixmedins_name", "hosp_lv", "clr_way", "agreement_no", "begndate", "enddate"]
        ) { (fields: inout FieldReader) -> AgreementLine? in
            let code = readCode(&fields)
            let name = fields.text("fixmedins_name", upTo: 200)
            let tier = fields.code("hosp_lv", Tier.self)
            let clearing = fields.code("clr_way", ClearingWay.self)
            let number = fields.text("agreement_no", upTo: 50)
            let period = fields.period("begndate", "enddate")
            guard let code, let name, let tier, let clearing, let number, let period else { return nil }
            if code.kind == .pharmacy, tier != .unrated {
                fields.reject("providers.tier.pharmacy", "hosp_lv", "药店没有医院级别,请填 0")
            }
            return AgreementLine(
                code: code,
                profile: Institution.Profile(first: period.first, name: name, tier: tier, clearing: clearing),
                number: number, period: period)
        }
    }

    /// Reads a staff file: `fixmedins_code, dept_code, dept_name, dr_code, dr_name`.
    public static func readStaff(_ text: String, file: String) throws(Problems) -> ImportSheet<DoctorLine> {
        try ImportSheet(
            text, file: file, required: ["fixmedins_code", "dept_code", "dept_name", "dr_code", "dr_name"]
        ) { (fields: inout FieldReader) -> DoctorLine? in
            let provider = readCode(&fields)
            let departmentCode = fields.text("dept_code", upTo: 30)
            let departmentName = fields.text("dept_name", upTo: 100)
            let code = fields.text("dr_code", upTo: 30)
            let name = fields.text("dr_name", upTo: 50)
            guard let provider, let departmentCode, let departmentName, let code, let name else { return nil }
            return DoctorLine(
                provider: provider, departmentCode: departmentCode, departmentName: departmentName, code: code,
                name: name)
        }
    }

    private static func readCode(_ fields: inout FieldReader) -> InstitutionCode? {
        guard let text = fields.text("fixmedins_code", upTo: 30) else { return nil }
        do throws(InstitutionCode.Failure) {
            return try InstitutionCode(text)
        } catch {
            let reason =
                switch error {
                case .length: "应为 12 位,现为 \(text.count) 位"
                case .prefix: "应以 H(医疗机构)或 P(药店)开头"
                case .digits: "字母后应全是数字"
                }
            fields.reject("providers.code", "fixmedins_code", "定点机构编号“\(text)”\(reason),请核对")
            return nil
        }
    }
}
