import Basics
import Contributions
import Control
import Enrolment
import Policy
import Sheets
import Storage

/// The matters of collecting (征缴办件). Whoever fixes bases never takes money in (基数核定与征缴入账不相容): the routes of
/// the two begin at different posts.
enum ContributionMatters {
    static let kinds =
        [declareWages, takeDeclared, correctBase, chooseBase, backPay, supplement, lumpSum]
        + [billResident, correctBill, correctResident, repairWaiting]
        + [takeReceipts, reconcile, explainDifferences, clearSuspense, refund, answerRefund, voidReceipt, takeSubsidy]
        + [deferral, instalments, waiver, dun, moveBlanks]
        + [monthRun, residentRun, creditRun, booking]

    // MARK: Routes

    static let baseRoute = [
        RouteStep("reception", "受理", post: "contributions.base", limit: 2),
        RouteStep("review", "复核", post: "contributions.review", limit: 3),
    ]
    static let receiptRoute = [
        RouteStep("reception", "受理", post: "contributions.receipts", limit: 1),
        RouteStep("review", "复核", post: "contributions.review", limit: 2),
    ]
    /// Money that leaves, and debts that wait: by amount up to the principal (分级授权).
    static func moneyRoute(_ first: PostCode) -> [RouteStep] {
        [
            RouteStep("reception", "受理", post: first, limit: 1),
            RouteStep("review", "复核", post: "contributions.review", limit: 2),
            RouteStep("chief", "科长审批", post: "contributions.chief", limit: 2, from: Money(yuan: 10_000)),
            RouteStep("deputy", "分管领导审批", post: "deputy", limit: 2, from: Money(yuan: 100_000)),
            ControlMatters.groupSigns(from: Money(yuan: 1_000_000)),
            RouteStep("director", "主要负责人审批", post: "director", limit: 3, from: Money(yuan: 1_000_000)),
        ]
    }

    /// What is given up or given back in several parts goes by the sum of them (同一事项累计分级): a large amount does not
    /// come under its level by being cut up.
    static func together(_ form: FormValues, _ earlier: Money) -> Money? {
        form.moneyIfGiven("amount").map { $0 + earlier }
    }

    /// The same, told to whoever reviews; nothing where this is the first part.
    static func levelled(_ form: FormValues, _ words: String, _ earlier: Money) throws -> [String] {
        guard earlier > .zero else { return [] }
        let amount = try form.money("amount")
        return ["\(words) \(earlier) 元,连同本次 \(amount) 元合计 \(earlier + amount) 元,按合计分级审批"]
    }

    static let reason = FormField("reason", "事由", .lines(max: 200))
    static let bill = FormField("bill", "应缴单号", .whole(1...Int64.max))
    static let receipt = FormField("receipt", "到账编号", .whole(1...Int64.max))
    static let amount = FormField("amount", "金额", .money)

    static func ground(_ approved: Approved, _ text: String) -> Ground {
        let reason = approved.form.text("reason")
        return Ground(
            reason.isEmpty ? text : "\(text):\(reason)", matter: approved.matter, by: approved.actor, at: approved.at)
    }

    static func lateFees(_ tx: any Transaction, _ area: AreaCode) throws -> Contributions.LateFeeLaw {
        Agency.lateFees(try Agency.law(tx, area: area))
    }

    /// What a piece of work is refused with, for checks that only look.
    static func problems(_ work: () throws -> Void) throws -> [Problem] {
        do {
            try work()
            return []
        } catch let problem as Problem {
            return [problem]
        } catch let problems as Problems {
            return problems.all
        }
    }

    // MARK: Wages

    private static let wageTemplate = SheetTemplate(
        "缴费工资申报",
        [
            .init("证件类型", isRequired: false, example: "01"), .init("证件号码", example: "990100199001011234"),
            .init("姓名", example: "张三"), .init("月平均工资", example: "6500.00"),
            .init("起始月", isRequired: false, example: "2026-01"),
        ])

