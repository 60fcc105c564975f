import Basics
import Control
import Storage

/// Somebody's month that was left out when it was billed, as it will be billed now (补收试算).
public struct SupplementLine: Hashable, Sendable {
    public var month: Month
    public var payer: Payer
    public var person: ID<Person>
    public var parts: [LevyPart]
    /// After which late fees run.
    public var due: Day
    /// Nobody declared his wage: he is levied as the month's run would have levied him.
    public var isUndeclared: Bool

    public var total: Money { parts.map(\.total).total() }
    public var base: Money { parts.first { $0.insurance == .employee }?.base ?? .zero }
}

extension Contributions {
    // MARK: - An employer's people

    /// What an employer's people who were left out of a month owe for it, by the same rules as the month's run: on what
    /// was declared for them, or as undeclared.
    ///
    /// - Parameter members: each with the day by which it is to be paid.
    public static func supplementLines(
        _ tx: any Transaction, area: AreaCode, month: Month, _ employer: ID<Employer>,
        _ members: [(member: LevyMember, due: Day)], terms: LevyTerms
    ) throws -> [SupplementLine] {
        let declared = try bases(
            tx, area: area, employers: employer.raw...employer.raw, baseYear: terms.baseYear(of: month), month: month)
        let bases = declared[employer.raw] ?? [:]
        var undeclared = 0
        let lines = try levy(
            tx, area: area, EmployerRoll(employer, members.map(\.member)), month, bases, terms, &undeclared)
        let parts = Dictionary(grouping: lines, by: \.person).mapValues { $0.map(\.part) }
        return members.compactMap { member, due in
            guard let own = parts[member.person] else { return nil }
            return SupplementLine(
                month: month, payer: .employer(employer), person: member.person, parts: own, due: due,
                isUndeclared: bases[member.person] == nil)
        }.sorted { $0.person < $1.person }
    }

    // MARK: - Who pays for himself

    /// What a flexible worker who was left out of a month owes for it, on the base and tier that he chose; nil where he
    /// chose none for it.
    public static func supplementLine(
        _ tx: any Transaction, area: AreaCode, month: Month, _ person: ID<Person>, due: Day, terms: LevyTerms
    ) throws -> SupplementLine? {
        let chosen = try ownBases(
            tx, area: area, people: person...person, baseYear: terms.baseYear(of: month), month: month)[person]
        return chosen.map { chosen in
            SupplementLine(
                month: month, payer: .person(person), person: person,
                parts: terms.levy(chosen.isLowTier ? .flexibleLow : .flexible, on: chosen.base), due: due,
                isUndeclared: false)
        }
    }

    // MARK: - Billing

    /// Bills months that were left out (补收): one bill a month, payer and due day. Whoever is on anybody's bill for the
    /// month by now is passed over, so that the same lines again bill nothing. Answers the bills.
    public static func billSupplement(
        _ tx: any Transaction, area: AreaCode, _ lines: [SupplementLine], policyVersion: String, _ ground: Ground
    ) throws -> [LevyBill] {
        var drafts: [BillDraft] = []
        for (key, group) in Dictionary(grouping: lines, by: SupplementKey.init).sorted(by: { $0.key < $1.key }) {
            let billed = try peopleBilled(tx, area: area, month: key.month, among: group.map(\.person))
            let parts = group.filter { !billed.contains($0.person) }.sorted { $0.person < $1.person }.flatMap { line in
                line.parts.filter { $0.total != .zero }.map { (person: line.person, part: $0) }
            }
            guard !parts.isEmpty else { continue }
            drafts.append(
                BillDraft(
                    purpose: .supplement, insurance: .employee, payer: key.payer, months: key.month...key.month,
                    due: key.due, lines: parts))
        }
        guard let first = drafts.first else { return [] }
        precondition(drafts.count <= billsMax, "a transaction makes \(billsMax) bills at most")
        var writing = try LevyWriting(
            tx, area: area, .supplement, period: Int64(first.months.lowerBound.number), policyVersion: policyVersion,
            ground)
        let bills = try write(&writing, area: area, drafts)
        try writing.finish(#"{"bills":\#(bills.count),"payable":"\#(bills.map(\.payable).total())"}"#)
        return bills
    }
}

private struct SupplementKey: Hashable, Comparable {
    let month: Month
    let payer: Payer
    let due: Day

    init(_ line: SupplementLine) { (month, payer, due) = (line.month, line.payer, line.due) }

    static func < (a: SupplementKey, b: SupplementKey) -> Bool {
        (a.month, a.payer.columns.kind, a.payer.columns.number, a.due)
            < (b.month, b.payer.columns.kind, b.payer.columns.number, b.due)
    }
}
