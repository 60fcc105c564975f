import Basics
import Contributions
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
        let payments = try Contributions.payments(tx, area: area, person: person)
        var months: Set<Month> = []
        var years: Set<Int> = []
        for spell in spells {
            switch spell.insurance {
            case .employee:
                let counted = countedMonths(spell, payments, today: today)
                months.formUnion(counted.billed.union(counted.takenOver))
            case .resident:
                let last = min(spell.period.last ?? today, today)
                if spell.period.first <= last { years.formUnion(spell.period.first.year...last.year) }
            default: break
            }
        }
        let isRetired = spells.contains { $0.category.isRetired && $0.period.last == nil }
        let lastBase = payments.last { $0.insurance == .employee && $0.isPaid }?.part.base
        var record = InsuranceRecord(
            paid: months, deemed: 0, residentYears: years, lastBase: lastBase ?? .zero, isRetired: isRetired)
        try addRecognised(tx, area: area, person, to: &record)
        // Whoever retired here had all his deemed months decided then, those from elsewhere among them.
        if let decided = try Enrolment.retirements(tx, area: area, of: person).last {
            record.deemedMonths = decided.months.deemed
        }
        return record
    }

    /// The months of a spell that count as paid (实际缴费月数): those paid by bills, and those for which there was never
    /// a bill, from before this house's books began (本系统建立前的记录).
    private static func countedMonths(
        _ spell: Spell, _ payments: [PaymentRecord], today: Day
    ) -> (billed: Set<Month>, takenOver: Set<Month>) {
        let last = min(spell.period.last ?? today, today)
        guard spell.period.first <= last else { return ([], []) }
        let own = payments.filter { $0.insurance == spell.insurance }
        let billed = Set(own.flatMap { Array($0.months) })
        let paid = Set(own.filter(\.isPaid).flatMap { Array($0.months) })
        let months = Set(spell.period.first.month...last.month)
        let unbilled = months.subtracting(billed).filter { month in
            spell.isImported && spell.owesContribution(on: max(month.first, spell.period.first))
        }
        return (months.intersection(paid), unbilled)
    }

    /// What is billed for a person himself and over its day (本人欠费); an employer's arrears are the employer's.
    static func owed(_ payments: [PaymentRecord], today: Day) -> Money {
        payments.filter { record in
            guard record.employer == nil, case .due(let day) = record.standing else { return false }
            return day < today
        }.map { $0.part.employer + $0.part.personal }.total()
    }

    /// What came with the person from elsewhere goes on with him (年限累计).
    private static func addRecognised(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, to record: inout InsuranceRecord
    ) throws {
        for arrival in try Portability.arrivals(tx, area: area, of: person) where arrival.months > 0 {
            record.paidMonths += arrival.months - arrival.deemedMonths
            record.deemedMonths += arrival.deemedMonths
            record.first = [record.first, arrival.first].compactMap(\.self).min()
            record.last = [record.last, arrival.lastPaid].compactMap(\.self).max()
            record.firstEver = [record.firstEver, arrival.first].compactMap(\.self).min()
        }
        if let first = record.first, let last = record.last {
            record.gapMonths = max(0, Int64(last - first) + 1 - record.paidMonths)
        }
    }

    /// What the person himself paid within a spell, as far as it was billed here (个人缴纳).
    private static func personalPaid(_ spell: Spell, _ payments: [PaymentRecord]) -> Money {
        payments.filter { record in
            record.insurance == spell.insurance && record.isPaid && spell.period.first <= record.months.lowerBound.last
                && (spell.period.last.map { record.months.lowerBound.first <= $0 } ?? true)
        }.map(\.part.personal).total()
    }

    /// A spell as a certificate states it: what was taken over from the former system by itself, since its amounts are
    /// not known here, then what was billed here.
    private static func certified(
        _ spell: Spell, _ payments: [PaymentRecord], employer: String, today: Day
    ) -> [Certificate.Spell] {
        let counted = countedMonths(spell, payments, today: today)
        var here = Certificate.Spell(
            insurance: spell.insurance, first: spell.period.first.month, last: spell.period.last?.month,
            months: Int64(counted.billed.count), paid: personalPaid(spell, payments), employer: employer)
        guard let end = counted.takenOver.max() else { return [here] }
        var earlier = here
        earlier.isTakenOver = true
        earlier.months = Int64(counted.takenOver.count)
        earlier.paid = .zero
        guard end < min(spell.period.last ?? today, today).month else { return [earlier] }
        earlier.last = end
        here.first = end + 1
        return [earlier, here]
    }

    /// Issues the certificate that a matter of enrolment prints (参保凭证); none for insurance that begins later.
    static func issueCertificate(_ tx: any Transaction, of person: ID<Person>, after approved: Approved) throws {
        let insured = try Enrolment.requireInsured(tx, area: approved.area, person)
        let today = approved.at.day
        guard insured.spells.contains(where: { $0.insurance.isBasic && $0.period.first <= today }) else { return }
        let draft = try certificateDraft(tx, area: approved.area, .insured, of: person, today: today)
        let ground = TransferGround(
            "参保登记", matter: approved.matter, by: approved.actor, at: approved.at)
        _ = try Portability.issue(tx, area: approved.area, draft, ground)
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
        let payments = try Contributions.payments(tx, area: area, person: person)
        let spells = try basic.sorted { $0.period.first < $1.period.first }.flatMap { spell in
            certified(
                spell, payments,
                employer: try spell.employer.flatMap { try Enrolment.employer(tx, area: area, $0)?.name } ?? "",
                today: today)
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

extension PaymentRecord {
    fileprivate var isPaid: Bool { if case .paid = standing { true } else { false } }
}
