import Basics
import Foundation
import Storage

/// The county's extract with violations planted in it (示范县抽取 + 埋设违规): rows beside the county's own, tables of
/// stock, the agency's own tables, and `planted.csv` with what a screening must find.
///
/// ```swift
/// _ = try await PlatformExtract(store, area: Demonstration.area).write(to: folder)
/// let labels = try await PlantedExtract(folder: folder, until: until.day).plant(store)
/// ```
/// Screened with `--knowledge FOLDER/本地知识 --caps 990100`, precision and recall are 1.
public struct PlantedExtract: Sendable {
    public static let labelsFile = "planted.csv"
    public static let knowledgeFolder = "本地知识"

    let folder: String
    let until: Day
    private static let copies = 3
    private static let peers = 8

    public init(folder: String, until: Day) {
        self.folder = folder
        self.until = until
    }

    /// Plants everything and answers how many findings are due.
    public func plant(_ store: any Store) async throws -> Int {
        var violations = Violations(first: until - 200)
        for copy in 0..<PlantedExtract.copies { violations.plant(copy: copy) }
        violations.plantPeers(PlantedExtract.peers)
        try append(violations.visits)
        let stock = PlantedStock(until: until, products: PlantedExtract.copies)
        for (name, text) in stock.files { try write(name, text) }
        for (kind, rule, institution) in stock.expected {
            violations.expect(kind, rule, institution: institution)
        }
        let planted = violations.visits
        let outliers = try await store.read { tx in
            var truth = try IndicatorTruth(tx, area: Demonstration.area)
            for visit in planted { truth.add(visit) }
            return truth.outliers()
        }
        for outlier in outliers { violations.expect("indicator", outlier.rule, institution: outlier.institution) }
        try writeLabels(violations.labels)
        try writeKnowledge()
        return violations.labels.count
    }

    // MARK: - Rows

    private func append(_ visits: [PlantedVisit]) throws {
        var encounters = try AppendedTable(folder, "mdtrt_d")
        var settlements = try AppendedTable(folder, "setl_d")
        var diagnoses = try AppendedTable(folder, "setl_list_diag_d")
        var operations = try AppendedTable(folder, "setl_list_oprn_d")
        var lines = try AppendedTable(folder, "fee_list_d")
        for visit in visits {
            encounters.add(encounter(visit))
            settlements.add(settlement(visit))
            for (number, code) in ([visit.diagnosis] + visit.moreDiagnoses).enumerated() where !code.isEmpty {
                diagnoses.add([
                    "setl_list_diag_id": "\(visit.id)-\(number)", "mdtrt_id": visit.id, "psn_no": visit.person.number,
                    "diag_type": "1", "maindiag_flag": number == 0 ? "1" : "0", "diag_code": code, "vali_flag": "1",
                ])
            }
            if let procedure = visit.procedure {
                operations.add([
                    "setl_list_oprn_id": visit.id, "setl_id": "S\(visit.id)", "psn_no": visit.person.number,
                    "mdtrt_id": visit.id, "main_oprn_flag": "1", "oprn_oprt_code": procedure, "vali_flag": "1",
                ])
            }
            for line in visit.lines { lines.add(row(line, visit)) }
        }
        for table in [encounters, settlements, diagnoses, operations, lines] { try table.finish() }
    }

    private func encounter(_ visit: PlantedVisit) -> [String: String] {
        [
            "mdtrt_id": visit.id, "psn_no": visit.person.number, "psn_name": visit.person.name,
            "gend": "\(visit.person.sex)", "brdy": visit.person.birth.description,
            "insutype": "\(Insurance.employee.rawValue)", "nwb_flag": "0", "fixmedins_code": visit.institution.code,
            "fixmedins_name": visit.institution.name, "hosp_lv": level(visit.institution),
            "lmtpric_hosp_lv": level(visit.institution), "begntime": visit.begin.description,
            "endtime": visit.end?.description ?? "", "med_type": "\(visit.care.rawValue)",
            "dscg_maindiag_code": visit.diagnosis, "die_date": visit.death?.description ?? "", "vali_flag": "1",
            "updt_time": visit.begin.description,
        ]
    }

    private func level(_ institution: PlantedInstitution) -> String {
        institution.tier == .unrated ? "9" : "\(institution.tier.rawValue)"
    }

    private func settlement(_ visit: PlantedVisit) -> [String: String] {
        [
            "setl_id": "S\(visit.id)", "mdtrt_id": visit.id, "psn_no": visit.person.number,
            "fixmedins_code": visit.institution.code, "medfee_sumamt": visit.total.description,
            "fund_pay_sumamt": Money(fen: visit.total.fen * 6 / 10).description, "refd_setl_flag": "0",
            "vali_flag": "1", "updt_time": (visit.begin + 7_200).description,
        ]
    }

