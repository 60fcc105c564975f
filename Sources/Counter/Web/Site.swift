import Agency
import Basics
import Control
import Hummingbird
import Logging
import Storage

/// What every page stands on: the open agency, the area whose counter this is, the views, the sign-in rules.
struct Site: Sendable {
    let agency: Agency
    let area: AreaCode
    let areaName: String
    let renderer: Renderer
    let rules: SignInRules
    let files: PublicFiles
    let figures: FigureCache
    let pdfs = PDFWriter()
    let staged = StagedFiles()
    let sent = SentForms()
    let kinds = Agency.matterCatalogue
    let log: Logger

    var agencyName: String { areaName + "医疗保障经办中心" }

    /// A page behind the sign-in: the frame's facts joined with the page's own.
    func page(
        _ view: String, _ model: Model = [:], at path: String, _ context: CounterContext,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let session = try context.signedIn()
        let menu = Desk.menu(at: path, for: session)
        let frame: Model = [
            "agency": agencyName,
            "today": agency.clock().day.description,
            "csrf": session.token.formToken,
            "visitor": [
                "name": session.account.displayName,
                "posts": session.posts.map(\.name).joined(separator: "、"),
            ],
            "menu": menu.desks, "pages": menu.pages, "hasPages": !menu.pages.isEmpty,
        ]
        return renderer.page(view, frame.merging(model) { $1 }, status: status)
    }

    /// The form's fields after its token was found to be this session's.
    func form(_ request: Request, _ context: CounterContext) async throws -> Form {
        let form = try await Form(request)
        try context.signedIn().check(formToken: form["csrf"])
        return form
    }

    /// Sections, posts and what excludes what, as in force.
    func plan() async throws -> OrganisationPlan {
        try await agency.store.read { [area] tx in try Organisation.plan(tx, area: area) }
    }

    /// The matters of this area, with the kinds that the agency works with.
    func matters() throws -> Matters { try agency.matters(area) }
}
