import Basics
import Foundation
import Screening
import Testing

/// Limits out of the agency's own tables: they run when the table is given.
@Suite struct AgencyTableTests {
    private static let tables = [
        "indication.csv": "rule_code,point_id,item_code,diagnoses\nGZ10000101008000,IND,X1,C50;C51\n",
        "contraindication.csv": "rule_code,point_id,item_code,diagnoses\nGZ10000301008000,CON,X2,O0\n",
        "department.csv": "rule_code,point_id,item_code,departments\nGZ10000102008000,DEP,X3,D1;D2\n",
        "second_line.csv": "rule_code,point_id,item_code,first_line_items\nGZ10000101005000,SEC,X4,Y4\n",
        "item_item.csv": "rule_code,point_id,item_code,items\nGZ10000301001000,ITE,X5,Y5\n",
        "diagnosis_procedure.csv": "rule_code,point_id,diagnosis,procedures\nGZ10000201006000,DXP,K35,47\n",
        "diagnosis_item.csv": "rule_code,point_id,diagnosis,items\nGZ10000201003000,DXI,J18,Y6\n",
        "total_cap.csv": "rule_code,point_id,item_code,cap_yuan\nGZ10000102015000,CAP,X7,100\n",
        "dose.csv":
            "rule_code,point_id,item_code,max_qty,per\nGZ10000301005000,DOD,X8,2,day\nGZ10000301005000,DOE,X9,3,encounter\nGZ10000301005000,DOL,X10,1,line\n",
    ]

    private func knowledge() throws -> KnowledgeBase {
        let extra = Engine.folder()
        defer { try? FileManager.default.removeItem(at: extra) }
        try FileManager.default.createDirectory(at: extra, withIntermediateDirectories: true)
        for (name, text) in Self.tables {
            try text.write(to: extra.appending(path: name), atomically: true, encoding: .utf8)
        }
        return try KnowledgeBase(folder: KnowledgeBase.standardFolder(), extra: extra)
    }

    private func visit(
        _ id: String, person: String? = nil, diagnosis: String = "I10", at: String = "2025-03-01",
        _ items: [(String, String)], department: String = "D9"
    ) -> InventedExtract.Encounter {
        InventedExtract.Encounter(
            id: id, person: person ?? "P\(id)", medType: "11", begin: "\(at) 08:00:00", end: "\(at) 09:00:00",
            diagnosis: diagnosis,
            lines: items.map {
                .init(
                    item: $0.0, at: "\(at) 08:30:00", quantity: $0.1, price: "30", more: ["bilg_dept_codg": department])
            })
    }

