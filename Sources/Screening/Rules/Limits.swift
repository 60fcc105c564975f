import Basics

/// `table`: limits out of tables that the agency keeps. They run when the table is given.
extension Pass {
    mutating func screenLimits(_ number: Int) {
        if rules.knowledge.limits.isEmpty { return }
        for line in limitLines {
            for condition in demands(of: lines.item[Int(line)]) {
                guard case .limit(let index) = condition.check, isSeen(Int(line), condition) else { continue }
                screenLimit(Int(index), line, condition, number)
            }
        }
        screenDoses(number)
        limitLines.clear()
        for index in rules.knowledge.limits.indices where !rules.knowledge.limits[index].kind.isOfItem {
            screenDiagnosisLimit(index, number)
        }
    }

    /// As `sees`, without counting a second time.
    private func isSeen(_ line: Int, _ condition: Condition) -> Bool {
        !condition.onlyInScope || LineFlags(rawValue: lines.flags[line]).contains(.inScope)
    }

    private mutating func screenLimit(_ index: Int, _ line: Int32, _ condition: Condition, _ number: Int) {
        let limit = rules.knowledge.limits[index]
        let match = rules.limitMatches[index]
        let encounter = encounters[number]
        let rule = Int(condition.rule)
        switch limit.kind {
        case .indication:
            if encounter.diagnoses.isEmpty { return undecided.add(rule, .diagnosisMissing) }
            if hasDiagnosis(encounter, match) { return }
            report(rule, point: condition.point, lines: [line], evidence: "诊断中没有\(limit.list.joined(separator: "、"))")
        case .contraindication:
            if encounter.diagnoses.isEmpty { return undecided.add(rule, .diagnosisMissing) }
            guard hasDiagnosis(encounter, match) else { return }
            report(rule, point: condition.point, lines: [line], evidence: "诊断中有禁忌的\(limit.list.joined(separator: "、"))")
        case .department:
            let department = lines.department[Int(line)]
            if department == 0 { return undecided.add(rule, .departmentMissing) }
            if match.departments.contains(department) { return }
            report(
                rule, point: condition.point, lines: [line],
                evidence: "开单科室不在限定科室\(limit.list.joined(separator: "、"))之内")
        case .secondLine:
            if hasEarlier(match.items, line, persons[Int(encounter.person)]) { return }
            report(rule, point: condition.point, lines: [line], evidence: "此前没有使用过一线药品")
        case .itemItem:
            if encounter.lines.contains(where: { match.items.contains(lines.item[Int($0)]) }) { return }
            report(rule, point: condition.point, lines: [line], evidence: "同一次就诊没有应同时发生的项目")
        case .totalCap: yearlyLines.append(line)
        case .dose where limit.unit == .line:
            let quantity = lines.quantity[Int(line)]
            if quantity <= limit.maximum { return }
            reportDose(limit, condition, [line], sum: quantity)
        case .dose where limit.unit == .supply:
            let days = Int64(lines.days[Int(line)])
            if days == 0 { return undecided.add(rule, .daysMissing) }
            if days <= limit.maximum { return }
            report(rule, point: condition.point, lines: [line], evidence: "开药\(days)天,最多\(limit.maximum)天")
        case .dose, .diagnosisProcedure, .diagnosisItem: break
        }
    }

    private func hasDiagnosis(_ encounter: Encounter, _ match: CompiledRules.LimitMatch) -> Bool {
        encounter.diagnoses.contains { index in
            let rank = rules.diagnoses[Int(diagnoses[Int(index)])].rank
            return match.intervals.contains { $0.contains(rank) }
        }
    }

    private func hasEarlier(_ items: Set<UInt32>, _ line: Int32, _ person: Person) -> Bool {
        person.encounters.contains { number in
            encounters[Int(number)].lines.contains { other in
                lines.day[Int(other)] <= lines.day[Int(line)] && items.contains(lines.item[Int(other)])
            }
        }
    }

