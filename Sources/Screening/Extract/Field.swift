import Basics

/// One field of a row: a view into the block's bytes, valid while the row is read. Some bytes beyond it are readable too,
/// so that short fields are read eight bytes at once.
struct Field {
    static let readableBeyond = 8

    var start: UnsafePointer<UInt8>
    var count: Int

    @inline(__always)
    func isOne(_ byte: UInt8) -> Bool { count == 1 && start[0] == byte }

    var text: String { String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) }

    /// Without spaces and tabs around it.
    @inline(__always)
    var trimmed: Field {
        var field = self
        while field.count > 0, field.start[field.count - 1] == 0x20 || field.start[field.count - 1] == 0x09 {
            field.count -= 1
        }
        while field.count > 0, field.start[0] == 0x20 || field.start[0] == 0x09 {
            field.start += 1
            field.count -= 1
        }
        return field
    }
}

/// What a field may hold that cannot be read; becomes the reason in `rejected.csv`.
enum FieldFault: String, Error {
    case missing = "必填项为空"
    case notANumber = "不是数字"
    case tooFine = "小数位过多"
    case tooLarge = "数值过大"
    case notADate = "不是日期"
    case encoding = "不是有效的文字编码"
    case tooLong = "内容过长"

    /// An id may have so many bytes.
    static let longestID = 1000
    /// Whole units that a quantity, a price in yuan or a number of days may reach, and yuan that an amount may: no bill
    /// comes near, and sums and products of them stay exact.
    static let mostUnits: Int64 = 100_000_000
    static let mostYuan: Int64 = 1_000_000_000_000
}

extension Field {
    /// Decimal text as an integer scaled by 10^decimals; nothing is rounded silently.
    @inline(__always)
    func decimal(_ decimals: Int) throws(FieldFault) -> Int64 {
        if let value = shortDecimal(decimals) { return value }
        return try longDecimal(decimals)
    }

    /// Up to eight characters, digits with at most one point, read as one word; nil when they are anything else.
    @inline(__always)
    private func shortDecimal(_ decimals: Int) -> Int64? {
        guard count &- 1 < 8, count > 0 else { return nil }
        let unused = UInt64(truncatingIfNeeded: 64 &- count &* 8)
        let text = UnsafeRawPointer(start).loadUnaligned(as: UInt64.self).littleEndian &<< unused
        // The last character lies in the highest byte; bytes before the first are digits of zero.
        var digits = text ^ 0x3030_3030_3030_3030 &<< unused
        let other = text ^ 0x2E2E_2E2E_2E2E_2E2E
        let point = (other &- 0x0101_0101_0101_0101) & ~other & 0x8080_8080_8080_8080
        var fraction = 0
        if point != 0 {
            let place = UInt64(truncatingIfNeeded: point.trailingZeroBitCount &- 7)
            fraction = 7 &- Int(truncatingIfNeeded: place &>> 3)
            if fraction > decimals || count == 1 { return nil }
            // The digits before the point move up over it.
            let before: UInt64 = (1 &<< place) &- 1
            digits = digits & ~(before &<< 8 | 0xFF) | (digits & before) &<< 8
        }
        if (digits &+ 0x0606_0606_0606_0606 | digits) & 0xF0F0_F0F0_F0F0_F0F0 != 0 { return nil }
        return Int64(Field.value(ofEight: digits)) &* Field.power(decimals &- fraction)
    }

    /// Eight digits, the first in the lowest byte: pairs, then fours, then all.
    @inline(__always)
    private static func value(ofEight digits: UInt64) -> UInt64 {
        let pairs = digits &* 10 &+ digits &>> 8
        let even: UInt64 = 0x0000_00FF_0000_00FF
        return ((pairs & even) &* (100 &+ 1_000_000 &<< 32) &+ (pairs &>> 16 & even) &* (1 &+ 10_000 &<< 32)) &>> 32
    }

    @inline(__always)
    private static func power(_ exponent: Int) -> Int64 {
        switch exponent {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        default: 1_000_000
        }
    }

    private func longDecimal(_ decimals: Int) throws(FieldFault) -> Int64 {
        var index = 0
        var negative = false
        if count > 0, start[0] == 0x2D || start[0] == 0x2B {
            negative = start[0] == 0x2D
            index = 1
        }
        // Eighteen digits cannot overflow; longer ones take the careful way.
        if count - index > 18 { return try carefulDecimal(decimals) }
        var value: Int64 = 0
        var digits = 0
        var fraction = -1
        while index < count {
            let byte = start[index]
            index += 1
            if byte == 0x2E {
                if fraction >= 0 { throw .notANumber }
                fraction = 0
                continue
            }
            let digit = byte &- 0x30
            if digit > 9 { throw .notANumber }
            digits += 1
            if fraction >= 0 {
                if fraction == decimals {
                    if digit != 0 { throw .tooFine }
                    continue
                }
                fraction += 1
            }
            value = value &* 10 &+ Int64(digit)
        }
        if digits == 0 { throw .notANumber }
        var missing = decimals - max(fraction, 0)
        while missing > 0 {
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { throw .tooLarge }
            value = shifted
            missing -= 1
        }
        return negative ? -value : value
    }

    /// A decimal below a bound in whole units.
    @inline(__always)
    func decimal(_ decimals: Int, below most: Int64) throws(FieldFault) -> Int64 {
        let value = try decimal(decimals)
        var bound = most
        for _ in 0..<decimals { bound &*= 10 }
        if value.magnitude >= bound.magnitude { throw .tooLarge }
        return value
    }

