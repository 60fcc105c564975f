import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Sheets
import Storage

/// The county's goals of enrolment and collection (目标任务) split by town and section: how far each has come by week,
/// month and year.
struct TargetPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/targets", to: router) { query, context, _ in try await progress(query, context) }
        site.addList("/targets/all", to: router) { query, _, _ in try await all(query) }
    }

    /// What a page was asked for: one year's goals of one measure, by one step.
    private struct Asked: Sendable {
        let year: Int
        let measure: TargetMeasure
        let step: ProgressStep

        init(_ query: Query, today: Day) {
            year = query.number("year").map { Int($0) }.flatMap { (1999...2199).contains($0) ? $0 : nil } ?? today.year
            measure = query.number("measure").flatMap(TargetMeasure.init(rawValue:)) ?? .residents
            step = ProgressStep.allCases.first { $0.name == query["step"] } ?? .month
        }

        func filters(today: Day) -> [ListPage.Filter] {
            let years = Set((today.year - 3...today.year + 1) + [year]).sorted()
            return [
                .init("year", "年度", .choice(years.map { ("\($0)", "\($0) 年") }), value: "\(year)"),
                .init(
                    "measure", "指标", .choice(TargetMeasure.allCases.map { ("\($0.rawValue)", $0.name) }),
                    value: "\(measure.rawValue)"),
                .init("step", "进度", .choice(ProgressStep.allCases.map { ($0.name, $0.name) }), value: step.name),
            ]
        }
    }

    private func report(_ asked: Asked, _ today: Day) async throws -> TargetReport {
        try await site.agency.store.read { [area = site.area] tx in
            try Agency.targetReport(tx, area: area, year: asked.year, by: asked.step, through: today)
        }
    }

    // MARK: One measure

    private func progress(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let today = site.agency.clock().day
        let asked = Asked(query, today: today)
        let report = try await report(asked, today)
        let goals = report.goals.filter { $0.target.measure == asked.measure }
            .sorted { $0.target.holder < $1.target.holder }
        let chosen = goals.first { $0.holderName == query["holder"] } ?? goals.first
        let holders = goals.map { ($0.holderName, $0.holderName) }
        return ListPage(
            title: "\(asked.year) 年\(asked.measure.name)目标", path: "/targets", lead: lead(asked.measure),
            filters: asked.filters(today: today)
                + (goals.count > 1 ? [.init("holder", "图和进度", .choice(holders), value: chosen?.holderName ?? "")] : []),
            figures: chosen.map { figures($0, report.through) } ?? [],
            charts: (chosen.map { [("\($0.holderName)\(asked.step.name)进度", line($0))] } ?? [])
                + (goals.count > 1 ? [("各责任单位完成情况", bars(goals))] : []),
            table: Table(
                ["责任单位", "目标", "完成", "完成率", "差额"], goals.map(row),
                empty: "\(asked.year) 年的\(asked.measure.name)目标还没有下达,请在“办理事项”中办理“下达目标任务”"),
            more: chosen.map { [("\($0.holderName)\(asked.step.name)进度", steps($0))] } ?? [],
            links: [.init("全部指标和进度", query.link("/targets/all"))] + (try site.matterLinks(matters, context)))
    }

    private func lead(_ measure: TargetMeasure) -> String {
        measure.isMoney
            ? "完成数是当年到账并归到应缴的本金:单位缴费计在单位登记的乡镇,个人缴费计在本人居住的乡镇;没有登记乡镇的只计入全县。"
            : "完成数按登记的参保时段逐日计算,居民含登记在册而本年度未缴费的;人按居住乡镇,科室按所包乡镇。"
    }

    private var matters: [(code: String, title: String)] {
        site.kinds.kinds.filter { ["enrolment.targets.set", "enrolment.towns.set"].contains($0.code) }
            .map { ($0.code, $0.name) }
    }

    private func figures(_ goal: TargetProgress, _ day: Day) -> [ListPage.Figure] {
        let unit = goal.target.measure.isMoney ? "元" : "人"
        return [
            .init("\(goal.holderName)目标", words(goal.target.amount, goal), unit),
            .init("截至 \(day) 完成", words(goal.reached, goal), unit),
            .init("完成率", goal.share?.tenths ?? "—"),
            .init("差额", words(max(0, goal.target.amount - goal.reached), goal), unit),
        ]
    }

    private func words(_ value: Int64, _ goal: TargetProgress) -> String {
        goal.target.measure.isMoney ? Money(fen: value).grouped : String(value)
    }

    private func cell(_ value: Int64, _ goal: TargetProgress) -> Table.Cell {
        goal.target.measure.isMoney ? .money(Money(fen: value)) : .count(value)
    }

    private func row(_ goal: TargetProgress) -> [Table.Cell] {
        [
            .text(goal.holderName), cell(goal.target.amount, goal), cell(goal.reached, goal),
            .figure(goal.share?.tenths ?? "—"), cell(max(0, goal.target.amount - goal.reached), goal),
        ]
    }

    private func steps(_ goal: TargetProgress) -> Table {
        var before: Int64?
        let rows = goal.points.map { point -> [Table.Cell] in
            defer { before = point.value }
            let share =
                goal.target.amount > 0
                ? Rate(partsPerMillion: Rounding.halfUp(point.value, times: 1_000_000, over: goal.target.amount)).tenths
                : "—"
            return [
                .text(point.label), .day(point.day), cell(point.value - (before ?? 0), goal), cell(point.value, goal),
                .figure(share),
            ]
        }
        return Table(["期间", "截至", "本期", "累计", "完成率"], rows, empty: "这一年还没有开始")
    }

    // MARK: Charts

    private func line(_ goal: TargetProgress) -> Chart {
        let isMoney = goal.target.measure.isMoney
        return Chart(
            // A single point makes no line.
            kind: goal.points.count > 2 ? .line : .bar, labels: goal.points.map(\.label),
            series: [
                .init(name: isMoney ? "完成(元)" : "完成(人)", values: goal.points.map(\.value), inYuan: isMoney),
                .init(name: "目标", values: goal.points.map { _ in goal.target.amount }, inYuan: isMoney),
            ])
    }

    private func bars(_ goals: [TargetProgress]) -> Chart {
        let shown = goals.prefix(20)
        let isMoney = goals[0].target.measure.isMoney
        return Chart(
            kind: .bar, labels: shown.map(\.holderName),
            series: [
                .init(name: "完成", values: shown.map(\.reached), inYuan: isMoney),
                .init(name: "目标", values: shown.map(\.target.amount), inYuan: isMoney),
            ], isSideways: true)
    }

    // MARK: Everything

    /// All goals of a year with every step, to read and to take away.
    private func all(_ query: Query) async throws -> ListPage {
        let today = site.agency.clock().day
        let asked = Asked(query, today: today)
        let report = try await report(asked, today)
        let empty = "\(asked.year) 年还没有下达目标"
        return ListPage(
            title: report.series.name, path: "/targets/all", menu: "/targets", lead: "导出的是逐期进度;汇总见下表。",
            filters: asked.filters(today: today).filter { $0.name != "measure" },
            table: Table(report.series, empty: empty),
            more: [(report.summary.name, Table(report.summary, empty: empty))],
            links: [.init("按指标查看", query.link("/targets"))])
    }
}
