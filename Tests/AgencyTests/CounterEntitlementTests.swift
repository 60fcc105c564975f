import Basics
import Contributions
import Control
import Enrolment
import Policy
import Portability
import Storage
import TestKit
import Testing

@testable import Agency

/// 2001 of people whose cover rests on each of the tables that feed it: what the store holds, not what a scenario says.
@Suite("2001 待遇享受检查:参保、身份、应缴、到账、缓缴、转移、生存状态,逐项从库里来")
struct CounterEntitlementTests {
    // MARK: - Residents

    @Test("居民:没有缴费不享受,集中缴费期以后缴的等三个月,低保对象不等", arguments: StoreKind.allCases)
    func residents(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (ordinary, poor) = (try await town.newcomer("居一", 1, .adult), try await town.newcomer("居二", 3, .adult))
            try await town.work { tx, origin, _ in
                let status = SpecialStatus(
                    kind: .assistance(.lowIncome), period: Period(from: day("2026-01-01"), through: nil)!)
                _ = try Enrolment.record(tx, status, for: poor, by: origin)
            }
            for person in [ordinary, poor] {
                #expect(try await town.answer(person, "2026-03-10").contains("年度的居民医保费尚未缴纳"))
                try await town.billYear(person)
                try await town.pay(person, on: "2026-03-09")
            }
            #expect(try await town.answer(ordinary, "2026-03-10").contains("2026-06-09 起可以享受待遇"))
            #expect(try await town.answer(ordinary, "2026-06-09") == "享受")
            #expect(try await town.answer(poor, "2026-03-08") != "享受")
            #expect(try await town.answer(poor, "2026-03-09") == "享受")
            #expect(try await town.verify() == [])
        }
    }

    @Test("服刑暂停、刑满恢复、死亡:登记了就按登记的日子回答", arguments: StoreKind.allCases)
    func life(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let person = try await town.newcomer("居三", 5, .adult)
            try await town.billYear(person)
            try await town.pay(person, on: "2026-02-20")
            #expect(try await town.answer(person, "2026-03-01") == "享受")
            for (event, from, certificate) in [
                (PersonAct.Kind.imprisoned, "2026-03-02", ""), (.restored, "2026-03-05", ""),
                (.died, "2026-03-08", "死1"),
            ] {
                try await town.work(on: from) { tx, origin, _ in
                    try Enrolment.recordLife(
                        tx, person, event, on: day(from), certificate: certificate, by: origin)
                }
                try await town.refresh(person, on: from)
            }
            #expect(try await town.answer(person, "2026-03-03").contains("自 2026-03-02 起服刑"))
            #expect(try await town.answer(person, "2026-03-06") == "享受")
            #expect(try await town.answer(person, "2026-03-09").contains("2026-03-08 登记死亡"))
            #expect(try await town.verify() == [])
        }
    }

    // MARK: - Employees

    @Test("职工:欠缴停,部分补缴不恢复,补足当日恢复;缓缴不停,期满才停;失业保险基金的月份不等到账", arguments: StoreKind.allCases)
    func employees(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let company = try await town.employer("91990100MA0YBYB11", .ordinary)
            let deferring = try await town.employer("91990100MA0YBYB12", .ordinary)
            let fund = try await town.employer("91990100MA0YBYB13", .unemployed)
            var people: [ID<Employer>: ID<Person>] = [:]
            for (number, employer) in [company, deferring, fund].enumerated() {
                let person = try await town.newcomer("职\(number)", 11 + 2 * number, .employed, at: employer)
                people[employer] = person
                for month in ["2026-01", "2026-02", "2026-03"] {
                    try await town.billMonth(month, employer, person)
                }
            }
            let (worker, waiting, unemployed) = (people[company]!, people[deferring]!, people[fund]!)
            for employer in [company, deferring] { try await town.pay(employer, ["2026-01"], on: "2026-01-28") }
            try await town.work(on: "2026-03-10") { tx, _, ground in
                _ = try Contributions.defer(
                    tx, area: town.area, .employer(deferring), months: Month("2026-02")!...Month("2026-03")!,
                    payBy: day("2026-04-30"), monthsMax: 12, ground)
            }
            for person in people.values { try await town.refresh(person, on: "2026-04-20") }
            #expect(try await town.answer(worker, "2026-03-15") == "享受")
            #expect(try await town.answer(worker, "2026-04-20").contains("自 2026-02 起欠缴"))
            #expect(try await town.answer(waiting, "2026-04-20") == "享受")
            #expect(try await town.answer(unemployed, "2026-04-20") == "享受")

            try await town.pay(company, ["2026-02"], on: "2026-04-22")
            #expect(try await town.answer(worker, "2026-04-23").contains("自 2026-03 起欠缴"), "只补一个月")
            try await town.pay(company, ["2026-03"], on: "2026-04-24")
            #expect(try await town.answer(worker, "2026-04-23") != "享受")
            #expect(try await town.answer(worker, "2026-04-24") == "享受")

            try await town.refresh(waiting, on: "2026-05-05")
            #expect(try await town.answer(waiting, "2026-04-30") == "享受")
            #expect(try await town.answer(waiting, "2026-05-01").contains("自 2026-02 起欠缴"))
            #expect(try await town.verify() == [])
        }
    }

    @Test("转移办理中:凭转入申请先享受;没有转移的新参保职工未缴费不享受", arguments: StoreKind.allCases)
    func transfer(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let company = try await town.employer("91990100MA0YBYB11", .ordinary)
            let (moved, new) = (
                try await town.newcomer("移一", 21, .employed, at: company, from: "2026-03-01"),
                try await town.newcomer("移二", 23, .employed, at: company, from: "2026-03-01")
            )
            try await town.work { tx, _, ground in
                let application = TransferApplication(
                    .incoming, scene: .employee, person: moved, from: .employee, to: .employee,
                    other: AreaCode(990_200),
                    applicant: .person, appliedOn: ground.at.day, insuredFrom: day("2026-03-01"), isOnPaper: true)
                let transfer = try Portability.apply(tx, area: town.area, application, ground)
                try Portability.take(tx, area: town.area, transfer, .accepted, on: ground.at.day, ground)
            }
            for person in [moved, new] { try await town.refresh(person, on: "2026-03-01") }
            #expect(try await town.answer(moved, "2026-03-02") == "享受")
            #expect(try await town.answer(new, "2026-03-02").contains("尚未到账"))
            #expect(try await town.verify() == [])
        }
    }
}

