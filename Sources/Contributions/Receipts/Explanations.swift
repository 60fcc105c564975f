import Basics
import Control
import Storage

/// Why a difference that stays is in order (对账差异说明): money under way, another day of booking on the other side.
public struct DifferenceExplanation: Hashable, Sendable {
    public var text: String
    public var at: Moment
    public var matter: ID<Matter>?
}

extension Contributions {
    /// The reconciliations of days up to one that still ask for something: they found differences, no later one covers
    /// them, and nobody has explained them.
    public static func openReconciliations(
        _ tx: any Transaction, area: AreaCode, through day: Day
    ) throws -> [ReconciliationLine] {
        try tx.all(ReconciliationLine.self, unexplained, Value(area), Value(day))
    }

    private static let unexplained = SQL(
        """
        \(ReconciliationLine.selection) WHERE k.area = ? AND k.first_day <= ?
            AND EXISTS (SELECT 1 FROM levy_difference d WHERE d.area = k.area AND d.act = k.act)
            AND NOT EXISTS (SELECT 1 FROM levy_explanation e WHERE e.area = k.area AND e.reconciliation = k.act)
            AND NOT EXISTS (SELECT 1 FROM levy_reconciliation l WHERE l.area = k.area AND l.source = k.source
                AND l.act > k.act AND l.first_day <= k.first_day AND l.last_day >= k.last_day)
        ORDER BY k.act LIMIT 100
        """)

    /// What was said of a reconciliation's differences; nil where nothing was.
    public static func explanation(
        _ tx: any Transaction, area: AreaCode, of reconciliation: ID<LevyAct>
    ) throws -> DifferenceExplanation? {
        try tx.first(explanationOf, Value(area), Value(reconciliation)) { row in
            DifferenceExplanation(
                text: try row.text(0), at: try row.moment(1), matter: try row.intOrNil(2).map { ID($0) })
        }
    }

    private static let explanationOf: SQL = """
        SELECT a.ground, a.at, a.matter FROM levy_explanation e
        JOIN levy_act a ON a.area = e.area AND a.id = e.act
        WHERE e.area = ? AND e.reconciliation = ?
        """

    /// The reconciliation, when its differences are still to be explained; otherwise the problem that says why not.
    @discardableResult
    public static func requireExplicable(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyAct>
    ) throws -> ReconciliationLine {
        guard let line = try reconciliation(tx, area: area, id) else {
            throw Problem("contributions.reconcile.unknown", field: "reconciliation", "没有这次对账,请从对账列表中选择")
        }
        guard line.differenceCount > 0 else {
            throw Problem("contributions.reconcile.agrees", field: "reconciliation", "对账 \(id) 双方相符,没有差异需要说明")
        }
        guard try explanation(tx, area: area, of: id) == nil else {
            throw Problem("contributions.reconcile.explained", field: "reconciliation", "对账 \(id) 的差异已经说明过,不必再办")
        }
        return line
    }

    /// Puts on record why a reconciliation's differences stay (对账差异说明), once.
    public static func explain(
        _ tx: any Transaction, area: AreaCode, _ id: ID<LevyAct>, _ ground: Ground
    ) throws {
        try requireExplicable(tx, area: area, id)
        var writing = try LevyWriting(tx, area: area, .explanation, ground)
        try writing.write(LevyEvidence.explanation, [[Value(area), Value(id), Value(writing.act.id)]])
        try writing.finish(#"{"reconciliation":\#(id)}"#)
    }
}
