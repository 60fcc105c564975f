import Basics

/// Violations in stays, in how often people come, and in what is written down about them.
extension Violations {
    mutating func plantStays(_ day: Int) {
        var outside = stay(person(), day: day, nights: 3)
        let after = outside.charge(.bloodCount, day: 5)
        add(outside)
        expect("stay_date", "GZ10000201008000", outside, lines: [after])
        var beds = stay(person(), day: day, nights: 3)
        let lines = (0...3).map { beds.charge(.bed, day: $0) }
        add(beds)
        expect("bed_days", "YB-M05", beds, lines: lines)
        // Four days with nothing but bed and nursing.
        var hanging = stay(person(), day: day, nights: 0)
        hanging.end = Moment(first + day + 4, hour: 10)
        let idle = (0..<4).flatMap { [hanging.charge(.bed, day: $0), hanging.charge(.nursing, day: $0)] }
        add(hanging)
        expect("hanging_bed", "YB-M01", hanging, lines: idle)
        let patient = person()
        add(stay(patient, day: day, nights: 4))
        let again = stay(patient, day: day + 14, nights: 3)
        add(again)
        expect("readmission", "GZ10000204001000", again, lines: again.lines.map(\.id))
    }

    mutating func plantOverlaps(_ day: Int) {
        let patient = person()
        add(stay(patient, day: day, nights: 6))
        let second = stay(patient, day: day + 3, nights: 6, at: .otherThird, diagnosis: "I10.x00x002")
        add(second)
        expect("overlap_stay", "YB-M02", second, lines: second.lines.map(\.id))
        let other = person()
        add(stay(other, day: day, nights: 6))
        let visit = outpatient(other, day: day + 2, at: .otherThird)
        add(visit)
        expect("during_stay", "YB-M03", visit, lines: [visit.lines[0].id])
        let dead = person()
        var last = stay(dead, day: day, nights: 3)
        last.death = first + day + 3
        add(last)
        let later = outpatient(dead, day: day + 20)
        add(later)
        expect("after_death", "YB-M04", later, lines: [later.lines[0].id])
    }

    mutating func plantFrequencies(_ copy: Int) {
        let day = copy * 40
        for (care, place, rule, most, inMonth) in [
            (CareType.outpatient, PlantedInstitution.third, "GZ10000204002000", 4, 30),
            (.pharmacy, .pharmacy, "GZ10000204003000", 4, 15),
        ] {
            let busy = person()
            for number in 0...most {
                let visit = outpatient(busy, day: day, hour: 8 + number, at: place, care: care)
                add(visit)
                if number == most { expect("frequency", rule, visit, lines: visit.lines.map(\.id)) }
            }
            let monthly = person()
            let firstOfMonth = ((first + day).month + 1).first - first
            for number in 0...inMonth {
                let visit = outpatient(
                    monthly, day: firstOfMonth + number / 2, hour: 8 + number % 2 * 4, at: place, care: care)
                add(visit)
                if number == inMonth { expect("frequency", rule, visit, lines: visit.lines.map(\.id)) }
            }
        }
        plantManyStays()
    }

    /// Seven stays in a calendar year, of seven illnesses.
    private mutating func plantManyStays() {
        let patient = person()
        let newYear = Day(year: first.year, month: 1, day: 5)! - first
        let illnesses = ["J18.900", "I10.x00x002", "E11.900", "K29.500", "M54.500", "H25.900", "I25.103"]
        for (number, illness) in illnesses.enumerated() {
            let own = stay(patient, day: newYear + number * 12, nights: 2, diagnosis: illness)
            add(own)
            if number == 6 { expect("frequency", "GZ10000204004000", own, lines: own.lines.map(\.id)) }
        }
    }

    /// Five persons at one institution on the same three days of a month.
    mutating func plantCrowd(_ day: Int) {
        let monthStart = ((first + day).month + 1).first - first
        var all: [PlantedVisit] = []
        for _ in 0..<5 {
            let member = person()
            for offset in [3, 9, 17] {
                let visit = outpatient(member, day: monthStart + offset, at: .otherThird)
                add(visit)
                all.append(visit)
            }
        }
        if let latest = all.last { expect("together", "YB-M06", latest, lines: all.flatMap { $0.lines.map(\.id) }) }
    }

    mutating func plantCodes(_ day: Int) {
        var man = outpatient(person(sex: 1), day: day)
        man.moreDiagnoses = ["N80.000"]
        add(man)
        expect("diagnosis_sex", "GZ10000204006000", man, lines: man.lines.map(\.id))
        var adult = outpatient(person(), day: day)
        adult.moreDiagnoses = ["P59.900"]
        add(adult)
        expect("diagnosis_age", "GZ10000204007000", adult, lines: adult.lines.map(\.id))
        var operated = stay(person(sex: 1), day: day, nights: 2)
        operated.procedure = "68.4901"
        add(operated)
        expect("procedure_sex", "GZ10000201005000", operated, lines: operated.lines.map(\.id))
    }

    mutating func plantRecords(_ day: Int) {
        var wrong = outpatient(person(), day: day)
        let amount = wrong.charge(.bloodCount) { $0.amount = $0.amount + Money(fen: 500) }
        let code = wrong.charge(PlantedItem("X12345", "编码残缺的药品", 9, .westernDrug))
        add(wrong)
        for line in [amount, code] { expect("record", "GZ10000201002000", wrong, lines: [line]) }
        var backwards = outpatient(person(), day: day)
        backwards.end = Moment(first + day - 1, hour: 9)
        add(backwards)
        expect("record", "GZ10000201001000", backwards, lines: [])
        var garbled = stay(person(), day: day, nights: 2)
        garbled.procedure = "ABC"
        add(garbled)
        expect("record", "GZ10000201004000", garbled, lines: [])
    }
}
