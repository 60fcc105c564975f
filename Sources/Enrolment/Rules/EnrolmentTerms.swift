import Basics

/// Between which days something that is registered can lie (登记日期的界限). A slip of the hand (2099, 0001) would
/// otherwise stand in the way of every later act.
public enum DayBound: Sendable {
    /// A spell's beginning, suspension or end, a change, closure or merger of an employer: at the latest the coming
    /// year's first day, from which residents who enrol in autumn are insured.
    case insurance
    /// 单位登记: not ahead of time
    case registration
    /// 退休: approved a month ahead at most
    case retirement
    /// The last day of what runs for a time (结束日期): nothing is recognised for longer than ten years, and what has no
    /// end is left open
    case term

    /// Nobody was insured before the labour insurance came into force (劳动保险条例,1951年3月1日起实施).
    public static let earliest = Day(year: 1951, month: 3, day: 1)!

    public func latest(today: Day) -> Day {
        switch self {
        case .insurance: Month(year: today.year + 1, month: 1).first
        case .registration: today
        case .term: Month(year: today.year + 10, month: 12).last
        case .retirement: min((today.month + 1).first + (today.civil.day - 1), (today.month + 1).last)
        }
    }

    /// What speaks against a day, with the bounds.
    public func objection(to day: Day, since earliest: Day = DayBound.earliest, today: Day, field: String) -> Problem? {
        let latest = latest(today: today)
        if day >= earliest, day <= latest { return nil }
        let advice = self == .term ? ";长期有效的不填结束日期" : ""
        return Problem(
            "enrolment.day.bounds", field: field, "日期 \(day) 不在可以登记的 \(earliest) 至 \(latest) 之间,请核对\(advice)")
    }

    /// What speaks against the days of a period, each told by its own field.
    public static func objections(
        to period: Period, today: Day, fields: (first: String, last: String)
    ) -> [Problem] {
        let first = insurance.objection(to: period.first, today: today, field: fields.first)
        let last = period.last.flatMap { term.objection(to: $0, today: today, field: fields.last) }
        return [first, last].compactMap(\.self)
    }
}

/// Who may be insured as what, and since when (参保条件): the same for forms and lists.
public struct EnrolmentTerms: Hashable, Sendable {
    /// 居民年龄与类别的对应
    public var ages: ResidentAges
    /// 最低就业年龄, in completed years
    public var workingFrom: Int
    /// 可以办理退休的最低年龄, in completed years
    public var retirementFrom: Int
    /// 离休人员的最晚出生年: who took part in the revolution before the People's Republic was founded
    public var cadresBornThrough: Int
    /// The first year of flexible workers' insurance (灵活就业人员参保起始年)
    public var flexibleSince: Int
    /// The first year of residents' insurance (居民医保起始年)
    public var residentsSince: Int

    public init(
        ages: ResidentAges, workingFrom: Int, retirementFrom: Int, cadresBornThrough: Int, flexibleSince: Int,
        residentsSince: Int
    ) {
        self.ages = ages
        self.workingFrom = workingFrom
        self.retirementFrom = retirementFrom
        self.cadresBornThrough = cadresBornThrough
        self.flexibleSince = flexibleSince
        self.residentsSince = residentsSince
    }

    // MARK: - The check

    /// What speaks against a spell by its days, by the person's age, and by how one comes to be retired (参保条件的检查).
    ///
    /// - Parameter former: the person's last basic spell; who was retired before goes on as such.
    public func objections(to opening: SpellOpening, born birth: Day, after former: Spell?, today: Day) -> [Problem] {
        var problems: [Problem] = []
        let earliest = earliest(opening)
        if let bound = DayBound.insurance.objection(to: opening.from, since: earliest, today: today, field: "begndate")
        {
            problems.append(bound)
        }
        // A day before birth is said by the plan; of an age there is nothing to say then.
        if opening.from >= birth, let age = ageObjection(to: opening, born: birth, today: today) {
            problems.append(age)
        }
        if let undecided = undecided(opening, after: former) { problems.append(undecided) }
        return problems
    }

