import Agency
import Basics
import Contributions
import Control
import Hummingbird
import Providers
import Settlement
import Storage

/// The first page (今日): what was settled on a day, by provider and way of care, and how the weeks go.
struct DashboardPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/", use: dashboard)
    }

    @Sendable private func dashboard(_ request: Request, _ context: CounterContext) async throws -> Response {
        let today = site.agency.clock().day
        let store = site.agency.store
        let area = site.area
        let asked = Query(request).day("day").map { min($0, today) }
        let last = try await store.read { tx in try SettlementDesk.lastSettledDay(area, upTo: today, tx) }
        // On a day when nothing was settled yet, the last day with settlements tells more than zeros.
        let day = asked ?? last ?? today
        let trendStart = day - 29
        let yearStart = (day.month + -12).first
        let figures = try await site.figures.figures(store, area, from: yearStart, through: day, today: today)
        let providers = try await site.agency.providers(area)
        let isAdministrator = try context.signedIn().has(.accounts)
        let failures = isAdministrator ? try await site.agency.dailyFailures(area) : []
        let suspense = try await overdueSuspense(context)
        let ofDay = figures.filter { $0.day == day }
        let sums = Sums(ofDay)
        let model: Model = [
            "day": day.description, "isToday": day == today, "dayBefore": (day - 1).description,
            "dayAfter": day < today ? (day + 1).description : "",
            "cards": [
                card("结算笔数", String(sums.count), "笔"), card("医疗费总额", sums.total.grouped, "元"),
                card("基金支付", sums.funds.grouped, "元"), card("个人账户支付", sums.account.grouped, "元"),
                card("个人现金", sums.cash.grouped, "元"), card("基金支付比例", share(sums.funds, of: sums.total), ""),
            ],
            "trend": trend(figures, from: trendStart, through: day).json,
            "months": months(figures, through: day).json,
            "dayRows": ["column": "日期", "rows": dayRows(figures, from: trendStart, through: day)] as Model,
            "care": careChart(byCare(figures, from: trendStart)).json,
            "careRows": [
                "column": "医疗类别", "rows": byCare(figures, from: trendStart).map { Self.row($0.care.name, $0.sums) },
            ] as Model,
            "byProvider": byProvider(ofDay, providers, on: day),
            "monthRows": ["column": "月", "rows": monthRows(figures, through: day)] as Model,
            "calendarWarning": isAdministrator ? site.agency.calendarWarning ?? "" : "",
            "suspense": suspense,
            "failures": failures.map { ["part": $0.part.name, "reason": $0.reason] as Model },
        ]
        return try site.page("dashboard", model, at: "/", context)
    }

    /// Shown to whoever clears it, and to whoever looks after risks.
    private func overdueSuspense(_ context: CounterContext) async throws -> [Model] {
        let mayClear = try !site.matterLinks([("contributions.suspense.clear", "认领")], context).isEmpty
        guard try mayClear || context.signedIn().has(.risk),
            let overdue = try await site.agency.overdueSuspense(site.area)
        else { return [] }
        return [
            [
                "count": String(overdue.count), "amount": overdue.amount.grouped,
                "oldest": overdue.oldest.description,
                "mayOpen": try context.signedIn().has(.contributions),
            ]
        ]
    }

    private func card(_ label: String, _ figure: String, _ unit: String) -> Model {
        ["label": label, "figure": figure, "unit": unit]
    }

    private func share(_ part: Money, of whole: Money) -> String {
        guard whole.fen > 0 else { return "—" }
        return Rate(partsPerMillion: Rounding.halfUp(part.fen, times: 1_000, over: whole.fen) * 1_000).description
    }

    private func daySums(_ figures: [DayFigure], from first: Day, through last: Day) -> [(day: Day, sums: Sums)] {
        let byDay = Dictionary(grouping: figures) { $0.day }
        return (first...last).map { ($0, Sums(byDay[$0] ?? [])) }
    }

    private func trend(_ figures: [DayFigure], from first: Day, through last: Day) -> Chart {
        let days = daySums(figures, from: first, through: last)
        return Chart(
            kind: .line, labels: days.map { String($0.day.description.dropFirst(5)) },
            series: [
                .init(name: "医疗费总额(元)", values: days.map(\.sums.total.fen), inYuan: true),
                .init(name: "基金支付(元)", values: days.map(\.sums.funds.fen), inYuan: true),
            ])
    }

    private func dayRows(_ figures: [DayFigure], from first: Day, through last: Day) -> [Model] {
        daySums(figures, from: first, through: last).reversed().map { Self.row($0.day.description, $0.sums) }
    }

    private func monthSums(_ figures: [DayFigure], through last: Day) -> [(month: Month, sums: Sums)] {
        let byMonth = Dictionary(grouping: figures) { $0.day.month }
        return ((last.month + -11)...last.month).map { ($0, Sums(byMonth[$0] ?? [])) }
    }

    private func months(_ figures: [DayFigure], through last: Day) -> Chart {
        let months = monthSums(figures, through: last)
        return Chart(
            kind: .bar, labels: months.map { $0.month.description },
            series: [
                .init(name: "基金支付(元)", values: months.map(\.sums.funds.fen), inYuan: true),
                .init(name: "个人账户(元)", values: months.map(\.sums.account.fen), inYuan: true),
                .init(name: "个人现金(元)", values: months.map(\.sums.cash.fen), inYuan: true),
            ])
    }

    private func monthRows(_ figures: [DayFigure], through last: Day) -> [Model] {
        monthSums(figures, through: last).reversed().map { Self.row($0.month.description, $0.sums) }
    }

    /// A line of the table beside a chart.
    private static func row(_ name: String, _ sums: Sums) -> Model {
        [
            "name": name, "count": String(sums.count), "total": sums.total.grouped, "funds": sums.funds.grouped,
            "account": sums.account.grouped, "cash": sums.cash.grouped,
        ]
    }

    private func byCare(_ figures: [DayFigure], from first: Day) -> [(care: CareType, sums: Sums)] {
        Dictionary(grouping: figures.filter { $0.day >= first }) { $0.careType }
            .map { (care: $0.key, sums: Sums($0.value)) }
            .sorted { ($0.sums.funds, $1.care.rawValue) > ($1.sums.funds, $0.care.rawValue) }
    }

    private func careChart(_ groups: [(care: CareType, sums: Sums)]) -> Chart {
        Chart(
            kind: .doughnut, labels: groups.map(\.care.name),
            series: [.init(name: "基金支付(元)", values: groups.map(\.sums.funds.fen), inYuan: true)])
    }

    private func byProvider(_ figures: [DayFigure], _ providers: ProviderDirectory, on day: Day) -> [Model] {
        Dictionary(grouping: figures) { $0.provider }
            .map { (provider: $0.key, sums: Sums($0.value)) }
            .sorted { ($0.sums.funds, $1.provider.raw) > ($1.sums.funds, $0.provider.raw) }
            .map { entry in
                let institution = providers[entry.provider]
                return [
                    "name": institution?.profile(on: day).name ?? "机构 \(entry.provider)",
                    "href": "/providers/\(institution?.code.description ?? "")",
                    "list": "/settlements?from=\(day)&provider=\(institution?.code.description ?? "")&to=\(day)",
                    "count": String(entry.sums.count), "total": entry.sums.total.grouped,
                    "funds": entry.sums.funds.grouped, "cash": entry.sums.cash.grouped,
                ]
            }
    }
}

/// Figures added up.
struct Sums: Sendable {
    var count: Int64 = 0
    var total = Money.zero
    var funds = Money.zero
    var account = Money.zero
    var cash = Money.zero

    init(_ figures: some Sequence<DayFigure>) {
        for figure in figures {
            count += figure.count
            total += figure.total
            funds += figure.funds
            account += figure.account
            cash += figure.cash
        }
    }
}
