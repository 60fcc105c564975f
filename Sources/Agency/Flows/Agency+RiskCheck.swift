import Basics
import Contributions
import Control
import Storage

extension Agency {
    /// The risk self-check (经办风险检查): answers the points of an internal-control inspection from the data itself, on one
    /// snapshot of the database. It reads the books through, so it takes its time on a large county.
    ///
    ///     let report = try await agency.riskCheck(area, from: quarter.first, through: quarter.last)
    ///
    /// - Parameter rowsMax: how many of a point's rows are read where they must be read for themselves; a point says
    ///   how many there are.
    public func riskCheck(
        _ area: AreaCode, from first: Day, through last: Day, rowsMax: Int = RiskPoint.rowsMax
    ) async throws -> RiskReport {
        let now = clock()
        guard first <= last, last <= now.day else {
            throw Problem("control.risk.period", field: "from", "检查期间应当先起后止,且不晚于今天 \(now.day),请改正日期")
        }
        return try await store.read { tx in
            let check = try RiskCheck(tx, area: area, first: first, last: last, now: now, rowsMax: rowsMax)
            return RiskReport(area: area, first: first, last: last, at: now, points: try check.points(tx))
        }
    }
}

/// One run of the self-check.
private struct RiskCheck {
    let area: AreaCode
    let first: Day
    let last: Day
    let now: Moment
    let plan: OrganisationPlan
    let names: [ID<StaffMember>: String]
    let rowsMax: Int

    init(_ tx: any Transaction, area: AreaCode, first: Day, last: Day, now: Moment, rowsMax: Int) throws {
        (self.area, self.first, self.last, self.now, self.rowsMax) = (area, first, last, now, rowsMax)
        plan = try Organisation.plan(tx, area: area)
        names = try Staff.names(tx, area: area)
    }

    func points(_ tx: any Transaction) throws -> [RiskPoint] {
        let changes = try PowerFacts.changes(tx, area: area, from: first, through: last)
        return [
            try incompatible(tx), try exceptions(tx), try unstaffed(tx), try recused(tx), try review(tx),
            try overdue(tx),
            try returned(tx), try failed(tx), try terminated(tx), powers(changes), emergency(changes), try leftOpen(tx),
            try unused(tx), try shared(tx),
            try topLevel(tx), try sampled(tx), try uncredited(tx),
            try Agency.overCreditPoint(tx, area: area),
            try Agency.unbilledPoint(tx, area: area, first.month...last.month),
            try Agency.suspensePoint(tx, area: area, on: now.day, rowsMax: rowsMax),
            try Agency.unbookedPoint(
                tx, area: area, on: now.day, days: plan[.unbookedDaysMax], rowsMax: rowsMax),
            try books(tx),
        ]
    }

    private func name(_ staff: ID<StaffMember>?) -> String { staff.flatMap { names[$0] } ?? "—" }
    private func name(_ actor: Actor) -> String {
        if case .staff(let id) = actor { return name(id) }
        return actor.description
    }

    // MARK: Posts and powers

    private func incompatible(_ tx: any Transaction) throws -> RiskPoint {
        let found = try PowerFacts.conflicts(tx, area: area, from: first, through: last).filter { !$0.isExcepted }
        return RiskPoint(
            "posts.incompatible", "不相容岗位由一人担任", basis: "社会保险经办条例第三十七条;社会保险经办机构内部控制暂行办法",
            figure: "\(found.count) 处", found.isEmpty ? .sound : .finding, ["人员", "岗位", "岗位", "期间", "依据"],
            found.map { conflictRow($0.conflict) })
    }

    private func conflictRow(_ conflict: PostConflict) -> RiskRow {
        RiskRow(
            [
                name(conflict.one.staff), plan.name(of: conflict.one.post), plan.name(of: conflict.other.post),
                conflict.overlap.description, conflict.rule.basis,
            ], .staff(conflict.one.staff))
    }

    private func exceptions(_ tx: any Transaction) throws -> RiskPoint {
        let window = Period(from: first, through: last)
        let found = try Organisation.exceptions(tx, area: area).filter { window?.overlaps($0.period) ?? false }
        return RiskPoint(
            "posts.exceptions", "不相容岗位例外", basis: "社会保险经办机构内部控制暂行办法:例外须审批留痕、有期限",
            figure: "\(found.count) 件", found.isEmpty ? .sound : .attention, ["人员", "岗位", "岗位", "期间", "理由"],
            found.map {
                RiskRow(
                    [
                        name($0.staff), plan.name(of: $0.one), plan.name(of: $0.other), $0.period.description,
                        $0.reason,
                    ], .staff($0.staff))
            })
    }

