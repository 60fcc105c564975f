import Basics
import Control
import Glibc
import Storage
import StoreKit
import Testing

/// An agency with one administrator and one clerk whose passwords are known.
struct Desk {
    static let area = Situation.area
    static let now = Situation.morning
    static let rules = SignInRules()
    static let password = "Chunjiang-2026-潮水"

    let store: any Store
    let admin: ID<StaffMember>
    let clerk: ID<StaffMember>

    static func open(_ kind: StoreKind, _ body: (Desk) async throws -> Void) async throws {
        try await withStore(kind, ControlSchema.migrations) { store in
            let (_, first) = await Credential.first()
            let own = try await Credential.make(password, login: "jingban", displayName: "演示甲", rules: rules)
            let (admin, clerk) = try await store.write { tx in
                let ground = Ground("建库", by: .system, at: now)
                let admin = try Staff.open(
                    tx, area: area, login: "admin", displayName: "系统管理员", credential: first, on: ground)
                let clerk = try Staff.open(
                    tx, area: area, login: "jingban", displayName: "演示甲", credential: own,
                    on: Ground("新进人员", by: .staff(admin), at: now))
                return (admin, clerk)
            }
            try await body(Desk(store: store, admin: admin, clerk: clerk))
        }
    }

    func signIn(_ login: String, _ password: String, at moment: Moment = now) async throws -> OpenedSession {
        try await SignIn.attempt(
            store, area: Desk.area, login: login, password: password, from: "10.0.0.1", rules: Desk.rules, at: moment)
    }

    func refusal(_ login: String, _ password: String, at moment: Moment = now) async -> Problem? {
        do {
            _ = try await signIn(login, password, at: moment)
            return nil
        } catch { return error as? Problem }
    }

    func session(_ token: SessionToken, at moment: Moment) async throws -> Session? {
        try await store.read { tx in
            try Sessions.find(tx, area: Desk.area, token: token, rules: Desk.rules, at: moment)
        }
    }

    /// What the administrator does, and why.
    func ground(_ reason: String, at moment: Moment = now) -> Ground {
        Ground(reason, by: .staff(admin), at: moment)
    }

    func account(_ id: ID<StaffMember>) async throws -> StaffAccount {
        try #require(try await store.read { tx in try Staff.find(tx, area: Desk.area, staff: id) })
    }

    func verify() async throws -> [Problem] {
        try await store.read { tx in try Verifier(area: Desk.area, sources: []).run(tx).problems.all }
    }
}

