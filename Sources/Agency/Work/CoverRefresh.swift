import Basics
import Benefits
import Contributions
import Control
import Enrolment
import Policy
import Portability
import Settlement
import Storage
import Synchronization

extension Agency {
    /// Reckons the cover of some people anew (待遇核算) and records it where it came out differently; answers for how
    /// many it did.
    ///
    /// Call it at the end of the transaction that changed their spells, payments, deferrals or transfers: the counter
    /// reads what this writes. Nothing is written for people whose days of cover stay as they were.
    @discardableResult
    public static func refreshCover(
        _ tx: any Transaction, area: AreaCode, of people: some Sequence<ID<Person>>, by actor: Actor, at: Moment,
        matter: ID<Matter>? = nil
    ) throws -> Int {
        let policy = try law(tx, area: area)
        let coverLaw = try coverLaw(policy)
        let origin = CoverOrigin(
            area: area, policyVersion: policy.version, asOf: at.day, actor: actor, at: at, matter: matter)
        var changed = 0
        for person in try withSurvivors(tx, area: area, people) {
            guard let given = try coverCase(tx, area: area, of: person, policy, asOf: at.day) else { continue }
            let spans = given.spans(law: coverLaw, asOf: at.day)
            // Whoever was never insured needs no rows; whose only spell was voided has none left.
            if try spans.isEmpty && Enrolment.cover(tx, area: area, of: person) == nil { continue }
            if try isDeclared(given, spans, tx, area: area, of: person, coverLaw, asOf: at.day) { continue }
            if try Enrolment.recordCover(tx, of: person, spans, knownFrom: given.knownFrom, by: origin) { changed += 1 }
        }
        return changed
    }

    /// Some people, and for each merged number among them the one that counts: what is billed and paid under the old number
    /// is that human being's.
    private static func withSurvivors(
        _ tx: any Transaction, area: AreaCode, _ people: some Sequence<ID<Person>>
    ) throws -> [ID<Person>] {
        let asked = Set(people)
        return try asked.union(Enrolment.survivors(tx, area: area, of: asked.sorted()).values).sorted()
    }

    /// Whether the imported spells alone say the same, and nothing else was ever recorded: then they go on deciding, and a
    /// county whose employers pay in time needs no rows.
    private static func isDeclared(
        _ given: CoverCase, _ spans: [CoverSpan], _ tx: any Transaction, area: AreaCode, of person: ID<Person>,
        _ law: CoverLaw, asOf: Day
    ) throws -> Bool {
        guard given.spells.allSatisfy({ $0.isImported || !$0.insurance.isBasic }) else { return false }
        // Spells under a merged number are not the person's own: only the reckoned cover tells of them.
        guard try Enrolment.requireInsured(tx, area: area, person).spells.count == given.spells.count else {
            return false
        }
        var declared = given
        declared.contributions = []
        declared.transfers = []
        declared.knownFrom = nil
        return try declared.spans(law: law, asOf: asOf) == spans && Enrolment.cover(tx, area: area, of: person) == nil
    }

    /// People of whom a bill of the basic insurance is past its day and not paid in full (欠费人员), by number.
    public static func owing(_ tx: any Transaction, area: AreaCode, on day: Day) throws -> [ID<Person>] {
        try tx.rows(peopleOwing, Value(area), Value(day)) { try $0.id(0, Person.self) }
    }

    private static let peopleOwing: SQL = """
        SELECT DISTINCT l.person FROM levy_bill b
        JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = b.insurance
        WHERE b.area = ? AND b.due_day < ? AND b.purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = b.area AND x.reverses = b.id)
            AND b.payable_fen > (
                SELECT COALESCE(sum(u.principal_fen), 0) FROM receipt_use u WHERE u.area = b.area AND u.bill = b.id)
        ORDER BY l.person
        """

    /// So many people in one transaction: the counter waits for none of them long.
    private static let chunk = 500

    /// Stops the cover of people whose month fell due unpaid (欠费停保), at the beginning of each month, chunk by
    /// chunk; answers whose changed. Called again it changes nothing. Who owes is asked once: years of bills are
    /// looked through for it.
    public func sweepCover(_ area: AreaCode) async throws -> Int {
        let at = clock()
        let owed = try await store.read { tx in try Agency.owing(tx, area: area, on: at.day) }
        var changed = 0
        for start in stride(from: 0, to: owed.count, by: Agency.chunk) {
            let some = Array(owed[start..<min(owed.count, start + Agency.chunk)])
            changed += try await store.write { tx in
                try Agency.refreshCover(tx, area: area, of: some, by: .system, at: at)
            }
        }
        return changed
    }

