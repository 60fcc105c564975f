import Basics
import Foundation
import Seals
import Subprocess
import SystemPackage

/// The same rules on a cluster (集群审核): the rule set as SQL, run by `spark-sql` on whatever master the user names,
/// its findings the native engine's, line for line. Only the wording of `evidence` is the native engine's alone.
///
/// ```swift
/// let result = try await SparkScreening(extract: folder, out: out, knowledge: knowledge, master: "local[2]").run()
/// ```
/// The child runs in a process group of its own, which ends when the task is cancelled; nothing is left in `out` then.
public struct SparkScreening: Sendable {
    public var extract: URL
    public var out: URL
    public var knowledge: KnowledgeBase
    /// `local[2]`, `spark://host:7077`, `yarn`, `k8s://…`.
    public var master: String
    public var runID = "1"
    /// Forces an encoding of the CSV files, as the native engine's.
    public var encoding: TextEncoding?
    /// Folder of Spark; by default `SPARK_HOME`, else the `pyspark` of a virtual environment `.venv-spark`.
    public var home: URL?
    /// Further settings, `spark.executor.memory=4g`.
    public var settings: [String] = []
    /// Folder of the tables made in between; workers must reach it.
    public var work: URL?

    public struct Result: Sendable, Hashable {
        public let lines: Int
        public let findings: Int
        public let rejected: Int
    }

    public init(extract: URL, out: URL, knowledge: KnowledgeBase, master: String) {
        self.extract = extract
        self.out = out
        self.knowledge = knowledge
        self.master = master
    }

