import Basics
import Control
import Storage

/// On whose word, when and on what ground something is changed (办理依据): staff act under a matter, a set-up file
/// under its batch, the house itself under neither.
public struct ActOrigin: Hashable, Sendable {
    public var area: AreaCode
    public var actor: Actor
    public var at: Moment
    /// 办件
    public var matter: ID<Matter>?
    /// 导入批次
    public var batch: ID<ImportBatch>?
    /// What a reader of the history is told: 解除劳动合同证明.
    public var ground: String

    public init(
        area: AreaCode, actor: Actor, at: Moment, matter: ID<Matter>? = nil, batch: ID<ImportBatch>? = nil,
        ground: String
    ) {
        self.area = area
        self.actor = actor
        self.at = at
        self.matter = matter
        self.batch = batch
        self.ground = ground
    }

    /// The columns `actor_kind, actor, ground, at, batch, matter` of an act.
    var values: [Value] {
        [
            .int(actor.columns.kind), .int(actor.columns.number), .text(ground), Value(at), Value(batch),
            Value(matter),
        ]
    }
}

/// Who did something, when and why, as a history tells it.
public struct ActTrace: Hashable, Sendable {
    public var actor: Actor
    public var ground: String
    public var at: Moment
    public var matter: ID<Matter>?

    static let columns = "actor_kind, actor, ground, at, matter"
    /// The same columns of a query in which acts are called `a`.
    static let columnsOfA = "a.actor_kind, a.actor, a.ground, a.at, a.matter"

    /// From the five columns beginning at `first`.
    init(_ row: any Row, from first: Int) throws {
        actor = Actor(kind: try row.int(first), number: try row.int(first + 1)) ?? .system
        ground = try row.text(first + 2)
        at = try row.moment(first + 3)
        matter = try row.intOrNil(first + 4).map { ID($0) }
    }
}
