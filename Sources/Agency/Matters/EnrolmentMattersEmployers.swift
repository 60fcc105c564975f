import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// Matters that concern an employer (单位类办件).
enum EmployerMatters {
    static let kinds: [MatterKind] = [register, change, paying, close, merge]

    private static let licence = PaperKind("licence", "登记证照(营业执照或批准成立文件)", basis: "社会保险法第五十七条")

    /// What may be registered of an employer.
    private static let particulars: [FormField] = [
        FormField("creditCode", "统一社会信用代码", .creditCode),
        FormField("name", "单位名称", .text(max: 200)),
        .choice("management", "单位管理类型", ManagementType.allCases, \.name),
        FormField("parent", "上级单位编号", .employer, isRequired: false, help: "只有分支机构填写"),
        FormField("address", "单位地址", .text(max: 200), isRequired: false),
        FormField("division", "街道乡镇代码", .text(max: 12), isRequired: false, help: "征缴任务按乡镇统计时用"),
        FormField("legalPerson", "法定代表人或负责人", .text(max: 50), isRequired: false),
        FormField("contact", "参保联系人", .text(max: 50)),
        FormField("phone", "联系电话", .text(max: 30)),
        FormField("taxNumber", "纳税人识别号", .text(max: 20), isRequired: false, help: "与统一社会信用代码相同的不必填"),
        FormField("bank", "开户银行", .text(max: 100), isRequired: false),
        FormField("bankAccount", "银行账号", .text(max: 30), isRequired: false),
    ]

    private static func particulars(_ form: FormValues) throws -> EmployerParticulars {
        EmployerParticulars(
            creditCode: try form.creditCode("creditCode"), name: form.text("name"),
            management: try form.code("management"), parent: form.employerIfGiven("parent"),
            address: form.text("address"), legalPerson: form.text("legalPerson"), contact: form.text("contact"),
            phone: form.text("phone"), taxNumber: form.textIfGiven("taxNumber") ?? form.text("creditCode"),
            bank: form.text("bank"), bankAccount: form.text("bankAccount"),
            division: form.text("division"))
    }

    // MARK: - Registration and change

    static let register = MatterKind(
        code: "enrolment.employer.register", name: "单位参保登记", section: .enrolment,
        basis: "社会保险法第五十七条;社会保险经办条例第十条",
        fields: particulars + [FormField("day", "登记日期", .day)], papers: [licence], steps: EnrolmentMatters.steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                try Enrolment.objections(
                    tx, area: draft.area, registering: try particulars(draft.form), from: try draft.form.day("day"),
                    today: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let id = try Enrolment.register(
                tx, try particulars(approved.form), from: try approved.form.day("day"),
                by: approved.origin("单位参保登记"))
            return Carried(
                [("employer", id.raw)], "已登记单位" + EnrolmentMatters.title(approved.form.text("name"), id))
        },
        prints: [PrintKind("receipt", "社会保险登记回执")])

    static let change = MatterKind(
        code: "enrolment.employer.change", name: "单位信息变更", section: .enrolment, basis: "社会保险法第五十七条;社会保险经办条例第十一条",
        fields: [.employer] + particulars + [FormField("day", "变更日期", .day)],
        papers: [PaperKind("licence", "变更后的登记证照", basis: "社会保险法第五十七条")], steps: EnrolmentMatters.steps,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                try Enrolment.objections(
                    tx, area: draft.area, changing: try draft.form.employer("employer"),
                    to: try particulars(draft.form), on: try draft.form.day("day"), today: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.employer("employer")
            try Enrolment.change(
                tx, id, to: try particulars(approved.form), on: try approved.form.day("day"),
                by: approved.origin("单位信息变更"))
            return Carried([("employer", id.raw)], "已变更单位" + EnrolmentMatters.title(approved.form.text("name"), id))
        })

    // MARK: - Payment suspended or taken up again

