import Basics
import Contributions
import Sheets

extension CollectionReport {
    /// The report as a table to read and to take away (征缴周报、月报).
    public var sheet: Sheet {
        var rows: [[Sheet.Cell]] = self.rows.map { row in
            [
                .text(row.insurance.name), .text(row.payer.name), .count(row.bills), .money(row.billed),
                .money(row.received), .money(row.lateFees),
            ]
        }
        rows.append([.text("合计"), .text(""), .text(""), .money(billed), .money(received), .money(lateFees)])
        for source in sources {
            rows.append([
                .text("到账来源"), .text(source.source.name), .count(source.count), .text(""), .money(source.amount),
                .text(""),
            ])
        }
        for income in incomes {
            rows.append([
                .text("分险种收入"), .text("\(income.book.name) \(income.part.name)"), .text(""), .text(""),
                .money(income.amount), .text(""),
            ])
        }
        let others = [
            ("财政补助", fiscal), ("资助参保", aid), ("退费", refunded), ("期初暂收款余额", suspenseBefore),
            ("期末暂收款余额", suspense),
        ]
        for (title, amount) in others {
            rows.append([.text(title), .text(""), .text(""), .text(""), .money(amount), .text("")])
        }
        return Sheet(
            name: "征缴情况 \(days.lowerBound)至\(days.upperBound)", columns: ["险种", "缴费人", "笔数", "应缴", "实收", "滞纳金"],
            rows: rows)
    }
}

extension ReconciliationSheet {
    /// The list of differences (对账差异清单).
    public var sheet: Sheet {
        Sheet(
            name: "\(source.name)对账 \(days.lowerBound)至\(days.upperBound)", columns: ["差异", "流水号", "对方金额", "我方金额"],
            rows: differences.map { difference in
                [
                    .text(difference.kind.name), .text(difference.serial), .money(difference.stated),
                    .money(difference.own),
                ]
            })
    }
}
