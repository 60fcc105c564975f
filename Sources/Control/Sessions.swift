import Basics
import Seals
import Storage

/// The secret of a session: 32 random bytes that only the browser holds. The database keeps their SM3.
public struct SessionToken: Sendable, Hashable {
    let secret: [UInt8]

    static func random() -> SessionToken { SessionToken(secret: SecureRandom.bytes(32)) }

    private init(secret: [UInt8]) { self.secret = secret }

    /// From a cookie's value; nil when it cannot be a token of ours.
    public init?(_ text: some StringProtocol) {
        guard let secret = Base64.decode(text, urlSafe: true), secret.count == 32 else { return nil }
        self.secret = secret
    }

    /// The cookie's value.
    public var text: String { Base64.encode(secret, urlSafe: true) }

    var hash: [UInt8] { SM3.hash(secret) }

    /// The token that each form of this session carries (防跨站请求令牌). It is derived from the secret, so it
    /// needs no row of its own and belongs to no other session; another site cannot read it.
    public var formToken: String {
        Base64.encode(HMACSM3(key: secret).code(for: "yibao-form-1"), urlSafe: true)
    }

    /// Whether a form's token belongs to this session, compared in constant time.
    public func accepts(formToken: String) -> Bool {
        constantTimeEqual(Array(formToken.utf8), Array(self.formToken.utf8))
    }
}

/// What signing in gives.
public struct OpenedSession: Sendable {
    public let token: SessionToken
    public let account: StaffAccount
    public let expiresAt: Moment
    /// Only the page that changes the password may be shown.
    public let mustChangePassword: Bool
}

/// Who asks for a page (登录会话): found by the cookie at each request.
public struct Session: Sendable {
    public let token: SessionToken
    public let account: StaffAccount
    public let openedAt: Moment
    public let expiresAt: Moment
    /// Only the page that changes the password may be shown.
    public let mustChangePassword: Bool
    /// Whether the time it was last seen is old enough to be written anew, see `Sessions.touch`.
    public let wantsTouch: Bool
    /// The posts in this person's hands at the moment of the request, own and as a substitute.
    public let held: [HeldPost]
    /// What those posts are and open.
    public let posts: [Post]
    public let permissions: Set<Permission>

    public func has(_ permission: Permission) -> Bool { permissions.contains(permission) }

    /// Throws the problem to show when a form did not come from a page of this session.
    public func check(formToken: String?) throws(Problem) {
        guard let formToken, token.accepts(formToken: formToken) else {
            throw Problem("control.session.form", "页面已经过期或不是从本系统提交的,请返回上一页刷新后再提交")
        }
    }
}

/// Sessions of staff at the web (登录会话).
///
/// ```swift
/// // each request:
/// guard let token = SessionCookie.token(in: request.cookieHeader),
///     let session = try await store.read({ tx in try Sessions.find(tx, area: area, token: token, rules: rules, at: now) })
/// else { return redirectToSignIn }
/// if session.wantsTouch { try await store.write { tx in try Sessions.touch(tx, session, at: now) } }
/// // each form: <input type="hidden" name="_form" value="{{session.token.formToken}}">, and on POST:
/// try session.check(formToken: form["_form"])
/// ```
public enum Sessions {
    /// The time last seen is written once a minute, not at each request.
    private static let touchSeconds: Int64 = 60

    static func open(
        _ tx: any Transaction, account: StaffAccount, token: SessionToken, rules: SignInRules, at now: Moment
    ) throws -> OpenedSession {
        let expires = now + Int64(rules.sessionHours * 3600)
        try tx.execute(
            opening, Value(account.area), .bytes(token.hash), Value(account.id), .int(account.credentialAct),
            Value(now),
            Value(expires), Value(now))
        return OpenedSession(
            token: token, account: account, expiresAt: expires,
            mustChangePassword: account.mustChangePassword(at: now, rules: rules))
    }

