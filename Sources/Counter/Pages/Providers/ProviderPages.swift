import Agency
import Basics
import Hummingbird
import Providers
import Settlement
import Sheets
import Storage

/// Designated providers (定点机构): the list with the month's figures, one provider with its agreements.
struct ProviderPages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/providers", use: list)
        router.get("/providers.csv") { request, _ in try await sheet(request).download(.csv) }
        router.get("/providers.xlsx") { request, _ in try await sheet(request).download(.excel) }
        router.get("/providers/{code}", use: one)
    }

    private struct Line: Sendable {
        var institution: Institution
        var sums: Sums
    }

    /// The providers whose name, code or kind was asked for, with what they settled in the last 30 days.
    private func lines(_ query: Query) async throws -> [Line] {
        let today = site.agency.clock().day
        let figures = try await monthFigures(through: today)
        let byProvider = Dictionary(grouping: figures) { $0.provider }
        let asked = query["q"]
        return try await site.agency.providers(site.area).all.filter { institution in
            let isKind =
                query["kind"].isEmpty || query["kind"] == (institution.kind == .pharmacy ? "pharmacy" : "hospital")
            let isAsked =
                asked.isEmpty || institution.code.description.contains(asked)
                || institution.profile(on: today).name.contains(asked)
            return isKind && isAsked
        }.map { Line(institution: $0, sums: Sums(byProvider[$0.id] ?? [])) }
    }

    private func monthFigures(through today: Day) async throws -> [DayFigure] {
        let store = site.agency.store
        let area = site.area
        let last = try await store.read { tx in try SettlementDesk.lastSettledDay(area, upTo: today, tx) } ?? today
        return try await site.figures.figures(store, area, from: last - 29, through: last, today: today)
    }

    @Sendable private func list(_ request: Request, _ context: CounterContext) async throws -> Response {
        let query = Query(request)
        let today = site.agency.clock().day
        let after = query["after"]
        // By code: a page goes on after the last code of the one before, also when that one is gone since.
        let following = try await lines(query).drop { !after.isEmpty && $0.institution.code.description <= after }
        let shown = following.prefix(Self.pageRows)
        let rows: [Model] = shown.map { line in
            let profile = line.institution.profile(on: today)
            let objection = line.institution.objection(on: today)
            return [
                "code": line.institution.code.description, "name": profile.name,
                "kind": line.institution.kind == .pharmacy ? "药店" : "医院",
                "tier": line.institution.kind == .pharmacy ? "" : profile.tier.name, "mayServe": objection == nil,
                "count": String(line.sums.count), "total": line.sums.total.grouped, "funds": line.sums.funds.grouped,
            ]
        }
        return try site.page(
            "providers",
            [
                "q": query["q"], "isHospital": query["kind"] == "hospital", "isPharmacy": query["kind"] == "pharmacy",
                "rows": rows, "csv": query.link("/providers.csv", ["after": ""]),
                "excel": query.link("/providers.xlsx", ["after": ""]),
                "next": following.count > shown.count
                    ? query.link("/providers", ["after": shown.last?.institution.code.description ?? ""]) : "",
                "first": after.isEmpty ? "" : query.link("/providers", ["after": ""]),
            ], at: "/providers", context)
    }

    private func sheet(_ request: Request) async throws -> Sheet {
        let today = site.agency.clock().day
        let rows = try await lines(Query(request)).map { line -> [Sheet.Cell] in
            let profile = line.institution.profile(on: today)
            return [
                .text(line.institution.code.description), .text(profile.name), .text(profile.tier.name),
                .text(line.institution.objection(on: today) == nil ? "可以结算" : "不能结算"), .count(line.sums.count),
                .money(line.sums.total), .money(line.sums.funds), .money(line.sums.account), .money(line.sums.cash),
            ]
        }
        return Sheet(
            name: "定点机构",
            columns: ["机构编号", "名称", "级别", "状态", "近30天笔数", "医疗费总额", "基金支付", "个人账户", "个人现金"], rows: rows)
    }

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        let code = context.parameters.get("code") ?? ""
        guard let institution = try await site.agency.providers(site.area)[code] else {
            throw Problem("counter.provider.unknown", "没有找到编号为 \(code) 的定点机构,请从定点机构列表进入")
        }
        let today = site.agency.clock().day
        let figures = try await monthFigures(through: today).filter { $0.provider == institution.id }
        let byCare = Dictionary(grouping: figures) { $0.careType }.map { (care: $0.key, sums: Sums($0.value)) }
            .sorted { $0.sums.funds > $1.sums.funds }
        let profile = institution.profile(on: today)
        let model: Model = [
            "code": code, "name": profile.name, "tier": profile.tier.name,
            "kind": institution.kind == .pharmacy ? "定点零售药店" : "定点医疗机构",
            "objection": institution.objection(on: today)?.message ?? "",
            "profiles": institution.profiles.map(Self.row), "agreements": institution.agreements.map(Self.row),
            "cares": byCare.map { Self.row($0.care, $0.sums) },
        ]
        return try site.page("provider", model, at: "/providers", context)
    }

    private static func row(_ profile: Institution.Profile) -> Model {
        ["first": profile.first.description, "name": profile.name, "tier": profile.tier.name]
    }

    private static func row(_ agreement: Institution.Agreement) -> Model {
        [
            "first": agreement.period.first.description, "last": agreement.period.last?.description ?? "未定",
            "acts": agreement.acts.map { "\($0.from) \(name($0.kind))" }.joined(separator: ";"),
        ]
    }

    private static func row(_ care: CareType, _ sums: Sums) -> Model {
        [
            "name": care.name, "count": String(sums.count), "total": sums.total.grouped, "funds": sums.funds.grouped,
            "cash": sums.cash.grouped,
        ]
    }

    private static func name(_ kind: Institution.Act.Kind) -> String {
        switch kind {
        case .suspended: "中止"
        case .resumed: "恢复"
        case .terminated: "解除"
        }
    }
}
