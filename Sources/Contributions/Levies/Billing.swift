import Basics
import Control
import Storage

/// One insured person of an employer's month, as the register of insured people tells it.
public struct LevyMember: Hashable, Sendable {
    public var person: ID<Person>
    public var payer: LevyClass
    /// Numbers under which he was billed before (并入的编号): what they were levied last month is his.
    public var former: [ID<Person>]

    public init(_ person: ID<Person>, _ payer: LevyClass, former: [ID<Person>] = []) {
        self.person = person
        self.payer = payer
        self.former = former
    }
}

/// An employer's insured people of a month (应缴人员名册).
public struct EmployerRoll: Hashable, Sendable {
    public var employer: ID<Employer>
    public var members: [LevyMember]

    public init(_ employer: ID<Employer>, _ members: [LevyMember]) {
        self.employer = employer
        self.members = members
    }
}

/// A resident of a year, with the subsidies that he could claim.
public struct ResidentMember: Hashable, Sendable {
    public var person: ID<Person>
    public var payer: ResidentClass
    public var subsidies: [GroupSubsidy]

    public init(_ person: ID<Person>, _ payer: ResidentClass, subsidies: [GroupSubsidy] = []) {
        self.person = person
        self.payer = payer
        self.subsidies = subsidies
    }
}

/// What a billing did.
public struct BillingOutcome: Hashable, Sendable {
    /// Nil when there was nothing to bill.
    public var act: ID<LevyAct>?
    public var bills = 0
    public var lines = 0
    public var payable: Money = .zero
    /// Payers passed over because they had been billed before.
    public var billedBefore = 0
    /// People billed at 110 % because nobody declared their wage.
    public var undeclared = 0
    /// Flexible workers who chose no base: they cannot be billed.
    public var withoutBase: [ID<Person>] = []
    /// People whose month another bill holds already: it is levied once.
    public var billedElsewhere: [ID<Person>] = []

    public init() {}

    public static func += (a: inout BillingOutcome, b: BillingOutcome) {
        a.act = b.act ?? a.act
        a.bills += b.bills
        a.lines += b.lines
        a.payable += b.payable
        a.billedBefore += b.billedBefore
        a.undeclared += b.undeclared
        a.withoutBase += b.withoutBase
        a.billedElsewhere += b.billedElsewhere
    }
}

/// A bill before it is written: what a payer owes, line by line.
struct BillDraft {
    var purpose: LevyBill.Purpose
    var insurance: Insurance
    var payer: Payer
    var months: ClosedRange<Month>
    var due: Day
    var lines: [(person: ID<Person>, part: LevyPart)]
    var resident: ResidentLevy?
    var reverses: ID<LevyBill>?
    var decision: Int64?

    var payable: Money { lines.map(\.part.total).total() }
}

extension Contributions {
    /// As many payers as one transaction bills at once.
    public static let billsMax = 5_000

    /// Bills employers for a month (核定单位月应缴): each once, however often it is asked for, and nobody whose month is
    /// on another bill.
    @discardableResult
    public static func billMonth(
        _ tx: any Transaction, area: AreaCode, month: Month, _ rolls: [EmployerRoll], terms: LevyTerms,
        policyVersion: String, _ ground: Ground
    ) throws -> BillingOutcome {
        precondition(rolls.count <= billsMax, "a transaction bills \(billsMax) payers at most")
        try requireAssessed(terms.mode)
        var outcome = BillingOutcome()
        let sorted = rolls.filter { !$0.members.isEmpty }.sorted { $0.employer < $1.employer }
        guard let first = sorted.first?.employer.raw, let last = sorted.last?.employer.raw else { return outcome }
        let before = try billedBefore(tx, area: area, .employee, month, kind: 1, first...last)
        let bases = try bases(
            tx, area: area, employers: first...last, baseYear: terms.baseYear(of: month), month: month)
        var taken = try peopleBilled(tx, area: area, month: month, among: sorted.flatMap { $0.members.map(\.person) })
        var drafts: [BillDraft] = []
        for roll in sorted {
            guard !before.contains(roll.employer.raw) else {
                outcome.billedBefore += 1
                continue
            }
            outcome.billedElsewhere += roll.members.map(\.person).filter(taken.contains).sorted()
            let own = EmployerRoll(roll.employer, roll.members.filter { taken.insert($0.person).inserted })
            let lines = try levy(
                tx, area: area, own, month, bases[roll.employer.raw] ?? [:], terms, &outcome.undeclared)
            guard !lines.isEmpty else { continue }
            drafts.append(
                BillDraft(
                    purpose: .regular, insurance: .employee, payer: .employer(roll.employer), months: month...month,
                    due: terms.dueDay(of: month), lines: lines))
        }
        try write(tx, area: area, .billing, period: month, drafts, policyVersion, ground, &outcome)
        return outcome
    }

