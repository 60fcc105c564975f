import Agency
import Basics
import Control
import Demonstration
import Enrolment
import Settlement
import Storage
import TestKit
import Testing

/// What a visit's registration and the law say decides how it is settled.
@Suite("What is known of a visit, at its settlement")
struct VisitFactsTests {
    private func stay(
        _ town: Town, diagnosis: String, from begin: String, to end: String, _ quantity: Int64 = 500
    ) async throws -> SettlementRow {
        town.clock.now = Moment(day(end), hour: 10)
        var registration = town.registration(town.employee, care: .inpatient, on: day(begin))
        registration.information.diagnosisCode = diagnosis
        let admission = Admission(registration: registration, diagnoses: [town.diagnosis])
        let id = try await town.agency.admit(admission, town.head("2401"))
        let reference = EncounterReference(encounter: id, person: town.employee)
        let line = town.line(20, quantity, serial: "1", on: day(begin) + 1)
        _ = try await town.agency.uploadLines(FeeUpload(reference: reference, lines: [line]), town.head("2301"))
        try await town.discharge(reference)
        return try await town.settleStay(reference).bill
    }

    @Test(
        "A second stay for chemotherapy owes no deductible; one for pneumonia owes the second stay's",
        arguments: StoreKind.allCases)
    func chemotherapy(_ kind: StoreKind) async throws {
        for (diagnosis, deductible) in [("Z51.102", 0), ("J18.900", 500)] as [(String, Int64)] {
            try await withTown(kind) { town in
                let first = try await stay(town, diagnosis: diagnosis, from: "2026-03-02", to: "2026-03-09")
                #expect(first.amounts.deductible == Money(yuan: 1000))
                let second = try await stay(town, diagnosis: diagnosis, from: "2026-03-16", to: "2026-03-20")
                #expect(second.amounts.deductible == Money(yuan: deductible))
                #expect(try await town.verify() == [])
            }
        }
    }

    @Test(
        "An emergency declared a rescue is settled as a stay, another one as an outpatient visit",
        arguments: StoreKind.allCases)
    func rescue(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            // 2,200 yuan: a stay in the third tier owes 1,000 first, an emergency 600.
            let declared: [(extra: String, deductible: Int64)] = [
                (#"{"exp_content":{"resc_flag":"1"}}"#, 1000), (#"{"exp_content":{"resc_flag":"0"}}"#, 600),
            ]
            for (extra, deductible) in declared {
                var registration = town.registration(town.employee, care: .emergency)
                registration.information.extra = extra
                let id = try await town.agency.register(registration, town.head("2201"))
                let visit = EncounterReference(encounter: id, person: town.employee)
                _ = try await town.agency.uploadLines(
                    FeeUpload(reference: visit, lines: [town.line(20, 200, serial: "1")]), town.head("2204"))
                let preview = try await town.agency.presettle(town.request(visit), town.head("2206"))
                #expect(preview.bill.amounts.deductible == Money(yuan: deductible), "\(extra)")
            }
        }
    }

    @Test(
        "Where the large amount is insured separately, only a spell of insurance 330 brings it",
        arguments: StoreKind.allCases)
    func largeAmount(_ kind: StoreKind) async throws {
        let cap = ("value: 250000", "value: 2000")
        let separate = ("value: 随职工医保参加", "value: 单独参保")
        let kinds: [(law: [(String, String)], isInsured: Bool, hasIt: Bool)] = [
            ([cap], false, true), ([cap, separate], false, false), ([cap, separate], true, true),
        ]
        for large in kinds {
            try await withTown(kind, law: large.law) { town in
                if large.isInsured { try await insureLargeAmount(town) }
                let bill = try await stay(town, diagnosis: "J18.900", from: "2026-03-02", to: "2026-03-09")
                #expect(bill.amounts.pool == Money(yuan: 2000))
                #expect((bill.amounts.largeAmount > .zero) == large.hasIt)
                #expect(try await town.verify() == [])
            }
        }
    }

    private func insureLargeAmount(_ town: Town) async throws {
        let insured = town.house.people.first { $0.id == town.employee }!
        let category = PersonCategory.employed.rawValue
        let sheet = try Enrolment.readSpells(
            "psn_cert_type,certno,insutype,psn_type,begndate,enddate\n01,\(insured.certificate),330,\(category),2026-01-01,\n",
            file: "spells.csv")
        let origin = ImportOrigin(area: town.area, actor: .system, at: town.clock.now)
        try await town.agency.store.write { tx in _ = try Enrolment.importSpells(tx, sheet, by: origin) }
    }

    @Test(
        "An amount may differ from price × quantity by what the law allows, and by no more",
        arguments: StoreKind.allCases)
    func tolerance(_ kind: StoreKind) async throws {
        let law = ("第六条\n        value: 0.00", "第六条\n        value: 0.02")
        try await withTown(kind, law: [law]) { town in
            var line = town.line(20, 10, serial: "1")
            line.line.amount += Money(fen: 3)
            let refused = try await refusal { try await town.visit(town.resident, [line]) }
            #expect(refused == ["settlement.line.product"])
            line.line.amount -= Money(fen: 1)
            let visit = try await town.visit(town.resident, [line])
            let bill = try await town.settle(visit).bill
            #expect(bill.amounts.total == Money(fen: 11_002))
            #expect(try await town.verify() == [])
        }
        try await withTown(kind) { town in
            var line = town.line(20, 10, serial: "1")
            line.line.amount -= Money(fen: 1)
            let refused = try await refusal { try await town.visit(town.resident, [line]) }
            #expect(refused == ["settlement.line.product"])
        }
    }
}
