import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Portability
import Storage

/// What a carried-out matter prints (打印件): certificates as issued, transfers' papers at their own page, and for
/// every other kind a receipt that says what was done.
struct MatterPrints: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/matters/{id}/print/{code}") { try await print($1, asPDF: false) }
        router.get("/matters/{id}/print/{code}/pdf") { try await print($1, asPDF: true) }
    }

    private func print(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        let matter = try MatterPages.number(context)
        let code = context.parameters.get("code") ?? ""
        let view = try await site.agency.viewMatter(site.area, matter, for: try context.signedIn().account.id)
        guard let kind = view.prints.first(where: { $0.code == code }) else {
            throw Problem("counter.print.unknown", "这件办件没有“\(code)”可以打印,办结后请从办件页面打印")
        }
        if let page = Self.ownPage(code, view.subjects, asPDF: asPDF) { return .redirect(to: page, type: .normal) }
        let (sheet, model) = try await sheet(view, kind)
        let page = PrintedPage(
            view: "print/\(sheet)", title: "\(kind.name)-\(matter)", address: "/matters/\(matter)/print/\(code)",
            back: "/matters/\(matter)", pdf: "/pdf")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }

    /// A certificate as it was issued, a retirement as it was decided, else what was filled in and done.
    private func sheet(_ view: MatterView, _ kind: PrintKind) async throws -> (view: String, model: Model) {
        let (issued, decided) = try await site.agency.store.read { [area = site.area] tx in
            (
                try Portability.certificate(tx, area: area, of: view.matter),
                try RetirementView.find(tx, area: area, view)
            )
        }
        if let issued { return ("certificate", CertificateView.model(issued)) }
        let receipt = receipt(view, kind)
        guard let decided else { return ("receipt", receipt) }
        return ("retirement", receipt.merging(RetirementView.model(decided)) { $1 })
    }

    /// Papers that belong to a subject and not to the matter are printed from the subject's page.
    static func ownPage(_ code: String, _ subjects: [Carried.Subject], asPDF: Bool) -> String? {
        func page(_ kind: String, _ address: (Int64) -> String) -> String? {
            subjects.first { $0.kind == kind }.map { address($0.id) + (asPDF ? ".pdf" : "") }
        }
        return switch code {
        case "transfer.letter": page("transfer") { "/transfers/\($0)/letter" }
        case "transfer.form": page("transfer") { "/transfers/\($0)/form" }
        case "transfer.order": page("transferOrder") { "/transfers/orders/\($0)/print" }
        case "transfer.rejection": page("transfer") { "/transfers/\($0)/rejection" }
        case "transfer.return": page("transfer") { "/transfers/\($0)/return" }
        case "transfer.withdrawal": page("transfer") { "/transfers/\($0)/withdrawal" }
        case "refund.order": page("refund") { "/refunds/\($0)/print" }
        case "account.statement": page("person") { "/people/\($0)/account/print" }
        default: nil
        }
    }

    private func receipt(_ view: MatterView, _ kind: PrintKind) -> Model {
        let filled = view.form.filter { !$0.text.isEmpty }
        let agreed = view.acts.filter { [.accepted, .agreed, .carriedOut].contains($0.kind) && $0.name != "系统" }
        return [
            "name": kind.name, "matter": "\(view.matter)", "kind": view.kindName, "basis": view.basis,
            "opener": view.opener, "endedAt": (view.endedAt ?? view.openedAt).day.description,
            "result": view.acts.last { $0.kind == .carriedOut }?.opinion ?? "",
            "fields": filled.map { field in
                let file = view.papers.first { $0.file.code == field.name }?.file.name
                return ["label": field.title, "value": file ?? field.shown] as Model
            },
            "papers": view.papers.map { ["title": $0.title, "name": $0.file.name] as Model },
            "hasPapers": !view.papers.isEmpty,
            "acts": agreed.map {
                ["step": $0.step, "name": $0.name, "post": $0.post, "at": $0.at.description] as Model
            },
        ]
    }
}

/// A decision on retirement on paper (退休待遇核定表): whom it is about, what was counted, and how it was reckoned.
enum RetirementView {
    /// What the matter decided; nil when it decided nothing of the kind.
    static func find(
        _ tx: any Transaction, area: AreaCode, _ view: MatterView
    ) throws -> (person: PersonRecord, record: RetirementRecord)? {
        guard let number = view.subject("person"), let person = try Enrolment.person(tx, area: area, ID(number)),
            let record = try Enrolment.retirements(tx, area: area, of: person.id)
                .first(where: { $0.matter == view.matter })
        else { return nil }
        return (person, record)
    }

