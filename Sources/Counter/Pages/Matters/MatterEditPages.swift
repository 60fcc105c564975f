import Agency
import Basics
import Control
import Hummingbird
import Storage

/// Changing a matter's form while it lies with whoever opened it (修改), and supplying what was missing (补正).
struct MatterEditPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/matters/{id}/edit", use: edit)
        router.post("/matters/{id}/edit", use: save)
    }

    private func view(_ context: CounterContext) async throws -> (matter: MatterView, kind: MatterKind) {
        let matter = try MatterPages.number(context)
        let staff = try context.signedIn().account.id
        let matters = try site.matters()
        let now = site.agency.clock()
        let view = try await site.agency.store.read { tx in try matters.view(tx, matter, for: staff, at: now) }
        return (view, try matters.kind(view.kind))
    }

    @Sendable private func edit(_ request: Request, _ context: CounterContext) async throws -> Response {
        let (matter, kind) = try await view(context)
        var form = FormView(kind: kind)
        for field in matter.form { form.typed[field.name] = field.text }
        for paper in matter.papers {
            form.kept[paper.file.code] = FormView.KeptFile(name: paper.file.name, hash: "\(paper.file.hash)")
        }
        form.found = try await FormLookup(site: site).look(kind, form.typed).found
        return try await show(form, of: matter, version: matter.version, note: "", context)
    }

    private func show(
        _ form: FormView, of matter: MatterView, version: Int64, note: String, _ context: CounterContext
    ) async throws -> Response {
        var form = form
        form.choices = try await FormLookup(site: site).choices(form.kind)
        let isSupply = matter.actions.contains(.supply)
        var model = form.model
        model["action"] = "/matters/\(matter.matter)/edit"
        model["submit"] = isSupply ? "提交补正" : "保存修改"
        model["version"] = String(version)
        model["hasNote"] = isSupply
        model["note"] = note
        let status: HTTPResponse.Status = form.problems.isEmpty ? .ok : .badRequest
        return try site.page("matters/form", model, at: "/work", context, status: status)
    }

    @Sendable private func save(_ request: Request, _ context: CounterContext) async throws -> Response {
        let (matter, kind) = try await view(context)
        let form = try await Form(request)
        let session = try context.signedIn()
        let staff = session.account.id
        let version = Int64(form["version"]) ?? 0
        var posted = PostedForm(
            form, of: kind, by: staff, staged: site.staged, standing: matter.papers.map(\.file), at: site.agency.clock()
        )
        let answer = try await FormLookup(site: site).look(kind, posted.typed)
        posted.resolve(answer)
        var view = FormView(kind: kind, typed: posted.typed, kept: posted.kept, found: answer.found)
        view.problems = posted.problems + answer.problems
        do {
            guard session.token.accepts(formToken: form["csrf"]) else { throw Form.ofEarlierSession }
            guard form["do"] != "look" else {
                return try await show(view, of: matter, version: version, note: form["note"], context)
            }
            try Problems(posted.shortcomings(of: kind, answer, isComplete: false)).throwIfAny()
            try await change(matter, kind, posted, note: form["note"], seen: version, by: staff)
            return .redirect(to: "/matters/\(matter.matter)", type: .normal)
        } catch let problem as Problem {
            view.problems = [problem]
        } catch let problems as Problems {
            view.problems = problems.all
        }
        return try await show(view, of: matter, version: version, note: form["note"], context)
    }

    private func change(
        _ matter: MatterView, _ kind: MatterKind, _ posted: PostedForm, note: String, seen: Int64,
        by staff: ID<StaffMember>
    ) async throws {
        let matters = try site.matters()
        let now = site.agency.clock()
        try await site.agency.store.write { [area = site.area] tx in
            let papers = try posted.keep(tx, of: kind, area: area, at: now)
            let verb: MatterVerb =
                matter.actions.contains(.supply)
                ? .supply(form: posted.typed, papers: papers, note: note)
                : .revise(form: posted.typed, papers: papers)
            try matters.act(tx, matter.matter, verb, seen: seen, by: staff, at: now)
        }
    }
}
