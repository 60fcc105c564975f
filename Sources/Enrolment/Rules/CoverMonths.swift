import Basics

/// The months for which a person's insurance stands (参保缴费月), whatever the scheme and the place: what continuity
/// and interruption are counted by.
struct CoverMonths {
    /// Since when a month of employees' insurance stands, and the days on which a deferral holds it.
    struct Standing {
        /// Nil while nothing but a deferral, or nothing at all, stands for it.
        var firmFrom: Day?
        var deferrals: [Period] = []
        /// 缴费期限, where it ends after the month.
        var dueBy: Day?

        /// The day on which it first stood.
        var begins: Day? { ([firmFrom].compactMap(\.self) + deferrals.map(\.first)).min() }
    }

    /// 职工: by month; a month that was billed and nothing more has an empty standing.
    private(set) var employee: [Month: Standing] = [:]
    /// 居民: the day on which a year was first paid.
    private(set) var residentYears: [Int: Day] = [:]
    /// 居民: the day on which a year was first paid after it was over; it gives cover to nobody but a newborn.
    private(set) var residentYearsLate: [Int: Day] = [:]
    /// Months that stand by declaration: imported spells, retirement, care of 离休, places left.
    private var declared: Set<Month> = []
    /// Of these, the months of residents' insurance, here or elsewhere.
    private var declaredAsResident: Set<Month> = []
    /// Of these, the months of employees' insurance at a place from which a transfer runs.
    private var declaredAsEmployee: Set<Month> = []
    /// Of these, the months that came from another place.
    private var fromElsewhere: Set<Month> = []
    /// Months of paid years in which the person was in a residents' spell.
    private var residentMonths: Set<Month> = []

    /// The first month that stands.
    private var firstMonth: Month?

    init(_ given: CoverCase, asOf: Day) {
        for contribution in given.contributions { take(contribution) }
        for transfer in given.transfers { take(transfer) }
        for spell in given.spells where spell.insurance.isBasic { take(spell, given, asOf: asOf) }
        let paid = employee.lazy.filter { $0.value.begins != nil }.map(\.key)
        firstMonth = [declared.min(), residentMonths.min(), paid.min()].compactMap(\.self).min()
    }

    /// As long as the transfer runs, what the certificate says stands like what the form will say.
    private mutating func take(_ transfer: TransferUnderWay) {
        for month in transfer.months {
            declared.insert(month)
            fromElsewhere.insert(month)
            if transfer.insurance == .resident { declaredAsResident.insert(month) }
            if transfer.insurance == .employee { declaredAsEmployee.insert(month) }
        }
    }

    private mutating func take(_ contribution: Contribution) {
        if contribution.insurance == .resident {
            takeResident(contribution)
        } else if contribution.insurance == .employee {
            for month in contribution.months { takeEmployee(month, contribution) }
        }
    }

    private mutating func takeEmployee(_ month: Month, _ contribution: Contribution) {
        var known = employee[month] ?? Standing()
        known.dueBy = [known.dueBy, contribution.dueBy].compactMap(\.self).max()
        switch contribution.standing {
        case .due: break
        case .paid(let day): known.firmFrom = min(known.firmFrom ?? day, day)
        case .unemploymentFund: known.firmFrom = min(known.firmFrom ?? month.first, month.first)
        case .credited:
            known.firmFrom = min(known.firmFrom ?? month.first, month.first)
            fromElsewhere.insert(month)
        case .deferred(let approved, let payBy):
            if let period = Period(from: approved, through: payBy) { known.deferrals.append(period) }
        }
        employee[month] = known
    }

    private mutating func takeResident(_ contribution: Contribution) {
        for month in contribution.months {
            switch contribution.standing {
            // What is paid after the year's end gives no cover in it: it can only repair a waiting period.
            case .paid(let day) where day.year > month.year:
                residentYearsLate[month.year] = min(residentYearsLate[month.year] ?? day, day)
            case .paid(let day): residentYears[month.year] = min(residentYears[month.year] ?? day, day)
            case .credited, .unemploymentFund:
                declared.insert(month)
                declaredAsResident.insert(month)
                fromElsewhere.insert(month)
            case .due, .deferred: break
            }
        }
    }

    private mutating func take(_ spell: Spell, _ given: CoverCase, asOf: Day) {
        let last = min(spell.period.last ?? asOf, max(asOf, spell.period.first)).month
        guard spell.period.first.month <= last else { return }
        for month in spell.period.first.month...last {
            // While a suspension stops contributions, none is missing.
            if spell.isExempt(in: month) { declared.insert(month) }
            let isKnown = given.knownFrom.map { month >= $0 } ?? false
            if !isKnown || spell.needsNoPayment { declared.insert(month) }
            if !isKnown, spell.insurance == .resident { declaredAsResident.insert(month) }
            if spell.insurance == .resident, residentYears[month.year] != nil { residentMonths.insert(month) }
        }
    }

    /// Whether a month stands, by payment (also late), deferral, credit or declaration.
    func stands(_ month: Month) -> Bool {
        declared.contains(month) || residentMonths.contains(month) || employee[month]?.begins != nil
    }

    func isFromElsewhere(_ month: Month) -> Bool { fromElsewhere.contains(month) }

    /// The scheme under which a month stands.
    func isEmployee(_ month: Month) -> Bool {
        employee[month]?.begins != nil || declaredAsEmployee.contains(month)
    }

    func isResident(_ month: Month) -> Bool { residentMonths.contains(month) || declaredAsResident.contains(month) }

    /// The last standing month before another that some spell, or another place, held: months paid for
    /// afterwards and outside of any spell fill a gap, they do not shorten it.
    func last(before month: Month, held: (Month) -> Bool) -> Month? {
        guard let firstMonth else { return nil }
        var candidate = month + -1
        while candidate >= firstMonth {
            if stands(candidate)
                && (held(candidate) || fromElsewhere.contains(candidate) || declared.contains(candidate))
            {
                return candidate
            }
            candidate = candidate + -1
        }
        return nil
    }

    /// How many months stand without a gap up to this one; a hundred years are enough.
    func run(through month: Month) -> Int {
        var count = 0
        while stands(month + -count), count < 1200 { count += 1 }
        return count
    }

    /// Whether any month of a year stands.
    func stands(inYear year: Int) -> Bool {
        residentYears[year] != nil || (1...12).contains { stands(Month(year: year, month: $0)) }
    }

    /// Whether a year of residents' insurance was paid, or declared from January to December, here or elsewhere.
    func isResidentYear(_ year: Int) -> Bool {
        residentYears[year] != nil
            || (1...12).allSatisfy { declaredAsResident.contains(Month(year: year, month: $0)) }
    }

    /// The first year in which anything stands.
    var firstYear: Int? { [firstMonth?.year, residentYears.keys.min()].compactMap(\.self).min() }
}

extension Spell {
    /// 退休人员(年限已满)和离休人员不再缴费。
    var needsNoPayment: Bool { category.isPensioner }

    /// Whether a suspension leaves nothing to pay for the month (暂停缴费).
    func isExempt(in month: Month) -> Bool {
        let first = max(month.first, period.first)
        let last = period.last.map { min($0, month.last) } ?? month.last
        return suspensions.contains {
            $0.reason.stopsContributions && $0.period.contains(first) && $0.period.contains(last)
        }
    }
}
