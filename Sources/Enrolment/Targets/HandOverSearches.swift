import Basics
import Control
import Storage

/// A search for people who are to be handed to the towns (移交查找), as its matter began it: what it looks at stays the
/// same to its end, whatever the day on which its last step is taken.
public struct HandOverSearch: Hashable, Sendable, Record {
    public let matter: ID<Matter>
    public let kind: HandOverKind
    /// The list whose people are looked for; nil where the bills tell.
    public let list: ID<PopulationList>?
    public let month: Month
    /// Whoever was handed over from this month on is not handed over again.
    public let since: Month
    /// The register and the payments are looked at as they are on this day.
    public let day: Day

    public init(
        matter: ID<Matter>, kind: HandOverKind, list: ID<PopulationList>? = nil, month: Month, since: Month, day: Day
    ) {
        self.matter = matter
        self.kind = kind
        self.list = list
        self.month = month
        self.since = since
        self.day = day
    }

    static let selection = "SELECT matter, kind, list, month, since_month, day FROM hand_over_search"

    public init(_ row: any Row) throws {
        matter = try row.id(0)
        kind = try row.code(1)
        list = try row.intOrNil(2).map { ID($0) }
        month = Month(number: Int32(truncatingIfNeeded: try row.int(3)))
        since = Month(number: Int32(truncatingIfNeeded: try row.int(4)))
        day = try row.day(5)
    }
}

extension Enrolment {
    /// Begins a search for people to hand over.
    public static func begin(_ tx: any Transaction, _ search: HandOverSearch, on ground: TargetGround) throws {
        try tx.execute(
            TargetEvidence.searchTable.insertion,
            [
                Value(ground.area), Value(search.matter), Value(code: search.kind), Value(search.list),
                Value(search.month), Value(search.since), Value(search.day), .int(ground.actor.columns.kind),
                .int(ground.actor.columns.number), Value(ground.at),
            ])
        try TargetEvidence.search.record(
            tx, area: ground.area, subject: search.matter.raw, by: ground.actor, at: ground.at)
    }

    /// The search of a matter; nil before it has begun.
    public static func handOverSearch(
        _ tx: any Transaction, area: AreaCode, of matter: ID<Matter>
    ) throws -> HandOverSearch? {
        try tx.one(HandOverSearch.self, searchOfMatter, Value(area), Value(matter))
    }

    private static let searchOfMatter = SQL("\(HandOverSearch.selection) WHERE area = ? AND matter = ?")

    /// Notes whom a part of a search has found; somebody who is found twice is noted once.
    ///
    /// - Parameter part: where the part began, told apart from the search's other parts.
    public static func note(
        _ tx: any Transaction, _ lines: [HandOverLine], of search: HandOverSearch, part: Int64, on ground: TargetGround
    ) throws {
        var noted = 0
        for line in lines {
            noted += try tx.execute(
                candidateInsertion, Value(ground.area), Value(search.matter), Value(code: line.paper.kind),
                .text(line.paper.number), .int(part), .text(line.town), Value(line.person), .text(line.name),
                Value(line.amount), Value(line.threshold), .text(line.ground))
        }
        guard noted > 0 else { return }
        try TargetEvidence.record(tx, candidatesOf: search.matter, part: part, by: ground)
    }

    private static let candidateInsertion: SQL = """
        INSERT INTO hand_over_candidate (area, matter, paper_kind, paper_number, part, town, person, name, amount_fen,
            threshold_fen, ground)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (area, matter, paper_kind, paper_number) DO NOTHING
        """

    /// The towns in which a search has found somebody, by code.
    public static func towns(
        _ tx: any Transaction, area: AreaCode, of search: HandOverSearch
    ) throws -> [String] {
        try tx.rows(townsOfSearch, Value(area), Value(search.matter)) { try $0.text(0) }
    }

    private static let townsOfSearch: SQL = """
        SELECT DISTINCT town FROM hand_over_candidate WHERE area = ? AND matter = ? ORDER BY town
        """

    /// The highest person number that was given out (最大人员编号); nil in an empty register.
    public static func lastPerson(_ tx: any Transaction, area: AreaCode) throws -> ID<Person>? {
        try tx.first(highestNumber, Value(area)) { try $0.intOrNil(0) }.flatMap(\.self).map { ID($0) }
    }

    private static let highestNumber: SQL = "SELECT max(id) FROM person WHERE area = ?"
}
