import Basics
import Control
import Policy
import Storage

/// What a chunk of the yearly interest did.
public struct InterestChunk: Hashable, Sendable {
    /// The last person it came to; nil when there was nobody left.
    public var last: ID<Person>?
    public var accounts: Int
    public var outcome: AccountRunOutcome
}

extension Contributions {
    /// Settles a year's interest (年度结息) for the accounts after a person, at most `limit` of them: each account gets
    /// its interest once a year, however often the run begins again.
    ///
    /// ```swift
    /// var last = ID<Person>(0)
    /// while let next = try settleInterest(tx, area: area, year, after: last, limit: 2_000, terms, ground).last { last = next }
    /// ```
    public static func settleInterest(
        _ tx: any Transaction, area: AreaCode, _ year: InterestYear, after: ID<Person>, limit: Int,
        _ terms: AccountInterest.Terms, _ ground: Ground
    ) throws -> InterestChunk {
        guard ground.at.day > year.days.upperBound else {
            throw Problem(
                "contributions.interest.early", field: "year", "\(year.days.upperBound) 尚未过去,当年不能结息,请次日以后办理")
        }
        let people = try tx.rows(nextAccounts, Value(area), Value(after), .int(Int64(min(limit, postingsMax)))) {
            try $0.id(0, Person.self)
        }
        guard let first = people.first, let last = people.last else {
            return InterestChunk(last: nil, accounts: 0, outcome: noInterest(ground))
        }
        let cases = try interestCases(tx, area: area, first...last, year, through: year.days.upperBound)
            .filter { !$0.isSettled }
        let outcome = try settle(tx, area: area, cases, year, part: { _ in 0 }, terms, ground)
        return InterestChunk(last: last, accounts: cases.count, outcome: outcome)
    }

    /// What keeps a year's interest from being settled (结息前检查): the year is not over, or the one before it, in which
    /// accounts moved already, has not been settled. Interest is reckoned from where it was settled last, so that a year
    /// passed over would never bear any.
    public static func requireInterestDue(
        _ tx: any Transaction, area: AreaCode, _ year: InterestYear, _ policy: AreaPolicy, today: Day
    ) throws {
        guard today > year.days.upperBound else {
            throw Problem(
                "contributions.interest.early", field: "year", "\(year.days.upperBound) 尚未过去,当年不能结息,请次日以后办理")
        }
        let (first, last) = (year.days.lowerBound, Value(year.days.lowerBound - 1))
        guard first > policy.since else { return }
        let place = [Value(area), Value(Moment(first)), Value(area), last]
        if try tx.first(openAccount, place, read: { try $0.int(0) }) != nil { throw earlierYearOpen(year) }
    }

    private static func earlierYearOpen(_ year: InterestYear) -> Problem {
        Problem(
            "contributions.interest.order", field: "year",
            "\(year.year - 1) 年度还没有结息,请先办理 \(year.year - 1) 年度结息,再结 \(year.year) 年度")
    }

    /// An account that moved before a day and was not settled since, or was settled last before the day's eve and held
    /// money then.
    private static let openAccount: SQL = """
        SELECT person FROM (
            SELECT p.person AS person FROM personal_account p
            WHERE p.area = ? AND EXISTS (
                SELECT 1 FROM account_entry e WHERE e.area = p.area AND e.person = p.person AND e.kind <> 3 AND e.at < ?
                    AND e.seq > (SELECT COALESCE(max(y.last_seq), 0) FROM account_year y
                        WHERE y.area = p.area AND y.person = p.person))
            UNION ALL
            SELECT y.person AS person FROM account_year y
            WHERE y.area = ? AND y.last_day < ?
                AND y.closing_fen + y.carried_interest_fen + y.current_interest_fen > 0
                AND NOT EXISTS (SELECT 1 FROM account_year z WHERE z.area = y.area AND z.person = y.person
                    AND (z.last_day > y.last_day OR z.last_day = y.last_day AND z.last_seq > y.last_seq))
        ) AS open_accounts LIMIT 1
        """

