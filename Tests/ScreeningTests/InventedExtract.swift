import Basics
import Foundation
import Screening

/// An extract written by hand: encounters with their lines, as tests state them.
struct InventedExtract {
    struct Line {
        var item: String
        var at: String
        var quantity = "1"
        var price = "10"
        var amount: String?
        var inScope: String? = "10"
        var id: String?
        var more: [String: String] = [:]
    }
    struct Encounter {
        var id: String
        var person: String
        var sex = "1"
        var birth = "1985-06-15"
        var medType = "21"
        var begin = "2025-03-01 08:00:00"
        var end = "2025-12-31 10:00:00"
        var institution = "H001"
        var tier = "3"
        var insurance = "310"
        var diagnosis = ""
        var fund: String? = "60"
        var total = "100"
        var lines: [Line] = []
        var more: [String: String] = [:]
    }

    var encounters: [Encounter] = []
    /// Rows of `setl_list_diag_d` and `setl_list_oprn_d` beside: (encounter, person, code).
    var diagnoses: [(String, String, String)] = []
    var procedures: [(String, String, String)] = []
    var extraSettlements: [[String: String]] = []

    private static let encounterColumns = [
        "mdtrt_id", "psn_no", "gend", "brdy", "insutype", "nwb_flag", "fixmedins_code", "hosp_lv", "lmtpric_hosp_lv",
        "begntime",
        "endtime", "med_type", "dscg_maindiag_code", "oprn_oprt_code", "die_date", "vali_flag", "updt_time",
    ]
    private static let lineColumns = [
        "bkkp_sn", "mdtrt_id", "psn_no", "fee_ocur_time", "setl_id", "rx_drord_no", "cnt", "pric",
        "det_item_fee_sumamt", "inscp_amt",
        "med_list_codg", "hilist_name", "list_type", "med_chrgitm_type", "bilg_dept_codg", "bilg_dr_code", "prd_days",
        "vali_flag",
        "updt_time", "crte_time", "init_feedetl_sn",
    ]

    func write(to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var visits = [Self.encounterColumns.joined(separator: ",")]
        var lines = [Self.lineColumns.joined(separator: ",")]
        var settlements = [
            "setl_id,mdtrt_id,psn_no,init_setl_id,medfee_sumamt,fund_pay_sumamt,refd_setl_flag,vali_flag,updt_time"
        ]
        for encounter in encounters {
            var row = [
                "mdtrt_id": encounter.id, "psn_no": encounter.person, "gend": encounter.sex, "brdy": encounter.birth,
                "insutype": encounter.insurance, "fixmedins_code": encounter.institution, "hosp_lv": encounter.tier,
                "begntime": encounter.begin, "endtime": encounter.end, "med_type": encounter.medType,
                "dscg_maindiag_code": encounter.diagnosis,
            ]
            row.merge(encounter.more) { $1 }
            visits.append(Self.encounterColumns.map { row[$0] ?? "" }.joined(separator: ","))
            if let fund = encounter.fund {
                settlements.append(
                    "S\(encounter.id),\(encounter.id),\(encounter.person),,\(encounter.total),\(fund),0,1,")
            }
            for (number, line) in encounter.lines.enumerated() {
                let quantity = try Quantity(line.quantity)
                let amount = try line.amount ?? (UnitPrice(line.price) * quantity).description
                var row = [
                    "bkkp_sn": line.id ?? "\(encounter.id)-\(number + 1)", "mdtrt_id": encounter.id,
                    "psn_no": encounter.person,
                    "fee_ocur_time": line.at, "cnt": line.quantity, "pric": line.price, "det_item_fee_sumamt": amount,
                    "inscp_amt": line.inScope ?? "", "med_list_codg": line.item,
                ]
                row.merge(line.more) { $1 }
                lines.append(Self.lineColumns.map { row[$0] ?? "" }.joined(separator: ","))
            }
        }
        for extra in extraSettlements {
            let columns = settlements[0].split(separator: ",").map(String.init)
            settlements.append(columns.map { extra[$0] ?? "" }.joined(separator: ","))
        }
        try save("mdtrt_d.csv", visits, folder)
        try save("fee_list_d.csv", lines, folder)
        try save("setl_d.csv", settlements, folder)
        try save(
            "setl_list_diag_d.csv", ["mdtrt_id,psn_no,diag_code"] + diagnoses.map { "\($0.0),\($0.1),\($0.2)" }, folder)
        try save(
            "setl_list_oprn_d.csv",
            ["mdtrt_id,psn_no,oprn_oprt_code,main_oprn_flag"] + procedures.map { "\($0.0),\($0.1),\($0.2),1" }, folder)
    }

