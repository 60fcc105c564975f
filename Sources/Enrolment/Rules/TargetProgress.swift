import Basics

/// What a goal counts (指标).
public enum TargetMeasure: Int64, Hashable, Sendable, CaseIterable {
    /// 职工参保人数
    case employees = 1
    /// 居民参保人数
    case residents = 2
    /// 职工医保征缴收入
    case employeeIncome = 3
    /// 居民医保征缴收入(个人)
    case residentIncome = 4

    public var name: String {
        switch self {
        case .employees: "职工参保人数"
        case .residents: "居民参保人数"
        case .employeeIncome: "职工征缴收入"
        case .residentIncome: "居民征缴收入"
        }
    }

    /// Counted in fen, else in people.
    public var isMoney: Bool { self == .employeeIncome || self == .residentIncome }
    public var insurance: Insurance { self == .employees || self == .employeeIncome ? .employee : .resident }
}

/// Who a goal is set for (目标责任单位).
public enum TargetHolder: Hashable, Comparable, Sendable {
    /// 全县
    case county
    /// 乡镇、街道, by code
    case town(String)
    /// 经办科室 that looks after some towns (包片), by name
    case section(String)

    public static func < (a: TargetHolder, b: TargetHolder) -> Bool { a.order < b.order }

    private var order: (Int, String) {
        switch self {
        case .county: (0, "")
        case .section(let name): (1, name)
        case .town(let code): (2, code)
        }
    }
}

/// A goal of a year (目标任务): people, or fen.
public struct Target: Hashable, Sendable {
    public var year: Int
    public var measure: TargetMeasure
    public var holder: TargetHolder
    public var amount: Int64

    public init(year: Int, measure: TargetMeasure, holder: TargetHolder, amount: Int64) {
        self.year = year
        self.measure = measure
        self.holder = holder
        self.amount = amount
    }
}

/// The steps by which progress is told (进度口径).
public enum ProgressStep: Hashable, Sendable, CaseIterable {
    case week
    case month
    case year

    public var name: String {
        switch self {
        case .week: "按周"
        case .month: "按月"
        case .year: "按年"
        }
    }
}

/// What was reached at the end of a week, month or year, or up to now within one (进度点).
public struct ProgressPoint: Hashable, Sendable {
    public var label: String
    /// The last day counted.
    public var day: Day
    public var value: Int64
}

/// A figure that changes day by day (逐日变化): what it was before, and by how much each day changed it.
public struct Progression: Hashable, Sendable {
    public var before: Int64
    public var changes: [Day: Int64]

    public init(before: Int64 = 0, changes: [Day: Int64] = [:]) {
        self.before = before
        self.changes = changes
    }

    public static func + (a: Progression, b: Progression) -> Progression {
        Progression(before: a.before + b.before, changes: a.changes.merging(b.changes) { $0 + $1 })
    }

    /// The figure at the end of a day.
    public func value(on day: Day) -> Int64 {
        changes.reduce(before) { $1.key <= day ? $0 + $1.value : $0 }
    }

    /// The figure at the end of each week (Sunday), month or year from `first` on, the last being `last` itself.
    public func points(by step: ProgressStep, from first: Day, through last: Day) -> [ProgressPoint] {
        guard first <= last else { return [] }
        let days = changes.keys.sorted()
        var next = days.startIndex
        var value = before
        var points: [ProgressPoint] = []
        var end = step.end(of: first)
        while true {
            let day = min(end, last)
            while next < days.endIndex, days[next] <= day {
                value += changes[days[next]] ?? 0
                next += 1
            }
            points.append(ProgressPoint(label: step.label(of: day), day: day, value: value))
            if end >= last { return points }
            end = step.end(of: end + 1)
        }
    }
}

extension ProgressStep {
    func end(of day: Day) -> Day {
        switch self {
        case .week: day + (7 - day.weekday)
        case .month: day.month.last
        case .year: Month(year: day.year, month: 12).last
        }
    }

    func label(of day: Day) -> String {
        switch self {
        case .week: "\(day - (day.weekday - 1))"
        case .month: "\(day.month)"
        case .year: "\(day.year)"
        }
    }
}

extension Target {
    /// Whether the goals of towns, or of sections, together come to less than the county's (分解不足): what the
    /// split leaves out, by measure.
    public static func unassigned(_ targets: [Target]) -> [(measure: TargetMeasure, by: String, missing: Int64)] {
        var found: [(TargetMeasure, String, Int64)] = []
        for measure in TargetMeasure.allCases {
            let own = targets.filter { $0.measure == measure }
            guard let county = own.first(where: { $0.holder == .county }) else { continue }
            let towns = own.filter { if case .town = $0.holder { true } else { false } }
            let sections = own.filter { if case .section = $0.holder { true } else { false } }
            for (name, split) in [("乡镇", towns), ("科室", sections)] where !split.isEmpty {
                let missing = county.amount - split.reduce(0) { $0 + $1.amount }
                if missing > 0 { found.append((measure, name, missing)) }
            }
        }
        return found
    }
}