@Suite("Staff accounts")
struct StaffTests {
    @Test("A new account opens; the first password must be changed", arguments: StoreKind.allCases)
    func opened(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let admin = try await desk.account(desk.admin)
            #expect(admin.login == "admin")
            #expect(admin.state == .open)
            #expect(admin.mustChangePassword(at: Desk.now, rules: Desk.rules))
            let clerk = try await desk.account(desk.clerk)
            #expect(!clerk.mustChangePassword(at: Desk.now, rules: Desk.rules))
            #expect(clerk.mustChangePassword(at: Desk.now + 91 * 86_400, rules: Desk.rules))
            let all = try await desk.store.read { tx in try Staff.all(tx, area: Desk.area).map(\.login) }
            #expect(all == ["admin", "jingban"])
        }
    }

    @Test("All that is wrong with a new account is said at once", arguments: StoreKind.allCases)
    func refusedOpening(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            func problems(_ login: String, _ name: String, _ reason: String) async -> [String] {
                do {
                    try await desk.store.write { tx in
                        _ = try Staff.open(
                            tx, area: Desk.area, login: login, displayName: name, on: desk.ground(reason))
                    }
                    return []
                } catch { return (error as? Problems)?.all.map(\.code) ?? ["\(error)"] }
            }
            #expect(
                await problems("7号", "", "") == [
                    "control.ground.reason", "control.staff.login", "control.staff.name",
                ])
            #expect(await problems("Jingban", "演示乙", "新进人员") == ["control.staff.loginTaken"])
        }
    }

    @Test("Acts add up to the state, and every act is vouched for", arguments: StoreKind.allCases)
    func acts(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let clerk = desk.clerk
            try await desk.store.write { tx in
                try Staff.rename(tx, area: Desk.area, staff: clerk, to: "演示丙", on: desk.ground("更正姓名"))
                try Staff.lock(tx, area: Desk.area, staff: clerk, on: desk.ground("休假"))
            }
            var account = try await desk.account(clerk)
            #expect(account.displayName == "演示丙")
            #expect(account.state == .locked)
            try await desk.store.write { tx in
                try Staff.unlock(tx, area: Desk.area, staff: clerk, on: desk.ground("返岗"))
                try Staff.close(tx, area: Desk.area, staff: clerk, on: desk.ground("离岗"))
            }
            account = try await desk.account(clerk)
            #expect(account.state == .closed)
            await #expect(throws: Problem.self) {
                try await desk.store.write { tx in
                    try Staff.unlock(tx, area: Desk.area, staff: clerk, on: desk.ground("返岗"))
                }
            }
            #expect(try await desk.verify() == [])
        }
    }

    @Test("A voided password opens nothing until a first one is handed out", arguments: StoreKind.allCases)
    func voidedPassword(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let (store, clerk) = (desk.store, desk.clerk)
            let token = try await desk.signIn("jingban", Desk.password).token
            let (password, credential) = await Credential.first()
            await #expect(throws: Problem.self, "an account with a password gets no other one") {
                try await store.write { tx in
                    try Staff.issuePassword(
                        tx, area: Desk.area, staff: clerk, credential, on: desk.ground("本人遗忘"))
                }
            }
            try await store.write { tx in
                try Staff.voidPassword(tx, area: Desk.area, staff: clerk, on: desk.ground("本人遗忘"))
            }
            #expect(try await desk.account(clerk).awaitsPassword)
            #expect(try await desk.session(token, at: Desk.now) == nil)
            #expect(await desk.refusal("jingban", Desk.password)?.code == "control.signIn.refused")
            #expect(await desk.refusal("jingban", "")?.code == "control.signIn.refused")
            try await store.write { tx in
                try Staff.issuePassword(tx, area: Desk.area, staff: clerk, credential, on: desk.ground("本人到场"))
            }
            #expect(try await desk.signIn("jingban", password).mustChangePassword)
            #expect(try await desk.verify() == [])
        }
    }

    static let attacks: [(String, SQL)] = [
        ("staff_act", "UPDATE staff_act SET display_name = '演示丁' WHERE staff = 2 AND kind = 1"),
        ("staff_act", "UPDATE staff_act SET must_change = 0 WHERE must_change = 1"),
        ("staff_act", "UPDATE staff_act SET by_number = 99 WHERE kind = 1"),
        ("staff", "UPDATE staff SET login = 'intruder' WHERE login = 'admin'"),
        ("staff", "UPDATE staff SET opened_at = opened_at - 1"),
        ("sign_in", "UPDATE sign_in SET outcome = 2 WHERE outcome = 1"),
        ("sign_in", "UPDATE sign_in SET came_from = '10.0.0.2'"),
        ("sign_in", "DELETE FROM sign_in"),
        ("policy_version", "UPDATE policy_version SET content = content || ' '"),
    ]

    @Test("A changed byte in accounts, sign-ins or the archived law is found", arguments: StoreKind.allCases)
    func changedByte(_ kind: StoreKind) async throws {
        for (table, change) in StaffTests.attacks {
            try await Desk.open(kind) { desk in
                _ = try await desk.signIn("jingban", Desk.password)
                try await desk.store.write { tx in
                    _ = try PolicyVersions.archive(tx, area: Desk.area, text: "起付线: 1000", at: Desk.now)
                    // The numbers of staff begin where the series does.
                    try tx.execute("SELECT 1")
                }
                #expect(try await desk.verify() == [])
                let named = SQL(change.text.replacing("staff = 2", with: "staff = \(desk.clerk)"))
                try await Situation.tamper(desk.store, [table], [named])
                #expect(!(try await desk.verify()).isEmpty, "\(change)")
            }
        }
    }

    @Test("The archive keeps a text once, under its own digest", arguments: StoreKind.allCases)
    func policyVersions(_ kind: StoreKind) async throws {
        try await withStore(kind, ControlSchema.migrations) { store in
            let (first, again, text, none) = try await store.write { tx in
                let first = try PolicyVersions.archive(tx, area: Desk.area, text: "a: 1", at: Desk.now)
                let again = try PolicyVersions.archive(tx, area: Desk.area, text: "a: 1", at: Desk.now + 9)
                return (
                    first, again, try PolicyVersions.text(tx, area: Desk.area, version: first),
                    try PolicyVersions.text(tx, area: AreaCode(110000), version: first)
                )
            }
            #expect(first == again)
            #expect(first.count == 64)
            #expect(text == "a: 1")
            #expect(none == nil)
        }
    }
}

