import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// A month of one human being under two numbers (合并编号的月份): billed once and credited once, whichever number it stands
/// under.
extension Agency {
    // MARK: - Credits

    /// What a month brings to the accounts of some people, each under the number that counts (并号的划入), less what any
    /// number of his had for the month already; whoever has one number alone keeps his amount.
    ///
    /// - Returns: as what `creditAccounts` takes it: the whole of the month where the number that counts had a part of it.
    static func underOneNumber(
        _ tx: any Transaction, area: AreaCode, month: Month, _ amounts: [ID<Person>: Money]
    ) throws -> [ID<Person>: Money] {
        let people = amounts.keys.sorted()
        let heads = try Enrolment.survivors(tx, area: area, of: people)
        let former = try Enrolment.formerNumbers(tx, area: area, of: Set(people.map { heads[$0] ?? $0 }).sorted())
        guard !former.isEmpty else { return amounts }
        var whole: [ID<Person>: Money] = [:]
        for (person, amount) in amounts {
            let head = heads[person] ?? person
            // Whoever is paid for under two numbers is credited for the higher base, once.
            whole[head] = max(whole[head] ?? .zero, amount)
        }
        for (head, others) in former {
            guard let amount = whole[head] else { continue }
            let elsewhere = try others.map { try Contributions.credited(tx, area: area, $0, month: month) ?? .zero }
                .total()
            let here = try Contributions.credited(tx, area: area, head, month: month) ?? .zero
            let missing = amount - elsewhere - here
            let hasRun = try Contributions.creditedMonths(tx, area: area, of: head).contains(month)
            whole[head] = missing > .zero ? (hasRun ? here + missing : missing) : nil
        }
        return whole
    }

    /// The months that are paid and not on the accounts, those under a merged number as the months of the number that
    /// counts, as far as none of his numbers had them.
    static func underOneNumber(
        _ tx: any Transaction, area: AreaCode, _ lines: [UncreditedMonth]
    ) throws -> [UncreditedMonth] {
        let heads = try Enrolment.survivors(tx, area: area, of: Set(lines.map(\.person)).sorted())
        return try Dictionary(grouping: lines, by: \.month).flatMap { month, lines -> [UncreditedMonth] in
            var highest: [ID<Person>: UncreditedMonth] = [:]
            for line in lines {
                let head = heads[line.person] ?? line.person
                if highest[head].map({ $0.worth < line.worth }) ?? true { highest[head] = line }
            }
            let owed = try underOneNumber(tx, area: area, month: month, highest.mapValues(\.worth))
            return try highest.compactMap { head, line -> UncreditedMonth? in
                guard let worth = owed[head] else { return nil }
                var own = line
                own.person = head
                if worth != line.worth || head != line.person {
                    own.worth = worth
                    own.missing = worth - (try Contributions.credited(tx, area: area, head, month: month) ?? .zero)
                }
                return own
            }
        }.sorted { ($0.month, $0.person) < ($1.month, $1.person) }
    }

    // MARK: - Bills

    /// The spells of employees' insurance by which a human being may owe for a month: in the month of a merge those of both
    /// numbers together, so that one of them pays it, and one alone.
    static func owingSpells(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ own: [Spell], month: Month
    ) throws -> [Spell] {
        guard own.contains(where: { $0.isMerging(in: month) }) else { return own }
        let numbers = try Enrolment.identities(tx, area: area, of: person)
        return try Enrolment.spells(tx, area: area, of: numbers, .employee, month: month).values.flatMap(\.self)
    }

    /// Under which other numbers somebody may have been billed the month before: those merged into his since it began.
    static func formerNumbers(
        _ tx: any Transaction, area: AreaCode, of member: EmployerMember, lastMonth: Month
    ) throws -> [ID<Person>] {
        guard member.spell.reason == .personMerged, member.spell.period.first.month >= lastMonth else { return [] }
        return try Enrolment.identities(tx, area: area, of: member.person).filter { $0 != member.person }
    }

