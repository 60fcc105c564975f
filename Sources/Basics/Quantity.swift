/// A quantity (数量) in ten-thousandths; negative when a line takes another back (退单).
public struct Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var tenThousandths: Int64

    @inlinable
    public init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

    @inlinable
    public init(_ whole: Int64) { tenThousandths = whole * 10_000 }

    public init(_ text: some StringProtocol) throws(FixedPoint.Failure) {
        tenThousandths = try FixedPoint.parse(text, decimals: 4)
    }

    @inlinable public static func < (a: Quantity, b: Quantity) -> Bool { a.tenThousandths < b.tenThousandths }
    @inlinable public static func + (a: Quantity, b: Quantity) -> Quantity {
        Quantity(tenThousandths: a.tenThousandths + b.tenThousandths)
    }
    @inlinable public static prefix func - (a: Quantity) -> Quantity { Quantity(tenThousandths: -a.tenThousandths) }

    public var description: String { FixedPoint.format(tenThousandths, decimals: 4, trimming: true) }
    /// The national message's form with four decimals.
    public var exact: String { FixedPoint.format(tenThousandths, decimals: 4) }
}

/// A unit price (单价) in millionths of a yuan.
public struct UnitPrice: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var microYuan: Int64

    @inlinable
    public init(microYuan: Int64) { self.microYuan = microYuan }

    @inlinable
    public init(_ money: Money) { microYuan = money.fen * 10_000 }

    public init(_ text: some StringProtocol) throws(FixedPoint.Failure) {
        microYuan = try FixedPoint.parse(text, decimals: 6)
    }

    @inlinable public static func < (a: UnitPrice, b: UnitPrice) -> Bool { a.microYuan < b.microYuan }
    @inlinable public static func - (a: UnitPrice, b: UnitPrice) -> UnitPrice {
        UnitPrice(microYuan: a.microYuan - b.microYuan)
    }

    /// `price × quantity` in fen, rounded half up: 10⁻⁶ yuan × 10⁻⁴ is 10⁻⁸ fen.
    @inlinable
    public static func * (price: UnitPrice, quantity: Quantity) -> Money {
        Money(fen: Rounding.halfUp(price.microYuan, times: quantity.tenThousandths, over: 100_000_000))
    }

    public var description: String { FixedPoint.format(microYuan, decimals: 6, trimming: true) }
    /// The national message's form with six decimals.
    public var exact: String { FixedPoint.format(microYuan, decimals: 6) }
}
