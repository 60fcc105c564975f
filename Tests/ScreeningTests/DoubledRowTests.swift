import Basics
import Foundation
import Screening
import Testing

/// Two rows of one id, updated at one time, that differ in one field: whichever is read first, the same one stays.
@Suite struct DoubledRowTests {
    typealias Encounter = InventedExtract.Encounter
    typealias Line = InventedExtract.Line

    enum Row { case encounter, settlement, line }

    /// One person's care in which a field decides something, and the field's two values.
    private struct Situation {
        var row: Row
        var column: String
        var values: [String]
        var encounters: [Encounter]

        init(_ row: Row, _ column: String, _ one: String, _ other: String, _ encounters: [Encounter]) {
            (self.row, self.column, values, self.encounters) = (row, column, [one, other], encounters)
        }
    }

    private static let at = "2025-03-01 08:30:00"
    private static func line(_ item: String, _ more: [String: String] = [:]) -> Line {
        Line(item: item, at: at, more: more)
    }
    private static func visit(_ lines: [Line], begin: String = "2025-03-01 08:00:00") -> Encounter {
        Encounter(id: "", person: "", medType: "11", begin: begin, end: begin, lines: lines)
    }
    private static let womensDrug = "XG01AFA222D003010101770"
    private static let maternityDrug = "XG02ADD082D003010179504"
    private static let service = "001203000010000"

    private static let ofEncounters: [Situation] = [
        Situation(.encounter, "gend", "1", "2", [visit([line(womensDrug)])]),
        Situation(.encounter, "gend", "0", "7", [visit([])]),
        Situation(.encounter, "brdy", "1985-06-15", "2025-02-20", [diagnosed("P59.900")]),
        Situation(.encounter, "insutype", "310", "510", [visit([line(maternityDrug)])]),
        Situation(.encounter, "nwb_flag", "0", "1", [visit([line(womensDrug)])]),
        Situation(.encounter, "fixmedins_code", "H001", "", [visit([line(womensDrug)])]),
        Situation(.encounter, "hosp_lv", "1", "3", [visit([line(secondTierDrug)])]),
        Situation(.encounter, "med_type", "11", "52", [visit([line(maternityDrug)])]),
        Situation(.encounter, "dscg_maindiag_code", "I10", "N80.000", [visit([])]),
        Situation(.encounter, "oprn_oprt_code", "", "68.4901", [visit([])]),
        Situation(.encounter, "die_date", "", "2025-02-01", [visit([line(service)])]),
        Situation(.encounter, "vali_flag", "1", "0", [visit([line(womensDrug)])]),
        Situation(.encounter, "endtime", "2025-03-01", "2025-03-01 00:00:00", [visit([])]),
    ]
    private static let ofSettlements: [Situation] = [
        Situation(.settlement, "refd_setl_flag", "0", "1", [visit([line(womensDrug)])]),
        Situation(.settlement, "vali_flag", "1", "0", [visit([line(womensDrug)])]),
        Situation(.settlement, "mdtrt_id", "0", "1", [visit([line(womensDrug)]), visit([line(womensDrug)])]),
        Situation(.settlement, "init_setl_id", "", "S1", [visit([]), visit([line(womensDrug)])]),
    ]
    private static let ofLines: [Situation] = [
        Situation(.line, "mdtrt_id", "0", "1", [visit([line(womensDrug)]), visit([line(service)])]),
        Situation(.line, "setl_id", "", "S1", [visit([line(womensDrug)]), visit([])]),
        Situation(.line, "rx_drord_no", "R1", "R2", [visit([piece("甘草", 1), piece("甘遂", 2)])]),
        Situation(.line, "inscp_amt", "0", "10", [visit([line(maternityDrug)])]),
        Situation(.line, "inscp_amt", "", "10", [visit([line(maternityDrug)])]),
        Situation(.line, "hilist_name", "甘草", "白术", [visit([piece("甘草", 1), piece("甘遂", 2)])]),
        Situation(.line, "list_type", "103", "201", [visit([piece("甘草", 1, code: service), piece("甘遂", 2)])]),
        Situation(.line, "med_chrgitm_type", "01", "05", [hangingBed]),
        Situation(
            .line, "prd_days", "1", "7", [visit([line(drugs[0])]), visit([later], begin: "2025-03-04 08:00:00")]),
        Situation(.line, "vali_flag", "1", "0", [visit([line(womensDrug)])]),
        Situation(.line, "crte_time", "2025-03-01 09:00:00", "2025-03-03 09:00:00", [visit([line(service)])]),
        Situation(.line, "init_feedetl_sn", "-2", "-3", [visit([refund, line(womensDrug), line(service)])]),
    ]

