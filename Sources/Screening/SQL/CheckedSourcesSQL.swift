import Basics

/// Reading on a cluster (集群读数): the same rows are rejected that the native reader rejects, by the same share.
///
/// Each table is read once into `read_…`, its dates in one form, with the first fault of each row beside; `src_…` has
/// the rows without a fault. The structure of a CSV (quotes, number of columns, encoding) was judged before.
extension ScreeningSQL {
    /// Between column and reason of a fault.
    static let faultMark: Character = "|"

    func checkedSources(_ files: [SourceFile]) -> [String] {
        let views = files.indices.map { fileView(files[$0], number: $0) }
        let tables = ExtractTable.allCases.flatMap { table -> [String] in
            let own = files.indices.filter { files[$0].table == table }
            let rows = union(own.map { selection(table, of: files[$0], number: $0) }, or: table)
            let canonical = table.columns.map { isMoment($0, of: table) ? "\(oneForm($0)) AS \($0)" : $0 }
            return [
                """
                CREATE TABLE read_\(table.rawValue) AS
                SELECT file, \(canonical.joined(separator: ", ")), \(fault(table)) AS fault FROM (\(rows))
                """,
                "CREATE TEMPORARY VIEW src_\(table.rawValue) AS SELECT * FROM read_\(table.rawValue) WHERE fault IS NULL",
            ]
        }
        return views + tables + [reading(files)] + told
    }

    // MARK: What was read

    private func reading(_ files: [SourceFile]) -> String {
        let asked = files.enumerated().map { "\($0), \($1.wholeRows ?? -1), \($1.brokenRows)" }
        let read = ExtractTable.allCases.map { "SELECT file, fault FROM read_\($0.rawValue)" }
        return """
            CREATE TABLE reading AS
            SELECT i.file, i.whole, coalesce(r.found, 0) AS found, coalesce(r.found, 0) + i.broken AS rows_read,
              coalesce(r.bad, 0) + i.broken AS rejected
            FROM (VALUES \(asked.map { "(\($0))" }.joined(separator: ", "))) AS i(file, whole, broken)
            LEFT JOIN (SELECT file, count(*) AS found, count(fault) AS bad FROM (\(read.joined(separator: " UNION ALL ")))
              GROUP BY file) r ON r.file = i.file
            """
    }

    /// Prints the counts, three examples, stops where rows were lost or too many are broken, and prints all rejected.
    private var told: [String] {
        let rejected = ExtractTable.allCases.map {
            "SELECT file, fault, \($0.key) AS id FROM read_\($0.rawValue) WHERE fault IS NOT NULL"
        }.joined(separator: " UNION ALL ")
        func row(_ mark: String, _ most: String) -> String {
            "SELECT concat('\(mark)', to_json(struct(file, fault, id))) FROM (\(rejected)) ORDER BY file, fault, id\(most)"
        }
        let limit = parameters.rejectedShareLimit.partsPerMillion
        return [
            "SELECT concat('\(SparkOutput.readMark)', file, ' ', rows_read, ' ', rejected) FROM reading ORDER BY file",
            row(SparkOutput.exampleMark, " LIMIT 3"),
            "SELECT raise_error(concat('rows lost in file ', file)) FROM reading WHERE whole >= 0 AND whole <> found",
            """
            SELECT raise_error('too many broken rows') FROM (
              SELECT sum(rows_read) OVER (ORDER BY file) AS rows_read, sum(rejected) OVER (ORDER BY file) AS rejected
              FROM reading) WHERE rejected > \(Rejections.alwaysAllowed) AND rejected * 1000000 > rows_read * \(limit)
            """,
            row(SparkOutput.rejectedMark, ""),
        ]
    }

    // MARK: Faults, in the order in which the native readers look for them

    /// The column and reason of a row's first fault; NULL for a sound row.
    private func fault(_ table: ExtractTable) -> String {
        let faults: [Fault] =
            switch table {
            case .encounters:
                name(EncounterColumn.person) + name(EncounterColumn.mdtrtID) + moment(EncounterColumn.begin)
                    + [missing(EncounterColumn.begin)]
                    + [EncounterColumn.end, .updated, .birth, .death].flatMap { moment($0) }
            case .settlements:
                [SettlementColumn.setlID, .mdtrtID, .person].map { missing($0) }
                    + [SettlementColumn.mdtrtID, .initial].map { tooLong($0) }
                    + [SettlementColumn.total, .fund].flatMap { number($0, 2) } + moment(SettlementColumn.updated)
            case .diagnoses: [DiagnosisColumn.mdtrtID, .person].map { missing($0) }
            case .procedures: [ProcedureColumn.mdtrtID, .person].map { missing($0) }
            case .lines: lineFaults
            }
        let cases = faults.map {
            "WHEN \($0.condition) THEN \(text($0.column + String(Self.faultMark) + $0.reason.rawValue))"
        }
        return "CASE \(cases.joined(separator: "\n  ")) END"
    }

