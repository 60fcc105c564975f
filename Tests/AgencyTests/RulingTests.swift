import Agency
import Basics
import Control
import Settlement
import Storage
import Testing
import TestKit

@Suite("What the agency rules about a person's care")
struct RulingTests {
    /// 100 units of a 甲类 service at 11.00 yuan, after an accident.
    private func accident(_ town: Town, serial: String) async throws -> SettlementRow {
        let person = town.employee
        let id = try await town.agency.register(
            town.registration(person, care: .accidentOutpatient), town.head("2201"))
        let visit = EncounterReference(encounter: id, person: person)
        _ = try await town.agency.uploadLines(
            FeeUpload(reference: visit, lines: [town.line(20, 100, serial: serial)]), town.head("2204"))
        return try await town.settle(visit).bill
    }

    @Test("A third person's share is left out of what the fund reckons with", arguments: StoreKind.allCases)
    func liability(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (area, person, now) = (town.area, town.employee, town.clock.now)
            try await town.agency.store.write { tx in
                try SettlementDesk.rule(
                    tx, area: area, .liability, person: person, period: Period(from: now.day, through: now.day + 30)!,
                    share: Rate(partsPerMillion: 600_000), matter: ID(1), by: .staff(ID(7)), at: now)
            }
            // 1,100 yuan in scope; 60 % is the third person's, so that 440 yuan meet the deductible of the year.
            let bill = try await accident(town, serial: "A1")
            #expect(bill.amounts.total == Money(fen: 110_000))
            #expect(bill.amounts.deductible == Money(fen: 44_000))

            // The day after its last day the ruling no longer holds.
            town.clock.now = Moment(now.day + 31, hour: 9)
            let later = try await accident(town, serial: "A2")
            #expect(later.amounts.deductible + later.amounts.pool > Money(fen: 44_000))
        }
    }

    @Test(
        "One ruling of a kind at a time; a withdrawn one gives way; all of it is proved", arguments: StoreKind.allCases)
    func overlap(_ kind: StoreKind) async throws {
        try await withTown(kind) { town in
            let (area, person, now) = (town.area, town.employee, town.clock.now)
            let days = Period(from: now.day, through: nil)!
            let store = town.agency.store
            let first = try await store.write { tx in
                try SettlementDesk.rule(
                    tx, area: area, .remoteResidence, person: person, period: days, division: AreaCode(110_000),
                    matter: ID(1), by: .staff(ID(7)), at: now)
            }
            let refused = await #expect(throws: Problem.self) {
                try await store.write { tx in
                    try SettlementDesk.rule(
                        tx, area: area, .remoteResidence, person: person, period: days, division: AreaCode(310_000),
                        matter: ID(2), by: .staff(ID(7)), at: now)
                }
            }
            #expect(refused?.code == "settlement.ruling.overlap")
            try await store.write { tx in
                try SettlementDesk.withdrawRuling(
                    tx, area: area, first, ground: "迁回本地居住", matter: ID(3), by: .staff(ID(7)), at: now)
                try SettlementDesk.rule(
                    tx, area: area, .remoteResidence, person: person, period: days, division: AreaCode(310_000),
                    matter: ID(4), by: .staff(ID(7)), at: now)
            }
            let standing = try await store.read { tx in
                try SettlementDesk.rulings(tx, area: area, of: person, .remoteResidence)
            }
            #expect(standing.map(\.division) == [AreaCode(310_000)])
            let problems = try await store.read { tx in try Agency.verifier(area).run(tx).problems.all }
            #expect(problems.isEmpty, "\(problems)")
        }
    }
}
