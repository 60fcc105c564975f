import Basics
import Foundation
import Testing

@testable import Screening

/// The report is what an auditor opens, prints and hands on: it holds what the findings say, takes text for text, and
/// needs nothing but itself.
@Suite("The screening report")
struct ReportTests {
    private struct Outcome {
        let page: String
        let findings: [CSVTable.Row]
    }

    /// Screens an extract in a folder that is gone when the report is read: it must stand alone.
    private func screen(_ extract: InventedExtract, named name: String = "县抽取<2025>&甲") throws -> Outcome {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (data, out) = (folder.appending(path: name), folder.appending(path: "out"))
        try extract.write(to: data)
        var screening = Screening(extract: data, out: out, knowledge: Engine.knowledge, runID: "批<一>")
        screening.writesWorkbook = false
        screening.partitions = 16
        _ = try screening.run()
        func text(_ name: String) throws -> String {
            try String(contentsOf: out.appending(path: name), encoding: .utf8)
        }
        return Outcome(
            page: try text("report.html"), findings: try CSVTable(text("findings.csv"), file: "findings.csv").rows)
    }

    private static let script = "<script>alert('药')</script>&"

    /// Two people, each with two stays that overlap, and one with two drugs of a class, all named to do harm.
    private var hostile: InventedExtract {
        var extract = InventedExtract()
        extract.encounters = ["甲", "乙"].flatMap { person in
            [("01", "05", "2000"), ("03", "09", "1234.5")].map { begin, end, fund in
                InventedExtract.Encounter(
                    id: "就诊<\(person)\(begin)>", person: "人<b>\(person)</b>", begin: "2025-03-\(begin) 08:00:00",
                    end: "2025-03-\(end) 10:00:00", institution: "H<i>\(begin)&", fund: fund,
                    lines: [
                        .init(
                            item: "001203000010000", at: "2025-03-\(begin) 09:00:00", quantity: "1", price: "1234.5",
                            id: "行<\(person)\(begin)>", more: ["bilg_dr_code": "D<u>\(begin)"])
                    ])
            }
        }
        extract.encounters.append(
            .init(
                id: "门诊<1>", person: "人<b>丙</b>", medType: "11", begin: "2025-04-01 08:00:00", end: "",
                lines: ["XJ01CRA040B001010199901", "XJ01CRB051B001010199902"].map {
                    .init(item: $0, at: "2025-04-01 08:30:00", more: ["hilist_name": Self.script])
                }))
        return extract
    }

    private func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    private func all(_ pattern: String, in page: String) throws -> [String] {
        let expression = try NSRegularExpression(pattern: pattern)
        return expression.matches(in: page, range: NSRange(page.startIndex..., in: page)).compactMap {
            Range($0.range(at: 1), in: page).map { String(page[$0]) }
        }
    }

