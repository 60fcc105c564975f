import Basics
import Storage

extension EventKind {
    /// 机构岗位设置
    public static let organisationPlanned: EventKind = "organisation.planned"
}

/// How a plan is kept: five tables under one number.
enum PlanRecords {
    private static let plans = EvidenceTable(
        "organisation_plan", "area", "plan", "matter", "by_kind", "by_number", "happened_at")
    private static let sections = EvidenceTable(
        "plan_section", "area", "plan", "position", .text("code"), .text("name"))
    private static let posts = EvidenceTable(
        "plan_post", "area", "plan", "position", .text("code"), .text("name"), .text("section"), .text("permissions"))
    private static let incompatible = EvidenceTable(
        "plan_incompatible", "area", "plan", .text("one"), .text("other"), "scope", .text("basis"))
    private static let limits = EvidenceTable(
        "plan_limit", "area", "plan", .text("code"), "value", .text("name"), .text("basis"))

    private static let ordered: [(table: EvidenceTable, order: String)] = [
        (plans, "plan"), (sections, "position"), (posts, "position"), (incompatible, "one, other"), (limits, "code"),
    ]

    // MARK: Writing

    static func write(_ tx: any Transaction, area: AreaCode, _ plan: OrganisationPlan, on ground: Ground) throws {
        let number = try tx.nextNumber("organisation_plan")
        let key: [Value] = [Value(area), .int(number)]
        let actor = ground.actor.columns
        try tx.execute(
            plans.insertion,
            key + [Value(ground.matter), .int(actor.kind), .int(actor.number), Value(ground.at)])
        for (position, section) in plan.sections.enumerated() {
            try tx.execute(
                sections.insertion, key + [.int(Int64(position)), .text(section.code), .text(section.name)])
        }
        for (position, post) in plan.posts.enumerated() {
            let permissions = post.permissions.sorted().map(\.rawValue).joined(separator: " ")
            try tx.execute(
                posts.insertion,
                key + [
                    .int(Int64(position)), .text(post.code.text), .text(post.name), .text(post.section),
                    .text(permissions),
                ])
        }
        for pair in plan.incompatible {
            try tx.execute(
                incompatible.insertion,
                key + [.text(pair.one.text), .text(pair.other.text), .int(pair.scope.rawValue), .text(pair.basis)])
        }
        for limit in plan.limits {
            try tx.execute(
                limits.insertion,
                key + [.text(limit.code.rawValue), .int(limit.value), .text(limit.name), .text(limit.basis)])
        }
        try leaveEvent(tx, area: area, number, plan, on: ground)
    }

    private static func leaveEvent(
        _ tx: any Transaction, area: AreaCode, _ number: Int64, _ plan: OrganisationPlan, on ground: Ground
    ) throws {
        var rows = RowDigest()
        try add(tx, area: area, plan: number, to: &rows)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: .organisationPlanned, subject: number, actor: ground.actor, at: ground.at,
                detail: ground.detail(["posts": String(plan.posts.count), "pairs": String(plan.incompatible.count)]),
                rows: rows))
    }

    private static func add(
        _ tx: any Transaction, area: AreaCode, plan: Int64, to digest: inout RowDigest
    ) throws {
        for part in ordered {
            try part.table.addAll(
                tx, "WHERE area = ? AND plan = ? ORDER BY \(part.order)", [Value(area), .int(plan)], to: &digest)
        }
    }

    static let evidence = EvidenceSource(
        "机构岗位设置", kinds: [.organisationPlanned],
        rowCount: "SELECT count(*) FROM organisation_plan WHERE area = ?"
    ) { tx, event, digest in
        try add(tx, area: event.area, plan: event.record, to: &digest)
    }

    // MARK: Reading

    /// The number of the plan in force: the last one; nil before the first.
    static func number(_ tx: any Transaction, area: AreaCode) throws -> Int64? {
        try tx.first(newest, Value(area), read: { try $0.intOrNil(0) }) ?? nil
    }

    /// The plan in force, whole: some hundred pairs of posts.
    static func current(_ tx: any Transaction, area: AreaCode) throws -> OrganisationPlan? {
        guard let number = try number(tx, area: area) else { return nil }
        let key: [Value] = [Value(area), .int(number)]
        return OrganisationPlan(
            sections: try tx.rows(readSections, key) { Section(code: try $0.text(0), name: try $0.text(1)) },
            posts: try tx.rows(readPosts, key, read: post),
            incompatible: try tx.rows(readIncompatible, key) {
                IncompatiblePosts(
                    PostCode(try $0.text(0)), PostCode(try $0.text(1)), try $0.code(2), basis: try $0.text(3))
            },
            limits: try tx.rows(readLimits, key, read: limit))
    }

    /// The posts of the plan in force alone, for the session of a page.
    static func currentPosts(_ tx: any Transaction, area: AreaCode) throws -> [Post] {
        guard let number = try number(tx, area: area) else { return [] }
        return try tx.rows(readPosts, [Value(area), .int(number)], read: post)
    }

    private static func post(_ row: any Row) throws -> Post {
        Post(
            code: PostCode(try row.text(0)), name: try row.text(1), section: try row.text(2),
            permissions: Set(try row.text(3).split(separator: " ").compactMap { Permission(rawValue: String($0)) }))
    }

    private static func limit(_ row: any Row) throws -> ControlLimit {
        let word = try row.text(0)
        guard let code = ControlLimit.Code(rawValue: word) else { throw StoreError.damaged("\(word) is no limit") }
        return ControlLimit(code, try row.int(1), name: try row.text(2), basis: try row.text(3))
    }

    private static let newest: SQL = "SELECT max(plan) FROM organisation_plan WHERE area = ?"
    private static let readSections: SQL =
        "SELECT code, name FROM plan_section WHERE area = ? AND plan = ? ORDER BY position"
    private static let readPosts: SQL =
        "SELECT code, name, section, permissions FROM plan_post WHERE area = ? AND plan = ? ORDER BY position"
    private static let readIncompatible: SQL =
        "SELECT one, other, scope, basis FROM plan_incompatible WHERE area = ? AND plan = ? ORDER BY one, other"
    private static let readLimits: SQL =
        "SELECT code, value, name, basis FROM plan_limit WHERE area = ? AND plan = ? ORDER BY code"
}
