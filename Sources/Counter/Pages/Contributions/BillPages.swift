import Agency
import Basics
import Contributions
import Control
import Enrolment
import Hummingbird
import Policy
import Storage

/// Bills (应缴核定单) and what is not paid of them (欠费), with the dunning letter of a payer.
struct BillPages: Sendable {
    let site: Site
    private static let pageRows = 100
    private static let exportRowsMax = 500

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/bills", to: router) { try await list($0, $1, $2) }
        site.addList("/arrears", to: router) { try await arrears($0, $1, $2) }
        site.addList("/bills/{id}", to: router) { try await one($0, $1, $2) }
        router.get("/employers/{id}/dunning") { try await dunning($1, asPDF: false) }
        router.get("/employers/{id}/dunning.pdf") { try await dunning($1, asPDF: true) }
    }

    // MARK: Bills

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let today = site.agency.clock().day
        let after = query.number("after").map { ID<LevyBill>($0) } ?? ID(0)
        let limit = format == .page ? Self.pageRows : Self.exportRowsMax
        let asked = query["payer"]
        let policy = try site.agency.policies.area(site.area)
        let (bills, standings, names) = try await site.agency.store.read { [area = site.area] tx in
            let bills = try Self.bills(asked, after: after, limit: limit, area, tx)
            let standings = try bills.map {
                try Contributions.standing(
                    tx, area: area, of: $0,
                    terms: $0.insurance == .resident ? nil : try Agency.lateFees(policy)($0.months.lowerBound),
                    on: today)
            }
            return (bills, standings, try PayerNames(bills.map(\.payer), area, tx))
        }
        let isFull = format == .page && asked.isEmpty && bills.count == limit
        return ListPage(
            title: "应缴", path: "/bills", filters: [.init("payer", "单位编号、信用代码、人员编号或身份证号", query)],
            table: Table(
                ["应缴单", "缴费人", "险种", "所属期", "种类", "应缴", "财政补助", "资助", "已缴", "滞纳金", "缴费期限", "状态"],
                zip(bills, standings).map { row($0, $1, names) },
                empty: asked.isEmpty ? "还没有核定应缴,请在“办理事项”中办理按月或按年核定" : "没有找到“\(asked)”的应缴"),
            links: try site.matterLinks(
                [("contributions.run.month", "职工按月核定"), ("contributions.run.residents", "居民按年核定")], context),
            next: isFull ? query.link("/bills", ["after": "\(bills.last!.id)"]) : nil,
            first: after.raw == 0 ? nil : query.link("/bills", ["after": ""]))
    }

    private static func bills(
        _ asked: String, after: ID<LevyBill>, limit: Int, _ area: AreaCode, _ tx: any Transaction
    ) throws -> [LevyBill] {
        guard !asked.isEmpty else { return try Contributions.bills(tx, area: area, after: after, limit: limit) }
        let employers = try EmployerSearch.find(asked, limit: 5, area, tx).map { Payer.employer($0.id) }
        let people = try PersonSearch.find(asked, limit: 5, area, tx).map { Payer.person($0.person.id) }
        return try (employers + people).flatMap { try Contributions.bills(tx, area: area, of: $0, limit: limit) }
    }

    private func row(_ bill: LevyBill, _ standing: BillStanding, _ names: PayerNames) -> [Table.Cell] {
        [
            .link("\(bill.id)", to: "/bills/\(bill.id)"), names.cell(bill.payer), .text(bill.insurance.name),
            .text(bill.periodName), .text(bill.purpose.name), .money(bill.payable), .money(bill.fiscal),
            .money(bill.aid), .money(standing.paid), .money(standing.lateFee), .day(bill.due), standing.badge,
        ]
    }

    // MARK: One bill with its lines

    private func one(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else { throw Self.unknown }
        let limit = format == .page ? 500 : 20_000
        let after = query.number("after").map { ID<Person>($0) } ?? ID(-1)
        let today = site.agency.clock().day
        let policy = try site.agency.policies.area(site.area)
        let (bill, standing, lines, names) = try await site.agency.store.read { [area = site.area] tx in
            guard let bill = try Contributions.bill(tx, area: area, ID(number)) else { throw Self.unknown }
            let terms = bill.insurance == .resident ? nil : try Agency.lateFees(policy)(bill.months.lowerBound)
            let lines = try Contributions.lines(tx, area: area, of: bill.id, after: after, limit: limit)
            return (
                bill, try Contributions.standing(tx, area: area, of: bill, terms: terms, on: today), lines,
                try PayerNames([bill.payer] + lines.map { .person($0.person) }, area, tx)
            )
        }
        let rows = lines.map { line -> [Table.Cell] in
            [
                names.cell(.person(line.person)), .text(line.part.insurance.name), .money(line.part.base),
                .money(line.part.employer), .money(line.part.personal), .money(line.part.total),
            ]
        }
        let path = "/bills/\(bill.id)"
        let isFull = format == .page && Set(lines.map(\.person)).count < Int(bill.lineCount) && lines.count == limit
        return ListPage(
            title: "应缴单 \(bill.id)", path: path, menu: "/bills",
            lead:
                "\(names.words(bill.payer)) · \(bill.insurance.name) · \(bill.periodName) · \(bill.purpose.name) · 缴费期限 \(bill.due) · \(standing.state.name)"
                + (bill.reverses.map { " · 冲正应缴单 \($0)" } ?? ""),
            figures: [
                .init("应缴", bill.payable.grouped, "元"), .init("已缴", standing.paid.grouped, "元"),
                .init("未缴", standing.outstanding.grouped, "元"), .init("滞纳金", standing.lateFee.grouped, "元"),
                .init("财政补助", bill.fiscal.grouped, "元"), .init("资助", bill.aid.grouped, "元"),
            ],
            table: Table(["人员", "险种", "缴费基数", "单位缴纳", "个人缴纳", "合计"], rows, empty: "这张应缴单没有人员明细"),
            links: try site.matterLinks(
                [
                    (
                        bill.insurance == .resident ? "contributions.resident.correct" : "contributions.bill.correct",
                        "更正"
                    ), ("contributions.waive", "减免滞纳金"),
                ], given: "bill=\(bill.id)", context),
            next: isFull ? query.link(path, ["after": "\(lines.last!.person)"]) : nil,
            first: after.raw < 0 ? nil : path)
    }

    private static let unknown = Problem("counter.bill.unknown", "没有这张应缴单,请从应缴列表进入")

    // MARK: Arrears

    private func arrears(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let today = site.agency.clock().day
        let after = query.number("after").map { ID<LevyBill>($0) } ?? ID(0)
        let limit = format == .page ? Self.pageRows : Self.exportRowsMax
        let policy = try site.agency.policies.area(site.area)
        let (found, names) = try await site.agency.store.read { [area = site.area] tx in
            let found = try Contributions.arrears(
                tx, area: area, on: today, after: after, limit: limit, lateFees: Agency.lateFees(policy))
            return (found, try PayerNames(found.arrears.map(\.bill.payer), area, tx))
        }
        let rows = found.arrears.map { arrear -> [Table.Cell] in
            [
                .link("\(arrear.bill.id)", to: "/bills/\(arrear.bill.id)"), names.cell(arrear.bill.payer),
                .text(arrear.bill.insurance.name), .text(arrear.bill.periodName), .day(arrear.due),
                .count(Int64(arrear.days)), .money(arrear.standing.outstanding),
                .money(arrear.standing.lateFeeOutstanding), .money(arrear.total), dunningCell(arrear.bill.payer),
            ]
        }
        return ListPage(
            title: "欠费清单", path: "/arrears", lead: "截至 \(today),逾期未缴清的应缴,本金缴清而滞纳金未缴的也在内;居民欠费不收滞纳金。",
            table: Table(
                ["应缴单", "缴费人", "险种", "所属期", "缴费期限", "逾期天数", "欠缴本金", "滞纳金", "合计", "催缴"], rows, empty: "没有逾期未缴的应缴"),
            links: try site.matterLinks(
                [
                    ("contributions.dun", "催缴"), ("contributions.defer", "缓缴"),
                    ("contributions.instalments", "分期缴纳"),
                ], context),
            next: format == .page ? found.next.map { query.link("/arrears", ["after": "\($0)"]) } : nil,
            first: after.raw == 0 ? nil : "/arrears")
    }

    private func dunningCell(_ payer: Payer) -> Table.Cell {
        guard case .employer(let employer) = payer else { return .text("") }
        return .link("催缴通知", to: "/employers/\(employer)/dunning")
    }

    // MARK: The dunning letter

    private func dunning(_ context: CounterContext, asPDF: Bool) async throws -> Response {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else {
            throw Problem("counter.employer.unknown", "没有找到这个单位,请用名称或统一社会信用代码查找")
        }
        let today = site.agency.clock().day
        let payBy = try site.agency.policies.calendar().day(15, workingDaysAfter: today)
        let (employer, letter) = try await site.agency.store.read { [area = site.area] tx in
            (
                try Enrolment.employer(tx, area: area, Enrolment.heir(tx, area: area, of: ID(number))),
                try Agency.dunning(tx, area: area, of: ID(number), on: today, payBy: payBy)
            )
        }
        guard let employer, let letter else {
            throw Problem("counter.dunning.nothing", "这个单位没有逾期未缴的应缴,不必催缴")
        }
        let page = PrintedPage(
            view: "print/dunning", title: "催缴通知-\(employer.name)-\(today)", address: "/employers/\(number)/dunning",
            back: "/employers/\(number)")
        return try await site.printed(page, Self.model(letter, employer), asPDF: asPDF, context)
    }

    private static func model(_ letter: DunningLetter, _ employer: EmployerRecord) -> Model {
        [
            "name": employer.name, "code": employer.creditCode, "on": letter.on.description,
            "payBy": letter.payBy.description, "principal": letter.principal.grouped,
            "lateFee": letter.lateFee.grouped, "total": letter.total.grouped, "words": letter.totalInWords,
            "rows": letter.arrears.map { arrear in
                [
                    "bill": "\(arrear.bill.id)", "period": arrear.bill.periodName, "due": arrear.due.description,
                    "days": String(arrear.days), "principal": arrear.standing.outstanding.grouped,
                    "lateFee": arrear.standing.lateFeeOutstanding.grouped,
                ] as Model
            },
        ]
    }
}

/// The names of payers, read once for a page.
struct PayerNames: Sendable {
    private var names: [Payer: String] = [:]

    init(_ payers: [Payer], _ area: AreaCode, _ tx: any Transaction) throws {
        for payer in Set(payers) {
            switch payer {
            case .employer(let id): names[payer] = try Enrolment.employer(tx, area: area, id)?.name
            case .person(let id): names[payer] = try Enrolment.insured(tx, area: area, id)?.person.name
            }
        }
    }

    func words(_ payer: Payer) -> String { names[payer] ?? payer.description }

    func cell(_ payer: Payer) -> Table.Cell {
        switch payer {
        case .employer(let id): .link(words(payer), to: "/employers/\(id)")
        case .person(let id): .link(words(payer), to: "/people/\(id)")
        }
    }
}

extension BillStanding {
    var badge: Table.Cell {
        switch state {
        case .paid: .badge(state.name, .fine)
        case .reversed: .badge(state.name, .grey)
        case .open, .partlyPaid: .badge(state.name, .warn)
        }
    }
}
