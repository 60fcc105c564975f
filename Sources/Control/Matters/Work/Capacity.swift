import Basics
import Storage

/// Under which post somebody acts, and for whom (办理身份).
struct Capacity: Hashable, Sendable {
    let post: PostCode
    /// Whom a substitute or a delegate acts for.
    let behalf: ID<StaffMember>?
}

extension MatterWork {
    /// The work of this kind that the signed-in person may do now, and in which capacity; refused in words otherwise.
    func mine(_ purpose: MatterTask.Purpose) throws -> (task: MatterTask, capacity: Capacity) {
        let open = file.openTasks.filter { $0.purpose == purpose }
        guard let staff, !open.isEmpty else {
            throw Problem("matter.state", "办件现在是“\(file.status.state.name)”,没有可以办理的环节;请刷新页面查看进展")
        }
        if purpose == .act, hasVoice(staff) {
            throw Problem("matter.vote.twice", field: "staff", "您在这一环节已经表态,一人只计一票;请等其他会签人办理")
        }
        func rank(_ task: MatterTask) -> Int { task.assignee == staff ? 0 : task.assignee == nil ? 1 : 2 }
        var refusal: Problem?
        for task in open.sorted(by: { (rank($0), $0.id) < (rank($1), $1.id) }) {
            do { return (task, try capacity(of: staff, for: task)) } catch let problem as Problem {
                refusal = refusal ?? problem
            }
        }
        throw refusal ?? Matters.unknown(id)
    }

    /// Whether a person has spoken in the co-signed step in which the matter stands.
    func hasVoice(_ staff: ID<StaffMember>) -> Bool {
        stage.signing.isJoint && file.present.contains { $0.status == .done && $0.closedBy == staff }
    }

    /// The capacity in which a person may do a piece of work at this moment. The posts are asked anew at every act:
    /// a post that was taken away a minute ago gives no right any more.
    func capacity(of person: ID<StaffMember>, for task: MatterTask) throws -> Capacity {
        try refuseSecondStep(of: person, at: task.position)
        let held = try Organisation.posts(tx, area: area, of: person, at: at)
        let capacity = try claim(person, task, held)
        if let behalf = capacity.behalf { try refuseSecondStep(of: behalf, at: task.position) }
        try refuseIncompatible(person, acting: capacity.post)
        try refuseConcerned(person)
        // Whoever keeps out of a matter sends nobody into it either.
        if let principal = task.principal { try refuseConcerned(principal) }
        return capacity
    }

    private func claim(_ person: ID<StaffMember>, _ task: MatterTask, _ held: [HeldPost]) throws -> Capacity {
        if task.post.text.isEmpty { return try signerClaim(person, task, held) }
        if let principal = task.principal { return try delegateClaim(person, task, held, principal) }
        let atPost = held.filter { $0.post == task.post }
        if let assignee = task.assignee, assignee != person {
            if atPost.contains(where: { $0.onBehalfOf == assignee }) {
                return Capacity(post: task.post, behalf: assignee)
            }
            guard try !isHolder(assignee, task.post) || isConcerned(assignee) else {
                throw Problem("matter.act.notYours", field: "staff", "这一环节由\(try name(assignee))办理,不在您的待办中")
            }
        }
        // Who stands in for two people acts for the one who has no part in the matter yet.
        let free = atPost.first { held in
            held.onBehalfOf.map { file.otherStep(of: $0, than: task.position) == nil } ?? true
        }
        guard let best = atPost.first(where: { $0.onBehalfOf == nil }) ?? free ?? atPost.first else {
            throw Problem(
                "matter.act.notHolder", field: "staff",
                "这一环节要由“\(try name(task.post))”办理,您现在不在这个岗位;如需代班,请先办理岗位手续")
        }
        return Capacity(post: best.post, behalf: best.onBehalfOf)
    }

    /// A signer who was named in person signs in person.
    private func signerClaim(_ person: ID<StaffMember>, _ task: MatterTask, _ held: [HeldPost]) throws -> Capacity {
        guard task.assignee == person else {
            throw Problem("matter.act.notYours", field: "staff", "这一环节请了指定的人员会签,不在您的待办中")
        }
        guard let own = held.first(where: { $0.onBehalfOf == nil }) ?? held.first else {
            throw Problem("matter.act.notHolder", field: "staff", "您现在没有任何岗位,不能会签")
        }
        return Capacity(post: own.post, behalf: own.onBehalfOf)
    }

