import Basics
import Foundation
import Testing

@testable import Policy

@Suite("Looking up the law")
struct LookUpTests {
    static let files = PolicyFiles(["town.yaml": Town.head + Town.deductibleText])
    static let area = AreaCode(990_999)

    private func day(_ text: String) -> Day { Day(text)! }

    private func view(_ text: String) throws -> PolicyView {
        try PolicyBook.load(Self.files.folder, declared: Town.declared).area(Self.area).on(day(text), for: .employee)
    }

    @Test("A value by its place in the table: its own row, the ordinal it has reached, the others")
    func places() throws {
        let view = try view("2025-12-31")
        #expect(try view.value(Town.deductible, .tier(.third), .stay(1)) == Money(yuan: 1000))
        #expect(try view.value(Town.deductible, .tier(.third), .stay(2)) == Money(fen: 50_050))
        #expect(try view.value(Town.deductible, .tier(.third), .stay(3)) == Money(yuan: 300))
        #expect(try view.value(Town.deductible, .tier(.third), .stay(12)) == Money(yuan: 300))
        #expect(try view.value(Town.deductible, .tier(.first), .stay(2)) == Money(yuan: 200))
        #expect(view.members(of: Town.deductible, along: .tier) == ["三级", "其余"])
        #expect(view.members(of: Town.deductible, along: .stay) == ["第1次", "第2次", "第3次起"])
    }

    @Test("The new value holds from its own first day, and ends the old one")
    func generations() throws {
        #expect(try view("2025-12-31").value(Town.deductible, .tier(.third), .stay(1)) == Money(yuan: 1000))
        let cited = try view("2026-01-01").cited(Town.deductible, .tier(.third), .stay(1))
        #expect(cited.value == Money(yuan: 800))
        #expect(cited.basis == "某医保发〔2025〕9号第二条")
        #expect(cited.from == day("2026-01-01"))
        #expect(cited.title == "住院起付标准")
    }

    @Test("The span in which nothing changes")
    func spans() throws {
        let policy = try PolicyBook.load(Self.files.folder).area(Self.area)
        #expect(
            policy.span(around: day("2025-06-01"), for: .employee)
                == Period(from: day("2024-01-01"), through: day("2025-12-31")))
        #expect(policy.span(around: day("2026-01-01"), for: .employee) == Period(from: day("2026-01-01"), through: nil))
    }

    @Test("What the files do not say is a clear sentence")
    func missing() throws {
        let view = try view("2025-01-01")
        #expect(try view.optional(Town.days) == nil)
        #expect(!view.states(Town.days))
        let problem = #expect(throws: Problem.self) { try view.value(Town.days) }
        #expect(problem?.code == "policy.missing")
        #expect(problem?.message == "某镇职工基本医疗保险 2025-01-01 没有规定“天数”,请在政策文件中补上 stay.days")
        let early = #expect(throws: Problem.self) { try self.view("2023-12-31") }
        #expect(early?.code == "policy.beforeFirstDay")
        let unknown = #expect(throws: Problem.self) {
            try PolicyBook.load(Self.files.folder).area(AreaCode(110_000))
        }
        #expect(unknown?.message == "没有统筹区 110000 的政策文件,已有:990999")
    }

    @Test("An area that has been closed answers until its last day")
    func closed() throws {
        let head = Town.head.replacingOccurrences(of: "insurance:", with: "until: 2026-06-30\ninsurance:")
        let files = PolicyFiles(["town.yaml": head + Town.deductibleText])
        let policy = try PolicyBook.load(files.folder).area(Self.area)
        _ = try policy.on(day("2026-06-30"))
        let problem = #expect(throws: Problem.self) { try policy.on(day("2026-07-01")) }
        #expect(problem?.code == "policy.afterLastDay")
        #expect(policy.span(around: day("2026-03-01"), for: .employee).last == day("2026-06-30"))
    }

    @Test("An insurance's own file goes before what is common to all")
    func common() throws {
        let files = PolicyFiles([
            "town.yaml": Town.text("stay.days", unit: "天", value: "3"),
            "common.yaml":
                "title: 共用\narea: 990999\nparameters:\n  stay.days:\n    title: 天数\n    unit: 天\n    values:\n"
                + "      - {from: 2024-01-01, basis: 某医保发〔2023〕2号第一条, value: 7}\n",
        ])
        let policy = try PolicyBook.load(files.folder, declared: Town.declared).area(Self.area)
        #expect(try policy.on(day("2024-05-01"), for: .employee).value(Town.days) == 3)
        #expect(try policy.on(day("2024-05-01"), for: .resident).value(Town.days) == 7)
        #expect(try policy.on(day("2024-05-01")).value(Town.days) == 7)
        #expect(policy.insurances == [.employee])
    }

    @Test("Every type reads as what it is")
    func types() throws {
        func read<Value>(_ parameter: Parameter<Value>, _ text: String, _ at: Coordinate...) throws -> Value {
            let declaration = parameter.declaration
            let unit = declaration.unit
            let by = declaration.key == "chronic.diseases" ? "[慢特病病种]" : ""
            let files = PolicyFiles(["t.yaml": Town.text(declaration.key, unit: unit, by: by, value: text)])
            let view = try PolicyBook.load(files.folder).area(Self.area).on(day("2024-05-01"), for: .employee)
            return try view.cited(parameter, at: at).value
        }
        #expect(try read(Town.ratio, "82.5%", .employment(retired: true)) == Rate(partsPerMillion: 825_000))
        #expect(try read(Town.cap, "不限") == .unlimited)
        #expect(try read(Town.cap, "\"0.10\"") == .upTo(Money(fen: 10)))
        #expect(try read(Town.joined, "是"))
        #expect(try read(Town.rounds, "按年") == .whole)
        #expect(try read(Town.groups, "[{名称: 甲}, {名称: 乙}]").map(\.name) == ["甲", "乙"])
        let bands = try read(
            Town.bands, "[{起: 0, 止: 30000, 比例: 85%}, {起: 30000, 比例: 90%}]", Coordinate(Town.group, "甲"), .tier(.first))
        #expect(
            bands.all == [
                Band(from: .zero, to: Money(yuan: 30_000), ratio: .percent(85)),
                Band(from: Money(yuan: 30_000), to: nil, ratio: .percent(90)),
            ])
        let disease = try read(
            Town.diseases, "{M03900: {病种: 高血压, 限额: 2400}}", .chronicDisease("M03900"))
        #expect(disease.limit == Money(yuan: 2400))
    }

    @Test("What holds that day, spelled out")
    func rows() throws {
        let policy = try PolicyBook.load(Self.files.folder).area(Self.area)
        let before = try policy.rows(on: day("2025-05-01"))
        #expect(before.map(\.place) == ["三级、第1次", "三级、第2次", "三级、第3次起", "其余"])
        #expect(before.map(\.lines) == [["1000 元"], ["500.50 元"], ["300 元"], ["200 元"]])
        #expect(before[0].to == day("2025-12-31"))
        let after = try policy.rows(on: day("2026-05-01"), prefix: "stay.")
        #expect(after.map(\.lines) == [["800 元"]])
        #expect(try policy.rows(on: day("2026-05-01"), prefix: "none").isEmpty)
    }
}

