import Basics
import Control
import Enrolment
import Policy
import Storage

/// Matters that concern what somebody is insured for (参保类办件).
enum SpellMatters {
    static let kinds: [MatterKind] = [open, change, act, void, status]

    /// What somebody can be registered as without a decision: everything but retired (退休、离休).
    static let categoriesByForm = PersonCategory.allCases.filter { !$0.isPensioner }

    private static let opening: [FormField] = [
        .person, .choice("category", "人员类别", PersonCategory.allCases, \.name, help: "退休、离休的只能续原来的类别"),
        FormField("employer", "参保单位编号", .employer, isRequired: false, help: "灵活就业人员和居民可以不填"),
        FormField("from", "开始日期", .day),
        .choice(
            "reason", "原因",
            [SpellReason.firstEnrolment, .renewal, .transferIn, .newEmployer, .otherInsurance, .otherCategory], \.name),
    ]

    private static func opening(_ form: FormValues) throws -> SpellOpening {
        SpellOpening(
            category: try form.code("category"), employer: form.employerIfGiven("employer"),
            from: try form.day("from"), reason: try form.code("reason"))
    }

    /// Who works for somebody is insured by him (社会保险法第五十八条).
    static func employerNeeded(_ category: PersonCategory, _ employer: ID<Employer>?) -> [Problem] {
        guard [.employed, .civilServant].contains(category), employer == nil else { return [] }
        return [Problem("enrolment.spell.employer", field: "employer", "\(category.name)由用人单位办理参保,请填写参保单位编号")]
    }

    /// What the law of a day says of who may be insured as what.
    static func terms(_ tx: any Transaction, _ area: AreaCode, _ day: Day) throws -> EnrolmentTerms {
        try EnrolmentTerms(Agency.law(tx, area: area), on: day)
    }

    /// What speaks against a spell that a form asks for, for a person on the register or about to be put on it.
    static func objections(
        _ tx: any Transaction, _ draft: MatterDraft, enrolling insured: InsuredPerson, _ opening: SpellOpening,
        makesRoom: Bool
    ) throws -> [Problem] {
        try employerNeeded(opening.category, opening.employer)
            + Enrolment.objections(
                tx, area: draft.area, enrolling: insured, opening, makesRoom: makesRoom,
                under: terms(tx, draft.area, draft.today), today: draft.today)
    }

    private static func objections(
        _ tx: any Transaction, _ draft: MatterDraft, makesRoom: Bool
    ) throws -> [Problem] {
        try EnrolmentMatters.objections {
            let opening = try opening(draft.form)
            let insured = try Enrolment.requireInsured(tx, area: draft.area, try draft.form.person("person"))
            var problems = try objections(tx, draft, enrolling: insured, opening, makesRoom: makesRoom)
            if problems.isEmpty, try insured.plan(opening, makesRoom: makesRoom) == .nothing {
                problems.append(Problem("enrolment.spell.same", field: "category", "此人已按这一类别在保,没有要办理的内容"))
            }
            return EnrolmentMatters.named(problems, ["certno": "person", "begndate": "from", "psn_type": "category"])
        }
    }

    // MARK: - Beginning and change

