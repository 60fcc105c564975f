import Basics

/// A direction in which a parameter's value differs (维度): by hospital tier, by the year's nth stay, by group of people.
/// In the files a table has one level for each dimension; the names of its rows are the members' Chinese names.
public struct Dimension: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A closed list of Chinese names: 一级、二级、三级.
        case named([String])
        /// 第1次, 第2次, … and 第n次起 for all that follow.
        case ordinal
        /// Codes of a national dictionary, which the files may list freely: a prefix and the number of digits after it.
        case coded(prefix: String, digits: Int)
        /// Names that the area itself gives in another parameter, a list of records: the groups of people that its
        /// tables distinguish.
        case listed(key: String, field: String)
    }

    public let name: String
    public let title: String
    public let kind: Kind
    /// Members may be left out: what the files do not list has no such benefit.
    public var isPartial = false

    public init(_ name: String, title: String, _ kind: Kind) {
        self.name = name
        self.title = title
        self.kind = kind
    }

    /// The same dimension where a table need not list every member.
    public var partial: Dimension {
        var copy = self
        copy.isPartial = true
        return copy
    }

    /// The row that stands for every member not listed.
    public static let others = "其余"

    // The dimensions that more than one desk speaks. A desk may declare its own.

    /// 医疗机构级别
    public static let tier = Dimension("tier", title: "医疗机构级别", .named(Tier.allCases.map(\.name)))
    /// 年度内第几次住院
    public static let stay = Dimension("stay", title: "住院次数", .ordinal)
    /// 在职、退休
    public static let employment = Dimension("employment", title: "在职退休", .named(["在职", "退休"]))
    /// 救助对象
    public static let assistanceGroup = Dimension(
        "assistanceGroup", title: "救助对象", .named(AssistanceGroup.allCases.map(\.name)))
    /// 人员类别
    public static let category = Dimension(
        "category", title: "人员类别", .named(PersonCategory.allCases.map(\.name)))
    /// 医疗类别
    public static let care = Dimension("care", title: "医疗类别", .named(CareType.allCases.map(\.name)))
    /// 门诊慢特病病种
    public static let chronicDisease = Dimension(
        "chronicDisease", title: "慢特病病种", .coded(prefix: "M", digits: 5))
}

/// A place on a dimension, as a look-up names it: third tier, second stay, group of the destitute.
public struct Coordinate: Hashable, Sendable {
    enum Position: Hashable, Sendable {
        case member(String)
        case ordinal(Int)
    }

    let dimension: String
    let position: Position

    public init(_ dimension: Dimension, _ member: String) {
        self.dimension = dimension.name
        position = .member(member)
    }

    public init(_ dimension: Dimension, ordinal: Int) {
        self.dimension = dimension.name
        position = .ordinal(ordinal)
    }

    public static func tier(_ tier: Tier) -> Coordinate { .init(.tier, tier.name) }
    public static func stay(_ nth: Int) -> Coordinate { .init(.stay, ordinal: nth) }
    public static func employment(retired: Bool) -> Coordinate {
        .init(.employment, retired ? "退休" : "在职")
    }
    public static func group(_ group: AssistanceGroup) -> Coordinate {
        .init(.assistanceGroup, group.name)
    }
    public static func category(_ category: PersonCategory) -> Coordinate {
        .init(.category, category.name)
    }
    public static func care(_ care: CareType) -> Coordinate { .init(.care, care.name) }
    public static func chronicDisease(_ code: String) -> Coordinate { .init(.chronicDisease, code) }

    var title: String {
        switch position {
        case .member(let member): member
        case .ordinal(let nth): "第\(nth)次"
        }
    }

    /// The row of a table that this coordinate falls on: its own, the last ordinal it has reached, or 其余.
    func row(of table: [PolicyTree.Entry]) -> PolicyTree.Entry? {
        switch position {
        case .member(let member):
            return table.first { $0.name == member } ?? table.first { $0.name == Dimension.others }
        case .ordinal(let nth):
            return table.last { Ordinal($0.name).map { $0.nth <= nth } ?? false }
        }
    }
}

/// `第3次` or `第3次起`.
struct Ordinal {
    var nth: Int
    var isOpen: Bool

    init?(_ name: String) {
        guard name.hasPrefix("第") else { return nil }
        isOpen = name.hasSuffix("次起")
        guard isOpen || name.hasSuffix("次"), let nth = Int(name.dropFirst().dropLast(isOpen ? 2 : 1)),
            nth >= 1
        else {
            return nil
        }
        self.nth = nth
    }
}
