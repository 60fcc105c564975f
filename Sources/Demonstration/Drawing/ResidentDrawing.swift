import Basics

/// Draws the people of a county one by one: households, ages, insurance, and what the two years bring them.
struct ResidentDrawing {
    let area: AreaCode
    let first: Day
    let last: Day
    /// How many employers there are to choose from, where the schools stand among them, and how many towns.
    let employers: Int
    let schools: Range<Int>
    let towns: Int
    private var household = 0
    private var leftInHousehold = 0
    /// How many were born on each day so far.
    private var births: [Int32: Int] = [:]

    init(area: AreaCode, first: Day, last: Day, employers: Int, schools: Range<Int>, towns: Int) {
        self.area = area
        self.first = first
        self.last = last
        self.employers = employers
        self.schools = schools
        self.towns = towns
    }

    mutating func draw(number: Int, _ random: inout SeededRandom) -> County.Resident {
        if leftInHousehold == 0 {
            household += 1
            leftInHousehold = random.weighted([22, 28, 26, 16, 8]) + 1
        }
        leftInHousehold -= 1
        let sex: Sex = random.chance(508_000) ? .male : .female
        let birth = drawBirth(&random)
        let age = birth.age(on: first)
        let category = drawCategory(age: age, sex: sex, &random)
        let insurance = category.insurance
        let enrolled = drawEnrolled(birth, category, &random)
        let employer = [.employed, .civilServant].contains(category) ? random.below(employers) : nil
        let departure = drawDeparture(age: age, category, enrolled: enrolled, &random)
        let turn =
            departure == nil && enrolled < first
            ? drawTurn(category, sex: sex, birth: birth, employer: employer, &random) : nil
        return County.Resident(
            number: number, nationalID: nationalID(birth: birth, sex: sex), name: drawName(&random), sex: sex,
            birth: birth, household: household, town: household % towns, category: category, employer: employer,
            enrolled: enrolled, turn: turn, departure: departure,
            assistance: insurance != .resident || turn?.isWork ?? false
                ? nil : drawAssistance(age: age, enrolled, &random),
            hasEnterpriseSupplement: category == .employed && random.chance(80_000),
            openingBalance: insurance == .employee ? Money(fen: Int64(random.within(2_000...900_000))) : .zero,
            conditions: insurance == .retiredCadre
                ? [] : drawConditions(age: age, sex: sex, enrolled, &random))
    }

    // MARK: Age and insurance

    /// Ages in bands of a greying county; about one in seventy is born within the two years.
    private func drawBirth(_ random: inout SeededRandom) -> Day {
        let weights = [14, 50, 110, 55, 120, 145, 150, 165, 120, 60, 11]
        let bands = [
            (-2, -1), (0, 5), (6, 17), (18, 23), (24, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, 84), (85, 97),
        ]
        let band = bands[random.weighted(weights)]
        let years = random.within(band.0...band.1)
        let day = first - years * 365 - random.below(365)
        return min(day, last - 1)
    }

    private func drawCategory(age: Int, sex: Sex, _ random: inout SeededRandom) -> PersonCategory {
        if age < 0 { return .newborn }
        if age < 6 { return .preschool }
        if age < 18 { return random.chance(15_000) ? .minor : .pupil }
        if age < 23, random.chance(450_000) { return .universityStudent }
        if age >= Self.retirementAge(sex) {
            let category: PersonCategory =
                [.retired, .retiredCivilServant, .retiredFlexible, .elderly][random.weighted([26, 4, 5, 65])]
            // Who joined the revolution before October 1949 is over ninety, and at rest rather than retired (离休).
            if category.isRetired, age >= Self.cadresAge { return .retiredCadre }
            // A woman retires at 55; a resident is an elderly one from sixty.
            return category == .elderly && age < Self.elderlyAge ? .adult : category
        }
        return [.employed, .civilServant, .flexible, .adult][random.weighted([34, 5, 9, 52])]
    }

    private static func retirementAge(_ sex: Sex) -> Int { sex == .male ? 60 : 55 }
    private static let elderlyAge = 60
    private static let cadresAge = 95

    /// Most were insured before the agency began; children from birth, and a few come from elsewhere meanwhile.
    private func drawEnrolled(_ birth: Day, _ category: PersonCategory, _ random: inout SeededRandom) -> Day {
        if birth >= first { return birth }
        if category == .adult || category == .elderly, random.chance(8_000), let month = drawMonth(&random),
            category == .elderly || birth.age(on: month.first) < Self.elderlyAge
        {
            return month.first
        }
        // Nobody works before sixteen.
        let earliest = category.insurance == .employee ? Day(year: birth.year + 17, month: 1, day: 1)! : birth
        return max(Day(year: 2019, month: 1, day: 1)!, earliest)
    }

    /// A month of the two years that begins late enough to be prepared at the desks.
    private func drawMonth(_ random: inout SeededRandom) -> Month? {
        let (from, through) = ((first.month + 2).number, last.month.number)
        return from <= through ? Month(number: from + Int32(random.below(Int(through - from) + 1))) : nil
    }

    // MARK: What the two years bring

