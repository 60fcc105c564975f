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
            return door(login: "", next: next, problem: nil)
        }
        router.post("/sign-in", use: signIn)
    }

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.post("/sign-out", use: signOut)
        router.get("/password") { _, context in try passwordPage(context, problems: []) }
        router.post("/password", use: changePassword)
    }

    private func door(login: String, next: String, problem: String?) -> Response {
        var model: Model = ["agency": site.areaName + "医疗保障经办中心", "login": login, "next": next]
        model["problem"] = problem
        return site.renderer.page("sign-in", model, status: problem == nil ? .ok : .unauthorized)
    }

    @Sendable private func signIn(_ request: Request, _ context: CounterContext) async throws -> Response {
        // A form posted from another site carries its origin; the session's cookie would not stop a forced sign-in.
        if let origin = request.headers[.origin], let host = request.head.authority, !origin.hasSuffix("//" + host) {
            throw Problem("counter.foreignOrigin", "登录页面已过期,请刷新后重新登录")
        }
        let form = try await Form(request)
        do {
            let opened = try await SignIn.attempt(
                site.agency.store, area: site.area, login: form["login"], password: form["password"],
                from: context.caller(request), rules: site.rules, at: site.agency.clock())
            var response = Response.redirect(to: SignInPages.local(form["next"]), type: .normal)
            response.headers[.setCookie] = SessionCookie.set(opened.token, secure: isSecure(request))
            return response
        } catch let problem as Problem {
            return door(login: form["login"], next: form["next"], problem: problem.message)
        }
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

extension HTTPField.Name {
    static let xForwardedFor = Self("X-Forwarded-For")!
    static let xForwardedProto = Self("X-Forwarded-Proto")!
}
