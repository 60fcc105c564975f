import Basics
import Control
import Seals
import Sheets
import Storage

/// The matters of internal control (内控办件): accounts, posts, and the plan that says which posts there are.
///
/// Accounts go from the system administrator to the security administrator; powers from the security administrator to
/// the principal. Nobody acts in a matter about themselves (回避): the engine sees to that.
enum ControlMatters {
    static let kinds =
        [openAccount, renameAccount, lockAccount, unlockAccount, closeAccount, resetPassword]
        + [grantPost, withdrawPost, substitute, exception, plan, sampling, samplingResult]
        + [declareRecusal, endRecusal]

    // MARK: Routes

    private static let accountRoute = [
        RouteStep("reception", "受理", post: "system", limit: 1),
        RouteStep("review", "审核", post: "security.admin", limit: 2),
    ]
    static let powerRoute = [
        RouteStep("reception", "受理", post: "security.admin", limit: 1),
        RouteStep("approval", "审批", post: "director", limit: 3),
    ]

    /// 内控领导小组会签: what weighs most is decided by several, before the principal says the last word
    /// (财会〔2012〕21号第十四条:重大经济事项集体研究决定). Money asks for two thirds of the group.
    static func groupSigns(from amount: Money? = nil, _ signing: Signing = .twoThirds) -> RouteStep {
        RouteStep("group", "内控领导小组会签", post: "control.group", limit: 3, from: amount, signing: signing)
    }

    static let reason = FormField("reason", "理由", .lines(max: 200))
    private static let staff = FormField("staff", "经办人员", .staff)

    // MARK: Accounts

