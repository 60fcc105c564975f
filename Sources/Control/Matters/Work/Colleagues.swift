import Basics
import Storage

extension MatterWork {
    /// The longest chain of delegations: whoever acts in the end is still known to whoever answers for it.
    static let delegationsMax = 3
    static let signersMax = 20

    // MARK: Handing over

    /// Gives the work to another holder of the post (转办).
    func handOver(to colleague: ID<StaffMember>, _ text: String) throws {
        try expect(.draft, .underWay, .supplying, toDo: "转办")
        var (task, capacity) = try mine(file.status.state == .supplying ? .supply : .act)
        let reason = try reasoned(text, "转办的理由")
        try refuseNamedSigner(task)
        try expectOther(colleague)
        guard try isHolder(colleague, task.post) else {
            throw Problem(
                "matter.handOver.notHolder", field: "to",
                "\(try name(colleague))不在“\(try name(task.post))”,不能转办;请选择同岗位的人员")
        }
        try refuseSecondStep(of: colleague, at: task.position)
        try refuseSigning(colleague)
        task.assignee = colleague
        task.principal = nil
        // Everything that would speak against the colleague's own act speaks against giving them the work.
        _ = try self.capacity(of: colleague, for: task)
        try record(.handedOver, reason, task: task, as: capacity, target: colleague.raw)
        try change(task)
    }

    /// Has somebody act on one's behalf in this step of this matter (委托). The delegate need not hold the post, but the
    /// permissions that go with it, and no post that the law keeps apart from it; and the one who delegates must hold
    /// it until the delegate has acted. All of it is asked again when the delegate acts.
    func delegate(to colleague: ID<StaffMember>, _ text: String) throws {
        try expect(.underWay, toDo: "委托")
        var (task, capacity) = try mine(.act)
        let reason = try reasoned(text, "委托的理由")
        try refuseNamedSigner(task)
        try expectOther(colleague)
        try refuseChain(to: colleague, task)
        try refuseSecondStep(of: colleague, at: task.position)
        try refuseSigning(colleague)
        task.principal = task.principal ?? staff
        task.assignee = colleague
        _ = try self.capacity(of: colleague, for: task)
        try record(.delegated, reason, task: task, as: capacity, target: colleague.raw)
        try change(task)
    }

    private func refuseNamedSigner(_ task: MatterTask) throws {
        guard task.post.text.isEmpty else { return }
        throw Problem("matter.signer.inPerson", field: "to", "会签是请您本人签署意见,不能转办或委托;请表示同意、不同意或弃权")
    }

    private func expectOther(_ colleague: ID<StaffMember>) throws {
        guard colleague != staff else {
            throw Problem("matter.colleague.self", field: "to", "不能交给自己,请选择其他人员")
        }
    }

    /// In a co-signed step everybody has one voice.
    private func refuseSigning(_ colleague: ID<StaffMember>) throws {
        guard file.present.contains(where: { $0.assignee == colleague || $0.closedBy == colleague }) else { return }
        throw Problem("matter.colleague.signs", field: "to", "\(try name(colleague))已是这一环节的办理人,一人只计一票,请选择其他人员")
    }

    /// A delegation may go on from hand to hand, but not in a circle and not for ever.
    private func refuseChain(to colleague: ID<StaffMember>, _ task: MatterTask) throws {
        let chain = delegations(of: task)
        if chain.contains(where: { $0.staff == colleague }) {
            throw Problem("matter.delegate.circle", field: "to", "\(try name(colleague))已把这件办件委托出来,不能再委托回去;请选择其他人员")
        }
        guard chain.count < MatterWork.delegationsMax else {
            throw Problem(
                "matter.delegate.chain", field: "to", "这件办件已经转委托 \(chain.count) 次,不能再委托;请自己办理,或请委托人收回")
        }
    }

    /// The delegations that stand, from the holder of the post to whoever is to act now.
    private func delegations(of task: MatterTask) -> [MatterAct] {
        file.acts.filter { $0.task == task.id }.reduce(into: []) { chain, act in
            switch act.kind {
            case .delegated: chain.append(act)
            // Whoever took it back stands where they stood before they gave it away; a substitute, at the beginning.
            case .recalled: chain.removeSubrange((chain.firstIndex { $0.staff == act.staff } ?? 0)...)
            case .handedOver, .released: chain = []
            default: break
            }
        }
    }

