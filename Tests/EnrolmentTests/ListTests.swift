import Basics
import Control
import Enrolment
import Sheets
import Storage
import StoreKit
import Testing

@Suite("名单:单位、学校、村居批量办理")
struct ListTests {
    static let terms = EnrolmentTerms(
        ages: ResidentAges(schoolFrom: 6, adultFrom: 18, elderlyFrom: 60), workingFrom: 16, retirementFrom: 45,
        cadresBornThrough: 1949, flexibleSince: 2003, residentsSince: 2003)
    static let joinerHeader = "姓名,证件类型,证件号码,性别,出生日期,人员类别,开始日期,街道乡镇代码,确认不是同名人员\n"

    static func joiners(_ rows: String...) -> String { joinerHeader + rows.joined(separator: "\n") }

    static func row(_ name: String, _ number: String, from day: String = "2026-04-01") -> String {
        "\(name),,\(number),,,在职职工,\(day),990100001,"
    }

    static func order(
        _ text: String, _ kind: ListKind = .joiners, employer: ID<Employer>?, isWhole: Bool = false
    ) throws -> ListOrder {
        ListOrder(
            try EnrolmentList(text, file: "名单.csv", kind: kind), file: "名单.csv", text: text, employer: employer,
            isWhole: isWhole, terms: terms)
    }

    /// Enters a list and carries it out to its end, chunk by chunk.
    @discardableResult
    static func carryOut(_ store: any Store, _ order: ListOrder, matter: Int64 = 7) async throws -> ListProgress {
        let origin = Given.acts("批量办理", matter: matter)
        let list = try await store.write { try Enrolment.enter($0, order, matter: ID(matter), by: origin) }
        var last: Int? = 0
        while let line = last {
            last = try await store.write {
                try Enrolment.carryOutNext($0, list, after: line, terms: terms, by: origin)
            }
        }
        return try await store.read { try Enrolment.progress($0, area: Given.area, of: list) }
    }

    static func objections(_ store: any Store, _ order: ListOrder) async throws -> [String] {
        try await store.read {
            try Enrolment.objections($0, area: Given.area, handingIn: order, today: Given.at.day).map(\.code)
        }
    }

