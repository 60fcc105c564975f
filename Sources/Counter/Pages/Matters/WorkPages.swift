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
        /// Where the list goes on after this line.
        var place: String
    }

    /// A page of a bench; with words, of what they occur in: titles are not to be asked for, so the bench is read on until
    /// the page is full, within bounds.
    private func read(
        _ bench: Bench, after: String, containing words: String, _ staff: ID<StaffMember>
    ) async throws -> Shown {
        let matters = try site.matters()
        let now = site.agency.clock()
        return try await site.agency.store.read { [area = site.area] tx in
            let names = try Staff.names(tx, area: area)
            var shown = Shown(bench: bench)
            shown.todo = try matters.waitingCount(tx, of: staff, at: now)
            shown.late = try matters.waitingCount(tx, of: staff, at: now, isOverdue: true)
            let limit = words.isEmpty ? Self.pageRows : Matters.pageMax
            var place = after
            for _ in 0..<Self.readsOfPageMax {
                let lines = try lines(of: bench, matters, tx, staff, now, after: place, limit: limit, names)
                for line in lines {
                    place = line.place
                    guard words.isEmpty || line.kind.contains(words) || line.title.contains(words) else { continue }
                    shown.rows.append(line)
                    if shown.rows.count == Self.pageRows {
                        shown.next = place
                        return shown
                    }
                }
                guard lines.count == limit else { return shown }
            }
            shown.next = place
            return shown
        }
    }

    private static let readsOfPageMax = 20

    private func lines(
        of bench: Bench, _ matters: Matters, _ tx: any Transaction, _ staff: ID<StaffMember>, _ now: Moment,
        after: String, limit: Int, _ names: [ID<StaffMember>: String]
    ) throws -> [Line] {
        let place = Self.place(after)
        let before = Int64(after).map { ID<Matter>($0) }
        func work(_ items: [WorkItem]) -> [Line] { items.map { line($0, names, matters.catalogue, now.day) } }
        func whole(_ lines: [MatterLine]) -> [Line] { lines.map { line($0, names, matters.catalogue) } }
        return switch bench {
        case .todo: work(try matters.todo(tx, of: staff, at: now, after: place, limit: limit))
        case .late: work(try matters.overdue(tx, of: staff, at: now, after: place, limit: limit))
        case .done: work(try matters.done(tx, of: staff, before: place, limit: limit))
        case .opened: whole(try matters.opened(tx, by: staff, before: before, limit: limit))
        case .copied: whole(try matters.copied(tx, to: staff, before: before, limit: limit))
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
            isLate: item.isOverdue(on: today), reminders: item.reminders, state: item.state,
            place: "\(item.place.order)_\(item.place.id)")
    }

    private func line(_ line: MatterLine, _ names: [ID<StaffMember>: String], _ kinds: MatterCatalogue) -> Line {
        Line(
            matter: line.matter, version: nil, kind: kinds[line.kind]?.name ?? line.kind, title: line.title, step: "",
            opener: names[line.opener] ?? "\(line.opener)", when: line.openedAt.description,
            due: line.endedAt?.description ?? "", isLate: false, reminders: 0, state: line.state,
            place: "\(line.matter)")
    }

    // MARK: The page

    @Sendable private func list(_ request: Request, _ context: CounterContext) async throws -> Response {
        // Whoever works at no matters begins with the day's figures.
        guard try context.signedIn().has(.matters) else { return .redirect(to: "/", type: .normal) }
        return try await show(Query(request), Batch(), context)
    }

    /// What somebody ticked and typed, and what became of it: what was refused stays ticked, with the opinion.
    private struct Batch: Sendable {
        var answers: [BatchAnswer] = []
        var problems: [Problem] = []
        var ticked: Set<ID<Matter>> = []
        var opinion = ""
    }

    private func empty(_ shown: Shown, _ words: String) -> String {
        if words.isEmpty { return shown.bench.empty }
        return shown.next == nil ? "没有含“\(words)”的办件" : "到这里还没有含“\(words)”的办件,请点“下一页”接着找"
    }

    private func show(_ query: Query, _ batch: Batch, _ context: CounterContext) async throws -> Response {
        let bench = Bench(rawValue: query["bench"]) ?? .todo
        let words = query["q"]
        let shown = try await read(
            bench, after: query["after"], containing: words, try context.signedIn().account.id)
        let rows = shown.rows
        let model: Model = [
            "benches": Bench.allCases.map { tab($0, shown) }, "bench": bench.rawValue, "q": words,
            "canAct": bench == .todo || bench == .late, "isDone": bench == .done,
            "isWhole": bench == .opened || bench == .copied, "hasRows": !rows.isEmpty,
            "rows": rows.map { row($0, isTicked: batch.ticked.contains($0.matter)) },
            "empty": empty(shown, words), "after": query["after"], "opinion": batch.opinion,
            "problems": batch.problems.map { ["message": $0.message] as Model },
            "wrongOpinion": batch.answers.flatMap(\.problems).contains { $0.field == "reason" },
            "next": shown.next.map { query.link("/work", ["after": $0]) } ?? "",
            "first": query["after"].isEmpty ? "" : query.link("/work", ["after": ""]),
            "outcomes": batch.answers.map(outcome), "hasOutcomes": !batch.answers.isEmpty,
        ]
        return try site.page(
            "work/list", model, at: "/work", context, status: batch.problems.isEmpty ? .ok : .badRequest)
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

    private func row(_ line: Line, isTicked: Bool) -> Model {
        [
            "chosen": isTicked,
            "matter": "\(line.matter)", "version": line.version.map(String.init) ?? "", "kind": line.kind,
            "title": line.title, "step": line.step, "opener": line.opener, "when": line.when, "due": line.due,
            "isLate": line.isLate, "reminders": line.reminders > 0 ? String(line.reminders) : "",
            "state": line.state.name, "tone": line.state.tone.rawValue,
        ]
    }

    // MARK: Acting on many

    /// Each matter is acted on for itself: one that is refused does not hold up the others.
    @Sendable private func actOnMany(_ request: Request, _ context: CounterContext) async throws -> Response {
        let form = try await Form(request)
        let session = try context.signedIn()
        let chosen = form.all("matter").compactMap(Self.chosen)
        var batch = Batch(ticked: Set(chosen.map(\.matter)), opinion: form["opinion"])
        do {
            guard session.token.accepts(formToken: form["csrf"]) else { throw Form.ofEarlierSession }
            guard !chosen.isEmpty else { throw Problem("counter.work.none", "还没有勾选办件,请勾选后再办") }
            batch.answers = try await site.agency.batch(site.area, chosen, try verb(form), by: session.account.id)
            let refused = batch.answers.filter { !$0.problems.isEmpty }.map(\.matter)
            batch.ticked = Set(refused)
            if refused.isEmpty { batch.opinion = "" }
        } catch let problem as Problem {
            batch.problems = [problem]
        } catch let problems as Problems {
            batch.problems = problems.all
        }
        let place = ["bench", "q", "after"].map { ($0, form[$0]) }
        return try await show(Query(fields: Dictionary(uniqueKeysWithValues: place)), batch, context)
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
