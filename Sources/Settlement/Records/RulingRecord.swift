import Basics
import Control
import Storage

/// What the agency itself has ruled about a person's care (经办核定), on the ground of an approved matter; hospitals
/// file theirs by message (`FilingRecord`).
public struct RulingRecord: LedgerRecord, Hashable {
    public enum Kind: Int64, Sendable, CaseIterable {
        /// 异地长期居住备案: lives in another area, and is treated there as at home
        case remoteResidence = 1
        /// 第三人责任认定: who answers for an injury, and for how much of it
        case liability = 2

        public var name: String {
            switch self {
            case .remoteResidence: "异地长期居住备案"
            case .liability: "第三人责任认定"
            }
        }
    }

    public var area: AreaCode
    public var id: ID<Ruling>
    public var kind: Kind
    public var person: ID<Person>
    public var period: Period
    /// Where the person lives (居住地区划), of a residence.
    public var division: AreaCode?
    /// The third person's share of the costs, of a liability.
    public var share: Rate?
    /// The third person does not pay or cannot be found.
    public var isUnpaid: Bool
    public var matter: ID<Matter>
    public var actor: Actor
    public var at: Moment

    public init(
        area: AreaCode, id: ID<Ruling>, kind: Kind, person: ID<Person>, period: Period, division: AreaCode? = nil,
        share: Rate? = nil, isUnpaid: Bool = false, matter: ID<Matter>, actor: Actor, at: Moment
    ) {
        self.area = area
        self.id = id
        self.kind = kind
        self.person = person
        self.period = period
        self.division = division
        self.share = share
        self.isUnpaid = isUnpaid
        self.matter = matter
        self.actor = actor
        self.at = at
    }

    public static let table = "ruling"
    public static let columns = [
        "area", "id", "kind", "person_id", "begin_day", "end_day", "division", "share_ppm", "is_unpaid", "matter",
        "actor_kind", "actor", "at",
    ]
    public static let insertion = insertionText()
    public static let selection = selectionText()

    public init(_ row: any Row) throws {
        var reader = ColumnReader(row)
        area = try reader.area()
        id = try reader.id()
        kind = try reader.code()
        person = try reader.id()
        let first = try reader.day()
        guard let days = Period(from: first, through: try reader.dayOrNil()) else {
            throw StoreError.damaged("ruling.period")
        }
        period = days
        division = try reader.intOrNil().map { AreaCode($0) }
        share = try reader.intOrNil().map(Rate.init(partsPerMillion:))
        isUnpaid = try reader.flag()
        matter = try reader.id()
        guard let by = Actor(kind: try reader.int(), number: try reader.int()) else {
            throw StoreError.damaged("ruling.actor")
        }
        actor = by
        at = try reader.moment()
    }

    public var values: [Value] {
        [
            Value(area), Value(id), .int(kind.rawValue), Value(person), Value(period.first), Value(period.last),
            division.map { Value($0) } ?? .null, share.map { .int($0.partsPerMillion) } ?? .null,
            .int(isUnpaid ? 1 : 0), Value(matter), .int(actor.columns.kind), .int(actor.columns.number), Value(at),
        ]
    }
}
