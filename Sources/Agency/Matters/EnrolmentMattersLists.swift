import Basics
import Contributions
import Control
import Enrolment
import Policy
import Sheets
import Storage

/// Lists of employers, schools, villages and other departments (批量办件): one matter a list, carried out in chunks.
///
/// A list is checked cell by cell before it is handed in. Unless it was to be carried out whole, lines that cannot be
/// carried out are reported back and the others go through; so one wrong number does not keep a thousand people
/// waiting.
enum ListMatters {
    static let kinds: [MatterKind] = ListKind.allCases.map(kind) + [ages]

    /// The template of a list, for download: headings, an example row, and what may be filled in.
    static func template(_ kind: ListKind) -> SheetTemplate {
        SheetTemplate(
            kind.name,
            kind.columns.map { SheetTemplate.Column($0.name, isRequired: $0.isRequired, example: $0.example) })
    }

    private static func kind(_ list: ListKind) -> MatterKind {
        var fields = [FormField("sheet", "名单", .sheet(template(list)))]
        if list.needsEmployer || list == .residents || list == .takenOver {
            fields.insert(FormField("employer", "单位(学校、村居)编号", .employer, isRequired: list.needsEmployer), at: 0)
        }
        fields.append(
            FormField(
                "whole", "整批办理", .yesNo, isRequired: false,
                help: "选“是”:有一行办不了就一行也不办,最多 \(Enrolment.wholeListMax) 行;不选:办不了的行逐行退回,其余照办"))
        return MatterKind(
            code: "enrolment.list.\(code(list))", name: list.name, section: .enrolment, basis: basis(list),
            fields: fields, steps: list == .takenOver ? EnrolmentMatters.stepsToChief : EnrolmentMatters.steps,
            check: { tx, draft in
                try EnrolmentMatters.objections {
                    if list == .takenOver { try requireOpening(tx, draft.area) }
                    guard let file = try draft.file(tx, "sheet") else { return [] }
                    let order = try order(tx, list, draft.area, draft.form, file, on: draft.today)
                    return try Enrolment.objections(tx, area: draft.area, handingIn: order, today: draft.today)
                }
            },
            effect: .job { tx, approved, cursor in try carryOut(tx, list, approved, cursor) })
    }

    /// A list of the former system says of benefits what nobody paid here for: it is taken while the books are being
    /// opened, and never again after the first bill.
    private static func requireOpening(_ tx: any Transaction, _ area: AreaCode) throws {
        guard try Contributions.bills(tx, area: area, after: ID(0), limit: 1).isEmpty else {
            throw Problem(
                "enrolment.list.opened", field: "sheet", "已经核定过应缴,期初接收已经结束;新参保的请交增员、学校或居民名单")
        }
    }

    private static func code(_ list: ListKind) -> String {
        switch list {
        case .joiners: "joiners"
        case .leavers: "leavers"
        case .students: "students"
        case .residents: "residents"
        case .assisted: "assisted"
        case .deaths: "deaths"
        case .takenOver: "opening"
        }
    }

    private static func basis(_ list: ListKind) -> String {
        switch list {
        case .joiners, .leavers: "社会保险法第五十八条;社会保险经办条例第十条、第十一条"
        case .students, .residents: "社会保险法第二十五条;国办发〔2024〕38号"
        case .assisted: "国办发〔2021〕42号第三条、第五条"
        case .deaths: "社会保险经办条例第十五条"
        case .takenOver: "社会保险法第七十四条"
        }
    }

    /// Every cell of a list that is wrong, also where it does not keep the list from being handed in (名单预检).
    static func cellProblems(_ tx: any Transaction, _ code: String, _ draft: MatterDraft) throws -> [Problem] {
        guard let list = ListKind.allCases.first(where: { "enrolment.list.\(self.code($0))" == code }),
            let file = try draft.file(tx, "sheet")
        else { return [] }
        let order = try order(tx, list, draft.area, draft.form, file, on: draft.today)
        return try Enrolment.problems(tx, area: draft.area, of: order, today: draft.today).map(\.problem)
    }

