import Basics
import Control
import Storage

extension LevyBill: Record {
    static let selection = "SELECT \(LevyEvidence.bill.columnList) FROM levy_bill"
    /// The same columns of a query in which bills are called `b`.
    static let columnsOfB = LevyEvidence.bill.columns.map { "b.\($0.name)" }.joined(separator: ", ")

    public init(_ row: any Row) throws {
        guard let payer = Payer(kind: try row.int(5), number: try row.int(6)) else {
            throw StoreError.damaged("levy_bill \(try row.int(1)) has no payer")
        }
        self.init(
            id: try row.id(1), act: try row.id(2), purpose: try row.code(3), insurance: try row.code(4), payer: payer,
            months: Month(number: Int32(try row.int(7)))...Month(number: Int32(try row.int(8))), due: try row.day(9),
            payable: try row.money(10), fiscal: try row.money(11), aid: try row.money(12),
            aidPayer: try row.codeOrNil(13), aidGroup: try row.codeOrNil(14), lineCount: try row.int(15),
            reverses: try row.intOrNil(16).map { ID($0) }, decision: try row.intOrNil(17))
    }

    func values(_ area: AreaCode) -> [Value] {
        [
            Value(area), Value(id), Value(act), Value(code: purpose), Value(code: insurance),
            .int(payer.columns.kind), .int(payer.columns.number), Value(months.lowerBound), Value(months.upperBound),
            Value(due), Value(payable), Value(fiscal), Value(aid), Value(code: aidPayer), Value(code: aidGroup),
            .int(lineCount), Value(reverses), Value(decision),
        ]
    }
}

extension LevyLine: Record {
    static let selection = "SELECT \(LevyEvidence.line.columnList) FROM levy_line"

    public init(_ row: any Row) throws {
        self.init(
            bill: try row.id(1), person: try row.id(2),
            part: LevyPart(
                insurance: try row.code(3), base: try row.money(4), employer: try row.money(5),
                personal: try row.money(6)))
    }

    func values(_ area: AreaCode) -> [Value] {
        [
            Value(area), Value(bill), Value(person), Value(code: part.insurance), Value(part.base),
            Value(part.employer), Value(part.personal),
        ]
    }
}

/// A contribution base in force from a month (缴费基数).
public struct ContributionBase: Hashable, Sendable {
    /// Nil: the person pays himself.
    public var employer: ID<Employer>?
    public var baseYear: Int
    public var person: ID<Person>
    public var from: Month
    /// 申报月均工资
    public var wage: Money
    public var base: Money
    /// 灵活就业低档
    public var isLowTier: Bool

    public init(
        employer: ID<Employer>?, baseYear: Int, person: ID<Person>, from: Month, wage: Money, base: Money,
        isLowTier: Bool = false
    ) {
        self.employer = employer
        self.baseYear = baseYear
        self.person = person
        self.from = from
        self.wage = wage
        self.base = base
        self.isLowTier = isLowTier
    }

    func values(_ area: AreaCode, _ act: ID<LevyAct>) -> [Value] {
        [
            Value(area), .int(employer?.raw ?? 0), .int(Int64(baseYear)), Value(person), Value(from), Value(act),
            Value(wage), Value(base), Value(isLowTier),
        ]
    }
}

extension ContributionBase: Record {
    static let selection = """
        SELECT employer, base_year, person, from_month, wage_fen, base_fen, low_tier FROM contribution_base
        """

    public init(_ row: any Row) throws {
        let employer = try row.int(0)
        self.init(
            employer: employer == 0 ? nil : ID(employer), baseYear: Int(try row.int(1)), person: try row.id(2),
            from: Month(number: Int32(try row.int(3))), wage: try row.money(4), base: try row.money(5),
            isLowTier: try row.flag(6))
    }
}
