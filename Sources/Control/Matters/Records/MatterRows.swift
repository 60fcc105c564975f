import Basics
import Storage

/// Where a matter stands (办件状态).
public enum MatterState: Int64, Sendable, CaseIterable {
    /// 待受理
    case draft = 1
    /// 办理中
    case underWay = 2
    /// 待补正
    case supplying = 3
    /// 批量办理中
    case carrying = 4
    /// 批量办理中止
    case stopped = 5
    /// 办结
    case carriedOut = 6
    /// 不予办理
    case rejected = 7
    /// 已撤回
    case withdrawn = 8
    /// 逾期终止
    case expired = 9
    /// 已终止: a job that stopped and was not to go on
    case terminated = 10

    public var isEnded: Bool { rawValue >= MatterState.carriedOut.rawValue }

    /// The ends that have brought something about, as the SQL of an IN: whole, or in part.
    static let effective = "\(MatterState.carriedOut.rawValue), \(MatterState.terminated.rawValue)"

    public var name: String {
        switch self {
        case .draft: "待受理"
        case .underWay: "办理中"
        case .supplying: "待补正"
        case .carrying: "批量办理中"
        case .stopped: "批量办理中止"
        case .carriedOut: "已办结"
        case .rejected: "不予办理"
        case .withdrawn: "已撤回"
        case .expired: "逾期终止"
        case .terminated: "已终止"
        }
    }
}

/// The head of a matter (办件): its kind and who opened it; all else is its acts.
struct MatterHead: Sendable, Hashable {
    let area: AreaCode
    let id: ID<Matter>
    let kind: String
    let opener: ID<StaffMember>
    let openedAt: Moment
}

extension MatterHead: Record {
    static let table = EvidenceTable("matter", "area", "id", .text("kind"), "opener", "opened_at")

    init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        id = try row.id(1)
        kind = try row.text(2)
        opener = try row.id(3)
        openedAt = try row.moment(4)
    }

    var values: [Value] { [Value(area), Value(id), .text(kind), Value(opener), Value(openedAt)] }
}

/// Something done in a matter (办理记录).
public struct MatterAct: Sendable, Hashable {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// 登记
        case opened = 1
        /// 修改
        case revised = 2
        /// 受理
        case accepted = 3
        /// 补正通知
        case askedForPapers = 4
        /// 补正
        case supplied = 5
        /// 同意
        case agreed = 6
        /// 不同意
        case disagreed = 7
        /// 弃权
        case abstained = 8
        /// 退回
        case returned = 9
        /// 撤回
        case withdrawn = 10
        /// 转办
        case handedOver = 11
        /// 委托
        case delegated = 12
        /// 加签
        case signersAdded = 13
        /// 抄送
        case copied = 14
        /// 催办
        case reminded = 15
        /// 逾期终止
        case expired = 16
        /// 办理未成
        case effectFailed = 17
        /// 办结
        case carriedOut = 18
        /// 转入批量办理
        case frozen = 19
        /// 批量办理中止
        case stopped = 20
        /// 恢复批量办理
        case resumed = 21
        /// 退回岗位待办
        case released = 22
        /// 会签人离岗
        case lapsed = 23
        /// 不予办理
        case rejected = 24
        /// 收回委托
        case recalled = 25
        /// 终止办理
        case terminated = 26
        /// 金额核定: the desk's records tell another amount than before
        case remeasured = 27
        /// 提请终止: of a stopped job, by the first of two hands
        case endingAsked = 28
        /// 请会签: who is asked in a co-signed step, and in `target` how many they are
        case signersAsked = 29
        /// 增补会签人: of those who left too few
        case signersFilled = 30

        public var name: String {
            switch self {
            case .opened: "登记"
            case .revised: "修改"
            case .accepted: "受理"
            case .askedForPapers: "通知补正"
            case .supplied: "补正"
            case .agreed: "同意"
            case .disagreed: "不同意"
            case .abstained: "弃权"
            case .returned: "退回"
            case .withdrawn: "撤回"
            case .handedOver: "转办"
            case .delegated: "委托"
            case .signersAdded: "加签"
            case .copied: "抄送"
            case .reminded: "催办"
            case .expired: "逾期终止"
            case .effectFailed: "办理未成"
            case .carriedOut: "办结"
            case .frozen: "转入批量办理"
            case .stopped: "批量办理中止"
            case .resumed: "恢复批量办理"
            case .released: "退回岗位待办"
            case .lapsed: "会签人离岗"
            case .rejected: "不予办理"
            case .recalled: "收回委托"
            case .terminated: "终止办理"
            case .remeasured: "金额核定"
            case .endingAsked: "提请终止"
            case .signersAsked: "请会签"
            case .signersFilled: "增补会签人"
            }
        }

