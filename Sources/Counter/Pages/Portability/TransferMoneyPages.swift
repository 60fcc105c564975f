import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Portability
import Sheets
import Storage

/// The money of transfers out (转移资金): what is due, the payment orders with the bank's file, and the agencies that are
/// paid.
struct TransferMoneyPages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/transfers/due", to: router) { _, context, _ in try await due(context) }
        site.addList("/transfers/orders", to: router) { try await orders($0, $1, $2) }
        site.addList("/transfers/orders/{order}", to: router) { _, context, format in
            try await one(context, format)
        }
        router.get("/transfers/orders/{order}/print") { try await printed($1, asPDF: false) }
        router.get("/transfers/orders/{order}/print.pdf") { try await printed($1, asPDF: true) }
        site.addList("/transfers/agencies", to: router) { _, context, _ in try await agencies(context) }
    }

    // MARK: What is due

    private func due(_ context: CounterContext) async throws -> ListPage {
        let (due, names, agencies) = try await site.agency.store.read { [area = site.area] tx in
            let due = try Agency.transferMoneyDue(tx, area: area)
            var names: [ID<Person>: String] = [:]
            for person in Set(due.map(\.transfer.person)) {
                names[person] = try Enrolment.insured(tx, area: area, person)?.person.name
            }
            return (due, names, try OtherAgencies(area, tx))
        }
        let sum = due.map(\.amount).total()
        let rows = due.map { transfer, amount -> [Table.Cell] in
            [
                .link(transfer.number, to: "/transfers/\(transfer.id)"),
                .link(names[transfer.person] ?? "\(transfer.person)", to: "/people/\(transfer.person)"),
                .text(agencies.name(of: transfer.other)), .day(transfer.appliedOn), .money(amount),
            ]
        }
        return ListPage(
            title: "待付转移资金", path: "/transfers/due",
            lead: "已生成信息表、还没有开付款单的账户资金;开单后从这里移到“付款单”。"
                + (due.count == Portability.orderLinesMax
                    ? "一张付款单最多 \(due.count) 笔,这里列最早的 \(due.count) 笔,开单后列出其余的。" : ""),
            figures: [.init("笔数", String(due.count), "笔"), .init("合计", sum.grouped, "元")],
            table: Table(["编号", "人员", "收款机构", "申请日期", "金额"], rows, empty: "没有待付的转移资金"),
            links: due.isEmpty
                ? [] : try site.matterLinks([("portability.out.order", "付款")], given: "amount=\(sum)", context))
    }

    // MARK: Orders

    private func orders(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let before = query.number("after").map { ID<TransferOrder>($0) } ?? ID(Int64.max)
        let limit = format.rows(ofPage: Self.pageRows)
        let found = try await site.agency.store.read { [area = site.area] tx in
            try Portability.orders(tx, area: area, before: before, limit: limit).map { order in
                (order, try Portability.lines(tx, area: area, of: order.id).count { $0.outcome == nil })
            }
        }
        let rows = found.map { order, open -> [Table.Cell] in
            [
                .link("\(order.id)", to: "/transfers/orders/\(order.id)"), .day(order.day), .count(order.count),
                .money(order.total), open == 0 ? .badge("已全部回盘", .fine) : .badge("\(open) 笔等待回盘", .warn),
                .matter(order.matter),
            ]
        }
        return ListPage(
            title: "转移资金付款单", path: "/transfers/orders",
            table: Table(["付款单", "日期", "笔数", "合计", "回盘", "办件"], rows, empty: "还没有开过付款单,请到“待付资金”付款"),
            links: try site.matterLinks([("portability.out.answers", "登记回盘")], context),
            next: found.count == limit
                ? query.link("/transfers/orders", ["after": "\(found.last!.0.id)"]) : nil,
            first: before.raw == Int64.max ? nil : "/transfers/orders")
    }

    private func read(_ context: CounterContext) async throws -> (TransferOrder, [TransferOrderLine]) {
        guard let number = context.parameters.get("order").flatMap({ Int64($0) }) else {
            throw Problem("transfer.order.unknown", "没有这张付款单,请从付款单列表进入")
        }
        return try await site.agency.store.read { [area = site.area] tx in
            (
                try Portability.requireOrder(tx, area: area, ID(number)),
                try Portability.lines(tx, area: area, of: ID(number))
            )
        }
    }

    /// The order on the page; its export is the bank's file, column for column.
    private func one(_ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let (order, lines) = try await read(context)
        let path = "/transfers/orders/\(order.id)"
        guard format == .page else {
            let file = Agency.bankFile(order, lines)
            return ListPage(title: file.name, path: path, table: Table(file))
        }
        let rows = lines.map { line -> [Table.Cell] in
            [
                .count(line.line), .link(line.number, to: "/transfers/\(line.transfer)"), .text(line.payee),
                .text(line.bank), .text(line.account), .money(line.amount), line.badge, .text(line.answer),
            ]
        }
        let paid = lines.filter { if case .paid = $0.outcome { true } else { false } }
        return ListPage(
            title: "付款单 \(order.id)", path: path, menu: "/transfers/orders",
            lead: "\(order.day) 开具;导出的文件就是交银行代付的文件,银行按“用途”回盘。",
            figures: [
                .init("笔数", String(order.count), "笔"), .init("合计", order.total.grouped, "元"),
                .init("已付", paid.map(\.amount).total().grouped, "元"),
            ],
            table: Table(["行", "用途(转移业务)", "收款机构", "开户银行", "户名账号", "金额", "结果", "说明"], rows, empty: "付款单没有明细"),
            links: [.init("打印付款单", path + "/print")]
                + (try site.matterLinks([("portability.out.answers", "登记回盘")], context)))
    }

    private func printed(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        let (order, lines) = try await read(context)
        let signers = try await site.agency.store.read { [area = site.area] tx in
            try Signers(of: order.matter, area: area, tx)
        }
        let model: Model = [
            "order": "\(order.id)", "day": order.day.description, "count": String(order.count),
            "total": order.total.grouped, "words": order.total.inChinese, "opener": signers.opener,
            "reviewer": signers.reviewer, "approvers": signers.approvers,
            "matter": order.matter.map { "\($0)" } ?? "",
            "lines": lines.map { line in
                [
                    "line": String(line.line), "payee": line.payee, "bank": line.bank, "account": line.account,
                    "amount": line.amount.grouped, "number": line.number,
                ] as Model
            },
        ]
        let page = PrintedPage(
            view: "print/transfer-order", title: "转移资金付款单-\(order.id)", address: "/transfers/orders/\(order.id)/print",
            back: "/transfers/orders/\(order.id)")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }

    // MARK: Agencies

    private func agencies(_ context: CounterContext) async throws -> ListPage {
        let peers = try await site.agency.store.read { [area = site.area] tx in
            try Portability.peers(tx, area: area)
        }
        let rows = peers.map { peer -> [Table.Cell] in
            let agency = peer.agency
            return [
                .text("\(agency.area)"), .text(agency.name), .text(agency.address), .text(agency.phone),
                .text(agency.bank), .text(agency.account),
                agency.area == site.area ? .badge("本机构函头", .grey) : .badge(peer.isElectronic ? "电子" : "纸质", .fine),
                .text(peer.url),
            ]
        }
        return ListPage(
            title: "经办机构", path: "/transfers/agencies", lead: "本机构的函头和往来的对方机构;登记了网址和密钥的以电子报文往来,其余往来纸质函件。",
            table: Table(["统筹区", "名称", "地址", "电话", "开户银行", "户名账号", "往来", "网址"], rows, empty: "还没有登记经办机构"),
            links: try site.matterLinks([("portability.peer.register", "登记或变更")], context))
    }
}

/// Who signs a payment order (付款单签署人): whoever acted in its matter. The cashier signs by hand when the money leaves.
struct Signers {
    /// What stands where nobody has signed: a line to sign on.
    private static let blank = "__________"

    let opener: String
    let reviewer: String
    let approvers: String

    init(of matter: ID<Matter>?, area: AreaCode, _ tx: any Transaction) throws {
        let names = try Staff.names(tx, area: area)
        func signed(_ staff: [ID<StaffMember>]) -> String {
            let words = staff.compactMap { names[$0] }.joined(separator: "、")
            return words.isEmpty ? Self.blank : words
        }
        let signatures = try matter.map { try Matters.signatures(tx, area: area, of: $0) } ?? []
        opener = signed(try matter.flatMap { try Matters.opener(tx, area: area, of: $0) }.map { [$0] } ?? [])
        reviewer = signed(signatures.filter { $0.step == "review" }.map(\.staff))
        approvers = signed(signatures.filter { ["chief", "deputy", "director"].contains($0.step) }.map(\.staff))
    }
}
