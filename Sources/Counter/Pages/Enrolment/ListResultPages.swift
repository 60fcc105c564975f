import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Storage

/// What became of a list's lines (名单逐行结果): the refused ones go back to whoever made the list, as a file.
struct ListResultPages: Sendable {
    let site: Site
    private static let pageRows = 100

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/matters/{id}/results", to: router) { try await results($0, $1, $2) }
    }

    private func results(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let matter = try MatterPages.number(context)
        let staff = try context.signedIn().account.id
        let matters = try site.matters()
        let now = site.agency.clock()
        let asked = query.number("outcome").flatMap(ListResult.Outcome.init(rawValue:))
        let after = Int(query["after"]) ?? 0
        let limit = format.rows(ofPage: Self.pageRows)
        let (view, progress, outcome, results) = try await site.agency.store.read { [area = site.area] tx in
            // Whoever may not see the matter may not see its list.
            let view = try matters.view(tx, matter, for: staff, at: now)
            guard let list = try Enrolment.list(tx, area: area, of: matter) else {
                throw Problem("counter.list.unknown", "这件办件没有名单,或名单还没有开始办理")
            }
            let progress = try Enrolment.progress(tx, area: area, of: list)
            // What was refused is to be seen to first; where nothing was, what was done.
            let outcome = asked ?? (progress.refused > 0 ? .refused : .carried)
            return (
                view, progress, outcome,
                try Enrolment.results(tx, area: area, of: list, outcome, after: after, limit: limit)
            )
        }
        let path = "/matters/\(matter)/results"
        let columns =
            site.kinds[view.kind]?.fields.lazy.compactMap { field -> [String]? in
                guard case .sheet(let template) = field.kind else { return nil }
                return template.columns.map(\.name)
            }.first ?? []
        return ListPage(
            title: "\(view.kindName)结果", path: path, menu: "/work", lead: progress.sentence,
            filters: [
                .init(
                    "outcome", "结果", .choice(ListResult.Outcome.allCases.map { ("\($0.rawValue)", $0.name) }),
                    value: "\(outcome.rawValue)")
            ],
            table: Table(
                ["行", "结果", "列", "说明", "人员"] + columns, results.map { row($0, columns.count) },
                empty: "没有“\(outcome.name)”的行"),
            links: [.init("办件页面", "/matters/\(matter)")],
            next: results.count == limit
                ? query.link(path, ["after": "\(results.last!.line)"]) : nil,
            first: after == 0 ? nil : query.link(path, ["after": ""]))
    }

    private func row(_ result: ListResult, _ columns: Int) -> [Table.Cell] {
        let cells = (0..<columns).map { $0 < result.cells.count ? result.cells[$0] : "" }
        return [
            .count(Int64(result.line)), .badge(result.outcome.name, result.outcome == .refused ? .warn : .fine),
            .text(result.column), .text(result.message),
            result.person.map { .link("\($0)", to: "/people/\($0)") } ?? .text(""),
        ] + cells.map(Table.Cell.text)
    }
}