    private func row(_ line: PlantedLine, _ visit: PlantedVisit) -> [String: String] {
        [
            "bkkp_sn": line.id, "mdtrt_id": visit.id, "fee_ocur_time": line.at.description, "setl_id": "S\(visit.id)",
            "rx_drord_no": line.prescription, "fixmedins_code": visit.institution.code,
            "psn_no": visit.person.number, "med_type": "\(visit.care.rawValue)", "cnt": line.quantity.description,
            "pric": line.item.price.description, "det_item_fee_sumamt": line.amount.description,
            "inscp_amt": line.amount.description, "chrgitm_lv": FeeClass.a.code, "hilist_code": line.item.code,
            "hilist_name": line.item.name, "list_type": "\(line.item.listType)", "med_list_codg": line.item.code,
            "med_chrgitm_type": line.item.charge.code, "bilg_dept_codg": line.department, "bilg_dr_code": "D9901000001",
            "bilg_dr_name": "示例医师", "vali_flag": "1", "crte_time": line.uploadedAt.description,
            "updt_time": line.uploadedAt.description,
        ]
    }

    // MARK: - Files beside

    private func write(_ name: String, _ text: String) throws {
        let path = folder + "/" + name
        do {
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Problem("extract.file", field: path, "写不了这个文件,请核对文件夹的权限和磁盘空间")
        }
    }

    private func writeLabels(_ labels: [PlantedLabel]) throws {
        let rows = labels.map { $0.row.map(CSVTable.escape).joined(separator: ",") }
        try write(PlantedExtract.labelsFile, ([PlantedLabel.header] + rows).joined(separator: "\n") + "\n")
    }

    private func writeKnowledge() throws {
        let own = PlantedExtract.knowledgeFolder
        for (name, text) in PlantedTables.files { try write("\(own)/\(name)", text) }
        try write("\(own)/caps/\(Demonstration.area).csv", PlantedTables.caps)
    }
}

/// A table of the extract that gets more rows, given by the names of its columns.
private struct AppendedTable {
    private let path: String
    private let columns: [String]
    private var text = ""

    init(_ folder: String, _ table: String) throws {
        path = folder + "/" + table + ".csv"
        guard let file = FileHandle(forReadingAtPath: path), let start = try? file.read(upToCount: 1 << 16) else {
            throw Problem("extract.file", field: path, "读不到抽取文件的表头,请重新抽取")
        }
        let header = String(decoding: start.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        columns = header.split(separator: ",").map(String.init)
    }

    mutating func add(_ row: [String: String]) {
        assert(row.keys.allSatisfy(columns.contains), "\(path) lacks a column of \(row.keys.sorted())")
        text += columns.map { CSVTable.escape(row[$0] ?? "") }.joined(separator: ",") + "\n"
    }

    func finish() throws {
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw Problem("extract.file", field: path, "写不了抽取文件,请核对权限")
        }
        do {
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        } catch {
            throw Problem("extract.full", field: path, "没有写完,请检查磁盘空间后重新抽取")
        }
    }
}

/// Stock that does not come out (进销存不符), and stock that does.
struct PlantedStock {
    let files: [(name: String, text: String)]
    let expected: [(kind: String, rule: String, institution: String)]

    init(until: Day, products: Int) {
        let hospital = PlantedInstitution.first.code
        let pharmacy = PlantedInstitution.pharmacy.code
        let (opening, between, closing) = (until - 60, until - 45, until - 30)
        var counts = ["fixmedins_code,med_list_codg,invdate,inv_cnt"]
        var purchases = ["fixmedins_code,med_list_codg,purc_retn_stoin_time,purc_retn_cnt"]
        var sales = ["fixmedins_code,med_list_codg,sel_retn_time,sel_retn_cnt"]
        var expected: [(kind: String, rule: String, institution: String)] = []
        for product in 0..<products {
            let drug = "XC09CAA284A0010101005\(50 + product)"
            let material = "C990101000010010000\(1 + product)"
            // 100 + 50 − 40 = 110: the pharmacy counts 110 and is in order, the hospital counts 95.
            for (institution, item, counted) in [
                (pharmacy, drug, 110), (hospital, drug, 95), (hospital, material, 95),
            ] {
                counts += ["\(institution),\(item),\(opening),100", "\(institution),\(item),\(closing),\(counted)"]
                purchases.append("\(institution),\(item),\(between),50")
                sales.append("\(institution),\(item),\(between),40")
            }
            expected += [
                ("stock", "GZ10000202001000", hospital), ("stock", "GZ10000203001000", hospital),
            ]
        }
        files = [("3501.csv", counts), ("3503.csv", purchases), ("3505.csv", sales)].map { name, rows in
            (name, rows.joined(separator: "\n") + "\n")
        }
        self.expected = expected
    }
}
