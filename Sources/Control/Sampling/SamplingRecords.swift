import Basics
import Storage

extension EventKind {
    /// 抽取办件
    public static let mattersSampled: EventKind = "matter.sampled"
    /// 登记抽查结论
    public static let matterInspected: EventKind = "matter.inspected"
}

/// The rows of drawings and inspections.
enum SamplingRecords {
    private static let samplingTable = EvidenceTable(
        "matter_sampling", "area", "id", "first_day", "last_day", "percent", "seed", "method", "frame_count",
        .blob("frame_hash"), .text("reason"), "matter", "by_kind", "by_number", "happened_at")
    private static let sampledTable = EvidenceTable("matter_sampled", "area", "sampling", "draw", "sampled")
    private static let inspectionTable = EvidenceTable(
        "matter_inspection", "area", "sampling", "sampled", "finding", .text("reason"), "matter", "by_kind",
        "by_number", "happened_at")

    static let evidence = [
        EvidenceSource(
            "办件抽查", kinds: [.mattersSampled], rowCount: "SELECT count(*) FROM matter_sampling WHERE area = ?"
        ) { tx, event, digest in
            let key = [Value(event.area), Value.int(event.record)]
            try samplingTable.addAll(tx, "WHERE area = ? AND id = ?", key, to: &digest)
            try sampledTable.addAll(tx, "WHERE area = ? AND sampling = ? ORDER BY draw", key, to: &digest)
        },
        EvidenceSource(
            "抽查结论", kinds: [.matterInspected], rowCount: "SELECT count(*) FROM matter_inspection WHERE area = ?"
        ) { tx, event, digest in
            try inspectionTable.addAll(
                tx, "WHERE area = ? AND sampled = ? AND sampling = ?",
                [Value(event.area), .int(event.subject), .int(event.record)], to: &digest)
        },
    ]

    // MARK: Writing

    static func write(
        _ tx: any Transaction, area: AreaCode, _ sampling: MatterSampling, drawn: [ID<Matter>]
    ) throws {
        var rows = RowDigest()
        try samplingTable.insert(
            tx,
            [
                Value(area), .int(sampling.id), Value(sampling.period.first), Value(sampling.period.last),
                .int(Int64(sampling.percent)), .int(Int64(bitPattern: sampling.seed)), .int(sampling.method),
                .int(Int64(sampling.frameCount)), .bytes(sampling.frameHash),
            ] + sampling.ground.values, into: &rows)
        for (index, matter) in drawn.enumerated() {
            try sampledTable.insert(
                tx, [Value(area), .int(sampling.id), .int(Int64(index + 1)), Value(matter)], into: &rows)
        }
        try append(
            tx, area: area, .mattersSampled, subject: sampling.id, record: sampling.id, sampling.ground, rows,
            ["frame": String(sampling.frameCount), "drawn": String(drawn.count)])
    }

    static func write(
        _ tx: any Transaction, area: AreaCode, sampling: Int64, _ matter: ID<Matter>,
        _ finding: SampledMatter.Finding, on ground: Ground
    ) throws {
        var rows = RowDigest()
        try inspectionTable.insert(
            tx, [Value(area), .int(sampling), Value(matter), Value(code: finding)] + ground.values, into: &rows)
        try append(
            tx, area: area, .matterInspected, subject: matter.raw, record: sampling, ground, rows,
            ["finding": finding.name])
    }

    private static func append(
        _ tx: any Transaction, area: AreaCode, _ kind: EventKind, subject: Int64, record: Int64, _ ground: Ground,
        _ rows: RowDigest, _ words: KeyValuePairs<StaticString, String>
    ) throws {
        try EventLog.append(
            tx,
            Event(
                area: area, kind: kind, subject: subject, record: record, actor: ground.actor, at: ground.at,
                detail: ground.detail(words), rows: rows))
    }

    // MARK: Reading

    private static let carriedOut = "state IN (\(MatterState.effective)) AND ended_at >= ? AND ended_at < ?"

    /// The matters carried out in a period, be it in part, before a moment, by number.
    static func frame(
        _ tx: any Transaction, area: AreaCode, _ period: Period, before moment: Moment
    ) throws -> [ID<Matter>] {
        let end = period.last.map { min(Moment($0 + 1), moment) } ?? moment
        return try tx.rows(
            framed, Value(area), Value(Moment(period.first)), Value(end), read: { try $0.id(0) })
    }

