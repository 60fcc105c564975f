import Basics
import Benefits
import Contributions
import Enrolment
import Settlement
import Storage

/// What settlements that are laid anew may take from accounts (冲正重算的账户支付).
///
/// The law and the facts of a recomputed settlement are those of its day; money is there or not there today. Each may
/// take again what it took before, from the accounts it took it from, and besides that what those accounts hold today
/// and no other renewed settlement is waiting to take again. An account that was closed since, or is shared no longer,
/// gives what it gave before and nothing else. What no account pays is cash.
///
/// Nobody pays more from an account only because the account has grown since: the bound above is what the settlement
/// saw on its day and what came back from those before it.
struct RenewedAccounts {
    /// What waiting settlements took of each account, before they were taken back.
    private var waiting: [ID<SettlementRecord>: Taken] = [:]
    /// What came back from the settlements before the next one.
    private var returned: (own: Money, shared: Money)

    /// What one settlement took, by the numbers that count today.
    private struct Taken {
        var own: [AvailableAccounts.Source] = []
        /// In the order in which the relatives' accounts paid.
        var shared: [AvailableAccounts.Source] = []

        func amount(from account: ID<Person>) -> Money {
            (own + shared).filter { $0.owner == account }.map(\.balance).total()
        }
    }

    /// - Parameters:
    ///   - rows: what is laid anew, still to be taken back, in its order.
    ///   - original: the settlement that was reversed.
    init(of rows: [SettlementRow], after original: SettlementRow, _ work: Work) throws {
        returned = (original.amounts.account, original.amounts.sharedAccount)
        for row in rows { waiting[row.id] = try Self.taken(by: row, work) }
    }

    private static func taken(by row: SettlementRow, _ work: Work) throws -> Taken {
        var taken = Taken()
        for entry in try Contributions.entries(work.tx, area: work.area, of: row.id) {
            let source = AvailableAccounts.Source(
                owner: try work.accountHolder(of: entry.owner), balance: -entry.amount)
            switch entry.kind {
            case .payment: taken.own.append(source)
            case .sharedPayment: taken.shared.append(source)
            default: throw StoreError.damaged("account_entry \(entry.id)")
            }
        }
        return taken
    }

    // MARK: The next one

    /// The accounts for one settlement.
    struct Purse {
        /// As Benefits asks for them.
        var accounts: Accounts
        fileprivate var sharers: [Sharer] = []

        /// How much comes from each relative's account: first what it paid before, then what it is free to pay.
        func draws(shared amount: Money) -> [AvailableAccounts.Source] {
            var rest = amount
            var draws = sharers.map { sharer in
                let again = min(rest, min(sharer.again, sharer.limit))
                rest -= again
                return AvailableAccounts.Source(owner: sharer.owner, balance: again)
            }
            for index in draws.indices {
                let more = min(rest, sharers[index].limit - draws[index].balance)
                draws[index].balance += more
                rest -= more
            }
            return draws
        }
    }

    /// A relative's account: what it paid before, and what it may pay now.
    fileprivate struct Sharer {
        var owner: ID<Person>
        var again: Money
        var limit: Money
    }

    /// What the next settlement may take, once all that are laid anew have been taken back.
    ///
    /// - Parameter seen: the accounts as it saw them on its day.
    mutating func purse(for row: SettlementRow, seen: Accounts, _ work: Work) throws -> Purse {
        let taken = waiting.removeValue(forKey: row.id) ?? Taken()
        let patient = try work.accountHolder(of: row.person)
        guard seen.isUsed else {
            return Purse(accounts: Accounts(balance: try work.balance(of: patient), isUsed: false))
        }
        let isOpen = try !Contributions.isClosed(work.tx, area: work.area, patient)
        let own = try limit(patient, again: taken.own.map(\.balance).total(), isOpen: isOpen, work)
        let sharers = try sharers(with: patient, taken, work)
        let shared = sharers.map(\.limit).total()
        return Purse(
            accounts: Accounts(
                balance: min(own, seen.balance + max(.zero, returned.own)),
                shared: min(shared, seen.shared + max(.zero, returned.shared))),
            sharers: sharers)
    }

    /// Those who paid before, in that order, then those who share their account with the patient today.
    private func sharers(with patient: ID<Person>, _ taken: Taken, _ work: Work) throws -> [Sharer] {
        let today = try Contributions.available(work.tx, area: work.area, to: patient, on: work.at.day)
            .shared.map(\.owner)
        var owners: [ID<Person>] = []
        for owner in taken.shared.map(\.owner) + today where !owners.contains(owner) { owners.append(owner) }
        return try owners.map { owner in
            let again = taken.shared.filter { $0.owner == owner }.map(\.balance).total()
            let isOpen = try today.contains(owner) && !Contributions.isClosed(work.tx, area: work.area, owner)
            return Sharer(owner: owner, again: again, limit: try limit(owner, again: again, isOpen: isOpen, work))
        }
    }

    /// What an account may give now: all that nobody else is waiting for, or no more than it gave before.
    private func limit(_ account: ID<Person>, again: Money, isOpen: Bool, _ work: Work) throws -> Money {
        let others = waiting.values.map { $0.amount(from: account) }.total()
        let free = max(.zero, try work.balance(of: account) - others)
        return isOpen ? free : min(free, again)
    }

    /// What a settlement took anew: the rest of what it took before is there for those after it.
    mutating func note(_ row: SettlementRow, now: SettlementAmounts) {
        returned.own += row.amounts.account - now.account
        returned.shared += row.amounts.sharedAccount - now.sharedAccount
    }
}
