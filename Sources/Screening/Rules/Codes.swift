import Basics

/// Kinds that judge codes against the person, and codes and amounts in themselves: `diagnosis_sex`, `diagnosis_age`,
/// `procedure_sex`, `record`, `late_upload`.
extension Pass {
    mutating func screenCodes(_ number: Int) {
        let encounter = encounters[number]
        var ranges: UInt64 = 0
        for index in encounter.diagnoses { ranges |= rules.diagnoses[Int(diagnoses[Int(index)])].ranges }
        for index in encounter.procedures { ranges |= rules.procedures[Int(procedures[Int(index)])].ranges }
        while ranges != 0 {
            let bit = ranges.trailingZeroBitCount
            ranges &= ranges - 1
            screenRange(bit, encounter, number)
        }
    }

    private mutating func screenRange(_ bit: Int, _ encounter: Encounter, _ number: Int) {
        let range = rules.knowledge.codeRanges[bit]
        let rule = range.rule
        if encounter.newborn { return undecided.add(rule, .newbornOnMother) }
        let noun = range.ofProcedures ? "手术操作" : "诊断"
        if let sex = range.sex {
            if encounter.sex == 0 { return undecided.add(rule, .sexMissing) }
            if encounter.sex == sex { return }
            if encounter.sexUndecided { return undecided.add(rule, .sexOfDevelopment) }
            return report(
                rule, point: rules.rangeRules[bit].point, encounter: number,
                evidence: "性别为\(encounter.sex == 1 ? "男" : "女"),\(noun)属“\(range.name)”(\(range.first)–\(range.last))")
        }
        if encounter.birth == .min || encounter.birth > encounter.beginDay { return undecided.add(rule, .birthMissing) }
        let days = Int(encounter.beginDay - encounter.birth)
        if days <= rules.parameters.newbornDays { return }
        report(
            rule, point: rules.rangeRules[bit].point, encounter: number,
            evidence: "就诊时出生\(days)天,\(noun)属“\(range.name)”(\(range.first)–\(range.last))")
    }

    mutating func screenRecord(line: Int, _ flags: LineFlags) {
        guard let rule = rules.ruleOf.recordLine else { return }
        if flags.contains(.amountWrong) {
            report(rule, lines: [Int32(line)], evidence: "金额不等于数量乘单价,相差超过0.01元")
        }
        if flags.contains(.codeMissing) { report(rule, lines: [Int32(line)], evidence: "没有项目编码") }
        if flags.contains(.codeImpossible) { report(rule, lines: [Int32(line)], evidence: "项目编码的长度不可能") }
    }

    mutating func screenLate(_ line: Int) {
        guard let rule = rules.ruleOf.lateUpload else { return }
        report(rule, lines: [Int32(line)], evidence: "费用发生后超过\(rules.parameters.lateUploadHours)小时才上传")
    }

    /// What the record of an encounter proves wrong by itself. No money hangs on it.
    mutating func screenRecord(encounter number: Int) {
        let encounter = encounters[number]
        if encounter.endBeforeBegin { reportRecord(rules.ruleOf.recordEncounter, number, "结束日期早于开始日期") }
        if encounter.sexImpossible { reportRecord(rules.ruleOf.recordEncounter, number, "性别代码不存在") }
        if encounter.birth != .min, encounter.birth > encounter.beginDay, !encounter.newborn {
            reportRecord(rules.ruleOf.recordEncounter, number, "出生日期晚于就诊日期")
        }
        if encounter.diagnoses.contains(where: { rules.diagnoses[Int(diagnoses[Int($0)])].impossible }) {
            reportRecord(rules.ruleOf.recordEncounter, number, "诊断编码的形式不可能")
        }
        if encounter.procedures.contains(where: { rules.procedures[Int(procedures[Int($0)])].impossible }) {
            reportRecord(rules.ruleOf.recordProcedure, number, "手术操作编码的形式不可能")
        }
    }

    private mutating func reportRecord(_ rule: Int?, _ number: Int, _ evidence: String) {
        guard let rule else { return }
        report(
            rule, lines: [], encounter: number, day: encounters[number].beginDay, quantity: nil, amount: 0, fund: nil,
            evidence: evidence)
    }
}
