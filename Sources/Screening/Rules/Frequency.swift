import Basics

/// `frequency`: more outpatient visits, purchases or stays of a person in a day, month or year than a threshold.
extension Pass {
    mutating func screenFrequency(_ person: Person) {
        let often = rules.parameters.frequency
        count(person, .outpatient, rules.ruleOf.outpatient, most: often.outpatientPerDay, unit: .day, noun: "门诊")
        count(person, .outpatient, rules.ruleOf.outpatient, most: often.outpatientPerMonth, unit: .month, noun: "门诊")
        count(person, .pharmacy, rules.ruleOf.pharmacy, most: often.pharmacyPerDay, unit: .day, noun: "购药")
        count(person, .pharmacy, rules.ruleOf.pharmacy, most: often.pharmacyPerMonth, unit: .month, noun: "购药")
        count(person, .inpatient, rules.ruleOf.inpatient, most: often.inpatientPerYear, unit: .year, noun: "住院")
    }

    private enum CalendarUnit {
        case day, month, year

        func number(_ day: Int32) -> Int32 {
            switch self {
            case .day: day
            case .month: Day(number: day).month.number
            case .year: Int32(Day(number: day).year)
            }
        }

        func text(_ day: Int32) -> String {
            switch self {
            case .day: Day(number: day).description
            case .month: Day(number: day).month.description
            case .year: "\(Day(number: day).year)年"
            }
        }
    }

    private mutating func count(
        _ person: Person, _ setting: Setting, _ rule: Int?, most: Int, unit: CalendarUnit, noun: String
    ) {
        guard let rule else { return }
        var all = 0
        for number in person.encounters where encounters[Int(number)].setting.contains(setting) { all += 1 }
        if all <= most { return }
        var own: [Int32] = []
        for number in person.encounters where encounters[Int(number)].setting.contains(setting) {
            let day = unit.number(encounters[Int(number)].beginDay)
            if let last = own.last, unit.number(encounters[Int(last)].beginDay) != day {
                reportBeyond(own, rule, most: most, unit: unit, noun: noun)
                own.removeAll(keepingCapacity: true)
            }
            own.append(number)
        }
        reportBeyond(own, rule, most: most, unit: unit, noun: noun)
    }

    private mutating func reportBeyond(_ own: [Int32], _ rule: Int, most: Int, unit: CalendarUnit, noun: String) {
        guard own.count > most else { return }
        let beyond = own[most...]
        let paid = beyond.compactMap { encounters[Int($0)].fund == .min ? nil : encounters[Int($0)].fund }
        let fund = paid.isEmpty ? nil : paid.reduce(0, +)
        let last = Int(beyond.last!)
        report(
            rule, lines: beyond.flatMap { encounters[Int($0)].lines }, encounter: last,
            day: encounters[last].beginDay, quantity: nil, amount: fund ?? 0, fund: fund,
            evidence: "\(unit.text(encounters[last].beginDay))\(noun)\(own.count)次,超过\(most)次")
    }
}
