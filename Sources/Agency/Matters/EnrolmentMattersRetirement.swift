import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// 退休待遇核定: kept apart from the posts that keep people's particulars (不相容岗位).
enum RetirementMatters {
    static let kinds: [MatterKind] = [retirement, transfer]

    private static let steps: [RouteStep] = [
        RouteStep("reception", "受理", post: "enrolment.retirement", limit: 2),
        RouteStep("review", "复核", post: "enrolment.review", limit: 4),
        RouteStep("approval", "审批", post: "enrolment.chief", limit: 4),
    ]

    static let retirement = MatterKind(
        code: "enrolment.retirement", name: "退休待遇核定", section: .enrolment, basis: "社会保险法第二十七条",
        fields: [
            .person, FormField("day", "退休日期", .day, help: "以退休审批表批准的日期为准"),
            FormField("paid", "实际缴费月数", .whole(0...720), isRequired: false, help: "含转入的月数;留空按缴费记录和转移接续计算"),
            FormField("local", "其中本地实际缴费月数", .whole(0...720), isRequired: false, help: "留空按缴费记录计算"),
            FormField("differs", "与缴费记录不一致的依据", .text(max: 200), isRequired: false, help: "如:1998 年前手工台账第几页"),
            FormField("deemed", "视同缴费月数", .whole(0...720), help: "没有的填 0;有的须附认定材料"),
            .choice(
                "way", "年限不足的处理", RetirementWay.allCases, \.name,
                help: "一次性补缴的先核定金额,缴清后再核定一次;到账日期以到账记录为准,不用填写"),
        ],
        papers: [
            PaperKind("approval", "退休审批表", basis: "社会保险法第二十七条"),
            PaperKind("years", "视同缴费年限认定材料", basis: "社会保险法第十三条", isRequired: false),
        ],
        steps: steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let form = draft.form
                let problems = try Enrolment.objections(
                    tx, area: draft.area, retiring: try form.person("person"), on: try form.day("day"),
                    from: SpellMatters.terms(tx, draft.area, draft.today).retirementFrom, today: draft.today)
                if problems.isEmpty { _ = try assess(tx, draft.area, form) }
                return problems
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let id = try form.person("person")
            if try form.whole("deemed") > 0, !approved.attachments.contains(where: { $0.code == "years" }) {
                throw Problem("enrolment.retirement.papers", field: "deemed", "视同缴费月数须有认定材料,请退回补正后再审批")
            }
            let (assessment, version) = try assess(tx, approved.area, form)
            try Enrolment.retire(
                tx, id, assessment, retiringOn: try form.day("day"),
                from: SpellMatters.terms(tx, approved.area, approved.at.day).retirementFrom, policyVersion: version,
                by: approved.origin("退休待遇核定"))
            // Who is to pay at once no longer owes no bill for it.
            let withdrawn =
                assessment.way == .lumpSum
                ? ""
                : try Agency.withdrawLumpSum(
                    tx, area: approved.area, of: id,
                    Ground("退休待遇重新核定", matter: approved.matter, by: approved.actor, at: approved.at))
            return Carried([("person", id.raw)], sentence(id, assessment) + withdrawn)
        },
        prints: [PrintKind("assessment", "退休待遇核定表")]
    ).previewing { tx, draft in
        // The day on which the lump sum came in is shown here, as the receipts have it.
        try assess(tx, draft.area, draft.form).assessment.steps
    }

    private static func assess(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> (assessment: RetirementAssessment, version: String) {
        let law = try Agency.law(tx, area: area)
        let person = try Enrolment.requireInsured(tx, area: area, try form.person("person")).person
        let day = try form.day("day")
        let terms = try RetirementTerms(law, on: day, sex: person.sex)
        let months = try months(tx, area, form, through: day.month)
        let assessment = try terms.assess(months, retiringOn: day, chosen: try form.code("way"))
        guard assessment.way == .lumpSum, let lump = try Agency.decidedLump(tx, area: area, of: form.person("person"))
        else {
            return (assessment, law.version)
        }
        guard let paidOn = lump.paidOn else {
            try requireNews(assessment, retiringOn: day, since: lump.decision)
            return (assessment, law.version)
        }
        // What was paid answers for the months that it was reckoned for, not for more.
        guard assessment.missingMonths <= lump.decision.missingMonths else { return (assessment, law.version) }
        return (try terms.assess(months, retiringOn: day, chosen: .lumpSum, paidOn: paidOn), law.version)
    }

    /// Refuses to decide the same lump sum once more while its payment is awaited (一次性补缴未到账).
    private static func requireNews(
        _ assessment: RetirementAssessment, retiringOn day: Day, since decided: RetirementRecord
    ) throws {
        guard (decided.retiredOn, decided.months, decided.lumpSum) == (day, assessment.months, assessment.lumpSum)
        else { return }
        throw Problem(
            "enrolment.retirement.lumpUnpaid", field: "way",
            "一次性补缴 \(decided.lumpSum) 元已核定,还没有到账,到账后再核定;已缴的请先办理到账入账")
    }

    /// What the ledgers count; other figures are accepted only with the ground on which they rest.
    private static func months(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, through last: Month
    ) throws -> InsuredMonths {
        let counted = try Agency.insuredMonths(tx, area: area, of: try form.person("person"), through: last)
        let months = InsuredMonths(
            paid: form.wholeIfGiven("paid") ?? counted.paid, localPaid: form.wholeIfGiven("local") ?? counted.localPaid,
            deemed: try form.whole("deemed"))
        let isSame = (months.paid, months.localPaid) == (counted.paid, counted.localPaid)
        guard isSame || form.isGiven("differs") else {
            throw Problem(
                "enrolment.retirement.differs", field: "paid",
                "缴费记录到 \(last) 为实际缴费 \(counted.paid) 个月、其中本地 \(counted.localPaid) 个月,与填写的不同;记录有缺的请先补录或办理转入,确有依据的请填写“与缴费记录不一致的依据”"
            )
        }
        return months
    }

    private static func sentence(_ id: ID<Person>, _ assessment: RetirementAssessment) -> String {
        let head = "人员 \(id) \(assessment.way.name)"
        if let from = assessment.retiredFrom { return head + ",自 \(from) 起享受退休待遇" }
        if assessment.way == .lumpSum {
            return head + " \(assessment.missingMonths) 个月,应缴 \(assessment.lumpSum) 元,到账次月起享受"
        }
        return head + " \(assessment.missingMonths) 个月,续缴期满后再核定"
    }

    // MARK: - Retired elsewhere

    /// Somebody whose retirement another place decided, or a cadre at rest: registered as such by the post that decides
    /// on retirements, on the papers of that decision (退休人员转入登记).
    static let transfer = MatterKind(
        code: "enrolment.retired.transfer", name: "退休人员转入登记", section: .enrolment,
        basis: "社会保险法第二十七条;医保办发〔2021〕43号",
        fields: PeopleMatters.particulars + [
            FormField("isDistinct", "确认与同名同日出生者不是同一人", .yesNo, isRequired: false),
            .choice(
                "category", "人员类别", PersonCategory.allCases.filter(\.isPensioner), \.name),
            FormField("employer", "管理单位编号", .employer, isRequired: false, help: "灵活就业退休的可以不填"),
            FormField("from", "参保开始日期", .day), .ground,
        ],
        papers: [
            PaperKind("approval", "退休审批表或离休证", basis: "社会保险法第二十七条"),
            PaperKind("certificate", "转出地参保凭证", basis: "医保办发〔2021〕43号"),
        ],
        steps: steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let particulars = try PeopleMatters.particulars(draft.form)
                let known = try known(tx, draft.area, particulars)
                let registering =
                    try known == nil
                    ? Enrolment.objections(
                        tx, area: draft.area, registering: particulars, isDistinct: draft.form.isYes("isDistinct"),
                        today: draft.today) : []
                let enrolling = try SpellMatters.objections(
                    tx, draft, enrolling: known ?? InsuredPerson(registering: particulars), opening(draft.form),
                    makesRoom: true)
                return EnrolmentMatters.named(registering + enrolling, PeopleMatters.fieldNames)
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let origin = approved.origin(form.text("ground"))
            let particulars = try PeopleMatters.particulars(form)
            let id =
                try known(tx, approved.area, particulars)?.person.id
                ?? Enrolment.register(tx, particulars, isDistinct: form.isYes("isDistinct"), by: origin)
            let opening = try opening(form)
            try Enrolment.change(
                tx, to: opening, for: id, under: SpellMatters.terms(tx, approved.area, approved.at.day), by: origin)
            return Carried(
                [("person", id.raw)],
                "已登记\(EnrolmentMatters.title(particulars.name, id)),自 \(opening.from) 起以\(opening.category.name)参保")
        })

    /// Whom the register knows under the paper; one of another name is not he.
    private static func known(
        _ tx: any Transaction, _ area: AreaCode, _ particulars: PersonParticulars
    ) throws -> InsuredPerson? {
        guard let id = try Enrolment.find(tx, area: area, paper: particulars.paper) else { return nil }
        let insured = try Enrolment.requireInsured(tx, area: area, id)
        guard NameKey(insured.person.name) == NameKey(particulars.name) else {
            throw Problem(
                "enrolment.person.different", field: "name",
                "此证件已登记为 \(insured.person.name)(\(insured.person.birth)),请核对姓名或先办理个人信息变更")
        }
        return insured
    }

    private static func opening(_ form: FormValues) throws -> SpellOpening {
        SpellOpening(
            category: try form.code("category"), employer: form.employerIfGiven("employer"),
            from: try form.day("from"), reason: .retiredElsewhere)
    }
}
