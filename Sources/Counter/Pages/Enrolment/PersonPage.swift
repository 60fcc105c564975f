import Agency
import Basics
import Contributions
import Control
import Enrolment
import Hummingbird
import Portability
import Providers
import Settlement
import Storage

/// One person (参保人详情): who it is, whether covered today and why, spells, life events, account, bills.
struct PersonPage: Sendable {
    let site: Site

    func addRoutes(to router: some RouterMethods<CounterContext>) {
        router.get("/people/{id}", use: one)
    }

    private struct Facts: Sendable {
        var insured: InsuredPerson
        /// 所属乡镇街道
        var town: String
        var employers: [ID<Employer>: String]
        var accounts: AvailableAccounts
        var entries: [AccountEntry]
        var payments: [PaymentRecord]
        var sharings: [Contributions.Sharing]
        /// Of people in sharings, both ways.
        var relatives: [ID<Person>: String]
        var transfers: [TransferLine]
        var bills: [SettlementRow]
        var matters: [MatterLine]
    }

    static let unknown = Problem("counter.person.unknown", "没有找到这个人,请用姓名或证件号查找")

    static func number(_ context: CounterContext) throws -> ID<Person> {
        guard let number = context.parameters.get("id").flatMap({ Int64($0) }) else { throw unknown }
        return ID(number)
    }

    @Sendable private func one(_ request: Request, _ context: CounterContext) async throws -> Response {
        let id = try Self.number(context)
        let matters = try site.matters()
        let today = site.agency.clock().day
        let facts = try await site.agency.store.read { [area = site.area] tx in
            try Self.read(id, area, today, matters, tx)
        }
        let providers = try await site.agency.providers(site.area)
        let person = facts.insured.person
        return try site.subject(
            SubjectPage(
                title: person.name, number: "人员编号 \(person.id)", badges: badges(person), menu: "/people",
                notices: person.mergedInto.map { ["这个人员编号已并入 \($0),请用 \($0) 办理业务"] } ?? [],
                facts: particulars(facts), acts: try site.matterLinks(about: .person, person.id.raw, context),
                sections: [
                    cover(facts.insured, today), spans(facts.insured), spells(facts), statuses(facts.insured),
                    life(person), contributions(facts), account(facts), sharings(facts), transfers(facts),
                    bills(facts, providers), related(facts.matters),
                ].compactMap { $0 }), context)
    }

    private static func read(
        _ id: ID<Person>, _ area: AreaCode, _ today: Day, _ matters: Matters, _ tx: any Transaction
    ) throws -> Facts {
        guard let insured = try Enrolment.insured(tx, area: area, id) else { throw unknown }
        let payments = try Agency.payments(tx, area: area, of: id)
        var employers: [ID<Employer>: String] = [:]
        for employer in Set(insured.spells.compactMap(\.employer) + payments.compactMap(\.employer)) {
            employers[employer] = try Enrolment.employer(tx, area: area, employer)?.name
        }
        let accounts = try Contributions.available(tx, area: area, to: id, on: today)
        let sharings = try Contributions.sharings(tx, area: area, of: id)
        return Facts(
            insured: insured, town: try Site.townWords(tx, area: area, insured.person.division),
            employers: employers, accounts: accounts,
            entries: try Contributions.entries(tx, area: area, of: id, limit: 12), payments: payments,
            sharings: sharings,
            relatives: try Enrolment.people(
                tx, area: area, sharings.map(\.beneficiary) + accounts.shared.map(\.owner)
            ).mapValues(\.name), transfers: try Portability.transfers(tx, area: area, of: id),
            bills: try SettlementDesk.settlements(
                area, SettlementDesk.SettlementFilter(person: id), limit: 30, tx
            ).bills, matters: try matters.concerning(tx, "person", id.raw, limit: 20))
    }

    // MARK: Who it is

    private func badges(_ person: PersonRecord) -> [(text: String, tone: Table.Tone)] {
        person.life.state == .normal ? [] : [(person.life.state.name, .warn)]
    }

