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

/// On what ground accounts are posted to, by whom and when.
public struct AccountGround: Sendable {
    public var text: String
    public var matter: ID<Matter>?
    public var actor: Actor
    public var at: Moment

    public init(_ text: String, matter: ID<Matter>? = nil, by actor: Actor, at: Moment) {
        self.text = text
        self.matter = matter
        self.actor = actor
        self.at = at
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
    /// ```swift
    /// let outcome = try Contributions.creditMonth(tx, area: area, month: month, chunk, ground)
    /// ```
    @discardableResult
    public static func creditMonth(
        _ tx: any Transaction, area: AreaCode, month: Month, _ credits: [AccountPosting], _ ground: AccountGround
    ) throws -> AccountRunOutcome {
        precondition(credits.count <= postingsMax, "a transaction posts to \(postingsMax) people at most")
        precondition(credits.allSatisfy { $0.amount >= .zero }, "a credit is taken back in red, never negative")
        let sorted = credits.filter { $0.amount > .zero }.sorted { $0.person < $1.person }
        guard let first = sorted.first?.person, let last = sorted.last?.person else {
            return nothing(.monthlyCredit, ground)
        }
        let place = [Value(area), Value(month), Value(first), Value(last)]
        let before = Set(try tx.rows(creditedBefore, place) { try $0.id(0, Person.self) })
        return try post(
            tx, area: area, .monthlyCredit, period: Int64(month.number), sorted.filter { !before.contains($0.person) },
            passedOver: before.count { person in sorted.contains { $0.person == person } }, ground)
    }

    private static let creditedBefore: SQL = """
        SELECT person FROM account_entry WHERE area = ? AND kind = 2 AND period = ? AND person BETWEEN ? AND ?
        """

    private static func nothing(_ kind: AccountEntry.Kind, _ ground: AccountGround) -> AccountRunOutcome {
        AccountRunOutcome(
            run: nil, kind: kind, posted: 0, total: .zero, postedBefore: 0, closed: [], day: ground.at.day)
    }

    /// Posts one entry of a kind to each of some people, in the order of their numbers, and leaves one event.
    static func post(
        _ tx: any Transaction, area: AreaCode, _ kind: AccountEntry.Kind, period: Int64?, _ sorted: [AccountPosting],
        reverses: ID<AccountEntry>? = nil, passedOver: Int = 0, intoClosed: Bool = false, _ ground: AccountGround
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
        let run = try tx.nextID(AccountRun.self, "account_run")
        let entries = try entries(tx, area: area, kind, period, open, reverses: reverses, run: run, at: ground.at)
        try write(tx, area: area, run, kind, period ?? 0, entries, people: first...last, ground)
        outcome.run = run
        outcome.posted = entries.count
        outcome.total = entries.map(\.amount).total()
        return outcome
    }

    /// The entries as they will stand, each after the account's last.
    private static func entries(
        _ tx: any Transaction, area: AreaCode, _ kind: AccountEntry.Kind, _ period: Int64?,
        _ postings: [AccountPosting],
        reverses: ID<AccountEntry>?, run: ID<AccountRun>, at: Moment
    ) throws -> [AccountEntry] {
        let standings = try standings(tx, area: area, postings.map(\.person))
        return try postings.map { posting in
            let standing = standings[posting.person] ?? Standing(balance: .zero, sequence: 0)
            let balance = standing.balance + posting.amount
            guard balance >= .zero else { throw exceeding(posting, standing.balance) }
            return AccountEntry(
                id: try tx.nextID(AccountEntry.self, "account_entry"), area: area, owner: posting.person,
                sequence: standing.sequence + 1, kind: kind, amount: posting.amount, balance: balance,
                patient: posting.person, reverses: reverses, period: period, run: run, at: at)
        }
    }

    private static func exceeding(_ posting: AccountPosting, _ balance: Money) -> Problem {
        Problem(
            "contributions.account.exceeds", field: "person \(posting.person)",
            "账户余额 \(balance) 元,不足以减少 \(posting.amount.magnitude) 元;已被使用的部分请先向本人追回,再办理")
    }

    /// How the accounts of some people stand, in ascending order of their numbers; those without one are left out.
    private static func standings(
        _ tx: any Transaction, area: AreaCode, _ people: [ID<Person>]
    ) throws -> [ID<Person>: Standing] {
        guard let first = people.first, let last = people.last else { return [:] }
        var found: [ID<Person>: Standing] = [:]
        found.reserveCapacity(people.count)
        let wanted = Set(people)
        try tx.forEach(standingsOfRange, [Value(area), Value(first), Value(last)]) { row in
            let person = try row.id(0, Person.self)
            if wanted.contains(person) {
                found[person] = Standing(balance: try row.money(1), sequence: try row.int(2))
            }
            return true
        }
        return found
    }

    private static let standingsOfRange: SQL = """
        SELECT person, balance_fen, entry_count FROM personal_account WHERE area = ? AND person BETWEEN ? AND ?
        """

    private static func write(
        _ tx: any Transaction, area: AreaCode, _ run: ID<AccountRun>, _ kind: AccountEntry.Kind, _ period: Int64,
        _ entries: [AccountEntry], people: ClosedRange<ID<Person>>, _ ground: AccountGround
    ) throws {
        try writeRun(tx, area: area, run, kind, period, entries, people: people, ground)
        try openAccounts(tx, area: area, entries.filter { $0.sequence == 1 }.map(\.owner))
        try add(tx, area: area, entries, run)
        try record(tx, area: area, run, entries, ground)
    }

    /// Writes a run's entries and brings their accounts to the balances they state.
    static func add(
        _ tx: any Transaction, area: AreaCode, _ entries: [AccountEntry], _ run: ID<AccountRun>
    ) throws {
        guard !entries.isEmpty else { return }
        try tx.insert(
            into: "account_entry", columns: AccountEntry.evidence.columns.map(\.name), rows: entries.map(\.values))
        try raiseBalances(tx, area: area, entries, run)
    }

    static func writeRun(
        _ tx: any Transaction, area: AreaCode, _ run: ID<AccountRun>, _ kind: AccountEntry.Kind, _ period: Int64,
        _ entries: [AccountEntry], people: ClosedRange<ID<Person>>, _ ground: AccountGround
    ) throws {
        try tx.execute(
            AccountRun.table.insertion,
            [
                Value(area), Value(run), Value(code: kind), .int(period), .int(entries.first?.id.raw ?? 0),
                .int(entries.last?.id.raw ?? -1), .int(Int64(entries.count)), Value(people.lowerBound),
                Value(people.upperBound), Value(entries.map(\.amount).total()), .text(ground.text),
                Value(ground.matter), .int(ground.actor.columns.kind), .int(ground.actor.columns.number),
                Value(ground.at),
            ])
    }

    static func record(
        _ tx: any Transaction, area: AreaCode, _ run: ID<AccountRun>, _ entries: [AccountEntry], _ ground: AccountGround
    ) throws {
        var digest = RowDigest()
        try AccountRun.add(tx, area: area, run: run.raw, to: &digest)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: AccountRun.posted, subject: run.raw, actor: ground.actor, at: ground.at,
                detail: #"{"entries":\#(entries.count),"total":"\#(entries.map(\.amount).total())"}"#, rows: digest))
    }

    private static func openAccounts(_ tx: any Transaction, area: AreaCode, _ people: [ID<Person>]) throws {
        try tx.insert(
            into: "personal_account", columns: ["area", "person", "balance_fen", "entry_count"],
            rows: people.map { [Value(area), Value($0), 0, 0] })
    }

    /// One statement for the whole run: a settlement that came first makes it fail and run again on PostgreSQL, and
    /// cannot come between on SQLite.
    private static func raiseBalances(
        _ tx: any Transaction, area: AreaCode, _ entries: [AccountEntry], _ run: ID<AccountRun>
    ) throws {
        let raised = try tx.execute(
            balances, Value(area), .int(entries[0].id.raw), .int(entries[entries.count - 1].id.raw), Value(run))
        guard raised == entries.count else { throw StoreError.failed("a run raised \(raised) of \(entries.count)") }
    }

    private static let balances: SQL = """
        UPDATE personal_account SET balance_fen = e.balance_fen, entry_count = e.seq
        FROM account_entry e
        WHERE e.area = ? AND e.id BETWEEN ? AND ? AND e.run = ?
            AND personal_account.area = e.area AND personal_account.person = e.person
            AND personal_account.entry_count = e.seq - 1
        """
}
