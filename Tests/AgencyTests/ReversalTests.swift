import Agency
import Basics
import Benefits
import Control
import Demonstration
import Policy
import Settlement
import Storage
import TestKit
import Testing

/// Reversals in red: exact, and by the area's rule for what came after.
@Suite("Taken back")
struct ReversalTests {
    private static let recompute = [("须先撤销其后结算", "其后结算重算")]
    private static let leave = [("须先撤销其后结算", "其后结算不变")]

    /// Two stays of a resident in one year: the second pays the lower deductible of a second stay.
    private func twoStays(_ town: Town) async throws -> (SettlementStatement, SettlementStatement) {
        let first = try await town.stay(
            town.employee, from: day("2026-01-10"), [town.line(20, 300, serial: "1", on: day("2026-01-11"))])
        try await town.discharge(first, on: day("2026-01-20"))
        let one = try await town.settleStay(first, account: false)
        let second = try await town.stay(
            town.employee, at: town.otherHospital, from: day("2026-02-10"),
            [town.line(20, 400, serial: "1", on: day("2026-02-11"))])
        try await town.discharge(second, at: town.otherHospital, on: day("2026-02-20"))
        return (one, try await town.settleStay(second, at: town.otherHospital, account: false))
    }

    @Test(
        "Where the rule is to take back what came after first, that is what the hospital is told",
        arguments: StoreKind.allCases)
    func refused(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (one, two) = try await twoStays(town)
            let before = try await town.contents()
            #expect(try await refusal { try await town.reverse(one) } == ["settlement.reversal.laterFirst"])
            #expect(try await town.contents() == before)
            _ = try await town.reverse(two, at: town.otherHospital)
            _ = try await town.reverse(one)
            #expect(try await town.year(of: town.employee) == YearToDate())
            #expect(try await town.verify() == [])
        }
    }

    @Test("Where the rule is to compute anew, the later stay becomes the year's first", arguments: StoreKind.allCases)
    func recomputed(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let (one, two) = try await twoStays(town)
            // Second tier in 2026: 500 at the first stay, 250 from the second on; 88 %.
            #expect(two.bill.amounts.deductible == Money(yuan: 250))
            let red = try await town.reverse(one)
            #expect(red.bill.amounts == -one.bill.amounts)
            let stay = EncounterReference(encounter: two.bill.encounter, person: town.employee)
            let rows = try await town.agency.settlements(of: stay, town.head("5203", from: town.otherHospital))
            #expect(rows.map(\.bill.kind) == [.regular, .reversal, .recomputation])
            #expect(rows[1].bill.amounts == -two.bill.amounts)
            let anew = rows[2].bill
            #expect(anew.original == two.bill.id)
            #expect(anew.amounts.deductible == Money(yuan: 500))
            #expect(anew.amounts.pool == Money(fen: 343_200))
            #expect(try await town.year(of: town.employee)[.stays] == 1)
            #expect(
                try await refusal { try await town.reverse(two, at: town.otherHospital) } == ["settlement.recomputed"])
            _ = try await town.reverse(rows[2], at: town.otherHospital)
            #expect(try await town.year(of: town.employee) == YearToDate())
            #expect(try await town.number("SELECT CAST(SUM(pool_fen) AS BIGINT) FROM settlement") == 0)
            #expect(try await town.verify() == [])
        }
    }

    @Test("Where the rule is to leave what came after, it stands", arguments: StoreKind.allCases)
    func left(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.leave) { town in
            let (one, two) = try await twoStays(town)
            _ = try await town.reverse(one)
            let year = try await town.year(of: town.employee)
            #expect(Money(fen: year[.pool]) == two.bill.amounts.pool)
            _ = try await town.reverse(two, at: town.otherHospital)
            #expect(try await town.year(of: town.employee) == YearToDate())
            #expect(try await town.verify() == [])
        }
    }

    @Test("A later settlement that would come out the same does not stand in the way", arguments: StoreKind.allCases)
    func untouched(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let first = try await town.agency.purchase(
                town.purchase(town.employee, [town.line(0, 1, serial: "1")]), town.head("2102A", from: town.pharmacy))
            let second = try await town.agency.purchase(
                town.purchase(town.employee, [town.line(0, 2, serial: "1")]), town.head("2102A", from: town.pharmacy))
            _ = try await town.reverse(first, at: town.pharmacy)
            #expect(try await town.balance(of: town.employee) == Money(fen: 200_000) - second.bill.amounts.account)
            #expect(try await town.verify() == [])
        }
    }

    @Test("What is taken back is the exact negative in every ledger", arguments: StoreKind.allCases)
    func exact(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let lines = (0..<15).map { town.line(20 + $0, Int64($0 + 3), serial: "\($0)") }
            let stay = try await town.stay(town.employee, from: day("2026-02-20"), lines)
            try await town.discharge(stay)
            let settled = try await town.settleStay(stay)
            let red = try await town.reverse(settled)
            #expect(red.bill.amounts == -settled.bill.amounts)
            #expect(red.bill.funds.map(\.paid) == settled.bill.funds.map { -$0.paid })
            #expect(red.bill.lines == settled.bill.lines && red.bill.policyVersion == settled.bill.policyVersion)
            #expect(red.bill.accountBalance == Money(fen: 200_000))
            for column in ["total_fen", "fund_fen", "account_fen", "cash_fen", "hospital_fen"] {
                #expect(try await town.number(SQL("SELECT CAST(SUM(\(column)) AS BIGINT) FROM payable")) == 0)
            }
            #expect(
                try await town.number(
                    "SELECT CAST(SUM(amount_fen) AS BIGINT) FROM account_entry WHERE settlement IS NOT NULL") == 0)
            #expect(try await town.verify() == [])
        }
    }

    @Test(
        "Years later and under another law, a refund is computed with the law of its day", arguments: StoreKind.allCases
    )
    func lawOfItsDay(_ kind: StoreKind) async throws {
        try await withTown(kind, law: Self.recompute) { town in
            let (one, two) = try await twoStays(town)
            // The agency opens again with other policies: 85 % has become 50 %, 500 has become 400.
            let changed = try await town.reopened(law: Self.recompute + [("第1次: 500", "第1次: 400")])
            let row = one.bill
            #expect(try await changed.policies.area(town.area).version != town.agency.policies.area(town.area).version)
            let red = try await changed.reverse(
                ReversalRequest(settlement: row.id, encounter: row.encounter, person: row.person), town.head("2305"))
            #expect(red.bill.amounts == -row.amounts)
            let stay = EncounterReference(encounter: two.bill.encounter, person: town.employee)
            let rows = try await changed.settlements(of: stay, town.head("5203", from: town.otherHospital))
            // Computed anew with 500, not 400.
            #expect(rows.last?.bill.amounts.deductible == Money(yuan: 500))
            #expect(try await town.verify() == [])
        }
    }

    @Test("A stay across the year's end counts to the year of its discharge", arguments: StoreKind.allCases)
    func acrossYears(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            town.clock.now = Moment(day("2026-01-05"), hour: 10)
            let stay = try await town.stay(
                town.resident, from: day("2025-12-20"),
                [
                    town.line(20, 100, serial: "1", on: day("2025-12-21")),
                    town.line(20, 100, serial: "2", on: day("2026-01-02")),
                ])
            try await town.discharge(stay)
            let settled = try await town.settleStay(stay)
            #expect(settled.bill.year == 2026)
            #expect(settled.bill.amounts.total == Money(yuan: 2_200))
            #expect(try await town.year(of: town.resident)[.stays] == 1)
        }
    }

    @Test(
        "Where the year's end divides a stay, the interim settlement takes the old year's lines",
        arguments: StoreKind.allCases)
    func dividedAtYearEnd(_ kind: StoreKind) async throws {
        try await withTown(kind, law: [("按结算年度", "年末中途结算")]) { town in
            town.clock.now = Moment(day("2026-01-05"), hour: 10)
            let stay = try await town.stay(
                town.resident, from: day("2025-12-20"),
                [
                    town.line(20, 100, serial: "1", on: day("2025-12-21")),
                    town.line(20, 50, serial: "2", on: day("2026-01-02")),
                ])
            let interim = try await town.settleStay(stay, interim: true)
            #expect(interim.bill.year == 2025 && interim.bill.lines.description == "1")
            try await town.discharge(stay)
            let last = try await town.settleStay(stay)
            #expect(last.bill.year == 2026 && last.bill.lines.description == "2")
            #expect(try await town.verify() == [])
        }
    }
}