    private func particulars(_ facts: Facts) -> [SubjectPage.Fact] {
        let person = facts.insured.person
        let today = site.agency.clock().day
        var rows: [SubjectPage.Fact] = [
            .init(person.paper.kind.name, person.paper.number), .init("性别", person.sex == .male ? "男" : "女"),
            .init("出生日期", "\(person.birth)(\(person.birth.age(on: today)) 岁)"),
        ]
        if !person.ethnicity.isEmpty { rows.append(.init("民族代码", person.ethnicity)) }
        if !facts.town.isEmpty { rows.append(.init("所属乡镇街道", facts.town)) }
        if let died = person.died { rows.append(.init("死亡日期", died.description, isStrong: true)) }
        rows.append(.init("个人账户余额", facts.accounts.own.grouped + " 元", isStrong: true))
        if facts.accounts.sharedTotal > .zero {
            rows.append(.init("家庭共济可用", facts.accounts.sharedTotal.grouped + " 元"))
        }
        return rows
    }

    // MARK: Cover

    private func cover(_ insured: InsuredPerson, _ today: Day) -> SubjectPage.Section {
        switch insured.entitlement(on: today) {
        case .covered(let coverage):
            SubjectPage.Section(
                title: "待遇享受(\(today))",
                facts: [
                    .init("今日", "可以享受", isStrong: true),
                    .init("按", "\(coverage.insurance.name) · \(coverage.category.name)"),
                ])
        case .refused(let reason):
            SubjectPage.Section(
                title: "待遇享受(\(today))", note: reason.problem.message, facts: [.init("今日", "不能享受", isStrong: true)])
        }
    }

    /// Since when and until when, with the reason for every day without cover.
    private func spans(_ insured: InsuredPerson) -> SubjectPage.Section? {
        guard let spans = insured.cover, !spans.isEmpty else { return nil }
        let rows = spans.reversed().prefix(24).map { span -> [Table.Cell] in
            let days = "\(span.period.first) – \(span.period.last?.description ?? "")"
            switch span.state {
            case .covered(let cover): return [.text(days), .badge("享受", .fine), .text(cover.insurance.name)]
            case .notCovered(let reason):
                return [.text(days), .badge(reason.reason.name, .warn), .text(reason.problem.message)]
            }
        }
        return SubjectPage.Section(
            title: "待遇享受的期间", note: "由参保时段、缴费、等待期和暂停逐日算出,最近的在前。",
            table: Table(["期间", "待遇", "险种或原因"], Array(rows), empty: ""))
    }

    /// The matters that concerned this person.
    private func related(_ lines: [MatterLine]) -> SubjectPage.Section? {
        guard !lines.isEmpty else { return nil }
        return SubjectPage.Section(title: "相关办件", table: site.matterTable(lines))
    }

    private func spells(_ facts: Facts) -> SubjectPage.Section {
        SubjectPage.Section(
            title: "参保记录",
            table: Table(
                ["险种", "人员类别", "单位", "起", "止", "事由", "待遇起", "变动"],
                facts.insured.spells.reversed().map { spell in
                    [
                        .text(spell.insurance.name), .text(spell.category.name), employer(spell, facts),
                        .day(spell.period.first), .text(spell.period.last?.description ?? "至今"),
                        .text(spell.reason.name), .day(spell.entitledFrom),
                        .text(
                            spell.acts.map { "\($0.day) \($0.kind.words)(\($0.reason.name))" }.joined(separator: ";")),
                    ]
                }, empty: "没有参保记录,请办理参保登记"))
    }

    private func employer(_ spell: Spell, _ facts: Facts) -> Table.Cell {
        guard let employer = spell.employer else { return .text("") }
        return .link(facts.employers[employer] ?? "\(employer)", to: "/employers/\(employer)")
    }

