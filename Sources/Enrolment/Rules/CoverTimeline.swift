import Basics

/// A line of days without gaps, open at its end, painted stretch by stretch.
struct CoverTimeline {
    private(set) var spans: [CoverSpan]

    init(from first: Day, _ state: CoverSpan.State) {
        spans = [CoverSpan(Period(from: first, through: nil)!, state)]
    }

    /// Puts a state on the days of a stretch whose present state admits it; days before the line are left out.
    mutating func paint(
        _ first: Day, _ last: Day?, _ state: CoverSpan.State, where admits: (CoverSpan.State) -> Bool = { _ in true }
    ) {
        if let last, last < first { return }
        split(at: first)
        if let last { split(at: last + 1) }
        for index in spans.indices where spans[index].period.first >= first && admits(spans[index].state) {
            if let last, spans[index].period.first > last { break }
            spans[index].state = state
        }
    }

    /// Cover wins: what one spell gives, another does not take; of two reasons the later painted one is told.
    mutating func add(_ first: Day, _ last: Day?, _ state: CoverSpan.State) {
        paint(first, last, state) { state.isCovered || !$0.isCovered }
    }

    /// The line with neighbours of one state joined.
    var joined: [CoverSpan] {
        var joined: [CoverSpan] = []
        for span in spans {
            if let last = joined.last, last.state == span.state {
                joined[joined.count - 1].period.last = span.period.last
            } else {
                joined.append(span)
            }
        }
        return joined
    }

    private mutating func split(at day: Day) {
        guard let index = spans.firstIndex(where: { $0.period.contains(day) }), spans[index].period.first < day
        else { return }
        var later = spans[index]
        later.period.first = day
        spans[index].period.last = day - 1
        spans.insert(later, at: index + 1)
    }
}

extension Month {
    /// The same day of the month some months later, or the month's last (对应日).
    static func day(_ day: Day, plus months: Int) -> Day {
        let month = day.month + months
        return min(month.first + (day.civil.day - 1), month.last)
    }
}
