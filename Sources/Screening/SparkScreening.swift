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
    /// Folder of Spark; by default `SPARK_HOME`, else the `pyspark` of a virtual environment `.venv-spark`.
    public var home: URL?
    /// Further settings, `spark.executor.memory=4g`.
    public var settings: [String] = []
    /// Folder of the tables made in between; workers must reach it.
    public var work: URL?

    public struct Result: Sendable, Hashable {
        public let lines: Int
        public let findings: Int
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
        let script = temporary.appending(path: "rules.sql")
        try ScreeningSQL(knowledge, extract: extract.standardizedFileURL, dialect: .spark).script()
            .write(to: script, atomically: true, encoding: .utf8)
        let output = temporary.appending(path: "findings.jsonl")
        try await start(spark, script: script, output: output, in: temporary)
        return try collect(output, began: began)
    }

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
            "spark.sql.session.timeZone=UTC", "spark.sql.ansi.enabled=true", "spark.ui.enabled=false",
            "spark.sql.shuffle.partitions=32", "spark.driver.maxResultSize=0",
        ]
        let pairs = (own + settings).flatMap { ["--conf", $0] }
        return ["--master", master] + pairs + ["-S", "-f", script.path]
    }

    private func start(_ program: URL, script: URL, output: URL, in folder: URL) async throws {
        let log = out.appending(path: "spark.log")
        let options = SparkScreening.ownGroup()
        let (found, told) = try (SparkScreening.open(output), SparkScreening.open(log))
        let ended = try await Subprocess.run(
            .path(FilePath(program.path)), arguments: Arguments(arguments(script, folder)),
            workingDirectory: FilePath(folder.path), platformOptions: options, input: .none,
            output: .fileDescriptor(found, closeAfterSpawningProcess: true),
            error: .fileDescriptor(told, closeAfterSpawningProcess: true))
        try Task.checkCancellation()
        guard ended.terminationStatus.isSuccess else {
            throw Problems(
                Problem(
                    "screening.spark.failed", field: log.path, "集群审核失败(\(ended.terminationStatus)),没有写入结果;原因在 spark.log"
                ))
        }
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
    private func collect(_ output: URL, began: Date) throws -> Result {
        let unfinished = out.appending(path: ".findings.csv")
        defer { try? FileManager.default.removeItem(at: unfinished) }
        let file = try FileWriter(unfinished.path, digesting: true)
        try file.line(FindingRenderer.header)
        var sums = Array(repeating: (findings: 0, amount: Int64(0), fund: Int64(0)), count: knowledge.rules.count)
        let start = Array((runID + ",").utf8)
        let told = try SparkOutput(file: output) { finding in
            guard knowledge.rules.indices.contains(finding.rule) else { return }
            try file.write(start)
            try file.write(row(finding))
            try file.write([0x0A])
            sums[finding.rule].findings += 1
            sums[finding.rule].amount += finding.amount
            if finding.fund != .min { sums[finding.rule].fund += finding.fund }
        }
        try file.flush()
        try writeSummary(sums)
        try writeRun(told, digest: file.digest(), began: began)
        let place = out.appending(path: "findings.csv")
        try? FileManager.default.removeItem(at: place)
        try FileManager.default.moveItem(at: unfinished, to: place)
        return Result(lines: told.lines, findings: told.findings)
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
                rule.strength.rawValue, rule.state.rawValue, "\(sum.findings)", Figures.yuan(sum.amount),
                Figures.yuan(sum.fund),
            ]
            try file.line(fields.map(CSVTable.escape).joined(separator: ","))
        }
        try file.flush()
    }

    private func writeRun(_ told: SparkOutput, digest: [UInt8], began: Date) throws {
        var json = JSONWriter(capacity: 8192)
        json.object { json in
            json.field("run_id", runID)
            json.field("extract", extract.lastPathComponent)
            json.field("began", began.formatted(.iso8601))
            json.field("engine", "spark")
            json.field("master", master)
            json.field("parameters_version", knowledge.parameters.version)
            json.field("caps_area", knowledge.capsArea ?? "")
            json.field("findings_sm3", Hex.encode(digest))
            json.object("counts") { json in
                json.field("lines_screened", Int64(told.lines))
                json.field("findings", Int64(told.findings))
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