// MARK: - What the situations are made of

extension Town {
    /// Does something in one transaction, as the house itself.
    fileprivate func work(
        on text: String = "2026-03-01", _ body: @Sendable @escaping (any Transaction, ActOrigin, Ground) throws -> Void
    ) async throws {
        let at = Moment(day(text), hour: 9)
        let origin = ActOrigin(area: area, actor: .system, at: at, ground: "测试登记")
        try await agency.store.write { try body($0, origin, Ground("测试业务", by: .system, at: at)) }
    }

    /// Somebody whom a desk of Yibao registered, with no file behind him.
    fileprivate func newcomer(
        _ name: String, _ serial: Int, _ category: PersonCategory, at employer: ID<Employer>? = nil,
        from first: String = "2026-01-01"
    ) async throws -> ID<Person> {
        let digits = "99010019800517" + String(1000 + serial).dropFirst()
        let paper = try IdentityPaper(
            kind: .residentID, number: digits + String(NationalID.checkDigit(digits.utf8)))
        let at = Moment(day("2026-01-01"), hour: 9)
        let origin = ActOrigin(area: area, actor: .system, at: at, ground: "测试登记")
        let person = try await agency.store.write { tx in
            let person = try Enrolment.register(
                tx, PersonParticulars(paper: paper, name: name, sex: .male, birth: day("1980-05-17")), by: origin)
            _ = try Enrolment.open(
                tx, SpellOpening(category: category, employer: employer, from: day(first)), for: person, by: origin)
            return person
        }
        try await refresh(person, on: "2026-01-01")
        return person
    }

