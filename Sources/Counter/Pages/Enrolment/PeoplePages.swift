import Agency
import Basics
import Contributions
import Enrolment
import Hummingbird
import Providers
import Settlement
import Storage

/// People (参保人): found by name, identity number, card or person number; one person with cover, account and bills.
struct PeoplePages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/people", use: search)
        router.get("/people/{id}", use: one)
    }

    // MARK: Search

    @Sendable private func search(_ request: Request, _ context: CounterContext) async throws -> Response {
        let query = Query(request)
        let asked = query["q"]
        let area = site.area
        let after = query.number("after").map { ID<Person>($0) } ?? ID(0)
        let found =
            asked.isEmpty
            ? []
            : try await site.agency.store.read { tx in
                try Self.find(asked, after: after, area, tx)
            }
        let today = site.agency.clock().day
        let rows: [Model] = found.map { insured in
            let cover = insured.entitlement(on: today)
            return [
                "id": insured.person.id.description, "name": insured.person.name,
                "paper": Self.masked(insured.person.paper.number), "sex": insured.person.sex == .male ? "男" : "女",
                "birth": insured.person.birth.description, "age": String(insured.person.birth.age(on: today)),
                "category": cover.coverage?.category.name ?? "", "covered": cover.coverage != nil,
                "insurance": cover.coverage?.insurance.name ?? "",
            ]
        }
        let isFull = found.count == Self.pageRows
        return try site.page(
            "people",
            [
                "q": asked, "asked": !asked.isEmpty, "rows": rows,
                "next": isFull ? query.link("/people", ["after": found.last!.person.id.description]) : "",
            ], at: "/people", context)
    }

    /// By number where what was typed is one, else by the beginning of the name.
    private static func find(
        _ asked: String, after: ID<Person>, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [InsuredPerson] {
        var ids: [ID<Person>] = []
        if let national = try? NationalID(asked) {
            ids = [try Enrolment.find(tx, area: area, paper: IdentityPaper(national))].compactMap { $0 }
        } else if asked.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            ids = [Int64(asked).map { ID($0) }, try Enrolment.find(tx, area: area, card: asked)].compactMap { $0 }
        } else {
            ids = try Enrolment.search(tx, area: area, name: asked, after: after, limit: pageRows).map(\.id)
        }
        return try ids.compactMap { try Enrolment.insured(tx, area: area, $0) }
    }

    /// A list shows enough of an identity number to tell people apart, and no more.
    static func masked(_ number: String) -> String {
        guard number.count > 8 else { return number }
        return number.prefix(6) + String(repeating: "*", count: number.count - 10) + number.suffix(4)
    }

    // MARK: One person

    private struct Facts: Sendable {
        var insured: InsuredPerson
        var employers: [ID<Employer>: String]
        var accounts: AvailableAccounts
        var entries: [AccountEntry]
        var bills: [SettlementRow]
    }

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        guard let id = context.parameters.get("id").flatMap({ Int64($0) }).map({ ID<Person>($0) }) else {
            throw Problem("counter.person.unknown", "没有找到这个人,请用姓名或证件号查找")
        }
        let area = site.area
        let today = site.agency.clock().day
        let facts = try await site.agency.store.read { tx in try Self.read(id, area, today, tx) }
        let providers = try await site.agency.providers(area)
        return try site.page("person", model(facts, providers), at: "/people", context)
    }

    private static func read(
        _ id: ID<Person>, _ area: AreaCode, _ today: Day, _ tx: any Transaction
    ) throws -> Facts {
        guard let insured = try Enrolment.insured(tx, area: area, id) else {
            throw Problem("counter.person.unknown", "没有找到人员编号 \(id),请用姓名或证件号查找")
        }
        var employers: [ID<Employer>: String] = [:]
        for employer in Set(insured.spells.compactMap(\.employer)) {
            employers[employer] = try Enrolment.employer(tx, area: area, employer)?.name
        }
        return Facts(
            insured: insured, employers: employers,
            accounts: try Contributions.available(tx, area: area, to: id, on: today),
            entries: try Contributions.entries(tx, area: area, of: id, limit: 12),
            bills: try SettlementDesk.settlements(
                area, SettlementDesk.SettlementFilter(person: id), limit: 30, tx
            ).bills)
    }

    private func model(_ facts: Facts, _ providers: ProviderDirectory) -> Model {
        let person = facts.insured.person
        let today = site.agency.clock().day
        let entitlement = facts.insured.entitlement(on: today)
        var refusal = ""
        if case .refused(let reason) = entitlement { refusal = reason.problem.message }
        return [
            "id": person.id.description, "name": person.name, "paper": person.paper.number,
            "sex": person.sex == .male ? "男" : "女", "birth": person.birth.description,
            "age": String(person.birth.age(on: today)), "died": person.died?.description ?? "",
            "covered": entitlement.coverage != nil, "refusal": refusal, "day": today.description,
            "coverage": entitlement.coverage.map { "\($0.insurance.name) · \($0.category.name)" } ?? "",
            "spells": facts.insured.spells.reversed().map { spell in
                [
                    "insurance": spell.insurance.name, "category": spell.category.name,
                    "employer": spell.employer.flatMap { facts.employers[$0] } ?? "",
                    "first": spell.period.first.description, "last": spell.period.last?.description ?? "至今",
                    "entitled": spell.entitledFrom.description,
                    "acts": spell.acts.map { "\($0.day) \(Self.name($0.kind))" }.joined(separator: ";"),
                ] as Model
            },
            "statuses": facts.insured.statuses.map { status in
                [
                    "name": status.kind.name, "first": status.period.first.description,
                    "last": status.period.last?.description ?? "至今",
                ] as Model
            },
            "balance": facts.accounts.own.grouped, "shared": facts.accounts.sharedTotal.grouped,
            "hasShared": facts.accounts.sharedTotal > .zero,
            "entries": facts.entries.map { entry in
                [
                    "at": entry.at.description, "kind": entry.kind.name, "amount": entry.amount.grouped,
                    "balance": entry.balance.grouped, "settlement": entry.settlement?.description ?? "",
                    "isOut": entry.amount.isNegative,
                ] as Model
            },
            "bills": facts.bills.map { bill in
                [
                    "id": bill.id.description, "at": bill.settledAt.description, "care": bill.careType.name,
                    "provider": providers[bill.provider]?.profile(on: bill.settledDay).name ?? "",
                    "total": bill.amounts.total.grouped, "funds": bill.amounts.funds.grouped,
                    "cash": bill.amounts.cash.grouped, "isRed": bill.amounts.total.isNegative,
                ] as Model
            },
        ]
    }

    private static func name(_ kind: Spell.Act.Kind) -> String {
        switch kind {
        case .ended: "终止"
        case .suspended: "暂停待遇"
        case .resumed: "恢复待遇"
        }
    }
}
