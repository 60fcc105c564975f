import Basics
import Contributions
import Control
import Enrolment
import Policy
import Storage

/// Accounts that hold more for a month than what stands billed for it brings (个人账户多划): its base was lowered, or its bill
/// taken back, after the month had been credited.
extension Agency {
    /// By how much each of some people was credited too much for a month; who was not is left out.
    static func overCredits(
        _ tx: any Transaction, area: AreaCode, month: Month, among people: [ID<Person>]
    ) throws -> [OverCredit] {
        let terms = try AccountCreditTerms(law(tx, area: area), month: month)
        let bases = try Contributions.standingBases(tx, area: area, month: month, among: people)
        return try people.compactMap { person in
            guard let credited = try Contributions.credited(tx, area: area, person, month: month) else { return nil }
            let billed = bases[person].map { terms.amount(for: .employed(base: $0)) } ?? .zero
            guard credited > billed else { return nil }
            // A retired person's month is credited without any bill.
            let isRetired = try Enrolment.insured(tx, area: area, person)?.spells.contains { spell in
                spell.insurance == .employee && spell.category.isRetired && spell.period.contains(month.last)
            }
            let worth = isRetired == true ? max(billed, terms.amount(for: .retired)) : billed
            guard credited > worth else { return nil }
            return OverCredit(
                person: person, month: month, credited: credited, worth: worth,
                balance: try Contributions.balance(tx, area: area, of: person) ?? .zero,
                isClosed: try Contributions.isClosed(tx, area: area, person))
        }
    }

    /// What somebody's month was credited too much; otherwise the problem that says that it was not.
    static func requireOverCredit(
        _ tx: any Transaction, area: AreaCode, _ person: ID<Person>, _ month: Month
    ) throws -> OverCredit {
        guard let over = try overCredits(tx, area: area, month: month, among: [person]).first else {
            throw Problem(
                "contributions.overcredit.none", field: "month", "此人 \(month) 的个人账户没有多划,不必冲减;单笔流水有误的请办理个人账户流水更正")
        }
        guard !over.isClosed else {
            throw Problem(
                "contributions.overcredit.closed", field: "person",
                "账户已清退,多划的 \(over.amount) 元已随余额付出,请向领款人追回")
        }
        guard over.recoverable > .zero else {
            throw Problem(
                "contributions.overcredit.spent", field: "person",
                "多划的 \(over.amount) 元已全部使用,账户没有余额可冲减;请向本人追回,或待以后月份划入后再冲减")
        }
        return over
    }

    // MARK: Self-check

    private static let overCreditColumns = ["人员", "费款所属月", "已划入", "应划入", "多划", "账户余额", "可冲减"]

    /// The point of the risk self-check: what was credited too much and has not been taken back, month by month.
    static func overCreditPoint(_ tx: any Transaction, area: AreaCode) throws -> RiskPoint {
        var found: Set<OverCredit> = []
        var after = ID<LevyBill>(0)
        let end = try Contributions.lastBill(tx, area: area)
        while after < end {
            for (month, people) in try Contributions.creditedOnBillsTakenBack(tx, area: area, after: after) {
                found.formUnion(try overCredits(tx, area: area, month: month, among: people))
            }
            after = ID(after.raw + Int64(Contributions.billsALook))
        }
        let rows = found.sorted { ($0.month, $0.person) < ($1.month, $1.person) }
        return RiskPoint(
            "accounts.overcredited", "个人账户多划未冲减", basis: "国办发〔2021〕14号第二条:按缴费基数划入个人账户",
            figure: "\(rows.count) 人月 \(rows.map(\.amount).total()) 元", rows.isEmpty ? .sound : .finding,
            overCreditColumns,
            rows.map { over in
                RiskRow(
                    [
                        "\(over.person)", "\(over.month)", "\(over.credited)", "\(over.worth)", "\(over.amount)",
                        "\(over.balance)", "\(over.recoverable)",
                    ], .overCredit(over.person, over.month, over.recoverable))
            })
    }
}
