import Basics

/// The codes of the problems that a piece of work is refused with; empty when it is not refused.
public func refusals(_ work: () async throws -> Void) async throws -> [String] {
    do {
        try await work()
        return []
    } catch let problems as Problems {
        return problems.all.map(\.code)
    } catch let problem as Problem {
        return [problem.code]
    }
}
