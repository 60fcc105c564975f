import Basics

/// What a resident is as a payer (居民缴费类别).
public enum ResidentClass: Int64, Sendable, Hashable, CaseIterable {
    /// 学生儿童
    case student = 1
    /// 成年居民
    case adult = 2
    /// 老年居民
    case elderly = 3

    public var name: String {
        switch self {
        case .student: "学生儿童"
        case .adult: "成年居民"
        case .elderly: "老年居民"
        }
    }

    /// Nil for whoever is not a resident's payer.
    public init?(_ category: PersonCategory) {
        switch category {
        case .newborn, .preschool, .pupil, .universityStudent, .minor: self = .student
        case .adult: self = .adult
        case .elderly: self = .elderly
        default: return nil
        }
    }
}

/// What a year of residents' insurance costs, and who pays which part of it (筹资标准).
public struct ResidentShares: Sendable, Hashable {
    /// 个人缴费
    public var personal: Money
    /// 财政补助
    public var fiscal: Money

    public init(personal: Money, fiscal: Money) {
        self.personal = personal
        self.fiscal = fiscal
    }

    public var total: Money { personal + fiscal }
}

/// Who pays a subsidised person's own share (资助出资方).
public enum AidPayer: Int64, Sendable, Hashable, CaseIterable {
    /// 医疗救助资金
    case medicalAssistance = 1
    /// 财政
    case finance = 2

    public var name: String { self == .medicalAssistance ? "医疗救助资金" : "财政" }
}

/// What a group of people is given toward its own share (资助参保).
public struct GroupSubsidy: Sendable, Hashable {
    public enum Way: Sendable, Hashable {
        /// 按比例; the whole share is 100 %.
        case share(Rate)
        /// 定额
        case amount(Money)
    }
    public var group: AssistanceGroup
    public var way: Way
    public var payer: AidPayer

    public init(_ group: AssistanceGroup, _ way: Way, by payer: AidPayer) {
        self.group = group
        self.way = way
        self.payer = payer
    }

    /// Never more than the share itself.
    func amount(of personal: Money) -> Money {
        switch way {
        case .share(let rate): min(personal, personal * rate)
        case .amount(let amount): min(personal, amount)
        }
    }
}

/// A resident's year (居民年度应缴).
public struct ResidentLevy: Sendable, Hashable {
    /// 个人实缴
    public var personal: Money
    /// 财政补助
    public var fiscal: Money
    /// 资助金额
    public var subsidy: Money
    /// The group whose subsidy counts, and who pays it.
    public var subsidised: GroupSubsidy?

    public var total: Money { personal + fiscal + subsidy }

    /// Of several subsidies the highest counts, not their sum (就高不叠加); of equals the group listed first.
    public init(_ shares: ResidentShares, subsidies: [GroupSubsidy] = []) {
        let best = subsidies.map { (subsidy: $0, amount: $0.amount(of: shares.personal)) }
            .filter { $0.amount > .zero }
            .min { ($1.amount, $0.subsidy.group.rawValue) < ($0.amount, $1.subsidy.group.rawValue) }
        subsidised = best?.subsidy
        subsidy = best?.amount ?? .zero
        personal = shares.personal - subsidy
        fiscal = shares.fiscal
    }

    /// What a resident's bill says; nil for a bill of others.
    init?(of bill: LevyBill) {
        guard bill.insurance == .resident else { return nil }
        personal = bill.payable
        fiscal = bill.fiscal
        subsidy = bill.aid
        subsidised = bill.aidPayer.map { payer in
            // Whoever is subsidised is in a group: the bill was made from it.
            GroupSubsidy(bill.aidGroup ?? .lowIncome, .amount(bill.aid), by: payer)
        }
    }

    /// The same sums in red (红字).
    static prefix func - (levy: ResidentLevy) -> ResidentLevy {
        var red = levy
        red.personal = -levy.personal
        red.fiscal = -levy.fiscal
        red.subsidy = -levy.subsidy
        return red
    }
}

/// The law by which a year of residents' insurance is levied (居民缴费规则).
public struct ResidentTerms: Sendable, Hashable {
    public var mode: CollectionMode
    public var shares: [ResidentClass: ResidentShares]
    /// 资助参保, by group
    public var subsidies: [AssistanceGroup: GroupSubsidy]
    /// 集中征缴期截止: the last day of this month of the year; 0 is December of the year before.
    public var dueMonth: Int

    public init(
        mode: CollectionMode, shares: [ResidentClass: ResidentShares],
        subsidies: [AssistanceGroup: GroupSubsidy] = [:], dueMonth: Int
    ) {
        self.mode = mode
        self.shares = shares
        self.subsidies = subsidies
        self.dueMonth = dueMonth
    }

    public func dueDay(of year: Int) -> Day { (Month(year: year, month: 1) + (dueMonth - 1)).last }
}
