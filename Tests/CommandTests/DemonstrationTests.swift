import Agency
import Basics
import Catalogue
import Contributions
import Control
import Demonstration
import Enrolment
import Foundation
import Fund
import Policy
import Screening
import Storage
import TestKit
import Testing

/// The demonstration county: made small, through the library, from the files that are shipped.
@Suite(.serialized) struct DemonstrationTests {
    private static let until = Moment(Day(year: 2024, month: 4, day: 20)!, hour: 15)

    /// The county that most tests look at, made once on each store.
    static let county = PreparedStore { store in try await make(seed: 3, in: store) }

    private static func make(seed: UInt64, in store: any Store) async throws -> Demonstration.Result {
        let files = try DemonstrationFiles(folder: repositoryRoot + "/knowledge").trimmed()
        try await store.migrate(Agency.migrations)
        return try await Demonstration(people: 200, seed: seed, until: until)
            .make(in: store, policies: TestLaw.demonstration(), files: files)
    }

    /// On SQLite alone: PostgreSQL seals events only when no older transaction of the whole cluster is under way, so that
    /// the batches depend on the tests beside this one.
    @Test func theSameSeedMakesTheSameCountyAndAnotherSeedAnother() async throws {
        var digests: [CanonicalDigest] = []
        try await Self.county.withCopy(.sqlite) { store, _ in digests.append(try await CanonicalDigest.compute(store)) }
        for seed in [3, 8] as [UInt64] {
            try await withStore(.sqlite) { store in
                _ = try await Self.make(seed: seed, in: store)
                digests.append(try await CanonicalDigest.compute(store))
            }
        }
        #expect(digests[0] == digests[1])
        #expect(digests[0].hex != digests[2].hex)
        let settlements = digests[0].tables.first { $0.name == "settlement" }
        #expect((settlements?.rows ?? 0) > 30)
    }

    @Test func peopleOfEveryCategoryLiveInTheCounty() {
        let county = County(
            people: 20_000, seed: 1, area: Demonstration.area, first: Day("2024-07-01")!, last: Day("2026-06-30")!)
        let categories = county.residents.flatMap { [$0.category, $0.category(on: county.last)] }
        #expect(Set(categories) == Set(PersonCategory.allCases))
    }

