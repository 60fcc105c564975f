import Basics

/// `pair`: two items that must not both be charged within a day, an encounter, six hours or one hour.
extension Pass {
    mutating func screenPairs(_ encounter: Int) {
        // Signatures first: nothing to examine when no needed partner is present.
        var present: UInt64 = 0
        var needed: UInt64 = 0
        for line in pairLines {
            let pair = rules.items[Int(lines.item[Int(line)])].pair
            present |= 1 << UInt64(pair & 63)
            needed |= rules.pairNeeded[Int(pair)]
        }
        if present & needed == 0 { return }
        var byItem: [(pair: Int16, lines: [Int32])] = []
        for line in pairLines {
            let pair = rules.items[Int(lines.item[Int(line)])].pair
            if let known = byItem.firstIndex(where: { $0.pair == pair }) {
                byItem[known].lines.append(line)
            } else {
                byItem.append((pair, [line]))
            }
        }
        for (pair, linesA) in byItem {
            for candidate in rules.pairs[Int(rules.pairStart[Int(pair)])..<Int(rules.pairStart[Int(pair) + 1])] {
                guard let other = byItem.first(where: { $0.pair == candidate.other }) else { continue }
                screenPair(candidate, linesA, other.lines)
            }
        }
    }

    private mutating func screenPair(_ pair: CompiledPair, _ linesA: [Int32], _ linesB: [Int32]) {
        switch pair.scope {
        case .encounter: report(pair, lines: linesB)
        case .day:
            var start = 0
            while start < linesB.count {
                let day = lines.day[Int(linesB[start])]
                var end = start
                while end < linesB.count, lines.day[Int(linesB[end])] == day { end += 1 }
                if linesA.contains(where: { lines.day[Int($0)] == day }) {
                    report(pair, lines: Array(linesB[start..<end]))
                }
                start = end
            }
        case .sixHours, .hour:
            let timedA = linesA.filter { lines.second[Int($0)] >= 0 }
            let timedB = linesB.filter { lines.second[Int($0)] >= 0 }
            let untimed = linesA.count - timedA.count + linesB.count - timedB.count
            if untimed > 0 { undecided.add(Int(pair.rule), .timeMissing, untimed) }
            let within = timedB.filter { b in
                timedA.contains { a in
                    let apart = abs(seconds(Int(a)) - seconds(Int(b)))
                    return pair.scope == .hour ? apart < 3600 : apart <= 6 * 3600
                }
            }
            if !within.isEmpty { report(pair, lines: within) }
        }
    }

    private func seconds(_ line: Int) -> Int64 { Int64(lines.day[line]) * 86_400 + Int64(lines.second[line]) }

    private mutating func report(_ pair: CompiledPair, lines own: [Int32]) {
        let names = rules.knowledge.pairs[Int(pair.pairIndex)]
        report(
            Int(pair.rule), point: pair.point, lines: own,
            evidence: "\(pair.scope.chinese)已收“\(names.nameA)”,又收“\(names.nameB)”")
    }
}
