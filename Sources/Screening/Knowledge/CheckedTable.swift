import Basics
import Foundation

/// The name and columns of one file of knowledge (知识表).
struct KnowledgeFile: Sendable {
    let name: String
    let required: [String]
    var optional: [String] = []

    /// Columns for the keeper's own remarks: they decide nothing.
    private static let remarks = ["origin", "note", "constraint_text", "batch", "name", "备注"]

    static let points = KnowledgeFile(
        name: "points.csv", required: ["point_id", "rule_code", "item_name", "parameters"])
    static let pointItems = KnowledgeFile(name: "point_items.csv", required: ["point_id", "item_code"])
    static let pairs = KnowledgeFile(
        name: "pairs.csv", required: ["point_id", "rule_code", "scope", "item_a", "name_a", "item_b", "name_b"])
    static let codeRanges = KnowledgeFile(
        name: "code_ranges.csv",
        required: ["point_id", "rule_code", "system", "first", "last", "sex", "age", "name"])
    static let herbNames = KnowledgeFile(name: "herb_names.csv", required: ["herb", "alias"])
    static let herbPairs = KnowledgeFile(
        name: "herb_pairs.csv", required: ["point_id", "rule_code", "doctrine", "herb_a", "herb_b"])
    static let own = [points, pointItems, pairs, codeRanges, herbNames, herbPairs]

    static func caps(_ area: String) -> KnowledgeFile {
        KnowledgeFile(
            name: "caps/\(area).csv", required: ["item_code", "cap_tier3", "cap_tier2", "cap_tier1"],
            optional: ["valid_from", "valid_to"])
    }

    /// A column under a misspelt name would be passed over without a word.
    func refuseUnknownColumns(_ header: [String], file: String, problems: inout Problems) {
        for column in header where !(required + optional + KnowledgeFile.remarks).contains(column) {
            problems.add(
                "screening.knowledge.column", field: "\(file):1", "不认识的列“\(column)”,请改正列名;自己的说明请写在“备注”列")
        }
    }
}

/// One row of a file of knowledge while it is checked: each fault is noted with file and line, all of them together.
struct CheckedRow {
    let row: CSVTable.Row
    let file: String
    private(set) var faults: [Problem] = []

    init(_ row: CSVTable.Row, file: String) {
        self.row = row
        self.file = file
    }

    var place: String { "\(file):\(row.line)" }
    var isSound: Bool { faults.isEmpty }

    mutating func refuse(_ code: String, _ message: String) { faults.append(Problem(code, field: place, message)) }

    /// A cell that must not be empty.
    mutating func text(_ column: String) -> String {
        if row[column].isEmpty { refuse("screening.knowledge.empty", "\(column) 不能为空,请补上") }
        return row[column]
    }

    mutating func code(_ column: String, _ form: CodeForm) -> String {
        let code = form.folded(text(column))
        if !code.isEmpty, !form.fits(code) {
            refuse("screening.knowledge.code", "\(column) 应为\(form.chinese),现在是“\(code)”,请改正")
        }
        return code
    }

    /// Codes one after another, separated by a semicolon, a bar or a space.
    mutating func codes(_ column: String, _ form: CodeForm) -> [String] {
        let list = text(column).split { $0 == ";" || $0 == " " || $0 == "|" }.map { form.folded(String($0)) }
        if list.isEmpty, !row[column].isEmpty {
            refuse("screening.table.list", "\(column) 里没有编码,请补上,多个值用分号隔开")
        }
        for code in list where !form.fits(code) {
            refuse("screening.knowledge.code", "\(column) 应为\(form.chinese),多个值用分号隔开;“\(code)”请改正")
        }
        return list
    }

    /// A number above zero and not above `most`, scaled by 10^`decimals`; nil when the cell is empty.
    mutating func amount(_ column: String, decimals: Int, below most: Int64) -> Int64? {
        if row[column].isEmpty { return nil }
        guard let value = try? FixedPoint.parse(row[column], decimals: decimals), value > 0, value < most else {
            refuse(
                "screening.knowledge.number", "\(column) 应为大于 0 的数,最多 \(decimals) 位小数,现在是“\(row[column])”,请改正")
            return nil
        }
        return value
    }

    /// A date; nil when the cell is empty.
    mutating func day(_ column: String) -> Day? {
        if row[column].isEmpty { return nil }
        let day = Day(row[column])
        if day == nil {
            refuse("screening.knowledge.day", "\(column) 应为日期,例如 2026-01-01,现在是“\(row[column])”,请改正")
        }
        return day
    }

    /// The number of a point, which no other may have.
    mutating func newPoint(_ known: inout Set<String>) -> String {
        let id = row["point_id"]
        if id.isEmpty || !known.insert(id).inserted {
            refuse("screening.point.doubled", "知识点编号“\(id)”为空或已经用过,请另编一个")
        }
        return id
    }

    /// The rule that a row is of, when the register has it and it is of one of the kinds that the file feeds.
    mutating func rule(in base: KnowledgeBase, of kinds: Set<RuleKind>? = nil) -> Int? {
        guard let index = base.ruleIndex[row["rule_code"]] else {
            refuse("screening.point.rule", "规则编码“\(row["rule_code"])”不在登记中,请用 yibao rules 查看")
            return nil
        }
        let rule = base.rules[index]
        guard let kind = rule.kind else {
            refuse("screening.rule.undecidable", "规则 \(rule.code)(\(rule.name))不能由费用数据判定,请删去这一行")
            return nil
        }
        if let kinds, !kinds.contains(kind) {
            let allowed = base.rules.filter { $0.kind.map(kinds.contains) ?? false }.prefix(3).map(\.code)
            refuse(
                "screening.rule.other",
                "规则 \(rule.code) 的类型是 \(kind.rawValue),不用这张表;这张表用于\(allowed.joined(separator: "、"))等规则,请改正")
            return nil
        }
        return index
    }
}

extension CSVTable {
    /// Calls `body` with each row and gathers what it refuses.
    func check(file: String, problems: inout Problems, _ body: (inout CheckedRow) -> Void) {
        for row in rows {
            var checked = CheckedRow(row, file: file)
            body(&checked)
            for fault in checked.faults { problems.add(fault.code, field: fault.field, fault.message) }
        }
    }
}
