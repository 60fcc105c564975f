import Basics
import Contributions
import Control
import Storage

extension Agency {
    /// The point of the risk self-check: money that came in or went back and waits for its voucher longer than the agency
    /// allows itself (征缴业务逾期未记账), act by act.
    ///
    /// - Parameter days: 最迟多少天内记账, counted from the day of the act
    static func unbookedPoint(
        _ tx: any Transaction, area: AreaCode, on today: Day, days: Int, rowsMax: Int
    ) throws -> RiskPoint {
        let firstInTime = today - days
        let count = try Contributions.unbookedCount(tx, area: area, before: firstInTime)
        var acts: [LevyAct] = []
        while acts.count < min(count, rowsMax) {
            let page = try Contributions.unbooked(
                tx, area: area, before: firstInTime, after: acts.last?.id ?? ID(0), limit: RiskPoint.rowsMax)
            if page.isEmpty { break }
            acts += page
        }
        return RiskPoint(
            "contributions.unbooked", "征缴业务超过 \(days) 天未记账", basis: "会计法第九条:根据实际发生的经济业务事项进行会计核算",
            figure: "\(count) 笔", count == 0 ? .sound : .finding, ["业务", "编号", "发生日期", "已等待", "依据"],
            acts.map { act in
                RiskRow(
                    [
                        act.kind.name, "\(act.id)", "\(act.at.day)", "\(today - act.at.day) 天", act.ground,
                    ], act.matter.map { .matter($0) })
            },
            rowCount: count)
    }
}
