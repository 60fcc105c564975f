import Basics
import Testing

@Suite struct WideRoundingTests {
    @Test(arguments: [(Int128(5), Int128(2), Int64(3)), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0)])
    func roundsHalfAwayFromZero(_ numerator: Int128, _ denominator: Int128, _ expected: Int64) {
        #expect(Rounding.halfUp(wide: numerator, over: denominator) == expected)
    }

    @Test func holdsWhatSixtyFourBitsCannot() {
        let wide = Int128(Int64.max) * 1_000_000
        #expect(Rounding.halfUp(wide: wide, over: 1_000_000) == .max)
    }
}
