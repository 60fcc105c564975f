import Basics
import Control
import Seals
import Storage

/// A list of people that was handed in (名单), without its lines.
public struct PopulationList: Hashable, Sendable, Record {
    public let id: ID<PopulationList>
    public let kind: PopulationKind
    public let name: String
    public let asOf: Day
    public let lineCount: Int64
    /// How many of its lines are kept so far: a long list comes part by part.
    public let keptCount: Int64
    /// The matter that handed it in; nil for a list of the set-up.
    public let matter: ID<Matter>?

    /// Nothing may be concluded from a list of which a part is missing.
    public var isWhole: Bool { keptCount == lineCount }

    static let columns = """
        id, kind, name, as_of_day, line_count, COALESCE((SELECT max(p.last_line) FROM population_part p
            WHERE p.area = population_list.area AND p.list = population_list.id), 0), matter
        """

    public init(_ row: any Row) throws {
        id = try row.id(0)
        kind = try row.code(1)
        name = try row.text(2)
        asOf = try row.day(3)
        lineCount = try row.int(4)
        keptCount = try row.int(5)
        matter = try row.intOrNil(6).map { ID($0) }
    }
}

/// What a line of a list says of the register (比对结果).
public struct PopulationFinding: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// 已参保
        case insured(ID<Person>, Insurance)
        /// 登记在册,本年度未缴费(居民)
        case unpaid(ID<Person>, year: Int)
        /// 已登记,当日未参保
        case notInsured(ID<Person>)
        /// 系统里没有这个人
        case unknown
        /// 同名同日出生不止一人,需人工核对
        case ambiguous([ID<Person>])
        /// 已死亡
        case dead(ID<Person>)
    }

    public var line: Int64
    public var given: PopulationLine
    public var state: State
    /// Found by name and birth, since the paper is unknown.
    public var isByName: Bool

    /// 应保未保: alive, and no basic insurance on the day, or a resident's that is not paid for.
    public var isMissing: Bool {
        switch state {
        case .unpaid, .notInsured, .unknown: true
        case .insured, .ambiguous, .dead: false
        }
    }

    /// 待核对: nobody can say who of the register it is before the papers have been looked at.
    public var isDoubtful: Bool { if case .ambiguous = state { true } else { false } }

    public var person: ID<Person>? {
        switch state {
        case .insured(let id, _), .unpaid(let id, _), .notInsured(let id), .dead(let id): id
        case .unknown, .ambiguous: nil
        }
    }

    /// For lists.
    public var word: String {
        switch state {
        case .insured(_, let insurance): "已参保(\(insurance.name))"
        case .unpaid(_, let year): "登记在册,\(year) 年度未缴费"
        case .notInsured: "已登记,未参保"
        case .unknown: "未登记"
        case .ambiguous(let people): "同名同生日 \(people.count) 人,请核对证件"
        case .dead: "已死亡"
        }
    }
}

extension Enrolment {
    /// How many lines of a list are kept in one transaction.
    public static let populationPartMax = 20_000

    /// Keeps a list that was handed in, all its parts; answers its number.
    @discardableResult
    public static func keep(
        _ tx: any Transaction, _ lines: [PopulationLine], kind: PopulationKind, name: String, asOf: Day,
        on ground: TargetGround
    ) throws -> ID<PopulationList> {
        let id = try beginList(tx, lines, kind: kind, name: name, asOf: asOf, on: ground)
        var kept = 0
        while kept < lines.count { kept = try keepNext(tx, lines, of: id, after: kept, on: ground) }
        return id
    }

