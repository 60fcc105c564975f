import Basics
import Foundation
import Synchronization

/// What the cluster reads (集群的数据文件): each CSV is looked through by the native reader, so that a broken row is
/// rejected with its line, and a file with broken rows, or a workbook, is handed on as a clean copy.
struct SparkSources {
    let extract: URL
    let encoding: TextEncoding?
    let limit: Rate
    /// Folder of clean copies; workers must reach it.
    let work: URL
    /// What broken rows may take up while they are looked through.
    private let share = MemoryShare(1 << 30)
    let rejections: Rejections

    init(extract: URL, encoding: TextEncoding?, limit: Rate, work: URL) {
        self.extract = extract
        self.encoding = encoding
        self.limit = limit
        self.work = work
        rejections = Rejections(share)
    }

    /// The files to read. `describe` tells the columns of Parquet folders with their types.
    func files(describe: ([SourceFile]) async throws -> [[String: String]]) async throws -> [SourceFile] {
        let listed = try SourceFile.listed(in: extract, encoding: encoding)
        let folders = listed.filter { if case .parquet = $0.form { true } else { false } }
        if !folders.isEmpty { return try typed(folders, try await describe(folders)) }
        let files = try ExtractFiles(extract)
        return try listed.map { try lookThrough($0, files) }
    }

    /// Clean copies of the tables of stock: days in one form, broken rows rejected.
    func stock() throws -> URL {
        for file in StockFile.all(in: extract) where file.exists {
            let copy = try FileWriter(work.appending(path: file.name).path)
            try copy.line(file.header)
            try file.read(encoding, rejections) { try copy.line(StockFile.text($0)) }
            try copy.flush()
        }
        return work
    }

    private func typed(_ folders: [SourceFile], _ types: [[String: String]]) throws -> [SourceFile] {
        var problems = Problems()
        let files = zip(folders, types).map { folder, types in
            var file = folder
            file.form = .parquet(types: types)
            file.header = types.keys.sorted()
            for column in file.table.required where types[column] == nil {
                problems.add("screening.extract.column", field: file.name, "缺少必需的列“\(column)”,请重新提取")
            }
            return file
        }
        try problems.throwIfAny()
        return files
    }

    private func lookThrough(_ file: SourceFile, _ files: ExtractFiles) throws -> SourceFile {
        let ingest = TableIngest(
            files: files.only(file.name, of: file.table), table: file.table, encoding: encoding,
            threads: ProcessInfo.processInfo.activeProcessorCount, rejections: rejections, rejectedLimit: limit,
            share: share, progress: ScreeningProgress())
        let before = rejections.counts
        let rows = RowTally()
        _ = try ingest.run { _ in RowCounter(rows) }
        var result = file
        result.wholeRows = rows.count
        result.brokenRows = rejections.counts.rejected - before.rejected
        guard result.brokenRows > 0 || file.name.hasSuffix(".xlsx") else { return result }
        return try copied(result, files)
    }

    /// The rows that are whole, with the columns that screening reads, in UTF-8.
    private func copied(_ file: SourceFile, _ files: ExtractFiles) throws -> SourceFile {
        var result = file
        let columns = file.table.columns.indices.filter { file.header.contains(file.table.columns[$0]) }
        result.header = columns.map { file.table.columns[$0] }
        result.path = work.appending(path: file.name + ".clean.csv").path
        result.form = .csv(.utf8)
        let copy = CleanCopy(try FileWriter(result.path))
        try copy.write(Array((result.header.joined(separator: ",") + "\n").utf8))
        let again = TableIngest(
            files: files.only(file.name, of: file.table), table: file.table, encoding: encoding,
            threads: ProcessInfo.processInfo.activeProcessorCount, rejections: Rejections(share), rejectedLimit: .one,
            share: share, progress: ScreeningProgress())
        _ = try again.run { _ in RowCopier(copy, columns: columns) }
        try copy.close()
        return result
    }
}

/// Rows of a file whose structure is whole.
private final class RowTally: Sendable {
    private let rows = Atomic<Int>(0)
    var count: Int { rows.load(ordering: .relaxed) }
    func add(_ more: Int) { rows.add(more, ordering: .relaxed) }
}

private struct RowCounter: RowReader {
    private let tally: RowTally
    private var rows = 0

    init(_ tally: RowTally) { self.tally = tally }

    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) { rows += 1 }
    func finish() throws { tally.add(rows) }
}

private final class CleanCopy: @unchecked Sendable {
    private let lock = Mutex(())
    private let file: FileWriter

    init(_ file: FileWriter) { self.file = file }

    func write(_ bytes: [UInt8]) throws { try lock.withLock { _ in try file.write(bytes) } }
    func close() throws { try lock.withLock { _ in try file.flush() } }
}

private struct RowCopier: RowReader {
    private static let pieceBytes = 1 << 20

    private let copy: CleanCopy
    private let columns: [Int]
    private var piece: [UInt8] = []

    init(_ copy: CleanCopy, columns: [Int]) {
        self.copy = copy
        self.columns = columns
    }

    mutating func read(_ fields: UnsafeMutablePointer<Field>) throws(RowFault) {
        for (number, column) in columns.enumerated() {
            if number > 0 { piece.append(UInt8(ascii: ",")) }
            append(UnsafeBufferPointer(start: fields[column].start, count: fields[column].count))
        }
        piece.append(UInt8(ascii: "\n"))
        if piece.count < RowCopier.pieceBytes { return }
        do { try copy.write(piece) } catch { throw RowFault(column: "", reason: "\(error)") }
        piece.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ field: UnsafeBufferPointer<UInt8>) {
        let special: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        guard field.contains(where: special.contains) else {
            piece.append(contentsOf: field)
            return
        }
        piece.append(UInt8(ascii: "\""))
        for byte in field {
            if byte == UInt8(ascii: "\"") { piece.append(byte) }
            piece.append(byte)
        }
        piece.append(UInt8(ascii: "\""))
    }

    func finish() throws { try copy.write(piece) }
}
