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
    /// Reads `sex=2`, `age_ge=2;age_lt=12`, `max_qty=1;per=day` …; an unknown key is refused.
    init(_ text: String, kind: RuleKind) throws(Problem) {
        var values: [String: String] = [:]
        for part in text.split(separator: ";") {
            let halves = part.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { throw Problem("screening.point.parameters", "参数“\(part)”应写成 键=值") }
            values[String(halves[0])] = String(halves[1])
        }
        func take(_ key: String) throws(Problem) -> Int32? {
            guard let text = values.removeValue(forKey: key) else { return nil }
            guard let value = Int32(text), value >= 0 else {
                throw Problem("screening.point.number", "参数 \(key) 应为非负整数,现在是“\(text)”")
            }
            return value
        }
        func quantity() throws(Problem) -> Int64? {
            guard let text = values.removeValue(forKey: "max_qty") else { return nil }
            guard let value = try? FixedPoint.parse(text, decimals: 4), value >= 0 else {
                throw Problem("screening.point.number", "参数 max_qty 应为非负数,现在是“\(text)”")
            }
            return value
        }
        if values.removeValue(forKey: "needs") != nil {
            self = .words
            return
        }
        var demand: Demand?
        switch kind {
        case .sex: demand = try take("sex").flatMap { $0 == 1 || $0 == 2 ? .sex(UInt8($0)) : nil }
        case .age:
            var limit = AgeLimit()
            limit.atLeast = try take("age_ge")
            limit.atMost = try take("age_le")
            limit.below = try take("age_lt")
            limit.newborn = try take("newborn") == 1
            limit.workingAge = try take("working_age") == 1
            demand = limit == AgeLimit() ? nil : .age(limit)
        case .insurance:
            switch values.removeValue(forKey: "insurance") {
            case "work_injury": demand = .workInjury
            case "maternity": demand = .maternity
            default: break
            }
        case .tier: demand = try take("level_ge").map { .tier(atLeast: Int8($0)) }
        case .setting:
            switch (values.removeValue(forKey: "setting"), values.removeValue(forKey: "setting_not")) {
            case ("住院", nil): demand = .inpatientOnly
            case ("住院或急诊", nil): demand = .inpatientOrEmergency
            case (nil, "internet"): demand = .notInternet
            default: break
            }
        case .quantity:
            let per = values.removeValue(forKey: "per")
            demand = per == "day" || per == "hour" ? try quantity().map { .quantity($0) } : nil
        case .period:
            if let maximum = try quantity(), let days = try take("period_days"), days > 0 {
                demand = .period(maximum: maximum, days: days)
            }
        case .course:
            let (days, span, gap) = (try take("max_days"), try take("span_days"), try take("min_gap_days"))
            demand = days ?? span ?? gap == nil ? nil : .course(maxDays: days, span: span, gap: gap)
        case .discount: demand = values.removeValue(forKey: "group").map { .surgery(group: $0) }
        case .herbalNone: demand = .herbalNone
        case .herbalSingle: demand = .herbalSingle
        default: break
        }
        guard values.isEmpty, let demand else {
            throw Problem("screening.point.parameters", "参数“\(text)”与规则类型 \(kind.rawValue) 不符,请对照说明书改正")
        }
        self = demand
    }
}