    // MARK: - Carrying out

    private static func order(
        _ tx: any Transaction, _ kind: ListKind, _ area: AreaCode, _ form: FormValues, _ file: AttachedFile, on day: Day
    ) throws -> ListOrder {
        let text = try SheetText.read(file.bytes, name: file.name)
        return ListOrder(
            try EnrolmentList(text, file: file.name, kind: kind), file: file.name, text: text,
            employer: form.employerIfGiven("employer"), isWhole: form.isYes("whole"),
            terms: try SpellMatters.terms(tx, area, day))
    }

    /// The first chunk puts the list's lines on record; each further one carries out the next of them. The cursor is the
    /// last line done, one more than it, so that nothing done yet is told from nothing entered yet.
    private static func carryOut(
        _ tx: any Transaction, _ kind: ListKind, _ approved: Approved, _ cursor: Int64
    ) throws -> JobStep {
        let origin = approved.origin(kind.name)
        if cursor == 0 {
            guard let file = try approved.file(tx, "sheet") else { return .finished(Carried([], "没有名单")) }
            let order = try order(tx, kind, approved.area, approved.form, file, on: approved.at.day)
            _ = try Enrolment.enter(tx, order, matter: approved.matter, by: origin)
            return .more(next: 1, done: 0, of: order.list.cells.count)
        }
        guard let list = try Enrolment.list(tx, area: approved.area, of: approved.matter) else {
            throw Problem("enrolment.list.unknown", "这份名单没有登记在册,请重新提交")
        }
        let terms = try SpellMatters.terms(tx, approved.area, approved.at.day)
        let last = try Enrolment.carryOutNext(tx, list, after: Int(cursor) - 1, terms: terms, by: origin)
        let progress = try Enrolment.progress(tx, area: approved.area, of: list)
        guard let last, progress.done < progress.lineCount else {
            return .finished(Carried([("list", list.raw)], "\(kind.name):\(progress.sentence)"))
        }
        return .more(next: Int64(last) + 1, done: progress.done, of: progress.lineCount)
    }

    // MARK: - The year's change of categories

    /// 居民人员类别结转: whom the years have made a minor, an adult or an elderly person.
    static let ages = MatterKind(
        code: "enrolment.residents.ages", name: "居民人员类别年度结转", section: .enrolment,
        basis: "社会保险法第二十五条", fields: [FormField("day", "结转日期", .day, help: "一般为参保年度的第一天")],
        steps: EnrolmentMatters.stepsToChief,
        check: { _, draft in
            // A slip in the year would change the whole county from a day long past, or far ahead.
            let thisYear = Month(year: draft.today.year, month: 1).first
            return try [
                DayBound.insurance.objection(
                    to: draft.form.day("day"), since: thisYear, today: draft.today, field: "day")
            ].compactMap(\.self)
        },
        effect: .job { tx, approved, cursor in
            let day = try approved.form.day("day")
            let ages = try ResidentAges(try Agency.law(tx, area: approved.area), on: day)
            let step = try Enrolment.advanceCategories(
                tx, after: ID(cursor), on: day, ages: ages, by: approved.origin("居民人员类别年度结转"))
            // The counter reads of them what was reckoned; of the others the spells themselves tell.
            let reckoned = try step.changed.filter { try Enrolment.cover(tx, area: approved.area, of: $0) != nil }
            try Agency.refreshCover(
                tx, area: approved.area, of: reckoned, by: approved.actor, at: approved.at, matter: approved.matter)
            guard let last = step.last else {
                return .finished(Carried([], "居民人员类别已按 \(day) 的年龄结转"))
            }
            return .more(next: last.raw, done: Int(step.seen), of: Int(step.all))
        })
}

extension Agency {
    /// What of a matter's uploaded list cannot be carried out, cell by cell: shown before it is handed in, although the
    /// other lines would be carried out all the same.
    public static func cellProblems(
        _ tx: any Transaction, of kind: MatterKind, _ draft: MatterDraft
    ) throws -> [Problem] {
        try ListMatters.cellProblems(tx, kind.code, draft)
    }
}
