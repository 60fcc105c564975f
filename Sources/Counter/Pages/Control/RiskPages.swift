import Agency
import Basics
import Control
import Hummingbird

/// The risk self-check (经办风险检查): the points of an inspection answered from the data, each down to its rows.
struct RiskPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/risk", to: router) { query, _, _ in try await points(query) }
        site.addList("/risk/{point}", to: router) { try await rows($0, $1, $2) }
    }

    private func report(_ query: Query, rowsMax: Int = RiskPoint.rowsMax) async throws -> RiskReport {
        let today = site.agency.clock().day
        let last = query.day("to") ?? today
        return try await site.agency.riskCheck(
            site.area, from: query.day("from") ?? last - 89, through: last, rowsMax: rowsMax)
    }

    private func filters(_ report: RiskReport) -> [ListPage.Filter] {
        [
            .init("from", "期间自", .day, value: report.first.description),
            .init("to", "至", .day, value: report.last.description),
        ]
    }

    private func points(_ query: Query) async throws -> ListPage {
        let report = try await report(query)
        let rows = report.points.map { point -> [Table.Cell] in
            [
                .link(point.title, to: query.link("/risk/\(point.code)")), .text(point.figure), point.verdict.badge,
                .count(Int64(point.rowCount)), .text(point.basis),
            ]
        }
        return ListPage(
            title: "经办风险检查", path: "/risk", lead: "检查于 \(report.at);数字都由系统内的记录得出,点检查点看每一行。",
            filters: filters(report),
            figures: RiskVerdict.allCases.reversed().map { verdict in
                .init(verdict.name, String(report.points.count { $0.verdict == verdict }), "项")
            },
            table: Table(["检查点", "结果", "结论", "明细", "依据"], rows, empty: "没有检查点"))
    }

    /// A page shows the first rows and says so; a file holds them all.
    private func rows(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let code = context.parameters.get("point") ?? ""
        let shown = format == .page ? RiskPoint.rowsMax : Int.max
        let report = try await report(query, rowsMax: shown)
        guard let point = report.points.first(where: { $0.code == code }) else {
            throw Problem("counter.risk.unknown", "没有这个检查点,请从“经办风险检查”进入")
        }
        let rows = try point.rows.prefix(shown).map { row -> [Table.Cell] in
            let href = try row.subject.map { try self.href($0, context) }
            return row.cells.enumerated().map { index, text in
                guard index == 0, let href else { return .text(text) }
                return .link(text, to: href)
            }
        }
        return ListPage(
            title: point.title, path: "/risk/\(code)", menu: "/risk",
            lead: "\(point.verdict.name):\(point.figure)。依据:\(point.basis)"
                + (rows.count < point.rowCount ? "。共 \(point.rowCount) 行,本页列前 \(rows.count) 行;导出的文件列全部" : ""),
            filters: filters(report),
            table: Table(
                point.columns, rows,
                empty: point.verdict == .sound ? "没有需要关注的记录" : "没有可列的记录:该办的还没有办,请按上面的依据补办"),
            links: [.init("全部检查点", query.link("/risk"))])
    }

    /// Where a row leads: to the matter that puts it right, for whoever may open it; else to what it is about.
    private func href(_ subject: RiskRow.Subject, _ context: CounterContext) throws -> String {
        switch subject {
        case .matter(let id): return "/matters/\(id)"
        case .staff(let id): return "/organisation/staff/\(id)"
        case .account(let id): return "/people/\(id)/account"
        case .unbilled(let month): return "/unbilled?way=leftOut&month=\(month)"
        case .overCredit(let person, let month, let amount):
            let matter = try site.matterLinks(
                [("accounts.reduce", "冲减")], given: "person=\(person)&month=\(month)&amount=\(amount)", context
            ).first
            return matter?.href ?? "/people/\(person)/account"
        }
    }
}

extension RiskVerdict {
    fileprivate var badge: Table.Cell {
        switch self {
        case .sound: .badge(name, .fine)
        case .attention: .badge(name, .caution)
        case .finding: .badge(name, .warn)
        }
    }
}
