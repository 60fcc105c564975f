import Basics

/// `period`: more of an item by one person, institutions together, within any span of so many days than its maximum.
extension Pass {
    mutating func screenPeriods() {
        if periodLines.isEmpty { return }
        for own in grouped(periodLines) {
            for condition in demands(of: lines.item[Int(own[0])]) {
                guard case .period(let maximum, let days) = condition.check else { continue }
                screenPeriod(own, condition, maximum: maximum, days: days)
            }
        }
    }

    /// Lines by item, each in order of (time, id).
    func grouped(_ all: [Int32]) -> [ArraySlice<Int32>] {
        let sorted = all.sorted {
            let (a, b) = (lines.item[Int($0)], lines.item[Int($1)])
            return a != b ? a < b : isEarlier($0, than: $1)
        }
        return runs(sorted[...]) { lines.item[Int($0)] == lines.item[Int($1)] }
    }

    /// Splits a sequence where two neighbours do not belong together.
    func runs(_ all: ArraySlice<Int32>, _ together: (Int32, Int32) -> Bool) -> [ArraySlice<Int32>] {
        var result: [ArraySlice<Int32>] = []
        var start = all.startIndex
        for index in all.indices where index > start && !together(all[index - 1], all[index]) {
            result.append(all[start..<index])
            start = index
        }
        if start < all.endIndex { result.append(all[start...]) }
        return result
    }

    private struct Offence {
        var lines: ArraySlice<Int32>
        var day: Int32
        var sum: Int64
        var excess: Int64
    }

    private mutating func screenPeriod(_ own: ArraySlice<Int32>, _ condition: Condition, maximum: Int64, days: Int32) {
        let byDay = runs(own) { lines.day[Int($0)] == lines.day[Int($1)] }
        let amounts = byDay.map { quantity(of: $0) }
        var offences: [Offence] = []
        var first = 0
        var sum: Int64 = 0
        for (number, day) in byDay.enumerated() {
            let date = lines.day[Int(day.first!)]
            sum += amounts[number]
            while lines.day[Int(byDay[first].first!)] <= date - days {
                sum -= amounts[first]
                first += 1
            }
            if sum > maximum {
                offences.append(Offence(lines: day, day: date, sum: sum, excess: min(amounts[number], sum - maximum)))
            }
        }
        var start = 0
        for index in offences.indices {
            let isLast = index + 1 == offences.count || offences[index + 1].day - offences[index].day >= days
            guard isLast else { continue }
            report(offences[start...index], condition, maximum: maximum, days: days)
            start = index + 1
        }
    }

    private mutating func report(_ offences: ArraySlice<Offence>, _ condition: Condition, maximum: Int64, days: Int32) {
        var amount: Int64 = 0
        var paid: Int64?
        for offence in offences {
            let last = Int(offence.lines.last!)
            let part = (UnitPrice(microYuan: lines.price[last]) * Quantity(tenThousandths: offence.excess)).fen
            amount += part
            if let share = fund(part, line: last) { paid = (paid ?? 0) + share }
        }
        let worst = offences.max { $0.sum < $1.sum }!
        report(
            Int(condition.rule), point: condition.point, lines: offences.flatMap(\.lines),
            quantity: offences.reduce(0) { $0 + $1.excess }, amount: amount, fund: paid,
            evidence:
                "截至\(Figures.day(worst.day))的\(days)天内数量\(Figures.quantity(worst.sum)),最多\(Figures.quantity(maximum))")
    }
}