    static func model(_ decided: (person: PersonRecord, record: RetirementRecord)) -> Model {
        let (person, record) = decided
        return [
            "person": InformationFormView.paired(facts(person)),
            "decision": InformationFormView.paired(facts(record)),
            "steps": record.steps.map { ["words": $0] as Model }, "policy": String(record.policyVersion.prefix(12)),
        ]
    }

    private static func facts(_ person: PersonRecord) -> [(label: String, value: String)] {
        [
            ("姓名", person.name), ("性别", person.particulars.sex == .male ? "男" : "女"),
            (person.paper.kind.name, person.paper.number), ("出生日期", "\(person.birth)"), ("人员编号", "\(person.id)"),
        ]
    }

    private static func facts(_ record: RetirementRecord) -> [(label: String, value: String)] {
        var facts: [(label: String, value: String)] = [
            ("退休日期", "\(record.retiredOn)"),
            ("实际缴费", "\(record.months.paid) 个月,其中本地 \(record.months.localPaid) 个月"),
            ("视同缴费", "\(record.months.deemed) 个月"), ("规定年限", "\(record.requiredMonths) 个月"),
            ("应补", "\(record.missingMonths) 个月"), ("处理方式", record.way.name),
        ]
        if record.way == .lumpSum {
            facts += [
                ("补缴基数", "\(record.base.grouped) 元/月"), ("补缴费率", record.rate.description),
                ("一次性补缴金额", "\(record.lumpSum.grouped) 元"),
            ]
        }
        facts.append(("享受退休待遇", record.retiredFrom.map { "自 \($0) 起" } ?? "补足年限后再核定"))
        return facts
    }
}

extension MatterView {
    fileprivate func subject(_ kind: String) -> Int64? { subjects.first { $0.kind == kind }?.id }
}

/// A certificate on paper: exactly the lines that its verification code is over.
enum CertificateView {
    static func model(_ issued: Portability.IssuedCertificate) -> Model {
        sheet(issued.content).merging([
            "number": issued.number, "issuedOn": issued.issuedOn.description,
            "validThrough": issued.validThrough.description, "code": grouped(issued.code),
        ]) { $1 }
    }

    /// What the lines say, without number, days and code.
    static func sheet(_ content: String) -> Model {
        let lines = content.split(separator: "\n").map { line in
            let halves = line.split(separator: " ", maxSplits: 1)
            return (label: String(halves[0]), value: halves.count > 1 ? String(halves[1]) : "")
        }
        let spells = lines.filter { spellLabels.contains($0.label) }.map {
            spell($0.value, isTakenOver: $0.label == "前期")
        }
        return [
            "title": lines.first { $0.label == "凭证" }?.value ?? "",
            "facts": InformationFormView.paired(
                lines.filter { !unlisted.contains($0.label) && !spellLabels.contains($0.label) }.map {
                    (labels[$0.label] ?? $0.label, value($0))
                }), "spells": spells, "hasSpells": !spells.isEmpty, "hasTakenOver": lines.contains { $0.label == "前期" },
        ]
    }

    /// 本系统缴费的时段, 本系统建立前的时段
    private static let spellLabels: Set = ["时段", "前期"]
    private static let labels = ["证件": "证件号码", "出生": "出生日期", "状态": "参保状态"]
    /// What stands elsewhere on the sheet.
    private static let unlisted: Set = ["凭证", "编号", "出具", "有效期至", "机构"]

    private static func value(_ line: (label: String, value: String)) -> String {
        switch line.label {
        case "性别": line.value == "1" ? "男" : "女"
        case "证件": String(line.value.split(separator: " ", maxSplits: 1).last ?? "")
        default: line.value
        }
    }

    /// `310 2024-01 至今 12 3600.00 示范公司`
    private static func spell(_ text: String, isTakenOver: Bool) -> Model {
        let parts = text.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        func part(_ index: Int) -> String { index < parts.count ? parts[index] : "" }
        let insurance = Int64(part(0)).flatMap(Insurance.init(rawValue:))
        return [
            "insurance": insurance?.name ?? part(0), "first": part(1), "last": part(2), "months": part(3),
            "paid": isTakenOver ? "—" : (try? Money(part(4)))?.grouped ?? part(4), "employer": part(5),
            "note": isTakenOver ? "本系统建立前的记录" : "",
        ]
    }

    /// In groups of four, as it is read out over the telephone.
    private static func grouped(_ code: String) -> String {
        stride(from: 0, to: code.count, by: 4).map { start in
            String(code.dropFirst(start).prefix(4))
        }.joined(separator: "-")
    }
}
