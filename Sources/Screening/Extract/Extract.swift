import Basics
import Foundation
import Sheets

/// The files of an extract (数据提取文件夹): `fee_list_d.csv`, `fee_list_d_2025.csv.gz`, `setl_d.xlsx` …
struct ExtractFiles {
    let folder: URL
    /// Names by table, sorted.
    private(set) var files: [ExtractTable: [String]] = [:]

    init(_ folder: URL) throws {
        self.folder = folder
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            throw Problems(Problem("screening.extract.folder", field: folder.path, "打不开数据文件夹,请检查路径和权限"))
        }
        for name in names.sorted() {
            guard [".csv", ".csv.gz", ".xlsx"].contains(where: { name.lowercased().hasSuffix($0) }) else { continue }
            // The longest table name that begins the file's name, so that `setl_d` does not take `setl_list_diag_d`.
            let table = ExtractTable.allCases.filter { name.lowercased().hasPrefix($0.rawValue) }
                .max { $0.rawValue.count < $1.rawValue.count }
            if let table { files[table, default: []].append(name) }
        }
        var problems = Problems()
        for table in ExtractTable.allCases where table.isNeeded && files[table] == nil {
            problems.add(
                "screening.extract.missing", field: folder.path, "文件夹里没有 \(table.rawValue)*.csv,请一并提取这张表")
        }
        try problems.throwIfAny()
    }

    /// One file alone.
    func only(_ name: String, of table: ExtractTable) -> ExtractFiles {
        var one = self
        one.files = [table: [name]]
        return one
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    /// Bytes on disk; compressed files count eightfold, as their text would.
    var estimatedBytes: Int {
        files.values.joined().reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path(name))
            let size = (attributes?[.size] as? Int) ?? 0
            return sum + (name.hasSuffix(".csv") ? size : size * 8)
        }
    }
}

/// Reads one table with several threads into the partition store.
struct TableIngest {
    let files: ExtractFiles
    let table: ExtractTable
    let encoding: TextEncoding?
    let threads: Int
    let rejections: Rejections
    let rejectedLimit: Rate
    let share: MemoryShare
    let progress: ScreeningProgress

    /// What was read of one file, for `run.json`.
    struct FileReport: Sendable {
        var name: String
        var encoding: String
        var bytes: Int
        var ignoredColumns: [String]
        var missingColumns: [String]
    }

    /// Opens each file of the table and hands its blocks to `threads` readers.
    func run<Reader: RowReader>(
        _ makeReader: @escaping @Sendable (_ columns: Set<String>) -> Reader
    ) throws -> [FileReport] {
        try (files.files[table] ?? []).map { name in
            let source = try BlockSource(path: files.path(name), name: name, encoding: encoding)
            let slots = try slots(of: source)
            let present = Set(source.header).intersection(table.columns)
            progress.begin(table.rawValue, file: name)
            try Workers.run(threads) {
                var reader = makeReader(present)
                try read(source, slots, &reader)
                try reader.finish()
            }
            try rejections.check(limit: rejectedLimit, file: name)
            return FileReport(
                name: name, encoding: source.encoding.rawValue, bytes: source.bytesRead,
                ignoredColumns: source.header.filter { !table.columns.contains($0) },
                missingColumns: table.columns.filter { !present.contains($0) })
        }
    }

    private func slots(of source: BlockSource) throws -> [Int32] {
        var problems = Problems()
        var seen: Set<String> = []
        let slots = source.header.map { column -> Int32 in
            guard let slot = table.columns.firstIndex(of: column) else { return -1 }
            if !seen.insert(column).inserted {
                problems.add("screening.extract.doubled", field: source.name, "表头有两列同名“\(column)”,请删去一列")
            }
            return Int32(slot)
        }
        for column in table.required where !seen.contains(column) {
            problems.add("screening.extract.column", field: source.name, "缺少必需的列“\(column)”,请重新提取")
        }
        if table == .lines, !seen.contains("med_list_codg"), !seen.contains("hilist_code") {
            problems.add("screening.extract.column", field: source.name, "med_list_codg 与 hilist_code 至少要有一列")
        }
        try problems.throwIfAny()
        return slots
    }