    private static let drugs = ["XJ01CRA040B001010100186", "XJ01CRB051B001010100186"]
    private static let later = Line(item: drugs[1], at: "2025-03-04 08:30:00")
    private static let refund = Line(item: "001102000010000", at: "2025-03-01 08:40:00", quantity: "-1")
    private static func piece(_ name: String, _ number: Int, code: String? = nil) -> Line {
        line(code ?? "T00000000\(number)", ["hilist_name": name, "list_type": "103", "rx_drord_no": "R1"])
    }
    private static func diagnosed(_ code: String) -> Encounter {
        var own = visit([])
        own.diagnosis = code
        return own
    }
    private static let secondTierDrug = Engine.knowledge.points.first { $0.demand == .tier(atLeast: 2) }!.items[0]
    /// Three nights, on two of them something else than bed and nursing, if the first line is that.
    private static let hangingBed = Encounter(
        id: "", person: "", begin: "2025-03-01 07:00:00", end: "2025-03-04 10:00:00",
        lines: [line(service), Line(item: service, at: "2025-03-02 08:30:00", more: ["med_chrgitm_type": "05"])])

    @Test(arguments: [Row.encounter, .settlement, .line])
    func theSameRowStays(_ row: Row) throws {
        let situations = [Self.ofEncounters, Self.ofSettlements, Self.ofLines].first { $0[0].row == row }!
        let first = try outcome(situations, [0])
        let second = try outcome(situations, [1])
        // A field that decides nothing would prove nothing.
        for (number, situation) in situations.enumerated() {
            #expect(first[number] != second[number], "\(situation.row) \(situation.column)")
        }
        let both = try outcome(situations, [0, 1])
        let reversed = try outcome(situations, [1, 0])
        for (number, situation) in situations.enumerated() {
            #expect(both[number] == reversed[number], "\(situation.row) \(situation.column)")
            let isOneOfThem = both[number] == first[number] || both[number] == second[number]
            #expect(isOneOfThem, "\(situation.row) \(situation.column): \(both[number])")
        }
    }

    /// What is found of each situation's person when its row has these of its values, in this order.
    private func outcome(_ situations: [Situation], _ values: [Int]) throws -> [[String]] {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var extract = InventedExtract()
        for (number, situation) in situations.enumerated() { add(situation, number, values, to: &extract) }
        try extract.write(to: folder.appending(path: "in"))
        let out = folder.appending(path: "out")
        _ = try Engine.run(folder.appending(path: "in"), out: out)
        let rows = try String(contentsOf: out.appending(path: "findings.csv"), encoding: .utf8).split(separator: "\n")
        return situations.indices.map { number in
            rows.filter { $0.contains(",P\(number),") }.map(String.init)
        }
    }

    private func add(_ situation: Situation, _ number: Int, _ values: [Int], to extract: inout InventedExtract) {
        var encounters = situation.encounters
        for index in encounters.indices {
            encounters[index].person = "P\(number)"
            encounters[index].id = "M\(number)-\(index)"
        }
        // Ids in a value are numbers of encounters, lines and settlements of the same person.
        let chosen = values.map { value(situation, situation.values[$0], "M\(number)-") }
        switch situation.row {
        case .encounter:
            for value in chosen {
                encounters[0].more[situation.column] = value
                extract.encounters.append(encounters[0])
                // The second row of the encounter brings no second row of its lines and settlement.
                encounters[0].lines = []
                encounters[0].fund = nil
            }
            extract.encounters += encounters.dropFirst()
        case .settlement:
            encounters[0].fund = nil
            extract.encounters += encounters
            for value in chosen {
                let row = [
                    "setl_id": "S\(encounters[0].id)", "mdtrt_id": encounters[0].id, "psn_no": "P\(number)",
                    "medfee_sumamt": "100", "fund_pay_sumamt": "80", "vali_flag": "1",
                ]
                extract.extraSettlements.append(row.merging([situation.column: value]) { $1 })
            }
        case .line:
            var own = encounters[0].lines[0]
            own.id = "\(encounters[0].id)-1"
            let doubled = chosen.map { value in
                var line = own
                line.more[situation.column] = value
                return line
            }
            for index in encounters[0].lines.indices {
                encounters[0].lines[index].id = "\(encounters[0].id)-\(index + 1)"
            }
            encounters[0].lines = doubled + encounters[0].lines.dropFirst()
            if encounters.count > 1 { encounters[1].fund = "30" }
            extract.encounters += encounters
        }
    }

    private func value(_ situation: Situation, _ value: String, _ prefix: String) -> String {
        switch situation.column {
        case "mdtrt_id": prefix + value
        case "init_feedetl_sn": prefix + "0" + value
        case "setl_id", "init_setl_id": value.isEmpty ? "" : "S" + prefix + String(value.dropFirst())
        default: value
        }
    }
}
