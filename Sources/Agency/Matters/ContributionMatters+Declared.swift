import Basics
import Contributions
import Control
import Enrolment
import Policy
import Sheets
import Storage

extension ContributionMatters {
    private static let declaredTemplate = SheetTemplate(
        "税务申报明细",
        [
            .init("统一社会信用代码", example: "91990100MA0000000X"), .init("证件类型", isRequired: false, example: "01"),
            .init("证件号码", example: "990100199001011234"), .init("费款所属期", example: "2027-01"),
            .init("险种", example: "310"), .init("缴费基数", example: "8000.00"), .init("单位缴纳", example: "600.00"),
            .init("个人缴纳", example: "160.00"), .init("申报类型", isRequired: false, example: "正常"),
        ])

    /// Where employers declare to the tax office themselves, the agency receives what they declared; the money follows
    /// through 到账入账 with the tax office as its source, what went back as a negative line.
    static let takeDeclared = MatterKind(
        code: "contributions.declared.take", name: "接收税务申报", section: .contributions,
        basis: "中共中央办公厅、国务院办公厅《国税地税征管体制改革方案》",
        fields: [
            FormField("sheet", "申报明细", .sheet(declaredTemplate), help: "一行一人一个险种;更正申报填更正后的金额,撤销填零"),
            FormField(
                "verified", "疑点已核实", .yesNo, isRequired: false, help: "基数、金额、人员与登记不符的,提请税务核实后选“是”,按申报数接收"),
        ],
        steps: baseRoute,
        check: { tx, draft in
            guard let file = try draft.file(tx, "sheet") else { return [] }
            var doubts: [Problem] = []
            let problems = try problems {
                let found = try declared(tx, draft.area, file).findings(tx)
                doubts = found.doubts
                if !found.problems.isEmpty { throw Problems(found.problems) }
            }
            return problems + (draft.form.isYes("verified") ? [] : doubts)
        },
        effect: .job(chunk: { tx, approved, cursor in
            guard let file = try approved.file(tx, "sheet") else {
                throw Problem("matter.form.missing", field: "sheet", "请上传申报明细")
            }
            let declared = try declared(tx, approved.area, file)
            let origin = ImportOrigin(area: approved.area, actor: approved.actor, at: approved.at)
            let from = try ground(approved, "接收税务申报 \(file.name)")
                .reading(Contributions.registerDeclarations(tx, declared.sheet, by: origin).batch)
            let step = try declared.take(tx, from: Int(cursor), from)
            if let next = step.next { return .more(next: Int64(next), done: next, of: declared.count) }
            return .finished(
                Carried([], "申报明细“\(file.name)”共 \(declared.sheet.lines.count) 行已接收,应缴单和更正见应缴单列表"))
        }))

    private static func declared(
        _ tx: any Transaction, _ area: AreaCode, _ file: AttachedFile
    ) throws -> DeclaredSheet {
        try DeclaredSheet(
            tx, area: area,
            Contributions.readDeclarations(SheetText.read(file.bytes, name: file.name), file: file.name))
    }

    /// The agency fixes no base of a month for which employers declare to the tax office themselves.
    static func requireAssessed(_ terms: LevyTerms, _ month: Month, field: String) throws {
        guard terms.mode == .assessed else {
            throw Problem(
                "contributions.base.declaredMode", field: field,
                "\(month) 由用人单位向税务机关自行申报,经办机构不核定基数;请单位向税务机关申报或更正,再接收税务申报")
        }
    }
}
