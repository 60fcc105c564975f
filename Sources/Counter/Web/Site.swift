import Agency
import Basics
import Control
import Hummingbird
import Logging

/// What every page stands on: the open agency, the area whose counter this is, the views, the sign-in rules.
struct Site: Sendable {
    let agency: Agency
    let area: AreaCode
    let areaName: String
    let renderer: Renderer
    let rules: SignInRules
    let figures: FigureCache
    let log: Logger

    /// The desks as the bar at the top names them, and what opens each.
    private static let menu: [(path: String, title: String, needs: Permission)] = [
        ("/", "今日", .overview), ("/settlements", "结算", .settlements), ("/people", "参保人", .people),
        ("/providers", "定点机构", .providers), ("/policies", "政策", .policies), ("/events", "事件", .events),
    ]

    /// A page behind the sign-in: the frame's facts joined with the page's own.
    func page(
        _ view: String, _ model: Model = [:], at path: String, _ context: CounterContext,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let session = try context.signedIn()
        let frame: Model = [
            "agency": areaName + "医疗保障经办中心",
            "today": agency.clock().day.description,
            "csrf": session.token.formToken,
            "visitor": [
                "name": session.account.displayName,
                "posts": session.posts.map(\.name).joined(separator: "、"),
            ],
            "menu": Site.menu.filter { session.has($0.needs) }.map {
                ["href": $0.path, "title": $0.title, "current": $0.path == path] as Model
            },
        ]
        return renderer.page(view, frame.merging(model) { $1 }, status: status)
    }

    /// The form's fields after its token was found to be this session's.
    func form(_ request: Request, _ context: CounterContext) async throws -> Form {
        let form = try await Form(request)
        try context.signedIn().check(formToken: form["csrf"])
        return form
    }
}
