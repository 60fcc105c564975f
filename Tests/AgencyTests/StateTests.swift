import Agency
import Basics
import Benefits
import Contributions
import Control
import Enrolment
import Providers
import Settlement
import Storage
import TestKit
import Testing

/// What does not fit: the wrong state, the wrong provider, the wrong person, no entitlement.
@Suite("What does not fit is refused, with what to do instead")
struct StateTests {
    @Test("Each step in the wrong state", arguments: StoreKind.allCases)
    func wrongStates(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let agency = town.agency
            let state = ["settlement.encounter.state"]
            let stay = try await town.stay(town.resident, from: day("2026-02-20"), [town.line(20, 300, serial: "1")])
            #expect(try await refusal { try await town.settleStay(stay) } == state)
            #expect(try await refusal { try await agency.withdrawDischarge(stay, town.head("2405")) } == state)
            #expect(
                try await refusal { try await agency.cancelAdmission(stay, town.head("2404")) }
                    == ["settlement.encounter.hasLines"])
            #expect(try await refusal { try await agency.withdrawRegistration(stay, town.head("2202")) } == state)
            #expect(
                try await refusal {
                    try await town.stay(town.resident, at: town.otherHospital, from: day("2026-02-25"), [])
                }
                    == ["settlement.encounter.inHospital"])
            try await town.discharge(stay)
            #expect(try await refusal { try await town.discharge(stay) } == state)
            #expect(try await refusal { try await town.settleStay(stay, interim: true) } == state)
            #expect(try await refusal { try await agency.cancelAdmission(stay, town.head("2404")) } == state)
            try await agency.withdrawDischarge(stay, town.head("2405"))
            try await town.discharge(stay)
            let settled = try await town.settleStay(stay)
            #expect(try await refusal { try await town.settleStay(stay) } == state)
            #expect(try await refusal { try await agency.withdrawDischarge(stay, town.head("2405")) } == state)
            let more = FeeUpload(reference: stay, lines: [town.line(20, 1, serial: "2")])
            #expect(try await refusal { try await agency.uploadLines(more, town.head("2301")) } == state)
            let all = FeeWithdrawalRequest(reference: stay, scope: .all)
            #expect(try await refusal { try await agency.withdrawLines(all, town.head("2302")) } == state)
            _ = try await town.reverse(settled)
            #expect(try await refusal { try await town.reverse(settled) } == ["settlement.alreadyReversed"])
            try await agency.withdrawLines(all, town.head("2302"))
            #expect(try await refusal { try await town.settleStay(stay) } == ["settlement.bill.empty"])
            try await agency.withdrawDischarge(stay, town.head("2405"))
            try await agency.cancelAdmission(stay, town.head("2404"))
            #expect(try await refusal { try await agency.uploadLines(more, town.head("2301")) } == state)
            #expect(try await town.verify() == [])
        }
    }

    @Test("A registration with lines is withdrawn only after its lines", arguments: StoreKind.allCases)
    func withdrawal(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let visit = try await town.visit(town.resident, [town.line(20, 1, serial: "1", batch: "A")])
            let agency = town.agency
            #expect(
                try await refusal { try await agency.withdrawRegistration(visit, town.head("2202")) }
                    == ["settlement.encounter.hasLines"])
            try await agency.withdrawLines(
                FeeWithdrawalRequest(reference: visit, scope: .batch("A")), town.head("2205"))
            try await agency.withdrawRegistration(visit, town.head("2202"))
            #expect(
                try await refusal { try await agency.withdrawRegistration(visit, town.head("2202")) }
                    == ["settlement.encounter.state"])
            #expect(try await town.verify() == [])
        }
    }

    @Test("Another hospital's encounter, another person's, an unknown one", arguments: StoreKind.allCases)
    func strangers(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let visit = try await town.visit(town.resident, [town.line(20, 1, serial: "1")])
            #expect(
                try await refusal { try await town.settle(visit, at: town.otherHospital) }
                    == ["settlement.encounter.otherProvider"])
            let mistaken = EncounterReference(encounter: visit.encounter, person: town.employee)
            #expect(try await refusal { try await town.settle(mistaken) } == ["settlement.encounter.otherPerson"])
            let nowhere = EncounterReference(encounter: ID(99), person: town.resident)
            #expect(try await refusal { try await town.settle(nowhere) } == ["settlement.encounter.unknown"])
            let settled = try await town.settle(visit)
            #expect(
                try await refusal { try await town.reverse(settled, at: town.otherHospital) }
                    == ["settlement.otherProvider"])
            #expect(
                try await refusal {
                    try await town.agency.register(
                        town.registration(town.resident), town.head("2201", from: "H99010099999"))
                }
                    == ["providers.unknown"])
        }
    }

    @Test(
        "No entitlement, no registration: other insurance, suspension, an agreement that is suspended",
        arguments: StoreKind.allCases)
    func entitlement(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let agency = town.agency
            let area = town.area
            let employee = town.employee
            let other = town.registration(employee, insurance: .resident)
            #expect(
                try await refusal { try await agency.register(other, town.head("2201")) }
                    == ["enrolment.entitlement.otherInsurance"])
            let early = town.registration(employee, on: day("2019-12-31"))
            #expect(
                Set(try await refusal { try await agency.register(early, town.head("2201")) })
                    == ["enrolment.entitlement.notInsured", "providers.agreement.none"])
            let visit = try await town.visit(employee, [town.line(20, 1, serial: "1")])
            let at = town.clock.now
            let hospital = town.hospital
            try await agency.store.write { tx in
                let person = try Enrolment.requireInsured(tx, area: area, employee)
                try Enrolment.act(
                    tx, person: employee, spell: person.spells[0].id,
                    Spell.Act(kind: .suspended, day: day("2026-02-01"), reason: .arrears),
                    by: ActOrigin(area: area, actor: .system, at: at, ground: "欠费"))
            }
            #expect(try await refusal { try await town.settle(visit) } == ["enrolment.entitlement.suspended"])
            let findings = try await agency.checkEntitlement(
                EntitlementInquiry(person: employee, insurance: .employee, careType: .outpatient, begins: at.day),
                town.head("2001"))
            #expect(findings.map(\.isEntitled) == [false])
            let agreement = try await agency.providers(area)[hospital]!.agreements[0].id
            try await agency.store.write { tx in
                try Providers.act(
                    tx, area: area, agreement: agreement, Institution.Act(kind: .suspended, from: day("2026-03-01")),
                    by: .system, ground: "违规", at: at)
            }
            agency.refresh()
            #expect(
                try await refusal { try await agency.register(town.registration(town.resident), town.head("2201")) }
                    == ["providers.agreement.suspended"])
        }
    }

    @Test("A chronic disease is settled as one only while it is filed", arguments: StoreKind.allCases)
    func filing(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let agency = town.agency
            let visit = try await town.visit(town.employee, [town.line(0, 200, serial: "1", disease: "M03900")])
            var information = InformationGiven()
            information.careType = .chronicDisease
            information.diseaseCode = "M03900"
            try await agency.giveVisitInformation(
                VisitReport(reference: visit, information: information, diagnoses: [town.diagnosis]), town.head("2203"))
            #expect(try await refusal { try await town.settle(visit) } == ["settlement.filing.none"])
            let filing = FilingRequest(
                kind: .chronicDisease, person: town.employee, insurance: .employee, providerCode: town.hospital,
                providerName: "示例第一医院", code: "M03900", name: "高血压", first: day("2026-01-01"), last: nil)
            let id = try await agency.file(filing, town.head("2503"))
            #expect(
                try await refusal { try await agency.file(filing, town.head("2503")) } == ["settlement.filing.overlap"])
            let settled = try await town.settle(visit)
            // 200 × 4.23 = 846.00 in scope; the year's deductible of 300; 80 % at a third-tier hospital.
            #expect(settled.bill.amounts.deductible == Money(yuan: 300))
            #expect(settled.bill.amounts.pool == Money(fen: 43_680))
            #expect(settled.bill.diseaseCode == "M03900")
            let drugs = try await agency.chronicDrugLines(
                of: town.employee, from: day("2026-01-01"), through: day("2026-12-31"), town.head("5205"))
            #expect(drugs.map(\.serial) == ["1"])
            try await agency.withdrawFiling(
                FilingWithdrawalRequest(kind: .chronicDisease, filing: id, person: town.employee, ground: "误报"),
                town.head("2504"))
            #expect(try await agency.filings(of: town.employee, kind: .chronicDisease, town.head("5301")).isEmpty)
            #expect(try await town.verify() == [])
        }
    }
}
