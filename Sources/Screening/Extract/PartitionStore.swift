import Basics
import Foundation
import Synchronization

/// Rows by person, in as many partitions as memory asks for: all rows of a person lie in one, so that each can be
/// sorted and screened alone. What does not fit into the budget is spilled to one file.
final class PartitionStore: @unchecked Sendable {
    private struct Piece {
        var memory: UnsafeMutableRawPointer?
        var offset = 0
        var count: Int
    }

    let partitionCount: Int
    private let budget: Int
    private let path: String
    private let lock = Mutex(())
    private var pieces: [[[Piece]]]
    private var held = 0
    private var spilled = 0
    private var file: Int32 = -1

    init(partitions: Int, budget: Int, folder: String) {
        partitionCount = partitions
        self.budget = budget
        path = folder + "/spill"
        pieces = Array(repeating: Array(repeating: [], count: partitions), count: ExtractTable.allCases.count)
    }

    deinit {
        for table in pieces { for partition in table { for piece in partition { piece.memory?.deallocate() } } }
        if file >= 0 { close(file) }
        unlink(path)
    }

    var spilledBytes: Int { lock.withLock { _ in spilled } }

    func partition(of person: UInt64) -> Int { Int(truncatingIfNeeded: (person >> 40) & UInt64(partitionCount - 1)) }

    func append(_ bytes: UnsafeRawPointer, _ count: Int, table: Int, partition: Int) throws {
        if count == 0 { return }
        let place: (keep: Bool, offset: Int) = try lock.withLock { _ in
            if held + count <= budget {
                held += count
                return (true, 0)
            }
            if file < 0 {
                file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
                if file < 0 {
                    throw Problems(Problem("screening.spill.open", field: path, "写不了临时文件,请用 --work 指定有空间的文件夹"))
                }
            }
            defer { spilled += count }
            return (false, spilled)
        }
        var piece = Piece(memory: nil, offset: place.offset, count: count)
        if place.keep {
            let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
            memory.copyMemory(from: bytes, byteCount: count)
            piece.memory = memory
        } else {
            var written = 0
            while written < count {
                let got = pwrite(file, bytes + written, count - written, off_t(place.offset + written))
                if got <= 0 {
                    throw Problems(Problem("screening.spill.full", field: path, "临时文件写不下,请清出磁盘空间或用 --work 换一个文件夹"))
                }
                written += got
            }
        }
        lock.withLock { _ in pieces[table][partition].append(piece) }
    }

    /// All bytes of one table of a partition; frees what was held of them.
    func take(table: ExtractTable, partition: Int) throws -> PartitionBytes {
        let number = table.number
        let taken = lock.withLock { _ in
            let taken = pieces[number][partition]
            pieces[number][partition] = []
            return taken
        }
        let result = PartitionBytes(count: taken.reduce(0) { $0 + $1.count })
        var offset = 0
        var freed = 0
        for piece in taken {
            if let memory = piece.memory {
                (result.start + offset).copyMemory(from: memory, byteCount: piece.count)
                memory.deallocate()
                freed += piece.count
            } else {
                var got = 0
                while got < piece.count {
                    let read = pread(file, result.start + offset + got, piece.count - got, off_t(piece.offset + got))
                    if read <= 0 { throw Problems(Problem("screening.spill.read", field: path, "读不回临时文件,请检查磁盘")) }
                    got += read
                }
            }
            offset += piece.count
        }
        lock.withLock { _ in held -= freed }
        return result
    }
}

extension ExtractTable {
    var number: Int { ExtractTable.allCases.firstIndex(of: self)! }
}

/// Contiguous bytes of one table's part.
final class PartitionBytes {
    let start: UnsafeMutableRawPointer
    let count: Int

    init(count: Int) {
        self.count = count
        start = .allocate(byteCount: max(count, 16), alignment: 16)
    }

    deinit { start.deallocate() }
}

/// One thread's small buffers before the store: many rows for one trip through the lock.
final class PartitionWriter {
    private let store: PartitionStore
    private let table: Int
    private let size: Int
    private let buffers: UnsafeMutableRawPointer
    private let counts: UnsafeMutablePointer<Int>

    init(_ store: PartitionStore, table: ExtractTable) {
        self.store = store
        self.table = table.number
        size = table == .lines ? 32_768 : 16_384
        buffers = .allocate(byteCount: size * store.partitionCount, alignment: 16)
        counts = .allocate(capacity: store.partitionCount)
        counts.initialize(repeating: 0, count: store.partitionCount)
    }

    deinit {
        buffers.deallocate()
        counts.deallocate()
    }

    /// Room for a record of `count` bytes (a multiple of 8) of a person.
    @inline(__always)
    func reserve(_ count: Int, person: UInt64) throws -> UnsafeMutableRawPointer {
        let partition = store.partition(of: person)
        if counts[partition] + count > size { try flush(partition) }
        let place = buffers + partition * size + counts[partition]
        counts[partition] += count
        return place
    }

    private func flush(_ partition: Int) throws {
        try store.append(buffers + partition * size, counts[partition], table: table, partition: partition)
        counts[partition] = 0
    }

    func finish() throws {
        for partition in 0..<store.partitionCount { try flush(partition) }
    }
}
