/// The parts of a day's work (日终处理), in the order in which they are done.
public enum DailyPart: Int64, Sendable, CaseIterable {
    /// 办件维护: matters whose papers did not come in time end; the work of people who left, and of substitutes whose
    /// last day was yesterday, goes back to the post.
    case matters = 1
    /// 批量办理: approved jobs go on where they stopped.
    case jobs = 2
    /// 年初核算: once a year everybody's cover is reckoned anew.
    case yearCover = 3
    /// 欠费停保: the cover of people whose month fell due unpaid ends.
    case arrears = 4
    /// 转移超时: transfers whose step has run over its limit are marked.
    case transfers = 5
    /// 过期清理: sessions and exchanged files past their time go.
    case expiry = 6
    /// 账户核对: the sum of the personal accounts is held against the fund's ledger, day by day; days that differ are told
    /// as what was not done, until they agree.
    case accounts = 8
    /// 封存: the day's events are sealed.
    case sealing = 7

    public var name: String {
        switch self {
        case .matters: "办件维护"
        case .jobs: "批量办理"
        case .yearCover: "年初待遇核算"
        case .arrears: "欠费停保"
        case .transfers: "转移超时"
        case .expiry: "过期清理"
        case .accounts: "账户与基金账核对"
        case .sealing: "封存事件"
        }
    }

    /// What is counted: 办件 3 件.
    public var unit: String {
        switch self {
        case .matters, .jobs: "件办件"
        case .yearCover, .arrears: "人待遇有变化"
        case .transfers: "笔转移"
        case .expiry: "项"
        case .accounts: "天账账相符"
        case .sealing: "个事件"
        }
    }

    /// Done once a year instead of once a day.
    var isYearly: Bool { self == .yearCover }
}
