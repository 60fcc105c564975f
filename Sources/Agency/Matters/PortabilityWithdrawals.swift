import Basics
import Control
import Portability
import Storage

/// Matters of transfers that are withdrawn (转移撤回办件): before the information form is made, since then the account
/// has left.
extension PortabilityMatters {
    /// 转入撤回
    static let withdrawIncoming = MatterKind(
        code: "portability.in.withdraw", name: "转入撤回", section: .portability, basis: basis,
        fields: [
            number, FormField("reason", "撤回原因", .lines(max: 300), help: "转出地出具信息表以前可以撤回;已经出具的请继续办结"),
        ],
        papers: [PaperKind("request", "本人撤回申请", basis: basis, isRequired: false)], steps: route(),
        check: { tx, draft in
            let number = draft.form.text("number").uppercased()
            let found = try Portability.find(tx, area: draft.area, .incoming, number: number)
            return try mayTake(tx, draft, .incoming, found.map(Agency.withdrawal) ?? .withdrawn)
        },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .incoming, approved.form)
            let reason = approved.form.text("reason")
            let state = try Agency.withdrawIncoming(
                tx, area: approved.area, transfer, reason: reason, approved.ground(reason))
            let next = state == .withdrawn ? "已撤回,请打印撤回函寄往转出地" : "撤回函已电子发出,转出地收到后撤回生效"
            return Carried(
                [("transfer", transfer.id.raw), ("person", transfer.person.raw)], "转入业务 \(transfer.number) \(next)")
        }, prints: [PrintKind("transfer.withdrawal", "撤回函")])

    /// 登记转入地撤回(纸质撤回函)
    static let registerWithdrawal = MatterKind(
        code: "portability.out.withdrawn", name: "登记转入地撤回", section: .portability, basis: basis,
        fields: [number, FormField("reason", "转入地说明的原因", .lines(max: 300))],
        papers: [PaperKind("letter", "转入地撤回函", basis: basis)], steps: route(),
        check: { tx, draft in try mayTake(tx, draft, .outgoing, .withdrawn) },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .outgoing, approved.form)
            try Portability.take(
                tx, area: approved.area, transfer, .withdrawn, on: approved.at.day,
                approved.ground(approved.form.text("reason")))
            return Carried([("transfer", transfer.id.raw)], "转出业务 \(transfer.number) 已按转入地撤回函终止,账户没有变动")
        })
}
