import Basics
import Control
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

    /// Nothing may be concluded from a list of which a part is missing.
    public var isWhole: Bool { keptCount == lineCount }

    static let columns = """
        id, kind, name, as_of_day, line_count, COALESCE((SELECT max(p.last_line) FROM population_part p
            WHERE p.area = population_list.area AND p.list = population_list.id), 0)
        """

    public init(_ row: any Row) throws {
        id = try row.id(0)
        kind = try row.code(1)
        name = try row.text(2)
        asOf = try row.day(3)
        lineCount = try row.int(4)
        keptCount = try row.int(5)
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
    public static func beginList(
        _ tx: any Transaction, _ lines: [PopulationLine], kind: PopulationKind, name: String, asOf: Day,
        on ground: TargetGround
    ) throws -> ID<PopulationList> {
        try requireTowns(tx, area: ground.area, of: lines)
        let id = try tx.nextID(PopulationList.self, "population_list")
        try tx.execute(
            listInsertion, Value(ground.area), Value(id), Value(code: kind), .text(name), Value(asOf),
            .int(Int64(lines.count)), Value(ground.batch), Value(ground.matter))
        try TargetEvidence.record(tx, list: id, by: ground)
        return id
    }

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
    /// - Parameter limit: of lines in a part; the same for all parts of a list.
    public static func keepNext(
        _ tx: any Transaction, _ lines: [PopulationLine], of id: ID<PopulationList>, after kept: Int,
        atMost limit: Int = populationPartMax, on ground: TargetGround
    ) throws -> Int {
        let end = min(lines.count, kept + limit)
        let part = Int64(kept / limit + 1)
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

    private static let partInsertion: SQL = """
        INSERT INTO population_part (area, list, part, first_line, last_line) VALUES (?, ?, ?, ?, ?)
        """
    private static let listInsertion: SQL = """
        INSERT INTO population_list (area, id, kind, name, as_of_day, line_count, batch, matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    public static func populationList(
        _ tx: any Transaction, area: AreaCode, _ id: ID<PopulationList>
    ) throws -> PopulationList? {
        try tx.one(PopulationList.self, listByID, Value(area), Value(id))
    }

    /// The list that a matter brought; nil before it has.
    public static func populationList(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> PopulationList? {
        try tx.one(PopulationList.self, listOfMatter, Value(area), Value(matter))
    }

    private static let listOfMatter = SQL(
        "SELECT \(PopulationList.columns) FROM population_list WHERE area = ? AND matter = ?")

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
    /// name and date of birth. Whether a resident has paid is not the register's to say.
    public static func compare(
        _ tx: any Transaction, area: AreaCode, list: ID<PopulationList>, on day: Day, after line: Int64 = 0,
        limit: Int = 1000
    ) throws -> [PopulationFinding] {
        let lines = try tx.rows(
            lineSelection, Value(area), Value(list), .int(line), .int(Int64(min(limit, 5000)))
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
                line: line.number, given: line.given, state: try state(tx, area: area, people, on: day),
                isByName: isByName)
        }
    }

    private static let lineSelection: SQL = """
        SELECT line, paper_kind, paper_number, name, birth_day, town, assistance, phone FROM population_line
        WHERE area = ? AND list = ? AND line > ? ORDER BY line LIMIT ?
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

    private static func state(
        _ tx: any Transaction, area: AreaCode, _ people: [ID<Person>], on day: Day
    ) throws -> PopulationFinding.State {
        guard let id = people.first, let insured = try insured(tx, area: area, id) else { return .unknown }
        if people.count > 1 { return .ambiguous(people) }
        if let died = insured.person.died, died < day { return .dead(id) }
        let spell = insured.spells.first { $0.insurance.isBasic && $0.period.contains(day) }
        return spell.map { .insured(id, $0.insurance) } ?? .notInsured(id)
    }
}