@Suite("Signing in")
struct SignInTests {
    @Test(
        "The right password opens a session; neither name nor password is told from the other",
        arguments: StoreKind.allCases)
    func signingIn(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let opened = try await desk.signIn("JingBan", Desk.password)
            #expect(opened.account.id == desk.clerk)
            #expect(!opened.mustChangePassword)
            let wrongPassword = await desk.refusal("jingban", "不是这个密码")
            let wrongName = await desk.refusal("nobody", Desk.password)
            let noName = await desk.refusal("我把密码打在了这里", "x")
            #expect(wrongPassword?.code == "control.signIn.refused")
            #expect(wrongName == wrongPassword)
            #expect(noName == wrongPassword)
            let logins = try await desk.store.read { tx in
                try tx.rows("SELECT login FROM sign_in WHERE area = ? ORDER BY id", Value(Desk.area)) { try $0.text(0) }
            }
            #expect(logins.prefix(3) == ["jingban", "jingban", "nobody"])
            #expect(logins[3].hasPrefix("#"))
            #expect(try await desk.verify() == [])
        }
    }

    @Test(
        "Five wrong tries lock the name for fifteen minutes, also against the right password",
        arguments: StoreKind.allCases)
    func lockOut(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            for _ in 0..<5 {
                #expect(await desk.refusal("jingban", "错")?.code == "control.signIn.refused")
            }
            #expect(await desk.refusal("jingban", Desk.password)?.code == "control.signIn.lockedOut")
            let later = Desk.now + 14 * 60
            #expect(await desk.refusal("jingban", Desk.password, at: later)?.code == "control.signIn.lockedOut")
            _ = try await desk.signIn("jingban", Desk.password, at: Desk.now + 15 * 60)
        }
    }

    @Test("An administrator's unlocking forgives the wrong tries", arguments: StoreKind.allCases)
    func unlocking(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            for _ in 0..<5 { _ = await desk.refusal("jingban", "错") }
            let clerk = desk.clerk
            try await desk.store.write { tx in
                try Staff.unlock(tx, area: Desk.area, staff: clerk, on: desk.ground("本人核实", at: Desk.now + 60))
            }
            _ = try await desk.signIn("jingban", Desk.password, at: Desk.now + 61)
        }
    }

    @Test("Many tries at the same moment count as many tries", arguments: StoreKind.allCases)
    func parallelTries(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let refused = await withTaskGroup { group in
                for _ in 0..<12 { group.addTask { await desk.refusal("jingban", "错")?.code } }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(refused["control.signIn.refused"] == 5)
            #expect(refused["control.signIn.lockedOut"] == 7)
        }
    }

    @Test("A locked account is told so only to who knows its password", arguments: StoreKind.allCases)
    func stopped(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let clerk = desk.clerk
            try await desk.store.write { tx in
                try Staff.lock(tx, area: Desk.area, staff: clerk, on: desk.ground("离岗"))
            }
            #expect(await desk.refusal("jingban", Desk.password)?.code == "control.signIn.stopped")
            #expect(await desk.refusal("jingban", "错")?.code == "control.signIn.refused")
        }
    }
}

