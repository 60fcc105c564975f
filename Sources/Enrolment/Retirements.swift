import Basics
import Control
import Storage

/// A retirement as it was decided (退休待遇核定记录).
public struct RetirementRecord: Hashable, Sendable {
    public let seq: Int64
    public let retiredOn: Day
    public let months: InsuredMonths
    public let requiredMonths: Int64
    public let missingMonths: Int64
    public let way: RetirementWay
    /// 一次性补缴的基数和费率; nothing unless that way was chosen
    public let base: Money
    public let rate: Rate
    public let lumpSum: Money
    public let retiredFrom: Day?
    public let steps: [String]
    public let policyVersion: String
    public let at: Moment
    public let matter: ID<Matter>?
}

extension RetirementRecord: Record {
    static let selection = """
        SELECT seq, retired_day, paid_months, local_paid_months, deemed_months, required_months, missing_months, way,
            lump_fen, retired_from_day, steps, policy_version, at, matter, base_fen, rate_ppm
        FROM retirement
        """

    public init(_ row: any Row) throws {
        seq = try row.int(0)
        retiredOn = try row.day(1)
        months = InsuredMonths(paid: try row.int(2), localPaid: try row.int(3), deemed: try row.int(4))
        requiredMonths = try row.int(5)
        missingMonths = try row.int(6)
        way = try row.code(7)
        lumpSum = try row.money(8)
        retiredFrom = try row.dayOrNil(9)
        steps = try row.text(10).split(separator: "\n").map(String.init)
        policyVersion = try row.text(11)
        at = try row.moment(12)
        matter = try row.intOrNil(13).map { ID($0) }
        base = try row.money(14)
        rate = Rate(partsPerMillion: try row.int(15))
    }
}

extension Enrolment {
    /// What speaks against deciding a retirement (退休待遇核定的检查): insured as an employee, not retired yet, of an age,
    /// on a day that is near.
    ///
    /// - Parameter age: 可以办理退休的最低年龄
    public static func objections(
        _ tx: any Transaction, area: AreaCode, retiring id: ID<Person>, on day: Day, from age: Int, today: Day
    ) throws -> [Problem] {
        let insured = try requireActive(tx, area: area, id)
        guard let spell = insured.employeeSpell else {
            return [Problem("enrolment.retirement.notEmployee", field: "person", "此人没有在保的职工医保,不能核定退休待遇")]
        }
        if spell.category.afterRetirement == nil {
            return [Problem("enrolment.retirement.already", field: "person", "此人已是“\(spell.category.name)”,不必再核定")]
        }
        if let bound = DayBound.retirement.objection(to: day, today: today, field: "day") { return [bound] }
        if insured.person.birth.age(on: day) < age {
            return [Problem("enrolment.retirement.age", field: "day", "此人到 \(day) 不满 \(age) 周岁,请核对退休日期")]
        }
        return []
    }

    /// Records a decision on retirement and, where nothing is missing any more, makes the person a retired one from
    /// the day it says (退休待遇核定). A further decision follows when the missing months have been paid.
    public static func retire(
        _ tx: any Transaction, _ id: ID<Person>, _ assessment: RetirementAssessment, retiringOn day: Day,
        from age: Int, policyVersion: String, by origin: ActOrigin
    ) throws {
        try Problems(
            objections(tx, area: origin.area, retiring: id, on: day, from: age, today: origin.at.day)
        ).throwIfAny()
        let seq = Int64(try retirements(tx, area: origin.area, of: id).count) + 1
        try tx.execute(
            retirementInsertion, Value(origin.area), Value(id), .int(seq), Value(day),
            .int(assessment.months.paid), .int(assessment.months.localPaid), .int(assessment.months.deemed),
            .int(assessment.requiredMonths), .int(assessment.missingMonths), Value(code: assessment.way),
            Value(assessment.base), .int(assessment.rate.partsPerMillion), Value(assessment.lumpSum),
            Value(assessment.retiredFrom), .text(assessment.steps.joined(separator: "\n")), .text(policyVersion),
            .int(origin.actor.columns.kind), .int(origin.actor.columns.number), Value(origin.at),
            Value(origin.matter))
        try Evidence.retirement.record(
            tx, area: origin.area, subject: id.raw, record: seq, by: origin.actor, at: origin.at)
        guard let from = assessment.retiredFrom else { return }
        let insured = try requireActive(tx, area: origin.area, id)
        guard let spell = insured.employeeSpell, let category = spell.category.afterRetirement else { return }
        let opening = SpellOpening(
            insurance: spell.insurance, category: category, employer: spell.employer, from: from,
            entitledFrom: max(from, spell.entitledFrom), reason: .otherCategory)
        try change(tx, to: opening, for: id, by: origin)
    }

    private static let retirementInsertion: SQL = """
        INSERT INTO retirement (area, person, seq, retired_day, paid_months, local_paid_months, deemed_months,
            required_months, missing_months, way, base_fen, rate_ppm, lump_fen, retired_from_day, steps,
            policy_version, actor_kind, actor, at, matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// What was decided on a person's retirement, oldest first.
    public static func retirements(
        _ tx: any Transaction, area: AreaCode, of id: ID<Person>
    ) throws -> [RetirementRecord] {
        try tx.all(RetirementRecord.self, retirementsOfPerson, Value(area), Value(id))
    }

    private static let retirementsOfPerson = SQL(
        "\(RetirementRecord.selection) WHERE area = ? AND person = ? ORDER BY seq")
}

extension InsuredPerson {
    /// The employee insurance in force (在保的职工医保).
    public var employeeSpell: Spell? { spells.last { $0.insurance == .employee && $0.period.last == nil } }
}