    /// Whether somebody's month is on a bill under a number that was merged into his in the course of it (并号当月已核定).
    static func isBilledUnderFormer(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, by spell: Spell, month: Month
    ) throws -> Bool {
        // Only in that month do the spells of both numbers touch one month.
        guard spell.reason == .personMerged, spell.period.first.month == month else { return false }
        let former = try Enrolment.identities(tx, area: area, of: person).filter { $0 != person }
        return try !Contributions.peopleBilled(tx, area: area, month: month, among: former).isEmpty
    }

    /// Of some residents, those whose year is on a bill under a number that was merged into theirs.
    static func residentsBilledUnderFormer(
        _ tx: any Transaction, area: AreaCode, year: Int, among people: [ID<Person>]
    ) throws -> Set<ID<Person>> {
        let january = Month(year: year, month: 1)
        let former = try Enrolment.formerNumbers(tx, area: area, of: people)
        return try Set(
            former.filter { _, numbers in
                try numbers.contains { number in
                    try Contributions.liveBills(tx, area: area, of: .person(number), months: january...january)
                        .contains { $0.insurance == .resident && $0.purpose != .backPayment }
                }
            }.keys)
    }
}

extension Spell {
    /// Whether it went over to another number in a month, or came from one.
    fileprivate func isMerging(in month: Month) -> Bool {
        reason == .personMerged && period.first.month == month
            || acts.contains { $0.kind == .ended && $0.reason == .personMerged && $0.day.month == month }
    }
}

// MARK: - Bases and accounts

extension Agency {
    /// Lets what was declared or chosen for a number that is merged into another stand for that other (并号基数承继), from the
    /// month of the merge on. Called before its spells move.
    static func carryBases(
        _ tx: any Transaction, area: AreaCode, of duplicate: ID<Person>, to survivor: ID<Person>, _ ground: Ground
    ) throws {
        let open = try Enrolment.requireInsured(tx, area: area, duplicate).spells.filter {
            $0.insurance == .employee && $0.period.last == nil
        }
        guard !open.isEmpty else { return }
        let (policy, month) = (try law(tx, area: area), ground.at.day.month)
        try Contributions.carryBases(
            tx, area: area, of: duplicate, to: survivor, at: Set(open.map(\.employer)), month: month,
            baseYear: LevyTerms(policy, month: month).baseYear(of: month), policyVersion: policy.version, ground)
    }

    /// Takes back in red what the number that counts was credited for months that are on a bill of the number that is told
    /// apart again alone (撤销并号的划入): the next month's run credits them where they belong.
    static func returnCredits(
        _ tx: any Transaction, area: AreaCode, of former: ID<Person>, from survivor: ID<Person>, _ ground: Ground
    ) throws {
        let insured = try Enrolment.requireInsured(tx, area: area, survivor)
        let own = try Enrolment.identities(tx, area: area, of: survivor)
        let all = try Contributions.entries(tx, area: area, of: survivor, limit: 500)
        let reversed = Set(all.compactMap(\.reverses))
        for entry in all where [.monthlyCredit, .supplement].contains(entry.kind) && !reversed.contains(entry.id) {
            guard let number = entry.period else { continue }
            let month = Month(number: Int32(truncatingIfNeeded: number))
            let theirs = try Contributions.standingBases(tx, area: area, month: month, among: [former])
            let ours = try own.flatMap {
                try Contributions.standingBases(tx, area: area, month: month, among: [$0]).keys
            }
            let isRetired = insured.spells.contains { $0.category.isRetired && $0.period.contains(month.last) }
            guard !theirs.isEmpty, ours.isEmpty, !isRetired else { continue }
            let run = try Contributions.correct(tx, area: area, entry.id, ground)
            try post(tx, area: area, [run], by: ground.actor, at: ground.at)
        }
    }
}
