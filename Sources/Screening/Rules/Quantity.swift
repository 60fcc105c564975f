import Basics

/// `quantity`: more of an item on one day of an encounter than its maximum. The amount is the excess at the price of
/// the unit's last line.
extension Pass {
    mutating func screenQuantities(_ encounter: Int) {
        let own = quantityLines
        let (items, days, quantities) = (lines.item, lines.day, lines.quantity)
        let (daySums, leastMaxima) = (daySums, rules.leastMaxima.baseAddress!)
        var start = 0
        while start < own.count {
            let day = days[Int(own[start])]
            var end = start
            while end < own.count, days[Int(own[end])] == day {
                let line = Int(own[end])
                daySums[Int(items[line])] += quantities[line]
                end += 1
            }
            for position in start..<end {
                let item = Int(items[Int(own[position])])
                let sum = daySums[item]
                daySums[item] = 0
                if sum > leastMaxima[item] { screenDay(UInt32(item), sum, among: own[start..<end], day: day) }
            }
            start = end
        }
    }

    private mutating func screenDay(_ item: UInt32, _ sum: Int64, among day: ArraySlice<Int32>, day number: Int32) {
        for condition in demands(of: item) {
            guard case .quantity(let maximum) = condition.check, sum > maximum else { continue }
            let own = day.filter { lines.item[Int($0)] == item }
            let last = Int(own.last!)
            let excess = Quantity(tenThousandths: sum - maximum)
            let amount = (UnitPrice(microYuan: lines.price[last]) * excess).fen
            report(
                Int(condition.rule), point: condition.point, lines: own, day: number, quantity: excess.tenThousandths,
                amount: amount, fund: fund(amount, line: last),
                evidence: "当日数量\(Figures.quantity(sum)),每日最多\(Figures.quantity(maximum)),超\(excess)")
        }
    }
}
