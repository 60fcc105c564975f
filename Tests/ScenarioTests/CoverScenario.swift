import Basics
import Yams

@testable import Enrolment

/// A scenario of cover (待遇享受算例): who is insured and what was paid, and the days on which cover must follow.
struct CoverScenario: Sendable {
    var file: String
    var line: Int
    var name: String
    var area: AreaCode
    /// 截至: the day up to which everything is known.
    var asOf: Day
    var given: CoverCase
    /// 期望, line by line: `2026-04-01..2026-04-30 享受 职工` or `2026-05-01.. 欠费`.
    var expected: [String]
    /// 激励: by how much a year's ceiling is raised.
    var raises: [(year: Int, amount: Money)]
    var arithmetic: [String]

    /// The spans in the words of the expectation.
    static func words(_ spans: [CoverSpan]) -> [String] {
        // A raise of the ceiling divides years that are covered alike.
        var lines: [(first: Day, last: Day?, word: String)] = []
        for span in spans {
            let word =
                switch span.state {
                case .covered(let cover): "享受 \(word(cover.insurance))"
                case .notCovered(let reason): reason.reason.name
                }
            if let last = lines.last, last.word == word {
                lines[lines.count - 1].last = span.period.last
            } else {
                lines.append((span.period.first, span.period.last, word))
            }
        }
        return lines.map { "\($0.first)..\($0.last.map(String.init(describing:)) ?? "") \($0.word)" }
    }

    private static func word(_ insurance: Insurance) -> String {
        switch insurance {
        case .resident: "居民"
        case .retiredCadre: "离休"
        default: "职工"
        }
    }
}

/// Reads a file of cover scenarios; what it does not know it refuses.
struct CoverScenarioReader {
    let file: String

    private static let fields = [
        "名称", "依据", "统筹区", "截至", "出生", "死亡", "参保", "已知自", "缴费", "修复", "转移中", "身份", "零报销",
        "用过奖励", "期望", "激励", "算式",
    ]

    func read(_ text: String) throws -> [CoverScenario] {
        guard let items = try Yams.compose(yaml: text)?.sequence else {
            throw ScenarioMistake(description: "\(file):文件应当是算例的列表")
        }
        return try items.map { try scenario(Table($0, file, Self.fields)) }
    }

    private func scenario(_ table: Table) throws -> CoverScenario {
        guard let area = AreaCode(try table.text("统筹区")) else { throw table.mistake("统筹区代码不对") }
        let raises = try table.optionalTable("激励", nil)
        return CoverScenario(
            file: file, line: table.line, name: try table.text("名称"), area: area, asOf: try table.day("截至"),
            given: try given(table), expected: try table.list("期望").compactMap(\.string),
            raises: try (raises?.names ?? []).map { (Int($0) ?? 0, try raises!.money($0)) },
            arithmetic: (table.optionalText("算式") ?? "").split(separator: "\n").map(String.init))
    }

    private func given(_ table: Table) throws -> CoverCase {
        CoverCase(
            birth: try table.day("出生"), died: try optionalDay(table, "死亡"), spells: try spells(table),
            statuses: try tables(table, "身份", ["对象", "起", "止"]).map { row in
                SpecialStatus(
                    kind: .assistance(try row.choice("对象", AssistanceGroup.allCases, \.name)), period: try period(row))
            },
            contributions: try tables(table, "缴费", ["险种", "月份", "年度", "到账", "应缴", "缓缴", "失业代缴", "转入", "期限"])
                .map(contribution),
            repairs: try tables(table, "修复", ["年度", "年数"]).map {
                WaitingRepair(year: try whole($0, "年度"), years: try whole($0, "年数"))
            },
            transfers: try tables(table, "转移中", ["险种", "缴自", "缴至"]).map(transfer),
            knownFrom: try table.optionalText("已知自").map { try month(table, $0) },
            zeroClaimYears: Set(try table.texts("零报销").compactMap { Int($0) }),
            rewardUsedYears: Set(try table.texts("用过奖励").compactMap { Int($0) }))
    }

    private func spells(_ table: Table) throws -> [Spell] {
        try tables(table, "参保", ["类别", "起", "止", "享受", "暂停", "恢复", "原因"]).enumerated().map { index, row in
            let category = try row.choice("类别", PersonCategory.allCases, \.name)
            var spell = Spell(
                id: ID(Int64(index + 1)), insurance: category.insurance, category: category, period: try period(row),
                entitledFrom: try optionalDay(row, "享受"))
            let reason =
                row.optionalText("原因") == nil ? .other : try row.choice("原因", SpellReason.allCases, \.name)
            if let day = try optionalDay(row, "暂停") {
                spell.acts.append(Spell.Act(kind: .suspended, day: day, reason: reason))
            }
            if let day = try optionalDay(row, "恢复") {
                spell.acts.append(Spell.Act(kind: .resumed, day: day, reason: .returned))
            }
            return spell
        }
    }

    private func contribution(_ row: Table) throws -> Contribution {
        let standing = try standing(row)
        if row.optionalText("年度") != nil { return .resident(year: try whole(row, "年度"), standing) }
        let ends = try row.text("月份").split(separator: ".").map { try month(row, String($0)) }
        guard let first = ends.first, let last = ends.last, first <= last else { throw row.mistake("月份不对") }
        return Contribution(.employee, first...last, standing, dueBy: try optionalDay(row, "期限"))
    }

    private func transfer(_ row: Table) throws -> TransferUnderWay {
        TransferUnderWay(
            insurance: row.optionalText("险种") == "居民" ? .resident : .employee,
            paidFrom: try row.optionalText("缴自").map { try month(row, $0) },
            paidThrough: try month(row, row.text("缴至")))
    }

    private func standing(_ row: Table) throws -> Contribution.Standing {
        if let day = try optionalDay(row, "到账") { return .paid(on: day) }
        if try row.flag("失业代缴") { return .unemploymentFund }
        if try row.flag("转入") { return .credited }
        let deferred = try row.texts("缓缴").compactMap { Day($0) }
        if deferred.count == 2 { return .deferred(approved: deferred[0], payBy: deferred[1]) }
        guard try row.flag("应缴") else { throw row.mistake("缴费应写 到账、应缴、缓缴、失业代缴 或 转入") }
        return .due
    }

    // MARK: Values

    private func tables(_ table: Table, _ name: String, _ fields: [String]) throws -> [Table] {
        try (table.optionalList(name) ?? []).map { try Table($0, file, fields) }
    }

    private func period(_ row: Table) throws -> Period {
        guard let period = Period(from: try row.day("起"), through: try optionalDay(row, "止")) else {
            throw row.mistake("止早于起")
        }
        return period
    }

    private func optionalDay(_ row: Table, _ name: String) throws -> Day? {
        row.optionalText(name) == nil ? nil : try row.day(name)
    }

    private func whole(_ row: Table, _ name: String) throws -> Int {
        guard let number = Int(try row.text(name)) else { throw row.mistake("“\(name)”不是整数") }
        return number
    }

    private func month(_ row: Table, _ text: String) throws -> Month {
        guard let month = Month(text) else { throw row.mistake("“\(text)”不是月份") }
        return month
    }
}
