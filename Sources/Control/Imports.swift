import Basics
import Seals
import Storage

/// A file read for import (导入文件): its rows are valid by their types, its name and digest tell it from others.
public struct ImportSheet<Line: Sendable>: Sendable {
    public let file: String
    /// SM3 of the file's bytes: the same bytes are the same import.
    public let digest: [UInt8]
    /// The rows with the line of the file on which each began.
    public let lines: [(number: Int, row: Line)]

    /// Reads a whole CSV file and throws every problem in it at once.
    ///
    /// - Parameter read: makes a row; what it rejects is collected, and its nil then stands for nothing.
    public init(
        _ text: String, file: String, required: [String], read: (inout FieldReader) -> Line?
    ) throws(Problems) {
        let table = try CSVTable(text, file: file, required: required)
        var lines: [(number: Int, row: Line)] = []
        lines.reserveCapacity(table.rows.count)
        var problems = Problems()
        for row in table.rows {
            var fields = FieldReader(row, file: file)
            let line = read(&fields)
            if fields.isValid, let line {
                lines.append((row.line, line))
            } else {
                problems.all += fields.problems.all
            }
        }
        try problems.throwIfAny()
        self.file = file
        self.lines = lines
        digest = SM3.hash(text)
    }

    private init(file: String, digest: [UInt8], lines: [(number: Int, row: Line)]) {
        self.file = file
        self.digest = digest
        self.lines = lines
    }

    /// A sheet whose lines each stand for several rows, made with the help of another file: it is the same import
    /// only when both files are the same.
    public func flattened<Row, Other>(beside other: ImportSheet<Other>) -> ImportSheet<Row> where Line == [Row] {
        ImportSheet<Row>(
            file: file, digest: SM3.hash(digest + other.digest),
            lines: lines.flatMap { line in line.row.map { (line.number, $0) } })
    }

    /// The place of a line in the words of whoever handed the file in: `people.csv:12`.
    public func place(_ number: Int) -> String { "\(file):\(number)" }
}

/// What an import did.
public struct ImportOutcome: Hashable, Sendable {
    public var batch: ID<ImportBatch>
    /// Rows in the file.
    public var read: Int
    /// Rows that brought something new.
    public var written: Int
    /// True when this very file had been imported before: nothing was done again.
    public var isRepeat: Bool

    /// Rows that were known already, word for word.
    public var unchanged: Int { read - written }

    public init(batch: ID<ImportBatch>, read: Int, written: Int, isRepeat: Bool) {
        self.batch = batch
        self.read = read
        self.written = written
        self.isRepeat = isRepeat
    }
}

/// One imported file (导入批次). The file's digest is its key: the same file twice is one batch.
public struct ImportBatch: Hashable, Sendable {
    public let id: ID<ImportBatch>
    public let area: AreaCode
    /// What was imported: `enrolment.people`.
    public let kind: String
    public let file: String
    public let digest: [UInt8]
    /// Who handed it in.
    public let actor: Actor
    public let at: Moment
}

/// The register of imports, common to the desks.
public enum Imports {
    public static let migrations = [
        Migration(
            "imports.1",
            [
                """
                CREATE TABLE import_batch (
                    area {int} NOT NULL,
                    id {int} NOT NULL,
                    kind {text} NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
                    file {text} NOT NULL,
                    digest {blob} NOT NULL CHECK (length(digest) = 32),
                    line_count {int} NOT NULL CHECK (line_count >= 0),
                    actor_kind {int} NOT NULL,
                    actor {int} NOT NULL,
                    at {int} NOT NULL,
                    PRIMARY KEY (area, id),
                    UNIQUE (area, kind, digest)
                ) {strict}
                """,
                "{append-only import_batch}",
            ])
    ]

