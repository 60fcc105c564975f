import Basics
import Foundation
import Seals
import Synchronization

/// Findings of all partitions as sorted runs in one temporary file, merged at the end: their number is not bounded by
/// memory.
final class FindingStore: @unchecked Sendable {
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

    init(folder: String) throws {
        path = folder + "/findings"
        file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        if file < 0 { throw Problems(Problem("screening.spill.open", field: path, "写不了临时文件,请用 --work 指定有空间的文件夹")) }
    }

    deinit {
        close(file)
        unlink(path)
    }

    /// Adds one run, already in order of key.
    func add(_ rows: [FindingRow]) throws {
        if rows.isEmpty { return }
        var bytes: [UInt8] = []
        for row in rows { FindingStore.append(row, to: &bytes) }
        let offset = lock.withLock { _ in
            defer { size += bytes.count }
            runs.append(Run(offset: size, count: bytes.count))
            total += rows.count
            return size
        }
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

    private static func append(_ row: FindingRow, to bytes: inout [UInt8]) {
        func number<T>(_ value: T) { withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) } }
        number(UInt32(row.key.count))
        number(UInt32(row.text.count))
        number(row.rule)
        number(row.institution)
        number(row.doctor)
        number(row.month)
        number(row.lines)
        number(row.amount)
        number(row.fund)
        bytes.append(contentsOf: row.key)
        bytes.append(contentsOf: row.text)
    }

    /// Calls `body` with every finding in order of key.
    func merged(_ body: (FindingRow) throws -> Void) throws {
        var heads = runs.map { RunReader(file: file, offset: $0.offset, count: $0.count) }
        var heap = Heap()
        for index in heads.indices { if let row = try heads[index].next() { heap.push(row, run: index) } }
        while let (row, run) = heap.first {
            try body(row)
            if let next = try heads[run].next() { heap.replaceFirst(next, run: run) } else { heap.removeFirst() }
        }
    }

    private struct RunReader {
        let file: Int32
        var offset: Int
        let end: Int
        var buffer: [UInt8] = []
        var position = 0
        private static let chunk = 1 << 16

        init(file: Int32, offset: Int, count: Int) {
            self.file = file
            self.offset = offset
            end = offset + count
        }

        private mutating func need(_ count: Int) throws -> Bool {
            while buffer.count - position < count {
                if offset >= end { return false }
                buffer.removeFirst(position)
                position = 0
                let wanted = min(max(RunReader.chunk, count), end - offset)
                let old = buffer.count
                buffer.append(contentsOf: repeatElement(0, count: wanted))
                let got = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress! + old, wanted, off_t(offset)) }
                if got <= 0 { throw Problems(Problem("screening.spill.read", "读不回临时文件,请检查磁盘")) }
                buffer.removeLast(wanted - got)
                offset += got
            }
            return true
        }

        private mutating func number<T>(_: T.Type) -> T {
            defer { position += MemoryLayout<T>.size }
            return buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: T.self) }
        }

        mutating func next() throws -> FindingRow? {
            guard try need(44) else { return nil }
            let keyCount = Int(number(UInt32.self))
            let textCount = Int(number(UInt32.self))
            var row = FindingRow(
                key: [], text: [], rule: number(Int32.self), institution: number(UInt32.self),
                doctor: number(UInt32.self),
                month: number(Int32.self), lines: number(Int32.self), amount: number(Int64.self),
                fund: number(Int64.self))
            guard try need(keyCount + textCount) else { return nil }
            row.key = Array(buffer[position..<position + keyCount])
            row.text = Array(buffer[position + keyCount..<position + keyCount + textCount])
            position += keyCount + textCount
            return row
        }
    }

    /// A binary heap of each run's next finding.
    private struct Heap {
        private var items: [(row: FindingRow, run: Int)] = []

        var first: (FindingRow, Int)? { items.first.map { ($0.row, $0.run) } }

        mutating func push(_ row: FindingRow, run: Int) {
            items.append((row, run))
            var index = items.count - 1
            while index > 0, precedes(index, (index - 1) / 2) {
                items.swapAt(index, (index - 1) / 2)
                index = (index - 1) / 2
            }
        }

        mutating func replaceFirst(_ row: FindingRow, run: Int) {
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

/// Writes bytes to a file through a buffer.
final class FileWriter {
    private let file: Int32
    private let path: String
    private var buffer: [UInt8] = []
    private let hasher: SM3Hasher?

    /// - Parameter digesting: takes the SM3 of what is written, for `digest()`.
    init(_ path: String, digesting: Bool = false) throws {
        self.path = path
        hasher = digesting ? SM3Hasher() : nil
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        if file < 0 { throw Problems(Problem("screening.out.open", field: path, "写不了结果文件,请检查文件夹的权限")) }
        buffer.reserveCapacity(1 << 20)
    }

    deinit { close(file) }

    func write(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 1 << 20 { try flush() }
    }

    func line(_ text: String) throws { try write((text + "\n").utf8) }

    /// SM3 of all that was flushed.
    func digest() -> [UInt8] { hasher?.finish() ?? [] }

    func flush() throws {
        hasher?.update(buffer)
        var written = 0
        while written < buffer.count {
            let got = buffer.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + written, buffer.count - written) }
            if got <= 0 { throw Problems(Problem("screening.out.full", field: path, "结果写不下,请清出磁盘空间")) }
            written += got
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
