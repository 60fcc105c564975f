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

    private func run(
        _ folder: URL, lines text: Data, name: String = "fee_list_d.csv", visits other: Data? = nil,
        encoding: TextEncoding? = nil
    ) throws -> (Screening.Result, [Found]) {
        let source = folder.appending(path: "in")
        try (other ?? Data(visits.utf8)).write(to: source.appending(path: "mdtrt_d.csv"))
        try text.write(to: source.appending(path: name))
        var screening = Screening(extract: source, out: folder.appending(path: "out"), knowledge: Engine.knowledge)
        screening.encoding = encoding
        screening.partitions = 16
        screening.writesWorkbook = false
        let result = try screening.run()
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
            let text = Data(lines([]).utf8) + Data(bytes)
            // Whatever encoding they are taken for, the run comes to its end; as UTF-8 each row is counted once.
            _ = try run(folder, lines: text)
            let read = try run(folder, lines: text, encoding: .utf8).0.rows
            #expect(read == 1 + whole.count { $0 != "blank" })
        }
    }

    /// A thousand broken rows never stop a run; one more does when it is above the stated share, and says so.
    @Test func tooManyBrokenRowsStopTheRun() throws {
        func screened(broken: Int, sound: Int) throws -> [String] {
            var told: [String] = []
            try inFolder { folder in
                let bad = Array(repeating: "x,9,P1,M1,two,10,20,2025-03-01,n,001102000040000", count: broken)
                let good = (0..<sound).map { row("\($0)") }
                do {
                    let (result, _) = try run(folder, lines: Data(lines(bad + good).utf8))
                    told = ["\(result.rejected)"]
                } catch let problems as Problems {
                    told = problems.all.map { "\($0.code) \($0.field ?? "") \($0.message.prefix(29))" }
                }
            }
            return told
        }
        #expect(try screened(broken: 1000, sound: 0) == ["1000"])
        #expect(
            try screened(broken: 1001, sound: 0) == [
                "screening.extract.broken fee_list_d.csv 已读 1002 行,其中 1001 行读不出来,超过 1%"
            ])
        // 1001 of 100,100 rows are one in a hundred, not more.
        #expect(try screened(broken: 1001, sound: 99_098) == ["1001"])
    }

    @Test func aWorkbookIsATable() throws {
        try inFolder { folder in
            let sheet = try Spreadsheet(folder.appending(path: "in/setl_d.xlsx").path, temporary: folder.path)
            sheet.write(["fund_pay_sumamt", "medfee_sumamt", "setl_id", "psn_no", "mdtrt_id", "备注"])
            sheet.write(["15", "20.00", "S1", "P1", "M1", "含,逗号"])
            sheet.close()
            let (result, found) = try run(folder, lines: Data(lines([row("1")]).utf8))
            #expect(result.rejected == 0)
            // One use beyond the one allowed, at 10 yuan, three quarters of it paid by the fund.
            #expect(found.filter { $0.kind == "quantity" }.map { "\($0.amount) \($0.fund)" } == ["10.00 7.50"])
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
            block += Array(repeating: 0, count: 16)
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
