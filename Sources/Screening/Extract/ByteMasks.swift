/// Sixty-four bytes compared at once: one bit a byte, the lowest for the first. The bytes must be readable.
enum ByteMasks {
    static let width = 64

    @inline(__always)
    static func equal(_ bytes: UnsafePointer<UInt8>, _ wanted: UInt8) -> UInt64 {
        let wanted = SIMD16<UInt8>(repeating: wanted)
        return gather(bytes) { $0 .== wanted }
    }

    @inline(__always)
    static func equal(_ bytes: UnsafePointer<UInt8>, _ a: UInt8, or b: UInt8) -> UInt64 {
        let (a, b) = (SIMD16<UInt8>(repeating: a), SIMD16<UInt8>(repeating: b))
        return gather(bytes) { ($0 .== a) .| ($0 .== b) }
    }

    @inline(__always)
    private static func gather(
        _ bytes: UnsafePointer<UInt8>, _ compare: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
    ) -> UInt64 {
        let raw = UnsafeRawPointer(bytes)
        var result: UInt64 = 0
        for part in 0..<4 {
            let found = compare(raw.loadUnaligned(fromByteOffset: part * 16, as: SIMD16<UInt8>.self))
            let halves = unsafeBitCast(found, to: SIMD2<UInt64>.self)
            result |= (bits(halves.x) | bits(halves.y) << 8) << UInt64(part * 16)
        }
        return result
    }

    /// Eight bytes of all ones or all zeros as eight bits: each byte keeps its own bit, and the product adds them up in
    /// the highest byte.
    @inline(__always)
    private static func bits(_ bytes: UInt64) -> UInt64 {
        ((bytes & 0x8040_2010_0804_0201) &* 0x0101_0101_0101_0101) >> 56
    }

    /// Each bit becomes the parity of itself and all below: between an opening quote and its closing one they are set.
    @inline(__always)
    static func parity(_ bits: UInt64) -> UInt64 {
        var result = bits
        for shift in [1, 2, 4, 8, 16, 32] as [UInt64] { result ^= result << shift }
        return result
    }
}
