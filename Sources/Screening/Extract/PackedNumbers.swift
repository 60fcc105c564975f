/// Numbers one after another, each in as few bytes as it needs, up to fifteen of them: the eight bytes before them hold their
/// lengths, four bits each, and a mark.
///
/// A record of fixed width is mostly zeros. Packed, a fee line takes some 45 bytes instead of 112: less memory that the
/// system must clear, less to move through the caches, and less than half as much to spill.
enum PackedNumbers {
    static let header = 8
    /// Bytes beyond its end that packing writes and unpacking reads: each number is moved as a whole word.
    static let beyond = 8
    /// A number has at most so many bits: its length fits four bits, and its mask a word.
    static let bits = 56
    /// The highest bit of the header.
    fileprivate static let mark: UInt64 = 1 << 63
}

struct NumberPacker {
    private let start: UnsafeMutableRawPointer
    private var lengths: UInt64 = 0
    private var shift: UInt64 = 0
    /// Where the next number, or a text behind the last one, begins.
    private(set) var place: UnsafeMutableRawPointer

    /// Whoever reads the numbers finds the mark again.
    @inline(__always)
    init(at start: UnsafeMutableRawPointer, mark: Bool = false) {
        self.start = start
        place = start + PackedNumbers.header
        if mark { lengths = PackedNumbers.mark }
    }

    @inline(__always)
    mutating func add(_ number: UInt64) {
        assert(number >> UInt64(PackedNumbers.bits) == 0)
        let length = (71 &- number.leadingZeroBitCount) &>> 3
        place.storeBytes(of: number.littleEndian, as: UInt64.self)
        place += length
        lengths |= UInt64(truncatingIfNeeded: length) &<< shift
        shift &+= 4
    }

    /// Small magnitudes stay small whatever their sign.
    @inline(__always)
    mutating func add(signed number: Int64) { add(UInt64(bitPattern: number &<< 1 ^ number &>> 63)) }

    /// A word as it is, not counted among the numbers.
    @inline(__always)
    mutating func add(word: UInt64) {
        place.storeBytes(of: word, as: UInt64.self)
        place += 8
    }

    @inline(__always)
    mutating func add(_ text: Field) {
        place.copyMemory(from: text.start, byteCount: text.count)
        place += text.count
    }

    @inline(__always)
    func finish() { start.storeBytes(of: lengths, as: UInt64.self) }
}

struct NumberUnpacker {
    private var lengths: UInt64
    private(set) var place: UnsafeRawPointer

    @inline(__always)
    init(at start: UnsafeRawPointer) {
        lengths = start.loadUnaligned(as: UInt64.self)
        place = start + PackedNumbers.header
    }

    @inline(__always)
    var isMarked: Bool { lengths & PackedNumbers.mark != 0 }

    @inline(__always)
    mutating func next() -> UInt64 {
        let length = Int(truncatingIfNeeded: lengths & 15)
        lengths &>>= 4
        let mask: UInt64 = (1 &<< UInt64(truncatingIfNeeded: length &* 8)) &- 1
        let number = place.loadUnaligned(as: UInt64.self).littleEndian & mask
        place += length
        return number
    }

    @inline(__always)
    mutating func nextSigned() -> Int64 {
        let number = next()
        return Int64(bitPattern: number &>> 1) ^ -Int64(bitPattern: number & 1)
    }

    @inline(__always)
    mutating func word() -> UInt64 {
        defer { place += 8 }
        return place.loadUnaligned(as: UInt64.self)
    }

    @inline(__always)
    mutating func text(_ count: Int) -> UnsafePointer<UInt8> {
        defer { place += count }
        return place.assumingMemoryBound(to: UInt8.self)
    }
}
