import Basics
import Control
import Enrolment
import Policy
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// What matters change of a person's insurance and payments, and what the counter then answers: the inputs of cover as the
/// store gives them.
@Suite("办件之后窗口的回答:补缴、修复、类别结转、单位注销")
struct CoverInputTests {
    private static func person(_ tx: any Transaction, _ number: Int) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    private static func category(_ desk: Desk, _ person: ID<Person>, _ day: String) async throws -> PersonCategory? {
        try await desk.store.read {
            try Enrolment.requireInsured($0, area: County.area, person).entitlement(on: Day(day)!).coverage?.category
        }
    }

    private static func pay(_ desk: Desk, on day: String = "2026-01-19", at: Moment = County.at) async throws {
        let file = try await desk.county.bankFile(on: Day(day)!)
        #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: at) == [])
    }

    @Test("补缴系统建立以前的一个月:其间的月份仍按导入的登记,不变成欠费,年限也不少;更正了的补缴还是补缴", arguments: StoreKind.allCases)
    func backPayment(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            let person = try await store.read { try Self.person($0, 0) }
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            try await Self.pay(desk)
            let employer = try await store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
            let form = [
                "employer": "\(employer)", "person": "\(person)", "first": "2025-03", "last": "2025-03",
                "wage": "8000", "at_fault": "0", "reason": "漏缴",
            ]
            #expect(try await desk.carryOut("contributions.back", form) == [])
            func looked() async throws {
                let (years, known) = try await store.read { tx in
                    let policy = try Agency.law(tx, area: County.area)
                    return (
                        try Agency.insuredMonths(tx, area: County.area, of: person, through: County.january),
                        try Agency.coverCase(tx, area: County.area, of: person, policy, asOf: County.at.day)?.knownFrom
                    )
                }
                #expect(known == County.january)
                #expect(years == InsuredMonths(paid: 13, localPaid: 13, deemed: 0))
                #expect(try await Self.category(desk, person, "2025-09-01") == .employed)
                #expect(try await Self.category(desk, person, "2026-01-25") == .employed)
            }
            try await looked()
            let back = try await store.read { tx in
                try #require(
                    try Contributions.bills(tx, area: County.area, after: ID(0), limit: 100).last {
                        $0.purpose == .backPayment
                    })
            }
            try await store.write { tx in
                let lines = try Contributions.everyLine(tx, area: County.area, of: back.id).map { line in
                    var part = line.part
                    part.employer = part.employer - Money(yuan: 1)
                    return (person: line.person, part: part)
                }
                try Contributions.correct(
                    tx, area: County.area, back.id, to: lines, policyVersion: Agency.law(tx, area: County.area).version,
                    County.ground("更正"))
                try Agency.refreshCover(tx, area: County.area, of: [person], by: .system, at: County.at)
            }
            try await looked()
            #expect(try await desk.broken() == [])
        }
    }

    @Test("居民补缴以前断保的年度:已登记的年份不因此变成断保,当年照样享受", arguments: StoreKind.allCases)
    func repair(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 1)
            let person = try await store.read { try Self.person($0, 0) }
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            try await Self.pay(desk)
            let form = ["person": "\(person)", "first": "2022", "last": "2022", "reason": "外出务工断保"]
            #expect(try await desk.carryOut("contributions.resident.repair", form) == [])
            try await Self.pay(desk)
            for day in ["2025-07-01", "2026-01-02", "2026-12-31"] {
                #expect(try await Self.category(desk, person, day) == .adult, "\(day)")
            }
            #expect(try await desk.broken() == [])
        }
    }

    @Test("秋天登记、明年元旦起参保的居民:集中缴费期就开单,缴清后元旦起享受,不等待;资助看开单当天的身份", arguments: StoreKind.allCases)
    func nextYear(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 0)
            let autumn = Moment(Day("2026-11-05")!, hour: 9)
            let person = try await store.write { tx in
                let origin = ActOrigin(area: County.area, actor: .system, at: autumn, ground: "示例")
                let person = try Enrolment.register(
                    tx,
                    PersonParticulars(
                        paper: IdentityPaper(kind: .residentID, number: County.idNumber(50)), name: "示范秋收", sex: .male,
                        birth: Day("1980-05-17")!), by: origin)
                let poor = SpecialStatus(
                    kind: .assistance(.lowIncome),
                    period: Period(from: Day("2026-01-01")!, through: Day("2026-12-31")!)!)
                _ = try Enrolment.record(tx, poor, for: person, by: origin)
                return person
            }
            let form = ["person": "\(person)", "category": "1501", "from": "2027-01-01", "reason": "1"]
            #expect(try await desk.carryOut("enrolment.spell.open", form, at: autumn) == [])
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2027"], at: autumn + 600) == [])
            let bills = try await store.read { try Contributions.bills($0, area: County.area, of: .person(person)) }
            #expect(bills.map(\.months.lowerBound) == [Month("2027-01")!] && bills.map(\.aidGroup) == [.lowIncome])
            try await Self.pay(desk, on: "2026-11-20", at: autumn + 20 * 86_400)
            #expect(try await Self.category(desk, person, "2027-01-01") == .adult)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("类别年度结转:结转以后窗口按新类别,以前的日子按旧类别,核验一致;日期写错一个年份就退回", arguments: StoreKind.allCases)
    func categories(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 0)
            let digits = "99010019660201001"
            let number = digits + String(NationalID.checkDigit(digits.utf8))
            let form = [
                "paperKind": "1", "paperNumber": number, "name": "示范结转", "sex": "1", "birth": "1966-02-01",
                "category": "1501", "from": "2026-01-01",
            ]
            #expect(try await desk.carryOut("enrolment.person.register", form) == [])
            let person = try await store.read { tx in
                try #require(
                    try Enrolment.find(tx, area: County.area, paper: IdentityPaper(kind: .residentID, number: number)))
            }
            #expect(
                try await desk.carryOut("contributions.bill.resident", ["person": "\(person)", "year": "2026"]) == [])
            try await Self.pay(desk)
            #expect(try await Self.category(desk, person, "2026-01-25") == .adult)
            let march = Moment(Day("2026-03-02")!, hour: 9)
            for wrong in ["2025-12-31", "2062-01-01"] {
                #expect(
                    try await desk.carryOut("enrolment.residents.ages", ["day": wrong], at: march).map(\.code)
                        == ["enrolment.day.bounds"])
            }
            #expect(try await desk.carryOut("enrolment.residents.ages", ["day": "2026-03-01"], at: march) == [])
            #expect(try await Self.category(desk, person, "2026-02-20") == .adult)
            #expect(try await Self.category(desk, person, "2026-03-05") == .elderly)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("单位月中注销:当月已缴费的人享受到月底", arguments: StoreKind.allCases)
    func closure(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            let person = try await store.read { try Self.person($0, 0) }
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            try await Self.pay(desk)
            let employer = try await store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
            let form = ["employer": "\(employer)", "day": "2026-01-20", "ground": "注销通知书"]
            #expect(try await desk.carryOut("enrolment.employer.close", form) == [])
            #expect(try await Self.category(desk, person, "2026-01-31") == .employed)
            #expect(try await Self.category(desk, person, "2026-02-01") == nil)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("整批名单办到一半中止、终止,改好以后同一份文件可以再交,办过的不重办", arguments: StoreKind.allCases)
    func endedList(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 1)
            let origin = ActOrigin(area: County.area, actor: .system, at: County.at, ground: "示例")
            let person = try await store.write { tx in
                try Enrolment.register(
                    tx,
                    PersonParticulars(
                        paper: IdentityPaper(kind: .residentID, number: County.idNumber(50)), name: "示范中止", sex: .male,
                        birth: Day("1980-05-17")!), by: origin)
            }
            let file =
                ListKind.residents.columns.map(\.name).joined(separator: ",")
                + "\n示范中止,,\(County.idNumber(50)),,,成年居民,2026-01-01,,\n"
            func handIn() async throws -> [String] {
                try await desk.carryOut("enrolment.list.residents", ["whole": "1"], file: file).map(\.code)
            }
            let list = try await desk.approve("enrolment.list.residents", ["whole": "1"], file: file)
            try await store.write {
                try Enrolment.recordLife($0, person, .imprisoned, on: Day("2026-01-05")!, certificate: "", by: origin)
            }
            let stopped = try await desk.matters.runJobs(store) { County.at + 120 }
            #expect(stopped.map(\.state) == [.stopped])
            #expect(try await handIn() == ["enrolment.list.repeated"], "还可以恢复")

            let hands = try ["enrolment.reception", "enrolment.review"].map { try #require(desk.staff[$0]) }
            try await store.write { [matters = desk.matters] tx in
                for hand in hands {
                    let seen = try matters.view(tx, list.matter, for: hand, at: County.at + 180).version
                    _ = try matters.act(
                        tx, list.matter, .endJob("先办恢复正常"), seen: seen, by: hand, at: County.at + 200)
                }
                try Enrolment.recordLife(tx, person, .restored, on: Day("2026-01-10")!, certificate: "", by: origin)
            }
            #expect(try await handIn() == [])
            let spells = try await store.read { try Enrolment.requireInsured($0, area: County.area, person).spells }
            #expect(spells.map(\.category) == [.adult])
            #expect(try await handIn() == ["enrolment.list.repeated"])
            #expect(try await desk.broken() == [])
        }
    }
}
