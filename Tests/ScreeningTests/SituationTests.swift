import Basics
import Foundation
import Testing

@testable import Screening

/// Tables of situations with their boundaries, reckoned by hand from the meaning of each kind: surgery at a discount,
/// outpatient courses, herbs that are not paid alone, outliers of few institutions, the age of retirement.
@Suite struct SituationTests {
    typealias Line = InventedExtract.Line
    typealias Encounter = InventedExtract.Encounter

    private static let tables = [
        "points.csv": """
        point_id,rule_code,item_name,parameters
        OA,GZ10000102002000,甲术,group=示例手术
        OB,GZ10000102002000,乙术,group=示例手术
        OC,GZ10000102002000,丙术,group=示例手术
        DAYS,GZ10000102010000,甲治疗,max_days=2
        SPAN,GZ10000102010000,乙治疗,span_days=60
        SINGLE,GZ10000101004000,甲饮片,
        NONE,GZ10000101003000,乙饮片,
        WORK,YB-2025-29,职工体检,working_age=1

        """,
        "point_items.csv": """
        point_id,item_code
        OA,009900000010000
        OA,009900000010100
        OB,009900000020000
        OC,009900000030000
        DAYS,009900000040000
        SPAN,009900000050000
        SINGLE,T990000001
        NONE,T990000002
        WORK,009900000060000

        """,
        "caps/999999.csv": """
        item_code,cap_tier3,cap_tier2,cap_tier1
        009900000010000,1000,1000,1000
        009900000010100,400,400,400
        009900000020000,600,600,600
        009900000030000,600,600,600

        """,
        "dose.csv": "rule_code,point_id,item_code,max_days\nGZ10000101009000,SUPPLY,X9,7\n",
    ]

