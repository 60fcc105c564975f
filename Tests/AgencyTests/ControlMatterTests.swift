import Agency
import Basics
import Control
import Demonstration
import Foundation
import Storage
import TestKit
import Testing

/// An agency as it stands after `yibao init`: four people, who take on everybody else by matters.
struct YoungAgency {
    let town: Town
    let system: ID<StaffMember>
    let security: ID<StaffMember>
    let auditor: ID<StaffMember>
    let director: ID<StaffMember>

    var area: AreaCode { town.area }
    var agency: Agency { town.agency }
    var today: Day { town.clock.now.day }

    private static let monday = Moment(Day("2026-03-02")!, hour: 9)
    private static let house = PreparedHouse(people: 6, founded: monday, policies: "policies")

    static func open(_ kind: StoreKind, _ body: (YoungAgency) async throws -> Void) async throws {
        let clock = TownClock(monday)
        // Time limits of matters need the calendar of the whole folder of the law.
        let book = try TestLaw.book("policies")
        try await house.withCopy(kind, policies: book, clock: { clock.now }) { house in
            let town = Town(house: house, clock: clock)
            let area = town.area
            let ground = Ground("建库", by: .system, at: town.clock.now)
            let founders: [PostCode] = ["system", "security.admin", "security.audit", "director"]
            let ids = try await town.agency.store.write { tx in
                try founders.map { post in
                    let staff = try Staff.open(
                        tx, area: area, login: post.text, displayName: "演示\(post)", on: ground)
                    try Organisation.grant(tx, area: area, post, to: staff, from: ground.at.day, on: ground)
                    return staff
                }
            }
            try await body(
                YoungAgency(
                    town: town, system: ids[0], security: ids[1], auditor: ids[2], director: ids[3]))
        }
    }

    /// Opens a matter and has the others agree to it, one after the other.
    @discardableResult
    func carry(
        _ kind: String, _ form: [String: String], by opener: ID<StaffMember>, agreed: ID<StaffMember>...
    ) async throws -> MatterOutcome {
        var outcome = try await agency.openMatter(area, kind, form: form, by: opener)
        for staff in agreed {
            town.clock.now = town.clock.now + 60
            outcome = try await agency.act(
                area, outcome.matter, .agree("同意"), seen: outcome.version, by: staff)
        }
        return outcome
    }

    /// Takes on a person with a post, the way an agency does.
    func takeOn(_ login: String, _ posts: PostCode...) async throws -> ID<StaffMember> {
        try await carry(
            "control.account.open", ["login": login, "name": "演示\(login)", "reason": "新进人员"], by: system,
            agreed: security)
        let staff = try await account(login).id
        for post in posts { #expect(try await grant(post, to: staff).isCarriedOut, "\(post)") }
        return staff
    }

    func grant(_ post: PostCode, to staff: ID<StaffMember>, through last: Day? = nil) async throws -> MatterOutcome {
        try await carry(
            "control.post.grant",
            [
                "staff": "\(staff)", "post": post.text, "from": "\(today)",
                "through": last.map(String.init(describing:)) ?? "", "reason": "岗位安排",
            ], by: security, agreed: director)
    }

    func account(_ login: String) async throws -> StaffAccount {
        let found = try await agency.store.read { [area] tx in
            try LoginName(login).flatMap { try Staff.find(tx, area: area, login: $0) }
        }
        return try #require(found)
    }

    func posts(of staff: ID<StaffMember>) async throws -> [PostCode] {
        try await agency.store.read { [area, now = town.clock.now] tx in
            try Organisation.posts(tx, area: area, of: staff, at: now).map(\.post)
        }
    }

    /// The codes of what is refused; empty when it is not.
    func refused(_ work: () async throws -> MatterOutcome) async -> [String] {
        do {
            return try await work().problems.map(\.code)
        } catch let problems as Problems {
            return problems.all.map(\.code)
        } catch let problem as Problem {
            return [problem.code]
        } catch { return ["\(error)"] }
    }

    func proof() async throws -> [Problem] {
        try await agency.store.read { [area] tx in try Agency.verifier(area).run(tx).problems.all }
    }

    func risk() async throws -> [String: RiskPoint] {
        let report = try await agency.riskCheck(area, from: today - 30, through: today)
        return Dictionary(report.points.map { ($0.code, $0) }) { first, _ in first }
    }
}

@Suite("Staff are taken on and let go by matters")
struct ControlMatterTests {
    @Test("From four people an agency takes on the others; each act names its matter", arguments: StoreKind.allCases)
    func takingOn(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let clerk = try await agency.takeOn("jia", "enrolment.reception")
            #expect(try await agency.posts(of: clerk) == ["enrolment.reception"])
            #expect(try await agency.account("jia").awaitsPassword)
            let tenures = try await agency.agency.store.read { [area = agency.area] tx in
                try Organisation.tenures(tx, area: area).filter { $0.held.staff == clerk }
            }
            #expect(tenures.map(\.grantedBy) == [.staff(agency.director)])
            #expect(tenures.allSatisfy { $0.matter != nil })
            #expect(try await agency.proof() == [])
        }
    }

