import Basics
import Contributions
import Control
import Storage

/// Giving money back (退费): approved by amount, paid by the cashier or the tax office, and only then out of the books.
extension ContributionMatters {
    static let refund = MatterKind(
        code: "contributions.refund", name: "退费", section: .contributions, basis: "社会保险经办条例第三十七条",
        fields: [
            receipt, amount, FormField("payee", "收款人", .text(max: 60)),
            FormField("account", "收款账号", .text(max: 40), help: "开户银行和账号"), reason,
        ],
        steps: moneyRoute("contributions.receipts"), amount: { $0.moneyIfGiven("amount") },
        check: { tx, draft in
            try problems {
                try Contributions.requireInSuspense(
                    tx, area: draft.area, ID(draft.form.whole("receipt")), draft.form.money("amount"))
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let order = try Contributions.orderRefund(
                tx, area: approved.area, ID(try form.whole("receipt")), try form.money("amount"),
                payee: form.text("payee"), account: form.text("account"), ground(approved, "退费"))
            let next =
                order.isPaidByTaxOffice
                ? "税务征收的钱由税务机关退库:请把退费申请书转税务,退库后随税务文件的退费行入账"
                : "请出纳按付款单付款,回单后办理“退费付款结果”"
            return Carried(
                [("receipt", order.receipt.raw), ("refund", order.act.raw)],
                "到账 \(try printed(tx, approved.area, order.receipt)) 的暂收款 \(order.amount) 元已核准退费(退费 \(order.act));"
                    + next)
        }, prints: [PrintKind("refund.order", "退费付款单(退库申请)")]
    ).measuring { tx, area, form, _ in
        guard let receipt = form.wholeIfGiven("receipt") else { return form.moneyIfGiven("amount") }
        return try together(form, Contributions.refunded(tx, area: area, of: ID(receipt)))
    }.previewing { tx, draft in
        let receipt = ID<Receipt>(try draft.form.whole("receipt"))
        return try levelled(draft.form, "到账 \(receipt) 此前已退", Contributions.refunded(tx, area: draft.area, of: receipt))
    }

    /// What became of a refund: the cashier says it, whoever reviews vouchers compares it with the bank's slip.
    static let answerRefund = MatterKind(
        code: "contributions.refund.answer", name: "退费付款结果", section: .contributions,
        basis: "会计法第三十五条;社会保险经办条例第三十七条",
        fields: [
            FormField("refund", "退费编号", .whole(1...Int64.max), help: "在“退费”列表中查看"),
            FormField("outcome", "结果", .choice([("1", "已付"), ("2", "未付(退票、不予退库)")])),
            FormField("answer", "付款流水号或未付原因", .text(max: 60)), FormField("day", "日期", .day, help: "回单上的日期"),
        ],
        papers: [PaperKind("bank", "银行付款回单或退票通知", basis: "《会计基础工作规范》第四十七条")],
        steps: [
            RouteStep("payment", "出纳登记", post: "cashier", limit: 1),
            RouteStep("review", "复核", post: "finance.review", limit: 1),
        ],
        check: { tx, draft in
            try problems {
                _ = try Contributions.requireAnswerable(
                    tx, area: draft.area, ID(draft.form.whole("refund")), outcome(draft.form), on: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let order = try Contributions.answerRefund(
                tx, area: approved.area, ID(try approved.form.whole("refund")), try outcome(approved.form),
                ground(approved, "退费付款结果"))
            let subjects: [(kind: String, id: Int64)] = [("receipt", order.receipt.raw), ("refund", order.act.raw)]
            guard case .paid = order.outcome else {
                return Carried(subjects, "退费 \(order.act) 未付 \(order.amount) 元,回到暂收款,可以重新办理")
            }
            return Carried(subjects, "退费 \(order.act) 已付 \(order.amount) 元给\(order.payee)")
        })

    private static func outcome(_ form: FormValues) throws -> RefundOrder.Outcome {
        let (answer, day) = (form.text("answer"), try form.day("day"))
        return form.text("outcome") == "1" ? .paid(serial: answer, day: day) : .failed(reason: answer, day: day)
    }
}