    private var lineFaults: [Fault] {
        typealias Column = LineColumn
        let needed: [(Column, Int)] = [(.quantity, 4), (.price, 6), (.amount, 2)]
        return name(Column.id) + [Column.person, .mdtrtID, .time].map { missing($0) } + moment(Column.time)
            + needed.flatMap { [missing($0.0)] + number($0.0, $0.1) } + moment(Column.updated)
            + number(Column.days, 4) + number(Column.inScope, 2)
            // A fee without a time is never compared with its upload.
            + moment(Column.uploaded, provided: "\(hasTime(column(Column.time)))")
            + [Column.refundOf, .prescription].map { tooLong($0) }
    }

    private struct Fault {
        let condition: String
        let column: String
        let reason: FieldFault
    }

    private func column(_ column: some TableColumn) -> String { type(of: column).names[column.rawValue] }

    private func missing(_ column: some TableColumn) -> Fault {
        let name = self.column(column)
        return Fault(condition: "\(name) IS NULL", column: name, reason: .missing)
    }

    /// An id: present, and short enough.
    private func name(_ column: some TableColumn) -> [Fault] {
        [missing(column), tooLong(column)]
    }

    private func tooLong(_ column: some TableColumn) -> Fault {
        let name = self.column(column)
        return Fault(condition: "octet_length(\(name)) > \(FieldFault.longestID)", column: name, reason: .tooLong)
    }

    /// A decimal of so many decimals that is not beyond all bounds.
    private func number(_ column: some TableColumn, _ decimals: Int) -> [Fault] {
        let name = self.column(column)
        let most = decimals == 2 ? FieldFault.mostYuan : FieldFault.mostUnits
        let magnitude = "abs(try_cast(\(name) AS DECIMAL(38, \(decimals))))"
        return [
            Fault(
                condition: "\(name) RLIKE '^[+-]?[0-9]*[.][0-9]{\(decimals)}[0-9]*[1-9]'", column: name,
                reason: .tooFine),
            Fault(
                condition: "NOT \(name) RLIKE '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)$'", column: name, reason: .notANumber),
            Fault(
                condition: "\(name) IS NOT NULL AND NOT coalesce(\(magnitude) < \(most), FALSE)", column: name,
                reason: .tooLarge),
        ]
    }

    private func moment(_ column: some TableColumn, provided condition: String = "TRUE") -> [Fault] {
        let name = self.column(column)
        return [
            Fault(
                condition: "\(name) IS NOT NULL AND \(condition) AND NOT \(isMoment(name))", column: name,
                reason: .notADate)
        ]
    }

    // MARK: Moments

    private func isMoment(_ column: String, of table: ExtractTable) -> Bool {
        let moments: [String] =
            switch table {
            case .encounters: [EncounterColumn.begin, .end, .updated, .birth, .death].map { self.column($0) }
            case .settlements: [self.column(SettlementColumn.updated)]
            case .diagnoses, .procedures: []
            case .lines: [LineColumn.time, .updated, .uploaded].map { self.column($0) }
            }
        return moments.contains(column)
    }

    /// The three forms of a date, alone or with a time: what `Field.moment()` reads.
    private func isMoment(_ column: String) -> String {
        let time = "([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?"
        let compact = "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
        return """
            (\(column) RLIKE '^([0-9]{4}(-[0-9]{2}-|/[0-9]{2}/)[0-9]{2}\(time)|[0-9]{8}(\(compact)|\(time)))$'
              AND NOT \(column) LIKE '0000%' AND try_cast(\(date(column)) AS DATE) IS NOT NULL)
            """
    }

    private func isSeparated(_ column: String) -> String { "substr(\(column), 5, 1) IN ('-', '/')" }

    private func date(_ column: String) -> String {
        """
        CASE WHEN \(isSeparated(column)) THEN concat(substr(\(column), 1, 4), '-', substr(\(column), 6, 2), '-',
          substr(\(column), 9, 2)) ELSE concat(substr(\(column), 1, 4), '-', substr(\(column), 5, 2), '-',
          substr(\(column), 7, 2)) END
        """
    }

    private func hasTime(_ column: String) -> String {
        "length(\(column)) > CASE WHEN \(isSeparated(column)) THEN 10 ELSE 8 END"
    }

    /// `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`; NULL for what is no moment.
    private func oneForm(_ column: String) -> String {
        """
        CASE WHEN \(isMoment(column)) THEN concat(\(date(column)), CASE WHEN NOT \(hasTime(column)) THEN ''
          WHEN \(isSeparated(column)) THEN concat(' ', substr(\(column), 12, 8))
          WHEN substr(\(column), 9, 1) IN (' ', 'T') THEN concat(' ', substr(\(column), 10, 8))
          ELSE concat(' ', substr(\(column), 9, 2), ':', substr(\(column), 11, 2), ':', substr(\(column), 13, 2)) END) END
        """
    }
}
