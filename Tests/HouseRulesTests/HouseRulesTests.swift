import Foundation
import Testing

/// The architecture's rules, kept by reading the sources.
@Suite("The rules of the house")
struct HouseRulesTests {
    /// What each target may import of ours: the direction of docs/architecture.md.
    static let ground: Set<String> = ["Basics", "Seals", "Sheets", "Policy", "Storage", "Control"]
    static let desks: Set<String> = [
        "Enrolment", "Contributions", "Portability", "Catalogue", "Providers", "Benefits", "Settlement", "Clearing",
        "Fund", "Screening", "Audit", "Office",
    ]
    static let allowed: [String: Set<String>] = {
        var allowed: [String: Set<String>] = [
            "Basics": [],
            "Seals": ["Basics"],
            "Sheets": ["Basics"],
            "Policy": ["Basics", "Seals"],
            "Storage": ["Basics"],
            "Control": ["Basics", "Seals", "Sheets", "Policy", "Storage"],
            "Agency": ground.union(desks),
        ]
        for desk in desks { allowed[desk] = ground }
        allowed["Gateway"] = ground.union(desks).union(["Agency"])
        allowed["Counter"] = ground.union(desks).union(["Agency"])
        allowed["Demonstration"] = ground.union(desks).union(["Agency"])
        allowed["YibaoCLI"] = ground.union(desks).union(["Agency", "Gateway", "Counter", "Demonstration"])
        return allowed
    }()

    /// Libraries from outside, and the only targets that may know them.
    static let outside: [String: Set<String>] = [
        "GRDB": ["Storage"], "GRDBSQLite": ["Storage"], "SQLite3": ["Storage"], "CPostgres": ["Storage"],
        "CSQLiteSettings": ["Storage"],
        "CCrypto": ["Seals"], "CCrypt": ["Seals"],
        "Yams": ["Policy", "Screening"],
        "Hummingbird": ["Gateway", "Counter", "YibaoCLI"], "Mustache": ["Counter"],
        "CXlsxWriter": ["Sheets", "Screening"], "CZip": ["Sheets", "Screening"], "CXML": ["Sheets"],
        "ArgumentParser": ["YibaoCLI"], "Subprocess": ["Screening"], "SystemPackage": ["Screening"],
    ]

    static let sources = House.sources(below: "Sources")

    @Test("There is something to read, and every folder of Sources/ is a desk or a door that the rules know")
    func folders() {
        #expect(Self.sources.count > 40)
        let unknown = Set(Self.sources.map(\.target)).subtracting(Self.allowed.keys)
        #expect(unknown.isEmpty, "unknown targets: \(unknown.sorted())")
    }