    /// Reckons everybody's cover anew who has any reckoned; answers whose changed.
    public func refreshAllCover(_ area: AreaCode) async throws -> Int {
        let at = clock()
        var changed = 0
        var last = ID<Person>(0)
        while true {
            let after = last
            let step = try await store.write { tx -> (last: ID<Person>, changed: Int)? in
                let people = try Enrolment.coverActs(tx, area: area, after: after, limit: Agency.chunk).map(\.person)
                guard let end = people.last else { return nil }
                return (end, try Agency.refreshCover(tx, area: area, of: people, by: .system, at: at))
            }
            guard let step else { return changed }
            changed += step.changed
            last = step.last
        }
    }

    // MARK: - Whom a payment concerns

    /// People of a receipt's bills whose cover was reckoned before, or whose payment came late: for others nothing
    /// changes by being paid.
    static func coveredBy(
        _ tx: any Transaction, area: AreaCode, _ source: ReceiptSource, serial: String
    ) throws -> [ID<Person>] {
        let query = SQL("\(peopleOfReceipts) WHERE r.area = ? AND r.source = ? AND r.serial = ? \(concerned)")
        return try tx.rows(query, Value(area), Value(code: source), .text(serial)) { try $0.id(0) }
    }

    static func coveredBy(_ tx: any Transaction, area: AreaCode, receipt: Int64) throws -> [ID<Person>] {
        let query = SQL("\(peopleOfReceipts) WHERE r.area = ? AND r.id = ? \(concerned)")
        return try tx.rows(query, Value(area), .int(receipt)) { try $0.id(0) }
    }

    private static let peopleOfReceipts = """
        SELECT DISTINCT l.person FROM receipt r
        JOIN receipt_use u ON u.area = r.area AND u.receipt = r.id
        JOIN levy_bill b ON b.area = u.area AND b.id = u.bill
        JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = b.insurance
        """
    private static let concerned = "AND (u.day > b.due_day OR \(isReckoned))"
    /// Of a line l: whether its person's cover was reckoned, or is reckoned under the number that he was merged into.
    private static let isReckoned = """
        (EXISTS (SELECT 1 FROM cover_act c WHERE c.area = l.area AND c.person = l.person)
            OR EXISTS (SELECT 1 FROM person_act m WHERE m.area = l.area AND m.person = l.person AND m.kind = 8))
        """

    static func coveredBy(_ tx: any Transaction, area: AreaCode, bill: Int64) throws -> [ID<Person>] {
        try tx.rows(reckonedOfBill, Value(area), .int(bill)) { try $0.id(0) }
    }

    private static let reckonedOfBill = SQL(
        "SELECT DISTINCT l.person FROM levy_line l WHERE l.area = ? AND l.bill = ? AND \(isReckoned)")

    static func coveredBy(_ tx: any Transaction, area: AreaCode, act: ID<LevyAct>) throws -> [ID<Person>] {
        try tx.rows(reckonedOfAct, Value(area), Value(act)) { try $0.id(0) }
    }

    private static let reckonedOfAct = SQL(
        """
        SELECT DISTINCT l.person FROM levy_bill b
        JOIN levy_line l ON l.area = b.area AND l.bill = b.id AND l.insurance = b.insurance
        WHERE b.area = ? AND b.act = ? AND \(isReckoned)
        """)

    static func coveredBy(_ tx: any Transaction, area: AreaCode, employer: Int64) throws -> [ID<Person>] {
        try tx.rows(reckonedOfEmployer, Value(area), .int(employer)) { try $0.id(0) }
    }

    private static let reckonedOfEmployer: SQL = """
        SELECT DISTINCT s.person FROM insurance_spell s JOIN cover_act c ON c.area = s.area AND c.person = s.person
        WHERE s.area = ? AND s.employer = ?
        """

    // MARK: - What is known of a person