    private func statuses(_ insured: InsuredPerson) -> SubjectPage.Section? {
        guard !insured.statuses.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "救助和补助身份", note: "同时有几种救助身份的,按最高的一种。",
            table: Table(
                ["身份", "起", "止"],
                insured.statuses.map {
                    [.text($0.kind.name), .day($0.period.first), .text($0.period.last?.description ?? "至今")]
                }, empty: ""))
    }

    private func life(_ person: PersonRecord) -> SubjectPage.Section? {
        guard !person.acts.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "人员变更",
            table: Table(
                ["日期", "事项", "证明编号", "内容"],
                person.acts.reversed().map { act in
                    [
                        .day(act.day), .text(act.kind.name), .text(act.certificate),
                        .text(
                            act.survivor.map { "并入 \($0)" }
                                ?? act.particulars.map { "\($0.name) \($0.paper.number)" } ?? ""),
                    ]
                }, empty: ""))
    }

    // MARK: Contributions

    private func contributions(_ facts: Facts) -> SubjectPage.Section? {
        guard !facts.payments.isEmpty else { return nil }
        let shown = 12
        let all = PersonContributions.table(facts.payments, facts.employers, on: site.agency.clock().day)
        return SubjectPage.Section(
            title: "缴费记录", note: "按所属期,最近的在前。",
            table: Table(all.columns, Array(all.rows.prefix(shown)), empty: ""),
            links: [.init("全部缴费(\(facts.payments.count) 笔)", "/people/\(facts.insured.person.id)/contributions")])
    }

    // MARK: Account and bills

    /// Whom this account is shared with, and whose accounts may be drawn on.
    private func sharings(_ facts: Facts) -> SubjectPage.Section? {
        let given = facts.sharings.map { sharing -> [Table.Cell] in
            [
                .text("本人账户给"), relative(sharing.beneficiary, facts), .text(sharing.relation.name),
                .day(sharing.first), .text(sharing.last?.description ?? "至今"), .text(""),
            ]
        }
        let taken = facts.accounts.shared.map { source -> [Table.Cell] in
            [
                .text("可以使用"), relative(source.owner, facts), .text(""), .text(""), .text("今日有效"),
                .money(source.balance),
            ]
        }
        guard !given.isEmpty || !taken.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "家庭共济", table: Table(["方向", "对方", "关系", "起", "止", "对方余额"], taken + given, empty: ""))
    }

    private func relative(_ person: ID<Person>, _ facts: Facts) -> Table.Cell {
        .link(facts.relatives[person] ?? "\(person)", to: "/people/\(person)")
    }

    private func transfers(_ facts: Facts) -> SubjectPage.Section? {
        guard !facts.transfers.isEmpty else { return nil }
        return SubjectPage.Section(
            title: "关系转移",
            table: Table(
                ["编号", "方向", "险种", "申请日期", "进度", "更新于"],
                facts.transfers.reversed().map { line in
                    [
                        .link(line.transfer.number, to: "/transfers/\(line.transfer.id)"),
                        .text(line.transfer.direction.name), .text(line.transfer.insurances),
                        .day(line.transfer.appliedOn), line.state.badge, .day(line.since),
                    ]
                }, empty: ""))
    }

    private func account(_ facts: Facts) -> SubjectPage.Section {
        SubjectPage.Section(
            title: "个人账户流水(最近)",
            table: Table(
                ["时间", "事由", "结算", "金额", "余额"],
                facts.entries.map { entry in
                    [
                        .moment(entry.at), .text(entry.kind.name),
                        entry.settlement.map { .link("\($0)", to: "/settlements/\($0)") } ?? .text(""),
                        .money(entry.amount), .money(entry.balance),
                    ]
                }, empty: "没有个人账户"),
            links: facts.entries.isEmpty ? [] : [.init("年度对账单", "/people/\(facts.insured.person.id)/account")])
    }

    private func bills(_ facts: Facts, _ providers: ProviderDirectory) -> SubjectPage.Section {
        SubjectPage.Section(
            title: "最近的结算",
            table: Table(
                ["结算编号", "时间", "机构", "类别", "医疗费", "基金支付", "现金"],
                facts.bills.map { bill in
                    [
                        .link("\(bill.id)", to: "/settlements/\(bill.id)"), .moment(bill.settledAt),
                        .text(providers[bill.provider]?.profile(on: bill.settledDay).name ?? ""),
                        .text(bill.careType.name), .money(bill.amounts.total), .money(bill.amounts.funds),
                        .money(bill.amounts.cash),
                    ]
                }, empty: "还没有结算"),
            links: [.init("全部结算", "/settlements?person=\(facts.insured.person.id)")])
    }
}

extension Spell.Act.Kind {
    var words: String {
        switch self {
        case .ended: "终止"
        case .suspended: "暂停待遇"
        case .resumed: "恢复待遇"
        case .voided: "撤销登记"
        }
    }
}
