import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// Billing from the register of insured people (核定应缴): enrolment says who, contributions says how much.
extension Agency {
    /// The late fees' law of a month, for everything that asks what is owed.
    public static func lateFees(_ policy: AreaPolicy) -> Contributions.LateFeeLaw {
        { month in try LevyTerms(policy, month: month).lateFee }
    }

    /// What one page of payers was billed, and where the next page begins; nil after the last.
    struct BilledPage<Kind> {
        var outcome: BillingOutcome
        var last: ID<Kind>?
    }

    /// Bills a page of employers for a month.
    static func billEmployers(
        _ tx: any Transaction, area: AreaCode, month: Month, after: ID<Employer>, limit: Int, _ ground: Ground
    ) throws -> BilledPage<Employer> {
        let policy = try law(tx, area: area)
        let employers = try Enrolment.employers(tx, area: area, after: after, limit: limit)
        let terms = try LevyTerms(policy, month: month)
        let rolls = try employers.compactMap { employer in
            try levyRoll(tx, area: area, employer.id, month, by: terms.payerOfMonth)
        }
        let outcome = try Contributions.billMonth(
            tx, area: area, month: month, rolls, terms: terms, policyVersion: policy.version, ground)
        try refreshCoverOfLate(tx, area: area, outcome, due: terms.dueDay(of: month), ground)
        return BilledPage(outcome: outcome, last: employers.last?.id)
    }

    /// Bills that are late from the first day on tell of arrears at once; others change nobody's cover until they are due.
    static func refreshCoverOfLate(
        _ tx: any Transaction, area: AreaCode, _ outcome: BillingOutcome, due: Day, _ ground: Ground
    ) throws {
        guard let act = outcome.act, due < ground.at.day else { return }
        try refreshCover(
            tx, area: area, of: coveredBy(tx, area: area, act: act), by: ground.actor, at: ground.at,
            matter: ground.matter)
    }

    /// An employer's people who owe contributions for a month: insured on its first or any later day of it; a spell
    /// that begins in the month is billed for it, one that ended before is not. Whoever has two payers in the month is
    /// the one's of whom the law says so.
    static func levyRoll(
        _ tx: any Transaction, area: AreaCode, _ employer: ID<Employer>, _ month: Month, by rule: PayerOfMonth
    ) throws -> EmployerRoll? {
        var members: [ID<Person>: LevyMember] = [:]
        for member in try levyMembers(tx, area: area, employer, month, by: rule) {
            guard let payer = LevyClass(member.spell.category) else { continue }
            members[member.person] = LevyMember(
                member.person, payer, former: try formerNumbers(tx, area: area, of: member, lastMonth: month + -1))
        }
        guard !members.isEmpty else { return nil }
        return EmployerRoll(employer, Array(members.values))
    }

    /// The same people, each with the spell by which he owes.
    static func levyMembers(
        _ tx: any Transaction, area: AreaCode, _ employer: ID<Employer>, _ month: Month, by rule: PayerOfMonth
    ) throws -> [EmployerMember] {
        let changers = try Enrolment.changers(tx, area: area, employer: employer, .employee, month: month)
        return try Enrolment.members(tx, area: area, employer: employer, month: month).filter { member in
            let spells = try owingSpells(
                tx, area: area, member.person, changers[member.person] ?? [member.spell], month: month)
            return try payingSpell(of: spells, month, by: rule)?.id == member.spell.id
                && !isBilledUnderFormer(tx, area: area, member.person, by: member.spell, month: month)
        }
    }

    /// Under which of somebody's spells a month is levied (当月缴费的参保关系): the first or the last that owes for it; nil
    /// where none does.
    static func payingSpell(of spells: [Spell], _ month: Month, by rule: PayerOfMonth) -> Spell? {
        let owing = spells.filter { spell in
            let day = min(month.last, spell.period.last ?? month.last)
            return spell.touches(month) && LevyClass(spell.category) != nil && spell.owesContribution(on: day)
        }.sorted { $0.period.first < $1.period.first }
        return rule == .last ? owing.last : owing.first
    }

    /// A page of the people who pay for themselves and owe for a month (灵活就业应缴人员).
    static func ownPayers(
        _ tx: any Transaction, area: AreaCode, _ month: Month, after: ID<Person>, limit: Int, by rule: PayerOfMonth
    ) throws -> (people: [ID<Person>], last: ID<Person>?) {
        let page = try Enrolment.payingThemselves(tx, area: area, month: month, after: after, limit: limit)
        let spells = try Enrolment.spells(tx, area: area, of: page, .employee, month: month)
        let owing = try page.filter { person in
            let own = spells[person] ?? []
            let owing = try owingSpells(tx, area: area, person, own, month: month)
            guard let paying = payingSpell(of: owing, month, by: rule), own.contains(where: { $0.id == paying.id }),
                isOwnPayer(paying, month, by: rule)
            else { return false }
            return try !isBilledUnderFormer(tx, area: area, person, by: paying, month: month)
        }
        return (owing, page.last)
    }

    /// Whether the spell by which somebody owes for a month makes him pay for himself. Who stopped in the month and went
    /// nowhere owes nothing for it, unless the law looks at its beginning.
    static func isOwnPayer(_ paying: Spell, _ month: Month, by rule: PayerOfMonth) -> Bool {
        guard paying.employer == nil, paying.category == .flexible else { return false }
        return rule == .first || paying.owesContribution(on: month.last)
    }

