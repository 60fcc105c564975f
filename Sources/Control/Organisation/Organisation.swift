import Basics
import Storage

/// The organisation (机构、科室、岗位、人员): which posts there are, and who holds them when.
///
/// A person's rights are the posts in their hands at that moment, own and as a substitute; nothing else gives rights.
/// Incompatible posts (不相容岗位) are refused with their clause, also across dates and through substitution.
///
/// ```swift
/// try Organisation.establish(tx, area: area, plan, on: ground)
/// try Organisation.grant(tx, area: area, "enrolment.review", to: clerk, from: today, on: ground)
/// let posts = try Organisation.posts(tx, area: area, of: clerk, at: now)
/// ```
public enum Organisation {
    // MARK: The plan

    /// Puts a plan in force (机构岗位设置). The plan already in force changes nothing, and answers false.
    /// A plan that drops a post somebody holds is refused.
    @discardableResult
    public static func establish(
        _ tx: any Transaction, area: AreaCode, _ plan: OrganisationPlan, on ground: Ground
    ) throws -> Bool {
        try Problems(ground.problems).throwIfAny()
        if let current = try PlanRecords.current(tx, area: area) {
            if current == plan { return false }
            let dropped = try GrantRecords.heldPosts(tx, area: area, from: ground.at.day)
                .filter { plan.post($0) == nil }.sorted()
            try Problems(
                dropped.map {
                    Problem(
                        "control.plan.held", field: $0.text,
                        "岗位“\(current.name(of: $0))”还有人在岗,请先收回,再从岗位设置中去掉")
                }
            ).throwIfAny()
        }
        try PlanRecords.write(tx, area: area, plan, on: ground)
        return true
    }

    /// The plan in force; refuses in words when the area has none yet.
    public static func plan(_ tx: any Transaction, area: AreaCode) throws -> OrganisationPlan {
        guard let plan = try PlanRecords.current(tx, area: area) else {
            throw Problem("control.plan.missing", "统筹区 \(area) 还没有岗位设置,请先执行 yibao init 或 yibao import organisation")
        }
        return plan
    }

    /// Whether the area has an office here: a house may hold the law of areas that work elsewhere.
    public static func isEstablished(_ tx: any Transaction, area: AreaCode) throws -> Bool {
        try PlanRecords.number(tx, area: area) != nil
    }

    // MARK: Giving and taking

    /// Gives a post (授予岗位), from a day on, perhaps until one. It counts from that day's beginning, today's at once.
    @discardableResult
    public static func grant(
        _ tx: any Transaction, area: AreaCode, _ post: PostCode, to staff: ID<StaffMember>, from first: Day,
        through last: Day? = nil, on ground: Ground
    ) throws -> ID<PostGrant> {
        let request = GrantRequest(staff: staff, post: post, first: first, last: last, onBehalfOf: nil)
        try Problems(try problems(tx, area: area, request, on: ground)).throwIfAny()
        return try carryOut(tx, area: area, request, on: ground)
    }

    /// Has one person stand in for another at a post (代班), until a day that must be named.
    @discardableResult
    public static func substitute(
        _ tx: any Transaction, area: AreaCode, _ post: PostCode, for absent: ID<StaffMember>,
        by staff: ID<StaffMember>, from first: Day, through last: Day, on ground: Ground
    ) throws -> ID<PostGrant> {
        let request = GrantRequest(staff: staff, post: post, first: first, last: last, onBehalfOf: absent)
        try Problems(try problems(tx, area: area, request, on: ground)).throwIfAny()
        return try carryOut(tx, area: area, request, on: ground)
    }

    /// Takes a post away (收回岗位): its rights end at once, and those of whoever stands in for its holder.
    public static func withdraw(
        _ tx: any Transaction, area: AreaCode, _ grant: ID<PostGrant>, on ground: Ground
    ) throws {
        try Problems(ground.problems).throwIfAny()
        guard let held = try GrantRecords.standing(tx, area: area, grant: grant) else {
            throw Problem("control.grant.unknown", field: "grant", "这次任职不存在或已收回,请刷新人员岗位后再选")
        }
        try GrantRecords.withdraw(tx, area: area, held, on: ground)
        guard held.onBehalfOf == nil else { return }
        for substitute in try GrantRecords.substitutes(tx, area: area, for: held.staff, from: ground.at.day)
        where substitute.post == held.post {
            try GrantRecords.withdraw(tx, area: area, substitute, on: ground)
        }
    }