    @Test func eachTableFindsItsBreachAndNotItsNeighbour() throws {
        var extract = InventedExtract()
        extract.encounters = [
            visit("ind1", [("X1", "1")]), visit("ind2", diagnosis: "C50.9", [("X1", "1")]),
            visit("con1", diagnosis: "O03.1", [("X2", "1")]), visit("con2", [("X2", "1")]),
            visit("dep1", [("X3", "1")]), visit("dep2", [("X3", "1")], department: "D2"),
            visit("sec1", [("X4", "1")]), visit("sec2a", person: "S", at: "2025-02-01", [("Y41", "1")]),
            visit("sec2b", person: "S", [("X4", "1")]),
            visit("ite1", [("X5", "1")]), visit("ite2", [("X5", "1"), ("Y5", "1")]),
            visit("dxp1", diagnosis: "K35.0", []), visit("dxp2", diagnosis: "K35.0", []),
            visit("dxp3", diagnosis: "K35.0", []),
            visit("dxi1", diagnosis: "J18.9", []), visit("dxi2", diagnosis: "J18.9", [("Y6", "1")]),
            visit("cap1", person: "C", [("X7", "2")]), visit("cap2", person: "C", at: "2025-04-01", [("X7", "2")]),
            visit("cap3", person: "D", [("X7", "3")]), visit("cap4", person: "D", at: "2026-01-01", [("X7", "3")]),
            visit("dod1", [("X8", "1"), ("X8", "1.5")]), visit("dod2", [("X8", "2")]),
            visit("doe1", [("X9", "4")]), visit("doe2", [("X9", "3")]), visit("dol1", [("X10", "2")]),
            visit("dol2", [("X10", "1"), ("X10", "1")]),
        ]
        extract.procedures = [("dxp1", "Pdxp1", "51.2300"), ("dxp2", "Pdxp2", "47.0100")]
        let found = try Engine.run(extract, knowledge: knowledge()).filter { $0.kind == "table" }
        #expect(
            found.map { "\($0.point) \($0.encounter)" }.sorted() == [
                "CAP cap2", "CON con1", "DEP dep1", "DOD dod1", "DOE doe1", "DOL dol1", "DXI dxi1", "DXP dxp1",
                "IND ind1", "ITE ite1", "SEC sec1",
            ])
        // 120 yuan in the year against 100; the excess dose at 30 yuan.
        #expect(found.filter { $0.point == "CAP" }.map(\.amount) == ["20.00"])
        #expect(found.filter { $0.point == "DOD" }.map(\.amount) == ["15.00"])
        #expect(try Engine.run(extract).filter { $0.kind == "table" }.isEmpty)
    }

    @Test func stockThatDoesNotAddUp() throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var extract = InventedExtract()
        extract.encounters = [visit("a", [])]
        let source = folder.appending(path: "in")
        try extract.write(to: source)
        let files = [
            "3501.csv":
                "fixmedins_code,med_list_codg,invdate,inv_cnt\nH1,X1,2025-01-01,100\nH1,X1,2025-02-01,60\nH1,X2,2025-01-01,100\nH1,X2,2025-02-01,59\n",
            "3503.csv":
                "fixmedins_code,med_list_codg,purc_retn_stoin_time,purc_retn_cnt\nH1,X1,2025-01-05,20\nH1,X2,2025-01-05,20\n",
            "3504.csv":
                "fixmedins_code,med_list_codg,purc_retn_stoin_time,purc_retn_cnt\nH1,X1,2025-01-06,5\nH1,X2,2025-01-06,5\n",
            "3505.csv":
                "fixmedins_code,med_list_codg,sel_retn_time,sel_retn_cnt\nH1,X1,2025-01-07,60\nH1,X2,2025-01-07,70\n",
            "3506.csv":
                "fixmedins_code,med_list_codg,sel_retn_time,sel_retn_cnt\nH1,X1,2025-01-08,5\nH1,X2,2025-01-08,5\n",
        ]
        for (name, text) in files {
            try text.write(to: source.appending(path: name), atomically: true, encoding: .utf8)
        }
        // A broken row is rejected, the others count; other forms of a day, another encoding.
        let more =
            "fixmedins_code,med_list_codg,inv_chg_type,inv_chg_time,cnt,备注\nH1,X1,101,20250110,7,盘盈\n"
            + "H1,X1,201,2025/01/11,7,盘亏\nH1,X1,201,2025-01-32,7,日期\n,X1,201,2025-01-11,7,机构\nH1,X1,201,2025-01-11\n"
        let encoding = String.Encoding(rawValue: CFStringEncodingBridge.gb18030)
        try more.data(using: encoding)!.write(to: source.appending(path: "3502.csv"))
        let result = try Engine.run(source, out: folder.appending(path: "out"))
        let found = try Engine.findings(folder.appending(path: "out")).filter { $0.kind == "stock" }
        // X1: 100 + 20 − 5 − 60 + 5 + 7 − 7 = 60. X2: 50 expected, 59 counted.
        #expect(found.map(\.quantity) == ["9"])
        #expect(result.rejected == 3)
        let text = try String(contentsOf: folder.appending(path: "out/rejected.csv"), encoding: .utf8)
        #expect(
            text == """
                file,line,column,reason
                3502.csv,4,inv_chg_time,不是日期
                3502.csv,5,fixmedins_code,必填项为空
                3502.csv,6,,"有 4 列,表头有 6 列"

                """)
    }

    /// An agency's maximum may be less than one unit: a single use exceeds it.
    @Test func aMaximumBelowOneUnitWithinAPeriod() throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in [
            "points.csv": "point_id,rule_code,item_name,parameters\nPER,YB-2025-31,甲,max_qty=0.5;period_days=7\n",
            "point_items.csv": "point_id,item_code\nPER,X90\n",
        ] {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        var extract = InventedExtract()
        extract.encounters = [visit("one", [("X90", "1")]), visit("half", [("X90", "0.5")])]
        let knowledge = try KnowledgeBase(folder: KnowledgeBase.standardFolder(), extra: folder)
        let found = try Engine.run(extract, knowledge: knowledge).filter { $0.point == "PER" }
        #expect(found.map { "\($0.encounter) \($0.quantity)" } == ["one 0.5"])
    }
}
