import Basics
import Control
import Enrolment
import Storage
import StoreKit
import Testing

@testable import Agency
@testable import Contributions

/// One human being under two numbers: what is billed, paid, recognised or suspended under the old one counts for the one that
/// counts, and nothing of it twice.
@Suite("合并编号:身份、暂停、缴费、划入都跟着本人,不重不漏")
struct MergedNumberTests {
    private static let origin = ActOrigin(area: County.area, actor: .system, at: County.at, ground: "示例")

    private static func person(_ tx: any Transaction, _ number: Int) throws -> ID<Person> {
        let paper = try IdentityPaper(kind: .residentID, number: County.idNumber(number))
        return try #require(try Enrolment.find(tx, area: County.area, paper: paper))
    }

    /// A second number of somebody, known by a passport, insured from January 2026 on; the first ends with 2025.
    private static func twin(
        _ tx: any Transaction, of kept: ID<Person>, _ category: PersonCategory
    ) throws -> ID<Person> {
        let insured = try Enrolment.requireInsured(tx, area: County.area, kept)
        let former = try #require(insured.spells.first)
        try Enrolment.act(
            tx, person: kept, spell: former.id,
            Spell.Act(kind: .ended, day: Day("2025-12-31")!, reason: .ownRequest), by: origin)
        var particulars = insured.person.particulars
        particulars.paper = try IdentityPaper(kind: .passport, number: "E00000001")
        let twin = try Enrolment.register(tx, particulars, isDistinct: true, by: origin)
        try Enrolment.open(
            tx, SpellOpening(category: category, employer: former.employer, from: Day("2026-01-01")!), for: twin,
            by: origin)
        return twin
    }

    private static func merging(_ twin: ID<Person>, _ kept: ID<Person>) -> [String: String] {
        ["duplicate": "\(twin)", "survivor": "\(kept)", "ground": "同一人两个编号"]
    }

    private static func bills(_ desk: Desk) async throws -> Int {
        try await desk.store.read { try Contributions.bills($0, area: County.area, after: ID(0), limit: 100).count }
    }

    private static func answer(_ desk: Desk, _ person: ID<Person>, _ day: String) async throws -> Entitlement {
        try await desk.store.read {
            try Enrolment.requireInsured($0, area: County.area, person).entitlement(on: Day(day)!)
        }
    }

