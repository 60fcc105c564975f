/// The register in words, for `yibao rules`.
extension KnowledgeBase {
    public func pointCount(of rule: Rule) -> Int {
        guard let index = ruleIndex[rule.code] else { return 0 }
        return points.count { $0.rule == index } + pairs.count { $0.rule == index }
            + codeRanges.count { $0.rule == index }
            + herbPairs.count { $0.rule == index } + limits.count { $0.rule == index }
    }

    /// Kind, strength, knowledge and points of a rule, in brackets; nothing for a rule that cannot be decided.
    public func traits(of rule: Rule) -> String {
        guard let kind = rule.kind else { return "" }
        var words = [rule.variant.isEmpty ? kind.rawValue : "\(kind.rawValue) \(rule.variant)", rule.strengthText]
        if !rule.knowledge.isEmpty { words.append(rule.knowledge) }
        let points = pointCount(of: rule)
        if points > 0 { words.append("\(points) 个知识点") }
        return "(" + words.joined(separator: ",") + ")"
    }

    /// One line a knowledge point: id, item, what it demands.
    public func pointLines(of rule: Rule) -> [String] {
        guard let index = ruleIndex[rule.code] else { return [] }
        var lines: [String] = []
        for point in points where point.rule == index {
            lines.append("\(point.id)  \(point.itemName)  \(point.parameters)  \(point.items.count) 个编码  \(point.text)")
        }
        for pair in pairs where pair.rule == index {
            lines.append("\(pair.id)  \(pair.scope.chinese):\(pair.itemA) \(pair.nameA) × \(pair.itemB) \(pair.nameB)")
        }
        for range in codeRanges where range.rule == index {
            let who = range.sex.map { $0 == 1 ? "限男性" : "限女性" } ?? "限新生儿"
            lines.append("\(range.id)  \(range.first)–\(range.last)  \(range.name)  \(who)")
        }
        for pair in herbPairs where pair.rule == index {
            lines.append("\(pair.id)  \(pair.doctrine):\(pair.herbA) × \(pair.herbB)")
        }
        for limit in limits where limit.rule == index {
            lines.append("\(limit.id)  \(limit.kind.rawValue)  \(limit.subject)  \(limit.chinese)")
        }
        return lines
    }
}

extension TableLimit {
    /// What the limit demands, as an auditor reads it.
    fileprivate var chinese: String {
        switch unit {
        case .supply: return "最多 \(maximum) 天"
        case .year: return "每年最多 \(Figures.yuan(maximum)) 元"
        case .line where kind == .dose: return "每行最多 \(Figures.quantity(maximum))"
        case .day where kind == .dose: return "每日最多 \(Figures.quantity(maximum))"
        case .encounter where kind == .dose: return "每次就诊最多 \(Figures.quantity(maximum))"
        default: return list.joined(separator: ";")
        }
    }
}