    /// How far a year's interest has come: accounts settled of all, and the interest.
    public static func interestProgress(
        _ tx: any Transaction, area: AreaCode, _ year: InterestYear
    ) throws -> (settled: Int, accounts: Int, interest: Money) {
        let settled = try tx.first(interestOfRuns, Value(area), .int(Int64(year.year))) {
            (count: Int(try $0.int(0)), interest: try $0.money(1))
        }
        let accounts = try tx.first("SELECT count(*) FROM personal_account WHERE area = ?", Value(area)) {
            Int(try $0.int(0))
        }
        return (settled?.count ?? 0, accounts ?? 0, settled?.interest ?? .zero)
    }

    /// From the runs, of which there is one a thousand accounts.
    private static let interestOfRuns: SQL = """
        SELECT CAST(COALESCE(sum(entry_count), 0) AS BIGINT), CAST(COALESCE(sum(total_fen), 0) AS BIGINT)
        FROM account_run WHERE area = ? AND kind = 3 AND period = ?
        """

    private static let nextAccounts: SQL = """
        SELECT person FROM personal_account WHERE area = ? AND person > ? ORDER BY person LIMIT ?
        """

    /// Settles one account's interest up to the day before it is paid out; that of the years before too, where their
    /// yearly runs have not come to it yet. Answers what was posted.
    static func settleInterest(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, before day: Day, _ policy: AreaPolicy,
        _ ground: Ground
    ) throws -> [AccountRunOutcome] {
        let year = try InterestYear(of: day, policy)
        var runs: [AccountRunOutcome] = []
        for before in try openYears(tx, area: area, of: person, before: year, policy) {
            let cases = try interestCases(tx, area: area, person...person, before, through: before.days.upperBound)
                .filter { !$0.isSettled }
            let terms = try AccountInterest.Terms(policy, over: before.days)
            runs.append(try settle(tx, area: area, cases, before, part: { _ in 0 }, terms, ground))
        }
        let cases = try interestCases(tx, area: area, person...person, year, through: day - 1)
        let terms = try AccountInterest.Terms(policy, over: year.days)
        runs.append(try settle(tx, area: area, cases, year, part: { $0.parts + 1 }, terms, ground))
        return runs.filter { $0.run != nil }
    }

    /// What an account would pay out if it were closed on a day (清退本息): its balance with the interest of the days
    /// before, as `closeAccount` would settle it; nil when the person has no account.
    public static func worthOnClosing(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, on day: Day, _ policy: AreaPolicy
    ) throws -> Money? {
        guard let balance = try balance(tx, area: area, of: person) else { return nil }
        let year = try InterestYear(of: day, policy)
        var interest = Money.zero
        for open in try openYears(tx, area: area, of: person, before: year, policy) + [year] {
            let through = min(open.days.upperBound, day - 1)
            var cases = try interestCases(tx, area: area, person...person, open, through: through)
                .filter { open == year || !$0.isSettled }
            // What the years before bear, settled with the closing, is carried into the next.
            for index in cases.indices { cases[index].opening += interest }
            interest += try reckon(cases, AccountInterest.Terms(policy, over: open.days)).map(\.total).total()
        }
        return balance + interest
    }

    /// The years before one that an account has moved in and that are not settled to their end (未结息年度), in their order.
    private static func openYears(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, before year: InterestYear, _ policy: AreaPolicy
    ) throws -> [InterestYear] {
        let key = [Value(area), Value(person)]
        let settled = try tx.first(settledThrough, key) { try $0.day(0) }
        guard let from = try settled.map({ $0 + 1 }) ?? tx.first(openedOn, key, read: { try $0.moment(0).day }) else {
            return []
        }
        var years: [InterestYear] = []
        var day = max(from, policy.since)
        while day < year.days.lowerBound {
            let next = try InterestYear(of: day, policy)
            years.append(next)
            day = next.days.upperBound + 1
        }
        return years
    }

    private static let settledThrough: SQL = """
        SELECT last_day FROM account_year WHERE area = ? AND person = ? ORDER BY last_day DESC LIMIT 1
        """
    private static let openedOn: SQL = """
        SELECT at FROM account_entry WHERE area = ? AND person = ? ORDER BY seq LIMIT 1
        """