    static let open = MatterKind(
        code: "enrolment.spell.open", name: "参保续保", section: .enrolment, basis: "社会保险法第五十八条;社会保险经办条例第十条",
        fields: opening, steps: EnrolmentMatters.steps, check: { try objections($0, $1, makesRoom: false) },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            let opening = try opening(approved.form)
            try Enrolment.open(
                tx, opening, for: id, under: terms(tx, approved.area, approved.at.day),
                by: approved.origin(opening.reason.name))
            try Agency.issueCertificate(tx, of: id, after: approved)
            return Carried([("person", id.raw)], "人员 \(id) 自 \(opening.from) 起以\(opening.category.name)参保")
        },
        prints: [PrintKind("certificate", "参保凭证")])

    static let change = MatterKind(
        code: "enrolment.spell.change", name: "险种、单位或类别变更", section: .enrolment,
        basis: "社会保险经办条例第十一条;医保办发〔2021〕43号",
        fields: opening, steps: EnrolmentMatters.steps, check: { try objections($0, $1, makesRoom: true) },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            let opening = try opening(approved.form)
            try Enrolment.change(
                tx, to: opening, for: id, under: terms(tx, approved.area, approved.at.day),
                by: approved.origin(opening.reason.name))
            return Carried(
                [("person", id.raw)],
                "人员 \(id) 原参保到 \(opening.from - 1) 止,自 \(opening.from) 起以\(opening.category.name)参保,没有间断")
        })

    // MARK: - Suspension, resumption, end

    static let act = MatterKind(
        code: "enrolment.spell.act", name: "停保、复保、终止", section: .enrolment, basis: "社会保险经办条例第十一条",
        fields: [
            .person, .choice("insurance", "险种", Insurance.allCases, \.name),
            FormField("action", "办理事项", .choice([("1", "终止参保"), ("2", "暂停"), ("3", "恢复")])),
            FormField("day", "日期", .day, help: "终止填最后一天,暂停和恢复填第一天"),
            .choice("reason", "原因", SpellReason.endings + [.arrears, .paid, .returned], \.name), .ground,
        ],
        steps: EnrolmentMatters.steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let (spell, act) = try chosen(tx, draft.area, draft.form)
                let bound = DayBound.insurance.objection(to: act.day, today: draft.today, field: "day")
                return [bound ?? spell.objection(to: act)].compactMap(\.self)
            }
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            let (spell, act) = try chosen(tx, approved.area, approved.form)
            if let bound = DayBound.insurance.objection(to: act.day, today: approved.at.day, field: "day") {
                throw bound
            }
            try Enrolment.act(
                tx, person: id, spell: spell.id, act, by: approved.origin(approved.form.text("ground")))
            let done =
                switch act.kind {
                case .ended: "已于 \(act.day) 终止"
                case .suspended: "自 \(act.day) 起暂停"
                case .resumed: "自 \(act.day) 起恢复"
                case .voided: "已撤销"
                }
            return Carried([("person", id.raw)], "人员 \(id) 的\(spell.insurance.name)\(done)")
        })

    /// The open spell of the chosen insurance, and what is to be done to it.
    private static func chosen(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> (spell: Spell, act: Spell.Act) {
        let insurance: Insurance = try form.code("insurance")
        let insured = try Enrolment.requireInsured(tx, area: area, try form.person("person"))
        guard let spell = insured.spells.last(where: { $0.insurance == insurance && $0.period.last == nil }) else {
            throw Problem("enrolment.spell.none", field: "insurance", "此人没有在保的\(insurance.name),请核对险种")
        }
        let act = Spell.Act(
            kind: try form.code("action"), day: try form.day("day"), reason: try form.code("reason"))
        return (spell, act)
    }

    // MARK: - Registered in error

    /// A spell that should never have been registered is voided, not ended: once nothing rests on it any more.
    static let void = MatterKind(
        code: "enrolment.spell.void", name: "撤销参保登记", section: .enrolment, basis: "社会保险经办条例第三十八条",
        fields: [
            .person, .choice("insurance", "险种", Insurance.allCases.filter(\.isBasic), \.name),
            FormField("from", "该段参保的开始日期", .day), .ground,
        ],
        papers: [PaperKind("proof", "登记有误的证明材料", basis: "社会保险经办条例第二十条")],
        steps: EnrolmentMatters.stepsToChief,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let spell = try mistaken(tx, draft.area, draft.form)
                return try Agency.objections(
                    tx, area: draft.area, voiding: spell, of: try draft.form.person("person"))
            }
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            let spell = try mistaken(tx, approved.area, approved.form)
            try Problems(Agency.objections(tx, area: approved.area, voiding: spell, of: id)).throwIfAny()
            try Enrolment.void(tx, spell, of: id, .other, by: approved.origin(approved.form.text("ground")))
            return Carried(
                [("person", id.raw)],
                "人员 \(id) 自 \(spell.period.first) 的\(spell.insurance.name)登记已撤销;登记时终止的前一段参保需要恢复的,请另办参保续保")
        })

    private static func mistaken(_ tx: any Transaction, _ area: AreaCode, _ form: FormValues) throws -> Spell {
        let insurance: Insurance = try form.code("insurance")
        let from = try form.day("from")
        let insured = try Enrolment.requireInsured(tx, area: area, try form.person("person"))
        guard let spell = insured.spells.first(where: { $0.insurance == insurance && $0.period.first == from }) else {
            throw Problem("enrolment.void.none", field: "from", "此人没有自 \(from) 开始的\(insurance.name),请照参保时段填写开始日期")
        }
        return spell
    }

    // MARK: - Groups that assistance knows

    private static let statusKinds: [(code: String, title: String)] =
        SpecialStatus.Kind.all.map { (code: String($0.code), title: $0.name) }

    static let status = MatterKind(
        code: "enrolment.person.status", name: "救助对象和补助对象认定", section: .enrolment, basis: "国办发〔2021〕42号第三条",
        fields: [
            .person, FormField("status", "身份", .choice(statusKinds)), FormField("from", "开始日期", .day),
            FormField("until", "结束日期", .day, isRequired: false, help: "退出的填最后一天;开始日期照原登记填写"), .ground,
        ],
        papers: [PaperKind("list", "民政、乡村振兴等部门的认定名单", basis: "国办发〔2021〕42号第三条")],
        steps: EnrolmentMatters.steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let insured = try Enrolment.requireInsured(tx, area: draft.area, try draft.form.person("person"))
                let status = try status(draft.form)
                if insured.statuses.contains(status) {
                    return [Problem("enrolment.status.same", field: "status", "此人已登记这一身份和起止日期,不必再办")]
                }
                return [insured.objection(to: status, today: draft.today)].compactMap(\.self)
            }
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            let status = try status(approved.form)
            try Enrolment.record(tx, status, for: id, by: approved.origin(approved.form.text("ground")))
            return Carried([("person", id.raw)], "人员 \(id) 的“\(status.kind.name)”身份:\(status.period)")
        })

    private static func status(_ form: FormValues) throws -> SpecialStatus {
        guard let kind = SpecialStatus.Kind(code: try form.whole("status")),
            let period = Period(from: try form.day("from"), through: form.dayIfGiven("until"))
        else { throw Problem("import.period", field: "until", "结束日期早于开始日期,请核对") }
        return SpecialStatus(kind: kind, period: period)
    }
}
