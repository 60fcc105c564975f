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
        let owner = try Enrolment.requireInsured(tx, area: area, person).person
        let numbers = try Enrolment.numbers(tx, area: area, of: owner)
        let spells = try Enrolment.allSpells(tx, area: area, of: owner)
        let payments = try payments(tx, area: area, of: numbers, spells: spells)
        var months: Set<Month> = []
        var years: Set<Int> = []
        for spell in spells {
            let counted = countedMonths(spell, payments, today: today)
            switch spell.insurance {
            case .employee: months.formUnion(counted.billed.union(counted.takenOver))
            case .resident: years.formUnion(counted.billed.union(counted.takenOver).map(\.year))
            default: break
            }
        }
        let isRetired = spells.contains { $0.category.isRetired && $0.period.last == nil }
        let lastBase = payments.last { $0.insurance == .employee && $0.isPaid }?.part.base
        let arrivals = try numbers.flatMap { try Portability.arrivals(tx, area: area, of: $0) }
        // A month that was paid here and elsewhere counts once; one that is owed here was not paid elsewhere.
        let owed = Set(payments.filter { $0.insurance == .employee && !$0.isPaid }.flatMap { Array($0.months) })
        for arrival in arrivals { months.formUnion(arrival.paid(besides: months.union(owed))) }
        years.formUnion(arrivals.flatMap(\.residentYears))
        var record = InsuranceRecord(
            paid: months, deemed: 0, residentYears: years, lastBase: lastBase ?? .zero, isRetired: isRetired)
        addRecognised(arrivals, to: &record)
        // Whoever retired here had all his deemed months decided then, those from elsewhere among them.
        let decisions = try numbers.compactMap { try Enrolment.retirements(tx, area: area, of: $0).last }
        if let decided = decisions.first {
            record.deemedMonths = decided.months.deemed
        }
        return record
    }

    /// The months of a spell that count as paid (实际缴费月数): those paid by bills, and those from before the first of the
    /// person's months that was billed here (本系统建立前的记录). A resident's year is billed as a whole: unpaid, it does not
    /// count, however long the spell goes on.
    private static func countedMonths(
        _ spell: Spell, _ payments: [PaymentRecord], today: Day
    ) -> (billed: Set<Month>, takenOver: Set<Month>) {
        let last = min(spell.period.last ?? today, today)
        guard spell.period.first <= last else { return ([], []) }
        let own = payments.filter { $0.insurance == spell.insurance }
        let billed = Set(own.flatMap { Array($0.months) })
        let paid = Set(own.filter(\.isPaid).flatMap { Array($0.months) })
        let months = Set(spell.period.first.month...last.month)
        let known = own.filter { !$0.isBackPayment }.map(\.months.lowerBound).min()
        let unbilled = months.subtracting(billed).filter { month in
            spell.isImported && known.map { month < $0 } ?? true
                && spell.owesContribution(on: max(month.first, spell.period.first))
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

    /// What else came with the person from elsewhere goes on with him (年限累计): deemed months, and since when he was insured.
    private static func addRecognised(_ arrivals: [Portability.Arrival], to record: inout InsuranceRecord) {
        for arrival in arrivals where arrival.doneOn != nil && arrival.from == .employee {
            record.deemedMonths += arrival.deemedMonths
            record.first = [record.first, arrival.first].compactMap(\.self).min()
            record.last = [record.last, arrival.lastPaid].compactMap(\.self).max()
            record.firstEver = [record.firstEver, arrival.first].compactMap(\.self).min()
        }
        if let first = record.first, let last = record.last {
            record.gapMonths = max(0, Int64(last - first) + 1 - record.paidMonths)
        }
    }

    /// What the person himself paid for months of a spell, as far as it was billed here (个人缴纳).
    private static func personalPaid(
        _ months: Set<Month>, _ insurance: Insurance, _ payments: [PaymentRecord]
    ) -> Money {
        payments.filter { record in
            record.insurance == insurance && record.isPaid && !months.isDisjoint(with: record.months)
        }.map(\.part.personal).total()
    }

    /// A spell as a certificate states it: what was taken over from the former system by itself, since its amounts are
    /// not known here, then what was billed here.
    ///
    /// - Parameter stated: the months that an earlier spell stated; a month in which one spell follows another (变更单位、
    ///   重复人员合并) counts once.
    private static func certified(
        _ spell: Spell, _ payments: [PaymentRecord], employer: String, today: Day,
        stated: inout [Insurance: Set<Month>]
    ) -> [Certificate.Spell] {
        var counted = countedMonths(spell, payments, today: today)
        let before = stated[spell.insurance, default: []]
        counted.billed.subtract(before)
        counted.takenOver.subtract(before)
        // A resident's year is paid by one bill: its money is told with the spell that states its first month.
        let unstated = payments.filter { before.isDisjoint(with: $0.months) }
        stated[spell.insurance] = before.union(counted.billed).union(counted.takenOver)
        var here = Certificate.Spell(
            insurance: spell.insurance, first: spell.period.first.month, last: spell.period.last?.month,
            months: Int64(counted.billed.count),
            paid: personalPaid(counted.billed, spell.insurance, unstated), employer: employer)
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
        let ground = Ground(
            "参保登记", matter: approved.matter, by: approved.actor, at: approved.at)
        _ = try Portability.issue(tx, area: approved.area, draft, ground)
    }

    /// What a certificate of insurance or of payments says (参保凭证、缴费证明).
    public static func certificateDraft(
        _ tx: any Transaction, area: AreaCode, _ kind: Certificate.Kind, of person: ID<Person>, today: Day
    ) throws -> Portability.CertificateDraft {
        let owner = try Enrolment.requireInsured(tx, area: area, person).person
        let spells = try Enrolment.allSpells(tx, area: area, of: owner)
        let basic = spells.filter { $0.insurance.isBasic && $0.period.first <= today }
        guard !basic.isEmpty else {
            throw Problem("transfer.certificate.nothing", field: "person", "此人在本地没有基本医疗保险参保记录,不能出具凭证")
        }
        let payments = try payments(
            tx, area: area, of: try Enrolment.numbers(tx, area: area, of: owner), spells: spells)
        var months: [Insurance: Set<Month>] = [:]
        let stated = try basic.flatMap { spell in
            certified(
                spell, payments,
                employer: try spell.employer.flatMap { try Enrolment.employer(tx, area: area, $0)?.name } ?? "",
                today: today, stated: &months)
        }
        let open = basic.first { $0.period.contains(today) }
        let isSuspended = open?.acts.last { $0.day <= today }?.kind == .suspended
        let policy = try law(tx, area: area)
        return Portability.CertificateDraft(
            kind: kind, owner: person, person: try traveller(tx, area: area, person), spells: stated,
            status: open == nil ? "终止缴费" : isSuspended ? "暂停缴费" : "参保缴费",
            agency: try letterhead(tx, area: area), validDays: try Portability.certificateDays(policy, on: today))
    }
}
