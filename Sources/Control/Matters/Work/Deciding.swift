import Basics
import Storage

extension MatterWork {
    // MARK: Voices

    /// Agrees, disagrees or abstains in the step the matter stands in.
    func vote(_ vote: MatterTask.Vote, _ text: String) throws {
        try expect(.underWay, toDo: "审核")
        let (task, capacity) = try mine(.act)
        let stage = stage
        guard stage.signing.isJoint || vote != .abstained else {
            throw Problem("matter.vote.abstain", field: "vote", "这一环节由一人办理,不能弃权;请选择同意、不同意或退回")
        }
        let opinion = try vote == .agreed ? opinion(text) : reasoned(text, "不同意或弃权的理由")
        if stage.signing.isJoint {
            try lapseLeavers(besides: task)
            try requireQuorum(stage)
        }
        let outcome = stage.signing.outcome(votes(counting: vote, of: task))
        // The voice that completes the share may itself be against: the others have carried it.
        if outcome == .agreed { return try pass(stage, vote, opinion, task, capacity) }
        try close(task, .done, vote: vote)
        try record(MatterWork.act(of: vote), opinion, task: task, as: capacity, changesMatter: outcome != .open)
        try settle(stage, outcome)
    }

    /// The step has agreed: on to the next, of which there may be more than the amount asked for so far; or carried out.
    /// Nobody is asked to approve what could not be carried out any more, or what nobody could take further. One person
    /// is told so, and gives it back or hands it over; several have spoken, and the house gives it back for them.
    private func pass(
        _ stage: MatterStage, _ vote: MatterTask.Vote, _ opinion: String, _ task: MatterTask, _ capacity: Capacity
    ) throws {
        let measured = try measured()
        let amount = file.isRaised(by: measured) ? measured : file.amount
        guard let next = file.next(after: stage.position, at: amount) else {
            return try conclude(MatterWork.act(of: vote), opinion, task, capacity, vote: vote)
        }
        var against = try shortcomings()
        if amount != file.amount || next.signing.isJoint && !next.isAdded {
            against += try obstacles(after: stage.position, at: amount, as: capacity)
        }
        if !stage.signing.isJoint { try Problems(against).throwIfAny() }
        try close(task, .done, vote: vote)
        try record(MatterWork.act(of: vote), opinion, task: task, as: capacity)
        guard against.isEmpty else { return try handBack(from: stage, against) }
        try supersedeOpen()
        try remeasure(amount)
        if next.position < stage.position { file.status.round += 1 }
        try begin(next)
    }

    /// What several have signed and what cannot be carried out goes back to the last step of one person, who can have it
    /// put right.
    private func handBack(from stage: MatterStage, _ reasons: [Problem]) throws {
        problems = reasons
        let asker = stage.addedFor.flatMap(file.stage(at:))
        let single = file.route.last { $0.position < stage.position && !$0.signing.isJoint && !$0.isAdded }
        let target = asker ?? single ?? file.first
        let words = "会签后办不成:" + reasons.map(\.message).joined(separator: ";")
        try supersedeOpen()
        try record(.returned, String(words.prefix(2000)), target: target.position, byHouse: true)
        file.status.round += 1
        try begin(target)
    }

    // MARK: Enough people

    /// A post's co-signed step is never one person's alone: whoever holds the post by now is asked too when others left.
    private func requireQuorum(_ stage: MatterStage) throws {
        guard !stage.isAdded, votes().signers < stage.signing.quorum else { return }
        let known = Set(file.present.flatMap { [$0.assignee, $0.closedBy] }.compactMap { $0 })
        let further = try signers(stage).compactMap { $0 }.filter { $0 != staff && !known.contains($0) }
        for signer in further { try add(.act, stage, for: signer, due: try due(stage)) }
        guard votes().signers >= stage.signing.quorum else {
            throw Problem(
                "matter.joint.quorum", field: "staff",
                "“\(stage.name)”至少要 \(stage.signing.quorum) 人会签,其他会签人已离岗或应当回避;请先为“\(try name(stage.post))”补充人员")
        }
        try record(
            .signersFilled, try further.map { try name($0) }.joined(separator: "、"), target: Int64(further.count),
            byHouse: true)
    }

    // MARK: The amount

    /// The amount as form and records tell it today.
    func measured() throws -> Money? { try kind.amount(tx, area: area, of: file.form, on: at.day) }

