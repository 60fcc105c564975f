import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage
import StoreKit
import Testing

@testable import Agency

/// What the counter answers of somebody whom a desk of Yibao registered, month after month.
@Suite("Cover at the counter")
struct CounterCoverTests {
    @Test("参保、开单、缴费、欠费、补缴:每一步之后窗口的回答,和复算一致", arguments: StoreKind.allCases)
    func course(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            let person = try await Self.enrol(store)
            func answer(_ day: String) async throws -> String {
                let insured = try await store.read { try Enrolment.requireInsured($0, area: House.area, person) }
                switch insured.entitlement(on: House.day(day), under: .employee) {
                case .covered(let coverage): return coverage.category.name
                case .refused(let refusal):
                    #expect(refusal.problem.message.contains("依据"))
                    return refusal.problem.code.split(separator: ".").last.map(String.init) ?? ""
                }
            }
            #expect(try await Self.refresh(store, person, "2026-01-05") == 1)
            #expect(try await answer("2026-01-10") == "unpaid")

            try await Self.bill(store, person, "2026-01", on: "2026-01-20")
            try await Self.pay(store, "A1", "2026-01", on: "2026-01-25")
            #expect(try await Self.refresh(store, person, "2026-01-25") == 1)
            #expect(try await Self.refresh(store, person, "2026-01-26") == 0)
            #expect(try await answer("2026-01-26") == "startsLater")
            #expect(try await answer("2026-02-01") == "在职职工")

            try await Self.bill(store, person, "2026-02", on: "2026-02-20")
            #expect(try await answer("2026-03-05") == "在职职工")
            // The term for February runs to 15 March: a sweep before that finds nobody.
            for (day, owing, changed) in [("2026-03-15", [], 0), ("2026-03-20", [person], 1)] {
                let swept = try await store.write {
                    let found = try Agency.owing($0, area: House.area, on: House.moment(day).day)
                    #expect(found == owing)
                    return try Agency.refreshCover(
                        $0, area: House.area, of: found, by: .system, at: House.moment(day))
                }
                #expect(swept == changed)
            }
            #expect(try await answer("2026-03-15") == "在职职工")
            #expect(try await answer("2026-03-16") == "arrears")

            try await Self.pay(store, "A2", "2026-02", on: "2026-03-25")
            #expect(try await Self.refresh(store, person, "2026-03-25") == 1)
            #expect(try await answer("2026-03-24") == "arrears")
            #expect(try await answer("2026-03-25") == "在职职工")
            #expect(try await House.broken(store) == [])
        }
    }

    @Test("缴费变了而没有重新核算:核验指出这个人", arguments: StoreKind.allCases)
    func stale(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            let person = try await Self.enrol(store)
            _ = try await Self.refresh(store, person, "2026-01-05")
            try await Self.bill(store, person, "2026-01", on: "2026-01-20")
            try await Self.pay(store, "A1", "2026-01", on: "2026-01-25")
            let found = try await store.read { try Agency.verifyCover($0, area: House.area) }
            #expect(found.map(\.code) == ["enrolment.cover.stale"])
            #expect(found.first?.field == "人员 \(person)")
        }
    }

    @Test("核算过的区间不可改写;一次核算由一个事件证明", arguments: StoreKind.allCases)
    func appendOnly(_ kind: StoreKind) async throws {
        try await House.with(kind) { store in
            let person = try await Self.enrol(store)
            _ = try await Self.refresh(store, person, "2026-01-05")
            await #expect(throws: StoreError.self) {
                try await store.write { try $0.execute("UPDATE cover_span SET last_day = NULL") }
            }
            #expect(try await House.broken(store) == [])
        }
    }

    // MARK: Steps

    private static let works = "91990100MA0YBYB01"

    private static func enrol(_ store: any Store) async throws -> ID<Person> {
        try await store.write { tx in
            let code = try CreditCode(works + String(CreditCode.checkDigit(works)!))
            let employer = try Enrolment.register(
                tx, EmployerParticulars(creditCode: code, name: "示范公司"), from: House.day("2026-01-02"),
                by: House.acts("2026-01-02"))
            let person = try House.register(tx, "张三", "1990-05-05", 1, on: "2026-01-05")
            _ = try Enrolment.open(
                tx, SpellOpening(category: .employed, employer: employer, from: House.day("2026-01-05")), for: person,
                by: House.acts("2026-01-05"))
            return person
        }
    }

    private static func refresh(_ store: any Store, _ person: ID<Person>, _ day: String) async throws -> Int {
        try await store.write {
            try Agency.refreshCover($0, area: House.area, of: [person], by: House.clerk, at: House.moment(day))
        }
    }

    private static func bill(_ store: any Store, _ person: ID<Person>, _ month: String, on day: String) async throws {
        try await store.write { tx in
            let month = Month(month)!
            let policy = try Agency.law(tx, area: House.area)
            let employer = try #require(
                try Enrolment.requireInsured(tx, area: House.area, person).spells.first?.employer)
            let terms = try LevyTerms(policy, month: month)
            let ground = Ground("示范征缴业务", by: House.clerk, at: House.moment(day))
            if month == Month("2026-01")! {
                try Contributions.setBases(
                    tx, area: House.area, employer: employer, baseYear: terms.baseYear(of: month),
                    [(person: person, wage: Money(yuan: 8000), from: nil)], terms: terms, policyVersion: policy.version,
                    ground)
            }
            let outcome = try Contributions.billMonth(
                tx, area: House.area, month: month, [EmployerRoll(employer, [LevyMember(person, .employee)])],
                terms: terms, policyVersion: policy.version, ground)
            #expect(outcome.bills == 1)
        }
    }

    /// Pays all that is billed for a month.
    private static func pay(_ store: any Store, _ serial: String, _ month: String, on day: String) async throws {
        try await store.write { tx in
            let policy = try Agency.law(tx, area: House.area)
            let bill = try #require(
                try tx.first(
                    "SELECT payer, payable_fen FROM levy_bill WHERE area = ? AND first_month = ?", Value(House.area),
                    Value(Month(month)!)
                ) { (payer: ID<Employer>(try $0.int(0)), amount: try $0.money(1)) })
            // A late payment brings its late fee.
            let late = try Contributions.owed(
                tx, area: House.area, employer: bill.payer, on: House.day(day),
                lateFees: { try LevyTerms(policy, month: $0).lateFee })
            let outcome = try Contributions.takeIn(
                tx, area: House.area, from: .tax,
                [
                    PaymentLine(
                        serial: serial, payerCode: "W", payerName: "示范公司", amount: late.total,
                        paidDay: House.day(day), bill: nil, period: Month(month)!, original: nil)
                ], find: { codes in Dictionary(uniqueKeysWithValues: codes.map { ($0, [.employer(bill.payer)]) }) },
                lateFees: { try LevyTerms(policy, month: $0).lateFee },
                Ground("示范到账", by: House.clerk, at: House.moment(day)))
            #expect(outcome.known == 0)
        }
    }
}
