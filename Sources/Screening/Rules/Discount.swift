import Basics

/// `discount`: of several operations of one surgery group on one day, all but the dearest are charged at a discount.
/// Claims do not show the incision, so the finding is a suspicion.
extension Pass {
    private struct Operation {
        var number: Int32
        var lines: [Int32]
        var quantity: Int64
        var amount: Int64
        /// ⌈quantity⌉: some hospitals bill 0.5 of an operation.
        var count: Int64 { (quantity + 9_999) / 10_000 }
    }

    mutating func screenDiscounts(_ encounter: Int) {
        let first = rules.items[Int(lines.item[Int(surgeryLines[0])])].operation
        if surgeryLines.allSatisfy({ rules.items[Int(lines.item[Int($0)])].operation == first }) { return }
        for day in runs(surgeryLines[...], { lines.day[Int($0)] == lines.day[Int($1)] }) where day.count > 1 {
            for group in rules.surgeryGroups.indices { screenGroup(UInt16(group), day, encounter) }
        }
    }

    private mutating func screenGroup(_ group: UInt16, _ day: ArraySlice<Int32>, _ encounter: Int) {
        var operations: [Operation] = []
        for line in day where surgeryCondition(of: lines.item[Int(line)], group: group) != nil {
            let number = rules.items[Int(lines.item[Int(line)])].operation
            if let known = operations.firstIndex(where: { $0.number == number }) {
                operations[known].lines.append(line)
                operations[known].quantity += lines.quantity[Int(line)]
                operations[known].amount += lines.amount[Int(line)]
            } else {
                operations.append(
                    Operation(
                        number: number, lines: [line], quantity: lines.quantity[Int(line)],
                        amount: lines.amount[Int(line)]))
            }
        }
        guard operations.count >= 2, let dearest = operations.min(by: isDearer) else { return }
        for operation in operations where operation.number != dearest.number {
            screenOperation(operation, group, encounter, dearest: dearest)
        }
    }

    /// Greatest amount ÷ ⌈quantity⌉, then smallest code.
    private func isDearer(_ a: Operation, _ b: Operation) -> Bool {
        let (left, right) = (a.amount * b.count, b.amount * a.count)
        return left != right ? left > right : rules.operations[Int(a.number)] < rules.operations[Int(b.number)]
    }

    private func surgeryCondition(of item: UInt32, group: UInt16) -> Condition? {
        demands(of: item).first { if case .surgery(group) = $0.check { true } else { false } }
    }

    private mutating func screenOperation(_ operation: Operation, _ group: UInt16, _ number: Int, dearest: Operation) {
        let encounter = encounters[number]
        // The smallest point id stands for an operation of several items.
        let conditions = operation.lines.compactMap { surgeryCondition(of: lines.item[Int($0)], group: group) }
        let condition = conditions.min { rules.pointIDs[Int($0.point)] < rules.pointIDs[Int($1.point)] }!
        let caps = operation.lines.compactMap { line -> Int64? in
            let cap = rules.items[Int(lines.item[Int(line)])].cap
            guard cap >= 0, encounter.capTier > 0 else { return nil }
            return self.cap(Int(cap), tier: encounter.capTier, on: lines.day[Int(line)])
        }
        let rate = rules.parameters.discount.partsPerMillion
        let name = rules.surgeryGroups[Int(group)]
        guard let cap = caps.max() else {
            return report(
                Int(condition.rule), point: condition.point, lines: operation.lines,
                evidence: "同日\(name)另有更高价手术,此手术应按\(Figures.percent(rate))收费,没有限价可比")
        }
        // Cap in 10⁻⁶ yuan × rate in 10⁻⁶ × operations: fen are 10⁻² yuan.
        let allowed = Rounding.halfUp(cap * operation.count, times: rate, over: 10_000_000_000)
        guard operation.amount > allowed else { return }
        let excess = operation.amount - allowed
        report(
            Int(condition.rule), point: condition.point, lines: operation.lines, quantity: operation.quantity,
            amount: excess, fund: fund(excess, line: Int(operation.lines.last!)),
            evidence:
                "同日\(name)另有更高价手术,此手术收\(Figures.yuan(operation.amount))元,"
                + "按限价\(Figures.percent(rate))应不超过\(Figures.yuan(allowed))元"
        )
    }
}