@Suite("Versions and archives")
struct VersionTests {
    private func policy(_ files: [String: String]) throws -> AreaPolicy {
        let files = PolicyFiles(files)
        return try PolicyBook.load(files.folder).area(AreaCode(990_999))
    }

    private let other = """
        title: 另一份
        area: 990999
        parameters:
          stay.days:
            title: 天数
            unit: 天
            values:
              - from: 2024-01-01
                basis: 某医保发〔2023〕2号第一条
                value: 7

        """

    @Test("File names, order, white space, comments and quoting do not change the version; a value does")
    func stable() throws {
        let plain = try policy(["a.yaml": Town.head + Town.deductibleText, "b.yaml": other])
        let moved = try policy(["z/1.yaml": Town.head + Town.deductibleText, "c.yaml": other])
        let dressed = try policy([
            "a.yaml": "# 说明\n"
                + (Town.head + Town.deductibleText)
                .replacingOccurrences(
                    of: "{第1次: 1000, 第2次: 500.50, 第3次起: \"300\"}",
                    with: "{第1次: '1000',\n             第2次:  500.50,   第3次起: 300}"),
            "b.yaml": other.replacingOccurrences(of: "\n", with: "\r\n"),
        ])
        #expect(plain.version == moved.version)
        #expect(plain.version == dressed.version)
        #expect(plain.version.count == 64)

        let changed = try policy([
            "a.yaml": (Town.head + Town.deductibleText).replacingOccurrences(of: "500.50", with: "500.51"),
            "b.yaml": other,
        ])
        #expect(plain.version != changed.version)
        let cited = try policy([
            "a.yaml": (Town.head + Town.deductibleText).replacingOccurrences(of: "第三条", with: "第四条"), "b.yaml": other,
        ])
        #expect(plain.version != cited.version)
    }

    @Test("An end that the next generation gives anyway is not another law")
    func impliedEnd() throws {
        let implied = try policy(["a.yaml": Town.head + Town.deductibleText])
        let written = try policy([
            "a.yaml": Town.head
                + Town.deductibleText.replacingOccurrences(
                    of: "from: 2024-01-01", with: "from: 2024-01-01\n        to: 2025-12-31")
        ])
        #expect(implied.version == written.version)
    }

    @Test("An archive reads back as the same law, with the same version")
    func roundTrip() throws {
        let before = try policy(["a.yaml": Town.head + Town.deductibleText, "b.yaml": other])
        let after = try AreaPolicy(archived: before.archive)
        #expect(after.version == before.version)
        #expect(after.archive == before.archive)
        #expect(after.name == "某镇")
        for text in ["2024-01-01", "2025-12-31", "2026-01-01", "2030-01-01"] {
            for tier in Tier.allCases {
                for nth in 1...4 {
                    let day = Day(text)!
                    #expect(
                        try after.on(day, for: .employee).value(Town.deductible, .tier(tier), .stay(nth))
                            == before.on(day, for: .employee).value(Town.deductible, .tier(tier), .stay(nth)))
                }
            }
        }
    }

    @Test("Quotes and backslashes survive the archive")
    func quoting() throws {
        let text = Town.deductibleText.replacingOccurrences(of: "title: 住院起付标准", with: #"title: '"引" \ 号: #x'"#)
        let before = try policy(["a.yaml": Town.head + text])
        let after = try AreaPolicy(archived: before.archive)
        #expect(try after.rows(on: Day("2026-01-01")!)[0].title == #""引" \ 号: #x"#)
        #expect(after.version == before.version)
    }

    @Test("A damaged archive is refused")
    func damagedArchive() throws {
        let archive = try policy(["a.yaml": Town.head + Town.deductibleText]).archive
        #expect(throws: Problems.self) { try AreaPolicy(archived: "") }
        #expect(throws: Problems.self) { try AreaPolicy(archived: String(archive.prefix(archive.count - 20))) }
    }
}
