import Basics

/// Which category a resident belongs to by age (居民人员类别与年龄).
public struct ResidentAges: Hashable, Sendable {
    /// 学龄 from so many completed years
    public var schoolFrom: Int
    /// 成年 from
    public var adultFrom: Int
    /// 老年 from
    public var elderlyFrom: Int

    public init(schoolFrom: Int, adultFrom: Int, elderlyFrom: Int) {
        self.schoolFrom = schoolFrom
        self.adultFrom = adultFrom
        self.elderlyFrom = elderlyFrom
    }

    /// The category of somebody about whom nothing but the birth is known.
    public func category(born: Day, on day: Day) -> PersonCategory {
        switch born.age(on: day) {
        case ..<1: .newborn
        case ..<schoolFrom: .preschool
        case ..<adultFrom: .minor
        case ..<elderlyFrom: .adult
        default: .elderly
        }
    }

    /// The category of somebody whom a school enrols.
    public func student(born: Day, on day: Day) -> PersonCategory {
        switch born.age(on: day) {
        case ..<schoolFrom: .preschool
        case ..<adultFrom: .pupil
        default: .universityStudent
        }
    }

    /// The category that age has brought about (年度类别结转); nil while the present one still fits. A pupil of full age
    /// who has not left school stays what the school enrolled him as, until it lets him go.
    public func successor(of category: PersonCategory, born: Day, on day: Day) -> PersonCategory? {
        let byAge = self.category(born: born, on: day)
        let next: PersonCategory? =
            switch category {
            case .newborn, .preschool, .minor, .adult: byAge
            case .pupil: born.age(on: day) >= adultFrom + 2 ? byAge : nil
            case .universityStudent, .elderly: nil
            default: nil
            }
        return next == category ? nil : next
    }
}
