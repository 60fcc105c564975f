import Basics
import Foundation
import Testing

@testable import Screening

/// Files as they come: encodings, quotes, dates, broken rows; and that no byte sequence loses a row or crashes.
@Suite struct ReaderTests {
    private func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = Engine.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder.appending(path: "in"), withIntermediateDirectories: true)
        try body(folder)
    }

    private let visits =
        "mdtrt_id,psn_no,gend,brdy,fixmedins_code,fixmedins_name,begntime,med_type\nM1,P1,1,1985-01-01,H1,虚构医院,2025-03-01 08:00:00,11\n"
    private func lines(_ rows: [String]) -> String {
        (["unknown,bkkp_sn,psn_no,mdtrt_id,cnt,pric,det_item_fee_sumamt,fee_ocur_time,hilist_name,med_list_codg"] + rows)
            .joined(separator: "\n") + "\n"
    }
    /// 门急诊留观诊查费 twice on a day: one finding.
    private func row(_ id: String, name: String = "留观", time: String = "2025-03-01 09:00:00") -> String {
        "x,\(id),P1,M1,2,10,20,\(time),\(name),001102000040000"
    }

    private func run(_ folder: URL, lines text: Data, name: String = "fee_list_d.csv", visits other: Data? = nil) throws
        -> (Screening.Result, [Found])
    {
        let source = folder.appending(path: "in")
        try (other ?? Data(visits.utf8)).write(to: source.appending(path: "mdtrt_d.csv"))
        try text.write(to: source.appending(path: name))
        let result = try Engine.run(source, out: folder.appending(path: "out"))
        return (result, try Engine.findings(folder.appending(path: "out")))
    }

    @Test(arguments: ["\u{FEFF}", ""], ["\n", "\r\n"])
    func marksAndLineEnds(mark: String, lineEnd: String) throws {
        try inFolder { folder in
            let text =
                mark
                + lines([row("1"), "", row("2", name: "\"含,逗号\"\"引号\"\"\n换行\"")]).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).joined(separator: lineEnd)
            let (result, found) = try run(folder, lines: Data(text.utf8))
            #expect(result.rejected == 0)
            #expect(result.lines == 2)
            #expect(found.map(\.kind) == ["quantity"])
        }
    }

    @Test func gb18030IsRecognised() throws {
        try inFolder { folder in
            let encoding = String.Encoding(rawValue: CFStringEncodingBridge.gb18030)
            let (result, found) = try run(
                folder, lines: lines([row("1")]).data(using: encoding)!, visits: visits.data(using: encoding)!)
            #expect(result.rejected == 0)
            #expect(found.count == 1)
        }
    }

    @Test(arguments: [
        "2025-03-01", "2025/03/01", "20250301", "2025-03-01 09:00:00", "2025/03/01 09:00", "2025-03-01T09:00:00.123",
        "20250301090000", "20250301 09:00", "20250301 09:00:00",
    ])
    func datesAsTheyCome(time: String) throws {
        try inFolder { folder in
            let (result, found) = try run(folder, lines: Data(lines([row("1", time: time)]).utf8))
            #expect(result.rejected == 0)
            #expect(found.filter { $0.kind == "quantity" }.map(\.day) == ["2025-03-01"])
        }
    }

    @Test func brokenRowsAreNamedAndTheRunGoesOn() throws {
        try inFolder { folder in
            let rows = [
                row("1"), "x,2,P1,M1,two,10,20,2025-03-01,n,001102000040000",
                "x,3,P1,M1,2,10,20,2025-02-30,n,001102000040000", "too,few",
                "x,4,P1,M1,2,10,20.001,2025-03-01,n,001102000040000",
                "x,\"5\"x,P1,M1,2,10,20,2025-03-01,n,001102000040000", row("6"), "x,7,P1,M1,1,1,1,2025-03-01,\"open,1",
            ]
            let (result, _) = try run(folder, lines: Data(lines(rows).utf8))
            #expect(result.lines == 2)
            #expect(result.rejected == 6)
            let text = try String(contentsOf: folder.appending(path: "out/rejected.csv"), encoding: .utf8)
            let rejected = try CSVTable(text, file: "rejected.csv").rows.map {
                "\($0["line"]) \($0["column"]) \($0["reason"])"
            }
            #expect(
                rejected == [
                    "3 cnt 不是数字", "4 fee_ocur_time 不是日期", "5  有 2 列,表头有 10 列", "6 det_item_fee_sumamt 小数位过多",
                    "7  引号之后还有文字", "9  引号没有闭合",
                ])
        }
    }

    /// Figures beyond all bounds are rejected, the greatest ones allowed are reckoned with: nothing overflows.
    @Test func figuresBeyondAllBoundsAreRejected() throws {
        try inFolder { folder in
            let item = "001102000040000"
            let rows = [
                "x,1,P1,M1,99999999.9999,99999999.999999,999999999999.99,2025-03-01 09:00:00,n,\(item)",
                "x,2,P1,M1,-99999999,99999999.999999,-999999999999.99,2025-03-01 09:00:00,n,\(item)",
                "x,3,P1,M1,100000000,1,1,2025-03-01,n,\(item)", "x,4,P1,M1,1,100000000,1,2025-03-01,n,\(item)",
                "x,5,P1,M1,1,1,1000000000000,2025-03-01,n,\(item)",
                "x,6,P1,M1,1,1,9223372036854775808,2025-03-01,n,\(item)", "x,7,P1,M1,1,1e9,1,2025-03-01,n,\(item)",
            ]
            let (result, _) = try run(folder, lines: Data(lines(rows).utf8))
            #expect(result.rejected == 5)
            let text = try String(contentsOf: folder.appending(path: "out/rejected.csv"), encoding: .utf8)
            #expect(
                try CSVTable(text, file: "rejected.csv").rows.map { "\($0["line"]) \($0["column"]) \($0["reason"])" }
                    == [
                        "4 cnt 数值过大", "5 pric 数值过大", "6 det_item_fee_sumamt 数值过大", "7 det_item_fee_sumamt 数值过大",
                        "8 pric 不是数字",
                    ])
        }
    }

    @Test func aMissingColumnStopsWithItsName() throws {
        try inFolder { folder in
            #expect(throws: Problems.self) { try run(folder, lines: Data("bkkp_sn,mdtrt_id\n1,2\n".utf8)) }
        }
    }

    @Test func zippedAndSeveralFiles() throws {
        try inFolder { folder in
            let zipped = folder.appending(path: "in/fee_list_d_2.csv")
            try Data(lines([row("2")]).utf8).write(to: zipped)
            let zip = Process()
            zip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            zip.arguments = ["gzip", zipped.path]
            try zip.run()
            zip.waitUntilExit()
            let (result, found) = try run(folder, lines: Data(lines([row("1")]).utf8))
            #expect(result.lines == 2)
            #expect(found.map(\.lines) == ["1;2"])
        }
    }

    /// Whatever the bytes: each row that begins is either read or rejected, and nothing crashes.
    @Test(arguments: 0..<40)
    func noBytesLoseARow(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var bytes: [UInt8] = []
        let pieces: [[UInt8]] = [
            Array(",".utf8), Array("\"".utf8), Array("\n".utf8), Array("\r\n".utf8), Array("\"\"".utf8), [0xFF],
            [0xE4, 0xB8], Array("中".utf8),
            Array("2025-03-01".utf8), Array(row("9").utf8), Array("\n".utf8), Array("x".utf8), [0],
        ]
        for _ in 0..<random.within(10...4000) { bytes += random.pick(pieces) }
        let whole = rows(bytes, blockSize: bytes.count)
        // Cut anywhere the scanner allows, the same rows come out.
        #expect(rows(bytes, blockSize: random.within(1...200)) == whole)
        try inFolder { folder in
            _ = try? run(folder, lines: Data(lines([]).utf8) + Data(bytes))
        }
    }

    /// Well quoted text is cut by the parity of quotes, other text quote by quote: wherever both answer, they agree.
    @Test(arguments: 0..<60)
    func parityCutsWhereQuotesDo(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let texts = ["", "x", "虚构,项目", "两\n行", "\"\"引\"\"", ",", "\r\n", String(repeating: "长", count: 60)]
        var bytes: [UInt8] = []
        for _ in 0..<random.within(1...400) {
            let cells = (0..<random.within(1...12)).map { _ in "\"" + random.pick(texts) + "\"" }
            bytes += Array((cells.joined(separator: ",") + (random.chance(300_000) ? "\r\n" : "\n")).utf8)
            // Now and then a row that is not well quoted.
            if random.chance(3_000) { bytes += Array("a\"b,\"c\"d,\"\n".utf8) }
        }
        let text = bytes + Array(repeating: 0x22, count: ByteMasks.width)
        text.withUnsafeBufferPointer { buffer in
            for count in Set((0..<40).map { _ in random.within(0...bytes.count) } + [bytes.count]) {
                #expect(
                    RowScanner.lastRowEnd(buffer.baseAddress!, count, final: false)
                        == RowScanner.lastRowEndByQuotes(buffer.baseAddress!, count), "\(count) bytes")
            }
        }
    }

    /// A quote that stays open for longer than any field may be breaks its row only, fast path or not.
    @Test func aFieldLongerThanAnyMayBeBreaksItsRowOnly() {
        let rows = (0..<40).map { "\"\($0)\",\"b\"\n" }.joined()
        for padding in [65_400, 65_535, 65_537, 70_000] {
            let text = rows + "\"" + String(repeating: "x", count: padding) + "\",\"y\"\n" + rows
            let bytes = Array(text.utf8)
            let whole = self.rows(bytes, blockSize: bytes.count)
            #expect(self.rows(bytes, blockSize: 7_000) == whole)
            #expect(whole.contains("引号没有闭合") == (padding > RowSplitter.longestQuoted))
        }
    }

    @Test func aRefundThatNamesALineTooLongIsRejected() throws {
        try inFolder { folder in
            let header =
                "bkkp_sn,psn_no,mdtrt_id,cnt,pric,det_item_fee_sumamt,fee_ocur_time,med_list_codg,init_feedetl_sn\n"
            let row = "1,P1,M1,-1,10,-10,2025-03-01,001102000040000," + String(repeating: "9", count: 100_000) + "\n"
            let (result, _) = try run(folder, lines: Data((header + row).utf8))
            #expect(result.rejected == 1)
        }
    }

    /// The rows of a text, split in blocks as the reader does.
    private func rows(_ bytes: [UInt8], blockSize: Int) -> [String] {
        var result: [String] = []
        var carry: [UInt8] = []
        var position = 0
        let scratch = RowSplitter.Scratch()
        let fields = UnsafeMutablePointer<Field>.allocate(capacity: 10)
        defer { fields.deallocate() }
        while position < bytes.count || !carry.isEmpty {
            let end = min(bytes.count, position + blockSize)
            var block = carry + bytes[position..<end]
            position = end
            let count = block.count
            block += Array(repeating: 0x2C, count: ByteMasks.width)
            block.withUnsafeBufferPointer { buffer in
                let base = buffer.baseAddress!
                let whole = RowScanner.lastRowEnd(base, count, final: end == bytes.count)
                carry = Array(buffer[whole..<count])
                for index in 0..<10 { fields[index] = Field(start: base, count: 0) }
                var splitter = RowSplitter(base, whole, slots: Array(0..<10), fields: fields, scratch: scratch)
                reading: while true {
                    switch splitter.next() {
                    case .end: break reading
                    case .blank: result.append("blank")
                    case .broken(let reason): result.append(reason)
                    case .fields: result.append((0..<10).map { fields[$0].text }.joined(separator: "|"))
                    }
                }
            }
        }
        return result
    }
}

/// GB18030's number among Foundation's encodings.
enum CFStringEncodingBridge {
    static let gb18030: UInt = 0x8000_0632
}
