import Agency
import Basics
import Settlement

/// Filings and their withdrawal: 2501–2506.
enum FilingMessages {
    static func referral(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("refmedin")
        let first = try fields.day("begndate") ?? fields.requiredDay("refl_date")
        return try await file(
            FilingRequest(
                kind: .referral, person: try fields.person(), insurance: fields.code("insutype"),
                providerCode: fields.text("reflin_medins_no"), providerName: fields.text("reflin_medins_name"),
                code: fields.text("diag_code"), name: fields.text("diag_name"), first: first,
                last: fields.day("enddate"),
                extra: fields.extra([
                    "tel", "addr", "dise_cond_dscr", "mdtrtarea_admdvs", "hosp_agre_refl_flag", "refl_type",
                    "refl_date", "refl_rea", "refl_opnn",
                ])), message, agency)
    }

    static func chronicDisease(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        return try await file(
            FilingRequest(
                kind: .chronicDisease, person: try fields.person(), insurance: fields.code("insutype"),
                providerCode: fields.text("ide_fixmedins_no"), providerName: fields.text("ide_fixmedins_name"),
                code: fields.text("opsp_dise_code"), name: fields.text("opsp_dise_name"),
                first: try fields.requiredDay("begndate"), last: fields.day("enddate"),
                extra: fields.extra(["tel", "addr", "hosp_ide_date", "diag_dr_codg", "diag_dr_name"])), message, agency)
    }

    static func designatedProvider(_ message: Message, _ agency: Agency) async throws -> [UInt8] {
        let fields = message.node("data")
        return try await file(
            FilingRequest(
                kind: .designatedProvider, person: try fields.person(), insurance: fields.code("insutype"),
                providerCode: fields.text("fixmedins_code"), providerName: fields.text("fixmedins_name"),
                code: fields.text("biz_appy_type"), first: try fields.requiredDay("begndate"),
                last: fields.day("enddate"), order: fields.optional("fix_srt_no").flatMap { Int64($0) } ?? 1,
                extra: fields.extra([
                    "tel", "addr", "agnter_name", "agnter_cert_type", "agnter_certno", "agnter_tel", "agnter_addr",
                    "agnter_rlts", "memo",
                ])), message, agency)
    }

    private static func file(
        _ request: FilingRequest, _ message: Message, _ agency: Agency
    ) async throws -> [UInt8] {
        let filing = try await agency.file(request, message.head)
        return Outputs.object { json in
            json.object("result") { $0.field("trt_dcla_detl_sn", filing) }
        }
    }

    static func withdrawal(of kind: FilingKind) -> Carrier {
        { message, agency in
            let fields = message.node("data")
            let request = FilingWithdrawalRequest(
                kind: kind, filing: try fields.filing(), person: try fields.person(), ground: fields.text("memo"))
            try await agency.withdrawFiling(request, message.head)
            return Outputs.none
        }
    }
}
