/// Decimal text to scaled integers and back, exactly. No floating point ever stands between.
public enum FixedPoint {
    public enum Failure: Error, Equatable, Sendable {
        case notANumber
        /// More decimals than the unit has, and not all of them zero.
        case tooFine(digits: Int)
        case tooLarge
    }

    /// Reads `-12.340` with `decimals` = 2 as `-1234`. Accepts a sign, no grouping, no exponent.
    /// Decimals beyond the unit are accepted only if they are zero: nothing is rounded silently.
    public static func parse(_ text: some StringProtocol, decimals: Int) throws(Failure) -> Int64 {
        var text = String(text)
        return try text.withUTF8 { bytes in Result { () throws(Failure) in try parse(bytes: bytes, decimals: decimals) }
        }.get()
    }

    public static func parse(bytes: UnsafeBufferPointer<UInt8>, decimals: Int) throws(Failure) -> Int64 {
        var index = 0
        var negative = false
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") || bytes[index] == UInt8(ascii: "+") {
            negative = bytes[index] == UInt8(ascii: "-")
            index += 1
        }
        var value: Int64 = 0
        var digits = 0
        var fraction = -1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: ".") {
                guard fraction < 0 else { throw .notANumber }
                fraction = 0
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9 else { throw .notANumber }
            digits += 1
            if fraction >= 0 {
                if fraction == decimals {
                    guard digit == 0 else { throw .tooFine(digits: decimals) }
                    continue
                }
                fraction += 1
            }
            let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, alsoTooLarge) = shifted.addingReportingOverflow(Int64(digit))
            guard !tooLarge, !alsoTooLarge else { throw .tooLarge }
            value = sum
        }
        guard digits > 0 else { throw .notANumber }
        for _ in max(fraction, 0)..<decimals {
            let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
            guard !tooLarge else { throw .tooLarge }
            value = shifted
        }
        return negative ? -value : value
    }

    /// `-1234` with 2 decimals as `-12.34`; `trimming` drops zeros at the end (`12.3400` → `12.34`).
    public static func format(_ value: Int64, decimals: Int, trimming: Bool = false) -> String {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(24)
        append(value, decimals: decimals, trimming: trimming, to: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Appends the same text as `format` to a byte buffer: the path of messages and exports.
    public static func append(_ value: Int64, decimals: Int, trimming: Bool = false, to out: inout [UInt8]) {
        var magnitude = value.magnitude
        // 20 digits hold any UInt64; leading zeros are written while decimals remain.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { scratch in
            var count = 0
            repeat {
                scratch[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
                magnitude /= 10
                count += 1
            } while magnitude > 0 || count <= decimals
            var lowest = 0
            if trimming { while lowest < decimals, scratch[lowest] == UInt8(ascii: "0") { lowest += 1 } }
            if value < 0 { out.append(UInt8(ascii: "-")) }
            var index = count - 1
            while index >= decimals {
                out.append(scratch[index])
                index -= 1
            }
            guard lowest < decimals else { return }
            out.append(UInt8(ascii: "."))
            while index >= lowest {
                out.append(scratch[index])
                index -= 1
            }
        }
    }
}
