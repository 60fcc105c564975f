import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

extension ContributionMatters {
    // MARK: Later and corrected bills

    static let backPay = MatterKind(
        code: "contributions.back", name: "补缴", section: .contributions, basis: "《中华人民共和国社会保险法》第六十三条",
        fields: [
            FormField("employer", "单位", .employer, isRequired: false, help: "灵活就业人员本人补缴的留空"),
            FormField("person", "人员", .person), FormField("first", "起始月", .month), FormField("last", "终止月", .month),
            FormField("wage", "月平均工资", .money), FormField("at_fault", "因未按规定缴费", .yesNo, help: "选“是”的自各月缴费期限次日起加收滞纳金"),
            reason,
        ],
        steps: baseRoute,
        check: { tx, draft in
            try problems { _ = try backPayers(tx, draft.area, draft.form, on: draft.today) }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let person = try form.person("person")
            let policy = try Agency.law(tx, area: approved.area)
            let payers = try backPayers(tx, approved.area, form, on: approved.at.day)
            let wage = try form.money("wage")
            let outcome = try Contributions.billBackPayment(
                tx, area: approved.area, months: try form.month("first")...form.month("last"),
                form.employerIfGiven("employer").map { .employer($0) } ?? .person(person),
                due: form.isYes("at_fault") ? nil : approved.at.day.month.last,
                { month in payers[month].map { [(member: LevyMember(person, $0), base: wage)] } ?? [] },
                terms: { try LevyTerms(policy, month: $0) }, policyVersion: policy.version, ground(approved, "补缴"))
            let fee = form.isYes("at_fault") && form.isGiven("employer") ? "滞纳金按实缴日计收" : "本月末前缴清不加收滞纳金"
            return Carried(
                [("person", person.raw)], "已核定补缴 \(outcome.bills) 个月,应缴 \(outcome.payable) 元,\(fee)")
        })

    /// As what payer somebody is levied in each month that he pays back (补缴各月的缴费类别): he was insured there in all of
    /// them, as whatever he was then; a flexible worker on the tier that he had chosen.
    private static func backPayers(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, on today: Day
    ) throws -> [Month: LevyClass] {
        let (first, last) = (try form.month("first"), try form.month("last"))
        guard first <= last, last <= today.month else {
            throw Problem("contributions.back.months", field: "last", "补缴月份应从早到晚,且不晚于本月,请核对")
        }
        let policy = try Agency.law(tx, area: area)
        let person = try form.person("person")
        let employer = form.employerIfGiven("employer")
        // What was insured and billed under a number that was merged into this one is the same human being's.
        let owner = try Enrolment.requireInsured(tx, area: area, person).person
        let former = try Enrolment.numbers(tx, area: area, of: owner).filter { $0 != person }
        let spells = try Enrolment.allSpells(tx, area: area, of: owner).filter {
            $0.insurance == .employee && $0.employer == employer
        }
        var payers: [Month: LevyClass] = [:]
        var missing: [Month] = []
        for month in first...last {
            if let other = try Contributions.peopleBilled(tx, area: area, month: month, among: former).first {
                throw Problem(
                    "contributions.back.billed", field: "first",
                    "此人的 \(month) 已在并入的编号 \(other) 名下有应缴单,不能重复补收补缴;金额有误请办理应缴更正")
            }
            guard let spell = Agency.payingSpell(of: spells.filter { $0.touches(month) }, month, by: .last) else {
                missing.append(month)
                continue
            }
            let year = try LevyTerms(policy, month: month).baseYear(of: month)
            let isLow = try Contributions.choseLowTier(tx, area: area, person, month: month, baseYear: year) ?? false
            payers[month] = LevyClass(spell.category, lowTier: isLow)
        }
        guard let absent = missing.first else { return payers }
        let place = employer == nil ? "以灵活就业人员身份" : "在该单位"
        let others = missing.count > 1 ? "等 \(missing.count) 个月" : ""
        throw Problem(
            "contributions.back.notInsured", field: employer == nil ? "first" : "employer",
            "此人 \(absent) \(others)没有\(place)参加职工医保,不能补缴;请核对单位和月份,确属漏保的先补办参保登记")
    }

