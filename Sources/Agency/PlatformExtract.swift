import Basics
import Catalogue
import Enrolment
import Foundation
import Storage

/// The platform's extract of an area (平台抽取): a folder of CSV files named after the platform's tables, as auditors
/// get them when they ask a province for data, and as `yibao screen` reads them.
///
///     try await PlatformExtract(agency.store, area: area).write(to: "extract")
///
/// Everything is streamed from one snapshot; only the settlements' line ranges are held in memory.
public struct PlatformExtract: Sendable {
    let store: any Store
    let area: AreaCode

    /// Rows written, by file.
    public struct Counts: Sendable, Equatable {
        public var encounters = 0
        public var settlements = 0
        public var diagnoses = 0
        public var operations = 0
        public var lines = 0
    }

    public init(_ store: any Store, area: AreaCode) {
        self.store = store
        self.area = area
    }

    public func write(to folder: String) async throws -> Counts {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Problem("extract.folder", field: folder, "建不了这个文件夹,请核对路径和权限")
        }
        return try await store.read { [area] tx in
            var counts = Counts()
            let deaths = try Enrolment.deaths(tx, area: area)
            counts.encounters = try ExtractFile.encounters.write(
                tx, area, to: folder, more: ("die_date", { deaths[try $0.id(1)]?.description ?? "" }))
            counts.settlements = try ExtractFile.settlements.write(tx, area, to: folder)
            counts.diagnoses = try ExtractFile.diagnoses.write(tx, area, to: folder)
            counts.lines = try ExtractLines(tx, area).write(to: folder)
            counts.operations = try ExtractOperations(tx, area).write(to: folder)
            return counts
        }
    }
}

/// One file of the extract: its national column names, each with the kind of its value, and the query that fills it.
private struct ExtractFile {
    let name: String
    let columns: [(name: String, kind: CSVWriter.Kind)]
    let query: SQL

    /// - Parameter more: a column at the end that another desk knows: its name, and its text by row.
    func write(
        _ tx: any Transaction, _ area: AreaCode, to folder: String,
        more: (name: String, text: (any Row) throws -> String)? = nil
    ) throws -> Int {
        let file = try CSVWriter(folder + "/\(name).csv", header: columns.map(\.name) + (more.map { [$0.name] } ?? []))
        try tx.forEach(query, [Value(area)]) { row in
            for (index, column) in columns.enumerated() { try file.field(row, index, column.kind) }
            if let more { file.text(try more.text(row)) }
            try file.endRow()
            return true
        }
        return try file.finish()
    }

    /// A provider's profile in force, whichever revision brought it.
    private static let profile = """
        JOIN provider v ON v.area = e.area AND v.id = e.provider_id
        JOIN provider_profile f ON f.area = e.area AND f.provider = e.provider_id AND f.first_day = (
            SELECT max(g.first_day) FROM provider_profile g WHERE g.area = e.area AND g.provider = e.provider_id)
            AND f.revision = (SELECT max(g.revision) FROM provider_profile g WHERE g.area = e.area
                AND g.provider = e.provider_id AND g.first_day = f.first_day)
        """

