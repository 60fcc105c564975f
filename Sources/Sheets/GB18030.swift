import Foundation

/// GB18030 to UTF-8 through the C library's iconv. No trail byte of GB18030 is a comma, quote or newline,
/// so whole blocks of rows can be converted at once.
public enum GB18030 {
    /// Nil when the bytes are not GB18030.
    public static func utf8(_ bytes: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 3 / 2)
        let broken = bytes.withUnsafeBufferPointer { convert($0) { output.append(contentsOf: $0) } }
        return broken == 0 ? output : nil
    }

    /// Converts bytes piece by piece. What is no character becomes U+FFFD.
    ///
    /// - Returns: how many bytes were no character.
    public static func convert(
        _ input: UnsafeBufferPointer<UInt8>, emit: (UnsafeBufferPointer<UInt8>) -> Void
    ) -> Int {
        guard let start = input.baseAddress, input.count > 0 else { return 0 }
        guard let converter = iconv_open("UTF-8", "GB18030"), converter != iconv_t(bitPattern: -1) else {
            return input.count
        }
        defer { iconv_close(converter) }
        var broken = 0
        // iconv's signature wants a mutable pointer, but it only reads from it.
        var source: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: start).assumingMemoryBound(
            to: CChar.self)
        var sourceLeft = input.count
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64 << 10) { scratch in
            while sourceLeft > 0 {
                var target: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(scratch.baseAddress!)
                    .assumingMemoryBound(to: CChar.self)
                var targetLeft = scratch.count
                let result = iconv(converter, &source, &sourceLeft, &target, &targetLeft)
                let failure = errno
                if targetLeft < scratch.count {
                    emit(UnsafeBufferPointer(rebasing: scratch[0..<(scratch.count - targetLeft)]))
                }
                if result != Int.max, result != -1 { break }
                if failure == E2BIG { continue }
                replacement.withUnsafeBufferPointer(emit)
                broken += 1
                source = source.map { $0 + 1 }
                sourceLeft -= 1
            }
        }
        return broken
    }

    /// U+FFFD
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
}