    private func drawDeparture(
        age: Int, _ category: PersonCategory, enrolled: Day, _ random: inout SeededRandom
    ) -> County.Departure? {
        guard random.chance(age >= 70 ? 60_000 : 12_000) else { return nil }
        let day = first + random.below(last - first)
        guard day > max(enrolled, first) + 1 else { return nil }
        let isDeath = random.chance(age >= 60 ? 900_000 : 80_000)
        return County.Departure(day: day, cause: isDeath || category == .retiredCadre ? .death : .leaving)
    }

    private func drawTurn(
        _ category: PersonCategory, sex: Sex, birth: Day, employer: Int?, _ random: inout SeededRandom
    ) -> County.Turn? {
        if category.insurance == .employee, !category.isRetired {
            return retirement(sex, birth) ?? move(employer, &random)
        }
        let isHired: Bool =
            switch category {
            case .universityStudent: random.chance(180_000)
            case .adult: birth.age(on: first) < 50 && random.chance(25_000)
            default: false
            }
        if isHired, let month = drawMonth(&random) { return .hired(month.first, by: random.below(employers)) }
        if category == .preschool, let september = firstSchoolDay(birth) {
            return .schooled(september, at: random.within(schools.lowerBound...schools.upperBound - 1))
        }
        return nil
    }

    /// From the month after the birthday that makes it so.
    private func retirement(_ sex: Sex, _ birth: Day) -> County.Turn? {
        let month = Month(year: birth.year + Self.retirementAge(sex), month: birth.month.month) + 1
        return month >= first.month + 2 && month <= last.month ? .retired(month.first) : nil
    }

    private func move(_ employer: Int?, _ random: inout SeededRandom) -> County.Turn? {
        guard let employer, employers > 1, random.chance(30_000), let month = drawMonth(&random) else { return nil }
        return .moved(month.first, to: (employer + 1 + random.below(employers - 1)) % employers)
    }

    /// The first of September after the sixth birthday.
    private func firstSchoolDay(_ birth: Day) -> Day? {
        let year = birth.year + 6 + (birth.month.month >= 9 ? 1 : 0)
        let month = Month(year: year, month: 9)
        return month >= first.month + 2 && month <= last.month ? month.first : nil
    }

    private func drawAssistance(age: Int, _ enrolled: Day, _ random: inout SeededRandom) -> County.Assistance? {
        guard random.chance(70_000) else { return nil }
        let group: AssistanceGroup =
            age < 18 && random.chance(30_000)
            ? .orphan
            : [.destitute, .lowIncome, .fallenBack, .lowIncomeMargin, .impoverishedByIllness][
                random.weighted([12, 46, 10, 24, 8])]
        let isRecent = random.chance(250_000)
        let isOver = random.chance(80_000)
        let from = isRecent ? drawMonth(&random)?.first ?? enrolled : enrolled
        let until = isOver ? drawMonth(&random).map { $0.first - 1 } : nil
        return County.Assistance(
            group: group, from: max(from, enrolled), until: until.flatMap { $0 > max(from, enrolled) + 31 ? $0 : nil })
    }

    /// Three in four conditions were registered before the agency began.
    private func drawConditions(
        age: Int, sex: Sex, _ enrolled: Day, _ random: inout SeededRandom
    ) -> [County.Condition] {
        var codes: [String] = []
        if age >= 40, random.chance(age >= 60 ? 380_000 : 140_000) { codes.append("M03900") }
        if age >= 35, random.chance(age >= 60 ? 190_000 : 70_000) { codes.append("M01600") }
        if age >= 30, random.chance(1_500) { codes.append("M07801") }
        if age >= 35, sex == .female, random.chance(6_000) { codes.append("M00500") }
        return codes.map { code in
            let onset = random.chance(750_000) ? first : first + random.below(last - first)
            return County.Condition(code: code, since: max(onset, enrolled))
        }
    }

    // MARK: Name and number

    private func drawName(_ random: inout SeededRandom) -> String {
        let surnames = ["示", "例", "演", "试", "样", "仿", "拟", "范"]
        return random.pick(surnames) + random.pick(County.cycle)
    }

    /// Area, birth date, order (odd for men) and check digit.
    private mutating func nationalID(birth: Day, sex: Sex) -> String {
        let order = births[birth.number, default: 0] + 1
        births[birth.number] = order
        let serial = (order - 1) * 2 + (sex == .male ? 1 : 2)
        // Beyond 998 births on one day the neighbouring invented area goes on.
        let place = Int(area.raw) + serial / 999
        let digits = String(serial % 999)
        let body = "\(place)\(birth.compact)" + String(repeating: "0", count: 3 - digits.count) + digits
        let corrected = Self.matchingSex(body, sex)
        return corrected + String(NationalID.checkDigit(corrected.utf8))
    }

    private static func matchingSex(_ body: String, _ sex: Sex) -> String {
        let lastDigit = body.utf8.last! - 0x30
        if (lastDigit % 2 == 1) == (sex == .male) { return body }
        return String(body.dropLast()) + String((lastDigit + 1) % 10)
    }
}

extension County.Turn {
    fileprivate var isWork: Bool {
        if case .hired = self { true } else { false }
    }
}
