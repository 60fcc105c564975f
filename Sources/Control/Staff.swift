import Basics
import Foundation
import Seals
import Storage

/// A password's hash, ready to be written. Making one takes tens of milliseconds on purpose, so it happens
/// before the transaction and off the cooperative pool.
///
/// ```swift
/// let secret = try await Credential.make("夏天的风吹过窗前2026", login: "jingban1", displayName: "演示甲", rules: rules)
/// try await store.write { tx in try Staff.changePassword(tx, area: area, staff: id, to: secret, at: now) }
/// ```
public struct Credential: Sendable {
    let hash: String
    /// Whether its owner must replace it at the first sign-in.
    let mustChange: Bool

    /// A password its owner chose. Throws everything that speaks against it.
    public static func make(
        _ password: String, login: String, displayName: String, rules: SignInRules
    ) async throws -> Credential {
        try Problems(rules.problems(password: password, login: login, displayName: displayName)).throwIfAny()
        return Credential(hash: await PasswordWork.hash(password), mustChange: false)
    }

    /// A first password, drawn at random and shown once; its owner must change it.
    public static func first() async -> (password: String, credential: Credential) {
        let password = drawn()
        return (password, Credential(hash: await PasswordWork.hash(password), mustChange: true))
    }

    /// A password drawn at random that need not be changed, for demonstrations.
    public static func ready() async -> (password: String, credential: Credential) {
        let password = drawn()
        return (password, Credential(hash: await PasswordWork.hash(password), mustChange: false))
    }

    private static func drawn() -> String {
        // Without letters and digits that look alike: it is read from paper. 20 characters of 54: 115 bits.
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789")
        var random = SecureRandom()
        var password = String((0..<20).map { _ in alphabet.randomElement(using: &random)! })
        for place in [15, 10, 5] { password.insert("-", at: password.index(password.startIndex, offsetBy: place)) }
        return password
    }
}

/// Password hashing beside the cooperative pool, two at a time: each takes a core and megabytes.
enum PasswordWork {
    private static let queue: OperationQueue = {
        let queue = OperationQueue()
        queue.name = "yibao.passwords"
        queue.maxConcurrentOperationCount = 2
        return queue
    }()

    static func hash(_ password: String) async -> String {
        await run { PasswordHash.make(password) }
    }

    static func accepts(_ password: String, _ hash: String) async -> Bool {
        await run { PasswordHash.accepts(password, hash) }
    }

    private static func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { caller in
            queue.addOperation { caller.resume(returning: work()) }
        }
    }
}

/// Staff accounts (经办人员账号). Every change is an act with its event.
public enum Staff {
    static let table = EvidenceTable("staff", "area", "id", .text("login"), "opened_at")

    // MARK: Changing

    /// Opens an account (开设账号). Throws all problems: a bad or taken login name, an empty name. It gives no rights:
    /// those come with posts, see `Organisation.grant`. Without a credential the system administrator hands out a
    /// first password afterwards.
    ///
    /// ```swift
    /// let id = try Staff.open(tx, area: area, login: "jingban1", displayName: "演示甲", on: ground)
    /// ```
    @discardableResult
    public static func open(
        _ tx: any Transaction, area: AreaCode, login: String, displayName: String, credential: Credential? = nil,
        on ground: Ground
    ) throws -> ID<StaffMember> {
        try Problems(try openingProblems(tx, area: area, login: login, displayName: displayName, on: ground))
            .throwIfAny()
        guard let name = LoginName(login) else { throw badLogin }
        let id = try tx.nextID(StaffMember.self, "staff")
        var rows = RowDigest()
        try table.insert(tx, [Value(area), Value(id), .text(name.description), Value(ground.at)], into: &rows)
        let act = StaffAct(
            area: area, act: try tx.nextNumber("staff_act"), staff: id, kind: .opened, displayName: displayName,
            ground: ground)
        try record(tx, act, login: name.description, rows: &rows)
        if let credential {
            try setPassword(tx, of: try existing(tx, area: area, staff: id), to: credential, on: ground)
        }
        return id
    }

    /// Everything that speaks against opening an account under this name.
    public static func openingProblems(
        _ tx: any Transaction, area: AreaCode, login: String, displayName: String, on ground: Ground
    ) throws -> [Problem] {
        var problems = ground.problems
        let name = LoginName(login)
        if name == nil { problems.append(badLogin) }
        if displayName.isEmpty || displayName.count > 30 { problems.append(badDisplayName) }
        if let name, try find(tx, area: area, login: name) != nil {
            problems.append(
                Problem("control.staff.loginTaken", field: "login", "登录名“\(name)”已被使用,请换一个"))
        }
        return problems
    }

    private static let badLogin = Problem(
        "control.staff.login", field: "login", "登录名请用 2 到 30 个小写字母、数字或 . _ -,以字母开头")
    private static let badDisplayName = Problem("control.staff.name", field: "displayName", "请填写姓名,不超过 30 个字")

    /// The owner of the account sets a new password. All sessions opened under the old one are void.
    public static func changePassword(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, to credential: Credential, at now: Moment
    ) throws {
        try setPassword(
            tx, of: try existing(tx, area: area, staff: staff), to: credential,
            on: Ground("本人修改", by: .staff(staff), at: now))
    }

    /// Voids a password (重置密码): it and its sessions open nothing any more, until a first one is handed out.
    public static func voidPassword(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, on ground: Ground
    ) throws {
        try add(tx, .passwordVoided, to: try existing(tx, area: area, staff: staff), on: ground)
    }

