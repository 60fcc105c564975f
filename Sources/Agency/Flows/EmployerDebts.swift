import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// What an employer owes (单位欠费): its own bills and those of the employers merged into it, and the months of its
/// people for which nobody has made a bill yet.
extension Agency {
    /// All that an employer owes on a day, late fees and the debts of those merged into it included.
    public static func owedSum(
        _ tx: any Transaction, area: AreaCode, employer: ID<Employer>, on day: Day
    ) throws -> OwedSum {
        try Contributions.owed(
            tx, area: area, employer: employer, absorbed: Enrolment.absorbed(tx, area: area, by: employer), on: day,
            lateFees: lateFees(try law(tx, area: area)))
    }

    /// The letter that demands an employer's arrears; of one merged into another, the letter to that other, which answers
    /// for it. Nil when nothing is late.
    public static func dunning(
        _ tx: any Transaction, area: AreaCode, of employer: ID<Employer>, on day: Day, payBy: Day
    ) throws -> DunningLetter? {
        let heir = try Enrolment.heir(tx, area: area, of: employer)
        return try Contributions.dunning(
            tx, area: area, .employer(heir), absorbed: Enrolment.absorbed(tx, area: area, by: heir), on: day,
            payBy: payBy, lateFees: lateFees(try law(tx, area: area)))
    }

    /// The last letter that was sent to an employer (催缴通知书), as its matter recorded it; nil when none was.
    ///
    /// Its bills are told only while they still come to what was demanded: a bill corrected since is on another letter.
    public static func sentDunning(
        _ tx: any Transaction, area: AreaCode, to employer: ID<Employer>
    ) throws -> (sent: Dunning, arrears: [Arrear])? {
        let heir = try Enrolment.heir(tx, area: area, of: employer)
        guard let sent = try Contributions.dunnings(tx, area: area, of: .employer(heir)).first else { return nil }
        let letter = try dunning(tx, area: area, of: heir, on: sent.on, payBy: sent.payBy)
        guard let letter, Int64(letter.arrears.count) == sent.bills, letter.principal == sent.principal,
            letter.lateFee == sent.lateFee
        else { return (sent, []) }
        return (sent, letter.arrears)
    }

    // MARK: - Months without a bill

    /// What speaks against closing an employer whose months are not all billed (单位注销须先核定): a later run would bill
    /// somebody who is gone.
    static func unbilledObjections(
        _ tx: any Transaction, area: AreaCode, closing employer: ID<Employer>, on day: Day
    ) throws -> [Problem] {
        let all = try [employer] + Enrolment.absorbed(tx, area: area, by: employer)
        return try all.compactMap { id in
            let months = try unbilledMonths(tx, area: area, of: id, through: day.month)
            if months.isEmpty { return nil }
            let named = months.prefix(12).map(\.description).joined(separator: "、")
            let whose = id == employer ? "" : "被并单位 \(id) "
            return Problem(
                "enrolment.employer.unbilled", field: "employer",
                "\(whose)\(named)\(months.count > 12 ? " 等 \(months.count) 个月" : "")有在保人员还没有核定应缴,请先办理按月核定或补收并缴清,再注销")
        }
    }

    /// The months in which an employer had people who owe contributions and were not billed for them.
    static func unbilledMonths(
        _ tx: any Transaction, area: AreaCode, of employer: ID<Employer>, through last: Month
    ) throws -> [Month] {
        Set(try unbilled(tx, area: area, of: employer, through: last).map(\.month)).sorted()
    }
}
