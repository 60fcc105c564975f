import Basics
import Foundation
import Synchronization

/// Rows by person, in as many partitions as memory asks for: all rows of a person lie in one, so that each can be
/// sorted and screened alone. Readers fill buffers and hand them over; a buffer that does not fit into the budget is
/// spilled to one file and goes back to its reader.
final class PartitionStore: @unchecked Sendable {
    private struct Piece {
        /// Nil when it lies in the file.
        var memory: UnsafeMutableRawPointer?
        var isBuffer = false
        var offset = 0
        var count: Int
    }

    let partitionCount: Int
    /// Bytes of a buffer: many rows for one trip through the lock.
    let bufferSize: Int
    private let budget: Int
    private let path: String
    private let lock = Mutex(())
    private var arena: BufferArena
    private var pieces: [[[Piece]]]
    private var held = 0
    private var spilled = 0
    private var file: Int32 = -1

    /// - Parameters:
    ///   - budget: bytes that may be held in memory.
    ///   - writerBudget: bytes of the open buffers of one reader, one buffer a partition.
    init(partitions: Int, budget: Int, writerBudget: Int, folder: String) {
        partitionCount = partitions
        self.budget = budget
        // The longest record takes less than a page.
        bufferSize = min(32_768, max(4096, writerBudget / partitions / 4096 * 4096))
        arena = BufferArena(size: bufferSize)
        path = folder + "/spill"
        pieces = Array(repeating: Array(repeating: [], count: partitions), count: ExtractTable.allCases.count)
    }

    deinit {
        for piece in pieces.joined().joined() where !piece.isBuffer { piece.memory?.deallocate() }
        arena.deallocate()
        if file >= 0 { close(file) }
        unlink(path)
    }

    var spilledBytes: Int { lock.withLock { _ in spilled } }

    func partition(of person: UInt64) -> Int { Int(truncatingIfNeeded: (person >> 40) & UInt64(partitionCount - 1)) }

    /// A buffer to fill.
    func buffer() throws -> UnsafeMutableRawPointer { try lock.withLock { _ in try arena.take() } }

    /// Takes over a full buffer; gives the one to go on with.
    func keep(
        _ buffer: UnsafeMutableRawPointer, _ count: Int, table: Int, partition: Int
    ) throws -> UnsafeMutableRawPointer {
        let next: UnsafeMutableRawPointer? = try lock.withLock { _ in
            guard held + bufferSize <= budget else { return nil }
            held += bufferSize
            pieces[table][partition].append(Piece(memory: buffer, isBuffer: true, count: count))
            return try arena.take()
        }
        if let next { return next }
        try spill(buffer, count, table: table, partition: partition)
        return buffer
    }

    /// Takes what a reader has left: copied, because the last buffers of many partitions are nearly empty.
    func finish(_ buffer: UnsafeMutableRawPointer, _ count: Int, table: Int, partition: Int) throws {
        let fits = lock.withLock { _ in
            if held + count > budget { return false }
            held += count
            return true
        }
        if fits {
            let memory = PartitionStore.memory(count)
            memory.copyMemory(from: buffer, byteCount: count)
            lock.withLock { _ in pieces[table][partition].append(Piece(memory: memory, count: count)) }
        } else {
            try spill(buffer, count, table: table, partition: partition)
        }
        lock.withLock { _ in arena.giveBack(buffer) }
    }

    /// Memory of a piece that is no buffer; what lies packed in it is read in whole words.
    private static func memory(_ count: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: count + PackedNumbers.beyond, alignment: 16)
    }

    private func spill(_ bytes: UnsafeRawPointer, _ count: Int, table: Int, partition: Int) throws {
        let offset = try lock.withLock { _ in
            if file < 0 {
                file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
                if file < 0 {
                    throw Problems(Problem("screening.spill.open", field: path, "写不了临时文件,请用 --work 指定有空间的文件夹"))
                }
            }
            defer { spilled += count }
            return spilled
        }
        var written = 0
        while written < count {
            let got = pwrite(file, bytes + written, count - written, off_t(offset + written))
            if got <= 0 {
                throw Problems(Problem("screening.spill.full", field: path, "临时文件写不下,请清出磁盘空间或用 --work 换一个文件夹"))
            }
            written += got
        }
        lock.withLock { _ in pieces[table][partition].append(Piece(memory: nil, offset: offset, count: count)) }
    }

    /// All records of one table of a partition, where they lie; what was spilled is read back. The store forgets them.
    func take(table: ExtractTable, partition: Int) throws -> PartitionBytes {
        let number = table.number
        let taken = lock.withLock { _ in
            let taken = pieces[number][partition]
            pieces[number][partition] = []
            return taken
        }
        let result = PartitionBytes(self)
        for piece in taken {
            if let memory = piece.memory {
                result.add(memory, piece.count, isBuffer: piece.isBuffer)
            } else {
                let memory = PartitionStore.memory(piece.count)
                result.add(memory, piece.count, isBuffer: false)
                try read(piece, into: memory)
            }
        }
        lock.withLock { _ in
            for piece in taken where piece.memory != nil { held -= piece.isBuffer ? bufferSize : piece.count }
        }
        return result
    }

    private func read(_ piece: Piece, into memory: UnsafeMutableRawPointer) throws {
        var got = 0
        while got < piece.count {
            let read = pread(file, memory + got, piece.count - got, off_t(piece.offset + got))
            if read <= 0 { throw Problems(Problem("screening.spill.read", field: path, "读不回临时文件,请检查磁盘")) }
            got += read
        }
    }

    fileprivate func giveBack(_ buffers: [UnsafeMutableRawPointer]) {
        lock.withLock { _ in for buffer in buffers { arena.giveBack(buffer) } }
    }
}

