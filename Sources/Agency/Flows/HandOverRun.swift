import Basics
import Control
import Enrolment
import Policy
import Settlement
import Storage

/// Handing people to their towns (移交乡镇), step by step: first they are looked for, some at a time, and noted; then
/// town after town gets its list, whole. A run that was cut off goes on where it stopped.
struct HandOverRun: Sendable {
    enum Scope: Sendable {
        /// 应保未保: people of a list who are not insured, or have not paid for the year; each once a month.
        case missing(ID<PopulationList>)
        /// 防返贫: people whose own payments up to a month's end reach their group's threshold; each once in the months
        /// that are looked at.
        case burdened(Month)
    }

    /// Lines of a list compared in one step
    static let linesAStep = 500
    /// People's numbers looked through in one step
    static let peopleAStep: Int64 = 2_000
    /// Where the towns begin among the cursors: behind every line and every person.
    private static let firstTown: Int64 = 0x4000_0000_0000_0000

    let scope: Scope
    let matter: ID<Matter>
    let ground: TargetGround

    private var area: AreaCode { ground.area }

    /// Does one step from a cursor.
    ///
    /// - Parameter day: the day on which the search begins; later steps look at that day still.
    func step(_ tx: any Transaction, from cursor: Int64, on day: Day) throws -> JobStep {
        if cursor == 0 { try begin(tx, on: day) }
        guard let search = try Enrolment.handOverSearch(tx, area: area, of: matter) else {
            throw StoreError.damaged("the search of matter \(matter) has not begun")
        }
        let all = try extent(tx, search)
        if cursor >= Self.firstTown { return try handOver(tx, search, Int(cursor - Self.firstTown), after: all) }
        let found = try look(tx, search, after: cursor, all)
        try Enrolment.note(tx, found.lines, of: search, part: cursor, on: ground)
        return .more(next: found.next ?? Self.firstTown, done: Int(min(found.next ?? all, all)), of: Int(all) + 1)
    }

    private func begin(_ tx: any Transaction, on day: Day) throws {
        let search: HandOverSearch
        switch scope {
        case .missing(let list):
            try Enrolment.requireWhole(tx, area: area, list: list)
            search = HandOverSearch(
                matter: matter, kind: .notEnrolled, list: list, month: day.month, since: day.month, day: day)
        case .burdened(let month):
            let months = try terms(tx, month).months
            search = HandOverSearch(
                matter: matter, kind: .burdened, month: month, since: month + -(months - 1), day: month.last)
        }
        try Enrolment.begin(tx, search, on: ground)
    }

    private func terms(_ tx: any Transaction, _ month: Month) throws -> BurdenTerms {
        try BurdenTerms(Agency.law(tx, area: area).on(month.last, for: .resident))
    }

    /// How many lines or numbers there are to look through.
    private func extent(_ tx: any Transaction, _ search: HandOverSearch) throws -> Int64 {
        guard let list = search.list else { return try Enrolment.lastPerson(tx, area: area)?.raw ?? 0 }
        return try Enrolment.requireWhole(tx, area: area, list: list).lineCount
    }

    // MARK: - Looking

    /// Whom the next of them adds, and from where to go on; no next after the last.
    private func look(
        _ tx: any Transaction, _ search: HandOverSearch, after cursor: Int64, _ all: Int64
    ) throws -> (lines: [HandOverLine], next: Int64?) {
        if let list = search.list { return try lookThrough(tx, list, on: search.day, after: cursor) }
        guard cursor < all else { return ([], nil) }
        let end = min(all, cursor + Self.peopleAStep)
        let terms = try terms(tx, search.month)
        let lines = try Agency.burdens(tx, area: area, month: search.month, terms, of: cursor + 1...end).map { burden in
            HandOverLine(
                person: burden.person.id, paper: burden.person.paper, name: burden.person.name,
                town: burden.person.division, amount: burden.own, threshold: burden.threshold,
                ground: "近 \(terms.months) 个月个人负担达到\(burden.assistance?.name ?? "普通居民")监测标准(\(burden.clause))")
        }
        return (lines, end < all ? end : nil)
    }

    private func lookThrough(
        _ tx: any Transaction, _ id: ID<PopulationList>, on day: Day, after line: Int64
    ) throws -> (lines: [HandOverLine], next: Int64?) {
        let list = try Enrolment.requireWhole(tx, area: area, list: id)
        let page = try Agency.compare(tx, area: area, list: id, on: day, after: line, limit: Self.linesAStep)
        let lines = page.filter(\.isMissing).map { finding in
            HandOverLine(
                person: finding.person, paper: finding.given.paper, name: finding.given.name, town: finding.given.town,
                ground: "\(list.name):\(finding.word)")
        }
        let last = page.last?.line ?? list.lineCount
        return (lines, last < list.lineCount ? last : nil)
    }

    // MARK: - Handing over

    private func handOver(
        _ tx: any Transaction, _ search: HandOverSearch, _ index: Int, after all: Int64
    ) throws -> JobStep {
        let towns = try Enrolment.towns(tx, area: area, of: search)
        if index < towns.count { try Enrolment.handOver(tx, search, town: towns[index], on: ground) }
        guard index + 1 < towns.count else { return .finished(try carried(tx)) }
        return .more(
            next: Self.firstTown + Int64(index) + 1, done: Int(all) + index + 1, of: Int(all) + towns.count)
    }

    private func carried(_ tx: any Transaction) throws -> Carried {
        let made = try Enrolment.handOvers(tx, area: area, of: matter)
        let people = made.map(\.lineCount).reduce(0, +)
        let sentence =
            made.isEmpty
            ? "没有须移交的人员,没有生成移交单" : "已生成 \(made.count) 份移交单,共 \(people) 人,每个乡镇一份;已移交过的人员不再重复"
        return Carried(made.map { ("handOver", $0.id.raw) }, sentence)
    }
}