    private static func noInterest(_ ground: Ground) -> AccountRunOutcome {
        AccountRunOutcome(
            run: nil, kind: .interest, posted: 0, total: .zero, postedBefore: 0, closed: [], day: ground.at.day)
    }

    // MARK: - What is known of an account

    /// An account with what interest is reckoned from.
    private struct InterestCase {
        let person: ID<Person>
        /// 上年结转本息
        var opening = Money.zero
        var days: Range<Day>
        var movements: [AccountInterest.Movement] = []
        /// The last entry that counts.
        var lastSequence: Int64
        /// Parts of this year settled before.
        var parts: Int64 = 0
        var isSettled = false
    }

    private static func interestCases(
        _ tx: any Transaction, area: AreaCode, _ people: ClosedRange<ID<Person>>, _ year: InterestYear, through: Day
    ) throws -> [InterestCase] {
        let place = [Value(area), Value(people.lowerBound), Value(people.upperBound)]
        let end = through + 1
        var cases = try tx.rows(accountsInOrder, place) { row in
            InterestCase(person: try row.id(0), days: min(year.days.lowerBound, end)..<end, lastSequence: 0)
        }
        var index = Dictionary(uniqueKeysWithValues: cases.indices.map { (cases[$0].person, $0) })
        try readYears(tx, place, year, end, &cases, &index)
        try readMovements(tx, place, year, end, &cases, index)
        return cases.filter { $0.opening > .zero || !$0.movements.isEmpty || $0.isSettled }
    }

    private static let accountsInOrder: SQL = """
        SELECT person FROM personal_account WHERE area = ? AND person BETWEEN ? AND ? ORDER BY person
        """

    /// Goes on from where interest was settled last.
    private static func readYears(
        _ tx: any Transaction, _ place: [Value], _ year: InterestYear, _ end: Day, _ cases: inout [InterestCase],
        _ index: inout [ID<Person>: Int]
    ) throws {
        try tx.forEach(yearsOfRange, place) { row in
            guard let at = index[try row.id(0)] else { return true }
            let isThisYear = try row.int(1) == Int64(year.year)
            let part = try row.int(2)
            let lastDay = try row.day(3)
            cases[at].opening = try row.money(5)
            cases[at].lastSequence = try row.int(4)
            cases[at].days = min(max(lastDay + 1, year.days.lowerBound), end)..<end
            if isThisYear {
                cases[at].parts = max(cases[at].parts, part)
                cases[at].isSettled = cases[at].isSettled || part == 0
            }
            return true
        }
    }

    /// In the order in which they were settled: the last one counts.
    private static let yearsOfRange: SQL = """
        SELECT person, year, part, last_day, last_seq, closing_fen + carried_interest_fen + current_interest_fen
        FROM account_year WHERE area = ? AND person BETWEEN ? AND ? ORDER BY person, last_day, last_seq
        """

    private static func readMovements(
        _ tx: any Transaction, _ place: [Value], _ year: InterestYear, _ end: Day, _ cases: inout [InterestCase],
        _ index: [ID<Person>: Int]
    ) throws {
        try tx.forEach(entriesSince, place + [Value(Moment(end))]) { row in
            guard let at = index[try row.id(0)] else { return true }
            cases[at].lastSequence = try row.int(1)
            let kind: AccountEntry.Kind = try row.code(2)
            // What interest was settled is in the opening already.
            guard kind != .interest else { return true }
            let amount = try row.money(3)
            let day = try row.moment(4).day
            guard day >= cases[at].days.lowerBound else {
                cases[at].opening += amount
                return true
            }
            let corrected =
                row.isNull(5) ? nil : (kind: try row.code(6, AccountEntry.Kind.self), day: try row.moment(5).day)
            let effect = effect(kind, isIn: amount > .zero, corrects: corrected, in: year)
            cases[at].movements.append(AccountInterest.Movement(day: day, amount: amount, effect))
            return true
        }
    }

