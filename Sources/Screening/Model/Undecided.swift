/// Why a rule could not decide (无法判定的原因).
enum UndecidedReason: Int, CaseIterable, Sendable {
    case sexMissing, sexOfDevelopment, birthMissing, newbornOnMother, scopeUnknown, tierMissing, tierMixed
    case settingUnknown, internetUnset, insuranceMissing, timeMissing, endMissing, diagnosisMissing, uploadTimeMissing
    case chargeMissing, capTierMissing, departmentMissing, daysMissing, procedureMissing, institutionMissing
    case fewInstitutions
    case refundUnmatched, encounterMissing, quantityZero

    var chinese: String {
        switch self {
        case .sexMissing: "没有性别"
        case .sexOfDevelopment: "有性发育或性染色体异常的诊断"
        case .birthMissing: "没有出生日期"
        case .newbornOnMother: "新生儿费用记在母亲名下"
        case .scopeUnknown: "不知道是否在基金支付范围内"
        case .tierMissing: "没有医疗机构等级"
        case .tierMixed: "医疗机构等级混用了两套写法"
        case .settingUnknown: "医疗类别不在参数中"
        case .internetUnset: "参数没有列出互联网诊疗的医疗类别"
        case .insuranceMissing: "没有险种"
        case .timeMissing: "费用发生时间没有时分秒"
        case .endMissing: "没有出院日期"
        case .diagnosisMissing: "没有诊断"
        case .uploadTimeMissing: "没有上传时间或费用时间"
        case .chargeMissing: "没有收费类别"
        case .capTierMissing: "没有限价等级"
        case .departmentMissing: "没有开单科室"
        case .daysMissing: "没有用药天数"
        case .procedureMissing: "没有手术操作编码"
        case .institutionMissing: "没有医疗机构代码"
        case .fewInstitutions: "同级机构太少,不判离群"
        case .refundUnmatched: "退费找不到原费用"
        case .encounterMissing: "找不到费用所属的就诊(就诊号与人员编号须一致)"
        case .quantityZero: "数量为零"
        }
    }
}

/// Counts by rule and reason; rule 0 … n−1 of the register, and one row for the extract as a whole.
struct UndecidedCounts: Sendable {
    private var counts: [Int]

    init(rules: Int = 0) { counts = Array(repeating: 0, count: (rules + 1) * UndecidedReason.allCases.count) }

    mutating func add(_ rule: Int, _ reason: UndecidedReason, _ count: Int = 1) {
        counts[(rule + 1) * UndecidedReason.allCases.count + reason.rawValue] += count
    }

    /// Not of one rule: lines that no rule could see.
    mutating func addToExtract(_ reason: UndecidedReason, _ count: Int = 1) { counts[reason.rawValue] += count }

    mutating func merge(_ other: UndecidedCounts) {
        for index in other.counts.indices { counts[index] += other.counts[index] }
    }

    /// Rule (nil for the extract), reason and count, those above zero.
    var rows: [(rule: Int?, reason: UndecidedReason, count: Int)] {
        let width = UndecidedReason.allCases.count
        return counts.indices.compactMap { index in
            counts[index] == 0
                ? nil
                : (index < width ? nil : index / width - 1, UndecidedReason(rawValue: index % width)!, counts[index])
        }
    }
}
