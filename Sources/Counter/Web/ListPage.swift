import Basics
import Control
import Hummingbird
import Sheets

/// A page that lists (查询页): what may be asked, figures, charts, the table, and the same table as a file.
struct ListPage: Sendable {
    /// A field above the table.
    struct Filter: Sendable {
        enum Kind: Sendable {
            case words
            case day
            case month
            case choice([(code: String, title: String)])
        }

        let name: String
        let title: String
        let kind: Kind
        let value: String

        init(_ name: String, _ title: String, _ query: Query) { self.init(name, title, .words, value: query[name]) }

        init(_ name: String, _ title: String, _ kind: Kind, _ query: Query) {
            self.init(name, title, kind, value: query[name])
        }

        init(_ name: String, _ title: String, _ kind: Kind = .words, value: String) {
            self.name = name
            self.title = title
            self.kind = kind
            self.value = value
        }
    }

    struct Figure: Sendable {
        let label: String
        let figure: String
        let unit: String

        init(_ label: String, _ figure: String, _ unit: String = "") {
            self.label = label
            self.figure = figure
            self.unit = unit
        }
    }

    /// A link to another page: a matter to open, a print, another view.
    struct Link: Sendable {
        let title: String
        let href: String

        init(_ title: String, _ href: String) {
            self.title = title
            self.href = href
        }
    }

    var title: String
    var path: String
    /// The menu's page that stays marked; the path itself when it is one.
    var menu: String?
    /// One sentence under the title: what the list shows and by which rule.
    var lead = ""
    var filters: [Filter] = []
    var figures: [Figure] = []
    var charts: [(title: String, chart: Chart)] = []
    var table: Table
    /// Further tables below, each under its title: the same facts seen from another side.
    var more: [(title: String, table: Table)] = []
    var links: [Link] = []
    /// The address of the next rows; nil at the end. An export follows it to the last row, whatever the page holds.
    var next: String?
    var first: String?
    var canExport = true
}

enum ListFormat: Sendable {
    case page, csv, excel

    /// How many rows one reading takes: a page's own number, or as many as every desk answers at a time.
    func rows(ofPage rows: Int) -> Int { self == .page ? rows : 500 }
}

extension Site {
    /// Serves a list as a page and, at the same address with an ending, as CSV and Excel.
    func addList(
        _ path: String, to router: some RouterMethods<CounterContext>,
        _ make: @escaping @Sendable (Query, CounterContext, ListFormat) async throws -> ListPage
    ) {
        router.get("\(path)") { request, context in
            let query = Query(request)
            return try list(try await make(query, context, .page), query, context)
        }
        router.get("\(path).csv") { request, context in
            try await ListExport().sheet(from: Query(request)) { try await make($0, context, .csv) }.download(.csv)
        }
        router.get("\(path).xlsx") { request, context in
            try await ListExport().sheet(from: Query(request)) { try await make($0, context, .excel) }.download(.excel)
        }
    }

    func list(_ page: ListPage, _ query: Query, _ context: CounterContext) throws -> Response {
        let export = page.canExport && (!page.table.rows.isEmpty || page.next != nil)
        let model: Model = [
            "title": page.title, "path": page.path, "lead": page.lead,
            "filters": page.filters.enumerated().map { $1.model(isFirst: $0 == 0) },
            "hasFilters": !page.filters.isEmpty,
            "figures": page.figures.map { ["label": $0.label, "figure": $0.figure, "unit": $0.unit] as Model },
            "hasFigures": !page.figures.isEmpty,
            "charts": page.charts.map { ["title": $0.title, "data": $0.chart.json] as Model },
            "hasCharts": !page.charts.isEmpty, "table": page.table.model,
            "more": page.more.map { ["title": $0.title, "table": $0.table.model] as Model },
            "links": page.links.map { ["title": $0.title, "href": $0.href] as Model },
            "next": page.next ?? "", "first": page.first ?? "",
            "csv": export ? query.link(page.path + ".csv", ["after": ""]) : "",
            "excel": export ? query.link(page.path + ".xlsx", ["after": ""]) : "",
        ]
        return try self.page("list", model, at: page.menu ?? page.path, context)
    }
}

extension ListPage.Filter {
    fileprivate func model(isFirst: Bool) -> Model {
        var model: Model = ["id": "filter-" + name, "name": name, "title": title, "value": value, "focus": isFirst]
        switch kind {
        case .words: model["isWords"] = true
        case .day: model["isDay"] = true
        case .month: model["isMonth"] = true
        case .choice(let choices):
            model["isChoice"] = true
            model["options"] = choices.map {
                ["code": $0.code, "title": $0.title, "chosen": $0.code == value] as Model
            }
        }
        return model
    }
}
