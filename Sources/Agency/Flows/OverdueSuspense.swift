import Basics
import Contributions
import Storage

extension Agency {
    /// What should have been cleared out of suspense by today (逾期未清理的暂收款); nil when there is nothing, or the policy
    /// sets no limit. The first page warns of it.
    public func overdueSuspense(_ area: AreaCode) async throws -> OverdueSuspense? {
        let today = clock().day
        return try await store.read { tx in try Agency.overdueSuspense(tx, area: area, on: today) }
    }

    static func overdueSuspense(_ tx: any Transaction, area: AreaCode, on today: Day) throws -> OverdueSuspense? {
        guard let limit = try SuspenseLimit(law(tx, area: area), on: today) else { return nil }
        return try Contributions.overdueSuspense(tx, area: area, before: limit.firstInTime(on: today))
    }

    /// The point of the risk self-check: how much waits too long, receipt by receipt.
    static func suspensePoint(
        _ tx: any Transaction, area: AreaCode, on today: Day, rowsMax: Int
    ) throws -> RiskPoint {
        let limit = try SuspenseLimit(law(tx, area: area), on: today)
        let overdue = try overdueSuspense(tx, area: area, on: today)
        var items: [SuspenseItem] = []
        while let limit, items.count < rowsMax {
            let read = try Contributions.suspense(
                tx, area: area, before: limit.firstInTime(on: today), after: items.last?.receipt.id ?? ID(0),
                limit: RiskPoint.rowsMax)
            items += read
            if read.count < RiskPoint.rowsMax { break }
        }
        let figure =
            limit == nil ? "政策未写清理期限" : overdue.map { "\($0.count) 笔 \($0.amount) 元" } ?? "0 笔"
        return RiskPoint(
            "contributions.suspense", "暂收款逾期未清理", basis: "财会〔2017〕28号第二部分:暂收款应及时清理", figure: figure,
            limit == nil ? .attention : overdue == nil ? .sound : .finding, ["票据号", "付款方", "转入暂收", "余额"],
            items.map { RiskRow([$0.receipt.numberName, $0.receipt.payerName, "\($0.since)", "\($0.amount)"]) },
            rowCount: overdue?.count ?? 0)
    }
}
