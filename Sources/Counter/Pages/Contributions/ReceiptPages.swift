import Agency
import Basics
import Contributions
import Control
import Hummingbird
import Storage

/// Money that came in (到账), money that nobody has claimed yet (暂收款), and the collection of a week or month.
struct ReceiptPages: Sendable {
    let site: Site
    private static let pageRows = 100

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/receipts", to: router) { try await list($0, $1, $2) }
        site.addList("/receipts/{id}", to: router) { _, context, _ in try await one(context) }
        site.addList("/suspense", to: router) { try await suspense($0, $1, $2) }
        site.addList("/blanks", to: router) { query, context, _ in try await blanks(query, context) }
        site.addList("/collection", to: router) { query, _, _ in try await report(query) }
    }

    // MARK: Receipts

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let today = site.agency.clock().day
        let last = query.day("to") ?? today
        let first = min(query.day("from") ?? today - 30, last)
        let after = query.number("after").map { ID<Receipt>($0) } ?? ID(0)
        let limit = format.rows(ofPage: Self.pageRows)
        let asked = query["q"]
        let found = try await site.agency.store.read { [area = site.area] tx in
            let exact = try Self.named(asked, area, tx)
            guard exact.isEmpty else { return (receipts: exact, isWhole: true) }
            let page = try Contributions.receipts(
                tx, area: area, arrived: first...last, payer: asked, after: after, limit: limit)
            return (receipts: page, isWhole: page.count < limit)
        }
        return ListPage(
            title: "到账", path: "/receipts", lead: "票据号按年连续,不跳号;退费和更正以红字另记。",
            filters: [
                .init("q", "票据号、流水号、付款方代码或名称开头", query),
                .init("from", "到账自", .day, value: first.description), .init("to", "至", .day, value: last.description),
            ],
            table: Table(
                Self.columns, found.receipts.map(Self.row),
                empty: asked.isEmpty ? "这几天没有到账,请放宽日期" : "这几天没有“\(asked)”的到账,请核对或放宽日期;票据号和流水号不受日期限制"),
            links: try site.matterLinks(
                [("contributions.receipts.take", "到账入账"), ("contributions.subsidy.take", "财政补助到账")], context),
            next: found.isWhole ? nil : query.link("/receipts", ["after": "\(found.receipts.last!.id)"]),
            first: after.raw == 0 ? nil : query.link("/receipts", ["after": ""]))
    }

    /// The receipts that a number alone tells: the one printed on them, or the payer's bank's.
    private static func named(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> [Receipt] {
        guard !asked.isEmpty else { return [] }
        if let receipt = try Contributions.receipt(tx, area: area, numbered: asked) { return [receipt] }
        return try Contributions.receipts(tx, area: area, serial: asked)
    }

    private static let columns = ["票据号", "来源", "流水号", "付款方", "付款方代码", "缴款日", "到账日", "金额"]

    private static func row(_ receipt: Receipt) -> [Table.Cell] {
        [
            .link(receipt.numberName, to: "/receipts/\(receipt.id)"), .text(receipt.source.name), .text(receipt.serial),
            .text(receipt.payerName), .text(receipt.payerCode), .day(receipt.paidDay), .day(receipt.arrivedDay),
            .money(receipt.amount),
        ]
    }

    // MARK: One receipt

    private func one(_ context: CounterContext) async throws -> ListPage {
        let unknown = Problem("counter.receipt.unknown", "没有这笔到账,请从到账列表进入")
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else { throw unknown }
        let (receipt, uses) = try await site.agency.store.read { [area = site.area] tx in
            guard let receipt = try Contributions.receipt(tx, area: area, ID(number)) else { throw unknown }
            return (receipt, try Contributions.uses(tx, area: area, of: receipt.id))
        }
        let rows = uses.map { use -> [Table.Cell] in
            [
                .day(use.day), .text(use.kind.name), use.bill.map { .link("\($0)", to: "/bills/\($0)") } ?? .text(""),
                .text(use.rule.name), .money(use.principal), .money(use.lateFee), .money(use.amount),
            ]
        }
        return ListPage(
            title: "到账 \(receipt.numberName)", path: "/receipts/\(receipt.id)", menu: "/receipts",
            lead: "\(receipt.source.name) · 流水 \(receipt.serial) · \(receipt.payerName) · 到账 \(receipt.arrivedDay)"
                + (receipt.reverses.map { " · 冲正到账 \($0)" } ?? ""),
            figures: [.init("金额", receipt.amount.grouped, "元")],
            table: Table(["日期", "用途", "应缴单", "匹配依据", "本金", "滞纳金", "合计"], rows, empty: "还没有用途"),
            links: try site.matterLinks(
                [
                    ("contributions.suspense.clear", "认领"), ("contributions.refund", "退费"),
                    ("contributions.receipt.void", "更正"),
                ], given: "receipt=\(receipt.id)", context))
    }

    // MARK: Suspense

    private func suspense(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let after = query.number("after").map { ID<Receipt>($0) } ?? ID(0)
        let limit = format.rows(ofPage: Self.pageRows)
        let asked = query["q"]
        let (found, next) = try await site.agency.store.read { [area = site.area] tx in
            try Self.waiting(asked, after: after, limit: limit, area, tx)
        }
        return ListPage(
            title: "暂收款", path: "/suspense", lead: "到账而没有匹配到应缴的钱,须逐笔认领或退回;记在来源文件的险种账套,认领到别的险种时随认领转账。",
            filters: [.init("q", "流水号、付款方代码或名称开头", query)],
            figures: format == .page && after.raw == 0 && next == nil
                ? [.init("待认领", String(found.count), "笔"), .init("金额", found.map(\.amount).total().grouped, "元")] : [],
            table: Table(
                Self.columns + ["待认领", "转入暂收", "账套"],
                found.map { item in
                    Self.row(item.receipt) + [
                        .money(item.amount), .day(item.since), .text(item.books.map(\.name).joined(separator: "、")),
                    ]
                },
                empty: asked.isEmpty ? "没有待认领的暂收款" : "暂收款里没有“\(asked)”的到账,请核对;已认领的到“到账”里查"),
            links: try site.matterLinks([("contributions.suspense.clear", "暂收款认领")], context)
                + [.init("退费", "/refunds")],
            next: next.map { query.link("/suspense", ["after": "\($0)"]) },
            first: after.raw == 0 ? nil : query.link("/suspense", ["after": ""]))
    }

    /// What waits, of one payer or of all; with after what to go on. What waits is no table of its own that could be
    /// asked for a payer, so it is read on until the page is full, within bounds.
    private static func waiting(
        _ asked: String, after: ID<Receipt>, limit: Int, _ area: AreaCode, _ tx: any Transaction
    ) throws -> (found: [SuspenseItem], next: ID<Receipt>?) {
        var (found, place): ([SuspenseItem], ID<Receipt>) = ([], after)
        for _ in 0..<readsOfPageMax {
            let read = try Contributions.suspense(tx, area: area, after: place, limit: limit)
            for item in read {
                place = item.receipt.id
                guard asked.isEmpty || item.receipt.isOf(asked) else { continue }
                found.append(item)
                if found.count == limit { return (found, place) }
            }
            guard read.count == limit else { return (found, nil) }
        }
        return (found, place)
    }

    private static let readsOfPageMax = 20

    // MARK: Blank receipts

    private func blanks(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let rows = try await site.agency.store.read { [area = site.area] tx in
            try Contributions.blankSeries(tx, area: area).flatMap { series in
                try Contributions.custody(tx, area: area, series: series).ranges.map { range -> [Table.Cell] in
                    [
                        .text(series), .count(range.numbers.lowerBound), .count(range.numbers.upperBound),
                        .count(Int64(range.numbers.count)), .text(range.place.name),
                    ]
                }
            }
        }
        return ListPage(
            title: "空白票据", path: "/blanks", lead: "每个号码只在一处:库存、领用人、已使用或作废。",
            table: Table(["票据种类", "起号", "止号", "张数", "现在何处"], rows, empty: "还没有入库的空白票据"),
            links: try site.matterLinks([("contributions.blanks.move", "票据出入库")], context))
    }

    // MARK: The collection of a week or month

    private func report(_ query: Query) async throws -> ListPage {
        let today = site.agency.clock().day
        let isWeek = query["by"] == "week"
        let day = query.day("day") ?? today
        let days = isWeek ? CollectionReport.week(of: day) : CollectionReport.month(day.month)
        let report = try await site.agency.store.read { [area = site.area] tx in
            try Contributions.collectionReport(tx, area: area, days: days)
        }
        let rows = report.rows.map { row -> [Table.Cell] in
            [
                .text(row.name), .text(row.payer.name), .count(row.bills), .money(row.billed),
                .money(row.received), .money(row.lateFees),
            ]
        }
        let total: [Table.Cell] = [
            .text("合计"), .text(""), .count(report.rows.map(\.bills).reduce(0, +)), .money(report.billed),
            .money(report.received), .money(report.lateFees),
        ]
        // One bill of an employee's month holds several insurances; the books hold each by itself.
        let incomes = report.incomes.map { income -> [Table.Cell] in
            [
                .text("入账:\(income.book.name)"), .text(income.part.name), .text(""), .text(""),
                income.part == .lateFee ? .text("") : .money(income.amount),
                income.part == .lateFee ? .money(income.amount) : .text(""),
            ]
        }
        return ListPage(
            title: isWeek ? "征缴周报" : "征缴月报", path: "/collection",
            lead: "\(days.lowerBound) 至 \(days.upperBound);" + sources(report)
                + "。到账合计 \(report.arrived.grouped) 元 = 缴费、滞纳金、财政补助和资助参保 + 暂收款增减 + 经办机构付出的退费"
                + "(\(report.refundedHere.grouped) 元);“入账”各行是这段时间的业务在各险种账套里的收入,与凭证一致。",
            filters: [
                .init("by", "报表", .choice([("month", "月报"), ("week", "周报")]), value: isWeek ? "week" : "month"),
                .init("day", "含这一天", .day, value: day.description),
            ],
            figures: [
                .init("到账", report.received.grouped, "元"), .init("财政补助", report.fiscal.grouped, "元"),
                .init("资助参保", report.aid.grouped, "元"), .init("退费", report.refunded.grouped, "元"),
                .init("期初暂收款", report.suspenseBefore.grouped, "元"),
                .init("期末暂收款", report.suspense.grouped, "元"),
            ],
            charts: [("应缴与到账", chart(report))],
            table: Table(
                ["险种", "缴费人", "应缴单", "应缴", "到账", "滞纳金"],
                rows.isEmpty && incomes.isEmpty ? [] : rows + [total] + incomes, empty: "这段时间没有核定也没有到账"))
    }

    private func sources(_ report: CollectionReport) -> String {
        guard !report.sources.isEmpty else { return "没有到账" }
        return "到账来源:"
            + report.sources.map { "\($0.source.name) \($0.count) 笔 \($0.amount.grouped) 元" }.joined(separator: ",")
    }

    private func chart(_ report: CollectionReport) -> Chart {
        Chart(
            kind: .bar, labels: report.rows.map { "\($0.name)(\($0.payer.name))" },
            series: [
                .init(name: "应缴(元)", values: report.rows.map(\.billed.fen), inYuan: true),
                .init(name: "到账(元)", values: report.rows.map(\.received.fen), inYuan: true),
            ])
    }
}

extension Receipt {
    /// Whether somebody means this receipt: by its serial, its payer's code, or the beginning of the payer's name.
    fileprivate func isOf(_ asked: String) -> Bool {
        serial == asked || payerCode == asked.uppercased() || payerName.hasPrefix(asked)
    }
}
