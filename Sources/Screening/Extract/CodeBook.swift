import Foundation
import Synchronization

/// Codes (项目、诊断、机构、医师……) as small numbers, shared by the reading threads. The numbers depend on
/// which thread came first, so no result may depend on their order; 0 is the empty code.
final class CodeBook: @unchecked Sendable {
    private let lock = Mutex(())
    private let share: MemoryShare
    /// Bytes that a code costs beside its own: entries of the index and of each thread's view, and what the rules and
    /// sums keep of it.
    private let weight: Int
    /// Codes of this book are the same in small letters (ICD and item codes).
    private let inCapitals: Bool
    /// The first code of each hash, and by number the next one of the same hash; 0 when there is none.
    private var index: [UInt64: UInt32] = [:]
    private var alike: [UInt32] = [0]
    /// Bytes of each code and, where a table gives one, its name; guarded by `lock` while reading runs.
    private(set) var codes: [[UInt8]] = [[]]
    private(set) var names: [[UInt8]] = [[]]

    init(_ share: MemoryShare, weight: Int = 256, inCapitals: Bool = false) {
        self.share = share
        self.weight = weight
        self.inCapitals = inCapitals
    }

    static func capital(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte & 0xDF : byte }

    var count: Int { codes.count }

    func number(of code: String) -> UInt32 {
        var code = code
        return code.withUTF8 {
            $0.isEmpty ? 0 : number($0.baseAddress!, $0.count, hash: Hashing.hash($0.baseAddress!, $0.count))
        }
    }

    func number(_ bytes: UnsafePointer<UInt8>, _ count: Int, hash: UInt64) -> UInt32 {
        let code = UnsafeBufferPointer(start: bytes, count: count)
        guard inCapitals, code.contains(where: { CodeBook.capital($0) != $0 }) else {
            return known(bytes, count, hash: hash)
        }
        return code.map(CodeBook.capital).withUnsafeBufferPointer {
            known($0.baseAddress!, count, hash: Hashing.hash($0.baseAddress!, count))
        }
    }

    private func known(_ bytes: UnsafePointer<UInt8>, _ count: Int, hash: UInt64) -> UInt32 {
        lock.withLock { _ in
            let first = index[hash] ?? 0
            var candidate = first
            while candidate != 0 {
                if equal(codes[Int(candidate)], bytes, count) { return candidate }
                candidate = alike[Int(candidate)]
            }
            let number = UInt32(codes.count)
            codes.append(Array(UnsafeBufferPointer(start: bytes, count: count)))
            names.append([])
            alike.append(first)
            index[hash] = number
            share.add(weight + count)
            return number
        }
    }

    /// Keeps the name that is smallest by bytes, so that the order of rows does not matter.
    func offer(_ name: UnsafePointer<UInt8>, _ count: Int, for number: UInt32) {
        let new = Array(UnsafeBufferPointer(start: name, count: count))
        lock.withLock { _ in
            let old = names[Int(number)]
            guard old.isEmpty || new.lexicographicallyPrecedes(old) else { return }
            names[Int(number)] = new
            share.add(new.count - old.count)
        }
    }

    func code(_ number: UInt32) -> String { String(decoding: codes[Int(number)], as: UTF8.self) }
    func name(_ number: UInt32) -> String { String(decoding: names[Int(number)], as: UTF8.self) }

    private func equal(_ code: [UInt8], _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        code.count == count && code.withUnsafeBufferPointer { memcmp($0.baseAddress!, bytes, count) == 0 }
    }
}

/// One thread's view of a code book: a hit costs one probe and no lock. Keys are the hashes of codes as they are written,
/// so that small letters are turned into capitals once for each spelling and thread.
struct LocalCodes {
    private let book: CodeBook
    /// Key and number lie together: one trip to memory finds both. Key 0 is free.
    private var slots: [(key: UInt64, number: UInt32)]
    /// Hash of the name last offered for a number; the same name is not offered twice.
    private var namesSeen: [UInt64] = []
    private var mask: Int
    private var used = 0

    init(_ book: CodeBook) {
        self.book = book
        slots = Array(repeating: (0, 0), count: 1024)
        mask = 1023
    }

    @inline(__always)
    mutating func number(_ field: Field) -> UInt32 {
        if field.count == 0 { return 0 }
        let hash = Hashing.hash(field.start, field.count)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let known = slots[slot]
            if known.key == hash { return known.number }
            if known.key == 0 { return add(field, hash) }
            slot = (slot + 1) & mask
        }
    }

    private mutating func add(_ field: Field, _ hash: UInt64) -> UInt32 {
        let number = book.number(field.start, field.count, hash: hash)
        if used * 2 > mask { grow() }
        place(hash, number)
        used += 1
        return number
    }

    private mutating func place(_ key: UInt64, _ number: UInt32) {
        var slot = Int(truncatingIfNeeded: key) & mask
        while slots[slot].key != 0 { slot = (slot + 1) & mask }
        slots[slot] = (key, number)
    }

    private mutating func grow() {
        let old = slots
        mask = mask * 2 + 1
        slots = Array(repeating: (0, 0), count: mask + 1)
        for known in old where known.key != 0 { place(known.key, known.number) }
    }

    @inline(__always)
    mutating func offer(name: Field, for number: UInt32) {
        if name.count == 0 || number == 0 { return }
        let hash = Hashing.hash(name.start, name.count)
        if Int(number) < namesSeen.count, namesSeen[Int(number)] == hash { return }
        while namesSeen.count <= Int(number) { namesSeen.append(0) }
        namesSeen[Int(number)] = hash
        book.offer(name.start, name.count, for: number)
    }
}
