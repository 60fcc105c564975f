import Agency
import Basics
import Control
import Hummingbird

/// A form that was sent after its session had run out (登录超时): it comes back after the next sign-in of the same
/// person, so that nothing is typed twice. Nothing of it has happened until that person sends it again.
///
/// Only the holder of the lapsed session gets it: the session's cookie comes with the form, and the form's token is that
/// session's. A session that was ended by signing out gives nothing back.
struct LapsedForm: Sendable {
    /// Where the form was sent to.
    let path: String
    /// Who typed it.
    let login: String
    let fields: [(name: String, value: String)]

    private static let pathName = "lapsed-path"
    private static let loginName = "lapsed-login"
    private static let fieldPrefix = "lapsed."

    /// What was sent, if a session that ran out sent it; its files wait where those of a refused form wait.
    init?(_ request: Request, _ site: Site) async throws {
        guard LapsedForm.isKept(request.uri.path), let session = try await site.lapsedSession(of: request) else {
            return nil
        }
        let form = try await Form(request)
        guard session.token.accepts(formToken: form["csrf"]) else { return nil }
        let now = site.agency.clock()
        path = request.uri.string
        login = session.account.login
        fields =
            form.pairs.filter { $0.name != "csrf" }
            + form.files.map { file -> (name: String, value: String) in
                let hash = ContentHash(of: file.bytes).description
                site.staged.keep(file, hash: hash, for: session.account.id, at: now)
                return ("kept." + file.field, hash)
            }
    }

    /// What the sign-in page carried along; nil when it carried nothing.
    init?(carriedBy form: Form) {
        guard LapsedForm.isKept(form[LapsedForm.pathName]) else { return nil }
        path = form[LapsedForm.pathName]
        login = form[LapsedForm.loginName]
        fields = form.pairs.compactMap { pair in
            guard pair.name.hasPrefix(LapsedForm.fieldPrefix) else { return nil }
            return (String(pair.name.dropFirst(LapsedForm.fieldPrefix.count)), pair.value)
        }
    }

    /// Work is kept; passwords and sign-outs are not.
    private static func isKept(_ path: String) -> Bool { path == "/work" || path.hasPrefix("/matters/") }

    /// The hidden fields of the sign-in page.
    var carried: [Model] {
        [LapsedForm.model(LapsedForm.pathName, path), LapsedForm.model(LapsedForm.loginName, login)]
            + fields.map { LapsedForm.model(LapsedForm.fieldPrefix + $0.name, $0.value) }
    }

    /// The hidden fields of the form as it was sent.
    var sent: [Model] { fields.map { LapsedForm.model($0.name, $0.value) } }

    private static func model(_ name: String, _ value: String) -> Model { ["name": name, "value": value] }
}
