import Basics
import Foundation
import Testing

@testable import Policy

/// A parameter of some shape, a value written for it, and what the check must say of it.
struct Slip: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var findings: [String]
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ findings: String...) {
        self.name = name
        self.text = text
        self.findings = findings.map { "town.yaml:\($0)" }
    }
}

private func banded(_ bands: String...) -> String {
    Town.text("stay.bands", unit: "%", value: bands.map { "\n          - \($0)" }.joined())
}

private func tiers(_ names: String...) -> String {
    names.map { "\n          \($0): [{起: 0, 比例: 80%}]" }.joined()
}

@Suite("The check of policy files")
struct CheckTests {
    @Test("A town whose law is in order has nothing to correct")
    func inOrder() {
        #expect(PolicyFiles(["town.yaml": Town.head + Town.deductibleText]).findings() == [])
    }

    @Test(
        "Values of the wrong form",
        arguments: [
            Slip("an amount with three decimals", Town.text("stay.cap", unit: "元", value: "10.005"), "26 policy.type"),
            Slip("a negative amount", Town.text("stay.cap", unit: "元", value: "-10"), "26 policy.type"),
            Slip("an amount in words", Town.text("stay.cap", unit: "元", value: "一千"), "26 policy.type"),
            Slip("an amount with grouping", Town.text("stay.cap", unit: "元", value: "\"1,000\""), "26 policy.type"),
            Slip("no bound", Town.text("stay.cap", unit: "元", value: "不限")),
            Slip("nothing written", Town.text("stay.cap", unit: "元", value: ""), "26 policy.type"),
            Slip(
                "a list where one amount should be", Town.text("stay.cap", unit: "元", value: "[1, 2]"), "26 policy.type"
            ),
            Slip(
                "a table where one amount should be", Town.text("stay.cap", unit: "元", value: "{三级: 2}"),
                "26 policy.type"),
            Slip("the wrong unit", Town.text("stay.cap", unit: "万元", value: "10"), "20 policy.unit"),
            Slip("no unit", Town.text("stay.cap", value: "10"), "20 policy.unit"),
            Slip("a unit where none belongs", Town.text("stay.joined", unit: "元", value: "是"), "20 policy.unit"),
            Slip("a ratio without its sign", Town.text("stay.ratio", unit: "%", value: "0.85"), "26 policy.type"),
            Slip("a ratio above the whole", Town.text("stay.ratio", unit: "%", value: "100.0001%"), "26 policy.rate"),
            Slip("a ratio below nothing", Town.text("stay.ratio", unit: "%", value: "-1%"), "26 policy.rate"),
            Slip("the whole", Town.text("stay.ratio", unit: "%", value: "100%")),
            Slip("half a day", Town.text("stay.days", unit: "天", value: "1.5"), "26 policy.type"),
            Slip("true instead of 是", Town.text("stay.joined", value: "true"), "25 policy.type"),
            Slip("an unknown term", Town.text("stay.rounds", value: "按月"), "25 policy.type"),
            Slip("an unknown field", Town.text("persons.groups", value: "[{名称: 甲, 年纪: 3}]"), "25 policy.field"),
            Slip("a missing field", Town.text("persons.groups", value: "[{}]"), "25 policy.field"),
            Slip(
                "the same item twice", Town.text("persons.groups", value: "[{名称: 甲}, {名称: 甲}]"), "25 policy.duplicate"),
            Slip(
                "fields that contradict each other",
                Town.text("chronic.diseases", by: "[慢特病病种]", value: "{M03900: {病种: 矛盾}}"), "26 policy.type"),
        ])
    func values(slip: Slip) {
        #expect(PolicyFiles(["town.yaml": slip.text]).findings() == slip.findings)
    }