    @Test(arguments: StoreKind.allCases)
    func everyVisitAgreesWithTheLawAndTheProofPasses(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, made in
            #expect(made.tally.refused == [:])
            #expect(made.tally.settlements > 30)
            #expect(made.tally.lines > made.tally.settlements)
            var proof = try await store.read { tx in try Agency.verifier(Demonstration.area).run(tx) }
            // On PostgreSQL the last events may wait for the short transactions of the tests beside this one.
            for _ in 0..<50 where proof.unsealed > 0 && kind == .postgres {
                _ = try await Sealer.seal(store, area: Demonstration.area, at: Self.until)
                proof = try await store.read { tx in try Agency.verifier(Demonstration.area).run(tx) }
            }
            #expect(proof.problems.all.map(\.code) == [])
            #expect(proof.unsealed == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theLastTwoMonthsLeaveMattersInEveryState(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, _ in
            let states = try await store.read { tx in
                try tx.rows(
                    """
                    SELECT DISTINCT s.state FROM matter m
                    JOIN matter_status s ON s.area = m.area AND s.matter = m.id
                    WHERE m.area = ? AND m.opened_at > ?
                    """, Value(Demonstration.area), Value(Moment(Self.until.day - 60))
                ) { row -> MatterState in try row.code(0) }
            }
            #expect(Set(states) == Set(MatterState.allCases))
            let voices = try await store.read { tx in
                try tx.first(
                    """
                    SELECT count(CASE WHEN t.vote = 1 THEN 1 END), count(CASE WHEN t.status = 1 THEN 1 END)
                    FROM matter_task t JOIN matter m ON m.area = t.area AND m.id = t.matter
                    WHERE t.area = ? AND m.kind = 'control.post.exception' AND t.post = 'control.group'
                    """, Value(Demonstration.area)
                ) { [try $0.int(0), try $0.int(1)] }
            }
            #expect(voices == [1, 2], "the group's voices on an exception: one given, two awaited")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func transfersStandOpenAndFamiliesAndMappingsWentThroughTheirDesks(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, _ in
            let (transfers, sharings, strays, mappings, dailyParts) = try await store.read { tx in
                func count(_ sql: SQL) throws -> Int64 {
                    try tx.first(sql, Value(Demonstration.area)) { try $0.int(0) } ?? 0
                }
                return (
                    try tx.rows(
                        """
                        SELECT DISTINCT s.state FROM matter m
                        JOIN matter_status s ON s.area = m.area AND s.matter = m.id
                        WHERE m.area = ? AND m.kind LIKE 'portability.in.%'
                        """, Value(Demonstration.area)
                    ) { row -> MatterState in try row.code(0) },
                    try count("SELECT count(*) FROM account_sharing WHERE area = ?"),
                    try count("SELECT count(*) FROM account_sharing WHERE area = ? AND matter IS NULL"),
                    try tx.rows(
                        """
                        SELECT COALESCE(a.state, 0), count(*) FROM item_mapping m
                        LEFT JOIN item_mapping_act a ON a.area = m.area AND a.mapping = m.id
                        WHERE m.area = ? GROUP BY 1 ORDER BY 2 DESC
                        """, Value(Demonstration.area)
                    ) { row -> ItemMapping.State in try row.code(0) },
                    try count("SELECT count(DISTINCT part) FROM daily_part WHERE area = ? AND done = 1")
                )
            }
            #expect(Set(transfers).isSuperset(of: [.draft, .underWay, .carriedOut]))
            #expect(sharings > 5 && strays == 0)
            #expect(mappings == [.approved, .submitted, .returned])
            #expect(Int(dailyParts) == DailyPart.allCases.count)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func monthsAreReconciledAndClosedButForTheLastWhichDiffers(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, _ in
            let (reconciled, open, closed, nameless) = try await store.read { tx in
                func count(_ sql: SQL) throws -> Int64 {
                    try tx.first(sql, Value(Demonstration.area)) { try $0.int(0) } ?? 0
                }
                return (
                    try Contributions.reconciliations(tx, area: Demonstration.area, limit: 10),
                    try Contributions.openReconciliations(
                        tx, area: Demonstration.area, through: Self.until.day),
                    try Periods.list(tx, area: Demonstration.area).filter { $0.state == .closed }.map(\.month),
                    try count("SELECT count(*) FROM receipt WHERE area = ? AND payer_name = '示范缴费人'")
                )
            }
            #expect(reconciled.map(\.differenceCount) == [1, 0, 0])
            #expect(open.count == 1)
            #expect(closed.map(\.description).sorted() == ["2024-01", "2024-02"])
            #expect(nameless == 0)
        }
    }

    @Test(arguments: StoreKind.allCases)
    func everybodyWasEnrolledByAMatter(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let made = try await Self.make(seed: 1, in: store)
            // What is brought by chance may be on record already.
            let chances: Set = [
                "enrolment.person.unchanged", "contributions.sharing.doubled", "settlement.ruling.overlap",
            ]
            #expect(Set(made.tally.refusedMatters.keys).isSubset(of: chances))
            let (people, strays, kinds, ways) = try await store.read { tx in
                func count(_ sql: SQL) throws -> Int64 {
                    try tx.first(sql, Value(Demonstration.area)) { try $0.int(0) } ?? 0
                }
                return (
                    try count("SELECT count(*) FROM person WHERE area = ?"),
                    try count("SELECT count(*) FROM person WHERE area = ? AND matter IS NULL")
                        + count("SELECT count(*) FROM insurance_spell WHERE area = ? AND matter IS NULL")
                        + count("SELECT count(*) FROM special_status WHERE area = ? AND matter IS NULL"),
                    try tx.rows("SELECT DISTINCT kind FROM enrolment_list WHERE area = ?", Value(Demonstration.area)) {
                        row -> ListKind in try row.code(0)
                    },
                    try tx.rows(
                        "SELECT DISTINCT category FROM insurance_spell WHERE area = ?", Value(Demonstration.area)
                    ) { row -> PersonCategory in try row.code(0) }
                )
            }
            // Children born in the last month are not registered yet.
            #expect(people > 190 && people <= 200)
            #expect(strays == 0)
            #expect(Set(kinds).isSuperset(of: [.takenOver, .residents]))
            #expect(Set(ways.map(\.insurance)) == [.employee, .resident])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func flexibleWorkersAreBilledAndWhatIsPaidIsCredited(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, _ in
            let (billed, waiting) = try await store.read { tx in
                (
                    try tx.first(
                        "SELECT count(*) FROM levy_bill WHERE area = ? AND payer_kind = 2 AND insurance = 310",
                        Value(Demonstration.area)
                    ) { try $0.int(0) } ?? 0,
                    try Agency.withoutBase(
                        tx, area: Demonstration.area, month: Month(year: 2024, month: 3), after: ID(0), limit: 500)
                )
            }
            #expect(billed > 0)
            #expect(waiting?.people == [])
            let agency = try await Agency.open(store, policies: TestLaw.demonstration()) { Self.until }
            let report = try await agency.riskCheck(
                Demonstration.area, from: Self.until.day - 60, through: Self.until.day)
            let uncredited = try #require(report.points.first { $0.code == "accounts.uncredited" })
            #expect(uncredited.verdict != .finding, "\(uncredited.figure)")
        }
    }

    @Test(arguments: StoreKind.allCases)
    func everyPostHasAnAccountThatWorksAtOnce(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, made in
            #expect(Set(made.logins.map(\.password)).count == made.logins.count)
            let (accounts, held, plan) = try await store.read { tx in
                (
                    try Staff.all(tx, area: Demonstration.area),
                    try Organisation.holdings(tx, area: Demonstration.area, at: Self.until),
                    try Organisation.plan(tx, area: Demonstration.area)
                )
            }
            #expect(accounts.count == made.logins.count)
            #expect(Set(held.map(\.post)) == Set(plan.posts.map(\.code)))
            #expect(accounts.allSatisfy { !$0.mustChangePassword(at: Self.until, rules: SignInRules()) })
            #expect(made.institutions.contains { $0.isPharmacy && $0.key.count == 32 })
        }
    }

    @Test(arguments: StoreKind.allCases)
    func theExtractNamesEveryLineSettlementAndPerson(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, made in
            try await withTemporaryFolder { folder in
                let counts = try await PlatformExtract(store, area: Demonstration.area).write(to: folder)
                #expect(counts.lines == made.tally.lines)
                #expect(counts.settlements == made.tally.settlements + made.tally.reversals)
                let lines = try table(folder, "fee_list_d")
                let settlements = Set(try table(folder, "setl_d").rows.map { $0["setl_id"] })
                #expect(lines.rows.allSatisfy { $0["setl_id"].isEmpty || settlements.contains($0["setl_id"]) })
                #expect(lines.rows.allSatisfy { !$0["hilist_name"].isEmpty && !$0["fixmedins_code"].isEmpty })
                #expect(try table(folder, "mdtrt_d").rows.count == counts.encounters)
                #expect(try table(folder, "setl_list_diag_d").rows.count == counts.diagnoses)
                let operations = try table(folder, "setl_list_oprn_d").rows
                #expect(operations.count == counts.operations)
                #expect(operations.allSatisfy { !$0["oprn_oprt_code"].isEmpty && !$0["oprn_oprt_name"].isEmpty })
            }
        }
    }

    @Test(arguments: StoreKind.allCases)
    func screeningFindsEverythingPlantedAndNothingElse(_ kind: StoreKind) async throws {
        try await Self.county.withCopy(kind) { store, _ in
            try await withTemporaryFolder { folder in
                let extract = folder + "/extract"
                _ = try await PlatformExtract(store, area: Demonstration.area).write(to: extract)
                let due = try await PlantedExtract(folder: extract, until: Self.until.day).plant(store)
                let knowledge = try KnowledgeBase(
                    folder: KnowledgeBase.standardFolder(),
                    extra: URL(fileURLWithPath: "\(extract)/\(PlantedExtract.knowledgeFolder)"),
                    capsArea: "\(Demonstration.area)")
                let out = URL(fileURLWithPath: folder + "/out")
                var screening = Screening(extract: URL(fileURLWithPath: extract), out: out, knowledge: knowledge)
                screening.writesWorkbook = false
                _ = try screening.run()
                let labels = URL(fileURLWithPath: "\(extract)/\(PlantedExtract.labelsFile)")
                let comparison = try LabelComparison(ResultFolder(out), labels: labels)
                #expect(comparison.differences == [])
                #expect(comparison.labels == due && comparison.findings == due)
                // Every kind that claims can decide is among them.
                let kinds = Set(comparison.rows.filter { $0.labels > 0 }.map(\.kind))
                #expect(Set(RuleKind.allCases.map(\.rawValue)).subtracting(kinds) == [])
            }
        }
    }

    private func table(_ folder: String, _ name: String) throws -> CSVTable {
        try CSVTable(String(contentsOfFile: "\(folder)/\(name).csv", encoding: .utf8), file: name)
    }

    @Test(arguments: StoreKind.allCases)
    func aCancelledRunEndsAndLeavesNothingHalfDone(_ kind: StoreKind) async throws {
        try await withStore(kind) { store in
            let work = Task { try await Self.make(seed: 3, in: store) }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            let proof = try await store.read { tx in try Agency.verifier(Demonstration.area).run(tx) }
            #expect(proof.problems.all.map(\.code) == [])
        }
    }

    @Test func aCountyTooSmallOrOlderThanItsLawIsRefused() {
        #expect(throws: Problem.self) { try Demonstration(people: 3, seed: 1, until: Self.until) }
        #expect(throws: Problem.self) {
            try Demonstration(people: 200, seed: 1, until: Moment(Day(year: 2023, month: 5, day: 1)!))
        }
    }

    @Test func filesThatAreMissingAreToldAllAtOnce() {
        #expect { try DemonstrationFiles(folder: "/nowhere") } throws: { error in
            (error as? Problems)?.all.count == 13
        }
    }

    /// SQLite's own backup; PostgreSQL has pg_dump.
    @Test func aBackupTakenWhileTheHouseIsOpenOpensAndProves() async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(folder + "/house.sqlite")
            _ = try await Self.make(seed: 3, in: store)
            let reader = try SQLiteStore.open(folder + "/house.sqlite", readOnly: true)
            try await reader.backup(to: folder + "/copy.sqlite")
            try await reader.close()
            let original = try await CanonicalDigest.compute(store)
            try await store.close()
            let copy = try SQLiteStore.open(folder + "/copy.sqlite")
            #expect(try await CanonicalDigest.compute(copy) == original)
            let proof = try await copy.read { tx in try Agency.verifier(Demonstration.area).run(tx) }
            #expect(proof.isSound)
            try await copy.close()
        }
    }
}