    /// Takes delegated work back (收回委托), from whatever hand it has come to: whoever gave it away, or who stands in
    /// for the holder of the post, without asking those who have it. The act itself follows in the ordinary way.
    func recall(_ text: String) throws {
        try expect(.underWay, toDo: "收回委托")
        guard let staff, var task = try delegated(by: staff) else {
            throw Problem("matter.recall.notYours", field: "staff", "这一环节没有您委托出去的事,不用收回;只有委托人或其代班人可以收回委托")
        }
        let reason = try reasoned(text, "收回委托的理由")
        let former = task.assignee
        let chain = delegations(of: task)
        if chain.dropFirst().contains(where: { $0.staff == staff }) {
            // Passed on to and on by them: theirs again, still on behalf of the principal.
            task.assignee = staff
        } else {
            task.assignee = task.principal
            task.principal = nil
        }
        let capacity = try capacity(of: staff, for: task)
        try record(.recalled, reason, task: task, as: capacity, target: former?.raw)
        try change(task)
    }

    /// The open work of this step that a person has given away and may take back; nil when there is none.
    func delegated(by person: ID<StaffMember>) throws -> MatterTask? {
        try file.openTasks.first { try $0.purpose == .act && mayRecall(person, $0) }
    }

    func mayRecall(_ person: ID<StaffMember>, _ task: MatterTask) throws -> Bool {
        guard let principal = task.principal, task.assignee != person else { return false }
        if delegations(of: task).contains(where: { $0.staff == person }) { return true }
        return try Organisation.posts(tx, area: area, of: person, at: at)
            .contains { $0.post == task.post && $0.onBehalfOf == principal }
    }

    /// A delegate could hold the post as far as the law is concerned, and may look at what it looks at. A delegation
    /// stays within the section (科室): who answers for the work there knows it, and its chief sees who does it. To
    /// another section a post goes only by a substitution, which is approved (安排代班).
    func refuseUnfit(_ colleague: ID<StaffMember>, for post: PostCode) throws {
        let held = try Organisation.posts(tx, area: area, of: colleague, at: at)
        guard !held.isEmpty else {
            throw Problem("matter.delegate.noPost", field: "to", "\(try name(colleague))现在没有任何岗位,不能受委托;请选择在岗人员")
        }
        let plan = try Organisation.plan(tx, area: area)
        try refuseIncompatible(colleague, holding: held, for: post, plan)
        let section = plan.post(post)?.section
        guard held.contains(where: { plan.post($0.post)?.section == section }) else {
            throw Problem(
                "matter.delegate.section", field: "to",
                "\(try name(colleague))不在“\(section.flatMap(plan.section)?.name ?? plan.name(of: post))”,委托只限本科室;请选择本科室的人员,跨科室请办理“安排代班”"
            )
        }
        let lacking = plan.permissions(of: [post]).subtracting(plan.permissions(of: held.map(\.post))).sorted()
        guard lacking.isEmpty else {
            throw Problem(
                "matter.delegate.permission", field: "to",
                "\(try name(colleague))没有“\(plan.name(of: post))”的权限(\(lacking.map(\.name).joined(separator: "、")));请委托有这些权限的人员,或办理代班"
            )
        }
    }

    private func refuseIncompatible(
        _ colleague: ID<StaffMember>, holding held: [HeldPost], for post: PostCode, _ plan: OrganisationPlan
    ) throws {
        for other in held {
            guard let rule = plan.clause(inOneMatter: post, and: other.post) else { continue }
            throw Problem(
                "matter.delegate.incompatible", field: "to",
                "\(try name(colleague))在“\(plan.name(of: other.post))”,与“\(plan.name(of: post))”不相容(\(rule.basis)),不能受委托"
            )
        }
    }

    // MARK: Added signers

    /// Asks further people to sign, before the step goes on or after it (加签).
    func add(_ signers: AddedSigners) throws {
        try expect(.underWay, toDo: "加签")
        let (task, capacity) = try mine(.act)
        try refuseJoint("加签")
        let reason = try reasoned(signers.reason, "加签的理由")
        let people = try checked(signers)
        let stage = MatterStage(
            position: try position(signers.place), code: "signers\(file.stages.count(where: \.isAdded) + 1)",
            name: "会签", post: "", signing: signers.signing, limit: signers.limit, from: nil,
            addedFor: file.status.position)
        try refuseStranding(people)
        try record(.signersAdded, reason, task: task, as: capacity, target: stage.position) { seq in
            [(MatterStage.table, stage.values(area, id, act: seq))]
                + people.map { person in
                    (
                        MatterSigner.table,
                        [Value(area), Value(id), .int(stage.position), Value(person), .int(seq)]
                    )
                }
        }
        file.stages.append(stage)
        file.stages.sort { $0.position < $1.position }
        if signers.place == .before {
            try close(task, .superseded)
            try begin(stage)
        }
    }