    @Test("每个单元格的问题一次说全:校验位、15 位旧号、日期、类别、必填、重复")
    func cells() throws {
        let id = RegisterTests.id("19800101", 1)
        let wrong = String(id.dropLast()) + (id.last == "0" ? "1" : "0")
        let fifteen = try #require(try NationalID(id).fifteen)
        let list = try EnrolmentList(
            Self.joiners(
                "(示例)张三,01,990100198001010017,男,1980-01-01,在职职工,2026-04-01,,", Self.row("示范甲", wrong),
                Self.row("", fifteen), "示范乙,01,\(id),女,1980-01-02,村民,2026-02-30,,也许", Self.row("示范丙", id),
                Self.row("示范丙", id), "示范戊,08,SF-P-1,,,,2026-04-01,,", "示范己,77,X,,,,2026-04-01,,"),
            file: "名单.csv", kind: .joiners)
        #expect(
            list.problems.map { "\($0.line) \($0.column) \($0.code)" } == [
                "3 证件号码 enrolment.person.id", "4 姓名 import.missing", "4 证件号码 enrolment.person.id",
                "5 人员类别 import.code", "5 出生日期 enrolment.person.birth", "5 开始日期 import.day",
                "5 性别 enrolment.person.sex", "5 确认不是同名人员 import.code",
                "7 证件号码 enrolment.person.doubled", "8 出生日期 import.missing", "8 性别 import.missing",
                "9 证件类型 import.code",
            ])
        #expect(list.problems.first { $0.line == 4 && $0.column == "证件号码" }?.message.contains(id) == true, "给出 18 位号码")
        #expect(list.lines.map(\.number) == [6])
        #expect(throws: Problems.self) { try EnrolmentList("姓名,证件号码\n甲,1", file: "名单.csv", kind: .joiners) }
        #expect(throws: Problems.self) { try EnrolmentList(Self.joinerHeader, file: "名单.csv", kind: .joiners) }
    }

    @Test("字符编码混杂的文件拒收,说出第几行;GB18030 的名单照收")
    func encodings() throws {
        let text = Self.joiners(Self.row("示范甲", RegisterTests.id("19800101", 1)))
        let gb: [UInt8] = [0xD0, 0xD5, 0xC3, 0xFB]  // 姓名
        let mixed = Array(text.utf8) + [0x0A] + gb + Array(",,1,,,,2026-04-01,,".utf8)
        let problems = #expect(throws: Problems.self) { try SheetText.read(mixed, name: "名单.csv") }
        #expect(problems?.all.map(\.code) == ["sheet.text.encoding"])
        #expect(problems?.all.first?.field == "名单.csv:3")
        #expect(try SheetText.read(gb, name: "名单.csv") == "姓名")
    }

    @Test("增员:新登记、居民转职工无间断、同一名单再交不重办、外单位在职的拒绝;坏行报告,其余办理", arguments: StoreKind.allCases)
    func joining(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            let other = try await SpellTests.employer(store, 2, "示范乙公司")
            let resident = try await PeopleTests.register(store, try PeopleTests.person("示范居民", "19800101", 1))
            _ = try await PeopleTests.open(store, resident, .adult, from: "2025-01-01")
            let elsewhere = try await EmployerTests.enrol(store, other, 1)
            let taken =
                try await store.read { try Enrolment.person($0, area: Given.area, elsewhere)?.paper.number } ?? ""
            let text = Self.joiners(
                Self.row("示范居民", RegisterTests.id("19800101", 1)), Self.row("示范新人", RegisterTests.id("19900101", 1)),
                Self.row("示范员工1", taken), Self.row("示范居民", RegisterTests.id("19800101", 1)),
                Self.row("示范坏号", "123"), Self.row("示范童工", RegisterTests.id("20150101", 1)))
            let order = try Self.order(text, employer: company)
            #expect(try await Self.objections(store, order) == [])
            let found = try await store.read {
                try Enrolment.problems($0, area: Given.area, of: order, today: Given.at.day)
            }
            #expect(
                found.map { "\($0.line) \($0.code)" } == [
                    "4 enrolment.spell.otherEmployer", "5 enrolment.person.doubled", "6 enrolment.person.id",
                    "7 enrolment.spell.tooYoung",
                ])
            let progress = try await Self.carryOut(store, order)
            #expect((progress.carried, progress.unchanged, progress.refused) == (2, 0, 4))
            let spells = try await SpellTests.spells(store, resident)
            #expect(
                spells.map { "\($0.insurance.rawValue) \($0.period)" } == [
                    "390 2025-01-01…2026-03-31", "310 2026-04-01…",
                ])
            #expect(try await Self.objections(store, order) == ["enrolment.list.repeated"])
            // The same people in another file: nothing is done twice.
            let again = try await Self.carryOut(store, try Self.order(text + "\n", employer: company), matter: 8)
            #expect((again.carried, again.unchanged, again.refused) == (0, 2, 4))
            let refused = try await store.read {
                try Enrolment.results($0, area: Given.area, of: again.list, .refused)
            }
            #expect(refused.map(\.line) == [4, 5, 6, 7])
            #expect(refused[0].cells[0] == "示范员工1" && refused[0].message.contains("减员"))
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("疑似重复:改过名的按曾用名也找得到,性别录错的也找得到,同一名单里同名同日出生的也要核对", arguments: StoreKind.allCases)
    func alike(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            let renamed = try await PeopleTests.register(store, try PeopleTests.person("示范旧名", "19800101", 1))
            _ = try await PeopleTests.register(store, try PeopleTests.person("示范同名", "19800202", 1))
            try await store.write {
                try Enrolment.correct(
                    $0, renamed, to: PeopleTests.person("示范新名", "19800101", 1), by: Given.acts("更名"))
            }
            // Odd serials are men's, even ones women's.
            let order = try Self.order(
                Self.joiners(
                    Self.row("示范旧名", RegisterTests.id("19800101", 3)),
                    Self.row("示范新名", RegisterTests.id("19800101", 5)),
                    Self.row("示范同名", RegisterTests.id("19800202", 2)),
                    Self.row("示范新人", RegisterTests.id("19800303", 1)),
                    Self.row("示范新人", RegisterTests.id("19800303", 2))),
                employer: company)
            let found = try await store.read {
                try Enrolment.problems($0, area: Given.area, of: order, today: Given.at.day)
            }
            #expect(
                found.map { "\($0.line) \($0.code)" } == [2, 3, 4, 6].map { "\($0) enrolment.person.alike" })
            #expect(found.first?.message.contains("示范新名") == true)
            let progress = try await Self.carryOut(store, order)
            #expect((progress.carried, progress.refused) == (1, 4))
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("同一证件两个姓名:预检两行都报,办理时两行都退,一个也不登记", arguments: StoreKind.allCases)
    func contested(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            let id = RegisterTests.id("19800101", 1)
            let order = try Self.order(
                Self.joiners(
                    Self.row("示范甲", id), Self.row("示范乙", id), Self.row("示范丙", RegisterTests.id("19900101", 1))),
                employer: company)
            #expect(
                order.list.problems.map { "\($0.line) \($0.code)" } == [
                    "2 enrolment.person.contested", "3 enrolment.person.contested",
                ])
            #expect(
                order.list.problems[0].message.contains("第 3 行") && order.list.problems[1].message.contains("第 2 行"))
            let progress = try await Self.carryOut(store, order)
            #expect((progress.carried, progress.refused) == (1, 2))
            let found = try await store.read { tx in
                try Enrolment.find(tx, area: Given.area, paper: try IdentityPaper(kind: .residentID, number: id))
            }
            #expect(found == nil)
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("名单里的年龄、类别和日期:与单人登记同一把尺", arguments: StoreKind.allCases)
    func terms(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            func codes(_ text: String, _ kind: ListKind) async throws -> [String] {
                let order = try Self.order(text, kind, employer: kind == .residents ? nil : company)
                return try await store.read {
                    try Enrolment.problems($0, area: Given.area, of: order, today: Given.at.day)
                }.map { "\($0.line) \($0.column) \($0.code)" }
            }
            let joiners = Self.joiners(
                Self.row("示范甲", RegisterTests.id("19800101", 1), from: "2099-01-01"),
                Self.row("示范乙", RegisterTests.id("19700101", 1), from: "1950-12-31"),
                "示范丙,,\(RegisterTests.id("19700202", 1)),,,灵活就业人员,1991-01-01,,",
                Self.row("示范丁", RegisterTests.id("20200101", 1)), Self.row("示范戊", RegisterTests.id("19900505", 1)))
            #expect(
                try await codes(joiners, .joiners) == [
                    "2 开始日期 enrolment.day.bounds", "3 开始日期 enrolment.day.bounds", "4 开始日期 enrolment.day.bounds",
                    "5 证件号码 enrolment.spell.tooYoung",
                ])
            let residents = """
                姓名,证件号码,人员类别,开始日期
                示范己,\(RegisterTests.id("19900101", 1)),新生儿,2026-03-01
                示范庚,\(RegisterTests.id("19900202", 1)),老年居民,2026-03-01
                示范辛,\(RegisterTests.id("20100101", 1)),成年居民,2026-03-01
                示范壬,\(RegisterTests.id("19560101", 1)),老年居民,2026-03-01
                """
            #expect(
                try await codes(residents, .residents) == [
                    "2 人员类别 enrolment.spell.age", "3 人员类别 enrolment.spell.age", "4 人员类别 enrolment.spell.age",
                ])
        }
    }

    @Test("整批办理:有一行办不了就一行也不办;断在半途的名单接着办,不重不漏", arguments: StoreKind.allCases)
    func wholeAndResumed(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            let rows = (0..<30).map {
                Self.row("示范员工\($0)", RegisterTests.id("199002\(10 + $0 % 18)", 1 + 2 * ($0 / 18)))
            }
            let bad = Self.joinerHeader + (rows + [Self.row("示范坏号", "123")]).joined(separator: "\n")
            let whole = try Self.order(bad, employer: company, isWhole: true)
            #expect(try await Self.objections(store, whole) == ["enrolment.person.id"])
            #expect(try await refusals { try await Self.carryOut(store, whole) } == ["enrolment.person.id"])
            let heads = try await store.read {
                try Enrolment.headcounts($0, area: Given.area, of: [company], on: Given.day("2026-04-01"))
            }
            #expect(heads.isEmpty)

            let good = try Self.order(Self.joinerHeader + rows.joined(separator: "\n"), employer: company)
            let origin = Given.acts("批量增员", matter: 9)
            let list = try await store.write { try Enrolment.enter($0, good, matter: ID(9), by: origin) }
            let last = try await store.write {
                try Enrolment.carryOutNext($0, list, after: 0, terms: Self.terms, by: origin)
            }
            #expect(last == 31)
            // Whoever resumes finds the list again and is told where it ends.
            #expect(try await store.write { try Enrolment.enter($0, good, matter: ID(9), by: origin) } == list)
            #expect(
                try await store.write { try Enrolment.carryOutNext($0, list, after: 31, terms: Self.terms, by: origin) }
                    == nil)
            let progress = try await store.read { try Enrolment.progress($0, area: Given.area, of: list) }
            #expect((progress.carried, progress.done) == (30, 30))
        }
    }

    @Test("减员、学生、救助对象、死亡名单:各有其规;名单外的死亡者不算错", arguments: StoreKind.allCases)
    func otherLists(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            let school = try await SpellTests.employer(store, 2, "示范小学")
            let worker = try await EmployerTests.enrol(store, company, 1)
            let number = try await store.read { try Enrolment.person($0, area: Given.area, worker)?.paper.number } ?? ""
            let pupil = RegisterTests.id("20160901", 1)

            let students = "姓名,证件号码,开始日期\n示范小明,\(pupil),2026-03-01\n"
            let joined = try await Self.carryOut(
                store, try Self.order(students, .students, employer: school), matter: 1)
            #expect(joined.carried == 1)
            let enrolled = try await RegisterTests.insured(store, pupil).spells[0]
            #expect(enrolled.category == .pupil && enrolled.employer == school)

            let leavers = "姓名,证件号码,最后日期,减员原因\n示范员工1,\(number),2026-03-31,解除或终止劳动关系\n示范小明,\(pupil),2026-03-31,其他\n"
            let left = try await Self.carryOut(store, try Self.order(leavers, .leavers, employer: company), matter: 2)
            #expect((left.carried, left.refused) == (1, 1))
            #expect(try await SpellTests.spells(store, worker)[0].acts.last?.reason == .leftEmployer)

            let assisted = "姓名,证件号码,救助对象类别,开始日期,结束日期\n示范小明,\(pupil),孤儿,2026-01-01,2026-12-31\n"
            let groups = try await Self.carryOut(store, try Self.order(assisted, .assisted, employer: nil), matter: 3)
            #expect(groups.carried == 1)

            let deaths = """
                姓名,证件号码,死亡日期,死亡证明编号
                示范小明,\(pupil),2026-02-27,示死证1
                名单外的人,\(RegisterTests.id("19500505", 1)),2026-02-01,示死证2
                """
            let order = try Self.order(deaths, .deaths, employer: nil)
            let preview = try await store.read {
                try Enrolment.preview($0, area: Given.area, of: order, today: Given.at.day)
            }
            #expect(preview.deeds == ["登记死亡并终止参保": 1, "不在登记册,无需处理": 1])
            let dead = try await Self.carryOut(store, order, matter: 4)
            #expect((dead.carried, dead.unchanged) == (1, 1))
            let child = try await store.read { tx in
                let paper = try IdentityPaper(kind: .residentID, number: pupil)
                let id = try #require(try Enrolment.find(tx, area: Given.area, paper: paper))
                return try Enrolment.requireInsured(tx, area: Given.area, id)
            }
            #expect(child.assistance(on: Given.day("2026-02-01")) == [.orphan])
            // The spell began after the death: it is void, not a day long.
            #expect(child.person.died == Given.day("2026-02-27") && child.spells.isEmpty)
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("期初名单:按原系统的日期、身份和待遇日接收,待遇由名单决定;还没开始的不收", arguments: StoreKind.allCases)
    func takenOver(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let (worker, retired, late) = (
                RegisterTests.id("19800101", 1), RegisterTests.id("19500505", 1), RegisterTests.id("19900909", 1)
            )
            let text = """
                姓名,证件号码,人员类别,开始日期,待遇享受开始日期,人员身份
                示范甲,\(worker),在职公务员,2019-01-01,2019-03-01,公务员医疗补助对象
                示范乙,\(retired),老年居民,2019-01-01,,低保对象
                示范丙,\(late),成年居民,2026-12-01,,
                示范丁,\(RegisterTests.id("19700707", 1)),,2019-01-01,,
                示范戊,\(RegisterTests.id("19710707", 1)),成年居民,2019-01-01,2018-01-01,富人
                """
            let order = try Self.order(text, .takenOver, employer: nil)
            #expect(
                order.list.problems.map { "\($0.line) \($0.column) \($0.code)" } == [
                    "5 人员类别 import.missing", "6 人员身份 import.code", "6 待遇享受开始日期 import.period",
                ])
            let progress = try await Self.carryOut(store, order)
            #expect((progress.carried, progress.refused) == (2, 3))
            let people = try await store.read { tx in
                try [worker, retired].map { number in
                    let paper = try IdentityPaper(kind: .residentID, number: number)
                    let id = try #require(try Enrolment.find(tx, area: Given.area, paper: paper))
                    return (
                        try Enrolment.requireInsured(tx, area: Given.area, id),
                        try #require(try Enrolment.coverCase(tx, area: Given.area, of: id))
                    )
                }
            }
            #expect(people[0].0.has(.civilServantSubsidy, on: Given.day("2026-02-01")))
            #expect(people[1].0.assistance(on: Given.day("2026-02-01")) == [.lowIncome])
            #expect(people.allSatisfy { $0.0.spells[0].reason == .takenOver && $0.0.spells[0].isImported })
            // Nobody has paid here, and nobody need have: the former system's word counts.
            #expect(people.allSatisfy { $0.1.knownFrom == nil })
            #expect(people[0].0.entitlement(on: Given.day("2019-02-28")).coverage == nil)
            #expect(people[0].0.entitlement(on: Given.day("2026-02-01")).coverage?.category == .civilServant)
            // The same list again does nothing twice.
            #expect(try await Self.objections(store, order) == ["enrolment.list.repeated"])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    /// On SQLite alone: the chunks of every list are tried on both stores above; here it is their number that counts.
    @Test("几千行名单分三段办完,段段有证", arguments: [StoreKind.sqlite])
    func manyLines(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await SpellTests.employer(store, 1, "示范甲公司")
            var rows: [String] = []
            for index in 0..<4500 {
                let birth = (Given.day("1970-01-01") + index).compact
                rows.append(Self.row("示范员工\(index)", RegisterTests.id(birth, 1)))
            }
            // Line 4502, in the last chunk, gives the first line's paper to another name: neither is carried out.
            rows.append(Self.row("示范冒名", RegisterTests.id("19700101", 1)))
            let order = try Self.order(Self.joinerHeader + rows.joined(separator: "\n"), employer: company)
            let progress = try await Self.carryOut(store, order)
            #expect((progress.carried, progress.refused) == (4499, 2))
            let refused = try await store.read {
                try Enrolment.results($0, area: Given.area, of: progress.list, .refused).map(\.line)
            }
            #expect(refused == [2, 4502])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
            try await store.write { tx in
                try tx.execute("DROP TRIGGER person_refuses_update")
                try tx.execute(
                    "UPDATE person SET name = '示范他人' WHERE area = ? AND name = '示范员工4000'", Value(Given.area))
            }
            #expect(try await brokenPlaces(of: store, Enrolment.evidence).count == 1)
        }
    }
}
