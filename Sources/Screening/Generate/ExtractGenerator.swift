import Basics
import Foundation

/// Writes an invented extract: ordinary care in plausible proportions, with violations of every kind planted among it
/// and listed in `planted.csv`. The same seed gives the same bytes.
///
/// Everything in it is invented; names say so.
public struct ExtractGenerator: Sendable {
    public var lines: Int
    public var seed: UInt64
    /// Share of encounters, in a million, that carry a planted violation.
    public var planted = 10_000
    public var year = 2025
    /// Adds awkward rows as well: refunds, corrections, cancelled settlements, broken figures.
    public var awkward = true

    public init(lines: Int, seed: UInt64) {
        self.lines = lines
        self.seed = seed
    }

    public func write(to folder: URL, knowledge: KnowledgeBase) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var writer = try ExtractWriter(folder)
        var world = World(knowledge, seed: seed, year: year, planted: planted, awkward: awkward)
        while writer.lineCount < lines { try world.person(into: &writer) }
        try world.crowd(into: &writer)
        try world.stock(in: folder, into: &writer)
        try writer.finish()
    }
}

/// The files of an extract while they are written.
struct ExtractWriter {
    private let encounters: FileWriter
    private let settlements: FileWriter
    private let diagnoses: FileWriter
    private let procedures: FileWriter
    private let lines: FileWriter
    private let planted: FileWriter
    private(set) var lineCount = 0

    init(_ folder: URL) throws {
        func file(_ name: String, _ header: String) throws -> FileWriter {
            let writer = try FileWriter(folder.appending(path: name).path)
            try writer.line(header)
            return writer
        }
        encounters = try file(
            "mdtrt_d.csv",
            "mdtrt_id,psn_no,psn_name,gend,brdy,insutype,nwb_flag,fixmedins_code,fixmedins_name,hosp_lv,begntime,endtime,"
                + "med_type,dscg_maindiag_code,die_date,vali_flag,updt_time"
        )
        settlements = try file(
            "setl_d.csv",
            "setl_id,mdtrt_id,psn_no,init_setl_id,medfee_sumamt,fund_pay_sumamt,refd_setl_flag,vali_flag,updt_time")
        diagnoses = try file("setl_list_diag_d.csv", "setl_id,mdtrt_id,psn_no,diag_code,maindiag_flag,vali_flag")
        procedures = try file("setl_list_oprn_d.csv", "setl_id,mdtrt_id,psn_no,oprn_oprt_code,main_oprn_flag,vali_flag")
        lines = try file(
            "fee_list_d.csv",
            "bkkp_sn,mdtrt_id,fee_ocur_time,setl_id,rx_drord_no,fixmedins_code,psn_no,med_type,cnt,pric,"
                + "det_item_fee_sumamt,inscp_amt,chrgitm_lv,hilist_code,hilist_name,list_type,med_list_codg,"
                + "med_chrgitm_type,bilg_dept_codg,bilg_dr_code,bilg_dr_name,prd_days,vali_flag,updt_time,crte_time,"
                + "init_feedetl_sn"
        )
        planted = try file("planted.csv", "kind,psn_no,mdtrt_id,bkkp_sn")
    }

    func encounter(_ row: String) throws { try encounters.line(row) }
    func settlement(_ row: String) throws { try settlements.line(row) }
    func diagnosis(_ row: String) throws { try diagnoses.line(row) }
    func procedure(_ row: String) throws { try procedures.line(row) }
    func plant(_ row: String) throws { try planted.line(row) }
    mutating func line(_ bytes: [UInt8]) throws {
        try lines.write(bytes)
        lineCount += 1
    }

    func finish() throws {
        for file in [encounters, settlements, diagnoses, procedures, lines, planted] { try file.flush() }
    }
}
