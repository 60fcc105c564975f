import Agency
import Basics
import Control
import Hummingbird
import Storage

/// The organisation (科室、岗位、人员): who holds which post, who stands in, which posts exclude each other.
struct OrganisationPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/organisation", to: router) { query, context, _ in try await posts(query, context) }
        site.addList("/organisation/staff", to: router) { query, context, _ in try await staff(query, context) }
        site.addList("/organisation/incompatible", to: router) { query, _, _ in try await incompatible(query) }
        router.get("/organisation/staff/{id}", use: one)
        router.needing(.accounts).post("/organisation/staff/{id}/password", use: issuePassword)
    }

    private struct Facts: Sendable {
        var plan: OrganisationPlan
        var held: [HeldPost]
        var accounts: [StaffAccount]
        var exceptions: [PostException]

        func name(_ staff: ID<StaffMember>) -> String { accounts.first { $0.id == staff }?.displayName ?? "\(staff)" }
    }

    private func facts() async throws -> Facts {
        let now = site.agency.clock()
        return try await site.agency.store.read { [area = site.area] tx in
            Facts(
                plan: try Organisation.plan(tx, area: area), held: try Organisation.holdings(tx, area: area, at: now),
                accounts: try Staff.all(tx, area: area), exceptions: try Organisation.exceptions(tx, area: area))
        }
    }

    // MARK: Posts and their holders

    private func posts(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let facts = try await facts()
        let wanted = query["section"]
        let rows = facts.plan.posts.filter { wanted.isEmpty || $0.section == wanted }.map { post -> [Table.Cell] in
            let held = facts.held.filter { $0.post == post.code }
            let own = held.filter { $0.onBehalfOf == nil }.map { facts.name($0.staff) }
            let standIns = held.compactMap { one in one.onBehalfOf.map { standIn(one, for: $0, facts) } }
            return [
                .text(facts.plan.section(post.section)?.name ?? post.section), .text(post.name),
                own.isEmpty ? .badge("空缺", .warn) : .text(own.joined(separator: "、")),
                .text(standIns.joined(separator: ";")), .text(words(of: post.permissions)),
            ]
        }
        return ListPage(
            title: "科室和岗位", path: "/organisation", lead: "权限只随岗位走;代班到期自动失效。岗位的授予和收回在“办理事项”中办理。",
            filters: [
                .init(
                    "section", "科室", .choice([("", "全部")] + facts.plan.sections.map { ($0.code, $0.name) }), query)
            ],
            table: Table(["科室", "岗位", "在岗人员", "代班", "可以查看"], rows, empty: "没有这个科室,请改选"),
            links: try site.matterLinks([("control.post.grant", "授予岗位"), ("control.post.substitute", "安排代班")], context))
    }

    private func standIn(_ held: HeldPost, for absent: ID<StaffMember>, _ facts: Facts) -> String {
        let end = held.period.last.map { ",至 \($0)" } ?? ""
        return "\(facts.name(held.staff))代\(facts.name(absent))\(end)"
    }

    private func words(of permissions: Set<Permission>) -> String {
        permissions.sorted().filter { $0 != .matters && $0 != .overview }.map(\.name).joined(separator: "、")
    }

    // MARK: People and accounts

    private func staff(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let facts = try await facts()
        let words = query["q"]
        let rows = facts.accounts.filter {
            words.isEmpty || $0.displayName.contains(words) || $0.login.contains(words)
        }.map { account -> [Table.Cell] in
            let held = facts.held.filter { $0.staff == account.id }
            return [
                .link(account.login, to: "/organisation/staff/\(account.id)"), .text(account.displayName),
                .text(held.map { self.words($0, facts) }.joined(separator: "、")), badge(account),
                .moment(account.awaitsPassword ? nil : account.passwordSetAt),
            ]
        }
        return ListPage(
            title: "人员和账号", path: "/organisation/staff", filters: [.init("q", "姓名或登录名", query)],
            table: Table(["登录名", "姓名", "岗位", "账号", "密码设于"], rows, empty: "没有这个人,请核对姓名或登录名"),
            links: try site.matterLinks([("control.account.open", "开立账号")], context))
    }

    private func badge(_ account: StaffAccount) -> Table.Cell {
        if account.awaitsPassword { return .badge("待发初始密码", .warn) }
        return .badge(account.state.name, account.state == .open ? .fine : .grey)
    }

    private func words(_ held: HeldPost, _ facts: Facts) -> String {
        let name = facts.plan.name(of: held.post)
        return held.onBehalfOf.map { "\(name)(代\(facts.name($0)))" } ?? name
    }

    // MARK: One person

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        let facts = try await facts()
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }),
            let account = facts.accounts.first(where: { $0.id.raw == number })
        else { throw Problem("control.staff.unknown", "没有这个经办人员,请从“人员和账号”进入") }
        let (tenures, recusals) = try await site.agency.store.read { [area = site.area] tx in
            (
                try Organisation.tenures(tx, area: area).filter { $0.held.staff == account.id },
                try Recusals.all(tx, area: area).filter { $0.staff == account.id }
            )
        }
        let exceptions = facts.exceptions.filter { $0.staff == account.id }
        return try site.subject(
            SubjectPage(
                title: account.displayName, number: account.login, menu: "/organisation/staff",
                facts: [
                    .init("账号", account.awaitsPassword ? "待发初始密码" : account.state.name),
                    .init("密码设于", account.awaitsPassword ? "" : account.passwordSetAt.description),
                ],
                acts: try site.matterLinks(
                    [
                        ("control.post.grant", "授予岗位"), ("control.post.withdraw", "收回岗位"),
                        ("control.post.substitute", "安排代班"), ("control.account.lock", "停用账号"),
                        ("control.account.close", "注销账号"),
                        ("control.recusal.declare", "回避登记"),
                    ], given: "staff=\(account.id)", context),
                button: account.awaitsPassword && (try context.signedIn().has(.accounts))
                    ? .init("发放初始密码", "/organisation/staff/\(account.id)/password") : nil,
                sections: [
                    .init(title: "任职经历", table: tenureTable(tenures, facts)),
                    .init(
                        title: "不相容岗位例外",
                        table: Table(
                            ["岗位", "与", "期间", "理由"],
                            exceptions.map {
                                [
                                    .text(facts.plan.name(of: $0.one)), .text(facts.plan.name(of: $0.other)),
                                    .text($0.period.words), .text($0.reason),
                                ]
                            }, empty: "没有例外")),
                    .init(title: "回避登记", table: recusalTable(recusals)),
                ]), context)
    }

    private func recusalTable(_ recusals: [Recusal]) -> Table {
        Table(
            ["编号", "对象", "关系", "登记", "解除", "理由", "办件"],
            recusals.map { recusal -> [Table.Cell] in
                let (kind, number) = (recusal.concern.kind, recusal.concern.number)
                let words = "\(kind.name) \(number)"
                let page =
                    switch kind {
                    case .person: "/people/\(number)"
                    case .employer: "/employers/\(number)"
                    case .staff: "/organisation/staff/\(number)"
                    }
                return [
                    .text("\(recusal.id)"), .link(words, to: page),
                    .text(recusal.relation.name), .moment(recusal.ground.at), .moment(recusal.endedAt),
                    .text(recusal.ground.reason), .matter(recusal.ground.matter),
                ]
            }, empty: "没有回避登记")
    }

    private func tenureTable(_ tenures: [PostTenure], _ facts: Facts) -> Table {
        Table(
            ["岗位", "期间", "授予", "理由", "办件"],
            tenures.reversed().map { tenure in
                [
                    .text(words(tenure.held, facts)),
                    .text(tenure.period?.words ?? "没有生效(\(tenure.held.period.words))"),
                    .moment(tenure.grantedAt), .text(tenure.reason),
                    .matter(tenure.matter),
                ]
            }, empty: "没有担任过岗位")
    }

    // MARK: The first password

    /// Drawn at random, shown once, to be changed by its owner at the first sign-in.
    @Sendable private func issuePassword(_ request: Request, _ context: CounterContext) async throws -> Response {
        _ = try await site.form(request, context)
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("control.staff.unknown", "没有这个经办人员,请从“人员和账号”进入")
        }
        let (password, credential) = await Credential.first()
        let ground = Ground("发放初始密码", by: .staff(try context.signedIn().account.id), at: site.agency.clock())
        let account = try await site.agency.store.write { [area = site.area] tx in
            try Staff.issuePassword(tx, area: area, staff: ID(number), credential, on: ground)
            return try Staff.find(tx, area: area, staff: ID(number))
        }
        let model: Model = [
            "name": account?.displayName ?? "", "login": account?.login ?? "", "password": password, "id": "\(number)",
        ]
        return try site.page("first-password", model, at: "/organisation/staff", context)
    }

    // MARK: Incompatible posts

    private func incompatible(_ query: Query) async throws -> ListPage {
        let facts = try await facts()
        let words = query["q"]
        let rows = facts.plan.incompatible.map { rule -> [Table.Cell] in
            [
                .text(facts.plan.words(of: rule.one)), .text(facts.plan.words(of: rule.other)), .text(rule.scope.name),
                .text(rule.basis),
            ]
        }.filter { row in words.isEmpty || row.contains { $0.shown.contains(words) } }
        return ListPage(
            title: "不相容岗位", path: "/organisation/incompatible", lead: "授予岗位和安排代班时逐条检查;确有必要的,先办“不相容岗位例外”。",
            filters: [.init("q", "岗位或依据中的字", query)],
            table: Table(["岗位", "与", "限制", "依据"], rows, empty: "没有符合条件的规定"))
    }
}

extension OrganisationPlan {
    /// `@finance` stands for a whole section.
    fileprivate func words(of code: PostCode) -> String {
        guard code.text.hasPrefix("@") else { return name(of: code) }
        return (section(String(code.text.dropFirst()))?.name ?? code.text) + "各岗"
    }
}

extension Period {
    /// As people write it: 2026-03-01 至 2026-05-31, 2026-03-01 起.
    fileprivate var words: String { last.map { "\(first) 至 \($0)" } ?? "\(first) 起" }
}
