import Basics
import Storage

/// What became of one matter of a batch (批量办理的一件).
public struct BatchAnswer: Sendable, Hashable {
    public let matter: ID<Matter>
    /// Nil when it was refused.
    public let outcome: MatterOutcome?
    /// Why it was refused, or why its effect failed.
    public let problems: [Problem]
}

extension Matters {
    /// How many matters one act may be done in at once.
    public static let batchMax = 200

    /// Does the same thing in many matters: each in its own transaction and on record, so that one that is refused
    /// holds up none of the others.
    ///
    /// - Parameter chosen: the matters with the versions that were before the person's eyes.
    public func batch(
        _ store: any Store, _ chosen: [(matter: ID<Matter>, seen: Int64)], _ verb: MatterVerb,
        by staff: ID<StaffMember>, at now: Moment
    ) async throws -> [BatchAnswer] {
        guard chosen.count <= Matters.batchMax else {
            throw Problem("matter.batch.large", "一次最多办理 \(Matters.batchMax) 件,请分批选择")
        }
        var answers: [BatchAnswer] = []
        for (matter, seen) in chosen {
            do {
                let outcome = try await store.write { tx in
                    try act(tx, matter, verb, seen: seen, by: staff, at: now)
                }
                answers.append(BatchAnswer(matter: matter, outcome: outcome, problems: outcome.problems))
            } catch let problem as Problem {
                answers.append(BatchAnswer(matter: matter, outcome: nil, problems: [problem]))
            } catch let problems as Problems {
                answers.append(BatchAnswer(matter: matter, outcome: nil, problems: problems.all))
            }
        }
        return answers
    }
}