    @Test(
        "Bands that do not join or do not ascend",
        arguments: [
            Slip("one band", Town.text("stay.bands", unit: "%", value: "[{起: 0, 比例: 80%}]")),
            Slip("it begins above nothing", banded("{起: 100, 比例: 80%}"), "27 policy.bands"),
            Slip("a gap", banded("{起: 0, 止: 100, 比例: 80%}", "{起: 200, 比例: 90%}"), "28 policy.bands"),
            Slip("an overlap", banded("{起: 0, 止: 100, 比例: 80%}", "{起: 50, 比例: 90%}"), "28 policy.bands"),
            Slip(
                "an end before its beginning",
                banded("{起: 0, 止: 100, 比例: 80%}", "{起: 100, 止: 100, 比例: 85%}", "{起: 100, 比例: 90%}"), "28 policy.bands"),
            Slip("a band after an open one", banded("{起: 0, 比例: 80%}", "{起: 100, 比例: 90%}"), "28 policy.bands"),
            Slip("no open band at the end", banded("{起: 0, 止: 100, 比例: 80%}"), "27 policy.bands"),
            Slip("a ratio above the whole", banded("{起: 0, 比例: 180%}"), "27 policy.rate"),
            Slip(
                "a wrong ratio and a gap", banded("{起: 0, 止: 100, 比例: 180%}", "{起: 200, 比例: 90%}"), "27 policy.rate",
                "28 policy.bands"),
            Slip("no band at all", Town.text("stay.bands", unit: "%", value: "[]"), "26 policy.bands"),
        ])
    func bands(slip: Slip) {
        #expect(PolicyFiles(["town.yaml": slip.text]).findings() == slip.findings)
    }

    @Test(
        "Dimensions: unknown members, missing ones, and ordinals out of order",
        arguments: [
            Slip(
                "an unknown tier", Town.text("stay.bands", unit: "%", by: "[医疗机构级别]", value: tiers("特级", "其余")),
                "28 policy.dimension"),
            Slip(
                "a missing tier", Town.text("stay.bands", unit: "%", by: "[医疗机构级别]", value: tiers("三级", "二级")),
                "28 policy.dimension"),
            Slip("the others", Town.text("stay.bands", unit: "%", by: "[医疗机构级别]", value: tiers("三级", "其余"))),
            Slip(
                "a dimension that is not declared", Town.text("stay.ratio", unit: "%", by: "[住院次数]", value: "80%"),
                "20 policy.dimension"),
            Slip(
                "the same dimension twice",
                Town.text("stay.ratio", unit: "%", by: "[在职退休, 在职退休]", value: "80%"), "20 policy.dimension"),
            Slip(
                "a table without saying by what", Town.text("stay.ratio", unit: "%", value: "{在职: 80%, 退休: 85%}"),
                "26 policy.type"),
            Slip(
                "a group that the area does not list",
                Town.text("stay.bands", unit: "%", by: "[人群]", value: tiers("学生")), "28 policy.dimension"),
            Slip(
                "a disease that is no code",
                Town.text("chronic.diseases", by: "[慢特病病种]", value: "{M039: {病种: 高血压}}"), "26 policy.dimension"),
            Slip("groups may be left out", Town.text("aid.deductible", unit: "元", by: "[救助对象]", value: "{孤儿: 0}")),
        ])
    func dimensions(slip: Slip) {
        #expect(PolicyFiles(["town.yaml": slip.text]).findings() == slip.findings)
    }

    @Test("Ordinals run from the first on, and the last stands for all that follow")
    func ordinals() {
        let text = Town.deductibleText
            .replacingOccurrences(of: "第2次: 500.50, 第3次起", with: "第3次: 500, 第4次")
        let findings = PolicyFiles(["town.yaml": Town.head + text]).findings()
        #expect(findings == ["town.yaml:15 policy.dimension", "town.yaml:15 policy.dimension"])
    }

    @Test("Groups that the area itself lists are members of its tables")
    func listedGroups() {
        let text =
            Town.text("persons.groups", value: "[{名称: 学生}, {名称: 成人}]")
                + """
                  stay.bands:
                    title: 分段比例
                    unit: "%"
                    by: [医疗机构级别, 人群]
                    values:
                      - from: 2024-01-01
                        basis: 某医保发〔2023〕1号第五条
                        value:
                          三级: {学生: [{起: 0, 比例: 80%}], 成人: [{起: 0, 比例: 70%}]}
                          其余: {学生: [{起: 0, 比例: 90%}], 老人: [{起: 0, 比例: 70%}]}

                """
        let findings = PolicyFiles(["town.yaml": text]).findings()
        #expect(findings == ["town.yaml:35 policy.dimension", "town.yaml:35 policy.dimension"])
    }

