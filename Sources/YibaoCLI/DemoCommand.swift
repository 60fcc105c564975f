import Agency
import ArgumentParser
import Basics
import Control
import Demonstration
import Dispatch
import Foundation
import Policy
import Seals
import Storage

/// `yibao demo --people 20000 --seed 1 --db demo.sqlite`: a county at work, drawn from a seed.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "生成示范县:机构、人员和两年的就诊,全部经真实的结算流程办理",
        discussion: """
            人名、机构、病情和价格都是编造的。人数、种子和截止日(--until)相同,生成的县相同,--digest 显示的 SM3 也相同(密码、密钥和由它们算出的值不计)。
            不写 --until 则生成到此刻,每次都略有不同。
            各岗位账号、一家医院和一家药店的签名密钥写在“数据库文件.accounts”里(只有本人可读),最后写成。
            """)

    @Option(help: "人数")
    var people = 20_000

    @Option(help: "随机种子:种子、人数和截止日相同,县就相同")
    var seed: UInt64 = 1

    @Option(help: "数据库:新的 SQLite 文件,或空的 PostgreSQL 库的连接串")
    var db: String

    @Option(help: "生成到哪一天为止,例如 2026-10-31;不写则到此刻")
    var until: String?

    @Option(help: "另把平台格式的抽取文件写到这个文件夹,其中埋设各类违规并附标注 planted.csv")
    var extract: String?

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Option(help: "目录和示范数据所在的 knowledge 文件夹")
    var knowledge = "knowledge"

    @Flag(help: "生成后显示规范导出的 SM3,用来比较两次生成")
    var digest = false

    @Flag(help: "不显示进度")
    var quiet = false

    func run() async throws {
        let work = Task { try await make() }
        let interrupt = Self.onInterrupt { work.cancel() }
        defer { interrupt.cancel() }
        do {
            try await work.value
        } catch is CancellationError {
            throw House.sentence(
                for: Problem(
                    "demo.cancelled", field: db, "已按要求中止,示范县没有生成完;请删除这个数据库及其 .key 文件后重新生成"))
        } catch {
            throw House.sentence(for: error)
        }
    }

    private func make() async throws {
        let started = ContinuousClock.now
        let demonstration = try Demonstration(people: people, seed: seed, until: try moment())
        let files = try DemonstrationFiles(folder: knowledge)
        let book = try PolicyBook.load(policies, declared: Agency.declarations)
        guard book.areas[Demonstration.area] != nil else {
            throw Problem("demo.policies", field: "--policies", "政策文件夹里没有示范市 \(Demonstration.area) 的政策,请核对路径")
        }
        let path = SigningKey.path(besideDatabase: db)
        try refuseExisting(path)
        let store = try await House.store(db)
        do {
            try await store.migrate(Agency.migrations)
            let meter = ProgressMeter(isQuiet: quiet)
            let key = try SigningKey.make(at: path)
            let made = try await demonstration.make(in: store, policies: book, files: files, key: key) {
                meter.show($0)
            }
            meter.finish()
            try await finish(made, store, until: try moment().day, took: started.duration(to: .now))
            try await store.close()
        } catch {
            try? await store.close()
            throw error
        }
    }

    /// What stands there already is somebody's work.
    private func refuseExisting(_ key: String) throws {
        let isFile = !db.contains("://") && !db.contains("dbname=")
        for path in (isFile ? [db] : []) + [key] where FileManager.default.fileExists(atPath: path) {
            throw Problem("demo.exists", field: path, "这个文件已经存在,不会覆盖;请换一个名称,或先删除它")
        }
    }

    private func moment() throws -> Moment {
        guard let until else { return House.clock() }
        guard let day = Day(until) else {
            throw Problem("demo.until", field: "--until", "“\(until)”不是日期,请写成 2026-10-31")
        }
        return Moment(day, hour: 23, minute: 59, second: 59)
    }

    private func finish(
        _ made: Demonstration.Result, _ store: any Store, until: Day, took: Duration
    ) async throws {
        if let extract {
            let counts = try await PlatformExtract(store, area: Demonstration.area).write(to: extract)
            let labels = try await PlantedExtract(folder: extract, until: until).plant(store)
            say("另埋设违规 \(labels) 处,标注在 \(extract)/\(PlantedExtract.labelsFile)")
            say("抽取文件在 \(extract):就诊 \(counts.encounters) 行,结算 \(counts.settlements) 行,明细 \(counts.lines) 行")
        }
        if digest { print("SM3 \(try await CanonicalDigest.compute(store).hex)") }
        try AccountsFile(made, db: db).write(to: db + ".accounts")
        report(made, took)
    }

    private func report(_ made: Demonstration.Result, _ took: Duration) {
        let tally = made.tally
        say(
            "示范县已生成:\(made.people) 人,机构 \(made.institutions.count) 家,报文 \(tally.messages) 件,"
                + "费用明细 \(tally.lines) 行,结算 \(tally.settlements) 笔,撤销 \(tally.reversals) 笔,"
                + "在院 \(tally.openStays) 人,用时 \(took.components.seconds) 秒")
        say("各类备案 \(tally.filings) 件;当日不享受待遇、由本人自费的就诊 \(tally.selfPaid) 次")
        for (code, count) in tally.refused.sorted(by: { $0.key < $1.key }) { say("  拒绝报文 \(count) 件:\(code)") }
        for (code, count) in tally.refusedMatters.sorted(by: { $0.key < $1.key }) { say("  拒绝办件 \(count) 件:\(code)") }
        say("账号和密钥在 \(db).accounts")
    }

    private func say(_ text: String) {
        if !quiet { print(text) }
    }

    /// Ctrl-C ends the run between two days, with a sentence.
    private static func onInterrupt(_ action: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT)
        source.setEventHandler(handler: action)
        source.resume()
        return source
    }
}

/// The accounts of a demonstration county, in a file that only its owner can read (0600).
struct AccountsFile {
    private let text: String

    init(_ made: Demonstration.Result, db: String) {
        var lines = [
            "# 示范县的账号和密钥(\(db))。人名和数据都是编造的;密码是随机的,只写在这里。",
            "# 每行用制表符分隔:岗位、登录名、密码,可直接登录。",
            "# 定点医院、定点药店:编号、签名密钥(HMAC-SM3,十六进制);参保人:身份证号、姓名。",
            "# 试用接口:python3 examples/his_client.py --url http://127.0.0.1:8080 --keys \(db).accounts",
        ]
        lines += made.logins.map { "\($0.posts)\t\($0.login)\t\($0.password)" }
        if let hospital = made.institutions.first(where: { !$0.isPharmacy }) {
            lines.append("定点医院\t\(hospital.code)\t\(Hex.encode(hospital.key))")
        }
        if let pharmacy = made.institutions.first(where: \.isPharmacy) {
            lines.append("定点药店\t\(pharmacy.code)\t\(Hex.encode(pharmacy.key))")
        }
        lines.append("参保人\t\(made.sample.certificate)\t\(made.sample.name)")
        text = lines.joined(separator: "\n") + "\n"
    }

    func write(to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0, fchmod(descriptor, 0o600) == 0 else {
            throw Problem("demo.accounts", field: path, "写不了账号文件,请检查文件夹的权限")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do { try file.write(contentsOf: Data(text.utf8)) } catch {
            throw Problem("demo.accounts", field: path, "账号文件没有写完,请检查磁盘空间")
        }
    }
}
