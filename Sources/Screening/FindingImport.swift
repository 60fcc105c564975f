import Basics
import Control
import Storage

extension EventKind {
    /// 审核批次入库
    public static let screeningImported: EventKind = "screening.run.imported"
    /// 疑点入库, a part of a run at a time
    public static let findingsImported: EventKind = "screening.findings.imported"
}

/// Findings in the agency's database (疑点库), for the desks that decide on them.
///
/// ```swift
/// let result = try ResultFolder(out)
/// let outcome = try await store.write { tx in
///     try ScreeningDesk.importRun(tx, area: area, result, by: actor, at: now)
/// }
/// let page = try await store.read { tx in
///     try ScreeningDesk.findings(tx, area: area, FindingFilter(rule: "A01010101"), after: nil, limit: 50)
/// }
/// ```
public enum ScreeningDesk {
    public static let migrations: [Migration] = ScreeningSchema.migrations

    /// What an import did.
    public struct ImportOutcome: Hashable, Sendable {
        public let run: ID<ImportedRun>
        public let findings: Int
        /// This very run was in the database before: nothing was written.
        public let isRepeat: Bool
    }

    /// Findings of one event: its rows are held in memory while its digest is taken.
    private static let partSize = 5_000

    private static let known = SQL(
        "SELECT \(ImportedRun.table.columnList) FROM screening_run WHERE area = ? AND code = ?")

    /// Takes a run's findings over, once: the same run again changes nothing, and another result under the same
    /// run number is refused.
    public static func importRun(
        _ tx: any Transaction, area: AreaCode, _ result: ResultFolder, by actor: Actor, at now: Moment
    ) throws -> ImportOutcome {
        try result.checkDigest()
        if let earlier = try tx.one(ImportedRun.self, known, Value(area), .text(result.code)) {
            guard earlier.findingsDigest == result.findingsDigest else {
                throw Problem(
                    "screening.import.code", field: result.code, "批次号 \(result.code) 已用于另一次审核,请换一个批次号(--run-id)重新审核")
            }
            return ImportOutcome(run: earlier.id, findings: earlier.findingCount, isRepeat: true)
        }
        let run = try insertRun(tx, area: area, result, by: actor, at: now)
        var part = FindingPart(area: area, run: run.id, actor: actor, at: now)
        try result.forEach(run: run.id) { finding in
            try part.add(finding)
            if part.count == partSize { try part.write(tx) }
        }
        if part.count > 0 { try part.write(tx) }
        guard part.written == result.findingCount else {
            throw Problem("screening.result.count", field: result.code, "疑点条数与 run.json 不符,请重新审核后再导入")
        }
        return ImportOutcome(run: run.id, findings: part.written, isRepeat: false)
    }

    private static func insertRun(
        _ tx: any Transaction, area: AreaCode, _ result: ResultFolder, by actor: Actor, at now: Moment
    ) throws -> ImportedRun {
        let run = ImportedRun(
            id: try tx.nextID(ImportedRun.self, "screening_run"), code: result.code, extract: result.extract,
            screenedAt: result.screenedAt, rulesDigest: result.rulesDigest, knowledgeDigest: result.knowledgeDigest,
            parametersVersion: result.parametersVersion, capsArea: result.capsArea,
            findingsDigest: result.findingsDigest, lineCount: result.lineCount, findingCount: result.findingCount,
            actor: actor, at: now)
        var rows = RowDigest()
        try ImportedRun.table.insert(tx, run.values(area), into: &rows)
        try EventLog.append(
            tx,
            Event(
                area: area, kind: .screeningImported, subject: run.id.raw, actor: actor, at: now,
                detail: #"{"findings":\#(result.findingCount),"lines":\#(result.lineCount)}"#, rows: rows))
        return run
    }
}

/// Findings on their way into the tables: a part at a time, each with its event.
private struct FindingPart {
    let area: AreaCode
    let run: ID<ImportedRun>
    let actor: Actor
    let at: Moment
    private(set) var written = 0
    private var findings: [[Value]] = []
    private var lines: [[Value]] = []

    init(area: AreaCode, run: ID<ImportedRun>, actor: Actor, at: Moment) {
        self.area = area
        self.run = run
        self.actor = actor
        self.at = at
    }

    var count: Int { findings.count }

    mutating func add(_ finding: ImportedFinding) throws {
        findings.append(finding.values(area))
        lines += finding.lineValues(area)
    }

    mutating func write(_ tx: any Transaction) throws {
        try insert(tx, findings, ImportedFinding.table)
        try insert(tx, lines, ImportedFinding.lineTable)
        var rows = RowDigest()
        for values in findings { ImportedFinding.table.add(values, to: &rows) }
        for values in lines { ImportedFinding.lineTable.add(values, to: &rows) }
        let first = written + 1
        written += findings.count
        try EventLog.append(
            tx,
            Event(
                area: area, kind: .findingsImported, subject: run.raw, record: Int64(first), actor: actor, at: at,
                detail: #"{"first":\#(first),"last":\#(written)}"#, rows: rows))
        findings.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
    }

    private func insert(_ tx: any Transaction, _ rows: [[Value]], _ table: EvidenceTable) throws {
        if rows.isEmpty { return }
        try tx.insert(into: table.name, columns: table.columns.map(\.name), rows: rows)
    }
}

// MARK: - Proof

extension ScreeningDesk {
    /// How `yibao verify` recomputes the digests of imported runs.
    public static let evidence: [EvidenceSource] = [
        EvidenceSource(
            "审核批次", kinds: [.screeningImported], rowCount: "SELECT count(*) FROM screening_run WHERE area = ?"
        ) { tx, event, digest in
            try ImportedRun.table.addAll(
                tx, "WHERE area = ? AND id = ?", [Value(event.area), .int(event.subject)], to: &digest)
        },
        EvidenceSource("疑点", kinds: [.findingsImported]) { tx, event, digest in
            guard let json = try? JSON.parse(event.detail), let last = json["last"]?.int else { return }
            let keys: [Value] = [Value(event.area), .int(event.subject), .int(event.record), .int(last)]
            try ImportedFinding.table.addAll(
                tx, "WHERE area = ? AND run = ? AND no BETWEEN ? AND ? ORDER BY no", keys, to: &digest)
            try ImportedFinding.lineTable.addAll(
                tx, "WHERE area = ? AND run = ? AND finding BETWEEN ? AND ? ORDER BY finding, place", keys, to: &digest)
        },
    ]

    private static let brokenRuns: SQL = """
        SELECT r.code FROM screening_run r
        LEFT JOIN (SELECT area, run, count(*) AS number, max(no) AS greatest FROM screening_finding
            GROUP BY area, run) f ON f.area = r.area AND f.run = r.id
        WHERE r.area = ? AND (COALESCE(f.number, 0) <> r.finding_count OR COALESCE(f.greatest, 0) <> r.finding_count)
        ORDER BY r.id
        """

    /// A run has the findings that it says, numbered without a gap.
    public static func verify(_ tx: any Transaction, area: AreaCode) throws -> [Problem] {
        try tx.rows(brokenRuns, Value(area)) { try $0.text(0) }.map { code in
            Problem("screening.verify.count", field: "审核批次 \(code)", "疑点条数与批次登记不符,请从备份核对这一批次")
        }
    }
}