    private func knowledge(caps: String? = nil) throws -> KnowledgeBase {
        let extra = Engine.folder()
        defer { try? FileManager.default.removeItem(at: extra) }
        for (name, text) in Self.tables {
            let file = extra.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return try KnowledgeBase(folder: KnowledgeBase.standardFolder(), extra: extra, capsArea: caps)
    }

    /// Each situation is a person of its own.
    private func extract(_ situations: [(name: String, encounters: [Encounter])]) -> InventedExtract {
        var extract = InventedExtract()
        for (name, encounters) in situations {
            for (number, encounter) in encounters.enumerated() {
                var own = encounter
                own.person = name
                own.id = "\(name)-\(number + 1)"
                extract.encounters.append(own)
            }
        }
        return extract
    }

    private func visit(_ lines: [Line], at day: String = "2025-03-01", type: String = "11") -> Encounter {
        Encounter(
            id: "", person: "", medType: type, begin: "\(day) 08:00:00", end: "\(day) 09:00:00", diagnosis: "I10",
            lines: lines)
    }

    private func item(_ code: String, _ day: String = "2025-03-01", quantity: String = "1", price: String = "10")
        -> Line
    {
        Line(item: code, at: "\(day) 08:30:00", quantity: quantity, price: price)
    }

    // MARK: discount

    @Test func surgeryAtADiscount() throws {
        let (a, a2) = ("009900000010000", "009900000010100")
        let (b, c) = ("009900000020000", "009900000030000")
        func operated(_ lines: [Line]) -> [Encounter] { [visit(lines, type: "21")] }
        func fee(_ code: String, _ price: String, quantity: String = "1", day: String = "2025-03-01") -> Line {
            item(code, day, quantity: quantity, price: price)
        }
        let situations = [
            // Half of the cap of 600 yuan, and one fen more.
            (name: "half", encounters: operated([fee(a, "1000"), fee(b, "300")])),
            (name: "fen", encounters: operated([fee(a, "1000"), fee(b, "300.01")])),
            // Half an operation counts as one, one and a half as two.
            (name: "half-op", encounters: operated([fee(a, "1000"), fee(b, "600", quantity: "0.5")])),
            (name: "half-op-more", encounters: operated([fee(a, "1000"), fee(b, "602", quantity: "0.5")])),
            (name: "one-and-half", encounters: operated([fee(a, "1000"), fee(b, "400", quantity: "1.5")])),
            (name: "one-and-half-more", encounters: operated([fee(a, "1000"), fee(b, "401", quantity: "1.5")])),
            // The dearest: of equal ones the smaller code; else by what one operation cost, half of one as one.
            (name: "tie", encounters: operated([fee(c, "500"), fee(b, "500")])),
            (name: "each", encounters: operated([fee(b, "400", quantity: "2"), fee(a, "500")])),
            (name: "half-is-cheaper", encounters: operated([fee(b, "1000", quantity: "0.5"), fee(c, "600")])),
            // Two items of one operation are no second operation; nor is one of another day.
            (name: "same", encounters: operated([fee(a, "1000"), fee(a2, "900")])),
            (name: "days", encounters: operated([fee(a, "1000"), fee(b, "600", day: "2025-03-02")])),
            // An operation of two items, charged once each: both amounts against twice the greatest cap.
            (name: "two-items", encounters: operated([fee(b, "1100"), fee(a, "700"), fee(a2, "300")])),
            (name: "two-items-more", encounters: operated([fee(b, "1100"), fee(a, "700"), fee(a2, "301")])),
        ]
        let found = try Engine.run(extract(situations), knowledge: knowledge(caps: "999999"))
            .filter { $0.kind == "discount" }.map { "\($0.person) \($0.lines) \($0.amount)" }
        #expect(
            found.sorted() == [
                "each each-1-1 200.00", "fen fen-1-2 0.01", "half-is-cheaper half-is-cheaper-1-1 200.00",
                "half-op-more half-op-more-1-2 1.00", "one-and-half-more one-and-half-more-1-2 1.50",
                "tie tie-1-1 200.00", "two-items-more two-items-more-1-2;two-items-more-1-3 1.00",
            ])
        // Without price caps nothing tells how much is allowed: the line as a whole.
        let uncapped = try Engine.run(extract(Array(situations.prefix(1))), knowledge: knowledge())
            .filter { $0.kind == "discount" }.map { "\($0.person) \($0.lines) \($0.amount)" }
        #expect(uncapped == ["half half-1-2 300.00"])
    }

    // MARK: course

