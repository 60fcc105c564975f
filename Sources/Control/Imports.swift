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
        INSERT INTO import_batch (area, id, kind, file, digest, line_count, actor_kind, actor, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// Registers the sheet and carries it out, unless the same file was carried out before.
    ///
    /// - Parameter work: writes the rows under the batch and returns how many lines brought something new; it
    ///   throws `Problems` to refuse the whole file.
    public static func carryOut<Line>(
        _ tx: any Transaction, _ sheet: ImportSheet<Line>, kind: String, by origin: ImportOrigin,
        work: (ID<ImportBatch>) throws -> Int
    ) throws -> ImportOutcome {
        let earlier = try tx.first(known, Value(origin.area), .text(kind), .bytes(sheet.digest)) { row in
            try row.id(0, ImportBatch.self)
        }
        if let earlier {
            return ImportOutcome(batch: earlier, read: sheet.lines.count, written: 0, isRepeat: true)
        }
        let batch = try tx.nextID(ImportBatch.self, "import_batch")
        try tx.execute(
            insertion, Value(origin.area), Value(batch), .text(kind), .text(sheet.file), .bytes(sheet.digest),
            .int(Int64(sheet.lines.count)), .int(origin.actor.columns.kind), .int(origin.actor.columns.number),
            Value(origin.at))
        let written = try work(batch)
        return ImportOutcome(batch: batch, read: sheet.lines.count, written: written, isRepeat: false)
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
