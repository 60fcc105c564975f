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
        var wanted = steps.map(WantedStep.init)
        if opener != nil { wanted.removeFirst() }
        let taken = Set([opener, principal].compactMap { $0 })
        return try obstacles(tx, wanted, without: taken, about: concerns, at: now)
    }

    /// Why nobody could bring such a matter to its end today, at whatever amount (人员配置检查); empty when somebody could.
    public static func obstacles(
        _ tx: any Transaction, area: AreaCode, _ kind: MatterKind, at now: Moment
    ) throws -> [Problem] {
        try obstacles(tx, area: area, kind.steps.map(WantedStep.init), without: [], about: [], at: now)
    }

    /// The same for steps, when some people have acted already.
    func obstacles(
        _ tx: any Transaction, _ steps: [WantedStep], without taken: Set<ID<StaffMember>>,
        about concerns: Set<MatterConcern>, at now: Moment
    ) throws -> [Problem] {
        try Matters.obstacles(tx, area: area, steps, without: taken, about: concerns, at: now)
    }

    private static func obstacles(
        _ tx: any Transaction, area: AreaCode, _ steps: [WantedStep],
        without taken: Set<ID<StaffMember>>, about concerns: Set<MatterConcern>, at now: Moment
    ) throws -> [Problem] {
        let unfilled = try unfilled(tx, area: area, steps, without: taken, about: concerns, at: now)
        guard !unfilled.isEmpty else { return [] }
        let others = taken.isEmpty ? "现在" : "除您之外"
        let plan = try Organisation.plan(tx, area: area)
        return unfilled.map { step, holders in
            let post = plan.name(of: step.post)
            if holders == 0 {
                return Problem(
                    "matter.obstacle.noHolder", field: step.name,
                    "“\(step.name)”环节的岗位“\(post)”\(others)没有人在岗,办件走不到底;请先安排人员或代班")
            }
            if step.people > 1 {
                return Problem(
                    "matter.obstacle.quorum", field: step.name,
                    "“\(step.name)”环节至少要 \(step.people) 人会签,其他环节的人员除外,“\(post)”现在不够;请先增加人员")
            }
            return Problem(
                "matter.obstacle.samePerson", field: step.name,
                "“\(step.name)”环节只剩已要办理其他环节的人员可办,同一办件不能由一人办两个环节;请先增加“\(post)”的人员或代班")
        }
    }

    /// Steps for which not enough people of their own are left, with how many hold their post and may act.
    static func unfilled(
        _ tx: any Transaction, area: AreaCode, _ steps: [WantedStep], without taken: Set<ID<StaffMember>>,
        about concerns: Set<MatterConcern>, at now: Moment
    ) throws -> [(step: WantedStep, holders: Int)] {
        let candidates = try steps.map { step in
            // A substitute whose principal has acted already may not act either.
            Set(
                try Organisation.holders(tx, area: area, of: step.post, at: now)
                    .filter { !taken.contains($0.staff) && $0.onBehalfOf.map { !taken.contains($0) } ?? true }
                    .filter { try Recusals.binding(tx, area: area, $0.staff, about: concerns) == nil }
                    .map(\.staff.raw))
        }
        // A step of several people is wanted several times.
        let places = steps.indices.flatMap { Array(repeating: $0, count: steps[$0].people) }
        let missing = Set(Assignment.unfilled(places.map { candidates[$0] }).map { places[$0] })
        return missing.sorted().map { (steps[$0], candidates[$0].count) }
    }
}

/// A step that has to find its people (待配人员的环节).
struct WantedStep: Sendable, Hashable {
    let name: String
    let post: PostCode
    /// How many different people it takes at least.
    let people: Int

    init(_ step: RouteStep) {
        (name, post, people) = (step.name, step.post, step.signing.quorum)
    }

    init(_ stage: MatterStage) {
        (name, post, people) = (stage.name, stage.post, stage.signing.quorum)
    }
}
