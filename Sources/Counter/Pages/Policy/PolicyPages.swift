import Agency
import Basics
import Hummingbird
import Policy
import Sheets

/// The policy browser (政策): what the area's law says on a day, each value with its basis.
struct PolicyPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/policies", use: list)
        router.get("/policies.csv") { request, _ in try sheet(request).download(.csv) }
        router.get("/policies.xlsx") { request, _ in try sheet(request).download(.excel) }
    }

    private func chosen(_ query: Query) throws -> (policy: AreaPolicy, day: Day, rows: [PolicyRow]) {
        let area = AreaCode(query["area"]) ?? site.area
        let policy = try site.agency.policies.area(area)
        let day = query.day("on") ?? site.agency.clock().day
        let insurance = query.number("insurance").flatMap(Insurance.init(rawValue:))
        let words = query["q"]
        let rows = try policy.rows(on: day, insurance: insurance).filter { row in
            words.isEmpty || row.title.contains(words) || row.key.contains(words) || row.basis.contains(words)
        }
        return (policy, day, rows)
    }

    @Sendable private func list(_ request: Request, _ context: CounterContext) async throws -> Response {
        let query = Query(request)
        let (policy, day, rows) = try chosen(query)
        var groups: [Model] = []
        // One block a parameter: its title once, its places below.
        for (index, row) in rows.enumerated() {
            let isNew = index == 0 || rows[index - 1].key != row.key || rows[index - 1].insurance != row.insurance
            groups.append([
                "title": isNew ? row.title : "", "insurance": isNew ? row.insurance?.name ?? "各险种" : "",
                "key": isNew ? row.key : "", "place": row.place, "lines": row.lines.map { ["line": $0] as Model },
                "from": row.from.description, "to": row.to?.description ?? "", "basis": row.basis,
                "note": isNew ? row.note ?? "" : "",
            ])
        }
        return try site.page(
            "policies",
            [
                "areaName": policy.name, "on": day.description, "q": query["q"], "rows": groups,
                "version": policy.version, "versionShort": String(policy.version.prefix(12)),
                "areas": site.agency.policies.areas.values.sorted { $0.code < $1.code }.map {
                    ["code": $0.code.description, "name": $0.name, "chosen": $0.code == policy.code] as Model
                },
                "insurances": policy.insurances.map {
                    [
                        "code": String($0.rawValue), "name": $0.name,
                        "chosen": query["insurance"] == String($0.rawValue),
                    ] as Model
                },
                "csv": query.link("/policies.csv"), "excel": query.link("/policies.xlsx"),
            ], at: "/policies", context)
    }

    private func sheet(_ request: Request) throws -> Sheet {
        let (policy, day, rows) = try chosen(Query(request))
        return Sheet(
            name: "\(policy.name)政策\(day)", columns: ["险种", "参数", "名称", "适用", "取值", "自", "至", "依据"],
            rows: rows.map { row in
                [
                    row.insurance?.name ?? "各险种", row.key, row.title, row.place, row.lines.joined(separator: ";"),
                    row.from.description, row.to?.description ?? "", row.basis,
                ].map(Sheet.Cell.text)
            })
    }
}