    /// A delegate acts for somebody who must still hold the post.
    private func delegateClaim(
        _ person: ID<StaffMember>, _ task: MatterTask, _ held: [HeldPost], _ principal: ID<StaffMember>
    ) throws -> Capacity {
        guard task.assignee == person else {
            let advice = try mayRecall(person, task) ? ";要自己办理,请先“收回委托”" : ""
            throw Problem(
                "matter.act.notYours", field: "staff",
                "这一环节已委托给\(try name(task.assignee))办理,不在您的待办中\(advice)")
        }
        guard !held.isEmpty else {
            throw Problem("matter.act.notHolder", field: "staff", "您现在没有任何岗位,不能办理")
        }
        try refuseUnfit(person, for: task.post)
        guard try isHolder(principal, task.post) else {
            throw Problem(
                "matter.act.delegationEnded", field: "staff",
                "委托人\(try name(principal))已不在“\(try name(task.post))”,委托随之失效;请由该岗位的人员办理")
        }
        return Capacity(post: task.post, behalf: principal)
    }

    // MARK: The same person twice

    /// Nobody acts in two different steps of one matter, neither in person nor through somebody who acts for them.
    func refuseSecondStep(of person: ID<StaffMember>, at position: Int64) throws {
        guard let other = file.otherStep(of: person, than: position) else { return }
        throw Problem(
            "matter.act.twoSteps", field: "staff",
            "\(try name(person))已在“\(other.name)”环节办理过这件办件,同一办件的不同环节不能由同一人办理;请交给其他人员")
    }

    /// Whoever acted under a post may not act here under another that the law keeps apart from it.
    private func refuseIncompatible(_ person: ID<StaffMember>, acting post: PostCode) throws {
        let earlier = Set(file.actors.filter { $0.staff == person && $0.post != post }.map(\.post))
        guard !earlier.isEmpty else { return }
        let plan = try Organisation.plan(tx, area: area)
        for other in earlier.sorted() {
            guard let rule = plan.clause(inOneMatter: post, and: other) else { continue }
            throw Problem(
                "matter.act.incompatible", field: "staff",
                "您已以“\(plan.name(of: other))”办理过这件办件,不能再以“\(plan.name(of: post))”办理(\(rule.basis))")
        }
    }

    // MARK: Those whom the matter is about

    /// Whom and what the matter is about, as its form stands.
    func concerns() throws -> Set<MatterConcern> { try kind.concerns(tx, area: area, file.form) }

    func isConcerned(_ person: ID<StaffMember>) throws -> Bool {
        try Recusals.binding(tx, area: area, person, about: concerns()) != nil
    }

    /// Nobody acts in a matter about themselves, or about whom they have a recusal entered for, be it in one line of a
    /// list (回避).
    func refuseConcerned(_ person: ID<StaffMember>) throws {
        let binding = try Recusals.binding(tx, area: area, person, about: concerns())
        guard let (concern, relation) = try binding ?? matters.listed(tx, kind, file.form, keepingOut: person) else {
            return
        }
        throw Matters.recused(try name(person), concern, relation)
    }

    // MARK: Posts and names

    func isHolder(_ person: ID<StaffMember>, _ post: PostCode) throws -> Bool {
        try Organisation.posts(tx, area: area, of: person, at: at).contains { $0.post == post }
    }

    /// Whoever a task waits for is still there to do it.
    func isThere(_ task: MatterTask) throws -> Bool {
        guard let assignee = task.assignee else { return true }
        if try isConcerned(assignee) { return false }
        if let principal = task.principal, try isConcerned(principal) { return false }
        let held = try Organisation.posts(tx, area: area, of: assignee, at: at)
        if task.post.text.isEmpty { return !held.isEmpty }
        if let principal = task.principal { return try !held.isEmpty && isHolder(principal, task.post) }
        return held.contains { $0.post == task.post }
    }

    func name(_ person: ID<StaffMember>?) throws -> String {
        guard let person else { return "他人" }
        return try Staff.find(tx, area: area, staff: person)?.displayName ?? "经办人员 \(person)"
    }

    func name(_ post: PostCode) throws -> String { try Organisation.plan(tx, area: area).name(of: post) }
}

extension Matters {
    static func recused(
        _ name: String, _ concern: MatterConcern, _ relation: Recusal.Relation
    ) -> Problem {
        Problem(
            "matter.act.recused", field: "staff",
            "\(name)与本件所涉的\(concern.kind.name)(编号 \(concern.number))为“\(relation.name)”,应当回避(\(Recusal.basis));请由其他人员办理"
        )
    }
}
