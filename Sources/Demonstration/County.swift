import Basics

/// The demonstration county (示范县): people, families, employers and institutions drawn from a seed.
///
/// Everything is invented and looks it: the names are made of 示 例 演 试 and the cyclical characters, the
/// area code 990100 belongs to no place. Check digits are right, so that every form takes them.
/// The same seed and size draw the same county on every machine.
public struct County: Sendable {
    public struct Employer: Sendable {
        public let creditCode: String
        public let name: String
    }

    public struct Resident: Sendable {
        /// Place in the county's own list, from 1; the demonstration's stable name of a person.
        public let number: Int
        public let nationalID: String
        public let name: String
        public let sex: Sex
        public let birth: Day
        public let household: Int
        public let category: PersonCategory
        /// Index into `employers`, for those whom an employer enrols.
        public let employer: Int?
        public let enrolled: Day
        public let left: Day?
        public let assistance: AssistanceGroup?
        public let hasEnterpriseSupplement: Bool
        public let openingBalance: Money
        /// Registered long-term conditions (门诊慢特病病种), by their codes.
        public let conditions: [String]
    }

    public struct Institution: Sendable {
        public let code: String
        public let name: String
        public let tier: Tier
        public var isPharmacy: Bool { code.hasPrefix("P") }
    }

    public let area: AreaCode
    public let seed: UInt64
    public let first: Day
    public let last: Day
    public private(set) var employers: [Employer] = []
    public private(set) var residents: [Resident] = []
    public private(set) var institutions: [Institution] = []

    /// Draws a county of `people`, alive at some time between `first` and `last`.
    public init(people: Int, seed: UInt64, area: AreaCode, first: Day, last: Day) {
        self.area = area
        self.seed = seed
        self.first = first
        self.last = last
        var random = SeededRandom(seed: seed)
        drawEmployers(count: max(3, people / 60), &random)
        drawInstitutions(people: people, &random)
        drawResidents(count: people, &random)
    }

    private mutating func drawEmployers(count: Int, _ random: inout SeededRandom) {
        let trades = ["机械", "纺织", "食品", "建材", "物流", "商贸", "软件", "农业", "学校", "医院", "水务", "环卫"]
        let forms = ["有限公司", "股份公司", "合作社", "中心", "事务所"]
        for number in 1...count {
            let digits = String(number)
            let body = "91\(area)MA" + String(repeating: "0", count: 7 - digits.count) + digits
            let check = CreditCode.checkDigit(body)!
            let name = "示范市演示\(County.cycle[number % 60])\(random.pick(trades))\(random.pick(forms))"
            employers.append(Employer(creditCode: body + String(check), name: name))
        }
    }

    private mutating func drawInstitutions(people: Int, _ random: inout SeededRandom) {
        func code(_ letter: String, _ number: Int) -> String {
            let digits = String(number)
            return letter + area.description + String(repeating: "0", count: 5 - digits.count) + digits
        }
        let thirds = max(1, min(4, people / 10_000))
        let seconds = max(2, min(10, people / 4_000))
        let firsts = max(3, min(40, people / 1_200))
        var number = 0
        for (tier, count, kind) in [
            (Tier.third, thirds, "人民医院"), (.second, seconds, "中心医院"), (.first, firsts, "卫生院"),
        ] {
            for place in 1...count {
                number += 1
                institutions.append(
                    Institution(code: code("H", number), name: "示范市第\(County.numeral(place))\(kind)(演示)", tier: tier))
            }
        }
        for place in 1...max(4, min(80, people / 800)) {
            institutions.append(
                Institution(code: code("P", place), name: "示范市\(County.cycle[place % 60])大药房(演示)", tier: .unrated))
        }
    }

    private mutating func drawResidents(count: Int, _ random: inout SeededRandom) {
        residents.reserveCapacity(count)
        var household = 0
        var leftInHousehold = 0
        var sequence: [Int32: Int] = [:]
        for number in 1...count {
            if leftInHousehold == 0 {
                household += 1
                leftInHousehold = random.weighted([22, 28, 26, 16, 8]) + 1
            }
            leftInHousehold -= 1
            residents.append(drawResident(number: number, household: household, &sequence, &random))
        }
    }

