import Basics
import Control
import Enrolment
import Foundation
import Policy
import Sheets
import Storage
import StoreKit
import Testing

@testable import Agency

/// An enrolment section with its posts and one person in each: what it changes, it changes by matters.
struct EnrolmentOffice {
    static let area = AreaCode(990_100)
    static let morning = Moment(Day("2026-03-02")!, hour: 9)

    let store: any Store
    let staff: [PostCode: ID<StaffMember>]
    let matters: Matters

    private static let posts: [PostCode] = [
        "enrolment.reception", "enrolment.people", "enrolment.review", "enrolment.retirement", "enrolment.chief",
    ]

    static func with(_ kind: StoreKind, _ body: (EnrolmentOffice) async throws -> Void) async throws {
        let book = try PolicyBook.load(repositoryRoot + "/policies/demo")
        let calendar = try WorkCalendar(
            csv: String(decoding: try file("policies/calendar.csv"), as: UTF8.self), file: "calendar.csv")
        let catalogue = MatterCatalogue(Agency.enrolmentMatters)
        try await withStore(kind, Agency.migrations) { store in
            let staff = try await store.write { tx in
                _ = try PolicyVersions.archive(tx, area: area, text: book.areas[area]!.archive, at: morning)
                return try establish(tx)
            }
            try await body(
                EnrolmentOffice(
                    store: store, staff: staff,
                    matters: Matters(
                        area: area, catalogue: catalogue, calendar: calendar, naming: Agency.subjectName)))
        }
    }

    private static func establish(_ tx: any Transaction) throws -> [PostCode: ID<StaffMember>] {
        let ground = Ground("建账", by: .system, at: morning)
        let plan = try OrganisationPlan.load(folder: repositoryRoot + "/knowledge/control")
        _ = try Organisation.establish(tx, area: area, plan, on: ground)
        return try employ(tx, on: ground)
    }

    /// The section at work in a town that settles already.
    static func over(_ town: Town) async throws -> EnrolmentOffice {
        let calendar = try WorkCalendar(
            csv: String(decoding: try file("policies/calendar.csv"), as: UTF8.self), file: "calendar.csv")
        let staff = try await town.agency.store.write { tx in
            try employ(tx, on: Ground("建账", by: .system, at: morning))
        }
        return EnrolmentOffice(
            store: town.agency.store, staff: staff,
            matters: Matters(area: area, catalogue: Agency.matterCatalogue, calendar: calendar))
    }

    private static func employ(_ tx: any Transaction, on ground: Ground) throws -> [PostCode: ID<StaffMember>] {
        var staff: [PostCode: ID<StaffMember>] = [:]
        for (number, post) in posts.enumerated() {
            let id = try Staff.open(tx, area: area, login: "yg\(number)", displayName: "示范\(number)", on: ground)
            _ = try Organisation.grant(tx, area: area, post, to: id, from: morning.day, on: ground)
            staff[post] = id
        }
        return staff
    }

