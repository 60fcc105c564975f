import Agency
import Basics
import Contributions
import Control
import Enrolment
import Hummingbird
import Policy
import Storage

/// Employers (参保单位): found by name, credit code or number; one employer with its people and its history.
struct EmployerPages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/employers", to: router) { try await list($0, $1, $2) }
        router.get("/employers/{id}", use: one)
        site.addList("/employers/{id}/members", to: router) { try await members($0, $1, $2) }
    }

    // MARK: Search

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let filter = EmployerFilter(
            text: query["q"], state: query.number("state").flatMap(EmployerState.init(rawValue:)),
            management: query.number("management").flatMap(ManagementType.init(rawValue:)))
        let limit = format.rows(ofPage: Self.pageRows)
        let after = query.number("after").map { ID<Employer>($0) } ?? ID(0)
        let today = site.agency.clock().day
        let (found, counts) = try await site.agency.store.read { [area = site.area] tx in
            let found = try Enrolment.employers(tx, area: area, filter, after: after, limit: limit)
            return (found, try Enrolment.headcounts(tx, area: area, of: found.map(\.id), on: today))
        }
        let rows = found.map { employer -> [Table.Cell] in
            [
                .link("\(employer.id)", to: "/employers/\(employer.id)"),
                .link(employer.name, to: "/employers/\(employer.id)"), .text(employer.creditCode),
                .text(employer.management.name), .count(Int64(counts[employer.id] ?? 0)), employer.state.badge,
            ]
        }
        let isFull = found.count == limit
        return ListPage(
            title: "参保单位", path: "/employers",
            filters: [
                .init("q", "名称开头或统一社会信用代码", query),
                .init(
                    "state", "状态", .choice([("", "全部")] + EmployerState.allCases.map { ("\($0.rawValue)", $0.name) }),
                    query),
                .init(
                    "management", "管理类型",
                    .choice([("", "全部")] + ManagementType.allCases.map { ("\($0.rawValue)", $0.name) }), query),
            ],
            table: Table(
                ["单位编号", "名称", "统一社会信用代码", "管理类型", "在保人数", "状态"], rows,
                empty: "没有符合条件的单位;新单位请办理“单位参保登记”"),
            links: try site.matterLinks([("enrolment.employer.register", "单位参保登记")], context),
            next: isFull ? query.link("/employers", ["after": "\(found.last!.id)"]) : nil,
            first: after.raw == 0 ? nil : query.link("/employers", ["after": ""]))
    }

    private func number(_ context: CounterContext) throws -> ID<Employer> {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else { throw Self.unknown }
        return ID(number)
    }

    private static let unknown = Problem("counter.employer.unknown", "没有找到这个单位,请用名称或统一社会信用代码查找")

    // MARK: One employer

    private struct Facts: Sendable {
        var employer: EmployerRecord
        var acts: [EmployerAct]
        var count: Int
        /// 所属乡镇街道
        var town: String
        var parent: EmployerRecord?
        var successor: EmployerRecord?
        /// 催缴记录, the newest first
        var dunnings: [Dunning]
    }

    private func facts(_ id: ID<Employer>) async throws -> Facts {
        let today = site.agency.clock().day
        return try await site.agency.store.read { [area = site.area] tx in
            guard let employer = try Enrolment.employer(tx, area: area, id) else { throw Self.unknown }
            let acts = try Enrolment.acts(tx, area: area, ofEmployer: id)
            return Facts(
                employer: employer, acts: acts,
                count: try Enrolment.headcounts(tx, area: area, of: [id], on: today)[id] ?? 0,
                town: try Site.townWords(tx, area: area, acts.last?.particulars.division ?? ""),
                parent: try employer.parent.flatMap { try Enrolment.employer(tx, area: area, $0) },
                successor: try employer.successor.flatMap { try Enrolment.employer(tx, area: area, $0) },
                dunnings: try Contributions.dunnings(tx, area: area, of: .employer(id)))
        }
    }

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        let facts = try await facts(try number(context))
        let employer = facts.employer
        let levies = try await levies(employer.id, context)
        return try site.subject(
            SubjectPage(
                title: employer.name, number: "单位编号 \(employer.id)",
                badges: [(employer.state.name, employer.state == .paying ? .fine : .warn)], menu: "/employers",
                notices: facts.successor.map { ["已并入“\($0.name)”(单位编号 \($0.id)),请到该单位办理"] } ?? [],
                facts: particulars(facts), acts: try site.matterLinks(about: .employer, employer.id.raw, context),
                sections: [
                    memberSection(facts), levies, dunnings(facts.dunnings, of: employer.id), history(facts.acts),
                ].compactMap {
                    $0
                }),
            context)
    }

    private func particulars(_ facts: Facts) -> [SubjectPage.Fact] {
        let employer = facts.employer
        var rows: [SubjectPage.Fact] = [
            .init("统一社会信用代码", employer.creditCode), .init("管理类型", employer.management.name),
            .init("在保人数", String(facts.count), href: "/employers/\(employer.id)/members", isStrong: true),
        ]
        if let parent = facts.parent { rows.append(.init("上级单位", parent.name, href: "/employers/\(parent.id)")) }
        guard let particulars = facts.acts.last?.particulars else { return rows }
        let more = [
            ("法定代表人", particulars.legalPerson), ("联系人", particulars.contact), ("电话", particulars.phone),
            ("地址", particulars.address), ("所属乡镇街道", facts.town), ("纳税人识别号", particulars.taxNumber),
            ("开户银行", particulars.bank),
            ("银行账号", particulars.bankAccount),
        ]
        return rows + more.filter { !$0.1.isEmpty }.map { .init($0.0, $0.1) }
    }

    private func memberSection(_ facts: Facts) -> SubjectPage.Section {
        SubjectPage.Section(
            title: "参保人员", note: facts.count == 0 ? "目前没有在保人员,可办理增员。" : "在保 \(facts.count) 人。",
            links: [.init("人员名单", "/employers/\(facts.employer.id)/members")])
    }

    /// What the employer was billed and what is still owed, for those who may see it.
    private func levies(_ id: ID<Employer>, _ context: CounterContext) async throws -> SubjectPage.Section? {
        guard try context.signedIn().has(.contributions) else { return nil }
        let today = site.agency.clock().day
        let policy = try site.agency.policies.area(site.area)
        let (bills, owed) = try await site.agency.store.read { [area = site.area] tx in
            let bills = try Contributions.bills(tx, area: area, of: .employer(id), limit: 12).map { bill in
                let terms = bill.insurance == .resident ? nil : try Agency.lateFees(policy)(bill.months.lowerBound)
                return (bill, try Contributions.standing(tx, area: area, of: bill, terms: terms, on: today))
            }
            return (bills, try Agency.owedSum(tx, area: area, employer: id, on: today))
        }
        return SubjectPage.Section(
            title: "应缴和欠费",
            facts: [
                .init("未缴清", "\(owed.bills) 张应缴单"), .init("本金", owed.principal.grouped + " 元"),
                .init("滞纳金", owed.lateFee.grouped + " 元"), .init("合计", owed.total.grouped + " 元", isStrong: true),
            ],
            table: Table(
                ["应缴单", "所属期", "种类", "应缴", "已缴", "滞纳金", "缴费期限", "状态"],
                bills.map { bill, standing in
                    [
                        .link("\(bill.id)", to: "/bills/\(bill.id)"), .text(bill.periodName), .text(bill.purpose.name),
                        .money(bill.payable), .money(standing.paid), .money(standing.lateFee), .day(standing.due),
                        standing.badge(on: today),
                    ]
                }, empty: "还没有核定应缴"),
            links: [.init("全部应缴", "/bills?payer=\(id)")])
    }

    private func dunnings(_ dunnings: [Dunning], of employer: ID<Employer>) -> SubjectPage.Section? {
        guard !dunnings.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "催缴记录",
            table: Table(
                ["催缴日", "应缴单", "本金", "滞纳金", "限期", "办件"],
                dunnings.map { dunning in
                    [
                        .day(dunning.on), .count(dunning.bills), .money(dunning.principal), .money(dunning.lateFee),
                        .day(dunning.payBy), .matter(dunning.matter),
                    ]
                }, empty: ""), links: [.init("打印最近一次催缴通知书", "/employers/\(employer)/dunning")])
    }

    private func history(_ acts: [EmployerAct]) -> SubjectPage.Section {
        SubjectPage.Section(
            title: "变更记录",
            table: Table(
                ["日期", "事项", "名称", "状态", "依据", "办理时间", "办件"],
                acts.reversed().map { act in
                    [
                        .day(act.day), .text(act.kind.name), .text(act.particulars.name), .text(act.state.name),
                        .text(act.trace.ground), .moment(act.trace.at), .matter(act.trace.matter),
                    ]
                }, empty: "没有变更"))
    }

    // MARK: Its people

    private func members(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let id = try number(context)
        let limit = format.rows(ofPage: Self.pageRows)
        let after = query.number("after").map { ID<Person>($0) } ?? ID(0)
        let (employer, members) = try await site.agency.store.read { [area = site.area] tx in
            guard let employer = try Enrolment.employer(tx, area: area, id) else { throw Self.unknown }
            return (employer, try Enrolment.members(tx, area: area, employer: id, after: after, limit: limit))
        }
        let today = site.agency.clock().day
        let rows = members.map { member -> [Table.Cell] in
            let spell = member.spell
            let isNow = spell.period.contains(today)
            return [
                .link("\(member.person)", to: "/people/\(member.person)"),
                .link(member.name, to: "/people/\(member.person)"),
                .text(format == .page ? member.paper.masked : member.paper.number),
                .text(spell.insurance.name), .text(spell.category.name), .day(spell.period.first),
                .text(spell.period.last?.description ?? "至今"), .badge(isNow ? "在保" : "不在保", isNow ? .fine : .grey),
            ]
        }
        let people = Set(members.map(\.person)).count
        let path = "/employers/\(id)/members"
        return ListPage(
            title: "\(employer.name)参保人员", path: path, menu: "/employers",
            table: Table(["人员编号", "姓名", "证件号码", "险种", "人员类别", "起", "止", "状态"], rows, empty: "这个单位还没有人参保,请办理增员"),
            links: [.init("单位页面", "/employers/\(id)")],
            next: people == limit ? query.link(path, ["after": "\(members.last!.person)"]) : nil,
            first: after.raw == 0 ? nil : path)
    }
}

extension EmployerState {
    var badge: Table.Cell {
        switch self {
        case .paying: .badge(name, .fine)
        case .registered, .closed: .badge(name, .grey)
        case .suspended: .badge(name, .warn)
        }
    }
}
