import Basics

/// Kinds that judge a person's stays together: `readmission`, `overlap_stay`, `during_stay`, `after_death`.
extension Pass {
    mutating func screenStays() {
        for (position, stay) in stays.enumerated() {
            institutions.addStay(encounters[Int(stay)].institution)
            if encounters[Int(stay)].institution == 0 {
                if stays.count > 1, let rule = rules.ruleOf.readmission { undecided.add(rule, .institutionMissing) }
            } else if let before = preceding(position) {
                screenReadmission(Int(before), Int(stay))
            }
            screenOverlaps(position)
        }
    }

    /// The person's preceding stay at the same institution.
    private func preceding(_ position: Int) -> Int32? {
        let institution = encounters[Int(stays[position])].institution
        return stays[..<position].last { encounters[Int($0)].institution == institution }
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

    private mutating func screenOverlaps(_ position: Int) {
        guard let rule = rules.ruleOf.overlapStay else { return }
        let later = Int(stays[position])
        let stay = encounters[later]
        if stay.endDay == .min { return undecided.add(rule, .endMissing) }
        for earlier in stays[..<position] {
            let other = encounters[Int(earlier)]
            guard other.endDay != .min, max(stay.beginDay, other.beginDay) < min(stay.endDay, other.endDay) else {
                continue
            }
            let fund: Int64? = stay.fund == .min || other.fund == .min ? nil : min(stay.fund, other.fund)
            // The smaller payment is questioned, of equal ones the later stay's.
            let questioned = fund != nil && other.fund < stay.fund ? other : stay
            report(
                rule, lines: Array(questioned.lines), encounter: later, day: stay.beginDay, quantity: nil,
                amount: fund ?? 0, fund: fund,
                evidence: "与\(Figures.day(other.beginDay))至\(Figures.day(other.endDay))的住院日期重叠")
        }
    }

    /// Outpatient and pharmacy lines strictly within the person's stay at another institution.
    mutating func screenVisitsDuringStays(_ person: Person) {
        guard let rule = rules.ruleOf.duringStay else { return }
        for number in person.encounters where encounters[Int(number)].isVisit {
            let visit = encounters[Int(number)].lines
            // In order of day: the first and the last line tell whether any may lie within a stay.
            guard !visit.isEmpty, mayBeElsewhere(Int(number), from: visit.lowerBound, through: visit.upperBound - 1)
            else { continue }
            for line in visit { screenVisit(line, Int(number), rule) }
        }
    }

    private func mayBeElsewhere(_ visit: Int, from first: Int32, through last: Int32) -> Bool {
        let (from, through) = (lines.day[Int(first)], lines.day[Int(last)])
        return stays.contains { elsewhere(Int($0), visit, from: from, through: through) != .no }
    }

    private enum Elsewhere { case no, yes, unknownEnd, unknownInstitution }

    /// Whether a stay is at another institution than a visit, and some of these days lies strictly within it.
    private func elsewhere(_ stay: Int, _ visit: Int, from: Int32, through: Int32) -> Elsewhere {
        let (own, other) = (encounters[stay].institution, encounters[visit].institution)
        if own == other, own != 0 { return .no }
        if through <= encounters[stay].beginDay { return .no }
        if encounters[stay].endDay == .min { return .unknownEnd }
        if from >= encounters[stay].endDay { return .no }
        return own == 0 || other == 0 ? .unknownInstitution : .yes
    }

    private mutating func screenVisit(_ line: Int32, _ visit: Int, _ rule: Int) {
        let day = lines.day[Int(line)]
        var open: UndecidedReason?
        for stay in stays {
            switch elsewhere(Int(stay), visit, from: day, through: day) {
            case .no: continue
            case .unknownEnd: open = open ?? .endMissing
            case .unknownInstitution: open = open ?? .institutionMissing
            case .yes:
                let within = encounters[Int(stay)]
                return report(
                    rule, lines: [line],
                    evidence: "\(Figures.day(within.beginDay))至\(Figures.day(within.endDay))在其他机构住院")
            }
        }
        if let open { undecided.add(rule, open) }
    }

    mutating func screenDeath(_ person: Person) {
        guard let rule = rules.ruleOf.afterDeath else { return }
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
