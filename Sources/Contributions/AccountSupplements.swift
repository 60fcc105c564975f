import Basics
import Control
import Storage

extension Contributions {
    /// What has been added to a month of an account after it was credited, less what was taken back (已补记).
    public static func supplemented(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ month: Month
    ) throws -> Money {
        try tx.first(
            supplementsOfMonth, Value(area), Value(code: AccountEntry.Kind.supplement), Value(month), Value(person)
        ) { try $0.money(0) } ?? .zero
    }

    private static let supplementsOfMonth: SQL = """
        SELECT CAST(coalesce(sum(e.amount_fen), 0) AS BIGINT) FROM account_entry e
        WHERE e.area = ? AND e.kind = ? AND e.period = ? AND e.person = ? AND NOT EXISTS (
            SELECT 1 FROM account_entry r WHERE r.area = e.area AND r.reverses = e.id)
        """
}
