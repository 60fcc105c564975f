import Basics
import Contributions
import Enrolment
import Settlement
import Storage

/// What rests on a spell that was registered in error (撤销参保登记的检查): bills, credits of the account, benefits.
extension Agency {
    /// What must be undone before a spell can be voided, each with the matter that undoes it.
    static func objections(
        _ tx: any Transaction, area: AreaCode, voiding spell: Spell, of person: ID<Person>
    ) throws -> [Problem] {
        let last = spell.period.last ?? Day(year: 9999, month: 12, day: 31)!
        var problems = Problems()
        let settled = try SettlementDesk.standing(
            of: person, spell.insurance, from: spell.period.first, through: last, area, tx)
        if settled > 0 {
            problems.add(
                "enrolment.void.benefits", field: "from",
                "这段参保期间已结算 \(settled) 笔医保待遇,不能撤销登记;确属错登的,请先由医疗机构撤销结算或追回已支付的待遇")
        }
        let months = spell.period.first.month...last.month
        let billed = try Contributions.payments(
            tx, area: area, person: person, employers: Set([spell.employer].compactMap(\.self))
        ).filter { $0.insurance == spell.insurance && $0.employer == spell.employer && $0.months.overlaps(months) }
        if let bill = billed.first?.bill {
            problems.add(
                "enrolment.void.billed", field: "from",
                "这段参保有 \(billed.count) 张应缴单(如 \(bill)),请先办理应缴更正剔除此人或整单冲正,已缴的办理退费")
        }
        let credited = try Contributions.creditedMonths(tx, area: area, of: person).filter { months.contains($0) }
        if let month = credited.first, spell.insurance == .employee {
            problems.add(
                "enrolment.void.credited", field: "from", "\(month) 等 \(credited.count) 个月已划入个人账户,请先办理个人账户流水更正")
        }
        return problems.all
    }
}
