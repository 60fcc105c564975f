import Agency
import Basics
import Control
import Hummingbird
import NIOCore
import Storage

/// A request at the counter: who acts comes from the session, never from the form.
struct CounterContext: ChildRequestContext {
    var coreContext: CoreRequestContextStorage
    /// Set by `SessionMiddleware` on every page behind the sign-in.
    var session: Session?

    private let peer: String?

    init(context: DoorContext) throws {
        coreContext = context.coreContext
        peer = context.remoteAddress?.ipAddress
    }

    /// Where the request came from.
    func caller(_ request: Request) -> String {
        Caller.address(peer: peer, forwarded: request.headers[.xForwardedFor])
    }

    /// The signed-in person; a page behind the sign-in that has none is a mistake of the route table.
    func signedIn() throws -> Session {
        guard let session else { throw HTTPError(.unauthorized) }
        return session
    }

    /// Refuses, in words, those whose posts do not open this page.
    func require(_ permission: Permission) throws {
        guard try signedIn().has(permission) else {
            throw Problem(
                "counter.forbidden", "您的岗位没有权限查看这个页面,需要“\(permission.name)”权限。如确需查看,请联系安全保密管理员授予岗位")
        }
    }
}

/// Opens a group of pages only to posts with a permission.
struct PermissionMiddleware: RouterMiddleware {
    let permission: Permission

    func handle(
        _ request: Request, context: CounterContext, next: (Request, CounterContext) async throws -> Response
    ) async throws -> Response {
        try context.require(permission)
        return try await next(request, context)
    }
}

extension RouterMethods<CounterContext> {
    /// The same routes, for posts with a permission alone.
    func needing(_ permission: Permission) -> RouterGroup<CounterContext> {
        group().add(middleware: PermissionMiddleware(permission: permission))
    }
}

/// Lets only signed-in staff through, sends others to the sign-in and brings them back afterwards.
struct SessionMiddleware: RouterMiddleware {
    typealias Context = CounterContext
    let site: Site

    func handle(
        _ request: Request, context: CounterContext, next: (Request, CounterContext) async throws -> Response
    ) async throws -> Response {
        guard let session = try await site.session(of: request) else {
            if request.method == .post, let lapsed = try await LapsedForm(request, site) {
                return site.door(login: lapsed.login, notice: .lapsed, lapsed: lapsed)
            }
            let wanted = request.method == .get ? request.uri.string : "/"
            return .redirect(to: "/sign-in?next=\(Query.encode(wanted))", type: .normal)
        }
        let path = request.uri.path
        if session.mustChangePassword, path != "/password", path != "/sign-out" {
            return .redirect(to: "/password", type: .normal)
        }
        if session.wantsTouch {
            let now = site.agency.clock()
            try await site.agency.store.write { tx in try Sessions.touch(tx, session, at: now) }
        }
        var context = context
        context.session = session
        return try await next(request, context)
    }
}

extension Site {
    /// The session whose cookie comes with a request; nil without one, or when it no longer holds.
    func session(of request: Request) async throws -> Session? { try await session(of: request, rules) }

    /// The session that held until nothing was done for too long; its hours themselves are not over.
    func lapsedSession(of request: Request) async throws -> Session? {
        var patient = rules
        patient.idleMinutes = rules.sessionHours * 60
        return try await session(of: request, patient)
    }

    private func session(of request: Request, _ rules: SignInRules) async throws -> Session? {
        guard let token = Site.sessionToken(of: request) else { return nil }
        let now = agency.clock()
        return try await agency.store.read { [area] tx in
            try Sessions.find(tx, area: area, token: token, rules: rules, at: now)
        }
    }

    static func sessionToken(of request: Request) -> SessionToken? {
        request.headers[.cookie].flatMap { SessionCookie.token(in: $0) }
    }
}
