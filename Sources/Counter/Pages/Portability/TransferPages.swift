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

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/transfers", to: router) { try await list($0, $1, $2) }
        site.addList("/transfers/receipts", to: router) { try await receipts($0, $1, $2) }
        router.get("/transfers/{id}", use: one)
    }

    // MARK: Lists

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let direction = query.number("direction").flatMap(TransferDirection.init(rawValue:)) ?? .incoming
        let state = query.number("state").flatMap(TransferState.init(rawValue:))
        let after = query.number("after").map { ID<Transfer>($0) } ?? ID(0)
        let limit = format.rows(ofPage: Self.pageRows)
        let asked = query["q"]
        let limits = try limits()
        let (lines, names, agencies) = try await site.agency.store.read { [area = site.area] tx in
            let lines =
                asked.isEmpty
                ? try Self.lines(direction, state, after: after, limit: limit, area, tx)
                : try Self.find(asked, direction, area, tx)
            return (lines, try Self.names(tx, area, lines), try OtherAgencies(area, tx))
        }
        let isFull = asked.isEmpty && lines.count == limit
        return ListPage(
            title: "\(direction.name)业务", path: "/transfers",
            lead: "转出地 10 个工作日内出信息表并划转资金,转入地 5 个工作日内匹配入账;期限依政策参数。"
                + (asked.isEmpty ? "" : "按“\(asked)”查找时,各种进度的都列出。"),
            filters: [
                .init("q", "业务编号、人员编号、姓名或身份证号", query),
                .init(
                    "direction", "方向", .choice(TransferDirection.allCases.map { ("\($0.rawValue)", $0.name) }),
                    value: "\(direction.rawValue)"),
                .init(
                    "state", "进度",
                    .choice(
                        [("", "在办(全部环节)")]
                            + TransferState.allCases.filter { $0 != .timeout }.map { ("\($0.rawValue)", $0.name) }),
                    value: state.map { "\($0.rawValue)" } ?? ""),
            ],
            table: Table(
                ["编号", "人员", "险种", "对方统筹区", "进度", "更新于", "期限", "往来"], lines.map { row($0, names, limits, agencies) },
                empty: asked.isEmpty
                    ? "没有“\(state?.name ?? "在办")”的\(direction.name)业务" : "没有找到“\(asked)”的\(direction.name)业务,请核对,或换一个方向"
            ),
            links: try site.matterLinks(
                [("portability.in.apply", "申请转入"), ("portability.out.register", "登记转出")], context),
            next: isFull ? query.link("/transfers", ["after": "\(lines.last!.transfer.id)"]) : nil,
            first: after.raw == 0 ? nil : query.link("/transfers", ["after": ""]))
    }

    /// Transfers of a state; without one all that are under way, whatever step they are at.
    private static func lines(
        _ direction: TransferDirection, _ state: TransferState?, after: ID<Transfer>, limit: Int, _ area: AreaCode,
        _ tx: any Transaction
    ) throws -> [TransferLine] {
        let states = state.map { [$0] } ?? TransferState.allCases.filter { !$0.isOver && $0 != .timeout }
        let lines = try states.flatMap {
            try Portability.list(tx, area: area, direction, $0, after: after, limit: limit)
        }
        return Array(lines.sorted { $0.transfer.id < $1.transfer.id }.prefix(limit))
    }

    /// The transfers of a number, or of the people somebody asks for, whatever has become of them.
    private static func find(
        _ asked: String, _ direction: TransferDirection, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [TransferLine] {
        if let one = try Portability.find(tx, area: area, direction, number: asked.uppercased()) {
            return try Portability.transfers(tx, area: area, of: one.person).filter { $0.transfer.id == one.id }
        }
        return try PersonSearch.findAll(asked, area, tx).flatMap {
            try Portability.transfers(tx, area: area, of: $0.person.id)
        }.filter { $0.transfer.direction == direction }
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

    private func row(
        _ line: TransferLine, _ names: [ID<Person>: String], _ limits: TransferLimits, _ agencies: OtherAgencies
    ) -> [Table.Cell] {
        let transfer = line.transfer
        let due = line.limit.flatMap { try? limits.due($0) }
        return [
            .link(transfer.number, to: "/transfers/\(transfer.id)"),
            .link(names[transfer.person] ?? "\(transfer.person)", to: "/people/\(transfer.person)"),
            .text(transfer.insurances), .text(agencies.name(of: transfer.other)), line.state.badge,
            .day(line.since), line.isLate ? .badge("\(due?.description ?? "") 超时", .warn) : .day(due),
            .text(transfer.isOnPaper ? "纸质" : "电子"),
        ]
    }

    // MARK: One transfer

    private struct Facts: Sendable {
        var transfer: Transfer
        var line: TransferLine?
        var acts: [TransferAct]
        var form: InformationForm?
        var payments: [TransferOrderLine]
        var promised: Day?
        var messages: [CorrespondenceLine]
        var agencies: OtherAgencies
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
                payments: try Portability.orderLines(tx, area: area, of: transfer.id),
                promised: try Portability.promisedDay(tx, area: area, of: transfer.id),
                messages: try Portability.correspondence(tx, area: area, of: transfer.id),
                agencies: try OtherAgencies(area, tx),
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
                .init("险种", transfer.insurances), .init("对方机构", facts.agencies.name(of: transfer.other)),
                .init("申请日期", transfer.appliedOn.description), .init("转入地参保自", transfer.insuredFrom.description),
                .init(
                    "凭证载明缴费",
                    transfer.paidThrough.map { "\(transfer.paidFrom.map { "\($0) " } ?? "")至 \($0)" } ?? "未知"),
                .init("往来方式", transfer.isOnPaper ? "纸质函件" : "电子"),
                .init("本环节期限", due?.description ?? "没有在计的期限", isStrong: true),
            ] + (facts.promised.map { [.init("转出地承诺", "\($0) 前出信息表")] } ?? []), acts: try acts(facts, context),
            prints: prints(facts),
            sections: [course(facts, state), history(facts), form(facts.form), payments(facts), messages(facts)]
                .compactMap { $0 })
    }

    /// The matters that may come next, first of all; further down stands what has been done.
    private func acts(_ facts: Facts, _ context: CounterContext) throws -> [ListPage.Link] {
        let side = facts.transfer.direction == .incoming ? "portability.in." : "portability.out."
        guard facts.line?.state.isOver != true else { return [] }
        let wanted = site.kinds.kinds.filter { $0.code.hasPrefix(side) && $0.field("number") != nil }
        return try site.matterLinks(
            wanted.map { ($0.code, $0.name) }, given: "number=" + Query.encode(facts.transfer.number), context)
    }

    private func prints(_ facts: Facts) -> [ListPage.Link] {
        let base = "/transfers/\(facts.transfer.id)"
        let letter = facts.transfer.direction == .incoming ? [ListPage.Link("联系函", base + "/letter")] : []
        let answer: [ListPage.Link] =
            facts.acts.contains { $0.kind == .rejected }
            ? [.init("不予受理告知书", base + "/rejection")]
            : facts.acts.contains { $0.kind == .withdrawn || $0.kind == .withdrawing }
                ? [.init("撤回函", base + "/withdrawal")]
                : facts.acts.contains { $0.kind == .returned } ? [.init("信息表退回函", base + "/return")] : []
        return letter + (facts.form == nil ? [] : [ListPage.Link("信息表", base + "/form")]) + answer
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

    /// On which orders its money stood, and what the bank answered.
    private func payments(_ facts: Facts) -> SubjectPage.Section? {
        guard !facts.payments.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "资金划转",
            table: Table(
                ["付款单", "收款机构", "开户银行", "户名账号", "金额", "结果", "说明"],
                facts.payments.map { line in
                    [
                        .link("\(line.order)", to: "/transfers/orders/\(line.order)"), .text(line.payee),
                        .text(line.bank), .text(line.account), .money(line.amount), line.badge, .text(line.answer),
                    ]
                }, empty: ""))
    }

    private func messages(_ facts: Facts) -> SubjectPage.Section? {
        guard !facts.messages.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "往来报文",
            table: Table(
                ["时间", "报文", "收发", "状态", "说明"],
                facts.messages.map { line in
                    [
                        .moment(line.at), .text(line.kind.name), .text(line.standing == .received ? "收到" : "发出"),
                        line.badge, .text(line.words),
                    ]
                }, empty: ""))
    }

    // MARK: Money that belongs to no transfer yet

    private func receipts(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let after = query.number("after").map { ID<TransferReceipt>($0) } ?? ID(0)
        let limit = format.rows(ofPage: Self.pageRows)
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
            next: found.count == limit
                ? query.link("/transfers/receipts", ["after": "\(found.last!.id)"]) : nil,
            first: after.raw == 0 ? nil : "/transfers/receipts")
    }
}

