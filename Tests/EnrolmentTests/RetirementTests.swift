import Basics
import Control
import Enrolment
import Policy
import Storage
import StoreKit
import Testing
import Yams

@Suite("退休待遇核定")
struct RetirementTests {
    /// One situation of scenarios/retirement, as business staff write it.
    struct Situation: Decodable, Sendable, CustomTestStringConvertible {
        struct Outcome: Decodable, Sendable {
            var 处理: String?
            var 应补: Int64?
            var 金额: String?
            var 享受: String?
            var 缴至: String?
            var 问题: String?
        }
        var 名称: String
        var 依据: String
        var 日期: String
        var 性别: String
        var 实际缴费: Int64
        var 本地缴费: Int64
        var 视同缴费: Int64
        var 选择: String?
        var 补缴日: String?
        var 期望: Outcome

        var testDescription: String { 名称 }
    }

    static let situations: [Situation] = {
        do {
            return try YAMLDecoder().decode(
                [Situation].self, from: text(of: repositoryRoot + "/scenarios/retirement/years.yaml"))
        } catch {
            fatalError("scenarios/retirement/years.yaml: \(error)")
        }
    }()

    static let policy: AreaPolicy = {
        do {
            return try PolicyBook.load(repositoryRoot + "/policies/demo").areas[Given.area]!
        } catch {
            fatalError("policies/demo: \(error)")
        }
    }()

    private static func findings() -> [Problem] {
        let folder = repositoryRoot + "/policies/demo"
        do {
            _ = try PolicyBook.load(folder, declared: EnrolmentParameters.declarations)
            return []
        } catch {
            return error.all
        }
    }

    @Test("算例", arguments: situations)
    func scenario(_ situation: Situation) throws {
        let day = Given.day(situation.日期)
        let terms = try RetirementTerms(Self.policy, on: day, sex: situation.性别 == "男" ? .male : .female)
        let months = InsuredMonths(paid: situation.实际缴费, localPaid: situation.本地缴费, deemed: situation.视同缴费)
        let chosen = RetirementWay.allCases.first { $0.name == situation.选择 } ?? .complete
        func assess() throws(Problems) -> RetirementAssessment {
            try terms.assess(months, retiringOn: day, chosen: chosen, paidOn: situation.补缴日.flatMap { Day($0) })
        }
        if let code = situation.期望.问题 {
            let problems = #expect(throws: Problems.self) { try assess() }
            #expect(problems?.all.map(\.code) == [code])
            return
        }
        let found = try assess()
        #expect(found.way.name == situation.期望.处理)
        #expect(found.missingMonths == situation.期望.应补)
        #expect(found.lumpSum == (try situation.期望.金额.map { try Money($0) } ?? .zero))
        #expect(found.retiredFrom?.description == situation.期望.享受)
        #expect(found.completesIn?.description == situation.期望.缴至)
        #expect(found.steps.count >= 4 && found.steps.allSatisfy { !$0.isEmpty })
    }

    @Test("示范市的登记参数按声明的写法填写")
    func shippedParameters() {
        // The other desks' files are unknown to this desk's declarations; its own must hold no problem.
        let own = Self.findings().filter {
            $0.field?.contains("retirement.yaml") == true || $0.field?.contains("enrolment.yaml") == true
        }
        #expect(own == [])
    }

    @Test("核定一次性补缴待到账;到账后再核定即转为退休人员,记录逐次保留", arguments: StoreKind.allCases)
    func recorded(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await PeopleTests.register(store, try PeopleTests.person("示范退休", "19660301", 1))
            _ = try await PeopleTests.open(store, id, .flexible, from: "2010-01-01")
            let day = Given.day("2026-03-01")
            let terms = try RetirementTerms(Self.policy, on: day, sex: .male)
            let months = InsuredMonths(paid: 190, localPaid: 190, deemed: 160)
            func retire(paidOn: Day?) async throws {
                let assessment = try terms.assess(months, retiringOn: day, chosen: .lumpSum, paidOn: paidOn)
                try await store.write {
                    try Enrolment.retire(
                        $0, id, assessment, retiringOn: day, from: 45, policyVersion: Self.policy.version,
                        by: Given.acts("退休审批表"))
                }
            }
            try await retire(paidOn: nil)
            #expect(try await SpellTests.spells(store, id).map(\.category) == [.flexible])
            try await retire(paidOn: Given.day("2026-03-20"))
            let spells = try await SpellTests.spells(store, id)
            #expect(spells.map(\.category) == [.flexible, .retiredFlexible])
            #expect(spells[1].period.first == Given.day("2026-04-01"))
            let records = try await store.read { try Enrolment.retirements($0, area: Given.area, of: id) }
            #expect(records.map(\.lumpSum) == [Money(fen: 442_000), Money(fen: 442_000)])
            #expect(records.map { $0.retiredFrom == nil } == [true, false])
            #expect(try await refusals { try await retire(paidOn: nil) } == ["enrolment.retirement.already"])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("退休日期:未来的、不到年龄的都退回,说出界限", arguments: StoreKind.allCases)
    func days(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await PeopleTests.register(store, try PeopleTests.person("示范退休", "19660301", 1))
            _ = try await PeopleTests.open(store, id, .flexible, from: "2010-01-01")
            func problems(_ day: String) async throws -> [Problem] {
                try await store.read {
                    try Enrolment.objections(
                        $0, area: Given.area, retiring: id, on: Given.day(day), from: 45, today: Given.at.day)
                }
            }
            #expect(try await problems("2026-04-01") == [])
            let late = try await problems("2060-01-01")
            #expect(late.map(\.code) == ["enrolment.day.bounds"] && late[0].message.contains("2026-04-01"))
            #expect(try await problems("2026-04-02").map(\.code) == ["enrolment.day.bounds"])
            #expect(try await problems("2011-02-28").map(\.code) == ["enrolment.retirement.age"])
            #expect(try await problems("2011-03-01") == [])
        }
    }

    @Test("资助参保:特困全额,低保定额且不超过个人缴费;居民类别随年龄")
    func residents() throws {
        let day = Given.day("2026-03-01")
        let terms = try SubsidyTerms(Self.policy, on: day)
        let own = Money(yuan: 400)
        #expect(terms.share(of: .destitute)?.subsidy(of: own) == own)
        #expect(terms.share(of: .lowIncome)?.subsidy(of: own) == Money(yuan: 240))
        #expect(terms.share(of: .lowIncome)?.subsidy(of: Money(yuan: 100)) == Money(yuan: 100))
        #expect(terms.share(of: .orphan)?.payer == .finance)
        let ages = try ResidentAges(Self.policy, on: day)
        let born = Given.day("2007-02-28")
        #expect(ages.category(born: born, on: day) == .adult)
        #expect(ages.successor(of: .minor, born: born, on: day) == .adult)
        #expect(ages.successor(of: .universityStudent, born: born, on: day) == nil)
        #expect(ages.successor(of: .adult, born: Given.day("1966-03-01"), on: day) == .elderly)
        #expect(ages.successor(of: .adult, born: Given.day("1966-03-02"), on: day) == nil)
    }
}
