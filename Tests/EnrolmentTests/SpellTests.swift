import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@Suite("参保时段:开始、转换、暂停、终止")
struct SpellTests {
    static let employerCode = CreditCodes.code(1)

    static func employer(_ store: any Store, _ number: Int, _ name: String) async throws -> ID<Employer> {
        try await store.write {
            try Enrolment.register(
                $0, EmployerParticulars(creditCode: CreditCodes.code(number), name: name),
                from: Given.day("2025-01-01"), by: Given.acts("参保登记"))
        }
    }

    static func spells(_ store: any Store, _ id: ID<Person>) async throws -> [Spell] {
        try await store.read { try Enrolment.requireInsured($0, area: Given.area, id).spells }
    }

    @Test("同一险种不重叠,310 与 390 不并存;转换无间断;同一参保再办一次不变", arguments: StoreKind.allCases)
    func changes(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let id = try await PeopleTests.register(store, try PeopleTests.person())
            let company = try await Self.employer(store, 1, "示范甲公司")
            let other = try await Self.employer(store, 2, "示范乙公司")
            func begin(
                _ category: PersonCategory, _ employer: ID<Employer>?, _ day: String, changing: Bool
            ) async throws -> ID<Spell>? {
                let opening = SpellOpening(category: category, employer: employer, from: Given.day(day))
                return try await store.write {
                    changing
                        ? try Enrolment.change($0, to: opening, for: id, by: Given.acts("转换"))
                        : try Enrolment.open($0, opening, for: id, by: Given.acts("参保"))
                }
            }
            #expect(try await begin(.adult, nil, "2025-01-01", changing: false) != nil)
            #expect(
                try await refusals { _ = try await begin(.employed, company, "2025-07-01", changing: false) } == [
                    "enrolment.spell.insured"
                ])
            #expect(try await begin(.employed, company, "2025-07-01", changing: true) != nil)
            #expect(try await begin(.employed, company, "2025-08-01", changing: false) == nil, "同一参保,什么也不做")
            #expect(
                try await refusals { _ = try await begin(.employed, other, "2025-09-01", changing: false) } == [
                    "enrolment.spell.otherEmployer"
                ])
            #expect(try await begin(.employed, other, "2025-09-01", changing: true) != nil)
            #expect(
                try await refusals { _ = try await begin(.adult, nil, "2025-09-01", changing: true) } == [
                    "enrolment.spell.order"
                ])
            let spells = try await Self.spells(store, id)
            #expect(
                spells.map { "\($0.insurance.rawValue) \($0.period)" } == [
                    "390 2025-01-01…2025-06-30", "310 2025-07-01…2025-08-31", "310 2025-09-01…",
                ])
            #expect(spells.map { $0.acts.last?.reason } == [.otherInsurance, .newEmployer, nil])
            #expect(try await store.read { try Enrolment.verify($0, area: Given.area) } == [])
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }

    @Test("征缴要的名册:单位当月的人、全区逐页的人、各人的救助身份", arguments: StoreKind.allCases)
    func forLevies(_ kind: StoreKind) async throws {
        try await withStore(kind, Given.ground + Enrolment.migrations) { store in
            let company = try await Self.employer(store, 1, "示范甲公司")
            var enrolled: [ID<Person>] = []
            for index in 0..<5 {
                let particulars = try PeopleTests.person("示范员工\(index)", "199001\(10 + index)", 1)
                let id = try await PeopleTests.register(store, particulars)
                enrolled.append(id)
                let opening = SpellOpening(
                    category: .employed, employer: company, from: Given.day("2026-01-15") + index * 30)
                _ = try await store.write { try Enrolment.open($0, opening, for: id, by: Given.acts("增员")) }
            }
            let people = enrolled
            let first = people[0]
            try await store.write { tx in
                let spell = try Enrolment.requireInsured(tx, area: Given.area, first).spells[0].id
                try Enrolment.act(
                    tx, person: first, spell: spell,
                    Spell.Act(kind: .ended, day: Given.day("2026-02-10"), reason: .leftEmployer), by: Given.acts("离职"))
                let day = Given.day("2026-01-01")
                for group in [AssistanceGroup.lowIncomeMargin, .lowIncome] {
                    let status = SpecialStatus(kind: .assistance(group), period: Period(from: day, through: nil)!)
                    try Enrolment.record(tx, status, for: first, by: Given.acts("民政名单"))
                }
            }
            let counts = try await store.read { tx in
                try (1...4).map {
                    try Enrolment.members(tx, area: Given.area, employer: company, month: Month(year: 2026, month: $0))
                        .count
                }
            }
            #expect(counts == [1, 2, 2, 3])
            let day = Given.day("2026-02-10")
            let (page, rest, groups, heads) = try await store.read { tx in
                let page = try Enrolment.insured(tx, area: Given.area, insurance: .employee, on: day, limit: 1)
                let rest = try Enrolment.insured(
                    tx, area: Given.area, insurance: .employee, on: day, after: page[0].person, limit: 10)
                return (
                    page, rest, try Enrolment.assistance(tx, area: Given.area, of: people, on: day),
                    try Enrolment.headcounts(tx, area: Given.area, of: [company], on: day)
                )
            }
            #expect(page.map(\.person) == [first] && rest.isEmpty)
            #expect(page[0].assistance == [.lowIncome, .lowIncomeMargin])
            #expect(groups == [first: [.lowIncome, .lowIncomeMargin]])
            #expect(heads == [company: 1])
            let paying = try await store.read { try Enrolment.employer($0, area: Given.area, company)?.state }
            #expect(paying == .paying)
            #expect(try await brokenPlaces(of: store, Enrolment.evidence) == [])
        }
    }
}

/// Valid check characters of codes that no organisation has.
enum CreditCodes {
    static func code(_ number: Int) -> CreditCode {
        let digits = "91990100MA0YB" + String("0000\(number)".suffix(4))
        return try! CreditCode(digits + String(CreditCode.checkDigit(digits)!))
    }
}
