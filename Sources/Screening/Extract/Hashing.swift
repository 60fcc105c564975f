/// A strong 64-bit hash of bytes (multiply and fold, as in wyhash): a weak one makes ingest several times slower,
/// because probes run long. Two different keys with one hash are found and refused where it matters (`Batch`).
enum Hashing {
    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// Never 0, which stands for "no key".
    @inline(__always)
    static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(bytes)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset + 16 <= count {
            let a = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let b = raw.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
            state = mix(a ^ 0xA076_1D64_78BD_642F, b ^ state)
            offset += 16
        }
        var a: UInt64 = 0
        var b: UInt64 = 0
        let left = count - offset
        if left >= 8 {
            a = raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            b = raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
        } else if left >= 4 {
            a = UInt64(raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            b = UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
        } else if left > 0 {
            a = UInt64(bytes[offset]) << 16 | UInt64(bytes[offset + left / 2]) << 8 | UInt64(bytes[count - 1])
        }
        let result = mix(a ^ 0xE703_7ED1_A0B4_28DB, mix(b ^ state, 0x8EBC_6AF0_9C88_C6E3))
        return result == 0 ? 1 : result
    }

    static func hash(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { $0.isEmpty ? 0 : hash($0.baseAddress!, $0.count) }
    }
}