    @Test("Incompatible posts are refused when the matter is opened, with the clause", arguments: StoreKind.allCases)
    func incompatible(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let clerk = try await agency.takeOn("jia", "accountant")
            #expect(
                await agency.refused { try await agency.grant("cashier", to: clerk) } == ["control.posts.incompatible"])
        }
    }

    @Test("Two matters that fit one by one but not together: the second stays open", arguments: StoreKind.allCases)
    func racing(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let clerk = try await agency.takeOn("jia")
            let form = { (post: String) in
                ["staff": "\(clerk)", "post": post, "from": "\(agency.today)", "reason": "岗位安排"]
            }
            let one = try await agency.agency.openMatter(
                agency.area, "control.post.grant", form: form("accountant"), by: agency.security)
            let two = try await agency.agency.openMatter(
                agency.area, "control.post.grant", form: form("cashier"), by: agency.security)
            let first = try await agency.agency.act(
                agency.area, one.matter, .agree("同意"), seen: one.version, by: agency.director)
            #expect(first.isCarriedOut)
            let codes = await agency.refused {
                try await agency.agency.act(
                    agency.area, two.matter, .agree("同意"), seen: two.version, by: agency.director)
            }
            #expect(codes == ["control.posts.incompatible"])
            #expect(try await agency.posts(of: clerk) == ["accountant"])
        }
    }

    @Test("Nobody gives a post to themselves", arguments: StoreKind.allCases)
    func ownPowers(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let opened = await agency.refused { try await agency.grant("office", to: agency.security) }
            #expect(!opened.isEmpty)
            let approved = await agency.refused { try await agency.grant("office", to: agency.director) }
            #expect(!approved.isEmpty)
            let (security, director) = (agency.security, agency.director)
            let kept = (try await agency.posts(of: security), try await agency.posts(of: director))
            #expect(kept.0 == ["security.admin"])
            #expect(kept.1 == ["director"])
            // Who does not hold the post that receives such matters opens none.
            let stranger = await agency.refused {
                try await agency.carry(
                    "control.post.grant",
                    ["staff": "\(agency.auditor)", "post": "office", "from": "\(agency.today)", "reason": "x"],
                    by: agency.system)
            }
            #expect(!stranger.isEmpty)
        }
    }

    @Test(
        "An exception is co-signed by everybody of the group, and lets the post in until its day",
        arguments: StoreKind.allCases)
    func exception(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let clerk = try await agency.takeOn("jia", "enrolment.reception")
            let last = agency.today + 20
            let form = [
                "staff": "\(clerk)", "one": "enrolment.reception", "other": "enrolment.review",
                "from": "\(agency.today)", "through": "\(last)", "reason": "复核岗位空缺",
            ]
            let deputy = try await agency.takeOn("fu", "deputy")
            #expect(
                await agency.refused {
                    try await agency.carry("control.post.exception", form, by: agency.security)
                } == ["matter.obstacle.noHolder"], "nobody is of the group yet")
            let one = try await agency.takeOn("cai", "finance.chief", "control.group")
            let two = try await agency.takeOn("ji", "audit.chief", "control.group")
            // Whoever the exception is for does not sign it, and one voice against is enough.
            let refused = try await agency.carry(
                "control.post.exception", form, by: agency.security, agreed: deputy, one)
            let rejected = try await agency.agency.act(
                agency.area, refused.matter, .disagree("可以从兄弟科室借调"), seen: refused.version, by: two)
            #expect(rejected.state == .rejected)
            let half = try await agency.carry("control.post.exception", form, by: agency.security, agreed: deputy, two)
            #expect(
                await agency.refused {
                    try await agency.agency.act(
                        agency.area, half.matter, .agree("同意"), seen: half.version, by: agency.director)
                } == ["matter.act.notYours"])
            let votes = try await agency.agency.viewMatter(agency.area, half.matter, for: agency.security)
                .drawing.compactMap(\.votes)
            #expect(votes == [Votes(agreed: 1, pending: 1)])
            let outcome = try await agency.carry(
                "control.post.exception", form, by: agency.security, agreed: deputy, one, two, agency.director)
            #expect(outcome.isCarriedOut)
            #expect(
                await agency.refused { try await agency.grant("enrolment.review", to: clerk) } == [
                    "control.posts.incompatible"
                ])
            #expect(try await agency.grant("enrolment.review", to: clerk, through: last).isCarriedOut)
            #expect(try await agency.posts(of: clerk).count == 2)
            agency.town.clock.now = Moment(last + 1, hour: 9)
            #expect(try await agency.posts(of: clerk) == ["enrolment.reception"])
        }
    }

    @Test("Stand-ins, withdrawals, resets and closings go the same way", arguments: StoreKind.allCases)
    func otherMatters(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let first = try await agency.takeOn("jia", "enrolment.review")
            let second = try await agency.takeOn("yi")
            let standIn = try await agency.carry(
                "control.post.substitute",
                [
                    "absent": "\(first)", "post": "enrolment.review", "staff": "\(second)",
                    "from": "\(agency.today)", "through": "\(agency.today + 6)", "reason": "外出培训",
                ], by: agency.security, agreed: agency.director)
            #expect(standIn.isCarriedOut)
            #expect(try await agency.posts(of: second) == ["enrolment.review"])
            try await agency.carry(
                "control.post.withdraw", ["staff": "\(first)", "post": "enrolment.review", "reason": "轮岗"],
                by: agency.security, agreed: agency.director)
            #expect(try await agency.posts(of: first) == [])
            #expect(try await agency.posts(of: second) == [])
            for (code, state) in [
                ("control.account.lock", StaffAccount.State.locked), ("control.account.unlock", .open),
                ("control.password.reset", .open), ("control.account.close", .closed),
            ] {
                let outcome = try await agency.carry(
                    code, ["staff": "\(second)", "reason": "人员变动"], by: agency.system, agreed: agency.security)
                #expect(outcome.isCarriedOut, "\(code)")
                #expect(try await agency.account("yi").state == state, "\(code)")
            }
            #expect(try await agency.proof() == [])
        }
    }

    @Test("A new plan of posts is handed in as files, checked whole, and put in force", arguments: StoreKind.allCases)
    func plan(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let now = try await agency.agency.store.read { [area = agency.area] tx in
                try Organisation.plan(tx, area: area).files
            }
            func form(_ files: OrganisationFiles) async throws -> [String: String] {
                var form = ["reason": "年度调整"]
                for (field, text) in [
                    ("sections", files.sections), ("posts", files.posts), ("incompatible", files.incompatible),
                    ("limits", files.limits),
                ] {
                    form[field] =
                        "\(try await agency.agency.attach(agency.area, name: field + ".csv", bytes: Array(text.utf8)))"
                }
                return form
            }
            var broken = now
            broken.posts += "x.new,新岗,nowhere,people.read\n"
            let refused = try await form(broken)
            #expect(
                await agency.refused {
                    try await agency.carry("control.plan", refused, by: agency.security, agreed: agency.director)
                } == ["control.plan.section"])
            var better = now
            better.posts += "x.new,新岗,office,people.read\n"
            let outcome = try await agency.carry(
                "control.plan", form(better), by: agency.security, agreed: agency.director)
            #expect(outcome.isCarriedOut)
            _ = try await agency.takeOn("jia", "x.new")
            #expect(try await agency.proof() == [])
        }
    }
}

