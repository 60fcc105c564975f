import Basics
import Control
import Enrolment
import Settlement
import Storage
import TestKit
import Testing

@testable import Agency

/// Matters of enrolment that ask what was settled at the counter.
@Suite("参保办件与真实结算:撤销登记、防返贫移交")
struct SettledMatterTests {
    /// A stay of 110,000 yuan, settled: more than the pool pays.
    private static func costlyStay(_ town: Town) async throws -> SettlementStatement {
        let stay = try await town.stay(
            town.resident, from: day("2026-02-20"), [town.line(20, 10_000, serial: "1", on: day("2026-02-21"))])
        try await town.discharge(stay)
        return try await town.settleStay(stay)
    }

    @Test("已结算待遇的参保段不能撤销;撤销结算以后才能撤销登记", arguments: StoreKind.allCases)
    func voidAfterBenefits(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let office = try await EnrolmentOffice.over(town)
            let statement = try await Self.costlyStay(town)
            let person = town.resident
            func spells() async throws -> [Spell] {
                try await town.agency.store.read {
                    try Enrolment.requireInsured($0, area: EnrolmentOffice.area, person).spells
                }
            }
            let from = try #require(try await spells().first).period.first
            let form = ["person": "\(person)", "insurance": "390", "from": "\(from)", "ground": "冒名登记"]
            #expect(try await office.refusal("enrolment.spell.void", form) == ["from enrolment.void.benefits"])
            #expect(try await spells().count == 1)
            _ = try await town.reverse(statement)
            #expect(try await office.carryOut("enrolment.spell.void", form).isCarriedOut)
            #expect(try await spells().isEmpty)
            #expect(try await town.verify() == [])
        }
    }

    @Test("个人负担达到标准的人按实际结算移交乡镇,金额是本人付的;已移交的次月不再移交", arguments: StoreKind.allCases)
    func burdenHandedOver(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let office = try await EnrolmentOffice.over(town)
            let costly = try await Self.costlyStay(town).bill.amounts
            let little = try await town.visit(town.employee, [town.line(20, 10, serial: "1")])
            _ = try await town.settle(little)
            func handOver(_ month: String, on day: String) async throws -> [[HandOverLine]] {
                let at = Moment(try #require(Day(day)), hour: 9)
                let outcome = try await office.carryOut("enrolment.burden.handOver", ["month": month], at: at)
                #expect(outcome.state == .carrying, "批准后转入批量办理")
                let jobs = try await office.matters.runJobs(town.agency.store) { at + 120 }
                #expect(jobs.map(\.state) == [.carriedOut])
                let month = try #require(Month(month))
                return try await town.agency.store.read { tx in
                    try Enrolment.handOvers(tx, area: EnrolmentOffice.area, kind: .burdened, month: month).map {
                        try Enrolment.lines(tx, area: EnrolmentOffice.area, of: $0)
                    }
                }
            }
            #expect(try await handOver("2026-02", on: "2026-03-02") == [], "三月才结算")
            let lists = try await handOver("2026-03", on: "2026-04-02")
            #expect(lists.map(\.count) == [1])
            let line = lists[0][0]
            #expect(line.person == town.resident && line.amount == costly.cash + costly.account)
            #expect(line.amount >= line.threshold && line.threshold == Money(yuan: 20_000))
            #expect(try await handOver("2026-04", on: "2026-05-06") == [])
            #expect(try await town.verify() == [])
        }
    }
}
