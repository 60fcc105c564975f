/// Whether different people can be found for all steps of a route (人员配置): a matching of steps to people.
public enum Assignment {
    /// The steps that stay without a person of their own when every step must have a different one; empty when the
    /// people suffice. Which people are chosen does not matter, only whether a choice exists.
    ///
    /// - Parameter candidates: for each step the people who could take it.
    public static func unfilled(_ candidates: [Set<Int64>]) -> [Int] {
        var stepOf: [Int64: Int] = [:]
        return candidates.indices.filter { step in
            var tried: Set<Int64> = []
            return !fill(step, candidates, &stepOf, &tried)
        }
    }

    /// Finds somebody for a step, moving others to other steps where that makes room.
    private static func fill(
        _ step: Int, _ candidates: [Set<Int64>], _ stepOf: inout [Int64: Int], _ tried: inout Set<Int64>
    ) -> Bool {
        for person in candidates[step].sorted() where tried.insert(person).inserted {
            let other = stepOf[person]
            if other == nil || fill(other!, candidates, &stepOf, &tried) {
                stepOf[person] = step
                return true
            }
        }
        return false
    }
}