    /// Kinds of matters that nobody could bring to their end today: a post is vacant, or one person alone is left for two
    /// steps. Reported before anybody stands at the counter with one.
    private func unstaffed(_ tx: any Transaction) throws -> RiskPoint {
        let found = try Agency.matterKinds.flatMap { kind in
            try Matters.obstacles(tx, area: area, kind, at: now).map { (kind: kind, problem: $0) }
        }
        return RiskPoint(
            "posts.unstaffed", "无人可办的环节", basis: "社会保险经办条例第三十七条:明确岗位权责", figure: "\(found.count) 处",
            found.isEmpty ? .sound : .attention, ["事项", "环节", "原因"],
            found.map { RiskRow([$0.kind.name, $0.problem.field ?? "", $0.problem.message]) })
    }

    /// Acts about whom the actor keeps out of the way of: those before the entry are to be looked at again, those after
    /// it should have been refused.
    private func recused(_ tx: any Transaction) throws -> RiskPoint {
        let found = try Recusals.acts(tx, area: area, from: first, through: last, limit: rowsMax)
        let count = try Recusals.actCount(tx, area: area, from: first, through: last)
        return RiskPoint(
            "posts.recused", "应回避而办理", basis: "公务员法第七十六条:有利害关系的应当回避", figure: "\(count) 件",
            found.contains(where: \.isBreach) ? .finding : found.isEmpty ? .sound : .attention,
            ["办件", "人员", "对象", "关系", "办理时间", "登记时间"],
            found.map { act in
                let concern = act.recusal.concern
                return RiskRow(
                    [
                        "\(act.matter)", name(act.recusal.staff), "\(concern.kind.name) \(concern.number)",
                        act.recusal.relation.name, act.at.description, act.recusal.ground.at.description,
                    ], .matter(act.matter))
            }, rowCount: count)
    }

    private static let changeColumns = ["时间", "办理", "人员", "经办", "理由", "办件"]

    private func changeRow(_ act: PowerAct) -> RiskRow {
        RiskRow(
            [
                act.ground.at.description, act.words, name(act.staff), name(act.ground.actor), act.ground.reason,
                act.ground.matter.map { "\($0)" } ?? "",
            ], act.ground.matter.map { .matter($0) } ?? act.staff.map { .staff($0) })
    }

    private func powers(_ changes: [PowerAct]) -> RiskPoint {
        RiskPoint(
            "powers.changed", "权限变更", basis: "社会保险经办条例第三十八条;GB/T 22239-2019 8.1.4.3 安全审计",
            figure: "\(changes.count) 次", .sound, Self.changeColumns, changes.map(changeRow))
    }

    /// What the machine's owner did past the matters.
    private func emergency(_ changes: [PowerAct]) -> RiskPoint {
        let found = changes.filter(\.isEmergency)
        return RiskPoint(
            "powers.emergency", "不经办件的高权限操作", basis: "社会保险经办条例第三十八条:记录业务经办过程",
            figure: "\(found.count) 次", found.isEmpty ? .sound : .finding, Self.changeColumns, found.map(changeRow))
    }

    // MARK: Accounts

    private static let accountColumns = ["登录名", "姓名", "状态", "最后使用", "最后在岗"]

    private func accountRow(_ use: AccountUse) -> RiskRow {
        RiskRow(
            [
                use.account.login, use.account.displayName, use.account.state.name,
                use.lastUsed?.description ?? "从未", use.lastHeld?.description ?? "从未",
            ], .staff(use.account.id))
    }

    /// Accounts of people who have left their posts, and are not closed yet.
    private func leftOpen(_ tx: any Transaction) throws -> RiskPoint {
        let found = try PowerFacts.use(tx, area: area, at: now).filter { !$0.isInPost && $0.lastHeld != nil }
        return RiskPoint(
            "accounts.left", "离岗人员账号未注销", basis: "GB/T 22239-2019 8.1.4.1:及时删除或停用多余、过期的账户",
            figure: "\(found.count) 个", found.isEmpty ? .sound : .finding, Self.accountColumns,
            found.map(accountRow))
    }

    private func unused(_ tx: any Transaction) throws -> RiskPoint {
        let days = plan[.unusedAccountDays]
        let found = try PowerFacts.use(tx, area: area, at: now).filter { use in
            use.account.state == .open && now.day - (use.lastUsed ?? use.openedAt).day > days
        }
        return RiskPoint(
            "accounts.unused", "\(days) 天未使用的账号", basis: "GB/T 22239-2019 8.1.4.1:及时删除或停用多余、过期的账户",
            figure: "\(found.count) 个", found.isEmpty ? .sound : .attention, Self.accountColumns,
            found.map(accountRow))
    }

