import Basics

/// One part of a debt that is paid in parts (分期).
public struct Instalment: Hashable, Sendable {
    public var due: Day
    public var amount: Money

    public init(due: Day, amount: Money) {
        self.due = due
        self.amount = amount
    }

    /// Equal parts at the ends of months, the first with what does not divide.
    public static func plan(_ owed: Money, first: Month, count: Int) -> [Instalment] {
        precondition(count > 0 && owed > .zero, "there is something to divide")
        let part = Money(fen: owed.fen / Int64(count))
        return (0..<count).map { index in
            Instalment(
                due: (first + index).last, amount: index == 0 ? owed - part * Int64(count - 1) : part)
        }
    }

    /// By when each of some debts is paid under a plan, in the order in which they are paid (oldest first): the day of
    /// the part that completes it.
    public static func dueDays(_ debts: [Money], under plan: [Instalment]) -> [Day] {
        precondition(debts.total() == plan.map(\.amount).total(), "the plan is that of these debts")
        var days: [Day] = []
        var index = 0
        var (owed, planned) = (Money.zero, Money.zero)
        for debt in debts {
            owed += debt
            while planned < owed {
                planned += plan[index].amount
                index += 1
            }
            days.append(plan[max(0, index - 1)].due)
        }
        return days
    }
}
