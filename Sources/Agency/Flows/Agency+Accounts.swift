import Basics
import Contributions
import Control
import Enrolment
import Fund
import Storage

/// Personal accounts and the fund's books move together: what a run posts to accounts, the fund's ledger of accounts
/// takes in the same transaction.
extension Agency {
    /// Posts runs of accounts to the fund's ledger of accounts.
    public static func post(
        _ tx: any Transaction, area: AreaCode, _ runs: [AccountRunOutcome], by actor: Actor, at: Moment
    ) throws {
        for run in runs {
            guard let id = run.run, run.total != .zero else { continue }
            let posting = AccountLedgerPosting(AccountHeading(run.kind), .run(id.raw), run.total, on: run.day)
            try FundDesk.post(tx, area: area, posting, by: actor, at: at)
        }
    }

    /// Credits a month to some accounts, or what it is worth more than was credited before, and posts it: see
    /// `Contributions.creditMonth` and `Contributions.creditDifferences`.
    @discardableResult
    public static func creditAccounts(
        _ tx: any Transaction, area: AreaCode, month: Month, _ credits: [AccountPosting], intoClosed: Bool = false,
        _ ground: Ground
    ) throws -> AccountRunOutcome {
        let outcome = try Contributions.creditMonth(
            tx, area: area, month: month, credits, intoClosed: intoClosed, ground)
        try post(tx, area: area, [outcome], by: ground.actor, at: ground.at)
        if outcome.postedBefore > 0 {
            let more = try Contributions.creditDifferences(
                tx, area: area, month: month, credits, intoClosed: intoClosed, ground)
            try post(tx, area: area, [more], by: ground.actor, at: ground.at)
        }
        return outcome
    }

    /// Moves the account of a merged number to the one that counts, and posts it: see `Contributions.mergeAccount`.
    /// Answers what went over.
    static func mergeAccount(
        _ tx: any Transaction, area: AreaCode, of duplicate: ID<Person>, into survivor: InsuredPerson,
        _ ground: Ground
    ) throws -> Money {
        let moved = try Contributions.mergeAccount(
            tx, area: area, of: duplicate, into: survivor.person.id, name: survivor.person.name, on: ground.at.day,
            law(tx, area: area), ground)
        guard let moved else { return .zero }
        try post(tx, area: area, moved.runs, by: ground.actor, at: ground.at)
        return moved.paid
    }

    /// Takes that back, and posts it.
    static func separateAccount(
        _ tx: any Transaction, area: AreaCode, of duplicate: ID<Person>, from survivor: ID<Person>,
        _ ground: Ground
    ) throws {
        let runs = try Contributions.separateAccount(
            tx, area: area, of: duplicate, from: survivor, on: ground.at.day, ground)
        try post(tx, area: area, runs, by: ground.actor, at: ground.at)
    }

    /// Imports opening balances and posts their total: see `Contributions.importOpenings`.
    public static func importOpenings(
        _ tx: any Transaction, _ sheet: ImportSheet<OpeningLine>, by origin: ImportOrigin,
        find: Contributions.FindPerson
    ) throws -> ImportOutcome {
        let outcome = try Contributions.importOpenings(tx, sheet, by: origin, find: find)
        guard !outcome.isRepeat else { return outcome }
        let total = try Contributions.openingTotal(tx, area: origin.area, of: outcome.batch)
        let posting = AccountLedgerPosting(.opening, .batch(outcome.batch.raw), total, on: origin.at.day)
        try FundDesk.post(tx, area: origin.area, posting, by: origin.actor, at: origin.at)
        return outcome
    }
}

extension AccountHeading {
    /// Under what the fund's ledger posts a run of accounts.
    init(_ kind: AccountEntry.Kind) {
        switch kind {
        case .opening: self = .opening
        case .monthlyCredit, .supplement: self = .credit
        case .interest: self = .interest
        case .transferIn: self = .transferIn
        case .transferOut: self = .transferOut
        case .payout: self = .payout
        case .inherited: self = .inherited
        case .correction, .merged, .payment, .sharedPayment, .refund, .sharedRefund: self = .correction
        }
    }
}

/// The sum of all accounts against the fund's ledgers, day by day (个人账户与基金账勾稽).
struct AccountLinks {
    let area: AreaCode

    /// So many findings are enough to begin with.
    private static let findingsMax = 100

    /// Each day on which the accounts and the books took in or gave out different sums.
    func problems(_ tx: any Transaction) throws -> [Problem] {
        try comparison(tx).problems
    }

    /// The same, and on how many days either of the two moved.
    func comparison(_ tx: any Transaction) throws -> (dayCount: Int, problems: [Problem]) {
        try comparison(tx, in: Day(year: 1, month: 1, day: 1)!...Day(year: 9999, month: 12, day: 31)!)
    }

    /// The same of some days alone.
    func problems(_ tx: any Transaction, in days: ClosedRange<Day>) throws -> [Problem] {
        try comparison(tx, in: days).problems
    }

    private func comparison(
        _ tx: any Transaction, in days: ClosedRange<Day>
    ) throws -> (dayCount: Int, problems: [Problem]) {
        let accounts = try Contributions.accountDays(tx, area: area, through: days.upperBound)
        let books = try FundDesk.accountDays(tx, area: area, through: days.upperBound)
        let posted = Dictionary(uniqueKeysWithValues: accounts.map { ($0.day, $0) })
        let booked = Dictionary(uniqueKeysWithValues: books.map { ($0.day, $0) })
        let seen = Set(posted.keys).union(booked.keys).filter(days.contains).sorted()
        let problems = seen.compactMap { problem($0, posted[$0], booked[$0]) }
        return (seen.count, Array(problems.prefix(AccountLinks.findingsMax)))
    }

    private func problem(_ day: Day, _ account: Contributions.AccountDay?, _ book: AccountLedgerDay?) -> Problem? {
        let accountSettled = account?.settled ?? .zero
        let accountPosted = account?.posted ?? .zero
        let bookSettled = book?.settled ?? .zero
        let bookPosted = book?.posted ?? .zero
        guard (accountSettled, accountPosted) != (bookSettled, bookPosted) else { return nil }
        return Problem(
            "accounts.link.day", field: "\(day)",
            """
            \(day) 个人账户与基金账不符:账户支付 \(accountSettled)、基金记 \(bookSettled);账户其他收支 \(accountPosted)、\
            基金记 \(bookPosted);请核对当日的结算和入账批次
            """)
    }
}