    /// Bills a page of the area's insured who pay for themselves, for a month.
    static func billFlexible(
        _ tx: any Transaction, area: AreaCode, month: Month, after: ID<Person>, limit: Int, _ ground: Ground
    ) throws -> BilledPage<Person> {
        let policy = try law(tx, area: area)
        let terms = try LevyTerms(policy, month: month)
        let page = try ownPayers(tx, area: area, month, after: after, limit: limit, by: terms.payerOfMonth)
        let outcome = try Contributions.billFlexible(
            tx, area: area, month: month, page.people, terms: terms, policyVersion: policy.version, ground)
        try refreshCoverOfLate(tx, area: area, outcome, due: terms.dueDay(of: month), ground)
        return BilledPage(outcome: outcome, last: page.last)
    }

    /// Lets the bases of an employer's people go over with them to the successor (单位合并), from the month of the merger on.
    /// Called before their spells move.
    static func carryBases(
        _ tx: any Transaction, area: AreaCode, from merged: ID<Employer>, to successor: ID<Employer>, on day: Day,
        _ ground: Ground
    ) throws -> Int {
        let policy = try law(tx, area: area)
        let terms = try LevyTerms(policy, month: day.month)
        let moving = try Enrolment.members(tx, area: area, employer: merged, month: day.month).filter {
            $0.spell.insurance == .employee && $0.spell.period.contains(day)
        }
        return try Contributions.carryBases(
            tx, area: area, from: merged, to: successor, of: Set(moving.map(\.person)), month: day.month,
            baseYear: terms.baseYear(of: day.month), policyVersion: policy.version, ground)
    }

    /// Bills a page of residents for a year, by what they are on the day of billing.
    static func billResidents(
        _ tx: any Transaction, area: AreaCode, year: Int, after: ID<Person>, limit: Int, _ ground: Ground
    ) throws -> BilledPage<Person> {
        let page = try residentPayers(tx, area: area, year: year, after: after, limit: limit, on: ground.at.day)
        return BilledPage(
            outcome: try billResidents(tx, area: area, year: year, page, ground), last: page.last?.person)
    }

    /// Bills one resident for a year (居民个人核定): whoever is born or comes in the course of it pays for the year.
    static func billResident(
        _ tx: any Transaction, area: AreaCode, year: Int, _ person: ID<Person>, _ ground: Ground
    ) throws {
        let page = try residentPayers(
            tx, area: area, year: year, after: ID(person.raw - 1), limit: 1, on: ground.at.day)
        guard page.first?.person == person else {
            let day = payingDay(of: year, on: ground.at.day)
            throw Problem("contributions.resident.none", field: "person", "此人 \(day) 没有参加居民医保,请先办理参保登记")
        }
        if try billResidents(tx, area: area, year: year, page, ground).bills == 0 {
            throw Problem("contributions.resident.billed", field: "year", "此人 \(year) 年度已经核定过,不必再核定")
        }
    }

    /// The day on which somebody must be insured to be billed for a year: today, or the first day of a year to come. Who
    /// enrols in autumn pays in the collection period, not after it.
    private static func payingDay(of year: Int, on today: Day) -> Day { max(today, Month(year: year, month: 1).first) }

    /// A page of those who are billed for a year of residents' insurance (居民应缴人员). Who is subsidised is seen on the day
    /// of billing.
    private static func residentPayers(
        _ tx: any Transaction, area: AreaCode, year: Int, after: ID<Person>, limit: Int, on today: Day
    ) throws -> [InsuredSpell] {
        let day = payingDay(of: year, on: today)
        var page = try Enrolment.insured(tx, area: area, insurance: .resident, on: day, after: after, limit: limit)
        guard day != today else { return page }
        let groups = try Enrolment.assistance(tx, area: area, of: page.map(\.person), on: today)
        for index in page.indices { page[index].assistance = groups[page[index].person] ?? [] }
        return page
    }

    private static func billResidents(
        _ tx: any Transaction, area: AreaCode, year: Int, _ page: [InsuredSpell], _ ground: Ground
    ) throws -> BillingOutcome {
        let policy = try law(tx, area: area)
        let terms = try ResidentTerms(policy, year: year)
        let billed = try residentsBilledUnderFormer(tx, area: area, year: year, among: page.map(\.person))
        let members = page.compactMap { insured -> ResidentMember? in
            guard let payer = ResidentClass(insured.spell.category), !billed.contains(insured.person) else {
                return nil
            }
            return ResidentMember(
                insured.person, payer, subsidies: insured.assistance.compactMap { terms.subsidies[$0] })
        }
        let outcome = try Contributions.billResidents(
            tx, area: area, year: year, members, terms: terms, policyVersion: policy.version, ground)
        try refreshCoverOfFree(tx, area: area, members, terms, ground)
        try refreshCoverOfLate(tx, area: area, outcome, due: terms.dueDay(of: year), ground)
        return outcome
    }

    /// Whoever owes nothing himself (全额资助) has paid with the making of the bill: no receipt will tell of it later.
    static func refreshCoverOfFree(
        _ tx: any Transaction, area: AreaCode, _ members: [ResidentMember], _ terms: ResidentTerms, _ ground: Ground
    ) throws {
        let free = try members.filter { member in
            guard let shares = terms.shares[member.payer] else { return false }
            return try ResidentLevy(shares, subsidies: member.subsidies).personal == .zero
                && Enrolment.cover(tx, area: area, of: member.person) != nil
        }
        try refreshCover(
            tx, area: area, of: free.map(\.person), by: ground.actor, at: ground.at, matter: ground.matter)
    }
}
