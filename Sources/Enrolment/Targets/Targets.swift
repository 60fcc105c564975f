import Basics
import Control
import Storage

extension TargetHolder {
    var columns: (kind: Int64, name: String) {
        switch self {
        case .county: (0, "")
        case .town(let code): (1, code)
        case .section(let name): (2, name)
        }
    }

    init?(kind: Int64, name: String) {
        switch kind {
        case 0: self = .county
        case 1: self = .town(name)
        case 2: self = .section(name)
        default: return nil
        }
    }
}

extension Enrolment {
    // MARK: - Goals

    /// The goals of a year in force, the county's first.
    public static func targets(_ tx: any Transaction, area: AreaCode, year: Int) throws -> [Target] {
        var targets: [Target] = []
        try tx.forEach(targetSelection, [Value(area), .int(Int64(year))]) { row in
            guard let holder = TargetHolder(kind: try row.int(1), name: try row.text(2)) else {
                throw StoreError.damaged("a goal is nobody's")
            }
            let target = Target(year: year, measure: try row.code(0), holder: holder, amount: try row.int(3))
            if let last = targets.last, last.measure == target.measure, last.holder == holder { targets.removeLast() }
            targets.append(target)
            return true
        }
        return targets.sorted { ($0.measure.rawValue, $0.holder) < ($1.measure.rawValue, $1.holder) }
    }

    private static let targetSelection: SQL = """
        SELECT measure, holder_kind, holder, amount FROM enrolment_target WHERE area = ? AND year = ?
        ORDER BY measure, holder_kind, holder, seq
        """

    /// Writes the goals that are new or changed; answers how many.
    static func write(_ tx: any Transaction, _ lines: [Target], on ground: TargetGround) throws -> Int {
        let known = Set(
            try Set(lines.map(\.year)).flatMap { try targets(tx, area: ground.area, year: $0) })
        let changed = lines.filter { !known.contains($0) }
        for target in changed {
            let holder = target.holder.columns
            let key: [Value] = [
                Value(ground.area), .int(Int64(target.year)), Value(code: target.measure), .int(holder.kind),
                .text(holder.name),
            ]
            try tx.execute(
                targetInsertion, key + [.int(target.amount), Value(ground.batch), Value(ground.matter)] + key)
        }
        return changed.count
    }

    private static let targetInsertion: SQL = """
        INSERT INTO enrolment_target (area, year, measure, holder_kind, holder, amount, batch, matter, seq)
        SELECT ?, ?, ?, ?, ?, ?, ?, ?, count(*) + 1 FROM enrolment_target
        WHERE area = ? AND year = ? AND measure = ? AND holder_kind = ? AND holder = ?
        """

    /// Sets goals by a matter (下达目标任务); answers how many are new or changed.
    public static func setTargets(
        _ tx: any Transaction, _ targets: [Target], on ground: TargetGround
    ) throws -> Int {
        let problems = try objections(tx, to: targets, area: ground.area)
        try Problems(problems).throwIfAny()
        let count = try write(tx, targets, on: ground)
        guard let matter = ground.matter, count > 0 else { return count }
        try TargetEvidence.record(tx, matter: matter, by: ground)
        return count
    }

    /// What speaks against goals: towns and sections that nobody knows, the same goal twice, parts that come to more
    /// than the county's whole are allowed (层层加码 is policy), parts that come to less are not.
    public static func objections(_ tx: any Transaction, to targets: [Target], area: AreaCode) throws -> [Problem] {
        var problems = Problems()
        let towns = try towns(tx, area: area)
        let codes = Set(towns.map(\.code))
        let sections = Set(towns.map(\.section)).subtracting([""])
        for (index, target) in targets.enumerated() {
            let place = "第 \(index + 1) 项"
            switch target.holder {
            case .town(let code) where !codes.contains(code):
                problems.add("enrolment.target.town", field: place, "没有登记乡镇 \(code),请先导入乡镇名录或改正代码")
            case .section(let name) where !sections.contains(name):
                problems.add("enrolment.target.section", field: place, "科室“\(name)”没有包片的乡镇,请先在乡镇名录里写明包片科室")
            default: break
            }
        }
        let keys = targets.map { Target(year: $0.year, measure: $0.measure, holder: $0.holder, amount: 0) }
        if Set(keys).count != keys.count {
            problems.add("enrolment.target.doubled", field: "目标", "同一责任单位的同一指标出现两次,请只留一行")
        }
        for year in Set(targets.map(\.year)).sorted() {
            var standing: [Target: Target] = [:]
            for target in try Self.targets(tx, area: area, year: year) + targets.filter({ $0.year == year }) {
                var key = target
                key.amount = 0
                standing[key] = target
            }
            for (measure, by, missing) in Target.unassigned(Array(standing.values)) {
                let gap = measure.isMoney ? "\(Money(fen: missing)) 元" : "\(missing) 人"
                problems.add(
                    "enrolment.target.split", field: "\(year) 年\(measure.name)",
                    "分解到\(by)的合计比全县目标少 \(gap),请补足后再下达")
            }
        }
        return problems.all
    }

    // MARK: - Progress

    /// How the number of insured people changed day by day since a day, by town (在保人数变化). People whose town no list
    /// has told are under the empty code.
    public static func headcount(
        _ tx: any Transaction, area: AreaCode, insurance: Insurance, from first: Day, through last: Day
    ) throws -> [String: Progression] {
        var towns: [String: Progression] = [:]
        for (query, sign) in [(began, Int64(1)), (ceased, -1)] {
            try tx.forEach(query, [Value(area), Value(code: insurance), Value(last)]) { row in
                let day = try row.day(1)
                let number = sign * (try row.int(2))
                if day < first {
                    towns[try row.text(0), default: Progression()].before += number
                } else {
                    towns[try row.text(0), default: Progression()].changes[day, default: 0] += number
                }
                return true
            }
        }
        return towns
    }

    /// Of a person p: where he lives, as last corrected, else as first registered; SQL that other counts are told by too.
    public static let division = """
        COALESCE((SELECT c.division FROM person_act c WHERE c.area = p.area AND c.person = p.id
            AND c.division IS NOT NULL ORDER BY c.seq DESC LIMIT 1), p.division)
        """

    private static let began = SQL(
        """
        SELECT \(division), s.first_day, count(*)
        FROM insurance_spell s JOIN person p ON p.area = s.area AND p.id = s.person
        WHERE s.area = ? AND s.insurance = ? AND s.first_day <= ? GROUP BY 1, 2
        """)

    /// A spell counts through its last day.
    private static let ceased = SQL(
        """
        SELECT \(division), s.last_day + 1, count(*)
        FROM insurance_spell s JOIN person p ON p.area = s.area AND p.id = s.person
        WHERE s.area = ? AND s.insurance = ? AND s.last_day < ? GROUP BY 1, 2
        """)
}
