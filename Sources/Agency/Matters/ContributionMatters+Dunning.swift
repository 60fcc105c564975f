import Basics
import Contributions
import Control
import Enrolment
import Storage

extension ContributionMatters {
    /// Employers that one transaction looks at.
    private static let lettersMax = 200

    /// Demands arrears in writing (催缴), of one employer or of all that are late; each letter stays on record.
    static let dun = MatterKind(
        code: "contributions.dun", name: "催缴欠费", section: .contributions, basis: "《中华人民共和国社会保险法》第六十三条",
        fields: [
            FormField("employer", "单位", .employer, isRequired: false, help: "留空则向全部欠费单位催缴"),
            FormField("pay_by", "限期缴清日", .day),
        ],
        steps: baseRoute,
        check: { tx, draft in
            guard try draft.form.day("pay_by") > draft.today else {
                return [Problem("contributions.dunning.day", field: "pay_by", "限期应晚于今天 \(draft.today),请修改")]
            }
            guard let employer = draft.form.employerIfGiven("employer") else { return [] }
            let letter = try letter(tx, draft.area, employer, on: draft.today, payBy: try draft.form.day("pay_by"))
            return letter != nil
                ? [] : [Problem("contributions.dunning.nothing", field: "employer", "这个单位没有逾期未缴的应缴,或已缓缴、分期,不必催缴")]
        },
        effect: .job(chunk: { tx, approved, cursor in
            let page = try letters(tx, approved, after: ID(cursor))
            for letter in page.letters {
                // Of several employers merged into one, that one is written to once.
                let isSent = try Contributions.dunnings(tx, area: approved.area, of: letter.payer)
                    .contains { $0.matter == approved.matter }
                if isSent { continue }
                try Contributions.record(tx, area: approved.area, letter, ground(approved, "催缴欠费"))
            }
            let sent = try Contributions.letterCount(tx, area: approved.area, of: approved.matter)
            if let next = page.next { return .more(next: next.raw, done: sent, of: sent + 1) }
            return .finished(
                Carried([], "已催缴 \(sent) 家单位,限 \(try approved.form.day("pay_by")) 前缴清;通知书在单位的欠费页打印"))
        }))

    private static func letters(
        _ tx: any Transaction, _ approved: Approved, after employer: ID<Employer>
    ) throws -> DunningPage {
        let payBy = try approved.form.day("pay_by")
        let day = approved.at.day
        if let only = approved.form.employerIfGiven("employer") {
            let letter = try letter(tx, approved.area, only, on: day, payBy: payBy)
            return DunningPage(letters: letter.map { [$0] } ?? [], next: nil)
        }
        return try Contributions.dunningLetters(
            tx, area: approved.area, on: day, after: employer, limit: lettersMax
        ) { try letter(tx, approved.area, $0, on: day, payBy: payBy) }
    }

    private static func letter(
        _ tx: any Transaction, _ area: AreaCode, _ employer: ID<Employer>, on day: Day, payBy: Day
    ) throws -> DunningLetter? {
        try Agency.dunning(tx, area: area, of: employer, on: day, payBy: payBy)
    }
}
