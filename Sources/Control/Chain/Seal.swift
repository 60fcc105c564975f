import Basics
import Seals
import Storage

/// One link of an area's chain (封条): a batch of events in their order, and the head that follows from
/// the previous head and every byte of the batch.
struct Seal: Sendable, Hashable {
    let area: AreaCode
    /// 1, 2, 3 … without a gap.
    let seal: Int64
    /// The place of the batch's last event; the next batch begins after it.
    let last: EventPlace
    let batchCount: Int64
    /// Events sealed so far, this batch included.
    let totalCount: Int64
    /// Place and short link of each event: they tell which one broke. See `SealMembers`.
    let members: [UInt8]
    let head: [UInt8]
    let sealedAt: Moment

    /// What the first seal follows: 32 zero bytes.
    static let origin = [UInt8](repeating: 0, count: SM3.length)

    /// The seal over a batch that follows `previous`. The batch is not empty and in order.
    static func over(_ batch: [Event], after previous: Seal?, area: AreaCode, at: Moment) -> Seal {
        var chain = Chain(head: previous?.head ?? origin)
        var members = SealMembers()
        for event in batch { members.append(event.place, link: chain.link(event)) }
        let number = (previous?.seal ?? 0) + 1
        let total = (previous?.totalCount ?? 0) + Int64(batch.count)
        let last = batch[batch.count - 1].place
        let head = chain.close(
            seal: number, last: last, batchCount: Int64(batch.count), totalCount: total, members: members.bytes, at: at)
        return Seal(
            area: area, seal: number, last: last, batchCount: Int64(batch.count), totalCount: total,
            members: members.bytes, head: head, sealedAt: at)
    }
}

extension Seal: Record, WritableRecord {
    static let columns = "area, seal, last_mark, last_id, batch_count, total_count, members, head, sealed_at"
    static let insertion: SQL = "INSERT INTO event_seal (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

    init(_ row: any Row) throws {
        area = AreaCode(try row.int(0))
        seal = try row.int(1)
        last = EventPlace(mark: try row.int(2), id: try row.int(3))
        batchCount = try row.int(4)
        totalCount = try row.int(5)
        members = try row.bytes(6)
        head = try row.bytes(7)
        sealedAt = try row.moment(8)
    }

    var values: [Value] {
        [
            Value(area), .int(seal), .int(last.mark), .int(last.id), .int(batchCount), .int(totalCount),
            .bytes(members), .bytes(head), Value(sealedAt),
        ]
    }

    static func latest(_ tx: any Transaction, area: AreaCode) throws -> Seal? {
        try tx.one(Seal.self, latestQuery, Value(area))
    }

    private static let latestQuery: SQL = """
        SELECT \(columns) FROM event_seal WHERE area = ? ORDER BY seal DESC LIMIT 1
        """

    /// The seals after a number, in order, at most `limit`.
    static func after(_ seal: Int64, limit: Int, area: AreaCode, _ tx: any Transaction) throws -> [Seal] {
        try tx.all(Seal.self, afterQuery, Value(area), .int(seal), .int(Int64(limit)))
    }

    private static let afterQuery: SQL = """
        SELECT \(columns) FROM event_seal WHERE area = ? AND seal > ? ORDER BY seal LIMIT ?
        """
}

/// The running head while a batch is linked: each link is SM3 over the link before and the event's bytes.
struct Chain {
    private var head: [UInt8]
    private let hasher = SM3Hasher()

    init(head: [UInt8]) { self.head = head }

    mutating func link(_ event: Event) -> [UInt8] {
        var canonical = CanonicalBytes(capacity: 256)
        canonical.append(row: "event", event.values)
        return advance(canonical.bytes)
    }

    /// The seal's own figures enter its head, so that they cannot be changed either.
    mutating func close(
        seal: Int64, last: EventPlace, batchCount: Int64, totalCount: Int64, members: [UInt8], at: Moment
    ) -> [UInt8] {
        var canonical = CanonicalBytes(capacity: 256)
        canonical.append(
            row: "event_seal",
            [
                .int(seal), .int(last.mark), .int(last.id), .int(batchCount), .int(totalCount), .bytes(members),
                Value(at),
            ])
        return advance(canonical.bytes)
    }

    private mutating func advance(_ bytes: [UInt8]) -> [UInt8] {
        hasher.update(head)
        hasher.update(bytes)
        head = hasher.finish()
        return head
    }
}

/// The members of a batch in few bytes: for each event its place (as differences) and the first eight
/// bytes of its link. The head alone proves the batch; the members name the event that broke it, and
/// tell a deleted event from a changed one.
struct SealMembers {
    private var writer = VarintWriter(capacity: 1024)
    private var previous = EventPlace.beginning

    struct Member: Hashable {
        let place: EventPlace
        let link: Int64
    }

    var bytes: [UInt8] { writer.bytes }

    mutating func append(_ place: EventPlace, link: [UInt8]) {
        writer.append(place.mark &- previous.mark)
        writer.append(place.id &- previous.id)
        writer.append(SealMembers.short(link))
        previous = place
    }

    static func short(_ link: [UInt8]) -> Int64 {
        Int64(bitPattern: link.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// Nil when the bytes are not what `append` writes: someone changed them.
    static func read(_ bytes: [UInt8]) -> [Member]? {
        var members: [Member] = []
        var reader = VarintReader(bytes)
        var place = EventPlace.beginning
        while !reader.isAtEnd {
            guard let mark = try? reader.int(), let id = try? reader.int(), let link = try? reader.int() else {
                return nil
            }
            place = EventPlace(mark: place.mark &+ mark, id: place.id &+ id)
            members.append(Member(place: place, link: link))
        }
        return members
    }
}