    @Test("Keys: unknown ones with the likely word, required ones that are not there")
    func keys() {
        let files = PolicyFiles(["town.yaml": Town.text("stay.deductable", unit: "元", value: "1")])
        #expect(files.findings() == ["town.yaml:20 policy.unknownKey"])
        #expect(files.messages()[0].contains("是否应当是 stay.deductible"))

        let bare = PolicyFiles(["town.yaml": Town.head.replacingOccurrences(of: "parameters:\n", with: "")])
        #expect(bare.findings() == ["某镇(990999) policy.missingKey"])
    }

    @Test("The same key twice: in one file, and in two files of an insurance")
    func duplicates() {
        let once = PolicyFiles(["town.yaml": Town.head + Town.deductibleText + Town.deductibleText])
        #expect(once.findings().contains("town.yaml:7 policy.duplicate"))

        let twice = PolicyFiles([
            "a.yaml": Town.head + Town.deductibleText,
            "b.yaml": Town.head.replacingOccurrences(of: "name: 某镇\nsince: 2024-01-01\n", with: "")
                + Town.deductibleText,
        ])
        #expect(twice.findings() == ["b.yaml:5 policy.duplicate"])
    }

    /// Two generations of one parameter.
    private func generations(_ lines: String) -> [String] {
        PolicyFiles([
            "town.yaml": Town.head + Town.deductibleText + "  stay.days:\n    title: 天数\n    unit: 天\n    values:\n"
                + lines
        ])
        .findings()
    }