    private func read(_ source: BlockSource, _ slots: [Int32], _ reader: inout some RowReader) throws {
        let block = Block(capacity: BlockSource.blockSize)
        let converted = Block(capacity: source.encoding == .gb18030 ? BlockSource.blockSize * 2 : 64)
        let width = table.columns.count
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: width)
        defer { fields.deallocate() }
        // A column that the file lacks reads as empty.
        fields.initialize(repeating: Field(start: UnsafePointer(block.bytes), count: 0), count: width)
        let scratch = RowSplitter.Scratch()
        while try source.next(into: block) {
            var text = block
            var damaged = false
            if source.encoding == .gb18030 {
                damaged = GB18030.convert(block, into: converted) > 0
                converted.mayQuote = block.mayQuote
                text = converted
            } else {
                damaged = !UTF8Text.isValid(block.bytes, block.count)
            }
            try read(text, number: block.number, damaged: damaged, source, slots, fields, scratch, &reader)
            try share.check(file: source.name)
            progress.read(bytes: source.bytesRead)
        }
    }

    private func read(
        _ text: Block, number: Int, damaged: Bool, _ source: BlockSource, _ slots: [Int32],
        _ fields: UnsafeMutablePointer<Field>, _ scratch: RowSplitter.Scratch, _ reader: inout some RowReader
    ) throws {
        var rejected: [Rejections.Row] = []
        var rows = 0
        var splitter = RowSplitter(
            text.bytes, text.count, slots: slots, fields: fields, scratch: scratch, mayQuote: text.mayQuote)
        func reject(_ column: String, _ reason: String) {
            rejected.append(
                .init(
                    file: source.name, block: number, lineInBlock: splitter.linesBefore, column: column, reason: reason)
            )
        }
        rowLoop: while true {
            let row = splitter.next()
            switch row {
            case .end: break rowLoop
            case .blank: continue
            case .broken(let reason):
                rows += 1
                reject("", reason)
            case .fields:
                rows += 1
                if damaged, !isText(text, splitter.rowStart, splitter.offset) {
                    reject("", FieldFault.encoding.rawValue)
                    continue
                }
                do throws(RowFault) { try reader.read(fields) } catch { reject(error.column, error.reason) }
            }
        }
        rejections.add(
            rejected, file: source.name, block: number, lines: splitter.lines, rows: rows,
            headerLines: source.headerLines)
        progress.read(rows: rows)
    }

    /// Whether a row of a damaged block is itself whole: valid UTF-8 without the replacement character.
    private func isText(_ text: Block, _ start: Int, _ end: Int) -> Bool {
        let row = UnsafeBufferPointer(start: text.bytes + start, count: end - start)
        guard UTF8Text.isValid(row.baseAddress!, row.count) else { return false }
        return !String(decoding: row, as: UTF8.self).unicodeScalars.contains("\u{FFFD}")
    }
}

/// Whether bytes are UTF-8, without making a string of them.
enum UTF8Text {
    static func isValid(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let raw = UnsafeRawPointer(bytes)
        var index = 0
        while index < count {
            // Eight bytes of ASCII at a time, and as many as lie before the first that is none.
            if index + 8 <= count {
                let high = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080
                let skipped = high == 0 ? 8 : high.littleEndian.trailingZeroBitCount &>> 3
                index &+= skipped
                if skipped == 8 { continue }
            }
            // Characters beyond ASCII come in runs: a name, a remark.
            repeat {
                let length = bytes[index] < 0x80 ? 1 : sequence(bytes + index, count - index)
                if length == 0 { return false }
                index &+= length
            } while index < count && bytes[index] >= 0x80
        }
        return true
    }

    /// Length of the well-formed sequence that begins here; 0 when it is none (Unicode, table 3-7).
    @inline(__always)
    private static func sequence(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int {
        @inline(__always) func continues(_ index: Int) -> Bool { bytes[index] & 0xC0 == 0x80 }
        let first = bytes[0]
        if first >= 0xE1, first <= 0xEC {
            return left >= 3 && continues(1) && continues(2) ? 3 : 0
        }
        switch first {
        case 0xC2...0xDF: return left >= 2 && continues(1) ? 2 : 0
        case 0xE0: return left >= 3 && bytes[1] >= 0xA0 && bytes[1] <= 0xBF && continues(2) ? 3 : 0
        case 0xED: return left >= 3 && bytes[1] >= 0x80 && bytes[1] <= 0x9F && continues(2) ? 3 : 0
        case 0xEE, 0xEF: return left >= 3 && continues(1) && continues(2) ? 3 : 0
        case 0xF0: return left >= 4 && bytes[1] >= 0x90 && bytes[1] <= 0xBF && continues(2) && continues(3) ? 4 : 0
        case 0xF1...0xF3: return left >= 4 && continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF4: return left >= 4 && bytes[1] >= 0x80 && bytes[1] <= 0x8F && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }
}