    /// Hands out a first password (发放初始密码), only where one is awaited: after an opening, or after a voiding.
    public static func issuePassword(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, _ credential: Credential, on ground: Ground
    ) throws {
        let account = try existing(tx, area: area, staff: staff)
        guard account.awaitsPassword else {
            throw Problem(
                "control.staff.hasPassword", field: "staff", "账号“\(account.login)”已有密码;如忘记密码,请先办理重置密码")
        }
        try setPassword(tx, of: account, to: credential, on: ground)
    }

    private static func setPassword(
        _ tx: any Transaction, of account: StaffAccount, to credential: Credential, on ground: Ground
    ) throws {
        try add(tx, .passwordChanged, to: account, on: ground) {
            $0.passwordHash = credential.hash
            $0.mustChange = credential.mustChange
        }
    }

    /// Stops an account (停用) until it is unlocked. Its sessions end at once.
    public static func lock(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, on ground: Ground
    ) throws {
        let account = try existing(tx, area: area, staff: staff)
        guard account.state == .open else { throw alreadySo(account) }
        try add(tx, .locked, to: account, on: ground)
    }

    /// Lets an account in again, and forgives its failed tries.
    public static func unlock(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, on ground: Ground
    ) throws {
        try add(tx, .unlocked, to: try existing(tx, area: area, staff: staff), on: ground)
    }

    /// Closes an account for good (注销): a person who leaves. Their posts end with it.
    public static func close(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, on ground: Ground
    ) throws {
        try add(tx, .closed, to: try existing(tx, area: area, staff: staff), on: ground)
        try Organisation.withdrawAll(tx, area: area, of: staff, on: ground)
    }

    public static func rename(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, to name: String, on ground: Ground
    ) throws {
        guard !name.isEmpty, name.count <= 30 else { throw badDisplayName }
        try add(tx, .renamed, to: try existing(tx, area: area, staff: staff), on: ground) { $0.displayName = name }
    }

    // MARK: Finding

    /// The account of a login name.
    public static func find(_ tx: any Transaction, area: AreaCode, login: LoginName) throws -> StaffAccount? {
        let id = try tx.first(byLogin, Value(area), .text(login.description)) { try $0.id(0, StaffMember.self) }
        return try id.flatMap { try find(tx, area: area, staff: $0) }
    }

    private static let byLogin: SQL = "SELECT id FROM staff WHERE area = ? AND login = ?"

    /// The account of a number.
    public static func find(
        _ tx: any Transaction, area: AreaCode, staff id: ID<StaffMember>
    ) throws -> StaffAccount? {
        guard let login = try tx.first(byID, Value(area), Value(id), read: { try $0.text(0) }) else { return nil }
        return StaffAccount(
            area: area, id: id, login: login, acts: try tx.all(StaffAct.self, StaffAct.ofStaff, Value(area), Value(id)))
    }

    private static let byID: SQL = "SELECT login FROM staff WHERE area = ? AND id = ?"

    /// All accounts by login name, at most 1,000: an agency's staff.
    public static func all(_ tx: any Transaction, area: AreaCode) throws -> [StaffAccount] {
        let ids = try tx.rows("SELECT id FROM staff WHERE area = ? ORDER BY login LIMIT 1000", Value(area)) {
            try $0.id(0, StaffMember.self)
        }
        return try ids.compactMap { try find(tx, area: area, staff: $0) }
    }

    /// Names for lists, of at most 1,000 people.
    public static func names(_ tx: any Transaction, area: AreaCode) throws -> [ID<StaffMember>: String] {
        Dictionary(try all(tx, area: area).map { ($0.id, $0.displayName) }) { first, _ in first }
    }

    // MARK: Recording

    private static func existing(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>
    ) throws -> StaffAccount {
        guard let account = try find(tx, area: area, staff: staff) else {
            throw Problem("control.staff.unknown", field: "staff", "没有编号为 \(staff) 的经办人员,请从人员列表中选择")
        }
        guard account.state != .closed else {
            throw Problem("control.staff.closed", field: "staff", "账号“\(account.login)”已注销,不能再办理;如需使用请另开账号")
        }
        return account
    }

    private static func alreadySo(_ account: StaffAccount) -> Problem {
        Problem("control.staff.state", field: "staff", "账号“\(account.login)”已是“\(account.state.name)”状态,无需再办")
    }

    private static func add(
        _ tx: any Transaction, _ kind: StaffAct.Kind, to account: StaffAccount, on ground: Ground,
        fill: (inout StaffAct) -> Void = { _ in }
    ) throws {
        try Problems(ground.problems).throwIfAny()
        var act = StaffAct(
            area: account.area, act: try tx.nextNumber("staff_act"), staff: account.id, kind: kind, ground: ground)
        fill(&act)
        var rows = RowDigest()
        try record(tx, act, login: account.login, rows: &rows)
    }

    private static func record(
        _ tx: any Transaction, _ act: StaffAct, login: String, rows: inout RowDigest
    ) throws {
        try StaffAct.table.insert(tx, act.values, into: &rows)
        let words: KeyValuePairs<StaticString, String> =
            if let name = act.displayName { ["login": login, "name": name] } else { ["login": login] }
        try EventLog.append(
            tx,
            Event(
                area: act.area, kind: act.kind.event, subject: act.staff.raw, record: act.act,
                actor: act.ground.actor, at: act.at, detail: act.ground.detail(words), rows: rows))
    }
}
