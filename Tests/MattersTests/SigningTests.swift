import Control
import Testing

/// The arithmetic of co-signing.
@Suite("Co-signing counts its voices correctly")
struct SigningTests {
    struct Count: Sendable, CustomTestStringConvertible {
        let signing: Signing
        let votes: Votes
        let outcome: Signing.Outcome

        init(
            _ signing: Signing, agreed: Int = 0, rejected: Int = 0, abstained: Int = 0, pending: Int = 0,
            _ outcome: Signing.Outcome
        ) {
            self.signing = signing
            votes = Votes(agreed: agreed, rejected: rejected, abstained: abstained, pending: pending)
            self.outcome = outcome
        }

        var testDescription: String { "\(signing.name) \(votes) → \(outcome)" }
    }

    static let counts = [
        // 67 % of five needs four.
        Count(.percent(67), agreed: 3, pending: 2, .open),
        Count(.percent(67), agreed: 4, pending: 1, .agreed),
        Count(.percent(67), agreed: 3, rejected: 1, pending: 1, .open),
        Count(.percent(67), agreed: 3, rejected: 2, .rejected),
        // Two against are enough, although three have not spoken: four of five can no longer agree.
        Count(.percent(67), rejected: 2, pending: 3, .rejected),
        Count(.percent(67), rejected: 1, pending: 4, .open),
        Count(.percent(67), abstained: 2, pending: 3, .rejected),
        // A third of three is one, 34 % of three is two.
        Count(.percent(33), agreed: 1, pending: 2, .agreed),
        Count(.percent(34), agreed: 1, pending: 2, .open),
        Count(.percent(50), agreed: 2, rejected: 2, .agreed),
        Count(.percent(51), agreed: 2, rejected: 2, .rejected),
        Count(.percent(100), agreed: 4, rejected: 1, .rejected),
        Count(.percent(1), agreed: 0, rejected: 4, pending: 1, .open),
        // After one of five left unheard, 67 % of four is three.
        Count(.percent(67), agreed: 3, pending: 1, .agreed),
        Count(.all, agreed: 2, pending: 1, .open),
        Count(.all, agreed: 2, rejected: 1, .rejected),
        Count(.all, agreed: 2, abstained: 1, .rejected),
        Count(.all, agreed: 3, .agreed),
        Count(.any, rejected: 2, pending: 1, .open),
        Count(.any, agreed: 1, rejected: 2, pending: 1, .agreed),
        Count(.any, rejected: 3, .rejected),
        Count(.one, pending: 1, .open),
        Count(.one, rejected: 1, .rejected),
        Count(.all, .deserted), Count(.any, .deserted), Count(.percent(67), .deserted),
    ]

    @Test("A step is decided as soon as the voices still out cannot change it", arguments: counts)
    func outcome(_ count: Count) {
        #expect(count.signing.outcome(count.votes) == count.outcome)
    }

    @Test("The share needed is the smallest number of voices that reaches it", arguments: 1...20)
    func shares(signers: Int) {
        for share in 1...100 {
            let needed = Signing.percent(share).needed(of: signers)
            #expect(needed * 100 >= signers * share && (needed - 1) * 100 < signers * share)
        }
    }
}
