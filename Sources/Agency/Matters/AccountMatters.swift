import Basics
import Contributions
import Control
import Enrolment
import Fund
import Policy
import Storage

/// Matters of the personal accounts (个人账户办件).
public enum AccountMatters {
    public static let kinds: [MatterKind] = [
        share, endSharing, close, reopen, correct, reduce, supplement, settleInterest,
    ]

    private static let basis = "国发〔1998〕44号;国办发〔2021〕14号"

    private static func route(chief: Bool = false) -> [RouteStep] {
        [
            RouteStep("reception", "受理", post: "accounts.reception", limit: 1),
            RouteStep("review", "复核", post: "accounts.review", limit: 3),
        ] + (chief ? [RouteStep("approval", "审批", post: "contributions.chief", limit: 2)] : [])
    }

    /// Gathers what speaks against a matter, each check by itself.
    private static func problems(_ checks: (() throws -> Void)...) throws -> [Problem] {
        var problems: [Problem] = []
        for check in checks {
            do { try check() } catch let problem as Problem {
                problems.append(problem)
            } catch let several as Problems {
                problems += several.all
            }
        }
        return problems
    }

    // MARK: - Sharing

    /// 家庭共济绑定
    static let share = MatterKind(
        code: "accounts.sharing.begin", name: "个人账户家庭共济绑定", section: .accounts, basis: "国办发〔2021〕14号第三条",
        fields: [
            FormField("owner", "账户所有人", .person), FormField("beneficiary", "使用人", .person),
            FormField("relation", "使用人是所有人的", .choice(FamilyRelation.allCases.map { (String($0.rawValue), $0.name) })),
            FormField("from", "自何日起", .day),
        ],
        papers: [PaperKind("promise", "家庭共济承诺书", basis: "国办发〔2021〕14号第三条", isRequired: false)], steps: route(),
        check: { tx, draft in
            let owner = try draft.form.person("owner")
            let beneficiary = try draft.form.person("beneficiary")
            let relation = try draft.form.code("relation", FamilyRelation.self)
            let from = try draft.form.day("from")
            return try problems(
                { _ = try Enrolment.requireInsured(tx, area: draft.area, beneficiary) },
                { try requireAccount(tx, draft.area, owner, "owner") },
                { try Contributions.requireShareable(relation, try Agency.law(tx, area: draft.area), on: from) },
                { try Contributions.requireUnshared(tx, area: draft.area, owner: owner, beneficiary: beneficiary) },
                { if from < draft.today { throw early(draft.today) } })
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let id = try Contributions.share(
                tx, area: approved.area, owner: try form.person("owner"), beneficiary: try form.person("beneficiary"),
                try form.code("relation"), from: try form.day("from"), matter: approved.matter, by: approved.actor,
                at: approved.at)
            return Carried([("person", try form.person("owner").raw)], "已绑定家庭共济 \(id)")
        })

    private static func early(_ today: Day) -> Problem {
        Problem("contributions.sharing.early", field: "from", "共济不能从过去开始,请填 \(today) 或以后的日期")
    }

    private static func requireAccount(
        _ tx: any Transaction, _ area: AreaCode, _ person: ID<Person>, _ field: String
    ) throws {
        guard try Contributions.balance(tx, area: area, of: person) != nil else {
            throw Problem("contributions.account.none", field: field, "此人没有个人账户,请核对人员")
        }
        guard try !Contributions.isClosed(tx, area: area, person) else {
            throw Problem("contributions.account.closed", field: field, "此人的个人账户已清退,请核对人员")
        }
    }

    /// 解除家庭共济
    static let endSharing = MatterKind(
        code: "accounts.sharing.end", name: "个人账户家庭共济解除", section: .accounts, basis: "国办发〔2021〕14号第三条",
        fields: [
            FormField("owner", "账户所有人", .person), FormField("beneficiary", "使用人", .person),
            FormField("last", "最后一日", .day, help: "这一天仍可使用"), FormField("reason", "原因", .text(max: 100)),
        ], steps: route(),
        check: { tx, draft in
            try problems({ _ = try openSharing(tx, draft.area, draft.form) })
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let sharing = try openSharing(tx, approved.area, form)
            try Contributions.endSharing(
                tx, area: approved.area, sharing.id, last: try form.day("last"), matter: approved.matter,
                by: approved.actor, ground: form.text("reason"), at: approved.at)
            return Carried([("person", sharing.owner.raw)], "家庭共济 \(sharing.id) 到 \(try form.day("last")) 为止")
        })

