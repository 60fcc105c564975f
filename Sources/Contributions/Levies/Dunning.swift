import Basics
import Control
import Storage

/// A dunning letter as it was sent (催缴记录).
public struct Dunning: Hashable, Sendable {
    public var act: ID<LevyAct>
    public var on: Day
    public var payBy: Day
    /// How many bills were late, and what was demanded.
    public var bills: Int64
    public var principal: Money
    public var lateFee: Money
    public var matter: ID<Matter>?

    public var total: Money { principal + lateFee }
}

extension Contributions {
    /// Puts a letter on record (催缴): who was told to pay how much by when.
    @discardableResult
    public static func record(
        _ tx: any Transaction, area: AreaCode, _ letter: DunningLetter, _ ground: Ground
    ) throws -> ID<LevyAct> {
        var writing = try LevyWriting(tx, area: area, .dunning, ground)
        try writing.write(
            LevyEvidence.dunning,
            [
                [
                    Value(area), Value(writing.act.id), .int(letter.payer.columns.kind),
                    .int(letter.payer.columns.number), Value(letter.on), Value(letter.payBy),
                    .int(Int64(letter.arrears.count)), Value(letter.principal), Value(letter.lateFee),
                ]
            ])
        try writing.finish(#"{"total":"\#(letter.total)","payBy":"\#(letter.payBy)"}"#)
        return writing.act.id
    }

    /// The letters a payer was sent, newest first.
    public static func dunnings(_ tx: any Transaction, area: AreaCode, of payer: Payer) throws -> [Dunning] {
        try tx.rows(dunningsOfPayer, Value(area), .int(payer.columns.kind), .int(payer.columns.number)) { row in
            Dunning(
                act: try row.id(0), on: try row.day(1), payBy: try row.day(2), bills: try row.int(3),
                principal: try row.money(4), lateFee: try row.money(5), matter: try row.intOrNil(6).map { ID($0) })
        }
    }

    private static let dunningsOfPayer: SQL = """
        SELECT d.act, d.day, d.pay_by, d.bill_count, d.principal_fen, d.late_fee_fen, a.matter
        FROM levy_dunning d JOIN levy_act a ON a.area = d.area AND a.id = d.act
        WHERE d.area = ? AND d.payer_kind = ? AND d.payer = ? ORDER BY d.act DESC LIMIT 100
        """

    /// How many letters a matter has sent so far.
    public static func letterCount(_ tx: any Transaction, area: AreaCode, of matter: ID<Matter>) throws -> Int {
        Int(try tx.first(lettersOfMatter, Value(area), Value(matter)) { try $0.int(0) } ?? 0)
    }

    private static let lettersOfMatter: SQL = """
        SELECT count(*) FROM levy_act WHERE area = ? AND matter = ? AND kind = 17
        """
}
