import Basics
import Testing

@Suite("Text tables")
struct TextTableTests {
    @Test("Chinese characters count double, amounts stand to the right, lines end without spaces")
    func alignment() {
        var table = TextTable([.init("项目"), .init("金额", isAmount: true), .init("依据")])
        table.add(["起付线", "1,000.00", "第六条"])
        table.add(["A", "5.00"])
        #expect(
            table.text == """
                项目        金额  依据
                ------  --------  ------
                起付线  1,000.00  第六条
                A           5.00

                """)
    }

    @Test("Width of punctuation, combining marks and rare characters", arguments: [("〔2025〕", 8), ("é", 1), ("𠮷", 2)])
    func width(text: String, expected: Int) {
        #expect(TextTable.width(text) == expected)
    }
}
