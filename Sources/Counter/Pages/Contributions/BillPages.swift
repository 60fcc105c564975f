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

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/bills", to: router) { try await list($0, $1, $2) }
        site.addList("/arrears", to: router) { try await arrears($0, $1, $2) }
        site.addList("/bills/{id}", to: router) { try await one($0, $1, $2) }
        router.get("/employers/{id}/dunning") { try await dunning($1, asPDF: false) }
        router.get("/employers/{id}/dunning.pdf") { try await dunning($1, asPDF: true) }
    }

    // MARK: Bills

    /// What of the bills is asked for.
    private struct Asked: Sendable {
        /// The word typed for the payer.
        var payer: String
        var month: Month?
        var state: State?

        enum State: String, CaseIterable, Sendable {
            case open, paid, reversed

            var title: String {
                switch self {
                case .open: "未缴清"
                case .paid: "已缴清"
                case .reversed: "已冲正"
                }
            }

            func holds(_ state: BillStanding.State) -> Bool {
                switch state {
                case .open, .partlyPaid: self == .open
                case .paid: self == .paid
                case .reversed: self == .reversed
                }
            }
        }

        init(_ query: Query) {
            payer = query["payer"]
            month = Month(query["month"])
            state = State(rawValue: query["state"])
        }

        var isEverything: Bool { payer.isEmpty && month == nil && state == nil }
    }

    private func list(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        let before = query.number("after").map { ID<LevyBill>($0) } ?? ID(Int64.max)
        let limit = format.rows(ofPage: Self.pageRows)
        let asked = Asked(query)
        let (bills, next, names) = try await site.agency.store.read { tx in
            let page = try self.bills(asked, before: before, limit: limit, tx)
            return (page.bills, page.next, try PayerNames(page.bills.map(\.bill.payer), site.area, tx))
        }
        return ListPage(
            title: "应缴", path: "/bills",
            filters: [
                .init("payer", Self.payerAsked, query), .init("month", "所属期起始月", .month, query),
                .init(
                    "state", "状态", .choice([("", "全部")] + Asked.State.allCases.map { ($0.rawValue, $0.title) }), query),
            ],
            table: Table(
                ["应缴单", "缴费人", "险种", "所属期", "种类", "应缴", "财政补助", "资助", "已缴", "滞纳金", "缴费期限", "状态"],
                bills.map { row($0.bill, $0.standing, names) },
                empty: asked.isEverything ? "还没有核定应缴,请在“办理事项”中办理按月或按年核定" : "没有符合条件的应缴,请核对缴费人、月份和状态"),
            links: try site.matterLinks(
                [("contributions.run.month", "职工按月核定"), ("contributions.run.residents", "居民按年核定")], context),
            next: next.map { query.link("/bills", ["after": "\($0)"]) },
            first: before.raw == Int64.max ? nil : query.link("/bills", ["after": ""]))
    }

    /// A page of bills with their standings, and before which to go on. A state is reckoned, no column: bills are read on
    /// until the page is full, within bounds.
    private func bills(
        _ asked: Asked, before: ID<LevyBill>, limit: Int, _ tx: any Transaction
    ) throws -> (bills: [(bill: LevyBill, standing: BillStanding)], next: ID<LevyBill>?) {
        let today = site.agency.clock().day
        let lateFees = Agency.lateFees(try site.agency.policies.area(site.area))
        let payers = asked.payer.isEmpty ? nil : try Self.payers(asked.payer, site.area, tx)
        var (shown, place): ([(bill: LevyBill, standing: BillStanding)], ID<LevyBill>) = ([], before)
        for _ in 0..<Self.readsOfPageMax {
            let read = try Contributions.bills(
                tx, area: site.area, of: payers, from: asked.month, before: place, limit: limit)
            for bill in read {
                place = bill.id
                let standing = try Contributions.standing(
                    tx, area: site.area, of: bill,
                    terms: bill.insurance == .resident ? nil : try lateFees(bill.months.lowerBound), on: today)
                guard asked.state?.holds(standing.state) ?? true else { continue }
                shown.append((bill, standing))
                if shown.count == limit { return (shown, place) }
            }
            guard read.count == limit else { return (shown, nil) }
        }
        return (shown, place)
    }

    private static let readsOfPageMax = 20
    private static let payerAsked = "缴费人名称、信用代码、身份证号或编号"

    private static func payers(_ asked: String, _ area: AreaCode, _ tx: any Transaction) throws -> [Payer] {
        try EmployerSearch.findAll(asked, area, tx).map { .employer($0.id) }
            + PersonSearch.findAll(asked, area, tx).map { .person($0.person.id) }
    }

    private func row(_ bill: LevyBill, _ standing: BillStanding, _ names: PayerNames) -> [Table.Cell] {
        [
            .link("\(bill.id)", to: "/bills/\(bill.id)"), names.cell(bill.payer), .text(bill.insurance.name),
            .text(bill.periodName), .text(bill.purpose.name), .money(bill.payable), .money(bill.fiscal),
            .money(bill.aid), .money(standing.paid), .money(standing.lateFee), .day(standing.due),
            standing.badge(on: site.agency.clock().day),
        ]
    }

    // MARK: One bill with its lines

    private func one(_ query: Query, _ context: CounterContext, _ format: ListFormat) async throws -> ListPage {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else { throw Self.unknown }
        let limit = format.rows(ofPage: 500)
        let after = query.number("after").map { ID<Person>($0) } ?? ID(-1)
        let today = site.agency.clock().day
        let policy = try site.agency.policies.area(site.area)
        let (bill, standing, lines, isFull, names) = try await site.agency.store.read { [area = site.area] tx in
            guard let bill = try Contributions.bill(tx, area: area, ID(number)) else { throw Self.unknown }
            let terms = bill.insurance == .resident ? nil : try Agency.lateFees(policy)(bill.months.lowerBound)
            let read = try Contributions.lines(tx, area: area, of: bill.id, after: after, limit: limit)
            // A page ends with a person, not between the lines of one.
            let isFull = read.count == limit
            let lines = isFull ? Array(read.prefix { $0.person != read.last?.person }) : read
            return (
                bill, try Contributions.standing(tx, area: area, of: bill, terms: terms, on: today), lines, isFull,
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
        return ListPage(
            title: "应缴单 \(bill.id)", path: path, menu: "/bills",
            lead:
                "\(names.words(bill.payer)) · \(bill.insurance.name) · \(bill.periodName) · \(bill.purpose.name) · 缴费期限 \(standing.due) · \(standing.state.name)"
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
        let limit = format.rows(ofPage: Self.pageRows)
        let asked = query["payer"]
        let (found, names) = try await site.agency.store.read { [area = site.area] tx in
            let found = try self.arrears(of: asked, on: today, after: after, limit: limit, tx)
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
            title: "欠费清单", path: "/arrears",
            lead: "截至 \(today),逾期未缴清的应缴,本金缴清而滞纳金未缴的也在内。居民和灵活就业人员自愿参保,不催缴、不缓缴、不分期、不加收滞纳金,不缴的停止享受待遇。",
            filters: [.init("payer", Self.payerAsked, query)],
            table: Table(
                ["应缴单", "缴费人", "险种", "所属期", "缴费期限", "逾期天数", "欠缴本金", "滞纳金", "合计", "催缴"], rows,
                empty: asked.isEmpty ? "没有逾期未缴的应缴" : "“\(asked)”没有逾期未缴的应缴,请核对缴费人"),
            links: try site.matterLinks(
                [
                    ("contributions.dun", "催缴"), ("contributions.defer", "缓缴"),
                    ("contributions.instalments", "分期缴纳"),
                ], context),
            next: found.next.map { query.link("/arrears", ["after": "\($0)"]) },
            first: after.raw == 0 ? nil : query.link("/arrears", ["after": ""]))
    }

    /// A page of the arrears, of one payer or of all. Who is late is reckoned, no column: arrears are read on until the
    /// page is full, within bounds.
    private func arrears(
        of asked: String, on today: Day, after: ID<LevyBill>, limit: Int, _ tx: any Transaction
    ) throws -> ArrearsPage {
        let lateFees = Agency.lateFees(try site.agency.policies.area(site.area))
        let payers = asked.isEmpty ? nil : Set(try Self.payers(asked, site.area, tx))
        var page = ArrearsPage(arrears: [], next: after)
        for _ in 0..<(payers == nil ? 1 : Self.readsOfPageMax) {
            guard let place = page.next else { return page }
            let read = try Contributions.arrears(
                tx, area: site.area, on: today, after: place, limit: payers == nil ? limit : 500, lateFees: lateFees)
            page.next = read.next
            for arrear in read.arrears where payers?.contains(arrear.bill.payer) ?? true {
                page.arrears.append(arrear)
                guard page.arrears.count < limit || payers == nil else {
                    page.next = arrear.bill.id == read.arrears.last?.bill.id ? read.next : arrear.bill.id
                    return page
                }
            }
        }
        return page
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
        let (employer, letter) = try await site.agency.store.read { [area = site.area] tx in
            (
                try Enrolment.employer(tx, area: area, Enrolment.heir(tx, area: area, of: ID(number))),
                try Agency.sentDunning(tx, area: area, to: ID(number))
            )
        }
        guard let employer, let letter else {
            throw Problem("counter.dunning.nothing", "还没有向这个单位催缴过,没有通知书可打;请先办理“催缴”,审批后再打印")
        }
        let page = PrintedPage(
            view: "print/dunning", title: "催缴通知-\(employer.name)-\(letter.sent.on)",
            address: "/employers/\(number)/dunning",
            back: "/employers/\(number)")
        return try await site.printed(page, Self.model(letter.sent, letter.arrears, employer), asPDF: asPDF, context)
    }

    private static func model(_ letter: Dunning, _ arrears: [Arrear], _ employer: EmployerRecord) -> Model {
        [
            "name": employer.name, "code": employer.creditCode, "on": letter.on.description,
            "payBy": letter.payBy.description, "principal": letter.principal.grouped,
            "lateFee": letter.lateFee.grouped, "total": letter.total.grouped, "words": letter.total.inChinese,
            "bills": String(letter.bills), "changed": arrears.isEmpty,
            "rows": arrears.map { arrear in
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
    /// Red is what is late; a bill whose day has not come is none (未到期).
    func badge(on today: Day) -> Table.Cell {
        switch state {
        case .paid: isLate(on: today) ? .badge("欠滞纳金", .warn) : .badge(state.name, .fine)
        case .reversed: .badge(state.name, .grey)
        case .open, .partlyPaid:
            isLate(on: today) ? .badge("\(state.name),已逾期", .warn) : .badge("\(state.name),未到期", .grey)
        }
    }
}
