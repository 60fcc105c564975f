import Basics
import Control
import Testing

/// What people type into a form, and what is said about it.
@Suite("Forms are read by their fields, and every problem comes back at once")
struct FormTests {
    static let kind = MatterKind(
        code: "test.form", name: "表单", section: .enrolment, basis: "测试",
        fields: [
            FormField("name", "名称", .text(max: 10)),
            FormField("note", "说明", .lines(max: 20), isRequired: false),
            FormField("sort", "类别", .choice([("1", "甲"), ("2", "乙")])),
            FormField("day", "日期", .day), FormField("month", "月份", .month), FormField("year", "年度", .year),
            FormField("wage", "工资", .money), FormField("count", "人数", .whole(1...500)),
            FormField("urgent", "加急", .yesNo), FormField("person", "参保人", .person),
            FormField("id", "身份证号", .nationalID), FormField("credit", "信用代码", .creditCode),
            FormField("list", "名单", .sheet(SheetTemplate("名单", [.init("姓名", example: "示例甲")])), isRequired: false),
        ],
        steps: [RouteStep("reception", "受理", post: "enrolment.reception", limit: 1)],
        effect: .atOnce { _, _ in Carried([], "已办") })

    static let good = [
        "name": " 示例公司 ", "note": "第一行\n第二行", "sort": "2", "day": "2026/03/01", "month": "202603",
        "year": "2026", "wage": "1,234.5", "count": "050", "urgent": "是", "person": "17",
        "id": "11010119900307663x", "credit": "91350100m000100y43",
    ]

    @Test("Values are kept in one canonical writing")
    func canonical() throws {
        var typed = Self.good
        let digits = "1101011990030766"
        typed["id"] = digits + "3" + String(NationalID.checkDigit((digits + "3").utf8)).lowercased()
        let code = "91350100M000100Y4"
        typed["credit"] = (code + String(CreditCode.checkDigit(code)!)).lowercased()
        let (form, problems) = Self.kind.read(typed)
        #expect(problems.isEmpty, "\(problems)")
        #expect(form.text("name") == "示例公司")
        #expect(try form.day("day") == Day("2026-03-01"))
        #expect(try form.month("month").description == "2026-03")
        #expect(form.text("wage") == "1234.50")
        #expect(try form.money("wage") == Money(fen: 123_450))
        #expect(try form.whole("count") == 50)
        #expect(form.isYes("urgent"))
        #expect(try form.person("person") == ID(17))
        #expect(try form.nationalID("id").description == typed["id"]!.uppercased())
        #expect(try form.creditCode("credit").description == typed["credit"]!.uppercased())
        #expect(form.attachmentIfGiven("list") == nil)
    }

    @Test("Each wrong value is named with its field")
    func everyProblem() {
        let (_, problems) = Self.kind.read([
            "name": "一二三四五六七八九十一", "sort": "3", "day": "2026-02-30", "month": "2026-13", "year": "26",
            "wage": "-1", "count": "501", "urgent": "也许", "person": "0", "id": "110101199003076630",
            "credit": "91350100M000100Y4", "list": "abc",
        ])
        let found = Dictionary(uniqueKeysWithValues: problems.map { ($0.field ?? "", $0.code) })
        #expect(
            found == [
                "name": "matter.form.tooLong", "sort": "matter.form.choice", "day": "matter.form.day",
                "month": "matter.form.month", "year": "matter.form.year", "wage": "matter.form.negative",
                "count": "matter.form.whole", "urgent": "matter.form.yesNo", "person": "matter.form.number",
                "id": "matter.form.idCheckDigit", "credit": "matter.form.creditLength", "list": "matter.form.file",
            ])
    }

    @Test("A blank form says what is missing; a form put by for later may be blank")
    func blank() {
        #expect(Self.kind.read([:]).problems.count == 11)
        #expect(Self.kind.read([:]).problems.allSatisfy { $0.code == "matter.form.missing" })
        #expect(Self.kind.read(["wage": "  "], complete: false).problems.isEmpty)
        #expect(Self.kind.read(["wage": "x"], complete: false).problems.map(\.code) == ["matter.form.money"])
    }

    @Test(
        "A field that the kind does not declare is refused, whatever it is called",
        arguments: ["by", "opener", "staff"])
    func smuggled(name: String) {
        let problems = Self.kind.read(Self.good.merging([name: "1"]) { $1 }).problems
        #expect(problems.contains { $0.code == "matter.form.unknown" && $0.field == name })
    }

    @Test("A field left blank is a problem when a desk asks for it, never a crash")
    func absent() {
        #expect(throws: Problem.self) { try FormValues([:]).day("day") }
        #expect(throws: Problem.self) { try FormValues(["day": "x"]).day("day") }
        #expect(FormValues(["day": ""]).dayIfGiven("day") == nil)
    }
}