    private static func openSharing(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> Contributions.Sharing {
        let beneficiary = try form.person("beneficiary")
        let last = try form.day("last")
        let sharings = try Contributions.sharings(tx, area: area, of: try form.person("owner"))
        guard let open = sharings.first(where: { $0.beneficiary == beneficiary && $0.last == nil }) else {
            throw Problem("contributions.sharing.none", field: "beneficiary", "两人之间没有有效的共济关系,请核对")
        }
        guard last >= open.first else {
            throw Problem("contributions.sharing.order", field: "last", "最后一日不能早于开始的 \(open.first)")
        }
        return open
    }

    // MARK: - Closing

    /// 清退
    static let close = MatterKind(
        code: "accounts.close", name: "个人账户清退(死亡、出境定居)", section: .accounts, basis: "国发〔1998〕44号第四条(本金和利息归个人所有,可以继承)",
        fields: [
            FormField("person", "账户所有人", .person),
            FormField("reason", "原因", .choice([("1", "死亡"), ("2", "出境定居")])),
            FormField(
                "payee", "去向",
                .choice([("bank", "划入银行账户"), ("heir", "划入继承人个人账户"), ("heirs", "几位继承人按名单分配")])),
            FormField("heir", "继承人", .person, isRequired: false, help: "去向为继承人个人账户时填写"),
            FormField("payee_name", "收款人姓名", .text(max: 50), isRequired: false),
            FormField("payee_account", "收款银行和账号", .text(max: 80), isRequired: false),
            FormField(
                "manner", "继承方式",
                .choice(InheritanceManner.allCases.map { (String($0.rawValue), $0.name) }), isRequired: false,
                help: "几位继承人分配时选择;法定继承以第一顺序(配偶、子女、父母)为先,没有第一顺序的才由第二顺序继承"),
            FormField(
                "sheet", "继承人分配名单", .sheet(AccountHeirs.template), isRequired: false,
                help: "几位继承人分配时上传,一行一人;份额填整数,本金利息按份额分到分,合计等于账户结清的全部金额"),
        ],
        papers: [
            PaperKind("proof", "死亡证明或出境定居证明", basis: "国发〔1998〕44号第四条"),
            PaperKind(
                "heirship", "继承关系证明", basis: "民法典继承编", isRequired: false, help: "死亡清退必须提交;几位继承人的,每人的证明都要提交,文号写入名单"),
        ],
        steps: route(chief: true) + [
            RouteStep("deputy", "分管领导审批", post: "deputy", limit: 2, from: Money(yuan: 10_000))
        ],
        check: { tx, draft in
            let person = try draft.form.person("person")
            return try problems(
                {
                    let heirs = try AccountHeirs(tx, draft.area, draft.form, list: draft.file(tx, "sheet"))
                    try Contributions.requireClosable(tx, area: draft.area, person, heirs.shares, heirs.manner)
                }, { try requireEvent(tx, draft) })
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let person = try form.person("person")
            let heirs = try AccountHeirs(tx, approved.area, form, list: approved.file(tx, "sheet"))
            let closed = try Contributions.closeAccount(
                tx, area: approved.area, of: person, try form.code("reason"), on: approved.at.day,
                among: heirs.shares, heirs.manner, try Agency.law(tx, area: approved.area),
                approved.ground("个人账户清退"))
            try Agency.post(tx, area: approved.area, closed.runs, by: approved.actor, at: approved.at)
            if closed.paidToBanks > .zero { try bookPayout(tx, approved, closed.paidToBanks) }
            let among = heirs.shares.count == 1 ? "" : ",由 \(heirs.shares.count) 位继承人分配"
            return Carried(
                [("person", person.raw)], "账户已清退 \(closed.paid) 元,其中利息 \(closed.interest) 元\(among)")
        }, prints: [PrintKind("account.statement", "个人账户对账单")]
    ).requiring { form in
        // Whoever takes what the dead have left shows that it is his: into which account it goes makes no difference.
        form.text("reason") == "1" ? ["heirship"] : []
    }.measuring { tx, area, form, today in
        try form.personIfGiven("person").flatMap {
            try Contributions.worthOnClosing(tx, area: area, of: $0, on: today, Agency.law(tx, area: area))
        }
    }.previewing { tx, draft in
        let person = try draft.form.person("person")
        guard let balance = try Contributions.balance(tx, area: draft.area, of: person),
            let worth = try Contributions.worthOnClosing(
                tx, area: draft.area, of: person, on: draft.today, Agency.law(tx, area: draft.area))
        else { return [] }
        let heirs = try AccountHeirs(tx, draft.area, draft.form, list: draft.file(tx, "sheet"))
        return ["账面余额 \(balance) 元,加上到昨日的利息 \(worth - balance) 元,今天清退付 \(worth) 元"]
            + heirs.sentences(of: worth)
    }

    /// An account is closed upon an event of life that has been registered.
    private static func requireEvent(_ tx: any Transaction, _ draft: MatterDraft) throws {
        let person = try Enrolment.requireInsured(tx, area: draft.area, try draft.form.person("person")).person
        if draft.form.text("reason") == "1", person.died == nil {
            throw Problem("contributions.account.alive", field: "person", "还没有登记死亡,请先办理死亡登记再清退账户")
        }
        if draft.form.text("reason") == "2", person.life.state != .abroad {
            throw Problem("contributions.account.notAbroad", field: "person", "还没有登记出境定居,请先办理生存状态登记再清退账户")
        }
    }

    private static func bookPayout(_ tx: any Transaction, _ approved: Approved, _ paid: Money) throws {
        guard case .staff(let reviewer) = approved.actor else { return }
        let draft = VoucherDraft(
            book: .employee, day: approved.at.day, summary: "个人账户清退", attachments: approved.attachments.count,
            lines: [VoucherLine(.debit, .benefitExpense, paid), VoucherLine(.credit, .expenseAccount, paid)])
        try Vouchers.enter(
            tx, area: approved.area, draft, chart: try FundDesk.chart(tx, area: approved.area),
            preparedBy: approved.opener, reviewedBy: reviewer, at: approved.at)
    }

    /// 撤销清退
    static let reopen = MatterKind(
        code: "accounts.reopen", name: "个人账户撤销清退", section: .accounts, basis: basis,
        fields: [FormField("person", "账户所有人", .person), FormField("reason", "原因", .lines(max: 300))],
        steps: route(chief: true),
        check: { tx, draft in
            let isClosed = try Contributions.isClosed(tx, area: draft.area, try draft.form.person("person"))
            return isClosed
                ? [] : [Problem("contributions.account.notClosed", field: "person", "账户没有清退,不需要恢复")]
        },
        effect: .atOnce { tx, approved in
            let person = try approved.form.person("person")
            try Contributions.reopenAccount(
                tx, area: approved.area, of: person, on: approved.at.day, approved.ground(approved.form.text("reason"))
            )
            return Carried([("person", person.raw)], "账户已恢复;已付出的款项请另办更正")
        })

    // MARK: - Correction

    /// 更正
    static let correct = MatterKind(
        code: "accounts.correct", name: "个人账户流水更正(红字)", section: .accounts, basis: basis,
        fields: [
            FormField("entry", "流水号", .whole(1...Int64.max), help: "在个人账户流水中查看"),
            FormField("reason", "原因", .lines(max: 300)),
        ], steps: route(chief: true),
        check: { tx, draft in
            let entry = ID<AccountEntry>(try draft.form.whole("entry"))
            return try problems({ try Contributions.requireCorrectable(tx, area: draft.area, entry) })
        },
        effect: .atOnce { tx, approved in
            let entry = ID<AccountEntry>(try approved.form.whole("entry"))
            let outcome = try Contributions.correct(
                tx, area: approved.area, entry, approved.ground(approved.form.text("reason")))
            try Agency.post(tx, area: approved.area, [outcome], by: approved.actor, at: approved.at)
            return Carried([("entry", entry.raw)], "流水 \(entry) 已红字更正 \(outcome.total) 元")
        })

    /// 多划冲减
    static let reduce = MatterKind(
        code: "accounts.reduce", name: "个人账户多划冲减", section: .accounts, basis: "国办发〔2021〕14号第二条",
        fields: [
            FormField("person", "账户所有人", .person), FormField("month", "费款所属月", .month),
            FormField("amount", "冲减金额", .money, help: "以多划的金额和账户余额为限;余额不足的,其余留待以后冲减"),
            FormField("reason", "原因", .lines(max: 300)),
        ], steps: route(chief: true), amount: { $0.moneyIfGiven("amount") },
        check: { tx, draft in
            try problems({
                let over = try overCredit(tx, draft.area, draft.form)
                let amount = try draft.form.money("amount")
                guard amount > .zero, amount <= over.recoverable else { throw Contributions.beyond(over) }
            })
        },
        effect: .atOnce { tx, approved in
            let over = try overCredit(tx, approved.area, approved.form)
            let amount = try approved.form.money("amount")
            let runs = try Contributions.reduceCredit(
                tx, area: approved.area, over, by: amount, approved.ground(approved.form.text("reason")))
            try Agency.post(tx, area: approved.area, runs, by: approved.actor, at: approved.at)
            let rest = over.amount - amount
            return Carried(
                [("person", over.person.raw)],
                "\(over.month) 多划 \(over.amount) 元,已冲减 \(amount) 元"
                    + (rest == .zero ? "" : ";其余 \(rest) 元留待以后冲减,风险检查继续列出"))
        }
    ).previewing { tx, draft in
        let over = try overCredit(tx, draft.area, draft.form)
        let amount = try draft.form.money("amount")
        return [
            "\(over.month) 已划入 \(over.credited) 元,按现在的应缴单应划入 \(over.worth) 元,多划 \(over.amount) 元",
            "账户余额 \(over.balance) 元,冲减 \(amount) 元后为 \(over.balance - amount) 元;原流水红字更正,应留的 "
                + "\(over.credited - amount) 元补记",
        ]
    }

    private static func overCredit(_ tx: any Transaction, _ area: AreaCode, _ form: FormValues) throws -> OverCredit {
        try Agency.requireOverCredit(tx, area: area, try form.person("person"), try form.month("month"))
    }

    /// 补记
    static let supplement = MatterKind(
        code: "accounts.supplement", name: "个人账户补记", section: .accounts, basis: basis,
        fields: [
            FormField("person", "账户所有人", .person), FormField("month", "所属月份", .month),
            FormField("amount", "补记金额", .money), FormField("reason", "原因", .lines(max: 300)),
        ],
        steps: route() + [RouteStep("approval", "审批", post: "contributions.chief", limit: 2, from: Money(yuan: 1_000))],
        amount: { $0.moneyIfGiven("amount") },
        check: { tx, draft in
            try problems(
                { try requireAccount(tx, draft.area, try draft.form.person("person"), "person") },
                {
                    if try draft.form.money("amount") <= .zero {
                        throw Problem("contributions.account.amount", field: "amount", "补记金额应大于 0;多记的请用更正冲回")
                    }
                })
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let person = try form.person("person")
            let outcome = try Contributions.supplement(
                tx, area: approved.area, month: try form.month("month"),
                [AccountPosting(person: person, amount: try form.money("amount"))],
                approved.ground(form.text("reason")))
            try Agency.post(tx, area: approved.area, [outcome], by: approved.actor, at: approved.at)
            return Carried([("person", person.raw)], "已补记 \(outcome.total) 元")
        }
    ).measuring { tx, area, form, _ in
        guard let person = form.personIfGiven("person"), let month = form.monthIfGiven("month") else {
            return form.moneyIfGiven("amount")
        }
        return try ContributionMatters.together(form, Contributions.supplemented(tx, area: area, person, month))
    }.previewing { tx, draft in
        let month = try draft.form.month("month")
        let earlier = try Contributions.supplemented(tx, area: draft.area, draft.form.person("person"), month)
        return try ContributionMatters.levelled(draft.form, "\(month) 此前已补记", earlier)
    }

    // MARK: - Interest

    private static let interestChunk = 1_000

    /// 年度结息
    static let settleInterest = MatterKind(
        code: "accounts.interest.settle", name: "个人账户年度结息", section: .accounts, basis: "国发〔1998〕44号第四条",
        fields: [FormField("year", "计息年度", .year)], steps: route(chief: true),
        check: { tx, draft in
            try problems({
                let year = try interestYear(tx, draft.area, draft.form, today: draft.today)
                try Contributions.requireInterestDue(
                    tx, area: draft.area, year, Agency.law(tx, area: draft.area), today: draft.today)
                _ = try AccountInterest.Terms(try Agency.law(tx, area: draft.area), over: year.days)
            })
        },
        effect: .job { tx, approved, cursor in
            let area = approved.area
            let year = try interestYear(tx, area, approved.form, today: approved.at.day)
            let terms = try AccountInterest.Terms(try Agency.law(tx, area: area), over: year.days)
            let chunk = try Contributions.settleInterest(
                tx, area: area, year, after: ID(cursor), limit: interestChunk, terms,
                approved.ground("\(year.year) 年度结息"))
            try Agency.post(tx, area: area, [chunk.outcome], by: approved.actor, at: approved.at)
            let progress = try Contributions.interestProgress(tx, area: area, year)
            guard let last = chunk.last else {
                return .finished(Carried([], "\(progress.settled) 个账户已结息,共 \(progress.interest) 元"))
            }
            return .more(next: last.raw, done: progress.settled, of: progress.accounts)
        })

    private static func interestYear(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, today: Day
    ) throws -> InterestYear {
        let policy = try Agency.law(tx, area: area)
        return try InterestYear(endingIn: try form.year("year"), policy, today: today)
    }
}
