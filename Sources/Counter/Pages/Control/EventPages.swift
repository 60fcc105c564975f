import Agency
import Basics
import Control
import Hummingbird
import Seals
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
        let providers = try await site.agency.providers(area)
        let (events, facts) = try await site.agency.store.read { tx in
            let facts = EventFacts(
                names: try Staff.names(tx, area: area), providers: providers,
                plan: try Organisation.plan(tx, area: area))
            if let subject {
                let history = try EventLog.history(tx, area: area, subject: subject, kinds: query["kind"])
                return (Array(history.reversed()), facts)
            }
            return (try EventLog.latest(tx, area: area, before: before, limit: Self.pageRows), facts)
        }
        let session = try context.signedIn()
        let next = subject == nil && events.count == Self.pageRows ? events.last?.place : nil
        return try site.page(
            "events",
            [
                "subject": query["subject"], "kinds": EventPages.desks(chosen: query["kind"]),
                "asksSubject": subject == nil && !query["kind"].isEmpty,
                "rows": events.map { EventPages.row($0, facts, for: session) },
                "next": next.map { query.link("/events", ["before": "\($0.mark)_\($0.id)"]) } ?? "",
                "first": before == nil ? "" : "/events",
            ], at: "/events", context)
    }

    /// The beginnings of the kinds' codes, as the desks are called.
    private static func desks(chosen: String) -> [Model] {
        EventWords.desks.map { ["code": $0.code, "name": $0.name, "chosen": $0.code == chosen] }
    }

    private static func row(_ event: Event, _ facts: EventFacts, for session: Session) -> Model {
        [
            "at": event.at.description, "kind": event.kind.name, "words": EventWords.of(event.kind),
            "subject": model(facts.subject(of: event), session), "actor": event.actor.words(facts.names),
            "facts": facts.facts(of: event).map { model($0, session) }, "detail": event.detail,
            "digest": Hex.encode(event.rowsDigest),
            "number": String(event.id),
        ]
    }

    private static func model(_ fact: EventFacts.Fact, _ session: Session) -> Model {
        ["label": fact.label, "words": fact.words, "href": Desk.isOpen(fact.href, for: session) ? fact.href : ""]
    }

    static func place(_ text: String) -> EventPlace? {
        let parts = text.split(separator: "_").compactMap { Int64($0) }
        return parts.count == 2 ? EventPlace(mark: parts[0], id: parts[1]) : nil
    }
}
