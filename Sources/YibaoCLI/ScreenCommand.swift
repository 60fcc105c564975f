import Agency
import ArgumentParser
import Basics
import Control
import Dispatch
import Foundation
import Glibc
import Screening
import Storage

/// `yibao screen FOLDER --out RESULT`: screens an extract without server, database or set-up.
struct ScreenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen", abstract: "智能审核:对提取的数据逐行审核,输出疑点和报告",
        discussion: """
            例:yibao screen 数据文件夹 --out 结果文件夹
            疑点入库:再加 --import --db 数据库 --area 区划;不写数据文件夹,则把已有的结果文件夹入库。
            """)

    @Argument(help: "数据文件夹,内有 mdtrt_d、fee_list_d、setl_d 等表的 CSV") var folder: String?
    @Option(help: "结果文件夹") var out: String?
    @Option(help: "统筹区价格表,例如 610000") var caps: String?
    @Option(help: "机构自己的知识点和表格所在文件夹") var knowledge: String?
    @Option(help: "随系统的知识库文件夹(默认自动寻找)") var knowledgeBase: String?
    @Option(help: "参数文件(默认用知识库里的 parameters.yaml)") var parameters: String?
    @Option(help: "线程数(默认为处理器个数)") var threads: Int?
    @Option(help: "内存上限,例如 2GiB、512MiB") var memory = "2GiB"
    @Option(help: "强制字符编码:utf-8 或 gb18030(默认自动识别)") var encoding: String?
    @Option(help: "临时文件夹(默认在结果文件夹内)") var work: String?
    @Option(help: "批次号,写进每条疑点") var runId: String?
    @Option(help: ArgumentHelp("分区数,须为 2 的幂", visibility: .hidden)) var partitions: Int?
    @Flag(help: "不写 findings.xlsx") var noXlsx = false
    @Flag(help: "输出可移植的 SQL,不运行") var emitSql = false
    @Option(help: "SQL 的方言:duckdb 或 spark") var dialect = SQLDialect.duckDB
    @Option(help: "在哪里审核:native 本机,spark 集群(把同一套规则作为 SQL 交给 spark-sql)") var engine = Engine.native
    @Option(help: "集群地址,例如 local[2]、spark://主机:7077、yarn") var master = "local[*]"
    @Option(help: "Spark 4 所在文件夹(默认 SPARK_HOME,或 scripts/spark-setup 装的 .venv-spark)") var sparkHome: String?
    @Option(help: "另给 Spark 的设置,例如 spark.executor.memory=4g,可写多次") var sparkConf: [String] = []
    @Option(help: "核对用的标注文件(planted.csv):逐类给出查准率和查全率,不全对时退出码为 1") var labels: String?
    @Flag(name: .customLong("import"), help: "把疑点写入经办机构的数据库,同一批次只写一次") var imports = false
    @Option(help: "疑点入库用的数据库:SQLite 文件,或 PostgreSQL 连接串") var db: String?
    @Option(help: "疑点入库用的统筹区,六位医保区划代码") var area: String?

    func run() async throws {
        do {
            let target = imports ? try ImportTarget(db: db, area: area) : nil
            if imports, folder == nil, let out {
                try await target?.take(URL(fileURLWithPath: out))
                return
            }
            let base = try knowledgeBase.map { URL(fileURLWithPath: $0) } ?? KnowledgeBase.standardFolder()
            let known = try KnowledgeBase(
                folder: base, extra: knowledge.map { URL(fileURLWithPath: $0) },
                parametersFile: parameters.map { URL(fileURLWithPath: $0) }, capsArea: caps)
            if emitSql {
                print(
                    try ScreeningSQL(known, extract: folder.map { URL(fileURLWithPath: $0) }, dialect: dialect).script()
                )
                return
            }
            guard let folder, let out else { throw ValidationError("请写明数据文件夹和 --out 结果文件夹") }
            switch engine {
            case .native: try screen(URL(fileURLWithPath: folder), out: URL(fileURLWithPath: out), known)
            case .spark: try await screenOnCluster(URL(fileURLWithPath: folder), out: URL(fileURLWithPath: out), known)
            }
            if let labels { try compare(URL(fileURLWithPath: out), labels: URL(fileURLWithPath: labels)) }
            try await target?.take(URL(fileURLWithPath: out))
        } catch let problems as Problems {
            for problem in problems.all.prefix(50) { write(problem.description + "\n") }
            throw ExitCode(1)
        } catch let problem as Problem {
            write(problem.description + "\n")
            throw ExitCode(1)
        }
    }

    private func screen(_ folder: URL, out: URL, _ known: KnowledgeBase) throws {
        let line = ProgressLine(isTerminal: isatty(STDERR_FILENO) == 1)
        var screening = Screening(
            extract: folder, out: out, knowledge: known, runID: runId ?? ScreenCommand.today(),
            progress: ScreeningProgress(everyMilliseconds: line.isTerminal ? 250 : 5000, report: line.show))
        screening.threads = max(1, threads ?? ProcessInfo.processInfo.activeProcessorCount)
        screening.memory = try ScreenCommand.bytes(memory)
        screening.encoding = try forcedEncoding()
        screening.work = work.map { URL(fileURLWithPath: $0) }
        screening.writesWorkbook = !noXlsx
        screening.partitions = partitions
        let result = try screening.run()
        line.end()
        let seconds = result.readSeconds + result.screenSeconds + result.writeSeconds
        print("审核 \(result.lines) 行,\(result.encounters) 次就诊,\(result.persons) 人,用时 \(Tenths.text(seconds)) 秒")
        print("疑点 \(result.findings) 条,金额 \(result.amount) 元;读不出 \(result.rejected) 行")
        print("报告:\(out.appending(path: "report.html").path)")
    }

    private func forcedEncoding() throws -> TextEncoding? {
        guard let encoding else { return nil }
        guard let known = TextEncoding(rawValue: encoding.uppercased()) else {
            throw ValidationError("字符编码应为 utf-8 或 gb18030")
        }
        return known
    }

    private func screenOnCluster(_ folder: URL, out: URL, _ known: KnowledgeBase) async throws {
        var screening = SparkScreening(extract: folder, out: out, knowledge: known, master: master)
        screening.runID = runId ?? ScreenCommand.today()
        screening.encoding = try forcedEncoding()
        screening.home = sparkHome.map { URL(fileURLWithPath: $0) }
        screening.settings = sparkConf
        screening.work = work.map { URL(fileURLWithPath: $0) }
        let cluster = screening
        let running = Task { try await cluster.run() }
        let interrupts = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { running.cancel() }
            source.resume()
            return source
        }
        defer { for source in interrupts { source.cancel() } }
        do {
            let result = try await running.value
            print("集群审核 \(result.lines) 行,疑点 \(result.findings) 条,读不出 \(result.rejected) 行")
            print("疑点:\(out.appending(path: "findings.csv").path)")
        } catch is CancellationError {
            throw Problem("screening.spark.cancelled", field: master, "已按要求中止,没有写入结果")
        }
    }

    private func compare(_ out: URL, labels: URL) throws {
        let comparison = try LabelComparison(ResultFolder(out), labels: labels)
        for row in comparison.rows {
            print("\(row.kind):标注 \(row.labels) 条,疑点 \(row.findings) 条,相符 \(row.matched) 条")
        }
        for difference in comparison.differences.prefix(20) { write(difference.joined(separator: " ") + "\n") }
        print("查准率 \(comparison.precision),查全率 \(comparison.recall)(标注 \(comparison.labels) 条)")
        if !comparison.isPerfect { throw ExitCode(1) }
    }

    private static func today() -> String {
        let parts = Calendar(identifier: .gregorian).dateComponents(
            [.year, .month, .day, .hour, .minute, .second], from: Date())
        let numbers = [parts.month, parts.day, parts.hour, parts.minute, parts.second].map { number in
            let number = number ?? 0
            return number < 10 ? "0\(number)" : "\(number)"
        }
        return "\(parts.year ?? 0)" + numbers.joined()
    }

    /// `2GiB`, `512MiB` or plain bytes.
    static func bytes(_ text: String) throws -> Int {
        for (suffix, shift) in [("GiB", 30), ("G", 30), ("MiB", 20), ("M", 20), ("", 0)] where text.hasSuffix(suffix) {
            if let number = Int(text.dropLast(suffix.count)), number > 0, number < 1 << 20 || shift == 0 {
                let bytes = number << shift
                guard bytes >= 64 << 20 else { throw ValidationError("内存上限至少 64MiB") }
                return bytes
            }
        }
        throw ValidationError("内存上限应写成 2GiB 或 512MiB")
    }
}

