import Basics

/// What a grant of a post is counted by.
public enum PostGrant {}

/// A post in somebody's hands (任职): their own, or another's for whom they stand in (代班).
public struct HeldPost: Hashable, Sendable {
    public let grant: ID<PostGrant>
    public let staff: ID<StaffMember>
    public let post: PostCode
    public let period: Period
    /// Whom the holder stands in for; nil for an own post.
    public let onBehalfOf: ID<StaffMember>?

    public init(
        grant: ID<PostGrant>, staff: ID<StaffMember>, post: PostCode, period: Period,
        onBehalfOf: ID<StaffMember>? = nil
    ) {
        self.grant = grant
        self.staff = staff
        self.post = post
        self.period = period
        self.onBehalfOf = onBehalfOf
    }
}

extension HeldPost {
    /// The most days that fall into any one year (365 days) when a further period joins those before it: days on which
    /// a person stands in for two count once.
    static func daysInYear(_ served: [Period], adding new: Period) -> Int {
        let periods = (served + [new]).sorted { $0.first < $1.first }
        let ends = periods.compactMap(\.last).filter { new.first <= $0 }
        return ends.map { days(of: periods, in: ($0 + -364)...$0) }.max() ?? 0
    }

    /// How many days of a window at least one of the periods holds; they come in the order of their first days.
    private static func days(of periods: [Period], in window: ClosedRange<Day>) -> Int {
        var count = 0
        var next = window.lowerBound
        for period in periods {
            let first = max(period.first, next), last = min(period.last ?? window.upperBound, window.upperBound)
            guard first <= last else { continue }
            count += Int(last - first) + 1
            next = last + 1
        }
        return count
    }
}

/// A permission to hold two incompatible posts for a time (不相容岗位例外).
public struct PostException: Hashable, Sendable {
    public let staff: ID<StaffMember>
    public let one: PostCode
    public let other: PostCode
    public let period: Period
    public let reason: String

    public init(staff: ID<StaffMember>, one: PostCode, other: PostCode, period: Period, reason: String) {
        self.staff = staff
        self.one = one
        self.other = other
        self.period = period
        self.reason = reason
    }

    /// Whether it lets one person hold both posts on every day of `overlap`.
    func covers(_ a: PostCode, _ b: PostCode, _ overlap: Period) -> Bool {
        guard (one == a && other == b) || (one == b && other == a), period.first <= overlap.first else { return false }
        guard let end = period.last else { return true }
        return overlap.last.map { $0 <= end } ?? false
    }
}

/// Two posts that one person holds at the same time although the law keeps them apart (不相容岗位冲突).
public struct PostConflict: Hashable, Sendable {
    public let rule: IncompatiblePosts
    public let one: HeldPost
    public let other: HeldPost
    /// The days of both.
    public let overlap: Period
}

extension OrganisationPlan {
    /// The conflicts that a further post would bring, those left out that an exception covers wholly.
    ///
    /// - Parameter held: what the person holds now or later, own and on behalf of others.
    public func conflicts(
        adding new: HeldPost, to held: [HeldPost], exceptions: [PostException]
    ) -> [PostConflict] {
        held.compactMap { other in
            guard other.grant != new.grant, let rule = clause(against: new.post, and: other.post),
                let overlap = new.period.intersection(other.period)
            else { return nil }
            if exceptions.contains(where: { $0.staff == new.staff && $0.covers(new.post, other.post, overlap) }) {
                return nil
            }
            return PostConflict(rule: rule, one: other, other: new, overlap: overlap)
        }
    }

    /// Every conflict within what one person holds.
    public func conflicts(within held: [HeldPost], exceptions: [PostException]) -> [PostConflict] {
        held.indices.flatMap { index in
            conflicts(adding: held[index], to: Array(held[..<index]), exceptions: exceptions)
        }
    }
}
