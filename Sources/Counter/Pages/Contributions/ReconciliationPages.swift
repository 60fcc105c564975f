import Agency
import Basics
import Contributions
import Control
import Hummingbird
import Storage

/// Reconciliation of collections (征缴对账): POS by day, the tax office by month; what differs, and what nobody has
/// looked at yet.
struct ReconciliationPages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/reconciliations", to: router) { try await list($0, $1, $2) }
        site.addList("/reconciliations/{id}", to: router) { try await one($0, $1, $2) }
    }

    // MARK: The list

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let today = site.agency.clock().day
        let before = query.number("after").map { ID<LevyAct>($0) } ?? ID(Int64.max)
        let limit = format.rows(ofPage: Self.pageRows)
        let (found, waiting) = try await site.agency.store.read { [area = site.area] tx in
            (
                try Contributions.reconciliations(tx, area: area, before: before, limit: limit),
                try Self.waiting(tx, area, today)
            )
        }
        let mayReconcile = try !site.matterLinks([("contributions.reconcile", "对账")], context).isEmpty
        let differing = found.count { $0.differenceCount > 0 }
        return ListPage(
            title: "征缴对账", path: "/reconciliations", lead: "POS 按日、税务按月与对方明细逐笔核对;合计相符而明细不符的也列为差异。",
            figures: [
                .init("未对账 POS 日", String(waiting.count { $0.source == .terminal }), "天"),
                .init("未对账税务月", String(waiting.count { $0.source == .tax }), "个月"),
                .init("有差异的对账", String(differing), "次"),
            ],
            table: Table(
                ["对账", "对象", "缴款日期", "对方笔数", "对方金额", "我方笔数", "我方金额", "结果", "办于", "办件"], found.map(row),
                empty: "还没有对过账"),
            more: [("未对账的到账", waitingTable(waiting, canReconcile: mayReconcile))],
            links: try site.matterLinks([("contributions.reconcile", "对账")], context),
            next: found.count == limit
                ? query.link("/reconciliations", ["after": "\(found.last!.act)"]) : nil,
            first: before.raw == Int64.max ? nil : "/reconciliations")
    }

    private func row(_ line: ReconciliationLine) -> [Table.Cell] {
        [
            .link("\(line.act)", to: "/reconciliations/\(line.act)"), .text(line.source.name), .text(line.daysName),
            .count(line.statedCount), .money(line.stated), .count(line.ownCount), .money(line.own), line.badge,
            .moment(line.at), .matter(line.matter),
        ]
    }

    // MARK: What was not reconciled

    private struct Waiting: Sendable {
        let source: ReceiptSource
        let first: Day
        let last: Day
        var count: Int64
        var amount: Money
    }

    /// Days of POS up to yesterday, months of the tax office up to the last: a day or month that goes on cannot be
    /// reconciled.
    private static func waiting(_ tx: any Transaction, _ area: AreaCode, _ today: Day) throws -> [Waiting] {
        let since = (today.month + -3).first
        let days = try Contributions.unreconciled(tx, area: area, .terminal, paid: since...(today - 1))
        let ended = (today.month + -1).last
        let taxed = try Contributions.unreconciled(tx, area: area, .tax, paid: since...ended)
        let months = Dictionary(grouping: taxed, by: \.day.month).sorted { $0.key < $1.key }
        return days.map { Waiting(source: .terminal, first: $0.day, last: $0.day, count: $0.count, amount: $0.amount) }
            + months.map { month, days in
                Waiting(
                    source: .tax, first: month.first, last: month.last, count: days.map(\.count).reduce(0, +),
                    amount: days.map(\.amount).total())
            }
    }

    /// - Parameter canReconcile: whether the reader's posts accept the matter: a link that leads to a refusal is none.
    private func waitingTable(_ waiting: [Waiting], canReconcile: Bool) -> Table {
        Table(
            ["对象", "缴款日期", "我方笔数", "我方金额"] + (canReconcile ? ["办理"] : []),
            waiting.prefix(100).map { day in
                let cells: [Table.Cell] = [
                    .text(day.source.name), .text(day.first == day.last ? "\(day.first)" : "\(day.first.month)"),
                    .count(day.count), .money(day.amount),
                ]
                let address =
                    "/matters/new/contributions.reconcile?source=\(day.source.rawValue)&first=\(day.first)"
                    + "&last=\(day.last)"
                return cells + (canReconcile ? [.link("对账", to: address)] : [])
            }, empty: "近三个月的 POS 日和税务月都对过账了")
    }

    // MARK: One reconciliation

    private func one(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let unknown = Problem("counter.reconciliation.unknown", "没有这次对账,请从对账列表进入")
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else { throw unknown }
        let after = query.number("after") ?? 0
        let limit = format.rows(ofPage: 100)
        let (line, differences, explanation) = try await site.agency.store.read { [area = site.area] tx in
            guard let line = try Contributions.reconciliation(tx, area: area, ID(number)) else { throw unknown }
            return (
                line, try Contributions.differences(tx, area: area, of: line.act, after: after, limit: limit),
                try Contributions.explanation(tx, area: area, of: line.act)
            )
        }
        let said = explanation.map { " · \($0.text)(\($0.at)" + ($0.matter.map { ",办件 \($0)" } ?? "") + ")" }
        let path = "/reconciliations/\(line.act)"
        return ListPage(
            title: "\(line.source.name)对账 \(line.daysName)", path: path, menu: "/reconciliations",
            lead: "\(line.ground) · \(line.at)" + (line.matter.map { " · 办件 \($0)" } ?? "") + (said ?? ""),
            figures: [
                .init("对方", line.stated.grouped, "元 / \(line.statedCount) 笔"),
                .init("我方", line.own.grouped, "元 / \(line.ownCount) 笔"),
                .init("相差", (line.stated - line.own).grouped, "元"), .init("差异", String(line.differenceCount), "笔"),
            ],
            table: Table(
                ["行", "差异", "流水号", "对方金额", "我方金额", "相差", "怎样处理"],
                differences.map { line, difference in
                    [
                        .count(line), .badge(difference.kind.name, .warn), .text(difference.serial),
                        .money(difference.stated), .money(difference.own), .money(difference.stated - difference.own),
                        .text(difference.kind.remedy),
                    ]
                }, empty: "双方逐笔相符,没有差异"),
            links: try site.matterLinks(
                [("contributions.receipts.take", "到账入账"), ("contributions.receipt.void", "到账更正")], context)
                + (explanation == nil && line.differenceCount > 0
                    ? try site.matterLinks(
                        [("contributions.reconcile.explain", "差异说明")], given: "reconciliation=\(line.act)", context)
                    : []),
            next: differences.count == limit
                ? query.link(path, ["after": "\(differences.last!.line)"]) : nil,
            first: after == 0 ? nil : path)
    }
}

extension ReconciliationLine {
    fileprivate var daysName: String {
        if days.lowerBound == days.upperBound { return "\(days.lowerBound)" }
        let month = days.lowerBound.month
        return days == month.first...month.last ? "\(month)" : "\(days.lowerBound) 至 \(days.upperBound)"
    }

    fileprivate var badge: Table.Cell {
        differenceCount == 0 ? .badge("相符", .fine) : .badge("差异 \(differenceCount) 笔", .warn)
    }
}

extension PaymentDifference.Kind {
    fileprivate var remedy: String {
        switch self {
        case .missing: "向对方要到账文件后入账"
        case .surplus: "核对是否重复或错记来源,属错记的办理到账更正"
        case .amount: "核对原始凭证,以凭证为准更正"
        case .day: "核对缴款日,影响滞纳金的办理更正"
        }
    }
}
