import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

extension ContributionMatters {
    /// Bills the months that the runs left out: who joined after his employer's month was billed, who was registered late,
    /// and flexible workers. What it will bill is found, not typed.
    static let supplement = MatterKind(
        code: "contributions.supplement", name: "补收(漏核定的月份)", section: .contributions,
        basis: "《中华人民共和国社会保险法》第五十八条、第六十条、第八十六条",
        fields: [
            FormField("employer", "单位", .employer, isRequired: false, help: "灵活就业人员留空"),
            FormField("person", "人员", .person, isRequired: false, help: "留空则补收单位全部漏核定的人员"),
            FormField("last", "截至月", .month, help: "到这个月为止漏核定的月份一并补收"),
        ],
        steps: baseRoute,
        check: { tx, draft in
            try problems { _ = try leftOut(tx, draft.area, draft.form, on: draft.today) }
        },
        effect: .atOnce { tx, approved in
            let lines = try leftOut(tx, approved.area, approved.form, on: approved.at.day)
            let policy = try Agency.law(tx, area: approved.area)
            let bills = try Contributions.billSupplement(
                tx, area: approved.area, lines, policyVersion: policy.version, ground(approved, "补收"))
            return Carried(
                bills.map { ("bill", $0.id.raw) },
                "已补收 \(Set(lines.map(\.person)).count) 人 \(lines.count) 个月,开出应缴单 \(bills.count) 张,应缴 "
                    + "\(bills.map(\.payable).total()) 元")
        }
    ).previewing { tx, draft in
        try words(tx, draft.area, try leftOut(tx, draft.area, draft.form, on: draft.today))
    }

    // MARK: What was left out

    private static func leftOut(
        _ tx: any Transaction, _ area: AreaCode, _ form: FormValues, on today: Day
    ) throws -> [SupplementLine] {
        let last = try form.month("last")
        try requireCome(tx, area, last, today)
        let (employer, person) = (form.employerIfGiven("employer"), form.personIfGiven("person"))
        let months: [UnbilledMonth]
        switch (employer, person) {
        case (let employer?, let person):
            try requireHere(tx, area, employer)
            months = try Agency.unbilled(tx, area: area, of: employer, only: person, through: last)
        case (nil, let person?):
            months = try Agency.unbilled(tx, area: area, flexible: person, through: last)
        case (nil, nil):
            throw Problem("contributions.supplement.payer", field: "employer", "请填写单位;灵活就业人员补收的,填写人员")
        }
        let lines = try Agency.supplementLines(tx, area: area, months, on: today)
        guard !lines.isEmpty else { throw nothing(employer, last) }
        return lines
    }

    /// A month that its run is still to bill is billed by the run.
    private static func requireCome(_ tx: any Transaction, _ area: AreaCode, _ last: Month, _ today: Day) throws {
        guard last <= today.month else {
            throw Problem(
                "contributions.run.early", field: "last", "\(last) 还没有到,截至月最晚填 \(today.month)")
        }
        guard try last < today.month || Agency.isBilled(tx, area: area, last) else {
            throw Problem(
                "contributions.supplement.notRun", field: "last",
                "\(last) 还没有办理按月核定,届时一并核定;截至月请填 \(last + -1) 或以前")
        }
    }

    private static func requireHere(_ tx: any Transaction, _ area: AreaCode, _ employer: ID<Employer>) throws {
        guard try Enrolment.employer(tx, area: area, employer) != nil else {
            throw Problem("contributions.employer.unknown", field: "employer", "没有这个单位,请从单位列表中选择")
        }
    }

    private static func nothing(_ employer: ID<Employer>?, _ last: Month) -> Problem {
        Problem(
            "contributions.supplement.nothing", field: employer == nil ? "person" : "employer",
            employer == nil
                ? "此人到 \(last) 没有以灵活就业身份漏核定的月份,不必补收;由单位缴费的请填写单位"
                : "到 \(last) 没有漏核定的人员和月份,不必补收;按其他工资补缴的请办理补缴")
    }

    // MARK: In words

    private static let linesShown = 50

    /// Line by line what will be billed, and whether a late fee runs.
    private static func words(
        _ tx: any Transaction, _ area: AreaCode, _ lines: [SupplementLine]
    ) throws -> [String] {
        let shown = lines.prefix(linesShown)
        let names = try Set(shown.map(\.person)).reduce(into: [:]) { names, person in
            names[person] = try Enrolment.insured(tx, area: area, person)?.person.name
        }
        let sentences = try shown.map { line in
            let isLate = try line.due <= LevyTerms(Agency.law(tx, area: area), month: line.month).dueDay(of: line.month)
            let base = line.isUndeclared ? "\(line.base) 元(未申报工资)" : "\(line.base) 元"
            return "\(line.month) \(names[line.person] ?? "")(\(line.person)):缴费基数 \(base),应缴 \(line.total) 元,"
                + (isLate ? "缴费期限 \(line.due),逾期按日加收滞纳金" : "\(line.due) 前缴清不加收滞纳金")
        }
        let sum = lines.map(\.total).total()
        let more = lines.count > linesShown ? "(以上列出前 \(linesShown) 行)" : ""
        return sentences + ["共 \(Set(lines.map(\.person)).count) 人 \(lines.count) 个月,应缴 \(sum) 元\(more)"]
    }
}
