import Basics
import Foundation
import Synchronization

/// Rows that could not be read (被拒绝的行), with the file, line, column and reason of each.
final class Rejections: @unchecked Sendable {
    struct Row {
        let file: String
        let block: Int
        let lineInBlock: Int
        let column: String
        let reason: String
    }
    struct Named: Sendable {
        public let file: String
        public let line: Int
        public let column: String
        public let reason: String
    }

    private let lock = Mutex(())
    private let share: MemoryShare
    private var rows: [Row] = []
    private var linesOfBlock: [String: [Int: Int]] = [:]
    private var headerLines: [String: Int] = [:]
    private var read = 0

    init(_ share: MemoryShare) { self.share = share }

    func add(_ rejected: [Row], file: String, block: Int, lines: Int, rows read: Int, headerLines header: Int) {
        // Twice a row: they are named and sorted in the end.
        share.add(rejected.count * 2 * MemoryLayout<Row>.stride)
        lock.withLock { _ in
            rows += rejected
            linesOfBlock[file, default: [:]][block] = lines
            headerLines[file] = header
            self.read += read
        }
    }

    var counts: (rejected: Int, read: Int) { lock.withLock { _ in (rows.count, read) } }

    /// So few broken rows never stop a run, whatever their share.
    static let alwaysAllowed = 1000

    static func isTooMany(_ rejected: Int, of read: Int, limit: Rate) -> Bool {
        rejected > alwaysAllowed && Int64(rejected) * 1_000_000 > limit.partsPerMillion * Int64(read)
    }

    /// Stops the run when more rows are broken than the stated share allows.
    func check(limit: Rate, file: String) throws {
        let (rejected, read) = counts
        guard Rejections.isTooMany(rejected, of: read, limit: limit) else { return }
        let first = named().prefix(3).map { "\($0.file) 第 \($0.line) 行 \($0.column) \($0.reason)" }
        throw Rejections.tooMany(rejected, of: read, limit: limit, file: file, examples: first)
    }

    static func tooMany(_ rejected: Int, of read: Int, limit: Rate, file: String, examples: [String]) -> Problems {
        Problems(
            Problem(
                "screening.extract.broken", field: file,
                "已读 \(read) 行,其中 \(rejected) 行读不出来,超过 \(limit.description)。例如:\(examples.joined(separator: ";"))。"
                    + "请检查分隔符、编码和列名"))
    }

    /// In order of file and line.
    func named() -> [Named] {
        lock.withLock { _ in
            var before: [String: [Int]] = [:]
            for (file, blocks) in linesOfBlock {
                var sums = [headerLines[file] ?? 1]
                for block in 0..<(blocks.keys.max() ?? -1) + 1 { sums.append(sums[block] + (blocks[block] ?? 0)) }
                before[file] = sums
            }
            return rows.map {
                Named(
                    file: $0.file, line: (before[$0.file]?[$0.block] ?? 0) + $0.lineInBlock + 1, column: $0.column,
                    reason: $0.reason)
            }.sorted { ($0.file, $0.line) < ($1.file, $1.line) }
        }
    }
}
