import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Portability

/// What a finished transfer leaves behind for cover and for the next transfer.
@Suite("居民转入办结以后")
struct ArrivalTests {
    private static let there = AreaCode(990_200)

    private static func agency(_ area: AreaCode) -> TransferAgency {
        TransferAgency(area: area, name: "示例经办机构", address: "示例路", phone: "0000", bank: "示例银行", account: "示例户")
    }

    /// A resident who came from elsewhere in 2026, with the years that the form names; with none of an employee.
    private static func arrived(_ store: any Store, years: [Int]) async throws -> ID<Person> {
        try await store.write { tx in
            let person = try House.register(tx, "李四", "1970-05-05", 1, on: "2026-02-02")
            _ = try Enrolment.open(
                tx, SpellOpening(category: .adult, from: House.day("2026-02-02")), for: person,
                by: House.acts("2026-02-02"))
            let ground = Ground("转入", by: House.clerk, at: House.moment("2026-02-03"))
            let transfer = try Portability.apply(
                tx, area: House.area,
                TransferApplication(
                    .incoming, scene: .resident, person: person, from: .resident, to: .resident, other: there,
                    applicant: .person, appliedOn: ground.at.day, insuredFrom: House.day("2026-02-02"), isOnPaper: true),
                ground)
            try Portability.take(tx, area: House.area, transfer, .accepted, on: ground.at.day, ground)
            let form = InformationForm(
                number: transfer.number, person: try Agency.traveller(tx, area: House.area, person),
                insurance: .resident, origin: agency(there), destination: agency(House.area),
                record: InsuranceRecord(residentYears: years), principal: .zero, interest: .zero, handler: "甲",
                reviewer: "乙", sealedOn: House.day("2026-02-10"))
            try Portability.record(tx, area: House.area, form, .paper, for: transfer, ground)
            try Portability.recognise(tx, area: House.area, transfer, form, ground)
            try Portability.take(tx, area: House.area, transfer, .done, on: ground.at.day, ground)
            return person
        }
    }

    /// Somebody who paid as an employee elsewhere for three years to April 2026 and is a resident here from July.
    ///
    /// - Parameter isDone: finished by a form that says what the certificate did.
    private static func employeeArrived(_ store: any Store, isDone: Bool) async throws -> ID<Person> {
        try await store.write { tx in
            let person = try House.register(tx, "李四", "1985-05-05", 1, on: "2026-07-01")
            _ = try Enrolment.open(
                tx, SpellOpening(category: .adult, from: House.day("2026-07-01")), for: person,
                by: House.acts("2026-07-01"))
            let ground = Ground("转入", by: House.clerk, at: House.moment("2026-07-03"))
            let (first, last) = (Month("2023-05")!, Month("2026-04")!)
            let transfer = try Portability.apply(
                tx, area: House.area,
                TransferApplication(
                    .incoming, scene: .crossScheme, person: person, from: .employee, to: .resident, other: there,
                    applicant: .person, appliedOn: ground.at.day, insuredFrom: House.day("2026-07-01"),
                    paidFrom: first, paidThrough: last, isOnPaper: true), ground)
            try Portability.take(tx, area: House.area, transfer, .accepted, on: ground.at.day, ground)
            guard isDone else { return person }
            let form = InformationForm(
                number: transfer.number, person: try Agency.traveller(tx, area: House.area, person),
                insurance: .employee, origin: agency(there), destination: agency(House.area),
                record: InsuranceRecord(
                    firstEver: first, first: first, last: last, paidMonths: 36, residentYears: [], lastPaid: last),
                principal: .zero, interest: .zero, handler: "甲", reviewer: "乙", sealedOn: House.day("2026-07-10"))
            try Portability.record(tx, area: House.area, form, .paper, for: transfer, ground)
            try Portability.recognise(tx, area: House.area, transfer, form, ground)
            try Portability.take(tx, area: House.area, transfer, .done, on: ground.at.day, ground)
            return person
        }
    }

