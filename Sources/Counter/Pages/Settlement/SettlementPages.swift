import Agency
import Basics
import Enrolment
import Hummingbird
import Providers
import Settlement
import Sheets
import Storage

/// Settlements (结算): the list with its filters and exports, one settlement with its explanation, the printed sheet.
struct SettlementPages: Sendable {
    let site: Site
    private static let pageRows = 50
    /// An export reads page by page up to here; beyond it a narrower filter is asked for.
    private static let exportRowsMax = 200_000

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/settlements", use: list)
        router.get("/settlements.csv") { request, _ in try await export(request, as: .csv) }
        router.get("/settlements.xlsx") { request, _ in try await export(request, as: .excel) }
        router.get("/settlements/{id}", use: one)
        router.get("/settlements/{id}/print") { try await sheet($1, asPDF: false) }
        router.get("/settlements/{id}/print.pdf") { try await sheet($1, asPDF: true) }
    }

    // MARK: The list

    private func filter(_ query: Query) async throws -> SettlementDesk.SettlementFilter {
        let providers = try await site.agency.providers(site.area)
        var filter = SettlementDesk.SettlementFilter()
        if !query["provider"].isEmpty {
            guard let institution = providers[query["provider"]] else {
                throw Problem("counter.provider.unknown", field: "定点机构", "没有编号为 \(query["provider"]) 的定点机构,请从列表中选择")
            }
            filter.provider = institution.id
        }
        var problems = Problems()
        /// What was asked for; what cannot be read is told, never left out of the search unsaid.
        func read<Value>(_ name: String, _ title: String, _ advice: String, _ value: Value?) -> Value? {
            if value == nil, !query[name].isEmpty {
                problems.add("counter.filter.\(name)", field: title, "“\(query[name])”不能用来查找:\(advice)")
            }
            return value
        }
        let number = query.number("person").map { ID<Person>($0) }
        filter.person = read("person", "人员编号", "请填人员编号(数字);只知道姓名或证件号时先在“参保人”里查", number)
        filter.firstDay = read("from", "结算日期起", "日期写成 2026-03-01", query.day("from"))
        filter.lastDay = read("to", "结算日期止", "日期写成 2026-03-31", query.day("to"))
        let care = query.number("care").flatMap(CareType.init(rawValue:))
        filter.careType = read("care", "医疗类别", "请从列表中选择", care)
        let insurance = query.number("insurance").flatMap(Insurance.init(rawValue:))
        filter.insurance = read("insurance", "险种", "请从列表中选择", insurance)
        try problems.throwIfAny()
        return filter
    }

    @Sendable private func list(_ request: Request, _ context: CounterContext) async throws -> Response {
        let query = Query(request)
        let filter = try await filter(query)
        let place = SettlementPages.place(query["after"])
        let area = site.area
        let page = try await site.agency.store.read { tx in
            try SettlementDesk.settlements(area, filter, after: place, limit: Self.pageRows, tx)
        }
        let providers = try await site.agency.providers(area)
        let chosen = query["provider"]
        let model: Model = [
            "from": query["from"], "to": query["to"], "person": query["person"],
            "providers": providers.all.map {
                let code = $0.code.description
                return ["code": code, "name": $0.profile(on: site.agency.clock().day).name, "chosen": code == chosen]
                    as Model
            },
            "cares": CareType.allCases.map {
                ["code": String($0.rawValue), "name": $0.name, "chosen": query["care"] == String($0.rawValue)] as Model
            },
            "insurances": Insurance.basic.map {
                ["code": String($0.rawValue), "name": $0.name, "chosen": query["insurance"] == String($0.rawValue)]
                    as Model
            },
            "rows": page.bills.map { row($0, providers) },
            "next": page.next.map { query.link("/settlements", ["after": "\($0.day)_\($0.id)"]) } ?? "",
            "first": place == nil ? "" : query.link("/settlements", ["after": ""]),
            "csv": query.link("/settlements.csv", ["after": ""]),
            "excel": query.link("/settlements.xlsx", ["after": ""]),
        ]
        return try site.page("settlements", model, at: "/settlements", context)
    }

    static func place(_ text: String) -> SettlementDesk.SettlementPlace? {
        let parts = text.split(separator: "_")
        guard parts.count == 2, let day = Day(parts[0]), let id = Int64(parts[1]) else { return nil }
        return SettlementDesk.SettlementPlace(day: day, id: ID(id))
    }

    private func row(_ bill: SettlementRow, _ providers: ProviderDirectory) -> Model {
        [
            "id": bill.id.description, "at": bill.settledAt.description, "name": bill.personName,
            "person": bill.person.description,
            "provider": providers[bill.provider]?.profile(on: bill.settledDay).name ?? "",
            "care": bill.careType.name, "insurance": bill.insurance.name, "total": bill.amounts.total.grouped,
            "funds": bill.amounts.funds.grouped,
            "account": (bill.amounts.account + bill.amounts.sharedAccount).grouped,
            "cash": bill.amounts.cash.grouped, "isRed": bill.amounts.total.isNegative,
        ]
    }

    // MARK: Export

    private enum Format { case csv, excel }

    private func export(_ request: Request, as format: Format) async throws -> Response {
        let query = Query(request)
        let filter = try await filter(query)
        let providers = try await site.agency.providers(site.area)
        let area = site.area
        let sheet = try await site.agency.store.read { tx in
            var sheet = Sheet(name: "结算", columns: Self.columns, rows: [])
            var place: SettlementDesk.SettlementPlace?
            repeat {
                let page = try SettlementDesk.settlements(area, filter, after: place, limit: 500, tx)
                sheet.rows += page.bills.map { Self.cells($0, providers) }
                guard sheet.rows.count <= Self.exportRowsMax else {
                    throw Problem(
                        "counter.export.tooManyRows", "要导出的结算超过 \(Self.exportRowsMax) 笔,请用日期或机构缩小范围后再导出")
                }
                place = page.next
            } while place != nil
            return sheet
        }
        return try sheet.download(format == .csv ? .csv : .excel)
    }

    private static let columns = [
        "结算编号", "结算时间", "人员编号", "姓名", "机构编号", "机构", "险种", "医疗类别", "医疗费总额", "全自费", "超限价", "先行自付",
        "政策范围内", "起付线", "统筹基金", "大额补助", "大病保险", "公务员补助", "企业补充", "医疗救助", "其他", "基金支付总额", "个人账户", "共济账户",
        "个人现金", "原结算编号",
    ]

    private static func cells(_ bill: SettlementRow, _ providers: ProviderDirectory) -> [Sheet.Cell] {
        let institution = providers[bill.provider]
        let a = bill.amounts
        return [
            .text(bill.id.description), .text(bill.settledAt.description), .text(bill.person.description),
            .text(bill.personName), .text(institution?.code.description ?? ""),
            .text(institution?.profile(on: bill.settledDay).name ?? ""), .text(bill.insurance.name),
            .text(bill.careType.name),
        ]
            + [
                a.total, a.fullSelfPay, a.overLimitSelfPay, a.preSelfPay, a.inScope, a.deductible, a.pool,
                a.largeAmount, a.criticalIllness, a.civilServant, a.enterpriseSupplement, a.assistance, a.other,
                a.funds, a.account, a.sharedAccount, a.cash,
            ].map(Sheet.Cell.money) + [.text(bill.original?.description ?? "")]
    }

    // MARK: One settlement

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        let model = try await SettlementView(site: site).model(try id(context))
        return try site.page("settlement", model, at: "/settlements", context)
    }

    private func sheet(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        let id = try id(context)
        let model = try await SettlementView(site: site).model(id)
        let page = PrintedPage(
            view: "print/settlement", title: "结算单-\(id)", address: "/settlements/\(id)/print",
            back: "/settlements/\(id)")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }

    private func id(_ context: CounterContext) throws -> ID<SettlementRecord> {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("counter.settlement.unknown", "没有找到这笔结算,请从结算列表进入")
        }
        return ID(id)
    }
}