    static let encounters = ExtractFile(
        name: "mdtrt_d",
        columns: [
            ("mdtrt_id", .number), ("psn_no", .number), ("psn_cert_type", .number), ("certno", .text),
            ("psn_name", .text), ("gend", .number), ("naty", .text), ("brdy", .day), ("insutype", .number),
            ("psn_type", .number), ("nwb_flag", .number), ("insu_admdvs", .number), ("fixmedins_code", .text),
            ("fixmedins_name", .text), ("hosp_lv", .number), ("lmtpric_hosp_lv", .number), ("begntime", .moment),
            ("endtime", .moment), ("mdtrt_cert_type", .number), ("med_type", .number), ("ipt_otp_no", .text),
            ("chfpdr_code", .text), ("chfpdr_name", .text), ("adm_dept_codg", .text), ("adm_dept_name", .text),
            ("adm_bed", .text), ("dscg_maindiag_code", .text), ("dscg_maindiag_name", .text), ("dise_no", .text),
            ("dise_name", .text), ("vali_flag", .number), ("crte_time", .moment), ("updt_time", .moment),
            ("poolarea_no", .number),
        ],
        query: SQL(
            """
            SELECT e.id, e.person_id, p.paper_kind, p.paper_number, p.name, p.sex, p.ethnicity, p.birth_day,
                e.insurance, e.category, CASE WHEN e.category = 1401 THEN 1 ELSE 0 END, e.area, v.code, f.name,
                CASE f.tier WHEN 0 THEN 9 ELSE f.tier END, CASE f.tier WHEN 0 THEN 9 ELSE f.tier END, COALESCE(a.begun_at, e.begun_at),
                COALESCE(t.discharged_at, CASE WHEN e.setting <> 2 THEN COALESCE(a.begun_at, e.begun_at) END),
                e.certificate_kind, COALESCE(a.care_type, e.care_type), e.visit_number,
                COALESCE(a.doctor_code, e.doctor_code), COALESCE(a.doctor_name, e.doctor_name),
                COALESCE(a.department_code, e.department_code), COALESCE(a.department_name, e.department_name),
                COALESCE(a.bed, e.bed), COALESCE(a.diagnosis_code, e.diagnosis_code),
                COALESCE(a.diagnosis_name, e.diagnosis_name), COALESCE(a.disease_code, e.disease_code),
                COALESCE(a.disease_name, e.disease_name), CASE WHEN t.status >= 5 THEN 0 ELSE 1 END, e.registered_at,
                COALESCE(a.at, e.registered_at), e.area
            FROM encounter e
            JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id
            JOIN person p ON p.area = e.area AND p.id = e.person_id
            \(profile)
            LEFT JOIN encounter_act a ON a.area = e.area AND a.encounter_id = e.id AND a.no = t.information_act_no
            WHERE e.area = ? ORDER BY e.id
            """))

    static let settlements = ExtractFile(
        name: "setl_d",
        columns: [
            ("setl_id", .number), ("mdtrt_id", .number), ("init_setl_id", .number), ("psn_no", .number),
            ("psn_name", .text), ("certno", .text), ("gend", .number), ("brdy", .day), ("insutype", .number),
            ("psn_type", .number), ("fixmedins_code", .text), ("fixmedins_name", .text), ("hosp_lv", .number),
            ("begndate", .moment), ("enddate", .day), ("setl_time", .moment), ("med_type", .number),
            ("clr_type", .number), ("clr_way", .number), ("medfee_sumamt", .fen), ("fulamt_ownpay_amt", .fen),
            ("overlmt_selfpay", .fen), ("preselfpay_amt", .fen), ("inscp_amt", .fen), ("act_pay_dedc", .fen),
            ("hifp_pay", .fen), ("cvlserv_pay", .fen), ("hifes_pay", .fen), ("hifmi_pay", .fen), ("hifob_pay", .fen),
            ("maf_pay", .fen), ("othfund_pay", .fen), ("fund_pay_sumamt", .fen), ("acct_pay", .fen),
            ("acct_mulaid_pay", .fen), ("cash_payamt", .fen), ("ownpay_hosp_part", .fen), ("balc", .fen),
            ("year", .number), ("dise_no", .text), ("invono", .text), ("mid_setl_flag", .number),
            ("refd_setl_flag", .number), ("vali_flag", .number), ("updt_time", .moment), ("poolarea_no", .number),
        ],
        query: SQL(
            """
            SELECT e.id, e.encounter_id, e.original_id, e.person_id, e.person_name, p.paper_number, p.sex, p.birth_day,
                e.insurance, e.category, v.code, f.name, CASE f.tier WHEN 0 THEN 9 ELSE f.tier END, c.begun_at, e.cost_day, e.settled_at, e.care_type,
                e.clearing_type, e.clearing_way, e.total_fen, e.full_self_pay_fen, e.over_limit_fen, e.pre_self_pay_fen,
                e.in_scope_fen, e.deductible_fen, e.pool_fen, e.civil_servant_fen, e.enterprise_fen,
                e.critical_illness_fen, e.large_amount_fen, e.assistance_fen, e.other_fen,
                e.pool_fen + e.civil_servant_fen + e.enterprise_fen + e.critical_illness_fen + e.large_amount_fen
                    + e.assistance_fen + e.other_fen,
                e.account_fen, e.shared_account_fen, e.cash_fen, e.hospital_fen, e.account_balance_fen, e.year,
                e.disease_code, e.invoice, e.is_interim,
                CASE WHEN e.kind = 2 OR r.id IS NOT NULL THEN 1 ELSE 0 END, 1, e.settled_at, e.area
            FROM settlement e
            JOIN encounter c ON c.area = e.area AND c.id = e.encounter_id
            JOIN person p ON p.area = e.area AND p.id = e.person_id
            \(profile)
            LEFT JOIN settlement r ON r.area = e.area AND r.original_id = e.id AND r.kind = 2
            WHERE e.area = ? ORDER BY e.id
            """))

