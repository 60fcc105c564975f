import Basics

/// In or out, seen from here (转移方向).
public enum TransferDirection: Int64, Sendable, CaseIterable {
    /// 转入
    case incoming = 1
    /// 转出
    case outgoing = 2

    public var name: String { self == .incoming ? "转入" : "转出" }
}

/// Which of the two time limits runs (办理时限), and from what day.
public struct TransferLimit: Hashable, Sendable {
    public enum Kind: Int64, Sendable {
        /// 转出地: form and money
        case origin = 1
        /// 转入地: matching and entering
        case destination = 2
    }

    public var kind: Kind
    public var since: Day

    public init(kind: Kind, since: Day) {
        self.kind = kind
        self.since = since
    }
}

/// The three scenes of a transfer (转移场景), 医保办发〔2021〕43号 第二条.
public enum TransferScene: Int64, Sendable, CaseIterable {
    /// 职工医保跨统筹区
    case employee = 1
    /// 居民医保跨统筹区
    case resident = 2
    /// 职工医保与居民医保之间
    case crossScheme = 3

    public var name: String {
        switch self {
        case .employee: "职工医保跨统筹区转移"
        case .resident: "居民医保跨统筹区转移"
        case .crossScheme: "职工医保与居民医保之间转移"
        }
    }
}

/// How far a transfer has come (转移状态): the act that brought it there has the same name.
public enum TransferState: Int64, Sendable, CaseIterable {
    /// 已申请
    case applied = 1
    /// 已受理
    case accepted = 2
    /// 信息表已生成 (转出地)
    case infoReady = 3
    /// 资金已划转 (转出地)
    case fundSent = 4
    /// 信息表已收到 (转入地)
    case infoReceived = 5
    /// 资金已匹配 (转入地)
    case fundMatched = 6
    /// 已计入个人账户 (转入地)
    case credited = 7
    /// 已办结
    case done = 8
    /// 不予受理
    case rejected = 20
    /// 退回更正
    case returned = 21
    /// 超时: an act beside the course, which goes on
    case timeout = 22
    /// 撤回中: the origin has been told, and has not answered
    case withdrawing = 23
    /// 已撤回
    case withdrawn = 24

    public var name: String {
        switch self {
        case .applied: "已申请"
        case .accepted: "已受理"
        case .infoReady: "信息表已生成"
        case .fundSent: "资金已划转"
        case .infoReceived: "信息表已收到"
        case .fundMatched: "资金已匹配"
        case .credited: "已计入账户"
        case .done: "已办结"
        case .rejected: "不予受理"
        case .returned: "退回更正"
        case .timeout: "超时"
        case .withdrawing: "撤回中"
        case .withdrawn: "已撤回"
        }
    }

    /// As the platform's flow chart names it: INFO_READY.
    public var word: String {
        switch self {
        case .applied: "APPLIED"
        case .accepted: "ACCEPTED"
        case .infoReady: "INFO_READY"
        case .fundSent: "FUND_SENT"
        case .infoReceived: "INFO_RECEIVED"
        case .fundMatched: "FUND_MATCHED"
        case .credited: "CREDITED"
        case .done: "DONE"
        case .rejected: "REJECTED"
        case .returned: "RETURNED"
        case .timeout: "TIMEOUT"
        case .withdrawing: "WITHDRAWING"
        case .withdrawn: "WITHDRAWN"
        }
    }

    public var isOver: Bool { self == .done || self == .rejected || self == .withdrawn }
}

/// The course of one transfer as its acts tell it (转移流程): what may follow, on which side.
///
///     APPLIED → ACCEPTED → (out) INFO_READY → FUND_SENT → DONE
///                        → (in)  INFO_RECEIVED → FUND_MATCHED → CREDITED → DONE
///
/// An account without money skips the steps of money. A form that is returned comes again. Until the form is made a
/// transfer can be withdrawn: by letter at once; by message when the origin has answered, since the form may be on its
/// way already, and then the transfer goes on, within the limit that ran before.
public struct TransferCourse: Hashable, Sendable {
    public let direction: TransferDirection
    public private(set) var state: TransferState?
    /// Whether the form names money; unknown before there is one.
    public private(set) var hasMoney: Bool?
    /// Money is sent once, even where the form is corrected afterwards.
    public private(set) var isMoneySent = false
    /// The time limit that runs; nil while nothing is awaited.
    public private(set) var limit: TransferLimit?
    /// The present step has run over its time limit.
    public private(set) var isLate = false

    public init(_ direction: TransferDirection) { self.direction = direction }

    /// What may come next, timeouts aside.
    public var next: Set<TransferState> {
        switch (direction, state) {
        case (_, nil): [.applied]
        case (_, .applied): [.accepted, .rejected, .withdrawn]
        case (.incoming, .accepted): [.infoReceived, .rejected, .withdrawing, .withdrawn]
        case (.incoming, .withdrawing): [.withdrawn, .accepted, .infoReceived, .rejected]
        case (.incoming, .infoReceived): hasMoney == true ? [.fundMatched, .returned] : [.done, .returned]
        case (.incoming, .fundMatched): [.credited]
        case (.incoming, .credited): [.done]
        case (.incoming, .returned): [.infoReceived, .rejected]
        case (.outgoing, .accepted): [.infoReady, .rejected, .withdrawn]
        case (.outgoing, .infoReady): hasMoney == true && !isMoneySent ? [.fundSent, .returned] : [.done, .returned]
        case (.outgoing, .fundSent): [.done, .returned]
        case (.outgoing, .returned): [.infoReady]
        default: []
        }
    }

    public func mayTake(_ act: TransferState) -> Bool {
        if act == .timeout { return state.map { !$0.isOver } == true && !isLate }
        return next.contains(act)
    }

    /// Takes an act that may be taken.
    ///
    /// - Parameter hasMoney: of a form made or received, whether it names money.
    /// - Returns: false, and nothing changes, when it may not come now.
    @discardableResult
    public mutating func take(_ act: TransferState, on day: Day, hasMoney money: Bool? = nil) -> Bool {
        guard mayTake(act) else { return false }
        if act == .timeout {
            isLate = true
            return true
        }
        // Asking for a withdrawal and being refused it give nobody further days.
        let goesOn = act == .withdrawing || state == .withdrawing && act == .accepted
        state = act
        if goesOn { return true }
        isLate = false
        if act == .infoReady || act == .infoReceived { hasMoney = money ?? hasMoney ?? false }
        if act == .fundSent { isMoneySent = true }
        run(act, day)
        return true
    }

    /// Acceptance and a returned form give the origin its days, a form the destination; what stands between the form
    /// and the end falls within the days that run already. An origin that has no money to send is done with the form.
    private mutating func run(_ act: TransferState, _ day: Day) {
        switch act {
        case .accepted, .returned: limit = TransferLimit(kind: .origin, since: day)
        case .infoReceived: limit = TransferLimit(kind: .destination, since: day)
        case .infoReady: if hasMoney != true || isMoneySent { limit = nil }
        case .fundMatched, .credited, .withdrawing: break
        case .applied, .fundSent, .done, .rejected, .withdrawn, .timeout: limit = nil
        }
    }
}
