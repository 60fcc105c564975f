import Basics
import Control

/// One line of a people file (人员).
public struct PersonLine: Hashable, Sendable {
    public var paper: IdentityPaper
    public var name: String
    public var sex: Sex
    public var birth: Day
    public var ethnicity: String
    /// 社会保障卡号; empty when there is none.
    public var card: String
    /// 所属街道、乡镇代码; empty when unknown.
    public var division: String
    public var died: Day?

    var particulars: PersonParticulars {
        PersonParticulars(
            paper: paper, name: name, sex: sex, birth: birth, ethnicity: ethnicity, division: division)
    }
}

/// One line of a spells file (参保时段).
public struct SpellLine: Hashable, Sendable {
    public var paper: IdentityPaper
    public var insurance: Insurance
    public var category: PersonCategory
    public var employer: EmployerReference?
    public var period: Period
    public var entitledFrom: Day
}

/// An employer as a spells file names it.
public struct EmployerReference: Hashable, Sendable {
    public var creditCode: CreditCode
    public var name: String
}

/// One line of a statuses file (人员身份).
public struct StatusLine: Hashable, Sendable {
    public var paper: IdentityPaper
    public var status: SpecialStatus
}

extension Enrolment {
    /// Reads a people file: `psn_cert_type, certno, psn_name, gend, brdy` and, where known, `naty, card_no, died_date, town`.
    public static func readPeople(_ text: String, file: String) throws(Problems) -> ImportSheet<PersonLine> {
        try ImportSheet(text, file: file, required: ["psn_cert_type", "certno", "psn_name", "gend", "brdy"]) {
            (fields: inout FieldReader) -> PersonLine? in
            let paper = readPaper(&fields)
            let name = fields.text("psn_name", upTo: 50)
            let sex = fields.code("gend", Sex.self)
            let birth = fields.day("brdy")
            let ethnicity = fields.optionalText("naty", upTo: 3)
            let card = fields.optionalText("card_no", upTo: 50)
            let died = fields.optionalDay("died_date")
            let division = fields.optionalText("town", upTo: 12)
            guard let paper, let name, let sex, let birth, let ethnicity, let card, let division else { return nil }
            check(paper, sex: sex, birth: birth, died: died, &fields)
            return PersonLine(
                paper: paper, name: name, sex: sex, birth: birth, ethnicity: ethnicity, card: card,
                division: division, died: died)
        }
    }

    private static func check(
        _ paper: IdentityPaper, sex: Sex, birth: Day, died: Day?, _ fields: inout FieldReader
    ) {
        if let died, died < birth {
            fields.reject("enrolment.person.died", "died_date", "死亡日期早于出生日期,请核对")
        }
        guard paper.kind == .residentID, let id = try? NationalID(paper.number) else { return }
        if id.birthDate != birth {
            fields.reject(
                "enrolment.person.birth", "brdy", "出生日期 \(birth) 与身份证号中的 \(id.birthDate) 不符,请核对")
        }
        if id.sex != sex {
            fields.reject("enrolment.person.sex", "gend", "性别与身份证号不符,请核对身份证号和性别")
        }
    }

    /// Reads a spells file: `psn_cert_type, certno, insutype, psn_type, begndate, enddate` and, where they apply,
    /// `emp_uscc, emp_name, trt_begndate` (待遇享受开始日).
    public static func readSpells(_ text: String, file: String) throws(Problems) -> ImportSheet<SpellLine> {
        try ImportSheet(
            text, file: file, required: ["psn_cert_type", "certno", "insutype", "psn_type", "begndate", "enddate"]
        ) { (fields: inout FieldReader) -> SpellLine? in
            let paper = readPaper(&fields)
            let insurance = fields.code("insutype", Insurance.self)
            let category = fields.code("psn_type", PersonCategory.self)
            let employer = readEmployer(&fields)
            let period = fields.period("begndate", "enddate")
            let entitled = fields.optionalDay("trt_begndate")
            guard let paper, let insurance, let category, let period else { return nil }
            if insurance.isBasic, category.insurance != insurance {
                fields.reject(
                    "enrolment.spell.category", "psn_type",
                    "\(category.name)应参加\(category.insurance.name)(\(category.insurance.rawValue)),请核对险种或人员类别"
                )
            }
            if let entitled, entitled < period.first {
                fields.reject("enrolment.spell.entitled", "trt_begndate", "待遇开始日早于参保开始日,请核对")
            }
            return SpellLine(
                paper: paper, insurance: insurance, category: category, employer: employer, period: period,
                entitledFrom: entitled ?? period.first)
        }
    }

    private static func readEmployer(_ fields: inout FieldReader) -> EmployerReference? {
        if fields.isBlank("emp_uscc") { return nil }
        let name = fields.text("emp_name", upTo: 200)
        let text = fields.row["emp_uscc"]
        do throws(CreditCode.Failure) {
            let creditCode = try CreditCode(text)
            return name.map { EmployerReference(creditCode: creditCode, name: $0) }
        } catch {
            let reason =
                switch error {
                case .length: "应为 18 位"
                case .characters: "有不该出现的字符"
                case .checkDigit(let expected): "校验位应为 \(expected)"
                }
            fields.reject("enrolment.employer.creditCode", "emp_uscc", "统一社会信用代码“\(text)”\(reason),请核对")
            return nil
        }
    }

    /// Reads a statuses file: `psn_cert_type, certno, psn_idet_type, begndate, enddate`. The type is an assistance
    /// group's figure (1–6), 320 for 公务员补助, 370 for 企业补充.
    public static func readStatuses(_ text: String, file: String) throws(Problems) -> ImportSheet<StatusLine> {
        try ImportSheet(
            text, file: file, required: ["psn_cert_type", "certno", "psn_idet_type", "begndate", "enddate"]
        ) {
            (fields: inout FieldReader) -> StatusLine? in
            let paper = readPaper(&fields)
            let kind = readStatusKind(&fields)
            let period = fields.period("begndate", "enddate")
            guard let paper, let kind, let period else { return nil }
            return StatusLine(paper: paper, status: SpecialStatus(kind: kind, period: period))
        }
    }

    private static func readStatusKind(_ fields: inout FieldReader) -> SpecialStatus.Kind? {
        guard let text = fields.text("psn_idet_type", upTo: 6) else { return nil }
        if let code = Int64(text), let kind = SpecialStatus.Kind(code: code) { return kind }
        fields.reject(
            "enrolment.status.kind", "psn_idet_type", "没有身份类别“\(text)”,可填 1–6(救助对象)、320(公务员补助)、370(企业补充)")
        return nil
    }

    static func readPaper(_ fields: inout FieldReader) -> IdentityPaper? {
        let kind = fields.code("psn_cert_type", IdentityPaperKind.self)
        guard let number = fields.text("certno", upTo: 50), let kind else { return nil }
        do throws(NationalID.Failure) {
            return try IdentityPaper(kind: kind, number: number)
        } catch {
            fields.reject("enrolment.person.id", "certno", "身份证号“\(number)”\(error.explanation(of: number)),请核对证件")
            return nil
        }
    }
}
