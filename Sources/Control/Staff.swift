import Basics
import Foundation
import Seals
import Storage

/// A password's hash, ready to be written. Making one takes tens of milliseconds on purpose, so it happens
/// before the transaction and off the cooperative pool.
///
/// ```swift
/// let secret = try await Credential.make("夏天的风吹过窗前2026", login: "jingban1", displayName: "演示甲", rules: rules)
/// try await store.write { tx in try Staff.changePassword(tx, area: area, staff: id, to: secret, by: .staff(id), at: now) }
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
        // Without letters and digits that look alike: it is read from paper. 20 characters of 54: 115 bits.
        let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789")
        var random = SecureRandom()
        var password = String((0..<20).map { _ in alphabet.randomElement(using: &random)! })
        for place in [15, 10, 5] { password.insert("-", at: password.index(password.startIndex, offsetBy: place)) }
        return (password, Credential(hash: await PasswordWork.hash(password), mustChange: true))
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

    /// Opens an account. Throws all problems: a bad or taken login name, an empty name, incompatible posts.
    ///
    /// ```swift
    /// let (password, credential) = await Credential.first()
    /// let id = try await store.write { tx in
    ///     try Staff.open(tx, area: area, login: "jingban1", displayName: "演示甲", roles: [.reception],
    ///         credential: credential, by: .staff(admin), at: now)
    /// }
    /// ```
    @discardableResult
    public static func open(
        _ tx: any Transaction, area: AreaCode, login: String, displayName: String, roles: Set<StaffRole>,
        credential: Credential, by actor: Actor, at now: Moment
    ) throws -> ID<StaffMember> {
        var problems = Problems(IncompatibleRoles.problems(in: roles))
        let name = LoginName(login)
        if name == nil {
            problems.add(
                "control.staff.login", field: "login", "登录名请用 2 到 30 个小写字母、数字或 . _ -,以字母开头")
        }
        if displayName.isEmpty || displayName.count > 30 {
            problems.add("control.staff.name", field: "displayName", "请填写姓名,不超过 30 个字")
        }
        if roles.isEmpty { problems.add("control.staff.noRoles", field: "roles", "请至少选择一个岗位") }
        if let name, try find(tx, area: area, login: name) != nil {
            problems.add("control.staff.loginTaken", field: "login", "登录名“\(name)”已被使用,请换一个")
        }
        try problems.throwIfAny()
        let id = try tx.nextID(StaffMember.self, "staff")
        var rows = RowDigest()
        try table.insert(
            tx, [Value(area), Value(id), .text(name!.description), Value(now)], into: &rows)
        let act = StaffAct(
            area: area, act: try tx.nextNumber("staff_act"), staff: id, kind: .opened, displayName: displayName,
            roles: roles, passwordHash: credential.hash, mustChange: credential.mustChange, by: actor, reason: "",
            at: now)
        try record(tx, act, login: name!.description, rows: &rows)
        return id
    }

    /// Sets a new password. All sessions of the account opened under the old one are void.
    public static func changePassword(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, to credential: Credential, by actor: Actor,
        at now: Moment
    ) throws {
        let account = try existing(tx, area: area, staff: staff)
        try add(tx, .passwordChanged, to: account, by: actor, reason: "", at: now) {
            $0.passwordHash = credential.hash
            $0.mustChange = credential.mustChange
        }
    }

    /// Stops an account (停用) until it is unlocked. Its sessions end at once.
    public static func lock(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, by actor: Actor, reason: String, at now: Moment
    ) throws {
        let account = try existing(tx, area: area, staff: staff)
        guard account.state == .open else { throw alreadySo(account) }
        try add(tx, .locked, to: account, by: actor, reason: reason, at: now)
    }

    /// Lets an account in again, and forgives its failed tries.
    public static func unlock(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, by actor: Actor, reason: String, at now: Moment
    ) throws {
        try add(
            tx, .unlocked, to: try existing(tx, area: area, staff: staff), by: actor, reason: reason, at: now)
    }

    /// Closes an account for good (注销): a person who leaves.
    public static func close(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, by actor: Actor, reason: String, at now: Moment
    ) throws {
        try add(
            tx, .closed, to: try existing(tx, area: area, staff: staff), by: actor, reason: reason, at: now)
    }

    /// Gives other posts (调整岗位); refuses incompatible ones.
    public static func changeRoles(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, to roles: Set<StaffRole>, by actor: Actor,
        reason: String, at now: Moment
    ) throws {
        var problems = Problems(IncompatibleRoles.problems(in: roles))
        if roles.isEmpty { problems.add("control.staff.noRoles", field: "roles", "请至少选择一个岗位") }
        try problems.throwIfAny()
        let account = try existing(tx, area: area, staff: staff)
        try add(tx, .rolesChanged, to: account, by: actor, reason: reason, at: now) { $0.roles = roles }
    }

    public static func rename(
        _ tx: any Transaction, area: AreaCode, staff: ID<StaffMember>, to name: String, by actor: Actor, at now: Moment
    ) throws {
        guard !name.isEmpty, name.count <= 30 else {
            throw Problem("control.staff.name", field: "displayName", "请填写姓名,不超过 30 个字")
        }
        let account = try existing(tx, area: area, staff: staff)
        try add(tx, .renamed, to: account, by: actor, reason: "", at: now) { $0.displayName = name }
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
        _ tx: any Transaction, _ kind: StaffAct.Kind, to account: StaffAccount, by actor: Actor, reason: String,
        at now: Moment, fill: (inout StaffAct) -> Void = { _ in }
    ) throws {
        var act = StaffAct(
            area: account.area, act: try tx.nextNumber("staff_act"), staff: account.id, kind: kind, by: actor,
            reason: String(reason.prefix(200)), at: now)
        fill(&act)
        var rows = RowDigest()
        try record(tx, act, login: account.login, rows: &rows)
    }

    private static func record(
        _ tx: any Transaction, _ act: StaffAct, login: String, rows: inout RowDigest
    ) throws {
        try StaffAct.table.insert(tx, act.values, into: &rows)
        var detail = JSONWriter(capacity: 128)
        detail.object {
            $0.field("login", login)
            if let name = act.displayName { $0.field("name", name) }
            if let roles = act.roles { $0.field("roles", roles.stored) }
            if !act.reason.isEmpty { $0.field("reason", act.reason) }
        }
        try EventLog.append(
            tx,
            Event(
                area: act.area, kind: act.kind.event, subject: act.staff.raw, record: act.act, actor: act.by,
                at: act.at,
                detail: detail.text, rows: rows))
    }
}
