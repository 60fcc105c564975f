import Basics
import Foundation
import Sheets
import Testing

@testable import Screening

/// The register, the house's knowledge, and what an agency adds: complete, checked, every mistake named.
@Suite struct KnowledgeTests {
    private var standard: URL { get throws { try KnowledgeBase.standardFolder() } }

    @Test func the88NationalRulesAreRegisteredAndAccountedFor() throws {
        let rules = Engine.knowledge.rules
        #expect(rules.compactMap(\.sequence) == Array(1...88))
        for rule in rules {
            #expect((rule.kind == nil) == (rule.state == .undecidable), "\(rule.code)")
            if rule.state != .decides { #expect(!rule.reason.isEmpty, "\(rule.code)") }
            // Only the nation gives national codes: the house's models have their own.
            #expect((rule.sequence == nil) == rule.code.hasPrefix("YB-M"), "\(rule.code)")
        }
        #expect(Set(rules.compactMap(\.kind)) == Set(RuleKind.allCases))
    }

    @Test func allPublishedKnowledgeIsHere() {
        let knowledge = Engine.knowledge
        #expect(knowledge.points.count == 2601)
        #expect(knowledge.pairs.count == 900)
        #expect(knowledge.points.reduce(0) { $0 + $1.items.count } == 21_046)
        #expect(knowledge.points.count { $0.demand == .words } == 629)
    }

    @Test func unknownAndMissingParametersAreRefused() throws {
        let text = try String(contentsOf: standard.appending(path: "parameters.yaml"), encoding: .utf8)
        let misspelt = text.replacingOccurrences(of: "newborn_days: 28", with: "newborn_day: 28")
        do {
            _ = try Parameters(yaml: misspelt, file: "mine.yaml")
            Issue.record("accepted a misspelt key")
        } catch {
            #expect(error.all.map(\.code).sorted() == ["screening.parameters.unknown", "screening.parameters.value"])
        }
    }

    @Test func mistakesInAgencyTablesAreNamedWithFileAndLine() throws {
        let extra = Engine.folder()
        defer { try? FileManager.default.removeItem(at: extra) }
        try FileManager.default.createDirectory(at: extra, withIntermediateDirectories: true)
        try
            "point_id,rule_code,item_name,parameters\nA1,GZ10000301004000,甲,sex=3\nA2,GZ0,乙,sex=1\nA3,GZ10000301004000,丙,sexx=1\n"
            .write(
                to: extra.appending(path: "points.csv"), atomically: true, encoding: .utf8)
        try "rule_code,point_id,item_code,max_qty,per\nGZ10000301005000,D1,X,abc,day\n".write(
            to: extra.appending(path: "dose.csv"), atomically: true, encoding: .utf8)
        do {
            _ = try KnowledgeBase(folder: standard, extra: extra)
            Issue.record("accepted broken knowledge")
        } catch let problems as Problems {
            #expect(
                problems.all.map { $0.field ?? "" } == [
                    "机构:points.csv:2", "机构:points.csv:3", "机构:points.csv:4", "机构:dose.csv:2",
                ])
        }
    }

    @Test func filesAndPointsThatWouldBePassedOverAreRefused() throws {
        let extra = Engine.folder()
        defer { try? FileManager.default.removeItem(at: extra) }
        try FileManager.default.createDirectory(at: extra, withIntermediateDirectories: true)
        func refused(_ files: [String: String]) throws -> [String] {
            for (name, text) in files {
                try text.write(to: extra.appending(path: name), atomically: true, encoding: .utf8)
            }
            defer { for name in files.keys { try? FileManager.default.removeItem(at: extra.appending(path: name)) } }
            do {
                _ = try KnowledgeBase(folder: standard, extra: extra)
                return []
            } catch let problems as Problems {
                return problems.all.map { "\($0.code) \($0.field ?? "")" }
            }
        }
        let header = "point_id,rule_code,item_name,parameters\n"
        let point = "J1,GZ10000301004000,甲,sex=1\n"
        let items = "point_id,item_code\nJ1,X1\n"
        #expect(try refused(["points.csv": header + point, "point_items.csv": items, "说明.txt": "x"]) == [])
        #expect(try refused(["indicaton.csv": "x\n"]) == ["screening.knowledge.file 机构:indicaton.csv"])
        #expect(
            try refused(["points.csv": header + point + point, "point_items.csv": items]) == [
                "screening.point.doubled 机构:points.csv:3"
            ])
        #expect(try refused(["points.csv": header + point]) == ["screening.point.items 机构:points.csv:2"])
    }

    @Test func outliersInIntegers() {
        func values(_ shares: [Int64]) -> [Indicator.Value] {
            shares.enumerated().compactMap {
                Indicator.Value(institution: UInt32($0), numerator: $1, denominator: 1_000_000)
            }
        }
        // Mean 250 000, s = 183 711: 2 s above is 617 423. Quartiles of type 7: 200 000, 200 000.
        let found = Indicator.outliers(
            values([200_000, 200_000, 200_000, 200_000, 200_000, 200_000, 200_000, 200_000, 900_000]))
        #expect(found.map(\.value.institution) == [8])
        #expect(found.map(\.excess) == [622_222])
        #expect(Indicator.outliers(values([200_000, 300_000, 200_000, 300_000, 200_000, 300_000])).isEmpty)
    }

    @Test func theWorkbookReadsBackAsItsCSV() throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appending(path: "a.xlsx").path
        let sheet = try Spreadsheet(path, temporary: folder.path)
        sheet.write(["mdtrt_id", "备注", "cnt"])
        sheet.write(["M1", "含,逗号\"引号\"", "12.50"], numbers: [2])
        sheet.close()
        let text = String(decoding: try Workbook.csv(path: path, name: "a.xlsx"), as: UTF8.self)
        #expect(text == "mdtrt_id,备注,cnt\nM1,\"含,逗号\"\"引号\"\"\",12.5\n")
    }
}