    private static let framed = SQL(
        "SELECT matter FROM matter_status WHERE area = ? AND \(carriedOut) ORDER BY matter")

    static func samplings(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [MatterSampling] {
        try tx.rows(touching, Value(area), Value(last), Value(first)) { row in
            guard let period = Period(from: try row.day(1), through: try row.day(2)) else {
                throw StoreError.damaged("a sampling's period ends before it begins")
            }
            return MatterSampling(
                id: try row.int(0), period: period, percent: Int(try row.int(3)),
                seed: UInt64(bitPattern: try row.int(4)), method: try row.int(5), frameCount: Int(try row.int(6)),
                frameHash: try row.bytes(7),
                ground: Ground(
                    try row.text(8), matter: row.isNull(9) ? nil : try row.id(9),
                    by: Actor(kind: try row.int(10), number: try row.int(11)) ?? .system, at: try row.moment(12)))
        }
    }

    private static let touching: SQL = """
        SELECT id, first_day, last_day, percent, seed, method, frame_count, frame_hash, reason, matter, by_kind,
            by_number, happened_at
        FROM matter_sampling WHERE area = ? AND first_day <= ? AND last_day >= ? ORDER BY id DESC LIMIT 1000
        """

    static func sampled(_ tx: any Transaction, area: AreaCode, sampling: Int64) throws -> [SampledMatter] {
        try tx.rows(drawn, Value(area), .int(sampling)) { row in
            SampledMatter(
                sampling: sampling, matter: try row.id(0), kind: try row.text(1), title: try row.text(2),
                finding: try row.codeOrNil(3), opinion: try row.textOrNil(4) ?? "",
                inspectedAt: try row.intOrNil(5).map { Moment(seconds: $0) })
        }
    }

    private static let drawn: SQL = """
        SELECT d.sampled, m.kind, s.title, i.finding, i.reason, i.happened_at
        FROM matter_sampled d
        JOIN matter m ON m.area = d.area AND m.id = d.sampled
        JOIN matter_status s ON s.area = d.area AND s.matter = d.sampled
        LEFT JOIN matter_inspection i ON i.area = d.area AND i.sampling = d.sampling AND i.sampled = d.sampled
        WHERE d.area = ? AND d.sampling = ? ORDER BY d.draw
        """

    /// The drawings of matters carried out in a period, whenever they were drawn; the newest first.
    static func drawn(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> [SampledMatter] {
        try tx.rows(drawnOfPeriod, Value(area), Value(Moment(first)), Value(Moment(last + 1))) { row in
            SampledMatter(
                sampling: try row.int(6), matter: try row.id(0), kind: try row.text(1), title: try row.text(2),
                finding: try row.codeOrNil(3), opinion: try row.textOrNil(4) ?? "",
                inspectedAt: try row.intOrNil(5).map { Moment(seconds: $0) })
        }
    }

    private static let drawnOfPeriod = SQL(
        """
        SELECT d.sampled, m.kind, s.title, i.finding, i.reason, i.happened_at, d.sampling
        FROM matter_sampled d
        JOIN matter m ON m.area = d.area AND m.id = d.sampled
        JOIN matter_status s ON s.area = d.area AND s.matter = d.sampled
        LEFT JOIN matter_inspection i ON i.area = d.area AND i.sampling = d.sampling AND i.sampled = d.sampled
        WHERE d.area = ? AND \(carriedOut) ORDER BY d.sampling DESC, d.draw
        """)

    static func acted(
        _ tx: any Transaction, area: AreaCode, in matter: ID<Matter>, _ staff: ID<StaffMember>
    ) throws -> Bool {
        try tx.first(
            "SELECT 1 FROM matter_act WHERE area = ? AND matter = ? AND actor_kind = 1 AND actor = ? LIMIT 1",
            Value(area), Value(matter), Value(staff)
        ) { try $0.int(0) } != nil
    }

    static func inspectedCount(
        _ tx: any Transaction, area: AreaCode, from first: Day, through last: Day
    ) throws -> Int {
        let found = try tx.first(
            inspected, Value(area), Value(Moment(first)), Value(Moment(last + 1)), read: { try $0.int(0) })
        return Int(found ?? 0)
    }

    private static let inspected = SQL(
        """
        SELECT count(*) FROM matter_status s WHERE s.area = ? AND \(carriedOut) AND EXISTS (
            SELECT 1 FROM matter_inspection i WHERE i.area = s.area AND i.sampled = s.matter)
        """)
}