    private func carefulDecimal(_ decimals: Int) throws(FieldFault) -> Int64 {
        do throws(FixedPoint.Failure) {
            return try FixedPoint.parse(bytes: UnsafeBufferPointer(start: start, count: count), decimals: decimals)
        } catch {
            switch error {
            case .notANumber: throw .notANumber
            case .tooFine: throw .tooFine
            case .tooLarge: throw .tooLarge
            }
        }
    }

    @inline(__always)
    private func two(_ offset: Int) -> Int {
        let high = start[offset] &- 0x30
        let low = start[offset + 1] &- 0x30
        return high <= 9 && low <= 9 ? Int(high) * 10 + Int(low) : 1000
    }

    /// A point and digits to the end.
    private func isFraction(from place: Int) -> Bool {
        start[place] == 0x2E && count > place + 1 && (place + 1..<count).allSatisfy { start[$0] &- 0x30 <= 9 }
    }

    /// `yyyy-MM-dd`, `yyyy/MM/dd` or `yyyyMMdd`, alone or followed by `HH:mm[:ss[.fff]]` (after a space or `T`)
    /// or, in the compact form, `HHmmss`. Second is -1 when there is no time.
    @inline(__always)
    func moment() throws(FieldFault) -> (day: Int32, second: Int32) {
        if let plain = plainMoment { return plain }
        return try anyMoment()
    }

    /// `yyyy-MM-dd HH:mm:ss`, as nearly all are written, read in words; nil when it is anything else.
    @inline(__always)
    private var plainMoment: (day: Int32, second: Int32)? {
        guard count == 19 else { return nil }
        let raw = UnsafeRawPointer(start)
        func word(_ offset: Int) -> UInt64 { raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian }
        // Digits as their values, and zeros where the right signs stand between them.
        let date = word(0) ^ 0x2D30_302D_3030_3030
        let time = word(11) ^ 0x3030_3A30_303A_3030
        let days = word(8) & 0x00FF_FFFF ^ 0x0020_3030
        let signs = (date & 0xFF00_00FF_0000_0000) | (time & 0x0000_FF00_00FF_0000) | (days & 0xFF_0000)
        let beyondNine = (date &+ 0x0006_0600_0606_0606) | (time &+ 0x0606_0006_0600_0606) | (days &+ 0x0606)
        if signs | (beyondNine | date | time | days) & 0xF0F0_F0F0_F0F0_F0F0 != 0 { return nil }
        func two(_ digits: UInt64, _ offset: UInt64) -> Int {
            Int((digits &* 10 &+ digits &>> 8) &>> (offset &* 8) & 0xFF)
        }
        let (hour, minute, second) = (two(time, 0), two(time, 3), two(time, 6))
        guard hour < 24, minute < 60, second < 60,
            let day = Day.checked(two(date, 0) * 100 + two(date, 2), two(date, 5), two(days, 0))
        else { return nil }
        return (day, Int32(truncatingIfNeeded: hour * 3600 + minute * 60 + second))
    }

    private func anyMoment() throws(FieldFault) -> (day: Int32, second: Int32) {
        let year: Int
        let month: Int
        let day: Int
        var rest: Int
        if count >= 10, start[4] == start[7], start[4] == 0x2D || start[4] == 0x2F {
            (year, month, day, rest) = (two(0) * 100 + two(2), two(5), two(8), 10)
        } else if count >= 8 {
            (year, month, day, rest) = (two(0) * 100 + two(2), two(4), two(6), 8)
        } else {
            throw .notADate
        }
        guard year <= 9999, month <= 12, let date = Day.checked(year, month, day) else { throw .notADate }
        if rest == count { return (date, -1) }
        if rest == 8, count == 14, start[8] != 0x20, start[8] != 0x54 {
            let (hour, minute, second) = (two(8), two(10), two(12))
            guard hour < 24, minute < 60, second < 60 else { throw .notADate }
            return (date, Int32(hour * 3600 + minute * 60 + second))
        }
        guard start[rest] == 0x20 || start[rest] == 0x54, count >= rest + 6, start[rest + 3] == 0x3A else {
            throw .notADate
        }
        rest += 1
        let (hour, minute) = (two(rest), two(rest + 3))
        var second = 0
        if count > rest + 5 {
            guard count >= rest + 8, start[rest + 5] == 0x3A else { throw .notADate }
            second = two(rest + 6)
            if count > rest + 8, !isFraction(from: rest + 8) { throw .notADate }
        }
        guard hour < 24, minute < 60, second < 60 else { throw .notADate }
        return (date, Int32(hour * 3600 + minute * 60 + second))
    }
}

extension Day {
    /// The day number of a date that exists; the path of millions of rows.
    @inline(__always)
    static func checked(_ year: Int, _ month: Int, _ day: Int) -> Int32? {
        guard day >= 1, day <= 31, month >= 1, month <= 12, year >= 1 else { return nil }
        if day > 28, Day(year: year, month: month, day: day) == nil { return nil }
        // Years that begin in March, so that the leap day is the last; all unsigned, which divides faster.
        let years = UInt32(truncatingIfNeeded: month <= 2 ? year - 1 : year)
        let months = UInt32(truncatingIfNeeded: month <= 2 ? month + 9 : month - 3)
        let leapDays = years / 4 &- years / 100 &+ years / 400
        let days = 365 &* years &+ leapDays &+ (153 &* months &+ 2) / 5 &+ UInt32(truncatingIfNeeded: day - 1)
        return Int32(truncatingIfNeeded: days) &- 719_468
    }
}
