import Basics
import Foundation
import Screening
import Testing

/// A rule that lacks its field does not fire, and the lack is counted.
@Suite struct MissingFieldTests {
    typealias Encounter = InventedExtract.Encounter
    typealias Line = InventedExtract.Line

    private let service = "001203000010000"

    private func stay(_ number: Int, _ begin: String, _ end: String, institution: String) -> Encounter {
        Encounter(
            id: "M\(number)", person: "P", begin: begin + " 08:00:00", end: end.isEmpty ? "" : end + " 10:00:00",
            institution: institution, diagnosis: "I10.x01", lines: [Line(item: service, at: begin + " 09:00:00")])
    }

    private func visit(_ number: Int, _ day: String, person: String = "P", institution: String) -> Encounter {
        Encounter(
            id: "V\(person)\(number)", person: person, medType: "11", begin: day + " 08:00:00", end: "",
            institution: institution, lines: [Line(item: service, at: day + " 08:30:00")])
    }

    private func screened(_ kind: String, _ encounters: [Encounter]) throws -> (found: Int, undecided: [String: String])
    {
        var extract = InventedExtract()
        extract.encounters = encounters
        let codes = Engine.knowledge.rules.filter { $0.kind?.rawValue == kind }.map(\.code)
        let tables = try Engine.tables(extract, ["findings.csv", "undecided.csv"])
        let undecided = tables[1].filter { codes.contains($0["rule_code"]) }
        return (
            tables[0].count { $0["kind"] == kind },
            Dictionary(undecided.map { ($0["reason"], $0["count"]) }, uniquingKeysWith: { one, _ in one })
        )
    }

    @Test func twoStaysWithoutInstitutionAreNotAtOne() throws {
        func stays(_ institution: String) -> [Encounter] {
            [
                stay(1, "2025-03-01", "2025-03-02", institution: institution),
                stay(2, "2025-03-05", "2025-03-06", institution: institution),
            ]
        }
        #expect(try screened("readmission", stays("H001")).found == 1)
        let missing = try screened("readmission", stays(""))
        #expect(missing.found == 0)
        #expect(missing.undecided == ["没有医疗机构代码": "2"])
    }

    /// Who was in hospital while elsewhere a fee arose: unknown where, or unknown until when, is not elsewhere.
    @Test func aVisitDuringAStayNeedsBothInstitutionsAndTheEnd() throws {
        func together(_ stay: String, _ visit: String, end: String = "2025-03-05") throws -> (Int, [String: String]) {
            try screened(
                "during_stay",
                [
                    self.stay(1, "2025-03-01", end, institution: stay),
                    self.visit(2, "2025-03-03", institution: visit),
                ])
        }
        let known = try together("H001", "H002")
        #expect(known.0 == 1)
        #expect(known.1.isEmpty)
        for (stay, visit) in [("", "H002"), ("H001", ""), ("", "")] {
            let missing = try together(stay, visit)
            #expect(missing.0 == 0)
            #expect(missing.1 == ["没有医疗机构代码": "1"])
        }
        let open = try together("H001", "H002", end: "")
        #expect(open.0 == 0)
        #expect(open.1 == ["没有出院日期": "1"])
        // At the same institution there is nothing to decide, however long the stay.
        #expect(try together("H001", "H001", end: "").1.isEmpty)
    }

    @Test func visitsWithoutInstitutionAreNotTogether() throws {
        func crowd(_ institution: String) -> [Encounter] {
            (1...5).flatMap { person in
                ["2025-03-03", "2025-03-10", "2025-03-17"].enumerated().map {
                    visit($0, $1, person: "P\(person)", institution: institution)
                }
            }
        }
        #expect(try screened("together", crowd("H001")).found == 1)
        let missing = try screened("together", crowd(""))
        #expect(missing.found == 0)
        #expect(missing.undecided == ["没有医疗机构代码": "15"])
    }

    @Test func maternityIsUndecidedWithoutWayOfCare() throws {
        func treated(_ medType: String) throws -> (Int, [String: String]) {
            var own = visit(1, "2025-03-01", institution: "H001")
            own.medType = medType
            own.sex = "2"
            own.lines[0].item = "XG02ADD082D003010179504"
            return try screened("insurance", [own])
        }
        #expect(try treated("11").0 == 1)
        #expect(try treated("52").0 == 0)
        let missing = try treated("")
        #expect(missing.0 == 0)
        #expect(missing.1 == ["医疗类别不在参数中": "1"])
    }

    /// Encounters that name no institution are no institution among others.
    @Test func noInstitutionIsNoOutlier() throws {
        func shares(_ odd: String) -> [Encounter] {
            (0..<40).map { number in
                var own = visit(
                    number, "2025-03-01", person: "P\(number)", institution: number == 0 ? odd : "H\(100 + number)")
                own.lines.append(own.lines[0])
                own.lines[0].more = ["med_chrgitm_type": number == 0 ? "09" : "05"]
                own.lines[1].more = ["med_chrgitm_type": "05"]
                return own
            }
        }
        #expect(try screened("indicator", shares("H001")).found > 0)
        let missing = try screened("indicator", shares(""))
        #expect(missing.found == 0)
        #expect(missing.undecided["没有医疗机构代码"] == "1")
    }

    /// An invalid row says nothing about how an extract writes its tiers.
    @Test func invalidRowsDoNotMixTheTiers() throws {
        let drug = Engine.knowledge.points.first { $0.demand == .tier(atLeast: 2) }!.items[0]
        func screened(valid: String) throws -> Int {
            var own = visit(1, "2025-03-01", institution: "H001")
            own.tier = "1"
            own.lines[0].item = drug
            var other = visit(2, "2025-03-01", person: "Q", institution: "H002")
            other.tier = "03"
            other.more["vali_flag"] = valid
            return try self.screened("tier", [own, other]).found
        }
        #expect(try screened(valid: "1") == 0)
        #expect(try screened(valid: "0") == 1)
    }
}