    /// Hands a matter in, with every paper its kind asks for, and lets each post of its route agree.
    @discardableResult
    func carryOut(
        _ code: String, _ form: [String: String], file: (field: String, bytes: [UInt8])? = nil, at: Moment = morning
    ) async throws
        -> MatterOutcome
    {
        let kind = try matters.kind(code)
        let steps = kind.steps
        var outcome = try await store.write { [matters, staff] tx in
            let scan = try Attachments.keep(
                tx, area: Self.area, name: "材料.png", bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0],
                at: at)
            var form = form
            if let file {
                let hash = try Attachments.keep(
                    tx, area: Self.area, name: "名单.csv", bytes: file.bytes, at: at)
                form[file.field] = "\(hash)"
            }
            let papers = kind.papers.map { AttachedPaper(code: $0.code, name: "材料.png", hash: scan) }
            return try matters.open(
                tx, code, form: form, papers: papers, by: staff[steps[0].post]!, at: at)
        }
        for step in steps.dropFirst() {
            outcome = try await store.write { [matters, staff, outcome] tx in
                try matters.act(
                    tx, outcome.matter, .agree("同意"), seen: outcome.version, by: staff[step.post]!,
                    at: at + 60)
            }
        }
        return outcome
    }

    /// The codes and fields with which a matter is refused at the counter.
    func refusal(_ code: String, _ form: [String: String]) async throws -> [String] {
        do {
            let outcome = try await carryOut(code, form)
            return outcome.problems.map(\.code)
        } catch let problem as Problem {
            return ["\(problem.field ?? "") \(problem.code)"]
        } catch let problems as Problems {
            return problems.all.map { "\($0.field ?? "") \($0.code)" }
        }
    }

    func insured(_ number: String) async throws -> InsuredPerson {
        try await store.read { tx in
            let paper = try IdentityPaper(kind: .residentID, number: number)
            let id = try #require(try Enrolment.find(tx, area: Self.area, paper: paper))
            return try Enrolment.requireInsured(tx, area: Self.area, id)
        }
    }

    /// What `yibao verify` finds broken.
    func broken() async throws -> [Problem] {
        try await store.read { tx in
            try Agency.verifier(Self.area).run(tx).problems.all
        }
    }

    private static func file(_ path: String) throws -> [UInt8] {
        Array(try String(contentsOfFile: repositoryRoot + "/" + path, encoding: .utf8).utf8)
    }

    static func number(_ birth: String, _ sequence: Int) -> String {
        let digits = "990100" + birth + String("00\(sequence)".suffix(3))
        return digits + String(NationalID.checkDigit(digits.utf8))
    }

    static let creditCode: String = {
        let digits = "91990100MA0YBYB01"
        return digits + String(CreditCode.checkDigit(digits)!)
    }()

    static let otherCode: String = {
        let digits = "91990100MA0YBYB02"
        return digits + String(CreditCode.checkDigit(digits)!)
    }()

    static let company = [
        "creditCode": creditCode, "name": "示范公司", "management": "1", "contact": "示范联系人", "phone": "0990-1234567",
        "day": "2026-01-01",
    ]

    static func person(_ number: String, _ name: String, _ more: [String: String]) -> [String: String] {
        [
            "paperKind": "1", "paperNumber": number, "name": name, "sex": "1", "birth": "1980-01-01",
        ].merging(more) { $1 }
    }
}

@Suite("参保登记的办件")
struct EnrolmentMatterTests {
    @Test("每类办件:两个以上岗位,十个工作日以内,有依据;编码不重复")
    func declared() {
        let kinds = Agency.enrolmentMatters
        #expect(Set(kinds.map(\.code)).count == kinds.count)
        for kind in kinds {
            #expect(Set(kind.steps.map(\.post)).count >= 2, "\(kind.code)")
            #expect(kind.steps.map(\.limit).reduce(0, +) <= 10, "\(kind.code)")
            #expect(!kind.basis.isEmpty && kind.papers.allSatisfy { !$0.basis.isEmpty }, "\(kind.code)")
        }
        let retirement = kinds.first { $0.code == "enrolment.retirement" }
        #expect(retirement?.steps.contains { $0.post == "enrolment.people" } == false, "信息维护与待遇核定不相容")
    }

