import Basics
import Benefits
import Contributions
import Control
import Enrolment
import Policy
import Settlement
import Storage
import TestKit
import Testing

@testable import Agency

/// What was settled under two numbers of one human being is one year (合并编号的年度累计).
@Suite("合并的编号共用一个年度:起付线次数、封顶、撤销与账户")
struct MergedYearTests {
    /// An employee with two numbers: insured under the first until the end of January, under the second, which has 100
    /// yuan on its account, from February on.
    private static func twin(_ town: Town) async throws -> ID<Person> {
        let (kept, area, at) = (town.employee, town.area, town.clock.now)
        return try await town.agency.store.write { tx in
            let origin = ActOrigin(area: area, actor: .system, at: at, ground: "测试登记")
            let insured = try Enrolment.requireInsured(tx, area: area, kept)
            try Enrolment.act(
                tx, person: kept, spell: try #require(insured.spells.first).id,
                Spell.Act(kind: .ended, day: day("2026-01-31"), reason: .ownRequest), by: origin)
            var particulars = insured.person.particulars
            particulars.paper = try IdentityPaper(kind: .passport, number: "E00000001")
            let twin = try Enrolment.register(tx, particulars, isDistinct: true, by: origin)
            try Enrolment.open(
                tx, SpellOpening(category: .flexible, from: day("2026-02-01")), for: twin, by: origin)
            try Agency.creditAccounts(
                tx, area: area, month: try #require(Month("2026-02")),
                [AccountPosting(person: twin, amount: Money(yuan: 100))],
                Ground("测试划入", by: .system, at: at))
            return twin
        }
    }

    /// The matter's effect: enrolment and account together.
    private static func merge(_ town: Town, _ twin: ID<Person>) async throws {
        let (kept, area, at) = (town.employee, town.area, town.clock.now)
        try await town.agency.store.write { tx in
            try Enrolment.merge(
                tx, twin, into: kept, by: ActOrigin(area: area, actor: .system, at: at, ground: "同一人"))
            _ = try Agency.mergeAccount(
                tx, area: area, of: twin, into: Enrolment.requireInsured(tx, area: area, kept),
                Ground("重复人员合并", by: .system, at: at))
        }
    }

    private static func separate(_ town: Town, _ twin: ID<Person>) async throws {
        let (kept, area, at) = (town.employee, town.area, town.clock.now)
        try await town.agency.store.write { tx in
            try Enrolment.separate(tx, twin, by: ActOrigin(area: area, actor: .system, at: at, ground: "不是同一人"))
            try Agency.separateAccount(
                tx, area: area, of: twin, from: kept, Ground("撤销人员合并", by: .system, at: at))
        }
    }

    /// A stay of ten days in the second-tier hospital, discharged: 500 to begin with at the year's first stay, 250 from
    /// the second on.
    private static func stay(
        _ town: Town, _ person: ID<Person>, from first: String, quantity: Int64 = 300
    ) async throws -> EncounterReference {
        let begin = day(first)
        let registration = Registration(
            person: person, insurance: .employee, certificateKind: .electronic, certificateNumber: "示例凭证",
            visitNumber: "ZY001",
            information: VisitInformation(careType: .inpatient, begunAt: Moment(begin, hour: 7)))
        let id = try await town.agency.admit(
            Admission(registration: registration, diagnoses: [town.diagnosis]),
            town.head("2401", from: town.otherHospital))
        let reference = EncounterReference(encounter: id, person: person)
        _ = try await town.agency.uploadLines(
            FeeUpload(reference: reference, lines: [town.line(20, quantity, serial: "1", on: begin)]),
            town.head("2301", from: town.otherHospital))
        try await town.discharge(reference, at: town.otherHospital, on: begin + 10)
        return reference
    }

    private static func settle(
        _ town: Town, _ reference: EncounterReference, account: Bool = false
    ) async throws -> SettlementStatement {
        try await town.agency.settle(
            SettlementRequest(reference: reference, insurance: .employee, usesAccount: account),
            town.head("2304", from: town.otherHospital))
    }

