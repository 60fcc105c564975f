import Agency
import Basics
import Benefits
import Settlement
import Storage
import TestKit
import Testing

/// The thin path of each kind of care, from its first message to its settlement and back.
@Suite("At the window")
struct WindowTests {
    @Test(
        "A purchase at a pharmacy is one message: the account pays, and the proof holds", arguments: StoreKind.allCases)
    func purchase(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let request = town.purchase(town.employee, [town.line(0, 10, serial: "1")])
            let statement = try await town.agency.purchase(request, town.head("2102A", from: town.pharmacy))
            // 10 × 4.23, a 甲类 drug: all in scope, and the pool pays nothing without a prescription.
            #expect(statement.bill.amounts.total == Money(fen: 4230))
            #expect(statement.bill.amounts.account == Money(fen: 4230))
            #expect(statement.bill.amounts.cash == .zero)
            #expect(statement.bill.accountBalance == Money(fen: 200_000 - 4230))
            #expect(try await town.balance(of: town.employee) == Money(fen: 200_000 - 4230))
            #expect(try await town.verify() == [])
        }
    }

    @Test("Taking a purchase back restores every ledger to the fen", arguments: StoreKind.allCases)
    func purchaseTakenBack(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let request = town.purchase(town.employee, [town.line(0, 10, serial: "1")])
            let statement = try await town.agency.purchase(request, town.head("2102A", from: town.pharmacy))
            let red = try await town.reverse(statement, at: town.pharmacy)
            #expect(red.bill.amounts == -statement.bill.amounts)
            #expect(red.bill.kind == .reversal && red.bill.original == statement.bill.id)
            #expect(try await town.balance(of: town.employee) == Money(fen: 200_000))
            #expect(try await town.year(of: town.employee) == YearToDate())
            #expect(try await town.number("SELECT CAST(SUM(total_fen) AS BIGINT) FROM settlement") == 0)
            #expect(try await town.number("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM payable_entry") == 0)
            #expect(try await town.verify() == [])
        }
    }

    @Test(
        "An outpatient visit settles batch by batch; the pre-settlement says the same and writes nothing",
        arguments: StoreKind.allCases)
    func outpatient(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let visit = try await town.visit(
                town.resident, [town.line(20, 10, serial: "1", batch: "A"), town.line(21, 3, serial: "2", batch: "B")])
            let before = try await town.contents()
            let preview = try await town.agency.presettle(town.request(visit, batch: "A"), town.head("2206"))
            #expect(try await town.contents() == before)
            let first = try await town.agency.settle(town.request(visit, batch: "A"), town.head("2207"))
            #expect(first.bill.amounts == preview.bill.amounts)
            #expect(first.bill.amounts.total == Money(yuan: 110))
            #expect(first.bill.lines.description == "1")
            let second = try await town.agency.settle(town.request(visit, batch: "B"), town.head("2207"))
            #expect(second.bill.amounts.total == Money(yuan: 66))
            #expect(second.bill.lines.description == "2")
            #expect(second.bill.previous == first.bill.id)
            #expect(try await town.verify() == [])
        }
    }

    @Test(
        "A stay at a third-tier hospital: deductible 1,000, then 85 %, then account, then cash",
        arguments: StoreKind.allCases)
    func stay(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let stay = try await town.stay(town.employee, from: day("2026-02-20"), [town.line(20, 1000, serial: "1")])
            try await town.discharge(stay)
            let settled = try await town.settleStay(stay)
            let amounts = settled.bill.amounts
            // 11,000 in scope − 1,000 = 10,000 × 85 % = 8,500; of the other 2,500 the account pays its 2,000.
            #expect(amounts.total == Money(yuan: 11_000) && amounts.inScope == Money(yuan: 11_000))
            #expect(amounts.deductible == Money(yuan: 1_000))
            #expect(amounts.pool == Money(yuan: 8_500))
            #expect(amounts.account == Money(yuan: 2_000))
            #expect(amounts.cash == Money(yuan: 500))
            #expect(settled.fundTotal == Money(yuan: 8_500) && settled.personalTotal == Money(yuan: 2_500))
            #expect(try await town.year(of: town.employee)[.stays] == 1)
            #expect(try await town.verify() == [])
        }
    }

    @Test(
        "An interim settlement and the last one make one stay: the deductible is paid once, and both go back",
        arguments: StoreKind.allCases)
    func interim(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let stay = try await town.stay(
                town.resident, from: day("2026-02-20"), [town.line(20, 300, serial: "1", on: day("2026-02-21"))])
            let interim = try await town.settleStay(stay, interim: true)
            _ = try await town.agency.uploadLines(
                FeeUpload(reference: stay, lines: [town.line(20, 200, serial: "2")]), town.head("2301"))
            try await town.discharge(stay)
            let last = try await town.settleStay(stay)
            #expect(interim.bill.amounts.deductible > .zero)
            #expect(last.bill.amounts.deductible == .zero)
            #expect(interim.bill.lines.description == "1" && last.bill.lines.description == "2")
            #expect(try await town.year(of: town.resident)[.stays] == 1)
            #expect(try await refusal { try await town.reverse(interim) } == ["settlement.stay.notLast"])
            _ = try await town.reverse(last)
            _ = try await town.reverse(interim)
            #expect(try await town.year(of: town.resident) == YearToDate())
            let again = try await town.settleStay(stay)
            #expect(again.bill.lines.description == "1-2")
            #expect(try await town.verify() == [])
        }
    }

    @Test(
        "A refund line takes back at its original's price and split; both settle to nothing",
        arguments: StoreKind.allCases)
    func refundLine(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let visit = try await town.visit(
                town.resident,
                [
                    town.line(23, 5, serial: "1"), town.line(20, 1, serial: "2"),
                    town.line(23, -5, serial: "3", refunds: "1"),
                ])
            let lines = try await town.agency.feeLines(of: visit, town.head("5204"))
            #expect(lines[2].refunds == 1)
            #expect(lines[2].preSelfPay == -lines[0].preSelfPay && lines[2].inScope == -lines[0].inScope)
            #expect(lines[0].preSelfPay > .zero)
            let settled = try await town.settle(visit)
            #expect(settled.bill.amounts.total == Money(yuan: 11))
            #expect(settled.bill.amounts.preSelfPay == .zero)
            #expect(try await town.verify() == [])
        }
    }
}