    @Test("职工转居民跨制度转移:办理中凭证、办结后信息表的三年缴费都算连续缴费,不设等待期", arguments: StoreKind.allCases)
    func crossScheme(_ kind: StoreKind) async throws {
        for isDone in [false, true] {
            try await House.with(kind) { store in
                let person = try await Self.employeeArrived(store, isDone: isDone)
                let given = try await Self.given(store, person, asOf: "2026-07-20")
                let spans = try await store.read { tx in
                    var given = given
                    given.contributions.append(.resident(year: 2026, .paid(on: House.day("2026-07-05"))))
                    return given.spans(
                        law: try Agency.coverLaw(try Agency.law(tx, area: House.area)), asOf: House.day("2026-07-20"))
                }
                let covered = spans.filter { if case .covered = $0.state { true } else { false } }
                #expect(covered.first?.period.first == House.day("2026-05-01"), "办结:\(isDone)")
                let record = try await store.read {
                    try Agency.insuranceRecord($0, area: House.area, person, today: House.day("2026-07-20"))
                }
                #expect(record.paidMonths == (isDone ? 36 : 0), "以后再转移,职工年限仍随人走")
                #expect(try await House.broken(store) == [])
            }
        }
    }

    @Test("外地、本地、又外地:各月各算一次,本地欠的月份不因信息表没有逐月列出而算缴过")
    func backAndForth() {
        func month(_ text: String) -> Month { Month(text)! }
        var arrival = Portability.Arrival(
            from: .employee, to: .employee, appliedOn: House.day("2026-02-02"), insuredFrom: House.day("2026-01-01"),
            doneOn: House.day("2026-02-20"), first: month("2008-01"), lastPaid: month("2025-12"), paidMonths: 72,
            months: 72,
            deemedMonths: 0)
        let here = Set(month("2013-01")...month("2024-12"))
        let elsewhere = arrival.paid(besides: here)
        #expect(elsewhere.count == 72 && elsewhere.isDisjoint(with: here) && elsewhere.union(here).count == 216)
        #expect(elsewhere.contains(month("2012-12")) && elsewhere.contains(month("2025-01")))
        arrival.doneOn = nil
        #expect(arrival.paid(besides: here).isEmpty)
    }

    private static func given(_ store: any Store, _ person: ID<Person>, asOf: String = "2026-03-01") async throws
        -> CoverCase
    {
        try await store.read { tx in
            let policy = try Agency.law(tx, area: House.area)
            return try #require(
                try Agency.coverCase(tx, area: House.area, of: person, policy, asOf: House.day(asOf)))
        }
    }

    @Test("外地参保的年度逐年算作连续参保,也随下一次转移带走;办结了就不再算办理中", arguments: StoreKind.allCases)
    func years(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            let person = try await Self.arrived(store, years: [2025, 2022, 2023, 2025])
            let given = try await Self.given(store, person)
            #expect(given.transfers.isEmpty)
            #expect(given.contributions == [2022, 2023, 2025].map { .resident(year: $0, .credited) })
            let record = try await store.read {
                try Agency.insuranceRecord($0, area: House.area, person, today: House.day("2026-03-01"))
            }
            #expect(record.residentYears.filter { $0 < 2026 } == [2022, 2023, 2025])
            #expect(record.firstEver == Month("2022-01"))
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("信息表上一年也没有的,办结以后同样不算办理中", arguments: StoreKind.allCases)
    func nothing(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            let person = try await Self.arrived(store, years: [])
            let given = try await Self.given(store, person)
            #expect(given.transfers.isEmpty && given.contributions.isEmpty)
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("互认的年度少了一年,核验指出是哪一件;记下的年度不能改", arguments: StoreKind.allCases)
    func proof(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            _ = try await Self.arrived(store, years: [2024, 2025])
            await #expect(throws: StoreError.self) {
                try await store.write { try $0.execute("DELETE FROM transfer_recognised_year") }
            }
            try await store.write {
                try $0.execute(
                    "INSERT INTO transfer_recognised_year (area, transfer, year) SELECT area, transfer, 2020 FROM transfer_recognition"
                )
            }
            let found = try await store.read { try Portability.verify($0, area: House.area) }
            #expect(found.map(\.code) == ["transfer.verify.years"])
        }
    }
}