    private static let entriesSince: SQL = """
        SELECT e.person, e.seq, e.kind, e.amount_fen, e.at, o.at, o.kind
        FROM personal_account p
        JOIN account_entry e ON e.area = p.area AND e.person = p.person AND e.seq > (
            SELECT COALESCE(max(y.last_seq), 0) FROM account_year y WHERE y.area = p.area AND y.person = p.person)
        LEFT JOIN account_entry o ON o.area = e.area AND o.id = e.reverses
        WHERE p.area = ? AND p.person BETWEEN ? AND ? AND e.at < ?
        ORDER BY e.person, e.seq
        """

    /// How an entry moves the two pots.
    static func effect(
        _ kind: AccountEntry.Kind, isIn: Bool = true, corrects original: (kind: AccountEntry.Kind, day: Day)?,
        in year: InterestYear
    ) -> AccountInterest.Movement.Effect {
        switch kind {
        case .opening, .interest: .into(.carried)
        case .monthlyCredit, .transferIn, .inherited, .supplement: .into(.current)
        case .payment, .sharedPayment, .transferOut, .payout: .withdrawn
        case .refund, .sharedRefund: .returned
        // The old number settles its interest first; to the other it comes as money of the year.
        case .merged: isIn ? .into(.current) : .withdrawn
        case .correction: correctionEffect(original, in: year)
        }
    }

    /// What is corrected leaves the pot, or comes back to it, in which it stood.
    private static func correctionEffect(
        _ original: (kind: AccountEntry.Kind, day: Day)?, in year: InterestYear
    ) -> AccountInterest.Movement.Effect {
        guard let original, year.days.contains(original.day) else { return .into(.carried) }
        switch original.kind {
        // Interest posted this year is the year's before.
        case .interest, .opening: return .into(.carried)
        // A payout that is taken back returns to where it was taken from.
        case .transferOut, .payout: return .returned
        default: return .into(.current)
        }
    }

    // MARK: - Settling

    private static func settle(
        _ tx: any Transaction, area: AreaCode, _ cases: [InterestCase], _ year: InterestYear,
        part: (InterestCase) -> Int64, _ terms: AccountInterest.Terms, _ ground: Ground
    ) throws -> AccountRunOutcome {
        let cases = cases.filter { !$0.days.isEmpty }
        guard let first = cases.first?.person, let last = cases.last?.person else { return noInterest(ground) }
        let reckoned = try reckon(cases, terms)
        let postings = zip(cases, reckoned).filter { $1.total > .zero }.map {
            AccountPosting(person: $0.person, amount: $1.total)
        }
        let entries = try raise(tx, area: area, .interest, Int64(year.year), postings, ground.at)
        let run = try write(tx, area: area, .interest, Int64(year.year), entries, people: first...last, ground) { run in
            zip(cases, reckoned).map { row(area, year, $0, part($0), $1, terms.count, run) }
        }
        return AccountRunOutcome(
            run: run, kind: .interest, posted: entries.count, total: entries.map(\.amount).total(), postedBefore: 0,
            closed: [], day: ground.at.day)
    }

    private static func reckon(
        _ cases: [InterestCase], _ terms: AccountInterest.Terms
    ) throws -> [AccountInterest.Outcome] {
        try cases.filter { !$0.days.isEmpty }.map { account in
            let days = account.days.lowerBound...(account.days.upperBound - 1)
            return try AccountInterest.reckon(opening: account.opening, account.movements, over: days, terms)
        }
    }

    private static func row(
        _ area: AreaCode, _ year: InterestYear, _ account: InterestCase, _ part: Int64,
        _ reckoned: AccountInterest.Outcome, _ count: AccountInterest.Count, _ run: ID<AccountRun>
    ) -> [Value] {
        [
            Value(area), .int(Int64(year.year)), Value(account.person), .int(part), Value(account.days.lowerBound),
            Value(account.days.upperBound - 1), .int(account.lastSequence), Value(account.opening),
            Value(reckoned.closing), Value(reckoned.carried), Value(reckoned.current),
            .text(reckoned.explanation(count)), Value(run),
        ]
    }
}
