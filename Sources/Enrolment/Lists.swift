import Basics
import Control
import Seals
import Storage

/// The kind of identifier of a list that was handed in (参保名单).
public enum EnrolmentListEntry {}

/// What became of one line of a list (名单行的办理结果).
public struct ListResult: Hashable, Sendable {
    public enum Outcome: Int64, Sendable, CaseIterable {
        /// 已办理
        case carried = 1
        /// 无需处理: it stood in the register already
        case unchanged = 2
        /// 未办理: the line's problem says why
        case refused = 3

        public var name: String {
            switch self {
            case .carried: "已办理"
            case .unchanged: "无需处理"
            case .refused: "未办理"
            }
        }
    }
    public var line: Int
    public var outcome: Outcome
    public var person: ID<Person>?
    /// The column that speaks against it; empty otherwise.
    public var column: String
    /// What was done, or what is wrong and what to do next.
    public var message: String
    /// The line as it was handed in, in the template's order.
    public var cells: [String]
}

/// How far a list has been carried out (名单办理进度).
public struct ListProgress: Hashable, Sendable {
    public var list: ID<EnrolmentListEntry>
    public var lineCount: Int
    public var carried = 0
    public var unchanged = 0
    public var refused = 0

    public var done: Int { carried + unchanged + refused }

    public var sentence: String { "共 \(lineCount) 行:办理 \(carried) 行,无需处理 \(unchanged) 行,未办理 \(refused) 行" }
}

/// What a list would do if it were carried out now (名单预检结果).
public struct ListPreview: Sendable {
    public var problems: [CellProblem]
    /// How many lines would do what: 新登记并参保 30, 已在保,无需处理 2.
    public private(set) var deeds: [String: Int] = [:]
    /// The first lines with what each would do: of a list of deaths, who is dead and still insured.
    public private(set) var lines: [(line: Int, deed: String)] = []

    init(problems: [CellProblem]) { self.problems = problems }

    mutating func take(_ decided: DecidedLine) {
        switch decided.result {
        case .failure(let problem): problems.append(problem)
        case .success(let decision):
            deeds[decision.summary, default: 0] += 1
            if lines.count < Enrolment.listProblemsMax { lines.append((decided.line.number, decision.summary)) }
        }
    }
}

/// A list that is to be carried out (待办名单).
public struct ListOrder: Sendable {
    public var list: EnrolmentList
    public var file: String
    public var employer: ID<Employer>?
    /// 整批办理: all lines or none, at most `Enrolment.wholeListMax` of them.
    public var isWhole: Bool
    public var terms: EnrolmentTerms
    /// SM3 over the file's bytes, the kind and the employer: the same again is the same list.
    public let digest: [UInt8]

    public init(
        _ list: EnrolmentList, file: String, text: String, employer: ID<Employer>?, isWhole: Bool,
        terms: EnrolmentTerms
    ) {
        self.list = list
        self.file = file
        self.employer = employer
        self.isWhole = isWhole
        self.terms = terms
        digest = SM3.hash("\(list.kind.rawValue)|\(employer?.raw ?? 0)|" + text)
    }

    /// Under what it is kept when it was handed in so many times before and each time ended half-way.
    func digest(afterAttempts count: Int) -> [UInt8] { (0..<count).reduce(digest) { digest, _ in SM3.hash(digest) } }
}

extension Enrolment {
    /// A list that is carried out whole or not at all has at most so many lines: it is one transaction.
    public static let wholeListMax = 5000
    /// Lines carried out in one transaction.
    public static let listChunk = 2000
    /// More problems than this are not shown at once: the person begins with the first anyway.
    public static let listProblemsMax = 1000

    // MARK: - Checking

    /// What a list would do, and what is wrong with it cell by cell (名单预检). One that is not to be carried out whole may
    /// be handed in all the same: its bad lines are reported and the others carried out.
    public static func preview(
        _ tx: any Transaction, area: AreaCode, of order: ListOrder, today: Day
    ) throws -> ListPreview {
        var preview = ListPreview(problems: order.list.problems)
        let context = ListContext(kind: order.list.kind, employer: order.employer, today: today, terms: order.terms)
        var rest = order.list.lines[...]
        while !rest.isEmpty, preview.problems.count < listProblemsMax {
            let chunk = Array(rest.prefix(listChunk))
            rest = rest.dropFirst(listChunk)
            for decided in try decide(tx, area: area, chunk, context) { preview.take(decided) }
        }
        preview.problems.sort { ($0.line, $0.column) < ($1.line, $1.column) }
        return preview
    }

