import Basics

/// One limit out of a table that an agency keeps (机构表): which item or diagnosis, and what it needs.
public struct TableLimit: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The encounter has none of the diagnoses.
        case indication
        /// The encounter has one of the diagnoses.
        case contraindication
        /// The line is not from one of the departments.
        case department
        /// The person never had one of the items before.
        case secondLine = "second_line"
        /// The encounter has none of the items.
        case itemItem = "item_item"
        /// The main procedure is none of those that go with the main diagnosis.
        case diagnosisProcedure = "diagnosis_procedure"
        /// The encounter has the diagnosis but none of the items.
        case diagnosisItem = "diagnosis_item"
        /// The person's amount of the item in a calendar year is above the cap.
        case totalCap = "total_cap"
        /// The quantity of the item within a line, day or encounter is above the maximum, or a line's days of supply are.
        case dose

        /// 单个项目的限定,或一个诊断的限定。
        var isOfItem: Bool { self != .diagnosisProcedure && self != .diagnosisItem }
    }
    public enum Unit: String, Sendable {
        case line, day, encounter, year
        /// 开药天数: the days for which a line supplies (`prd_days`).
        case supply
    }

    public let kind: Kind
    public let rule: Int
    public let id: String
    /// Item code, or prefix of a diagnosis.
    public let subject: String
    /// Prefixes of diagnoses, procedures, items; or department codes.
    public let list: [String]
    public let unit: Unit
    /// Quantity in ten-thousandths, amount in fen, or days of supply.
    public let maximum: Int64
}

extension TableLimit.Kind {
    /// The columns that say what is limited, and by what.
    private var columns: [String] {
        switch self {
        case .indication, .contraindication: ["item_code", "diagnoses"]
        case .department: ["item_code", "departments"]
        case .secondLine: ["item_code", "first_line_items"]
        case .itemItem: ["item_code", "items"]
        case .diagnosisProcedure: ["diagnosis", "procedures"]
        case .diagnosisItem: ["diagnosis", "items"]
        case .totalCap: ["item_code", "cap_yuan"]
        case .dose: ["item_code"]
        }
    }

    var file: KnowledgeFile {
        KnowledgeFile(
            name: rawValue + ".csv", required: ["rule_code", "point_id"] + columns,
            optional: self == .dose ? ["max_qty", "per", "max_days"] : [])
    }

    fileprivate var subject: (column: String, form: CodeForm) {
        (columns[0], isOfItem ? .item : .diagnosis)
    }

    fileprivate var list: (column: String, form: CodeForm)? {
        switch self {
        case .indication, .contraindication: (columns[1], .diagnosis)
        case .department: (columns[1], .department)
        case .secondLine, .itemItem, .diagnosisItem: (columns[1], .item)
        case .diagnosisProcedure: (columns[1], .procedure)
        case .totalCap, .dose: nil
        }
    }
}

extension TableLimit {
    /// The limits of one file; rows that are not sound are named with file and line.
    static func read(
        _ table: CSVTable, _ kind: Kind, file: String, in base: KnowledgeBase, problems: inout Problems
    ) -> [TableLimit] {
        var limits: [TableLimit] = []
        var known: Set<[String]> = []
        var ruleOf: [String: Int] = [:]
        table.check(file: file, problems: &problems) { row in
            let id = row.text("point_id")
            let subject = row.code(kind.subject.column, kind.subject.form)
            let rule = row.rule(of: kind, in: base)
            let list = kind.list.map { row.codes($0.column, $0.form) } ?? []
            let (unit, maximum) = row.maximum(of: kind)
            guard row.isSound, let rule else { return }
            if !known.insert([id, subject]).inserted {
                return row.refuse("screening.table.doubled", "知识点\(id)对 \(subject) 已有一行,请合并或另编知识点")
            }
            if let other = ruleOf.updateValue(rule, forKey: id), other != rule {
                return row.refuse("screening.table.rule", "知识点\(id)已用于规则 \(base.rules[other].code),请另编知识点")
            }
            limits.append(
                TableLimit(
                    kind: kind, rule: rule, id: id, subject: subject, list: list, unit: unit, maximum: maximum))
        }
        return limits
    }
}

extension CheckedRow {
    /// The rule of a limit: one of kind `table` that this very table feeds.
    fileprivate mutating func rule(of kind: TableLimit.Kind, in base: KnowledgeBase) -> Int? {
        guard let index = rule(in: base, of: [.table]) else { return nil }
        guard base.rules[index].variant == kind.rawValue else {
            refuse("screening.rule.other", "规则 \(base.rules[index].code) 用的是 \(base.rules[index].knowledge),不是这张表,请改正")
            return nil
        }
        return index
    }

    /// 一万亿元, a hundred million units: no sum is as high.
    private static let mostFen: Int64 = 100_000_000_000_000
    private static let mostUnits: Int64 = 1_000_000_000_000

    fileprivate mutating func maximum(of kind: TableLimit.Kind) -> (TableLimit.Unit, Int64) {
        switch kind {
        case .totalCap:
            _ = text("cap_yuan")
            return (.year, amount("cap_yuan", decimals: 2, below: CheckedRow.mostFen) ?? 0)
        case .dose: return row["max_days"].isEmpty ? dose() : supply()
        default: return (.encounter, 0)
        }
    }

    private mutating func dose() -> (TableLimit.Unit, Int64) {
        let most = amount("max_qty", decimals: 4, below: CheckedRow.mostUnits)
        if row["max_qty"].isEmpty {
            refuse("screening.table.dose", "请写明最大数量 max_qty 和 per,或最大开药天数 max_days")
            return (.line, 0)
        }
        guard let unit = TableLimit.Unit(rawValue: row["per"]), [.line, .day, .encounter].contains(unit) else {
            refuse("screening.table.dose", "per 应为 line、day 或 encounter,请改正")
            return (.line, 0)
        }
        return (unit, most ?? 0)
    }

    private mutating func supply() -> (TableLimit.Unit, Int64) {
        if !row["max_qty"].isEmpty || !row["per"].isEmpty {
            refuse("screening.table.dose", "一行只写一种限量:有 max_days 时 max_qty 和 per 应空着,请分成两行,各编一个知识点")
        }
        guard let days = Int64(row["max_days"]), (1...3650).contains(days) else {
            refuse("screening.table.dose", "max_days 应为 1 至 3650 的整数天,现在是“\(row["max_days"])”,请改正")
            return (.supply, 0)
        }
        return (.supply, days)
    }
}
