import Basics
import Policy
import Storage

extension Matters {
    /// Opens a matter (登记), and accepts it at once (受理) unless it is to be put by.
    ///
    /// - Parameters:
    ///   - typed: the form as it was typed, by field name.
    ///   - papers: what was handed in, each kept before by `Attachments.keep`.
    ///   - staff: whoever is signed in; must hold the post of the kind's first step.
    /// - Throws: every problem of form, papers and staffing at once; nothing is recorded then.
    @discardableResult
    public func open(
        _ tx: any Transaction, _ code: String, form typed: [String: String], papers: [AttachedPaper] = [],
        by staff: ID<StaffMember>, at now: Moment, accept: Bool = true, opinion: String = ""
    ) throws -> MatterOutcome {
        let kind = try kind(code)
        let held = try Organisation.posts(tx, area: area, of: staff, at: now).filter { $0.post == kind.steps[0].post }
        guard let post = held.first(where: { $0.onBehalfOf == nil }) ?? held.first else {
            throw Problem(
                "matter.open.notHolder", field: "staff",
                "“\(kind.name)”由“\(try Organisation.plan(tx, area: area).name(of: kind.steps[0].post))”受理,您现在不在这个岗位")
        }
        var (form, problems) = kind.read(typed, complete: accept)
        let amount = try kind.amount(tx, area: area, of: form, on: now.day)
        let concerns = try kind.concerns(tx, area: area, form)
        let binding = try Recusals.binding(tx, area: area, staff, about: concerns)
        if let (concern, relation) = try binding ?? listed(tx, kind, form, keepingOut: staff) {
            let name = try Staff.find(tx, area: area, staff: staff)?.displayName ?? "经办人员 \(staff)"
            problems.append(Matters.recused(name, concern, relation))
        }
        // What is put by may still get any amount: its levels find their people when it is accepted.
        problems += try obstacles(
            tx, kind, opener: staff, standingInFor: post.onBehalfOf, amount: amount ?? .zero, about: concerns, at: now)
        try Problems(problems).throwIfAny()
        let work = try begin(tx, kind, form, amount, by: staff, at: now)
        try work.recordOpening(papers, as: Capacity(post: post.post, behalf: post.onBehalfOf))
        if accept { try work.accept(opinion, isNew: true) }
        try work.save()
        return work.outcome
    }

    private func begin(
        _ tx: any Transaction, _ kind: MatterKind, _ form: FormValues, _ amount: Money?, by staff: ID<StaffMember>,
        at now: Moment
    ) throws -> MatterWork {
        let head = MatterHead(
            area: area, id: try tx.nextID(Matter.self, "matter"), kind: kind.code, opener: staff, openedAt: now)
        let stages = kind.steps.enumerated().map { MatterStage($1, index: $0) }
        let file = MatterFile(
            head: head,
            status: MatterStatus(
                state: .draft, position: stages[0].position, round: 1, lastSeq: 0, version: 0, formVersion: 1,
                title: try title(tx, kind, form)),
            form: form, amount: amount, stages: stages, acts: [], tasks: [])
        return MatterWork(self, tx, opening: file, kind, by: staff, at: now)
    }
}

extension MatterWork {
    fileprivate func recordOpening(_ papers: [AttachedPaper], as capacity: Capacity) throws {
        let handed = try checked(papers + formFiles(), standing: [])
        try record(.opened, as: capacity, head: file.head) { seq in
            let form = MatterForm.row(area, id, version: 1, act: seq, amount: file.amount, file.form)
            return [(MatterForm.table, form)] + rows(handed, from: 1, act: seq)
                + file.stages.map { (MatterStage.table, $0.values(area, id, act: seq)) }
        }
        try tx.execute(
            MatterWork.statusInsertion, Value(area), Value(id), .int(file.status.position), .text(file.status.title))
        try add(.act, file.first, for: staff, due: try due(file.first))
    }

    private static let statusInsertion: SQL = """
        INSERT INTO matter_status (area, matter, state, position, round, last_seq, version, form_version, title)
        VALUES (?, ?, 1, ?, 1, 1, 1, 1, ?)
        """

    func due(_ stage: MatterStage) throws -> Day {
        try matters.calendar.day(stage.limit, workingDaysAfter: at.day)
    }

    // MARK: Form and papers

    /// Another version of the form and further papers, while the matter lies at its acceptance.
    func revise(_ typed: [String: String], _ papers: [AttachedPaper]) throws {
        try expect(.draft, toDo: "修改")
        let (task, capacity) = try mine(.act)
        let (form, problems) = kind.read(typed, complete: false)
        try Problems(problems).throwIfAny()
        try replace(form, papers, .revised, "", task, capacity)
    }