    @Test("It tells every finding with its people, days, lines and money, and the sums of all")
    func content() throws {
        let outcome = try screen(hostile)
        let (page, findings) = (outcome.page, outcome.findings)
        #expect(Set(findings.map { $0["kind"] }).isSuperset(of: ["overlap_stay", "same_class"]))
        for finding in findings {
            let cells = ["psn_no", "mdtrt_id", "fixmedins_code", "day"].map {
                "<td class=\"k\">\(escaped(finding[$0]))</td>"
            }
            #expect(page.contains(cells.joined()), "\(finding["rule_name"])")
            #expect(page.contains("<td>\(escaped(finding["evidence"]))</td>"))
            #expect(page.contains(">\(escaped(finding["rule_name"]))</a>"))
            for line in finding["bkkp_sn"].split(separator: ";") { #expect(page.contains(escaped(String(line)))) }
        }
        // Of two stays that overlap, the smaller payment is questioned.
        let overlap = findings.filter { $0["kind"] == "overlap_stay" }
        #expect(overlap.map { "\($0["bkkp_sn"]) \($0["amount"])" }.sorted() == ["行<乙03> 1234.50", "行<甲03> 1234.50"])
        #expect(page.contains("1,234.50"))
        let amounts = try findings.map { try Money($0["amount"]) }
        let total = amounts.reduce(Money.zero, +)
        #expect(page.contains("<b>\(total.grouped)<i>元</i></b><span>疑点金额</span>"))
        #expect(page.contains("<b>\(findings.count)<i>条</i></b><span>疑点</span>"))
        #expect(page.contains("<b>6<i>行</i></b><span>审核费用明细</span>"))
        #expect(page.contains("<b>3<i>人</i></b><span>参保人</span>"))
        #expect(page.contains("2025-03") && page.contains("按医师(前 100 名)") && page.contains("D&lt;u&gt;03"))
    }

    @Test("What an extract holds is text: nothing in it becomes markup")
    func escaping() throws {
        let page = try screen(hostile).page
        #expect(page.contains(escaped("县抽取<2025>&甲")) && page.contains("批&lt;一&gt;"))
        #expect(page.contains(escaped(Self.script)))
        #expect(page.components(separatedBy: "<script").count == 2, "the report's own script, and no other")
        for raw in ["人<b>", "H<i>", "D<u>", "行<甲", "行<乙", "就诊<甲", "就诊<乙", "alert('药')</script>"] {
            #expect(!page.contains(raw), "\(raw)")
        }
        // Every element that is opened is closed, in its order.
        var open: [String] = []
        let markup = try all("(</?[a-z0-9]+[^>]*>)", in: page)
        for tag in markup {
            let name = String(tag.drop { "</".contains($0) }.prefix { $0.isLetter || $0.isNumber })
            if ["meta", "br"].contains(name) || tag.hasSuffix("/>") { continue }
            if tag.hasPrefix("</") { #expect(open.popLast() == name) } else { open.append(name) }
        }
        #expect(open.isEmpty)
    }

    @Test("It loads nothing from anywhere, and its links lead to its own places")
    func alone() throws {
        let page = try screen(hostile).page
        for outside in [
            "http:", "https:", "src=", "url(", "@import", "<link", "<img", "<iframe", "<object", "fetch(", "XMLHttp",
        ] {
            #expect(!page.contains(outside), "\(outside)")
        }
        let links = try all("href=\"([^\"]*)\"", in: page)
        #expect(links.count > 10)
        let places = try all("id=\"([^\"]*)\"", in: page)
        #expect(Set(places).count == places.count)
        #expect(links.allSatisfy { $0.hasPrefix("#") && places.contains(String($0.dropFirst())) })
        #expect(page.contains("<meta charset=\"utf-8\">") && page.hasPrefix("<!DOCTYPE html>"))
    }

    @Test("Where nothing was found it says so, and draws no chart")
    func nothing() throws {
        var extract = InventedExtract()
        extract.encounters = [
            .init(id: "M", person: "P", medType: "11", begin: "2025-03-01 08:00:00", end: "2025-03-01 09:00:00")
        ]
        let outcome = try screen(extract)
        #expect(outcome.findings.isEmpty)
        #expect(outcome.page.contains("<b>0<i>条</i></b><span>疑点</span>"))
        #expect(outcome.page.contains("<h2>金额最大的疑点</h2><p>没有。</p>"))
        #expect(!outcome.page.contains("<svg"))
    }

    @Test("Of many findings of a rule the greatest are shown, and it says how many there are")
    func many() throws {
        var extract = InventedExtract()
        extract.encounters = (1...25).flatMap { number in
            [("01", "05", "900"), ("03", "09", "\(100 + number)")].map { begin, end, fund in
                InventedExtract.Encounter(
                    id: "M\(number)-\(begin)", person: "P\(number)", begin: "2025-03-\(begin) 08:00:00",
                    end: "2025-03-\(end) 10:00:00", institution: "H\(begin)", fund: fund,
                    lines: [
                        .init(
                            item: "001203000010000", at: "2025-03-\(begin) 09:00:00", price: "100",
                            id: "L\(number)-\(begin)")
                    ])
            }
        }
        let outcome = try screen(extract)
        let section = try #require(outcome.page.components(separatedBy: "<section id=\"clues\">").last)
        let rule = try #require(
            section.components(separatedBy: "<details class=\"clue\"").first { $0.contains("重叠住院") })
        #expect(rule.contains("25 条,列金额最大的 20 条"))
        let people = try all("<td class=\"k\">(P[0-9]+)</td>", in: rule)
        #expect(people == (6...25).reversed().map { "P\($0)" })
    }
}
