import Basics
import Enrolment
import StoreKit
import Testing

@Suite("姓名写法和证件号码")
struct NameTests {
    @Test(
        "同一姓名的不同写法归为一个",
        arguments: [
            ("阿卜杜拉·买买提", "阿卜杜拉.买买提"), ("阿卜杜拉•买买提", "阿卜杜拉 买买提"), ("阿卜杜拉・买买提", "阿卜杜拉。买买提"),
            ("张三", "張三"), ("张 三", "张　三"), ("ＡＢＣ", "abc"), ("陈国强", "陳國強"), ("李\u{200B}四", "李四"), ("王喆", "王哲"),
        ])
    func alike(_ one: String, _ other: String) {
        #expect(NameKey(one) == NameKey(other))
    }

    @Test("不同的姓名仍不同", arguments: [("张三", "张山"), ("李四", "李四四"), ("买买提", "阿卜杜拉·买买提")])
    func distinct(_ one: String, _ other: String) {
        #expect(NameKey(one) != NameKey(other))
    }

    @Test("15 位号码换算为 18 位再换回")
    func fifteen() throws {
        let id = try NationalID(RegisterTests.id("19800101", 1))
        let old = try #require(id.fifteen)
        #expect(old.count == 15)
        #expect(NationalID(fifteen: old) == id)
        #expect(NationalID(fifteen: "990100800230001") == nil, "2 月 30 日不存在")
        #expect(try NationalID(RegisterTests.id("20050101", 1)).fifteen == nil)
    }

    @Test("同号异类:身份证号的 15 位和 18 位、登记在别的证件类型下,都在比对范围")
    func namesakes() throws {
        let id = try NationalID(RegisterTests.id("19800101", 1))
        let namesakes = IdentityPaper(id).namesakes
        #expect(namesakes.contains(IdentityPaper(kind: .other, checked: id.description)))
        #expect(namesakes.contains(IdentityPaper(kind: .residentID, checked: try #require(id.fifteen))))
        #expect(!namesakes.contains(IdentityPaper(id)))
    }
}
