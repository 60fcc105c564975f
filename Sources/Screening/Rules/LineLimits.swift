import Basics

/// Kinds that judge one line by its person, institution and setting: `sex`, `age`, `insurance`, `tier`, `setting`,
/// `herbal_none`, `cap`.
extension Pass {
    mutating func screenLine(_ line: Int, _ number: Int) {
        let encounter = encounters[number]
        for condition in demands(of: lines.item[line]) {
            let rule = Int(condition.rule)
            switch condition.check {
            case .quantity, .period, .course, .surgery, .herbalSingle: continue
            default: break
            }
            guard sees(line, rule: rule, onlyInScope: condition.onlyInScope) else { continue }
            switch condition.check {
            case .sex(let only): screenSex(line, encounter, condition, only: only)
            case .age(let limit): screenAge(line, encounter, condition, limit)
            case .workInjury:
                report(rule, point: condition.point, lines: [Int32(line)], evidence: "项目限工伤保险支付,医疗保险基金不予支付")
            case .maternity: screenMaternity(line, encounter, condition)
            case .tier(let atLeast): screenTier(line, encounter, condition, atLeast: atLeast)
            case .inpatientOnly, .inpatientOrEmergency, .notInternet: screenSetting(line, encounter, condition)
            case .herbalNone:
                report(rule, point: condition.point, lines: [Int32(line)], evidence: "中药饮片单方、复方均不予支付")
            case .limit: if limitLines.last != Int32(line) { limitLines.append(Int32(line)) }
            case .quantity, .period, .course, .surgery, .herbalSingle: break
            }
        }
    }

    private mutating func screenSex(_ line: Int, _ encounter: Encounter, _ condition: Condition, only: UInt8) {
        if encounter.newborn { return undecided.add(Int(condition.rule), .newbornOnMother) }
        if encounter.sex == 0 { return undecided.add(Int(condition.rule), .sexMissing) }
        if encounter.sex == only { return }
        if encounter.sexUndecided { return undecided.add(Int(condition.rule), .sexOfDevelopment) }
        report(
            Int(condition.rule), point: condition.point, lines: [Int32(line)],
            evidence: encounter.sex == 1 ? "性别为男,项目限女性使用" : "性别为女,项目限男性使用")
    }

    private mutating func screenAge(_ line: Int, _ encounter: Encounter, _ condition: Condition, _ limit: AgeLimit) {
        let rule = Int(condition.rule)
        if encounter.newborn { return undecided.add(rule, .newbornOnMother) }
        let day = Day(number: lines.day[line])
        if encounter.birth == .min || encounter.birth > day.number { return undecided.add(rule, .birthMissing) }
        let birth = Day(number: encounter.birth)
        if limit.newborn {
            let days = day - birth
            if days > rules.parameters.newbornDays {
                report(rule, point: condition.point, lines: [Int32(line)], evidence: "出生\(days)天,项目限新生儿(28天以内)")
            }
            return
        }
        if limit.workingAge {
            if encounter.sex == 0 { return undecided.add(rule, .sexMissing) }
            let months = Ages.months(from: birth, to: day)
            let retirement = Ages.retirement(male: encounter.sex == 1, on: day, rules.parameters)
            if months < rules.parameters.workingAgeFrom * 12 || months >= retirement {
                report(
                    rule, point: condition.point, lines: [Int32(line)],
                    evidence:
                        "年龄\(months / 12)周岁,项目限法定就业年龄"
                        + "(\(rules.parameters.workingAgeFrom)周岁至\(retirement / 12)岁\(retirement % 12)个月)"
                )
            }
            return
        }
        let age = Int32(birth.age(on: day))
        let isWithin =
            limit.atLeast.map { age >= $0 } ?? true && limit.atMost.map { age <= $0 } ?? true
            && limit.below.map { age < $0 } ?? true
        if !isWithin {
            report(rule, point: condition.point, lines: [Int32(line)], evidence: "年龄\(age)周岁,项目限\(Ages.text(limit))")
        }
    }

    private mutating func screenMaternity(_ line: Int, _ encounter: Encounter, _ condition: Condition) {
        if encounter.insurance == 1 || encounter.setting.contains(.maternity) { return }
        if encounter.insurance == 0 { return undecided.add(Int(condition.rule), .insuranceMissing) }
        if encounter.setting.isEmpty { return undecided.add(Int(condition.rule), .settingUnknown) }
        report(
            Int(condition.rule), point: condition.point, lines: [Int32(line)], evidence: "项目限生育保险,险种和医疗类别均不是生育")
    }

