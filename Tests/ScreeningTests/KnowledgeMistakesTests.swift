import Basics
import Foundation
import Testing

@testable import Screening

/// What an agency can get wrong in its own tables and parameters: each is named with file and line, all together.
@Suite struct KnowledgeMistakesTests {
    private func knowledge(_ files: [String: String], caps: String? = nil) throws -> KnowledgeBase {
        let extra = Engine.folder()
        defer { try? FileManager.default.removeItem(at: extra) }
        for (name, text) in files {
            let file = extra.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return try KnowledgeBase(folder: KnowledgeBase.standardFolder(), extra: extra, capsArea: caps)
    }

    /// Code and line of what is refused, in order, when `rows` stand below a file's header.
    private func refused(_ file: String, _ header: String, _ rows: [String], caps: String? = nil) throws -> [String] {
        do {
            _ = try knowledge([file: ([header] + rows).joined(separator: "\n") + "\n"], caps: caps)
            return []
        } catch let problems as Problems {
            return problems.all.map { problem in
                let place = (problem.field ?? "").replacingOccurrences(of: "机构:\(file):", with: "")
                return "\(place) \(problem.code.replacingOccurrences(of: "screening.", with: ""))"
            }
        }
    }

    @Test func points() throws {
        let cases: [(rule: String, parameters: String, code: String)] = [
            ("GZ10000301004000", "sex=3", "point.number"), ("GZ10000301004000", "", "point.parameters"),
            ("GZ10000301004000", "sex=1;sex=2", "point.parameters"), ("GZ10000301004000", "sex=", "point.parameters"),
            ("GZ10000102014000", "max_qty=0;per=day", "point.number"),
            ("GZ10000102014000", "max_qty=-1;per=day", "point.number"),
            ("GZ10000102014000", "max_qty=1;per=week", "point.parameters"),
            ("GZ10000301009000", "age_ge=50;age_le=40", "point.parameters"),
            ("GZ10000301009000", "age_ge=18;age_lt=18", "point.parameters"),
            ("GZ10000301009000", "age_le=151", "point.number"),
            ("GZ10000101006000", "newborn=2", "point.number"),
            ("GZ10000101006000", "newborn=1;age_lt=3", "point.parameters"),
            ("GZ10000101012000", "level_ge=7", "point.number"), ("GZ10000101012000", "level_ge=0", "point.number"),
            ("YB-2025-31", "max_qty=1;period_days=0", "point.number"),
            ("GZ10000102010000", "max_days=0", "point.number"), ("GZ10000102009000", "setting=门诊", "point.parameters"),
            ("GZ10000102003000", "insurance=xyz", "point.parameters"),
            ("GZ10000102002000", "group=", "point.parameters"),
            // Kinds that no point feeds, and a limit in words that a machine cannot decide.
            ("GZ10000101008000", "rubbish=7", "point.parameters"),
            ("GZ10000101008000", "max_days=1", "point.parameters"),
            ("GZ10000101008000", "needs=indication_text;max_days=1", "point.parameters"),
            ("GZ10000102012000", "sex=1", "point.parameters"), ("GZ10000202002000", "max_qty=1", "rule.undecidable"),
            ("GZ0", "sex=1", "point.rule"),
        ]
        let rows = cases.enumerated().map { "J\($0),\($1.rule),甲,\($1.parameters)" }
        #expect(
            try refused("points.csv", "point_id,rule_code,item_name,parameters", rows)
                == cases.enumerated().map { "\($0 + 2) \($1.code)" })
        #expect(
            try refused(
                "points.csv", "point_id,rule_code,item_name,parameters",
                [",GZ10000301004000,甲,sex=1", "J,GZ10000301004000,,sex=1", "K,GZ10000301004000,乙,sex=1"])
                == ["2 point.doubled", "3 knowledge.empty"])
        // Limits in words may be listed: they need no item.
        #expect(
            try refused(
                "points.csv", "point_id,rule_code,item_name,parameters",
                ["J,GZ10000101008000,甲,needs=indication_text"]) == [])
    }

    @Test func itemsOfPoints() throws {
        #expect(
            try refused(
                "point_items.csv", "point_id,item_code",
                [
                    "KP-c5f30de620be9aa3,", "KP-c5f30de620be9aa3,X1;X2", "KP-0,X1", ",X1",
                    "KP-c5f30de620be9aa3,XG01AFA222D003010101770", "KP-c5f30de620be9aa3,X1", "KP-c5f30de620be9aa3,X1",
                ]) == [
                    "2 knowledge.empty", "3 knowledge.code", "4 point.unknown", "5 knowledge.empty", "6 point.item",
                    "8 point.item",
                ])
        // National codes are capitals, however a table writes them.
        let sound = try knowledge(["point_items.csv": "point_id,item_code\nKP-c5f30de620be9aa3,x1\n"])
        #expect(sound.points.first { $0.id == "KP-c5f30de620be9aa3" }?.items.last == "X1")
    }

    @Test func pairs() throws {
        let rule = "GZ10000102012000"
        #expect(
            try refused(
                "pairs.csv", "point_id,rule_code,scope,item_a,name_a,item_b,name_b",
                [
                    ",\(rule),day,A1,甲,B1,乙", "P1,GZ10000301004000,day,A1,甲,B1,乙", "P2,\(rule),day,,甲,B1,乙",
                    "P3,\(rule),week,A1,甲,B1,乙", "P4,\(rule),day,A1,甲,A1,乙", "P5,\(rule),day,A1,,B1,乙",
                    "P6,\(rule),day,A1,甲,B1,乙", "P6,\(rule),encounter,A1,甲,B1,乙", "P7,\(rule),day,A1,甲,B1,乙",
                    "KP-ecc09d0c65ab6f08,\(rule),hour,A1,甲,B1,乙",
                    "P8,\(rule),day,001103000010000,急诊监护费,001102000030000,急诊诊查费",
                    "P9,GZ10000202002000,day,A1,甲,B1,乙", "P10,\(rule),encounter,A1,甲,B1,乙",
                ]) == [
                    "2 point.doubled", "3 rule.other", "4 knowledge.empty", "5 pair.scope", "6 pair.same",
                    "7 knowledge.empty", "9 point.doubled", "10 pair.doubled", "11 point.doubled", "12 pair.doubled",
                    "13 rule.undecidable",
                ])
    }

    @Test func codeRanges() throws {
        let (sex, age, procedure) = ("GZ10000204006000", "GZ10000204007000", "GZ10000201005000")
        let rows = [
            "R1,\(sex),diagnosis,O00,O99,3,newborn,甲", "R2,\(sex),diagnosis,O99,O00,2,,甲",
            "R3,\(sex),diagnosis,O0,O99,2,,甲", "R4,\(sex),procedure,60,61,1,,甲",
            "R5,\(procedure),procedure,A60,A61,1,,甲", "R6,\(age),diagnosis,P00,P96,2,,甲",
            "R7,\(sex),diagnosis,500,599,2,,甲", "R8,\(sex),,O00,O99,2,,甲", "R9,\(sex),diagnosis,O00,O99,2,,",
            "R10,GZ10000301004000,diagnosis,O00,O99,2,,甲", "R11,\(sex),diagnosis,N40,N41,1,,甲",
        ]
        #expect(
            try refused("code_ranges.csv", "point_id,rule_code,system,first,last,sex,age,name", rows) == [
                "2 range.who", "3 range", "4 range", "5 range.system", "6 knowledge.code", "6 knowledge.code",
                "7 range.who", "8 knowledge.code", "8 knowledge.code", "9 range.system", "10 knowledge.empty",
                "11 rule.other",
            ])
        // The house ships 52: twelve more fit.
        let many = (0..<13).map { "R\($0),\(sex),diagnosis,Y\(10 + $0),Y\(10 + $0),2,,甲" }
        #expect(
            try refused("code_ranges.csv", "point_id,rule_code,system,first,last,sex,age,name", many)
                == ["14 range.many"])
    }

    @Test func herbs() throws {
        #expect(
            try refused("herb_names.csv", "herb,alias", ["甘草,", ",甘草节", "甘遂,炙甘草", "甘草,甘草节", "甘草,甘草节"])
                == ["2 knowledge.empty", "3 knowledge.empty", "4 herb.alias", "6 herb.alias"])
        let rule = "GZ10000301012000"
        #expect(
            try refused(
                "herb_pairs.csv", "point_id,rule_code,doctrine,herb_a,herb_b",
                [
                    "H1,\(rule),十八反,甘草,无此药", "H2,\(rule),十八反,甘草,甘草", "H3,\(rule),十八反,甘遂,甘草",
                    "H4,\(rule),,甘草,人参", "H5,GZ10000301004000,十八反,甘草,人参", "HP-01,\(rule),十八反,甘草,人参",
                ]) == [
                    "2 herb", "3 herb.same", "4 herb.doubled", "5 knowledge.empty", "6 rule.other", "7 point.doubled",
                ])
    }

    @Test func priceCaps() throws {
        let header = "item_code,cap_tier3,cap_tier2,cap_tier1,valid_from,valid_to"
        let rows = [
            "A1,5,5,5,2026年1月1日,", "A2,5,5,5,2026-13-01,", "A3,5,5,5,,2026-02-29", "A4,-5,5,5,,", "A5,0,5,5,,",
            "A6,五元,5,5,,", "A7,1.1234567,5,5,,", ",5,5,5,,", "A8,,,,,", "A9,5,5,5,2026-02-01,2026-01-31",
            "B1,5,5,5,,2026-01-31", "B1,6,6,6,2026-01-31,", "B2,5,5,5,,2026-01-31", "B2,6,,,2026-02-01,", "B3,5,5,5,,",
            "B3,5,5,5,,", "B4,5,5,5,2026/01/01,20261231",
        ]
        let expected = [
            "2 knowledge.day", "3 knowledge.day", "4 knowledge.day", "5 knowledge.number", "6 knowledge.number",
            "7 knowledge.number", "8 knowledge.number", "9 knowledge.empty", "10 caps", "11 caps.span",
            "13 caps.doubled", "17 caps.doubled",
        ]
        // Checked whether it is asked for or not.
        #expect(try refused("caps/999999.csv", header, rows, caps: "999999") == expected)
        #expect(try refused("caps/999999.csv", header, rows) == expected)
        #expect(
            try refused("caps/12.csv", header, []) == ["机构:caps/12.csv caps.file"])
        let sound = try knowledge(
            ["caps/999999.csv": "\(header)\nB2,5,5,5,,2026-01-31\nB2,6,,,2026-02-01,\n"], caps: "999999")
        #expect(sound.capsArea == "999999")
        #expect(sound.caps.map(\.from) == [nil, Day(year: 2026, month: 2, day: 1)])
        #expect(sound.caps.map(\.byTier) == [[nil, 5_000_000, 5_000_000, 5_000_000], [nil, nil, nil, 6_000_000]])
    }

    @Test func limits() throws {
        let dose = "GZ10000101009000"
        #expect(
            try refused(
                "dose.csv", "rule_code,point_id,item_code,max_qty,per,max_days",
                [
                    "\(dose),D1,X1,0,day,", "\(dose),D2,X1,-1,day,", "\(dose),D3,X1,1,week,", "\(dose),D4,X1,,day,",
                    "\(dose),D5,X1,1,day,7", "\(dose),D6,X1,,,0", "\(dose),D7,X1,,,7.5", "\(dose),,X1,,,7",
                    "\(dose),D8,,,,7", "\(dose),D9,X1,1,day,", "\(dose),D9,X1,2,day,", "\(dose),D9,X2,,,7",
                    "GZ10000301005000,D9,X3,,,7", "GZ10000301004000,E1,X1,,,7", "GZ10000101008000,E2,X1,,,7",
                    "GZ10000202002000,E3,X1,,,7", "\(dose),E4,X1,1,year,",
                ]) == [
                    "2 knowledge.number", "3 knowledge.number", "4 table.dose", "5 table.dose", "6 table.dose",
                    "7 table.dose", "8 table.dose", "9 knowledge.empty", "10 knowledge.empty", "12 table.doubled",
                    "14 table.rule", "15 rule.other", "16 rule.other", "17 rule.undecidable", "18 table.dose",
                ])
        #expect(
            try refused(
                "indication.csv", "rule_code,point_id,item_code,diagnoses",
                [
                    "GZ10000101008000,I1,X1,", "GZ10000101008000,I2,X1,10", "GZ10000101008000,I3,X1,I10、J20",
                    "GZ10000101008000,I4,X1,;", "GZ10000101008000,I5,X1,I10;J20", "GZ10000101008000,I5,X1,J20",
                ]) == [
                    "2 knowledge.empty", "3 knowledge.code", "4 knowledge.code", "5 table.list", "7 table.doubled",
                ])
        #expect(
            try refused(
                "total_cap.csv", "rule_code,point_id,item_code,cap_yuan",
                ["GZ10000102015000,C1,X1,", "GZ10000102015000,C2,X1,0", "GZ10000102015000,C3,X1,1.001"])
                == ["2 knowledge.empty", "3 knowledge.number", "4 knowledge.number"])
        #expect(
            try refused(
                "diagnosis_procedure.csv", "rule_code,point_id,diagnosis,procedures",
                ["GZ10000201006000,P1,47,47", "GZ10000201006000,P2,K35,K35", "GZ10000201006000,P3,K35,47.0;68"])
                == ["2 knowledge.code", "3 knowledge.code"])
        #expect(
            try refused(
                "department.csv", "rule_code,point_id,item_code,departments",
                ["GZ10000102008000,P1,X1,内科、外科", "GZ10000102008000,P2,X1,D1;D2"]) == ["2 knowledge.code"])
    }

    @Test func filesThatAreNoTables() throws {
        let points = "point_id,rule_code,item_name,parameters"
        #expect(
            try refused("dose.csv", "rule_code,point_id,item_code,max_qty,per,maxdays", []) == ["1 knowledge.column"])
        #expect(
            try refused("caps/999999.csv", "item_code,cap_tier3,cap_tier2,cap_tier1,valid_form", [])
                == ["1 knowledge.column"])
        #expect(try refused("points.csv", points + ",备注", []) == [])
        #expect(try refused("points.csv", points, ["J,GZ10000301004000,甲"]) == ["2 csv.width"])
        // The mistakes of all files come together, those of structure too.
        let wrong = [
            "points.csv": "point_id,rule_code,item_name\n", "dose.csv": "rule_code,point_id,item_code\nGZ0,D,X1\n",
            "typo.csv": "", "caps/1.csv": "",
        ]
        do {
            _ = try knowledge(wrong)
            Issue.record("accepted broken tables")
        } catch let problems as Problems {
            #expect(
                problems.all.map { $0.field ?? "" } == [
                    "机构:typo.csv", "机构:points.csv", "机构:dose.csv:2", "机构:dose.csv:2", "机构:caps/1.csv",
                ])
        }
    }

    // MARK: Parameters

    private func standardText() throws -> String {
        try String(contentsOf: KnowledgeBase.standardFolder().appending(path: "parameters.yaml"), encoding: .utf8)
    }

    /// Where a changed file is refused: line and key.
    private func refused(_ old: String, _ new: String) throws -> [String] {
        let text = try standardText()
        #expect(text.contains(old))
        do {
            _ = try Parameters(yaml: text.replacingOccurrences(of: old, with: new), file: "本地.yaml")
            return []
        } catch {
            return error.all.map { $0.field ?? "" }
        }
    }

    @Test func everyParameterHasItsRange() throws {
        let cases: [(old: String, new: String, key: String)] = [
            ("discount: 50%", "discount: 500%", "discount"), ("discount: 50%", "discount: 0%", "discount"),
            ("rejected_share_limit: 1%", "rejected_share_limit: 1000%", "rejected_share_limit"),
            ("persons: 5", "persons: 0", "together.persons"),
            ("persons: 5, days: 3,", "persons: 5, days: 0,", "together.days"),
            ("persons: 5, days: 3,", "persons: 5, days: 32,", "together.days"), ("\"9\": 0", "\"9\": 7", "tiers.digit"),
            ("newborn_days: 28", "newborn_days: -3", "newborn_days"),
            ("course_gap_days: 30", "course_gap_days: 0", "course_gap_days"),
            ("pre_admission_days: 0", "pre_admission_days: 91", "pre_admission_days"),
            ("working_age_from: 16", "working_age_from: 61", "working_age_from"),
            ("idle_share: 50%", "idle_share: 101%", "hanging_bed.idle_share"),
            ("min_days: 3,", "min_days: 0,", "hanging_bed.min_days"),
            ("\nreadmission_days: 10", "\nreadmission_days: 367", "readmission_days"),
            ("indicator_min_institutions: 6", "indicator_min_institutions: 1", "indicator_min_institutions"),
            ("outpatient_per_day: 4", "outpatient_per_day: 0", "frequency.outpatient_per_day"),
            ("inpatient_per_year: 6", "inpatient_per_year: 367", "frequency.inpatient_per_year"),
            ("late_upload_hours: 24", "late_upload_hours: 9999", "late_upload_hours"),
            ("drugs: 5", "drugs: 0", "kinds.drugs"), ("X: [23]", "X: [0]", "code_lengths"),
            ("X: [23]", "X: 23", "code_lengths"), ("stock_tolerance: 1%", "stock_tolerance: -1%", "stock_tolerance"),
            ("planned_causes: [\"Z51\"", "planned_causes: [\"51\"", "planned_causes"),
            ("bed_item_prefixes: [\"001109\"]", "bed_item_prefixes: []", "bed_item_prefixes"),
            ("idle_charge_types: [\"01\"", "idle_charge_types: [\"1\"", "idle_charge_types"),
            ("same_class_excepted: [\"B05\"", "same_class_excepted: [\"05\"", "same_class_excepted"),
            ("pharmacy: [\"41\"]", "pharmacy: [\"11\"]", "settings.pharmacy"),
            ("pharmacy: [\"41\"]", "pharmacy: 41", "settings.pharmacy"),
            ("\"11\": 0", "\"9\": 0", "tiers.grade"), ("version: 2025-12-01", "version: 去年", "version"),
        ]
        let text = try standardText()
        for (old, new, key) in cases {
            let before = try #require(text.range(of: old)?.lowerBound)
            let lead = old.hasPrefix("\n") ? 2 : 1
            let line = text[..<before].count { $0 == "\n" } + lead
            #expect(try refused(old, new) == ["本地.yaml:\(line) \(key)"], "\(new)")
        }
        // The row of the new law: six months, which is no age; the last age below the first.
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(rows.firstIndex { $0.contains("from: 2025-01-01") })
        #expect(
            try refused(
                "male_months: 720, female_months: 660, delay_every_months: 4",
                "male_months: 6, female_months: 660, delay_every_months: 4")
                == ["本地.yaml:\(line + 1) retirement[1].male_months"])
        #expect(
            try refused("male_limit_months: 756", "male_limit_months: 719")
                == ["本地.yaml:\(line + 1) retirement[1].male_limit_months"])
        #expect(try refused("from: 2025-01-01", "from: 1978-06-02").count == 1)
    }

    /// The run tells the values in force, under the keys of the file: read in again they are the same.
    @Test func theRunTellsItsParameters() throws {
        var knowledge = Engine.knowledge
        knowledge.parameters.discount = .percent(40)
        knowledge.parameters.internet = ["9901"]
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var extract = InventedExtract()
        extract.encounters = [.init(id: "M", person: "P")]
        try extract.write(to: folder.appending(path: "in"))
        _ = try Engine.run(folder.appending(path: "in"), out: folder.appending(path: "out"), knowledge: knowledge)
        let run = try JSON.parse(Array(Data(contentsOf: folder.appending(path: "out/run.json"))))
        let told = try #require(run["parameters"])
        #expect(told["discount"]?.text == "40%")
        #expect(told["settings"]?["internet"]?.elements.map(\.text) == ["9901"])
        var json = JSONWriter()
        json.value(told)
        let again = try Parameters(yaml: json.text, file: "run.json")
        var rewritten = JSONWriter()
        rewritten.object { again.write(to: &$0) }
        #expect(rewritten.text == "{\"parameters\":\(json.text)}")
    }

    // MARK: Register

    @Test func theRegisterSaysKindStrengthAndKnowledge() throws {
        let known = Engine.knowledge
        func traits(_ sequence: Int) throws -> String {
            known.traits(of: try #require(known.rules.first { $0.sequence == sequence }))
        }
        #expect(try traits(9) == "(table dose,违规,dose.csv)")
        #expect(try traits(50) == "(frequency outpatient,可疑)")
        #expect(try traits(75) == "(herbal_incompatible,可疑,herb_pairs.csv, herb_names.csv,44 个知识点)")
        #expect(try traits(44) == "")
        let open = known.rules.filter { $0.state == .undecidable }
        #expect(open.compactMap(\.sequence) == [44, 45, 53, 62])
        #expect(open.filter { $0.sequence == nil }.map(\.code) == ["YB-M07", "YB-M08"])
        #expect(open.allSatisfy { $0.strength == nil && $0.kind == nil && !$0.reason.isEmpty })
        #expect(known.rules.allSatisfy { ($0.strength == nil) == ($0.state == .undecidable) })
    }
}