    private static let known: SQL = "SELECT id FROM import_batch WHERE area = ? AND kind = ? AND digest = ?"
    private static let insertion: SQL = """
        INSERT INTO import_batch (area, id, kind, file, digest, line_count, actor_kind, actor, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Registers the sheet and carries it out, unless the same file was carried out before. One event tells of
    /// the batch and vouches for every row it wrote.
    ///
    /// - Parameter work: writes the rows under the batch and returns how many lines brought something new; it
    ///   throws `Problems` to refuse the whole file.
    public static func carryOut<Line>(
        _ tx: any Transaction, _ sheet: ImportSheet<Line>, _ kind: ImportKind, by origin: ImportOrigin,
        work: (ID<ImportBatch>) throws -> Int
    ) throws -> ImportOutcome {
        let earlier = try tx.first(known, Value(origin.area), .text(kind.name), .bytes(sheet.digest)) { row in
            try row.id(0, ImportBatch.self)
        }
        if let earlier {
            return ImportOutcome(batch: earlier, read: sheet.lines.count, written: 0, isRepeat: true)
        }
        let batch = try tx.nextID(ImportBatch.self, "import_batch")
        try tx.execute(
            insertion, Value(origin.area), Value(batch), .text(kind.name), .text(sheet.file), .bytes(sheet.digest),
            .int(Int64(sheet.lines.count)), .int(origin.actor.columns.kind), .int(origin.actor.columns.number),
            Value(origin.at))
        let written = try work(batch)
        try kind.record(tx, batch, lines: sheet.lines.count, written: written, by: origin)
        return ImportOutcome(batch: batch, read: sheet.lines.count, written: written, isRepeat: false)
    }
}

/// A kind of import (导入类别) and the rows that its event vouches for.
public struct ImportKind: Sendable {
    public let name: String
    /// Each condition takes the area and the batch and puts the rows in an order of their own.
    private let parts: [Part]

    private struct Part {
        let table: EvidenceTable
        let condition: String
    }

    private static let batchTable = EvidenceTable(
        "import_batch", "area", "id", .text("kind"), .text("file"), .blob("digest"), "line_count", "actor_kind",
        "actor", "at")

    /// - Parameter parts: tables with a `batch` column, each with the columns that order its rows.
    public init(_ name: String, _ parts: (table: EvidenceTable, order: String)...) {
        self.name = name
        self.parts = parts.map { part in
            Part(table: part.table, condition: "WHERE area = ? AND batch = ? ORDER BY \(part.order)")
        }
    }

    public var event: EventKind { EventKind("\(name).imported") }

    /// Reads the rows back: what the event says is what stands in the tables, by the words that verify it.
    private func add(_ tx: any Transaction, area: AreaCode, batch: Int64, to digest: inout RowDigest) throws {
        try ImportKind.batchTable.addAll(tx, "WHERE area = ? AND id = ?", [Value(area), .int(batch)], to: &digest)
        for part in parts {
            try part.table.addAll(tx, part.condition, [Value(area), .int(batch)], to: &digest)
        }
    }

    func record(
        _ tx: any Transaction, _ batch: ID<ImportBatch>, lines: Int, written: Int, by origin: ImportOrigin
    ) throws {
        var rows = RowDigest()
        try add(tx, area: origin.area, batch: batch.raw, to: &rows)
        try EventLog.append(
            tx,
            Event(
                area: origin.area, kind: event, subject: batch.raw, actor: origin.actor, at: origin.at,
                detail: #"{"lines":\#(lines),"written":\#(written)}"#, rows: rows))
    }

    /// How `yibao verify` comes to the same digest.
    public var evidence: EvidenceSource {
        EvidenceSource("导入 \(name)", kinds: [event]) { tx, event, digest in
            try add(tx, area: event.area, batch: event.record, to: &digest)
        }
    }
}

/// A desk's act that writes one row (业务动作): the event it leaves, and how its row is found again.
public struct ActKind: Sendable {
    public let event: EventKind
    private let table: EvidenceTable
    private let condition: String
    private let hasRecord: Bool

    /// - Parameters:
    ///   - subject: the column that holds the event's subject.
    ///   - record: the column that tells the subject's acts apart, where it may have several.
    public init(_ event: EventKind, _ table: EvidenceTable, subject: String, record: String? = nil) {
        self.event = event
        self.table = table
        condition = "WHERE area = ? AND \(subject) = ?" + (record.map { " AND \($0) = ?" } ?? "")
        hasRecord = record != nil
    }

    private func add(
        _ tx: any Transaction, area: AreaCode, subject: Int64, record: Int64, to digest: inout RowDigest
    ) throws {
        let keys: [Value] = [Value(area), .int(subject)] + (hasRecord ? [.int(record)] : [])
        try table.addAll(tx, condition, keys, to: &digest)
    }

    /// Appends the event of a row that has just been written.
    public func record(
        _ tx: any Transaction, area: AreaCode, subject: Int64, record: Int64? = nil, by actor: Actor, at: Moment
    ) throws {
        var rows = RowDigest()
        try add(tx, area: area, subject: subject, record: record ?? subject, to: &rows)
        try EventLog.append(
            tx,
            Event(area: area, kind: event, subject: subject, record: record, actor: actor, at: at, rows: rows))
    }

    public var evidence: EvidenceSource {
        EvidenceSource(event.name, kinds: [event]) { tx, event, digest in
            try add(tx, area: event.area, subject: event.subject, record: event.record, to: &digest)
        }
    }
}

/// For which area, by whom and when a file is imported.
public struct ImportOrigin: Hashable, Sendable {
    public var area: AreaCode
    public var actor: Actor
    public var at: Moment

    public init(area: AreaCode, actor: Actor, at: Moment) {
        self.area = area
        self.actor = actor
        self.at = at
    }
}
