import Basics
import Sheets
import Testing

@Suite("A table as people hand it in")
struct SheetTextTests {
    private static let table = "姓名,金额\r\n测试甲,12.50\r\n测试乙,3.00\r\n"

    @Test("UTF-8 with and without the mark that Excel puts first")
    func utf8() throws {
        #expect(try SheetText.read(Array(Self.table.utf8), name: "甲.csv") == Self.table)
        #expect(try SheetText.read([0xEF, 0xBB, 0xBF] + Self.table.utf8, name: "甲.csv") == Self.table)
    }

    @Test("GB18030, as Excel on Chinese Windows saves CSV")
    func gb18030() throws {
        // 姓名,金额 / 测试甲,1
        let bytes: [UInt8] =
            [0xD0, 0xD5, 0xC3, 0xFB, 0x2C, 0xBD, 0xF0, 0xB6, 0xEE, 0x0A, 0xB2, 0xE2, 0xCA, 0xD4, 0xBC, 0xD7]
            + Array(",1\n".utf8)
        #expect(try SheetText.read(bytes, name: "乙.csv") == "姓名,金额\n测试甲,1\n")
    }

    @Test("A file whose second half was pasted in another encoding is refused with its first bad line")
    func mixed() throws {
        let bytes = Array("姓名,金额\n测试甲,1\n".utf8) + [0xB2, 0xE2, 0xCA, 0xD4, 0xD2, 0xD2] + Array(",2\n".utf8)
        let problems = #expect(throws: Problems.self) { try SheetText.read(bytes, name: "丙.csv") }
        #expect(problems?.all.first?.code == "sheet.text.encoding")
        #expect(problems?.all.first?.field == "丙.csv:3")
    }

    @Test("What is written as a workbook reads back as the same table, whatever its name")
    func workbook() throws {
        let sheet = Sheet(
            name: "明细", columns: ["姓名", "证件号码", "金额"],
            rows: [[.text("测试,甲"), .text("990101199001010010"), .money(Money(fen: 1_250))]])
        let text = try SheetText.read(try sheet.excel(), name: "明细.csv")
        #expect(text == "姓名,证件号码,金额\n\"测试,甲\",990101199001010010,12.5\n")
    }

    @Test("A damaged workbook is refused with a sentence")
    func damaged() {
        let problems = #expect(throws: Problems.self) {
            try SheetText.read([0x50, 0x4B, 0x03, 0x04, 1, 2, 3], name: "坏.xlsx")
        }
        #expect(problems?.all.first?.code == "sheet.workbook.open")
    }
}
