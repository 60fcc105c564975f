import Basics

/// Kinds that judge a person's stays together: `readmission`, `overlap_stay`, `during_stay`, `after_death`.
extension Pass {
    mutating func screenStays(_ person: Person) {
        let stays = person.encounters.filter { encounters[Int($0)].isStay }.map { Int($0) }
        if stays.isEmpty { return }
        for position in stays.indices {
            institutions.addStay(encounters[stays[position]].institution)
            if let before = preceding(position, stays) { screenReadmission(stays[before], stays[position]) }
        }
        screenOverlaps(stays)
    }

    /// The person's preceding stay at the same institution.
    private func preceding(_ position: Int, _ stays: [Int]) -> Int? {
        let institution = encounters[stays[position]].institution
        return stays[..<position].lastIndex { encounters[$0].institution == institution }
    }

    private mutating func screenReadmission(_ first: Int, _ second: Int) {
        let (before, stay) = (encounters[first], encounters[second])
        let rule = rules.ruleOf.readmission
        guard before.endDay != .min else {
            if let rule { undecided.add(rule, .endMissing) }
            return
        }
        let (category, own) = (category(before), category(stay))
        guard category != 0, own != 0 else {
            if let rule { undecided.add(rule, .diagnosisMissing) }
            return
        }
        let gap = Int(stay.beginDay - before.endDay)
        guard gap >= 0, category == own, !rules.diagnoses[Int(stay.mainDiagnosis)].planned else { return }
        if gap <= rules.parameters.indicatorReadmissionDays { institutions.addReadmission(of: before.institution) }
        guard let rule, gap <= rules.parameters.readmissionDays else { return }
        report(rule, encounter: second, evidence: "上次\(Figures.day(before.endDay))出院,\(gap)天后因同类疾病再次住进同一机构")
    }

    private func category(_ stay: Encounter) -> Int32 { rules.diagnoses[Int(stay.mainDiagnosis)].category }

    private mutating func screenOverlaps(_ stays: [Int]) {
        guard let rule = rules.ruleOf.overlapStay else { return }
        for (position, later) in stays.enumerated() {
            let stay = encounters[later]
            if stay.endDay == .min {
                undecided.add(rule, .endMissing)
                continue
            }
            for earlier in stays[..<position] {
                let other = encounters[earlier]
                guard other.endDay != .min, max(stay.beginDay, other.beginDay) < min(stay.endDay, other.endDay) else {
                    continue
                }
                let fund: Int64? = stay.fund == .min || other.fund == .min ? nil : min(stay.fund, other.fund)
                report(
                    rule, lines: Array(stay.lines), encounter: later, day: stay.beginDay, quantity: nil,
                    amount: fund ?? 0, fund: fund,
                    evidence: "与\(Figures.day(other.beginDay))至\(Figures.day(other.endDay))的住院日期重叠")
            }
        }
    }

    /// Outpatient and pharmacy lines strictly within the person's stay at another institution.
    mutating func screenVisitsDuringStays(_ person: Person) {
        guard let rule = rules.ruleOf.duringStay else { return }
        let stays = person.encounters.filter {
            let stay = encounters[Int($0)]
            return stay.isStay && stay.endDay != .min && stay.endDay - stay.beginDay > 1
        }
        if stays.isEmpty { return }
        for number in person.encounters where encounters[Int(number)].isVisit {
            let visit = encounters[Int(number)]
            for line in visit.lines {
                let day = lines.day[Int(line)]
                let stay = stays.first {
                    let stay = encounters[Int($0)]
                    return stay.institution != visit.institution && day > stay.beginDay && day < stay.endDay
                }
                guard let stay else { continue }
                let within = encounters[Int(stay)]
                report(
                    rule, lines: [line],
                    evidence: "\(Figures.day(within.beginDay))至\(Figures.day(within.endDay))在其他机构住院")
            }
        }
    }

    mutating func screenDeath(_ person: Person) {
        guard person.death != .min, let rule = rules.ruleOf.afterDeath else { return }
        for number in person.encounters {
            let own = encounters[Int(number)].lines
            // In order of day: the last line tells whether any is later.
            guard let last = own.last, lines.day[Int(last)] > person.death else { continue }
            for line in own where lines.day[Int(line)] > person.death {
                report(rule, lines: [line], evidence: "\(Figures.day(person.death))登记死亡,此后仍有费用")
            }
        }
    }
}
