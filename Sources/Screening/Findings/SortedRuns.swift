import Basics
import Foundation
import Synchronization

/// Rows of bytes under a key, written to a temporary file as sorted runs and merged at the end: their number is not
/// bounded by memory.
final class SortedRuns: @unchecked Sendable {
    struct Row {
        var key: [UInt8]
        var body: [UInt8]
    }

    private struct Run {
        var offset: Int
        var count: Int
    }

    private let path: String
    private let file: Int32
    private let lock = Mutex(())
    private var runs: [Run] = []
    private var size = 0
    private(set) var total = 0

    init(folder: String, name: String) throws {
        path = folder + "/" + name
        file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        if file < 0 { throw Problems(Problem("screening.spill.open", field: path, "写不了临时文件,请用 --work 指定有空间的文件夹")) }
    }

    deinit {
        close(file)
        unlink(path)
    }

    /// Adds rows, which need no order, as one run.
    func add(_ rows: [Row]) throws {
        if rows.isEmpty { return }
        var bytes: [UInt8] = []
        for row in rows.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            for count in [row.key.count, row.body.count] {
                withUnsafeBytes(of: UInt32(count)) { bytes.append(contentsOf: $0) }
            }
            bytes += row.key
            bytes += row.body
        }
        let offset = lock.withLock { _ in
            defer { size += bytes.count }
            runs.append(Run(offset: size, count: bytes.count))
            total += rows.count
            return size
        }
        try write(bytes, at: offset)
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws {
        var written = 0
        while written < bytes.count {
            let got = bytes.withUnsafeBytes {
                pwrite(file, $0.baseAddress! + written, bytes.count - written, off_t(offset + written))
            }
            if got <= 0 {
                throw Problems(Problem("screening.spill.full", field: path, "临时文件写不下,请清出磁盘空间或用 --work 换一个文件夹"))
            }
            written += got
        }
    }

    /// Calls `body` with every row in order of key. The runs' read buffers together take no more than `memory`, or
    /// 4 KiB a run.
    func merged(memory: Int, _ body: (Row) throws -> Void) throws {
        let chunk = min(1 << 16, max(1 << 12, memory / max(1, runs.count)))
        var heads = runs.map { RunReader(file: file, offset: $0.offset, count: $0.count, chunk: chunk) }
        var heap = Heap()
        for index in heads.indices { if let row = try heads[index].next() { heap.push(row, run: index) } }
        while let (row, run) = heap.first {
            try body(row)
            if let next = try heads[run].next() { heap.replaceFirst(next, run: run) } else { heap.removeFirst() }
        }
    }
}

extension SortedRuns {
    /// Reads one run through a small buffer.
    private struct RunReader {
        let file: Int32
        var offset: Int
        let end: Int
        let chunk: Int
        var buffer: [UInt8] = []
        var position = 0

        init(file: Int32, offset: Int, count: Int, chunk: Int) {
            self.file = file
            self.offset = offset
            self.chunk = chunk
            end = offset + count
        }

        private mutating func need(_ count: Int) throws -> Bool {
            while buffer.count - position < count {
                if offset >= end { return false }
                buffer.removeFirst(position)
                position = 0
                let wanted = min(max(chunk, count), end - offset)
                let old = buffer.count
                buffer.append(contentsOf: repeatElement(0, count: wanted))
                let got = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress! + old, wanted, off_t(offset)) }
                if got <= 0 { throw Problems(Problem("screening.spill.read", "读不回临时文件,请检查磁盘")) }
                buffer.removeLast(wanted - got)
                offset += got
            }
            return true
        }

        private mutating func count() -> Int {
            defer { position += 4 }
            return Int(buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt32.self) })
        }

        private mutating func bytes(_ count: Int) -> [UInt8] {
            defer { position += count }
            return Array(buffer[position..<position + count])
        }

        mutating func next() throws -> Row? {
            guard try need(8) else { return nil }
            let (key, body) = (count(), count())
            guard try need(key + body) else { return nil }
            return Row(key: bytes(key), body: bytes(body))
        }
    }

    /// A binary heap of each run's next row.
    private struct Heap {
        private var items: [(row: Row, run: Int)] = []

        var first: (Row, Int)? { items.first.map { ($0.row, $0.run) } }

        mutating func push(_ row: Row, run: Int) {
            items.append((row, run))
            var index = items.count - 1
            while index > 0, precedes(index, (index - 1) / 2) {
                items.swapAt(index, (index - 1) / 2)
                index = (index - 1) / 2
            }
        }

        mutating func replaceFirst(_ row: Row, run: Int) {
            items[0] = (row, run)
            sink()
        }

        mutating func removeFirst() {
            items.swapAt(0, items.count - 1)
            items.removeLast()
            sink()
        }

        private mutating func sink() {
            var index = 0
            while true {
                let left = index * 2 + 1
                guard left < items.count else { return }
                let right = left + 1
                let least = right < items.count && precedes(right, left) ? right : left
                guard precedes(least, index) else { return }
                items.swapAt(least, index)
                index = least
            }
        }

        private func precedes(_ a: Int, _ b: Int) -> Bool {
            items[a].row.key.lexicographicallyPrecedes(items[b].row.key)
        }
    }
}
