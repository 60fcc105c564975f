import Basics
import Foundation
import Testing

@testable import Policy

@Suite("Working days")
struct WorkCalendarTests {
    static let calendar = try! WorkCalendar.load(ShippedPolicyTests.folder + "/calendar.csv")

    private func works(_ text: String) throws -> Bool { try Self.calendar.isWorkingDay(Day(text)!) }

    @Test(
        "Weekends, holidays and make-up days of 2026",
        arguments: [
            ("2026-01-01", false), ("2026-01-02", false), ("2026-01-03", false),
            // 元旦调休:星期日上班
            ("2026-01-04", true), ("2026-01-05", true),
            // 春节 2 月 15 日至 23 日,14 日、28 日上班
            ("2026-02-14", true), ("2026-02-15", false), ("2026-02-16", false), ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-02-28", true), ("2026-03-01", false),
            ("2026-04-06", false), ("2026-05-09", true), ("2026-10-07", false), ("2026-10-10", true),
            ("2026-10-11", false),
            ("2026-11-21", false), ("2026-11-23", true),
        ])
    func days(text: String, expected: Bool) throws {
        #expect(try works(text) == expected)
    }

    @Test("Ten working days across New Year, and across the Spring Festival")
    func limits() throws {
        // 12-25 星期四起算:12-26、29、30、31,01-04(调休)、05、06、07、08、09
        let newYear = try Self.calendar.day(10, workingDaysAfter: Day("2025-12-25")!)
        #expect(newYear == Day("2026-01-09")!)
        let spring = try Self.calendar.day(3, workingDaysAfter: Day("2026-02-13")!)
        #expect(spring == Day("2026-02-25")!)
        #expect(try Self.calendar.day(0, workingDaysAfter: Day("2026-02-16")!) == Day("2026-02-24")!)
        #expect(try Self.calendar.workingDay(onOrAfter: Day("2026-10-01")!) == Day("2026-10-08")!)
    }

    @Test("Counting is the reverse of adding")
    func counting() throws {
        let start = Day("2025-12-20")!
        for offset in 0..<60 {
            let first = start + offset
            for count in 1...12 {
                let last = try Self.calendar.day(count, workingDaysAfter: first)
                #expect(try Self.calendar.workingDays(after: first, through: last) == count)
            }
        }
        #expect(try Self.calendar.workingDays(after: start, through: start) == 0)
        #expect(try Self.calendar.workingDays(after: start, through: start - 3) == 0)
    }

    @Test(
        "A year without a notice goes by weekends and statutory holidays, and no day is exchanged",
        arguments: [
            ("2027-01-01", false), ("2027-01-04", true),
            // 除夕 2 月 5 日至正月初三 2 月 8 日
            ("2027-02-04", true), ("2027-02-05", false), ("2027-02-08", false), ("2027-02-09", true),
            ("2027-04-05", false), ("2027-04-30", true), ("2027-05-03", true), ("2027-06-09", false),
            ("2027-09-15", false), ("2027-10-01", false), ("2027-10-04", true), ("2027-10-09", false),
            ("2028-01-25", false), ("2028-01-28", false), ("2028-01-31", true), ("2028-10-03", false),
            // Of a year whose lunar days are not given yet, the days of one date are known all the same.
            ("2031-01-01", false), ("2031-05-02", false), ("2031-10-03", false), ("2031-10-06", true),
        ])
    func provisional(text: String, expected: Bool) throws {
        #expect(try works(text) == expected)
        #expect(Self.calendar.isProvisional(Day(text)!))
    }

    @Test("A time limit that runs into such a year is reckoned; one from before the calendar is refused")
    func limitsBeyond() throws {
        #expect(Self.calendar.years == 2023...2026 && !Self.calendar.isProvisional(Day("2026-12-31")!))
        #expect(try Self.calendar.day(30, workingDaysAfter: Day("2026-11-22")!) == Day("2027-01-04")!)
        #expect(try Self.calendar.day(8, workingDaysAfter: Day("2026-12-28")!) == Day("2027-01-08")!)
        #expect(try Self.calendar.workingDays(after: Day("2026-12-28")!, through: Day("2027-01-08")!) == 8)
        let problem = #expect(throws: Problem.self) { try works("2022-12-30") }
        #expect(problem?.code == "calendar.unknownYear")
    }

    @Test("The notice of a year, once it is there, takes the place of its statutory holidays")
    func notice() throws {
        let published = try String(contentsOfFile: ShippedPolicyTests.folder + "/calendar.csv", encoding: .utf8)
        let later = """
            2027-01-01,off,元旦,通知
            2027-02-05,work,春节,通知
            2027-02-12,off,春节,通知

            """
        let calendar = try WorkCalendar(csv: published + later, file: "calendar.csv")
        #expect(calendar.years == 2023...2027 && calendar.missingYear(on: Day("2027-03-01")!) == nil)
        #expect(try calendar.isWorkingDay(Day("2027-02-05")!))
        #expect(try !calendar.isWorkingDay(Day("2027-02-12")!))
        #expect(calendar.holiday(on: Day("2027-02-08")!) == nil && calendar.holiday(on: Day("2028-01-26")!) == "春节")
    }

    @Test(
        "From November on the lacking notice of the next year is asked for, and after New Year still",
        arguments: [("2026-10-31", nil), ("2026-11-01", 2027), ("2026-12-31", 2027), ("2027-06-30", 2027)])
    func missingYear(text: String, expected: Int?) {
        #expect(Self.calendar.missingYear(on: Day(text)!) == expected)
    }

    @Test("Holidays have names")
    func names() {
        #expect(Self.calendar.holiday(on: Day("2026-02-17")!) == "春节")
        #expect(Self.calendar.holiday(on: Day("2026-03-17")!) == nil)
        #expect(Self.calendar.holiday(on: Day("2027-02-07")!) == "春节")
    }

    @Test("A damaged calendar says everything at once")
    func damaged() {
        let text = """
            day,kind,name,basis
            2025-01-01,off,元旦,通知
            2025-01-01,off,元旦,通知
            2025-02-30,off,春节,通知
            2025-03-01,holiday,春节,通知
            2025-04-04,off,清明节,
            2027-01-01,off,元旦,通知
            """
        let problems = #expect(throws: Problems.self) { try WorkCalendar(csv: text, file: "c.csv") }
        #expect(
            problems?.all.map { "\($0.field ?? "") \($0.code)" } == [
                "c.csv:3 calendar.duplicate", "c.csv:4 calendar.day", "c.csv:5 calendar.kind", "c.csv:6 calendar.basis",
                "c.csv calendar.gap",
            ])
        #expect(throws: Problems.self) { try WorkCalendar(csv: "day,kind,name,basis\n", file: "c.csv") }
    }
}
