/// Open-addressing index from 64-bit keys to numbers; key 0 is not used.
struct HashIndex {
    private let keys: UnsafeMutablePointer<UInt64>
    private let values: UnsafeMutablePointer<Int32>
    private let mask: Int

    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        mask = size - 1
        keys = .allocate(capacity: size)
        keys.initialize(repeating: 0, count: size)
        values = .allocate(capacity: size)
    }

    func deallocate() {
        keys.deallocate()
        values.deallocate()
    }

    @inline(__always)
    static func key(_ id: UInt64, of person: UInt64) -> UInt64 {
        let key = Hashing.mix(id ^ 0x2D35_8DCC_AA6C_78A5, person ^ 0x8BB8_4B93_962E_ACC9)
        return key == 0 ? 1 : key
    }

    /// The value under a key; nil when absent.
    @inline(__always)
    subscript(key: UInt64) -> Int32? {
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// The value under a key; nil when absent, and then `value` is set.
    @inline(__always)
    func find(_ key: UInt64, orSet value: Int32) -> Int32? {
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & mask
        }
        keys[slot] = key
        values[slot] = value
        return nil
    }

    /// Sets a value; the old one when the key was there.
    @inline(__always)
    @discardableResult
    func set(_ key: UInt64, _ value: Int32) -> Int32? {
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key {
                let old = values[slot]
                values[slot] = value
                return old
            }
            slot = (slot + 1) & mask
        }
        keys[slot] = key
        values[slot] = value
        return nil
    }
}