    /// Everything a person holds is taken, and what others hold for them: they leave.
    static func withdrawAll(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>, on ground: Ground
    ) throws {
        let own = try GrantRecords.standing(tx, area: area, of: staff, from: ground.at.day)
        let substitutes = try GrantRecords.substitutes(tx, area: area, for: staff, from: ground.at.day)
        for held in own + substitutes { try GrantRecords.withdraw(tx, area: area, held, on: ground) }
    }

    /// Permits a person to hold two incompatible posts for a time (不相容岗位例外). A post given under it must end with it,
    /// so that nobody holds both when it has expired.
    public static func except(
        _ tx: any Transaction, area: AreaCode, _ one: PostCode, _ other: PostCode, for staff: ID<StaffMember>,
        from first: Day, through last: Day, on ground: Ground
    ) throws {
        try Problems(
            try exceptionProblems(tx, area: area, one, other, for: staff, from: first, through: last, on: ground)
        ).throwIfAny()
        guard let period = Period(from: first, through: last) else { return }
        try GrantRecords.write(
            tx, area: area,
            PostException(
                staff: staff, one: min(one, other), other: max(one, other), period: period, reason: ground.reason),
            on: ground)
    }

    private static func carryOut(
        _ tx: any Transaction, area: AreaCode, _ request: GrantRequest, on ground: Ground
    ) throws -> ID<PostGrant> {
        let id = try tx.nextID(PostGrant.self, "post_grant")
        guard let held = request.held(as: id) else { throw GrantRequest.badPeriod }
        try GrantRecords.write(tx, area: area, held, on: ground)
        return id
    }

    // MARK: Asking

    /// The posts in a person's hands at a moment; none when the account is locked or closed.
    public static func posts(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>, at now: Moment
    ) throws -> [HeldPost] {
        guard try Staff.find(tx, area: area, staff: staff)?.state == .open else { return [] }
        return try GrantRecords.inForce(tx, area: area, of: staff, at: now)
    }

    /// Who holds a post at a moment, substitutes among them; people whose account is locked or closed left out.
    public static func holders(
        _ tx: any Transaction, area: AreaCode, of post: PostCode, at now: Moment
    ) throws -> [HeldPost] {
        try GrantRecords.inForce(tx, area: area, post: post, at: now).filter {
            try Staff.find(tx, area: area, staff: $0.staff)?.state == .open
        }
    }

    /// What a person's posts open at a moment.
    public static func permissions(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>, at now: Moment
    ) throws -> Set<Permission> {
        let posts = try posts(tx, area: area, of: staff, at: now)
        return try plan(tx, area: area).permissions(of: posts.map(\.post))
    }

    /// Everything in force at a moment, in the order it was granted, at most 5,000.
    public static func holdings(_ tx: any Transaction, area: AreaCode, at now: Moment) throws -> [HeldPost] {
        try GrantRecords.inForce(tx, area: area, at: now)
    }

    /// What a person holds from a day on, present and future: what a withdrawal can choose from.
    public static func standing(
        _ tx: any Transaction, area: AreaCode, of staff: ID<StaffMember>, from day: Day
    ) throws -> [HeldPost] {
        try GrantRecords.standing(tx, area: area, of: staff, from: day)
    }

    /// Every grant that ever was, with its end (任职经历).
    public static func tenures(_ tx: any Transaction, area: AreaCode) throws -> [PostTenure] {
        try GrantRecords.tenures(tx, area: area)
    }

    public static func exceptions(_ tx: any Transaction, area: AreaCode) throws -> [PostException] {
        try GrantRecords.exceptions(tx, area: area)
    }
}
