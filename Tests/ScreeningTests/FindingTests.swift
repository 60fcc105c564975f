import Basics
import Foundation
import Testing

@testable import Screening

/// What a finding says: the lines of what is questioned, names to read.
@Suite struct FindingTests {
    /// The smaller of two payments is questioned: the finding lists the lines of that stay.
    @Test(arguments: [("60", "40", "M2-1", "40.00"), ("40", "60", "M1-1", "40.00"), ("50", "50", "M2-1", "50.00")])
    func overlappingStaysListTheQuestionedLines(first: String, second: String, lines: String, fund: String) throws {
        var extract = InventedExtract()
        extract.encounters = [("M1", "01", "05", first), ("M2", "03", "09", second)].map { id, begin, end, fund in
            .init(
                id: id, person: "P", begin: "2025-03-\(begin) 08:00:00", end: "2025-03-\(end) 10:00:00",
                institution: "H" + id, fund: fund,
                lines: [.init(item: "001203000010000", at: "2025-03-\(begin) 09:00:00")])
        }
        let found = try Engine.run(extract).filter { $0.kind == "overlap_stay" }
        #expect(found.map { "\($0.encounter) \($0.lines) \($0.fund)" } == ["M2 \(lines) \(fund)"])
    }

    /// Without a column of names, a drug is called by its code.
    @Test func drugsWithoutANameAreCalledByTheirCode() throws {
        var extract = InventedExtract()
        extract.encounters = [
            .init(
                id: "M", person: "P", medType: "11", begin: "2025-03-01 08:00:00", end: "",
                lines: ["XJ01CRA040B001010199901", "XJ01CRB051B001010199902"].map {
                    .init(item: $0, at: "2025-03-01 08:30:00")
                })
        ]
        let found = try Engine.tables(extract, ["findings.csv"])[0].filter { $0["kind"] == "same_class" }
        #expect(
            found.map { $0["evidence"] } == [
                "“XJ01CRA040B001010199901”与“XJ01CRB051B001010199902”属同一药理类别,用药日期重叠"
            ])
    }

    /// Two ids that the engine cannot tell apart stop the run with their names, never with a wrong finding.
    @Test func idsOfOneHashAreRefusedByName() throws {
        // Bytes that make the hash blind to what follows them; no text in UTF-8 has them.
        let blind: [UInt8] = [0xDB, 0x28, 0xB4, 0xA0, 0xD1, 0x7E, 0x03, 0xE7]
        let rows = ["1", "2"].map { ["mdtrt_id": blind + $0.utf8, "psn_no": Array("P".utf8)] }
        #expect(
            Set(rows.map { row in row["mdtrt_id"]!.withUnsafeBufferPointer { Hashing.hash($0.baseAddress!, 9) } }).count
                == 1)
        let books = CodeBooks(MemoryShare(MemoryShare.least))
        let store = PartitionStore(
            partitions: 16, budget: 1 << 20, writerBudget: 1 << 20, folder: NSTemporaryDirectory())
        var reader = EncounterReader(store, books)
        for row in rows { try read(row.merging(["begntime": Array("2025-03-01".utf8)]) { $1 }, &reader) }
        try reader.finish()
        let rules = try CompiledRules(Engine.knowledge, books, columns: .init())
        let person = "P".utf8.withContiguousStorageIfAvailable { Hashing.hash($0.baseAddress!, 1) }!
        var builder = BatchBuilder(
            store, rules, books, BatchScratch(), partition: store.partition(of: person))
        var told: [String] = []
        do { _ = try builder.build() } catch let problems as Problems { told = problems.all.map(\.message) }
        #expect(told.count == 1)
        #expect(told[0].hasSuffix("移到另一个数据文件夹,分两次运行"))
        #expect(!told[0].contains("--"))
    }

    private func read(_ row: [String: [UInt8]], _ reader: inout EncounterReader) throws {
        let texts = EncounterColumn.names.map { row[$0] ?? [] }
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 4096)
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: texts.count)
        defer {
            bytes.deallocate()
            fields.deallocate()
        }
        var used = 0
        for (number, text) in texts.enumerated() {
            (bytes + used).update(from: text, count: text.count)
            fields[number] = Field(start: bytes + used, count: text.count)
            used += text.count
        }
        try reader.read(fields)
    }
}