    @Test("Imports follow the direction of the house; desks never import one another")
    func direction() {
        let ours = Set(Self.allowed.keys)
        var broken: [String] = []
        for source in Self.sources {
            for (line, module) in source.imports where ours.contains(module) {
                if module != source.target, Self.allowed[source.target]?.contains(module) != true {
                    broken.append("\(source.path):\(line) imports \(module)")
                }
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("A library from outside is known where the architecture says, and nowhere else")
    func outsideLibraries() {
        var broken: [String] = []
        for source in Self.sources {
            for (line, module) in source.imports {
                if let known = Self.outside[module], !known.contains(source.target) {
                    broken.append("\(source.path):\(line) imports \(module)")
                }
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("Rules know no Foundation, no floating point, no clock and no store")
    func rules() {
        let words: Set<Substring> = [
            "Double", "Float", "Float80", "CGFloat", "Decimal", "Date", "ContinuousClock", "DateFormatter",
        ]
        var broken: [String] = []
        for source in Self.sources where source.isRule {
            for (line, module) in source.imports
            where ["Foundation", "FoundationEssentials", "Storage", "Control"].contains(module) {
                broken.append("\(source.path):\(line) imports \(module)")
            }
            for (line, text) in source.code {
                let used = text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
                for word in used where words.contains(word) { broken.append("\(source.path):\(line) uses \(word)") }
            }
        }
        #expect(!Self.sources.filter(\.isRule).isEmpty)
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("Money never meets floating point anywhere in the ground or the desks")
    func integers() {
        // Screening's rules are kept by the rule above; its progress bar and its Excel writer measure seconds and cells.
        let targets: Set<String> = Self.ground.union(Self.desks).union(["Agency", "Gateway"]).subtracting(["Screening"])
        var broken: [String] = []
        // Excel's cells are floating point by their format; what is read back comes from text.
        for source in Self.sources where targets.contains(source.target) && source.path != "Sources/Sheets/Excel.swift"
        {
            for (line, text) in source.code where text.contains("Double") || text.contains("Decimal(") {
                let words = text.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
                if words.contains("Double") || words.contains("Decimal") {
                    broken.append("\(source.path):\(line) \(text)")
                }
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("No work left undone in words, and no path of anybody's machine")
    func leftovers() {
        // Spelled in pieces, so that this file does not find itself.
        let words = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "not impl" + "emented", "unimpl" + "emented"]
        let paths = ["/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/"]
        var broken: [String] = []
        for source in Self.sources + House.sources(below: "Tests") {
            for (index, line) in source.lines.enumerated() {
                for word in words where line.contains(word) { broken.append("\(source.path):\(index + 1) \(word)") }
                for path in paths where line.contains(path) { broken.append("\(source.path):\(index + 1) \(path)") }
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("Lines fit the page, sentences for people aside; a file is one idea")
    func sizes() {
        var broken: [String] = []
        for source in Self.sources + House.sources(below: "Tests") {
            if source.lines.count > 600 { broken.append("\(source.path) has \(source.lines.count) lines") }
            for (number, line) in source.linesOutsideTexts where line.count > 140 && !line.contains("\"") {
                broken.append("\(source.path):\(number) has \(line.count) characters")
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("A desk has its rules, records and schema apart, and one file named after it")
    func desksInside() {
        let present = Set(Self.sources.map(\.target)).intersection(Self.desks)
        var broken: [String] = []
        for desk in present {
            let files = Self.sources.filter { $0.target == desk }.map(\.path)
            if !files.contains("Sources/\(desk)/\(desk).swift") { broken.append("\(desk) lacks \(desk).swift") }
            if !files.contains(where: { $0.hasPrefix("Sources/\(desk)/Rules/") }) {
                broken.append("\(desk) lacks Rules/")
            }
            let stores = Self.sources.contains { $0.target == desk && $0.imports.contains { $0.module == "Storage" } }
            if stores, !files.contains("Sources/\(desk)/Schema.swift") { broken.append("\(desk) lacks Schema.swift") }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("Every desk's English term stands in the glossary")
    func glossary() throws {
        let glossary = try String(contentsOf: House.root.appendingPathComponent("docs/glossary.md"), encoding: .utf8)
        for desk in Set(Self.sources.map(\.target)).intersection(Self.desks) {
            #expect(glossary.contains("`\(desk)`"), "\(desk) is not in docs/glossary.md")
        }
    }

    @Test("Every name that the glossary gives as code is a name in the code")
    func glossaryNames() throws {
        let glossary = try String(contentsOf: House.root.appendingPathComponent("docs/glossary.md"), encoding: .utf8)
        let known = Self.sources.reduce(into: Set<Substring>()) { known, source in
            for (_, text) in source.code { known.formUnion(House.words(text)) }
        }
        var given = 0
        for row in glossary.split(separator: "\n") where row.hasPrefix("| ") {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            // A term in words, such as an event chain, stands without quotes.
            for name in cells[2].split(separator: "`", omittingEmptySubsequences: false).enumerated()
            where name.offset % 2 == 1 {
                given += 1
                let strange = House.words(name.element).filter { !known.contains($0) }
                #expect(strange.isEmpty, "\(name.element) of docs/glossary.md is no name in Sources/")
            }
        }
        #expect(given > 100)
    }

    /// The only lines that may name an area: each shows somebody how a code is written, or starts the demonstration.
    static func mayNameAnArea(_ source: House.Source, _ text: String) -> Bool {
        // The demonstration city is invented, and is the demonstration's alone.
        if source.target == "Demonstration" || source.path == "Sources/YibaoCLI/DemoCommand.swift" { return true }
        // What a form, a list or a message gives as an example.
        if ["example:", "例如", ",如 "].contains(where: text.contains) { return true }
        // A command that is not told its area works on the demonstration city; a load plays with its sample house.
        return source.target == "YibaoCLI"
            && (text.contains("var area = \"990100\"") || source.path == "Sources/YibaoCLI/LoadClient.swift")
    }

    @Test("Law is data: no area's code, name or document stands in the code, in its texts neither")
    func lawIsData() throws {
        let areas = try House.areas()
        #expect(areas.codes.isSuperset(of: ["990100", "110000", "310000"]))
        // How the demonstration city numbers its documents: a basis belongs to the policy that it stands in.
        let words = areas.codes.union(areas.codes.map { "\($0.prefix(3))_\($0.dropFirst(3))" })
            .union(areas.names).union(["示府发", "示医保发"])
        var broken: [String] = []
        for source in Self.sources where source.lines.contains(where: { words.contains(where: $0.contains) }) {
            for (line, text) in source.codeWithTexts where words.contains(where: text.contains) {
                if !Self.mayNameAnArea(source, text) { broken.append("\(source.path):\(line) \(text)") }
            }
        }
        #expect(broken.isEmpty, "\(broken.joined(separator: "\n"))")
    }

    @Test("An area's code is found in code and in texts, and not in comments")
    func areasAreFound() {
        let source = House.Source(
            path: "Sources/Benefits/Example.swift",
            lines: ["let area = 990100", "let text = \"990100 // 990100\"", "let url = \"http://a\" // 990100"])
        #expect(source.codeWithTexts.filter { $0.text.contains("990100") }.map(\.line) == [1, 2])
        #expect(source.code.filter { $0.text.contains("990100") }.map(\.line) == [1])
    }
}
