import Basics
import Control
import Storage

/// One finding in the agency's database (疑点): what `findings.csv` says, under its run and its number there.
public struct ImportedFinding: Hashable, Sendable {
    public var run: ID<ImportedRun>
    /// Row of `findings.csv`, from 1.
    public var number: Int
    /// Row of the national register; nil for the house's own models.
    public var ruleSequence: Int?
    public var ruleCode: String
    public var ruleName: String
    public var kind: String
    public var point: String
    public var strength: Strength
    public var person: String
    public var encounter: String
    public var provider: String
    public var day: Day?
    public var quantity: Quantity?
    public var amount: Money
    /// The fund's part; nil without a settlement.
    public var fundAmount: Money?
    public var evidence: String
    /// `bkkp_sn` of the lines, in the finding's order.
    public var lines: [String]

    static let table = EvidenceTable(
        "screening_finding", "area", "run", "no", "rule_seq", .text("rule_code"), .text("rule_name"), .text("kind"),
        .text("point"), "strength", .text("person"), .text("encounter"), .text("provider"), "day", "quantity_e4",
        "amount_fen", "fund_fen", .text("evidence"))
    static let lineTable = EvidenceTable("screening_finding_line", "area", "run", "finding", "place", .text("line"))

    func values(_ area: AreaCode) -> [Value] {
        [
            Value(area), Value(run), .int(Int64(number)), Value(ruleSequence.map(Int64.init)), .text(ruleCode),
            .text(ruleName), .text(kind), .text(point), .int(strength.figure), .text(person), .text(encounter),
            .text(provider), Value(day), Value(quantity?.tenThousandths), Value(amount), Value(fundAmount),
            .text(evidence),
        ]
    }

    func lineValues(_ area: AreaCode) -> [[Value]] {
        lines.enumerated().map { place, line in
            [Value(area), Value(run), .int(Int64(number)), .int(Int64(place + 1)), .text(line)]
        }
    }
}

extension ImportedFinding: Record {
    /// From a row selected by `table.columnList`; the lines are read apart.
    public init(_ row: any Row) throws {
        run = try row.id(1)
        number = Int(try row.int(2))
        ruleSequence = try row.intOrNil(3).map { Int($0) }
        ruleCode = try row.text(4)
        ruleName = try row.text(5)
        kind = try row.text(6)
        point = try row.text(7)
        guard let strength = Strength(figure: try row.int(8)) else {
            throw StoreError.damaged("screening_finding.strength")
        }
        self.strength = strength
        person = try row.text(9)
        encounter = try row.text(10)
        provider = try row.text(11)
        day = try row.dayOrNil(12)
        quantity = try row.intOrNil(13).map { Quantity(tenThousandths: $0) }
        amount = try row.money(14)
        fundAmount = try row.intOrNil(15).map { Money(fen: $0) }
        evidence = try row.text(16)
        lines = []
    }
}

extension Strength {
    /// As tables keep it: 1 违规, 2 可疑.
    var figure: Int64 { self == .breach ? 1 : 2 }

    init?(figure: Int64) {
        switch figure {
        case 1: self = .breach
        case 2: self = .suspicion
        default: return nil
        }
    }
}
