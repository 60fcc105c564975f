/// Signed integers in few bytes (zigzag varints, LEB128): for blobs whose numbers are mostly small.
public struct VarintWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 48) { bytes.reserveCapacity(capacity) }

    public mutating func append(_ value: Int64) {
        var bits = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while bits >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: bits) | 0x80)
            bits >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: bits))
    }

    public mutating func append(_ value: Bool) { append(value ? 1 : 0) }
}

/// Reads what `VarintWriter` wrote.
public struct VarintReader: Sendable {
    /// The bytes end too early, or hold a number that is too long.
    public struct Damaged: Error, Hashable, Sendable {
        public init() {}
    }

    private let bytes: [UInt8]
    private var index = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { index == bytes.count }

    public mutating func int() throws(Damaged) -> Int64 {
        var bits: UInt64 = 0
        var shift: UInt64 = 0
        while index < bytes.count, shift < 64 {
            let byte = bytes[index]
            index += 1
            bits |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1) }
            shift += 7
        }
        throw Damaged()
    }

    public mutating func flag() throws(Damaged) -> Bool { try int() != 0 }
}