    private static func reverse(
        _ town: Town, _ row: SettlementRow, as person: ID<Person>? = nil
    ) async throws -> SettlementStatement {
        try await town.agency.reverse(
            ReversalRequest(settlement: row.id, encounter: row.encounter, person: person ?? row.person),
            town.head("2305", from: town.otherHospital))
    }

    @Test("合并以后的结算接续两个编号的累计;旧编号的结算仍可撤销、重结,退回的账户资金归保留的编号;撤销合并各归各", arguments: StoreKind.allCases)
    func together(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let kept = town.employee
            let twin = try await Self.twin(town)
            let first = try await Self.settle(town, Self.stay(town, kept, from: "2026-01-10"))
            let reference = try await Self.stay(town, twin, from: "2026-02-10")
            let apart = try await Self.settle(town, reference, account: true)
            #expect([first, apart].map(\.bill.amounts.deductible) == [Money(yuan: 500), Money(yuan: 500)], "未知是一人")
            #expect(apart.bill.amounts.account == Money(yuan: 100) && apart.bill.elsewhere == [])

            try await Self.merge(town, twin)
            let together = try await town.year(of: kept)
            #expect(together[.stays] == 2)
            #expect(Money(fen: together[.pool]) == first.bill.amounts.pool + apart.bill.amounts.pool)
            #expect(try await town.year(of: twin) == together)

            town.clock.now = Moment(day("2026-03-20"), hour: 9)
            let third = try await Self.settle(town, Self.stay(town, kept, from: "2026-03-03"))
            #expect(third.bill.amounts.deductible == Money(yuan: 250))
            #expect(third.bill.elsewhere == [apart.bill.id] && third.bill.previous == first.bill.id)
            #expect(try await town.year(of: kept)[.stays] == 3)
            #expect(try await town.verify() == [])

            // The hospital may name either number.
            let red = try await Self.reverse(town, apart.bill, as: kept)
            #expect(red.bill.amounts == -apart.bill.amounts && red.bill.accountBalance == Money(yuan: 2_100))
            #expect(try await town.balance(of: twin) == .zero)
            #expect(try await town.balance(of: kept) == Money(yuan: 2_100))
            #expect(try await town.year(of: kept)[.stays] == 2)
            let again = try await Self.settle(
                town, EncounterReference(encounter: reference.encounter, person: kept), account: true)
            #expect(again.bill.person == twin && again.bill.amounts.deductible == Money(yuan: 250))
            #expect(again.bill.elsewhere == [third.bill.id])
            #expect(try await town.balance(of: kept) == Money(yuan: 2_100) - again.bill.amounts.account)
            #expect(try await town.verify() == [])

            try await Self.separate(town, twin)
            #expect(try await town.year(of: kept)[.stays] == 2)
            #expect(try await town.year(of: twin)[.stays] == 1)
            #expect(try await town.balance(of: twin) == Money(yuan: 100))
            #expect(try await town.verify() == [])
        }
    }

    @Test("年度封顶线按两个编号的累计计算:旧编号用去的,保留的编号不能再用", arguments: StoreKind.allCases)
    func ceiling(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let twin = try await Self.twin(town)
            let costly = try await Self.settle(town, Self.stay(town, twin, from: "2026-02-10", quantity: 40_000))
            #expect(costly.bill.amounts.largeAmount > .zero, "已到统筹封顶线")
            try await Self.merge(town, twin)
            town.clock.now = Moment(day("2026-03-20"), hour: 9)
            let next = try await Self.settle(town, Self.stay(town, town.employee, from: "2026-03-03"))
            #expect(next.bill.amounts.pool == .zero && next.bill.amounts.largeAmount > .zero)
            #expect(try await town.verify() == [])
        }
    }

    @Test("撤销旧编号的结算会改变保留编号其后的结算:先撤销其后的,或一并重算", arguments: StoreKind.allCases)
    func laterOnes(_ kind: StoreKind) async throws {
        for (law, recomputes) in [([], false), ([("须先撤销其后结算", "其后结算重算")], true)] {
            try await withTown(kind, law: law) { town in
                let twin = try await Self.twin(town)
                let one = try await Self.settle(town, Self.stay(town, twin, from: "2026-02-10"))
                try await Self.merge(town, twin)
                town.clock.now = Moment(day("2026-03-20"), hour: 9)
                let two = try await Self.settle(town, Self.stay(town, town.employee, from: "2026-03-03"))
                #expect(two.bill.amounts.deductible == Money(yuan: 250))
                guard recomputes else {
                    let refused = try await refusal { try await Self.reverse(town, one.bill) }
                    #expect(refused == ["settlement.reversal.laterFirst"])
                    return
                }
                _ = try await Self.reverse(town, one.bill)
                let stay = EncounterReference(encounter: two.bill.encounter, person: town.employee)
                let rows = try await town.agency.settlements(of: stay, town.head("5203", from: town.otherHospital))
                #expect(rows.map(\.bill.kind) == [.regular, .reversal, .recomputation])
                #expect(rows[2].bill.amounts.deductible == Money(yuan: 500))
                #expect(try await town.year(of: twin)[.stays] == 1)
                #expect(try await town.verify() == [])
                _ = try await Self.reverse(town, rows[2].bill)
                #expect(try await town.year(of: town.employee) == YearToDate())
                #expect(try await town.verify() == [])
            }
        }
    }

    @Test("防返贫监测按两个编号的个人负担合计:分开都不到标准,合并以后到了", arguments: StoreKind.allCases)
    func burdens(_ kind: StoreKind) async throws {
        let basis = "basis: 示医保发〔2023〕31号第五条\n        value: "
        try await withTown(kind, law: [(basis + "20000", basis + "1200")]) { town in
            let twin = try await Self.twin(town)
            _ = try await Self.settle(town, Self.stay(town, town.employee, from: "2026-01-10"))
            _ = try await Self.settle(town, Self.stay(town, twin, from: "2026-02-10"))
            func found() async throws -> [ID<Person>] {
                try await town.agency.store.read { [area = town.area] tx in
                    let month = try #require(Month("2026-03"))
                    let terms = try BurdenTerms(Agency.law(tx, area: area).on(month.last, for: .resident))
                    return try Agency.burdens(tx, area: area, month: month, terms, of: 1...1_000).map(\.person.id)
                }
            }
            #expect(try await found() == [])
            try await Self.merge(town, twin)
            #expect(try await found() == [town.employee])
        }
    }

    @Test("慢特病备案跟随本人:旧编号备案的,保留的编号照用,不能再备一次", arguments: StoreKind.allCases)
    func filings(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let twin = try await Self.twin(town)
            func filing(_ person: ID<Person>, from first: String) -> FilingRequest {
                FilingRequest(
                    kind: .chronicDisease, person: person, insurance: .employee, providerCode: "", providerName: "",
                    code: "M03900", name: "高血压",
                    first: day(first), last: nil)
            }
            let id = try await town.agency.file(filing(twin, from: "2026-02-05"), town.head("2503"))
            try await Self.merge(town, twin)
            town.clock.now = Moment(day("2026-03-20"), hour: 9)
            let found = try await town.agency.filings(of: town.employee, kind: .chronicDisease, town.head("5301"))
            #expect(found.map(\.id) == [id])
            let twice = try await refusal {
                try await town.agency.file(filing(town.employee, from: "2026-03-05"), town.head("2503"))
            }
            #expect(twice == ["settlement.filing.overlap"])
        }
    }

    @Test("查验认得出不属于同一人的接续", arguments: StoreKind.allCases)
    func tampered(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let twin = try await Self.twin(town)
            let one = try await Self.settle(town, Self.stay(town, twin, from: "2026-02-10"))
            let stranger = try await town.visit(town.resident, [town.line(20, 10, serial: "1")])
            let other = try await town.settle(stranger)
            try await Self.merge(town, twin)
            town.clock.now = Moment(day("2026-03-20"), hour: 9)
            let two = try await Self.settle(town, Self.stay(town, town.employee, from: "2026-03-03"))
            #expect(two.bill.elsewhere == [one.bill.id])
            let change = SQL("UPDATE settlement SET elsewhere = '\(other.bill.id)' WHERE id = \(two.bill.id)")
            #expect(try await town.tampered("settlement", change).map(\.code).contains("settlement.link.elsewhere"))
        }
    }
}
