import Basics
import Enrolment
import Policy
import Testing

@Suite("参保条件:年龄、类别和日期")
struct TermsTests {
    static let today = Given.day("2026-03-01")

    private static func codes(
        _ category: PersonCategory, born birth: String, from day: String = "2026-03-01",
        _ reason: SpellReason = .firstEnrolment, after former: PersonCategory? = nil
    ) -> [String] {
        let spell = former.flatMap { category in
            Period(from: Given.day("2020-01-01"), through: nil).map {
                Spell(id: ID(1), insurance: category.insurance, category: category, period: $0)
            }
        }
        let opening = SpellOpening(category: category, from: Given.day(day), reason: reason)
        return ListTests.terms.objections(to: opening, born: Given.day(birth), after: spell, today: today).map {
            $0.code.split(separator: ".").last.map(String.init) ?? ""
        }
    }

    @Test("三十六岁的人:不能是退休、离休、新生儿、老年居民、中小学生;可以是职工、成年居民")
    func ofThirtySix() {
        let table: [(PersonCategory, [String])] = [
            (.employed, []), (.civilServant, []), (.flexible, []), (.adult, []), (.universityStudent, []),
            (.retired, ["age", "retired"]), (.retiredCivilServant, ["age", "retired"]),
            (.retiredFlexible, ["age", "retired"]), (.retiredCadre, ["age", "retired"]), (.newborn, ["age"]),
            (.preschool, ["age"]), (.pupil, ["age"]), (.minor, ["age"]), (.elderly, ["age"]),
        ]
        #expect(table.count == PersonCategory.allCases.count)
        for (category, codes) in table {
            #expect(Self.codes(category, born: "1990-01-01") == codes, "\(category.name)")
        }
    }

    @Test("满岁当天可以,差一天不行;学校早收一年、晚放两年")
    func boundaries() {
        #expect(Self.codes(.employed, born: "2010-03-01") == [])
        #expect(Self.codes(.employed, born: "2010-03-02") == ["tooYoung"])
        #expect(Self.codes(.employed, born: "2020-06-01") == ["tooYoung"])
        #expect(Self.codes(.newborn, born: "2025-03-02") == [])
        #expect(Self.codes(.newborn, born: "2025-03-01") == ["age"])
        #expect(Self.codes(.pupil, born: "2021-03-01") == [])
        #expect(Self.codes(.pupil, born: "2021-03-02") == ["age"])
        #expect(Self.codes(.pupil, born: "2006-03-02") == [])
        #expect(Self.codes(.adult, born: "1966-03-02") == [])
        #expect(Self.codes(.adult, born: "1966-03-01") == ["age"])
        #expect(Self.codes(.elderly, born: "1966-03-01") == [])
    }

    @Test("退休只由核定、转入登记或期初名单而来;原来就是这一类退休的可以续")
    func retired() {
        let born = "1960-01-01"
        #expect(Self.codes(.retired, born: born) == ["retired"])
        #expect(Self.codes(.retired, born: born, .transferIn) == ["retired"])
        #expect(Self.codes(.retired, born: born, .otherCategory, after: .employed) == ["retired"])
        #expect(Self.codes(.retired, born: born, .newEmployer, after: .retiredFlexible) == ["retired"])
        #expect(Self.codes(.retired, born: born, .renewal, after: .retired) == [])
        #expect(Self.codes(.retired, born: born, .retiredElsewhere) == [])
        #expect(Self.codes(.retired, born: "1990-01-01", .retiredElsewhere) == ["age"])
        #expect(Self.codes(.retiredCadre, born: "1932-01-01", .retiredElsewhere) == [])
        #expect(Self.codes(.retiredCadre, born: "1950-01-01", .retiredElsewhere) == ["age"])
        #expect(Self.codes(.retired, born: born, from: "2010-01-01", .takenOver) == [])
        #expect(Self.codes(.elderly, born: born, from: "2019-01-01", .takenOver) == [])
        #expect(Self.codes(.elderly, born: "1970-01-01", from: "2019-01-01", .takenOver) == ["age"])
    }

    @Test("开始日期在制度建立以后、明年第一天以前,说出界限")
    func days() {
        #expect(Self.codes(.employed, born: "1930-01-01", from: "1951-02-28") == ["bounds"])
        #expect(Self.codes(.employed, born: "1930-01-01", from: "1951-03-01") == [])
        #expect(Self.codes(.flexible, born: "1970-01-01", from: "1991-01-01") == ["bounds"])
        #expect(Self.codes(.flexible, born: "1970-01-01", from: "2003-01-01") == [])
        #expect(Self.codes(.adult, born: "1970-01-01", from: "2002-12-31") == ["bounds"])
        #expect(Self.codes(.adult, born: "1970-01-01", from: "2027-01-01") == [])
        #expect(Self.codes(.adult, born: "1970-01-01", from: "2027-01-02") == ["bounds"])
        let problem = DayBound.registration.objection(to: Given.day("2099-01-01"), today: Self.today, field: "day")
        #expect(problem?.message.contains("1951-03-01 至 2026-03-01") == true)
        #expect(DayBound.retirement.latest(today: Given.day("2026-01-31")) == Given.day("2026-02-28"))
    }

    @Test("示范市的参保条件写在政策文件里")
    func fromPolicy() throws {
        #expect(try EnrolmentTerms(RetirementTests.policy, on: Self.today) == ListTests.terms)
    }
}
