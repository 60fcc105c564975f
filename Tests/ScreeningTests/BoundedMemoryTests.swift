import Basics
import Foundation
import Testing

@testable import Screening

/// What cannot be spilled counts against the memory bound; what can be comes back from the disk in order.
@Suite struct BoundedMemoryTests {
    @Test func codesBeyondTheirShareStopTheRunWithASentence() throws {
        let share = MemoryShare(100_000)
        let doctors = CodeBook(share)
        for number in 0..<100 { _ = doctors.number(of: "D\(number)") }
        // The same codes again cost nothing.
        let used = share.used
        for number in 0..<100 { _ = doctors.number(of: "D\(number)") }
        #expect(share.used == used)
        try share.check(file: "fee_list_d.csv")
        for number in 100..<1000 { _ = doctors.number(of: "D\(number)") }
        let problems = #expect(throws: Problems.self) { try share.check(file: "fee_list_d.csv") }
        #expect(problems?.all.map(\.code) == ["screening.memory.codes"])
        #expect(problems?.all.map(\.field) == ["fee_list_d.csv"])
    }

    @Test func namesCountOnceAndByTheirLength() {
        let share = MemoryShare(1 << 20)
        let items = CodeBook(share)
        let number = items.number(of: "X01")
        let before = share.used
        for name in ["虚构药品乙", "虚构药品甲甲", "虚构药品乙"] {
            Array(name.utf8).withUnsafeBufferPointer { items.offer($0.baseAddress!, $0.count, for: number) }
        }
        #expect(items.name(number) == ["虚构药品乙", "虚构药品甲甲"].min { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(share.used - before == items.name(number).utf8.count)
    }

    /// Many runs of rows in any order come back as one sequence, however small the buffers.
    @Test(arguments: [1, 1 << 20]) func runsAreMergedInOrder(memory: Int) throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let runs = try SortedRuns(folder: folder.path, name: "rows")
        var random = SeededRandom(seed: 3)
        var keys: [String] = []
        for _ in 0..<50 {
            let rows = (0..<random.within(0...60)).map { _ in "\(random.within(0...100_000))" }
            keys += rows
            try runs.add(rows.map { .init(key: Array($0.utf8), body: Array(repeating: 7, count: $0.utf8.count * 50)) })
        }
        var merged: [String] = []
        try runs.merged(memory: memory) { row in
            merged.append(String(decoding: row.key, as: UTF8.self))
            #expect(row.body.count == row.key.count * 50)
        }
        #expect(merged == keys.sorted())
        #expect(runs.total == keys.count)
    }

    /// Persons of one institution, month and days come together, whichever partition they were in.
    @Test func candidatesOfOneGroupComeTogether() throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let store = try TogetherStore(folder: folder.path)
        func visits(_ person: String, days: UInt32) -> TogetherVisits {
            TogetherVisits(
                institution: 3, month: 24_300, days: days, fund: person == "P2" ? .min : 500,
                person: Array(person.utf8),
                begin: 77, encounter: Array("M\(person)".utf8), lines: Array("1;2".utf8))
        }
        try store.add([visits("P3", days: 0b1110), visits("P1", days: 0b1110)])
        try store.add([visits("P9", days: 0b10110)])
        try store.add([visits("P2", days: 0b1110)])
        var groups: [[String]] = []
        try store.groups(memory: 1) { group in
            groups.append(group.map { String(decoding: $0.person, as: UTF8.self) })
            for one in group {
                #expect(one.encounter == Array("M".utf8) + one.person)
                #expect(one.fund == (one.person == Array("P2".utf8) ? .min : 500))
                #expect(one.begin == 77 && one.lines == Array("1;2".utf8))
            }
        }
        #expect(groups.sorted { $0.count > $1.count } == [["P1", "P2", "P3"], ["P9"]])
    }
}
