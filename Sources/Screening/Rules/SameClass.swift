import Basics

/// `same_class` (重复开药): two drugs of one ATC level-4 class with different substances and overlapping days.
/// A drug is all lines of one substance in one encounter.
extension Pass {
    private struct Treatment {
        var encounter: Int32
        var name: Int32
        var lines: [Int32]
        var first: Int32
        var last: Int32
    }

    mutating func screenDrugClasses(_ person: Person) {
        if drugClassesDoubled.isEmpty { return }
        if let rule = rules.ruleOf.sameClass {
            for drugClass in drugClassesDoubled { screenClass(drugClass, person, rule) }
        }
        drugClassesDoubled.removeAll(keepingCapacity: true)
    }

    private mutating func screenClass(_ drugClass: Int16, _ person: Person, _ rule: Int) {
        guard mayOverlap(drugClass, person) else { return }
        let treatments = treatments(drugClass, person)
        for (position, later) in treatments.enumerated() {
            for earlier in treatments[..<position] where earlier.name != later.name {
                guard earlier.first <= later.last, later.first <= earlier.last, overlap(earlier, later) else {
                    continue
                }
                report(earlier, later, rule)
            }
        }
    }

    /// Whether two lines of the class with different substances share a day at all: of most people none do.
    private mutating func mayOverlap(_ drugClass: Int16, _ person: Person) -> Bool {
        defer { classLines.clear() }
        let (item, marks) = (lines.item, rules.marks.baseAddress!)
        for number in person.encounters {
            let own = encounters[Int(number)].lines
            for line in own where marks[Int(item[Int(line)])].drugClass == UInt16(drugClass) {
                let (day, last) = (lines.day[Int(line)], lastDay(line))
                let substance = marks[Int(item[Int(line)])].substance
                for other in classLines where marks[Int(item[Int(other)])].substance != substance {
                    if lines.day[Int(other)] <= last, day <= lastDay(other) { return true }
                }
                classLines.append(line)
            }
        }
        return false
    }

    private func treatments(_ drugClass: Int16, _ person: Person) -> [Treatment] {
        var result: [Treatment] = []
        for number in person.encounters {
            let begin = result.count
            for line in encounters[Int(number)].lines {
                let profile = rules.items[Int(lines.item[Int(line)])]
                guard profile.drugClass == drugClass else { continue }
                let last = lastDay(line)
                if let known = result[begin...].firstIndex(where: { $0.name == profile.drugName }) {
                    result[known].lines.append(line)
                    result[known].last = max(result[known].last, last)
                } else {
                    let day = lines.day[Int(line)]
                    result.append(
                        Treatment(encounter: number, name: profile.drugName, lines: [line], first: day, last: last))
                }
            }
        }
        return result
    }

    /// The last day of a line's supply: `prd_days`, else its own day.
    private func lastDay(_ line: Int32) -> Int32 { lines.day[Int(line)] + max(1, Int32(lines.days[Int(line)])) - 1 }

    private func overlap(_ a: Treatment, _ b: Treatment) -> Bool {
        a.lines.contains { one in
            b.lines.contains { other in
                lines.day[Int(one)] <= lastDay(other) && lines.day[Int(other)] <= lastDay(one)
            }
        }
    }

    /// The amount is the smaller of the two drugs'; of equal ones, that of the later drug.
    private mutating func report(_ a: Treatment, _ b: Treatment, _ rule: Int) {
        let (amountA, amountB) = (amount(of: a.lines), amount(of: b.lines))
        let laterIsB = a.encounter != b.encounter ? a.encounter < b.encounter : a.lines.last! < b.lines.last!
        let takesA = amountA != amountB ? amountA < amountB : !laterIsB
        let questioned = takesA ? a : b
        let names = [a, b].map { treatment -> String in
            let item = lines.item[Int(treatment.lines[0])]
            return rules.knowledge.itemNames[rules.itemCodes.code(item)] ?? rules.itemCodes.name(item)
        }
        report(
            rule, lines: (a.lines + b.lines).sorted(), encounter: Int(max(a.encounter, b.encounter)),
            quantity: nil, amount: takesA ? amountA : amountB, fund: fund(of: questioned.lines),
            evidence: "“\(names[0])”与“\(names[1])”属同一药理类别,用药日期重叠")
    }
}