    static let diagnoses = ExtractFile(
        name: "setl_list_diag_d",
        columns: [
            ("setl_list_diag_id", .text), ("mdtrt_id", .number), ("psn_no", .number), ("diag_type", .text),
            ("maindiag_flag", .number), ("diag_code", .text), ("diag_name", .text), ("adm_cond_type", .text),
            ("vali_flag", .number), ("updt_time", .moment), ("poolarea_no", .number),
        ],
        query: """
            SELECT CAST(d.encounter_id AS TEXT) || '-' || CAST(d.no AS TEXT), d.encounter_id, e.person_id, d.kind,
                d.is_main, d.code, d.name, d.condition, CASE WHEN d.act_no = t.information_act_no THEN 1 ELSE 0 END,
                d.at, d.area
            FROM diagnosis d
            JOIN encounter e ON e.area = d.area AND e.id = d.encounter_id
            JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id
            WHERE d.area = ? ORDER BY d.encounter_id, d.no
            """)
}

/// Operations (手术操作) of stays, as the messages of admission and discharge name them.
private struct ExtractOperations {
    let tx: any Transaction
    let area: AreaCode

    private static let columns = [
        "setl_list_oprn_id", "setl_id", "psn_no", "mdtrt_id", "main_oprn_flag", "oprn_oprt_name", "oprn_oprt_code",
        "oprn_oprt_date", "vali_flag",
    ]

    private static let query: SQL = """
        SELECT e.id, e.person_id, COALESCE(a.extra, e.extra), CASE WHEN t.status >= 5 THEN 0 ELSE 1 END, e.begun_at
        FROM encounter e
        JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id
        LEFT JOIN encounter_act a ON a.area = e.area AND a.encounter_id = e.id AND a.no = t.information_act_no
        WHERE e.area = ? AND COALESCE(a.extra, e.extra) LIKE '%oprn_oprt_code%' ORDER BY e.id
        """

    init(_ tx: any Transaction, _ area: AreaCode) {
        self.tx = tx
        self.area = area
    }

    func write(to folder: String) throws -> Int {
        let file = try CSVWriter(folder + "/setl_list_oprn_d.csv", header: Self.columns)
        let covering = try CoveringSettlements(tx, area)
        let names = try Catalogue.loadCodes(tx, area: area, table: .procedure)
        try tx.forEach(Self.query, [Value(area)]) { row in
            guard let told = try? JSON.parse(try row.text(2)), let code = told["oprn_oprt_code"]?.text, !code.isEmpty
            else { return true }
            let encounter = try row.int(0)
            let begun = try row.moment(4).day
            let name = told["oprn_oprt_name"]?.text ?? names.name(code, on: begun) ?? ""
            file.text("\(encounter)-1")
            file.text(covering.last(of: encounter).map(String.init) ?? "")
            try file.field(row, 1, .number)
            try file.field(row, 0, .number)
            // The date of the operation is not among what the messages bring.
            for value in ["1", name, code, ""] { file.text(value) }
            try file.field(row, 3, .number)
            try file.endRow()
            return true
        }
        return try file.finish()
    }
}

/// The fee lines, by far the largest file: joined here with the few tables that fit in memory.
private struct ExtractLines {
    let tx: any Transaction
    let area: AreaCode
    private let items: [String: (name: String, listType: Int64)]
    private let providers: [Int64: (code: String, name: String)]

    private static let columns = [
        "bkkp_sn", "mdtrt_id", "fee_ocur_time", "setl_id", "rx_drord_no", "fixmedins_code", "fixmedins_name", "psn_no",
        "med_type", "cnt", "pric", "det_item_fee_sumamt", "pric_uplmt_amt", "selfpay_prop", "fulamt_ownpay_amt",
        "overlmt_selfpay", "preselfpay_amt", "inscp_amt", "chrgitm_lv", "hilist_code", "hilist_name", "list_type",
        "med_list_codg", "medins_list_codg", "med_chrgitm_type", "bilg_dept_codg", "bilg_dept_name", "bilg_dr_code",
        "bilg_dr_name", "vali_flag", "crte_time", "updt_time", "poolarea_no", "dise_codg", "chrg_bchno",
        "init_feedetl_sn",
    ]

