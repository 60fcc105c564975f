import Basics
import Hummingbird

/// A page about one subject (详情页): facts on top, what may be done with it, then its tables.
struct SubjectPage: Sendable {
    struct Fact: Sendable {
        let label: String
        let value: String
        let href: String
        let isStrong: Bool

        init(_ label: String, _ value: String, href: String = "", isStrong: Bool = false) {
            self.label = label
            self.value = value
            self.href = href
            self.isStrong = isStrong
        }
    }

    /// One station of a course (进度).
    struct Station: Sendable {
        enum Standing: String, Sendable {
            case done
            case current = "now"
            case toCome = ""
        }

        let name: String
        let words: String
        let standing: Standing
    }

    struct Section: Sendable {
        var title: String
        var stations: [Station] = []
        var note = ""
        var facts: [Fact] = []
        var table: Table?
        var links: [ListPage.Link] = []
        var chart: Chart?
    }

    var title: String
    /// Beside the title: the number.
    var number = ""
    var badges: [(text: String, tone: Table.Tone)] = []
    /// The menu's page that stays marked.
    var menu: String
    /// What must be known before anything is done.
    var notices: [String] = []
    var facts: [Fact] = []
    /// Matters that may be opened for this subject.
    var acts: [ListPage.Link] = []
    var prints: [ListPage.Link] = []
    /// The one thing that is done here without a matter.
    var button: ListPage.Link?
    var sections: [Section] = []
}

extension Site {
    func subject(_ page: SubjectPage, _ context: CounterContext) throws -> Response {
        let model: Model = [
            "title": page.title, "number": page.number,
            "badges": page.badges.map { ["text": $0.text, "tone": $0.tone.rawValue] as Model },
            "notices": page.notices.map { ["words": $0] as Model }, "facts": page.facts.map(\.model),
            "hasFacts": !page.facts.isEmpty, "acts": page.acts.map(\.model), "hasActs": !page.acts.isEmpty,
            "prints": page.prints.map(\.model), "hasPrints": !page.prints.isEmpty,
            "button": page.button.map { [$0.model] } ?? [], "sections": page.sections.map(\.model),
            "hasCharts": page.sections.contains { $0.chart != nil },
        ]
        return try self.page("subject", model, at: page.menu, context)
    }
}

extension SubjectPage.Fact {
    fileprivate var model: Model { ["label": label, "value": value, "href": href, "strong": isStrong] }
}

extension ListPage.Link {
    var model: Model { ["title": title, "href": href] }
}

extension SubjectPage.Section {
    fileprivate var model: Model {
        var model: Model = [
            "stations": stations.map {
                ["name": $0.name, "words": $0.words, "look": $0.standing.rawValue, "isNow": $0.standing == .current]
                    as Model
            }, "hasStations": !stations.isEmpty, "title": title, "note": note, "facts": facts.map(\.model),
            "hasFacts": !facts.isEmpty,
            "links": links.map(\.model), "chart": chart?.json ?? "",
        ]
        if let table { model["table"] = table.model }
        return model
    }
}