    /// Enters a list that was handed in, without its lines yet; answers its number.
    ///
    /// - Parameter digest: of the file, where the same file may be handed in again (`populationFile`).
    public static func beginList(
        _ tx: any Transaction, _ lines: [PopulationLine], kind: PopulationKind, name: String, asOf: Day,
        digest: [UInt8]? = nil, on ground: TargetGround
    ) throws -> ID<PopulationList> {
        try requireTowns(tx, area: ground.area, of: lines)
        let id = try tx.nextID(PopulationList.self, "population_list")
        try tx.execute(
            listInsertion, Value(ground.area), Value(id), Value(code: kind), .text(name), Value(asOf),
            .int(Int64(lines.count)), digest.map { .bytes($0) } ?? .null, Value(ground.batch), Value(ground.matter))
        try TargetEvidence.record(tx, list: id, by: ground)
        return id
    }

    /// By what a file that is handed in again is known: its kind of list and every byte of its text.
    public static func digest(ofPopulation text: String, kind: PopulationKind) -> [UInt8] {
        SM3.hash("\(kind.rawValue)|" + text)
    }

    /// What a file that is handed in is to its forerunners (同一份名单再交).
    public enum PopulationFile: Hashable, Sendable {
        /// 新名单, to be kept under this digest
        case new(digest: [UInt8])
        /// 接着导入: its import was ended half-way, or is this matter's own
        case unfinished(PopulationList)
    }

    /// Whether a file is new, or goes on where its import was ended; refused when it is in the house already, or on its way.
    /// Handed in again with another name or day it is another list, and the unfinished one is left as it is.
    ///
    /// - Parameter matter: by which it is brought; nil before that.
    public static func populationFile(
        _ tx: any Transaction, area: AreaCode, digest: [UInt8], name: String, asOf: Day, by matter: ID<Matter>? = nil
    ) throws -> PopulationFile {
        var digest = digest
        var last: PopulationList?
        while let known = try tx.one(PopulationList.self, listByFile, Value(area), .bytes(digest)) {
            last = known
            digest = SM3.hash(digest)
        }
        guard let last else { return .new(digest: digest) }
        if let matter, last.matter == matter { return .unfinished(last) }
        guard !last.isWhole else {
            throw Problem("enrolment.population.repeated", field: "sheet", "这份名单已经导入(名单 \(last.id)),不必再导;有变化的请另交新名单")
        }
        let state = try last.matter.flatMap { try Matters.state(tx, area: area, of: $0) }
        if let other = last.matter, let state, !state.isEnded {
            throw Problem(
                "enrolment.population.repeated", field: "sheet",
                "这份名单正在由办件 \(other) 导入(\(state.name)),请在那件办件中恢复办理,或终止后再交")
        }
        return last.name == name && last.asOf == asOf ? .unfinished(last) : .new(digest: digest)
    }

    private static let listByFile = SQL(
        "SELECT \(PopulationList.columns) FROM population_list WHERE area = ? AND digest = ?")

    /// Refuses a list that names towns which nobody knows.
    public static func requireTowns(_ tx: any Transaction, area: AreaCode, of lines: [PopulationLine]) throws {
        let known = Set(try towns(tx, area: area).map(\.code))
        let strangers = Set(lines.map(\.town)).subtracting(known)
        guard !strangers.isEmpty else { return }
        let shown = strangers.sorted().prefix(5).joined(separator: "、")
        throw Problem("enrolment.population.town", field: "乡镇代码", "没有登记乡镇 \(shown),请先导入乡镇名录或改正名单")
    }

    /// Keeps the next part of a list's lines; answers how many are kept then.
    ///
    public static func keepNext(
        _ tx: any Transaction, _ lines: [PopulationLine], of id: ID<PopulationList>, after kept: Int,
        atMost limit: Int = populationPartMax, on ground: TargetGround
    ) throws -> Int {
        let end = min(lines.count, kept + limit)
        let part = try tx.first(lastPart, Value(ground.area), Value(id)) { try $0.int(0) + 1 } ?? 1
        try tx.execute(
            partInsertion, Value(ground.area), Value(id), .int(part), .int(Int64(kept + 1)), .int(Int64(end)))
        try tx.insert(
            into: "population_line",
            columns: [
                "area", "list", "line", "paper_kind", "paper_number", "name", "birth_day", "town", "assistance",
                "phone",
            ],
            rows: lines[kept..<end].enumerated().map { index, line in
                [
                    Value(ground.area), Value(id), .int(Int64(kept + index + 1)), Value(code: line.paper.kind),
                    .text(line.paper.number), .text(line.name), Value(line.birth), .text(line.town),
                    Value(code: line.assistance), .text(line.phone),
                ]
            })
        try TargetEvidence.record(tx, part: part, of: id, by: ground)
        return end
    }

