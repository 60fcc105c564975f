import Agency
import Basics
import Contributions
import Enrolment
import Hummingbird
import Providers
import Settlement
import Storage

/// People (参保人): found by name, identity number, card or person number; one has a page of his own (`PersonPage`).
struct PeoplePages: Sendable {
    let site: Site
    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/people", use: search)
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
                try PersonSearch.find(asked, after: after, limit: Self.pageRows, area, tx)
            }
        let today = site.agency.clock().day
        let rows: [Model] = found.map { insured in
            let cover = insured.entitlement(on: today)
            return [
                "id": insured.person.id.description, "name": insured.person.name,
                "paper": insured.person.paper.masked,
                "sex": insured.person.sex == .male ? "男" : "女",
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
}
