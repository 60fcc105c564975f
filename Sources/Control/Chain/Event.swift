import Basics
import Storage

/// What kind of act an event tells of: `desk.actDone`. Each desk names its own in an extension.
///
/// ```swift
/// extension EventKind {
///     /// 结算完成
///     public static let settled: EventKind = "settlement.settled"
/// }
/// ```
public struct EventKind: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }
    public init(stringLiteral name: String) { self.name = name }
    public var description: String { name }
}

/// Who acted (经办主体): a member of staff, a provider's system through the gateway, or the house itself.
public enum Actor: Hashable, Sendable, CustomStringConvertible {
    /// 系统自动办理
    case system
    /// 经办人员
    case staff(ID<StaffMember>)
    /// 定点医药机构
    case provider(ID<Provider>)
    /// 参保人本人
    case person(ID<Person>)

    /// The two columns an actor takes in a table: kind and number.
    public var columns: (kind: Int64, number: Int64) {
        switch self {
        case .system: (0, 0)
        case .staff(let id): (1, id.raw)
        case .provider(let id): (2, id.raw)
        case .person(let id): (3, id.raw)
        }
    }

    /// The actor of two columns; a kind this program does not know reads as nil.
    public init?(kind: Int64, number: Int64) {
        switch kind {
        case 0: self = .system
        case 1: self = .staff(ID(number))
        case 2: self = .provider(ID(number))
        case 3: self = .person(ID(number))
        default: return nil
        }
    }

    /// For lists: 系统, 经办人员 12.
    public var description: String {
        switch self {
        case .system: "系统"
        case .staff(let id): "经办人员 \(id)"
        case .provider(let id): "定点机构 \(id)"
        case .person(let id): "参保人 \(id)"
        }
    }
}

/// Something that was done (事件): who did what to which subject, when, and the digest of the rows it wrote.
public struct Event: Sendable, Hashable {
    public let area: AreaCode
    public let kind: EventKind
    /// The number of what it concerns: a settlement, an encounter, a member of staff.
    public let subject: Int64
    /// The number under which its evidence finds the rows written, when it is not the subject's own
    /// (one of many acts on one subject).
    public let record: Int64
    public let actor: Actor
    public let at: Moment
    /// A compact JSON object with what a reader of the list wants to see; no secrets, no diagnoses.
    public let detail: String
    /// SM3 over the rows written (`RowDigest`); empty when the act wrote none.
    public let rowsDigest: [UInt8]
    /// The event's number; 0 before it is appended.
    public internal(set) var id: Int64 = 0
    /// Its place in the order of commits; 0 before it is appended. See `EventLog`.
    public internal(set) var mark: Int64 = 0

    public init(
        area: AreaCode, kind: EventKind, subject: Int64, record: Int64? = nil, actor: Actor, at: Moment,
        detail: String = "{}", rows: RowDigest = RowDigest()
    ) {
        self.area = area
        self.kind = kind
        self.subject = subject
        self.record = record ?? subject
        self.actor = actor
        self.at = at
        self.detail = detail
        rowsDigest = rows.finish()
    }

    /// The row's values in the order of `EventLog.columns`.
    var values: [Value] {
        let who = actor.columns
        return [
            Value(area), .int(mark), .int(id), .text(kind.name), .int(subject), .int(record), .int(who.kind),
            .int(who.number), Value(at), .text(detail), .bytes(rowsDigest),
        ]
    }
}

extension Event: Record {
    /// From a row selected by `EventLog.columns`.
    public init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        mark = try row.int(1)
        id = try row.int(2)
        kind = EventKind(try row.text(3))
        subject = try row.int(4)
        record = try row.int(5)
        let actorKind = try row.int(6)
        guard let actor = Actor(kind: actorKind, number: try row.int(7)) else {
            throw Problem("control.event.actor", field: "事件 \(id)", "事件的经办主体类别 \(actorKind) 无法识别,请用 yibao verify 核验")
        }
        self.actor = actor
        at = try row.moment(8)
        detail = try row.text(9)
        rowsDigest = try row.bytes(10)
    }
}
