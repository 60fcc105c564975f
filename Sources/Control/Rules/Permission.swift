/// What a post opens (权限). Permissions belong to posts, never to people; which post has which is data
/// (knowledge/control/posts.csv). They open pages and lists: what a person may *change* is decided by the routes of
/// the matters, step by step.
public enum Permission: String, Sendable, CaseIterable, Comparable {
    /// 看今日概况
    case overview = "overview.read"
    /// 办件:发起、受理、审核
    case matters = "matters.work"
    /// 查阅全部办件
    case everyMatter = "matters.all"
    /// 查询参保人
    case people = "people.read"
    /// 查询单位
    case employers = "employers.read"
    /// 查询征缴
    case contributions = "contributions.read"
    /// 查询转移接续
    case portability = "portability.read"
    /// 查询结算
    case settlements = "settlements.read"
    /// 查询定点机构
    case providers = "providers.read"
    /// 查询政策
    case policies = "policies.read"
    /// 查询基金账
    case fund = "fund.read"
    /// 查询智能审核
    case screening = "screening.read"
    /// 查询稽核
    case audit = "audit.read"
    /// 查阅事件链
    case events = "events.read"
    /// 查阅科室、岗位和人员
    case organisation = "organisation.read"
    /// 发放初始密码
    case accounts = "accounts.manage"
    /// 风险自查
    case risk = "risk.read"

    public var name: String {
        switch self {
        case .overview: "看今日概况"
        case .matters: "办件"
        case .everyMatter: "查阅全部办件"
        case .people: "查询参保人"
        case .employers: "查询单位"
        case .contributions: "查询征缴"
        case .portability: "查询转移接续"
        case .settlements: "查询结算"
        case .providers: "查询定点机构"
        case .policies: "查询政策"
        case .fund: "查询基金账"
        case .screening: "查询智能审核"
        case .audit: "查询稽核"
        case .events: "查阅事件链"
        case .organisation: "查阅科室岗位人员"
        case .accounts: "发放初始密码"
        case .risk: "风险自查"
        }
    }

    public static func < (a: Permission, b: Permission) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
}
