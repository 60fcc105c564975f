/// The platform's extract tables and the columns that screening reads of each, by their national names.
enum ExtractTable: String, CaseIterable, Sendable {
    case encounters = "mdtrt_d"
    case settlements = "setl_d"
    case diagnoses = "setl_list_diag_d"
    case procedures = "setl_list_oprn_d"
    case lines = "fee_list_d"

    var columns: [String] {
        switch self {
        case .encounters: EncounterColumn.names
        case .settlements: SettlementColumn.names
        case .diagnoses: DiagnosisColumn.names
        case .procedures: ProcedureColumn.names
        case .lines: LineColumn.names
        }
    }

    /// Columns without which the table means nothing.
    var required: [String] {
        switch self {
        case .encounters: ["mdtrt_id", "psn_no", "fixmedins_code", "begntime", "med_type"]
        case .settlements: ["setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt"]
        case .diagnoses: ["mdtrt_id", "psn_no", "diag_code"]
        case .procedures: ["mdtrt_id", "psn_no", "oprn_oprt_code"]
        case .lines: ["bkkp_sn", "mdtrt_id", "psn_no", "fee_ocur_time", "cnt", "pric", "det_item_fee_sumamt"]
        }
    }

    /// Without these two there is nothing to screen; the others may be missing.
    var isNeeded: Bool { self == .encounters || self == .lines }

    /// The column that tells a row of this table from others, for naming it.
    var key: String {
        switch self {
        case .encounters, .diagnoses, .procedures: "mdtrt_id"
        case .settlements: "setl_id"
        case .lines: "bkkp_sn"
        }
    }

    /// A header with names of our own for the columns that screening does not read.
    func named(_ header: [String]) -> [String] {
        header.enumerated().map { columns.contains($1) ? $1 : "ignored_\($0)" }
    }
}

/// The columns of one table in the order of a row's fields; the raw value is the field's position.
protocol TableColumn: RawRepresentable<Int>, Hashable {
    static var names: [String] { get }
}

enum EncounterColumn: Int, TableColumn {
    case mdtrtID, person, sex, birth, insurance, newborn, institution, institutionName, tier,
        capTier, begin, end, medType, mainDiagnosis, procedure, death, valid, updated

    static let names = [
        "mdtrt_id", "psn_no", "gend", "brdy", "insutype", "nwb_flag", "fixmedins_code",
        "fixmedins_name", "hosp_lv", "lmtpric_hosp_lv", "begntime", "endtime", "med_type",
        "dscg_maindiag_code", "oprn_oprt_code", "die_date", "vali_flag", "updt_time",
    ]
}

enum SettlementColumn: Int, TableColumn {
    case setlID, mdtrtID, person, initial, total, fund, refunded, valid, updated

    static let names = [
        "setl_id", "mdtrt_id", "psn_no", "init_setl_id", "medfee_sumamt", "fund_pay_sumamt",
        "refd_setl_flag", "vali_flag", "updt_time",
    ]
}

enum DiagnosisColumn: Int, TableColumn {
    case mdtrtID, person, code, main, valid

    static let names = [
        "mdtrt_id", "psn_no", "diag_code", "maindiag_flag", "vali_flag",
    ]
}

enum ProcedureColumn: Int, TableColumn {
    case mdtrtID, person, code, main, valid

    static let names = [
        "mdtrt_id", "psn_no", "oprn_oprt_code", "main_oprn_flag", "vali_flag",
    ]
}

enum LineColumn: Int, TableColumn {
    case id, mdtrtID, person, time, setlID, prescription, quantity, price, amount, inScope, level,
        hospitalItem, hospitalName, listType, item, ownName, chargeType, department, doctor,
        doctorName, days, valid, updated, uploaded, refundOf

    static let names = [
        "bkkp_sn", "mdtrt_id", "psn_no", "fee_ocur_time", "setl_id", "rx_drord_no", "cnt", "pric",
        "det_item_fee_sumamt", "inscp_amt", "chrgitm_lv", "hilist_code", "hilist_name", "list_type",
        "med_list_codg", "medins_list_name", "med_chrgitm_type", "bilg_dept_codg", "bilg_dr_code",
        "bilg_dr_name", "prd_days", "vali_flag", "updt_time", "crte_time", "init_feedetl_sn",
    ]
}
