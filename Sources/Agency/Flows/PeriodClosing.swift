import Basics
import Contributions
import Control
import Fund
import Policy
import Storage

/// Closing a month of the fund's books (月末结账): what must be done before, across the desks.
extension Agency {
    /// What keeps a month from being closed (结账前检查): each with the rows that are still to be dealt with.
    static func objections(
        _ tx: any Transaction, area: AreaCode, closing month: Month, on today: Day
    ) throws -> [Problem] {
        guard month < today.month else {
            return [
                Problem("fund.period.early", field: "month", "\(month) 还没有过完,\((month + 1).first) 起才能结账,请核对月份")
            ]
        }
        let standing = try Periods.objections(tx, area: area, closing: month)
        let receipts = try [
            unclearedSuspense(tx, area, month, today), unbookedReceipts(tx, area, month),
            unreconciledDays(tx, area, month), unexplainedDifferences(tx, area, month),
        ].compactMap(\.self)
        let accounts = try AccountLinks(area: area).problems(tx, in: month.first...month.last)
        return standing + receipts + accounts
    }

    /// So many rows stand in a sentence.
    private static let rowsNamed = 5

    private static func named(_ rows: [String]) -> String {
        rows.prefix(rowsNamed).joined(separator: ";") + (rows.count > rowsNamed ? " 等 \(rows.count) 项" : "")
    }

    /// Money of the month that has waited in suspense for longer than the policy allows.
    private static func unclearedSuspense(
        _ tx: any Transaction, _ area: AreaCode, _ month: Month, _ today: Day
    ) throws -> Problem? {
        guard let limit = try SuspenseLimit(law(tx, area: area), on: today) else { return nil }
        let before = min(limit.firstInTime(on: today), month.last + 1)
        guard let overdue = try Contributions.overdueSuspense(tx, area: area, before: before) else { return nil }
        let rows = try Contributions.suspense(tx, area: area, before: before, limit: rowsNamed + 1).map {
            "到账 \($0.receipt.numberName) \($0.receipt.payerName) \($0.amount) 元(\($0.since) 转入)"
        }
        return Problem(
            "fund.close.suspense", field: "month",
            "有 \(overdue.count) 笔 \(overdue.amount) 元暂收款超过 \(limit.days) 天没有清理,请认领或退费后再结账:"
                + rows.prefix(rowsNamed).joined(separator: ";"))
    }

    private static func unbookedReceipts(
        _ tx: any Transaction, _ area: AreaCode, _ month: Month
    ) throws -> Problem? {
        let acts = try Contributions.unbooked(tx, area: area, limit: 500).filter { $0.at.day <= month.last }
        guard !acts.isEmpty else { return nil }
        return Problem(
            "fund.close.unbooked", field: "month",
            "\(month) 及以前还有征缴业务没有记账,请先办理征缴记账:" + named(acts.map { "\($0.kind.name) \($0.id)(\($0.at.day))" }))
    }

    /// POS day by day, the tax office's month as a whole.
    private static func unreconciledDays(
        _ tx: any Transaction, _ area: AreaCode, _ month: Month
    ) throws -> Problem? {
        let days = month.first...month.last
        func waiting(_ source: ReceiptSource) throws -> [UnreconciledDay] {
            // What came in of earlier days, or was taken back of them, after their own month had been closed.
            try Contributions.unreconciled(tx, area: area, source, arrived: days, paidBefore: month.first)
                + Contributions.unreconciled(tx, area: area, source, paid: days)
        }
        var rows = try waiting(.terminal).map { "POS \($0.day) \($0.count) 笔 \($0.amount) 元" }
        let taxed = Dictionary(grouping: try waiting(.tax), by: \.day.month).sorted { $0.key < $1.key }
        for (month, tax) in taxed {
            rows.append("税务 \(month) \(tax.map(\.count).reduce(0, +)) 笔 \(tax.map(\.amount).total()) 元")
        }
        guard !rows.isEmpty else { return nil }
        return Problem("fund.close.unreconciled", field: "month", "还有到账没有对账,请先办理到账对账:" + named(rows))
    }

    private static func unexplainedDifferences(
        _ tx: any Transaction, _ area: AreaCode, _ month: Month
    ) throws -> Problem? {
        // Those of earlier months too: one that was made after its month had been closed is nobody else's to ask for.
        let open = try Contributions.openReconciliations(tx, area: area, through: month.last)
        guard !open.isEmpty else { return nil }
        let rows = open.map {
            "对账 \($0.act) \($0.source.name) \($0.days.lowerBound) 至 \($0.days.upperBound) 差异 \($0.differenceCount) 笔"
        }
        return Problem(
            "fund.close.differences", field: "month", "还有对账差异没有处理,请更正后重新对账,或办理对账差异说明:" + named(rows))
    }
}
