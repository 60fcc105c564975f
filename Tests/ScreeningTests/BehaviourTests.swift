import Basics
import Foundation
import Screening
import Testing

/// Tables of situations for the kinds that judge behaviour: each with its boundary.
@Suite struct BehaviourTests {
    typealias Encounter = InventedExtract.Encounter
    typealias Line = InventedExtract.Line

    /// A run over several independent situations, each its own person; which persons are found by a kind.
    private func persons(
        _ kind: String, _ situations: [[Encounter]], change: (inout InventedExtract) -> Void = { _ in }
    ) throws -> [Int] {
        var extract = InventedExtract()
        for (number, situation) in situations.enumerated() {
            for (index, encounter) in situation.enumerated() {
                var own = encounter
                own.person = "P\(number)"
                own.id = "M\(number)-\(index)"
                extract.encounters.append(own)
            }
        }
        change(&extract)
        let found = try Engine.run(extract).filter { $0.kind == kind }
        return Set(found.compactMap { Int($0.person.dropFirst()) }).sorted()
    }

    private func visit(_ begin: String, type: String = "11", lines: [Line] = [], diagnosis: String = "I10") -> Encounter
    {
        Encounter(id: "", person: "", medType: type, begin: begin, end: begin, diagnosis: diagnosis, lines: lines)
    }

    private func stay(
        _ begin: String, _ end: String, institution: String = "H001", diagnosis: String = "I10", lines: [Line] = []
    ) -> Encounter {
        Encounter(
            id: "", person: "", begin: begin + " 09:00:00", end: end + " 10:00:00", institution: institution,
            diagnosis: diagnosis,
            lines: lines)
    }

    @Test func staysOutsideTheirDays() throws {
        let during = Line(item: "002501010010000", at: "2025-03-01 01:00:00")
        let before = Line(item: "002501010010000", at: "2025-02-28 23:59:59")
        let last = Line(item: "002501010010000", at: "2025-03-05 23:00:00")
        let after = Line(item: "002501010010000", at: "2025-03-06 00:00:00")
        var emergency = stay("2025-03-01", "2025-03-05", lines: [before])
        emergency.medType = "24"
        let situations =
            [[during], [before], [last], [after]].map { [stay("2025-03-01", "2025-03-05", lines: $0)] } + [[emergency]]
        #expect(try persons("stay_date", situations) == [1, 3])
    }

