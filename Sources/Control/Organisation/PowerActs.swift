import Basics
import Storage

/// Something that changed who may do what (权限变更): accounts, posts, exceptions, plans.
public struct PowerAct: Hashable, Sendable {
    /// 授予岗位 会计
    public let words: String
    /// Whom it concerns; nil for a new plan.
    public let staff: ID<StaffMember>?
    public let ground: Ground

    /// From the machine itself, without a matter (应急操作).
    public var isEmergency: Bool { ground.matter == nil && ground.actor == .system }
}

/// How an account is used (账号使用情况).
public struct AccountUse: Hashable, Sendable {
    public let account: StaffAccount
    public let openedAt: Moment
    /// The last sign-in or act in a matter; nil for never.
    public let lastUsed: Moment?
    /// The last day on which the person held a post; nil for never.
    public let lastHeld: Day?
    /// The person holds a post now.
    public let isInPost: Bool
}

/// Two sign-ins to one account, from two addresses, closer together than one person is (共用账号迹象).
public struct SharedSignIn: Hashable, Sendable {
    public let staff: ID<StaffMember>
    public let first: (address: String, at: Moment)
    public let second: (address: String, at: Moment)

    public static func == (a: SharedSignIn, b: SharedSignIn) -> Bool {
        a.staff == b.staff && a.first == b.first && a.second == b.second
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(staff)
        hasher.combine(first.at)
        hasher.combine(second.at)
    }
}

/// What an inspection asks about powers and accounts (经办风险检查).
public enum PowerFacts {
    // MARK: Changes