    private static let declareWages = MatterKind(
        code: "contributions.wages.declare", name: "缴费工资申报", section: .contributions,
        basis: "《中华人民共和国社会保险法》第六十条、第六十二条",
        fields: [
            FormField("employer", "单位", .employer), FormField("year", "缴费年度", .year),
            FormField("sheet", "工资申报表", .sheet(wageTemplate), help: "一行一人;年内变动的另起一行写起始月;已核定的月份按申报结算,多退少补"),
        ],
        steps: baseRoute,
        check: { tx, draft in
            guard let file = try draft.file(tx, "sheet") else { return [] }
            return try problems {
                _ = try wages(tx, draft.area, draft.form, file)
            }
        },
        effect: .atOnce { tx, approved in
            guard let file = try approved.file(tx, "sheet") else {
                throw Problem("matter.form.missing", field: "sheet", "请上传工资申报表")
            }
            let lines = try wages(tx, approved.area, approved.form, file)
            let year = try approved.form.year("year")
            let employer = try approved.form.employer("employer")
            let policy = try Agency.law(tx, area: approved.area)
            let ground = ground(approved, "缴费工资申报 \(file.name)")
            try Contributions.setBases(
                tx, area: approved.area, employer: employer, baseYear: year, lines,
                terms: try LevyTerms(policy, baseYear: year), policyVersion: policy.version, ground)
            let settled = try Agency.settle(
                tx, area: approved.area, employer: employer, baseYear: year, lines, ground)
            let words =
                settled == 0 ? "" : ";已核定的月份按申报结算,开出应缴单 \(settled) 张,个人账户多划的见风险检查"
            return Carried(
                [("employer", employer.raw)], "已核定 \(year) 年度 \(lines.count) 人的缴费基数" + words)
        })

    /// The lines of a declaration with their people; everybody must be insured at the employer.
    private static func wages(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, _ file: AttachedFile
    ) throws -> [(person: ID<Person>, wage: Money, from: Month?)] {
        let sheet = try Contributions.readWages(SheetText.read(file.bytes, name: file.name), file: file.name)
        let employer = try form.employer("employer")
        let year = try form.year("year")
        let terms = try LevyTerms(Agency.law(tx, area: area), baseYear: year)
        try requireAssessed(terms, terms.months(ofBaseYear: year).lowerBound, field: "year")
        var problems = Problems()
        var lines: [(person: ID<Person>, wage: Money, from: Month?)] = []
        for (number, line) in sheet.lines {
            let place = "\(sheet.place(number)) 证件号码"
            guard let kind = IdentityPaperKind(rawValue: line.person.paperKind),
                let person = try Enrolment.find(
                    tx, area: area, paper: IdentityPaper(kind: kind, checked: line.person.paperNumber)),
                let insured = try Enrolment.insured(tx, area: area, person)
            else {
                problems.add(
                    "contributions.person.unknown", field: place, "没有登记证件号码 \(line.person.paperNumber) 的人员,请先办理参保登记")
                continue
            }
            if insured.person.name != line.name {
                problems.add(
                    "contributions.wage.name", field: "\(sheet.place(number)) 姓名",
                    "登记的姓名是“\(insured.person.name)”,申报表写“\(line.name)”,请核对是否填错了人")
            }
            if !insured.spells.contains(where: { $0.employer == employer && $0.insurance == .employee }) {
                problems.add("contributions.wage.elsewhere", field: place, "\(line.name) 不在本单位参保,请核对或先办理增员")
            }
            lines.append((person, line.wage, line.from))
        }
        try problems.throwIfAny()
        return lines
    }

