import Basics
import Control
import Enrolment
import Policy
import Portability
import Storage

/// What a person has behind him here (参保缴费情况): for the information form and for certificates.
extension Agency {
    /// The months and years insured here, with those recognised from elsewhere.
    public static func insuranceRecord(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, today: Day
    ) throws -> InsuranceRecord {
        let spells = try Enrolment.requireInsured(tx, area: area, person).spells
        var months: Set<Month> = []
        var years: Set<Int> = []
        for spell in spells {
            switch spell.insurance {
            case .employee: months.formUnion(countedMonths(spell, today: today))
            case .resident:
                let last = min(spell.period.last ?? today, today)
                if spell.period.first <= last { years.formUnion(spell.period.first.year...last.year) }
            default: break
            }
        }
        let isRetired = spells.contains { $0.category.isRetired && $0.period.last == nil }
        var record = InsuranceRecord(
            paid: months, deemed: 0, residentYears: years, lastBase: .zero, isRetired: isRetired)
        try addRecognised(tx, area: area, person, to: &record)
        return record
    }

    /// The months of a spell for which its contribution was owed.
    private static func countedMonths(_ spell: Spell, today: Day) -> [Month] {
        let last = min(spell.period.last ?? today, today)
        guard spell.period.first <= last else { return [] }
        return (spell.period.first.month...last.month).filter { month in
            spell.owesContribution(on: max(month.first, spell.period.first))
        }
    }

    /// What came with the person from elsewhere goes on with him (年限累计).
    private static func addRecognised(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, to record: inout InsuranceRecord
    ) throws {
        for arrival in try Portability.arrivals(tx, area: area, of: person) where arrival.months > 0 {
            record.paidMonths += arrival.months
            record.first = [record.first, arrival.first].compactMap(\.self).min()
            record.last = [record.last, arrival.lastPaid].compactMap(\.self).max()
            record.firstEver = [record.firstEver, arrival.first].compactMap(\.self).min()
        }
        if let first = record.first, let last = record.last {
            record.gapMonths = max(0, Int64(last - first) + 1 - record.paidMonths)
        }
    }

    /// What a certificate of insurance or of payments says (参保凭证、缴费证明).
    public static func certificateDraft(
        _ tx: any Transaction, area: AreaCode, _ kind: Certificate.Kind, of person: ID<Person>, today: Day
    ) throws -> Portability.CertificateDraft {
        let insured = try Enrolment.requireInsured(tx, area: area, person)
        let basic = insured.spells.filter { $0.insurance.isBasic && $0.period.first <= today }
        guard !basic.isEmpty else {
            throw Problem("transfer.certificate.nothing", field: "person", "此人在本地没有基本医疗保险参保记录,不能出具凭证")
        }
        let spells = try basic.sorted { $0.period.first < $1.period.first }.map { spell in
            Certificate.Spell(
                insurance: spell.insurance, first: spell.period.first.month, last: spell.period.last?.month,
                months: Int64(countedMonths(spell, today: today).count),
                employer: try spell.employer.flatMap { try Enrolment.employer(tx, area: area, $0)?.name } ?? "")
        }
        let open = basic.first { $0.period.contains(today) }
        let isSuspended = open?.acts.last { $0.day <= today }?.kind == .suspended
        let policy = try law(tx, area: area)
        return Portability.CertificateDraft(
            kind: kind, owner: person, person: try traveller(tx, area: area, person), spells: spells,
            status: open == nil ? "终止缴费" : isSuspended ? "暂停缴费" : "参保缴费",
            agency: try letterhead(tx, area: area), validDays: try Portability.certificateDays(policy, on: today))
    }
}