/// The other agencies by the names they are registered with (对方机构).
struct OtherAgencies: Sendable {
    private let names: [AreaCode: String]

    init(_ area: AreaCode, _ tx: any Transaction) throws {
        let peers = try Portability.peers(tx, area: area)
        names = Dictionary(peers.map { ($0.agency.area, $0.agency.name) }, uniquingKeysWith: { $1 })
    }

    func name(of area: AreaCode) -> String { names[area].map { "\($0)(\(area))" } ?? "\(area)" }

    /// For charts, where there is little room.
    func shortName(of area: AreaCode) -> String { names[area].map { String($0.prefix(8)) } ?? "\(area)" }
}

extension Transfer {
    /// 职工基本医疗保险, or from one to another.
    var insurances: String { from == to ? from.name : "\(from.name) → \(to.name)" }
}

extension CorrespondenceLine {
    var badge: Table.Cell {
        switch standing {
        case .received: .badge("已办理", .fine)
        case .delivered: .badge("对方已办理", .fine)
        case .waiting: .badge("等待发送", .grey)
        case .refused: .badge("对方拒收", .warn)
        }
    }

    /// What somebody may have to do about it.
    var words: String {
        switch standing {
        case .received, .delivered: ""
        case .waiting(let attempts): attempts == 0 ? "" : "已试 \(attempts) 次没有送到,会自动重发"
        case .refused(let answer): answer
        }
    }
}

extension TransferOrderLine {
    var badge: Table.Cell {
        switch outcome {
        case nil: .badge("等待回盘", .warn)
        case .paid: .badge("已付", .fine)
        case .failed: .badge("付款失败", .warn)
        }
    }

    /// The bank's serial or its reason.
    var answer: String {
        switch outcome {
        case nil: ""
        case .paid(let serial, let day): "\(day) 流水 \(serial)"
        case .failed(let reason, let day): "\(day) \(reason)"
        }
    }
}

extension TransferState {
    var tone: Table.Tone {
        switch self {
        case .rejected, .returned, .timeout, .withdrawing: .warn
        case .done, .withdrawn: .grey
        default: .fine
        }
    }

    var badge: Table.Cell { .badge(name, tone) }
}
