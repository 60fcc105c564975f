import Basics

/// Kinds that judge one stay: `stay_date`, `bed_days`, `hanging_bed`.
extension Pass {
    mutating func screenStayDates(_ number: Int) {
        guard let rule = rules.ruleOf.stayDate else { return }
        let stay = encounters[number]
        if stay.lines.isEmpty { return }
        let begin = stay.beginDay - Int32(rules.parameters.preAdmissionDays)
        let mayPrecede = stay.setting.contains(.emergencyAdmission)
        if stay.endDay == .min { undecided.add(rule, .endMissing) }
        // Lines are in order of day: the first and the last tell whether any is outside.
        let first = lines.day[Int(stay.lines.lowerBound)]
        let last = lines.day[Int(stay.lines.upperBound) - 1]
        if (mayPrecede || first >= begin) && (stay.endDay == .min || last <= stay.endDay) { return }
        for line in stay.lines {
            let day = lines.day[Int(line)]
            if day < begin, !mayPrecede {
                report(rule, lines: [line], evidence: "费用日期\(Figures.day(day))早于入院日期\(Figures.day(stay.beginDay))")
            } else if stay.endDay != .min, day > stay.endDay {
                report(rule, lines: [line], evidence: "费用日期\(Figures.day(day))晚于出院日期\(Figures.day(stay.endDay))")
            }
        }
    }

    mutating func screenBeds(_ number: Int) {
        guard let rule = rules.ruleOf.bedDays else { return }
        let stay = encounters[number]
        if stay.endDay == .min { return undecided.add(rule, .endMissing) }
        let days = Int64(max(1, stay.endDay - stay.beginDay))
        let sum = quantity(of: bedLines)
        guard sum > days * 10_000 else { return }
        let last = Int(bedLines.last!)
        let excess = Quantity(tenThousandths: sum - days * 10_000)
        let amount = (UnitPrice(microYuan: lines.price[last]) * excess).fen
        report(
            rule, lines: bedLines, quantity: excess.tenThousandths, amount: amount, fund: fund(amount, line: last),
            evidence: "住院\(days)天,床位费\(Figures.quantity(sum))天,超\(excess)天")
    }

    mutating func screenHangingBed(_ number: Int) {
        guard let rule = rules.ruleOf.hangingBed else { return }
        let stay = encounters[number]
        if stay.endDay == .min { return undecided.add(rule, .endMissing) }
        let days = Int64(stay.endDay - stay.beginDay)
        guard days >= Int64(rules.parameters.hangingBedMinDays) else { return }
        let idle = days - activeDays(stay)
        guard idle * 1_000_000 >= rules.parameters.hangingBedIdleShare.partsPerMillion * days else { return }
        report(rule, encounter: number, evidence: "住院\(days)天,其中\(idle)天没有床位、护理、诊察以外的费用")
    }

    /// Days of the stay, that of discharge apart, with a line other than bed, nursing and diagnosis fees.
    private func activeDays(_ stay: Encounter) -> Int64 {
        let dayOf = lines.day
        var active: Int64 = 0
        var counted = Int32.min
        for line in Int(stay.lines.lowerBound)..<Int(stay.lines.upperBound) {
            let day = dayOf[line]
            if day == counted || day < stay.beginDay || day >= stay.endDay || isIdle(line) { continue }
            counted = day
            active += 1
        }
        return active
    }

    /// Bed, nursing or diagnosis fee: by charge type, else by the item's code.
    @inline(__always)
    private func isIdle(_ line: Int) -> Bool {
        let flags = lines.flags[line]
        if flags & LineFlags.idleCharge.rawValue != 0 { return true }
        return flags & LineFlags.chargeUnknown.rawValue != 0 && rules.items[Int(lines.item[line])].isIdle
    }
}
