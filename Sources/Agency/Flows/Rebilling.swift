import Basics
import Contributions
import Control
import Policy
import Storage

/// Months that were billed on another base than turns out to be the right one: corrected for one person (缴费基数更正), or
/// settled once the employer declares after all (补办申报后的结算).
extension Agency {
    // MARK: - One person

    /// What accounts were credited too much for months whose base was lowered afterwards. What they are owed more comes
    /// with the next run of the month, once the difference has been paid.
    static func creditedTooMuch(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, _ person: ID<Person>, from: Month
    ) throws -> Money {
        let policy = try law(tx, area: area)
        let terms = try LevyTerms(policy, month: from)
        let year = terms.baseYear(of: from)
        var over = Money.zero
        for month in from...terms.months(ofBaseYear: year).upperBound {
            let bases = try Contributions.bases(tx, area: area, of: employer, baseYear: year, month: month)
            guard let had = try Contributions.credited(tx, area: area, person, month: month), let base = bases[person]
            else { continue }
            let worth = try AccountCreditTerms(policy, month: month).amount(for: .employed(base: base))
            over += max(.zero, had - worth)
        }
        return over
    }

    /// Sets a person's base anew from a month on (缴费基数更正), until a later change that was declared. Where a month that
    /// was billed costs more, the difference is billed beside it; where it costs less, its bill is taken back in red and
    /// made anew. Answers how many bills that were.
    static func correctBase(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, person: ID<Person>, from: Month, wage: Money,
        _ ground: Ground
    ) throws -> Int {
        let policy = try law(tx, area: area)
        let terms = try LevyTerms(policy, month: from)
        try ContributionMatters.requireAssessed(terms, from, field: "from")
        let year = terms.baseYear(of: from)
        try Contributions.setBases(
            tx, area: area, employer: employer, baseYear: year, [(person: person, wage: wage, from: from)],
            terms: terms, policyVersion: policy.version, ground)
        var rebilled = 0
        for month in from...terms.months(ofBaseYear: year).upperBound {
            rebilled += try rebill(tx, area: area, employer, month, baseYear: year, [person], policy, ground)
        }
        return rebilled
    }

    // MARK: - What is declared after all

    /// Settles the months that were billed before wages were declared for them (《社会保险法》第六十二条: 补办申报手续后按照规定结算):
    /// what was billed at 110 % of the month before comes to what was declared. Called when the bases stand. Answers how
    /// many bills were made.
    static func settle(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, baseYear: Int,
        _ wages: [(person: ID<Person>, wage: Money, from: Month?)], _ ground: Ground
    ) throws -> Int {
        let policy = try law(tx, area: area)
        let months = try LevyTerms(policy, baseYear: baseYear).months(ofBaseYear: baseYear)
        var rebilled = 0
        // What is to come is billed by its run.
        for month in months where month <= ground.at.day.month {
            let people = Set(wages.filter { ($0.from ?? months.lowerBound) <= month }.map(\.person))
            rebilled += try rebill(tx, area: area, employer, month, baseYear: baseYear, people, policy, ground)
        }
        return rebilled
    }

    // MARK: - A month

    /// Brings what some people were billed for a month to what the bases in force in it come to; who is on no bill of the
    /// employer for it is left out. Answers how many bills were made, red ones aside.
    private static func rebill(
        _ tx: any Transaction, area: AreaCode, _ employer: ID<Employer>, _ month: Month, baseYear: Int,
        _ people: Set<ID<Person>>, _ policy: AreaPolicy, _ ground: Ground
    ) throws -> Int {
        let billed = try Contributions.parts(tx, area: area, of: employer, month: month)
            .filter { people.contains($0.key) }
        guard !billed.isEmpty else { return 0 }
        let law = try LevyTerms(policy, month: month)
        guard law.mode == .assessed else { return 0 }
        let bases = try Contributions.bases(tx, area: area, of: employer, baseYear: baseYear, month: month)
        var raised: [ID<Person>: [LevyPart]] = [:]
        var lowered: [ID<Person>: [LevyPart]] = [:]
        for (person, old) in billed {
            guard let base = bases[person] else { continue }
            let payer: LevyClass = old.contains { $0.insurance == .civilServant } ? .civilServant : .employee
            let new = law.levy(payer, on: base)
            let more = new.map { part in
                let had = old.first { $0.insurance == part.insurance }
                return LevyPart(
                    insurance: part.insurance, base: part.base, employer: part.employer - (had?.employer ?? .zero),
                    personal: part.personal - (had?.personal ?? .zero))
            }
            let isOnlyMore =
                more.allSatisfy { $0.employer >= .zero && $0.personal >= .zero }
                && old.allSatisfy { part in new.contains { $0.insurance == part.insurance } }
            if isOnlyMore { raised[person] = more } else { lowered[person] = new }
        }
        let bills = try Contributions.liveBills(tx, area: area, of: .employer(employer), months: month...month).map {
            (bill: $0, lines: try Contributions.everyLine(tx, area: area, of: $0.id))
        }
        return try lower(tx, area: area, bills, to: lowered, policy, ground)
            + raise(tx, area: area, bills, by: raised, policy, ground)
    }