    static let paying = MatterKind(
        code: "enrolment.employer.paying", name: "单位暂停或恢复缴费", section: .enrolment,
        basis: "社会保险法第六十条;社会保险费征缴暂行条例第十三条",
        fields: [
            .employer,
            FormField(
                "action", "办理事项", .choice([("suspend", "暂停缴费"), ("resume", "恢复缴费")]), help: "已注销的单位重新开业,也办恢复缴费"),
            FormField("day", "起始日期", .day), .ground,
        ],
        steps: EnrolmentMatters.stepsToChief,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                try Enrolment.objections(
                    tx, area: draft.area, doing: draft.form.text("action") == "resume" ? .resumed : .suspended,
                    to: try draft.form.employer("employer"), on: try draft.form.day("day"), today: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let id = try approved.form.employer("employer")
            let resumes = approved.form.text("action") == "resume"
            try Enrolment.setPaying(
                tx, id, resumes, on: try approved.form.day("day"), by: approved.origin(approved.form.text("ground")))
            return Carried([("employer", id.raw)], "单位 \(id) 已\(resumes ? "恢复" : "暂停")缴费")
        })

    // MARK: - Closure

    static let close = MatterKind(
        code: "enrolment.employer.close", name: "单位注销登记", section: .enrolment,
        basis: "社会保险法第五十七条;社会保险经办条例第十一条",
        fields: [
            .employer, FormField("day", "注销日期", .day, help: "仍在保的人员参保到这一天止"), .ground,
        ],
        papers: [PaperKind("proof", "注销通知书、破产裁定或撤销决定", basis: "社会保险法第五十七条")],
        steps: EnrolmentMatters.stepsToChief,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                let (id, day) = (try draft.form.employer("employer"), try draft.form.day("day"))
                return try Enrolment.objections(
                    tx, area: draft.area, closing: id, on: day,
                    owed: try Agency.owedSum(tx, area: draft.area, employer: id, on: draft.today).total,
                    today: draft.today)
                    + Agency.unbilledObjections(tx, area: draft.area, closing: id, on: day)
            }
        },
        effect: .atOnce { tx, approved in
            let (id, day) = (try approved.form.employer("employer"), try approved.form.day("day"))
            try Problems(Agency.unbilledObjections(tx, area: approved.area, closing: id, on: day)).throwIfAny()
            let ended = try Enrolment.close(
                tx, id, on: day,
                owed: try Agency.owedSum(tx, area: approved.area, employer: id, on: approved.at.day).total,
                by: approved.origin(approved.form.text("ground")))
            // Who leaves before a month's end is covered to its end by what was paid: no file can have said so.
            if day < day.month.last {
                try Agency.refreshCover(
                    tx, area: approved.area, of: ended, by: approved.actor, at: approved.at, matter: approved.matter)
            }
            return Carried([("employer", id.raw)], "单位 \(id) 已注销,终止 \(ended.count) 段参保")
        },
        prints: [PrintKind("receipt", "社会保险注销登记回执")])

    // MARK: - Merger

    static let merge = MatterKind(
        code: "enrolment.employer.merge", name: "单位合并", section: .enrolment,
        basis: "社会保险费征缴暂行条例第九条;公司法第二百二十一条",
        fields: [
            FormField("employer", "被并单位编号", .employer), FormField("successor", "存续单位编号", .employer),
            FormField("day", "合并日期", .day, help: "人员自这一天起在存续单位参保,原单位参保到前一天"), .ground,
        ],
        papers: [PaperKind("agreement", "合并协议或批准文件", basis: "公司法第二百一十九条")],
        steps: EnrolmentMatters.stepsToChief,
        check: { tx, draft in
            try EnrolmentMatters.objections {
                try Enrolment.objections(
                    tx, area: draft.area, merging: try draft.form.employer("employer"),
                    into: try draft.form.employer("successor"), from: try draft.form.day("day"), today: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let merged = try approved.form.employer("employer")
            let successor = try approved.form.employer("successor")
            let day = try approved.form.day("day")
            let carried = try Agency.carryBases(
                tx, area: approved.area, from: merged, to: successor, on: day,
                Ground("单位合并基数承继", matter: approved.matter, by: approved.actor, at: approved.at))
            let moved = try Enrolment.merge(
                tx, merged, into: successor, from: day, by: approved.origin(approved.form.text("ground")))
            return Carried(
                [("employer", merged.raw), ("employer", successor.raw)],
                "单位 \(merged) 已并入 \(successor),\(moved) 段参保无间断转入,\(carried) 人的缴费基数随之承继;原单位的欠费和尚未核定的月份由存续单位承继")
        })
}