    /// A roll's lines in the order of people; those without a base are levied at 110 % of last month.
    static func levy(
        _ tx: any Transaction, area: AreaCode, _ roll: EmployerRoll, _ month: Month, _ bases: [ID<Person>: Money],
        _ terms: LevyTerms, _ undeclared: inout Int
    ) throws -> [(person: ID<Person>, part: LevyPart)] {
        var lastMonth: [ID<Person>: [LevyPart]]?
        var lines: [(person: ID<Person>, part: LevyPart)] = []
        for member in roll.members.sorted(by: { $0.person < $1.person }) {
            let parts: [LevyPart]
            if let base = bases[member.person] {
                parts = terms.levy(member.payer, on: base)
            } else {
                if lastMonth == nil { lastMonth = try self.parts(tx, area: area, of: roll.employer, month: month + -1) }
                let levied = ([member.person] + member.former).compactMap { lastMonth?[$0] }.first
                parts = terms.undeclared(member.payer, lastMonth: levied ?? [])
                undeclared += 1
            }
            for part in parts where part.total != .zero { lines.append((member.person, part)) }
        }
        return lines
    }

    /// What an employer was billed for each of his people for a month, corrections included.
    public static func parts(
        _ tx: any Transaction, area: AreaCode, of employer: ID<Employer>, month: Month
    ) throws -> [ID<Person>: [LevyPart]] {
        var found: [ID<Person>: [LevyPart]] = [:]
        try tx.forEach(partsOfMonth, [Value(area), Value(employer), Value(month)]) { row in
            let part = LevyPart(
                insurance: try row.code(1), base: try row.money(2), employer: try row.money(3),
                personal: try row.money(4))
            found[try row.id(0), default: []].append(part)
            return true
        }
        return found
    }

    private static let partsOfMonth: SQL = """
        SELECT l.person, l.insurance, max(l.base_fen), CAST(sum(l.employer_fen) AS BIGINT),
            CAST(sum(l.personal_fen) AS BIGINT)
        FROM levy_bill b JOIN levy_line l ON l.area = b.area AND l.bill = b.id
        WHERE b.area = ? AND b.payer_kind = 1 AND b.payer = ? AND b.first_month = ? AND b.insurance = 310
        GROUP BY l.person, l.insurance HAVING sum(l.employer_fen + l.personal_fen) > 0
        ORDER BY l.person, l.insurance
        """

    /// Bills people who pay for themselves (灵活就业) for a month.
    @discardableResult
    public static func billFlexible(
        _ tx: any Transaction, area: AreaCode, month: Month, _ people: [ID<Person>], terms: LevyTerms,
        policyVersion: String, _ ground: Ground
    ) throws -> BillingOutcome {
        precondition(people.count <= billsMax, "a transaction bills \(billsMax) payers at most")
        var outcome = BillingOutcome()
        let sorted = people.sorted()
        guard let first = sorted.first, let last = sorted.last else { return outcome }
        let before = try billedBefore(tx, area: area, .employee, month, kind: 2, first.raw...last.raw)
        let bases = try ownBases(
            tx, area: area, people: first...last, baseYear: terms.baseYear(of: month), month: month)
        let taken = try peopleBilled(tx, area: area, month: month, among: sorted)
        var drafts: [BillDraft] = []
        for person in sorted {
            if before.contains(person.raw) {
                outcome.billedBefore += 1
            } else if taken.contains(person) {
                outcome.billedElsewhere.append(person)
            } else if let chosen = bases[person] {
                let parts = terms.levy(chosen.isLowTier ? .flexibleLow : .flexible, on: chosen.base)
                    .filter { $0.total != .zero }
                drafts.append(
                    BillDraft(
                        purpose: .regular, insurance: .employee, payer: .person(person), months: month...month,
                        due: terms.dueDay(of: month), lines: parts.map { (person, $0) }))
            } else {
                outcome.withoutBase.append(person)
            }
        }
        try write(tx, area: area, .billing, period: month, drafts, policyVersion, ground, &outcome)
        return outcome
    }

