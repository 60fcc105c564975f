/// An amount of money (金额) in fen, signed: a refund is the negative of its bill.
public struct Money: Hashable, Comparable, Sendable, CustomStringConvertible, AdditiveArithmetic {
    public var fen: Int64

    @inlinable
    public init(fen: Int64) { self.fen = fen }

    /// Whole yuan; a convenience of tables and tests.
    @inlinable
    public init(yuan: Int64) { fen = yuan * 100 }

    /// Exact decimal text in yuan, at most two decimals: `"1234.50"`.
    public init(_ text: some StringProtocol) throws(FixedPoint.Failure) {
        fen = try FixedPoint.parse(text, decimals: 2)
    }

    public static let zero = Money(fen: 0)

    @inlinable public static func + (a: Money, b: Money) -> Money { Money(fen: a.fen + b.fen) }
    @inlinable public static func - (a: Money, b: Money) -> Money { Money(fen: a.fen - b.fen) }
    @inlinable public static prefix func - (a: Money) -> Money { Money(fen: -a.fen) }
    @inlinable public static func += (a: inout Money, b: Money) { a.fen += b.fen }
    @inlinable public static func -= (a: inout Money, b: Money) { a.fen -= b.fen }
    @inlinable public static func < (a: Money, b: Money) -> Bool { a.fen < b.fen }
    @inlinable public static func * (a: Money, times: Int64) -> Money { Money(fen: a.fen * times) }

    /// The share of an amount at a rate, rounded half up to the fen.
    @inlinable
    public static func * (a: Money, rate: Rate) -> Money {
        Money(fen: Rounding.halfUp(a.fen, times: rate.partsPerMillion, over: 1_000_000))
    }

    @inlinable public var isNegative: Bool { fen < 0 }
    @inlinable public var magnitude: Money { Money(fen: fen < 0 ? -fen : fen) }

    /// Yuan with two decimals, as the national messages write it: `"1234.50"`.
    public var description: String { FixedPoint.format(fen, decimals: 2) }

    /// Yuan with grouping for people: `"1,234.50"`.
    public var grouped: String {
        let plain = Array(description.utf8)
        let start = fen < 0 ? 1 : 0
        let whole = plain.count - 3 - start
        var out: [UInt8] = Array(plain[..<start])
        for offset in 0..<whole {
            if offset > 0, (whole - offset) % 3 == 0 { out.append(UInt8(ascii: ",")) }
            out.append(plain[start + offset])
        }
        out.append(contentsOf: plain[(plain.count - 3)...])
        return String(decoding: out, as: UTF8.self)
    }
}

extension Sequence where Element == Money {
    public func total() -> Money { reduce(.zero, +) }
}