        /// Whoever does this has acted in the step, and may act in no other of the matter.
        var isStepAct: Bool {
            switch self {
            case .opened, .revised, .accepted, .askedForPapers, .supplied, .agreed, .disagreed, .abstained, .returned,
                .signersAdded, .effectFailed:
                true
            default: false
            }
        }

        /// The matter itself is no longer what a page opened before has shown.
        var changesMatter: Bool { self != .copied && self != .reminded }

        var event: EventKind { EventKind("matter.\(self)") }
    }

    public let area: AreaCode
    public let matter: ID<Matter>
    public let seq: Int64
    public let kind: Kind
    /// The step it was done in, by its place in the route.
    public let position: Int64
    let task: Int64?
    public let actor: Actor
    /// The post acted under; empty for the house itself and for signers named in person.
    public let post: PostCode
    /// For whom a substitute or a delegate acted.
    public let behalf: ID<StaffMember>?
    /// The version of the form that was before the person's eyes.
    public let formVersion: Int64
    public let opinion: String
    /// A step's place for a return, a member of staff for handing over and delegating.
    public let target: Int64?
    public let at: Moment

    var staff: ID<StaffMember>? {
        if case .staff(let id) = actor { id } else { nil }
    }
}

extension MatterAct: Record {
    static let table = EvidenceTable(
        "matter_act", "area", "matter", "seq", "kind", "position", "task", "actor_kind", "actor", .text("post"),
        "behalf", "form_version", .text("opinion"), "target", "happened_at")

    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        matter = try row.id(1)
        seq = try row.int(2)
        kind = try row.code(3)
        position = try row.int(4)
        task = try row.intOrNil(5)
        actor = Actor(kind: try row.int(6), number: try row.int(7)) ?? .system
        post = PostCode(try row.text(8))
        behalf = try row.intOrNil(9).map { ID($0) }
        formVersion = try row.int(10)
        opinion = try row.text(11)
        target = try row.intOrNil(12)
        at = try row.moment(13)
    }

    var values: [Value] {
        [
            Value(area), Value(matter), .int(seq), .int(kind.rawValue), .int(position), Value(task),
            .int(actor.columns.kind), .int(actor.columns.number), .text(post.text), Value(behalf), .int(formVersion),
            .text(opinion), Value(target), Value(at),
        ]
    }
}

/// One step of a matter's own route (环节), as declared when it was opened or added since.
struct MatterStage: Sendable, Hashable {
    let position: Int64
    let code: String
    let name: String
    /// Empty for signers named in person.
    let post: PostCode
    let signing: Signing
    let limit: Int
    let from: Money?
    /// For an added step: the step whose person asked for it.
    let addedFor: Int64?

    var isAdded: Bool { addedFor != nil }

    func isNeeded(for amount: Money?) -> Bool {
        guard let from else { return true }
        return amount.map { $0.magnitude >= from } ?? false
    }
}

extension MatterStage: Record {
    static let table = EvidenceTable(
        "matter_stage", "area", "matter", "position", "act", .text("code"), .text("name"), .text("post"), "signing",
        "percent", "limit_days", "from_fen", "added_for")

    /// The distance between two declared steps leaves room for added ones.
    static let spacing: Int64 = 100

    init(_ step: RouteStep, index: Int) {
        position = Int64(index + 1) * MatterStage.spacing
        code = step.code
        name = step.name
        post = step.post
        signing = step.signing
        limit = step.limit
        from = step.from
        addedFor = nil
    }

