import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@Suite("人员登记、变更、生存状态与合并")
struct PeopleTests {
    static func person(
        _ name: String = "示范张三", _ birth: String = "19800101", _ sequence: Int = 1,
        kind: IdentityPaperKind = .residentID,
        number: String? = nil
    ) throws -> PersonParticulars {
        let number = number ?? RegisterTests.id(birth, sequence)
        return PersonParticulars(
            paper: try IdentityPaper(kind: kind, number: number), name: name, sex: sequence % 2 == 1 ? .male : .female,
            birth: try #require(Day(birth)))
    }

    static func register(_ store: any Store, _ particulars: PersonParticulars) async throws -> ID<Person> {
        try await store.write { try Enrolment.register($0, particulars, by: Given.acts("本人申请")) }
    }

    static func open(
        _ store: any Store, _ id: ID<Person>, _ category: PersonCategory, from day: String
    ) async throws -> ID<Spell>? {
        try await store.write {
            try Enrolment.open(
                $0, SpellOpening(category: category, from: Given.day(day)), for: id, by: Given.acts("本人申请"))
        }
    }

    @Test("登记:同号异类、15 位旧号、同名同日出生都找得到;确认不是同一人才可登记同名者", arguments: StoreKind.allCases)
    func likenesses(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let first = try Self.person("阿卜杜拉·买买提")
            let id = try await Self.register(store, first)
            let sameNumber = PersonParticulars(
                paper: try IdentityPaper(kind: .other, number: NationalID(first.paper.number).fifteen ?? ""),
                name: "另一个写法", sex: .male, birth: first.birth)
            #expect(
                try await refusals { _ = try await Self.register(store, sameNumber) } == ["enrolment.person.sameNumber"]
            )
            #expect(try await refusals { _ = try await Self.register(store, first) } == ["enrolment.person.exists"])
            let namesake = try Self.person("阿卜杜拉.买买提", "19800101", 3)
            #expect(try await refusals { _ = try await Self.register(store, namesake) } == ["enrolment.person.alike"])
            let other = try await store.write {
                try Enrolment.register($0, namesake, isDistinct: true, by: Given.acts("已核对户籍"))
            }
            #expect(other != id)
            let otherSex = try Self.person("阿卜杜拉·买买提", "19800101", 4)
            #expect(otherSex.sex == .female)
            #expect(
                try await refusals { _ = try await Self.register(store, otherSex) }
                    == ["enrolment.person.alike", "enrolment.person.alike"])
            let found = try await store.read { try Enrolment.search($0, area: Given.area, name: "阿卜杜拉 买") }
            #expect(found.map(\.id) == [id, other])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("信息变更:旧号仍指向本人;录错的号码让给真正的持有人;记录逐条保留", arguments: StoreKind.allCases)
    func corrections(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let wrong = try Self.person("示范张三", "19800101", 1)
            let id = try await Self.register(store, wrong)
            let right = try Self.person("示范张三", "19800101", 5)
            try await store.write {
                try Enrolment.correct($0, id, to: right, formerPaperWasWrong: true, by: Given.acts("证件号录错"))
            }
            let holder = try await Self.register(store, try Self.person("示范李四", "19800101", 1))
            #expect(holder != id)
            let renamed = try Self.person("示范张三丰", "19800101", 5)
            try await store.write { try Enrolment.correct($0, id, to: renamed, by: Given.acts("更名")) }
            let person = try #require(try await store.read { try Enrolment.person($0, area: Given.area, id) })
            #expect((person.name, person.acts.count) == ("示范张三丰", 2))
            let byFormerName = try await store.read { try Enrolment.search($0, area: Given.area, name: "示范张三") }
            #expect(byFormerName.map(\.id) == [id])
            #expect(
                try await refusals {
                    try await store.write {
                        try Enrolment.correct($0, id, to: Self.person("示范张三丰", "19800101", 1), by: Given.acts("误"))
                    }
                } == ["enrolment.person.taken"])
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("不可能的日期、与证件不符的出生和性别、空姓名:一次说全")
    func impossible() throws {
        let particulars = PersonParticulars(
            paper: try IdentityPaper(kind: .residentID, number: RegisterTests.id("19800101", 1)), name: "··",
            sex: .female, birth: Given.day("2030-01-01"))
        #expect(
            particulars.problems(today: Given.at.day).map(\.code) == [
                "enrolment.person.name", "enrolment.person.birth", "enrolment.person.birth", "enrolment.person.sex",
            ])
    }

    @Test("死亡终止参保,收监暂停,释放恢复;误报死亡可撤销;不能死两次", arguments: StoreKind.allCases)
    func life(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await Self.register(store, try Self.person())
            _ = try await Self.open(store, id, .flexible, from: "2025-01-01")
            func record(_ kind: PersonAct.Kind, _ day: String, certificate: String = "示0001") async throws {
                try await store.write {
                    try Enrolment.recordLife(
                        $0, id, kind, on: Given.day(day), certificate: certificate, by: Given.acts(kind.name))
                }
            }
            func spell() async throws -> Spell {
                try await store.read { try Enrolment.requireInsured($0, area: Given.area, id).spells[0] }
            }
            try await record(.imprisoned, "2025-03-10")
            #expect(!(try await spell().owesContribution(on: Given.day("2025-04-01"))))
            try await record(.restored, "2025-06-01")
            #expect(try await spell().suspensions.map(\.period.description) == ["2025-03-10…2025-05-31"])
            #expect(try await spell().owesContribution(on: Given.day("2025-06-01")))
            #expect(
                try await refusals { try await record(.died, "2025-05-01", certificate: "") } == [
                    "enrolment.life.order", "enrolment.life.certificate",
                ])
            try await record(.died, "2026-02-01")
            #expect(try await spell().period.last == Given.day("2026-02-01"))
            #expect(try await refusals { try await record(.died, "2026-02-02") } == ["enrolment.life.same"])
            #expect(try await refusals { try await record(.missing, "2026-02-02") } == ["enrolment.life.dead"])
            #expect(
                try await refusals { _ = try await Self.open(store, id, .flexible, from: "2026-03-01") } == [
                    "enrolment.spell.dead"
                ])
            #expect(
                try await store.read { try Enrolment.deaths($0, area: Given.area) } == [id: Given.day("2026-02-01")])
            try await record(.restored, "2026-02-20")
            #expect(try await store.read { try Enrolment.deaths($0, area: Given.area) } == [:])
            #expect(try await Self.open(store, id, .flexible, from: "2026-03-01") != nil)
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("死亡在参保开始之前:这段参保作废,不留一天;之后登记的死亡照常终止", arguments: StoreKind.allCases)
    func diedBefore(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let late = try await Self.register(store, try Self.person("示范甲", "19600101", 1))
            let insured = try await Self.register(store, try Self.person("示范乙", "19600102", 1))
            _ = try await Self.open(store, late, .adult, from: "2026-01-01")
            _ = try await Self.open(store, insured, .adult, from: "2025-01-01")
            for id in [late, insured] {
                try await store.write {
                    try Enrolment.recordLife(
                        $0, id, .died, on: Given.day("2025-05-05"), certificate: "示死证\(id)", by: Given.acts("死亡医学证明"))
                }
            }
            #expect(try await SpellTests.spells(store, late).isEmpty)
            #expect(try await SpellTests.spells(store, insured).map(\.period.description) == ["2025-01-01…2025-05-05"])
            let history = try await store.read { try Enrolment.history($0, area: Given.area, of: late).map(\.title) }
            #expect(history.contains { $0.hasPrefix("撤销登记:自 2026-01-01 的") && $0.hasSuffix("死亡") })
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("合并:旧编号指向存续编号,证件和卡都找到存续者,参保不断;可撤销;重复参保的先清退", arguments: StoreKind.allCases)
    func merging(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let passport = PersonParticulars(
                paper: try IdentityPaper(kind: .passport, number: "SF-P-0001"), name: "示范張三", sex: .male,
                birth: Given.day("1980-01-01"))
            let old = try await Self.register(store, passport)
            let number = try Self.person("示范张三")
            let kept = try await store.write {
                try Enrolment.register($0, number, isDistinct: true, by: Given.acts("首次参保"))
            }
            _ = try await Self.open(store, old, .flexible, from: "2025-01-01")
            try await store.write { try Enrolment.merge($0, old, into: kept, by: Given.acts("户籍核对为同一人")) }
            let (found, survivor, all) = try await store.read { tx in
                (
                    try Enrolment.find(tx, area: Given.area, paper: passport.paper),
                    try Enrolment.survivor(tx, area: Given.area, of: old),
                    try Enrolment.identities(tx, area: Given.area, of: old)
                )
            }
            #expect((found, survivor, all) == (kept, kept, [kept, old]))
            let spells = try await store.read { tx in
                try [old, kept].flatMap { try Enrolment.requireInsured(tx, area: Given.area, $0).spells }
            }
            #expect(spells.map(\.period.description) == ["2025-01-01…2026-03-01", "2026-03-02…"])
            #expect(spells[1].reason == .personMerged)
            #expect(
                try await refusals { _ = try await Self.open(store, old, .flexible, from: "2026-04-01") } == [
                    "enrolment.person.merged"
                ])
            try await store.write { try Enrolment.separate($0, old, by: Given.acts("合并有误")) }
            #expect(try await store.read { try Enrolment.survivor($0, area: Given.area, of: old) } == old)
            _ = try await Self.open(store, old, .adult, from: "2026-04-01")
            #expect(
                try await refusals {
                    try await store.write { try Enrolment.merge($0, old, into: kept, by: Given.acts("再次合并")) }
                } == ["enrolment.merge.overlap"])
            // To end one of them is no help: the days they have in common remain. What helps is what the sentence says.
            let mistaken = try await SpellTests.spells(store, old).first { $0.category == .adult }
            let spell = try #require(mistaken)
            func merge() async throws -> [Problem] {
                try await store.read { try Enrolment.objections($0, area: Given.area, merging: old, into: kept) }
            }
            try await store.write {
                try Enrolment.act(
                    $0, person: old, spell: spell.id,
                    Spell.Act(kind: .ended, day: Given.day("2026-06-30"), reason: .ownRequest), by: Given.acts("终止"))
            }
            let refused = try await merge()
            #expect(refused.map(\.code) == ["enrolment.merge.overlap"])
            #expect(refused[0].message.contains("撤销参保登记"))
            try await store.write { try Enrolment.void($0, spell, of: old, .other, by: Given.acts("错登")) }
            #expect(try await merge() == [])
            try await store.write { try Enrolment.merge($0, old, into: kept, by: Given.acts("再次合并")) }
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("人员查询认得编号、18 位和 15 位号码、姓名;办理记录按日期齐全", arguments: StoreKind.allCases)
    func looking(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await Self.register(store, try Self.person("示范张三"))
            _ = try await Self.open(store, id, .flexible, from: "2025-01-01")
            try await store.write { tx in
                try Enrolment.recordLife(
                    tx, id, .serving, on: Given.day("2025-09-01"), certificate: "示入1", by: Given.acts("入伍通知书"))
                let period = try #require(Period(from: Given.day("2024-01-01"), through: nil))
                try Enrolment.record(
                    tx, SpecialStatus(kind: .assistance(.lowIncome), period: period), for: id, by: Given.acts("民政名单"))
            }
            let number = RegisterTests.id("19800101", 1)
            for text in ["\(id)", number, try #require(try NationalID(number).fifteen), "示范张"] {
                let found = try await store.read { try Enrolment.look($0, area: Given.area, for: text) }
                #expect(found.map(\.id) == [id], "\(text)")
            }
            let history = try await store.read { try Enrolment.history($0, area: Given.area, of: id) }
            #expect(
                history.map(\.title) == [
                    "低保对象 2024-01-01…", "新参保:职工基本医疗保险(灵活就业人员)", "服兵役", "暂停职工基本医疗保险:服兵役",
                ])
            #expect(history.allSatisfy { $0.matter == ID(1) })
            #expect(history[2].trace?.ground == "入伍通知书")
        }
    }
}
