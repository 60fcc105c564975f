import Agency
import Basics
import Settlement

/// Registrations, admissions and discharges: 2201–2203, 2401–2405.
enum EncounterMessages {
    // MARK: 门诊

    static func register(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        var information = VisitInformation(careType: .outpatient, begunAt: try fields.requiredMoment("begntime"))
        information.doctorCode = fields.text("atddr_no")
        information.doctorName = fields.text("dr_name")
        information.departmentCode = fields.text("dept_code")
        information.departmentName = fields.text("dept_name")
        information.extra = fields.extra(["caty"])
        let registration = try registration(fields, visit: "ipt_otp_no", information)
        let encounter = try await agency.register(registration, message.head)
        return Outputs.object { json in
            json.object("data") {
                $0.field("mdtrt_id", encounter)
                $0.field("psn_no", registration.person)
                $0.field("ipt_otp_no", registration.visitNumber)
            }
        }
    }

    static func withdrawRegistration(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await agency.withdrawRegistration(try message.node("data").reference(), message.head)
        return Outputs.none
    }

    static func giveVisitInformation(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("mdtrtinfo")
        var information = information(fields)
        information.extra = fields.extra([
            "main_cond_dscr", "birctrl_type", "birctrl_matn_date", "matn_type", "geso_val", "exp_content",
        ])
        // A diagnosis marked invalid is one taken back before it arrived; outpatients name their main one by order.
        let diagnoses = try message.elements("diseinfo")
            .filter { $0.optional("vali_flag") != "0" }
            .map { try diagnosis($0, isMain: $0.whole("diag_srt_no") == 1) }
        if let main = diagnoses.first(where: \.isMain) ?? diagnoses.first {
            information.diagnosisCode = main.code
            information.diagnosisName = main.name
        }
        let report = VisitReport(
            reference: try fields.reference(), information: information, diagnoses: diagnoses)
        try await agency.giveVisitInformation(report, message.head)
        return Outputs.none
    }

    // MARK: 住院

    static func admit(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("mdtrtinfo")
        guard let careType = fields.code("med_type", CareType.self) else {
            throw Problem("gateway.field.dictionary", field: "med_type", "医疗类别不在字典内,请核对")
        }
        var information = VisitInformation(careType: careType, begunAt: try fields.requiredMoment("begntime"))
        information.diseaseCode = fields.text("dise_codg")
        information.diseaseName = fields.text("dise_name")
        information.doctorCode = fields.text("atddr_no")
        information.doctorName = fields.text("chfpdr_name")
        information.departmentCode = fields.text("adm_dept_codg")
        information.departmentName = fields.text("adm_dept_name")
        information.bed = fields.text("adm_bed")
        information.diagnosisCode = fields.text("dscg_maindiag_code")
        information.diagnosisName = fields.text("dscg_maindiag_name")
        information.extra = fields.extra(stayExtras)
        let admission = Admission(
            registration: try registration(fields, visit: "ipt_no", information),
            diagnoses: try message.elements("diseinfo").map { try diagnosis($0, isMain: $0.flag("maindiag_flag")) })
        let encounter = try await agency.admit(admission, message.head)
        return Outputs.object { json in
            json.object("result") { $0.field("mdtrt_id", encounter) }
        }
    }

    static func changeAdmission(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("adminfo")
        var information = information(fields)
        information.doctorCode = fields.optional("atddr_no")
        information.doctorName = fields.optional("chfpdr_name")
        information.departmentCode = fields.optional("adm_dept_codg")
        information.departmentName = fields.optional("adm_dept_name")
        information.bed = fields.optional("adm_bed")
        information.diagnosisCode = fields.optional("dscg_maindiag_code")
        information.diagnosisName = fields.optional("dscg_maindiag_name")
        information.extra = fields.extra(stayExtras)
        let report = VisitReport(
            reference: try fields.reference(), information: information,
            diagnoses: try message.elements("diseinfo").map { try diagnosis($0, isMain: $0.flag("maindiag_flag")) })
        try await agency.changeAdmission(report, message.head)
        return Outputs.none
    }

    static func discharge(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("dscginfo")
        var information = InformationGiven()
        information.diseaseCode = fields.optional("dise_codg")
        information.diseaseName = fields.optional("dise_name")
        information.departmentCode = fields.optional("dscg_dept_codg")
        information.departmentName = fields.optional("dscg_dept_name")
        information.bed = fields.optional("dscg_bed")
        information.extra = fields.extra(stayExtras + ["cop_flag", "die_date"])
        let diagnoses = try message.elements("diseinfo").map { try diagnosis($0, isMain: $0.flag("maindiag_flag")) }
        if let main = diagnoses.first(where: \.isMain) {
            information.diagnosisCode = main.code
            information.diagnosisName = main.name
        }
        let discharge = Discharge(
            reference: try fields.reference(), endedAt: try fields.requiredMoment("endtime"),
            leavingWay: fields.text("dscg_way"), information: information, diagnoses: diagnoses)
        try await agency.discharge(discharge, message.head)
        return Outputs.none
    }

    static func cancelAdmission(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await agency.cancelAdmission(try message.node("data").reference(), message.head)
        return Outputs.none
    }

    static func withdrawDischarge(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        try await agency.withdrawDischarge(try message.node("data").reference(), message.head)
        return Outputs.none
    }

    // MARK: Parts

    private static let stayExtras: [JSON.Key] = [
        "coner_name", "tel", "medrcdno", "adm_diag_dscr", "main_cond_dscr", "oprn_oprt_code", "oprn_oprt_name",
        "fpsc_no", "matn_type", "birctrl_type", "latechb_flag", "geso_val", "fetts", "fetus_cnt", "pret_flag",
        "birctrl_matn_date", "dise_type_code", "exp_content",
    ]

    private static func registration(
        _ fields: Fields, visit: JSON.Key, _ information: VisitInformation
    ) throws -> Registration {
        Registration(
            person: try fields.person(), insurance: try fields.insurance(),
            certificateKind: try fields.certificateKind(), certificateNumber: fields.text("mdtrt_cert_no"),
            visitNumber: fields.text(visit), information: information)
    }

    private static func information(_ fields: Fields) -> InformationGiven {
        var information = InformationGiven()
        information.careType = fields.code("med_type")
        information.begunAt = fields.moment("begntime")
        information.diseaseCode = fields.optional("dise_codg")
        information.diseaseName = fields.optional("dise_name")
        return information
    }

    private static func diagnosis(_ fields: Fields, isMain: Bool) throws -> DiagnosisGiven {
        DiagnosisGiven(
            kind: fields.text("diag_type"), isMain: isMain, order: fields.whole("diag_srt_no") ?? 1,
            code: fields.text("diag_code"), name: fields.text("diag_name"), condition: fields.text("adm_cond"),
            department: fields.text("diag_dept"), doctorCode: fields.text("dise_dor_no"),
            doctorName: fields.text("dise_dor_name"), at: try fields.requiredMoment("diag_time"))
    }
}
