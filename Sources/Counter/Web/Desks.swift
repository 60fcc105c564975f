import Control

/// A desk as the bar at the top names it, with its pages below.
struct Desk: Sendable {
    struct Page: Sendable {
        let path: String
        let title: String
        let needs: Permission

        init(_ path: String, _ title: String, _ needs: Permission) {
            self.path = path
            self.title = title
            self.needs = needs
        }
    }

    let title: String
    let pages: [Page]

    static let all: [Desk] = [
        Desk(
            title: "工作台",
            pages: [
                Page("/work", "我的工作台", .matters), Page("/matters/new", "办理事项", .matters),
                Page("/", "今日结算", .overview),
            ]),
        Desk(
            title: "参保",
            pages: [
                Page("/people", "参保人", .people), Page("/employers", "参保单位", .employers),
                Page("/lists", "批量业务", .people), Page("/targets", "目标任务", .people),
                Page("/population", "应保未保", .people),
                Page("/hand-overs", "移交乡镇", .people),
            ]),
        Desk(
            title: "征缴",
            pages: [
                Page("/bills", "应缴", .contributions), Page("/unbilled", "未申报未核定", .contributions),
                Page("/receipts", "到账", .contributions),
                Page("/suspense", "暂收款", .contributions), Page("/refunds", "退费", .contributions),
                Page("/arrears", "欠费", .contributions),
                Page("/collection", "征缴报表", .contributions), Page("/reconciliations", "对账", .contributions),
                Page("/blanks", "空白票据", .contributions), Page("/accounts", "个人账户", .people),
            ]),
        Desk(
            title: "转移",
            pages: [
                Page("/transfers", "转移业务", .portability), Page("/transfers/receipts", "待匹配资金", .portability),
                Page("/transfers/due", "待付资金", .portability), Page("/transfers/orders", "付款单", .portability),
                Page("/transfers/agencies", "对方机构", .portability), Page("/transfers/statistics", "转移统计", .portability),
            ]),
        Desk(title: "财务", pages: [Page("/periods", "会计期间", .fund)]),
        Desk(title: "结算", pages: [Page("/settlements", "结算", .settlements)]),
        Desk(title: "机构", pages: [Page("/providers", "定点机构", .providers)]),
        Desk(title: "政策", pages: [Page("/policies", "政策", .policies)]),
        Desk(
            title: "内控",
            pages: [
                Page("/organisation", "科室和岗位", .organisation), Page("/organisation/staff", "人员和账号", .organisation),
                Page("/organisation/incompatible", "不相容岗位", .organisation), Page("/risk", "风险检查", .risk),
                Page("/daily", "日终处理", .organisation),
                Page("/events", "事件", .events),
            ]),
    ]

    /// Whether a visitor may open what lies below a path (a person, a settlement): a link that leads to a refusal is none.
    static func isOpen(_ path: String, for session: Session) -> Bool {
        if path.hasPrefix("/matters/") { return session.has(.everyMatter) }
        let pages = all.flatMap(\.pages).filter { path.hasPrefix($0.path + "/") }
        return pages.max { $0.path.count < $1.path.count }.map { session.has($0.needs) } ?? false
    }

    /// The bar and the pages of the desk that is open, for one visitor.
    static func menu(at path: String, for session: Session) -> (desks: [Model], pages: [Model]) {
        var desks: [Model] = []
        var pages: [Model] = []
        for desk in all {
            let open = desk.pages.filter { session.has($0.needs) }
            guard let first = open.first else { continue }
            let isCurrent = desk.pages.contains { $0.path == path }
            desks.append(["href": first.path, "title": desk.title, "current": isCurrent])
            if isCurrent, open.count > 1 {
                pages = open.map { ["href": $0.path, "title": $0.title, "current": $0.path == path] }
            }
        }
        return (desks, pages)
    }
}