    private func earliest(_ opening: SpellOpening) -> Day {
        if opening.reason == .takenOver { return DayBound.earliest }
        switch opening.category {
        case .flexible: return Month(year: flexibleSince, month: 1).first
        case _ where opening.category.insurance == .resident: return Month(year: residentsSince, month: 1).first
        default: return DayBound.earliest
        }
    }

    /// A former system tells today's category of a spell that began long ago; what age has outgrown since is put right by
    /// the yearly change of categories.
    private func ageObjection(to opening: SpellOpening, born birth: Day, today: Day) -> Problem? {
        let isTakenOver = opening.reason == .takenOver
        let day = isTakenOver ? today : opening.from
        let age = birth.age(on: day)
        let category = opening.category
        if category == .retiredCadre, birth.year > cadresBornThrough {
            return Problem(
                "enrolment.spell.age", field: "psn_type",
                "离休人员是 1949 年 9 月 30 日以前参加革命工作的,此人 \(birth.year) 年出生,请核对人员类别")
        }
        let (from, before) = span(of: category)
        if age < from {
            return category.insurance == .employee && !category.isRetired
                ? Problem(
                    "enrolment.spell.tooYoung", field: "certno",
                    "未满 \(from) 周岁不能以\(category.name)参保(劳动法第十五条),此人 \(day) 为 \(age) 周岁,请核对证件")
                : Problem(
                    "enrolment.spell.age", field: "psn_type",
                    "\(category.name)须满 \(from) 周岁,此人 \(day) 为 \(age) 周岁,请核对人员类别")
        }
        if let before, age >= before, !isTakenOver {
            return Problem(
                "enrolment.spell.age", field: "psn_type",
                "\(category.name)须不满 \(before) 周岁,此人 \(day) 为 \(age) 周岁,请核对人员类别")
        }
        return nil
    }

    /// From which age, and before which, somebody can be of a category. Schools take children a year before their time,
    /// and keep them a year or two after it.
    private func span(of category: PersonCategory) -> (from: Int, before: Int?) {
        switch category {
        case .employed, .civilServant, .flexible: (workingFrom, nil)
        case .retired, .retiredCivilServant, .retiredFlexible: (retirementFrom, nil)
        case .retiredCadre: (0, nil)
        case .newborn: (0, 1)
        case .preschool: (0, ages.schoolFrom + 1)
        case .pupil: (ages.schoolFrom - 1, ages.adultFrom + 2)
        case .universityStudent: (ages.adultFrom - 3, nil)
        case .minor: (0, ages.adultFrom)
        case .adult: (ages.adultFrom, ages.elderlyFrom)
        case .elderly: (ages.elderlyFrom, nil)
        }
    }

    /// Retired is who was decided to be (退休待遇核定), here or where he comes from: never by a form that asks for no more
    /// than a category.
    private func undecided(_ opening: SpellOpening, after former: Spell?) -> Problem? {
        let category = opening.category
        guard category.isPensioner, former?.category != category,
            opening.reason != .takenOver, opening.reason != .retiredElsewhere
        else { return nil }
        return Problem(
            "enrolment.spell.retired", field: "psn_type",
            "\(category.name)不能直接登记:本地退休的请办理“退休待遇核定”,外地退休转入和离休的请办理“退休人员转入登记”")
    }
}

extension InsuredPerson {
    /// The last of the basic insurances, in force or not (最近一段基本医保).
    public var lastBasicSpell: Spell? { spells.last { $0.insurance.isBasic } }

    /// Somebody whom the register does not know yet.
    public init(registering particulars: PersonParticulars) {
        self.init(person: PersonRecord(id: ID(0), particulars: particulars), spells: [], statuses: [])
    }

    /// All that speaks against a spell that is asked for at the desk: whether it is in order among the others, and
    /// whether this person may be insured so.
    public func objections(
        to opening: SpellOpening, makesRoom: Bool, under terms: EnrolmentTerms, today: Day
    ) -> [Problem] {
        var problems: [Problem] = []
        do throws(Problem) { _ = try plan(opening, makesRoom: makesRoom) } catch { problems.append(error) }
        return problems
            + terms.objections(to: opening, born: person.birth, after: lastBasicSpell, today: today)
    }
}
