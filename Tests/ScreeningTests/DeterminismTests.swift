import Basics
import Foundation
import Screening
import Testing

/// The same input and rules give the same bytes, whatever the threads, the order of rows or the memory.
@Suite struct DeterminismTests {
    @Test func threadsOrderAndMemoryDoNotMatter() throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var generator = ExtractGenerator(lines: 20_000, seed: 11)
        generator.planted = 300_000
        let source = folder.appending(path: "in")
        try generator.write(to: source, knowledge: Engine.knowledge)
        _ = try Engine.run(source, out: folder.appending(path: "a"), threads: 1, workbook: true)
        _ = try Engine.run(source, out: folder.appending(path: "b"), threads: 4, partitions: 64)
        let shuffled = folder.appending(path: "shuffled")
        try FileManager.default.createDirectory(at: shuffled, withIntermediateDirectories: true)
        var random = SeededRandom(seed: 5)
        let tables = ["mdtrt_d", "setl_d", "setl_list_diag_d", "setl_list_oprn_d", "fee_list_d"]
        let stock = ["3501", "3502", "3503", "3504", "3505", "3506"]
        for name in (tables + stock).map({ $0 + ".csv" }) {
            var rows = try String(contentsOf: source.appending(path: name), encoding: .utf8).split(separator: "\n")
            let header = rows.removeFirst()
            rows.shuffle(using: &random)
            try ([header] + rows).joined(separator: "\n").write(
                to: shuffled.appending(path: name), atomically: true, encoding: .utf8)
        }
        // So little memory that everything spills.
        let spilled = try Engine.run(shuffled, out: folder.appending(path: "c"), threads: 3, memory: 1, workbook: true)
        #expect(spilled.spilledBytes > 0)
        for file in ["findings.csv", "summary.csv", "undecided.csv", "rejected.csv"] {
            let first = try Data(contentsOf: folder.appending(path: "a/\(file)"))
            #expect(try Data(contentsOf: folder.appending(path: "b/\(file)")) == first)
            #expect(try Data(contentsOf: folder.appending(path: "c/\(file)")) == first)
        }
        let workbook = try Data(contentsOf: folder.appending(path: "a/findings.xlsx"))
        #expect(try Data(contentsOf: folder.appending(path: "c/findings.xlsx")) == workbook)
        // Every planted violation was found.
        let found = try Engine.findings(folder.appending(path: "a"))
        let kinds = Set(found.map { "\($0.kind) \($0.person)" })
        let planted = try CSVTable(
            String(contentsOf: source.appending(path: "planted.csv"), encoding: .utf8), file: "planted.csv")
        let missed = planted.rows.filter {
            $0["kind"] != "together" && !kinds.contains("\($0["kind"]) \($0["psn_no"])")
        }
        #expect(Set(missed.map { $0["kind"] }) == [])
        #expect(found.contains { $0.kind == "together" })
        // A drug and a consumable: two rules.
        #expect(Set(found.filter { $0.kind == "stock" }.map(\.rule)).count == 2)
    }
}
