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
}