@Suite("Sessions")
struct SessionTests {
    @Test("A session ends when idle, when old, and at sign-out", arguments: StoreKind.allCases)
    func expiry(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let token = try await desk.signIn("jingban", Desk.password).token
            #expect(try await desk.session(token, at: Desk.now + 29 * 60)?.account.id == desk.clerk)
            #expect(try await desk.session(token, at: Desk.now + 30 * 60) == nil)

            // Used every 25 minutes it lives on, but not beyond twelve hours.
            var at = Desk.now
            while at < Desk.now + 12 * 3600 {
                let session = try #require(try await desk.session(token, at: at))
                #expect(session.wantsTouch == (at > Desk.now))
                let moment = at
                try await desk.store.write { tx in try Sessions.touch(tx, session, at: moment) }
                at = at + 25 * 60
            }
            #expect(try await desk.session(token, at: at) == nil)

            let second = try await desk.signIn("jingban", Desk.password).token
            let session = try #require(try await desk.session(second, at: Desk.now))
            try await desk.store.write { tx in
                try Sessions.end(tx, session, at: Desk.now)
                try Sessions.end(tx, session, at: Desk.now)
            }
            #expect(try await desk.session(second, at: Desk.now) == nil)
            let swept = try await desk.store.write { tx in
                try Sessions.sweep(tx, area: Desk.area, expiredBefore: Desk.now + 13 * 3600)
            }
            #expect(swept == 2)
            #expect(try await desk.verify() == [])
        }
    }

    @Test("A new password, a lock or an unknown token opens nothing", arguments: StoreKind.allCases)
    func voided(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let clerk = desk.clerk
            let token = try await desk.signIn("jingban", Desk.password).token
            let newPassword = "Yanyan-2026-随波"
            let credential = try await Credential.make(
                newPassword, login: "jingban", displayName: "演示甲", rules: Desk.rules)
            try await desk.store.write { tx in
                try Staff.changePassword(tx, area: Desk.area, staff: clerk, to: credential, at: Desk.now)
            }
            #expect(try await desk.session(token, at: Desk.now) == nil)
            #expect(await desk.refusal("jingban", Desk.password)?.code == "control.signIn.refused")
            let second = try await desk.signIn("jingban", newPassword).token
            try await desk.store.write { tx in
                try Staff.lock(tx, area: Desk.area, staff: clerk, on: desk.ground("离岗"))
            }
            #expect(try await desk.session(second, at: Desk.now) == nil)
            let guessed = try #require(SessionToken(String(repeating: "A", count: 43)))
            #expect(try await desk.session(guessed, at: Desk.now) == nil)
        }
    }

    @Test("A form is taken only with the token of its own session", arguments: StoreKind.allCases)
    func formTokens(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let mine = try await desk.signIn("jingban", Desk.password).token
            let other = try await desk.signIn("jingban", Desk.password).token
            let session = try #require(try await desk.session(mine, at: Desk.now))
            try session.check(formToken: mine.formToken)
            for wrong in [nil, "", other.formToken, mine.text, mine.formToken + "A"] {
                #expect(throws: Problem.self) { try session.check(formToken: wrong) }
            }
        }
    }

    @Test("The database never holds the token", arguments: StoreKind.allCases)
    func hashOnly(_ kind: StoreKind) async throws {
        try await Desk.open(kind) { desk in
            let token = try await desk.signIn("jingban", Desk.password).token
            let stored = try await desk.store.read { tx in
                try tx.first("SELECT token_hash FROM session WHERE area = ?", Value(Desk.area)) { try $0.bytes(0) }
            }
            let hash = try #require(stored)
            #expect(hash.count == 32)
            #expect(SessionToken(token.text) == token)
        }
    }

    @Test("The cookie is hidden from scripts and other sites, and read back among others")
    func cookies() throws {
        let token = try #require(SessionToken(String(repeating: "A", count: 43)))
        let set = SessionCookie.set(token, secure: true)
        for word in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] { #expect(set.contains(word)) }
        #expect(!SessionCookie.set(token, secure: false).contains("Secure"))
        #expect(SessionCookie.clear(secure: true).contains("Max-Age=0"))
        let header = "theme=dark; \(SessionCookie.name)=\(token.text); lang=zh"
        #expect(SessionCookie.token(in: header) == token)
        #expect(SessionCookie.token(in: "x\(SessionCookie.name)=\(token.text)") == nil)
        #expect(SessionCookie.token(in: "\(SessionCookie.name)=not-a-token") == nil)
        #expect(SessionCookie.token(in: "") == nil)
    }
}

