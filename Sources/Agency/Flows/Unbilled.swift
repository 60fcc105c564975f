import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// Somebody's month for which contributions are owed and nobody made a bill (漏核定): he came after the month's run, or was
/// registered late.
public struct UnbilledMonth: Hashable, Sendable {
    public var month: Month
    public var person: ID<Person>
    /// Under which spell he owes.
    public var spell: Spell
    /// The day on which his registration was applied for (申请登记日); nil where a former system's data brought him.
    public var applied: Day?

    /// Nil: he pays himself.
    public var employer: ID<Employer>? { spell.employer }

    /// Whether an employer told of him in time (按时申报增员), so that nobody is at fault for the month's having been missed.
    /// A flexible worker joins of his own will and is never late.
    public func isTimely(within days: Int) -> Bool {
        guard employer != nil, let applied else { return true }
        return applied <= spell.period.first + days
    }
}

extension Agency {
    // MARK: - Looking

    /// The months of an employer's people that are not billed, up to a month; of one person alone when he is named.
    ///
    /// What a former system's data tell of the time before the agency's first bill was paid there.
    static func unbilled(
        _ tx: any Transaction, area: AreaCode, of employer: ID<Employer>, only person: ID<Person>? = nil,
        through last: Month
    ) throws -> [UnbilledMonth] {
        let opened = try Contributions.firstBilledMonth(tx, area: area)
        let began = try Enrolment.firstMonths(tx, area: area, at: employer)
        let known = began.any.flatMap { first in opened.map { max(first, $0) } }
        guard let first = [began.registeredHere, known].compactMap(\.self).min(), first <= last else { return [] }
        let policy = try law(tx, area: area)
        return try (first...last).flatMap { month -> [UnbilledMonth] in
            guard let rule = payerRule(of: month, policy) else { return [] }
            let owing = try levyMembers(tx, area: area, employer, month, by: rule).filter { member in
                (person ?? member.person) == member.person
                    && (!member.spell.isImported || opened.map { month >= $0 } ?? false)
            }
            let billed = try Contributions.peopleBilled(tx, area: area, month: month, among: owing.map(\.person))
            return try owing.filter { !billed.contains($0.person) }.map {
                try unbilledMonth(tx, area: area, month, $0.person, $0.spell)
            }
        }
    }

    /// The months of somebody who pays for himself that are not billed, up to a month.
    static func unbilled(
        _ tx: any Transaction, area: AreaCode, flexible person: ID<Person>, through last: Month
    ) throws -> [UnbilledMonth] {
        let opened = try Contributions.firstBilledMonth(tx, area: area)
        let spells = try Enrolment.requireInsured(tx, area: area, person).spells.filter { $0.insurance == .employee }
        let starts = spells.filter { $0.employer == nil && $0.category == .flexible }.compactMap { spell in
            spell.isImported ? opened.map { max($0, spell.period.first.month) } : spell.period.first.month
        }
        guard let first = starts.min(), first <= last else { return [] }
        let policy = try law(tx, area: area)
        return try (first...last).compactMap { month -> UnbilledMonth? in
            guard let rule = payerRule(of: month, policy) else { return nil }
            let own = spells.filter { $0.touches(month) }
            let owing = try owingSpells(tx, area: area, person, own, month: month)
            guard let paying = payingSpell(of: owing, month, by: rule), own.contains(where: { $0.id == paying.id }),
                isOwnPayer(paying, month, by: rule), !paying.isImported || opened.map({ month >= $0 }) ?? false,
                try !isBilledUnderFormer(tx, area: area, person, by: paying, month: month),
                try !Contributions.peopleBilled(tx, area: area, month: month, among: [person]).contains(person)
            else { return nil }
            return try unbilledMonth(tx, area: area, month, person, paying)
        }
    }

    /// Who in the area owes for a month and is on nobody's bill for it, by number, after a given one; with after whom to
    /// go on, nil when that is all. A month that its run has not billed yet is nobody's to be missed.
    public static func unbilled(
        _ tx: any Transaction, area: AreaCode, month: Month, after person: ID<Person> = ID(0), limit: Int
    ) throws -> (found: [UnbilledMonth], next: ID<Person>?) {
        guard try isBilled(tx, area: area, month) else { return ([], nil) }
        let billed = try Contributions.peopleBilled(tx, area: area, month: month)
        var (found, after): ([UnbilledMonth], ID<Person>) = ([], person)
        while true {
            let page = try Enrolment.insured(
                tx, area: area, .employee, in: month, after: after, limit: Enrolment.pageMax)
            guard let last = page.last else { return (found, nil) }
            found += try unbilled(tx, area: area, month: month, among: page.filter { !billed.contains($0) })
            if found.count > limit { return (Array(found.prefix(limit)), found[limit - 1].person) }
            after = last
        }
    }

