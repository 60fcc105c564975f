import Basics
import Control
import Enrolment
import Policy
import Portability
import Seals
import Storage

/// Matters of transfers between agencies (关系转移接续办件), 医保办发〔2021〕43号.
public enum PortabilityMatters {
    public static let kinds: [MatterKind] = [
        acceptIncoming, receiveForm, recordReceipt, finishIncoming, returnForm, refusedElsewhere, withdrawIncoming,
        registerLetter, acceptOutgoing, prepareOutgoing, orderMoney, payOutgoing, takeBankAnswers, rejectOutgoing,
        finishOutgoing, registerWithdrawal, registerPeer, issueCertificate,
    ]

    static let basis = "医保办发〔2021〕43号《基本医疗保险关系转移接续暂行办法》"

    static func route(_ reception: Int = 1, _ review: Int = 3) -> [RouteStep] {
        [
            RouteStep("reception", "受理", post: "portability.reception", limit: reception),
            RouteStep("review", "复核", post: "portability.review", limit: review),
        ]
    }

    static let insurances: FormField.Kind = .choice([("310", "职工基本医疗保险"), ("390", "城乡居民基本医疗保险")])
    static let number = FormField("number", "转移业务编号", .text(max: 40))

    static func hands(_ approved: Approved) -> TransferHands {
        guard case .staff(let reviewer) = approved.actor else {
            return TransferHands(handler: approved.opener, reviewer: approved.opener)
        }
        return TransferHands(handler: approved.opener, reviewer: reviewer)
    }

    static func transfer(
        _ tx: any Transaction, _ area: AreaCode, _ direction: TransferDirection, _ form: FormValues
    ) throws -> Transfer {
        try Portability.require(tx, area: area, direction, number: form.text("number").uppercased())
    }

    /// Whether an act may come now, as the problem it would be.
    static func mayTake(
        _ tx: any Transaction, _ draft: MatterDraft, _ direction: TransferDirection, _ acts: TransferState...
    ) throws -> [Problem] {
        do {
            let transfer = try transfer(tx, draft.area, direction, draft.form)
            let course = try Portability.course(tx, area: draft.area, of: transfer)
            if acts.contains(where: course.mayTake) { return [] }
            let names = acts.map(\.name).joined(separator: "、")
            return [
                Problem(
                    "transfer.state", field: "number",
                    "\(direction.name)业务 \(transfer.number) 目前“\(course.state?.name ?? "未申请")”,不能办理“\(names)”,请核对进度")
            ]
        } catch let problem as Problem {
            return [problem]
        }
    }

    static func area(_ form: FormValues, _ name: String) throws -> AreaCode {
        guard let area = AreaCode(form.text(name)) else {
            throw Problem("transfer.area", field: name, "请填写对方统筹区的六位区划代码")
        }
        return area
    }

    static func applicant(_ form: FormValues) throws -> Transfer.Applicant {
        switch form.text("applicant") {
        case "employer": .employer(try form.employer("employer"))
        case "platform": .platform
        default: .person
        }
    }

    static let applicantFields = [
        FormField(
            "applicant", "申请渠道", .choice([("person", "本人"), ("employer", "单位代办"), ("platform", "网上平台")])),
        FormField("employer", "代办单位", .employer, isRequired: false, help: "单位代办时填写"),
    ]

    /// What an application says of itself that cannot be (申请内容).
    private static func applicationProblems(_ form: FormValues, today: Day) throws -> [Problem] {
        var problems = Problems()
        if form.text("applicant") == "employer", !form.isGiven("employer") {
            problems.add("transfer.employer", field: "employer", "单位代办请填写代办单位")
        }
        switch (form.monthIfGiven("paid_from"), form.monthIfGiven("paid_through")) {
        case (_?, nil): problems.add("transfer.paid.through", field: "paid_through", "填了连续缴费自何月,也请按参保凭证填写缴至年月")
        case (let first?, let last?) where first > last:
            problems.add("transfer.paid.order", field: "paid_from", "连续缴费自 \(first) 晚于缴至 \(last),请按参保凭证核对")
        case (_, let last?) where last > today.month:
            problems.add("transfer.paid.future", field: "paid_through", "缴至 \(last) 还没有到,请按参保凭证核对年份和月份")
        case (let first?, _?) where first < today.month + -1_200:
            problems.add("transfer.paid.order", field: "paid_from", "连续缴费自 \(first) 早于一百年前,请按参保凭证核对年份")
        default: break
        }
        return problems.all
    }