    static let lumpSum = MatterKind(
        code: "contributions.lump", name: "退休一次性补缴核定", section: .contributions, basis: "《中华人民共和国社会保险法》第二十七条",
        fields: [FormField("person", "人员", .person)], steps: baseRoute,
        check: { tx, draft in
            try problems {
                try Agency.requireLumpSum(tx, area: draft.area, of: draft.form.person("person"))
            }
        },
        effect: .atOnce { tx, approved in
            let person = try approved.form.person("person")
            let bill = try Agency.billLumpSum(tx, area: approved.area, person, ground(approved, "退休一次性补缴"))
            let owed = try Contributions.standing(
                tx, area: approved.area, of: bill, terms: nil, on: approved.at.day
            ).outstanding
            let before = owed == bill.payable ? "" : ",此前已缴 \(bill.payable - owed) 元,应补差额 \(owed) 元"
            return Carried(
                [("person", person.raw), ("bill", bill.id.raw)], "已核定一次性补缴 \(bill.payable) 元\(before),本月末前缴清")
        })

    static let billResident = MatterKind(
        code: "contributions.bill.resident", name: "居民个人核定(新生儿、中途参保)", section: .contributions,
        basis: "《中华人民共和国社会保险法》第二十五条",
        fields: [FormField("person", "人员", .person), FormField("year", "参保年度", .year)], steps: baseRoute,
        check: { tx, draft in
            let year = try draft.form.year("year")
            let last = try ResidentTerms.years(Agency.law(tx, area: draft.area), on: draft.today).upperBound
            return year <= last ? [] : [tooEarly(year, last)]
        },
        effect: .atOnce { tx, approved in
            let person = try approved.form.person("person")
            let year = try approved.form.year("year")
            try Agency.billResident(tx, area: approved.area, year: year, person, ground(approved, "居民个人核定"))
            return Carried([("person", person.raw)], "人员 \(person) 的 \(year) 年度居民医保费已核定")
        })

    static let correctBill = MatterKind(
        code: "contributions.bill.correct", name: "应缴更正", section: .contributions, basis: "社会保险经办条例第三十七条",
        fields: [
            bill, FormField("person", "剔除的人员", .person, isRequired: false, help: "留空则整张应缴单红字冲正"), reason,
        ],
        steps: baseRoute + [RouteStep("chief", "科长审批", post: "contributions.chief", limit: 2)],
        check: { tx, draft in
            let id = ID<LevyBill>(try draft.form.whole("bill"))
            guard try Contributions.bill(tx, area: draft.area, id) != nil else {
                return [Problem("contributions.bill.unknown", field: "bill", "没有这张应缴单,请从应缴单列表中选择")]
            }
            return []
        },
        effect: .atOnce { tx, approved in
            let id = ID<LevyBill>(try approved.form.whole("bill"))
            var lines: [(person: ID<Person>, part: LevyPart)] = []
            if let dropped = approved.form.personIfGiven("person") {
                let all = try Contributions.everyLine(tx, area: approved.area, of: id)
                guard all.contains(where: { $0.person == dropped }) else {
                    throw Problem("contributions.bill.person", field: "person", "这张应缴单里没有所选人员,请核对")
                }
                lines = all.filter { $0.person != dropped }.map { ($0.person, $0.part) }
            }
            let result = try Contributions.correct(
                tx, area: approved.area, id, to: lines, policyVersion: try Agency.law(tx, area: approved.area).version,
                ground(approved, "应缴更正"))
            var subjects: [(kind: String, id: Int64)] = [("bill", result.red.raw)]
            if let corrected = result.corrected { subjects.append(("bill", corrected.raw)) }
            return Carried(subjects, "应缴单 \(id) 已红字冲正\(result.corrected.map { ",新单 \($0)" } ?? ""),多缴部分转入暂收款")
        })

    static let correctResident = MatterKind(
        code: "contributions.resident.correct", name: "居民应缴更正", section: .contributions, basis: "社会保险经办条例第三十七条",
        fields: [
            bill,
            FormField(
                "class", "实际缴费类别", .choice(ResidentClass.allCases.map { (String($0.rawValue), $0.name) }),
                isRequired: false, help: "留空则整张应缴单红字冲正,已缴的转入暂收款"),
            FormField(
                "group", "实际资助对象类别", .choice(AssistanceGroup.allCases.map { (String($0.rawValue), $0.name) }),
                isRequired: false, help: "不享受资助的留空"),
            reason,
        ],
        papers: [PaperKind("proof", "身份或资助对象认定材料", basis: "社会保险经办条例第二十条", isRequired: false)],
        steps: baseRoute + [RouteStep("chief", "科长审批", post: "contributions.chief", limit: 2)],
        check: { tx, draft in
            try problems { _ = try residentLevy(tx, draft.area, draft.form) }
        },
        effect: .atOnce { tx, approved in
            let id = ID<LevyBill>(try approved.form.whole("bill"))
            let levy = try residentLevy(tx, approved.area, approved.form)
            let result = try Contributions.correctResident(
                tx, area: approved.area, id, to: levy,
                policyVersion: try Agency.law(tx, area: approved.area).version, ground(approved, "居民应缴更正"))
            var subjects: [(kind: String, id: Int64)] = [("bill", result.red.raw)]
            if let corrected = result.corrected { subjects.append(("bill", corrected.raw)) }
            let owed = levy.map { "新单个人应缴 \($0.personal) 元、财政 \($0.fiscal) 元、资助 \($0.subsidy) 元" } ?? "未开新单"
            return Carried(subjects, "居民应缴单 \(id) 已红字冲正,\(owed),多缴部分转入暂收款")
        })

