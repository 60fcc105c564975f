import Basics
import Storage

/// The log of events (事件日志): append-only, one log and one chain an area.
///
/// Appending is one small insert that reads no head, so that counters never wait for one another. What
/// the sealer needs is an order in which nothing appears late. Event numbers do not give it: they are
/// taken in blocks, by several processes, and transactions commit out of order. So each event carries a
/// `mark` from the store itself:
///
/// * SQLite has one writer at a time: the mark is the last one plus one, taken under the write lock.
/// * PostgreSQL: the mark is the transaction's 64-bit number. Every transaction below the snapshot's
///   `xmin` has ended, so marks below it are final, and the sealer takes those alone.
///
/// ```swift
/// try EventLog.append(
///     tx,
///     Event(area: area, kind: .settled, subject: settlement.id.raw, actor: .provider(provider), at: now,
///         detail: #"{"fund":"1234.50"}"#, rows: rows))
/// ```
public enum EventLog {
    /// The columns of `Event.init(_ row:)`, for queries of pages and reports.
    public static let columns =
        "area, mark, id, kind, subject, record, actor_kind, actor, happened_at, detail, rows_digest"

    /// Appends an event; answers its number.
    @discardableResult
    public static func append(_ tx: any Transaction, _ event: Event) throws -> Int64 {
        let id = try tx.nextNumber("event")
        let who = event.actor.columns
        try tx.execute(
            tx.dialect == .sqlite ? appendOnSQLite : appendOnPostgres,
            [
                Value(event.area), Value(event.area), .int(id), .text(event.kind.name), .int(event.subject),
                .int(event.record), .int(who.kind), .int(who.number), Value(event.at), .text(event.detail),
                .bytes(event.rowsDigest),
            ])
        return id
    }

    private static let appendOnSQLite: SQL = """
        INSERT INTO event (\(columns)) VALUES (
            ?, coalesce((SELECT mark FROM event WHERE area = ? ORDER BY mark DESC LIMIT 1), 0) + 1,
            ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private static let appendOnPostgres: SQL = """
        INSERT INTO event (\(columns)) VALUES (
            ?, CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)
                + coalesce((SELECT shift FROM event_clock WHERE area = ?), 0),
            ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Makes sure that marks go on growing in a PostgreSQL database restored into a younger cluster, whose
    /// transaction numbers begin anew. Call once when the house opens; changes nothing otherwise.
    public static func resume(_ tx: any Transaction, area: AreaCode) throws {
        guard tx.dialect == .postgres else { return }
        let last = try tx.first(lastMark, Value(area)) { try $0.int(0) } ?? 0
        let current = try tx.first(currentMark, Value(area)) { try $0.int(0) } ?? 0
        guard current <= last else { return }
        try tx.execute(shiftClock, Value(area), .int(last - current + 1))
    }

    private static let lastMark: SQL = "SELECT mark FROM event WHERE area = ? ORDER BY mark DESC LIMIT 1"

    private static let currentMark: SQL = """
        SELECT CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)
            + coalesce((SELECT shift FROM event_clock WHERE area = ?), 0)
        """

    private static let shiftClock: SQL = """
        INSERT INTO event_clock (area, shift) VALUES (?, ?)
        ON CONFLICT (area) DO UPDATE SET shift = event_clock.shift + excluded.shift
        """

    /// Marks below this one are final in this transaction's snapshot.
    static func horizon(_ tx: any Transaction, area: AreaCode) throws -> Int64 {
        guard tx.dialect == .postgres else { return .max }
        return try tx.first(snapshotHorizon, Value(area)) { try $0.int(0) } ?? 0
    }

    private static let snapshotHorizon: SQL = """
        SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)
            + coalesce((SELECT shift FROM event_clock WHERE area = ?), 0)
        """

    /// The events after a place, in order, below a mark, at most `limit`.
    static func after(
        _ place: EventPlace, before horizon: Int64, limit: Int, area: AreaCode, _ tx: any Transaction
    ) throws -> [Event] {
        try tx.all(
            Event.self, eventsAfter, Value(area), .int(place.mark), .int(place.id), .int(horizon), .int(Int64(limit)))
    }

    private static let eventsAfter: SQL = """
        SELECT \(columns) FROM event
        WHERE area = ? AND (mark, id) > (?, ?) AND mark < ? ORDER BY mark, id LIMIT ?
        """

    /// The latest events, newest first, for the event browser: at most `limit`, older than `before`
    /// (the place of the last one shown), of one kind or one subject when asked.
    ///
    /// ```swift
    /// let page = try EventLog.latest(tx, area: area, limit: 50)
    /// let next = try EventLog.latest(tx, area: area, before: page.last?.place, limit: 50)
    /// ```
    public static func latest(
        _ tx: any Transaction, area: AreaCode, before: EventPlace? = nil, limit: Int
    ) throws -> [Event] {
        let place = before ?? EventPlace(mark: .max, id: .max)
        return try tx.all(
            Event.self, eventsBefore, Value(area), .int(place.mark), .int(place.id), .int(Int64(min(limit, 500))))
    }

    private static let eventsBefore: SQL = """
        SELECT \(columns) FROM event
        WHERE area = ? AND (mark, id) < (?, ?) ORDER BY mark DESC, id DESC LIMIT ?
        """

    /// The areas that have events, in order.
    public static func areas(_ tx: any Transaction) throws -> [AreaCode] {
        var areas: [AreaCode] = []
        // One step along the key for each area, not a walk over all events.
        while let next = try tx.first(nextArea, Value(areas.last ?? AreaCode(0)), read: { try $0.intOrNil(0) }) ?? nil {
            areas.append(AreaCode(next))
        }
        return areas
    }

    private static let nextArea: SQL = "SELECT min(area) FROM event WHERE area > ?"

    /// All that happened to one subject, oldest first: the history on a settlement's page.
    public static func history(
        _ tx: any Transaction, area: AreaCode, subject: Int64, kinds prefix: String, limit: Int = 200
    ) throws -> [Event] {
        try tx.all(
            Event.self, eventsOfSubject, Value(area), .int(subject), .text(prefix), .text(prefix + "~"),
            .int(Int64(min(limit, 500))))
    }

    /// Kinds are ASCII, and `~` follows every letter, so the two bounds are the prefix `settlement.`.
    private static let eventsOfSubject: SQL = """
        SELECT \(columns) FROM event
        WHERE area = ? AND subject = ? AND kind >= ? AND kind < ? ORDER BY mark, id LIMIT ?
        """
}

/// Where an event stands in its area's log: events are ordered by mark, then number.
public struct EventPlace: Hashable, Comparable, Sendable {
    public var mark: Int64
    public var id: Int64

    public init(mark: Int64, id: Int64) {
        self.mark = mark
        self.id = id
    }

    static let beginning = EventPlace(mark: 0, id: 0)

    public static func < (a: EventPlace, b: EventPlace) -> Bool { (a.mark, a.id) < (b.mark, b.id) }
}

extension Event {
    public var place: EventPlace { EventPlace(mark: mark, id: id) }
}
