import Basics
import Contributions
import Enrolment
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