    /// The problems of a preview alone.
    public static func problems(
        _ tx: any Transaction, area: AreaCode, of order: ListOrder, today: Day
    ) throws -> [CellProblem] { try preview(tx, area: area, of: order, today: today).problems }

    /// What speaks against handing a list in at all (名单受理的检查): handed in before, no employer, nobody in order,
    /// or any problem where it is to be carried out whole.
    public static func objections(
        _ tx: any Transaction, area: AreaCode, handingIn order: ListOrder, today: Day
    ) throws -> [Problem] {
        var problems = Problems()
        if let repeated = try repetition(tx, area: area, of: order) { return [repeated] }
        if order.list.kind.needsEmployer {
            if let employer = order.employer {
                if order.list.kind != .leavers {
                    do { try requireTaking(tx, area: area, employer) } catch let problem as Problem {
                        problems.all.append(problem)
                    }
                } else {
                    _ = try requireEmployer(tx, area: area, employer)
                }
            } else {
                problems.add("enrolment.list.employer", field: "employer", "请选择“\(order.list.kind.name)”所属的单位")
            }
        }
        if order.isWhole, order.list.cells.count > wholeListMax {
            problems.add(
                "enrolment.list.wholeMax", field: "whole",
                "整批办理最多 \(wholeListMax) 行,这份名单有 \(order.list.cells.count) 行,请改为逐行办理或分开提交")
        }
        let cells = try self.problems(tx, area: area, of: order, today: today)
        if order.isWhole || cells.count >= order.list.cells.count { problems.all += cells.map(\.problem) }
        return problems.all
    }

    /// What speaks against handing the same list in again (名单重复): it was carried out, or is under way. One that was ended
    /// half-way may come again: what was done of it then needs nothing more.
    private static func repetition(
        _ tx: any Transaction, area: AreaCode, of order: ListOrder
    ) throws -> Problem? {
        guard let (list, matter) = try attempts(tx, area: area, of: order).last else { return nil }
        switch try Matters.state(tx, area: area, of: matter) {
        case .terminated: return nil
        case .carrying, .stopped:
            return Problem(
                "enrolment.list.repeated", field: "sheet",
                "这份名单正在由办件 \(matter) 办理,没有办完;请在那件办件中恢复办理,或终止后再交")
        default:
            return Problem(
                "enrolment.list.repeated", field: "sheet", "这份名单已经办理过(名单 \(list)),不必再交;有增补的请另交一份")
        }
    }

    /// The times that a list was handed in, the first first.
    private static func attempts(
        _ tx: any Transaction, area: AreaCode, of order: ListOrder
    ) throws -> [(list: ID<EnrolmentListEntry>, matter: ID<Matter>)] {
        var found: [(list: ID<EnrolmentListEntry>, matter: ID<Matter>)] = []
        while let next = try tx.first(
            listByDigest, Value(area), .bytes(order.digest(afterAttempts: found.count)),
            read: { (list: try $0.id(0, EnrolmentListEntry.self), matter: try $0.id(1, Matter.self)) })
        {
            found.append(next)
        }
        return found
    }

    private static let listByDigest: SQL = "SELECT id, matter FROM enrolment_list WHERE area = ? AND digest = ?"

    // MARK: - Carrying out