    fileprivate func employer(_ digits: String, _ management: ManagementType) async throws -> ID<Employer> {
        let code = try CreditCode(digits + String(CreditCode.checkDigit(digits)!))
        let origin = ActOrigin(
            area: area, actor: .system, at: Moment(day("2026-01-01"), hour: 8), ground: "测试登记")
        return try await agency.store.write {
            try Enrolment.register(
                $0, EmployerParticulars(creditCode: code, name: "示范公司\(digits.suffix(2))", management: management),
                from: day("2026-01-01"), by: origin)
        }
    }

    fileprivate func refresh(_ person: ID<Person>, on text: String) async throws {
        try await work(on: text) { [area] tx, origin, _ in
            try Agency.refreshCover(tx, area: area, of: [person], by: .system, at: origin.at)
        }
    }

    /// 2001 on a day: 享受, or the sentence that says why not.
    fileprivate func answer(_ person: ID<Person>, _ text: String) async throws -> String {
        let findings = try await agency.checkEntitlement(
            EntitlementInquiry(person: person, insurance: nil, careType: .outpatient, begins: day(text)), head("2001"))
        return findings.allSatisfy(\.isEntitled) ? "享受" : findings.map(\.ground).joined()
    }

    // MARK: Bills and payments

    fileprivate func billYear(_ person: ID<Person>) async throws {
        try await work(on: "2026-01-05") { [area] tx, _, ground in
            try Agency.billResident(tx, area: area, year: 2026, person, ground)
        }
    }

    fileprivate func billMonth(_ text: String, _ employer: ID<Employer>, _ person: ID<Person>) async throws {
        let month = Month(text)!
        try await work(on: "\(text)-20") { [area] tx, _, ground in
            let policy = try Agency.law(tx, area: area)
            let terms = try LevyTerms(policy, month: month)
            if month == Month("2026-01")! {
                try Contributions.setBases(
                    tx, area: area, employer: employer, baseYear: terms.baseYear(of: month),
                    [(person: person, wage: Money(yuan: 8000), from: nil)], terms: terms, policyVersion: policy.version,
                    ground)
            }
            let outcome = try Contributions.billMonth(
                tx, area: area, month: month, [EmployerRoll(employer, [LevyMember(person, .employee)])], terms: terms,
                policyVersion: policy.version, ground)
            #expect(outcome.bills == 1)
        }
    }

    fileprivate func pay(_ person: ID<Person>, on text: String) async throws {
        try await pay(.person(person), Month("2026-01")!...Month("2026-12")!, on: text)
        try await refresh(person, on: text)
    }

    fileprivate func pay(_ employer: ID<Employer>, _ months: [String], on text: String) async throws {
        for month in months.compactMap(Month.init(_:)) { try await pay(.employer(employer), month...month, on: text) }
        let people = try await agency.store.read { [area] in
            try Enrolment.members($0, area: area, employer: employer, limit: 10).map(\.person)
        }
        for person in people { try await refresh(person, on: text) }
    }

    /// Pays the live bills of some months in full, late fee included.
    private func pay(_ payer: Payer, _ months: ClosedRange<Month>, on text: String) async throws {
        try await work(on: text) { [area] tx, _, ground in
            let policy = try Agency.law(tx, area: area)
            let fees = Agency.lateFees(policy)
            let owed = try Contributions.openBills(tx, area: area, of: payer, on: day(text), lateFees: fees).filter {
                months.contains($0.bill.months.lowerBound)
            }
            let lines = owed.map { arrear in
                PaymentLine(
                    serial: "P\(arrear.bill.id)", payerCode: "", payerName: "示范户名", amount: arrear.total,
                    paidDay: day(text), bill: arrear.bill.id)
            }
            let outcome = try Contributions.takeIn(
                tx, area: area, from: .bank, lines, find: { _ in [:] }, lateFees: fees, ground)
            #expect(outcome.taken == 1)
        }
    }
}