    private func shared(_ tx: any Transaction) throws -> RiskPoint {
        let minutes = plan[.sharedSignInMinutes]
        let found = try PowerFacts.sharedSignIns(tx, area: area, from: first, through: last, minutes: minutes)
        return RiskPoint(
            "accounts.shared", "\(minutes) 分钟内从两个地址登录的账号", basis: "GB/T 22239-2019 8.1.4.1:避免共享账户的存在",
            figure: "\(found.count) 次", found.isEmpty ? .sound : .attention, ["姓名", "地址", "时间", "地址", "时间"],
            found.map {
                RiskRow(
                    [
                        name($0.staff), $0.first.address, $0.first.at.description, $0.second.address,
                        $0.second.at.description,
                    ], .staff($0.staff))
            })
    }

    // MARK: Matters

    private static let matterColumns = ["办件", "事项", "摘要", "发起人", "发起时间", "办结时间"]

    private func matterRow(_ line: MatterLine) -> RiskRow {
        RiskRow(
            [
                "\(line.matter)", Agency.matterCatalogue[line.kind]?.name ?? line.kind, line.title, name(line.opener),
                line.openedAt.description, line.endedAt?.description ?? "",
            ], .matter(line.matter))
    }

    private func count(_ tx: any Transaction, _ figure: MatterFigure) throws -> Int {
        try Matters.count(tx, area: area, figure, from: first, through: last, today: now.day)
    }

    /// A point whose rows are the matters behind a figure.
    private func point(
        _ tx: any Transaction, _ code: String, _ title: String, basis: String, figure: String,
        _ verdict: RiskVerdict, _ behind: MatterFigure
    ) throws -> RiskPoint {
        var rows: [RiskRow] = []
        var before: ID<Matter>?
        while rows.count < rowsMax {
            let page = try Matters.behind(
                tx, area: area, behind, from: first, through: last, today: now.day, before: before, limit: 50)
            rows += page.map(matterRow)
            guard page.count == 50 else { break }
            before = page.last?.matter
        }
        return RiskPoint(
            code, title, basis: basis, figure: figure, verdict, Self.matterColumns, rows,
            rowCount: try count(tx, behind))
    }

    private func review(_ tx: any Transaction) throws -> RiskPoint {
        let (all, unreviewed) = (try count(tx, .carriedOut), try count(tx, .unreviewed))
        return try point(
            tx, "matters.review", "复核覆盖率", basis: "社会保险经办条例第三十七条:业务办理须经复核",
            figure: "\(RiskShare(part: all - unreviewed, whole: all).words),未经复核 \(unreviewed) 件",
            unreviewed == 0 ? .sound : .finding, .unreviewed)
    }

    /// Work that is late now counts as much as work that was done late.
    private func overdue(_ tx: any Transaction) throws -> RiskPoint {
        let work = try Matters.punctuality(tx, area: area, from: first, through: last, today: now.day)
        let late = work.doneLate + work.openLate
        let share = RiskShare(part: late, whole: work.done + work.openLate)
        var rows: [LateWork] = []
        while rows.count < min(late, rowsMax) {
            let page = try Matters.lateWork(
                tx, area: area, from: first, through: last, today: now.day, before: rows.last?.task ?? .max)
            if page.isEmpty { break }
            rows += page
        }
        return RiskPoint(
            "matters.overdue", "超时限率", basis: "社会保险经办条例第三十六条:定期检查评估",
            figure: "\(share.words),其中未办 \(work.openLate) 项",
            share.isAbove(percent: plan[.overdueShareMax]) ? .finding : late > 0 ? .attention : .sound,
            ["办件", "事项", "摘要", "环节", "办理人", "到达", "期限", "办于"], rows.map(lateRow), rowCount: late)
    }

    /// One line for each piece of work: a matter may be late in several steps.
    private func lateRow(_ work: LateWork) -> RiskRow {
        RiskRow(
            [
                "\(work.matter)", Agency.matterCatalogue[work.kind]?.name ?? work.kind, work.title, work.step,
                work.assignee.map { name($0) } ?? "岗位待办", work.begun.description, work.due.description,
                work.closedAt?.description ?? "未办",
            ], .matter(work.matter))
    }

    private func returned(_ tx: any Transaction) throws -> RiskPoint {
        let share = RiskShare(part: try count(tx, .returned), whole: try count(tx, .reviewed))
        return try point(
            tx, "matters.returned", "退回率", basis: "社会保险经办条例第三十六条:定期检查评估", figure: share.words,
            share.isAbove(percent: plan[.returnShareMax]) ? .attention : .sound, .returned)
    }

