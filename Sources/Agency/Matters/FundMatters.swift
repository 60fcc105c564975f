import Basics
import Contributions
import Control
import Fund
import Storage

/// The matters of the fund's books (基金财务办件).
enum FundMatters {
    static let kinds = [closePeriod]

    /// Closes a month of both ledgers for good. A closed month is not opened again: what is found later is corrected in
    /// the month in which it is found, in red where it takes something back.
    static let closePeriod = MatterKind(
        code: "fund.period.close", name: "月末结账", section: .fund, basis: "财会〔2017〕28号第一部分;《会计基础工作规范》第五十一条",
        fields: [FormField("month", "会计期间", .month, help: "从最早没有结账的月份起,逐月结账;结账后不能再记入该月")],
        steps: [
            RouteStep("reception", "制单", post: "accountant", limit: 2),
            RouteStep("review", "复核", post: "finance.review", limit: 2),
        ],
        check: { tx, draft in
            try Agency.objections(tx, area: draft.area, closing: try draft.form.month("month"), on: draft.today)
        },
        effect: .atOnce { tx, approved in
            let month = try approved.form.month("month")
            try Periods.close(tx, area: approved.area, month: month, by: approved.actor, at: approved.at)
            return Carried([], "\(month) 已结账:" + (try words(tx, approved.area, month)).joined(separator: ";"))
        }
    ).previewing { tx, draft in
        let month = try draft.form.month("month")
        return try words(tx, draft.area, month) + ["结账后 \(month) 及以前不能再记账;以后发现的差错在当期红字更正"]
    }

    /// What the month's books come to, ledger by ledger.
    private static func words(_ tx: any Transaction, _ area: AreaCode, _ month: Month) throws -> [String] {
        let chart = try FundDesk.chart(tx, area: area)
        let vouchers = try Vouchers.count(tx, area: area, month: month)
        return try [
            (Ledger.general, "基金账凭证 \(vouchers) 张,"), (Ledger.payable, "应付明细账"),
        ].map { ledger, title in
            let trial = try Balances.trial(tx, area: area, ledger: ledger, month: month, chart: chart)
            return "\(title)本期借方 \(trial.map(\.debit).total()) 元、贷方 \(trial.map(\.credit).total()) 元"
        }
    }
}
