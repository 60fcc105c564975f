import Basics
import Control
import Portability
import Sheets
import Storage

/// Matters of the money that transfers take along (转移资金办件): ordered as one sum, answered by the bank.
extension PortabilityMatters {
    /// Money that leaves: by amount up to the principal (分级授权).
    private static let moneyRoute =
        route() + [
            RouteStep("chief", "科长审批", post: "enrolment.chief", limit: 2, from: Money(yuan: 10_000)),
            RouteStep("deputy", "分管领导审批", post: "deputy", limit: 2, from: Money(yuan: 100_000)),
            ControlMatters.groupSigns(from: Money(yuan: 1_000_000)),
            RouteStep("director", "主要负责人审批", post: "director", limit: 3, from: Money(yuan: 1_000_000)),
        ]

    /// 转移资金付款
    static let orderMoney = MatterKind(
        code: "portability.out.order", name: "转移资金付款", section: .portability, basis: basis,
        fields: [
            FormField("amount", "合计金额", .money, help: "按“待付转移资金”清单核对后填写;与清单不符不能付款"),
            FormField("number", "只付这一笔(转移业务编号)", .text(max: 40), isRequired: false, help: "不填就付清单上的全部"),
        ],
        steps: moneyRoute, amount: { $0.moneyIfGiven("amount") },
        check: { tx, draft in
            do {
                return try Agency.objections(
                    tx, area: draft.area, orderingTransferMoney: draft.form.textIfGiven("number"),
                    total: try draft.form.money("amount"))
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let order = try Agency.orderTransferMoney(
                tx, area: approved.area, number: approved.form.textIfGiven("number"),
                total: try approved.form.money("amount"), approved.ground("转移资金付款"))
            return Carried(
                [("transferOrder", order.id.raw)],
                "付款单 \(order.id):\(order.count) 笔 \(order.total) 元,请导出银行文件交银行付款,回盘后登记结果")
        }, prints: [PrintKind("transfer.order", "付款单")])

    /// 登记付款(一笔)
    static let payOutgoing = MatterKind(
        code: "portability.out.pay", name: "登记转移资金已付", section: .portability, basis: basis,
        fields: [number, FormField("serial", "付款银行流水号", .text(max: 60)), FormField("day", "付款日期", .day)],
        papers: [PaperKind("bank", "银行付款回单", basis: basis)], steps: route(),
        check: { tx, draft in
            var problems = try mayTake(tx, draft, .outgoing, .fundSent)
            if problems.isEmpty {
                let transfer = try transfer(tx, draft.area, .outgoing, draft.form)
                do { _ = try Portability.openLine(tx, area: draft.area, of: transfer) } catch let problem as Problem {
                    problems.append(problem)
                }
            }
            if try draft.form.day("day") > draft.today {
                problems.append(Problem("transfer.pay.day", field: "day", "付款日期还没有到,请核对回单"))
            }
            return problems
        },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .outgoing, approved.form)
            let notice = try Agency.payOutgoing(
                tx, area: approved.area, transfer, serial: approved.form.text("serial"),
                on: try approved.form.day("day"), by: hands(approved), approved.ground("划转账户资金"))
            return Carried([("transfer", transfer.id.raw)], "已划转 \(notice.total) 元并记账")
        })

    private static let answers = SheetTemplate(
        "转移资金付款回盘",
        [
            .init(Portability.answerColumns.number, example: "ZY99020020260302000001"),
            .init(Portability.answerColumns.result, example: "成功"),
            .init(Portability.answerColumns.serial, isRequired: false, example: "BK20260312001"),
            .init(Portability.answerColumns.day, example: "2026-03-12"),
            .init(Portability.answerColumns.reason, isRequired: false, example: ""),
        ])

    /// 银行回盘
    static let takeBankAnswers = MatterKind(
        code: "portability.out.answers", name: "转移资金付款回盘", section: .portability, basis: basis,
        fields: [FormField("sheet", "银行回盘文件", .sheet(answers), help: "“用途”是转移业务编号,“结果”填成功或失败")],
        steps: route(),
        check: { tx, draft in
            guard let file = try draft.file(tx, "sheet") else { return [] }
            do {
                return try Agency.objections(tx, area: draft.area, to: try read(file), today: draft.today)
            } catch let problems as Problems { return problems.all }
        },
        effect: .atOnce { tx, approved in
            guard let file = try approved.file(tx, "sheet") else {
                throw Problem("matter.form.missing", field: "sheet", "请上传银行回盘文件")
            }
            let taken = try Agency.takeBankAnswers(
                tx, area: approved.area, try read(file), by: hands(approved), approved.ground("银行回盘 \(file.name)"))
            let failed = taken.failed == 0 ? "" : ";\(taken.failed) 笔付款失败,已回到待付清单"
            return Carried([], "已付 \(taken.paid) 笔 \(taken.sum) 元并记账\(failed)")
        })

    private static func read(_ file: AttachedFile) throws -> ImportSheet<Portability.BankAnswer> {
        let sheet = try Portability.readAnswers(SheetText.read(file.bytes, name: file.name), file: file.name)
        guard sheet.lines.count <= Portability.orderLinesMax else {
            throw Problem("transfer.answer.long", field: "sheet", "一次最多 \(Portability.orderLinesMax) 笔,请分成几个文件")
        }
        return sheet
    }
}