    /// Doses by day or encounter.
    private mutating func screenDoses(_ number: Int) {
        if limitLines.isEmpty { return }
        for own in grouped(limitLines) {
            for condition in demands(of: lines.item[Int(own.first!)]) {
                guard case .limit(let index) = condition.check else { continue }
                let limit = rules.knowledge.limits[Int(index)]
                guard limit.kind == .dose, limit.unit == .day || limit.unit == .encounter else { continue }
                let seen = own.filter { isSeen(Int($0), condition) }
                let units =
                    limit.unit == .day
                    ? runs(seen[...]) { lines.day[Int($0)] == lines.day[Int($1)] } : seen.isEmpty ? [] : [seen[...]]
                for unit in units {
                    // A line may be noted once for each of its limits.
                    let distinct = unit.reduce(into: [Int32]()) { if $0.last != $1 { $0.append($1) } }
                    let sum = quantity(of: distinct)
                    if sum > limit.maximum { reportDose(limit, condition, distinct, sum: sum) }
                }
            }
        }
    }

    private mutating func reportDose(_ limit: TableLimit, _ condition: Condition, _ own: [Int32], sum: Int64) {
        let last = Int(own.last!)
        let excess = Quantity(tenThousandths: sum - limit.maximum)
        let amount = (UnitPrice(microYuan: lines.price[last]) * excess).fen
        report(
            Int(condition.rule), point: condition.point, lines: own, quantity: excess.tenThousandths, amount: amount,
            fund: fund(amount, line: last), evidence: "数量\(Figures.quantity(sum)),最多\(Figures.quantity(limit.maximum))")
    }

    private mutating func screenDiagnosisLimit(_ index: Int, _ number: Int) {
        let limit = rules.knowledge.limits[index]
        let match = rules.limitMatches[index]
        let encounter = encounters[number]
        guard let subject = match.subject else { return }
        if limit.kind == .diagnosisProcedure {
            guard encounter.mainDiagnosis != 0, subject.contains(rules.diagnoses[Int(encounter.mainDiagnosis)].rank)
            else { return }
            guard encounter.mainProcedure != 0 else { return undecided.add(limit.rule, .procedureMissing) }
            let rank = rules.procedures[Int(encounter.mainProcedure)].rank
            if match.intervals.contains(where: { $0.contains(rank) }) { return }
            return report(limit.rule, point: match.point, encounter: number, evidence: "主要手术操作与主要诊断不相符")
        }
        let has = encounter.diagnoses.contains { subject.contains(rules.diagnoses[Int(diagnoses[Int($0)])].rank) }
        guard has, !encounter.lines.contains(where: { match.items.contains(lines.item[Int($0)]) }) else { return }
        report(limit.rule, point: match.point, encounter: number, evidence: "有诊断\(limit.subject),没有对应的项目")
    }

    /// A person's amount of an item in a calendar year above its cap.
    mutating func screenYearlyCaps() {
        if yearlyLines.isEmpty { return }
        for own in grouped(yearlyLines) {
            let distinct = own.reduce(into: [Int32]()) { if $0.last != $1 { $0.append($1) } }
            for condition in demands(of: lines.item[Int(own.first!)]) {
                guard case .limit(let index) = condition.check else { continue }
                let limit = rules.knowledge.limits[Int(index)]
                guard limit.kind == .totalCap else { continue }
                let years = runs(distinct.filter { isSeen(Int($0), condition) }[...]) { year($0) == year($1) }
                for unit in years where amount(of: unit) > limit.maximum {
                    let sum = amount(of: unit)
                    let excess = sum - limit.maximum
                    report(
                        Int(condition.rule), point: condition.point, lines: Array(unit), quantity: quantity(of: unit),
                        amount: excess, fund: fund(excess, line: Int(unit.last!)),
                        evidence: "\(year(unit.last!))年累计\(Figures.yuan(sum))元,限额\(Figures.yuan(limit.maximum))元")
                }
            }
        }
    }

    private func year(_ line: Int32) -> Int { Day(number: lines.day[Int(line)]).year }
}
