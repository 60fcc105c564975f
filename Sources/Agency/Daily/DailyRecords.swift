import Basics
import Control
import Storage

extension EventKind {
    /// 日终处理的一项
    public static let dailyPartDone: EventKind = "daily.partDone"
}

/// One part of a day's work as it ended (日终处理记录).
public struct DailyOutcome: Sendable, Hashable {
    public let day: Day
    public let part: DailyPart
    public let isDone: Bool
    /// How many matters, people, transfers it touched; what it had touched is not known of one that failed.
    public let touched: Int
    /// Why it failed, in a sentence; empty when it did not.
    public let reason: String
    public let startedAt: Moment
    public let finishedAt: Moment
}

extension DailyOutcome: Record {
    public init(_ row: any Row) throws {
        day = try row.day(2)
        part = try row.code(3)
        isDone = try row.int(4) == 1
        touched = Int(try row.int(5))
        reason = try row.text(6)
        startedAt = try row.moment(7)
        finishedAt = try row.moment(8)
    }
}

/// The register of the days' work (日终处理登记簿): what was done, and what failed, try by try.
public enum DailyRecords {
    public static let migrations = [
        Migration(
            "daily.1",
            [
                """
                CREATE TABLE daily_part (
                    area {int} NOT NULL,
                    id {int} NOT NULL CHECK (id > 0),
                    day {int} NOT NULL,
                    part {int} NOT NULL CHECK (part BETWEEN 1 AND 8),
                    done {int} NOT NULL CHECK (done IN (0, 1)),
                    touched {int} NOT NULL CHECK (touched >= 0),
                    reason {text} NOT NULL CHECK (length(reason) <= 2000),
                    started_at {int} NOT NULL,
                    finished_at {int} NOT NULL CHECK (finished_at >= started_at),
                    PRIMARY KEY (area, id),
                    CHECK ((done = 1) = (reason = ''))
                ) {strict}
                """,
                // A part is done once a day, however many servers run.
                "CREATE UNIQUE INDEX daily_part_once ON daily_part (area, day, part) WHERE done = 1",
                "CREATE INDEX daily_part_by_day ON daily_part (area, day, id)",
                "{append-only daily_part}",
            ])
    ]

    static let table = EvidenceTable(
        "daily_part", "area", "id", "day", "part", "done", "touched", .text("reason"), "started_at", "finished_at")
    private static let act = ActKind(.dailyPartDone, table, subject: "id")

    public static let evidence = [act.evidence]

    /// Records how a part ended; a part that another server has finished meanwhile is answered with that one's record.
    static func record(_ tx: any Transaction, area: AreaCode, _ outcome: DailyOutcome) throws -> DailyOutcome {
        if outcome.isDone, let done = try done(tx, area: area, outcome.part, on: outcome.day) { return done }
        let id = try tx.nextNumber("daily_part")
        try tx.execute(
            table.insertion, Value(area), .int(id), Value(outcome.day), Value(code: outcome.part),
            .int(outcome.isDone ? 1 : 0), .int(Int64(outcome.touched)), .text(outcome.reason),
            Value(outcome.startedAt), Value(outcome.finishedAt))
        try act.record(tx, area: area, subject: id, by: .system, at: outcome.finishedAt)
        return outcome
    }

    /// The part's record when it needs no more doing on that day; the yearly one counts for its whole year.
    static func done(
        _ tx: any Transaction, area: AreaCode, _ part: DailyPart, on day: Day
    ) throws -> DailyOutcome? {
        let first = part.isYearly ? Month(year: day.year, month: 1).first : day
        return try tx.one(
            DailyOutcome.self, doneSince, Value(area), Value(first), Value(day), Value(code: part))
    }

    private static let doneSince = SQL(
        """
        SELECT \(table.columnList) FROM daily_part
        WHERE area = ? AND day >= ? AND day <= ? AND part = ? AND done = 1 ORDER BY day LIMIT 1
        """)

    /// Everything recorded for a day, in its order.
    public static func all(_ tx: any Transaction, area: AreaCode, on day: Day) throws -> [DailyOutcome] {
        try tx.all(DailyOutcome.self, ofDay, Value(area), Value(day))
    }

    private static let ofDay = SQL(
        "SELECT \(table.columnList) FROM daily_part WHERE area = ? AND day = ? ORDER BY id LIMIT 1000")

    /// The newest records before a number of days, newest first.
    public static func recent(
        _ tx: any Transaction, area: AreaCode, through day: Day, limit: Int = 100
    ) throws -> [DailyOutcome] {
        try tx.all(DailyOutcome.self, newest, Value(area), Value(day), .int(Int64(min(limit, 500))))
    }

    private static let newest = SQL(
        "SELECT \(table.columnList) FROM daily_part WHERE area = ? AND day <= ? ORDER BY day DESC, id DESC LIMIT ?")
}
