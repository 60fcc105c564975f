import Basics
import Foundation
import Testing

@testable import Screening

/// The same thing written otherwise: codes in small letters, refunds at a negative price, times and line ends.
@Suite struct SpellingTests {
    private func visit(
        _ item: String, diagnosis: String = "", _ more: [String: String] = [:]
    ) -> InventedExtract.Encounter {
        .init(
            id: "M", person: "P", medType: "11", begin: "2025-03-01 08:00:00", end: "2025-03-01 09:00:00",
            diagnosis: diagnosis, lines: [.init(item: item, at: "2025-03-01 08:30:00", more: more)])
    }

    private func kinds(_ encounters: [InventedExtract.Encounter], _ knowledge: KnowledgeBase = Engine.knowledge) throws
        -> [String]
    {
        var extract = InventedExtract()
        extract.encounters = encounters
        return try Engine.run(extract, knowledge: knowledge).map(\.kind).sorted()
    }

    private func knowledge(_ tables: [String: String]) throws -> KnowledgeBase {
        let extra = Engine.folder()
        defer { try? FileManager.default.removeItem(at: extra) }
        try FileManager.default.createDirectory(at: extra, withIntermediateDirectories: true)
        for (name, text) in tables {
            try text.write(to: extra.appending(path: name), atomically: true, encoding: .utf8)
        }
        return try KnowledgeBase(folder: KnowledgeBase.standardFolder(), extra: extra)
    }

    @Test(arguments: ["XG01AFA222D003010101770", "xg01afa222d003010101770"])
    func anItemIsTheSameInSmallLetters(code: String) throws {
        #expect(try kinds([visit(code)]) == ["sex"])
    }

    @Test(arguments: ["I10.x01", "i10.x01", "I10.X01"])
    func aDiagnosisIsTheSameInSmallLetters(code: String) throws {
        let limited = try knowledge([
            "indication.csv": "rule_code,point_id,item_code,diagnoses\nGZ10000101008000,IND,001102000010000,I10;J20\n"
        ])
        #expect(try kinds([visit("001102000010000", diagnosis: code)], limited) == [])
        #expect(try kinds([visit("001102000010000", diagnosis: "k29.500")], limited) == ["table"])
        // The same category in either spelling: a second stay for the same cause.
        let stays = [("01", "02", "I10.x00"), ("05", "06", code)].map { begin, end, diagnosis in
            InventedExtract.Encounter(
                id: "S\(begin)", person: "P", begin: "2025-03-\(begin) 08:00:00", end: "2025-03-\(end) 08:00:00",
                diagnosis: diagnosis)
        }
        #expect(try kinds(stays).contains("readmission"))
    }

    /// So many at a negative price take back as so many fewer at the price.
    @Test func aNegativePriceIsARefund() throws {
        func screened(_ second: String) throws -> ([String], String?) {
            var own = visit("XG01AFA222D003010101770")
            own.lines[0].quantity = "2"
            own.lines.append(own.lines[0])
            own.lines[1].quantity = second
            own.lines[1].price = "-10"
            own.lines[1].at = "2025-03-01 08:45:00"
            var extract = InventedExtract()
            extract.encounters = [own]
            let tables = try Engine.tables(extract, ["findings.csv", "undecided.csv"])
            return (
                tables[0].map { "\($0["kind"]) \($0["quantity"]) \($0["amount"])" },
                tables[1].first { $0["reason"] == "退费找不到原费用" }?["count"]
            )
        }
        #expect(try screened("2") == ([], nil))
        #expect(try screened("1") == (["sex 1 10.00"], nil))
        // What it cannot take back is undecided, and no finding of a negative amount.
        #expect(try screened("3") == ([], "1"))
    }