    private mutating func screenTier(_ line: Int, _ encounter: Encounter, _ condition: Condition, atLeast: Int8) {
        if encounter.tier < 0 {
            return undecided.add(Int(condition.rule), rules.tierMixed ? .tierMixed : .tierMissing)
        }
        if encounter.tier >= atLeast { return }
        let own = Tier(rawValue: Int64(encounter.tier))?.name ?? ""
        let wanted = Tier(rawValue: Int64(atLeast))?.name ?? ""
        report(
            Int(condition.rule), point: condition.point, lines: [Int32(line)], evidence: "医疗机构为\(own),项目限\(wanted)及以上")
    }

    private mutating func screenSetting(_ line: Int, _ encounter: Encounter, _ condition: Condition) {
        let rule = Int(condition.rule)
        if encounter.setting.isEmpty { return undecided.add(rule, .settingUnknown) }
        switch condition.check {
        case .inpatientOnly:
            if encounter.setting.contains(.inpatient) { return }
            report(rule, point: condition.point, lines: [Int32(line)], evidence: "不是住院,项目限住院使用")
        case .inpatientOrEmergency:
            if !encounter.setting.isDisjoint(with: [.inpatient, .emergency]) { return }
            report(rule, point: condition.point, lines: [Int32(line)], evidence: "不是住院或急诊,项目限住院或急诊使用")
        default:
            if rules.parameters.internet.isEmpty { return undecided.add(rule, .internetUnset) }
            if !encounter.setting.contains(.internet) { return }
            report(rule, point: condition.point, lines: [Int32(line)], evidence: "互联网诊疗不得开具此药品")
        }
    }

    mutating func screenCap(_ line: Int, _ number: Int) {
        guard let rule = rules.ruleOf.cap else { return }
        let tier = encounters[number].capTier
        guard tier > 0 else { return undecided.add(rule, .capTierMissing) }
        let cap = Int(rules.items[Int(lines.item[line])].cap)
        guard let most = self.cap(cap, tier: tier, on: lines.day[line]), lines.price[line] > most else { return }
        let quantity = Quantity(tenThousandths: lines.quantity[line])
        let excess = (UnitPrice(microYuan: lines.price[line] - most) * quantity).fen
        report(
            rule, lines: [Int32(line)], quantity: lines.quantity[line], amount: excess, fund: fund(excess, line: line),
            evidence: "单价\(Figures.price(lines.price[line]))元,限价\(Figures.price(most))元")
    }

    /// The cap of an item for a tier on a day, in 10⁻⁶ yuan.
    func cap(_ index: Int, tier: Int8, on day: Int32) -> Int64? {
        for cap in rules.caps[index] {
            if let from = cap.from, from.number > day { continue }
            if let through = cap.through, through.number < day { continue }
            return cap.byTier[Int(tier)]
        }
        return nil
    }
}

/// Ages as the rules count them.
enum Ages {
    /// Completed months; the last day of a short month completes one.
    static func months(from birth: Day, to day: Day) -> Int {
        let (from, to) = (birth.civil, day.civil)
        let months = (to.year - from.year) * 12 + to.month - from.month
        let last = Month(year: to.year, month: to.month).dayCount
        return to.day < min(from.day, last) ? months - 1 : months
    }

    /// Statutory age of retirement in months on a day.
    static func retirement(male: Bool, on day: Day, _ parameters: Parameters) -> Int {
        guard let rule = parameters.retirement.last(where: { $0.from <= day }) ?? parameters.retirement.first else {
            return .max
        }
        let base = male ? rule.maleMonths : rule.femaleMonths
        guard rule.delayEveryMonths > 0 else { return base }
        let since = max(0, day.month - rule.from.month)
        return min(base + since / rule.delayEveryMonths + 1, male ? rule.maleLimitMonths : rule.femaleLimitMonths)
    }

    static func text(_ limit: AgeLimit) -> String {
        var parts: [String] = []
        if let least = limit.atLeast { parts.append("满\(least)周岁") }
        if let most = limit.atMost { parts.append("不超过\(most)周岁") }
        if let below = limit.below { parts.append("不满\(below)周岁") }
        return parts.joined(separator: "、")
    }
}
