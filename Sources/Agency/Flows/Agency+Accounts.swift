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

    static let end = Day(year: 9999, month: 12, day: 31)!

    /// Each day on which the accounts and the books took in or gave out different sums.
    func problems(_ tx: any Transaction) throws -> [Problem] {
        guard let first = try firstDay(tx) else { return [] }
        return try problems(tx, in: first...AccountLinks.end)
    }

    /// The same of some days alone.
    func problems(_ tx: any Transaction, in days: ClosedRange<Day>) throws -> [Problem] {
        Array(try comparisons(tx, in: days).compactMap(\.problem).prefix(AccountLinks.findingsMax))
    }

    /// The first day on which either side moved; nil while there is none.
    func firstDay(_ tx: any Transaction) throws -> Day? {
        try [Contributions.firstAccountDay(tx, area: area), FundDesk.firstAccountDay(tx, area: area)]
            .compactMap(\.self).min()
    }

    /// Both sides of each of some days on which either moved.
    ///
    /// - Parameter named: days that are told of even where neither did.
    func comparisons(
        _ tx: any Transaction, in days: ClosedRange<Day>, naming named: [Day] = []
    ) throws -> [AccountComparison] {
        let posted = Dictionary(
            uniqueKeysWithValues: try Contributions.accountDays(tx, area: area, in: days).map { ($0.day, $0) })
        let booked = Dictionary(
            uniqueKeysWithValues: try FundDesk.accountDays(tx, area: area, in: days).map { ($0.day, $0) })
        return Set(posted.keys).union(booked.keys).union(named).sorted().map { day in
            AccountComparison(
                day: day,
                accounts: .init(settled: posted[day]?.settled ?? .zero, posted: posted[day]?.posted ?? .zero),
                books: .init(settled: booked[day]?.settled ?? .zero, posted: booked[day]?.posted ?? .zero))
        }
    }
}
