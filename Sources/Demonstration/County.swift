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

    /// A town (乡镇): residents are enrolled by its villages, goals are split by it.
    public struct Town: Sendable {
        /// 乡镇代码
        public let code: String
        public let name: String
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
    /// Which of the employers are schools: they enrol pupils and employ nobody whom the county knows.
    public private(set) var schools = 0..<0
    public private(set) var towns: [Town] = []
    public private(set) var residents: [Resident] = []
    public private(set) var institutions: [Institution] = []

    /// Draws a county of `people`, alive at some time between `first` and `last`.
    public init(people: Int, seed: UInt64, area: AreaCode, first: Day, last: Day) {
        self.area = area
        self.seed = seed
        self.first = first
        self.last = last
        var random = SeededRandom(seed: seed)
        let workplaces = max(3, people / 60)
        drawEmployers(count: workplaces, &random)
        schools = workplaces..<workplaces + max(1, min(60, people / 2_000))
        for index in schools { employers.append(school(1 + index - workplaces)) }
        towns = (1...max(2, min(16, people / 1_500))).map { number in
            Town(
                code: "\(area)\(String(1_000 + number).dropFirst())", name: "示范\(County.cycle[number % 60])镇(演示)")
        }
        drawInstitutions(people: people, &random)
        var drawing = ResidentDrawing(
            area: area, first: first, last: last, employers: workplaces, schools: schools, towns: towns.count)
        residents.reserveCapacity(people)
        for number in 1...people { residents.append(drawing.draw(number: number, &random)) }
    }

    private mutating func drawEmployers(count: Int, _ random: inout SeededRandom) {
        let trades = ["机械", "纺织", "食品", "建材", "物流", "商贸", "软件", "农业", "学校", "医院", "水务", "环卫"]
        let forms = ["有限公司", "股份公司", "合作社", "中心", "事务所"]
        for number in 1...count {
            let name = "示范市演示\(County.cycle[number % 60])\(random.pick(trades))\(random.pick(forms))"
            employers.append(Employer(creditCode: creditCode("91", number), name: name))
        }
    }

    private func school(_ number: Int) -> Employer {
        Employer(creditCode: creditCode("12", number), name: "示范市演示\(County.cycle[number % 60])小学(演示)")
    }

    private func creditCode(_ kind: String, _ number: Int) -> String {
        let digits = String(number)
        let body = "\(kind)\(area)MA" + String(repeating: "0", count: 7 - digits.count) + digits
        return body + String(CreditCode.checkDigit(body)!)
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