    // MARK: - In

    /// 转入申请
    static let acceptIncoming = MatterKind(
        code: "portability.in.apply", name: "医保关系转入申请", section: .portability, basis: basis,
        fields: [
            FormField("person", "参保人", .person),
            FormField("other", "转出地区划", .text(max: 6), help: "六位统筹区代码"),
            FormField("from_insurance", "转出地险种", insurances), FormField("to_insurance", "转入地险种", insurances),
            FormField(
                "paid_from", "连续缴费自", .month, isRequired: false, help: "按转出地参保凭证填写;职工转居民、居民转职工要连续两年以上才不设等待期"),
            FormField("paid_through", "缴至年月", .month, isRequired: false, help: "按转出地参保凭证填写,用于核定转移期间的待遇"),
        ] + applicantFields,
        papers: [PaperKind("certificate", "转出地参保凭证", basis: basis, isRequired: false)], steps: route(),
        check: { tx, draft in
            let form = draft.form
            do {
                _ = try Agency.addressee(tx, area: draft.area, try area(form, "other"))
                return try applicationProblems(form, today: draft.today)
                    + TransferAcceptance.problems(
                        Agency.transferFacts(
                            tx, area: draft.area, .incoming, of: form.person("person"),
                            from: form.code("from_insurance"), to: form.code("to_insurance"), insuredFrom: nil,
                            today: draft.today))
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let person = try form.person("person")
            let from: Insurance = try form.code("from_insurance")
            let to: Insurance = try form.code("to_insurance")
            let facts = try Agency.transferFacts(
                tx, area: approved.area, .incoming, of: person, from: from, to: to, insuredFrom: nil,
                today: approved.at.day)
            let application = TransferApplication(
                .incoming, scene: facts.scene, person: person, from: from, to: to, other: try area(form, "other"),
                applicant: try applicant(form), appliedOn: approved.at.day,
                insuredFrom: facts.destinationFrom ?? approved.at.day, paidFrom: form.monthIfGiven("paid_from"),
                paidThrough: form.monthIfGiven("paid_through"), isOnPaper: true)
            let transfer = try Agency.acceptIncoming(
                tx, area: approved.area, application, by: hands(approved), approved.ground("转入申请"))
            let way = transfer.isOnPaper ? "请打印联系函寄往转出地" : "联系函已电子发出"
            return Carried(
                [("transfer", transfer.id.raw), ("person", person.raw)], "转入业务 \(transfer.number) 已受理,\(way)")
        }, prints: [PrintKind("transfer.letter", "联系函")]
    ).requiring { form in
        // Two years without a gap free from waiting at once: the certificate shows them.
        form.isGiven("paid_from") ? ["certificate"] : []
    }

    /// 核对入账
    static let finishIncoming = MatterKind(
        code: "portability.in.finish", name: "转入核对入账", section: .portability, basis: basis,
        fields: [
            number, FormField("serial", "到账银行流水号", .text(max: 60), isRequired: false, help: "信息表没有账户资金的不填"),
        ], steps: route(1, 3),
        check: { tx, draft in
            let state = try mayTake(tx, draft, .incoming, .fundMatched, .done)
            guard state.isEmpty else { return state }
            do {
                try Agency.requireFinishable(
                    tx, area: draft.area, try transfer(tx, draft.area, .incoming, draft.form),
                    serial: draft.form.textIfGiven("serial"))
                return []
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .incoming, approved.form)
            let form = try Agency.finishIncoming(
                tx, area: approved.area, transfer, serial: approved.form.textIfGiven("serial"), by: hands(approved),
                approved.ground("转入核对入账"))
            let months = form.recognisedMonths(into: transfer.to)
            return Carried(
                [("transfer", transfer.id.raw), ("person", transfer.person.raw)],
                "转入办结:账户入账 \(form.money) 元,互认职工年限 \(months) 个月")
        })

    /// 退回更正
    static let returnForm = MatterKind(
        code: "portability.in.return", name: "信息表退回转出地更正", section: .portability, basis: basis,
        fields: [number, FormField("reason", "退回原因", .lines(max: 300))], steps: route(),
        check: { tx, draft in try mayTake(tx, draft, .incoming, .returned) },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .incoming, approved.form)
            let reason = approved.form.text("reason")
            try Agency.returnForm(tx, area: approved.area, transfer, reason: reason, approved.ground(reason))
            return Carried([("transfer", transfer.id.raw)], "信息表已退回转出地")
        }, prints: [PrintKind("transfer.return", "信息表退回函")])

    /// 转出地不予受理(纸质回函)
    static let refusedElsewhere = MatterKind(
        code: "portability.in.refused", name: "登记转出地不予受理", section: .portability, basis: basis,
        fields: [number, FormField("reason", "转出地说明的原因", .lines(max: 300))],
        papers: [PaperKind("answer", "转出地回函", basis: basis)], steps: route(),
        check: { tx, draft in try mayTake(tx, draft, .incoming, .rejected) },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .incoming, approved.form)
            let ground = approved.ground(approved.form.text("reason"))
            try Portability.take(tx, area: approved.area, transfer, .rejected, on: approved.at.day, ground)
            return Carried(
                [("transfer", transfer.id.raw), ("person", transfer.person.raw)], "转入业务已终止:转出地不予受理")
        })

    // MARK: - Out

    /// 登记纸质联系函
    static let registerLetter = MatterKind(
        code: "portability.out.register", name: "登记转入地联系函", section: .portability, basis: basis,
        fields: [
            FormField("number", "联系函编号", .text(max: 40)), FormField("person", "参保人", .person),
            FormField("other", "转入地区划", .text(max: 6), help: "六位统筹区代码"),
            FormField("from_insurance", "转出地险种", insurances), FormField("to_insurance", "转入地险种", insurances),
            FormField("applied_on", "申请日期", .day), FormField("insured_from", "转入地参保起始日", .day),
        ] + applicantFields, papers: [PaperKind("letter", "转入地联系函", basis: basis)], steps: route(),
        check: { tx, draft in
            let form = draft.form
            do {
                _ = try Agency.addressee(tx, area: draft.area, try area(form, "other"))
                let number = form.text("number").uppercased()
                let known = try Portability.find(tx, area: draft.area, .outgoing, number: number)
                return try (known.map { [Portability.registered($0)] } ?? [])
                    + TransferAcceptance.problems(
                        Agency.transferFacts(
                            tx, area: draft.area, .outgoing, of: form.person("person"),
                            from: form.code("from_insurance"), to: form.code("to_insurance"),
                            insuredFrom: form.day("insured_from"), today: draft.today))
            } catch let problem as Problem { return [problem] }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let from: Insurance = try form.code("from_insurance")
            let to: Insurance = try form.code("to_insurance")
            let ground = approved.ground("转入地联系函")
            let transfer = try Portability.apply(
                tx, area: approved.area,
                TransferApplication(
                    .outgoing, scene: TransferAcceptance.scene(from: from, to: to) ?? .employee,
                    person: try form.person("person"), from: from, to: to, other: try area(form, "other"),
                    applicant: try applicant(form), appliedOn: try form.day("applied_on"),
                    insuredFrom: try form.day("insured_from"), isOnPaper: true,
                    number: form.text("number").uppercased()), ground)
            let due = try Agency.acceptOutgoing(
                tx, area: approved.area, transfer, calendar: try approved.calendar(), ground)
            return Carried([("transfer", transfer.id.raw)], "转出业务 \(transfer.number) 已受理,请在 \(due) 前生成信息表")
        })

    /// What the origin's own records say against a transfer that is asked for here.
    static func mayLeave(_ tx: any Transaction, _ draft: MatterDraft) throws -> [Problem] {
        let transfer = try transfer(tx, draft.area, .outgoing, draft.form)
        var facts = try Agency.transferFacts(
            tx, area: draft.area, .outgoing, of: transfer.person, from: transfer.from, to: transfer.to,
            insuredFrom: transfer.insuredFrom, today: draft.today)
        // The transfer itself is the one that is open.
        facts.openTransfer = nil
        return TransferAcceptance.problems(facts)
    }

    /// 转出受理 of a letter that came by message
    static let acceptOutgoing = MatterKind(
        code: "portability.out.accept", name: "转出受理", section: .portability, basis: basis, fields: [number],
        steps: route(),
        check: { tx, draft in
            let state = try mayTake(tx, draft, .outgoing, .accepted)
            return state.isEmpty ? try mayLeave(tx, draft) : state
        },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .outgoing, approved.form)
            let due = try Agency.acceptOutgoing(
                tx, area: approved.area, transfer, calendar: try approved.calendar(), approved.ground("转出受理"))
            return Carried([("transfer", transfer.id.raw)], "已受理,请在 \(due) 前生成信息表;转入地已得知这个日期")
        })

    /// 生成信息表
    static let prepareOutgoing = MatterKind(
        code: "portability.out.prepare", name: "转出生成信息表", section: .portability, basis: basis,
        fields: [
            number,
            FormField(
                "deemed_months", "视同缴费月数", .whole(0...720), isRequired: false,
                help: "按视同缴费认定材料填写;不填按本地已认定的月数"),
            FormField("note", "备注", .lines(max: 300), isRequired: false),
        ],
        papers: [PaperKind("deemed", "视同缴费认定材料", basis: basis, isRequired: false)], steps: route(3, 3),
        check: { tx, draft in
            let state = try mayTake(tx, draft, .outgoing, .infoReady, .accepted)
            return state.isEmpty ? try mayLeave(tx, draft) : state
        },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .outgoing, approved.form)
            let form = try Agency.prepareOutgoing(
                tx, area: approved.area, transfer, deemed: approved.form.wholeIfGiven("deemed_months"),
                note: approved.form.text("note"), by: hands(approved), approved.ground("生成信息表"))
            let next = form.money > .zero ? "账户 \(form.money) 元待划转" : "没有账户资金"
            return Carried([("transfer", transfer.id.raw), ("person", transfer.person.raw)], "信息表已生成,\(next)")
        }, prints: [PrintKind("transfer.form", "信息表")])

    /// 不予受理
    static let rejectOutgoing = MatterKind(
        code: "portability.out.reject", name: "转出不予受理", section: .portability, basis: basis,
        fields: [number, FormField("reason", "原因", .lines(max: 300))], steps: route(),
        check: { tx, draft in try mayTake(tx, draft, .outgoing, .rejected) },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .outgoing, approved.form)
            let reason = approved.form.text("reason")
            try Agency.rejectOutgoing(tx, area: approved.area, transfer, reason: reason, approved.ground(reason))
            return Carried([("transfer", transfer.id.raw)], "已告知转入地不予受理")
        }, prints: [PrintKind("transfer.rejection", "不予受理告知书")])

    /// 办结回执(纸质)
    static let finishOutgoing = MatterKind(
        code: "portability.out.finish", name: "登记转入地办结回执", section: .portability, basis: basis,
        fields: [number, FormField("day", "办结日期", .day)], papers: [PaperKind("answer", "转入地回执", basis: basis)],
        steps: route(),
        check: { tx, draft in try mayTake(tx, draft, .outgoing, .done) },
        effect: .atOnce { tx, approved in
            let transfer = try transfer(tx, approved.area, .outgoing, approved.form)
            try Portability.take(
                tx, area: approved.area, transfer, .done, on: try approved.form.day("day"),
                approved.ground("转入地办结回执"))
            return Carried([("transfer", transfer.id.raw)], "转出业务已办结")
        })
}
