import Foundation
import Testing

/// docs/matters.md says of each attack which test tries it. A row whose test is gone, or a code that no source refuses
/// with, is a promise nobody keeps.
@Suite("The table of attacks on matters")
struct AttackTableTests {
    private static let rows: [[String]] = {
        let text =
            (try? String(contentsOf: House.root.appendingPathComponent("docs/matters.md"), encoding: .utf8)) ?? ""
        let table = text.components(separatedBy: "## 攻击与结果").last?.components(separatedBy: "\n## ").first ?? ""
        return table.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
            .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    }()

    private static func quoted(_ cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }

    private static let tests = House.sources(below: "Tests").map { $0.lines.joined(separator: "\n") }
    private static let code = House.sources(below: "Sources").map { $0.lines.joined(separator: "\n") }

    @Test("Every row names a test that exists")
    func namedTests() {
        #expect(Self.rows.count > 40)
        for row in Self.rows {
            let names = Self.quoted(row.last ?? "")
            #expect(!names.isEmpty, "\(row.first ?? "") has no test")
            for name in names {
                let parts = name.split(separator: ".").map(String.init)
                let found =
                    parts.count == 2
                    && Self.tests.contains { $0.contains("struct \(parts[0])") && $0.contains("func \(parts[1])(") }
                #expect(found, "\(name) is not a test")
            }
        }
    }

    @Test("Every code in the table is one that the sources refuse with")
    func codes() {
        for row in Self.rows where row.count == 4 {
            for code in Self.quoted(row[2]) where !code.hasSuffix(".*") {
                #expect(Self.code.contains { $0.contains("\"\(code)\"") }, "nothing refuses with \(code)")
            }
        }
    }
}