    /// What the year of a bill costs a resident of the class and group that the form says; nil to take it back wholly.
    private static func residentLevy(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues
    ) throws -> ResidentLevy? {
        guard let bill = try Contributions.bill(tx, area: area, ID(try form.whole("bill"))) else {
            throw Problem("contributions.bill.unknown", field: "bill", "没有这张应缴单,请从应缴单列表中选择")
        }
        guard let payer: ResidentClass = form.codeIfGiven("class") else { return nil }
        let year = bill.months.lowerBound.year
        let terms = try ResidentTerms(Agency.law(tx, area: area), year: year)
        let group: AssistanceGroup? = form.codeIfGiven("group")
        if let group, terms.subsidies[group] == nil {
            throw Problem("contributions.resident.group", field: "group", "\(year) 年没有对\(group.name)的资助标准,请核对认定材料")
        }
        guard let shares = terms.shares[payer] else {
            throw Problem("contributions.resident.class", field: "class", "\(year) 年没有\(payer.name)的筹资标准,请先补全政策文件")
        }
        return ResidentLevy(shares, subsidies: group.flatMap { terms.subsidies[$0] }.map { [$0] } ?? [])
    }

    static let repairWaiting = MatterKind(
        code: "contributions.resident.repair", name: "居民断保补缴(修复等待期)", section: .contributions,
        basis: "国办发〔2024〕38号第二条第(四)项",
        fields: [
            FormField("person", "人员", .person), FormField("first", "补缴起始年度", .year),
            FormField("last", "补缴终止年度", .year, help: "断保的年度;每年按当年的个人缴费标准,财政不补助"), reason,
        ],
        steps: baseRoute,
        check: { tx, draft in
            try problems { _ = try missedYears(tx, draft.area, draft.form, on: draft.today) }
        },
        effect: .atOnce { tx, approved in
            let person = try approved.form.person("person")
            let today = approved.at.day
            let years = try missedYears(tx, approved.area, approved.form, on: today)
            let policy = try Agency.law(tx, area: approved.area)
            guard let price = try ResidentTerms(policy, year: today.year).shares[.adult]?.personal else {
                throw Problem("contributions.resident.class", field: "first", "\(today.year) 年没有成年居民的筹资标准,请先补全政策文件")
            }
            let outcome = try Contributions.billMissedYears(
                tx, area: approved.area, person, years: years, each: price,
                due: Month(year: today.year, month: 12).last, policyVersion: policy.version,
                ground(approved, "断保补缴"))
            return Carried(
                [("person", person.raw)],
                "已核定补缴 \(outcome.bills) 年共 \(outcome.payable) 元,\(today.year) 年内缴清的,每年修复当年的待遇等待期")
        })

    /// Years that are over and in which the person was insured nowhere here.
    private static func missedYears(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, on today: Day
    ) throws -> ClosedRange<Int> {
        let (first, last) = (try form.year("first"), try form.year("last"))
        guard first <= last, last < today.year else {
            throw Problem("contributions.repair.years", field: "last", "补缴年度应从早到晚,且早于今年 \(today.year) 年,请核对")
        }
        let owner = try Enrolment.requireInsured(tx, area: area, try form.person("person")).person
        let spells = try Enrolment.allSpells(tx, area: area, of: owner)
        let former = try Enrolment.numbers(tx, area: area, of: owner).filter { $0 != owner.id }
        for year in first...last {
            let january = Month(year: year, month: 1)
            let days = Period(from: january.first, through: (january + 11).last)
            if let days, spells.contains(where: { $0.insurance.isBasic && $0.period.overlaps(days) }) {
                throw Problem("contributions.repair.insured", field: "first", "\(year) 年此人有参保记录,没有断保,不需要补缴")
            }
            for number in former {
                let live = try Contributions.liveBills(tx, area: area, of: .person(number), months: january...january)
                guard !live.contains(where: { $0.insurance == .resident }) else {
                    throw Problem(
                        "contributions.repair.billed", field: "first",
                        "\(year) 年度已在并入的编号 \(number) 名下有居民应缴单,不能重复补缴;没有缴的请直接缴费")
                }
            }
        }
        return first...last
    }

