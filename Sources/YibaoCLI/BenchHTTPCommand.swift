import Agency
import ArgumentParser
import Basics
import Demonstration
import Foundation
import Policy
import Storage

/// `yibao bench-http`: signed settlements over HTTP on loopback, client and server on the same machine.
///
/// Makes a sample house in a new file, opens its doors with `yibao serve` as a process of its own, prepares and signs
/// all messages, then starts the clock. Afterwards it counts the settlements in the file: each answered message must
/// be there once.
struct BenchHTTPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-http", abstract: "压测:经 HTTP 签名结算", shouldDisplay: false)

    @Option(help: "并发客户端数")
    var clients = 64

    @Option(help: "每轮报文数")
    var messages = 20_000

    @Option(help: "轮数:看内存是否平稳、速度是否下降")
    var rounds = 1

    @Option(help: "每笔结算的明细条数")
    var lines = 15

    @Option(help: "参保人数")
    var people = 5_000

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Flag(help: "各轮的中位数与界线对照,不到界线则以 1 退出")
    var bounds = false

    @Option(help: "新数据库文件,默认在临时目录")
    var db: String?

    @Option(help: "服务端口;不给则取一个空闲的")
    var port: Int?

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yibao-bench-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = db ?? folder.appendingPathComponent("bench.sqlite").path
        let house = try await makeHouse(file)
        let port = try self.port ?? Connection.freePort()
        let server = try BenchServer(db: file, policies: policies, port: port)
        defer { server.stop() }
        try await server.waitUntilOpen()

        print("轮次  结算/秒   p50 ms   p95 ms   p99 ms   最长 ms  内存 MB  CPU µs/笔 服务端 客户端  未成功")
        var settled = 0
        var measured: [Measured] = []
        for round in 1...rounds {
            let writer = PurchaseWriter(house: house, linesCount: lines, round: round, now: House.clock())
            let requests = (0..<messages).map { writer.request($0, port: port) }
            let load = try LoadClient(port: port, clients: clients)
            let before = (server: server.cpuMicros, client: BenchServer.ownCPUMicros)
            let result = try load.run(requests)
            settled += result.succeeded
            let cost = [server.cpuMicros - before.server, BenchServer.ownCPUMicros - before.client]
            let memory = server.memoryMB
            measured.append(Measured(rate: result.rate, p99: result.taken(990), memory: memory))
            print(result.row(round: round, memoryMB: memory, cpuMicros: cost.map { $0 / messages }))
            if let refusal = result.firstRefusal { print("  首个未成功的应答:\(refusal)") }
        }
        server.stop()
        try await verify(file, settled)
        if bounds, !Measured.compare(measured) { throw ExitCode(1) }
    }

    /// What one round showed.
    private struct Measured {
        var rate: Int
        /// Microseconds
        var p99: Int
        /// MB
        var memory: Int

        private static let leastRate = 2_100
        private static let mostP99 = 60_000
        /// The digests of the last twenty minutes' signatures come and go; nothing else may be kept.
        private static let mostGrowth = 16

        /// Prints the medians beside their bounds; false when one is broken.
        static func compare(_ rounds: [Measured]) -> Bool {
            func median(_ figure: (Measured) -> Int) -> Int { rounds.map(figure).sorted()[rounds.count / 2] }
            let (rate, p99) = (median(\.rate), median(\.p99))
            let grown = (rounds.last?.memory ?? 0) - (rounds.first?.memory ?? 0)
            return [
                line("中位数 \(rate) 笔/秒", "≥ \(leastRate)", rate >= leastRate),
                line("p99 中位数 \(p99 / 1000) ms", "< \(mostP99 / 1000) ms", p99 < mostP99),
                line("内存自第一轮末增长 \(grown) MB", "≤ \(mostGrowth) MB", grown <= mostGrowth),
            ].allSatisfy { $0 }
        }

        private static func line(_ what: String, _ bound: String, _ holds: Bool) -> Bool {
            print("\(what);界线 \(bound)\(holds ? "" : ":**没有达到**")")
            return holds
        }
    }

    private func makeHouse(_ file: String) async throws -> SampleHouse {
        do {
            let book = try PolicyBook.load(policies, declared: Agency.declarations)
            let store = try SQLiteStore.open(file)
            let house = try await SampleHouse.make(in: store, policies: book, people: people, clock: House.clock)
            try await store.close()
            return house
        } catch {
            throw House.sentence(for: error)
        }
    }

    /// What was answered must be in the file, no more and no less.
    private func verify(_ file: String, _ settled: Int) async throws {
        let store = try SQLiteStore.open(file)
        let kept = try await store.read { tx in try tx.first("SELECT count(*) FROM settlement") { try $0.int(0) } } ?? 0
        try await store.close()
        print("已应答成功 \(settled) 笔,库内 \(kept) 笔")
        if kept != Int64(settled) { throw ExitCode(1) }
    }
}

/// `yibao serve` as a child process.
final class BenchServer {
    private let process = Process()
    private let port: Int

    init(db: String, policies: String, port: Int) throws {
        self.port = port
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["serve", "--db", db, "--policies", policies, "--port", String(port)]
        try process.run()
    }

    func waitUntilOpen() async throws {
        for _ in 0..<400 {
            if let probe = try? Connection(port: port) {
                probe.close()
                return
            }
            guard process.isRunning else { throw ExitCode(1) }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ExitCode(1)
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Processor time the server has used, user and system: what a busy machine does not change.
    var cpuMicros: Int {
        let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        // After the name in brackets, the 12th and 13th fields are user and system time in clock ticks.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 13, let user = Int(fields[11]), let system = Int(fields[12]) else { return 0 }
        return (user + system) * (1_000_000 / sysconf(Int32(_SC_CLK_TCK)))
    }

    static var ownCPUMicros: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let user = usage.ru_utime
        let system = usage.ru_stime
        return (user.tv_sec + system.tv_sec) * 1_000_000 + Int(user.tv_usec + system.tv_usec)
    }

    /// Resident memory of the server.
    var memoryMB: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }
}
