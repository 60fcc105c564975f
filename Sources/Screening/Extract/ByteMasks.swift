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

    /// Eight words of eight bytes, all ones or all zeros each: word i leaves its bit i in every byte, so that all words lie
    /// in one; turned about its diagonal, the bits stand in the order of the bytes.
    @inline(__always)
    private static func gather(
        _ bytes: UnsafePointer<UInt8>, _ compare: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>
    ) -> UInt64 {
        let raw = UnsafeRawPointer(bytes)
        var sum = SIMD2<UInt64>()
        for part in 0..<4 {
            let found = compare(raw.loadUnaligned(fromByteOffset: part * 16, as: SIMD16<UInt8>.self))
            let bit: UInt64 = 0x0101_0101_0101_0101 << UInt64(part * 2)
            sum |= unsafeBitCast(found, to: SIMD2<UInt64>.self) & SIMD2(bit, bit << 1)
        }
        return transposed(sum.x | sum.y)
    }

    /// Eight bytes as a square of bits, turned about its diagonal: bit i of byte j becomes bit j of byte i.
    @inline(__always)
    private static func transposed(_ square: UInt64) -> UInt64 {
        var square = square
        for (distance, places) in [
            (7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0),
        ]
            as [(UInt64, UInt64)]
        {
            let moved = (square ^ square &>> distance) & places
            square ^= moved ^ moved &<< distance
        }
        return square
    }

    /// Each bit becomes the parity of itself and all below: between an opening quote and its closing one they are set.
    @inline(__always)
    static func parity(_ bits: UInt64) -> UInt64 {
        var result = bits
        for shift in [1, 2, 4, 8, 16, 32] as [UInt64] { result ^= result << shift }
        return result
    }
}