    @Test(arguments: [
        ("2025-03-01 08:00:00.123", true), ("2025-03-01 08:00:00.", false), ("2025-03-01 08:00:00.garbage", false),
        ("2025-03-01 08:00:00.1x", false), ("20250301 08:00:00.5", true),
    ])
    func theFractionOfASecondIsDigits(text: String, isMoment: Bool) {
        var bytes = Array(text.utf8)
        bytes.append(0)
        let read: (day: Int32, second: Int32)? = bytes.withUnsafeBufferPointer {
            try? Field(start: $0.baseAddress!, count: $0.count - 1).moment()
        }
        #expect((read != nil) == isMoment)
        if isMoment { #expect(read?.second == Int32(28_800)) }
    }

    /// Lines that end in a carriage return alone make the whole file its header.
    @Test func aBareCarriageReturnIsRefused() throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var extract = InventedExtract()
        extract.encounters = [visit("001102000010000")]
        try extract.write(to: folder)
        let file = folder.appending(path: "fee_list_d.csv")
        let text = try String(contentsOf: file, encoding: .utf8)
        for ends in ["\r", "\r\n"] {
            try text.replacing("\n", with: ends).write(to: file, atomically: true, encoding: .utf8)
            var told: [String] = []
            do {
                _ = try Engine.run(folder, out: folder.appending(path: "out"))
            } catch let problems as Problems { told = problems.all.map { "\($0.code) \($0.field ?? "")" } }
            #expect(told == (ends == "\r" ? ["screening.extract.lineEnds fee_list_d.csv"] : []))
        }
    }

    /// By the hour where both have a time, else by the day.
    @Test(arguments: [
        ("2025-03-01 10:00:00", "2025-03-01 08:00:00", true), ("2025-03-01 10:00:00", "2025-03-01 10:00:00", false),
        ("2025-03-01 10:00:00", "2025-03-01", false), ("2025-03-01", "2025-03-01 08:00:00", false),
        ("2025-03-02", "2025-03-01 08:00:00", true),
    ])
    func anEndBeforeTheBegin(begin: String, end: String, isFound: Bool) throws {
        var own = visit("001203000010000")
        (own.begin, own.end) = (begin, end)
        #expect(try kinds([own]).contains("record") == isFound)
    }

    // MARK: Herbs

    private func herbs(_ names: [String], _ knowledge: KnowledgeBase) throws -> [String] {
        var own = visit("T000000000")
        own.lines = names.enumerated().map { number, name in
            .init(
                item: "T00000000\(number)", at: "2025-03-01 08:30:00",
                more: ["hilist_name": name, "list_type": "103", "rx_drord_no": "R"])
        }
        return try kinds([own], knowledge).filter { $0 == "herbal_incompatible" }
    }

    /// However many names an agency adds: only herbs of pairs are counted.
    @Test(arguments: [30, 300])
    func manyHerbsWithoutAPairDoNotHideAPair(count: Int) throws {
        let names = (0..<count).map { "A药\($0),A药\($0)\n" }
        let known = try knowledge(["herb_names.csv": "herb,alias\n" + names.joined()])
        #expect(try herbs(["藜芦", "苦参"], known) == ["herbal_incompatible"])
        #expect(try herbs(["藜芦", "A药7"], known) == [])
    }

    @Test func moreHerbsOfPairsThanAPrescriptionHasBitsAreRefused() throws {
        let own = Engine.knowledge.herbsOfPairs.count
        func refused(_ count: Int) throws -> [String] {
            let names = (0..<count).map { "药\($0),药\($0)\n" }
            let pairs = (0..<count).map { "HX\($0),GZ10000301012000,十八反,药\($0),甘草\n" }
            let known = try knowledge([
                "herb_names.csv": "herb,alias\n" + names.joined(),
                "herb_pairs.csv": "point_id,rule_code,doctrine,herb_a,herb_b\n" + pairs.joined(),
            ])
            do { return try herbs(["药\(count - 1)", "甘草"], known) } catch let problems as Problems {
                return problems.all.map(\.code)
            }
        }
        #expect(try refused(63 - own) == ["herbal_incompatible"])
        #expect(try refused(64 - own) == ["screening.herbs.many"])
    }
}
