/// Compact JSON into one byte buffer, in the order it is called. Amounts are written from their integers.
///
/// ```swift
/// var json = JSONWriter()
/// json.object {
///     $0.field("setl_id", "1024")
///     $0.field("fund_pay_sumamt", Money(fen: 4_289_500))   // 42895.00
/// }
/// ```
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Whether a value stands before the next one on the same level.
    private var follows = false

    public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Structure

    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "{"))
        try body(&self)
        end(UInt8(ascii: "}"))
    }

    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        begin(UInt8(ascii: "["))
        try body(&self)
        end(UInt8(ascii: "]"))
    }

    public mutating func object(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.name(name)
        try object(body)
    }

    public mutating func array(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.name(name)
        try array(body)
    }

    /// A member's name: one value must follow.
    public mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        follows = false
    }

    /// A member's name that was not written in the source, escaped.
    public mutating func name(_ name: String) {
        text(name)
        bytes.append(UInt8(ascii: ":"))
        follows = false
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        follows = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        follows = true
    }

    @inline(__always)
    private mutating func separate() {
        if follows { bytes.append(UInt8(ascii: ",")) }
        follows = true
    }

    // MARK: Values

    public mutating func text(_ value: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { appendEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// An integer scaled by 10^`decimals` as an exact decimal number.
    public mutating func number(_ scaled: Int64, decimals: Int = 0, trimming: Bool = false) {
        separate()
        FixedPoint.append(scaled, decimals: decimals, trimming: trimming, to: &bytes)
    }

    public mutating func bool(_ value: Bool) { word(value ? "true" : "false") }
    public mutating func null() { word("null") }

    /// JSON that is already written, such as a stored answer.
    public mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    /// A parsed value again, numbers by their digits.
    public mutating func value(_ json: JSON) {
        switch json.kind {
        case .null: null()
        case .bool: bool(json.bool == true)
        case .number: json.withBytes { raw($0) }
        case .text: text(json.text ?? "")
        case .array: array { for element in json.elements { $0.value(element) } }
        case .object:
            object {
                for member in json.members {
                    $0.name(member.name)
                    $0.value(member.value)
                }
            }
        }
    }

    private mutating func word(_ word: StaticString) {
        separate()
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private mutating func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>) {
        var plain = 0
        for index in utf8.indices {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: utf8[plain..<index])
            appendEscape(of: byte)
            plain = index + 1
        }
        bytes.append(contentsOf: utf8[plain...])
    }

    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            for digit in [byte >> 4, byte & 15] {
                bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}

// MARK: - Members in the house's values

extension JSONWriter {
    public mutating func field(_ name: StaticString, _ value: String) {
        self.name(name)
        text(value)
    }

    public mutating func field(_ name: StaticString, _ value: Int64) {
        self.name(name)
        number(value)
    }

    public mutating func field(_ name: StaticString, _ value: Bool) {
        self.name(name)
        bool(value)
    }

    /// Yuan with two decimals (16,2).
    public mutating func field(_ name: StaticString, _ value: Money) {
        self.name(name)
        number(value.fen, decimals: 2)
    }

    /// Yuan with six decimals (16,6).
    public mutating func field(_ name: StaticString, _ value: UnitPrice) {
        self.name(name)
        number(value.microYuan, decimals: 6)
    }

    /// Four decimals (16,4).
    public mutating func field(_ name: StaticString, _ value: Quantity) {
        self.name(name)
        number(value.tenThousandths, decimals: 4)
    }

    /// A fraction with four decimals (5,4): 85 % is `0.8500`.
    public mutating func field(_ name: StaticString, _ value: Rate) {
        self.name(name)
        number(Rounding.halfUp(value.partsPerMillion, 100), decimals: 4)
    }

    /// `yyyy-MM-dd`.
    public mutating func field(_ name: StaticString, _ value: Day) { field(name, value.description) }
    /// `yyyy-MM-dd HH:mm:ss`.
    public mutating func field(_ name: StaticString, _ value: Moment) { field(name, value.description) }
    /// The number as decimal text: in the messages an identifier is a string.
    public mutating func field<Kind>(_ name: StaticString, _ value: ID<Kind>) { field(name, value.description) }

    public mutating func null(_ name: StaticString) {
        self.name(name)
        null()
    }
}