@Suite("The risk self-check")
struct RiskCheckTests {
    @Test("A young agency that keeps its rules has no finding but the missing sample", arguments: StoreKind.allCases)
    func sound(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            _ = try await agency.takeOn("jia", "enrolment.reception")
            let points = try await agency.risk()
            #expect(points.values.filter { $0.verdict == .finding }.map(\.code) == ["matters.sampled"])
            #expect(points["matters.review"]?.figure == "100.0%(2/2),未经复核 0 件")
            let changes = try #require(points["powers.changed"])
            #expect(changes.rows.map { $0.cells[1] }.contains("授予岗位 参保登记岗"))
        }
    }

    @Test("Each kind of fault is found, with the rows behind it", arguments: StoreKind.allCases)
    func faults(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (area, store) = (agency.area, agency.agency.store)
            let clerk = try await agency.takeOn("jia", "accountant", "office")
            agency.town.clock.now = agency.town.clock.now + 3600
            let now = agency.town.clock.now
            // The machine's owner acts past the matters, and takes the list's own clause away to do so.
            let ground = Ground("应急", by: .system, at: now)
            let strict = try await store.read { tx in try Organisation.plan(tx, area: area) }
            var loose = strict.files
            loose.incompatible =
                loose.incompatible.split(separator: "\n")
                .filter { !$0.hasPrefix("accountant,cashier") }.joined(separator: "\n") + "\n"
            let (without, with) = (try OrganisationPlan(loose), strict)
            try await store.write { tx in
                try Organisation.establish(tx, area: area, without, on: ground)
                try Organisation.grant(tx, area: area, "cashier", to: clerk, from: now.day, on: ground)
                try Organisation.establish(tx, area: area, with, on: ground)
                // Somebody leaves the post and keeps the account.
                for held in try Organisation.standing(tx, area: area, of: agency.auditor, from: now.day) {
                    try Organisation.withdraw(tx, area: area, held.grant, on: ground)
                }
            }
            let points = try await agency.risk()
            let conflict = try #require(points["posts.incompatible"])
            #expect(conflict.verdict == .finding)
            #expect(conflict.rows.map(\.subject) == [.staff(clerk)])
            #expect(conflict.rows.first?.cells.last?.contains("会计法第三十五条") == true)
            #expect(points["powers.emergency"]?.rowCount == 4)
            #expect(points["accounts.left"]?.rows.map(\.subject) == [.staff(agency.auditor)])
            agency.town.clock.now = now + 100 * 86_400
            #expect(try await agency.risk()["accounts.unused"]?.verdict == .attention)
        }
    }

    @Test("One account used from two places within minutes is shown", arguments: StoreKind.allCases)
    func sharedAccount(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (area, store) = (agency.area, agency.agency.store)
            let password = "Chunjiang-2026-潮水"
            let credential = try await Credential.make(
                password, login: "system", displayName: "演示system", rules: SignInRules())
            let now = agency.town.clock.now
            try await store.write { tx in
                try Staff.changePassword(tx, area: area, staff: agency.system, to: credential, at: now)
            }
            for (address, minute) in [("10.0.0.1", 0), ("10.0.0.1", 5), ("10.0.0.2", 9), ("10.0.0.1", 90)] {
                _ = try await SignIn.attempt(
                    store, area: area, login: "system", password: password, from: address, rules: SignInRules(),
                    at: now + Int64(minute * 60))
            }
            agency.town.clock.now = now + 7200
            let shared = try #require(try await agency.risk()["accounts.shared"])
            #expect(shared.rows.map { [$0.cells[1], $0.cells[3]] } == [["10.0.0.1", "10.0.0.2"]])
        }
    }

    @Test(
        "A sample is drawn by a recorded seed, inspected by others, and comes out again", arguments: StoreKind.allCases)
    func sampling(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let deputy = try await agency.takeOn("fu", "deputy")
            let inspector = try await agency.takeOn("jihe", "audit")
            agency.town.clock.now = agency.town.clock.now + 3600
            let drawn = try await agency.carry(
                "control.sampling",
                ["from": "\(agency.today)", "through": "\(agency.today)", "percent": "30", "reason": "季度抽查"],
                by: inspector, agreed: deputy)
            #expect(drawn.isCarriedOut)
            let samples = try await agency.agency.store.read { [area = agency.area, today = agency.today] tx in
                try Sampling.samplings(tx, area: area, from: today, through: today).flatMap {
                    try Sampling.sampled(tx, area: area, sampling: $0.id)
                }
            }
            // Four matters were carried out; 30 % of them, rounded up, are two.
            #expect(samples.count == 2)
            let first = try #require(samples.first)
            let result = [
                "sampling": "\(first.sampling)", "matter": "\(first.matter)", "finding": "1", "reason": "材料齐全",
            ]
            #expect(
                try await agency.carry("control.sampling.result", result, by: inspector, agreed: deputy).isCarriedOut)
            let again = await agency.refused {
                try await agency.carry("control.sampling.result", result, by: inspector, agreed: deputy)
            }
            #expect(again == ["control.sampling.done"])
            let point = try #require(try await agency.risk()["matters.sampled"])
            #expect(point.verdict == .attention, "one of the two has no conclusion yet")
            #expect(point.figure == "16.7%(1/6);抽出 2 件次,尚无结论 1,有差错 0")
            #expect(point.rows.map { $0.cells[4] }.sorted() == ["尚无结论", "未发现问题"])
            #expect(point.rowCount == 2)
            #expect(try await agency.proof() == [])
        }
    }

    /// The number that a figure states of its rows: the part of a share (of the covered, the rest), or what it begins with.
    private static func counted(_ point: RiskPoint) -> Int? {
        func number(after mark: String) -> Int? {
            point.figure.components(separatedBy: mark).dropFirst().first.flatMap { Int($0.prefix(while: \.isNumber)) }
        }
        switch point.code {
        case "matters.review": return number(after: "未经复核 ")
        case "matters.sampled": return number(after: "抽出 ")
        case "matters.overdue", "matters.returned": return number(after: "(")
        case "contributions.suspense" where point.figure == "政策未写清理期限": return 0
        default: return Int(point.figure.prefix(while: \.isNumber))
        }
    }

    @Test(
        "Each figure is the number of its rows, and each row is one of what the figure counts",
        arguments: StoreKind.allCases)
    func figures(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            let (area, house) = (agency.area, agency.agency)
            let clerk = try await agency.takeOn("jia", "enrolment.reception")
            let reviewer = try await agency.takeOn("yi", "enrolment.review")
            let begin = agency.today
            func open(_ name: String) async throws -> MatterOutcome {
                try await house.openMatter(
                    area, "control.account.open", form: ["login": name, "name": "演示\(name)", "reason": "新进人员"],
                    by: agency.system)
            }
            // One is late twice: returned late, and never accepted again; one waits, one is late once, one is in time.
            let back = try await open("bing")
            let waiting = try await open("ding")
            let slow = try await open("wu")
            agency.town.clock.now = Moment(begin + 12, hour: 9)
            let returned = try await house.act(
                area, back.matter, .giveBack(to: "reception", reason: "登录名有误"), seen: back.version, by: agency.security)
            #expect(returned.state == .draft)
            _ = try await house.act(area, slow.matter, .agree("同意"), seen: slow.version, by: agency.security)
            let quick = try await open("ji")
            _ = try await house.act(area, quick.matter, .agree("同意"), seen: quick.version, by: agency.security)
            // What was free at acceptance is taken at the approval: the effect fails.
            let (first, second) = (try await open("geng"), try await open("geng2"))
            _ = second
            try await house.store.write { tx in
                _ = try Staff.open(
                    tx, area: area, login: "geng", displayName: "演示",
                    on: Ground("应急", by: .system, at: agency.town.clock.now))
            }
            let failed = try await house.act(area, first.matter, .agree("同意"), seen: first.version, by: agency.security)
            #expect(!failed.problems.isEmpty)
            agency.town.clock.now = Moment(begin + 24, hour: 9)
            let report = try await house.riskCheck(area, from: begin, through: agency.today, rowsMax: .max)
            for point in report.points {
                #expect(point.rows.count == point.rowCount, "\(point.code)")
                #expect(Self.counted(point) == point.rowCount, "\(point.code): \(point.figure)")
                #expect(point.rows.allSatisfy { $0.cells.count == point.columns.count }, "\(point.code)")
            }
            let points = Dictionary(report.points.map { ($0.code, $0) }) { first, _ in first }
            func matters(_ code: String) -> [ID<Matter>] {
                (points[code]?.rows ?? []).compactMap {
                    guard case .matter(let id) = $0.subject else { return nil }
                    return id
                }
            }
            #expect(matters("matters.returned") == [back.matter])
            #expect(matters("matters.failed") == [first.matter])
            let late = [back, back, waiting, slow, first, second].map(\.matter).sorted()
            #expect(matters("matters.overdue").sorted() == late, "a matter is there once for each late step")
            #expect(Set(matters("matters.topLevel")).count == 2)
            #expect(points["accounts.unused"]?.rowCount == 0)
            // Four founders and two clerks: whoever is missing at a route's post is named.
            let unstaffed = try #require(points["posts.unstaffed"])
            #expect(unstaffed.rows.contains { $0.cells[0] == "不相容岗位例外" && $0.cells[1] == "内控领导小组会签" })
            #expect(!unstaffed.rows.contains { $0.cells[0] == "开设经办账号" })
            #expect(
                [clerk, reviewer].allSatisfy { staff in
                    points["powers.changed"]?.rows.contains { $0.cells[2] == "演示\(staff == clerk ? "jia" : "yi")" }
                        == true
                })
        }
    }

    @Test("A draw is fair and repeatable")
    func draws() {
        let draw = RandomDraw(seed: 7, frameCount: 40, percent: 5)
        #expect(draw.places.count == 2)
        #expect(draw.places == RandomDraw(seed: 7, frameCount: 40, percent: 5).places)
        #expect(Set(RandomDraw(seed: 1, frameCount: 9, percent: 100).places) == Set(0..<9))
        var hits = Array(repeating: 0, count: 10)
        for seed in 0..<2_000 as Range<UInt64> {
            for place in RandomDraw(seed: seed, frameCount: 10, percent: 20).places { hits[place] += 1 }
        }
        #expect(hits.allSatisfy { (320...480).contains($0) }, "\(hits)")
    }

    @Test("A period that ends before it begins, or after today, is refused", arguments: StoreKind.allCases)
    func badPeriod(_ kind: StoreKind) async throws {
        try await YoungAgency.open(kind) { agency in
            for (first, last) in [(agency.today, agency.today - 1), (agency.today, agency.today + 1)] {
                await #expect(throws: Problem.self) {
                    try await agency.agency.riskCheck(agency.area, from: first, through: last)
                }
            }
        }
    }
}