    private static let correctBase = MatterKind(
        code: "contributions.base.correct", name: "缴费基数更正", section: .contributions, basis: "《社会保险费征缴暂行条例》第十条",
        fields: [
            FormField("employer", "单位", .employer), FormField("person", "人员", .person),
            FormField("from", "起始月", .month, help: "自该月起各月应缴单红字冲正、重新核定"), FormField("wage", "月平均工资", .money), reason,
        ],
        papers: [PaperKind("payroll", "工资发放凭证", basis: "社会保险经办条例第二十条", isRequired: false)],
        steps: baseRoute,
        check: { tx, draft in try problems { try requireMember(tx, draft.area, draft.form) } },
        effect: .atOnce { tx, approved in
            try requireMember(tx, approved.area, approved.form)
            let rebilled = try Agency.correctBase(
                tx, area: approved.area, employer: try approved.form.employer("employer"),
                person: try approved.form.person("person"), from: try approved.form.month("from"),
                wage: try approved.form.money("wage"), ground(approved, "缴费基数更正"))
            let over = try Agency.creditedTooMuch(
                tx, area: approved.area, employer: try approved.form.employer("employer"),
                try approved.form.person("person"), from: try approved.form.month("from"))
            let advice = over == .zero ? "" : ";个人账户已按原基数多划入 \(over) 元,请办理个人账户多划冲减"
            // The bills made anew are the whole employer's: everybody on them is looked at again.
            return Carried(
                [
                    ("person", try approved.form.person("person").raw),
                    ("employer", try approved.form.employer("employer").raw),
                ], "缴费基数已更正,重新核定 \(rebilled) 张应缴单" + advice)
        })

    /// A base is corrected with an employer where the person was insured in the months that it counts for.
    private static func requireMember(_ tx: any Transaction, _ area: AreaCode, _ form: FormValues) throws {
        let from = try form.month("from")
        let employer = try form.employer("employer")
        let terms = try LevyTerms(Agency.law(tx, area: area), month: from)
        let last = terms.months(ofBaseYear: terms.baseYear(of: from)).upperBound
        let spells = try Enrolment.requireInsured(tx, area: area, try form.person("person")).spells
        let isMember = spells.contains { spell in
            spell.employer == employer && spell.insurance == .employee && (from...last).contains { spell.touches($0) }
        }
        guard isMember else {
            throw Problem(
                "contributions.base.notMember", field: "person",
                "此人 \(from) 至 \(last) 没有在该单位参加职工医保,没有可以更正的缴费基数;请核对单位、人员和起始月")
        }
    }

    /// A base is chosen by whoever pays for himself.
    private static func requireFlexible(_ tx: any Transaction, _ area: AreaCode, _ form: FormValues) throws {
        let from = try form.month("from")
        let spells = try Enrolment.requireInsured(tx, area: area, try form.person("person")).spells
        let isFlexible = spells.contains {
            $0.insurance == .employee && $0.employer == nil && $0.category == .flexible && $0.touches(from)
        }
        guard isFlexible else {
            throw Problem(
                "contributions.base.notFlexible", field: "person",
                "此人 \(from) 不是以灵活就业人员身份参保,不能自己选择缴费基数;由单位缴费的请单位申报工资")
        }
    }

    private static let chooseBase = MatterKind(
        code: "contributions.base.choose", name: "灵活就业缴费基数选择", section: .contributions,
        basis: "《中华人民共和国社会保险法》第五十八条",
        fields: [
            FormField("person", "人员", .person), FormField("from", "起始月", .month), FormField("wage", "选择的月缴费基数", .money),
            FormField("tier", "档次", .choice([("full", "统账结合"), ("low", "低档(单建统筹)")])),
        ],
        steps: baseRoute,
        check: { tx, draft in try problems { try requireFlexible(tx, draft.area, draft.form) } },
        effect: .atOnce { tx, approved in
            try requireFlexible(tx, approved.area, approved.form)
            let person = try approved.form.person("person")
            let from = try approved.form.month("from")
            let policy = try Agency.law(tx, area: approved.area)
            let terms = try LevyTerms(policy, month: from)
            try Contributions.setBases(
                tx, area: approved.area, employer: nil, baseYear: terms.baseYear(of: from),
                [(person: person, wage: try approved.form.money("wage"), from: from)],
                lowTier: approved.form.text("tier") == "low", terms: terms, policyVersion: policy.version,
                ground(approved, "灵活就业缴费基数选择"))
            return Carried(
                [("person", person.raw)], "缴费基数自 \(from) 起按 \(terms.base(of: try approved.form.money("wage"))) 元执行")
        })
}
