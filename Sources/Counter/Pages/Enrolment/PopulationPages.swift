import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Storage

/// Who should be insured and is not (应保未保), and whose own payments are heavy (防返贫): lists for the towns.
struct PopulationPages: Sendable {
    let site: Site
    private static let pageRows = 100

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/population", to: router) { query, context, _ in try await lists(query, context) }
        site.addList("/population/{list}", to: router) { try await missing($0, $1, $2) }
        site.addList("/hand-overs", to: router) { query, _, _ in try await handOvers(query) }
        site.addList("/hand-overs/{kind}/{month}/{number}", to: router) { _, context, format in
            try await lines(context, format)
        }
    }

    // MARK: Lists of the population

    private func lists(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let before = query.number("after").map { ID<PopulationList>($0) } ?? ID(Int64.max)
        let lists = try await site.agency.store.read { [area = site.area] tx in
            try Enrolment.populationLists(tx, area: area, before: before, limit: Self.pageRows)
        }
        return ListPage(
            title: "应保未保名单", path: "/population", lead: "把公安人口名单、救助对象名单与参保登记逐人比对;未参保的交乡镇动员。",
            table: Table(
                ["名单", "种类", "截至", "人数"],
                lists.map {
                    [
                        .link($0.name, to: "/population/\($0.id)"), .text($0.kind.name), .day($0.asOf),
                        $0.isWhole ? .count($0.lineCount) : .text("已导入 \($0.keptCount) / \($0.lineCount)"),
                    ]
                }, empty: "还没有导入名单,请在“办理事项”中导入人口名单或救助对象名单"),
            links: try site.matterLinks(
                site.kinds.kinds.filter { $0.code.hasPrefix("enrolment.population") }.map { ($0.code, $0.name) },
                context),
            next: lists.count == Self.pageRows ? query.link("/population", ["after": "\(lists.last!.id)"]) : nil,
            first: before.raw == Int64.max ? nil : "/population")
    }

    private func missing(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        guard let number = context.parameters.get("list").flatMap({ Int64($0) }) else {
            throw Problem("counter.population.unknown", "没有这份名单,请从“应保未保名单”进入")
        }
        let after = query.number("after") ?? 0
        let limit = format.rows(ofPage: Self.pageRows)
        let onlyMissing = query["show"] != "all"
        let today = site.agency.clock().day
        let (list, found, towns) = try await site.agency.store.read { [area = site.area] tx in
            guard
                let list = try Enrolment.populationList(tx, area: area, ID(number))
            else { throw Problem("counter.population.unknown", "没有这份名单,请从“应保未保名单”进入") }
            return (
                list, try Agency.compare(tx, area: area, list: list.id, on: today, after: after, limit: limit),
                try Enrolment.towns(tx, area: area)
            )
        }
        let path = "/population/\(number)"
        return ListPage(
            title: "\(list.name)比对", path: path, menu: "/population",
            lead: "截至 \(list.asOf),按今天的参保登记和居民本年度缴费比对;证件号码不一致时按姓名和出生日期找。",
            filters: [
                .init("show", "显示", .choice([("", "应保未保和待核对"), ("all", "全部")]), value: onlyMissing ? "" : "all")
            ],
            table: Table(
                ["行", "姓名", "证件号码", "乡镇街道", "救助身份", "电话", "比对结果", "人员"],
                found.filter { !onlyMissing || $0.isMissing || $0.isDoubtful }.map { row($0, towns, format) },
                empty: "这一段名单里没有应保未保的人"),
            next: found.count == limit
                ? query.link(path, ["after": "\(found.last!.line)"]) : nil,
            first: after == 0 ? nil : query.link(path, ["after": ""]))
    }

    private func row(_ finding: PopulationFinding, _ towns: [Town], _ format: ListFormat) -> [Table.Cell] {
        let given = finding.given
        return [
            .count(finding.line), .text(given.name),
            .text(format == .page ? given.paper.masked : given.paper.number),
            .text(towns.first { $0.code == given.town }?.name ?? given.town), .text(given.assistance?.name ?? ""),
            .text(given.phone), .badge(finding.word, finding.isMissing || finding.isDoubtful ? .warn : .fine),
            finding.person.map { .link("\($0)", to: "/people/\($0)") } ?? .text(""),
        ]
    }

    // MARK: Handed to the towns

    private func handOvers(_ query: Query) async throws -> ListPage {
        let month = Month(query["month"]) ?? site.agency.clock().day.month
        let kind = query.number("kind").flatMap(HandOverKind.init(rawValue:)) ?? HandOverKind.allCases[0]
        let (found, towns) = try await site.agency.store.read { [area = site.area] tx in
            (
                try Enrolment.handOvers(tx, area: area, kind: kind, month: month),
                try Enrolment.towns(tx, area: area)
            )
        }
        return ListPage(
            title: "\(month) 移交乡镇名单", path: "/hand-overs",
            lead: kind == .burdened
                ? "个人负担超过监测线的人按月移交乡镇核查帮扶,监测线依政策参数;移交过的不再重复。" : "名单比对中应保未保的人移交乡镇动员参保;一人一月一次。",
            filters: [
                .init("month", "月份", .month, value: month.description),
                .init(
                    "kind", "种类", .choice(HandOverKind.allCases.map { ("\($0.rawValue)", $0.name) }),
                    value: "\(kind.rawValue)"),
            ],
            table: Table(
                ["乡镇街道", "人数", "移交时间"],
                found.map { handOver in
                    [
                        .link(
                            towns.first { $0.code == handOver.town }?.name ?? "未登记乡镇",
                            to: "/hand-overs/\(kind.rawValue)/\(month)/\(handOver.id)"),
                        .count(handOver.lineCount), .moment(handOver.at),
                    ]
                }, empty: "这个月还没有移交“\(kind.name)”名单"))
    }

    private func lines(_ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let unknown = Problem("counter.handOver.unknown", "没有这份移交名单,请从“移交乡镇名单”进入")
        guard let kind = context.parameters.get("kind").flatMap({ Int64($0) }).flatMap(HandOverKind.init(rawValue:)),
            let month = context.parameters.get("month").flatMap({ Month($0) }),
            let number = context.parameters.get("number").flatMap({ Int64($0) })
        else { throw unknown }
        let lines = try await site.agency.store.read { [area = site.area] tx in
            guard
                let list = try Enrolment.handOvers(tx, area: area, kind: kind, month: month)
                    .first(where: { $0.id.raw == number })
            else { throw unknown }
            return try Enrolment.lines(tx, area: area, of: list)
        }
        return ListPage(
            title: "\(month)\(kind.name)", path: "/hand-overs/\(kind.rawValue)/\(month)/\(number)", menu: "/hand-overs",
            table: Table(
                ["姓名", "证件号码", "人员", "个人负担", "监测线", "说明"],
                lines.map { line in
                    [
                        .text(line.name),
                        .text(format == .page ? line.paper.masked : line.paper.number),
                        line.person.map { .link("\($0)", to: "/people/\($0)") } ?? .text(""), .money(line.amount),
                        .money(line.threshold), .text(line.ground),
                    ]
                }, empty: "名单里没有人"))
    }
}