    /// Records a new version of the form, if it differs, together with papers; answers whether it differed.
    @discardableResult
    func replace(
        _ form: FormValues?, _ papers: [AttachedPaper], _ act: MatterAct.Kind, _ opinion: String, _ task: MatterTask,
        _ capacity: Capacity
    ) throws -> Bool {
        let isChanged = form.map { $0 != file.form } ?? false
        if isChanged, let form {
            file.form = form
            if let staff { try refuseConcerned(staff) }
            file.amount = try measured()
            file.status.formVersion += 1
            file.status.title = try matters.title(tx, kind, form)
        }
        let standing = try HandedPaper.all(tx, area: area, id)
        let handed = try checked(papers + (isChanged ? formFiles() : []), standing: standing.map(\.paper))
        try record(act, opinion, task: task, as: capacity) { seq in
            var rows = rows(handed, from: standing.count + 1, act: seq)
            if isChanged {
                let version = file.status.formVersion
                rows.append(
                    (
                        MatterForm.table,
                        MatterForm.row(area, id, version: version, act: seq, amount: file.amount, file.form)
                    ))
            }
            return rows
        }
        return isChanged
    }

    /// The files that stand in fields of the form are papers like the others.
    private func formFiles() throws -> [AttachedPaper] {
        try kind.fields.filter(\.kind.isAttachment).compactMap { field in
            guard let hash = file.form.attachmentIfGiven(field.name) else { return nil }
            let name = try Attachments.name(tx, area: area, hash) ?? field.title
            return AttachedPaper(code: field.name, name: name, hash: hash)
        }
    }

    /// New papers, each of a kind that is asked for and with bytes that are kept; known ones left out.
    private func checked(_ papers: [AttachedPaper], standing: [AttachedPaper]) throws -> [AttachedPaper] {
        var problems = Problems()
        var fresh: [AttachedPaper] = []
        for paper in papers where !standing.contains(paper) && !fresh.contains(paper) {
            let isAsked =
                kind.papers.contains { $0.code == paper.code } || kind.field(paper.code)?.kind.isAttachment == true
            if !isAsked {
                problems.add("matter.paper.unknown", field: paper.code, "“\(kind.name)”不收“\(paper.name)”这种材料,请核对")
            } else if try !Attachments.isKept(tx, area: area, paper.hash) {
                problems.add("matter.paper.lost", field: paper.code, "材料“\(paper.name)”没有上传成功,请重新上传")
            }
            fresh.append(paper)
        }
        try problems.throwIfAny()
        return fresh
    }

    private func rows(
        _ papers: [AttachedPaper], from first: Int, act: Int64
    ) -> [(table: EvidenceTable, values: [Value])] {
        papers.enumerated().map { index, paper in
            (HandedPaper.table, HandedPaper.row(area, id, no: Int64(first + index), act: act, paper))
        }
    }

    // MARK: Acceptance

    /// Accepts (受理): the form is complete, the papers are there, the desk has nothing against it. What was put by may
    /// have lain while accounts grew and people left: amount and staff are asked anew.
    func accept(_ text: String, isNew: Bool = false) throws {
        try expect(.draft, toDo: "受理")
        let (task, capacity) = try mine(.act)
        let opinion = try opinion(text)
        let amount = try measured()
        let obstacles = try isNew ? [] : obstacles(after: file.first.position, at: amount, as: capacity)
        try Problems(try shortcomings() + obstacles).throwIfAny()
        guard let next = file.next(after: file.first.position, at: amount) else {
            return try conclude(.accepted, opinion, task, capacity)
        }
        try close(task, .done, vote: .agreed)
        try record(.accepted, opinion, task: task, as: capacity)
        try remeasure(amount)
        try begin(next)
    }

    /// Why the staff of today could not take the steps that come after one, at this amount.
    func obstacles(after position: Int64, at amount: Money?, as capacity: Capacity) throws -> [Problem] {
        let taken = Set(file.actors.map(\.staff) + [staff, capacity.behalf].compactMap { $0 })
        let ahead = try ahead(after: position, at: amount).map(WantedStep.init)
        return try matters.obstacles(tx, ahead, without: taken, about: concerns(), at: at)
    }

    /// The steps that have still to find their people: not those that come back to whoever took them before.
    func ahead(after position: Int64, at amount: Money?) throws -> [MatterStage] {
        try file.stages.filter { stage in
            guard !stage.isAdded, stage.isNeeded(for: amount),
                stage.position > position || !stage.isNeeded(for: file.amount)
            else { return false }
            if stage.signing.isJoint { return file.lastActor(at: stage.position) == nil }
            return try returning(to: stage) == nil
        }
    }

    /// Everything that is still wrong with form, papers and the desk's own checks.
    func shortcomings() throws -> [Problem] {
        var problems = kind.read(file.form.texts).problems
        let handed = Set(try HandedPaper.all(tx, area: area, id).map(\.paper.code))
        problems += kind.missingPapers(for: file.form, handed: handed)
        // A desk reads a form that is whole; before that its own findings would only repeat what is missing.
        return problems.isEmpty ? try kind.check(tx, draft) : problems
    }
}
