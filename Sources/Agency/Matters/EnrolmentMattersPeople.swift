import Basics
import Contributions
import Control
import Enrolment
import Policy
import Settlement
import Storage

/// Matters that concern who somebody is (人员信息类办件).
enum PeopleMatters {
    static let kinds: [MatterKind] = [register, correct, life, merge, separate]

    /// The problems of messages and registers by the fields of the forms with which a person is registered.
    static let fieldNames = [
        "certno": "paperNumber", "psn_name": "isDistinct", "begndate": "from", "psn_type": "category",
    ]

    private static let identity = PaperKind("identity", "身份证件或户口簿", basis: "社会保险经办条例第二十条")

    static let particulars: [FormField] = [
        .choice("paperKind", "证件类型", IdentityPaperKind.allCases, { "\($0.code) \($0.name)" }),
        FormField("paperNumber", "证件号码", .text(max: 50)),
        FormField("name", "姓名", .text(max: 50)),
        FormField("sex", "性别", .choice([("1", "男"), ("2", "女")])),
        FormField("birth", "出生日期", .day),
        FormField("ethnicity", "民族代码", .text(max: 2), isRequired: false, help: "两位数字,汉族 01"),
        FormField("division", "街道乡镇代码", .text(max: 12), isRequired: false),
    ]

    /// The particulars of a form, or what is wrong with the number.
    static func particulars(_ form: FormValues) throws -> PersonParticulars {
        let paper: IdentityPaper
        let number = form.text("paperNumber")
        do throws(NationalID.Failure) {
            paper = try IdentityPaper(kind: form.paperKind("paperKind"), number: number)
        } catch {
            throw Problem(
                "enrolment.person.id", field: "paperNumber", "身份证号“\(number)”\(error.explanation(of: number)),请核对证件")
        }
        return PersonParticulars(
            paper: paper, name: form.text("name"), sex: try form.code("sex"), birth: try form.day("birth"),
            ethnicity: form.text("ethnicity"), division: form.text("division"))
    }

    // MARK: - Registration with the first insurance