    // MARK: Debts that wait

    static let deferral = MatterKind(
        code: "contributions.defer", name: "缓缴", section: .contributions, basis: "《中华人民共和国社会保险法》第六十条",
        fields: [
            FormField("employer", "单位", .employer), FormField("first", "起始月", .month), FormField("last", "终止月", .month),
            FormField("pay_by", "缓缴至", .day), reason,
        ],
        papers: [PaperKind("proof", "不可抗力等法定事由证明", basis: "《中华人民共和国社会保险法》第六十条")],
        steps: baseRoute + [RouteStep("director", "主要负责人审批", post: "director", limit: 3)],
        check: { tx, draft in
            try problems {
                let limits = try DebtLimits(Agency.law(tx, area: draft.area), on: draft.today)
                try Contributions.deferralProblems(
                    months: try deferredMonths(draft.form), payBy: try draft.form.day("pay_by"),
                    monthsMax: limits.deferralMonths, on: draft.today
                ).throwIfAny()
            }
        },
        effect: .atOnce { tx, approved in
            let form = approved.form
            let employer = try form.employer("employer")
            let months = try deferredMonths(form)
            let limits = try DebtLimits(Agency.law(tx, area: approved.area), on: approved.at.day)
            // What those owed who were merged into it is its own debt, and waits with it.
            for payer in try [employer] + Enrolment.absorbed(tx, area: approved.area, by: employer) {
                try Contributions.defer(
                    tx, area: approved.area, .employer(payer), months: months, payBy: try form.day("pay_by"),
                    monthsMax: limits.deferralMonths, ground(approved, "缓缴"))
            }
            return Carried(
                [("employer", employer.raw)],
                "已批准 \(months.lowerBound) 至 \(months.upperBound) 缓缴到 \(try form.day("pay_by")),期间不加收滞纳金、不停待遇;批准前已产生的滞纳金照收"
            )
        })

    private static func deferredMonths(_ form: FormValues) throws -> ClosedRange<Month> {
        let (first, last) = (try form.month("first"), try form.month("last"))
        guard first <= last else { throw Problem("contributions.back.months", field: "last", "终止月早于起始月,请核对") }
        return first...last
    }

