import Agency
import Basics
import Control
import HTTPTypes
import Hummingbird
import Storage

/// A matter's page (办件): form, papers, every act, where it stands, and what its reader may do now.
struct MatterPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/matters/{id}", use: one)
        router.post("/matters/{id}", use: act)
        router.get("/matters/{id}/papers/{hash}", use: paper)
    }

    static func number(_ context: CounterContext) throws -> ID<Matter> {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("counter.matter.unknown", "没有这件办件,请从“我的工作台”进入")
        }
        return ID(number)
    }

    // MARK: Reading

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        try await show(try Self.number(context), problems: [], opinion: "", context)
    }

    private func show(
        _ matter: ID<Matter>, problems: [Problem], opinion: String, _ context: CounterContext
    ) async throws -> Response {
        let staff = try context.signedIn().account.id
        let matters = try site.matters()
        let now = site.agency.clock()
        let (view, colleagues) = try await site.agency.store.read { [area = site.area] tx in
            (
                try matters.view(tx, matter, for: staff, at: now),
                try Staff.all(tx, area: area).filter { $0.id != staff && $0.state == .open }
            )
        }
        var model = MatterDrawing(view: view, now: now).model
        model["problems"] = problems.map { ["message": $0.message] as Model }
        model["opinion"] = opinion
        model["colleagues"] = colleagues.map { ["id": "\($0.id)", "name": "\($0.displayName)(\($0.login))"] as Model }
        return try site.page(
            "matters/page", model, at: "/work", context, status: problems.isEmpty ? .ok : .badRequest)
    }

    @Sendable private func paper(_ request: Request, _ context: CounterContext) async throws -> Response {
        let matter = try Self.number(context)
        guard let hash = context.parameters.get("hash").flatMap({ ContentHash($0) }) else {
            throw Problem("counter.paper.unknown", "没有这个附件,请从办件页面打开")
        }
        let staff = try context.signedIn().account.id
        let matters = try site.matters()
        let now = site.agency.clock()
        let file = try await site.agency.store.read { tx in
            try matters.attachment(tx, of: matter, hash, for: staff, at: now)
        }
        // Looked at in the browser only where it cannot carry a script; nothing that was uploaded may run here.
        let isShown = [.pdf, .jpeg, .png].contains(file.type)
        return Response(
            status: .ok,
            headers: [
                .contentType: file.type.mediaType, .cacheControl: "no-store", .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy: "sandbox; default-src 'none'",
                .contentDisposition:
                    "\(isShown ? "inline" : "attachment"); filename*=UTF-8''\(Query.encode(file.name))",
            ], body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }

    // MARK: Acting

    @Sendable private func act(_ request: Request, _ context: CounterContext) async throws -> Response {
        let matter = try Self.number(context)
        let form = try await site.form(request, context)
        let staff = try context.signedIn().account.id
        do {
            guard let seen = Int64(form["version"]) else { throw Self.noVersion }
            let outcome = try await site.agency.act(
                site.area, matter, try Self.verb(form), seen: seen, by: staff)
            guard outcome.problems.isEmpty else {
                return try await show(matter, problems: outcome.problems, opinion: form["opinion"], context)
            }
            return .redirect(to: "/matters/\(matter)", type: .normal)
        } catch let problem as Problem {
            return try await show(matter, problems: [problem], opinion: form["opinion"], context)
        } catch let problems as Problems {
            return try await show(matter, problems: problems.all, opinion: form["opinion"], context)
        }
    }

    private static let noVersion = Problem("counter.matter.version", "页面不完整,请刷新后重新办理")

    /// The button that was pressed, with what it needs.
    private static func verb(_ form: Form) throws -> MatterVerb {
        let opinion = form["opinion"]
        switch MatterAction(rawValue: form["act"]) {
        case .accept: return .accept(opinion)
        case .askForPapers: return .askForPapers(opinion)
        case .agree: return .agree(opinion.isEmpty ? "同意" : opinion)
        case .disagree: return .disagree(opinion)
        case .abstain: return .abstain(opinion)
        case .giveBack: return .giveBack(to: form["step"], reason: opinion)
        case .withdraw: return .withdraw(opinion)
        case .handOver: return .handOver(to: try colleague(form), reason: opinion)
        case .delegate: return .delegate(to: try colleague(form), reason: opinion)
        case .recall: return .recall(opinion)
        case .addSigners: return .addSigners(try signers(form))
        case .copy: return .copy(to: colleagues(form), note: opinion)
        case .remind: return .remind(opinion)
        case .resumeJob: return .resumeJob(opinion)
        case .endJob: return .endJob(opinion)
        case .revise, .supply, nil: throw Problem("counter.matter.act", "请按页面上的按钮办理")
        }
    }

    private static func colleagues(_ form: Form) -> [ID<StaffMember>] {
        form.all("colleague").compactMap { Int64($0) }.map { ID($0) }
    }

    private static func colleague(_ form: Form) throws -> ID<StaffMember> {
        let chosen = colleagues(form)
        guard let one = chosen.first, chosen.count == 1 else {
            throw Problem(
                "counter.matter.colleague", field: "colleague", chosen.isEmpty ? "请先选择同事" : "转办、委托只能交给一位同事,请只勾选一位")
        }
        return one
    }

    /// What is no number is refused by the engine like a number out of bounds.
    private static func number(_ text: String, blank: Int) -> Int {
        let text = text.filter { !$0.isWhitespace }
        return text.isEmpty ? blank : Int(text) ?? 0
    }

    private static func signers(_ form: Form) throws -> AddedSigners {
        let signing: Signing =
            switch form["signing"] {
            case "any": .any
            case "percent": .percent(number(form["percent"], blank: 0))
            default: .all
            }
        return AddedSigners(
            colleagues(form), form["place"] == "after" ? .after : .before, signing: signing,
            limit: number(form["limit"], blank: 3), reason: form["opinion"])
    }
}

extension HTTPField.Name {
    fileprivate static let xContentTypeOptions = Self("X-Content-Type-Options")!
    fileprivate static let contentSecurityPolicy = Self("Content-Security-Policy")!
}
