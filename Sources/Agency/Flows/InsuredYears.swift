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

    /// Months of which only the imported spells tell: before the first bill that Yibao knows, those of prison or service
    /// not among them.
    private static func declaredMonths(_ given: CoverCase, through last: Month) -> Set<Month> {
        var months: Set<Month> = []
        for spell in given.spells
        where spell.insurance == .employee && spell.isImported && !spell.category.isRetired {
            let end = min(spell.period.last?.month ?? last, given.knownFrom.map { $0 + -1 } ?? last, last)
            guard spell.period.first.month <= end else { continue }
            months.formUnion(
                (spell.period.first.month...end).filter {
                    spell.owesContribution(on: max($0.first, spell.period.first))
                })
        }
        return months
    }
}
