import Agency
import Basics
import Control
import Foundation
import Policy
import Storage
import TestKit
import Testing

/// What time alone brings about is brought about once a day, whatever happens to one part of it (日终处理).
@Suite("The day's work")
struct DailyTests {
    private func records(_ agency: YoungAgency) async throws -> [DailyOutcome] {
        try await agency.agency.store.read { [area = agency.area, day = agency.today] tx in
            try DailyRecords.recent(tx, area: area, through: day)
        }
    }

    @Test("Done once a day, once a year what is yearly, each part on record", arguments: StoreKind.allCases)
    func onceADay(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let house = agency.agency
            #expect(try await house.isDailyDue(agency.area))
            // The folder of the law knows other areas; their offices are elsewhere.
            #expect(try await house.officeAreas() == [agency.area])
            #expect(house.policies.areas.count > 1)
            let report = try await house.daily(agency.area)
            #expect(report.outcomes.map(\.part) == DailyPart.allCases)
            #expect(report.failures.isEmpty)
            #expect(try await !house.isDailyDue(agency.area))
            let again = try await house.daily(agency.area)
            #expect(again.outcomes == report.outcomes)
            #expect(try await records(agency).count == DailyPart.allCases.count)
            agency.town.clock.now = Moment(agency.today + 1)
            #expect(try await house.isDailyDue(agency.area))
            try await house.daily(agency.area)
            let parts = try await records(agency).filter { $0.day == agency.today }.map(\.part)
            #expect(Set(parts) == Set(DailyPart.allCases).subtracting([.yearCover]))
            agency.town.clock.now = Moment(Day("2027-01-01")!)
            try await house.daily(agency.area)
            #expect(try await records(agency).first { $0.part == .yearCover }?.day == Day("2027-01-01")!)
            #expect(try await agency.proof() == [])
        }
    }

    @Test(
        "Matters whose papers did not come end; the work of a substitute whose time is over goes back to the post",
        arguments: StoreKind.allCases)
    func matters(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (house, area, start) = (agency.agency, agency.area, agency.today)
            let second = try await agency.takeOn("yi", "security.admin")
            let form = ["login": "xin", "name": "演示新人", "reason": "新进人员"]
            let unsupplied = try await house.openMatter(area, "control.account.open", form: form, by: agency.system)
            try await house.act(
                area, unsupplied.matter, .askForPapers("请补登录名申请表"), seen: unsupplied.version, by: agency.security)
            // A stand-in takes work over, and is gone the day after.
            let third = try await agency.takeOn("bing")
            try await agency.carry(
                "control.post.substitute",
                [
                    "absent": "\(second)", "post": "security.admin", "staff": "\(third)", "from": "\(start)",
                    "through": "\(start)", "reason": "外出培训",
                ], by: agency.security, agreed: agency.director)
            let other = try await house.openMatter(
                area, "control.account.open", form: form.merging(["login": "xin2"]) { $1 }, by: agency.system)
            let handed = try await house.act(
                area, other.matter, .handOver(to: third, reason: "出差"), seen: other.version, by: agency.security)
            agency.town.clock.now = Moment(start + 1, hour: 1)
            #expect(try await house.daily(area).outcomes.first?.touched == 1)
            let seen = try await house.viewMatter(area, other.matter, for: second).version
            #expect(seen > handed.version)
            let done = try await house.act(area, other.matter, .agree("同意"), seen: seen, by: second)
            #expect(done.isCarriedOut)
            agency.town.clock.now = Moment(start + 30, hour: 1)
            #expect(try await house.daily(area).outcomes.first?.touched == 1)
            #expect(try await house.viewMatter(area, unsupplied.matter, for: agency.system).state == .expired)
            #expect(try await agency.proof() == [])
        }
    }

    @Test(
        "A part that fails keeps none of the others; it is shown, and tried again an hour later",
        arguments: StoreKind.allCases)
    func failure(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (house, area) = (agency.agency, agency.area)
            try await house.store.write { tx in
                try tx.execute("ALTER TABLE exchange_file RENAME TO exchange_file_away")
            }
            let report = try await house.daily(area)
            #expect(report.failures.map(\.part) == [.expiry])
            #expect(report.outcomes.last?.part == .sealing && report.outcomes.last?.isDone == true)
            #expect(try await house.dailyFailures(area).map(\.part) == [.expiry])
            #expect(try await house.dailyFailures(area).allSatisfy { $0.reason.contains("重试") })
            #expect(try await !house.isDailyDue(area))
            agency.town.clock.now = agency.town.clock.now + 3_600
            #expect(try await house.isDailyDue(area))
            try await house.store.write { tx in
                try tx.execute("ALTER TABLE exchange_file_away RENAME TO exchange_file")
            }
            #expect(try await house.daily(area).failures.isEmpty)
            #expect(try await house.dailyFailures(area).isEmpty)
            // Two tries of the one, one of each other.
            #expect(try await records(agency).count == DailyPart.allCases.count + 1)
            #expect(try await agency.proof() == [])
        }
    }

    @Test("Two servers at midnight do each part once", arguments: StoreKind.allCases)
    func twoServers(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (house, area) = (agency.agency, agency.area)
            let reports = try await withThrowingTaskGroup(of: DailyReport.self) { group in
                for _ in 1...3 { group.addTask { try await house.daily(area) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reports.allSatisfy { $0.failures.isEmpty && $0.outcomes.map(\.part) == DailyPart.allCases })
            #expect(try await records(agency).count == DailyPart.allCases.count)
            #expect(try await agency.proof() == [])
        }
    }

    @Test("Closing time is no failure: what was not done is done at the next opening", arguments: StoreKind.allCases)
    func cutOff(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (house, area) = (agency.agency, agency.area)
            let cut = Task { () async throws -> DailyReport in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await house.daily(area)
            }
            guard case .failure(let error) = await cut.result else {
                Issue.record("the day's work went on after closing time")
                return
            }
            #expect(error is CancellationError)
            let recorded = try await records(agency)
            #expect(recorded.isEmpty)
            let report = try await house.daily(area)
            #expect(report.failures.isEmpty && report.outcomes.count == DailyPart.allCases.count)
        }
    }
}