    @Test func outpatientCoursesEndAfterThirtyDays() throws {
        func days(_ item: String, _ days: [String]) -> [Encounter] { days.map { visit([self.item(item, $0)], at: $0) } }
        let (counted, spanned) = ("009900000040000", "009900000050000")
        var stay = visit([item(counted, "2025-01-01"), item(counted, "2025-01-02")], at: "2025-01-01", type: "21")
        stay.end = "2025-01-03 09:00:00"
        var elsewhere = days(counted, ["2025-01-01", "2025-01-31", "2025-03-02"])
        elsewhere[1].institution = "H002"
        let situations = [
            // 30 days from one to the next: one course of three days, where two are paid.
            (name: "thirty", encounters: days(counted, ["2025-01-01", "2025-01-31", "2025-03-02"])),
            (name: "thirty-one", encounters: days(counted, ["2025-01-01", "2025-02-01", "2025-03-04"])),
            (name: "broken", encounters: days(counted, ["2025-01-01", "2025-01-31", "2025-03-03"])),
            // Twice on one day is one day; another institution's day belongs to the course.
            (name: "same-day", encounters: days(counted, ["2025-01-01", "2025-01-31", "2025-01-31"])),
            (name: "elsewhere", encounters: elsewhere),
            // A stay is a course of its own.
            (name: "stay", encounters: [stay] + days(counted, ["2025-01-04", "2025-01-05"])),
            (name: "sixty", encounters: days(spanned, ["2025-01-01", "2025-01-31", "2025-03-01"])),
            (name: "sixty-one", encounters: days(spanned, ["2025-01-01", "2025-01-31", "2025-03-02"])),
        ]
        let found = try Engine.run(extract(situations), knowledge: knowledge()).filter { $0.kind == "course" }
        #expect(
            found.map { "\($0.person) \($0.day) \($0.lines)" }.sorted() == [
                "elsewhere 2025-03-02 elsewhere-3-1", "sixty-one 2025-03-02 sixty-one-3-1",
                "thirty 2025-03-02 thirty-3-1",
            ])
    }

    // MARK: herbs

    @Test func herbsThatAreNotPaidAlone() throws {
        let (single, none, other) = ("T990000001", "T990000002", "T990000003")
        func herb(_ code: String, prescription: String = "R1", day: String = "2025-03-01", inScope: String = "10")
            -> Line
        {
            var line = item(code, day)
            line.inScope = inScope
            line.more = ["list_type": "103", "rx_drord_no": prescription]
            return line
        }
        let situations = [
            (name: "alone", encounters: [visit([herb(single)])]),
            (name: "mixed", encounters: [visit([herb(single), herb(none)])]),
            (name: "never-paid", encounters: [visit([herb(none)])]),
            (name: "compound", encounters: [visit([herb(single), herb(none), herb(other)])]),
            // 颗粒: a code of twenty characters is not listed.
            (name: "granule", encounters: [visit([herb(single), herb("T9900000010000000001")])]),
            (name: "two", encounters: [visit([herb(single), herb(other, prescription: "R2")])]),
            (name: "day", encounters: [visit([herb(single, prescription: ""), herb(other, prescription: "")])]),
            (
                name: "next-day",
                encounters: [
                    visit(
                        [herb(single, prescription: ""), herb(other, prescription: "", day: "2025-03-02")], type: "21")
                ]
            ),
            // Judged over all of the prescription, named is what the fund was to pay.
            (name: "own-money", encounters: [visit([herb(single), herb(none, inScope: "0")])]),
            (name: "all-own", encounters: [visit([herb(single, inScope: "0")])]),
        ]
        let found = try Engine.run(extract(situations), knowledge: knowledge())
        func lines(_ kind: String) -> [String] { found.filter { $0.kind == kind }.map(\.lines).sorted() }
        #expect(
            lines("herbal_single") == ["alone-1-1", "mixed-1-1;mixed-1-2", "next-day-1-1", "own-money-1-1", "two-1-1"])
        #expect(lines("herbal_none") == ["compound-1-2", "mixed-1-2", "never-paid-1-1"])
    }

    // MARK: indicator

    @Test func fewerThanSixInstitutionsAreNotJudged() throws {
        /// One institution spends nine tenths on drugs, the others a tenth each.
        func county(_ institutions: Int) -> InventedExtract {
            extract(
                (1...institutions).map { number in
                    func fee(_ type: String, _ price: String) -> Line {
                        var line = item("002501010010000", price: price)
                        line.more = ["med_chrgitm_type": type]
                        return line
                    }
                    let isOutlier = number == 1
                    var own = visit([fee("09", isOutlier ? "90" : "10"), fee("05", isOutlier ? "10" : "90")])
                    own.institution = "H00\(number)"
                    return (name: "P\(number)", encounters: [own])
                })
        }
        func judged(_ institutions: Int, least: Int = 6) throws -> (found: [String], undecided: [String]) {
            var knowledge = Engine.knowledge
            knowledge.parameters.indicatorMinInstitutions = least
            let folder = Engine.folder()
            defer { try? FileManager.default.removeItem(at: folder) }
            try county(institutions).write(to: folder.appending(path: "in"))
            _ = try Engine.run(
                folder.appending(path: "in"), out: folder.appending(path: "out"), knowledge: knowledge)
            let found = try Engine.findings(folder.appending(path: "out")).filter { $0.kind == "indicator" }
            let text = try String(contentsOf: folder.appending(path: "out/undecided.csv"), encoding: .utf8)
            let undecided = try CSVTable(text, file: "undecided.csv").rows.filter {
                $0["rule_code"] == "ZB10000205001000" && $0["reason"].contains("同级机构")
            }
            return (found.map { "\($0.rule) \($0.amount)" }, undecided.map { $0["count"] })
        }
        // Six: mean 23.3333 %, so 66.67 of its 100 yuan are above it.
        let six = try judged(6)
        #expect(six.found == ["ZB10000205001000 66.67"])
        #expect(six.undecided == [])
        let five = try judged(5)
        #expect(five.found == [])
        #expect(five.undecided == ["5"])
        let seven = try judged(6, least: 7)
        #expect(seven.found == [])
        #expect(seven.undecided == ["6"])
    }

    // MARK: working age

    @Test func theDayOfRetirement() throws {
        func used(_ name: String, birth: String, sex: String = "1", on day: String)
            -> (name: String, encounters: [Encounter])
        {
            var own = visit([item("009900000060000", day)], at: day)
            (own.birth, own.sex) = (birth, sex)
            return (name, [own])
        }
        let situations = [
            // Sixteen years.
            used("child", birth: "2009-03-01", on: "2025-02-28"),
            used("youth", birth: "2009-03-01", on: "2025-03-01"),
            // A man born in January 1965 retires at 60 years and a month, one born in May at 60 and two.
            used("january", birth: "1965-01-15", on: "2025-02-14"),
            used("january-retired", birth: "1965-01-15", on: "2025-02-15"),
            used("may", birth: "1965-05-01", on: "2025-06-30"),
            used("may-retired", birth: "1965-05-01", on: "2025-07-01"),
            // A month after 31 January ends with February.
            used("month-end", birth: "1965-01-31", on: "2025-02-27"),
            used("month-end-retired", birth: "1965-01-31", on: "2025-02-28"),
            // Before the new law at sixty.
            used("old-law", birth: "1964-12-31", on: "2024-12-30"),
            used("old-law-retired", birth: "1964-12-31", on: "2024-12-31"),
            // A woman at 55 years and a month.
            used("woman", birth: "1970-01-10", sex: "2", on: "2025-02-09"),
            used("woman-retired", birth: "1970-01-10", sex: "2", on: "2025-02-10"),
            // The last step: 63 years.
            used("last", birth: "1977-01-01", on: "2039-12-31"),
            used("last-retired", birth: "1977-01-01", on: "2040-01-01"),
        ]
        let found = try Engine.run(extract(situations), knowledge: knowledge()).filter { $0.point == "WORK" }
        #expect(
            found.map(\.person).sorted() == [
                "child", "january-retired", "last-retired", "may-retired", "month-end-retired", "old-law-retired",
                "woman-retired",
            ])
    }

    // MARK: days of supply

    @Test func daysOfSupplyBeyondTheMaximum() throws {
        func supplied(_ days: String) -> [Encounter] {
            var line = item("X9")
            line.more = ["prd_days": days]
            return [visit([line])]
        }
        let situations = [
            (name: "seven", encounters: supplied("7")), (name: "eight", encounters: supplied("8")),
            // A day begun is a day.
            (name: "begun", encounters: supplied("7.5")), (name: "unknown", encounters: supplied("")),
        ]
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try extract(situations).write(to: folder.appending(path: "in"))
        _ = try Engine.run(
            folder.appending(path: "in"), out: folder.appending(path: "out"), knowledge: knowledge())
        let found = try Engine.findings(folder.appending(path: "out")).filter { $0.point == "SUPPLY" }
        #expect(
            found.map { "\($0.rule) \($0.person) \($0.amount)" }.sorted() == [
                "GZ10000101009000 begun 10.00", "GZ10000101009000 eight 10.00",
            ])
        let undecided = try String(contentsOf: folder.appending(path: "out/undecided.csv"), encoding: .utf8)
        #expect(undecided.contains("GZ10000101009000,药品限最大开药天数/开药量,没有用药天数,1"))
    }
}
