import Basics
import Contributions

extension County {
    /// Somebody of the county, with what happens to his insurance in its two years.
    public struct Resident: Sendable {
        /// Place in the county's own list, from 1; the demonstration's stable name of a person.
        public let number: Int
        public let nationalID: String
        public let name: String
        public let sex: Sex
        public let birth: Day
        public let household: Int
        /// Index into `towns`
        public let town: Int
        /// 人员类别 when the insurance began
        public let category: PersonCategory
        /// Index into `employers`, for those whom an employer enrolled.
        public let employer: Int?
        /// First day of insurance.
        public let enrolled: Day
        public let turn: Turn?
        public let departure: Departure?
        public let assistance: Assistance?
        public let hasEnterpriseSupplement: Bool
        public let openingBalance: Money
        /// 门诊慢特病
        public let conditions: [Condition]
    }

    /// What changes somebody's insurance, from a day on (参保变动).
    public enum Turn: Sendable, Hashable {
        /// 就业: a resident takes work with an employer
        case hired(Day, by: Int)
        /// 换单位
        case moved(Day, to: Int)
        /// 退休
        case retired(Day)
        /// 入学: a school enrols the child
        case schooled(Day, at: Int)

        public var day: Day {
            switch self {
            case .hired(let day, _), .moved(let day, _), .retired(let day), .schooled(let day, _): day
            }
        }
    }

    /// How somebody's insurance ends (终止参保).
    public struct Departure: Sendable, Hashable {
        public enum Cause: Sendable {
            case death
            /// 解除劳动关系, or 转出外地 for those without an employer
            case leaving
        }
        /// The first day without insurance; of a death its day.
        public let day: Day
        public let cause: Cause
    }

    /// 救助对象身份
    public struct Assistance: Sendable, Hashable {
        public let group: AssistanceGroup
        public let from: Day
        /// The last day, for those who are no longer poor (退出).
        public let until: Day?
    }

    /// A long-term condition, by its code, from the day of its registration on.
    public struct Condition: Sendable, Hashable {
        public let code: String
        public let since: Day
    }
}

extension County.Resident {
    /// The first day without insurance.
    public var left: Day? { departure?.day }

    /// 人员类别 on a day
    public func category(on day: Day) -> PersonCategory {
        guard let turn, turn.day <= day else { return category }
        switch turn {
        case .hired: return .employed
        case .moved: return category
        case .schooled: return .pupil
        case .retired:
            switch category {
            case .civilServant: return .retiredCivilServant
            case .flexible: return .retiredFlexible
            default: return .retired
            }
        }
    }

    /// Who enrols the person on a day: an employer or a school.
    public func employer(on day: Day) -> Int? {
        guard let turn, turn.day <= day else { return employer }
        switch turn {
        case .hired(_, let place), .moved(_, let place), .schooled(_, let place): return place
        case .retired: return employer
        }
    }

    public func insurance(on day: Day) -> Insurance { category(on: day).insurance }

    public func isInsured(on day: Day) -> Bool { enrolled <= day && left.map { day < $0 } ?? true }

    /// Whether the employer owes contributions for the person on a day.
    func isWorking(on day: Day) -> Bool {
        isInsured(on: day) && [.employed, .civilServant].contains(category(on: day))
    }

    /// What this member of a household is to another, by their ages (家庭关系).
    func relation(to owner: County.Resident) -> FamilyRelation {
        let years = (birth - owner.birth) / 365
        if years >= 16 { return .child }
        if years <= -16 { return .parent }
        return sex != owner.sex ? .spouse : .otherRelative
    }

    func has(_ condition: String, on day: Day) -> Bool {
        conditions.contains { $0.code == condition && $0.since <= day }
    }
}