    init(_ row: any Row) throws {
        position = try row.int(2)
        code = try row.text(4)
        name = try row.text(5)
        post = PostCode(try row.text(6))
        signing = try Signing(kind: try row.int(7), percent: Int(try row.int(8)))
        limit = Int(try row.int(9))
        from = try row.intOrNil(10).map { Money(fen: $0) }
        addedFor = try row.intOrNil(11)
    }

    func values(_ area: AreaCode, _ matter: ID<Matter>, act: Int64) -> [Value] {
        [
            Value(area), Value(matter), .int(position), .int(act), .text(code), .text(name), .text(post.text),
            .int(signing.columns.kind), .int(signing.columns.percent), .int(Int64(limit)), Value(from),
            Value(addedFor),
        ]
    }
}

extension Signing {
    var columns: (kind: Int64, percent: Int64) {
        switch self {
        case .one: (1, 0)
        case .all: (2, 0)
        case .any: (3, 0)
        case .percent(let share): (4, Int64(share))
        }
    }

    init(kind: Int64, percent: Int) throws {
        switch kind {
        case 1: self = .one
        case 2: self = .all
        case 3: self = .any
        case 4: self = .percent(percent)
        default: throw StoreError.damaged("\(kind) is no way of signing")
        }
    }
}

/// A piece of work on somebody's list (待办): the running row of a step.
struct MatterTask: Sendable, Hashable {
    enum Purpose: Int64, Sendable {
        /// To act in the step.
        case act = 1
        /// To supply what is missing.
        case supply = 2
    }

    enum Status: Int64, Sendable {
        case open = 1
        case done = 2
        /// The clock stands while papers are missing.
        case paused = 3
        /// Its signer left.
        case lapsed = 4
        /// Overtaken: the step was decided, returned or ended without it.
        case superseded = 5
    }

    enum Vote: Int64, Sendable {
        case agreed = 1
        case disagreed = 2
        case abstained = 3
        /// Done without a voice: returned, supplied.
        case none = 4
    }

    var id: Int64
    var matter: ID<Matter>
    var kind: String
    var position: Int64
    var round: Int64
    var step: String
    var purpose: Purpose
    var status: Status
    var post: PostCode
    /// Who is to act; nil for any holder of the post.
    var assignee: ID<StaffMember>?
    /// The holder of the post on whose behalf the assignee acts, when the work was delegated.
    var principal: ID<StaffMember>?
    var begunDay: Day
    var dueDay: Day
    var daysLeft: Int?
    var vote: Vote?
    var closedBy: ID<StaffMember>?
}

extension MatterTask: Record {
    static let columns =
        "id, matter, kind, position, round, step, purpose, status, post, assignee, principal, begun_day, due_day, "
        + "days_left, vote, closed_by"

    init(_ row: any Row) throws {
        id = try row.int(0)
        matter = try row.id(1)
        kind = try row.text(2)
        position = try row.int(3)
        round = try row.int(4)
        step = try row.text(5)
        purpose = try row.code(6)
        status = try row.code(7)
        post = PostCode(try row.text(8))
        assignee = try row.intOrNil(9).map { ID($0) }
        principal = try row.intOrNil(10).map { ID($0) }
        begunDay = try row.day(11)
        dueDay = try row.day(12)
        daysLeft = try row.intOrNil(13).map { Int($0) }
        vote = try row.codeOrNil(14)
        closedBy = try row.intOrNil(15).map { ID($0) }
    }
}

/// The present state of a matter (当前状态): the running row beside its acts.
struct MatterStatus: Sendable, Hashable {
    var state: MatterState
    /// The step the matter stands in.
    var position: Int64
    /// Counts the returns: a step taken again is a new round.
    var round: Int64
    var lastSeq: Int64
    /// The last act that changed the matter: what a page must have seen before its own act is taken.
    var version: Int64
    var formVersion: Int64
    var title: String
    var endedAt: Moment?
}

extension MatterStatus: Record {
    static let columns = "state, position, round, last_seq, version, form_version, title, ended_at"

    init(_ row: any Row) throws {
        state = try row.code(0)
        position = try row.int(1)
        round = try row.int(2)
        lastSeq = try row.int(3)
        version = try row.int(4)
        formVersion = try row.int(5)
        title = try row.text(6)
        endedAt = try row.intOrNil(7).map { Moment(seconds: $0) }
    }
}