    static let register = MatterKind(
        code: "enrolment.person.register", name: "个人参保登记", section: .enrolment,
        basis: "社会保险法第五十八条;社会保险经办条例第十条",
        fields: particulars + [
            FormField("isDistinct", "确认与同名同日出生者不是同一人", .yesNo, isRequired: false),
            .choice("category", "人员类别", SpellMatters.categoriesByForm, \.name, help: "外地退休转入和离休的另办退休人员转入登记"),
            FormField("employer", "参保单位编号", .employer, isRequired: false, help: "灵活就业人员和居民可以不填"),
            FormField("from", "参保开始日期", .day),
        ],
        papers: [identity], steps: EnrolmentMatters.steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let form = draft.form
                let particulars = try particulars(form)
                let problems = try Enrolment.objections(
                    tx, area: draft.area, registering: particulars, isDistinct: form.isYes("isDistinct"),
                    today: draft.today)
                return EnrolmentMatters.named(
                    try problems
                        + SpellMatters.objections(
                            tx, draft, enrolling: InsuredPerson(registering: particulars), first(form),
                            makesRoom: false),
                    fieldNames)
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let origin = approved.origin("个人参保登记")
            let particulars = try particulars(form)
            let id = try Enrolment.register(tx, particulars, isDistinct: form.isYes("isDistinct"), by: origin)
            let opening = try first(form)
            try Enrolment.open(
                tx, opening, for: id, under: SpellMatters.terms(tx, approved.area, origin.at.day), by: origin)
            try Agency.issueCertificate(tx, of: id, after: approved)
            return Carried(
                [("person", id.raw)],
                "已登记\(EnrolmentMatters.title(particulars.name, id)),自 \(opening.from) 起以\(opening.category.name)参加\(opening.insurance.name)"
            )
        },
        prints: [PrintKind("certificate", "参保凭证")])

    /// The insurance with which somebody is registered.
    private static func first(_ form: FormValues) throws -> SpellOpening {
        let category: PersonCategory = try form.code("category")
        return SpellOpening(
            category: category, employer: form.employerIfGiven("employer"), from: try form.day("from"),
            reason: category == .newborn ? .newborn : .firstEnrolment)
    }

    // MARK: - Correction

    static let correct = MatterKind(
        code: "enrolment.person.correct", name: "个人信息变更", section: .enrolment, basis: "社会保险经办条例第十一条",
        fields: [.person] + particulars + [
            FormField("formerWasWrong", "原证件号码不是本人的", .yesNo, isRequired: false, help: "选“是”后,原号码可以由真正的持有人登记"),
            .ground,
        ],
        papers: [identity], steps: EnrolmentMatters.stepsOfPeople,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                EnrolmentMatters.named(
                    try Enrolment.objections(
                        tx, area: draft.area, correcting: try draft.form.person("person"),
                        to: try particulars(draft.form), today: draft.today), fieldNames)
            }
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            try Enrolment.correct(
                tx, id, to: try particulars(approved.form),
                formerPaperWasWrong: approved.form.isYes("formerWasWrong"),
                by: approved.origin(approved.form.text("ground")))
            return Carried([("person", id.raw)], "已变更人员 \(id) 的信息")
        })

    // MARK: - Events of life

    private static let events: [PersonAct.Kind] = [.died, .imprisoned, .missing, .serving, .abroad, .restored]

    static let life = MatterKind(
        code: "enrolment.person.life", name: "生存状态登记", section: .enrolment,
        basis: "社会保险经办条例第十一条、第十五条",
        fields: [
            .person, .choice("event", "情形", events, \.name), FormField("day", "发生日期", .day),
            FormField("certificate", "证明编号", .text(max: 50), isRequired: false, help: "死亡必填:死亡医学证明、户籍注销证明或法院宣告书的编号"),
            .ground,
        ],
        papers: [PaperKind("proof", "死亡证明、判决书、入伍通知书或出境定居证明", basis: "社会保险经办条例第二十条")],
        steps: EnrolmentMatters.stepsOfPeople,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let form = draft.form
                return try Enrolment.requireInsured(tx, area: draft.area, try form.person("person")).objections(
                    to: try form.code("event"), on: try form.day("day"), certificate: form.text("certificate"),
                    today: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let id = try form.person("person")
            let kind: PersonAct.Kind = try form.code("event")
            try Enrolment.recordLife(
                tx, id, kind, on: try form.day("day"), certificate: form.text("certificate"),
                by: approved.origin(form.text("ground")))
            return Carried([("person", id.raw)], "人员 \(id) 已登记“\(kind.name)”,在保的参保已相应处理")
        })

    // MARK: - Two numbers of one human being

    static let merge = MatterKind(
        code: "enrolment.person.merge", name: "重复人员合并", section: .enrolment, basis: "社会保险经办条例第三十八条",
        fields: [
            FormField("duplicate", "并入的人员编号", .person, help: "合并后不再使用,结算和账户仍可查到"),
            FormField("survivor", "保留的人员编号", .person), .ground,
        ],
        papers: [identity],
        steps: [
            RouteStep("reception", "受理", post: "enrolment.people", limit: 2),
            RouteStep("review", "复核", post: "enrolment.review", limit: 4),
            RouteStep("approval", "审批", post: "enrolment.chief", limit: 4),
        ],
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let duplicate = try draft.form.person("duplicate")
                let stays = try SettlementDesk.staysUnderWay(of: duplicate, draft.area, tx)
                let objections = try Enrolment.objections(
                    tx, area: draft.area, merging: duplicate, into: try draft.form.person("survivor"))
                return objections
                    + (stays.isEmpty
                        ? []
                        : [
                            Problem(
                                "enrolment.merge.inHospital", field: "duplicate",
                                "人员 \(duplicate) 有 \(stays.count) 次住院尚未结算,请在出院结算后再合并")
                        ])
            }
        },
        effect: .atOnce { tx, approved in
            let duplicate = try approved.form.person("duplicate")
            let survivor = try approved.form.person("survivor")
            try Agency.carryBases(
                tx, area: approved.area, of: duplicate, to: survivor, approved.ground("重复人员合并"))
            try Enrolment.merge(tx, duplicate, into: survivor, by: approved.origin(approved.form.text("ground")))
            let moved = try Agency.mergeAccount(
                tx, area: approved.area, of: duplicate,
                into: try Enrolment.requireInsured(tx, area: approved.area, survivor), approved.ground("重复人员合并"))
            return Carried(
                [("person", survivor.raw), ("person", duplicate.raw)],
                "人员 \(duplicate) 已并入 \(survivor),个人账户转入 \(moved) 元,证件和社保卡今后都查到 \(survivor)")
        })

    static let separate = MatterKind(
        code: "enrolment.person.separate", name: "撤销人员合并", section: .enrolment, basis: "社会保险经办条例第三十八条",
        fields: [FormField("person", "已并入的人员编号", .person), .ground],
        steps: [
            RouteStep("reception", "受理", post: "enrolment.people", limit: 2),
            RouteStep("review", "复核", post: "enrolment.review", limit: 4),
            RouteStep("approval", "审批", post: "enrolment.chief", limit: 4),
        ],
        check: { tx, draft in
            let id = try draft.form.person("person")
            if try Enrolment.person(tx, area: draft.area, id)?.mergedInto != nil { return [] }
            return [Problem("enrolment.merge.none", field: "person", "人员 \(id) 没有并入别的编号,不需要撤销")]
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.person("person")
            let survivor = try Enrolment.survivor(tx, area: approved.area, of: id)
            try Enrolment.separate(tx, id, by: approved.origin(approved.form.text("ground")))
            try Agency.returnCredits(
                tx, area: approved.area, of: id, from: survivor, approved.ground("撤销人员合并"))
            try Agency.separateAccount(
                tx, area: approved.area, of: id, from: survivor, approved.ground("撤销人员合并"))
            return Carried(
                [("person", id.raw), ("person", survivor.raw)], "人员 \(id) 的合并已撤销,并户的账户资金已红字退回,请核对其参保时段")
        })
}

extension FormValues {
    /// The kind of a paper: the engine has checked that one was chosen.
    fileprivate func paperKind(_ name: String) -> IdentityPaperKind { codeIfGiven(name) ?? .residentID }
}
