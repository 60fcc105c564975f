import Agency
import Basics
import Control
import Fund
import Hummingbird
import Storage

/// The months of the fund's books (会计期间): which are open, which are closed, by whom and when.
struct PeriodPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/periods", to: router) { _, context, _ in try await list(context) }
    }

    private func list(_ context: CounterContext) async throws -> ListPage {
        let today = site.agency.clock().day
        let (periods, names) = try await site.agency.store.read { [area = site.area] tx in
            (try Periods.list(tx, area: area), try Staff.names(tx, area: area))
        }
        let next = periods.last { $0.state == .open && $0.month < today.month }?.month
        let rows = try periods.map { period -> [Table.Cell] in
            let close =
                period.month == next
                ? try site.matterLinks(
                    [("fund.period.close", "结账")], given: "month=\(period.month)", context
                ).first : nil
            return [
                .text("\(period.month)"), period.state == .closed ? .badge("已结账", .fine) : .badge("未结账", .grey),
                .text("\(period.openedAt.day)"), .moment(period.closedAt),
                .text(period.closedBy?.words(names) ?? ""),
                close.map { .link($0.title, to: $0.href) } ?? .text(""),
            ]
        }
        return ListPage(
            title: "会计期间", path: "/periods",
            lead: "月份随第一笔账自动开启,逐月结账;结账后不再打开,以后发现的差错在当期更正。",
            table: Table(["会计期间", "状态", "开启", "结账", "结账人", "办理"], rows, empty: "还没有记过账"),
            links: try site.matterLinks([("contributions.book", "征缴记账"), ("fund.period.close", "月末结账")], context))
    }
}