    /// Records an amount that differs from the one so far (金额核定): a further version of the same form.
    func remeasure(_ amount: Money?) throws {
        guard amount != file.amount else { return }
        let words = "分级金额由 \((file.amount ?? .zero).grouped) 元变为 \((amount ?? .zero).grouped) 元,按新的金额分级审批"
        file.amount = amount
        file.status.formVersion += 1
        let (version, form) = (file.status.formVersion, file.form)
        try record(.remeasured, words, byHouse: true) { seq in
            [(MatterForm.table, MatterForm.row(area, id, version: version, act: seq, amount: amount, form))]
        }
    }

    private static func act(of vote: MatterTask.Vote) -> MatterAct.Kind {
        switch vote {
        case .agreed, .none: .agreed
        case .disagreed: .disagreed
        case .abstained: .abstained
        }
    }

    /// The voices of the present step, perhaps with one more.
    func votes(counting vote: MatterTask.Vote? = nil, of task: MatterTask? = nil) -> Votes {
        votes(among: file.present, counting: vote, of: task)
    }

    func votes(
        among tasks: [MatterTask], counting vote: MatterTask.Vote? = nil, of task: MatterTask? = nil
    ) -> Votes {
        var votes = Votes()
        for other in tasks {
            let voice = other.id == task?.id ? vote : other.vote
            switch (other.status, voice) {
            case (_, .agreed): votes.agreed += 1
            case (_, .disagreed): votes.rejected += 1
            case (_, .abstained): votes.abstained += 1
            case (.open, _), (.paused, _): votes.pending += 1
            default: break
            }
        }
        return votes
    }

    /// Signers of the present step who are not there any more lose their voice, on record.
    func lapseLeavers(besides task: MatterTask? = nil) throws {
        for other in file.present where other.status == .open && other.id != task?.id {
            guard try !isThere(other) else { continue }
            try close(other, .lapsed)
            try record(.lapsed, "会签人已不在岗或应当回避,不再计票", task: other, target: other.assignee?.raw, byHouse: true)
        }
    }

    // MARK: What follows

    /// What the voices come to: the next step, the end, or back to whoever asked for the signatures.
    func settle(_ stage: MatterStage, _ outcome: Signing.Outcome) throws {
        switch outcome {
        case .open: return
        case .agreed:
            guard let next = file.next(after: stage.position) else { return try awaitApproval(stage) }
            try supersedeOpen()
            try begin(next)
        case .rejected:
            try supersedeOpen()
            if let asker = stage.addedFor.flatMap(file.stage(at:)) {
                try record(.returned, "会签未获通过,退回加签人", target: asker.position, byHouse: true)
                file.status.round += 1
                try begin(asker)
            } else {
                try record(.rejected, stage.signing.isJoint ? "会签未获通过" : "", byHouse: true)
                try end(.rejected)
            }
        case .deserted: try standIn(for: stage)
        }
    }

    /// The last step has its share because somebody left: no time carries a matter out, the next voice does.
    private func awaitApproval(_ stage: MatterStage) throws {
        guard !file.present.contains(where: { $0.status == .open }) else { return }
        try add(.act, stage, for: nil, due: try due(stage))
    }

    /// Every signer has left: the post takes over; signers named in person are passed by.
    private func standIn(for stage: MatterStage) throws {
        if stage.isAdded, let next = file.next(after: stage.position) {
            try begin(next)
        } else if let asker = stage.addedFor.flatMap(file.stage(at:)) {
            try record(.returned, "会签人均已离岗,退回加签人", target: asker.position, byHouse: true)
            file.status.round += 1
            try begin(asker)
        } else {
            try add(.act, stage, for: nil, due: try due(stage))
        }
    }

    func supersedeOpen() throws {
        for task in file.present where task.status == .open { try close(task, .superseded) }
    }

    /// The matter comes to a step: its people find it on their lists. A step that comes back is the same person's again.
    func begin(_ stage: MatterStage) throws {
        file.status.position = stage.position
        file.status.state = stage.position == file.first.position ? .draft : .underWay
        let due = try due(stage)
        let signers = try signers(stage)
        if stage.signing.isJoint, !stage.isAdded {
            let named = signers.compactMap { $0 }
            try record(
                .signersAsked, try named.map { try name($0) }.joined(separator: "、"), target: Int64(named.count),
                byHouse: true)
        }
        for signer in signers { try add(.act, stage, for: signer, due: due) }
    }