extension ExtractTable {
    var number: Int { ExtractTable.allCases.firstIndex(of: self)! }
}

/// One table's part of a partition: chunks of whole records.
final class PartitionBytes {
    private(set) var chunks: [UnsafeRawBufferPointer] = []
    private var buffers: [UnsafeMutableRawPointer] = []
    private var copies: [UnsafeMutableRawPointer] = []
    private let store: PartitionStore

    fileprivate init(_ store: PartitionStore) { self.store = store }

    fileprivate func add(_ memory: UnsafeMutableRawPointer, _ count: Int, isBuffer: Bool) {
        chunks.append(UnsafeRawBufferPointer(start: memory, count: count))
        if isBuffer { buffers.append(memory) } else { copies.append(memory) }
    }

    deinit {
        for copy in copies { copy.deallocate() }
        store.giveBack(buffers)
    }

    var count: Int { chunks.reduce(0) { $0 + $1.count } }

    /// Calls `body` with each record of a table whose records have one size.
    func each<Record>(_: Record.Type, _ body: (Record) -> Void) {
        for chunk in chunks {
            for offset in stride(from: 0, to: chunk.count, by: MemoryLayout<Record>.stride) {
                body(chunk.load(fromByteOffset: offset, as: Record.self))
            }
        }
    }
}

/// Buffers of one size, cut from slabs of two megabytes and used again. Small pages serve better than huge ones: in a
/// virtual machine, clearing huge ones took twice the system's time of all page faults together.
private struct BufferArena {
    private static let slab = 2 << 20

    let size: Int
    private var slabs: [UnsafeMutableRawPointer] = []
    private var free: [UnsafeMutableRawPointer] = []
    /// Bytes cut from the newest slab.
    private var cut = BufferArena.slab

    init(size: Int) { self.size = size }

    mutating func take() throws -> UnsafeMutableRawPointer {
        if let buffer = free.popLast() { return buffer }
        if cut + size > BufferArena.slab { try grow() }
        defer { cut += size }
        return slabs.last! + cut
    }

    private mutating func grow() throws {
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, BufferArena.slab, BufferArena.slab) == 0, let memory else {
            throw Problems(Problem("screening.memory.full", "系统没有内存可用,请关掉别的程序,或减小 --memory 再运行"))
        }
        slabs.append(memory)
        cut = 0
    }

    mutating func giveBack(_ buffer: UnsafeMutableRawPointer) { free.append(buffer) }

    func deallocate() { for slab in slabs { Glibc.free(slab) } }
}

/// One reader's open buffers, one a partition.
final class PartitionWriter {
    private let store: PartitionStore
    private let table: Int
    private let size: Int
    private let buffers: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let counts: UnsafeMutablePointer<Int>

    init(_ store: PartitionStore, table: ExtractTable) {
        self.store = store
        self.table = table.number
        size = store.bufferSize
        buffers = .allocate(capacity: store.partitionCount)
        buffers.initialize(repeating: nil, count: store.partitionCount)
        counts = .allocate(capacity: store.partitionCount)
        // A partition without a buffer counts as full.
        counts.initialize(repeating: size, count: store.partitionCount)
    }

    deinit {
        buffers.deallocate()
        counts.deallocate()
    }

    @inline(__always)
    func partition(of person: UInt64) -> Int { store.partition(of: person) }

    /// Room for a record of at most so many bytes at the end of a partition; `keep` says how many it took.
    @inline(__always)
    func room(_ most: Int, in partition: Int) throws -> UnsafeMutableRawPointer {
        if counts[partition] &+ most > size { try flush(partition) }
        return buffers[partition]! + counts[partition]
    }

    /// Keeps what was written up to a place.
    @inline(__always)
    func keep(to end: UnsafeMutableRawPointer, in partition: Int) {
        counts[partition] = buffers[partition]!.distance(to: end)
    }

    /// Whether the next record begins a piece.
    @inline(__always)
    func isBeginning(_ partition: Int) -> Bool { counts[partition] == 0 }

    private func flush(_ partition: Int) throws {
        if let full = buffers[partition] {
            buffers[partition] = try store.keep(full, counts[partition], table: table, partition: partition)
        } else {
            buffers[partition] = try store.buffer()
        }
        counts[partition] = 0
    }

    func finish() throws {
        for partition in 0..<store.partitionCount {
            guard let last = buffers[partition] else { continue }
            try store.finish(last, counts[partition], table: table, partition: partition)
            buffers[partition] = nil
            counts[partition] = size
        }
    }
}
