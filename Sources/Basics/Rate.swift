/// A share (比例) in parts per million: 85 % is 850 000.
public struct Rate: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var partsPerMillion: Int64

    @inlinable
    public init(partsPerMillion: Int64) { self.partsPerMillion = partsPerMillion }

    @inlinable
    public static func percent(_ whole: Int64) -> Rate { Rate(partsPerMillion: whole * 10_000) }

    /// `"85%"`, `"7.5%"` or a plain fraction `"0.85"`; finer than a millionth is refused.
    public init(_ text: some StringProtocol) throws(FixedPoint.Failure) {
        if text.hasSuffix("%") {
            partsPerMillion = try FixedPoint.parse(text.dropLast(), decimals: 4)
        } else {
            partsPerMillion = try FixedPoint.parse(text, decimals: 6)
        }
    }

    public static let zero = Rate(partsPerMillion: 0)
    public static let one = Rate(partsPerMillion: 1_000_000)

    @inlinable public static func < (a: Rate, b: Rate) -> Bool { a.partsPerMillion < b.partsPerMillion }
    @inlinable public static func + (a: Rate, b: Rate) -> Rate {
        Rate(partsPerMillion: a.partsPerMillion + b.partsPerMillion)
    }
    @inlinable public static func - (a: Rate, b: Rate) -> Rate {
        Rate(partsPerMillion: a.partsPerMillion - b.partsPerMillion)
    }

    /// A share of a share: 85 % × 90 % is 76.5 %, rounded half up to a millionth.
    @inlinable
    public static func * (a: Rate, b: Rate) -> Rate {
        Rate(partsPerMillion: Rounding.halfUp(a.partsPerMillion, times: b.partsPerMillion, over: 1_000_000))
    }

    /// `"85%"`, `"7.5%"`.
    public var description: String { FixedPoint.format(partsPerMillion, decimals: 4, trimming: true) + "%" }

    /// The national message's form with four decimals: `"0.8500"`.
    public var fraction: String { FixedPoint.format(Rounding.halfUp(partsPerMillion, 100), decimals: 4) }
}