    private static let opening: SQL = """
        INSERT INTO session (area, token_hash, staff, credential_act, opened_at, expires_at, seen_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """

    /// The session of a token; nil when it is unknown, ended, expired, idle too long, opened under an older
    /// password, or its account is no longer open.
    public static func find(
        _ tx: any Transaction, area: AreaCode, token: SessionToken, rules: SignInRules, at now: Moment
    ) throws -> Session? {
        let row = try tx.first(finding, Value(area), .bytes(token.hash)) { row in
            (
                staff: try row.id(0, StaffMember.self), credential: try row.int(1), opened: try row.moment(2),
                expires: try row.moment(3), seen: try row.moment(4)
            )
        }
        guard let row, now < row.expires, now < row.seen + Int64(rules.idleMinutes * 60),
            let account = try Staff.find(tx, area: area, staff: row.staff), account.state == .open,
            account.credentialAct == row.credential
        else { return nil }
        let held = try GrantRecords.inForce(tx, area: area, of: account.id, at: now)
        let codes = Set(held.map(\.post))
        let posts = try PlanRecords.currentPosts(tx, area: area).filter { codes.contains($0.code) }
        return Session(
            token: token, account: account, openedAt: row.opened, expiresAt: row.expires,
            mustChangePassword: account.mustChangePassword(at: now, rules: rules),
            wantsTouch: now.seconds - row.seen.seconds >= touchSeconds, held: held, posts: posts,
            permissions: posts.reduce(into: []) { $0.formUnion($1.permissions) })
    }

    private static let finding: SQL = """
        SELECT staff, credential_act, opened_at, expires_at, seen_at FROM session
        WHERE area = ? AND token_hash = ? AND ended_at IS NULL
        """

    /// Notes that the session is in use.
    public static func touch(_ tx: any Transaction, _ session: Session, at now: Moment) throws {
        try tx.execute(
            "UPDATE session SET seen_at = ? WHERE area = ? AND token_hash = ? AND seen_at < ?", Value(now),
            Value(session.account.area), .bytes(session.token.hash), Value(now))
    }

    /// Signs out (退出): the token opens nothing any more.
    public static func end(_ tx: any Transaction, _ session: Session, at now: Moment) throws {
        let ended = try tx.execute(
            "UPDATE session SET ended_at = ? WHERE area = ? AND token_hash = ? AND ended_at IS NULL", Value(now),
            Value(session.account.area), .bytes(session.token.hash))
        guard ended == 1 else { return }
        try EventLog.append(
            tx,
            Event(
                area: session.account.area, kind: .signedOut, subject: session.account.id.raw,
                actor: .staff(session.account.id), at: now))
    }

    /// Removes sessions that expired before a moment: they are no ledger, the events tell who came and went.
    @discardableResult
    public static func sweep(_ tx: any Transaction, area: AreaCode, expiredBefore moment: Moment) throws -> Int {
        try tx.execute("DELETE FROM session WHERE area = ? AND expires_at < ?", Value(area), Value(moment))
    }
}

/// The session's cookie: not readable by scripts, not sent along from other sites' forms, gone with the browser.
public enum SessionCookie {
    public static let name = "yibao_session"

    /// The value of `Set-Cookie` that gives a session. `secure` when the house is reached by HTTPS.
    public static func set(_ token: SessionToken, secure: Bool) -> String {
        "\(name)=\(token.text); Path=/; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
    }

    /// The value of `Set-Cookie` that takes it away.
    public static func clear(secure: Bool) -> String {
        "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
    }

    /// The token in a request's `Cookie` header.
    public static func token(in header: String) -> SessionToken? {
        for part in header.split(separator: ";") {
            let pair = part.drop { $0 == " " }
            guard pair.hasPrefix(name), let sign = pair.firstIndex(of: "="), pair[..<sign] == name else { continue }
            return SessionToken(pair[pair.index(after: sign)...])
        }
        return nil
    }
}
