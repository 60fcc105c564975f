import Basics
import Policy
import Storage

extension MatterWork {
    // MARK: Returns

    /// Returns the matter to any earlier step (退回): its person is asked again, and the steps after it too.
    func giveBack(to code: String, _ text: String) throws {
        try expect(.underWay, toDo: "退回")
        let (task, capacity) = try mine(.act)
        try refuseJoint("退回")
        let reason = try reasoned(text, "退回的理由")
        guard let target = file.stage(code: code), target.position < file.status.position,
            target.isNeeded(for: file.amount)
        else {
            let earlier = file.route.filter { $0.position < file.status.position }.map(\.name)
            throw Problem("matter.return.target", field: "step", "只能退回到之前的环节:\(earlier.joined(separator: "、"))")
        }
        try close(task, .done, vote: MatterTask.Vote.none)
        try record(.returned, reason, task: task, as: capacity, target: target.position)
        try supersedeOpen()
        file.status.round += 1
        try begin(target)
    }

    /// In a co-signed step each person has a voice, and none may move the matter alone.
    func refuseJoint(_ what: String) throws {
        guard stage.signing.isJoint else { return }
        throw Problem(
            "matter.joint", field: "verb",
            "会签环节(\(stage.signing.name))不能由一人\(what);请表示同意、不同意或弃权,并写明意见")
    }

    // MARK: Missing papers

    /// Says what is missing (补正通知): the clock of the step stands still until it comes.
    func askForPapers(_ text: String) throws {
        try expect(.draft, .underWay, toDo: "通知补正")
        var (task, capacity) = try mine(.act)
        try refuseJoint("通知补正")
        let what = try reasoned(text, "要补正的内容")
        try record(.askedForPapers, what, task: task, as: capacity)
        task.daysLeft = try daysLeft(task)
        task.status = .paused
        task.assignee = task.assignee ?? staff
        try change(task)
        file.status.state = .supplying
        let due = try matters.calendar.day(kind.supplyLimit, workingDaysAfter: at.day)
        try add(.supply, file.first, for: try returning(to: file.first), due: due)
    }

    private func daysLeft(_ task: MatterTask) throws -> Int {
        try matters.calendar.workingDays(after: at.day, through: task.dueDay)
    }

    /// What was missing has come (补正). Papers alone let the step go on where it stood; a changed form goes through
    /// review again, since nobody may have approved what they have not seen.
    func supply(_ typed: [String: String]?, _ papers: [AttachedPaper], _ note: String) throws {
        try expect(.supplying, toDo: "补正")
        let (task, capacity) = try mine(.supply)
        guard let paused = file.tasks.first(where: { $0.status == .paused }) else {
            throw StoreError.damaged("matter \(id) waits for papers without a step that stands still")
        }
        let isAccepted = paused.position != file.first.position
        var form: FormValues?
        if let typed {
            let read = kind.read(typed, complete: isAccepted)
            try Problems(read.problems).throwIfAny()
            form = read.form
        }
        guard !papers.isEmpty || form.map({ $0 != file.form }) ?? false else {
            throw Problem("matter.supply.nothing", field: "papers", "没有补交材料,表单也没有改动;请补齐后再提交")
        }
        try close(task, .done, vote: MatterTask.Vote.none)
        let isChanged = try replace(form, papers, .supplied, try opinion(note), task, capacity)
        guard isAccepted else { return try resume(paused) }
        try Problems(try shortcomings()).throwIfAny()
        try goOn(paused, isChanged: isChanged, capacity)
    }

    private func goOn(_ paused: MatterTask, isChanged: Bool, _ capacity: Capacity) throws {
        if isChanged, let review = file.next(after: file.first.position) { return try goBack(paused, to: review) }
        // An amount that has grown while the clock stood asks for its level; one that has shrunk spares nobody.
        guard let amount = try measured(), amount.magnitude > (file.amount ?? .zero).magnitude else {
            return try resume(paused)
        }
        if file.isRaised(by: amount) {
            try Problems(try obstacles(after: paused.position, at: amount, as: capacity)).throwIfAny()
        }
        let missed = file.missed(before: paused.position, at: amount)
        try remeasure(amount)
        if let missed { return try goBack(paused, to: missed) }
        try resume(paused)
    }

    private func goBack(_ paused: MatterTask, to stage: MatterStage) throws {
        try close(paused, .superseded)
        file.status.round += 1
        try begin(stage)
    }

    private func resume(_ paused: MatterTask) throws {
        var task = paused
        task.status = .open
        task.dueDay = try matters.calendar.day(paused.daysLeft ?? 0, workingDaysAfter: at.day)
        task.daysLeft = nil
        try change(task)
        file.status.state = paused.position == file.first.position ? .draft : .underWay
    }

    // MARK: Ends

    /// Whoever opened the matter takes it back (撤回), as long as it has not been approved.
    func withdraw(_ text: String) throws {
        try expect(.draft, .underWay, .supplying, toDo: "撤回")
        guard let staff, staff == file.head.opener || staff == file.lastActor(at: file.first.position) else {
            throw Problem("matter.withdraw.notYours", field: "staff", "只有发起人或受理人可以撤回办件;如不同意办理,请用“不同意”或“退回”")
        }
        guard try !Organisation.posts(tx, area: area, of: staff, at: at).isEmpty else {
            throw Problem("matter.act.notHolder", field: "staff", "您现在没有任何岗位,不能撤回;请由受理岗位的人员办理")
        }
        try record(.withdrawn, try reasoned(text, "撤回的理由"))
        try end(.withdrawn)
    }

    /// The time for missing papers has run out (逾期终止).
    func expire() throws {
        try expect(.supplying, toDo: "终止")
        try record(.expired, "逾期未补正,视为撤回", byHouse: true)
        try end(.expired)
    }
}
