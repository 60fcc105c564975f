import Basics

/// Why a spell of insurance began, was suspended, went on or ended (参保变动原因).
public enum SpellReason: Int64, Sendable, CaseIterable {
    // Beginnings
    /// 新参保
    case firstEnrolment = 1
    /// 续保
    case renewal = 2
    /// 外地转入
    case transferIn = 3
    /// 单位间转移
    case newEmployer = 4
    /// 险种转换: 职工与居民之间
    case otherInsurance = 5
    /// 人员类别变更
    case otherCategory = 6
    /// 单位合并
    case employerMerged = 7
    /// 人员并入
    case personMerged = 8
    /// 新生儿
    case newborn = 9
    /// 期初接收: insured in the former system when the agency opened its books
    case takenOver = 10
    /// 退休人员转入: retired, or a cadre at rest (离休), where he comes from
    case retiredElsewhere = 11

    // Ends and suspensions
    /// 解除或终止劳动关系
    case leftEmployer = 21
    /// 转出外地
    case transferOut = 22
    /// 死亡
    case death = 23
    /// 判刑收监
    case prison = 24
    /// 失踪
    case missing = 25
    /// 服兵役
    case military = 26
    /// 出境定居
    case abroad = 27
    /// 单位注销
    case employerClosed = 28
    /// 本人申请
    case ownRequest = 29
    /// 欠费
    case arrears = 30

    // Resumptions
    /// 补缴后恢复
    case paid = 41
    /// 情形消失后恢复: released, found, demobilised
    case returned = 42

    /// 其他
    case other = 99

    public var name: String {
        switch self {
        case .firstEnrolment: "新参保"
        case .renewal: "续保"
        case .transferIn: "外地转入"
        case .newEmployer: "单位间转移"
        case .otherInsurance: "险种转换"
        case .otherCategory: "人员类别变更"
        case .employerMerged: "单位合并"
        case .personMerged: "重复人员并入"
        case .newborn: "新生儿参保"
        case .takenOver: "期初接收"
        case .retiredElsewhere: "退休人员转入"
        case .leftEmployer: "解除或终止劳动关系"
        case .transferOut: "转出外地"
        case .death: "死亡"
        case .prison: "判刑收监"
        case .missing: "失踪"
        case .military: "服兵役"
        case .abroad: "出境定居"
        case .employerClosed: "单位注销"
        case .ownRequest: "本人申请"
        case .arrears: "欠费"
        case .paid: "补缴后恢复"
        case .returned: "情形消失后恢复"
        case .other: "其他"
        }
    }

    /// What staff may choose from when they end or suspend a spell.
    public static let endings: [SpellReason] = [
        .leftEmployer, .transferOut, .death, .prison, .missing, .military, .abroad, .ownRequest, .other,
    ]

    /// A suspension for arrears stops the benefits alone; for any other reason no contribution falls due either
    /// (暂停缴费 `psn_clct_stas` 2).
    public var stopsContributions: Bool { self != .arrears }

    /// The same insurance goes on under another employer, category or number: whoever is away stays enrolled, and a
    /// suspension goes on with it.
    public var continues: Bool { [.employerMerged, .otherCategory, .personMerged].contains(self) }

    /// Why a spell is suspended or ended by an event of life.
    init?(_ state: LifeStatus.State) {
        switch state {
        case .normal: return nil
        case .dead: self = .death
        case .imprisoned: self = .prison
        case .missing: self = .missing
        case .serving: self = .military
        case .abroad: self = .abroad
        }
    }
}

extension Spell {
    /// 暂停的区间, each with its reason, by first day; the last is open while the suspension goes on.
    public var suspensions: [(period: Period, reason: SpellReason)] {
        var found: [(period: Period, reason: SpellReason)] = []
        var begun: Act?
        for act in acts {
            switch (act.kind, begun) {
            case (.suspended, nil): begun = act
            case (.resumed, let start?), (.ended, let start?):
                if let period = Period(from: start.day, through: act.kind == .ended ? act.day : act.day - 1) {
                    found.append((period, start.reason))
                }
                begun = nil
            default: break
            }
        }
        if let begun, let period = Period(from: begun.day, through: self.period.last) {
            found.append((period, begun.reason))
        }
        return found
    }

    /// Whether a contribution falls due for a day: insured, and not suspended for a reason that stops contributions.
    public func owesContribution(on day: Day) -> Bool {
        period.contains(day)
            && !suspensions.contains { $0.reason.stopsContributions && $0.period.contains(day) }
    }
}