    init(_ tx: any Transaction, _ area: AreaCode) throws {
        self.tx = tx
        self.area = area
        var items: [String: (name: String, listType: Int64)] = [:]
        try tx.forEach(
            "SELECT code, name, list_type FROM catalogue_item WHERE area = ? ORDER BY code, version", [Value(area)]
        ) { row in
            items[try row.text(0)] = (try row.text(1), try row.int(2))
            return true
        }
        var providers: [Int64: (code: String, name: String)] = [:]
        let query: SQL = """
            SELECT v.id, v.code, f.name FROM provider v
            JOIN provider_profile f ON f.area = v.area AND f.provider = v.id
            WHERE v.area = ? ORDER BY v.id, f.first_day, f.revision
            """
        try tx.forEach(query, [Value(area)]) { row in
            providers[try row.int(0)] = (try row.text(1), try row.text(2))
            return true
        }
        self.items = items
        self.providers = providers
    }

    private static let query: SQL = """
        SELECT l.encounter_id, l.line_no, l.serial, l.refunds_no, l.occurred_at, l.order_number, e.provider_id,
            e.person_id, COALESCE(a.care_type, e.care_type), l.quantity_e4, l.price_e6, l.amount_fen, l.price_cap_e6,
            l.self_pay_ppm, l.full_self_pay_fen, l.over_limit_fen, l.pre_self_pay_fen, l.in_scope_fen, l.fee_class,
            l.item_code, l.provider_item_code, l.charge_type, l.department_code, l.department_name, l.doctor_code,
            l.doctor_name, CASE WHEN w.line_no IS NULL THEN 1 ELSE 0 END, l.uploaded_at,
            CASE WHEN l.disease_code = '' THEN COALESCE(a.disease_code, e.disease_code) ELSE l.disease_code END, l.batch,
            o.serial
        FROM fee_line l
        JOIN encounter e ON e.area = l.area AND e.id = l.encounter_id
        JOIN encounter_state t ON t.area = e.area AND t.encounter_id = e.id
        LEFT JOIN encounter_act a ON a.area = e.area AND a.encounter_id = e.id AND a.no = t.information_act_no
        LEFT JOIN fee_withdrawal w
            ON w.area = l.area AND w.encounter_id = l.encounter_id AND w.line_no = l.line_no
        LEFT JOIN fee_line o ON o.area = l.area AND o.encounter_id = l.encounter_id AND o.line_no = l.refunds_no
        WHERE l.area = ? ORDER BY l.encounter_id, l.line_no
        """

    func write(to folder: String) throws -> Int {
        let file = try CSVWriter(folder + "/fee_list_d.csv", header: Self.columns)
        let covering = try CoveringSettlements(tx, area)
        try tx.forEach(Self.query, [Value(area)]) { row in
            try write(row, file, settlement: covering.settlement(of: try row.int(0), line: try row.int(1)))
            return true
        }
        return try file.finish()
    }

    private func write(_ row: any Row, _ file: CSVWriter, settlement: Int64?) throws {
        let item = try row.text(19)
        let provider = providers[try row.int(6)]
        file.text("\(try row.int(0))-\(try row.text(2))")
        try file.field(row, 0, .number)
        try file.field(row, 4, .moment)
        file.text(settlement.map(String.init) ?? "")
        try file.field(row, 5, .text)
        file.text(provider?.code ?? "")
        file.text(provider?.name ?? "")
        for index in 7...8 { try file.field(row, index, .number) }
        file.text(Quantity(tenThousandths: try row.int(9)).description)
        file.text(UnitPrice(microYuan: try row.int(10)).description)
        try file.field(row, 11, .fen)
        file.text(try row.intOrNil(12).map { UnitPrice(microYuan: $0).description } ?? "")
        try file.field(row, 13, .ppm)
        for index in 14...17 { try file.field(row, index, .fen) }
        try file.field(row, 18, .twoDigits)
        file.text(item)
        file.text(items[item]?.name ?? "")
        file.text(items[item].map { "\($0.listType)" } ?? "")
        file.text(item)
        try file.field(row, 20, .text)
        try file.field(row, 21, .twoDigits)
        for index in 22...25 { try file.field(row, index, .text) }
        try file.field(row, 26, .number)
        try file.field(row, 27, .moment)
        try file.field(row, 27, .moment)
        file.text(area.description)
        for index in 28...29 { try file.field(row, index, .text) }
        // A line's own number carries its encounter, so the line it takes back is named the same way.
        file.text(try row.textOrNil(30).map { "\(try row.int(0))-\($0)" } ?? "")
        try file.endRow()
    }
}
