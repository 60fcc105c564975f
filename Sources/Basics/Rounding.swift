/// The house's one rounding: half away from zero (四舍五入), in integers.
///
/// Every amount in Yibao is rounded here and nowhere else, so that a refund is the exact
/// negative of what it takes back: `halfUp(-n, d) == -halfUp(n, d)`.
public enum Rounding {
    /// `numerator ÷ denominator`, rounded half away from zero. The denominator is positive.
    @inlinable
    public static func halfUp(_ numerator: Int64, _ denominator: Int64) -> Int64 {
        assert(denominator > 0)
        let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        // Written so that `remainder * 2` cannot overflow.
        if remainder.magnitude >= denominator.magnitude - remainder.magnitude {
            return quotient + (numerator < 0 ? -1 : 1)
        }
        return quotient
    }

    /// `a × b ÷ denominator`, rounded half away from zero, with a 128-bit product.
    /// Traps when the result does not fit: a bill of 92 quadrillion yuan is a bug, not a value.
    @inlinable
    public static func halfUp(_ a: Int64, times b: Int64, over denominator: Int64) -> Int64 {
        let (product, overflow) = a.multipliedReportingOverflow(by: b)
        if !overflow { return halfUp(product, denominator) }
        return halfUp(wide: Int128(a) * Int128(b), over: Int128(denominator))
    }

    /// The same for numerators that only 128 bits hold: sums of products that are rounded once.
    @inlinable
    public static func halfUp(wide numerator: Int128, over denominator: Int128) -> Int64 {
        assert(denominator > 0)
        var (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
        if remainder.magnitude >= denominator.magnitude - remainder.magnitude { quotient += numerator < 0 ? -1 : 1 }
        return Int64(quotient)
    }
}
