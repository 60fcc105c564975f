import Agency
import Basics
import Control
import Hummingbird
import Storage

/// The work list (我的工作台): what waits for me, what I did, what I opened, what is late, what was copied to me.
struct WorkPages: Sendable {
    let site: Site
    private static let pageRows = 50

    /// One list of the bench.
    enum Bench: String, Sendable, CaseIterable {
        case todo, late, opened, done, copied

        var title: String {
            switch self {
            case .todo: "待办"
            case .late: "超时"
            case .opened: "我发起的"
            case .done: "已办"
            case .copied: "抄送我的"
            }
        }

        var empty: String {
            switch self {
            case .todo: "没有待办。要办新事,请到“办理事项”"
            case .late: "没有超时的待办"
            case .opened: "还没有发起过办件"
            case .done: "还没有办过"
            case .copied: "没有抄送给您的办件"
            }
        }
    }

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/work", use: list)
        router.needing(.matters).post("/work", use: actOnMany)
    }

    // MARK: Reading

    private struct Shown: Sendable {
        var bench: Bench
        var rows: [Line] = []
        var next: String?
        var todo = 0
        var late = 0
    }

    private struct Line: Sendable {
        var matter: ID<Matter>
        var version: Int64?
        var kind: String
        var title: String
        var step: String
        var opener: String
        var when: String
        var due: String
        var isLate: Bool
        var reminders: Int
        var state: MatterState
    }

    private func read(_ bench: Bench, _ after: String, _ staff: ID<StaffMember>) async throws -> Shown {
        let matters = try site.matters()
        let now = site.agency.clock()
        return try await site.agency.store.read { [area = site.area] tx in
            let names = try Staff.names(tx, area: area)
            var shown = Shown(bench: bench)
            shown.todo = try matters.waitingCount(tx, of: staff, at: now)
            shown.late = try matters.waitingCount(tx, of: staff, at: now, isOverdue: true)
            func work(_ items: [WorkItem]) {
                shown.rows = items.map { line($0, names, matters.catalogue, now.day) }
                shown.next = items.count == Self.pageRows ? items.last.map { "\($0.place.order)_\($0.place.id)" } : nil
            }
            func whole(_ lines: [MatterLine]) {
                shown.rows = lines.map { line($0, names, matters.catalogue) }
                shown.next = lines.count == Self.pageRows ? lines.last.map { "\($0.matter)" } : nil
            }
            let place = Self.place(after)
            let before = Int64(after).map { ID<Matter>($0) }
            switch bench {
            case .todo: work(try matters.todo(tx, of: staff, at: now, after: place, limit: Self.pageRows))
            case .late: work(try matters.overdue(tx, of: staff, at: now, after: place, limit: Self.pageRows))
            case .done: work(try matters.done(tx, of: staff, before: place, limit: Self.pageRows))
            case .opened: whole(try matters.opened(tx, by: staff, before: before, limit: Self.pageRows))
            case .copied: whole(try matters.copied(tx, to: staff, before: before, limit: Self.pageRows))
            }
            return shown
        }
    }

    private static func place(_ text: String) -> WorkPlace? {
        let parts = text.split(separator: "_").compactMap { Int64($0) }
        return parts.count == 2 ? WorkPlace(order: parts[0], id: parts[1]) : nil
    }

    private func line(
        _ item: WorkItem, _ names: [ID<StaffMember>: String], _ kinds: MatterCatalogue, _ today: Day
    ) -> Line {
        Line(
            matter: item.matter, version: item.version, kind: kinds[item.kind]?.name ?? item.kind, title: item.title,
            step: item.step, opener: names[item.opener] ?? "\(item.opener)",
            when: item.closedAt?.description ?? item.begun.description, due: item.due.description,
            isLate: item.isOverdue(on: today), reminders: item.reminders, state: item.state)
    }

    private func line(_ line: MatterLine, _ names: [ID<StaffMember>: String], _ kinds: MatterCatalogue) -> Line {
        Line(
            matter: line.matter, version: nil, kind: kinds[line.kind]?.name ?? line.kind, title: line.title, step: "",
            opener: names[line.opener] ?? "\(line.opener)", when: line.openedAt.description,
            due: line.endedAt?.description ?? "", isLate: false, reminders: 0, state: line.state)
    }

    // MARK: The page

    @Sendable private func list(_ request: Request, _ context: CounterContext) async throws -> Response {
        // Whoever works at no matters begins with the day's figures.
        guard try context.signedIn().has(.matters) else { return .redirect(to: "/", type: .normal) }
        return try await show(Query(request), answers: [], context)
    }

    private func show(_ query: Query, answers: [BatchAnswer], _ context: CounterContext) async throws -> Response {
        let bench = Bench(rawValue: query["bench"]) ?? .todo
        let shown = try await read(bench, query["after"], try context.signedIn().account.id)
        let words = query["q"]
        let rows = shown.rows.filter { words.isEmpty || $0.kind.contains(words) || $0.title.contains(words) }
        let model: Model = [
            "benches": Bench.allCases.map { tab($0, shown) }, "bench": bench.rawValue, "q": words,
            "canAct": bench == .todo || bench == .late, "isDone": bench == .done,
            "isWhole": bench == .opened || bench == .copied, "rows": rows.map(row), "hasRows": !rows.isEmpty,
            "empty": words.isEmpty ? bench.empty : "本页没有含“\(words)”的办件",
            "next": shown.next.map { query.link("/work", ["after": $0]) } ?? "",
            "first": query["after"].isEmpty ? "" : query.link("/work", ["after": ""]),
            "outcomes": answers.map(outcome), "hasOutcomes": !answers.isEmpty,
        ]
        return try site.page("work/list", model, at: "/work", context)
    }

    private func tab(_ bench: Bench, _ shown: Shown) -> Model {
        let count: Int? =
            switch bench {
            case .todo: shown.todo
            case .late: shown.late
            default: nil
            }
        let words = count.map { $0 < Matters.countMax ? "\($0)" : "\(Matters.countMax - 1)+" }
        return [
            "code": bench.rawValue, "title": bench.title, "current": bench == shown.bench,
            "count": words ?? "", "isLate": bench == .late && shown.late > 0,
        ]
    }

    private func row(_ line: Line) -> Model {
        [
            "matter": "\(line.matter)", "version": line.version.map(String.init) ?? "", "kind": line.kind,
            "title": line.title, "step": line.step, "opener": line.opener, "when": line.when, "due": line.due,
            "isLate": line.isLate, "reminders": line.reminders > 0 ? String(line.reminders) : "",
            "state": line.state.name, "tone": line.state.tone.rawValue,
        ]
    }

    // MARK: Acting on many

    /// Each matter is acted on for itself: one that is refused does not hold up the others.
    @Sendable private func actOnMany(_ request: Request, _ context: CounterContext) async throws -> Response {
        let form = try await site.form(request, context)
        let staff = try context.signedIn().account.id
        let chosen = form.all("matter").compactMap(Self.chosen)
        guard !chosen.isEmpty else { throw Problem("counter.work.none", "还没有勾选办件,请返回勾选后再办") }
        let answers = try await site.agency.batch(site.area, chosen, try verb(form), by: staff)
        return try await show(Query(fields: ["bench": form["bench"]]), answers: answers, context)
    }

    private func verb(_ form: Form) throws -> MatterVerb {
        switch form["act"] {
        case "agree": .agree(form["opinion"].isEmpty ? "同意" : form["opinion"])
        case "disagree": .disagree(form["opinion"])
        default: throw Problem("counter.work.act", "请选择“同意”或“不同意”")
        }
    }

    /// `12_3`: the matter and the version that was on the list.
    private static func chosen(_ text: String) -> (matter: ID<Matter>, seen: Int64)? {
        let parts = text.split(separator: "_").compactMap { Int64($0) }
        return parts.count == 2 ? (ID(parts[0]), parts[1]) : nil
    }

    private func outcome(_ answer: BatchAnswer) -> Model {
        let reasons = answer.problems.map(\.message).joined(separator: ";")
        return [
            "matter": "\(answer.matter)", "isWrong": !answer.problems.isEmpty,
            "words": reasons.isEmpty ? answer.outcome?.state.name ?? "" : reasons,
        ]
    }
}