    @Test("居民:旧编号的低保身份照样享受,本年度不再核定一次,旧编号的费缴清后保留的编号当日享受", arguments: StoreKind.allCases)
    func resident(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 2)
            let (kept, twin) = try await store.write { tx in
                let kept = try Self.person(tx, 4)
                let twin = try Self.twin(tx, of: kept, .adult)
                let poor = SpecialStatus(
                    kind: .assistance(.lowIncome), period: Period(from: Day("2025-06-01")!, through: nil)!)
                _ = try Enrolment.record(tx, poor, for: twin, by: Self.origin)
                return (kept, twin)
            }
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            let billed = try await Self.bills(desk)
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept)) == [])
            let groups = try await store.read { tx in
                (
                    try Enrolment.requireInsured(tx, area: County.area, kept).assistance(on: Day("2026-02-01")!),
                    try Enrolment.assistance(tx, area: County.area, of: [kept], on: Day("2026-02-01")!)
                )
            }
            #expect(groups.0 == [.lowIncome] && groups.1 == [kept: [.lowIncome]])

            let next = Moment(Day("2026-01-21")!, hour: 9)
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"], at: next) == [])
            let again = try await desk.carryOut(
                "contributions.bill.resident", ["person": "\(kept)", "year": "2026"],
                at: next + 600)
            #expect(again.map(\.code) == ["contributions.resident.billed"])
            #expect(try await Self.bills(desk) == billed, "一人一年一张单")

            #expect(try await Self.answer(desk, kept, "2026-04-08").coverage == nil)
            let bill = try await store.read {
                try #require(try Contributions.bills($0, area: County.area, of: .person(twin)).first)
            }
            let file =
                "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\nL1,\(bill.id),,示例,\(bill.payable),2026-04-07\n"
            let later = Moment(Day("2026-04-08")!, hour: 9)
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: later) == [])
            let coverage = try await Self.answer(desk, kept, "2026-04-08").coverage
            #expect(coverage?.insurance == .resident && coverage?.assistance == [.lowIncome])
            #expect(try await Self.answer(desk, kept, "2026-04-06").coverage == nil, "低保对象自缴费之日起")
            #expect(try await desk.broken() == [])
        }
    }

    @Test("合并后为保留的编号认定身份:旧编号以前的核算仍然对得上;旧编号是职工的日子,保留的编号是居民也答得出", arguments: StoreKind.allCases)
    func formerReckonings(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (kept, twin) = try await store.write { tx in
                let kept = try Self.person(tx, 4)
                let twin = try Self.twin(tx, of: kept, .adult)
                // Before that, the same passport was a flexible worker's.
                let former = try Enrolment.readSpells(
                    "psn_cert_type,certno,insutype,psn_type,begndate,enddate,emp_uscc,emp_name\n"
                        + "08,E00000001,310,1103,2024-03-01,2024-12-31,,\n", file: "former.csv")
                _ = try Enrolment.importSpells(
                    tx, former, by: ImportOrigin(area: County.area, actor: .system, at: County.at))
                return (kept, twin)
            }
            #expect(
                try await desk.carryOut("contributions.bill.resident", ["person": "\(twin)", "year": "2026"]) == [])
            let bill = try await store.read {
                try #require(try Contributions.bills($0, area: County.area, of: .person(twin)).first)
            }
            let file =
                "交易流水号,附言单号,付款人证件号,付款人户名,交易金额,交易日期\nL1,\(bill.id),,示例,\(bill.payable),2026-03-05\n"
            let at = Moment(Day("2026-04-20")!, hour: 9)
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: at) == [])
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept), at: at + 600) == [])
            let status = ["person": "\(kept)", "status": "3", "from": "2026-01-01", "ground": "民政名单"]
            #expect(try await desk.carryOut("enrolment.person.status", status, at: at + 1_200) == [])
            #expect(try await Self.answer(desk, kept, "2026-03-06").coverage?.category == .adult, "低保对象不等待")
            #expect(try await Self.answer(desk, kept, "2024-06-01").coverage?.category == .flexible)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("职工:并号当月不再核定一次;旧编号的月份事后缴清,划入保留的编号,自检不再挂着,再划一次也不重", arguments: StoreKind.allCases)
    func employee(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            let (kept, twin) = try await store.write { tx in
                let kept = try Self.person(tx, 0)
                return (kept, try Self.twin(tx, of: kept, .employed))
            }
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            let billed = try await Self.bills(desk)
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept)) == [])
            #expect(try await desk.carryOut("contributions.run.month", ["month": "2026-01"]) == [])
            #expect(try await Self.bills(desk) == billed)
            let employer = try await store.read { try Enrolment.employers($0, area: County.area, limit: 1)[0].id }
            let back = [
                "employer": "\(employer)", "person": "\(kept)", "first": "2026-01", "last": "2026-01", "wage": "8000",
                "at_fault": "0", "reason": "漏缴",
            ]
            #expect(try await desk.carryOut("contributions.back", back).map(\.code) == ["contributions.back.billed"])
            let unbilled = try await store.read {
                try Agency.unbilled($0, area: County.area, month: County.january, limit: 100).found
            }
            #expect(unbilled.isEmpty, "并号当月已在旧编号名下核定")

            let paid = Moment(Day("2026-02-10")!, hour: 9)
            let file = try await desk.county.bankFile(on: Day("2026-02-09")!)
            #expect(
                try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file, at: paid) == [])
            for at in [paid + 3_600, paid + 7_200] {
                #expect(try await desk.carryOut("contributions.run.credits", ["month": "2026-02"], at: at) == [])
                let (own, former, open) = try await store.read { tx in
                    (
                        try Contributions.balance(tx, area: County.area, of: kept),
                        try Contributions.balance(tx, area: County.area, of: twin) ?? .zero,
                        try Agency.uncredited(tx, area: County.area, after: ID(0), before: Month("2026-02")!)
                    )
                }
                #expect(own == Money(yuan: 160) && former == .zero)
                #expect(open.isEmpty)
            }
            #expect(try await desk.broken() == [])

            // Told apart again, the month is the old number's.
            let apart = ["person": "\(twin)", "ground": "经核实不是同一人"]
            #expect(try await desk.carryOut("enrolment.person.separate", apart, at: paid + 10_000) == [])
            #expect(
                try await desk.carryOut("contributions.run.credits", ["month": "2026-02"], at: paid + 12_000) == [])
            let balances = try await store.read { tx in
                try [kept, twin].map { try Contributions.balance(tx, area: County.area, of: $0) ?? .zero }
            }
            #expect(balances == [.zero, Money(yuan: 160)])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("职工:先并号后核定,当月一人一份;申报的基数跟着过来,次月照原基数核定", arguments: StoreKind.allCases)
    func mergedBeforeBilling(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 0)
            let (kept, twin) = try await store.write { tx in
                let kept = try Self.person(tx, 0)
                return (kept, try Self.twin(tx, of: kept, .employed))
            }
            try await desk.county.declareWages()
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept)) == [])
            for month in ["2026-01", "2026-02"] {
                let at = Moment((Month(month)!.first + 20), hour: 9)
                #expect(try await desk.carryOut("contributions.run.month", ["month": month], at: at) == [])
                let lines = try await store.read { tx in
                    try Contributions.bills(tx, area: County.area, after: ID(0), limit: 100)
                        .filter { $0.months.lowerBound == Month(month)! }
                        .flatMap { try Contributions.everyLine(tx, area: County.area, of: $0.id) }
                        .filter { $0.part.insurance == .employee }
                }
                #expect(lines.count == 4 && lines.contains { $0.person == kept }, "\(month) \(lines.map(\.person))")
                #expect(lines.allSatisfy { $0.part.base == Money(yuan: 8000) })
            }
            let unbilled = try await store.read {
                try Agency.unbilled($0, area: County.area, month: County.january, limit: 100).found
            }
            #expect(unbilled.isEmpty)
            #expect(try await desk.broken() == [])
        }
    }

    @Test("旧编号的应缴单冲正:保留的编号待遇随之停止;从没有参保的编号也读得到旧编号的待遇", arguments: StoreKind.allCases)
    func corrected(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 1)
            let (insured, empty) = try await store.write { tx in
                let insured = try Self.person(tx, 0)
                var particulars = try Enrolment.requireInsured(tx, area: County.area, insured).person.particulars
                particulars.paper = try IdentityPaper(kind: .passport, number: "E00000002")
                return (insured, try Enrolment.register(tx, particulars, isDistinct: true, by: Self.origin))
            }
            #expect(try await desk.carryOut("contributions.run.residents", ["year": "2026"]) == [])
            let file = try await desk.county.bankFile()
            #expect(try await desk.carryOut("contributions.receipts.take", ["source": "2"], file: file) == [])
            let end = [
                "person": "\(insured)", "insurance": "390", "action": "1", "day": "2026-01-20", "reason": "29",
                "ground": "本人申请",
            ]
            #expect(try await desk.carryOut("enrolment.spell.act", end) == [])
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(insured, empty)) == [])
            #expect(try await Self.answer(desk, empty, "2026-01-10").coverage?.category == .adult)
            let bill = try await store.read {
                try #require(try Contributions.bills($0, area: County.area, of: .person(insured)).first)
            }
            let taken = ["bill": "\(bill.id)", "reason": "错核"]
            #expect(try await desk.carryOut("contributions.resident.correct", taken) == [])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("同一身份在两个编号下起始日不同:合并后是一段,可以一次退出,各编号都写明", arguments: StoreKind.allCases)
    func joinedStatus(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 0, residents: 1)
            let (kept, twin) = try await store.write { tx in
                let kept = try Self.person(tx, 0)
                let twin = try Self.twin(tx, of: kept, .adult)
                for (person, first) in [(kept, "2024-01-01"), (twin, "2025-06-01")] {
                    let poor = SpecialStatus(
                        kind: .assistance(.lowIncome), period: Period(from: Day(first)!, through: nil)!)
                    _ = try Enrolment.record(tx, poor, for: person, by: Self.origin)
                }
                return (kept, twin)
            }
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept)) == [])
            func statuses(_ person: ID<Person>) async throws -> [String] {
                try await store.read {
                    try Enrolment.requireInsured($0, area: County.area, person).statuses.map(\.period.description)
                }
            }
            #expect(try await statuses(kept) == ["2024-01-01…"])
            let end = [
                "person": "\(kept)", "status": "3", "from": "2024-01-01", "until": "2026-01-15", "ground": "民政名单",
            ]
            let early = end.merging(["until": "2025-03-31"]) { $1 }
            #expect(try await desk.carryOut("enrolment.person.status", early).map(\.code) == ["enrolment.status.later"])
            #expect(try await desk.carryOut("enrolment.person.status", end) == [])
            #expect(try await statuses(kept) == ["2024-01-01…2026-01-15"])
            let list =
                ListKind.assisted.columns.map(\.name).joined(separator: ",")
                + "\n示例0,,\(County.idNumber(0)),低保对象,2024-01-01,2026-01-10\n"
            #expect(try await desk.carryOut("enrolment.list.assisted", [:], file: list) == [])
            #expect(try await statuses(kept) == ["2024-01-01…2026-01-10"])
            #expect(try await desk.broken() == [])
        }
    }

    @Test("一个编号服刑、另一个正常的不能合并;登记一致后合并,暂停跟着走", arguments: StoreKind.allCases)
    func imprisoned(_ kind: StoreKind) async throws {
        try await withStore(kind, Agency.migrations) { store in
            let desk = try await Desk.open(store, employers: 1, residents: 1)
            let (kept, twin) = try await store.write { tx in
                let kept = try Self.person(tx, 4)
                return (kept, try Self.twin(tx, of: kept, .adult))
            }
            func prison(_ person: ID<Person>) -> [String: String] {
                ["person": "\(person)", "event": "3", "day": "2026-01-10", "certificate": "示刑1", "ground": "判决书"]
            }
            #expect(try await desk.carryOut("enrolment.person.life", prison(twin)) == [])
            let refused = try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept))
            #expect(refused.map(\.code) == ["enrolment.merge.life"])
            #expect(refused[0].message.contains("“判刑收监”(2026-01-10)") && refused[0].message.contains("“正常”"))
            #expect(try await desk.carryOut("enrolment.person.life", prison(kept)) == [])
            #expect(try await desk.carryOut("enrolment.person.merge", Self.merging(twin, kept)) == [])
            let spell = try await store.read {
                try #require(try Enrolment.requireInsured($0, area: County.area, kept).spells.last)
            }
            #expect(spell.suspensions.map(\.reason) == [.prison] && spell.suspensions[0].period.last == nil)
            #expect(try await desk.broken() == [])
        }
    }
}
