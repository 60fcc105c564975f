import Agency
import Basics
import Control
import HTTPTypes
import Hummingbird
import Storage

/// The door: sign in, sign out, change the password.
struct SignInPages: Sendable {
    let site: Site

    func addOpenRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/sign-in") { request, _ in
            let next = Query(request)["next"]
            // Whoever brings a cookie was signed in before.
            let isBack = !next.isEmpty && Site.sessionToken(of: request) != nil
            return site.door(next: next, notice: isBack ? .over : nil)
        }
        router.post("/sign-in", use: signIn)
    }

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.post("/sign-out", use: signOut)
        router.get("/password") { _, context in try passwordPage(context, problems: []) }
        router.post("/password", use: changePassword)
    }

    @Sendable private func signIn(_ request: Request, _ context: CounterContext) async throws -> Response {
        // A form posted from another site carries its origin; the session's cookie would not stop a forced sign-in.
        if let origin = request.headers[.origin], let host = request.head.authority, !origin.hasSuffix("//" + host) {
            throw Problem("counter.foreignOrigin", "登录页面已过期,请刷新后重新登录")
        }
        let form = try await Form(request)
        let lapsed = LapsedForm(carriedBy: form)
        do {
            let opened = try await SignIn.attempt(
                site.agency.store, area: site.area, login: form["login"], password: form["password"],
                from: context.caller(request), rules: site.rules, at: site.agency.clock())
            var response = answer(opened, next: form["next"], lapsed)
            response.headers[.setCookie] = SessionCookie.set(opened.token, secure: isSecure(request))
            return response
        } catch let problem as Problem {
            return site.door(login: form["login"], next: form["next"], problem: problem.message, lapsed: lapsed)
        }
    }

    /// Where one wanted to go, or what one was about to send when the session ran out; somebody else's work is not
    /// handed over.
    private func answer(_ opened: OpenedSession, next: String, _ lapsed: LapsedForm?) -> Response {
        guard let lapsed, lapsed.login == opened.account.login, !opened.mustChangePassword else {
            return .redirect(to: SignInPages.local(next), type: .normal)
        }
        return site.renderer.page(
            "resume",
            [
                "agency": site.agencyName, "name": opened.account.displayName, "path": lapsed.path,
                "csrf": opened.token.formToken, "sent": lapsed.sent,
            ])
    }

    @Sendable private func signOut(_ request: Request, _ context: CounterContext) async throws -> Response {
        _ = try await site.form(request, context)
        let session = try context.signedIn()
        let now = site.agency.clock()
        try await site.agency.store.write { tx in try Sessions.end(tx, session, at: now) }
        var response = Response.redirect(to: "/sign-in", type: .normal)
        response.headers[.setCookie] = SessionCookie.clear(secure: isSecure(request))
        return response
    }

    private func passwordPage(_ context: CounterContext, problems: [Problem]) throws -> Response {
        let session = try context.signedIn()
        return try site.page(
            "password",
            [
                "forced": session.mustChangePassword,
                "rule": "至少 \(site.rules.passwordLengthMin) 个字符,大写、小写、数字、其他字符中用 "
                    + "\(site.rules.characterKindsMin) 种;或用一句 \(site.rules.sentenceLengthMin) 个字符以上好记的话",
                "problems": problems.map { ["message": $0.message] as Model },
            ], at: "/password", context, status: problems.isEmpty ? .ok : .badRequest)
    }

    @Sendable private func changePassword(_ request: Request, _ context: CounterContext) async throws -> Response {
        let form = try await site.form(request, context)
        let account = try context.signedIn().account
        guard form["new"] == form["again"] else {
            let problem = Problem("counter.password.differs", field: "again", "两次输入的新密码不一样,请重新输入")
            return try passwordPage(context, problems: [problem])
        }
        let store = site.agency.store
        do {
            // The present password proves that it is the account's owner who sits at this open session.
            let opened = try await SignIn.attempt(
                store, area: site.area, login: account.login, password: form["old"],
                from: context.caller(request), rules: site.rules, at: site.agency.clock())
            let credential = try await Credential.make(
                form["new"], login: account.login, displayName: account.displayName, rules: site.rules)
            let now = site.agency.clock()
            try await store.write { [area = site.area] tx in
                try Staff.changePassword(
                    tx, area: area, staff: account.id, to: credential, at: now)
            }
            _ = opened
        } catch let problem as Problem {
            return try passwordPage(context, problems: [problem])
        } catch let problems as Problems {
            return try passwordPage(context, problems: problems.all)
        }
        // A new password ends every open session: sign in again with it.
        var response = Response.redirect(to: "/sign-in", type: .normal)
        response.headers[.setCookie] = SessionCookie.clear(secure: isSecure(request))
        return response
    }

    private func isSecure(_ request: Request) -> Bool { request.headers[.xForwardedProto] == "https" }

    /// Only paths of this site are followed after sign-in; the day begins at the work list.
    static func local(_ path: String) -> String {
        path.hasPrefix("/") && !path.hasPrefix("//") && !path.hasPrefix("/\\") && !path.hasPrefix("/sign-")
            ? path : "/work"
    }
}

extension Site {
    /// Why somebody who was signed in stands at the door again.
    enum DoorNotice: Sendable {
        case over, lapsed

        func words(_ rules: SignInRules) -> String {
            let why = "您的登录已经结束(\(rules.idleMinutes) 分钟没有操作,或满 \(rules.sessionHours) 小时)。"
            return switch self {
            case .over: why + "请重新登录,登录后回到刚才的页面"
            case .lapsed: why + "刚才提交的内容没有生效,但填写的都在:请由本人重新登录,登录后再提交一次"
            }
        }
    }

    /// The sign-in page.
    func door(
        login: String = "", next: String = "", problem: String? = nil, notice: DoorNotice? = nil,
        lapsed: LapsedForm? = nil
    ) -> Response {
        var model: Model = ["agency": agencyName, "login": login, "isKnown": !login.isEmpty, "next": next]
        model["problem"] = problem
        model["notice"] = notice?.words(rules)
        model["carried"] = lapsed?.carried ?? []
        return renderer.page("sign-in", model, status: problem == nil && lapsed == nil ? .ok : .unauthorized)
    }
}

extension HTTPField.Name {
    static let xForwardedFor = Self("X-Forwarded-For")!
    static let xForwardedProto = Self("X-Forwarded-Proto")!
}
