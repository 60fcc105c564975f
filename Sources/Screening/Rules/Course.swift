import Basics

/// `course`: more days of an item than the fund pays for, a longer span, or two uses too near, within one stay or one
/// chain of outpatient days.
extension Pass {
    /// Courses within one stay.
    mutating func screenCourses(_ all: [Int32], stay: Int) {
        if all.isEmpty { return }
        for own in grouped(all) { screenCourse(own, chained: false) }
    }

    /// Courses outside stays: days of (person, item), a new chain after a gap.
    mutating func screenChains() {
        if chainLines.isEmpty { return }
        for own in grouped(chainLines) { screenCourse(own, chained: true) }
    }

    private mutating func screenCourse(_ own: ArraySlice<Int32>, chained: Bool) {
        for condition in demands(of: lines.item[Int(own.first!)]) {
            guard case .course(let days, let span, let gap) = condition.check else { continue }
            let seen = own.filter { sees(Int($0), rule: Int(condition.rule), onlyInScope: condition.onlyInScope) }
            let most = Int32(rules.parameters.courseGapDays)
            let chains =
                chained
                ? runs(seen[...]) { lines.day[Int($1)] - lines.day[Int($0)] <= most } : seen.isEmpty ? [] : [seen[...]]
            for chain in chains { screenChain(chain, condition, days: days, span: span, gap: gap) }
        }
    }

    private mutating func screenChain(
        _ chain: ArraySlice<Int32>, _ condition: Condition, days: Int32, span: Int32, gap: Int32
    ) {
        let byDay = runs(chain) { lines.day[Int($0)] == lines.day[Int($1)] }
        let first = lines.day[Int(chain.first!)]
        let last = lines.day[Int(chain.last!)]
        var beyond: [Int32] = []
        var before: Int32?
        for (number, own) in byDay.enumerated() {
            let day = lines.day[Int(own.first!)]
            let tooMany = days > 0 && number >= Int(days)
            let tooLong = span > 0 && day - first + 1 > span
            let tooNear = gap > 0 && before.map { day - $0 < gap } ?? false
            if tooMany || tooLong || tooNear { beyond += own }
            before = day
        }
        if beyond.isEmpty { return }
        var limits: [String] = []
        if days > 0 { limits.append("最多支付\(days)天") }
        if span > 0 { limits.append("最长\(span)天") }
        if gap > 0 { limits.append("间隔不少于\(gap)天") }
        report(
            Int(condition.rule), point: condition.point, lines: beyond,
            evidence: "使用\(byDay.count)天,自\(Figures.day(first))至\(Figures.day(last)),\(limits.joined(separator: "、"))")
    }
}
