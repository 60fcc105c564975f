import Basics

/// `same_class` (重复开药): two drugs of one ATC level-4 class with different substances and overlapping days.
/// A drug is all lines of one substance in one encounter.
extension Pass {
    private struct Treatment {
        var encounter: Int32
        var substance: UInt16
        var lines: [Int32]
        var first: Int32
        var last: Int32
    }

    mutating func screenDrugClasses(_ person: Person, _ epoch: UInt64) {
        hasSecondDrug = false
        guard let rule = rules.ruleOf.sameClass else { return }
        noteDoubledClasses(person, epoch)
        for drugClass in overlappingClasses() {
            screenClass(classLines.filter { mark(of: $0).drugClass == drugClass }, rule)
        }
        classLines.clear()
    }

    /// Notes the person's lines of all classes with a second substance.
    private mutating func noteDoubledClasses(_ person: Person, _ epoch: UInt64) {
        let (items, marks, firstDrug) = (lines.item, rules.marks.baseAddress!, firstDrug)
        // A person's encounters, and so their lines, follow one another.
        let start = encounters[Int(person.encounters.lowerBound)].lines.lowerBound
        let end = encounters[Int(person.encounters.upperBound) - 1].lines.upperBound
        for line in Int(start)..<Int(end)
        where firstDrug[Int(marks[Int(items[line])].drugClass)] == epoch | PassScratch.doubled {
            classLines.append(Int32(truncatingIfNeeded: line))
        }
    }

    private func mark(of line: Int32) -> ItemMark { rules.marks[Int(lines.item[Int(line)])] }

    /// Classes of which two lines with different substances share a day; of most people there are none.
    private func overlappingClasses() -> [UInt16] {
        var result: [UInt16] = []
        for position in classLines.indices.dropFirst() {
            let later = classLines[position]
            let (own, first, last) = (mark(of: later), lines.day[Int(later)], lastDay(later))
            for place in 0..<position {
                let earlier = classLines[place]
                guard lines.day[Int(earlier)] <= last, first <= lastDay(earlier) else { continue }
                let other = mark(of: earlier)
                if other.drugClass == own.drugClass, other.substance != own.substance, result.last != own.drugClass,
                    !result.contains(own.drugClass)
                {
                    result.append(own.drugClass)
                }
            }
        }
        return result
    }

    private mutating func screenClass(_ own: [Int32], _ rule: Int) {
        let treatments = treatments(own)
        for (position, later) in treatments.enumerated() {
            for earlier in treatments[..<position] where earlier.substance != later.substance {
                guard earlier.first <= later.last, later.first <= earlier.last, overlap(earlier, later) else {
                    continue
                }
                report(earlier, later, rule)
            }
        }
    }

    private func treatments(_ own: [Int32]) -> [Treatment] {
        var result: [Treatment] = []
        for line in own {
            let (encounter, substance) = (lines.encounter[Int(line)], mark(of: line).substance)
            if let known = result.lastIndex(where: { $0.encounter == encounter && $0.substance == substance }) {
                result[known].lines.append(line)
                result[known].last = max(result[known].last, lastDay(line))
            } else {
                result.append(
                    Treatment(
                        encounter: encounter, substance: substance, lines: [line], first: lines.day[Int(line)],
                        last: lastDay(line)))
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
        let (nameA, nameB) = (
            rules.names[Int(lines.item[Int(a.lines[0])])], rules.names[Int(lines.item[Int(b.lines[0])])]
        )
        report(
            rule, lines: (a.lines + b.lines).sorted(), encounter: Int(max(a.encounter, b.encounter)),
            quantity: nil, amount: takesA ? amountA : amountB, fund: fund(of: questioned.lines),
            evidence: "“\(nameA)”与“\(nameB)”属同一药理类别,用药日期重叠")
    }
}
