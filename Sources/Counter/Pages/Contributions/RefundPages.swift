import Agency
import Basics
import Contributions
import Control
import Hummingbird
import Storage

/// Refunds (退费): what was approved, who pays it, what became of it; and the payment order on paper.
struct RefundPages: Sendable {
    let site: Site
    private static let pageRows = 100

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/refunds", to: router) { try await list($0, $1, $2) }
        router.get("/refunds/{id}/print") { try await printed($1, asPDF: false) }
        router.get("/refunds/{id}/print.pdf") { try await printed($1, asPDF: true) }
    }

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let before = query.number("after").map { ID<LevyAct>($0) } ?? ID(Int64.max)
        let limit = format.rows(ofPage: Self.pageRows)
        let found = try await site.agency.store.read { [area = site.area] tx in
            try Contributions.refunds(tx, area: area, before: before, limit: limit)
        }
        let mayAnswer = try !site.matterLinks([("contributions.refund.answer", "结果")], context).isEmpty
        let rows = found.map { order -> [Table.Cell] in
            [
                .link("\(order.act)", to: "/refunds/\(order.act)/print"), .day(order.day),
                .link("\(order.receipt)", to: "/receipts/\(order.receipt)"), .text(order.source.name),
                .text(order.payee), .text(order.account), .money(order.amount), order.badge, .text(order.answer),
                .matter(order.matter),
                order.outcome == nil && mayAnswer
                    ? .link("登记结果", to: "/matters/new/contributions.refund.answer?refund=\(order.act)") : .text(""),
            ]
        }
        return ListPage(
            title: "退费", path: "/refunds",
            lead: "银行、POS、代收点收来的,由出纳按付款单付款后登记结果;税务征收的,由税务机关退库,随税务文件的退费行入账。付出以前钱留在暂收款,不能另作他用。",
            table: Table(
                ["退费", "核准日", "到账", "来源", "收款人", "收款账号", "金额", "状态", "流水号或原因", "办件", ""], rows,
                empty: "还没有核准过退费;在暂收款的到账页办理“退费”"),
            links: try site.matterLinks([("contributions.refund.answer", "退费付款结果")], context),
            next: found.count == limit ? query.link("/refunds", ["after": "\(found.last!.act)"]) : nil,
            first: before.raw == Int64.max ? nil : "/refunds")
    }

    /// The order to pay on paper: to the cashier, or to the tax office.
    private func printed(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("contributions.refund.unknown", "没有这笔退费,请从退费列表进入")
        }
        let (order, receipt, signers) = try await site.agency.store.read { [area = site.area] tx in
            let order = try Contributions.requireRefund(tx, area: area, ID(number))
            return (
                order, try Contributions.receipt(tx, area: area, order.receipt),
                try Signers(of: order.matter, area: area, tx)
            )
        }
        let model: Model = [
            "order": "\(order.act)", "day": order.day.description, "payee": order.payee, "account": order.account,
            "amount": order.amount.grouped, "words": order.amount.inChinese, "source": order.source.name,
            "receipt": receipt?.numberName ?? "", "serial": receipt?.serial ?? "",
            "payer": receipt?.payerName ?? "", "isTax": order.isPaidByTaxOffice, "isCash": !order.isPaidByTaxOffice,
            "opener": signers.opener, "reviewer": signers.reviewer, "approvers": signers.approvers,
            "matter": order.matter.map { "\($0)" } ?? "", "isAnswered": order.outcome != nil,
            "answered": order.printedAnswer,
        ]
        let page = PrintedPage(
            view: "print/refund-order",
            title: "\(order.isPaidByTaxOffice ? "退库申请" : "退费付款单")-\(order.act)",
            address: "/refunds/\(order.act)/print", back: "/refunds")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }
}

extension RefundOrder {
    fileprivate var badge: Table.Cell {
        switch outcome {
        case .paid: .badge("已付", .fine)
        case .failed: .badge("未付", .grey)
        case nil: .badge(isPaidByTaxOffice ? "待税务退库" : "待付款", .warn)
        }
    }

    /// What an answered order says across its print, so that nobody pays it again.
    fileprivate var printedAnswer: String {
        switch outcome {
        case .paid: "已付,流水号 \(answer),不得重复付款"
        case .failed: "作废,未付:\(answer)"
        case nil: ""
        }
    }

    fileprivate var answer: String {
        switch outcome {
        case .paid(let serial, let day): "\(serial)(\(day))"
        case .failed(let reason, let day): "\(reason)(\(day))"
        case nil: ""
        }
    }
}
