/// A calendar day (日) as its number since 1970-01-01, in the proleptic Gregorian calendar.
///
/// No rule asks what day it is: today is always a parameter.
public struct Day: Hashable, Comparable, Sendable, CustomStringConvertible, Strideable {
    public var number: Int32

    @inlinable
    public init(number: Int32) { self.number = number }

    /// Nil when the date does not exist (30 February) or lies outside the years 1 to 9999.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Month(year: year, month: month).dayCount
        else { return nil }
        number = Day.number(year: year, month: month, day: day)
    }

    /// `yyyy-MM-dd`, `yyyy/MM/dd` or `yyyyMMdd`; anything after the date is refused.
    @inlinable
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let day = text.withUTF8({ Day(utf8: $0) }) else { return nil }
        self = day
    }

    /// The same from bytes of UTF-8, for messages and files.
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        func value(_ range: Range<Int>) -> Int? {
            var value = 0
            for byte in bytes[range] {
                let digit = byte &- UInt8(ascii: "0")
                guard digit <= 9 else { return nil }
                value = value * 10 + Int(digit)
            }
            return value
        }
        switch bytes.count {
        case 10:
            guard bytes[4] == bytes[7], bytes[4] == UInt8(ascii: "-") || bytes[4] == UInt8(ascii: "/"),
                let year = value(0..<4), let month = value(5..<7), let day = value(8..<10)
            else { return nil }
            self.init(year: year, month: month, day: day)
        case 8:
            guard let year = value(0..<4), let month = value(4..<6), let day = value(6..<8) else { return nil }
            self.init(year: year, month: month, day: day)
        default: return nil
        }
    }

    /// Days from civil date, in integer arithmetic over eras of 400 years.
    @inlinable
    static func number(year: Int, month: Int, day: Int) -> Int32 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int32(era * 146_097 + dayOfEra - 719_468)
    }

    @inlinable
    public var civil: (year: Int, month: Int, day: Int) {
        let shifted = Int(number) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    public var year: Int { civil.year }
    public var month: Month { let c = civil; return Month(year: c.year, month: c.month) }
    /// 1 Monday … 7 Sunday.
    public var weekday: Int { Int(((number % 7) + 7 + 3) % 7) + 1 }

    @inlinable public static func < (a: Day, b: Day) -> Bool { a.number < b.number }
    @inlinable public static func + (a: Day, days: Int) -> Day { Day(number: a.number + Int32(days)) }
    @inlinable public static func - (a: Day, days: Int) -> Day { Day(number: a.number - Int32(days)) }
    @inlinable public static func - (a: Day, b: Day) -> Int { Int(a.number - b.number) }
    @inlinable public func advanced(by days: Int) -> Day { self + days }
    @inlinable public func distance(to other: Day) -> Int { other - self }

    /// Completed years of age (周岁) on a day; a birthday of 29 February falls on 28 February in common years.
    public func age(on day: Day) -> Int {
        let birth = civil
        let now = day.civil
        var birthDay = birth.day
        if birth.month == 2, birth.day == 29 { birthDay = min(29, Month(year: now.year, month: 2).dayCount) }
        let years = now.year - birth.year
        return (now.month, now.day) < (birth.month, birthDay) ? years - 1 : years
    }

    /// `yyyy-MM-dd`.
    public var description: String {
        let c = civil
        var out: [UInt8] = []
        out.reserveCapacity(10)
        Day.append(c.year, width: 4, to: &out)
        out.append(UInt8(ascii: "-"))
        Day.append(c.month, width: 2, to: &out)
        out.append(UInt8(ascii: "-"))
        Day.append(c.day, width: 2, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// `yyyyMMdd`.
    public var compact: String { description.filter { $0 != "-" } }

    static func append(_ value: Int, width: Int, to out: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            out.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}

/// A calendar month (月) as the number of months since year 0.
public struct Month: Hashable, Comparable, Sendable, CustomStringConvertible, Strideable {
    public var number: Int32

    public init(number: Int32) { self.number = number }

    public init(year: Int, month: Int) {
        assert((1...12).contains(month))
        number = Int32(year * 12 + month - 1)
    }

    /// `yyyy-MM` or `yyyyMM`.
    public init?(_ text: some StringProtocol) {
        let digits = text.utf8.count == 7 ? String(text.prefix(4)) + String(text.suffix(2)) : String(text)
        guard digits.utf8.count == 6, let day = Day(digits + "01") else { return nil }
        self = day.month
    }

    public var year: Int { Int(number) / 12 }
    public var month: Int { Int(number) % 12 + 1 }
    public var first: Day { Day(number: Day.number(year: year, month: month, day: 1)) }
    public var last: Day { Month(number: number + 1).first - 1 }

    public var dayCount: Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    public static func < (a: Month, b: Month) -> Bool { a.number < b.number }
    public static func + (a: Month, months: Int) -> Month { Month(number: a.number + Int32(months)) }
    public static func - (a: Month, b: Month) -> Int { Int(a.number - b.number) }
    public func advanced(by months: Int) -> Month { self + months }
    public func distance(to other: Month) -> Int { other - self }

    /// `yyyy-MM`.
    public var description: String { String(first.description.dropLast(3)) }
}

/// Days from `first` to `last`, both included; open at the end when `last` is nil (生效区间).
public struct Period: Hashable, Sendable, CustomStringConvertible {
    public var first: Day
    public var last: Day?

    /// Nil when it would end before it begins.
    public init?(from first: Day, through last: Day?) {
        if let last, last < first { return nil }
        self.first = first
        self.last = last
    }

    public func contains(_ day: Day) -> Bool { day >= first && last.map { day <= $0 } ?? true }

    public func overlaps(_ other: Period) -> Bool {
        (last.map { other.first <= $0 } ?? true) && (other.last.map { first <= $0 } ?? true)
    }

    /// The days of both; nil when there is none.
    public func intersection(_ other: Period) -> Period? {
        let ends = [last, other.last].compactMap { $0 }
        return Period(from: max(first, other.first), through: ends.min())
    }

    public var description: String { "\(first)…\(last.map(String.init(describing:)) ?? "")" }
}

/// A moment (时刻) in seconds since 1970-01-01 00:00:00 of the agency's own clock (Beijing time):
/// the messages carry local times, and China has one time zone without daylight saving.
public struct Moment: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var seconds: Int64

    @inlinable
    public init(seconds: Int64) { self.seconds = seconds }

    public init(_ day: Day, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        seconds = Int64(day.number) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    }

    /// `yyyy-MM-dd HH:mm:ss` (also with `T`, or without the time, which is then midnight).
    @inlinable
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        guard let moment = text.withUTF8({ Moment(utf8: $0) }) else { return nil }
        self = moment
    }

    /// The same from bytes of UTF-8, for messages and files.
    public init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        guard let day = Day(utf8: UnsafeBufferPointer(rebasing: bytes.prefix(10))) else { return nil }
        if bytes.count <= 10 {
            self.init(day)
            return
        }
        guard bytes.count == 19, bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":")
        else { return nil }
        func two(_ index: Int) -> Int? {
            let high = bytes[index] &- UInt8(ascii: "0")
            let low = bytes[index + 1] &- UInt8(ascii: "0")
            return high <= 9 && low <= 9 ? Int(high) * 10 + Int(low) : nil
        }
        guard let hour = two(11), let minute = two(14), let second = two(17), hour < 24, minute < 60, second < 60
        else { return nil }
        self.init(day, hour: hour, minute: minute, second: second)
    }

    public var day: Day { Day(number: Int32(seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)) }
    public static func < (a: Moment, b: Moment) -> Bool { a.seconds < b.seconds }
    public static func + (a: Moment, seconds: Int64) -> Moment { Moment(seconds: a.seconds + seconds) }

    /// `yyyy-MM-dd HH:mm:ss`.
    public var description: String {
        let ofDay = Int(seconds - Int64(day.number) * 86_400)
        var out = Array(day.description.utf8)
        out.append(UInt8(ascii: " "))
        Day.append(ofDay / 3600, width: 2, to: &out)
        out.append(UInt8(ascii: ":"))
        Day.append(ofDay / 60 % 60, width: 2, to: &out)
        out.append(UInt8(ascii: ":"))
        Day.append(ofDay % 60, width: 2, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
