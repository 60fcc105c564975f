import Agency
import Basics
import Benefits
import Settlement
import Storage
import TestKit
import Testing

/// Messages that come twice, at once, or too late; and what a refused one leaves behind: nothing.
@Suite("Once, whole, or not at all")
struct OnceTests {
    @Test(
        "The same purchase sent fifty times at once is settled once and answered fifty times",
        arguments: StoreKind.allCases)
    func fiftyTimes(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let request = town.purchase(town.employee, [town.line(0, 10, serial: "1")])
            let head = town.head("2102A", from: town.pharmacy)
            let answers = try await withThrowingTaskGroup(of: SettlementStatement.self) { group in
                for _ in 0..<50 { group.addTask { try await town.agency.purchase(request, head) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count == 50)
            #expect(Set(answers).count == 1)
            #expect(try await town.number("SELECT COUNT(*) FROM settlement") == 1)
            #expect(try await town.balance(of: town.employee) == Money(fen: 200_000 - 4230))
            #expect(try await town.verify() == [])
        }
    }

    @Test("The same number with another content is refused", arguments: StoreKind.allCases)
    func otherContent(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let first = town.purchase(town.employee, [town.line(0, 10, serial: "1")])
            let head = town.head("2102A", from: town.pharmacy, id: "P99010000001202603010900000001", content: "甲")
            _ = try await town.agency.purchase(first, head)
            let other = town.head("2102A", from: town.pharmacy, id: head.messageID, content: "乙")
            let second = town.purchase(town.employee, [town.line(0, 20, serial: "1")])
            let before = try await town.contents()
            #expect(
                try await refusal { try await town.agency.purchase(second, other) } == [
                    "settlement.message.otherContent"
                ])
            #expect(try await town.contents() == before)
        }
    }

    @Test("Every repeated message of a stay is answered as it was the first time", arguments: StoreKind.allCases)
    func everyAnswerAgain(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let admission = Admission(
                registration: town.registration(town.resident, care: .inpatient), diagnoses: [town.diagnosis])
            let admit = town.head("2401")
            let id = try await town.agency.admit(admission, admit)
            #expect(try await town.agency.admit(admission, admit) == id)
            let stay = EncounterReference(encounter: id, person: town.resident)
            let upload = FeeUpload(
                reference: stay, lines: [town.line(20, 300, serial: "1"), town.line(23, 2, serial: "2")])
            let uploaded = town.head("2301")
            let lines = try await town.agency.uploadLines(upload, uploaded)
            #expect(try await town.agency.uploadLines(upload, uploaded) == lines)
            try await town.discharge(stay)
            let settle = town.head("2304")
            let statement = try await town.agency.settle(town.request(stay), settle)
            #expect(try await town.agency.settle(town.request(stay), settle) == statement)
            let reversal = ReversalRequest(settlement: statement.bill.id, encounter: id, person: town.resident)
            let reversed = town.head("2305")
            let red = try await town.agency.reverse(reversal, reversed)
            #expect(try await town.agency.reverse(reversal, reversed) == red)
            #expect(try await town.number("SELECT COUNT(*) FROM settlement") == 2)
            #expect(try await town.verify() == [])
        }
    }

    @Test("Two hospitals settling for one person at the same moment both count", arguments: StoreKind.allCases)
    func twoHospitals(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            var visits: [(EncounterReference, String)] = []
            for index in 0..<16 {
                let provider = index % 2 == 0 ? town.hospital : town.otherHospital
                visits.append(
                    (try await town.visit(town.employee, at: provider, [town.line(22, 20, serial: "1")]), provider))
            }
            let settled = visits
            let statements = try await withThrowingTaskGroup(of: SettlementStatement.self) { group in
                for (visit, provider) in settled {
                    group.addTask { try await town.settle(visit, at: provider) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let year = try await town.year(of: town.employee)
            #expect(Money(fen: year[.outpatient]) == statements.map(\.bill.amounts.pool).total())
            #expect(Money(fen: year[.outpatientDeductible]) == statements.map(\.bill.amounts.deductible).total())
            // The deductible is the year's: it is paid once, whoever came first.
            #expect(statements.filter { $0.bill.amounts.deductible > .zero }.count < 16)
            let paid = statements.map(\.bill.amounts.account).total()
            #expect(try await town.balance(of: town.employee) == Money(fen: 200_000) - paid)
            let area = town.area
            let person = town.employee
            let chain = try await town.agency.store.read { tx in
                try SettlementDesk.yearChain(of: person, area, .employee, year: 2026, tx)
            }
            #expect(chain.count == 16)
            #expect(zip(chain, chain.dropFirst()).allSatisfy { $0.after == $1.before })
            #expect(try await town.verify() == [])
        }
    }

    @Test("A message reversed before it arrived is never carried out (2601)", arguments: StoreKind.allCases)
    func voided(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let request = town.purchase(town.employee, [town.line(0, 10, serial: "1")])
            let head = town.head("2102A", from: town.pharmacy)
            let undo = MessageReversal(person: town.employee, messageID: head.messageID, transaction: "2102A")
            let undoHead = town.head("2601", from: town.pharmacy)
            try await town.agency.reverseMessage(undo, undoHead)
            try await town.agency.reverseMessage(undo, undoHead)
            #expect(
                try await refusal { try await town.agency.purchase(request, head) } == ["settlement.message.voided"])
            #expect(try await town.number("SELECT COUNT(*) FROM settlement") == 0)
            #expect(try await town.verify() == [])
        }
    }

    @Test("A message reversed after it was carried out is taken back whole (2601)", arguments: StoreKind.allCases)
    func undone(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let head = town.head("2102A", from: town.pharmacy)
            _ = try await town.agency.purchase(town.purchase(town.employee, [town.line(0, 10, serial: "1")]), head)
            let undo = MessageReversal(person: town.employee, messageID: head.messageID, transaction: "2102A")
            try await town.agency.reverseMessage(undo, town.head("2601", from: town.pharmacy))
            #expect(try await town.balance(of: town.employee) == Money(fen: 200_000))
            #expect(try await town.year(of: town.employee) == YearToDate())
            let visit = try await town.visit(town.employee, [town.line(20, 1, serial: "1")])
            let upload = town.head("2204")
            _ = try await town.agency.uploadLines(
                FeeUpload(reference: visit, lines: [town.line(20, 2, serial: "2")]), upload)
            try await town.agency.reverseMessage(
                MessageReversal(person: town.employee, messageID: upload.messageID, transaction: "2204"),
                town.head("2601"))
            #expect(try await town.agency.feeLines(of: visit, town.head("5204")).map(\.serial) == ["1"])
            #expect(try await town.verify() == [])
        }
    }

    @Test("What is refused leaves every table as it was", arguments: StoreKind.allCases)
    func nothingHalfDone(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let visit = try await town.visit(town.employee, [town.line(20, 10, serial: "1")])
            let agency = town.agency
            let before = try await town.contents()
            var wrong = town.line(20, 10, serial: "2")
            wrong.line.amount = Money(fen: 1)
            var unknown = town.line(20, 10, serial: "3")
            unknown.line.itemCode = "009999999999999"
            let bad = [wrong, unknown, town.line(20, -1, serial: "4"), town.line(20, 1, serial: "2")]
            let codes = try await refusal {
                try await agency.uploadLines(FeeUpload(reference: visit, lines: bad), town.head("2204"))
            }
            #expect(
                Set(codes) == [
                    "settlement.line.product", "catalogue.item.unknown", "settlement.line.noOriginal",
                    "settlement.line.repeated",
                ])
            var request = town.request(visit)
            request.total = Money(yuan: 1)
            #expect(
                try await refusal { try await agency.settle(request, town.head("2207")) } == ["settlement.bill.total"])
            request.total = Money(yuan: 110)
            request.stated = StatedSplit(inScope: Money(yuan: 100))
            #expect(
                try await refusal { try await agency.settle(request, town.head("2207")) } == ["settlement.bill.split"])
            let again = FeeUpload(reference: visit, lines: [town.line(20, 1, serial: "1")])
            #expect(
                try await refusal { try await agency.uploadLines(again, town.head("2204")) } == [
                    "settlement.line.known"
                ])
            let tomorrow = FeeUpload(reference: visit, lines: [town.line(20, 1, serial: "9", on: day("2026-03-02"))])
            #expect(
                try await refusal { try await agency.uploadLines(tomorrow, town.head("2204")) } == [
                    "settlement.line.future"
                ])
            let much = FeeUpload(reference: visit, lines: [town.line(20, -11, serial: "9", refunds: "1")])
            #expect(
                try await refusal { try await agency.uploadLines(much, town.head("2204")) }
                    == ["settlement.line.refundTooMuch"])
            #expect(try await town.contents() == before)
        }
    }
}
