import Basics
import Seals
import Storage

/// A try to sign in (登录记录), also under a name that does not exist.
struct SignInRecord: Sendable {
    enum Outcome: Int64, Sendable {
        case succeeded = 1
        case wrong = 2
        /// Too many wrong tries before this one; the password was not looked at.
        case lockedOut = 3
        /// The account is locked or closed by an act.
        case stopped = 4
    }

    static let table = EvidenceTable(
        "sign_in", "area", "id", .text("login"), "staff", "outcome", .text("came_from"), "happened_at")

    var area: AreaCode
    var id: Int64
    var login: String
    var staff: ID<StaffMember>?
    var outcome: Outcome
    var cameFrom: String
    var at: Moment

    var values: [Value] {
        [
            Value(area), .int(id), .text(login), Value(staff), .int(outcome.rawValue), .text(cameFrom), Value(at),
        ]
    }
}

/// Signing in (登录). The password is looked at between two transactions: hashing is slow on purpose, and no
/// transaction waits for it. The second one decides again, so that many tries at once count as many tries.
///
/// ```swift
/// let session = try await SignIn.attempt(
///     store, area: area, login: "jingban1", password: typed, from: "10.1.2.3", rules: rules, at: now)
/// response.headers[.setCookie] = SessionCookie.set(session.token, secure: true)
/// ```
public enum SignIn {
    /// Opens a session, or throws a `Problem` for the person: `control.signIn.refused` (never saying whether the
    /// name or the password was wrong), `control.signIn.lockedOut`, `control.signIn.stopped`.
    public static func attempt(
        _ store: any Store, area: AreaCode, login: String, password: String, from address: String, rules: SignInRules,
        at now: Moment
    ) async throws -> OpenedSession {
        let name = LoginName(login)
        let account = try await store.read { tx in try name.flatMap { try Staff.find(tx, area: area, login: $0) } }
        // A name that does not exist costs the same time as one that does.
        let known = account?.passwordHash ?? unknownNameHash
        let matches = await PasswordWork.accepts(password, known)
        let token = SessionToken.random()
        let outcome = try await store.write { tx in
            try decide(
                tx, area: area, login: name?.description ?? foreignName(login), staff: account?.id,
                matches: matches && account != nil, hashSeen: account?.passwordHash, token: token, from: address,
                rules: rules, at: now)
        }
        switch outcome {
        case .success(let session): return session
        case .failure(let problem): throw problem
        }
    }

    /// Records the try and opens the session. The refusals are answers, not errors: their record must stay.
    private static func decide(
        _ tx: any Transaction, area: AreaCode, login: String, staff: ID<StaffMember>?, matches: Bool,
        hashSeen: String?, token: SessionToken, from address: String, rules: SignInRules, at now: Moment
    ) throws -> Result<OpenedSession, Problem> {
        let account = try staff.flatMap { try Staff.find(tx, area: area, staff: $0) }
        func recorded(_ outcome: SignInRecord.Outcome) throws {
            let record = SignInRecord(
                area: area, id: try tx.nextNumber("sign_in"), login: login, staff: staff, outcome: outcome,
                cameFrom: String(address.prefix(60)), at: now)
            try Self.record(tx, record)
        }
        let failures = try lastFailures(tx, area: area, login: login, rules: rules)
        if let until = rules.lockedUntil(failures: failures, since: account?.unlockedAt, now: now) {
            try recorded(.lockedOut)
            return .failure(lockedOut(until: until, now: now))
        }
        guard matches, let account, account.passwordHash == hashSeen, hashSeen != nil else {
            try recorded(.wrong)
            return .failure(refused)
        }
        guard account.state == .open else {
            try recorded(.stopped)
            return .failure(stopped)
        }
        try recorded(.succeeded)
        return .success(try Sessions.open(tx, account: account, token: token, rules: rules, at: now))
    }

    /// The moments of the failures since the last success, newest first.
    private static func lastFailures(
        _ tx: any Transaction, area: AreaCode, login: String, rules: SignInRules
    ) throws -> [Moment] {
        let tries = try tx.rows(lastTries, Value(area), .text(login), .int(Int64(rules.failuresMax))) {
            (outcome: try $0.code(0, SignInRecord.Outcome.self), at: try $0.moment(1))
        }
        return tries.prefix { $0.outcome != .succeeded }.map(\.at)
    }

    /// Refusals while a name is locked count neither for nor against it.
    private static let lastTries: SQL = """
        SELECT outcome, happened_at FROM sign_in
        WHERE area = ? AND login = ? AND outcome IN (1, 2) ORDER BY id DESC LIMIT ?
        """

    private static func record(_ tx: any Transaction, _ record: SignInRecord) throws {
        var rows = RowDigest()
        try SignInRecord.table.insert(tx, record.values, into: &rows)
        var detail = JSONWriter(capacity: 128)
        detail.object {
            $0.field("login", record.login)
            $0.field("outcome", record.outcome.rawValue)
            $0.field("from", record.cameFrom)
        }
        try EventLog.append(
            tx,
            Event(
                area: record.area, kind: record.outcome == .succeeded ? .signedIn : .signInRefused,
                subject: record.staff?.raw ?? 0, record: record.id,
                actor: record.outcome == .succeeded ? record.staff.map(Actor.staff) ?? .system : .system, at: record.at,
                detail: detail.text, rows: rows))
    }

    /// What was typed for a name and is none may well be a password: only its digest is kept.
    private static func foreignName(_ typed: String) -> String {
        "#" + Hex.encode(SM3.hash(typed).prefix(12))
    }

    private static let unknownNameHash = PasswordHash.make(Hex.encode(SecureRandom.bytes(16)))

    // MARK: What the person reads

    private static let refused = Problem(
        "control.signIn.refused", field: "login", "登录名或密码不对,请重新输入;忘记密码请找系统管理员重置")

    private static let stopped = Problem("control.signIn.stopped", field: "login", "这个账号已停用,请联系系统管理员")

    private static func lockedOut(until: Moment, now: Moment) -> Problem {
        let minutes = max(1, (until.seconds - now.seconds + 59) / 60)
        return Problem(
            "control.signIn.lockedOut", field: "login", "密码连续输错次数太多,请 \(minutes) 分钟后再试,或请系统管理员解除")
    }
}