    /// Who is asked: nil stands for any holder of the post.
    private func signers(_ stage: MatterStage) throws -> [ID<StaffMember>?] {
        if stage.isAdded { return try MatterSigner.all(tx, area: area, id, position: stage.position) }
        guard stage.signing.isJoint else { return [try returning(to: stage)] }
        let holders = try Organisation.holders(tx, area: area, of: stage.post, at: at)
            .filter { $0.onBehalfOf == nil && file.otherStep(of: $0.staff, than: stage.position) == nil }
            .filter { try !isConcerned($0.staff) }
        let signers = try sparing(Set(holders.map(\.staff)), for: stage)
        return signers.isEmpty ? [nil] : signers
    }

    /// Leaves out whom a later step cannot do without: whoever signs here can act nowhere else.
    private func sparing(_ holders: Set<ID<StaffMember>>, for stage: MatterStage) throws -> [ID<StaffMember>] {
        var signers = holders
        let later = try ahead(after: stage.position, at: file.amount).map(WantedStep.init)
        let acted = Set(file.actors.map(\.staff))
        while true {
            let missing = try Matters.unfilled(
                tx, area: area, later, without: acted.union(signers), about: concerns(), at: at)
            guard let first = missing.first?.step else { return signers.sorted() }
            let posts = [first.post] + later.map(\.post)
            let able = try posts.map { post in
                Set(try Organisation.holders(tx, area: area, of: post, at: at).map(\.staff)).intersection(signers)
            }
            guard let needed = able.first(where: { !$0.isEmpty })?.min() else { return signers.sorted() }
            signers.remove(needed)
        }
    }

    /// Whoever acted here before, if they still hold the post.
    func returning(to stage: MatterStage) throws -> ID<StaffMember>? {
        guard let before = file.lastActor(at: stage.position), try isHolder(before, stage.post),
            try !isConcerned(before)
        else { return nil }
        return before
    }

    // MARK: Carrying out

    /// The last approval and its effect: both, or neither and a record of why not.
    func conclude(
        _ act: MatterAct.Kind, _ opinion: String, _ task: MatterTask, _ capacity: Capacity,
        vote: MatterTask.Vote = .agreed
    ) throws {
        let before = file
        do {
            try tx.attempt {
                try close(task, .done, vote: vote)
                try record(act, opinion, task: task, as: capacity)
                try Problems(try shortcomings()).throwIfAny()
                try supersedeOpen()
                try carryOut()
            }
        } catch {
            guard let reasons = Matters.reasons(error) else { throw error }
            file = before
            problems = reasons
            let words = String(reasons.map(\.message).joined(separator: ";").prefix(2000))
            guard stage.signing.isJoint else {
                try record(.effectFailed, words, task: task, as: capacity)
                return
            }
            // A voice that was given is on record, whatever comes of it.
            try close(task, .done, vote: vote)
            try record(act, opinion, task: task, as: capacity)
            try record(.effectFailed, words, byHouse: true)
            try handBack(from: stage, reasons)
        }
    }

    private func carryOut() throws {
        switch kind.effect {
        case .atOnce(let effect): try finish(try effect(tx, try approved()))
        case .job:
            try record(.frozen, "已批准,转入批量办理", byHouse: true)
            file.status.state = .carrying
        }
    }

    func approved() throws -> Approved {
        // Signers who were asked besides (加签) vouch for their opinion: it is the post's holder who approves.
        let approval = file.acts.last { act in
            (act.kind == .agreed || act.kind == .accepted) && file.stage(at: act.position)?.isAdded != true
        }
        let approver = approval?.actor ?? .system
        return Approved(
            matter: id, area: area, form: file.form, actor: approver, opener: file.head.opener, at: at,
            attachments: try HandedPaper.all(tx, area: area, id).map(\.paper), calendar: matters.calendar)
    }

    func finish(_ carried: Carried) throws {
        try record(.carriedOut, String(carried.sentence.prefix(500)), byHouse: true) { seq in
            MatterSubject.rows(area, id, act: seq, carried.subjects)
        }
        try end(.carriedOut)
    }
}

extension Matters {
    /// What an effect's failure says to people; nil for failures that are the store's own and must be tried again.
    static func reasons(_ error: any Error) -> [Problem]? {
        switch error {
        case let problems as Problems: problems.all
        case let problem as Problem: [problem]
        case StoreError.constraint(let text):
            [Problem("matter.effect.constraint", "办理时违反了数据约束(\(text)),没有写入;请核对表单内容,仍不能办理时请联系系统管理员")]
        default: nil
        }
    }
}
