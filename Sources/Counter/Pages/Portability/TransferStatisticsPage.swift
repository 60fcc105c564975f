import Agency
import Basics
import Hummingbird
import Portability
import Storage

/// Transfers by city and direction (转移接续统计): shares in and out, the flows, and how long each step took.
struct TransferStatisticsPage: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/transfers/statistics", to: router) { query, _, _ in try await statistics(query) }
        site.addList("/transfers/statistics/steps", to: router) { query, _, _ in try await steps(query) }
    }

    private func read(_ query: Query) async throws -> (statistics: TransferStatistics, agencies: OtherAgencies) {
        let last = query.day("to") ?? site.agency.clock().day
        let first = min(query.day("from") ?? (last.month + -11).first, last)
        return try await site.agency.store.read { [area = site.area] tx in
            (try Portability.statistics(tx, area: area, first...last), try OtherAgencies(area, tx))
        }
    }

    private func filters(_ statistics: TransferStatistics) -> [ListPage.Filter] {
        [
            .init("from", "申请自", .day, value: statistics.days.lowerBound.description),
            .init("to", "至", .day, value: statistics.days.upperBound.description),
        ]
    }

    private func statistics(_ query: Query) async throws -> ListPage {
        let (statistics, agencies) = try await read(query)
        let incoming = statistics.share(of: .incoming), outgoing = statistics.share(of: .outgoing)
        let rows = statistics.flows.map { flow -> [Table.Cell] in
            [
                .text(flow.direction.name), .text(agencies.name(of: flow.other)), .count(Int64(flow.applied)),
                .share(flow.share), .count(Int64(flow.done)), .count(Int64(flow.rejected)),
                .count(Int64(flow.withdrawn)), .count(Int64(flow.late)), .money(flow.money),
            ]
        }
        return ListPage(
            title: "转移接续统计", path: "/transfers/statistics", lead: "按申请日期统计;占比是各统筹区在本方向全部申请中的比例。",
            filters: filters(statistics),
            figures: [
                .init("转入", String(incoming.count), "笔"), .init("转入占比", incoming.share.tenths),
                .init("转出", String(outgoing.count), "笔"), .init("转出占比", outgoing.share.tenths),
            ], charts: statistics.flows.isEmpty ? [] : [("各统筹区流向", flows(statistics, agencies))],
            table: Table(["方向", "对方机构", "申请", "占本方向", "办结", "不予受理", "撤回", "超时", "资金"], rows, empty: "这段时间没有转移业务"),
            more: statistics.steps.isEmpty ? [] : [("各环节用时", stepTable(statistics))],
            links: [.init("各环节用时", query.link("/transfers/statistics/steps"))])
    }

    private func steps(_ query: Query) async throws -> ListPage {
        let (statistics, _) = try await read(query)
        return ListPage(
            title: "转移接续各环节用时", path: "/transfers/statistics/steps", menu: "/transfers/statistics",
            lead: "自上一环节起的日历天数,超时标记不计为环节。", filters: filters(statistics), table: stepTable(statistics),
            links: [.init("转移接续统计", query.link("/transfers/statistics"))])
    }

    private func stepTable(_ statistics: TransferStatistics) -> Table {
        Table(
            ["方向", "到达环节", "笔数", "平均(天)", "最长(天)"],
            statistics.steps.map { step in
                [
                    .text(step.direction.name), .text(step.act.name), .count(Int64(step.count)),
                    .figure(step.daysOnAverage), .count(step.daysMost),
                ]
            }, empty: "这段时间没有办理记录")
    }

    private func flows(_ statistics: TransferStatistics, _ agencies: OtherAgencies) -> Chart {
        // Those with the most transfers both ways: a chart has little room.
        var applied: [AreaCode: Int] = [:]
        for flow in statistics.flows { applied[flow.other, default: 0] += flow.applied }
        let others = applied.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12).map(\.key)
        func values(_ direction: TransferDirection) -> [Int64] {
            others.map { other in
                Int64(statistics.flows.first { $0.other == other && $0.direction == direction }?.applied ?? 0)
            }
        }
        return Chart(
            kind: .bar, labels: others.map(agencies.shortName),
            series: [
                .init(name: "转入(笔)", values: values(.incoming)), .init(name: "转出(笔)", values: values(.outgoing)),
            ], isSideways: true)
    }
}
