import Basics
import Contributions
import Enrolment
import Policy
import Storage

/// The years of insurance at retirement (缴费年限), counted from the ledgers instead of believed.
extension Agency {
    /// Months of employees' insurance up to one: those paid for here, by bill, by the unemployment fund or before Yibao
    /// knew the bills; and those that finished transfers brought. A month counts once, whoever paid it how often.
    static func insuredMonths(
        _ tx: any Transaction, area: AreaCode, of person: ID<Person>, through last: Month
    ) throws -> InsuredMonths {
        let policy = try law(tx, area: area)
        guard let given = try coverCase(tx, area: area, of: person, policy, asOf: last.last) else {
            return InsuredMonths(paid: 0, localPaid: 0, deemed: 0)
        }
        var here = declaredMonths(given, through: last)
        var elsewhere: Set<Month> = []
        for contribution in given.contributions where contribution.insurance == .employee {
            let months = contribution.months.filter { $0 <= last }
            switch contribution.standing {
            case .paid, .unemploymentFund: here.formUnion(months)
            case .credited: elsewhere.formUnion(months)
            case .due, .deferred: break
            }
        }
        return InsuredMonths(
            paid: Int64(here.union(elsewhere).count), localPaid: Int64(here.count), deemed: 0)
    }

    /// Months of which only the imported spells tell: before the first bill that Yibao knows.
    private static func declaredMonths(_ given: CoverCase, through last: Month) -> Set<Month> {
        var months: Set<Month> = []
        for spell in given.spells
        where spell.insurance == .employee && spell.isImported && !spell.category.isRetired {
            let end = min(spell.period.last?.month ?? last, given.knownFrom.map { $0 + -1 } ?? last, last)
            guard spell.period.first.month <= end else { continue }
            months.formUnion(spell.period.first.month...end)
        }
        return months
    }

    /// Refuses a lump sum that is said to have been paid and was not (一次性补缴到账).
    static func requireLumpPaid(_ tx: any Transaction, area: AreaCode, of person: ID<Person>, on day: Day) throws {
        guard let decided = try Enrolment.retirements(tx, area: area, of: person).last(where: { $0.lumpSum > .zero })
        else {
            throw Problem(
                "enrolment.retirement.lumpFirst", field: "paidOn", "还没有核定过一次性补缴金额,到账日期请留空,先核定金额并办理退休一次性补缴核定")
        }
        let bills = try Contributions.liveBills(
            tx, area: area, of: .person(person), months: Month(year: 1, month: 1)...Month(year: 9999, month: 12)
        ).filter { $0.purpose == .supplement && $0.payable == decided.lumpSum }
        let isPaid = try bills.contains {
            try Contributions.standing(tx, area: area, of: $0, terms: nil, on: day).outstanding == .zero
        }
        guard isPaid else {
            throw Problem(
                "enrolment.retirement.lumpUnpaid", field: "paidOn", "一次性补缴 \(decided.lumpSum) 元还没有到账,到账后再核定;已缴的请先到账入账")
        }
    }
}
