import Agency
import Basics
import Contributions
import Control
import Enrolment
import Hummingbird
import Policy
import Storage

/// Whom a month's billing could not bill as it should (未申报未核定): people whose wage nobody declared, flexible workers
/// who chose no base, and whoever owes for the month and is on nobody's bill.
struct UnbilledPages: Sendable {
    let site: Site
    private static let pageRows = 100

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/unbilled", to: router) { try await list($0, $1, $2) }
    }

    private enum Way: String, CaseIterable {
        case undeclared, withoutBase, leftOut

        var title: String {
            switch self {
            case .undeclared: "未申报工资的职工"
            case .withoutBase: "未选缴费基数的灵活就业人员"
            case .leftOut: "漏核定的人员"
            }
        }

        var lead: String {
            switch self {
            case .undeclared: "单位没有申报工资、按上月缴费额的规定比例核定的职工;单位补报工资后,已核定的月份按申报结算,不再列出。"
            case .withoutBase: "没有选择缴费基数、因此没有核定的灵活就业人员;选定基数后再办理一次按月核定。"
            case .leftOut: "当月应缴而没有应缴单的人员:按月核定之后增员、迟登记的;补收后不再列出。"
            }
        }

        var matters: [(code: String, title: String)] {
            switch self {
            case .undeclared: [("contributions.wages.declare", "缴费工资申报")]
            case .withoutBase:
                [("contributions.base.choose", "灵活就业缴费基数选择"), ("contributions.run.month", "职工按月核定")]
            case .leftOut: [("contributions.supplement", "补收"), ("contributions.base.choose", "灵活就业缴费基数选择")]
            }
        }
    }

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let month = Month(query["month"]) ?? site.agency.clock().day.month
        let way = Way(rawValue: query["way"]) ?? .undeclared
        let limit = format.rows(ofPage: Self.pageRows)
        let found =
            switch way {
            case .undeclared: try await undeclared(query, month, limit)
            case .withoutBase: try await withoutBase(query, month, limit, context)
            case .leftOut: try await leftOut(query, month, limit, context)
            }
        return ListPage(
            title: "未申报未核定", path: "/unbilled", lead: way.lead,
            filters: [
                .init("month", "费款所属月", .month, value: month.description),
                .init("way", "名单", .choice(Way.allCases.map { ($0.rawValue, $0.title) }), value: way.rawValue),
            ],
            table: found.table, links: try site.matterLinks(way.matters, context),
            next: found.next.map { query.link("/unbilled", $0) },
            first: query["after"].isEmpty ? nil : query.link("/unbilled", ["after": "", "person": ""]))
    }

    private struct Found {
        var table: Table
        /// Where the next page begins.
        var next: [String: String]?
    }

    private func undeclared(_ query: Query, _ month: Month, _ limit: Int) async throws -> Found {
        let (bill, person) = (query.number("after") ?? 0, query.number("person") ?? 0)
        let policy = try site.agency.policies.area(site.area)
        let year = try LevyTerms(policy, month: month).baseYear(of: month)
        let (lines, names) = try await site.agency.store.read { [area = site.area] tx in
            let lines = try Contributions.undeclared(
                tx, area: area, month: month, baseYear: year, after: ID(bill), ID(person), limit: limit)
            let payers = lines.flatMap { [Payer.employer($0.employer), .person($0.person)] }
            return (lines, try PayerNames(payers, area, tx))
        }
        let rows = lines.map { line -> [Table.Cell] in
            [
                names.cell(.employer(line.employer)), names.cell(.person(line.person)), .money(line.base),
                .link("\(line.bill)", to: "/bills/\(line.bill)"),
            ]
        }
        let next = lines.count == limit ? lines.last.map { ["after": "\($0.bill)", "person": "\($0.person)"] } : nil
        return Found(
            table: Table(["单位", "人员", "核定基数", "应缴单"], rows, empty: "\(month) 核定的职工都申报了工资"), next: next)
    }

    private func withoutBase(
        _ query: Query, _ month: Month, _ limit: Int, _ context: CounterContext
    ) async throws -> Found {
        let start = query.number("after").map { ID<Person>($0) } ?? ID(0)
        let (people, last, names) = try await site.agency.store.read { [area = site.area] tx in
            var (people, last, after): ([ID<Person>], ID<Person>?, ID<Person>) = ([], nil, start)
            while people.count < limit,
                let page = try Agency.withoutBase(tx, area: area, month: month, after: after, limit: limit)
            {
                people += page.people
                (last, after) = (page.last, page.last)
            }
            // A page of payers is never longer than the list's own: what goes beyond begins the next.
            if people.count > limit { last = people[limit - 1] }
            let shown = Array(people.prefix(limit))
            return (shown, people.count >= limit ? last : nil, try PayerNames(shown.map { .person($0) }, area, tx))
        }
        let rows = try people.map { person -> [Table.Cell] in
            let act = try site.matterLinks(
                [("contributions.base.choose", "选择缴费基数")], given: "person=\(person)&from=\(month)", context
            ).first
            return [
                names.cell(.person(person)), .text("\(person)"), act.map { .link($0.title, to: $0.href) } ?? .text(""),
            ]
        }
        return Found(
            table: Table(["人员", "人员编号", "办理"], rows, empty: "\(month) 的灵活就业人员都已核定或选定基数"),
            next: last.map { ["after": "\($0)"] })
    }

    private func leftOut(
        _ query: Query, _ month: Month, _ limit: Int, _ context: CounterContext
    ) async throws -> Found {
        let start = query.number("after").map { ID<Person>($0) } ?? ID(0)
        let (found, next, names, isBilled) = try await site.agency.store.read { [area = site.area] tx in
            let page = try Agency.unbilled(tx, area: area, month: month, after: start, limit: limit)
            let payers =
                page.found.map { Payer.person($0.person) } + page.found.compactMap { $0.employer.map(Payer.employer) }
            return (
                page.found, page.next, try PayerNames(payers, area, tx), try Agency.isBilled(tx, area: area, month)
            )
        }
        let rows = try found.map { one -> [Table.Cell] in
            let given = one.employer.map { "employer=\($0)&person=\(one.person)" } ?? "person=\(one.person)"
            let act = try site.matterLinks(
                [("contributions.supplement", "补收")], given: "\(given)&last=\(month)", context
            ).first
            return [
                names.cell(.person(one.person)),
                one.employer.map { names.cell(.employer($0)) } ?? .text(one.spell.category.name),
                .text("\(one.spell.period.first)"), .text(one.applied.map { "\($0)" } ?? ""),
                act.map { .link($0.title, to: $0.href) } ?? .text(""),
            ]
        }
        return Found(
            table: Table(
                ["人员", "缴费人", "参保起始日", "申请登记日", "办理"], rows,
                empty: isBilled ? "\(month) 应缴的人员都已核定" : "\(month) 还没有办理按月核定"),
            next: next.map { ["after": "\($0)"] })
    }
}
