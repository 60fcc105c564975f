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
            "sealedOn": form.sealedOn.description,
        ]
        let page = PrintedPage(
            view: "print/information-form", title: "信息表-\(form.number)", address: "/transfers/\(id)/form",
            back: "/transfers/\(id)")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }
}