    @Test("登记单位,五十人的名单两人经手办完;名单里的坏行退回;同一名单再交被拒", arguments: StoreKind.allCases)
    func fiftyPeople(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            let registered = try await office.carryOut("enrolment.employer.register", EnrolmentOffice.company)
            #expect(registered.isCarriedOut && registered.problems.isEmpty)
            let employer = try #require(
                try await office.store.read { try Enrolment.employers($0, area: EnrolmentOffice.area).first })
            var text = ListKind.joiners.columns.map(\.name).joined(separator: ",") + "\n"
            for index in 0..<50 {
                let number = EnrolmentOffice.number((Day("1985-01-01")! + index * 40).compact, 1)
                text += "示范员工\(index),,\(number),,,在职职工,2026-03-01,,\n"
            }
            text += "示范坏号,,123,,,在职职工,2026-03-01,,\n"
            let list = try await office.carryOut(
                "enrolment.list.joiners", ["employer": "\(employer.id)"], file: ("sheet", Array(text.utf8)))
            let progress = try await office.matters.runJobs(office.store) { EnrolmentOffice.morning + 3600 }
            #expect(progress.map(\.done) == [51] && progress.flatMap(\.problems).isEmpty)
            let (count, refused, state) = try await office.store.read { tx in
                let found = try #require(try Enrolment.list(tx, area: EnrolmentOffice.area, of: list.matter))
                return (
                    try Enrolment.progress(tx, area: EnrolmentOffice.area, of: found),
                    try Enrolment.results(tx, area: EnrolmentOffice.area, of: found, .refused),
                    try Enrolment.employer(tx, area: EnrolmentOffice.area, employer.id)?.state
                )
            }
            #expect((count.carried, count.refused, state) == (50, 1, .paying))
            #expect(refused.map(\.line) == [52] && refused[0].column == "证件号码")
            await #expect(throws: Problems.self) {
                try await office.carryOut(
                    "enrolment.list.joiners", ["employer": "\(employer.id)"], file: ("sheet", Array(text.utf8)))
            }
            #expect(try await office.broken() == [])
        }
    }

    @Test("个人参保、险种转换、生存状态、救助认定、信息变更、重复合并:逐件办结", arguments: StoreKind.allCases)
    func people(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            try await office.carryOut("enrolment.employer.register", EnrolmentOffice.company)
            let employer = try #require(
                try await office.store.read { try Enrolment.employers($0, area: EnrolmentOffice.area).first })
            let number = EnrolmentOffice.number("19800101", 1)
            let wrong = String(number.dropLast()) + (number.last == "0" ? "1" : "0")
            #expect(
                try await office.refusal(
                    "enrolment.person.register",
                    EnrolmentOffice.person(wrong, "示范张三", ["category": "1501", "from": "2026-01-01"]))
                    == ["paperNumber enrolment.person.id"])
            #expect(
                try await office.refusal(
                    "enrolment.person.register",
                    EnrolmentOffice.person(number, "示范张三", ["category": "1101", "from": "2026-01-01"]))
                    == ["employer enrolment.spell.employer"])
            let joined = try await office.carryOut(
                "enrolment.person.register",
                EnrolmentOffice.person(number, "示范张三", ["category": "1501", "from": "2026-01-01"]))
            #expect(joined.isCarriedOut)
            let id = try await office.insured(number).person.id
            let change = [
                "person": "\(id)", "category": "1101", "employer": "\(employer.id)", "from": "2026-03-01",
                "reason": "5",
            ]
            #expect(try await office.refusal("enrolment.spell.open", change) == ["person enrolment.spell.insured"])
            try await office.carryOut("enrolment.spell.change", change)
            try await office.carryOut(
                "enrolment.person.status",
                ["person": "\(id)", "status": "3", "from": "2026-01-01", "ground": "民政名单"])
            try await office.carryOut(
                "enrolment.person.correct",
                EnrolmentOffice.person(number, "示范章三", ["person": "\(id)", "ground": "户口簿"]))
            try await office.carryOut(
                "enrolment.person.life",
                ["person": "\(id)", "event": "5", "day": "2026-03-01", "certificate": "示入1", "ground": "入伍通知书"])
            let insured = try await office.insured(number)
            #expect(
                insured.spells.map { "\($0.insurance.rawValue) \($0.period)" } == [
                    "390 2026-01-01…2026-02-28", "310 2026-03-01…",
                ])
            #expect((insured.person.name, insured.person.life.state) == ("示范章三", .serving))
            #expect(insured.spells[1].suspensions.map(\.reason) == [.military])
            #expect(insured.assistance(on: Day("2026-03-01")!) == [.lowIncome])
            #expect(
                try await office.refusal(
                    "enrolment.spell.act",
                    [
                        "person": "\(id)", "insurance": "310", "action": "2", "day": "2026-03-02", "reason": "30",
                        "ground": "欠费",
                    ]) == ["spell enrolment.act.suspended"])
            #expect(
                try await office.refusal(
                    "enrolment.person.merge", ["duplicate": "\(id)", "survivor": "\(id)", "ground": "误"])
                    == ["survivor enrolment.merge.same"])
            #expect(try await office.broken() == [])
        }
    }

    @Test("退休核定:年限不足要选办法;一次性补缴说出金额;年限已满次月转退休", arguments: StoreKind.allCases)
    func retirement(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            let number = EnrolmentOffice.number("19660201", 1)
            let person = EnrolmentOffice.person(
                number, "示范退休", ["birth": "1966-02-01", "category": "1103", "from": "2026-01-01"])
            try await office.carryOut("enrolment.person.register", person)
            let id = try await office.insured(number).person.id
            var form = [
                "person": "\(id)", "day": "2026-02-28", "paid": "350", "local": "350", "deemed": "0", "way": "1",
            ]
            #expect(try await office.refusal("enrolment.retirement", form) == ["paid enrolment.retirement.differs"])
            form["differs"] = "手工台账"
            #expect(try await office.refusal("enrolment.retirement", form) == ["way enrolment.retirement.missing"])
            form["way"] = "2"
            try await office.carryOut("enrolment.retirement", form)
            #expect(
                try await office.refusal("enrolment.retirement", form) == ["way enrolment.retirement.lumpUnpaid"])
            let records = try await office.store.read {
                try Enrolment.retirements($0, area: EnrolmentOffice.area, of: id)
            }
            #expect(records.map(\.lumpSum) == [Money(yuan: 4420)])
            form["deemed"] = "10"
            try await office.carryOut("enrolment.retirement", form)
            let spells = try await office.insured(number).spells
            #expect(spells.map(\.category) == [.flexible, .retiredFlexible])
            #expect(spells[1].period.first == Day("2026-03-01")!)
            #expect(try await office.broken() == [])
        }
    }

    @Test("单人办理与名单同一把尺:年龄、类别、日期、单位状态在受理时就退回", arguments: StoreKind.allCases)
    func acceptance(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            try await office.carryOut("enrolment.employer.register", EnrolmentOffice.company)
            let employer = try #require(
                try await office.store.read { try Enrolment.employers($0, area: EnrolmentOffice.area).first })
            let number = EnrolmentOffice.number("19900101", 1)
            func register(_ more: [String: String]) async throws -> [String] {
                try await office.refusal(
                    "enrolment.person.register",
                    EnrolmentOffice.person(number, "示范甲", ["birth": "1990-01-01"].merging(more) { $1 }))
            }
            let company = "\(employer.id)"
            for (form, refused) in [
                (["category": "1401", "from": "2026-01-01"], ["category enrolment.spell.age"]),
                (["category": "1601", "from": "2026-01-01"], ["category enrolment.spell.age"]),
                (["category": "1201", "from": "2026-01-01"], ["category matter.form.choice"]),
                (["category": "1300", "from": "2026-01-01"], ["category matter.form.choice"]),
                (
                    ["category": "1501", "from": "1980-01-01"],
                    ["from enrolment.spell.beforeBirth", "from enrolment.day.bounds"]
                ),
                (["category": "1501", "from": "2099-01-01"], ["from enrolment.day.bounds"]),
                (["category": "1103", "from": "1991-01-01"], ["paperNumber enrolment.spell.tooYoung"]),
            ] {
                let found = try await register(form)
                #expect(Set(found).isSuperset(of: refused) && !found.isEmpty, "\(form) \(found)")
            }
            let child = EnrolmentOffice.person(
                EnrolmentOffice.number("20201010", 1), "示范童",
                ["birth": "2020-10-10", "category": "1101", "employer": company, "from": "2026-03-01"])
            #expect(
                try await office.refusal("enrolment.person.register", child) == [
                    "paperNumber enrolment.spell.tooYoung"
                ])
            let closing = ["employer": company, "day": "2025-12-31", "ground": "注销通知书"]
            #expect(
                try await office.refusal("enrolment.employer.close", closing) == ["day enrolment.employer.order"])
            let pausing = ["employer": company, "action": "suspend", "day": "2025-12-31", "ground": "停产"]
            #expect(
                try await office.refusal("enrolment.employer.paying", pausing) == ["day enrolment.employer.order"])
            for day in ["2099-01-01", "0001-01-01"] {
                let form = EnrolmentOffice.company.merging(["creditCode": EnrolmentOffice.otherCode, "day": day]) { $1 }
                #expect(
                    try await office.refusal("enrolment.employer.register", form) == ["day enrolment.day.bounds"])
            }
            try await office.carryOut("enrolment.employer.close", closing.merging(["day": "2026-02-01"]) { $1 })
            let joining = ["category": "1101", "employer": company, "from": "2026-03-01"]
            #expect(try await register(joining) == ["employer enrolment.employer.closed"])
            try await office.carryOut(
                "enrolment.employer.paying",
                ["employer": company, "action": "resume", "day": "2026-02-02", "ground": "重新开业"])
            #expect(try await register(joining) == [])
            #expect(try await office.insured(number).spells.map(\.employer) == [employer.id])
            #expect(try await office.broken() == [])
        }
    }

    @Test("退休只由核定或转入登记而来:变更表单不能把在职改成退休;外地退休的凭材料经待遇核定岗和科长登记", arguments: StoreKind.allCases)
    func retiredElsewhere(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            let worker = EnrolmentOffice.number("19880101", 1)
            try await office.carryOut(
                "enrolment.person.register",
                EnrolmentOffice.person(
                    worker, "示范在职", ["birth": "1988-01-01", "category": "1103", "from": "2026-01-01"]))
            let id = try await office.insured(worker).person.id
            let change = ["person": "\(id)", "category": "1203", "from": "2026-03-01", "reason": "6"]
            #expect(
                try await office.refusal("enrolment.spell.change", change) == [
                    "category enrolment.spell.age", "category enrolment.spell.retired",
                ])
            let arrived = EnrolmentOffice.number("19600101", 1)
            let form = EnrolmentOffice.person(
                arrived, "示范转入",
                ["birth": "1960-01-01", "category": "1201", "from": "2026-02-01", "ground": "省内转移"])
            let route = try office.matters.kind("enrolment.retired.transfer")
            #expect(route.steps.map(\.post) == ["enrolment.retirement", "enrolment.review", "enrolment.chief"])
            #expect(route.papers.allSatisfy { $0.isRequired })
            let young = EnrolmentOffice.person(
                EnrolmentOffice.number("19900101", 1), "示范太早",
                ["birth": "1990-01-01", "category": "1201", "from": "2026-02-01", "ground": "省内转移"])
            #expect(
                try await office.refusal("enrolment.retired.transfer", young) == ["category enrolment.spell.age"])
            #expect(try await office.carryOut("enrolment.retired.transfer", form).isCarriedOut)
            let spells = try await office.insured(arrived).spells
            #expect(spells.map(\.category) == [.retired] && spells[0].reason == .retiredElsewhere)
            // Whoever was retired goes on as such by the ordinary forms.
            let person = try await office.insured(arrived).person.id
            try await office.carryOut(
                "enrolment.spell.act",
                [
                    "person": "\(person)", "insurance": "310", "action": "1", "day": "2026-02-28", "reason": "29",
                    "ground": "本人申请",
                ])
            try await office.carryOut(
                "enrolment.spell.open",
                ["person": "\(person)", "category": "1201", "from": "2026-03-01", "reason": "2"])
            #expect(try await office.insured(arrived).spells.count == 2)
            #expect(
                try await office.refusal(
                    "enrolment.retired.transfer", form.merging(["name": "示范他人"]) { $1 }) == [
                        "name enrolment.person.different"
                    ])
            #expect(try await office.broken() == [])
        }
    }

    @Test("单位合并后注销、居民类别结转也都走办件", arguments: StoreKind.allCases)
    func employersAndAges(_ kind: StoreKind) async throws {
        try await EnrolmentOffice.with(kind) { office in
            try await office.carryOut("enrolment.employer.register", EnrolmentOffice.company)
            let employer = try #require(
                try await office.store.read { try Enrolment.employers($0, area: EnrolmentOffice.area).first })
            let number = EnrolmentOffice.number("19660101", 1)
            try await office.carryOut(
                "enrolment.person.register",
                EnrolmentOffice.person(
                    number, "示范居民", ["birth": "1966-01-01", "category": "1501", "from": "2025-01-01"]))
            try await office.carryOut("enrolment.residents.ages", ["day": "2026-03-01"])
            let progress = try await office.matters.runJobs(office.store) { EnrolmentOffice.morning + 3600 }
            #expect(progress.allSatisfy { $0.problems.isEmpty && !$0.isRunning })
            #expect(try await office.insured(number).spells.map(\.category) == [.adult, .elderly])
            let closing = try await office.carryOut(
                "enrolment.employer.close",
                ["employer": "\(employer.id)", "day": "2026-03-01", "ground": "注销通知书"])
            #expect(closing.isCarriedOut)
            #expect(
                try await office.refusal(
                    "enrolment.employer.close",
                    ["employer": "\(employer.id)", "day": "2026-03-01", "ground": "注销通知书"])
                    == ["employer enrolment.employer.closed"])
            #expect(try await office.broken() == [])
        }
    }
}
