import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Policy
import Portability
import Storage

/// Transfers between cities (关系转移接续): the lists by state, one transfer with its course, the statistics.
struct TransferPages: Sendable {
    let site: Site
    private static let pageRows = 50
    private static let exportRowsMax = 500

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/transfers", to: router) { try await list($0, $1, $2) }
        site.addList("/transfers/receipts", to: router) { try await receipts($0, $1, $2) }
        site.addList("/transfers/statistics", to: router) { query, _, _ in try await statistics(query) }
        router.get("/transfers/{id}", use: one)
    }

    // MARK: Lists

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let direction = query.number("direction").flatMap(TransferDirection.init(rawValue:)) ?? .incoming
        let state = query.number("state").flatMap(TransferState.init(rawValue:)) ?? .accepted
        let after = query.number("after").map { ID<Transfer>($0) } ?? ID(0)
        let limit = format == .page ? Self.pageRows : Self.exportRowsMax
        let limits = try limits()
        let (lines, names) = try await site.agency.store.read { [area = site.area] tx in
            let lines = try Portability.list(tx, area: area, direction, state, after: after, limit: limit)
            return (lines, try Self.names(tx, area, lines))
        }
        let isFull = format == .page && lines.count == limit
        return ListPage(
            title: "\(direction.name)业务", path: "/transfers", lead: "转出地 10 个工作日内出信息表并划转资金,转入地 5 个工作日内匹配入账;期限依政策参数。",
            filters: [
                .init(
                    "direction", "方向", .choice(TransferDirection.allCases.map { ("\($0.rawValue)", $0.name) }),
                    value: "\(direction.rawValue)"),
                .init(
                    "state", "进度",
                    .choice(TransferState.allCases.filter { $0 != .timeout }.map { ("\($0.rawValue)", $0.name) }),
                    value: "\(state.rawValue)"),
            ],
            table: Table(
                ["编号", "人员", "险种", "对方统筹区", "进度", "自", "期限", "往来"], lines.map { row($0, names, limits) },
                empty: "没有“\(state.name)”的\(direction.name)业务"),
            links: try site.matterLinks(
                [("portability.in.apply", "申请转入"), ("portability.out.register", "登记转出")], context),
            next: isFull ? query.link("/transfers", ["after": "\(lines.last!.transfer.id)"]) : nil,
            first: after.raw == 0 ? nil : query.link("/transfers", ["after": ""]))
    }

    private func limits() throws -> TransferLimits {
        let policies = site.agency.policies
        return try TransferLimits(
            try policies.area(site.area), on: site.agency.clock().day, calendar: try policies.calendar())
    }

    private static func names(
        _ tx: any Transaction, _ area: AreaCode, _ lines: [TransferLine]
    ) throws -> [ID<Person>: String] {
        var names: [ID<Person>: String] = [:]
        for person in Set(lines.map(\.transfer.person)) {
            names[person] = try Enrolment.insured(tx, area: area, person)?.person.name
        }
        return names
    }

    private func row(_ line: TransferLine, _ names: [ID<Person>: String], _ limits: TransferLimits) -> [Table.Cell] {
        let transfer = line.transfer
        let due = line.limit.flatMap { try? limits.due($0) }
        return [
            .link(transfer.number, to: "/transfers/\(transfer.id)"),
            .link(names[transfer.person] ?? "\(transfer.person)", to: "/people/\(transfer.person)"),
            .text("\(transfer.from.name) → \(transfer.to.name)"), .text(area(transfer.other)), line.state.badge,
            .day(line.since), line.isLate ? .badge("\(due?.description ?? "") 超时", .warn) : .day(due),
            .text(transfer.isOnPaper ? "纸质" : "电子"),
        ]
    }

    /// The name of an area where the house has its law, else its code.
    private func area(_ code: AreaCode) -> String {
        (try? site.agency.policies.area(code).name).map { "\($0)(\(code))" } ?? "\(code)"
    }

    // MARK: One transfer

    private struct Facts: Sendable {
        var transfer: Transfer
        var line: TransferLine?
        var acts: [TransferAct]
        var form: InformationForm?
        var name: String
        var staff: [ID<StaffMember>: String]
    }

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("transfer.unknown", "没有这笔转移业务,请从转移列表进入")
        }
        let facts = try await site.agency.store.read { [area = site.area] tx in
            let transfer = try Portability.require(tx, area: area, ID(number))
            return Facts(
                transfer: transfer,
                line: try Portability.transfers(tx, area: area, of: transfer.person).first {
                    $0.transfer.id == transfer.id
                },
                acts: try Portability.acts(tx, area: area, of: transfer.id),
                form: try Portability.form(tx, area: area, of: transfer.id),
                name: try Enrolment.insured(tx, area: area, transfer.person)?.person.name ?? "\(transfer.person)",
                staff: try Staff.names(tx, area: area))
        }
        return try site.subject(try page(facts, context), context)
    }

    private func page(_ facts: Facts, _ context: CounterContext) throws -> SubjectPage {
        let transfer = facts.transfer
        let state = facts.line?.state ?? .applied
        let due = facts.line?.limit.flatMap { limit in try? limits().due(limit) }
        var badges: [(text: String, tone: Table.Tone)] = [(state.name, state.tone)]
        if facts.line?.isLate == true { badges.append(("超时", .warn)) }
        return SubjectPage(
            title: "\(transfer.direction.name) \(facts.name)", number: transfer.number, badges: badges,
            menu: "/transfers",
            facts: [
                .init("人员", facts.name, href: "/people/\(transfer.person)"), .init("情形", transfer.scene.name),
                .init("险种", "\(transfer.from.name) → \(transfer.to.name)"), .init("对方统筹区", area(transfer.other)),
                .init("申请日期", transfer.appliedOn.description), .init("转入地参保自", transfer.insuredFrom.description),
                .init("缴费至", transfer.paidThrough?.description ?? "未知"),
                .init("往来方式", transfer.isOnPaper ? "纸质函件" : "电子"),
                .init("本环节期限", due?.description ?? "没有在计的期限", isStrong: true),
            ], acts: try acts(facts, context), prints: prints(facts),
            sections: [course(facts, state), history(facts), form(facts.form)].compactMap { $0 })
    }

    private func acts(_ facts: Facts, _ context: CounterContext) throws -> [ListPage.Link] {
        let side = facts.transfer.direction == .incoming ? "portability.in." : "portability.out."
        let wanted = site.kinds.kinds.filter { $0.code.hasPrefix(side) && $0.field("number") != nil }
        return try site.matterLinks(
            wanted.map { ($0.code, $0.name) }, given: "number=" + Query.encode(facts.transfer.number), context)
    }

    private func prints(_ facts: Facts) -> [ListPage.Link] {
        let base = "/transfers/\(facts.transfer.id)"
        let letter = facts.transfer.direction == .incoming ? [ListPage.Link("联系函", base + "/letter")] : []
        return letter + (facts.form == nil ? [] : [ListPage.Link("信息表", base + "/form")])
    }

    /// The stations of the course, with the day on which each was reached.
    private func course(_ facts: Facts, _ state: TransferState) -> SubjectPage.Section {
        let stations: [TransferState] =
            facts.transfer.direction == .incoming
            ? [.applied, .accepted, .infoReceived, .fundMatched, .credited, .done]
            : [.applied, .accepted, .infoReady, .fundSent, .done]
        return SubjectPage.Section(
            title: "进度",
            stations: stations.map { station in
                let act = facts.acts.last { $0.kind == station }
                let isEnd = station == state && state.isOver
                return SubjectPage.Station(
                    name: station.name, words: act?.day.description ?? "",
                    standing: act == nil ? .toCome : station == state && !isEnd ? .current : .done)
            })
    }

    private func history(_ facts: Facts) -> SubjectPage.Section {
        var before: Day?
        let rows = facts.acts.map { act -> [Table.Cell] in
            let days = before.map { act.day - $0 }
            if act.kind != .timeout { before = act.day }
            return [
                .day(act.day), .text(act.kind.name), .text(days.map { "\($0) 天" } ?? ""), .text(act.ground),
                .text(act.actor.words(facts.staff)), .matter(act.matter),
            ]
        }
        return SubjectPage.Section(
            title: "办理记录", table: Table(["日期", "环节", "用时", "依据", "经办", "办件"], rows, empty: "还没有办理"))
    }

    private func form(_ form: InformationForm?) -> SubjectPage.Section? {
        guard let form else { return nil }
        return SubjectPage.Section(
            title: "信息表", facts: InformationFormView(form: form).facts.map { .init($0.label, $0.value) })
    }

    // MARK: Money that belongs to no transfer yet

    private func receipts(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let after = query.number("after").map { ID<TransferReceipt>($0) } ?? ID(0)
        let limit = format == .page ? Self.pageRows : Self.exportRowsMax
        let found = try await site.agency.store.read { [area = site.area] tx in
            try Portability.unmatchedReceipts(tx, area: area, after: after, limit: limit)
        }
        return ListPage(
            title: "待匹配转移资金", path: "/transfers/receipts", lead: "到账而不知属于哪笔转入的资金;应在 5 个工作日内匹配。",
            table: Table(
                ["到账", "流水号", "付款方", "金额", "摘要"],
                found.map {
                    [.day($0.day), .text($0.serial), .text($0.payer), .money($0.amount), .text($0.note)]
                }, empty: "没有待匹配的资金"),
            links: try site.matterLinks([("portability.receipt.record", "登记到账")], context),
            next: format == .page && found.count == limit
                ? query.link("/transfers/receipts", ["after": "\(found.last!.id)"]) : nil,
            first: after.raw == 0 ? nil : "/transfers/receipts")
    }

    // MARK: Statistics

    private func statistics(_ query: Query) async throws -> ListPage {
        let today = site.agency.clock().day
        let last = query.day("to") ?? today
        let first = min(query.day("from") ?? (last.month + -11).first, last)
        let statistics = try await site.agency.store.read { [area = site.area] tx in
            try Portability.statistics(tx, area: area, first...last)
        }
        let incoming = statistics.share(of: .incoming), outgoing = statistics.share(of: .outgoing)
        let rows = statistics.flows.map { flow -> [Table.Cell] in
            [
                .text(flow.direction.name), .text(area(flow.other)), .count(Int64(flow.applied)),
                .text(flow.share.description), .count(Int64(flow.done)), .count(Int64(flow.rejected)),
                .count(Int64(flow.late)), .money(flow.money),
            ]
        }
        return ListPage(
            title: "转移接续统计", path: "/transfers/statistics", lead: steps(statistics),
            filters: [
                .init("from", "申请自", .day, value: first.description), .init("to", "至", .day, value: last.description),
            ],
            figures: [
                .init("转入", String(incoming.count), "笔"), .init("转入占比", incoming.share.description),
                .init("转出", String(outgoing.count), "笔"), .init("转出占比", outgoing.share.description),
            ], charts: [("各统筹区流向", flows(statistics))],
            table: Table(["方向", "对方统筹区", "申请", "占本方向", "办结", "不予受理", "超时", "资金"], rows, empty: "这段时间没有转移业务"))
    }

    /// How long the steps took, in one line.
    private func steps(_ statistics: TransferStatistics) -> String {
        statistics.steps.map { step in
            "\(step.direction.name)至“\(step.act.name)”平均 \(step.daysOnAverage) 天、最长 \(step.daysMost) 天(\(step.count) 笔)"
        }.joined(separator: ";")
    }

    private func flows(_ statistics: TransferStatistics) -> Chart {
        let others = Array(Set(statistics.flows.map(\.other))).sorted().prefix(12)
        func values(_ direction: TransferDirection) -> [Int64] {
            others.map { other in
                Int64(statistics.flows.first { $0.other == other && $0.direction == direction }?.applied ?? 0)
            }
        }
        return Chart(
            kind: .bar, labels: others.map(area),
            series: [
                .init(name: "转入(笔)", values: values(.incoming)), .init(name: "转出(笔)", values: values(.outgoing)),
            ], isSideways: true)
    }
}

extension TransferState {
    var tone: Table.Tone {
        switch self {
        case .rejected, .returned, .timeout: .warn
        case .done: .grey
        default: .fine
        }
    }

    var badge: Table.Cell { .badge(name, tone) }
}
