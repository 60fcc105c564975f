import Agency
import Basics
import Control
import Hummingbird
import Storage

/// Opening a matter (办理事项): the kinds that one's posts accept, the form, the check, the submission.
struct MatterFormPages: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/matters/new", use: kinds)
        router.get("/matters/new/{kind}", use: blank)
        router.post("/matters/new/{kind}", use: post)
        router.get("/matters/new/{kind}/template") { request, context in
            try template(request, context).sheet.download(.excel)
        }
    }

    // MARK: Kinds

    @Sendable private func kinds(_ request: Request, _ context: CounterContext) async throws -> Response {
        let query = Query(request)
        let words = query["q"]
        let session = try context.signedIn()
        let open = site.kinds.kinds.filter { session.accepts($0) && (words.isEmpty || $0.name.contains(words)) }
        let plan = try await site.plan()
        let sections = MatterSection.allCases.compactMap { section -> Model? in
            let kinds = open.filter { $0.section == section }
            guard !kinds.isEmpty else { return nil }
            return ["name": section.name, "kinds": kinds.map { line($0, plan) }]
        }
        return try site.page("matters/kinds", ["q": words, "sections": sections], at: "/matters/new", context)
    }

    private func line(_ kind: MatterKind, _ plan: OrganisationPlan) -> Model {
        [
            "code": kind.code, "name": kind.name,
            "route": kind.steps.dropFirst().map { plan.name(of: $0.post) }.joined(separator: " → "),
        ]
    }

    private func kind(_ context: CounterContext) throws -> MatterKind {
        let code = context.parameters.get("kind") ?? ""
        guard let kind = site.kinds[code] else {
            throw Problem("counter.matter.unknown", "没有“\(code)”这种事项,请从“办理事项”进入")
        }
        guard try context.signedIn().accepts(kind) else {
            throw Problem("counter.forbidden", "“\(kind.name)”由其他岗位受理,请转给受理岗位的同事,或在“办理事项”中选择您能受理的事项")
        }
        return kind
    }

    private func template(_ request: Request, _ context: CounterContext) throws -> SheetTemplate {
        let kind = try kind(context)
        guard case .sheet(let template)? = kind.field(Query(request)["field"])?.kind else {
            throw Problem("counter.template.unknown", "“\(kind.name)”没有这个模板,请回到表单重新下载")
        }
        return template
    }

    // MARK: The form

    @Sendable private func blank(_ request: Request, _ context: CounterContext) async throws -> Response {
        let kind = try kind(context)
        let query = Query(request)
        var view = FormView(kind: kind)
        for field in kind.fields where !field.kind.isAttachment { view.typed[field.name] = query[field.name] }
        let answer = try await FormLookup(site: site).look(kind, view.typed)
        view.typed = answer.typed
        view.found = answer.found
        return try await show(view, context)
    }

    private func show(
        _ view: FormView, isChecked: Bool = false, preview: [String] = [], _ context: CounterContext
    ) async throws -> Response {
        var view = view
        let staff = try context.signedIn().account.id
        view.choices = try await FormLookup(site: site).choices(view.kind)
        let matters = try site.matters()
        let now = site.agency.clock()
        let (plan, obstacles, higher) = try await site.agency.store.read { [area = site.area, kind = view.kind] tx in
            let always = try matters.obstacles(tx, kind, opener: staff, amount: .zero, at: now)
            let all = try matters.obstacles(tx, kind, opener: staff, at: now)
            return (try Organisation.plan(tx, area: area), always, all.filter { !always.contains($0) })
        }
        var model = view.model
        model["action"] = "/matters/new/\(view.kind.code)"
        model["submit"] = "提交"
        model["isNew"] = true
        model["mark"] = SentForms.mark()
        model["checked"] = isChecked
        model["hasPreview"] = !preview.isEmpty
        model["preview"] = preview.map { ["line": $0] as Model }
        model["hasObstacles"] = !obstacles.isEmpty
        model["obstacles"] = obstacles.map { ["message": $0.message] as Model }
        model["hasHigher"] = !higher.isEmpty
        model["higher"] = higher.map { ["message": $0.message] as Model }
        model["hasRoute"] = view.kind.steps.count > 1
        model["route"] = view.kind.steps.dropFirst().enumerated().map { index, step in
            [
                "name": step.name,
                "post": plan.name(of: step.post) + (step.signing.isJoint ? ",\(step.signing.name)" : ""),
                "limit": String(step.limit),
                "from": step.from.map { "\($0.grouped) 元以上" } ?? "", "last": index == view.kind.steps.count - 2,
            ] as Model
        }
        // Lines that would be handed back do not make a checked form wrong.
        model["hasProblems"] = !view.problems.isEmpty && !isChecked
        let status: HTTPResponse.Status = view.problems.isEmpty || isChecked ? .ok : .badRequest
        return try site.page("matters/form", model, at: "/matters/new", context, status: status)
    }

    // MARK: Check and submission

    /// Thrown at the end of a check that found nothing against the matter, so that nothing of it is kept; with the lines
    /// of a list that would be handed back, and what the matter would do.
    private struct NothingWrong: Error {
        var cells: [Problem]
        var preview: [String]
    }

    @Sendable private func post(_ request: Request, _ context: CounterContext) async throws -> Response {
        let kind = try kind(context)
        let form = try await Form(request)
        let session = try context.signedIn()
        let staff = session.account.id
        var posted = PostedForm(form, of: kind, by: staff, staged: site.staged, at: site.agency.clock())
        let answer = try await FormLookup(site: site).look(kind, posted.typed)
        posted.resolve(answer)
        var view = FormView(kind: kind, typed: posted.typed, kept: posted.kept, found: answer.found)
        view.problems = posted.problems + answer.problems
        do {
            // A page of an earlier session does nothing, but what was typed in it is not lost.
            guard session.token.accepts(formToken: form["csrf"]) else { throw Form.ofEarlierSession }
            if form["do"] == "look" { return try await show(view, context) }
            try Problems(posted.shortcomings(of: kind, answer, isComplete: form["do"] != "keep")).throwIfAny()
            let opened = try await submit(kind, posted, form, by: staff, accept: form["do"] != "keep")
            return .redirect(to: "/matters/\(opened)", type: .normal)
        } catch let fine as NothingWrong {
            view.problems = fine.cells
            return try await show(view, isChecked: true, preview: fine.preview, context)
        } catch let problem as Problem {
            view.problems = [problem]
        } catch let problems as Problems {
            view.problems = problems.all
        }
        return try await show(view, context)
    }

    /// A form that is sent twice opens one matter; one that was put by goes on as the matter that it has become.
    private func submit(
        _ kind: MatterKind, _ posted: PostedForm, _ form: Form, by staff: ID<StaffMember>, accept: Bool
    ) async throws -> ID<Matter> {
        let isCheck = !["submit", "keep"].contains(form["do"])
        guard !isCheck, let key = SentForms.key(form["mark"], posted, of: kind, by: staff) else {
            return try await open(kind, posted, by: staff, isCheck: isCheck, accept: accept)
        }
        let drawing = SentForms.key(form["mark"], of: kind, by: staff)
        if await site.sent.opened(key) == nil, let earlier = await site.sent.opened(drawing) {
            throw Problem("counter.form.kept", "这张表单已暂存为办件 \(earlier),请打开那件补正后受理;要另办一件,请从“办理事项”重新打开表单")
        }
        let opened = try await site.sent.once(key, at: site.agency.clock()) {
            try await open(kind, posted, by: staff, isCheck: false, accept: accept)
        }
        guard !accept else { return opened }
        return try await site.sent.once(drawing, at: site.agency.clock()) { opened }
    }

    private func open(
        _ kind: MatterKind, _ posted: PostedForm, by staff: ID<StaffMember>, isCheck: Bool, accept: Bool
    ) async throws -> ID<Matter> {
        let matters = try site.matters()
        let now = site.agency.clock()
        return try await site.agency.store.write { [area = site.area] tx in
            let papers = try posted.keep(tx, of: kind, area: area, at: now)
            let outcome = try matters.open(
                tx, kind.code, form: posted.typed, papers: papers, by: staff, at: now, accept: accept)
            if isCheck {
                let (form, _) = kind.read(posted.typed)
                let draft = MatterDraft(
                    area: area, form: form, today: now.day, opener: staff, calendar: matters.calendar)
                throw NothingWrong(
                    cells: try Agency.cellProblems(tx, of: kind, draft), preview: try kind.preview(tx, draft))
            }
            if !accept { try putBy(tx, outcome, matters, by: staff, at: now) }
            return outcome.matter
        }
    }

    /// What is not whole yet waits for the rest (暂存): all that is missing is told at once (一次性告知), and the clock of
    /// missing papers runs, not that of the desk.
    private func putBy(
        _ tx: any Transaction, _ opened: MatterOutcome, _ matters: Matters, by staff: ID<StaffMember>, at now: Moment
    ) throws {
        let missing = try matters.view(tx, opened.matter, for: staff, at: now).objections.map(\.message)
        guard !missing.isEmpty else { return }
        let words = String(missing.joined(separator: ";").prefix(500))
        try matters.act(tx, opened.matter, .askForPapers(words), seen: opened.version, by: staff, at: now)
    }
}