    private static let lastPart: SQL = """
        SELECT part FROM population_part WHERE area = ? AND list = ? ORDER BY part DESC LIMIT 1
        """
    private static let partInsertion: SQL = """
        INSERT INTO population_part (area, list, part, first_line, last_line) VALUES (?, ?, ?, ?, ?)
        """
    private static let listInsertion: SQL = """
        INSERT INTO population_list (area, id, kind, name, as_of_day, line_count, digest, batch, matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    public static func populationList(
        _ tx: any Transaction, area: AreaCode, _ id: ID<PopulationList>
    ) throws -> PopulationList? {
        try tx.one(PopulationList.self, listByID, Value(area), Value(id))
    }

    /// A list that may be compared with the register; otherwise the problem that says why not.
    @discardableResult
    public static func requireWhole(
        _ tx: any Transaction, area: AreaCode, list id: ID<PopulationList>
    ) throws -> PopulationList {
        guard let list = try populationList(tx, area: area, id) else {
            throw Problem("enrolment.population.unknown", field: "list", "没有名单 \(id),请核对名单编号")
        }
        guard list.isWhole else {
            throw Problem(
                "enrolment.population.underWay", field: "list",
                "名单 \(id) 还在导入(\(list.keptCount) / \(list.lineCount) 人),请等导入办结后再移交")
        }
        return list
    }

    private static let listByID = SQL("SELECT \(PopulationList.columns) FROM population_list WHERE area = ? AND id = ?")

    /// The lists before a given one, the newest first.
    public static func populationLists(
        _ tx: any Transaction, area: AreaCode, before list: ID<PopulationList> = ID(Int64.max), limit: Int = 50
    ) throws -> [PopulationList] {
        try tx.all(PopulationList.self, listSelection, Value(area), Value(list), .int(Int64(min(limit, 500))))
    }

    private static let listSelection = SQL(
        "SELECT \(PopulationList.columns) FROM population_list WHERE area = ? AND id < ? ORDER BY id DESC LIMIT ?")

    /// The lines of a list after a given one, each compared with the register as it is on a day: by the paper, else by
    /// name and date of birth. Whether a resident has paid is not the register's to say. No line beyond those that the list
    /// was handed in with is looked at.
    public static func compare(
        _ tx: any Transaction, area: AreaCode, list: ID<PopulationList>, on day: Day, after line: Int64 = 0,
        limit: Int = 1000
    ) throws -> [PopulationFinding] {
        let lines = try tx.rows(
            lineSelection, Value(area), Value(list), .int(line), Value(area), Value(list),
            .int(Int64(min(limit, 5000)))
        ) { row in
            (
                number: try row.int(0),
                given: PopulationLine(
                    paper: IdentityPaper(kind: try row.code(1), checked: try row.text(2)), name: try row.text(3),
                    birth: try row.day(4), town: try row.text(5), assistance: try row.codeOrNil(6),
                    phone: try row.text(7))
            )
        }
        return try lines.map { line in
            let (people, isByName) = try candidates(tx, area: area, line.given)
            return PopulationFinding(
                line: line.number, given: line.given,
                state: try state(tx, area: area, people, isByName ? line.given : nil, on: day), isByName: isByName)
        }
    }

    private static let lineSelection: SQL = """
        SELECT line, paper_kind, paper_number, name, birth_day, town, assistance, phone FROM population_line
        WHERE area = ? AND list = ? AND line > ?
            AND line <= (SELECT line_count FROM population_list WHERE area = ? AND id = ?)
        ORDER BY line LIMIT ?
        """

    private static func candidates(
        _ tx: any Transaction, area: AreaCode, _ line: PopulationLine
    ) throws -> (people: [ID<Person>], isByName: Bool) {
        if let person = try find(tx, area: area, paper: line.paper) { return ([person], false) }
        let key = NameKey(line.name).text
        let bounds: [Value] = [Value(area), .text(key), Value(line.birth)]
        let found = try tx.rows(idsByNameAndBirth, bounds + bounds) { try $0.id(0, Person.self) }
        let people = try Set(found.map { try survivor(tx, area: area, of: $0) })
        return (people.sorted(), true)
    }

    private static let idsByNameAndBirth: SQL = """
        SELECT id FROM person WHERE area = ? AND name_key = ? AND birth_day = ?
        UNION
        SELECT person FROM person_act WHERE area = ? AND name_key = ? AND birth_day = ?
        """

    /// - Parameter namesake: the line, where the person was found by name alone.
    private static func state(
        _ tx: any Transaction, area: AreaCode, _ people: [ID<Person>], _ namesake: PopulationLine?, on day: Day
    ) throws -> PopulationFinding.State {
        guard let id = people.first, let insured = try insured(tx, area: area, id) else { return .unknown }
        if people.count > 1 { return .ambiguous(people) }
        if let died = insured.person.died, died < day { return .dead(id) }
        let spell = insured.spells.first { $0.insurance.isBasic && $0.period.contains(day) }
        // Two identity numbers are two people until somebody has looked: the namesake's insurance is not theirs.
        if spell != nil, let namesake, namesake.paper.kind == .residentID, insured.person.paper.kind == .residentID {
            return .ambiguous(people)
        }
        return spell.map { .insured(id, $0.insurance) } ?? .notInsured(id)
    }
}

// MARK: - Verification

extension Enrolment {
    /// Lines of lists that no part brought, or that are missing from one (名单行数与分段不符): an event vouches for the lines of
    /// its part, and only a count for what stands outside of all.
    static func verifyPopulation(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(brokenLists, Value(area)) { row in
            let (list, stated) = (try row.int(0), try row.int(1))
            let (kept, held) = (try row.int(2), try row.int(3))
            return Problem(
                "enrolment.population.lines", field: "population_list \(list)",
                "名单 \(list) 登记 \(stated) 行、分段导入 \(kept) 行,实有 \(held) 行,行号或分段不相连;请核对是否有人绕过办件增删名单行")
        }
    }

    /// The parts of a list follow one another from its first line, and hold all its lines and no other.
    private static let brokenLists: SQL = """
        SELECT l.id, l.line_count, COALESCE(p.kept, 0), COALESCE(n.held, 0) FROM population_list l
        LEFT JOIN (
            SELECT area, list, CAST(sum(last_line - first_line + 1) AS BIGINT) AS kept, max(last_line) AS last_line,
                min(first_line) AS first_line
            FROM population_part GROUP BY area, list
        ) AS p ON p.area = l.area AND p.list = l.id
        LEFT JOIN (
            SELECT area, list, count(*) AS held, max(line) AS last_line FROM population_line GROUP BY area, list
        ) AS n ON n.area = l.area AND n.list = l.id
        WHERE l.area = ? AND (
            COALESCE(n.held, 0) <> COALESCE(p.kept, 0) OR COALESCE(n.last_line, 0) <> COALESCE(p.last_line, 0)
            OR COALESCE(p.last_line, 0) <> COALESCE(p.kept, 0) OR COALESCE(p.first_line, 1) <> 1
            OR COALESCE(p.last_line, 0) > l.line_count)
        ORDER BY l.id LIMIT 100
        """
}