    /// Registers a list with all its lines, so that chunks can follow. The same matter again finds its list.
    public static func enter(
        _ tx: any Transaction, _ order: ListOrder, matter: ID<Matter>, by origin: ActOrigin
    ) throws -> ID<EnrolmentListEntry> {
        if let known = try tx.first(listByMatter, Value(origin.area), Value(matter), read: { try $0.int(0) }) {
            return ID(known)
        }
        // Handed in twice before either was carried out, it is still one list.
        if let repeated = try repetition(tx, area: origin.area, of: order) { throw repeated }
        let attempts = try attempts(tx, area: origin.area, of: order).count
        let id = try tx.nextID(EnrolmentListEntry.self, "enrolment_list")
        try tx.execute(
            listInsertion, Value(origin.area), Value(id), Value(code: order.list.kind), .text(order.file),
            .bytes(order.digest(afterAttempts: attempts)), Value(order.employer), .int(Int64(order.list.cells.count)),
            Value(order.isWhole),
            .int(origin.actor.columns.kind), .int(origin.actor.columns.number), Value(origin.at), Value(matter))
        try tx.insert(
            into: "enrolment_list_line", columns: ["area", "list", "line", "fields", "contested"],
            rows: order.list.cells.map {
                [
                    Value(origin.area), Value(id), .int(Int64($0.number)),
                    .text($0.fields.joined(separator: "\u{1F}")),
                    order.list.contested[$0.number].map { .int(Int64($0)) } ?? .null,
                ]
            })
        var rows = RowDigest()
        try Evidence.addList(tx, area: origin.area, list: id.raw, to: &rows)
        try EventLog.append(
            tx,
            Event(
                area: origin.area, kind: .listEntered, subject: id.raw, actor: origin.actor, at: origin.at,
                detail: #"{"lines":\#(order.list.cells.count)}"#, rows: rows))
        return id
    }

    private static let listByMatter: SQL = "SELECT id FROM enrolment_list WHERE area = ? AND matter = ?"
    private static let listInsertion: SQL = """
        INSERT INTO enrolment_list (area, id, kind, file, digest, employer, line_count, is_whole, actor_kind, actor, at,
            matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Carries out the next lines of a list, all of them for one that is whole. Answers the last line done; nil when
    /// none was left. Lines done before are never touched again.
    ///
    /// - Throws: for a whole list, its problems: then nothing of it is written.
    public static func carryOutNext(
        _ tx: any Transaction, _ list: ID<EnrolmentListEntry>, after line: Int, terms: EnrolmentTerms,
        by origin: ActOrigin
    ) throws -> Int? {
        guard let head = try ListHead.read(tx, area: origin.area, list) else {
            throw Problem("enrolment.list.unknown", field: "list", "没有名单 \(list),请刷新后重试")
        }
        var origin = origin
        origin.matter = head.matter
        let limit = head.isWhole ? wholeListMax : listChunk
        let cells = try tx.rows(nextLines, Value(origin.area), Value(list), .int(Int64(line)), .int(Int64(limit))) {
            (
                number: Int(try $0.int(0)),
                fields: try $0.text(1).split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init),
                contested: try $0.intOrNil(2).map(Int.init)
            )
        }
        guard let first = cells.first, let last = cells.last else { return nil }
        let read = EnrolmentList(kept: cells.map { ($0.number, $0.fields) }, kind: head.kind)
        let context = ListContext(kind: head.kind, employer: head.employer, today: origin.at.day, terms: terms)
        var decided = try decide(tx, area: origin.area, read.lines, context)
        refuseContested(cells.map { ($0.number, $0.contested) }, &decided)
        if head.kind == .assisted { try refuseCarried(tx, area: origin.area, list, &decided) }
        if head.isWhole {
            let problems =
                read.problems
                + decided.compactMap { decided in
                    if case .failure(let problem) = decided.result { problem } else { nil }
                }
            try Problems(problems.map(\.problem)).throwIfAny()
        }
        var writing = ListWriting(list: list, chunk: Int64(first.number), employer: head.employer, origin: origin)
        try writing.write(tx, decided, unreadable: read.problems)
        try writing.record(tx)
        return last.number
    }

    /// Refuses every line whose paper the list gives to another name as well, in whichever chunk that stands.
    private static func refuseContested(_ cells: [(number: Int, other: Int?)], _ decided: inout [DecidedLine]) {
        let others = Dictionary(uniqueKeysWithValues: cells.compactMap { cell in cell.other.map { (cell.number, $0) } })
        for index in decided.indices {
            let number = decided[index].line.number
            guard let other = others[number] else { continue }
            decided[index].result = .failure(.contested(number, other))
        }
    }

    /// Refuses lines whose people an earlier chunk dealt with under another of their papers: one line a person.
    private static func refuseCarried(
        _ tx: any Transaction, area: AreaCode, _ list: ID<EnrolmentListEntry>, _ decided: inout [DecidedLine]
    ) throws {
        let before = Set(try tx.rows(carriedPeople, Value(area), Value(list)) { try $0.id(0, Person.self) })
        for index in decided.indices {
            guard let person = decided[index].known?.person.id, before.contains(person) else { continue }
            decided[index].result = .failure(
                CellProblem(
                    line: decided[index].line.number, column: ListColumn.paperNumber.name,
                    code: "enrolment.person.doubled", message: "此人在本名单前面一行已用另一证件办理,请只留一行"))
        }
    }

    private static let carriedPeople: SQL = """
        SELECT person FROM enrolment_list_result WHERE area = ? AND list = ? AND outcome = 1
        """
    private static let nextLines: SQL = """
        SELECT line, fields, contested FROM enrolment_list_line WHERE area = ? AND list = ? AND line > ? ORDER BY line LIMIT ?
        """

    // MARK: - Results

    /// The list that a matter carries out.
    public static func list(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> ID<EnrolmentListEntry>? {
        try tx.first(listByMatter, Value(area), Value(matter)) { try $0.id(0) }
    }

    public static func progress(
        _ tx: any Transaction, area: AreaCode, of list: ID<EnrolmentListEntry>
    ) throws -> ListProgress {
        let count = try tx.first(lineCount, Value(area), Value(list)) { Int(try $0.int(0)) } ?? 0
        var progress = ListProgress(list: list, lineCount: count)
        try tx.forEach(outcomes, [Value(area), Value(list)]) { row in
            let outcome: ListResult.Outcome = try row.code(0)
            let count = Int(try row.int(1))
            switch outcome {
            case .carried: progress.carried = count
            case .unchanged: progress.unchanged = count
            case .refused: progress.refused = count
            }
            return true
        }
        return progress
    }

    private static let lineCount: SQL = "SELECT line_count FROM enrolment_list WHERE area = ? AND id = ?"
    private static let outcomes: SQL = """
        SELECT outcome, count(*) FROM enrolment_list_result WHERE area = ? AND list = ? GROUP BY outcome
        """

    /// What became of a list's lines, by line, of one outcome: those refused are handed back to who made the list.
    public static func results(
        _ tx: any Transaction, area: AreaCode, of list: ID<EnrolmentListEntry>, _ outcome: ListResult.Outcome,
        after line: Int = 0, limit: Int = 500
    ) throws -> [ListResult] {
        try tx.rows(
            resultsOfList, Value(area), Value(list), Value(code: outcome), .int(Int64(line)),
            .int(Int64(min(limit, pageMax)))
        ) { row in
            ListResult(
                line: Int(try row.int(0)), outcome: outcome, person: try row.intOrNil(1).map { ID($0) },
                column: try row.text(2), message: try row.text(3),
                cells: try row.text(4).split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init))
        }
    }

    private static let resultsOfList: SQL = """
        SELECT r.line, r.person, r.field, r.message, l.fields FROM enrolment_list_result r
        JOIN enrolment_list_line l ON l.area = r.area AND l.list = r.list AND l.line = r.line
        WHERE r.area = ? AND r.list = ? AND r.outcome = ? AND r.line > ? ORDER BY r.line LIMIT ?
        """
}

/// A list's own row.
private struct ListHead {
    let kind: ListKind
    let employer: ID<Employer>?
    let isWhole: Bool
    let matter: ID<Matter>

    static func read(
        _ tx: any Transaction, area: AreaCode, _ list: ID<EnrolmentListEntry>
    ) throws -> ListHead? {
        try tx.first(selection, Value(area), Value(list)) { row in
            ListHead(
                kind: try row.code(0), employer: try row.intOrNil(1).map { ID($0) }, isWhole: try row.flag(2),
                matter: try row.id(3))
        }
    }

    private static let selection: SQL =
        "SELECT kind, employer, is_whole, matter FROM enrolment_list WHERE area = ? AND id = ?"
}
