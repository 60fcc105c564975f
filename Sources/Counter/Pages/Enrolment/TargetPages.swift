import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Policy
import Storage

/// The county's enrolment goals (参保目标) split by town and section, and how far each has come.
struct TargetPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/targets", to: router) { query, context, _ in try await progress(query, context) }
    }

    private struct Facts: Sendable {
        var targets: [Target]
        var towns: [Town]
        /// By town's code; people whose town no list has told are under the empty code.
        var people: [String: Progression]
    }

    private func progress(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let today = site.agency.clock().day
        let year = query.number("year").map { Int($0) } ?? today.month.year
        let measure =
            query.number("measure").flatMap(TargetMeasure.init(rawValue:)).flatMap { $0.isMoney ? nil : $0 }
            ?? .residents
        let step = ProgressStep.allCases.first { $0.name == query["step"] } ?? .month
        let first = Month(year: year, month: 1).first
        let last = min(max(first, today), Month(year: year, month: 12).last)
        let facts = try await site.agency.store.read { [area = site.area] tx in
            Facts(
                targets: try Enrolment.targets(tx, area: area, year: year).filter { $0.measure == measure },
                towns: try Enrolment.towns(tx, area: area),
                people: try Enrolment.headcount(
                    tx, area: area, insurance: measure.insurance, from: first, through: last))
        }
        let all = facts.people.values.reduce(Progression(), +)
        let points = all.points(by: step, from: first, through: last)
        return ListPage(
            title: "\(year)年\(measure.name)目标", path: "/targets", lead: "目标由县下达到科室和乡镇;完成数按登记的参保时段逐日计算。",
            filters: filters(query, year, measure, step),
            figures: figures(facts, all.value(on: last), last),
            charts: [("\(measure.name)\(step.name)进度", chart(points, facts.targets.first { $0.holder == .county }))],
            table: Table(
                ["责任单位", "目标", "完成", "完成率", "差额"], rows(facts, on: last),
                empty: "\(year)年还没有下达目标,请在“办理事项”中下达"),
            links: try site.matterLinks(targetKinds, context))
    }

    private var targetKinds: [(code: String, title: String)] {
        site.kinds.kinds.filter { $0.code.hasPrefix("enrolment.target") }.map { ($0.code, $0.name) }
    }

    private func filters(
        _ query: Query, _ year: Int, _ measure: TargetMeasure, _ step: ProgressStep
    ) -> [ListPage.Filter] {
        [
            .init("year", "年度", .words, value: String(year)),
            .init(
                "measure", "指标",
                .choice(TargetMeasure.allCases.filter { !$0.isMoney }.map { ("\($0.rawValue)", $0.name) }),
                value: "\(measure.rawValue)"),
            .init("step", "进度", .choice(ProgressStep.allCases.map { ($0.name, $0.name) }), value: step.name),
        ]
    }

    private func figures(_ facts: Facts, _ reached: Int64, _ day: Day) -> [ListPage.Figure] {
        let goal = facts.targets.first { $0.holder == .county }?.amount
        return [
            .init("全县目标", goal.map(String.init) ?? "未下达", goal == nil ? "" : "人"),
            .init("截至 \(day) 完成", String(reached), "人"),
            .init("完成率", goal.map { Self.share(reached, of: $0) } ?? "—"),
        ]
    }

    private func rows(_ facts: Facts, on day: Day) -> [[Table.Cell]] {
        facts.targets.map { target in
            let reached = reached(target.holder, facts, on: day)
            return [
                .text(name(target.holder, facts)), .count(target.amount), .count(reached),
                .text(Self.share(reached, of: target.amount)), .count(max(0, target.amount - reached)),
            ]
        }
    }

    /// A section answers for the towns it looks after.
    private func reached(_ holder: TargetHolder, _ facts: Facts, on day: Day) -> Int64 {
        switch holder {
        case .county: facts.people.values.reduce(0) { $0 + $1.value(on: day) }
        case .town(let code): facts.people[code]?.value(on: day) ?? 0
        case .section(let name):
            facts.towns.filter { $0.section == name }.reduce(0) { $0 + (facts.people[$1.code]?.value(on: day) ?? 0) }
        }
    }

    private func name(_ holder: TargetHolder, _ facts: Facts) -> String {
        switch holder {
        case .county: "全县"
        case .town(let code): facts.towns.first { $0.code == code }?.name ?? code
        case .section(let name): name
        }
    }

    private static func share(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0 else { return "—" }
        return Rate(partsPerMillion: Rounding.halfUp(part, times: 1000, over: whole) * 1000).description
    }

    private func chart(_ points: [ProgressPoint], _ goal: Target?) -> Chart {
        var series = [Chart.Series(name: "参保人数", values: points.map(\.value))]
        if let goal { series.append(.init(name: "目标", values: points.map { _ in goal.amount })) }
        return Chart(kind: .line, labels: points.map(\.label), series: series)
    }
}