    /// Every change of powers in a period, oldest first. What was done at the founding of the house is left out: it is
    /// the state from which changes begin.
    public static func changes(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [PowerAct] {
        let plan = try Organisation.plan(tx, area: area)
        let window: [Value] = [Value(area), Value(Moment(first)), Value(Moment(last + 1))]
        let acts =
            try accounts(tx, window) + grants(tx, window, plan) + withdrawals(tx, window, plan)
            + exceptions(tx, window, plan) + plans(tx, window)
        let founding = try tx.first("SELECT min(happened_at) FROM organisation_plan WHERE area = ?", Value(area)) {
            try $0.intOrNil(0).map { Moment(seconds: $0) }
        }
        return
            acts.filter { $0.ground.at != founding ?? nil }
            .sorted { ($0.ground.at, $0.staff?.raw ?? 0) < ($1.ground.at, $1.staff?.raw ?? 0) }
    }

    private static let ground = "reason, matter, by_kind, by_number, happened_at"
    private static let within = "area = ? AND happened_at >= ? AND happened_at < ?"

    private static func act(_ row: any Row, _ words: String, staff: ID<StaffMember>?) throws -> PowerAct {
        PowerAct(
            words: words, staff: staff,
            ground: Ground(
                try row.text(0), matter: row.isNull(1) ? nil : try row.id(1),
                by: Actor(kind: try row.int(2), number: try row.int(3)) ?? .system, at: try row.moment(4)))
    }

    private static func accounts(_ tx: any Transaction, _ window: [Value]) throws -> [PowerAct] {
        // A person's own new password changes no power.
        let query = SQL(
            """
            SELECT \(ground), staff, kind FROM staff_act
            WHERE \(within) AND NOT (kind = 2 AND by_kind = 1 AND by_number = staff) ORDER BY act
            """)
        return try tx.rows(query, window) { row in
            try act(row, try row.code(6, StaffAct.Kind.self).words, staff: try row.id(5))
        }
    }

    private static func grants(
        _ tx: any Transaction, _ window: [Value], _ plan: OrganisationPlan
    ) throws -> [PowerAct] {
        try tx.rows(
            SQL("SELECT \(ground), staff, post, on_behalf_of FROM post_grant WHERE \(within) ORDER BY id"), window
        ) { row in
            let verb = row.isNull(7) ? "授予岗位" : "安排代班"
            return try act(row, "\(verb) \(plan.name(of: PostCode(try row.text(6))))", staff: try row.id(5))
        }
    }

    private static func withdrawals(
        _ tx: any Transaction, _ window: [Value], _ plan: OrganisationPlan
    ) throws -> [PowerAct] {
        try tx.rows(withdrawn, window) { row in
            try act(row, "收回岗位 \(plan.name(of: PostCode(try row.text(6))))", staff: try row.id(5))
        }
    }

    private static let withdrawn: SQL = """
        SELECT w.reason, w.matter, w.by_kind, w.by_number, w.happened_at, w.staff, g.post
        FROM post_withdrawal w JOIN post_grant g ON g.area = w.area AND g.id = w.grant_id
        WHERE w.area = ? AND w.happened_at >= ? AND w.happened_at < ? ORDER BY w.grant_id
        """

    private static func exceptions(
        _ tx: any Transaction, _ window: [Value], _ plan: OrganisationPlan
    ) throws -> [PowerAct] {
        try tx.rows(
            SQL("SELECT \(ground), staff, one, other FROM post_exception WHERE \(within) ORDER BY id"), window
        ) { row in
            let one = plan.name(of: PostCode(try row.text(6))), other = plan.name(of: PostCode(try row.text(7)))
            return try act(row, "不相容岗位例外 \(one)、\(other)", staff: try row.id(5))
        }
    }

    private static func plans(_ tx: any Transaction, _ window: [Value]) throws -> [PowerAct] {
        try tx.rows(
            SQL(
                "SELECT '', matter, by_kind, by_number, happened_at FROM organisation_plan WHERE \(within) ORDER BY plan"
            ),
            window
        ) { try act($0, "机构岗位设置", staff: nil) }
    }

    // MARK: Accounts

    /// How every account that is not closed is used.
    public static func use(_ tx: any Transaction, area: AreaCode, at now: Moment) throws -> [AccountUse] {
        let signedIn = try moments(tx, lastSignIns, area)
        let acted = try moments(tx, lastActs, area)
        let opened = try moments(tx, openings, area)
        let tenures = Dictionary(grouping: try Organisation.tenures(tx, area: area)) { $0.held.staff }
        return try Staff.all(tx, area: area).filter { $0.state != .closed }.map { account in
            let periods = (tenures[account.id] ?? []).compactMap(\.period)
            let inPost = try GrantRecords.inForce(tx, area: area, of: account.id, at: now)
            return AccountUse(
                account: account, openedAt: opened[account.id] ?? now,
                lastUsed: [signedIn[account.id], acted[account.id]].compactMap { $0 }.max(),
                lastHeld: periods.map { min($0.last ?? now.day, now.day) }.max(), isInPost: !inPost.isEmpty)
        }
    }

    private static func moments(
        _ tx: any Transaction, _ query: SQL, _ area: AreaCode
    ) throws -> [ID<StaffMember>: Moment] {
        Dictionary(
            try tx.rows(query, Value(area)) { (try $0.id(0, StaffMember.self), try $0.moment(1)) }
        ) { first, _ in first }
    }

    private static let lastSignIns: SQL =
        "SELECT staff, max(happened_at) FROM sign_in WHERE area = ? AND outcome = 1 GROUP BY staff"
    private static let lastActs: SQL = """
        SELECT actor, max(happened_at) FROM matter_act WHERE area = ? AND actor_kind = 1 GROUP BY actor
        """
    private static let openings: SQL = "SELECT id, opened_at FROM staff WHERE area = ?"

    /// Sign-ins of one account from two addresses within so many minutes.
    public static func sharedSignIns(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day, minutes: Int
    ) throws -> [SharedSignIn] {
        var found: [SharedSignIn] = []
        var previous: (staff: ID<StaffMember>, address: String, at: Moment)?
        let window: [Value] = [Value(area), Value(Moment(first)), Value(Moment(last + 1))]
        try tx.forEach(signInsByStaff, window) { row in
            let next = (staff: try row.id(0, StaffMember.self), address: try row.text(1), at: try row.moment(2))
            if let previous, previous.staff == next.staff, previous.address != next.address,
                next.at.seconds - previous.at.seconds <= Int64(minutes) * 60
            {
                found.append(
                    SharedSignIn(
                        staff: next.staff, first: (previous.address, previous.at), second: (next.address, next.at)))
            }
            previous = next
            return true
        }
        return found
    }

    private static let signInsByStaff: SQL = """
        SELECT staff, came_from, happened_at FROM sign_in
        WHERE area = ? AND outcome = 1 AND came_from <> '' AND happened_at >= ? AND happened_at < ? ORDER BY staff, id
        """

    // MARK: Conflicts

    /// Two posts that one person held at the same time in a period although they are kept apart today, whether or not
    /// an exception covered them (`isExcepted`).
    public static func conflicts(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [(conflict: PostConflict, isExcepted: Bool)] {
        guard let window = Period(from: first, through: last) else { return [] }
        let plan = try Organisation.plan(tx, area: area)
        let exceptions = try Organisation.exceptions(tx, area: area)
        let tenures = try Organisation.tenures(tx, area: area)
        let spans = Dictionary(tenures.map { ($0.held.grant, $0.span) }) { first, _ in first }
        let held = tenures.compactMap { tenure in
            tenure.period?.intersection(window).map {
                HeldPost(
                    grant: tenure.held.grant, staff: tenure.held.staff, post: tenure.held.post, period: $0,
                    onBehalfOf: tenure.held.onBehalfOf)
            }
        }
        return Dictionary(grouping: held) { $0.staff }.sorted { $0.key < $1.key }.flatMap { _, held in
            let open = plan.conflicts(within: held, exceptions: exceptions)
            return plan.conflicts(within: held, exceptions: [])
                .filter { met(spans[$0.one.grant], spans[$0.other.grant]) }
                .map { ($0, !open.contains($0)) }
        }
    }

    /// One post given up in the morning and the other given in the afternoon were never held together.
    private static func met(_ one: Range<Moment>?, _ other: Range<Moment>?) -> Bool {
        guard let one, let other else { return false }
        return one.overlaps(other)
    }
}

extension StaffAct.Kind {
    var words: String {
        switch self {
        case .opened: "开设账号"
        case .passwordChanged: "设置密码"
        case .locked: "停用账号"
        case .unlocked: "恢复账号"
        case .closed: "注销账号"
        case .renamed: "更正姓名"
        case .passwordVoided: "作废密码"
        }
    }
}