    private func failed(_ tx: any Transaction) throws -> RiskPoint {
        let failed = try count(tx, .failed)
        return try point(
            tx, "matters.failed", "批准后办理失败", basis: "社会保险经办条例第三十八条:信息核验", figure: "\(failed) 件",
            failed == 0 ? .sound : .attention, .failed)
    }

    /// Lists and runs that stopped and were ended by hand: a part of what was approved is not done.
    private func terminated(_ tx: any Transaction) throws -> RiskPoint {
        let ended = try count(tx, .terminated)
        return try point(
            tx, "matters.terminated", "批量办理中途终止", basis: "社会保险经办条例第三十八条:记录业务经办过程", figure: "\(ended) 件",
            ended == 0 ? .sound : .attention, .terminated)
    }

    /// Matters whose amount or kind went up to the principal.
    private func topLevel(_ tx: any Transaction) throws -> RiskPoint {
        let figure = MatterFigure.approved(by: "director")
        return try point(
            tx, "matters.topLevel", "主要负责人审批的办件", basis: "社会保险经办条例第三十七条:重点业务和高风险业务分级审核",
            figure: "\(try count(tx, figure)) 件", .sound, figure)
    }

    /// Drawn at random and inspected (抽查).
    private func sampled(_ tx: any Transaction) throws -> RiskPoint {
        let carriedOut = try count(tx, .carriedOut)
        let inspected = try Sampling.inspectedCount(tx, area: area, from: first, through: last)
        let drawn = try Sampling.drawn(tx, area: area, from: first, through: last)
        let share = RiskShare(part: inspected, whole: carriedOut)
        let isTooFew = share.isBelow(percent: plan[.sampleShareMin])
        let (open, faulty) = (drawn.count { $0.finding == nil }, drawn.count { $0.finding == .faulty })
        return RiskPoint(
            "matters.sampled", "抽查比例", basis: "社会保险经办条例第三十六条:定期检查评估",
            figure: "\(share.words);抽出 \(drawn.count) 件次,尚无结论 \(open),有差错 \(faulty)",
            isTooFew ? .finding : open + faulty > 0 ? .attention : .sound, ["抽查", "办件", "事项", "摘要", "结论", "说明"],
            drawn.map { sample in
                RiskRow(
                    [
                        "\(sample.sampling)", "\(sample.matter)",
                        Agency.matterCatalogue[sample.kind]?.name ?? sample.kind, sample.title,
                        sample.finding?.name ?? "尚无结论", sample.opinion,
                    ], .matter(sample.matter))
            })
    }

    // MARK: Books

    private static let uncreditedColumns = ["人员", "费款所属月", "应缴单", "缴费人", "缴费基数", "应划入", "缴清日"]

    /// Months that are paid in full and not on the accounts (已缴清未划入). The next month's run takes them; what was paid
    /// before the last month began has missed one.
    private func uncredited(_ tx: any Transaction) throws -> RiskPoint {
        let basis = "国办发〔2021〕14号第二条:个人缴纳的计入本人个人账户"
        var found: [UncreditedMonth] = []
        var after = ID<LevyBill>(0)
        let end = try Contributions.lastBill(tx, area: area)
        while after < end {
            found += try Agency.uncredited(tx, area: area, after: after, before: now.day.month)
            after = ID(after.raw + Int64(Contributions.billsALook))
        }
        let missed = found.contains { $0.paidOn < (now.day.month + -1).first }
        return RiskPoint(
            "accounts.uncredited", "已缴清未划入", basis: basis,
            figure: "\(found.count) 人月 \(found.map(\.missing).total()) 元",
            missed ? .finding : found.isEmpty ? .sound : .attention, Self.uncreditedColumns,
            found.map { line in
                RiskRow(
                    [
                        "\(line.person)", "\(line.month)", "\(line.bill)", "\(line.payer)", "\(line.base)",
                        "\(line.missing)", "\(line.paidOn)",
                    ], .account(line.person))
            })
    }

    /// The proofs of all desks, and the links between them (账账、账实).
    private func books(_ tx: any Transaction) throws -> RiskPoint {
        let problems = try Agency.checks.flatMap { try $0(tx, area) }
        return RiskPoint(
            "books", "账账不符", basis: "会计法第十七条:账账相符、账实相符", figure: "\(problems.count) 处",
            problems.isEmpty ? .sound : .finding, ["位置", "不符", "代码"],
            problems.map { RiskRow([$0.field ?? "", $0.message, $0.code]) })
    }
}
