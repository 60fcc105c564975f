import Basics
import Catalogue
import Control
import Storage

/// What staff decide about the catalogues (目录管理): hospitals upload their own items by message.
enum CatalogueMatters {
    static let kinds: [MatterKind] = [decideMappings]

    /// So many mappings are decided at once; the rest waits for the next matter.
    private static let decidedMax = 5_000

    /// 目录对照审批: all that a hospital has uploaded and that waits, but for the codes that go back to it.
    static let decideMappings = MatterKind(
        code: "catalogue.mappings.decide", name: "目录对照审批", section: .settlement,
        basis: "医疗保障标准化工作指导意见(医保发〔2019〕39号);3301 目录对照上传",
        fields: [
            FormField("provider", "定点医药机构编号", .text(max: 12), help: "审批该机构已上传、待审批的目录对照"),
            FormField(
                "returned", "退回的院内编码", .lines(max: 4_000), isRequired: false, help: "一行一个;不填则全部通过"),
            FormField("reason", "退回原因", .lines(max: 200), isRequired: false, help: "有退回的必填,机构据此更正后重传"),
        ],
        steps: [
            RouteStep("reception", "初审", post: "settlement.first", limit: 3),
            RouteStep("review", "复审", post: "settlement.review", limit: 3),
        ],
        check: { tx, draft in try problems(tx, draft) },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let waiting = try Catalogue.waitingMappings(
                tx, area: approved.area, provider: form.text("provider"), limit: decidedMax)
            let codes = Set(returned(form))
            for mapping in waiting {
                let isReturned = codes.contains(mapping.ownCode)
                try Catalogue.decideMapping(
                    tx, mapping, isReturned ? .returned : .approved, by: approved.actor,
                    ground: isReturned ? form.text("reason") : "目录对照审批", at: approved.at)
            }
            let back = waiting.count { codes.contains($0.ownCode) }
            return Carried([], "通过 \(waiting.count - back) 条,退回 \(back) 条;机构可用 1317 查询结果")
        })

    private static func returned(_ form: FormValues) -> [String] {
        form.text("returned").split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static func problems(_ tx: any Transaction, _ draft: MatterDraft) throws -> [Problem] {
        let provider = draft.form.text("provider")
        let waiting = try Catalogue.waitingMappings(tx, area: draft.area, provider: provider, limit: decidedMax)
        guard !waiting.isEmpty else {
            return [Problem("catalogue.mapping.noneWaiting", field: "provider", "机构 \(provider) 没有待审批的目录对照,请核对编号")]
        }
        let known = Set(waiting.map(\.ownCode))
        var problems = returned(draft.form).filter { !known.contains($0) }.map {
            Problem("catalogue.mapping.unknown", field: "returned", "院内编码 \($0) 不在该机构待审批的目录对照中,请核对")
        }
        if !returned(draft.form).isEmpty, draft.form.text("reason").isEmpty {
            problems.append(Problem("catalogue.mapping.reason", field: "reason", "有退回的院内编码,请写明退回原因"))
        }
        return problems
    }
}