    private static let openAccount = MatterKind(
        code: "control.account.open", name: "开设经办账号", section: .control, basis: "社会保险经办条例第三十八条",
        fields: [
            FormField("login", "登录名", .text(max: 30), help: "2 到 30 个小写字母、数字或 . _ -,以字母开头"),
            FormField("name", "姓名", .text(max: 30)), reason,
        ],
        steps: accountRoute,
        check: { tx, draft in
            try Staff.openingProblems(
                tx, area: draft.area, login: draft.form.text("login"), displayName: draft.form.text("name"),
                on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let id = try Staff.open(
                tx, area: approved.area, login: form.text("login"), displayName: form.text("name"),
                on: approved.controlGround)
            return Carried(
                [("staff", id.raw)], "账号“\(form.text("login"))”已开设,请本人到系统管理员处领取初始密码;岗位另行办理")
        })

    private static let renameAccount = account(
        "control.account.rename", "更正经办人员姓名", [FormField("name", "姓名", .text(max: 30))]
    ) { tx, approved, staff in
        try Staff.rename(
            tx, area: approved.area, staff: staff, to: approved.form.text("name"), on: approved.controlGround)
        return "姓名已更正为“\(approved.form.text("name"))”"
    }

    private static let lockAccount = account("control.account.lock", "停用经办账号") { tx, approved, staff in
        try Staff.lock(tx, area: approved.area, staff: staff, on: approved.controlGround)
        return "账号已停用,已登录的会话同时结束"
    }

    private static let unlockAccount = account("control.account.unlock", "恢复经办账号") { tx, approved, staff in
        try Staff.unlock(tx, area: approved.area, staff: staff, on: approved.controlGround)
        return "账号已恢复"
    }

    private static let closeAccount = account("control.account.close", "注销经办账号") { tx, approved, staff in
        try Staff.close(tx, area: approved.area, staff: staff, on: approved.controlGround)
        return "账号已注销,所任岗位和代班同时收回"
    }

    private static let resetPassword = account("control.password.reset", "重置密码") { tx, approved, staff in
        try Staff.voidPassword(tx, area: approved.area, staff: staff, on: approved.controlGround)
        return "原密码已作废,请本人到系统管理员处领取初始密码"
    }

    /// A matter about one account that is still in use.
    private static func account(
        _ code: String, _ name: String, _ more: [FormField] = [],
        effect: @escaping @Sendable (any Transaction, Approved, ID<StaffMember>) throws -> String
    ) -> MatterKind {
        MatterKind(
            code: code, name: name, section: .control, basis: "社会保险经办条例第三十八条", fields: [staff] + more + [reason],
            steps: accountRoute,
            check: { tx, draft in
                try unusable(tx, draft.area, try draft.form.staff("staff"))
            },
            effect: .atOnce { tx, approved in
                let staff = try approved.form.staff("staff")
                return Carried([("staff", staff.raw)], try effect(tx, approved, staff))
            })
    }

    // MARK: Powers

    private static let period = [
        FormField("from", "开始日期", .day), FormField("through", "结束日期", .day, isRequired: false),
    ]
    private static let endingPeriod = [FormField("from", "开始日期", .day), FormField("through", "结束日期", .day)]
    private static let powers = "社会保险经办条例第三十七条"

    private static let grantPost = MatterKind(
        code: "control.post.grant", name: "授予岗位", section: .control, basis: powers,
        fields: [staff, FormField("post", "岗位", .post)] + period + [reason], steps: powerRoute,
        check: { tx, draft in
            try backdated(draft)
                + Organisation.problems(tx, area: draft.area, request(draft.form, draft.today), on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let request = try request(approved.form, approved.at.day)
            try Organisation.grant(
                tx, area: approved.area, request.post, to: request.staff, from: request.first, through: request.last,
                on: approved.controlGround)
            return Carried([("staff", request.staff.raw)], "岗位已授予,自 \(request.first) 起")
        })

    /// Whoever gives up a power of their own need not keep out of it.
    private static let givenUp = FormField("staff", "经办人员", .staff, isConcerned: false)

    private static let withdrawPost = MatterKind(
        code: "control.post.withdraw", name: "收回岗位", section: .control, basis: powers,
        fields: [givenUp, FormField("post", "岗位", .post), reason], steps: powerRoute,
        check: { tx, draft in
            let isHeld = !(try held(tx, draft.area, draft.form, from: draft.today)).isEmpty
            return isHeld ? [] : [notHeld]
        },
        effect: .atOnce { tx, approved in
            let grants = try held(tx, approved.area, approved.form, from: approved.at.day)
            guard !grants.isEmpty else { throw notHeld }
            for grant in grants {
                try Organisation.withdraw(tx, area: approved.area, grant.grant, on: approved.controlGround)
            }
            return Carried([("staff", try approved.form.staff("staff").raw)], "岗位已收回,即刻生效")
        })

    private static let substitute = MatterKind(
        code: "control.post.substitute", name: "安排代班", section: .control, basis: powers,
        fields: [
            FormField("absent", "被代班人", .staff, isConcerned: false), FormField("post", "岗位", .post),
            FormField("staff", "代班人", .staff),
        ] + endingPeriod + [reason],
        steps: powerRoute,
        check: { tx, draft in
            try backdated(draft)
                + Organisation.problems(tx, area: draft.area, request(draft.form, draft.today), on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let request = try request(approved.form, approved.at.day)
            let last = try approved.form.day("through")
            try Organisation.substitute(
                tx, area: approved.area, request.post, for: try approved.form.staff("absent"), by: request.staff,
                from: request.first, through: last, on: approved.controlGround)
            return Carried([("staff", request.staff.raw)], "代班已安排,\(last) 后自动终止")
        })

    private static let exception = MatterKind(
        code: "control.post.exception", name: "不相容岗位例外", section: .control, basis: powers,
        fields: [
            staff, FormField("one", "岗位一", .post), FormField("other", "岗位二", .post),
        ] + endingPeriod + [reason],
        steps: [
            RouteStep("reception", "受理", post: "security.admin", limit: 1),
            RouteStep("review", "分管审核", post: "deputy", limit: 2),
            // One voice against is enough: an exception takes a safeguard away.
            groupSigns(.all),
            RouteStep("approval", "审批", post: "director", limit: 3),
        ],
        check: { tx, draft in
            let form = draft.form
            return try backdated(draft)
                + Organisation.exceptionProblems(
                    tx, area: draft.area, form.post("one"), form.post("other"), for: form.staff("staff"),
                    from: begin(form, draft.today), through: form.day("through"), on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let form = approved.form, last = try form.day("through")
            try Organisation.except(
                tx, area: approved.area, form.post("one"), form.post("other"), for: form.staff("staff"),
                from: begin(form, approved.at.day), through: last, on: approved.controlGround)
            return Carried(
                [("staff", try form.staff("staff").raw)], "例外已批准,\(last) 后自动失效;岗位另行授予,结束日期不得晚于这一天")
        })

    // MARK: Sampling

    private static let auditRoute = [
        RouteStep("reception", "受理", post: "audit", limit: 1),
        RouteStep("approval", "分管审批", post: "deputy", limit: 3),
    ]
    private static let inspection = "社会保险经办条例第三十六条:定期检查内部控制执行情况"

    private static let sampling = MatterKind(
        code: "control.sampling", name: "办件抽查", section: .control, basis: inspection,
        fields: [
            FormField("from", "办结日期从", .day), FormField("through", "到", .day),
            FormField("percent", "抽查比例(%)", .whole(1...100)), reason,
        ],
        steps: auditRoute,
        check: { tx, draft in
            let form = draft.form
            return try Sampling.drawProblems(
                tx, area: draft.area, from: form.day("from"), through: form.day("through"),
                percent: Int(form.whole("percent")), on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            var random = SecureRandom()
            let sampling = try Sampling.draw(
                tx, area: approved.area, from: form.day("from"), through: form.day("through"),
                percent: Int(form.whole("percent")), seed: random.next(), on: approved.controlGround)
            let drawn = try Sampling.sampled(tx, area: approved.area, sampling: sampling.id)
            return Carried(
                drawn.map { ("matter", $0.matter.raw) },
                "抽查 \(sampling.id):从 \(sampling.frameCount) 件中抽取 \(drawn.count) 件,种子 \(sampling.seed)")
        })

    private static let samplingResult = MatterKind(
        code: "control.sampling.result", name: "抽查结论", section: .control, basis: inspection,
        fields: [
            FormField("sampling", "抽查编号", .whole(1...Int64.max)), FormField("matter", "办件编号", .whole(1...Int64.max)),
            FormField("finding", "结论", .choice(SampledMatter.Finding.allCases.map { ("\($0.rawValue)", $0.name) })),
            reason,
        ],
        steps: auditRoute,
        check: { tx, draft in
            try Sampling.inspectionProblems(
                tx, area: draft.area, sampling: draft.form.whole("sampling"), matter: ID(draft.form.whole("matter")),
                on: draft.controlGround)
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let matter = ID<Matter>(try form.whole("matter"))
            // The conclusion is the inspector's own; whoever approves it vouches for it in the matter.
            let ground = Ground(
                form.text("reason"), matter: approved.matter, by: .staff(approved.opener), at: approved.at)
            let finding = try form.code("finding", SampledMatter.Finding.self)
            try Sampling.inspect(
                tx, area: approved.area, sampling: form.whole("sampling"), matter: matter, finding, on: ground)
            return Carried([("matter", matter.raw)], "抽查结论已登记:\(finding.name)")
        })

    // MARK: The plan

    private static let plan = MatterKind(
        code: "control.plan", name: "机构岗位设置", section: .control, basis: "社会保险经办条例第三十六条、第三十七条",
        fields: [
            FormField("sections", "科室表", .file), FormField("posts", "岗位表", .file),
            FormField("incompatible", "不相容岗位表", .file), FormField("limits", "内控参数表", .file), reason,
        ],
        steps: powerRoute,
        check: { tx, draft in
            do {
                _ = try readPlan { try draft.file(tx, $0) }
                return []
            } catch let problems as Problems { return problems.all }
        },
        effect: .atOnce { tx, approved in
            let plan = try readPlan { try approved.file(tx, $0) }
            let isNew = try Organisation.establish(tx, area: approved.area, plan, on: approved.controlGround)
            return Carried(
                [], isNew ? "岗位设置已生效:\(plan.sections.count) 个科室,\(plan.posts.count) 个岗位" : "与现行岗位设置相同,没有改动")
        })

    private static func readPlan(_ file: (String) throws -> AttachedFile?) throws -> OrganisationPlan {
        func text(_ field: String) throws -> String {
            guard let file = try file(field) else { return "" }
            return try SheetText.read(file.bytes, name: file.name)
        }
        return try OrganisationPlan(
            OrganisationFiles(
                sections: try text("sections"), posts: try text("posts"), incompatible: try text("incompatible"),
                limits: try text("limits")))
    }
}

extension ControlMatters {
    private static let notHeld = Problem("control.post.notHeld", field: "post", "此人没有这个岗位,请核对人员和岗位")

    private static func unusable(
        _ tx: any Transaction, _ area: AreaCode, _ staff: ID<StaffMember>
    ) throws -> [Problem] {
        guard let account = try Staff.find(tx, area: area, staff: staff) else {
            return [Problem("control.staff.unknown", field: "staff", "没有编号为 \(staff) 的经办人员,请从人员列表中选择")]
        }
        return account.state == .closed
            ? [Problem("control.staff.closed", field: "staff", "账号“\(account.login)”已注销,不能再办理;如需使用请另开账号")] : []
    }

    /// What is opened must not reach back; what waits for its approval begins with it.
    private static func backdated(_ draft: MatterDraft) throws -> [Problem] {
        let from = try draft.form.day("from")
        guard draft.matter == nil, from < draft.today else { return [] }
        return [Problem("control.grant.past", field: "from", "岗位不能倒签,开始日期最早是今天 \(draft.today)")]
    }

    private static func begin(_ form: FormValues, _ today: Day) throws -> Day { max(try form.day("from"), today) }

    private static func request(_ form: FormValues, _ today: Day) throws -> GrantRequest {
        GrantRequest(
            staff: try form.staff("staff"), post: try form.post("post"), first: try begin(form, today),
            last: form.dayIfGiven("through"), onBehalfOf: form.staffIfGiven("absent"))
    }

    private static func held(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, from day: Day
    ) throws -> [HeldPost] {
        let (staff, post) = (try form.staff("staff"), try form.post("post"))
        return try Organisation.standing(tx, area: area, of: staff, from: day).filter { $0.post == post }
    }
}

extension MatterDraft {
    /// A check knows the day alone: the day's last moment, so that what was done earlier today counts.
    var controlGround: Ground {
        Ground(form.text("reason"), matter: matter, by: .staff(opener), at: Moment(today + 1) + -1)
    }
}

extension Approved {
    var controlGround: Ground { ground(form.text("reason")) }

    /// What an approved matter is done on, told in words.
    func ground(_ reason: String) -> Ground { Ground(reason, matter: matter, by: actor, at: at) }
}