    private func checked(_ signers: AddedSigners) throws -> [ID<StaffMember>] {
        var problems = Problems()
        let people = Set(signers.staff).sorted()
        if !(1...MatterWork.signersMax).contains(people.count) {
            problems.add("matter.signers.count", field: "staff", "请选择 1 到 \(MatterWork.signersMax) 位会签人")
        }
        if case .percent(let share) = signers.signing, !(1...100).contains(share) {
            problems.add("matter.signers.percent", field: "signing", "会签比例请填 1 到 100")
        }
        if signers.signing == .one {
            problems.add("matter.signers.signing", field: "signing", "请选择会签方式:全部、任一或按比例")
        }
        if !(1...30).contains(signers.limit) {
            problems.add("matter.signers.limit", field: "limit", "会签时限请填 1 到 30 个工作日")
        }
        for person in people {
            if person == staff {
                problems.add("matter.colleague.self", field: "staff", "不能请自己会签,请选择其他人员")
            } else if try Organisation.posts(tx, area: area, of: person, at: at).isEmpty {
                problems.add("matter.signers.noPost", field: "staff", "\(try name(person))现在没有任何岗位,不能会签")
            } else if let (concern, relation) = try Recusals.binding(tx, area: area, person, about: concerns()) {
                problems.all.append(Matters.recused(try name(person), concern, relation))
            } else if let other = file.actors.first(where: { $0.staff == person }) {
                let step = file.stage(at: other.position)?.name ?? ""
                problems.add(
                    "matter.act.twoSteps", field: "staff", "\(try name(person))已在“\(step)”环节办理过这件办件,不能再会签")
            }
        }
        try problems.throwIfAny()
        return people
    }

    /// A free place in the route, right before the present step or after what was added behind it.
    private func position(_ place: AddedSigners.Place) throws -> Int64 {
        let present = file.status.position
        let taken = Set(file.stages.map(\.position))
        let free: Int64
        switch place {
        case .before:
            free = (file.stages.last { $0.position < present }?.position ?? 0) + 1
        case .after:
            let end = file.stages.first { $0.position > present && !$0.isAdded }?.position ?? .max
            free = (file.stages.last { $0.position < end }?.position ?? present) + 1
        }
        guard !taken.contains(free), free % MatterStage.spacing != 0 else {
            throw Problem("matter.signers.full", field: "place", "这里不能再加签了;请改为后加签,或先办完已有的会签")
        }
        return free
    }

    /// Whoever signs now cannot act in a later step: the route must still find its people.
    private func refuseStranding(_ signers: [ID<StaffMember>]) throws {
        let taken = Set(file.actors.map(\.staff) + signers)
        let later = file.route.filter { $0.position > file.status.position && !$0.isAdded }
        let stranded = try Matters.unfilled(
            tx, area: area, later.map(WantedStep.init), without: taken, about: concerns(), at: at)
        guard let first = stranded.first else { return }
        throw Problem(
            "matter.signers.stranding", field: "staff",
            "请他们会签后,“\(first.step.name)”环节就没有其他人可以办理了;请换一位会签人")
    }

    // MARK: Telling others

    /// Sends a copy (抄送): from now on they may see the matter.
    func copy(to people: [ID<StaffMember>], _ note: String) throws {
        try expectSight()
        let note = try opinion(note)
        let fresh = try Set(people).sorted().filter { person in
            guard try Staff.find(tx, area: area, staff: person)?.state == .open else {
                throw Problem("matter.copy.unknown", field: "staff", "没有编号为 \(person) 的在职人员,请从人员列表中选择")
            }
            return try !MatterCopy.has(tx, area: area, id, staff: person)
        }
        guard !fresh.isEmpty else {
            throw Problem("matter.copy.nobody", field: "staff", "请选择还没有收到抄送的人员")
        }
        try record(.copied, note) { seq in
            fresh.map { (MatterCopy.table, [Value(area), Value($0), Value(id), .int(seq)]) }
        }
    }

    /// Reminds whoever is to act (催办), once a day at most.
    func remind(_ text: String) throws {
        try expectSight()
        try expect(.draft, .underWay, .supplying, toDo: "催办")
        let note = try opinion(text)
        guard !file.acts.contains(where: { $0.kind == .reminded && $0.staff == staff && $0.at.day == at.day }) else {
            throw Problem("matter.remind.again", "您今天已经催办过,请明天再催,或直接与办理人联系")
        }
        try record(.reminded, note)
        for task in file.openTasks {
            try tx.execute(MatterWork.reminder, Value(area), .int(task.id))
        }
    }

    private static let reminder: SQL = "UPDATE matter_task SET reminders = reminders + 1 WHERE area = ? AND id = ?"

    private func expectSight() throws {
        guard let staff, try matters.maySee(tx, file, staff, at: at) else { throw Matters.notShown(id) }
    }
}
