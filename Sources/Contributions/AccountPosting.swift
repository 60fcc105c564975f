import Basics
import Control
import Storage

/// What goes into (or out of) an account in a run.
public struct AccountPosting: Hashable, Sendable {
    public var person: ID<Person>
    /// Signed: what comes in is positive.
    public var amount: Money

    public init(person: ID<Person>, amount: Money) {
        self.person = person
        self.amount = amount
    }
}

/// What a run of postings did.
public struct AccountRunOutcome: Hashable, Sendable {
    /// Nil when there was nothing to post.
    public var run: ID<AccountRun>?
    public var kind: AccountEntry.Kind
    public var posted: Int
    public var total: Money
    /// People passed over because it had been posted before.
    public var postedBefore: Int
    /// People passed over because their account is closed.
    public var closed: [ID<Person>]
    public var day: Day
}

extension Contributions {
    /// As many people as one transaction posts to: counters wait behind it.
    public static let postingsMax = 5_000

    /// Credits a month to accounts (月划入): what each person's account takes for it, worked out before
    /// (`AccountCredits`). Once for each person and month, however often it is asked for; closed accounts are passed
    /// over and named. At most `postingsMax` people at a time, each named once.
    ///
    /// - Parameter intoClosed: whether a closed account is credited too: a month that was paid later is its owner's or his
    ///   heirs', and is paid out by closing once more (待补清退).
    ///
    /// ```swift
    /// let outcome = try Contributions.creditMonth(tx, area: area, month: month, chunk, ground)
    /// ```
    @discardableResult
    public static func creditMonth(
        _ tx: any Transaction, area: AreaCode, month: Month, _ credits: [AccountPosting], intoClosed: Bool = false,
        _ ground: Ground
    ) throws -> AccountRunOutcome {
        precondition(credits.count <= postingsMax, "a transaction posts to \(postingsMax) people at most")
        precondition(credits.allSatisfy { $0.amount >= .zero }, "a credit is taken back in red, never negative")
        let sorted = credits.filter { $0.amount > .zero }.sorted { $0.person < $1.person }
        guard let first = sorted.first?.person, let last = sorted.last?.person else {
            return nothing(.monthlyCredit, ground)
        }
        let place = [Value(area), Value(month), Value(first), Value(last)]
        let before = Set(try tx.rows(creditedBefore, place) { try $0.id(0, Person.self) })
        let merged = intoClosed ? try mergedAccounts(tx, area: area, first...last) : []
        let asked = Set(sorted.map(\.person))
        return try post(
            tx, area: area, .monthlyCredit, period: Int64(month.number),
            sorted.filter { !before.contains($0.person) && !merged.contains($0.person) },
            passedOver: before.intersection(asked).count, intoClosed: intoClosed, ground)
    }

    private static let creditedBefore: SQL = """
        SELECT person FROM account_entry WHERE area = ? AND kind = 2 AND period = ? AND person BETWEEN ? AND ?
        """

    /// Adds what a month is worth more than was credited for it (补记差额): a base was raised and paid for after the month's
    /// credit. Whose credit was taken back in red is passed over.
    @discardableResult
    public static func creditDifferences(
        _ tx: any Transaction, area: AreaCode, month: Month, _ credits: [AccountPosting], intoClosed: Bool = false,
        _ ground: Ground
    ) throws -> AccountRunOutcome {
        let people = credits.map(\.person)
        guard let first = people.min(), let last = people.max() else { return nothing(.supplement, ground) }
        var credited: [ID<Person>: Money] = [:]
        let place = [Value(area), Value(month), Value(first), Value(last)]
        try tx.forEach(creditedSums, place + place) { row in
            credited[try row.id(0)] = try row.money(1)
            return true
        }
        let missing = credits.compactMap { credit -> AccountPosting? in
            guard let had = credited[credit.person], had < credit.amount else { return nil }
            return AccountPosting(person: credit.person, amount: credit.amount - had)
        }
        let merged = intoClosed ? try mergedAccounts(tx, area: area, first...last) : []
        return try supplement(
            tx, area: area, month: month, missing.filter { !merged.contains($0.person) }, intoClosed: intoClosed, ground
        )
    }