/// The routes of all kinds of matter fit the posts as they are shipped.
@Suite("Routes and sections")
struct RoutesTests {
    private static let plan = try! OrganisationPlan.load(folder: repositoryRoot + "/knowledge/control")

    @Test("Every step's post exists, and a chief is the chief of the matter's own section")
    func chiefs() throws {
        for kind in Agency.matterKinds {
            for step in kind.steps {
                #expect(Self.plan.post(step.post) != nil, "\(kind.code): \(step.post)")
            }
            let section = try #require(Self.plan.post(kind.steps[0].post)?.section)
            for step in kind.steps where step.post.text.hasSuffix(".chief") {
                #expect(step.post.text == section + ".chief", "\(kind.code)")
            }
        }
        #expect(Agency.matterKinds.contains { kind in kind.steps.contains { $0.post.text.hasSuffix(".chief") } })
    }

    @Test("Levels of approval rise with the amount: 经办 → 复核 → 科长 → 分管 → 主要负责人")
    func levels() throws {
        let levelled = Agency.matterKinds.filter { kind in kind.steps.contains { $0.from != nil } }
        #expect(!levelled.isEmpty)
        for kind in levelled {
            let amounts = kind.steps.compactMap(\.from)
            #expect(amounts == amounts.sorted(), "\(kind.code)")
            let ranks = kind.steps.map { step in
                switch step.post {
                case "director": 4
                // Several sign beside the deputy, before the principal.
                case "deputy", "control.group": 3
                default: step.post.text.hasSuffix(".chief") ? 2 : 1
                }
            }
            #expect(ranks == ranks.sorted(), "\(kind.code)")
        }
        let full = try #require(levelled.first { $0.steps.last?.post == "director" })
        #expect(full.steps(for: Money(yuan: 9_999)).count == 2)
        #expect(full.steps(for: Money(yuan: 10_000)).count == 3)
        #expect(full.steps(for: Money(yuan: 100_000)).count == 4)
        #expect(full.steps(for: Money(yuan: 1_000_000)).count == 6)
        #expect(full.steps(for: Money(yuan: 1_000_000)).filter(\.signing.isJoint).map(\.signing) == [.twoThirds])
        // Money that leaves counts by its size, not its sign.
        #expect(full.steps(for: .zero - Money(yuan: 1_000_000)).count == 6)
    }

