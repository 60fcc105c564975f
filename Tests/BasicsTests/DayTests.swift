import Basics
import Testing

@Suite("Days, months, periods and moments")
struct DayTests {
    @Test("A day's number and its civil date agree over 400 years")
    func roundTrip() {
        var number = Day("1900-01-01")!.number
        while number <= Day("2300-01-01")!.number {
            let day = Day(number: number)
            let civil = day.civil
            #expect(Day(year: civil.year, month: civil.month, day: civil.day) == day)
            number += 7
        }
        #expect(Day("1970-01-01")!.number == 0)
        #expect(Day("2000-03-01")!.number == 11_017)
    }

    @Test(
        "Dates that do not exist are refused",
        arguments: ["2026-02-29", "2026-13-01", "2026-00-10", "20261301", "2026-1-1", "2026-01-01x", ""])
    func impossible(text: String) { #expect(Day(text) == nil) }

    @Test("Three ways of writing one day")
    func writings() {
        #expect(Day("2026-03-01") == Day("20260301"))
        #expect(Day("2026-03-01") == Day("2026/03/01"))
        #expect(Day("2026-03-01")!.weekday == 7)
        #expect(Day("2026-03-01")!.compact == "20260301")
    }

    @Test("Age counts completed years; a 29 February birthday is kept on the 28th in common years")
    func age() {
        let birth = Day("2020-02-29")!
        #expect(birth.age(on: Day("2026-02-27")!) == 5)
        #expect(birth.age(on: Day("2026-02-28")!) == 6)
        #expect(birth.age(on: Day("2024-02-28")!) == 3)
        #expect(birth.age(on: Day("2024-02-29")!) == 4)
    }

    @Test("Months know their days")
    func months() {
        #expect(Month("2024-02")!.last == Day("2024-02-29"))
        #expect(Month("202612")! + 1 == Month("2027-01"))
        #expect(Month("2027-01")! - Month("2026-11")! == 2)
        #expect(Month("2026-11")!.description == "2026-11")
    }

    @Test("Periods include both ends")
    func periods() {
        let year = Period(from: Day("2026-01-01")!, through: Day("2026-12-31")!)!
        #expect(year.contains(Day("2026-12-31")!))
        #expect(!year.contains(Day("2027-01-01")!))
        #expect(!year.overlaps(Period(from: Day("2027-01-01")!, through: nil)!))
        #expect(year.overlaps(Period(from: Day("2026-12-31")!, through: nil)!))
        #expect(Period(from: Day("2026-01-02")!, through: Day("2026-01-01")!) == nil)
    }

    @Test("Moments read and write the message's form")
    func moments() {
        #expect(Moment("2026-03-01 08:05:09")!.description == "2026-03-01 08:05:09")
        #expect(Moment("2026-03-01T23:59:59")!.day == Day("2026-03-01"))
        #expect(Moment("2026-03-01 24:00:00") == nil)
        #expect(Moment(seconds: -1).description == "1969-12-31 23:59:59")
    }
}