    /// Everything a person's cover is reckoned from, of all desks; nil when the person is unknown.
    static func coverCase(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ policy: AreaPolicy, asOf: Day
    ) throws -> CoverCase? {
        guard let record = try Enrolment.person(tx, area: area, person),
            var given = try Enrolment.coverCase(tx, area: area, of: person)
        else { return nil }
        let numbers = try Enrolment.numbers(tx, area: area, of: record)
        // A sum owed once (一次性补缴) is no month's contribution.
        let payments = try payments(tx, area: area, of: numbers, spells: given.spells).filter { !$0.isLumpSum }
        given.contributions = try contributions(payments, tx, area, policy)
        given.repairs = repairs(payments)
        // Somebody pays back one month of long ago (补缴): of the months between, the file still tells.
        let known = payments.filter { !$0.isBackPayment }.map(\.months.lowerBound)
        given.knownFrom = ([given.knownFrom].compactMap(\.self) + known).min()
        for number in numbers {
            for arrival in try Portability.arrivals(tx, area: area, of: number) { take(arrival, into: &given) }
        }
        if given.spells.contains(where: { $0.insurance == .resident }) {
            try takeClaims(of: numbers, tx, area, policy, before: asOf.year, into: &given)
        }
        return given
    }

    /// Residents' years that were paid for after they were over (断保补缴): each shortens the waiting period of the year in
    /// which it was paid.
    private static func repairs(_ payments: [PaymentRecord]) -> [WaitingRepair] {
        var years: [Int: Int] = [:]
        for payment in payments where payment.insurance == .resident {
            guard case .paid(let day) = payment.standing, day.year > payment.months.upperBound.year else { continue }
            years[day.year, default: 0] += 1
        }
        return years.sorted { $0.key < $1.key }.map { WaitingRepair(year: $0.key, years: $0.value) }
    }

    private static func contributions(
        _ payments: [PaymentRecord], _ tx: any Transaction, _ area: AreaCode, _ policy: AreaPolicy
    ) throws -> [Contribution] {
        let unemployed = try Set(payments.compactMap(\.employer)).filter { employer in
            try Enrolment.employer(tx, area: area, employer)?.management == .unemployed
        }
        return try payments.map { payment in
            // Months of unemployment benefit are the fund's to pay: its delay costs the person nothing.
            let isFund = payment.employer.map(unemployed.contains) ?? false
            var contribution = Contribution(payment.insurance, payment.months, .unemploymentFund)
            if isFund { return contribution }
            switch payment.standing {
            case .due(let day):
                contribution.standing = .due
                contribution.dueBy = day
            case .paid(let day):
                contribution.standing = .paid(on: day)
                contribution.dueBy = try dueDay(of: payment, paid: day, policy)
            case .deferred(let approved, let payBy):
                contribution.standing = .deferred(approved: approved, payBy: payBy)
            }
            return contribution
        }
    }

    /// Until when a month could be paid; asked only of a payment that came after the month, since others are in time.
    private static func dueDay(of payment: PaymentRecord, paid: Day, _ policy: AreaPolicy) throws -> Day? {
        let month = payment.months.lowerBound
        guard payment.insurance == .employee, paid > month.last, month.first >= policy.since else { return nil }
        let key = DueKey(version: policy.version, month: month)
        if let kept = dueDays.withLock({ $0[key] }) { return kept }
        let day = try LevyTerms(policy, month: month).dueDay(of: month)
        dueDays.withLock { $0[key] = day }
        return day
    }

    private struct DueKey: Hashable {
        var version: String
        var month: Month
    }

    private static let dueDays = Mutex<[DueKey: Day]>([:])

    /// A finished transfer brings its months and years; one under way counts as the certificate says, and without one as
    /// paid up to the insurance here or the application, because the time it takes must not cost cover.
    private static func take(_ arrival: Portability.Arrival, into given: inout CoverCase) {
        guard arrival.doneOn != nil else {
            given.transfers.append(
                TransferUnderWay(
                    insurance: arrival.from, paidFrom: arrival.first,
                    paidThrough: arrival.lastPaid ?? min(arrival.appliedOn, arrival.insuredFrom).month + -1))
            return
        }
        given.contributions += arrival.residentYears.map { .resident(year: $0, .credited) }
        // What was owed here is not healed by months that a form does not name one by one.
        let months = arrival.paid(besides: localMonths(given)).sorted()
        var rest = months[...]
        while let first = rest.first {
            let run = zip(rest, 0...).prefix { $0 == first + $1 }.count
            given.contributions.append(Contribution(.employee, first...rest[rest.startIndex + run - 1], .credited))
            rest = rest.dropFirst(run)
        }
    }

