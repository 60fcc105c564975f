import Basics
import Control
import Storage

/// Sums that are owed once (一次性补缴): what a person pays at his retirement for the years that he lacks. Each is billed for
/// the decision that reckoned it, and of all decisions on somebody only one is ever billed.
extension Contributions {
    /// The bill of a person's lump sum (一次性补缴应缴单); nil where none stands.
    public static func lumpBill(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>
    ) throws -> LevyBill? {
        try tx.one(LevyBill.self, standingLump, Value(area), Value(person))
    }

    private static let standingLump = SQL(
        """
        \(LevyBill.selection) WHERE area = ? AND payer = ? AND payer_kind = 2 AND decision IS NOT NULL AND purpose <> 6
            AND NOT EXISTS (SELECT 1 FROM levy_bill x WHERE x.area = levy_bill.area AND x.reverses = levy_bill.id)
        ORDER BY id DESC LIMIT 1
        """)

    /// Whether a lump sum was ever billed to a person, standing or taken back since.
    public static func wasLumpBilled(_ tx: any Transaction, area: AreaCode, of person: ID<Person>) throws -> Bool {
        try tx.first(anyLump, Value(area), Value(person)) { _ in true } ?? false
    }

    private static let anyLump: SQL = """
        SELECT 1 FROM levy_bill WHERE area = ? AND payer = ? AND payer_kind = 2 AND decision IS NOT NULL LIMIT 1
        """

    /// Bills the sum of a decision, in the month in which it is asked for. Where an earlier decision was billed, its bill
    /// gives way in red: what was paid of it is paid of the new one, so that the difference alone is owed, and what is too
    /// much goes to suspense.
    ///
    /// - Parameter decision: the decision's number among the person's.
    @discardableResult
    public static func billLumpSum(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, decision: Int64, month: Month, _ sum: Money,
        due: Day, _ ground: Ground
    ) throws -> ID<LevyBill> {
        try requireUnbilled(tx, area: area, person, decision: decision)
        let earlier = try lumpBill(tx, area: area, of: person)
        let part = LevyPart(insurance: .employee, base: .zero, employer: .zero, personal: sum)
        let draft = BillDraft(
            purpose: earlier == nil ? .supplement : .corrected, insurance: .employee, payer: .person(person),
            months: month...month, due: due, lines: [(person, part)], decision: decision)
        if let earlier {
            guard let bill = try replace(tx, area: area, earlier, with: draft, policyVersion: "", ground).corrected
            else { throw StoreError.failed("a bill made anew was not written") }
            return bill
        }
        var writing = try LevyWriting(tx, area: area, .supplement, period: Int64(month.number), ground)
        let bill = try write(&writing, area: area, [draft])[0]
        try writing.finish(#"{"bills":1,"payable":"\(sum)"}"#)
        return bill.id
    }

    /// Refuses to bill a decision twice (一次性补缴只核定一次).
    public static func requireUnbilled(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, decision: Int64
    ) throws {
        guard let bill = try lumpBill(tx, area: area, of: person), bill.decision == decision else { return }
        throw Problem(
            "contributions.lump.billed", field: "person",
            "这次待遇核定的一次性补缴已经核定为应缴单 \(bill.id),不能重复;金额有误的请重新办理退休待遇核定,再核定时只补差额")
    }

    /// Takes back in red the lump sum that a later decision no longer asks for; what was paid of it goes to suspense, from
    /// where it is given back. Nil where none stands.
    @discardableResult
    public static func withdrawLumpSum(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, _ ground: Ground
    ) throws -> LevyBill? {
        guard let bill = try lumpBill(tx, area: area, of: person) else { return nil }
        _ = try replace(tx, area: area, bill, with: nil, policyVersion: "", ground)
        return bill
    }
}
