import Agency
import Basics
import Control
import Enrolment
import Hummingbird
import Portability
import Storage

/// The papers of a transfer (联系函、信息表).
struct TransferPrints: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/transfers/{id}/letter") { try await letter($1, asPDF: false) }
        router.get("/transfers/{id}/letter.pdf") { try await letter($1, asPDF: true) }
        router.get("/transfers/{id}/form") { try await form($1, asPDF: false) }
        router.get("/transfers/{id}/form.pdf") { try await form($1, asPDF: true) }
        for paper in AnswerPaper.allCases {
            router.get("/transfers/{id}/\(paper.rawValue)") { try await answer($1, paper, asPDF: false) }
            router.get("/transfers/{id}/\(paper.rawValue).pdf") { try await answer($1, paper, asPDF: true) }
        }
    }

    private func number(_ context: CounterContext) throws -> ID<Transfer> {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("transfer.unknown", "没有这笔转移业务,请从转移列表进入")
        }
        return ID(number)
    }

    // MARK: The contact letter

    private func letter(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        let id = try number(context)
        let letter = try await site.agency.store.read { [area = site.area] tx in
            try Self.letter(tx, area, try Portability.require(tx, area: area, id))
        }
        let page = PrintedPage(
            view: "print/contact-letter", title: "联系函-\(letter.number)", address: "/transfers/\(id)/letter",
            back: "/transfers/\(id)")
        return try await site.printed(page, Self.model(letter), asPDF: asPDF, context)
    }

    /// The letter is signed by whoever opened the matter of the acceptance and whoever approved it.
    private static func letter(_ tx: any Transaction, _ area: AreaCode, _ transfer: Transfer) throws -> ContactLetter {
        guard transfer.direction == .incoming else {
            throw Problem("transfer.letter.outgoing", "联系函由转入地发出,转出业务没有联系函")
        }
        let acts = try Portability.acts(tx, area: area, of: transfer.id)
        let accepted = acts.first { $0.kind == .accepted } ?? acts.first
        guard let accepted, case .staff(let reviewer) = accepted.actor else {
            throw Problem("transfer.letter.unsigned", "这笔转入还没有经人受理,受理后才能打印联系函")
        }
        let handler = try accepted.matter.flatMap { try Matters.opener(tx, area: area, of: $0) }
        return try Agency.contactLetter(
            tx, area: area, transfer, by: TransferHands(handler: handler ?? reviewer, reviewer: reviewer),
            on: accepted.day)
    }

    private static func model(_ letter: ContactLetter) -> Model {
        [
            "number": letter.number, "scene": letter.scene.name, "from": letter.from.name, "to": letter.to.name,
            "origin": model(letter.origin), "destination": model(letter.destination), "person": model(letter.person),
            "insuredFrom": letter.insuredFrom.description, "appliedOn": letter.appliedOn.description,
            "writtenOn": letter.writtenOn.description, "handler": letter.handler, "reviewer": letter.reviewer,
        ]
    }

    private static func model(_ agency: TransferAgency) -> Model {
        [
            "name": agency.name, "area": "\(agency.area)", "address": agency.address, "phone": agency.phone,
            "bank": agency.bank, "account": agency.account,
        ]
    }

    private static func model(_ person: TransferPerson) -> Model {
        [
            "name": person.name, "paper": person.paperNumber, "sex": person.sex == .male ? "男" : "女",
            "birth": person.birth.description,
            "paperKind": IdentityPaperKind(rawValue: person.paperKind)?.name ?? "证件",
        ]
    }

    // MARK: The information form

    private func form(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        let id = try number(context)
        let form = try await site.agency.store.read { [area = site.area] tx in
            _ = try Portability.require(tx, area: area, id)
            return try Portability.form(tx, area: area, of: id)
        }
        guard let form else { throw Problem("transfer.form.unknown", "这笔业务还没有信息表,转出地出具后才能打印") }
        let model: Model = [
            "number": form.number, "person": Self.model(form.person), "origin": Self.model(form.origin),
            "destination": Self.model(form.destination), "pairs": InformationFormView(form: form).pairs,
            "moneyChinese": form.money.inChinese, "handler": form.handler, "reviewer": form.reviewer,
            "hasReviewer": !form.reviewer.isEmpty,
            "sealedOn": form.sealedOn.description,
        ]
        let page = PrintedPage(
            view: "print/information-form", title: "信息表-\(form.number)", address: "/transfers/\(id)/form",
            back: "/transfers/\(id)")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }

    // MARK: A refusal, a form sent back, a withdrawal

    /// 不予受理告知书、信息表退回函、撤回函: what was refused, returned or withdrawn, to whom, and why.
    private func answer(_ context: CounterContext, _ paper: AnswerPaper, asPDF: Bool) async throws -> Response {
        let id = try number(context)
        let (transfer, person, acts, other) = try await site.agency.store.read { [area = site.area] tx in
            let transfer = try Portability.require(tx, area: area, id)
            return (
                transfer, try Enrolment.insured(tx, area: area, transfer.person)?.person,
                try Portability.acts(tx, area: area, of: id),
                try Portability.peer(tx, area: area, transfer.other)?.agency.name ?? "\(transfer.other)"
            )
        }
        guard let answer = paper.act(among: acts), let person else {
            throw Problem("transfer.answer.unknown", "这笔转移业务没有“\(paper.name)”的记录,不能打印")
        }
        let model: Model = [
            "title": paper.title, "number": transfer.number, "addressee": other, "name": person.name,
            "paper": person.paper.number, "scene": transfer.scene.name, "insurances": transfer.insurances,
            "appliedOn": transfer.appliedOn.description, "reason": answer.ground, "day": answer.day.description,
            "sentence": paper.sentence, "next": paper.next,
        ]
        let page = PrintedPage(
            view: "print/transfer-answer", title: "\(paper.title)-\(transfer.number)",
            address: "/transfers/\(id)/\(paper.rawValue)", back: "/transfers/\(id)")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }
}

/// A letter that says no, or no longer: by the last word of its address.
private enum AnswerPaper: String, CaseIterable, Sendable {
    case rejection
    case `return`
    case withdrawal

    var name: String {
        switch self {
        case .rejection: "不予受理"
        case .return: "退回更正"
        case .withdrawal: "撤回"
        }
    }

    var title: String {
        switch self {
        case .rejection: "医保关系转移接续不予受理告知书"
        case .return: "医保关系转移接续信息表退回函"
        case .withdrawal: "医保关系转移接续撤回函"
        }
    }

    var sentence: String {
        switch self {
        case .rejection: "经审核,不予受理。"
        case .return: "经核对,你机构出具的信息表与实际不符,现予退回。"
        case .withdrawal: "现撤回本次转移申请,原联系函作废。"
        }
    }

    var next: String {
        switch self {
        case .rejection:
            "原因消除后可以重新申请。请将本告知书内容告知申请人;对本决定有异议的,可以依法申请行政复议或者提起行政诉讼。"
        case .return: "请更正后重新出具信息表;退回期间不影响参保人依规定应享受的待遇。"
        case .withdrawal: "请终止办理,不再出具信息表、不划转资金;已经出具信息表的,请函告我机构继续办理。"
        }
    }

    /// The act of which the letter tells; of a withdrawal the one that asked for it, not the answer.
    func act(among acts: [TransferAct]) -> TransferAct? {
        switch self {
        case .rejection: acts.last { $0.kind == .rejected }
        case .return: acts.last { $0.kind == .returned }
        case .withdrawal: acts.last { $0.kind == .withdrawing } ?? acts.last { $0.kind == .withdrawn }
        }
    }
}