    @Test("A job is approved by another than its opener, and co-signing has more than one signer")
    func hands() throws {
        for kind in Agency.matterKinds {
            if case .job = kind.effect { #expect(kind.steps.count > 1, "\(kind.code)") }
        }
        let joint = Agency.matterKinds.flatMap(\.steps).filter(\.signing.isJoint)
        #expect(Set(joint.map(\.signing)) == [.all, .twoThirds])
        let text = try String(contentsOfFile: repositoryRoot + "/knowledge/demonstration/staff.csv", encoding: .utf8)
        for post in Set(joint.map(\.post)) {
            #expect(text.split(separator: "\n").count { $0.contains(post.text) } >= 3, "\(post)")
        }
    }

    @Test("The shipped staff can bring every kind of matter to its end")
    func staffed() async throws {
        let text = try String(contentsOfFile: repositoryRoot + "/knowledge/demonstration/staff.csv", encoding: .utf8)
        let held = text.split(separator: "\n").dropFirst().flatMap { line -> [(person: Int64, post: String)] in
            let cells = line.split(separator: ",")
            let person = Int64(cells[0].hashValue)
            return cells[2].split(separator: " ").map { (person, String($0)) }
        }
        for kind in Agency.matterKinds {
            let candidates = kind.steps.map { step in
                Set(held.filter { $0.post == step.post.text }.map(\.person))
            }
            #expect(Assignment.unfilled(candidates).isEmpty, "\(kind.code)")
        }
    }
}

/// The register of recusals is kept by matters (回避登记).
@Suite("Recusals are entered and ended by matters")
struct RecusalMatterTests {
    @Test("Entered, in force, ended; one may declare one's own but not end it", arguments: StoreKind.allCases)
    func register(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (area, person) = (agency.area, agency.town.employee)
            let clerk = try await agency.takeOn("jia", "enrolment.reception")
            func declare(_ more: [String: String], of staff: ID<StaffMember>) async throws -> MatterOutcome {
                try await agency.carry(
                    "control.recusal.declare",
                    ["staff": "\(staff)", "relation": "2", "reason": "本人申报"].merging(more) { $1 },
                    by: agency.security, agreed: agency.director)
            }
            #expect(await agency.refused { try await declare([:], of: clerk) } == ["control.recusal.concern"])
            #expect(
                await agency.refused { try await declare(["person": "\(person)", "employer": "1"], of: clerk) } == [
                    "control.recusal.concern"
                ])
            #expect(
                await agency.refused { try await declare(["person": "99999999"], of: clerk) } == [
                    "control.recusal.nobody"
                ])
            #expect(try await declare(["person": "\(person)"], of: clerk).isCarriedOut)
            #expect(
                await agency.refused { try await declare(["person": "\(person)"], of: clerk) } == [
                    "control.recusal.known"
                ])
            #expect(try await declare(["person": "\(person)"], of: agency.security).isCarriedOut)
            let entered = try await agency.agency.store.read { tx in try Recusals.all(tx, area: area) }
            #expect(entered.map(\.staff) == [agency.security, clerk])
            #expect(entered.allSatisfy { $0.concern == .person(person) && $0.relation == .kin && $0.endedAt == nil })
            func end(_ recusal: Recusal) async throws -> MatterOutcome {
                try await agency.carry(
                    "control.recusal.end", ["recusal": "\(recusal.id)", "reason": "关系消除"], by: agency.security,
                    agreed: agency.director)
            }
            #expect(await agency.refused { try await end(entered[0]) } == ["matter.act.recused"])
            #expect(try await end(entered[1]).isCarriedOut)
            #expect(await agency.refused { try await end(entered[1]) } == ["control.recusal.unknown"])
            #expect(try await agency.risk()["posts.recused"]?.verdict == .sound)
            #expect(try await agency.proof() == [])
        }
    }
}
