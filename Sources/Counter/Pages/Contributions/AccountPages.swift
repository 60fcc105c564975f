import Agency
import Basics
import Contributions
import Control
import Enrolment
import Fund
import Hummingbird
import Policy
import Storage

/// A person's account, year by year (个人账户对账单): on the page, on paper, as a sheet.
struct AccountPages: Sendable {
    let site: Site

    private static let pageRows = 50

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        site.addList("/accounts", to: router) { query, context, _ in try await search(query, context) }
        site.addList("/accounts/days", to: router) { query, _, format in try await days(query, format) }
        router.get("/people/{id}/account", use: one)
        router.get("/people/{id}/account.xlsx") { request, context in
            try await read(request, context).statement.sheet.download(.excel)
        }
        router.get("/people/{id}/account/print") { try await printed($0, $1, asPDF: false) }
        router.get("/people/{id}/account/print.pdf") { try await printed($0, $1, asPDF: true) }
    }

    private struct Facts: Sendable {
        var person: PersonRecord
        var year: Int
        var statement: AccountStatement
        var sharings: [Contributions.Sharing]
        var closings: [Contributions.Closing]
        /// Of the people it is shared with.
        var names: [ID<Person>: String]
        var isLast: Bool
    }

    private func read(_ request: Request, _ context: CounterContext) async throws -> Facts {
        let id = try PersonPage.number(context)
        let today = site.agency.clock().day
        let policy = try site.agency.policies.area(site.area)
        let asked = Query(request).number("year").map { Int($0) }
        let year =
            try asked.map { try InterestYear(endingIn: $0, policy, today: today) } ?? InterestYear(of: today, policy)
        return try await site.agency.store.read { [area = site.area] tx in
            guard let insured = try Enrolment.insured(tx, area: area, id) else { throw PersonPage.unknown }
            guard let statement = try Contributions.statement(tx, area: area, of: id, year) else {
                throw Problem("counter.account.unknown", "\(insured.person.name)没有个人账户;居民和未参加职工医保的人不设个人账户")
            }
            let sharings = try Contributions.sharings(tx, area: area, of: id)
            return Facts(
                person: insured.person, year: year.year, statement: statement, sharings: sharings,
                closings: try Contributions.closings(tx, area: area, of: id),
                names: try Enrolment.people(tx, area: area, sharings.map(\.beneficiary)).mapValues(\.name),
                isLast: year.days.contains(today))
        }
    }

    // MARK: All accounts

    /// The accounts of people as they are looked for, and what the fund's ledger took in and gave out this year.
    private func search(_ query: Query, _ context: CounterContext) async throws -> ListPage {
        let asked = query["q"]
        let today = site.agency.clock().day
        let after = query.number("after").map { ID<Person>($0) } ?? ID(0)
        let year = Month(year: today.year, month: 1).first...today
        let (found, headings) = try await site.agency.store.read { [area = site.area] tx in
            let people = asked.isEmpty ? [] : try PersonSearch.find(asked, after: after, limit: Self.pageRows, area, tx)
            return (
                try people.map { insured in
                    (
                        person: insured.person,
                        own: try Contributions.balance(tx, area: area, of: insured.person.id),
                        shared: try Contributions.available(tx, area: area, to: insured.person.id, on: today)
                            .sharedTotal
                    )
                },
                try FundDesk.accountHeadings(tx, area: area, year)
            )
        }
        let rows = found.map { person, own, shared -> [Table.Cell] in
            let page = own == nil ? "/people/\(person.id)" : "/people/\(person.id)/account"
            return [
                .link("\(person.id)", to: page), .link(person.name, to: page),
                .text(person.paper.masked),
                own == nil ? .badge("没有账户", .grey) : .badge("对账单", .fine), .money(own ?? .zero), .money(shared),
            ]
        }
        return ListPage(
            title: "个人账户", path: "/accounts", lead: "按人查对账单:收支、利息怎样算出、家庭共济,可打印、存为 PDF 和导出。",
            filters: [.init("q", "姓名、身份证号、社保卡号或人员编号", query)],
            table: Table(
                ["人员编号", "姓名", "证件号码", "账户", "账户余额", "家庭共济可用"], rows,
                empty: asked.isEmpty ? "请输入姓名、身份证号、社保卡号或人员编号,再点查询" : "没有找到“\(asked)”,请核对后重试"),
            more: [
                (
                    "基金台账 \(today.year) 年个人账户收支(支付除外)",
                    Table(
                        ["项目", "金额"], headings.map { [.text($0.heading.name), .money($0.amount)] },
                        empty: "今年还没有划入、计息和转移")
                )
            ],
            links: try site.matterLinks(
                [("accounts.interest.settle", "年度结息"), ("accounts.sharing.begin", "家庭共济绑定")], context)
                + [.init("账户与基金账逐日核对", "/accounts/days")],
            next: found.count == Self.pageRows
                ? query.link("/accounts", ["after": "\(found.last!.person.id)"]) : nil,
            first: after.raw == 0 ? nil : query.link("/accounts", ["after": ""]))
    }

    // MARK: Day by day

    /// Every day's sum of the accounts beside the fund's ledger, as it was compared (账账核对).
    private func days(_ query: Query, _ format: ListFormat) async throws -> ListPage {
        let before =
            query.number("after").map { Day(number: Int32(clamping: $0)) } ?? Day(year: 9999, month: 12, day: 31)!
        let limit = format.rows(ofPage: Self.pageRows)
        let (lines, differing) = try await site.agency.store.read { [area = site.area] tx in
            (
                try AccountComparisons.days(tx, area: area, before: before, limit: limit),
                try AccountComparisons.differing(tx, area: area)
            )
        }
        let rows = lines.map { line -> [Table.Cell] in
            let compared = line.comparison
            return [
                .day(compared.day), .money(compared.accounts.settled), .money(compared.books.settled),
                .money(compared.accounts.posted), .money(compared.books.posted), .money(line.accountsBalance),
                .money(line.booksBalance), compared.agrees ? .badge("相符", .fine) : .badge("不符", .warn),
                .moment(line.at),
            ]
        }
        return ListPage(
            title: "账户与基金账逐日核对", path: "/accounts/days", menu: "/accounts",
            lead: differing.isEmpty
                ? "每天日终把全部个人账户的收支与基金账逐日核对并登记;没有收支的日子不列。"
                : "有 \(differing.count) 天不符,自 \(differing[0].comparison.day) 起;请核对当日的结算和入账批次,改正后次日日终重新核对。",
            table: Table(
                ["日期", "账户支付", "基金记支付", "账户其他收支", "基金记其他收支", "账户余额合计", "基金账余额", "结果", "核对时间"],
                rows, empty: "还没有核对过;日终处理每天核对一次,也可以运行 yibao daily"),
            next: lines.count == limit
                ? query.link("/accounts/days", ["after": "\(lines.last!.comparison.day.number)"]) : nil,
            first: query["after"].isEmpty ? nil : "/accounts/days")
    }

    // MARK: The page

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        let facts = try await read(request, context)
        let statement = facts.statement
        let base = "/people/\(facts.person.id)/account"
        return try site.subject(
            SubjectPage(
                title: "\(facts.person.name)的个人账户",
                number: "\(statement.days.lowerBound) – \(statement.days.upperBound)", menu: "/accounts",
                facts: [
                    .init("人员编号", "\(facts.person.id)", href: "/people/\(facts.person.id)"),
                    .init("期初余额", statement.opening.grouped + " 元"),
                    .init("期末余额", statement.closing.grouped + " 元", isStrong: true),
                ] + statement.sums.map { .init($0.heading.rawValue, "\($0.amount.grouped) 元(\($0.count) 笔)") },
                acts: try site.matterLinks(
                    [
                        ("accounts.sharing.begin", "开通家庭共济"), ("accounts.sharing.end", "停止家庭共济"),
                        ("accounts.supplement", "补划"), ("accounts.close", "清退或继承"),
                        ("accounts.reopen", "恢复账户"),
                    ], given: "person=\(facts.person.id)&owner=\(facts.person.id)", context),
                prints: [
                    .init("打印对账单", "\(base)/print?year=\(facts.year)"),
                    .init("导出 Excel", "\(base).xlsx?year=\(facts.year)"),
                ],
                sections: [
                    try entries(facts, base, context), interest(statement), sharings(facts), closings(facts),
                ].compactMap { $0 }),
            context)
    }

    private func entries(
        _ facts: Facts, _ base: String, _ context: CounterContext
    ) throws -> SubjectPage.Section {
        SubjectPage.Section(
            title: "收支明细", table: try table(facts.statement, context),
            links: [
                .init("上一年度", "\(base)?year=\(facts.year - 1)")
            ] + (facts.isLast ? [] : [.init("下一年度", "\(base)?year=\(facts.year + 1)")]))
    }

    /// Each entry with its number, and the matter that takes it back where that can be done.
    private func table(_ statement: AccountStatement, _ context: CounterContext) throws -> Table {
        let takenBack = Set(statement.entries.compactMap(\.reverses))
        let rows = try statement.entries.map { entry -> [Table.Cell] in
            let isOpen = entry.kind.isCorrectable && !takenBack.contains(entry.id)
            let act =
                try isOpen
                ? site.matterLinks([("accounts.correct", "更正")], given: "entry=\(entry.id)", context).first : nil
            return [
                .text("\(entry.id)"), .moment(entry.at), .text(entry.kind.name), .text(entry.periodText),
                entry.settlement.map { .link("\($0)", to: "/settlements/\($0)") } ?? .text(""),
                .money(entry.amount), .money(entry.balance), act.map { .link($0.title, to: $0.href) } ?? .text(""),
            ]
        }
        return Table(["流水号", "时间", "事由", "所属期", "结算", "金额", "余额", "办理"], rows, empty: "这一年度没有收支")
    }

    private func interest(_ statement: AccountStatement) -> SubjectPage.Section? {
        guard !statement.interest.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "利息怎样算出来的",
            table: Table(
                ["计息期", "上年结转部分利息", "当年筹集部分利息", "算式"],
                statement.interest.map {
                    [
                        .text("\($0.days.lowerBound) – \($0.days.upperBound)"), .money($0.carried), .money($0.current),
                        .text($0.steps),
                    ]
                }, empty: ""))
    }

    private func sharings(_ facts: Facts) -> SubjectPage.Section? {
        guard !facts.sharings.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "家庭共济",
            table: Table(
                ["使用人", "关系", "起", "止"],
                facts.sharings.map {
                    [
                        .link(facts.names[$0.beneficiary] ?? "\($0.beneficiary)", to: "/people/\($0.beneficiary)"),
                        .text($0.relation.name),
                        .day($0.first), .text($0.last?.description ?? "至今"),
                    ]
                }, empty: ""))
    }

    /// To whom the account was paid out, and on what proof.
    private func closings(_ facts: Facts) -> SubjectPage.Section? {
        guard !facts.closings.isEmpty else { return nil }
        let rows = facts.closings.flatMap { closing -> [[Table.Cell]] in
            let what = closing.isTakenBack ? "撤销清退" : closing.reason.name
            let head: [Table.Cell] = [.day(closing.day), .text(what), .text(closing.manner?.name ?? "")]
            guard !closing.payees.isEmpty else {
                return [
                    head + [
                        .text(""), .text(""), .text(""), .text(""), .money(closing.amount), .matter(closing.matter),
                    ]
                ]
            }
            return closing.payees.map { payee in
                head + [
                    .text(payee.share.payee.name), .text(payee.share.relation?.name ?? ""), .text(payee.share.way),
                    .text(payee.share.proof), .money(payee.amount), .matter(closing.matter),
                ]
            }
        }
        return SubjectPage.Section(
            title: "清退",
            table: Table(["日期", "事由", "继承方式", "收款人", "与死者关系", "去向", "证明", "金额", "办件"], rows, empty: ""))
    }

    // MARK: On paper

    private func printed(_ request: Request, _ context: CounterContext, asPDF: Bool) async throws -> Response {
        let facts = try await read(request, context)
        let statement = facts.statement
        let base = "/people/\(facts.person.id)/account"
        let model: Model = [
            "period": "\(statement.days.lowerBound) – \(statement.days.upperBound)", "name": facts.person.name,
            "person": "\(facts.person.id)",
            "paper": facts.person.paper.number, "opening": statement.opening.grouped,
            "closing": statement.closing.grouped, "closingChinese": statement.closing.inChinese,
            "sums": statement.sums.map {
                ["name": $0.heading.rawValue, "count": String($0.count), "amount": $0.amount.grouped] as Model
            },
            "entries": statement.entries.map {
                [
                    "number": $0.id.description, "at": $0.at.description, "kind": $0.kind.name,
                    "amount": $0.amount.grouped,
                    "balance": $0.balance.grouped,
                ] as Model
            },
            "interest": statement.interest.map { ["steps": $0.steps] as Model },
            "hasInterest": !statement.interest.isEmpty,
        ]
        let page = PrintedPage(
            view: "print/account-statement", title: "对账单-\(facts.person.name)-\(facts.year)", address: "\(base)/print",
            back: "\(base)?year=\(facts.year)", query: "year=\(facts.year)")
        return try await site.printed(page, model, asPDF: asPDF, context)
    }
}
