import Basics
import Control
import Foundation
import Policy
import Storage
import StoreKit
import Testing

@testable import Contributions

@Suite("Bills of employers, flexible workers and residents")
struct BillingTests {
    @Test("一人一月只核定一次:已在别的单位核定的跳过并记下", arguments: StoreKind.allCases)
    func oneBillAPersonAndMonth(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let outcome = try await store.write { tx in
                try Town.billJanuary(tx)
                let roll = EmployerRoll(Town.school, Town.people[2...3].map { LevyMember($0, .employee) })
                return try Contributions.billMonth(
                    tx, area: Town.area, month: Town.january, [roll], terms: Town.terms(),
                    policyVersion: Town.version, Town.ground())
            }
            // The fourth alone, at the average wage of 7,500: 562.50 + 150 + 37.50 + 10.
            #expect(outcome.billedElsewhere == [Town.people[2]])
            #expect(outcome.lines == 3 && outcome.payable == Money(yuan: 760))
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("缴费年度七月起:基数按七月的社会平均工资,3000 元工资核到 5400 元")
    func baseYearFromJuly() async throws {
        try await withTemporaryFolder { folder in
            let demo = repositoryRoot + "/policies/demo"
            try FileManager.default.copyItem(atPath: demo, toPath: folder + "/demo")
            let file = folder + "/demo/employee/contributions.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
                .replacingOccurrences(
                    of: "        basis: 示医保发〔2025〕38号\n        value: 7500\n",
                    with: "        basis: 示医保发〔2025〕38号\n        value: 7500\n      - from: 2026-07-01\n"
                        + "        basis: 示医保发〔2026〕20号(示例)\n        value: 9000\n"
                )
                .replacingOccurrences(
                    of: "        basis: 示医保发〔2023〕40号第六条\n        value: 1\n",
                    with: "        basis: 示医保发〔2023〕40号第六条\n        value: 7\n")
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            let law = try #require(PolicyBook.load(folder + "/demo").areas[Town.area])
            let terms = try LevyTerms(law, baseYear: 2026)
            #expect(terms.months(ofBaseYear: 2026) == Month(year: 2026, month: 7)...Month(year: 2027, month: 6))
            // 60 % of 9,000; January's law would give 4,500.
            #expect(terms.base(of: Money(yuan: 3_000)) == Money(yuan: 5_400))
        }
    }

    @Test(
        "A declared wage becomes a bill with lines for each insurance; the run repeated bills nothing twice",
        arguments: StoreKind.allCases)
    func billsOnce(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { try Town.billJanuary($0) }
            #expect(bill.payable == Money(yuan: 2430))
            #expect(bill.due == Town.day("2026-02-15"))
            let lines = try await store.read { try Contributions.lines($0, area: Town.area, of: bill.id) }
            #expect(lines.count == 9)
            #expect(
                lines[0].part
                    == LevyPart(
                        insurance: .employee, base: Money(yuan: 8000), employer: Money(yuan: 600),
                        personal: Money(yuan: 160)))
            #expect(lines.map(\.part.total).total() == bill.payable)
            let again = try await store.write { tx in
                try Contributions.billMonth(
                    tx, area: Town.area, month: Town.january, [Town.roll], terms: try Town.terms(),
                    policyVersion: Town.version, Town.ground("2026-01-21"))
            }
            #expect(again.bills == 0 && again.billedBefore == 1 && again.act == nil)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Whoever nobody declared is billed 110 % of last month, or on the average wage without one",
        arguments: StoreKind.allCases)
    func undeclared(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            try await store.write { try Town.billJanuary($0) }
            let december = Month(year: 2026, month: 12)
            // The next base year has no declaration: January 2027 would be by declaration to the tax office, so the
            // member who was never declared stands for it within 2026.
            let roll = EmployerRoll(Town.works, Town.people.prefix(4).map { LevyMember($0, .employee) })
            let february = Town.january + 1
            let outcome = try await store.write { tx in
                try Contributions.billMonth(
                    tx, area: Town.area, month: february, [roll], terms: try Town.terms(february),
                    policyVersion: Town.version, Town.ground("2026-02-20"))
            }
            #expect(outcome.undeclared == 1)
            let second = try await store.write { tx in
                try Contributions.billMonth(
                    tx, area: Town.area, month: february + 1, [roll], terms: try Town.terms(february + 1),
                    policyVersion: Town.version, Town.ground("2026-03-20"))
            }
            #expect(second.undeclared == 1 && december > february)
            let parts = try await store.read {
                try Contributions.parts($0, area: Town.area, of: Town.works, month: february + 1)
            }
            let fourth = try #require(parts[Town.people[3]]?.first)
            #expect(fourth.base == Money(yuan: 8250))
            #expect(fourth.employer == Money(fen: 61_875))
        }
    }

    @Test(
        "A later declaration of the year counts from its month; the earlier stays on record",
        arguments: StoreKind.allCases)
    func changeInTheYear(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let person = Town.people[0]
            let march = Month(year: 2026, month: 3)
            try await store.write { tx in
                try Town.declare(tx)
                try Contributions.setBases(
                    tx, area: Town.area, employer: Town.works, baseYear: 2026,
                    [(person: person, wage: Money(yuan: 9000), from: march)], terms: try Town.terms(march),
                    policyVersion: Town.version, Town.ground("2026-03-02"))
            }
            try await store.read { tx throws in
                func base(_ month: Month) throws -> Money? {
                    try Contributions.bases(tx, area: Town.area, employers: 501...501, baseYear: 2026, month: month)[
                        501]?[person]
                }
                #expect(try base(Town.january + 1) == Money(yuan: 8000))
                #expect(try base(march) == Money(yuan: 9000))
                #expect(
                    try Contributions.bases(tx, area: Town.area, of: person).map(\.base) == [
                        Money(yuan: 9000), Money(yuan: 8000),
                    ])
            }
        }
    }

    @Test(
        "Months that employers declare to the tax office themselves are not billed here", arguments: StoreKind.allCases)
    func declaredMode(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let month = Month(year: 2027, month: 1)
            let terms = try Town.terms(month)
            let codes = try await refusals {
                _ = try await store.write { tx in
                    try Contributions.billMonth(
                        tx, area: Town.area, month: month, [Town.roll], terms: terms, policyVersion: Town.version,
                        Town.ground("2027-01-20"))
                }
            }
            #expect(codes == ["contributions.levy.declaredMode"])
        }
    }

    @Test(
        "What employers declared to the tax office becomes bills once, and doubts are named",
        arguments: StoreKind.allCases)
    func declared(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let month = Month(year: 2027, month: 1)
            func line(_ person: Int, base: Int64, employer: Int64) -> DeclaredLine {
                DeclaredLine(
                    employer: Town.works, person: Town.people[person], month: month,
                    part: LevyPart(
                        insurance: .employee, base: Money(yuan: base), employer: Money(yuan: employer),
                        personal: Money(yuan: 160)))
            }
            let lines = [
                line(0, base: 8000, employer: 600), line(1, base: 8000, employer: 500),
                line(2, base: 3000, employer: 225),
            ]
            let outcome = try await store.write { tx in
                try Contributions.billDeclared(
                    tx, area: Town.area, lines, due: { try Town.terms($0).dueDay(of: $0) }, Town.ground("2027-01-20"))
            }
            #expect(outcome.bills == 1 && outcome.payable == Money(yuan: 1805))
            let doubts = try Contributions.declarationDoubts(lines, terms: { try Town.terms($0) })
            #expect(
                doubts.map(\.code) == [
                    "contributions.declared.amount", "contributions.declared.base", "contributions.declared.amount",
                ])
            let again = try await refusals {
                _ = try await store.write { tx in
                    try Contributions.billDeclared(
                        tx, area: Town.area, lines, due: { try Town.terms($0).dueDay(of: $0) },
                        Town.ground("2027-01-21"))
                }
            }
            #expect(again == ["contributions.declared.again"])
            let paid = try await store.write {
                try Town.pay($0, "D1", Money(yuan: 1805), period: month, on: "2027-02-03")
            }
            #expect(paid.matched == 1 && paid.inSuspense == .zero)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "A resident's bill carries the shares of others; of two subsidies the higher counts",
        arguments: StoreKind.allCases)
    func residents(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let members = [
                ResidentMember(Town.people[0], .adult),
                ResidentMember(
                    Town.people[1], .elderly,
                    subsidies: [
                        GroupSubsidy(.lowIncome, .amount(Money(yuan: 280)), by: .medicalAssistance),
                        GroupSubsidy(.fallenBack, .share(.percent(50)), by: .finance),
                    ]),
                ResidentMember(
                    Town.people[2], .student,
                    subsidies: [GroupSubsidy(.destitute, .share(.one), by: .medicalAssistance)]),
            ]
            let outcome = try await store.write { tx in
                try Contributions.billResidents(
                    tx, area: Town.area, year: 2026, members, terms: try ResidentTerms(Town.law, year: 2026),
                    policyVersion: Town.version, Town.ground("2025-10-08"))
            }
            #expect(outcome.bills == 3 && outcome.payable == Money(yuan: 520))
            try await store.read { tx throws in
                let bill = try Contributions.bills(tx, area: Town.area, of: .person(Town.people[1]))[0]
                #expect(
                    bill.payable == Money(yuan: 120) && bill.aid == Money(yuan: 280) && bill.fiscal == Money(yuan: 720))
                #expect(bill.aidPayer == .medicalAssistance && bill.aidGroup == .lowIncome)
                #expect(bill.periodName == "2026 年度")
                // Nothing to pay: paid from the day it was made, so that cover does not wait for money that never comes.
                let free = try Contributions.payments(
                    tx, area: Town.area, person: Town.people[2], employers: [])
                #expect(free.map(\.standing) == [.paid(on: Town.day("2025-10-08"))])
            }
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "Who pays for himself owes no late fee, however late; where an area's law asks one of him he does",
        arguments: StoreKind.allCases)
    func lateOfOwnWill(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let person = Town.people[4]
            let bill = try await store.write { tx in
                try Contributions.setBases(
                    tx, area: Town.area, employer: nil, baseYear: 2026,
                    [(person: person, wage: Money(yuan: 5000), from: nil)], terms: try Town.terms(),
                    policyVersion: Town.version, Town.ground())
                _ = try Contributions.billFlexible(
                    tx, area: Town.area, month: Town.january, [person], terms: try Town.terms(),
                    policyVersion: Town.version, Town.ground())
                return try Contributions.bills(tx, area: Town.area, of: .person(person))[0]
            }
            let late = Town.day("2026-12-31")
            let terms = try Town.lateFees(Town.january)
            #expect(terms?.ofPersons == false)
            try await store.read { tx throws in
                let standing = try Contributions.standing(tx, area: Town.area, of: bill, terms: terms, on: late)
                #expect(standing.lateFee == .zero && standing.outstanding == bill.payable && standing.isLate(on: late))
                var asked = try #require(terms)
                asked.ofPersons = true
                #expect(
                    try Contributions.standing(tx, area: Town.area, of: bill, terms: asked, on: late).lateFee > .zero)
            }
            // Paid in December what was billed in January: the whole of it, and nothing waits.
            let paid = try await store.write {
                try Town.pay($0, "F1", bill.payable, code: "\(person)", on: "2026-12-30")
            }
            #expect(paid.matched == 1 && paid.inSuspense == .zero)
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test("A flexible worker without a chosen base is named and not billed", arguments: StoreKind.allCases)
    func flexible(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let outcome = try await store.write { tx in
                try Contributions.setBases(
                    tx, area: Town.area, employer: nil, baseYear: 2026,
                    [(person: Town.people[0], wage: Money(yuan: 4000), from: nil)], terms: try Town.terms(),
                    policyVersion: Town.version, Town.ground())
                try Contributions.setBases(
                    tx, area: Town.area, employer: nil, baseYear: 2026,
                    [(person: Town.people[2], wage: Money(yuan: 4500), from: nil)], lowTier: true,
                    terms: try Town.terms(), policyVersion: Town.version, Town.ground())
                return try Contributions.billFlexible(
                    tx, area: Town.area, month: Town.january,
                    [Town.people[0], Town.people[1], Town.people[2]],
                    terms: try Town.terms(), policyVersion: Town.version, Town.ground())
            }
            // 4,500 × 9.5 % + 10, and 4,500 × 5.5 % without the large-amount aid.
            #expect(outcome.payable == Money(fen: 43_750 + 24_750))
            #expect(outcome.withoutBase == [Town.people[1]])
        }
    }

    @Test("A red bill and a new one: what was paid moves, the rest waits in suspense", arguments: StoreKind.allCases)
    func correction(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let bill = try await store.write { tx in
                let bill = try Town.billJanuary(tx)
                try Town.pay(tx, "T1", bill.payable)
                return bill
            }
            let corrected = try await store.write { tx in
                let lines = try Contributions.everyLine(tx, area: Town.area, of: bill.id)
                // The third person had left: his lines fall away.
                return try Contributions.correct(
                    tx, area: Town.area, bill.id,
                    to: lines.filter { $0.person != Town.people[2] }.map { ($0.person, $0.part) },
                    policyVersion: Town.version, Town.ground("2026-02-20", "人员已离职"))
            }
            try await store.read { tx throws in
                let new = try #require(
                    try corrected.corrected.flatMap { try Contributions.bill(tx, area: Town.area, $0) })
                #expect(new.payable == Money(yuan: 1620))
                let standing = try Contributions.standing(
                    tx, area: Town.area, of: new, terms: nil, on: Town.day("2026-02-20"))
                #expect(standing.state == .paid)
                #expect(try Contributions.suspense(tx, area: Town.area, limit: 10).map(\.amount) == [Money(yuan: 810)])
                let old = try #require(try Contributions.bill(tx, area: Town.area, bill.id))
                #expect(
                    try Contributions.standing(tx, area: Town.area, of: old, terms: nil, on: old.due).state == .reversed
                )
            }
            #expect(
                try await refusals {
                    _ = try await store.write {
                        try Contributions.correct(
                            $0, area: Town.area, bill.id, to: [], policyVersion: Town.version, Town.ground())
                    }
                } == ["contributions.bill.reversedBefore"])
            #expect(try await Town.broken(store) == [])
        }
    }

    @Test(
        "A month paid back years later is billed by its own law, and its late fee runs from its own due day",
        arguments: StoreKind.allCases)
    func backPayment(_ kind: StoreKind) async throws {
        try await withStore(kind, Town.migrations) { store in
            let months = Month(year: 2025, month: 11)...Month(year: 2026, month: 1)
            let outcome = try await store.write { tx in
                try Contributions.billBackPayment(
                    tx, area: Town.area, months: months, .employer(Town.works), due: nil,
                    { _ in [(member: LevyMember(Town.people[0], .employee), base: Money(yuan: 3000))] },
                    terms: { try LevyTerms(Town.law, month: $0) }, policyVersion: Town.version,
                    Town.ground("2026-04-01"))
            }
            #expect(outcome.bills == 3)
            try await store.read { tx throws in
                let bills = try Contributions.bills(tx, area: Town.area, of: .employer(Town.works))
                #expect(bills.map { $0.months.lowerBound.description } == ["2026-01", "2025-12", "2025-11"])
                #expect(bills[2].due == Town.day("2025-12-15"))
                let line = try Contributions.lines(tx, area: Town.area, of: bills[2].id)[0]
                #expect(line.part.base == Money(yuan: 4320) && line.part.employer == Money(fen: 34_560))
            }
            let twice = try await refusals {
                _ = try await store.write { tx in
                    try Contributions.billBackPayment(
                        tx, area: Town.area, months: months, .employer(Town.works), due: nil,
                        { _ in [(member: LevyMember(Town.people[0], .employee), base: Money(yuan: 3000))] },
                        terms: { try LevyTerms(Town.law, month: $0) }, policyVersion: Town.version, Town.ground())
                }
            }
            #expect(twice == Array(repeating: "contributions.back.billed", count: 3))
        }
    }

    @Test(
        "Negative and doubled wages, and months outside the year, come back together, each with its place",
        arguments: StoreKind.allCases)
    func badWages(_ kind: StoreKind) async throws {
        let file = """
            证件类型,证件号码,姓名,月平均工资,起始月
            01,110101199003077011,甲,-3000,
            01,110101199003070012,乙,8000,2026-13
            02,军字第0001号,丙,0,
            02,军字第0001号,丙,九千,
            """
        let problems = try await refusals { _ = try Contributions.readWages(file, file: "工资.csv") }
        #expect(problems.contains("contributions.wage.notPositive"))
        #expect(problems.contains("import.month"))
        #expect(problems.contains("import.number"))
        #expect(problems.contains("contributions.wage.doubled") || problems.count >= 4)
        let late = try await refusals {
            try await withStore(kind, Town.migrations) { store in
                _ = try await store.write { tx in
                    try Contributions.setBases(
                        tx, area: Town.area, employer: Town.works, baseYear: 2026,
                        [(person: Town.people[0], wage: Money(yuan: -1), from: Month(year: 2025, month: 12))],
                        terms: try Town.terms(), policyVersion: Town.version, Town.ground())
                }
            }
        }
        #expect(late == ["contributions.wage.notPositive", "contributions.wage.month"])
    }
}
