import Basics
import Storage

/// A post that somebody is to be given, own or as a substitute: what a matter checks before it goes on its way, and
/// again before it is carried out.
public struct GrantRequest: Hashable, Sendable {
    public var staff: ID<StaffMember>
    public var post: PostCode
    public var first: Day
    public var last: Day?
    public var onBehalfOf: ID<StaffMember>?

    public init(
        staff: ID<StaffMember>, post: PostCode, first: Day, last: Day?, onBehalfOf: ID<StaffMember>? = nil
    ) {
        self.staff = staff
        self.post = post
        self.first = first
        self.last = last
        self.onBehalfOf = onBehalfOf
    }

    func held(as id: ID<PostGrant>) -> HeldPost? {
        Period(from: first, through: last).map {
            HeldPost(grant: id, staff: staff, post: post, period: $0, onBehalfOf: onBehalfOf)
        }
    }

    static let badPeriod = Problem("control.grant.period", field: "through", "结束日期早于开始日期,请核对两个日期")
}

extension Organisation {
    /// Everything that speaks against giving this post, each with its clause or what to do instead.
    public static func problems(
        _ tx: any Transaction, area: AreaCode, _ request: GrantRequest, on ground: Ground
    ) throws -> [Problem] {
        let plan = try plan(tx, area: area)
        var problems = ground.problems
        if plan.post(request.post) == nil {
            problems.append(
                Problem("control.grant.post", field: "post", "没有岗位“\(request.post)”,请从岗位设置中选择"))
        }
        problems += try accountProblems(tx, area: area, request.staff, field: "staff")
        guard let new = request.held(as: ID(0)) else { return problems + [GrantRequest.badPeriod] }
        if request.first < ground.at.day {
            problems.append(Problem("control.grant.past", field: "from", "岗位不能倒签,开始日期最早是今天 \(ground.at.day)"))
        }
        let held = try GrantRecords.standing(tx, area: area, of: request.staff, from: request.first)
        if let same = held.first(where: {
            $0.post == new.post && $0.onBehalfOf == new.onBehalfOf && $0.period.overlaps(new.period)
        }) {
            problems.append(
                Problem(
                    "control.grant.held", field: "post",
                    "此人在 \(same.period) 已有岗位“\(plan.name(of: new.post))”,请改日期或先收回"))
        }
        if let absent = request.onBehalfOf {
            problems += try substitutionProblems(tx, area: area, new, for: absent, plan: plan, today: ground.at.day)
        }
        let exceptions = try GrantRecords.exceptions(tx, area: area, of: request.staff)
        problems += plan.conflicts(adding: new, to: held, exceptions: exceptions).map {
            conflictProblem($0, plan: plan, exceptions: exceptions)
        }
        return problems
    }

    private static func accountProblems(
        _ tx: any Transaction, area: AreaCode, _ staff: ID<StaffMember>, field: String
    ) throws -> [Problem] {
        guard let account = try Staff.find(tx, area: area, staff: staff) else {
            return [Problem("control.staff.unknown", field: field, "没有编号为 \(staff) 的经办人员,请从人员列表中选择")]
        }
        guard account.state != .closed else {
            return [Problem("control.staff.closed", field: field, "账号“\(account.login)”已注销,不能再担任岗位")]
        }
        return []
    }

    /// Nobody stands in for ever, for themselves, or for one who stands in.
    private static func substitutionProblems(
        _ tx: any Transaction, area: AreaCode, _ new: HeldPost, for absent: ID<StaffMember>, plan: OrganisationPlan,
        today: Day
    ) throws -> [Problem] {
        guard absent != new.staff else {
            return [Problem("control.substitute.self", field: "staff", "不能给自己代班,请另选代班人")]
        }
        var problems = try accountProblems(tx, area: area, absent, field: "absent")
        let own = try GrantRecords.standing(tx, area: area, of: absent, from: new.period.first).filter {
            $0.post == new.post && $0.onBehalfOf == nil && new.period.intersection($0.period) == new.period
        }
        if own.isEmpty {
            problems.append(
                Problem(
                    "control.substitute.notHeld", field: "absent",
                    "被代班人在这段时间不是“\(plan.name(of: new.post))”的在岗人员(代班的岗位不能再转由他人代班),请核对人员和日期"))
        }
        let daysMax = plan[.substituteDaysMax]
        guard let last = new.period.last, last - new.period.first < daysMax else {
            problems.append(
                Problem("control.substitute.length", field: "through", "一次代班须有结束日期且不超过 \(daysMax) 天,请缩短"))
            return problems
        }
        return try problems + renewalProblems(tx, area: area, new, plan: plan)
    }

    /// Renewals are added up, whoever is absent: who fills a post for months holds it, and must be given it as their own.
    private static func renewalProblems(
        _ tx: any Transaction, area: AreaCode, _ new: HeldPost, plan: OrganisationPlan
    ) throws -> [Problem] {
        let served = try GrantRecords.substitutions(tx, area: area, by: new.staff, at: new.post).compactMap(\.period)
        let (days, daysMax) = (HeldPost.daysInYear(served, adding: new.period), plan[.substituteYearDaysMax])
        guard days > daysMax else { return [] }
        return [
            Problem(
                "control.substitute.renewed", field: "through",
                "连同已代的班,此人一年内代“\(plan.name(of: new.post))”共 \(days) 天,超过 \(daysMax) 天;请另选代班人,或为岗位正式配备人员")
        ]
    }

    private static func conflictProblem(
        _ conflict: PostConflict, plan: OrganisationPlan, exceptions: [PostException]
    ) -> Problem {
        let held = plan.name(of: conflict.one.post), new = plan.name(of: conflict.other.post)
        let through = conflict.one.onBehalfOf == nil ? "" : "(代班)"
        let running = exceptions.first { exception in
            conflict.rule.joins(exception.one, exception.other) && exception.period.overlaps(conflict.overlap)
        }
        let way =
            running.map { "例外只到 \($0.period.last.map(String.init(describing:)) ?? ""),请把期限定在例外之内" }
            ?? "确有必要的,先办理不相容岗位例外"
        return Problem(
            "control.posts.incompatible", field: "post",
            "此人在 \(conflict.overlap) 担任“\(held)”\(through),与“\(new)”不得由一人担任(\(conflict.rule.basis));\(way)")
    }

    /// Everything that speaks against an exception.
    public static func exceptionProblems(
        _ tx: any Transaction, area: AreaCode, _ one: PostCode, _ other: PostCode, for staff: ID<StaffMember>,
        from first: Day, through last: Day, on ground: Ground
    ) throws -> [Problem] {
        let plan = try plan(tx, area: area)
        var problems = ground.problems + (try accountProblems(tx, area: area, staff, field: "staff"))
        for (post, field) in [(one, "one"), (other, "other")] where plan.post(post) == nil {
            problems.append(Problem("control.grant.post", field: field, "没有岗位“\(post)”,请从岗位设置中选择"))
        }
        if plan.clause(against: one, and: other) == nil {
            problems.append(
                Problem("control.exception.needless", field: "other", "这两个岗位本来就可以由一人担任,不需要例外"))
        }
        if last < first { problems.append(GrantRequest.badPeriod) }
        if first < ground.at.day {
            problems.append(Problem("control.grant.past", field: "from", "例外不能倒签,开始日期最早是今天 \(ground.at.day)"))
        }
        let daysMax = plan[.exceptionDaysMax]
        if last - first >= daysMax {
            problems.append(
                Problem("control.exception.length", field: "through", "例外最长 \(daysMax) 天,请缩短;到期后仍需要的重新报批"))
        }
        return problems
    }
}
