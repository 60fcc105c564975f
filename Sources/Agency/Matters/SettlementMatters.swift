import Basics
import Control
import Enrolment
import Policy
import Settlement
import Storage

/// What staff rule about a person's care (待遇核定): hospitals file the rest by message.
enum SettlementMatters {
    static let kinds: [MatterKind] = [remoteResidence, liability, withdrawalOfRuling]

    private static let route = [
        RouteStep("reception", "受理", post: "settlement.reception", limit: 1),
        RouteStep("review", "复核", post: "settlement.review", limit: 3),
    ]

    // MARK: Residence elsewhere

    private static let remoteResidence = MatterKind(
        code: "settlement.remoteResidence", name: "异地长期居住备案", section: .settlement,
        basis: "医保发〔2022〕22号第四条:异地安置退休人员、异地长期居住人员、常驻异地工作人员备案",
        fields: [
            FormField("person", "参保人", .person),
            FormField("division", "居住地区划代码", .text(max: 6), help: "六位医保区划代码,例如 110000"),
            FormField("from", "开始日期", .day),
            FormField("until", "结束日期", .day, isRequired: false, help: "长期有效的不填"),
        ],
        papers: [
            PaperKind("residence", "居住证、户口簿或承诺书", basis: "医保发〔2022〕22号第六条:可以承诺代替材料")
        ],
        steps: route,
        check: { tx, draft in
            var problems = try unknownPerson(tx, draft)
            let division = AreaCode(draft.form.text("division"))
            if division == nil {
                problems.append(
                    Problem("settlement.ruling.division", field: "division", "居住地应为六位医保区划代码,请改正"))
            } else if division?.lies(in: draft.area) == true {
                problems.append(
                    Problem("settlement.ruling.local", field: "division", "居住地就在本统筹区,不需要异地备案"))
            }
            return try problems + objections(tx, draft, .remoteResidence)
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let id = try SettlementDesk.rule(
                tx, area: approved.area, .remoteResidence, person: try form.person("person"),
                period: try period(form), division: AreaCode(form.text("division")), matter: approved.matter,
                by: approved.actor, at: approved.at)
            return Carried([("person", try form.person("person").raw)], "异地长期居住备案已生效,备案号 \(id)")
        })

    // MARK: A third person's liability

    private static let liability = MatterKind(
        code: "settlement.liability", name: "第三人责任认定", section: .settlement,
        basis: "社会保险法第三十条:应当由第三人负担的医疗费用不纳入基金支付;第三人不支付或者无法确定的,由基金先行支付后追偿",
        fields: [
            FormField("person", "参保人", .person),
            FormField("from", "受伤日期", .day),
            FormField("until", "治疗截止日期", .day, help: "此期间的外伤费用按本认定结算"),
            FormField("share", "第三人责任比例", .whole(0...100), help: "百分数,0 到 100;无第三人责任填 0"),
            FormField("unpaid", "第三人不支付或无法确定", .yesNo),
        ],
        papers: [
            PaperKind("ruling", "责任认定书、调解书、判决书或无第三人责任承诺书", basis: "社会保险基金先行支付暂行办法第二条")
        ],
        steps: route + [RouteStep("approval", "审批", post: "settlement.chief", limit: 3)],
        check: { tx, draft in try unknownPerson(tx, draft) + objections(tx, draft, .liability) },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let id = try SettlementDesk.rule(
                tx, area: approved.area, .liability, person: try form.person("person"), period: try period(form),
                share: Rate(partsPerMillion: try form.whole("share") * 10_000), isUnpaid: form.isYes("unpaid"),
                matter: approved.matter, by: approved.actor, at: approved.at)
            return Carried(
                [("person", try form.person("person").raw)],
                "第三人责任 \(try form.whole("share"))% 已认定,认定号 \(id)")
        })

    // MARK: Withdrawal

    private static let withdrawalOfRuling = MatterKind(
        code: "settlement.ruling.withdraw", name: "待遇核定撤销", section: .settlement,
        basis: "社会保险经办条例第三十七条",
        fields: [
            FormField("ruling", "备案号或认定号", .whole(1...Int64.max)),
            FormField("ground", "撤销原因", .lines(max: 200)),
        ],
        steps: route,
        check: { tx, draft in
            do {
                try SettlementDesk.requireStanding(tx, area: draft.area, ID(draft.form.whole("ruling")))
                return []
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let id = ID<Ruling>(try approved.form.whole("ruling"))
            try SettlementDesk.withdrawRuling(
                tx, area: approved.area, id, ground: approved.form.text("ground"), matter: approved.matter,
                by: approved.actor, at: approved.at)
            return Carried([("ruling", id.raw)], "核定 \(id) 已撤销,此后的费用不再按它结算")
        })

    // MARK: Checks

    private static func unknownPerson(_ tx: any Transaction, _ draft: MatterDraft) throws -> [Problem] {
        let person = try draft.form.person("person")
        guard try Enrolment.insured(tx, area: draft.area, person) == nil else { return [] }
        return [Problem("enrolment.person.unknown", field: "person", "没有人员编号 \(person),请按证件号码查找后填写")]
    }

    /// What speaks against the days of a ruling: they run backwards, or the person has one of the kind for them.
    private static func objections(
        _ tx: any Transaction, _ draft: MatterDraft, _ kind: RulingRecord.Kind
    ) throws -> [Problem] {
        do {
            try SettlementDesk.requireFree(
                tx, area: draft.area, kind, person: draft.form.person("person"), period: period(draft.form))
            return []
        } catch let problem as Problem { return [problem] }
    }

    private static func period(_ form: FormValues) throws -> Period {
        guard let period = Period(from: try form.day("from"), through: form.dayIfGiven("until")) else {
            throw Problem("settlement.ruling.period", field: "until", "结束日期早于开始日期,请改正")
        }
        return period
    }
}