    private static let creditedSums: SQL = """
        SELECT person, CAST(sum(amount_fen) AS BIGINT) FROM (
            SELECT person, amount_fen FROM account_entry e
            WHERE area = ? AND kind = 2 AND period = ? AND person BETWEEN ? AND ? AND NOT EXISTS (
                SELECT 1 FROM account_entry r WHERE r.area = e.area AND r.reverses = e.id)
            UNION ALL
            SELECT person, amount_fen FROM account_entry e
            WHERE area = ? AND kind = 13 AND period = ? AND person BETWEEN ? AND ? AND NOT EXISTS (
                SELECT 1 FROM account_entry r WHERE r.area = e.area AND r.reverses = e.id)
        ) credited GROUP BY person
        """

    /// What was credited to a person's account for a month and not taken back; nil for a month without a credit.
    public static func credited(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, month: Month
    ) throws -> Money? {
        let place = [Value(area), Value(month), Value(person), Value(person)]
        return try tx.rows(creditedSums, place + place) { try $0.money(1) }.first
    }

    /// The months credited to a person's account and not taken back, in their order.
    public static func creditedMonths(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> [Month] {
        try tx.rows(monthsOfPerson, Value(area), Value(person)) { Month(number: Int32(try $0.int(0))) }
    }

    private static let monthsOfPerson: SQL = """
        SELECT e.period FROM account_entry e WHERE e.area = ? AND e.person = ? AND e.kind = 2 AND NOT EXISTS (
            SELECT 1 FROM account_entry r WHERE r.area = e.area AND r.reverses = e.id)
        ORDER BY e.period
        """

    private static func nothing(_ kind: AccountEntry.Kind, _ ground: Ground) -> AccountRunOutcome {
        AccountRunOutcome(
            run: nil, kind: kind, posted: 0, total: .zero, postedBefore: 0, closed: [], day: ground.at.day)
    }

    /// Posts one entry of a kind to each of some people, in the order of their numbers, and leaves one event.
    static func post(
        _ tx: any Transaction, area: AreaCode, _ kind: AccountEntry.Kind, period: Int64?, _ sorted: [AccountPosting],
        reverses: ID<AccountEntry>? = nil, passedOver: Int = 0, intoClosed: Bool = false, _ ground: Ground
    ) throws -> AccountRunOutcome {
        guard let first = sorted.first?.person, let last = sorted.last?.person else {
            var outcome = nothing(kind, ground)
            outcome.postedBefore = passedOver
            return outcome
        }
        let closed = intoClosed ? [] : try closedAccounts(tx, area: area, first...last)
        let open = sorted.filter { !closed.contains($0.person) }
        var outcome = nothing(kind, ground)
        outcome.postedBefore = passedOver
        outcome.closed = sorted.map(\.person).filter(closed.contains)
        guard !open.isEmpty else { return outcome }
        let entries = try raise(tx, area: area, kind, period, open, reverses: reverses, ground.at)
        outcome.run = try write(tx, area: area, kind, period ?? 0, entries, people: first...last, ground)
        outcome.posted = entries.count
        outcome.total = entries.map(\.amount).total()
        return outcome
    }

    /// Raises the balances and answers the entries that say so, to be written with their run.
    static func raise(
        _ tx: any Transaction, area: AreaCode, _ kind: AccountEntry.Kind, _ period: Int64?,
        _ postings: [AccountPosting],
        reverses: ID<AccountEntry>? = nil, _ at: Moment
    ) throws -> [AccountEntry] {
        try openAccounts(tx, area: area, postings.map(\.person))
        let standings = try raiseBalances(tx, area: area, postings)
        return try postings.map { posting in
            guard let standing = standings[posting.person] else {
                throw exceeding(posting, try balance(tx, area: area, of: posting.person) ?? .zero)
            }
            return AccountEntry(
                id: try tx.nextID(AccountEntry.self, "account_entry"), area: area, owner: posting.person,
                sequence: standing.sequence, kind: kind, amount: posting.amount, balance: standing.balance,
                patient: posting.person, reverses: reverses, period: period, at: at)
        }
    }

    private static func exceeding(_ posting: AccountPosting, _ balance: Money) -> Problem {
        Problem(
            "contributions.account.exceeds", field: "person \(posting.person)",
            "账户余额 \(balance) 元,不足以减少 \(posting.amount.magnitude) 元;已被使用的部分请先向本人追回,再办理")
    }

    // MARK: - Balances

    private static func openAccounts(_ tx: any Transaction, area: AreaCode, _ people: [ID<Person>]) throws {
        guard let first = people.first, let last = people.last else { return }
        let present = Set(
            try tx.rows(accountsOfRange, Value(area), Value(first), Value(last)) { try $0.id(0, Person.self) })
        for person in people where !present.contains(person) { try tx.execute(opening, Value(area), Value(person)) }
    }

    private static let accountsOfRange: SQL = """
        SELECT person FROM personal_account WHERE area = ? AND person BETWEEN ? AND ?
        """

    /// Somebody else may be opening it at this moment.
    private static let opening: SQL = """
        INSERT INTO personal_account (area, person, balance_fen, entry_count) VALUES (?, ?, 0, 0)
        ON CONFLICT (area, person) DO NOTHING
        """

    /// Raises the accounts, a hundred a statement; an account that has too little to be lowered is left out of the
    /// answer. The balances are raised before the entries are written: a settlement that came between fails this
    /// transaction at the account's row, so that it runs again, and not at the entry's number.
    private static func raiseBalances(
        _ tx: any Transaction, area: AreaCode, _ postings: [AccountPosting]
    ) throws -> [ID<Person>: Standing] {
        var standings: [ID<Person>: Standing] = [:]
        standings.reserveCapacity(postings.count)
        func raise(_ statement: SQL, _ some: ArraySlice<AccountPosting>) throws {
            let pairs = some.flatMap { [Value($0.person), Value($0.amount)] }
            try tx.forEach(statement, pairs + [Value(area)]) { row in
                standings[try row.id(0)] = Standing(balance: try row.money(1), sequence: try row.int(2))
                return true
            }
        }
        var rest = postings[...]
        while rest.count >= block {
            try raise(raisingBlock, rest.prefix(block))
            rest = rest.dropFirst(block)
        }
        for one in rest.indices { try raise(raisingOne, rest[one...one]) }
        return standings
    }

    /// No more: before a longer list SQLite reads every account of the area into a Bloom filter, each time.
    private static let block = 100
    private static let raisingOne = raising(1)
    private static let raisingBlock = raising(block)

    private static func raising(_ count: Int) -> SQL {
        let pairs = Array(repeating: "(CAST(? AS BIGINT), CAST(? AS BIGINT))", count: count).joined(separator: ", ")
        return SQL(
            """
            UPDATE personal_account
            SET balance_fen = personal_account.balance_fen + v.column2, entry_count = personal_account.entry_count + 1
            FROM (VALUES \(pairs)) AS v
            WHERE personal_account.area = ? AND personal_account.person = v.column1
                AND personal_account.balance_fen + v.column2 >= 0
            RETURNING person, balance_fen, entry_count
            """)
    }

    // MARK: - Writing

    /// Writes a run with its entries, then the years of interest that it settled, and leaves the event that vouches for
    /// all of them: what is written is what is digested, row by row in the order in which verification reads it back.
    static func write(
        _ tx: any Transaction, area: AreaCode, _ kind: AccountEntry.Kind, _ period: Int64, _ entries: [AccountEntry],
        people: ClosedRange<ID<Person>>, _ ground: Ground, years: (ID<AccountRun>) -> [[Value]] = { _ in [] }
    ) throws -> ID<AccountRun> {
        let run = try tx.nextID(AccountRun.self, "account_run")
        let total = entries.map(\.amount).total()
        var digest = RowDigest()
        func write(_ table: EvidenceTable, _ rows: [[Value]]) throws {
            guard !rows.isEmpty else { return }
            try tx.insert(into: table.name, columns: table.columns.map(\.name), rows: rows)
            for row in rows { table.add(row, to: &digest) }
        }
        let head = [
            Value(area), Value(run), Value(code: kind), .int(period), .int(entries.first?.id.raw ?? 0),
            .int(entries.last?.id.raw ?? -1), .int(Int64(entries.count)), Value(people.lowerBound),
            Value(people.upperBound), Value(total), .text(ground.reason), Value(ground.matter),
            .int(ground.actor.columns.kind), .int(ground.actor.columns.number), Value(ground.at),
        ]
        try write(AccountRun.table, [head])
        let rows = entries.map { entry in
            var entry = entry
            entry.run = run
            return entry.values
        }
        try write(AccountEntry.evidence, rows)
        try write(AccountRun.years, years(run))
        try EventLog.append(
            tx,
            Event(
                area: area, kind: AccountRun.posted, subject: run.raw, actor: ground.actor, at: ground.at,
                detail: #"{"entries":\#(entries.count),"total":"\#(total)"}"#, rows: digest))
        return run
    }
}