    /// Bills residents for a year, with the shares of the finances and of whoever subsidises them (核定居民年度应缴).
    @discardableResult
    public static func billResidents(
        _ tx: any Transaction, area: AreaCode, year: Int, _ members: [ResidentMember], terms: ResidentTerms,
        policyVersion: String, _ ground: Ground
    ) throws -> BillingOutcome {
        precondition(members.count <= billsMax, "a transaction bills \(billsMax) payers at most")
        try requireAssessed(terms.mode)
        var outcome = BillingOutcome()
        let january = Month(year: year, month: 1)
        let sorted = members.sorted { $0.person < $1.person }
        guard let first = sorted.first?.person.raw, let last = sorted.last?.person.raw else { return outcome }
        let before = try billedBefore(tx, area: area, .resident, january, kind: 2, first...last)
        let due = terms.dueDay(of: year)
        var drafts: [BillDraft] = []
        for member in sorted {
            guard !before.contains(member.person.raw) else {
                outcome.billedBefore += 1
                continue
            }
            guard let shares = terms.shares[member.payer] else { continue }
            let levy = ResidentLevy(shares, subsidies: member.subsidies)
            let part = LevyPart(insurance: .resident, base: .zero, employer: .zero, personal: levy.personal)
            drafts.append(
                BillDraft(
                    purpose: .regular, insurance: .resident, payer: .person(member.person),
                    months: january...(january + 11), due: due, lines: [(member.person, part)], resident: levy))
        }
        try write(tx, area: area, .billing, period: january, drafts, policyVersion, ground, &outcome)
        return outcome
    }

    private static func requireAssessed(_ mode: CollectionMode) throws {
        guard mode == .assessed else {
            throw Problem(
                "contributions.levy.declaredMode", field: "month",
                "该月由用人单位向税务机关自行申报,经办机构不核定应缴额;请导入税务申报明细")
        }
    }

    private static func billedBefore(
        _ tx: any Transaction, area: AreaCode, _ insurance: Insurance, _ month: Month, kind: Int64,
        _ payers: ClosedRange<Int64>
    ) throws -> Set<Int64> {
        Set(
            try tx.rows(
                regularBills, Value(area), Value(code: insurance), Value(month), .int(kind), .int(payers.lowerBound),
                .int(payers.upperBound)
            ) { try $0.int(0) })
    }

    private static let regularBills: SQL = """
        SELECT payer FROM levy_bill
        WHERE area = ? AND insurance = ? AND first_month = ? AND payer_kind = ? AND payer BETWEEN ? AND ? AND purpose = 1
        """

    // MARK: - Writing

    /// Writes the bills under one act; nothing, where there are none.
    static func write(
        _ tx: any Transaction, area: AreaCode, _ kind: LevyAct.Kind, period: Month, _ drafts: [BillDraft],
        _ policyVersion: String, _ ground: Ground, _ outcome: inout BillingOutcome
    ) throws {
        guard !drafts.isEmpty else { return }
        var writing = try LevyWriting(
            tx, area: area, kind, period: Int64(period.number), policyVersion: policyVersion, ground)
        let bills = try write(&writing, area: area, drafts)
        try writing.finish(#"{"bills":\#(bills.count),"payable":"\#(bills.map(\.payable).total())"}"#)
        outcome.act = writing.act.id
        outcome.bills += bills.count
        outcome.lines += drafts.map(\.lines.count).reduce(0, +)
        outcome.payable += bills.map(\.payable).total()
    }

    /// Writes bills and lines within an act.
    @discardableResult
    static func write(
        _ writing: inout LevyWriting, area: AreaCode, _ drafts: [BillDraft]
    ) throws -> [LevyBill] {
        let bills = try drafts.map { draft in
            LevyBill(
                id: try writing.tx.nextID(LevyBill.self, "levy_bill"), act: writing.act.id, purpose: draft.purpose,
                insurance: draft.insurance, payer: draft.payer, months: draft.months, due: draft.due,
                payable: draft.payable, fiscal: draft.resident?.fiscal ?? .zero, aid: draft.resident?.subsidy ?? .zero,
                aidPayer: draft.resident?.subsidised?.payer, aidGroup: draft.resident?.subsidised?.group,
                lineCount: Int64(draft.lines.count), reverses: draft.reverses, decision: draft.decision)
        }
        try writing.write(LevyEvidence.bill, bills.map { $0.values(area) })
        var lines: [[Value]] = []
        lines.reserveCapacity(drafts.map(\.lines.count).reduce(0, +))
        for (bill, draft) in zip(bills, drafts) {
            for line in draft.lines {
                lines.append(LevyLine(bill: bill.id, person: line.person, part: line.part).values(area))
            }
        }
        try writing.write(LevyEvidence.line, lines)
        return bills
    }
}
