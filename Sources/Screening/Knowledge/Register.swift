import Basics

/// Kind of rule (规则类型): what a rule looks at. The meaning of each stands in docs/screening.md.
public enum RuleKind: String, Sendable, CaseIterable {
    case sex, age, insurance, tier, setting, pair, quantity, period, course, discount, cap
    case herbalNone = "herbal_none"
    case herbalSingle = "herbal_single"
    case herbalIncompatible = "herbal_incompatible"
    case stayDate = "stay_date"
    case bedDays = "bed_days"
    case readmission
    case overlapStay = "overlap_stay"
    case duringStay = "during_stay"
    case afterDeath = "after_death"
    case frequency
    case hangingBed = "hanging_bed"
    case together
    case diagnosisSex = "diagnosis_sex"
    case diagnosisAge = "diagnosis_age"
    case procedureSex = "procedure_sex"
    case lateUpload = "late_upload"
    case kinds
    case sameClass = "same_class"
    case record, indicator, table, stock
}

/// 违规 is a clear breach; at 可疑 a person must look.
public enum Strength: String, Sendable {
    case breach = "违规"
    case suspicion = "可疑"
}

/// Whether a rule of the register decides with what the house ships.
public enum RuleState: String, Sendable, CaseIterable {
    case decides = "可判定"
    case needsTable = "需机构表"
    case undecidable = "不可判定"
}

/// One row of the register (规则登记): a national rule, or one of the house's own clue models.
public struct Rule: Sendable {
    /// Row of the national register of 88; nil for the house's own models.
    public let sequence: Int?
    /// The official code, else the house's (`YB-…`).
    public let code: String
    public let name: String
    public let field: String
    public let family: String
    /// Nil when claims data cannot decide the rule.
    public let kind: RuleKind?
    /// Which of the several rules of one kind: `outpatient`, `drug`, `indication`.
    public let variant: String
    public let knowledge: String
    /// Nil when the rule cannot be decided.
    public let strength: Strength?
    /// The rule looks only at lines in the fund's scope (限支付, ◆).
    public let onlyInScope: Bool
    public let state: RuleState
    /// Why the rule needs a table or cannot be decided.
    public let reason: String
    public let definition: String
}

extension Rule {
    /// 违规, 可疑, or nothing where nothing is ever found.
    public var strengthText: String { strength?.rawValue ?? "" }

    static func register(_ table: CSVTable, file: String) throws(Problems) -> [Rule] {
        var problems = Problems()
        var rules: [Rule] = []
        var codes: Set<String> = []
        for row in table.rows {
            let place = "\(file):\(row.line)"
            let kind = RuleKind(rawValue: row["kind"])
            if kind == nil, !row["kind"].isEmpty {
                problems.add("screening.rule.kind", field: place, "规则类型“\(row["kind"])”不认识,请对照说明书改正")
            }
            guard let state = RuleState(rawValue: row["state"]) else {
                problems.add("screening.rule.state", field: place, "状态应为可判定、需机构表或不可判定")
                continue
            }
            let strength = Strength(rawValue: row["strength"])
            if (strength == nil) != (kind == nil) || strength == nil && !row["strength"].isEmpty {
                problems.add("screening.rule.strength", field: place, "强度应为违规或可疑,没有类型的规则应空着")
            }
            if !codes.insert(row["code"]).inserted {
                problems.add("screening.rule.doubled", field: place, "规则编码\(row["code"])重复,请删去一行")
            }
            rules.append(
                Rule(
                    sequence: Int(row["seq"]), code: row["code"], name: row["name"], field: row["tier1"],
                    family: row["tier2"], kind: kind, variant: row["variant"], knowledge: row["knowledge"],
                    strength: strength, onlyInScope: row["scope"] == "fund",
                    state: state, reason: row["reason"], definition: row["definition"]))
        }
        try problems.throwIfAny()
        return rules
    }
}