    /// Bills beside a month what it costs more, one bill for the people of each of its bills.
    private static func raise(
        _ tx: any Transaction, area: AreaCode, _ bills: [(bill: LevyBill, lines: [LevyLine])],
        by more: [ID<Person>: [LevyPart]], _ policy: AreaPolicy, _ ground: Ground
    ) throws -> Int {
        var left = more
        var made = 0
        for (bill, lines) in bills {
            var own: [(person: ID<Person>, part: LevyPart)] = []
            for person in Set(lines.map(\.person)).sorted() {
                own += (left.removeValue(forKey: person) ?? []).map { (person: person, part: $0) }
            }
            made += try Contributions.billDifference(
                tx, area: area, of: bill, own, policyVersion: policy.version, ground
            ).bills
        }
        return made
    }

    /// Lowers what some people are billed for a month: the bills that came last give way first, so that as many as can stay
    /// paid. Answers how many were made anew.
    private static func lower(
        _ tx: any Transaction, area: AreaCode, _ bills: [(bill: LevyBill, lines: [LevyLine])],
        to new: [ID<Person>: [LevyPart]], _ policy: AreaPolicy, _ ground: Ground
    ) throws -> Int {
        var rest = new.mapValues { parts in Dictionary(uniqueKeysWithValues: parts.map { ($0.insurance, $0) }) }
        var lastBill: [ID<Person>: ID<LevyBill>] = [:]
        for (bill, lines) in bills { for line in lines { lastBill[line.person] = bill.id } }
        var corrected = 0
        for (bill, lines) in bills {
            var isSame = true
            var anew = lines.filter { rest[$0.person] == nil }.map { (person: $0.person, part: $0.part) }
            for (person, own) in Dictionary(grouping: lines.filter { rest[$0.person] != nil }, by: \.person) {
                let parts = own.map(\.part)
                let kept = keep(&rest[person, default: [:]], of: parts, all: lastBill[person] == bill.id)
                isSame = isSame && figures(kept) == figures(parts)
                anew += kept.map { (person: person, part: $0) }
            }
            if isSame { continue }
            try Contributions.correct(tx, area: area, bill.id, to: anew, policyVersion: policy.version, ground)
            corrected += 1
        }
        return corrected
    }

    /// What of somebody's new parts stays on one of his bills: as much as was on it, on the last all that is left.
    private static func keep(
        _ rest: inout [Insurance: LevyPart], of own: [LevyPart], all isLast: Bool
    ) -> [LevyPart] {
        var kept: [LevyPart] = []
        for insurance in Set(own.map(\.insurance)).union(isLast ? Set(rest.keys) : []) {
            guard var left = rest[insurance] else { continue }
            let had = own.first { $0.insurance == insurance }
            let part = LevyPart(
                insurance: insurance, base: left.base,
                employer: isLast ? left.employer : min(left.employer, had?.employer ?? .zero),
                personal: isLast ? left.personal : min(left.personal, had?.personal ?? .zero))
            left.employer -= part.employer
            left.personal -= part.personal
            rest[insurance] = left
            kept.append(part)
        }
        return kept
    }

    private static func figures(_ parts: [LevyPart]) -> Set<[Int64]> {
        Set(
            parts.filter { $0.total != .zero }.map { [$0.insurance.rawValue, $0.employer.fen, $0.personal.fen] })
    }
}