    /// Months of employees' insurance here, paid or owed, and those that an earlier transfer brought.
    private static func localMonths(_ given: CoverCase) -> Set<Month> {
        var months = Set(given.contributions.filter { $0.insurance == .employee }.flatMap { Array($0.months) })
        for spell in given.spells where spell.insurance == .employee {
            guard let last = spell.period.last?.month, spell.period.first.month <= last else { continue }
            months.formUnion(spell.period.first.month...last)
        }
        return months
    }

    /// Which years went without a claim, and in which a raised ceiling was drawn on. A year counts when it is over: what
    /// is settled in the present one must not change what the counter reads.
    private static func takeClaims(
        of numbers: [ID<Person>], _ tx: any Transaction, _ area: AreaCode, _ policy: AreaPolicy, before year: Int,
        into given: inout CoverCase
    ) throws {
        guard let known = given.knownFrom else { return }
        // Of years elsewhere nobody here knows whether they went without a claim.
        let paid = Set(
            given.contributions.filter {
                $0.insurance == .resident && $0.standing != .due && $0.standing != .credited
            }.map(\.months.lowerBound.year))
        given.zeroClaimYears = paid.filter { $0 >= known.year && $0 < year }
        var claims: [Int64: YearToDate] = [:]
        for (claimed, totals) in try numbers.flatMap({ try SettlementDesk.yearTotals(of: $0, .resident, area, tx) }) {
            claims[claimed] = (claims[claimed] ?? YearToDate()) + (try YearToDate(encoded: totals))
        }
        for (claimed, used) in claims where claimed < year {
            if used.funds > .zero { given.zeroClaimYears.remove(Int(claimed)) }
            let critical = Money(fen: used[.critical])
            if critical > .zero, let ceiling = try criticalCeiling(policy, year: Int(claimed)), critical > ceiling {
                given.rewardUsedYears.insert(Int(claimed))
            }
        }
    }

    private static func criticalCeiling(_ policy: AreaPolicy, year: Int) throws -> Money? {
        guard let last = Day(year: year, month: 12, day: 31), last >= policy.since else { return nil }
        return try BenefitTerms(policy.on(last, for: .resident)).resident?.critical?.yearLimit?.value
    }

    // MARK: - The law of cover

    static func coverLaw(_ policy: AreaPolicy) throws -> CoverLaw {
        if let kept = compiledCoverLaw.withLock({ $0[policy.version] }) { return kept }
        let compiled = try CoverLaw(policy)
        compiledCoverLaw.withLock { $0[policy.version] = compiled }
        return compiled
    }

    private static let compiledCoverLaw = Mutex<[String: CoverLaw]>([:])
}

extension YearToDate {
    /// Whether funds have paid anything in the year.
    fileprivate var funds: Money {
        Money(fen: self[.pool] + self[.poolOutsideCap] + self[.critical] + self[.assistance])
    }
}

// MARK: - The proof

extension Agency {
    /// What the counter reads must be what the rules make of the same facts (待遇核算复算): every person's spans in
    /// force, reckoned once more as of the day and by the law of the act that wrote them.
    static func verifyCover(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        var problems: [Problem] = []
        var last = ID<Person>(0)
        while true {
            let acts = try Enrolment.coverActs(tx, area: area, after: last, limit: 1000)
            guard let end = acts.last else { return problems }
            for act in acts where problems.count < 100 {
                let policy = try law(tx, area: area, version: act.policyVersion)
                let given = try coverCase(tx, area: area, of: act.person, policy, asOf: act.asOf)
                let spans = try given?.spans(law: coverLaw(policy), asOf: act.asOf)
                if try spans != Enrolment.cover(tx, area: area, of: act.person) {
                    problems.append(
                        Problem(
                            "enrolment.cover.stale", field: "人员 \(act.person)",
                            "待遇享受区间与按参保和缴费重新核算的不同,请重新核算此人的待遇享受(yibao cover refresh)"))
                }
            }
            last = end.person
        }
    }
}
