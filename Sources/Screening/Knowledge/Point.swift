import Basics

/// Limits of age in completed years (周岁), or in days for the newborn.
public struct AgeLimit: Hashable, Sendable {
    public var atLeast: Int32?
    public var atMost: Int32?
    public var below: Int32?
    public var newborn = false
    public var workingAge = false
}

/// Within what two items must not both be charged (重复收费的范围).
public enum PairScope: String, Sendable, CaseIterable {
    case day, encounter
    case sixHours = "6h"
    case hour

    var chinese: String {
        switch self {
        case .day: "同一日"
        case .encounter: "同一次就诊"
        case .sixHours: "6小时内"
        case .hour: "1小时内"
        }
    }
}

/// What a knowledge point (知识点) demands of its items, read from `parameters`.
public enum Demand: Hashable, Sendable {
    /// The only sex allowed: 1 male, 2 female.
    case sex(UInt8)
    case age(AgeLimit)
    case workInjury
    case maternity
    case tier(atLeast: Int8)
    case inpatientOnly
    case inpatientOrEmergency
    case notInternet
    /// Greatest quantity a day, in ten-thousandths.
    case quantity(Int64)
    case period(maximum: Int64, days: Int32)
    case course(maxDays: Int32?, span: Int32?, gap: Int32?)
    case surgery(group: String)
    case herbalNone
    case herbalSingle
    /// The limit is in words only; a machine cannot decide it.
    case words
}

/// One knowledge point (知识点) of a rule.
public struct Point: Sendable {
    public let id: String
    /// Index into the register.
    public let rule: Int
    public let itemName: String
    public let demand: Demand
    public let parameters: String
    public let text: String
    public internal(set) var items: [String] = []
}

/// Two items that must not both be charged within a scope.
public struct ItemPair: Sendable {
    public let id: String
    public let rule: Int
    public let scope: PairScope
    public let itemA: String
    public let nameA: String
    public let itemB: String
    public let nameB: String
}

extension Demand {
    /// Reads `sex=2`, `age_ge=2;age_lt=12`, `max_qty=1;per=day` …; an unknown key is refused, and so is a value out of
    /// range: a maximum of nothing or a limit that everybody breaks is a slip of the pen.
    init(_ text: String, kind: RuleKind) throws(Problem) {
        var given = Given()
        for part in text.split(separator: ";") { try given.add(part) }
        guard let demand = try Demand.read(&given, kind: kind), given.values.isEmpty else {
            throw Problem("screening.point.parameters", "参数“\(text)”与规则类型 \(kind.rawValue) 不符,请对照说明书改正")
        }
        self = demand
    }

    private static func read(_ given: inout Given, kind: RuleKind) throws(Problem) -> Demand? {
        if let needs = given.take("needs") { return needs == "indication_text" ? .words : nil }
        switch kind {
        case .sex: return try given.number("sex", in: 1...2).map { .sex(UInt8($0)) }
        case .age: return try given.age().map { .age($0) }
        case .insurance:
            switch given.take("insurance") {
            case "work_injury": return .workInjury
            case "maternity": return .maternity
            default: return nil
            }
        case .tier: return try given.number("level_ge", in: 1...3).map { .tier(atLeast: Int8($0)) }
        case .setting:
            switch (given.take("setting"), given.take("setting_not")) {
            case ("住院", nil): return .inpatientOnly
            case ("住院或急诊", nil): return .inpatientOrEmergency
            case (nil, "internet"): return .notInternet
            default: return nil
            }
        case .quantity:
            let per = given.take("per")
            return per == "day" || per == "hour" ? try given.quantity().map { .quantity($0) } : nil
        case .period:
            guard let most = try given.quantity(), let days = try given.number("period_days", in: 1...3650) else {
                return nil
            }
            return .period(maximum: most, days: days)
        case .course:
            let (days, span, gap) = (
                try given.number("max_days", in: 1...3650), try given.number("span_days", in: 1...3650),
                try given.number("min_gap_days", in: 1...3650)
            )
            return days ?? span ?? gap == nil ? nil : .course(maxDays: days, span: span, gap: gap)
        case .discount: return given.take("group").flatMap { $0.isEmpty ? nil : .surgery(group: $0) }
        case .herbalNone: return .herbalNone
        case .herbalSingle: return .herbalSingle
        default: return nil
        }
    }

    /// The keys of a point's parameters that were not looked at yet.
    private struct Given {
        private(set) var values: [String: String] = [:]

        mutating func add(_ part: Substring) throws(Problem) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, !halves[1].isEmpty else {
                throw Problem("screening.point.parameters", "参数“\(part)”应写成 键=值,请改正")
            }
            guard values.updateValue(String(halves[1]), forKey: String(halves[0])) == nil else {
                throw Problem("screening.point.parameters", "参数 \(halves[0]) 写了两次,请删去一个")
            }
        }

        mutating func take(_ key: String) -> String? { values.removeValue(forKey: key) }

        mutating func number(_ key: String, in range: ClosedRange<Int32>) throws(Problem) -> Int32? {
            guard let text = take(key) else { return nil }
            guard let value = Int32(text), range.contains(value) else {
                throw Problem(
                    "screening.point.number",
                    "参数 \(key) 应为 \(range.lowerBound) 至 \(range.upperBound) 的整数,现在是“\(text)”,请改正")
            }
            return value
        }

        mutating func quantity() throws(Problem) -> Int64? {
            guard let text = take("max_qty") else { return nil }
            guard let value = try? FixedPoint.parse(text, decimals: 4), value > 0, value < 1_000_000_000_000 else {
                throw Problem("screening.point.number", "参数 max_qty 应为大于 0 的数,最多四位小数,现在是“\(text)”,请改正")
            }
            return value
        }

        /// Bounds of age, or the newborn, or working age: one of the three.
        mutating func age() throws(Problem) -> AgeLimit? {
            var limit = AgeLimit()
            limit.atLeast = try number("age_ge", in: 0...150)
            limit.atMost = try number("age_le", in: 0...150)
            limit.below = try number("age_lt", in: 1...150)
            limit.newborn = try number("newborn", in: 1...1) != nil
            limit.workingAge = try number("working_age", in: 1...1) != nil
            let isBounded = limit.atLeast ?? limit.atMost ?? limit.below != nil
            let forms = [isBounded, limit.newborn, limit.workingAge].count { $0 }
            if forms > 1 {
                throw Problem("screening.point.parameters", "年龄上下限、newborn、working_age 只能写一种,请分成几个知识点")
            }
            let most = min(limit.atMost ?? .max, (limit.below ?? .max) - 1)
            if let least = limit.atLeast, least > most {
                throw Problem("screening.point.parameters", "年龄下限高于上限,没有人符合,请改正")
            }
            return forms == 0 ? nil : limit
        }
    }
}
