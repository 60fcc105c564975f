/// How many of several signers must agree (会签方式).
public enum Signing: Hashable, Sendable {
    /// One holder of the post acts for all of them.
    case one
    /// Everybody (全部同意).
    case all
    /// Whoever agrees first (任一同意).
    case any
    /// At least so many percent of the signers, 1 to 100 (按比例同意).
    case percent(Int)

    /// Several people are asked.
    public var isJoint: Bool { self != .one }

    /// At least two thirds (三分之二): of one to forty-nine signers, 66 % rounded up are two thirds rounded up.
    public static let twoThirds = Signing.percent(66)

    /// How few people a post's step may be decided by: what several are to sign is not one person's to decide.
    public var quorum: Int { isJoint ? 2 : 1 }

    public var name: String {
        switch self {
        case .one: "一人办理"
        case .all: "全部同意"
        case .any: "任一同意"
        case .percent(let share): "\(share)% 同意"
        }
    }

    /// How many of these signers must agree: a share is rounded up, since 67 % of five is reached by four (80 %) and
    /// missed by three (60 %).
    public func needed(of signers: Int) -> Int {
        switch self {
        case .one, .any: min(1, signers)
        case .all: signers
        case .percent(let share): signers == 0 ? 0 : max(1, (signers * share + 99) / 100)
        }
    }

    /// Where the votes stand. A step is rejected as soon as the voices still out cannot bring it through, not only
    /// when the last one has spoken; an abstention is a voice that does not agree.
    public func outcome(_ votes: Votes) -> Outcome {
        guard votes.signers > 0 else { return .deserted }
        let needed = needed(of: votes.signers)
        if votes.agreed >= needed { return .agreed }
        if votes.agreed + votes.pending < needed { return .rejected }
        return .open
    }

    public enum Outcome: Hashable, Sendable {
        case open
        case agreed
        case rejected
        /// Every signer has left without a voice: others must be named.
        case deserted
    }
}

/// The voices in a step (表决情况). Signers who left before they spoke are no longer counted; those who spoke are.
public struct Votes: Hashable, Sendable {
    public var agreed: Int
    public var rejected: Int
    public var abstained: Int
    public var pending: Int

    public init(agreed: Int = 0, rejected: Int = 0, abstained: Int = 0, pending: Int = 0) {
        self.agreed = agreed
        self.rejected = rejected
        self.abstained = abstained
        self.pending = pending
    }

    public var signers: Int { agreed + rejected + abstained + pending }
}
