import Agency
import Basics
import Control
import Hummingbird
import Storage

/// The event browser (事件): what was done, by whom and when, newest first; for auditors.
struct EventPages: Sendable {
    let site: Site
    private static let pageRows = 100

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/events", use: list)
    }

    @Sendable private func list(_ request: Request, _ context: CounterContext) async throws -> Response {
        let query = Query(request)
        let before = EventPages.place(query["before"])
        let area = site.area
        let subject = query.number("subject")
        let (events, names) = try await site.agency.store.read { tx in
            let names = try Staff.names(tx, area: area)
            if let subject {
                let history = try EventLog.history(tx, area: area, subject: subject, kinds: query["kind"])
                return (Array(history.reversed()), names)
            }
            return (try EventLog.latest(tx, area: area, before: before, limit: Self.pageRows), names)
        }
        let next = subject == nil && events.count == Self.pageRows ? events.last?.place : nil
        return try site.page(
            "events",
            [
                "subject": query["subject"], "kinds": EventPages.desks(chosen: query["kind"]),
                "asksSubject": subject == nil && !query["kind"].isEmpty,
                "rows": events.map { EventPages.row($0, names) },
                "next": next.map { query.link("/events", ["before": "\($0.mark)_\($0.id)"]) } ?? "",
                "first": before == nil ? "" : "/events",
            ], at: "/events", context)
    }

    /// The beginnings of the kinds' codes, as the desks are called.
    private static func desks(chosen: String) -> [Model] {
        EventWords.desks.map { ["code": $0.code, "name": $0.name, "chosen": $0.code == chosen] }
    }

    private static func row(_ event: Event, _ names: [ID<StaffMember>: String]) -> Model {
        let isSettlement = ["settlement.settled", "settlement.purchased", "settlement.reversed"].contains(
            event.kind.name)
        return [
            "at": event.at.description, "kind": event.kind.name, "words": EventWords.of(event.kind),
            "subject": String(event.subject), "href": isSettlement ? "/settlements/\(event.subject)" : "",
            "actor": event.actor.words(names), "detail": event.detail == "{}" ? "" : event.detail,
            "number": String(event.id),
        ]
    }

    static func place(_ text: String) -> EventPlace? {
        let parts = text.split(separator: "_").compactMap { Int64($0) }
        return parts.count == 2 ? EventPlace(mark: parts[0], id: parts[1]) : nil
    }
}