extension ScreenCommand {
    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

enum Engine: String, ExpressibleByArgument {
    case native, spark
}

extension SQLDialect: ExpressibleByArgument {}

/// The database that a run's findings go into.
private struct ImportTarget {
    let db: String
    let area: AreaCode

    init(db: String?, area: String?) throws {
        guard let db else { throw Problem("screening.import.db", field: "--db", "请用 --db 写明疑点写入哪个数据库") }
        guard let code = area.flatMap({ AreaCode($0) }) else {
            throw Problem("screening.import.area", field: "--area", "请用 --area 写明统筹区的六位区划代码,例如 990100")
        }
        self.db = db
        self.area = code
    }

    func take(_ out: URL) async throws {
        let result = try ResultFolder(out)
        do {
            let store = try await House.store(db)
            try await store.migrate(Agency.migrations)
            let now = House.clock()
            let outcome = try await store.write { [area] tx in
                try EventLog.resume(tx, area: area)
                return try ScreeningDesk.importRun(tx, area: area, result, by: .system, at: now)
            }
            try await store.close()
            print(
                outcome.isRepeat
                    ? "这一批次已经入库(批次记录 \(outcome.run)),没有重复写入" : "疑点 \(outcome.findings) 条已入库,批次记录 \(outcome.run)")
        } catch let failure as StoreError {
            throw House.sentence(for: failure)
        }
    }
}

/// Seconds with one decimal.
enum Tenths {
    static func text(_ seconds: Double) -> String { FixedPoint.format(Int64(seconds * 10), decimals: 1) }
}

/// A bar on a terminal, plain lines elsewhere.
final class ProgressLine: @unchecked Sendable {
    let isTerminal: Bool
    private let start = Date()
    private var screeningSince: Date?

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    func show(_ state: ScreeningProgress.State) {
        let text = state.stage == "screen" ? screening(state) : state.stage == "write" ? "写结果" : reading(state)
        write(isTerminal ? "\r\u{1B}[2K" + text : text + "\n")
    }

    func end() { if isTerminal { write("\r\u{1B}[2K") } }

    private func reading(_ state: ScreeningProgress.State) -> String {
        let read = state.bytesBefore + state.bytes
        let seconds = max(0.001, Date().timeIntervalSince(start))
        let rate = Double(state.rows) / seconds
        let share = state.bytesTotal > 0 ? min(1, Double(read) / Double(state.bytesTotal)) : 0
        let left = share > 0.01 ? Int(seconds / share - seconds) : 0
        let filled = Int(share * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let done = isTerminal ? bar : "\(Int(share * 100))%"
        return "读取 \(state.file) \(done) \(state.rows) 行 \(Int(rate)) 行/秒 读完还需约 \(left) 秒"
    }

    private func screening(_ state: ScreeningProgress.State) -> String {
        guard state.partitions > 0 else { return "审核" }
        let since = screeningSince ?? Date()
        screeningSince = since
        let text = "审核 \(state.partitionsDone)/\(state.partitions)"
        guard state.partitionsDone > 0 else { return text }
        let left = state.partitions - state.partitionsDone
        return text + " 还需约 \(Int(Date().timeIntervalSince(since)) * left / state.partitionsDone) 秒"
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
