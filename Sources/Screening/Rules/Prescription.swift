import Basics

/// Kinds that judge a prescription: `herbal_single`, `herbal_incompatible`, `kinds`.
/// A prescription is a number within an encounter; herbal pieces without one belong together by day.
extension Pass {
    mutating func screenHerbs(_ encounter: Int) {
        for prescription in prescriptions(herbalLines) {
            screenSingleHerbs(prescription)
            screenIncompatibleHerbs(prescription)
        }
        guard herbalLines.count > rules.parameters.herbalKinds, encounters[encounter].setting.contains(.outpatient)
        else { return }
        let numbered = herbalLines.filter { lines.prescription[Int($0)] != 0 }
        screenKinds(numbered, most: rules.parameters.herbalKinds, rule: rules.ruleOf.herbalKinds, noun: "饮片")
    }

    mutating func screenDrugKinds() {
        screenKinds(prescribedLines, most: rules.parameters.drugKinds, rule: rules.ruleOf.drugKinds, noun: "药品")
        prescribedLines.removeAll(keepingCapacity: true)
    }

    /// Lines by prescription number, else by day; each in line order.
    private func prescriptions(_ all: [Int32]) -> [[Int32]] {
        // Nearly always the lines of an encounter are one prescription.
        if all.allSatisfy({ isOnePrescription(Int($0), Int(all[0])) }) { return [all] }
        var result: [[Int32]] = []
        for line in all {
            if let known = result.lastIndex(where: { isOnePrescription(Int($0[0]), Int(line)) }) {
                result[known].append(line)
            } else {
                result.append([line])
            }
        }
        return result
    }

    private func isOnePrescription(_ a: Int, _ b: Int) -> Bool {
        let number = lines.prescription[a]
        return number == lines.prescription[b] && (number != 0 || lines.day[a] == lines.day[b])
    }

    private mutating func screenSingleHerbs(_ prescription: [Int32]) {
        var single: Condition?
        for line in prescription {
            var listed = false
            for condition in demands(of: lines.item[Int(line)]) {
                switch condition.check {
                case .herbalSingle:
                    listed = true
                    if single.map({ rules.pointIDs[Int(condition.point)] < rules.pointIDs[Int($0.point)] }) ?? true {
                        single = condition
                    }
                case .herbalNone: listed = true
                default: break
                }
            }
            // One piece that is not listed makes the prescription a compound that the fund pays.
            if !listed { return }
        }
        guard let single else { return }
        let own = prescription.filter { sees(Int($0), rule: Int(single.rule), onlyInScope: single.onlyInScope) }
        if own.isEmpty { return }
        report(
            Int(single.rule), point: single.point, lines: own,
            evidence: "处方的\(prescription.count)行饮片全部属于单独使用不予支付的饮片")
    }

    private mutating func screenIncompatibleHerbs(_ prescription: [Int32]) {
        var present: UInt64 = 0
        for line in prescription { present |= 1 << UInt64(lines.herb[Int(line)]) }
        // Bit 0 stands for pieces that are in no pair; two different herbs at least.
        if (present & ~1).nonzeroBitCount < 2 { return }
        for pair in rules.herbPairs where present & 1 << UInt64(pair.a) != 0 && present & 1 << UInt64(pair.b) != 0 {
            let own = prescription.filter { lines.herb[Int($0)] == pair.a || lines.herb[Int($0)] == pair.b }
            report(
                pair.rule, point: pair.point, lines: own,
                evidence:
                    "同一处方有“\(rules.herbNames[Int(pair.a)])”与“\(rules.herbNames[Int(pair.b)])”,属\(pair.doctrine)")
        }
    }

    /// More kinds on a numbered outpatient prescription than allowed: the lines of the kinds beyond, in line order.
    private mutating func screenKinds(_ all: [Int32], most: Int, rule: Int?, noun: String) {
        guard all.count > most, let rule else { return }
        for prescription in prescriptions(all) where prescription.count > most {
            var kinds: [UInt32] = []
            var beyond: [Int32] = []
            for line in prescription {
                let item = lines.item[Int(line)]
                var place = kinds.firstIndex(of: item)
                if place == nil {
                    place = kinds.count
                    kinds.append(item)
                }
                if place! >= most { beyond.append(line) }
            }
            if beyond.isEmpty { continue }
            report(rule, lines: beyond, evidence: "一张处方有\(kinds.count)种\(noun),最多\(most)种")
        }
    }
}
