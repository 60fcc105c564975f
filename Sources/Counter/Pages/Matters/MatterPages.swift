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
        try await show(try Self.number(context), problems: [], typed: .blank, context)
    }

    private func show(
        _ matter: ID<Matter>, problems: [Problem], typed: TypedAct, _ context: CounterContext
    ) async throws -> Response {
        let staff = try context.signedIn().account.id
        let matters = try site.matters()
        let now = site.agency.clock()
        let (view, behind, brought, colleagues) = try await site.agency.store.read { [area = site.area] tx in
            let view = try matters.view(tx, matter, for: staff, at: now)
            return (
                view, try FormRecord.behind(view.form, of: try matters.kind(view.kind), area, tx),
                try FormRecord.words(of: view.subjects, area, tx),
                try Staff.all(tx, area: area).filter { $0.id != staff && $0.state == .open }
            )
        }
        let session = try context.signedIn()
        let drawing = MatterDrawing(view: view, now: now, behind: behind, brought: brought) {
            Desk.isOpen($0, for: session)
        }
        var model = drawing.model
        model["problems"] = problems.map { ["message": $0.message] as Model }
        let form = typed.model(
            earlier: drawing.earlier, colleagues: colleagues, wrong: Set(problems.compactMap(\.field)))
        model.merge(form) { $1 }
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
        let form = try await Form(request)
        let typed = TypedAct(form)
        let session = try context.signedIn()
        do {
            guard session.token.accepts(formToken: form["csrf"]) else { throw Form.ofEarlierSession }
            guard let seen = Int64(form["version"]) else { throw Self.noVersion }
            let outcome = try await site.agency.act(
                site.area, matter, try typed.verb(), seen: seen, by: session.account.id)
            guard outcome.problems.isEmpty else {
                return try await show(matter, problems: outcome.problems, typed: typed, context)
            }
            return .redirect(to: "/matters/\(matter)", type: .normal)
        } catch let problem as Problem {
            return try await show(matter, problems: [problem], typed: typed, context)
        } catch let problems as Problems {
            return try await show(matter, problems: problems.all, typed: typed, context)
        }
    }

    private static let noVersion = Problem("counter.matter.version", "页面不完整,请刷新后重新办理")
}

extension HTTPField.Name {
    fileprivate static let xContentTypeOptions = Self("X-Content-Type-Options")!
    fileprivate static let contentSecurityPolicy = Self("Content-Security-Policy")!
}