    private func drawResident(
        number: Int, household: Int, _ sequence: inout [Int32: Int], _ random: inout SeededRandom
    ) -> Resident {
        let sex: Sex = random.chance(508_000) ? .male : .female
        let birth = drawBirth(&random)
        let order = sequence[birth.number, default: 0] + 1
        sequence[birth.number] = order
        let age = birth.age(on: first)
        let category = drawCategory(age: age, sex: sex, birth: birth, &random)
        let isEmployee = category.insurance == .employee
        let enrolled = max(Day(year: 2019, month: 1, day: 1)!, birth)
        let leaves = random.chance(age >= 70 ? 60_000 : 12_000)
        let leaving = first + random.below(last - first)
        let assistance: AssistanceGroup? = isEmployee ? nil : drawAssistance(age: age, &random)
        var conditions: [String] = []
        if age >= 40, random.chance(age >= 60 ? 380_000 : 140_000) { conditions.append("M03900") }
        if age >= 35, random.chance(age >= 60 ? 190_000 : 70_000) { conditions.append("M01600") }
        if age >= 30, random.chance(1_500) { conditions.append("M07801") }
        if age >= 35, sex == .female, random.chance(6_000) { conditions.append("M00500") }
        return Resident(
            number: number, nationalID: nationalID(birth: birth, order: order, sex: sex),
            name: drawName(&random), sex: sex, birth: birth, household: household, category: category,
            employer: [.employed, .civilServant].contains(category) ? random.below(employers.count) : nil,
            enrolled: enrolled, left: leaves && leaving > enrolled ? leaving : nil, assistance: assistance,
            hasEnterpriseSupplement: category == .employed && random.chance(80_000),
            openingBalance: isEmployee ? Money(fen: Int64(random.within(2_000...900_000))) : .zero,
            conditions: conditions)
    }

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

    private func drawCategory(age: Int, sex: Sex, birth: Day, _ random: inout SeededRandom) -> PersonCategory {
        if age < 0 { return .newborn }
        if age < 6 { return .preschool }
        if age < 18 { return .pupil }
        if age < 23, random.chance(450_000) { return .universityStudent }
        let retirement = sex == .male ? 60 : 55
        if age >= retirement {
            return [.retired, .retiredCivilServant, .retiredFlexible, .elderly][random.weighted([26, 4, 5, 65])]
        }
        return [.employed, .civilServant, .flexible, .adult][random.weighted([34, 5, 9, 52])]
    }

    private func drawAssistance(age: Int, _ random: inout SeededRandom) -> AssistanceGroup? {
        guard random.chance(70_000) else { return nil }
        if age < 18, random.chance(30_000) { return .orphan }
        return [.destitute, .lowIncome, .fallenBack, .lowIncomeMargin, .impoverishedByIllness][
            random.weighted([12, 46, 10, 24, 8])]
    }

    private func drawName(_ random: inout SeededRandom) -> String {
        let surnames = ["示", "例", "演", "试", "样", "仿", "拟", "范"]
        return random.pick(surnames) + random.pick(County.cycle)
    }

    /// Area, birth date, order (odd for men) and check digit.
    private func nationalID(birth: Day, order: Int, sex: Sex) -> String {
        let serial = (order - 1) * 2 + (sex == .male ? 1 : 2)
        // Beyond 998 births on one day the neighbouring invented area goes on.
        let place = Int(area.raw) + serial / 999
        let digits = String(serial % 999)
        let body = "\(place)\(birth.compact)" + String(repeating: "0", count: 3 - digits.count) + digits
        let corrected = County.matchingSex(body, sex)
        return corrected + String(NationalID.checkDigit(corrected.utf8))
    }

    private static func matchingSex(_ body: String, _ sex: Sex) -> String {
        let lastDigit = body.utf8.last! - 0x30
        if (lastDigit % 2 == 1) == (sex == .male) { return body }
        return String(body.dropLast()) + String((lastDigit + 1) % 10)
    }

    /// The sixty pairs of the cycle: 甲子, 乙丑 …
    static let cycle: [String] = {
        let stems = Array("甲乙丙丁戊己庚辛壬癸")
        let branches = Array("子丑寅卯辰巳午未申酉戌亥")
        return (0..<60).map { String([stems[$0 % 10], branches[$0 % 12]]) }
    }()

    static func numeral(_ number: Int) -> String {
        let digits = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"]
        if number < 10 { return digits[number] }
        return (number / 10 == 1 ? "" : digits[number / 10]) + "十" + digits[number % 10]
    }
}