    private func save(_ name: String, _ lines: [String], _ folder: URL) throws {
        try (lines.joined(separator: "\n") + "\n").write(
            to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
}

/// A finding as `findings.csv` says it.
struct Found: Hashable {
    var rule: String
    var kind: String
    var point: String
    var person: String
    var encounter: String
    var day: String
    var lines: String
    var quantity: String
    var amount: String
    var fund: String
}

/// Runs the whole engine over an extract in a folder of its own.
struct Engine {
    static let knowledge: KnowledgeBase = {
        do { return try KnowledgeBase(folder: KnowledgeBase.standardFolder()) } catch { fatalError("\(error)") }
    }()

    static func folder() -> URL {
        FileManager.default.temporaryDirectory.appending(path: "yibao-screening-\(UUID().uuidString)")
    }

    @discardableResult
    static func run(
        _ extract: InventedExtract, knowledge: KnowledgeBase = Engine.knowledge, threads: Int = 2
    ) throws -> [Found] {
        let folder = folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try extract.write(to: folder.appending(path: "in"))
        _ = try run(
            folder.appending(path: "in"), out: folder.appending(path: "out"), knowledge: knowledge, threads: threads)
        return try findings(folder.appending(path: "out"))
    }

    static func run(
        _ folder: URL, out: URL, knowledge: KnowledgeBase = Engine.knowledge, threads: Int = 2, partitions: Int? = 16,
        memory: Int = 1 << 30, workbook: Bool = false
    ) throws -> Screening.Result {
        var screening = Screening(extract: folder, out: out, knowledge: knowledge)
        screening.threads = threads
        screening.writesWorkbook = workbook
        screening.partitions = partitions
        screening.memory = memory
        return try screening.run()
    }

    /// What could not be decided: rule code and reason → count.
    static func undecided(
        _ extract: InventedExtract, knowledge: KnowledgeBase = Engine.knowledge
    ) throws -> [String: String] {
        let rows = try tables(extract, knowledge: knowledge, ["undecided.csv"])[0]
        return Dictionary(
            uniqueKeysWithValues: rows.map { ("\($0["rule_code"]) \($0["reason"])", $0["count"]) })
    }

    /// The rows of some files of the result.
    static func tables(
        _ extract: InventedExtract, knowledge: KnowledgeBase = Engine.knowledge, _ files: [String]
    ) throws -> [[CSVTable.Row]] {
        let folder = folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try extract.write(to: folder.appending(path: "in"))
        let out = folder.appending(path: "out")
        _ = try run(folder.appending(path: "in"), out: out, knowledge: knowledge)
        return try files.map {
            try CSVTable(String(contentsOf: out.appending(path: $0), encoding: .utf8), file: $0).rows
        }
    }

    static func findings(_ out: URL) throws -> [Found] {
        let text = try String(contentsOf: out.appending(path: "findings.csv"), encoding: .utf8)
        return try CSVTable(text, file: "findings.csv").rows.map {
            Found(
                rule: $0["rule_code"], kind: $0["kind"], point: $0["point_id"], person: $0["psn_no"],
                encounter: $0["mdtrt_id"],
                day: $0["day"], lines: $0["bkkp_sn"], quantity: $0["quantity"], amount: $0["amount"],
                fund: $0["fund_amount"])
        }
    }
}
