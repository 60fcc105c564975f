import Basics
import Foundation
import Settlement
import Storage

/// A large CSV file written field by field (RFC 4180, UTF-8), a megabyte at a time.
final class CSVWriter {
    /// How a column of the store is written.
    enum Kind {
        case text, number, day, moment
        /// Money in yuan with two decimals.
        case fen
        /// A rate as a fraction with four decimals.
        case ppm
        /// A dictionary value of two digits.
        case twoDigits
    }

    private let path: String
    private let file: FileHandle
    private var buffer: [UInt8] = []
    private var isRowBegun = false
    private(set) var rows = 0

    private static let bufferMax = 1 << 20

    init(_ path: String, header: [String]) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else {
            throw Problem("extract.file", field: path, "写不了这个文件,请核对文件夹的权限")
        }
        self.file = file
        buffer.reserveCapacity(Self.bufferMax + 4096)
        buffer += Array((header.joined(separator: ",") + "\n").utf8)
    }

    /// One column of a row of the store; NULL is an empty field.
    func field(_ row: any Row, _ column: Int, _ kind: Kind) throws {
        if row.isNull(column) { return text("") }
        switch kind {
        case .text: text(try row.text(column))
        case .number: plain(String(try row.int(column)))
        case .day: plain(try row.day(column).description)
        case .moment: plain(try row.moment(column).description)
        case .fen: plain(try row.money(column).description)
        case .ppm: plain(FixedPoint.format(try row.int(column), decimals: 6, trimming: true))
        case .twoDigits: plain(String(100 + (try row.int(column))).suffix(2))
        }
    }

    /// A field, quoted where it must be.
    func text(_ value: String) {
        let special: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r")]
        guard value.utf8.contains(where: special.contains) else { return plain(value) }
        separate()
        buffer.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            if byte == UInt8(ascii: "\"") { buffer.append(byte) }
            buffer.append(byte)
        }
        buffer.append(UInt8(ascii: "\""))
    }

    private func plain(_ value: some StringProtocol) {
        separate()
        buffer += value.utf8
    }

    private func separate() {
        if isRowBegun { buffer.append(UInt8(ascii: ",")) }
        isRowBegun = true
    }

    func endRow() throws {
        buffer.append(UInt8(ascii: "\n"))
        isRowBegun = false
        rows += 1
        if buffer.count >= Self.bufferMax { try flush() }
    }

    /// Writes what is left; answers how many rows the file has.
    func finish() throws -> Int {
        try flush()
        try file.close()
        return rows
    }

    private func flush() throws {
        do { try file.write(contentsOf: buffer) } catch {
            throw Problem("extract.full", field: path, "没有写完,请检查磁盘空间后重新抽取")
        }
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Which settlement stands for a line: the last one that covers it and was not taken back.
struct CoveringSettlements {
    private var byEncounter: [Int64: [(id: Int64, lines: LineRanges)]] = [:]

    init(_ tx: any Transaction, _ area: AreaCode) throws {
        let query: SQL = """
            SELECT s.encounter_id, s.id, s.lines FROM settlement s
            LEFT JOIN settlement r ON r.area = s.area AND r.original_id = s.id
            WHERE s.area = ? AND s.kind <> 2 AND r.id IS NULL ORDER BY s.id
            """
        try tx.forEach(query, [Value(area)]) { row in
            guard let lines = LineRanges(try row.text(2)) else { throw StoreError.damaged("settlement.lines") }
            byEncounter[try row.int(0), default: []].append((try row.int(1), lines))
            return true
        }
    }

    /// The settlement that ended an encounter.
    func last(of encounter: Int64) -> Int64? { byEncounter[encounter]?.last?.id }

    func settlement(of encounter: Int64, line: Int64) -> Int64? {
        byEncounter[encounter]?.last { $0.lines.contains(line) }?.id
    }
}
