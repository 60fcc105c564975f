import Agency
import Basics
import Control
import Hummingbird
import Storage

/// The days' work (日终处理): what was done, and what failed and why.
struct DailyPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/daily", to: router) { query, _, _ in try await list(query) }
    }

    private func list(_ query: Query) async throws -> ListPage {
        let day = query.day("day") ?? site.agency.clock().day
        let outcomes = try await site.agency.store.read { [area = site.area] tx in
            try DailyRecords.recent(tx, area: area, through: day)
        }
        let rows = outcomes.map { outcome -> [Table.Cell] in
            [
                .text(outcome.day.description), .text(outcome.part.name),
                .badge(outcome.isDone ? "已办完" : "没有办完", outcome.isDone ? .fine : .warn),
                .text(outcome.isDone ? "\(outcome.touched) \(outcome.part.unit)" : outcome.reason),
                .moment(outcome.startedAt), .moment(outcome.finishedAt),
            ]
        }
        return ListPage(
            title: "日终处理", path: "/daily", lead: "系统每天自动办理一次;没有办完的一小时后重试,其他各项照常办理。",
            filters: [.init("day", "到", .day, value: day.description)],
            table: Table(["日期", "事项", "结果", "说明", "开始", "结束"], rows, empty: "到这一天还没有日终处理的记录"))
    }
}
