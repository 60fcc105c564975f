import Basics

/// Findings of all partitions, in order of key at the end; figures for the summary travel before a row's text.
struct FindingStore: Sendable {
    private let runs: SortedRuns
    /// Bytes of a row's figures before its text.
    private static let figures = 36

    init(folder: String) throws { runs = try SortedRuns(folder: folder, name: "findings") }

    var total: Int { runs.total }

    func add(_ rows: [FindingRow]) throws { try runs.add(rows.map { .init(key: $0.key, body: FindingStore.body($0)) }) }

    /// Calls `body` with every finding in order of key.
    func merged(memory: Int, _ body: (FindingRow) throws -> Void) throws {
        try runs.merged(memory: memory) { try body(FindingStore.row($0)) }
    }

    private static func body(_ row: FindingRow) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FindingStore.figures + row.text.count)
        bytes.append(number: row.rule)
        bytes.append(number: row.institution)
        bytes.append(number: row.doctor)
        bytes.append(number: row.month)
        bytes.append(number: row.lines)
        bytes.append(number: row.amount)
        bytes.append(number: row.fund)
        return bytes + row.text
    }

    private static func row(_ row: SortedRuns.Row) -> FindingRow {
        var reader = ByteReader(row.body)
        return FindingRow(
            key: row.key, text: Array(row.body[FindingStore.figures...]), rule: reader.number(),
            institution: reader.number(),
            doctor: reader.number(), month: reader.number(), lines: reader.number(), amount: reader.number(),
            fund: reader.number())
    }
}

/// Numbers and lengths one after another, as rows lie in a temporary file.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number<T: FixedWidthInteger>() -> T {
        defer { position += MemoryLayout<T>.size }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: T.self) }
    }

    /// Bytes that their number precedes.
    mutating func text() -> [UInt8] {
        let count = Int(number() as UInt32)
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}

extension [UInt8] {
    mutating func append<T: FixedWidthInteger>(number: T) {
        Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
    }

    mutating func append(text: [UInt8]) {
        append(number: UInt32(text.count))
        self += text
    }
}
