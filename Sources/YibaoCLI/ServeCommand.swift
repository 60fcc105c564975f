import Agency
import ArgumentParser
import Basics
import Control
import Counter
import Foundation
import Gateway
import Hummingbird
import Logging
import Policy
import Storage
import UnixSignals

/// `yibao serve`: opens the gateway for hospitals and pharmacies, and the web counter beside it.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "开门办公:启动医保结算接口和网页柜台")

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Option(help: "监听端口")
    var port = 8080

    @Option(help: "网页柜台属于哪个统筹区")
    var area = "990100"

    @Option(help: "监听地址")
    var host = "127.0.0.1"

    @Option(help: "签名密钥文件;不写则在 SQLite 文件旁边,PostgreSQL 在当前文件夹的 yibao.key")
    var key: String?

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "yibao")
        logger.logLevel = .notice
        let agency = try await House.open(db: db, policies: policies)
        do {
            try await serve(agency, logger)
            try await agency.close()
        } catch {
            try? await agency.close()
            throw House.sentence(for: error, port: port)
        }
    }

    /// Everything the house answers over HTTP is put together here.
    private func serve(_ agency: Agency, _ logger: Logger) async throws {
        let router = Router(context: DoorContext.self)
        Gateway(agency, logger: logger).addRoutes(to: router)
        PortabilityDoor(agency, logger: logger).addRoutes(to: router)
        guard let area = AreaCode(area) else {
            throw Problem("serve.area", field: "--area", "统筹区应当是六位区划代码,收到“\(area)”,请改正后重新启动")
        }
        try await Counter(agency: agency, area: area, log: logger).addRoutes(to: router)
        let address = "http://\(host):\(port)"
        var application = Application(
            router: router,
            // A connection that says nothing for a minute is closed, also in the middle of a body.
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(address: .hostname(host, port: port), serverName: nil, backlog: 1024),
            onServerRunning: { _ in FileHandle.standardError.write(Data("已开门:\(address)\n".utf8)) },
            logger: logger)
        let key = try signingKey()
        application.addServices(
            Sealing(agency: agency, key: key, logger: logger),
            Transferring(agency: agency, post: PortabilityPost(agency, key: key?.key), logger: logger))
        application.addServices(Jobs(agency: agency, logger: logger), Daily(agency: agency, logger: logger))
        // SIGTERM and SIGINT let the messages under way end, then the doors close.
        try await application.runService(gracefulShutdownSignals: [.sigterm, .sigint])
    }

    /// The key with which each day's head is signed, and messages to agencies that hold its public half. One that is
    /// named must be there; without one the chain is sealed all the same.
    private func signingKey() throws -> SigningKey? {
        if let key { return try SigningKey.load(from: key) }
        let path = SigningKey.path(besideDatabase: db)
        return FileManager.default.fileExists(atPath: path) ? try SigningKey.load(from: path) : nil
    }
}