    @Test func bedDaysBeyondTheStay() throws {
        func bed(_ quantity: String, days: Int) -> [Encounter] {
            [
                stay(
                    "2025-03-01", "2025-03-0\(1 + days)",
                    lines: [Line(item: "001109000010000", at: "2025-03-01 10:00:00", quantity: quantity, price: "40")])
            ]
        }
        #expect(
            try persons("bed_days", [bed("4", days: 4), bed("5", days: 4), bed("1", days: 0), bed("1.5", days: 0)]) == [
                1, 3,
            ])
        var extract = InventedExtract()
        extract.encounters = bed("6.5", days: 4)
        extract.encounters[0].id = "M"
        extract.encounters[0].person = "P"
        let found = try Engine.run(extract).filter { $0.kind == "bed_days" }
        #expect(found.map(\.amount) == ["100.00"])
        // 60 of 100 yuan were paid by the fund.
        #expect(found.map(\.fund) == ["60.00"])
    }

    @Test func readmissionWithinTenDays() throws {
        func twice(_ second: String, diagnosis: String = "I10.x01", institution: String = "H001") -> [Encounter] {
            [
                stay("2025-03-01", "2025-03-05", diagnosis: "I10.x00"),
                stay(second, "2025-04-20", institution: institution, diagnosis: diagnosis),
            ]
        }
        let situations = [
            twice("2025-03-05"), twice("2025-03-15"), twice("2025-03-16"), twice("2025-03-10", diagnosis: "J18"),
            twice("2025-03-10", institution: "H002"),
            [
                stay("2025-03-01", "2025-03-05", diagnosis: "Z51.1"),
                stay("2025-03-10", "2025-03-12", diagnosis: "Z51.1"),
            ],
        ]
        #expect(try persons("readmission", situations) == [0, 1])
    }

    @Test func overlappingStaysShareADay() throws {
        let situations = [
            [stay("2025-03-01", "2025-03-05"), stay("2025-03-05", "2025-03-09", institution: "H002")],
            [stay("2025-03-01", "2025-03-05"), stay("2025-03-04", "2025-03-09", institution: "H002")],
            [stay("2025-03-01", "2025-03-09"), stay("2025-03-04", "2025-03-05")],
        ]
        #expect(try persons("overlap_stay", situations) == [1, 2])
    }

    @Test func visitsStrictlyWithinAStayElsewhere() throws {
        func within(_ day: String, institution: String = "H002", type: String = "11") -> [Encounter] {
            var other = visit(
                "\(day) 09:00:00", type: type, lines: [Line(item: "002501010010000", at: "\(day) 09:00:00")])
            other.institution = institution
            return [stay("2025-03-01", "2025-03-05"), other]
        }
        let situations = [
            within("2025-03-01"), within("2025-03-02"), within("2025-03-04", type: "41"), within("2025-03-05"),
            within("2025-03-03", institution: "H001"),
        ]
        #expect(try persons("during_stay", situations) == [1, 2])
    }

    @Test func feesAfterDeath() throws {
        func died(_ day: String) -> [Encounter] {
            var own = visit("2025-03-01 09:00:00", lines: [Line(item: "002501010010000", at: "2025-03-02 09:00:00")])
            own.more["die_date"] = day
            return [own]
        }
        #expect(try persons("after_death", [died("2025-03-01"), died("2025-03-02")]) == [0])
    }

    @Test func tooOften() throws {
        func visits(_ count: Int, type: String, step: Int) -> [Encounter] {
            (0..<count).map {
                visit(
                    Moment(seconds: Int64(Day("2025-03-01")!.number) * 86_400 + Int64($0 * step) + 60).description,
                    type: type)
            }
        }
        let situations = [
            visits(4, type: "11", step: 3600), visits(5, type: "11", step: 3600), visits(4, type: "41", step: 60),
            visits(5, type: "41", step: 60),
            visits(30, type: "14", step: 80_000), visits(31, type: "14", step: 80_000),
            visits(16, type: "41", step: 80_000),
        ]
        #expect(try persons("frequency", situations) == [1, 3, 5, 6])
        func stays(_ count: Int) -> [Encounter] {
            (1...count).map { stay("2025-\($0 < 10 ? "0" : "")\($0)-01", "2025-\($0 < 10 ? "0" : "")\($0)-02") }
        }
        #expect(try persons("frequency", [stays(6), stays(7)]) == [1])
    }

    @Test func hangingBedsByHalfTheDays() throws {
        func idle(_ active: [Int], days: Int) -> [Encounter] {
            let nursing = (0..<days).map {
                Line(item: "001201000030000", at: "2025-03-0\(1 + $0) 09:00:00", more: ["med_chrgitm_type": "07"])
            }
            let others = active.map {
                Line(item: "002501010010000", at: "2025-03-0\(1 + $0) 10:00:00", more: ["med_chrgitm_type": "04"])
            }
            return [stay("2025-03-01", "2025-03-0\(1 + days)", lines: nursing + others)]
        }
        // Of four days two idle is half; the day of discharge does not count; two days are too short.
        let situations = [
            idle([0, 1], days: 4), idle([0, 1, 2], days: 4), idle([0, 4], days: 4), idle([], days: 2),
            idle([0], days: 3),
        ]
        #expect(try persons("hanging_bed", situations) == [0, 2, 4])
    }

    @Test func fivePersonsOnTheSameThreeDays() throws {
        func crowd(_ persons: Int, _ days: [Int], from: Int, diagnosis: String = "I10") -> [[Encounter]] {
            (0..<persons).map { _ in
                days.map { day in
                    var own = visit("2025-0\(from)-\(10 + day) 09:00:00", diagnosis: diagnosis)
                    own.institution = "H10\(from)"
                    return own
                }
            }
        }
        let situations =
            crowd(5, [0, 3, 7], from: 1) + crowd(4, [0, 3, 7], from: 2) + crowd(5, [0, 3], from: 3)
            + crowd(5, [1, 2, 3], from: 4, diagnosis: "N18.5")
        #expect(try persons("together", situations) == [4])
    }

    @Test func codesAgainstThePerson() throws {
        func coded(_ sex: String, _ code: String, birth: String = "1985-01-01") -> [Encounter] {
            var own = visit("2025-03-01 09:00:00", diagnosis: code)
            own.sex = sex
            own.birth = birth
            return [own]
        }
        let sexes = [
            coded("1", "O80.000"), coded("2", "O80.000"), coded("2", "N40.x00"), coded("1", "N51.8"),
            coded("1", "N69.9"), coded("9", "O80"),
        ]
        #expect(try persons("diagnosis_sex", sexes) == [0, 2])
        let ages = [
            coded("1", "P59.9", birth: "2025-02-01"), coded("1", "P59.9", birth: "2025-01-31"),
            coded("1", "Q20", birth: "1985-01-01"),
        ]
        #expect(try persons("diagnosis_age", ages) == [1])
        // A diagnosis of sex development leaves sex undecided.
        #expect(
            try persons("diagnosis_sex", [coded("1", "O80.000")]) { $0.diagnoses = [("M0-0", "P0", "Q96.0")] } == [])
        #expect(
            try persons("procedure_sex", [coded("1", "I10"), coded("2", "I10")]) {
                $0.procedures = [("M0-0", "P0", "68.4900"), ("M1-0", "P1", "68.4900")]
            } == [0])
    }

    @Test func recordsThatProveThemselvesWrong() throws {
        func line(_ amount: String, item: String = "002501010010000") -> [Encounter] {
            [
                visit(
                    "2025-03-01 09:00:00",
                    lines: [Line(item: item, at: "2025-03-01 09:00:00", quantity: "3", price: "1.333", amount: amount)])
            ]
        }
        var reversed = visit("2025-03-02 09:00:00")
        reversed.end = "2025-03-01 09:00:00"
        var sex = visit("2025-03-02 09:00:00")
        sex.sex = "X"
        let situations = [
            line("4.00"), line("4.01"), line("4.02"), line("4.00", item: ""), line("4.00", item: "0025"), [reversed],
            [sex],
        ]
        #expect(try persons("record", situations) == [2, 3, 4, 5, 6])
    }

    @Test func uploadsAfterADay() throws {
        func uploaded(_ at: String, fee: String = "2025-03-01 09:00:00") -> [Encounter] {
            [visit("2025-03-01 09:00:00", lines: [Line(item: "002501010010000", at: fee, more: ["crte_time": at])])]
        }
        let situations = [
            uploaded("2025-03-02 09:00:00"), uploaded("2025-03-02 09:00:01"),
            uploaded("2025-03-09 09:00:00", fee: "2025-03-01"),
        ]
        #expect(try persons("late_upload", situations) == [1])
    }

    @Test func kindsOnAPrescription() throws {
        func drugs(_ count: Int, prescription: String = "R1", type: String = "11") -> [Encounter] {
            let lines = (0..<count).map {
                Line(
                    item: "XC09AAA100A001010110\($0 + 100)", at: "2025-03-01 09:00:00",
                    more: ["rx_drord_no": prescription, "list_type": "101"])
            }
            return [visit("2025-03-01 09:00:00", type: type, lines: lines)]
        }
        #expect(try persons("kinds", [drugs(5), drugs(6), drugs(6, prescription: ""), drugs(6, type: "21")]) == [1])
    }

    @Test func herbsThatMustNotMeet() throws {
        func herbs(_ names: [String], prescriptions: [String] = ["R", "R"]) -> [Encounter] {
            let lines = zip(names, prescriptions).enumerated().map { number, pair in
                Line(
                    item: "T88880000\(number)", at: "2025-03-01 09:00:00",
                    more: ["hilist_name": pair.0, "rx_drord_no": pair.1])
            }
            return [visit("2025-03-01 09:00:00", lines: lines)]
        }
        let situations = [
            herbs(["炙甘草", "醋甘遂"]), herbs(["炙甘草", "当归"]), herbs(["炙甘草", "醋甘遂"], prescriptions: ["R", "S"]),
            herbs(["公丁香", "郁金"]),
            herbs(["人参片", "灵脂米"]), herbs(["法半夏", "黑顺片"]), herbs(["土贝母", "川乌"]),
        ]
        #expect(try persons("herbal_incompatible", situations) == [0, 3, 4, 5])
    }

    @Test func twoDrugsOfOneClass() throws {
        func drugs(_ second: String, at: String, days: String = "") -> [Encounter] {
            [
                visit(
                    "2025-03-01 09:00:00",
                    lines: [
                        Line(
                            item: "XC09AAA100A001010110001", at: "2025-03-01 09:00:00", price: "30",
                            more: ["prd_days": days])
                    ]),
                visit(at, lines: [Line(item: second, at: at, price: "20")]),
            ]
        }
        let other = "XC09AAB200A001010110001"
        let situations = [
            drugs(other, at: "2025-03-01 10:00:00"), drugs(other, at: "2025-03-02 10:00:00"),
            drugs(other, at: "2025-03-07 10:00:00", days: "7"),
            drugs(other, at: "2025-03-08 10:00:00", days: "7"),
            drugs("XC09AAA100B001010110001", at: "2025-03-01 10:00:00"),
            drugs("XC09ABA200A001010110001", at: "2025-03-01 10:00:00"),
        ]
        #expect(try persons("same_class", situations) == [0, 2])
    }

    @Test func capsRunOnlyForANamedArea() throws {
        let knowledge = try KnowledgeBase(folder: KnowledgeBase.standardFolder(), capsArea: "610000")
        // 普通门诊诊查费: 8.00 at tier 3, 6.50 at tier 2.
        func charged(_ price: String, tier: String) -> Encounter {
            var own = visit(
                "2025-03-01 09:00:00",
                lines: [Line(item: "001102000010000", at: "2025-03-01 09:00:00", quantity: "2", price: price)])
            own.tier = tier
            own.id = "\(price)-\(tier)"
            own.person = own.id
            return own
        }
        var extract = InventedExtract()
        extract.encounters = [charged("8", tier: "3"), charged("8.01", tier: "3"), charged("8", tier: "2")]
        let found = try Engine.run(extract, knowledge: knowledge).filter { $0.kind == "cap" }
        #expect(found.map { "\($0.person) \($0.amount)" } == ["8-2 3.00", "8.01-3 0.02"])
        #expect(try Engine.run(extract).filter { $0.kind == "cap" }.isEmpty)
    }

    // MARK: What is left out

    @Test func refundsCancelFindings() throws {
        let item = "001102000040000"  // 门急诊留观诊查费: once a day
        func used(_ lines: [Line]) -> [Encounter] { [visit("2025-03-01 09:00:00", lines: lines)] }
        func line(_ quantity: String, _ second: Int, id: String, of: String = "", price: String = "10") -> Line {
            Line(
                item: item, at: "2025-03-01 09:00:0\(second)", quantity: quantity, price: price, id: id,
                more: ["init_feedetl_sn": of])
        }
        let situations = [
            used([line("1", 0, id: "a"), line("1", 1, id: "b")]),
            used([line("1", 0, id: "c"), line("1", 1, id: "d"), line("-1", 2, id: "e")]),
            used([line("1", 0, id: "f"), line("1", 1, id: "g"), line("-1", 2, id: "h", of: "f")]),
            // Earlier than what it would take back: it takes nothing.
            used([line("-1", 0, id: "i"), line("1", 1, id: "j"), line("1", 2, id: "k")]),
            // Another price: another charge.
            used([line("1", 0, id: "l"), line("1", 1, id: "m"), line("-1", 2, id: "n", price: "9")]),
        ]
        #expect(try persons("quantity", situations) == [0, 3, 4])
    }

    @Test func theNewestRowOfAnIDStays() throws {
        func row(_ quantity: String, _ updated: String, valid: String = "1") -> Line {
            Line(
                item: "001102000040000", at: "2025-03-01 09:00:00", quantity: quantity, id: "x",
                more: ["updt_time": updated, "vali_flag": valid])
        }
        func visits(_ lines: [Line], _ id: String) -> [Encounter] {
            [
                visit(
                    "2025-03-01 09:00:00",
                    lines: lines.map { line in
                        var line = line
                        line.id = id
                        return line
                    })
            ]
        }
        let situations = [
            visits([row("2", "2025-03-01 10:00:00"), row("1", "2025-03-01 11:00:00")], "a"),
            visits([row("1", "2025-03-01 10:00:00"), row("2", "2025-03-01 11:00:00")], "b"),
            visits([row("2", "2025-03-01 10:00:00"), row("2", "2025-03-01 11:00:00", valid: "0")], "c"),
        ]
        #expect(try persons("quantity", situations) == [1])
    }

    @Test func cancelledSettlementsTakeTheirLinesAlong() throws {
        func used() -> [Encounter] {
            [
                visit(
                    "2025-03-01 09:00:00",
                    lines: [Line(item: "001102000040000", at: "2025-03-01 09:00:00", quantity: "2")])
            ]
        }
        let found = try persons("quantity", [used(), used(), used()]) { extract in
            extract.extraSettlements = [
                // A red settlement that names the first, and a refunded one of the second person.
                [
                    "setl_id": "R", "mdtrt_id": "M0-0", "psn_no": "P0", "init_setl_id": "SM0-0",
                    "medfee_sumamt": "-100", "fund_pay_sumamt": "-60", "refd_setl_flag": "1", "vali_flag": "1",
                ],
                [
                    "setl_id": "SM1-0", "mdtrt_id": "M1-0", "psn_no": "P1", "medfee_sumamt": "100",
                    "fund_pay_sumamt": "60", "refd_setl_flag": "1", "vali_flag": "1", "updt_time": "2025-05-01",
                ],
            ]
        }
        #expect(found == [2])
    }
}
