/// The register in words, for `yibao rules`.
extension KnowledgeBase {
    public func pointCount(of rule: Rule) -> Int {
        guard let index = ruleIndex[rule.code] else { return 0 }
        return points.count { $0.rule == index } + pairs.count { $0.rule == index }
            + codeRanges.count { $0.rule == index }
            + herbPairs.count { $0.rule == index } + limits.count { $0.rule == index }
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
            lines.append("\(limit.id)  \(limit.kind.rawValue)  \(limit.subject)  \(limit.list.joined(separator: ";"))")
        }
        return lines
    }
}