    /// Of some people on nobody's bill for a month, those who owe for it.
    private static func unbilled(
        _ tx: any Transaction, area: AreaCode, month: Month, among people: [ID<Person>]
    ) throws -> [UnbilledMonth] {
        let policy = try law(tx, area: area)
        guard !people.isEmpty, let rule = payerRule(of: month, policy) else { return [] }
        let isDeclared = try LevyTerms(policy, month: month).mode == .declared
        let spells = try Enrolment.spells(tx, area: area, of: people, .employee, month: month)
        let opened = try Contributions.firstBilledMonth(tx, area: area)
        return try people.compactMap { person -> UnbilledMonth? in
            let own = spells[person] ?? []
            let owing = try owingSpells(tx, area: area, person, own, month: month)
            guard let paying = payingSpell(of: owing, month, by: rule), own.contains(where: { $0.id == paying.id }),
                !paying.isImported || opened.map({ month >= $0 }) ?? false,
                paying.employer != nil ? !isDeclared : isOwnPayer(paying, month, by: rule),
                try !isBilledUnderFormer(tx, area: area, person, by: paying, month: month)
            else { return nil }
            return try unbilledMonth(tx, area: area, month, person, paying)
        }
    }

    /// Whether the area's run has billed a month.
    public static func isBilled(_ tx: any Transaction, area: AreaCode, _ month: Month) throws -> Bool {
        try Contributions.billed(tx, area: area, .employee, month: month).bills > 0
    }

    private static func unbilledMonth(
        _ tx: any Transaction, area: AreaCode, _ month: Month, _ person: ID<Person>, _ spell: Spell
    ) throws -> UnbilledMonth {
        let matter = try Enrolment.registeringMatter(tx, area: area, person: person, spell.id)
        let applied = try matter.flatMap { try Matters.openedAt(tx, area: area, $0)?.day }
        return UnbilledMonth(month: month, person: person, spell: spell, applied: applied)
    }

    /// Who pays by the law of a month; nil where there is no law by which it could be billed.
    private static func payerRule(of month: Month, _ policy: AreaPolicy) -> PayerOfMonth? {
        do throws(Problem) {
            return try LevyTerms(policy, month: month).payerOfMonth
        } catch {
            return nil
        }
    }

    // MARK: - Reckoning

    /// What the months that were left out come to (补收试算), each by its own law. An employer that told of somebody too late
    /// pays by the month's own day, past or not; everybody else by the next day of payment, and no late fee before.
    ///
    /// - Throws: what keeps a month from being billed; all of it together.
    static func supplementLines(
        _ tx: any Transaction, area: AreaCode, _ months: [UnbilledMonth], on today: Day
    ) throws -> [SupplementLine] {
        let policy = try law(tx, area: area)
        let limit = try RegistrationLimit(policy, on: today)
        let next = try nextDueDay(policy, after: today)
        var problems = Problems()
        var lines: [SupplementLine] = []
        for (month, group) in Dictionary(grouping: months, by: \.month).sorted(by: { $0.key < $1.key }) {
            let terms = try LevyTerms(policy, month: month)
            func due(_ one: UnbilledMonth) -> Day {
                let own = terms.dueDay(of: month)
                return one.isTimely(within: limit.days) ? max(own, next) : own
            }
            for one in group where one.employer == nil {
                let line = try Contributions.supplementLine(
                    tx, area: area, month: month, one.person, due: due(one), terms: terms)
                if let line { lines.append(line) } else { problems.all.append(noBase(one)) }
            }
            for (employer, people) in Dictionary(grouping: group, by: \.employer) {
                guard let employer else { continue }
                if terms.mode == .declared {
                    problems.all.append(declaredElsewhere(month))
                    continue
                }
                let members = people.compactMap { one in
                    LevyClass(one.spell.category).map { (member: LevyMember(one.person, $0), due: due(one)) }
                }
                lines += try Contributions.supplementLines(
                    tx, area: area, month: month, employer, members, terms: terms)
            }
        }
        try problems.throwIfAny()
        return lines
    }

    /// The first day of payment after a day, by the law of the months around it.
    private static func nextDueDay(_ policy: AreaPolicy, after day: Day) throws -> Day {
        for month in (day.month + -1)...(day.month + 1) {
            let due = try LevyTerms(policy, month: month).dueDay(of: month)
            if due > day { return due }
        }
        return (day.month + 1).last
    }

    private static func noBase(_ one: UnbilledMonth) -> Problem {
        Problem(
            "contributions.supplement.noBase", field: "person",
            "人员 \(one.person) 没有选择 \(one.month) 的缴费基数,不能补收;请先办理灵活就业缴费基数选择,起始月填 \(one.month) 或以前")
    }

    private static func declaredElsewhere(_ month: Month) -> Problem {
        Problem(
            "contributions.supplement.declaredMode", field: "employer",
            "\(month) 由用人单位向税务机关自行申报,经办机构不核定;请单位向税务机关补申报,再接收税务申报")
    }

    // MARK: Self-check

    /// The point of the risk self-check: who owes for a month of the period and is on nobody's bill.
    static func unbilledPoint(
        _ tx: any Transaction, area: AreaCode, _ months: ClosedRange<Month>
    ) throws -> RiskPoint {
        let found = try months.flatMap { try unbilled(tx, area: area, month: $0, limit: .max).found }
        return RiskPoint(
            "contributions.unbilled", "漏核定的人月", basis: "社会保险法第六十条:应当自行申报、按时足额缴纳",
            figure: "\(found.count) 人月", found.isEmpty ? .sound : .attention, ["费款所属月", "人员", "单位", "参保起始日"],
            found.map { one in
                RiskRow(
                    [
                        "\(one.month)", "\(one.person)", one.employer.map { "\($0)" } ?? "本人",
                        "\(one.spell.period.first)",
                    ], .unbilled(one.month))
            })
    }
}
