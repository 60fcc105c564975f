import Basics
import Foundation

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
    func run(_ makeReader: @escaping @Sendable (_ columns: Set<String>) -> any RowReader) throws -> [FileReport] {
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

    private func read(_ source: BlockSource, _ slots: [Int32], _ reader: inout any RowReader) throws {
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
                text = converted
            } else {
                damaged = !isASCII(block) && String(validating: UnsafeBufferPointer(start: block.bytes, count: block.count), as: UTF8.self) == nil
            }
            try read(text, number: block.number, damaged: damaged, source, slots, fields, scratch, &reader)
            progress.read(bytes: source.bytesRead)
        }
    }

    private func read(
        _ text: Block, number: Int, damaged: Bool, _ source: BlockSource, _ slots: [Int32],
        _ fields: UnsafeMutablePointer<Field>, _ scratch: RowSplitter.Scratch, _ reader: inout any RowReader
    ) throws {
        var rejected: [Rejections.Row] = []
        var rows = 0
        var splitter = RowSplitter(text.bytes, text.count, slots: slots, fields: fields, scratch: scratch)
        func reject(_ column: String, _ reason: String) {
            let line = newlines(text, upTo: splitter.rowStart)
            rejected.append(.init(file: source.name, block: number, lineInBlock: line, column: column, reason: reason))
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
            rejected, file: source.name, block: number, lines: newlines(text, upTo: text.count), rows: rows,
            headerLines: source.headerLines)
        progress.read(rows: rows)
    }

    private func newlines(_ text: Block, upTo end: Int) -> Int {
        let bytes = text.bytes
        var count = 0
        for index in 0..<end where bytes[index] == 0x0A { count &+= 1 }
        return count
    }

    private func isASCII(_ block: Block) -> Bool {
        let raw = UnsafeRawPointer(block.bytes)
        var bits: UInt64 = 0
        var offset = 0
        while offset + 8 <= block.count {
            bits |= raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < block.count {
            bits |= UInt64(block.bytes[offset])
            offset += 1
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }

    /// Whether a row of a damaged block is itself whole: valid UTF-8 without the replacement character.
    private func isText(_ text: Block, _ start: Int, _ end: Int) -> Bool {
        let row = UnsafeBufferPointer(start: text.bytes + start, count: end - start)
        guard let string = String(validating: row, as: UTF8.self) else { return false }
        return !string.unicodeScalars.contains("\u{FFFD}")
    }
}