@Suite("Rules of passwords")
struct RuleTests {
    let rules = SignInRules()

    @Test(
        "Passwords that are refused, and why",
        arguments: [
            ("Ab1-短", ["short"]), ("abcdefghij", ["kinds", "repetitive"]), ("1234567890", ["kinds", "repetitive"]),
            ("aaaaaaaaaaaaaaaaaaaa", ["repetitive"]), ("Jingban2026!", ["name"]), ("我是演示甲2026ab", ["name"]),
            ("", ["short", "kinds", "repetitive"]),
        ])
    func refused(password: String, codes: [String]) {
        let found = rules.problems(password: password, login: "jingban", displayName: "演示甲")
        #expect(found.map(\.code) == codes.map { "control.password.\($0)" })
    }

    @Test("Passwords that are taken", arguments: ["Haishang-2026", "海上明月共潮生滟滟随波千万里何处春", "k7Tq!w9-zR"])
    func taken(password: String) {
        #expect(rules.problems(password: password, login: "jingban", displayName: "演示甲") == [])
    }

    @Test("A first password is long, different each time, and obeys the rules itself")
    func firstPassword() async {
        let (one, _) = await Credential.first()
        let (two, _) = await Credential.first()
        #expect(one != two)
        #expect(one.count == 23)
        #expect(rules.problems(password: one, login: "admin", displayName: "系统管理员") == [])
    }

    @Test("Login names", arguments: [("Zhang.San", "zhang.san"), ("a1", "a1"), ("op_2-x", "op_2-x")])
    func loginNames(typed: String, name: String) {
        #expect(LoginName(typed)?.description == name)
    }

    @Test("No login names", arguments: ["", "a", "1a", "张三", "a b", "a'--", String(repeating: "a", count: 31)])
    func noLoginNames(typed: String) { #expect(LoginName(typed) == nil) }

    @Test("Failures count within the window and after the unlocking only")
    func window() {
        let now = Situation.morning
        let five = (0..<5).map { now + Int64(-$0 * 60) }
        #expect(rules.lockedUntil(failures: five, since: nil, now: now) == now + 900)
        #expect(rules.lockedUntil(failures: Array(five.dropLast()), since: nil, now: now) == nil)
        #expect(rules.lockedUntil(failures: five, since: now + -120, now: now) == nil)
        #expect(rules.lockedUntil(failures: five, since: nil, now: now + 12 * 60) == nil)
    }

    @Test("A head file is read back as it was written; a strange line is a problem with its number")
    func headFile() {
        #expect(throws: Problems.self) { try HeadFile("yibao-head 990100 nonsense\n", file: "heads.txt") }
        do {
            _ = try HeadFile("\nwhat is this\n", file: "heads.txt")
        } catch { #expect(error.all.map(\.field) == ["heads.txt:2"]) }
    }

    @Test("A key file is readable by its owner alone, and never overwritten")
    func keyFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/a.key"
            let made = try SigningKey.make(at: path)
            #expect(try SigningKey.load(from: path).fingerprint == made.fingerprint)
            #expect(throws: Problem.self) { try SigningKey.make(at: path) }
            chmod(path, 0o644)
            #expect(throws: Problem.self) { try SigningKey.load(from: path) }
            #expect(throws: Problem.self) { try SigningKey.load(from: folder + "/none.key") }
        }
    }
}
