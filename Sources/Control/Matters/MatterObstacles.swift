import Basics
import Storage

extension Matters {
    /// Why the staff of today could not bring such a matter to its end (办件可行性检查); empty when they can.
    ///
    /// Every step must find a person of its own: a post without a holder, or two steps that only one and the same
    /// person could take, is reported before the matter is opened.
    ///
    /// - Parameters:
    ///   - opener: who would open it; nil asks whether anybody could.
    ///   - principal: for whom the opener stands in: neither of the two takes a further step.
    ///   - amount: the matter's amount if it is known; without it every step of the route must find its person.
    ///   - concerns: whom the matter is about: who must keep out of it takes no step.
    public func obstacles(
        _ tx: any Transaction, _ kind: MatterKind, opener: ID<StaffMember>? = nil,
        standingInFor principal: ID<StaffMember>? = nil, amount: Money? = nil,
        about concerns: Set<MatterConcern> = [], at now: Moment
    ) throws -> [Problem] {
        let steps = amount == nil ? kind.steps : kind.steps(for: amount)
        var wanted = steps.map { (name: $0.name, post: $0.post) }
        if opener != nil { wanted.removeFirst() }
        let taken = Set([opener, principal].compactMap { $0 })
        return try obstacles(tx, wanted, without: taken, about: concerns, at: now)
    }

    /// The same for steps, when some people have acted already.
    func obstacles(
        _ tx: any Transaction, _ steps: [(name: String, post: PostCode)], without taken: Set<ID<StaffMember>>,
        about concerns: Set<MatterConcern>, at now: Moment
    ) throws -> [Problem] {
        let unfilled = try unfilled(tx, steps, without: taken, about: concerns, at: now)
        guard !unfilled.isEmpty else { return [] }
        let plan = try Organisation.plan(tx, area: area)
        return unfilled.map { step in
            step.isEmpty
                ? Problem(
                    "matter.obstacle.noHolder", field: step.name,
                    "“\(step.name)”环节的岗位“\(plan.name(of: step.post))”除您之外没有人在岗,办件走不到底;请先安排人员或代班")
                : Problem(
                    "matter.obstacle.samePerson", field: step.name,
                    "“\(step.name)”环节只剩已要办理其他环节的人员可办,同一办件不能由一人办两个环节;请先增加“\(plan.name(of: step.post))”的人员或代班")
        }
    }

    /// Steps for which no person of their own is left, and whether nobody at all holds their post.
    func unfilled(
        _ tx: any Transaction, _ steps: [(name: String, post: PostCode)], without taken: Set<ID<StaffMember>>,
        about concerns: Set<MatterConcern>, at now: Moment
    ) throws -> [(name: String, post: PostCode, isEmpty: Bool)] {
        let candidates = try steps.map { step in
            // A substitute whose principal has acted already may not act either.
            Set(
                try Organisation.holders(tx, area: area, of: step.post, at: now)
                    .filter { !taken.contains($0.staff) && $0.onBehalfOf.map { !taken.contains($0) } ?? true }
                    .filter { try Recusals.binding(tx, area: area, $0.staff, about: concerns) == nil }
                    .map(\.staff.raw))
        }
        return Assignment.unfilled(candidates).map { index in
            (steps[index].name, steps[index].post, candidates[index].isEmpty)
        }
    }
}
