import Basics
import Storage

/// Something done to a staff account (账号办理): accounts have no state but the sum of these.
struct StaffAct: Sendable {
    enum Kind: Int64, Sendable, CaseIterable {
        case opened = 1
        case passwordChanged = 2
        case locked = 3
        case unlocked = 4
        case closed = 5
        case renamed = 6
        /// The password opens nothing any more; the system administrator hands out a first one (待发初始密码).
        case passwordVoided = 7

        var event: EventKind {
            switch self {
            case .opened: .staffOpened
            case .passwordChanged: .staffPasswordChanged
            case .locked: .staffLocked
            case .unlocked: .staffUnlocked
            case .closed: .staffClosed
            case .renamed: .staffRenamed
            case .passwordVoided: .staffPasswordVoided
            }
        }
    }

    var area: AreaCode
    var act: Int64
    var staff: ID<StaffMember>
    var kind: Kind
    var displayName: String?
    var passwordHash: String?
    var mustChange: Bool?
    var ground: Ground

    var at: Moment { ground.at }
}

extension StaffAct: Record {
    static let table = EvidenceTable(
        "staff_act", "area", "act", "staff", "kind", .text("display_name"), .text("password_hash"), "must_change",
        .text("reason"), "matter", "by_kind", "by_number", "happened_at")

    init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        act = try row.int(1)
        staff = try row.id(2)
        kind = try row.code(3)
        displayName = try row.textOrNil(4)
        passwordHash = try row.textOrNil(5)
        mustChange = try row.intOrNil(6).map { $0 != 0 }
        ground = Ground(
            try row.text(7), matter: row.isNull(8) ? nil : try row.id(8),
            by: Actor(kind: try row.int(9), number: try row.int(10)) ?? .system, at: try row.moment(11))
    }

    var values: [Value] {
        [
            Value(area), .int(act), Value(staff), .int(kind.rawValue), Value(displayName), Value(passwordHash),
            Value(mustChange.map { $0 ? 1 : 0 }),
        ] + ground.values
    }

    static let ofStaff = SQL("SELECT \(table.columnList) FROM staff_act WHERE area = ? AND staff = ? ORDER BY act")
}

extension EventKind {
    /// 开设经办账号
    public static let staffOpened: EventKind = "staff.opened"
    /// 修改密码
    public static let staffPasswordChanged: EventKind = "staff.passwordChanged"
    /// 停用账号
    public static let staffLocked: EventKind = "staff.locked"
    /// 恢复账号
    public static let staffUnlocked: EventKind = "staff.unlocked"
    /// 注销账号
    public static let staffClosed: EventKind = "staff.closed"
    /// 更改姓名
    public static let staffRenamed: EventKind = "staff.renamed"
    /// 作废密码,待发初始密码
    public static let staffPasswordVoided: EventKind = "staff.passwordVoided"
    /// 登录
    public static let signedIn: EventKind = "staff.signedIn"
    /// 登录被拒
    public static let signInRefused: EventKind = "staff.signInRefused"
    /// 退出
    public static let signedOut: EventKind = "staff.signedOut"
}

/// A member of staff as of now (经办人员账号): the sum of the acts.
public struct StaffAccount: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// 正常
        case open
        /// 停用
        case locked
        /// 注销
        case closed

        public var name: String {
            switch self {
            case .open: "正常"
            case .locked: "停用"
            case .closed: "已注销"
            }
        }
    }

    public let area: AreaCode
    public let id: ID<StaffMember>
    public let login: String
    public internal(set) var displayName: String
    public internal(set) var state: State
    /// The password in force was set by someone else, or for the first time.
    public internal(set) var passwordIsFirst: Bool
    public internal(set) var passwordSetAt: Moment
    /// Nil until a first password has been handed out.
    var passwordHash: String?
    /// The act that set the password in force: a session opened under another one is void.
    var credentialAct: Int64
    /// The last unlocking: failures before it are forgiven.
    var unlockedAt: Moment?

    /// A first password is to be handed out (待发初始密码): after the opening, and when the old one was voided.
    public var awaitsPassword: Bool { passwordHash == nil && state != .closed }

    /// Whether the password must be changed before anything else.
    public func mustChangePassword(at now: Moment, rules: SignInRules) -> Bool {
        let isOld = rules.passwordDaysMax.map { now.day - passwordSetAt.day > $0 } ?? false
        return passwordIsFirst || isOld
    }

    /// The account that these acts add up to; nil unless they begin with the opening.
    init?(area: AreaCode, id: ID<StaffMember>, login: String, acts: [StaffAct]) {
        guard let first = acts.first, first.kind == .opened else { return nil }
        self.area = area
        self.id = id
        self.login = login
        displayName = first.displayName ?? login
        state = .open
        passwordIsFirst = true
        passwordSetAt = first.at
        credentialAct = first.act
        for act in acts.dropFirst() { take(act) }
    }

    private mutating func take(_ act: StaffAct) {
        switch act.kind {
        case .opened: break
        case .passwordChanged:
            passwordHash = act.passwordHash
            passwordIsFirst = act.mustChange ?? true
            passwordSetAt = act.at
            credentialAct = act.act
        case .locked: if state == .open { state = .locked }
        case .unlocked:
            if state == .locked { state = .open }
            unlockedAt = act.at
        case .closed: state = .closed
        case .renamed: displayName = act.displayName ?? displayName
        case .passwordVoided:
            passwordHash = nil
            credentialAct = act.act
        }
    }
}
