import Basics

/// What an account is credited with for a month (月划入). 国办发〔2021〕14号 第二条: an employee's own contribution in
/// full; a retired person a fixed amount from the pool.
public struct AccountCreditTerms: Hashable, Sendable {
    /// Share of the base that goes into an employee's account (在职职工划入比例).
    public var employed: Rate
    /// A retired person's amount a month (退休人员定额).
    public var retired: Money

    public init(employed: Rate, retired: Money) {
        self.employed = employed
        self.retired = retired
    }

    /// Who is credited, and from what.
    public enum Holder: Hashable, Sendable {
        case employed(base: Money)
        case retired
        /// 单建统筹, pays for the pool alone
        case poolOnly
    }

    public func amount(for holder: Holder) -> Money {
        switch holder {
        case .employed(let base): base * employed
        case .retired: retired
        case .poolOnly: .zero
        }
    }
}
