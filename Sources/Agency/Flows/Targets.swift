import Basics
import Contributions
import Enrolment
import Sheets
import Storage

/// How far a goal has come (目标完成进度).
public struct TargetProgress: Hashable, Sendable {
    public var target: Target
    /// 全县, the town's name or the section's.
    public var holderName: String
    /// Week by week, month by month or year by year; the last point is now.
    public var points: [ProgressPoint]

    /// What has been reached.
    public var reached: Int64 { points.last?.value ?? 0 }

    /// 完成率, rounded half up to a hundredth of a percent; nil for a goal of nothing.
    public var share: Rate? {
        target.amount == 0
            ? nil : Rate(partsPerMillion: Rounding.halfUp(reached, times: 10_000, over: target.amount) * 100)
    }
}

/// The goals of a year with their progress, as a page shows and exports them (目标任务进度).
public struct TargetReport: Sendable {
    public var year: Int
    public var step: ProgressStep
    public var through: Day
    public var goals: [TargetProgress]

    /// One row a goal.
    public var summary: Sheet {
        Sheet(
            name: "\(year)年目标任务进度", columns: ["指标", "责任单位", "目标", "完成", "完成率", "截至"],
            rows: goals.map { goal in
                [
                    .text(goal.target.measure.name), .text(goal.holderName), cell(goal.target.amount, goal),
                    cell(goal.reached, goal), .text(goal.share?.description ?? ""), .text("\(through)"),
                ]
            })
    }

    /// One row a goal and point: what a chart draws.
    public var series: Sheet {
        Sheet(
            name: "\(year)年目标任务\(step.name)进度", columns: ["指标", "责任单位", "期间", "截至", "累计", "本期"],
            rows: goals.flatMap { goal in
                goal.points.enumerated().map { index, point in
                    let before = index == 0 ? 0 : goal.points[index - 1].value
                    return [
                        .text(goal.target.measure.name), .text(goal.holderName), .text(point.label),
                        .text("\(point.day)"), cell(point.value, goal), cell(point.value - before, goal),
                    ]
                }
            })
    }

    private func cell(_ value: Int64, _ goal: TargetProgress) -> Sheet.Cell {
        goal.target.measure.isMoney ? .money(Money(fen: value)) : .count(value)
    }
}

extension Agency {
    /// The goals of a year and how far each has come by a day, told by week, month or year.
    ///
    /// People count where they live; a section's figure is that of the towns it looks after. Residents count when their
    /// year is paid. Income is what came in for
    /// bills of the year's days: a person's in the town where he lives, an employer's in the town where it is registered.
    public static func targetReport(
        _ tx: any Transaction, area: AreaCode, year: Int, by step: ProgressStep, through day: Day
    ) throws -> TargetReport {
        let targets = try Enrolment.targets(tx, area: area, year: year)
        let towns = try Enrolment.towns(tx, area: area)
        let first = Month(year: year, month: 1).first
        let last = min(day, Month(year: year, month: 12).last)
        var figures: [TargetMeasure: [String: Progression]] = [:]
        for measure in Set(targets.map(\.measure)) {
            figures[measure] = try figure(tx, area: area, measure, from: first, through: last)
        }
        let goals = targets.map { target in
            let progression = sum(figures[target.measure] ?? [:], of: target.holder, towns)
            return TargetProgress(
                target: target, holderName: name(of: target.holder, towns),
                points: progression.points(by: step, from: first, through: last))
        }
        return TargetReport(year: year, step: step, through: last, goals: goals)
    }

    private static func figure(
        _ tx: any Transaction, area: AreaCode, _ measure: TargetMeasure, from first: Day, through last: Day
    ) throws -> [String: Progression] {
        switch measure {
        case .employees:
            try Enrolment.headcount(tx, area: area, insurance: .employee, from: first, through: last)
        case .residents: try paidResidents(tx, area: area, from: first, through: last)
        case .employeeIncome, .residentIncome: try income(tx, area: area, measure, from: first, through: last)
        }
    }

    private static func name(of holder: TargetHolder, _ towns: [Town]) -> String {
        switch holder {
        case .county: "全县"
        case .section(let name): name
        case .town(let code): towns.first { $0.code == code }?.name ?? code
        }
    }

    private static func sum(
        _ figures: [String: Progression], of holder: TargetHolder, _ towns: [Town]
    ) -> Progression {
        let codes: Set<String>? =
            switch holder {
            case .county: nil
            case .town(let code): [code]
            case .section(let name): Set(towns.filter { $0.section == name }.map(\.code))
            }
        return figures.filter { codes?.contains($0.key) ?? true }.values.reduce(Progression(), +)
    }

    /// Contributions that came in, day by day, by the town where the payer lives or is registered; without a
    /// town under the empty code.
    private static func income(
        _ tx: any Transaction, area: AreaCode, _ measure: TargetMeasure, from first: Day, through last: Day
    ) throws -> [String: Progression] {
        var towns: [String: Progression] = [:]
        try tx.forEach(
            incomeByDay, [Value(area), Value(code: measure.insurance), Value(first), Value(last)]
        ) { row in
            towns[try row.text(0), default: Progression()].changes[try row.day(1), default: 0] += try row.int(2)
            return true
        }
        return towns
    }

    private static let incomeByDay = SQL(
        """
        SELECT COALESCE(\(Enrolment.division), e.division, ''), u.day, CAST(SUM(u.principal_fen) AS BIGINT)
        FROM receipt_use u
        JOIN levy_bill b ON b.area = u.area AND b.id = u.bill
        LEFT JOIN employer e ON b.payer_kind = 1 AND e.area = b.area AND e.id = b.payer
        LEFT JOIN person p ON b.payer_kind = 2 AND p.area = b.area AND p.id = b.payer
        WHERE u.area = ? AND b.insurance = ? AND u.day >= ? AND u.day <= ?
        GROUP BY 1, 2
        """)
}
