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
        /// The quantity of the item within a line, day or encounter is above the maximum.
        case dose

        /// 单个项目的限定,或一个诊断的限定。
        var isOfItem: Bool { self != .diagnosisProcedure && self != .diagnosisItem }
    }
    public enum Unit: String, Sendable { case line, day, encounter, year }

    public let kind: Kind
    public let rule: Int
    public let id: String
    /// Item code, or prefix of a diagnosis.
    public let subject: String
    /// Prefixes of diagnoses, procedures, items; or department codes.
    public let list: [String]
    public let unit: Unit
    /// Quantity in ten-thousandths, or amount in fen.
    public let maximum: Int64
}

extension TableLimit.Kind {
    var columns: [String] {
        switch self {
        case .indication, .contraindication: ["rule_code", "point_id", "item_code", "diagnoses"]
        case .department: ["rule_code", "point_id", "item_code", "departments"]
        case .secondLine: ["rule_code", "point_id", "item_code", "first_line_items"]
        case .itemItem: ["rule_code", "point_id", "item_code", "items"]
        case .diagnosisProcedure: ["rule_code", "point_id", "diagnosis", "procedures"]
        case .diagnosisItem: ["rule_code", "point_id", "diagnosis", "items"]
        case .totalCap: ["rule_code", "point_id", "item_code", "cap_yuan"]
        case .dose: ["rule_code", "point_id", "item_code", "max_qty", "per"]
        }
    }
}

extension TableLimit {
    static func read(
        _ table: CSVTable, _ kind: Kind, file: String, rules: [String: Int], problems: inout Problems
    ) -> [TableLimit] {
        table.rows.compactMap { row in
            let place = "\(file):\(row.line)"
            guard let rule = rules[row["rule_code"]] else {
                problems.add("screening.table.rule", field: place, "规则编码“\(row["rule_code"])”不在登记中,请用 yibao rules 查看")
                return nil
            }
            let subject = row[kind.columns[2]]
            guard !subject.isEmpty, !row["point_id"].isEmpty else {
                problems.add("screening.table.empty", field: place, "point_id 与 \(kind.columns[2]) 不能为空,请补上")
                return nil
            }
            var list: [String] = []
            var maximum: Int64 = 0
            var unit = Unit.encounter
            switch kind {
            case .totalCap:
                guard let cap = try? FixedPoint.parse(row["cap_yuan"], decimals: 2), cap >= 0 else {
                    problems.add("screening.table.cap", field: place, "cap_yuan 应为金额(元),请改正")
                    return nil
                }
                (maximum, unit) = (cap, .year)
            case .dose:
                guard let most = try? FixedPoint.parse(row["max_qty"], decimals: 4), most >= 0,
                    let per = Unit(rawValue: row["per"]), per != .year
                else {
                    problems.add("screening.table.dose", field: place, "max_qty 应为数量,per 应为 line、day 或 encounter")
                    return nil
                }
                (maximum, unit) = (most, per)
            default:
                list = row[kind.columns[3]].split { $0 == ";" || $0 == " " || $0 == "|" }.map(String.init)
                if list.isEmpty {
                    problems.add("screening.table.list", field: place, "\(kind.columns[3]) 不能为空,多个值用分号隔开")
                    return nil
                }
            }
            return TableLimit(
                kind: kind, rule: rule, id: row["point_id"], subject: subject, list: list, unit: unit, maximum: maximum)
        }
    }
}
