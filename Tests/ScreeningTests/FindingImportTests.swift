import Basics
import Control
import Foundation
import Screening
import Storage
import StoreKit
import Testing

/// Findings in the agency's database: once per run and line, with their evidence.
@Suite("疑点入库")
struct FindingImportTests {
    private static let area = AreaCode(990_100)
    private static let now = Moment(Day(year: 2026, month: 3, day: 2)!, hour: 9)

    /// A man's obstetric line and an outpatient's late upload: two findings of two rules.
    private static func screened(_ folder: URL, runID: String) throws -> ResultFolder {
        var extract = InventedExtract()
        extract.encounters = [
            .init(
                id: "M1", person: "P1", end: "2025-03-02 10:00:00",
                lines: [.init(item: "001101000010000", at: "2025-03-01 09:00:00", quantity: "2", price: "7")]),
            .init(
                id: "M2", person: "=P2", medType: "11", begin: "2025-04-01 08:00:00", end: "2025-04-01 09:00:00",
                institution: "H002",
                lines: [
                    .init(
                        item: "001101000010000", at: "2025-04-01 08:30:00", id: "L2",
                        more: ["crte_time": "2025-04-09 08:30:00"])
                ]),
        ]
        extract.encounters[0].lines[0].amount = "15"
        let source = folder.appending(path: "extract")
        if !FileManager.default.fileExists(atPath: source.path) { try extract.write(to: source) }
        let out = folder.appending(path: "out-\(runID)")
        var screening = Screening(
            extract: source, out: out, knowledge: try KnowledgeBase(folder: KnowledgeBase.standardFolder()),
            runID: runID)
        screening.writesWorkbook = false
        _ = try screening.run()
        return try ResultFolder(out)
    }

    private func withHouse(_ kind: StoreKind, _ body: (any Store, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await withStore(kind, ControlSchema.migrations + ScreeningDesk.migrations) { store in
                try await store.write { tx in try EventLog.resume(tx, area: Self.area) }
                try await body(store, URL(fileURLWithPath: folder))
            }
        }
    }

    private func take(_ result: ResultFolder, _ store: any Store) async throws -> ScreeningDesk.ImportOutcome {
        try await store.write { tx in
            try ScreeningDesk.importRun(tx, area: Self.area, result, by: .system, at: Self.now)
        }
    }

    @Test(
        "The same run twice is imported once; another run over the same extract has its own findings",
        arguments: StoreKind.allCases)
    func oncePerRun(_ kind: StoreKind) async throws {
        try await withHouse(kind) { store, folder in
            let first = try Self.screened(folder, runID: "甲")
            let one = try await take(first, store)
            #expect(one.findings == 2 && !one.isRepeat)
            let again = try await take(first, store)
            #expect(again.isRepeat && again.run == one.run)
            let other = try await take(try Self.screened(folder, runID: "乙"), store)
            #expect(!other.isRepeat && other.run != one.run)
            let count = try await store.read { tx in
                try tx.first("SELECT count(*) FROM screening_finding") { try $0.int(0) }
            }
            #expect(count == 4)
            let runs = try await store.read { tx in try ScreeningDesk.runs(tx, area: Self.area, limit: 10) }
            #expect(runs.map(\.code) == ["乙", "甲"])
            #expect(runs.allSatisfy { $0.lineCount == 2 && $0.findingCount == 2 && $0.rulesDigest.count == 32 })
        }
    }

    @Test(
        "A finding comes back as it was written, by rule, by institution and by fee line, page by page",
        arguments: StoreKind.allCases)
    func queries(_ kind: StoreKind) async throws {
        try await withHouse(kind) { store, folder in
            let run = try await take(try Self.screened(folder, runID: "甲"), store).run
            try await store.read { tx in
                let all = try ScreeningDesk.findings(tx, area: Self.area, FindingFilter(run: run), limit: 10)
                #expect(all.count == 2)
                let wrong = try #require(all.first { $0.kind == "record" })
                #expect(wrong.encounter == "M1" && wrong.amount == Money(fen: 1_500) && wrong.strength == .breach)
                #expect(wrong.day == Day(year: 2025, month: 3, day: 1) && wrong.quantity == Quantity(2))
                let late = try #require(all.first { $0.kind == "late_upload" })
                #expect(late.person == "=P2", "the quote sign against spreadsheets is taken off again")
                #expect(late.lines == ["L2"])
                let pages = try ScreeningDesk.findings(tx, area: Self.area, FindingFilter(), limit: 1)
                let rest = try ScreeningDesk.findings(
                    tx, area: Self.area, FindingFilter(), after: pages.last, limit: 5)
                #expect(pages + rest == all)
                let ofProvider = FindingFilter(rule: late.ruleCode, provider: "H002")
                #expect(try ScreeningDesk.findings(tx, area: Self.area, ofProvider, limit: 5) == [late])
                let elsewhere = FindingFilter(rule: late.ruleCode, provider: "H001")
                #expect(try ScreeningDesk.findings(tx, area: Self.area, elsewhere, limit: 5).isEmpty)
                #expect(try ScreeningDesk.findings(tx, area: Self.area, line: "L2") == [late])
                let sums = try ScreeningDesk.sums(tx, area: Self.area, run: run)
                #expect(sums.map(\.amount).total() == all.map(\.amount).total())
            }
        }
    }

    @Test(
        "Findings changed after the run, and a run number used for another result, are refused",
        arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        try await withHouse(kind) { store, folder in
            _ = try await take(try Self.screened(folder, runID: "甲"), store)
            let file = folder.appending(path: "out-甲/findings.csv")
            let text = try String(contentsOf: file, encoding: .utf8)
            try text.replacing("15.00", with: "16.00").write(to: file, atomically: true, encoding: .utf8)
            let changed = try ResultFolder(folder.appending(path: "out-甲"))
            await #expect(throws: Problems.self) { try await self.take(changed, store) }
            // The same run number over another extract.
            try FileManager.default.removeItem(at: folder.appending(path: "extract"))
            var extract = InventedExtract()
            extract.encounters = [.init(id: "M9", person: "P9", lines: [.init(item: "bad", at: "2025-03-01 09:00:00")])]
            try extract.write(to: folder.appending(path: "extract"))
            let other = try Self.screened(folder, runID: "甲")
            await #expect(throws: Problem.self) { try await self.take(other, store) }
        }
    }

    @Test("The events of an import vouch for every finding: a changed row is found", arguments: StoreKind.allCases)
    func evidence(_ kind: StoreKind) async throws {
        try await withHouse(kind) { store, folder in
            _ = try await take(try Self.screened(folder, runID: "甲"), store)
            let verifier = Verifier(
                area: Self.area, sources: ScreeningDesk.evidence,
                checks: [{ try ScreeningDesk.verify($0, area: $1) }])
            #expect(try await store.read { try verifier.run($0) }.problems.all.isEmpty)
            try await store.write { tx in
                let trigger = tx.dialect == .sqlite ? "refuses_update" : "refuses_change ON screening_finding"
                try tx.run(script: "DROP TRIGGER screening_finding_\(trigger)")
                try tx.execute("UPDATE screening_finding SET amount_fen = amount_fen + 1 WHERE no = 1")
            }
            #expect(try await store.read { try verifier.run($0) }.problems.all.count == 1)
        }
    }
}