    static let instalments = MatterKind(
        code: "contributions.instalments", name: "分期缴纳欠费", section: .contributions, basis: "《中华人民共和国社会保险法》第六十三条",
        fields: [
            FormField("employer", "单位", .employer), FormField("first", "首期所在月", .month),
            FormField("count", "期数", .whole(2...60)), reason,
        ],
        steps: baseRoute + [RouteStep("deputy", "分管领导审批", post: "deputy", limit: 3)],
        check: { tx, draft in
            try problems {
                let employer = try draft.form.employer("employer")
                let policy = try Agency.law(tx, area: draft.area)
                try Contributions.requireInstalments(
                    tx, area: draft.area, .employer(employer),
                    absorbed: Enrolment.absorbed(tx, area: draft.area, by: employer),
                    first: draft.form.month("first"), count: Int(draft.form.whole("count")),
                    monthsMax: DebtLimits(policy, on: draft.today).instalmentMonths, lateFees: Agency.lateFees(policy),
                    on: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let employer = try approved.form.employer("employer")
            let policy = try Agency.law(tx, area: approved.area)
            let limits = try DebtLimits(policy, on: approved.at.day)
            let plan = try Contributions.agreeInstalments(
                tx, area: approved.area, .employer(employer),
                absorbed: try Enrolment.absorbed(tx, area: approved.area, by: employer),
                first: try approved.form.month("first"),
                count: Int(try approved.form.whole("count")),
                monthsMax: limits.instalmentMonths, stopsLateFees: limits.instalmentsStopLateFees,
                lateFees: Agency.lateFees(policy), ground(approved, "分期缴纳欠费"))
            return Carried(
                [("employer", employer.raw)],
                "欠费 \(plan.map(\.amount).total()) 元分 \(plan.count) 期,首期 \(plan[0].amount) 元于 \(plan[0].due) 前缴纳")
        })

    static let waiver = MatterKind(
        code: "contributions.waive", name: "减免滞纳金", section: .contributions, basis: "《中华人民共和国行政强制法》第四十二条",
        fields: [bill, amount, reason], steps: moneyRoute("contributions.base"), amount: { $0.moneyIfGiven("amount") },
        check: { tx, draft in
            try problems {
                try Contributions.requireWaivable(
                    tx, area: draft.area, ID(draft.form.whole("bill")), draft.form.money("amount"),
                    lateFees: lateFees(tx, draft.area), on: draft.today)
            }
        },
        effect: .atOnce { tx, approved in
            let id = ID<LevyBill>(try approved.form.whole("bill"))
            try Contributions.waive(
                tx, area: approved.area, id, try approved.form.money("amount"),
                lateFees: lateFees(tx, approved.area), ground(approved, "减免滞纳金"))
            return Carried([("bill", id.raw)], "应缴单 \(id) 减免滞纳金 \(try approved.form.money("amount")) 元")
        }
    ).measuring { tx, area, form, _ in
        guard let bill = form.wholeIfGiven("bill") else { return form.moneyIfGiven("amount") }
        return try together(form, Contributions.waived(tx, area: area, of: ID(bill)))
    }.previewing { tx, draft in
        let bill = ID<LevyBill>(try draft.form.whole("bill"))
        return try levelled(draft.form, "应缴单 \(bill) 此前已减免", Contributions.waived(tx, area: draft.area, of: bill))
    }

    // MARK: Runs

    static let monthRun = MatterKind(
        code: "contributions.run.month", name: "职工按月核定", section: .contributions, basis: "《中华人民共和国社会保险法》第五十九条",
        fields: [FormField("month", "费款所属月", .month, help: "不晚于本月")], steps: baseRoute,
        check: { tx, draft in try runnable(tx, draft) },
        effect: run { .month(try $0.month("month")) })

    static let residentRun = MatterKind(
        code: "contributions.run.residents", name: "居民按年核定", section: .contributions, basis: "《中华人民共和国社会保险法》第二十五条",
        fields: [FormField("year", "参保年度", .year, help: "本年度;集中征缴期开始后也可以是下一年度")], steps: baseRoute,
        check: { tx, draft in
            let year = try draft.form.year("year")
            let years = try ResidentTerms.years(Agency.law(tx, area: draft.area), on: draft.today)
            if year < years.lowerBound {
                return [
                    Problem(
                        "contributions.run.past", field: "year",
                        "\(year) 年度已经过去,不能成批核定;个别人员漏核定的请办理居民个人核定或断保补缴")
                ]
            }
            return year <= years.upperBound ? [] : [tooEarly(year, years.upperBound)]
        },
        effect: run { .residents(year: try $0.year("year")) })

    static let creditRun = MatterKind(
        code: "contributions.run.credits", name: "个人账户按月划入", section: .contributions,
        basis: "国办发〔2021〕14号第二条",
        fields: [FormField("month", "费款所属月", .month, help: "不晚于本月;以前月份此后缴清的一并补划")], steps: baseRoute,
        check: { tx, draft in try runnable(tx, draft) },
        effect: run { .credits(try $0.month("month")) })

    /// A month's run is for a month that has come, and that the law of the area knows.
    private static func runnable(_ tx: any Transaction, _ draft: MatterDraft) throws -> [Problem] {
        let month = try draft.form.month("month")
        guard month <= draft.today.month else {
            return [
                Problem(
                    "contributions.run.early", field: "month",
                    "\(month) 还没有到,只能办理 \(draft.today.month) 及以前的月份,请核对年月")
            ]
        }
        return try problems { _ = try LevyTerms(Agency.law(tx, area: draft.area), month: month) }
    }

    private static func tooEarly(_ year: Int, _ last: Int) -> Problem {
        Problem(
            "contributions.run.early", field: "year", "\(year) 年度还不能核定,今天最晚可以核定 \(last) 年度,请核对年度")
    }

    /// A run in chunks. The engine's cursor begins at 0 and so does the run's; each step is idempotent.
    private static func run(
        _ scope: @escaping @Sendable (FormValues) throws -> CollectionRun.Scope
    ) -> MatterEffect {
        .job(chunk: { tx, approved, cursor in
            let run = CollectionRun(area: approved.area, try scope(approved.form))
            let step = try run.step(tx, from: cursor, ground(approved, "征缴批处理"))
            guard let next = step.next else {
                return .finished(Carried([], try run.sentence(tx, matter: approved.matter)))
            }
            let progress = try run.progress(tx, at: next)
            return .more(next: next, done: progress.done, of: progress.of)
        })
    }
}