    public func run() async throws -> Result {
        let spark = try program()
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        let began = Date()
        let temporary = (work ?? out).appending(path: ".yibao-spark-\(getpid())").standardizedFileURL
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: temporary) }
        let sources = SparkSources(
            extract: extract.standardizedFileURL, encoding: encoding,
            limit: knowledge.parameters.rejectedShareLimit, work: temporary)
        let files = try await sources.files { try await columns(of: $0, spark, in: temporary) }
        var sql = ScreeningSQL(knowledge, extract: extract.standardizedFileURL, dialect: .spark)
        sql.files = files
        sql.stock = try sources.stock()
        let script = temporary.appending(path: "rules.sql")
        try sql.script().write(to: script, atomically: true, encoding: .utf8)
        let output = temporary.appending(path: "findings.jsonl")
        if try await !start(spark, arguments(script, temporary), output: output, in: temporary) {
            throw failure(try? SparkOutput(file: output), files)
        }
        return try collect(output, files, sources.rejections, began: began)
    }

    /// Why the program stopped: rows lost, too many broken rows, else what the log says.
    private func failure(_ told: SparkOutput?, _ files: [SourceFile]) -> Problems {
        var sums = (read: 0, rejected: 0)
        for (number, file) in files.enumerated() {
            guard let counts = told?.read[number] else { continue }
            if let whole = file.wholeRows, counts.rows != whole + file.brokenRows {
                return Problems(
                    Problem(
                        "screening.spark.rows", field: file.name,
                        "文件有 \(whole + file.brokenRows) 行,集群读出 \(counts.rows) 行,没有写入结果;请检查引号和换行,或用本机审核"))
            }
            sums = (sums.read + counts.rows, sums.rejected + counts.rejected)
            let limit = knowledge.parameters.rejectedShareLimit
            if Rejections.isTooMany(sums.rejected, of: sums.read, limit: limit) {
                let examples = (told?.examples ?? []).map {
                    "\(files[$0.file].name) \($0.id) \($0.column) \($0.reason)"
                }
                return Rejections.tooMany(
                    sums.rejected, of: sums.read, limit: limit, file: file.name, examples: examples)
            }
        }
        return Problems(Problem("screening.spark.failed", field: log.path, "集群审核失败,没有写入结果;原因在 spark.log"))
    }

    private var log: URL { out.appending(path: "spark.log") }

    // MARK: - The program

    private func program() throws -> URL {
        let environment = ProcessInfo.processInfo.environment["SPARK_HOME"].map { URL(fileURLWithPath: $0) }
        for home in [home, environment, SparkScreening.virtualEnvironment()].compactMap({ $0 }) {
            let program = home.appending(path: "bin/spark-sql")
            if FileManager.default.isExecutableFile(atPath: program.path) { return program }
        }
        throw Problems(
            Problem(
                "screening.spark.missing", field: "spark-sql",
                "找不到 Spark;请运行 scripts/spark-setup,或用 SPARK_HOME 指明 Spark 4 所在文件夹"))
    }

    /// `pyspark` as `scripts/spark-setup` installs it below the working directory.
    private static func virtualEnvironment() -> URL? {
        let lib = URL(fileURLWithPath: FileManager.default.currentDirectoryPath).appending(path: ".venv-spark/lib")
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: lib.path)) ?? []
        return versions.sorted().last.map { lib.appending(path: "\($0)/site-packages/pyspark") }
    }

    private func arguments(_ script: URL, _ folder: URL) -> [String] {
        let own = [
            "spark.sql.warehouse.dir=\(folder.path)/warehouse", "spark.sql.catalogImplementation=in-memory",
            "spark.sql.session.timeZone=Asia/Shanghai", "spark.sql.ansi.enabled=true", "spark.ui.enabled=false",
            "spark.sql.shuffle.partitions=32", "spark.driver.maxResultSize=0",
        ]
        let pairs = (own + settings).flatMap { ["--conf", $0] }
        return ["--master", master] + pairs + ["-S", "-f", script.path]
    }

    /// The columns of Parquet folders with their types, as Spark itself reads them, on this machine.
    private func columns(of folders: [SourceFile], _ spark: URL, in temporary: URL) async throws -> [[String: String]] {
        let mark = "FOLDER"
        let asked = folders.flatMap { ["SELECT '\(mark)'", "DESCRIBE QUERY SELECT * FROM parquet.`\($0.path)`"] }
        let script = temporary.appending(path: "columns.sql")
        try (asked.joined(separator: ";\n") + ";\n").write(to: script, atomically: true, encoding: .utf8)
        let output = temporary.appending(path: "columns.txt")
        let settings = [
            "--master", "local[1]", "--conf", "spark.sql.catalogImplementation=in-memory", "-S", "-f", script.path,
        ]
        guard try await start(spark, settings, output: output, in: temporary) else { throw failure(nil, []) }
        let told = try String(contentsOf: output, encoding: .utf8)
        return told.components(separatedBy: mark + "\n").dropFirst().map { part in
            var types: [String: String] = [:]
            for line in part.split(separator: "\n") {
                let cells = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }
                if cells.count >= 2, !cells[0].hasPrefix("#") { types[cells[0].lowercased()] = cells[1].lowercased() }
            }
            return types
        }
    }

    /// Runs `spark-sql` to its end; whether it succeeded.
    private func start(_ program: URL, _ arguments: [String], output: URL, in folder: URL) async throws -> Bool {
        let (found, told) = try (SparkScreening.open(output), SparkScreening.open(log))
        let ended = try await Subprocess.run(
            .path(FilePath(program.path)), arguments: Arguments(arguments), workingDirectory: FilePath(folder.path),
            platformOptions: SparkScreening.ownGroup(), input: .none,
            output: .fileDescriptor(found, closeAfterSpawningProcess: true),
            error: .fileDescriptor(told, closeAfterSpawningProcess: true))
        try Task.checkCancellation()
        return ended.terminationStatus.isSuccess
    }

    private static func open(_ file: URL) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(file.path), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
    }

    /// The JVM starts others: all of them end together.
    private static func ownGroup() -> PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(10))
        ]
        return options
    }

    // MARK: - The findings

    /// Writes the results, first beside their place: a run that fails leaves none.
    private func collect(
        _ output: URL, _ files: [SourceFile], _ broken: Rejections, began: Date
    ) throws -> Result {
        let unfinished = out.appending(path: ".findings.csv")
        defer { try? FileManager.default.removeItem(at: unfinished) }
        let file = try FileWriter(unfinished.path, digesting: true)
        try file.line(FindingRenderer.header)
        var sums = Array(repeating: (findings: 0, amount: Int64(0), fund: Int64(0)), count: knowledge.rules.count)
        let start = Array((runID + ",").utf8)
        let told = try SparkOutput(file: output) { finding in
            guard knowledge.rules.indices.contains(finding.rule) else { throw SparkOutput.broken(output) }
            try file.write(start)
            try file.write(row(finding))
            try file.write([0x0A])
            sums[finding.rule].findings += 1
            sums[finding.rule].amount += finding.amount
            if finding.fund != .min { sums[finding.rule].fund += finding.fund }
        }
        guard told.isWhole, let lines = told.lines, let findings = told.findings else {
            throw SparkOutput.broken(output)
        }
        try file.flush()
        try writeSummary(sums)
        try writeRejected(told.rejected, files, broken)
        // What the native reader counted holds the broken rows of all files and all rows of the tables of stock.
        let inTables = files.reduce(0) { $0 + ($1.wholeRows ?? 0) + $1.brokenRows }
        let ofStock = broken.counts.read - inTables
        let result = Result(lines: lines, findings: findings, rejected: broken.counts.rejected + told.rejected.count)
        let rows = told.read.values.reduce(ofStock) { $0 + $1.rows }
        try writeRun(result, rows: rows, digest: file.digest(), began: began)
        let place = out.appending(path: "findings.csv")
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.moveItem(at: unfinished, to: place)
        return result
    }

    /// Broken rows by their line; rows with a fault in a field by their key, since a cluster counts no lines.
    private func writeRejected(_ faults: [SparkOutput.Rejected], _ files: [SourceFile], _ broken: Rejections) throws {
        var rows = broken.named().map { [$0.file, "\($0.line)", $0.column, $0.reason] }
        for fault in faults where files.indices.contains(fault.file) {
            let file = files[fault.file]
            rows.append([file.name, "", fault.column, "\(fault.reason)(\(file.table.key) \(fault.id))"])
        }
        let place = try FileWriter(out.appending(path: "rejected.csv").path)
        try place.line("file,line,column,reason")
        for row in rows { try place.line(row.map(CSVTable.escape).joined(separator: ",")) }
        try place.flush()
    }

    private func row(_ finding: SparkOutput.Finding) -> [UInt8] {
        let rule = knowledge.rules[finding.rule]
        func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }
        return FindingRenderer.text(
            rule, point: bytes(finding.point), person: bytes(finding.person), encounter: bytes(finding.encounter),
            institution: bytes(finding.institution), day: finding.day, ids: bytes(finding.ids),
            quantity: finding.quantity, amount: finding.amount, fund: finding.fund,
            evidence: bytes("按规则“\(rule.name)”在集群上判定"))
    }

    private func writeSummary(_ sums: [(findings: Int, amount: Int64, fund: Int64)]) throws {
        let file = try FileWriter(out.appending(path: "summary.csv").path)
        try file.line("rule_seq,rule_code,rule_name,kind,strength,state,findings,amount,fund_amount")
        for (rule, sum) in zip(knowledge.rules, sums) {
            let fields = [
                rule.sequence.map(String.init) ?? "", rule.code, rule.name, rule.kind?.rawValue ?? "",
                rule.strengthText, rule.state.rawValue, "\(sum.findings)", Figures.yuan(sum.amount),
                Figures.yuan(sum.fund),
            ]
            try file.line(fields.map(CSVTable.escape).joined(separator: ","))
        }
        try file.flush()
    }

    private func writeRun(_ result: Result, rows: Int, digest: [UInt8], began: Date) throws {
        var json = JSONWriter(capacity: 8192)
        json.object { json in
            json.field("run_id", runID)
            json.field("extract", extract.lastPathComponent)
            json.field("began", began.formatted(.iso8601))
            json.field("engine", "spark")
            json.field("master", master)
            json.field("parameters_version", knowledge.parameters.version)
            knowledge.parameters.write(to: &json)
            json.field("caps_area", knowledge.capsArea ?? "")
            json.field("findings_sm3", Hex.encode(digest))
            json.object("counts") { json in
                json.field("rows_read", Int64(rows))
                json.field("rows_rejected", Int64(result.rejected))
                json.field("lines_screened", Int64(result.lines))
                json.field("findings", Int64(result.findings))
            }
            json.array("knowledge") { json in
                for file in knowledge.files {
                    json.object { json in
                        json.field("file", file.name)
                        json.field("sm3", file.hash)
                    }
                }
            }
        }
        let file = try FileWriter(out.appending(path: "run.json").path)
        try file.write(json.bytes)
        try file.write([0x0A])
        try file.flush()
    }
}
