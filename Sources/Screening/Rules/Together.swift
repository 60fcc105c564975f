import Basics

/// A person's visits to one institution in one month, as `together` (聚敛盗刷) compares them.
struct TogetherVisits: Sendable {
    var institution: UInt32
    var month: Int32
    /// Bit of each visit day.
    var days: UInt32
    /// Fen; `.min` when no visit was settled.
    var fund: Int64
    var person: [UInt8]
    /// Latest visit by (begin, id).
    var begin: Int64
    var encounter: [UInt8]
    /// Ids of the visits' lines joined by `;`.
    var lines: [UInt8]

    func isTogether(with other: TogetherVisits) -> Bool {
        institution == other.institution && month == other.month && days == other.days
    }
}

extension Pass {
    /// Notes the months in which a person came to one institution on enough days; who came on the same days is known
    /// when all partitions are done.
    mutating func gatherTogether(_ person: Person) {
        guard let rule = rules.ruleOf.together, comesOften(person) else { return }
        var months: [(institution: UInt32, month: Int32, days: UInt32, visits: [Int32])] = []
        for number in person.encounters {
            let visit = encounters[Int(number)]
            guard visit.isVisit, !isExcepted(visit) else { continue }
            guard visit.institution != 0 else {
                undecided.add(rule, .institutionMissing)
                continue
            }
            let civil = Day(number: visit.beginDay).civil
            let month = Month(year: civil.year, month: civil.month).number
            let bit = UInt32(1) << UInt32(civil.day)
            if let known = months.firstIndex(where: { $0.institution == visit.institution && $0.month == month }) {
                months[known].days |= bit
                months[known].visits.append(number)
            } else {
                months.append((visit.institution, month, bit, [number]))
            }
        }
        for month in months where month.days.nonzeroBitCount >= rules.parameters.togetherDays {
            let paid = month.visits.compactMap { encounters[Int($0)].fund == .min ? nil : encounters[Int($0)].fund }
            let last = encounters[Int(month.visits.last!)]
            together.append(
                TogetherVisits(
                    institution: month.institution, month: month.month, days: month.days,
                    fund: paid.isEmpty ? .min : paid.reduce(0, +), person: Array(batch.id(of: person)),
                    begin: last.begin,
                    encounter: Array(batch.id(of: last)), lines: joined(month.visits)))
        }
    }

    /// Whether the person came to one institution often enough within a month's length; most did not, and cost no memory.
    private func comesOften(_ person: Person) -> Bool {
        let wanted = rules.parameters.togetherDays
        let (start, end) = (Int(person.encounters.lowerBound), Int(person.encounters.upperBound))
        for first in start..<end - wanted + 1 {
            let (institution, day) = (encounters[first].institution, encounters[first].beginDay)
            var visits = 1
            var later = first + 1
            // In order of time: what begins later than the month lasts ends the search.
            while later < end, encounters[later].beginDay - day <= 30 {
                visits += encounters[later].institution == institution ? 1 : 0
                later += 1
            }
            if visits >= wanted { return true }
        }
        return false
    }

    private func isExcepted(_ visit: Encounter) -> Bool {
        visit.diagnoses.contains { rules.diagnoses[Int(diagnoses[Int($0)])].notTogether }
    }

    private func joined(_ visits: [Int32]) -> [UInt8] {
        var text: [UInt8] = []
        for visit in visits {
            for line in encounters[Int(visit)].lines {
                if !text.isEmpty { text.append(UInt8(ascii: ";")) }
                text.append(
                    contentsOf: UnsafeBufferPointer(start: lines.id[Int(line)], count: Int(lines.idCount[Int(line)])))
            }
        }
        return text
    }
}