    @Test("Time: gaps, overlaps, order, and days that do not exist")
    func time() {
        func value(_ from: String, to: String? = nil, basis: String = "某医保发〔2023〕1号第九条") -> String {
            "      - from: \(from)\n" + (to.map { "        to: \($0)\n" } ?? "")
                + "        basis: \(basis)\n        value: 3\n"
        }
        #expect(generations(value("2024-01-01") + value("2025-01-01")) == [])
        #expect(generations(value("2024-01-01", to: "2024-12-31") + value("2025-01-01")) == [])
        #expect(
            generations(value("2024-01-01", to: "2024-12-30") + value("2025-01-01")) == ["town.yaml:28 policy.gap"])
        #expect(
            generations(value("2024-01-01", to: "2025-01-01") + value("2025-01-01")) == ["town.yaml:28 policy.overlap"])
        #expect(generations(value("2024-01-01") + value("2024-01-01")) == ["town.yaml:27 policy.overlap"])
        #expect(generations(value("2025-01-01") + value("2024-01-01")) == ["town.yaml:27 policy.order"])
        #expect(generations(value("2024-02-30")) == ["town.yaml:24 policy.date"])
        #expect(generations(value("2024-02-03", to: "2024-01-01")) == ["town.yaml:24 policy.date"])
        #expect(generations("      - basis: 某医保发〔2023〕1号\n        value: 3\n") == ["town.yaml:24 policy.missingField"])
    }

    @Test("A required value holds from the area's first day on, and does not run out before the area's last")
    func requiredSpan() {
        let late = Town.deductibleText.replacingOccurrences(of: "from: 2024-01-01", with: "from: 2024-07-01")
        #expect(PolicyFiles(["town.yaml": Town.head + late]).findings() == ["town.yaml:7 policy.gap"])

        let ended = Town.deductibleText.replacingOccurrences(
            of: "from: 2026-01-01", with: "from: 2026-01-01\n        to: 2026-12-31")
        #expect(PolicyFiles(["town.yaml": Town.head + ended]).findings() == ["town.yaml:17 policy.gap"])
        let closed = Town.head.replacingOccurrences(of: "insurance:", with: "until: 2026-12-31\ninsurance:")
        #expect(PolicyFiles(["town.yaml": closed + ended]).findings() == [])
    }

    @Test("A value without a basis, or with one that names no document")
    func basis() {
        let none = Town.deductibleText.replacingOccurrences(of: "        basis: 某医保发〔2025〕9号第二条\n", with: "")
        #expect(PolicyFiles(["town.yaml": Town.head + none]).findings() == ["town.yaml:17 policy.basis"])
        let vague = Town.deductibleText.replacingOccurrences(of: "某医保发〔2025〕9号第二条", with: "会议研究")
        #expect(PolicyFiles(["town.yaml": Town.head + vague]).findings() == ["town.yaml:18 policy.basis"])
    }

    @Test("Heads: what is missing, unknown or stated twice")
    func heads() {
        func head(_ old: String, _ new: String) -> [String] {
            PolicyFiles(["town.yaml": Town.head.replacingOccurrences(of: old, with: new) + Town.deductibleText])
                .findings()
        }
        #expect(head("title: 某镇职工住院待遇\n", "") == ["town.yaml:1 policy.missingField"])
        #expect(head("area: 990999", "area: 镇") == ["town.yaml:2 policy.head"])
        #expect(head("insurance: 310", "insurance: 职工").contains("town.yaml:5 policy.head"))
        #expect(head("since: 2024-01-01", "sinse: 2024-01-01").contains("town.yaml:4 policy.unknownField"))
        #expect(head("name: 某镇\n", "") == ["town.yaml:1 policy.head"])
        let two = PolicyFiles([
            "a.yaml": Town.head + Town.deductibleText, "b.yaml": "title: 又一份\narea: 990999\nname: 某镇\n",
        ])
        #expect(two.findings() == ["b.yaml:1 policy.head"])
    }

    @Test(
        "A damaged file is one clear sentence, and the other files are still checked",
        arguments: [
            "title: [", "title: a\n\tarea: 1", "a: \"b", "", "# only a comment",
            "just words",
            "a: &x 1\nb: *x", "? [a]\n: b", "a: *nothing", "%", "a: b: c",
            "title: 半截\narea: 990999\nparameters:\n  stay.days:\n    values:\n      - from: 2024",
        ])
    func damaged(text: String) {
        let files = PolicyFiles(["bad.yaml": text, "town.yaml": Town.text("stay.cap", unit: "元", value: "x")])
        let findings = files.findings()
        #expect(findings.contains { $0.hasPrefix("bad.yaml:") }, "\(findings)")
        #expect(findings.contains("town.yaml:26 policy.type"))
    }

    @Test("Bytes that are no text, zeros in the text, brackets without end: refused, never a crash")
    func hostile() {
        let files = PolicyFiles(["town.yaml": Town.head + Town.deductibleText])
        files.write("latin.yaml", Data([0x74, 0x3A, 0x20, 0xFF, 0xFE, 0x0A]))
        files.write("zero.yaml", Data([0x74, 0x3A, 0x20, 0x00, 0x0A]))
        files.write("deep.yaml", Data(String(repeating: "[", count: 100_000).utf8))
        files.write("deeper.yaml", Data((String(repeating: "[", count: 900) + String(repeating: "]", count: 900)).utf8))
        files.write("large.yaml", Data(repeating: 0x61, count: 3_000_000))
        #expect(
            files.findings() == [
                "deep.yaml:1 policy.yaml", "deeper.yaml:1 policy.tooDeep", "deeper.yaml:1 policy.head",
                "large.yaml:1 policy.tooLarge",
                "latin.yaml:1 policy.encoding", "zero.yaml:1 policy.yaml",
            ])
    }

    @Test("A folder that is not there, or holds nothing")
    func folders() {
        #expect(PolicyCheck(Town.declared).problems(inFolder: "/nowhere/at/all").map(\.code) == ["policy.folder"])
        #expect(PolicyFiles(["readme.txt": "x"]).messages() == ["文件夹里没有政策文件(*.yaml)"])
    }

    @Test("Everything is said at once, in the order of files and lines")
    func all() {
        let text =
            Town.text("stay.ratio", unit: "%", value: "180%")
            + "  stay.none:\n    title: 无\n    values:\n      - from: 2024-01-01\n        value: 1\n"
        let findings = PolicyFiles(["b.yaml": text, "a.yaml": "title: [", "c.yaml": "x"]).findings()
        #expect(
            findings == [
                "a.yaml:2 policy.yaml", "b.yaml:26 policy.rate", "b.yaml:27 policy.unknownKey",
                "b.yaml:30 policy.basis",
                "c.yaml:1 policy.head",
            ])
    }
}
