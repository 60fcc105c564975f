import Basics
import Control
import Storage

/// What is handed to the towns (移交乡镇的事项).
public enum HandOverKind: Int64, Hashable, Sendable, CaseIterable {
    /// 应保未保人员,请动员参保
    case notEnrolled = 1
    /// 个人负担较重人员,请核查帮扶(防返贫)
    case burdened = 2

    public var name: String { self == .notEnrolled ? "应保未保人员" : "个人负担较重人员" }
}

/// One person handed to a town (移交人员).
public struct HandOverLine: Hashable, Sendable {
    public var person: ID<Person>?
    public var paper: IdentityPaper
    public var name: String
    public var town: String
    /// 个人负担金额; zero in a list of people not enrolled.
    public var amount: Money
    /// The threshold it reached.
    public var threshold: Money
    /// 依据或说明
    public var ground: String

    public init(
        person: ID<Person>?, paper: IdentityPaper, name: String, town: String, amount: Money = .zero,
        threshold: Money = .zero, ground: String
    ) {
        self.person = person
        self.paper = paper
        self.name = name
        self.town = town
        self.amount = amount
        self.threshold = threshold
        self.ground = ground
    }
}

/// A list handed to a town (移交单), without its lines.
public struct HandOver: Hashable, Sendable, Record {
    public let id: ID<HandOver>
    public let kind: HandOverKind
    public let month: Month
    public let town: String
    public let lineCount: Int64
    public let at: Moment

    static let columns = "id, kind, month, town, line_count, at"

    public init(_ row: any Row) throws {
        id = try row.id(0)
        kind = try row.code(1)
        month = Month(number: Int32(truncatingIfNeeded: try row.int(2)))
        town = try row.text(3)
        lineCount = try row.int(4)
        at = try row.moment(5)
    }
}

extension Enrolment {
    /// Hands a town the people whom a search has found there (移交乡镇), in one list; whoever was handed over in the
    /// months that the search looks at is left out, so that the same search twice hands nobody over twice. Nil when
    /// nobody is left.
    @discardableResult
    public static func handOver(
        _ tx: any Transaction, _ search: HandOverSearch, town: String, on ground: TargetGround
    ) throws -> ID<HandOver>? {
        let lines = try tx.rows(
            newInTown, Value(ground.area), Value(search.matter), .text(town), Value(code: search.kind),
            Value(search.since), Value(search.month)
        ) { try line($0, of: town) }
        guard !lines.isEmpty else { return nil }
        return try write(tx, lines, town: town, kind: search.kind, month: search.month, on: ground)
    }

    private static let newInTown: SQL = """
        SELECT c.person, c.paper_kind, c.paper_number, c.name, c.amount_fen, c.threshold_fen, c.ground
        FROM hand_over_candidate c WHERE c.area = ? AND c.matter = ? AND c.town = ? AND NOT EXISTS (
            SELECT 1 FROM hand_over_line h WHERE h.area = c.area AND h.kind = ? AND h.paper_kind = c.paper_kind
                AND h.paper_number = c.paper_number AND h.month BETWEEN ? AND ?)
        ORDER BY c.paper_kind, c.paper_number
        """

    private static func line(_ row: any Row, of town: String) throws -> HandOverLine {
        HandOverLine(
            person: try row.intOrNil(0).map { ID($0) },
            paper: IdentityPaper(kind: try row.code(1), checked: try row.text(2)), name: try row.text(3), town: town,
            amount: try row.money(4), threshold: try row.money(5), ground: try row.text(6))
    }

    private static func write(
        _ tx: any Transaction, _ lines: [HandOverLine], town: String, kind: HandOverKind, month: Month,
        on ground: TargetGround
    ) throws -> ID<HandOver> {
        let id = try tx.nextID(HandOver.self, "hand_over")
        try tx.execute(
            handOverInsertion, Value(ground.area), Value(id), Value(code: kind), Value(month), .text(town),
            .int(Int64(lines.count)), .int(ground.actor.columns.kind), .int(ground.actor.columns.number),
            Value(ground.at), Value(ground.matter))
        try tx.insert(
            into: "hand_over_line",
            columns: [
                "area", "kind", "month", "paper_kind", "paper_number", "hand_over", "person", "name", "amount_fen",
                "threshold_fen", "ground",
            ],
            rows: lines.map { line in
                [
                    Value(ground.area), Value(code: kind), Value(month), Value(code: line.paper.kind),
                    .text(line.paper.number), Value(id), Value(line.person), .text(line.name), Value(line.amount),
                    Value(line.threshold), .text(line.ground),
                ]
            })
        try TargetEvidence.record(tx, handOver: id, by: ground)
        return id
    }

    private static let handOverInsertion: SQL = """
        INSERT INTO hand_over (area, id, kind, month, town, line_count, actor_kind, actor, at, matter)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// The lists that a matter made, in the order of their making.
    public static func handOvers(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> [HandOver] {
        try tx.all(HandOver.self, handOversOfMatter, Value(area), Value(matter))
    }

    private static let handOversOfMatter = SQL(
        "SELECT \(HandOver.columns) FROM hand_over WHERE area = ? AND matter = ? ORDER BY id")

    /// The lists of a month, by town.
    public static func handOvers(
        _ tx: any Transaction, area: AreaCode, kind: HandOverKind, month: Month
    ) throws -> [HandOver] {
        try tx.all(HandOver.self, handOverSelection, Value(area), Value(code: kind), Value(month))
    }

    private static let handOverSelection = SQL(
        """
        SELECT \(HandOver.columns) FROM hand_over WHERE area = ? AND kind = ? AND month = ? ORDER BY town, id
        """)

    /// The people of a list.
    public static func lines(
        _ tx: any Transaction, area: AreaCode, of handOver: HandOver
    ) throws -> [HandOverLine] {
        try tx.rows(linesOfHandOver, Value(area), Value(handOver.id)) { try line($0, of: handOver.town) }
    }

    private static let linesOfHandOver: SQL = """
        SELECT person, paper_kind, paper_number, name, amount_fen, threshold_fen, ground FROM hand_over_line
        WHERE area = ? AND hand_over = ? ORDER BY amount_fen DESC, paper_kind, paper_number
        """
}
