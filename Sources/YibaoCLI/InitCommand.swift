import Agency
import ArgumentParser
import Basics
import Control
import Foundation
import Fund
import Storage

/// `yibao init --db county.sqlite --area 990100`: an empty house with its first administrator.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "建立新库:签名密钥、科目表和第一个系统管理员",
        discussion: """
            初始密码只显示这一次,首次登录必须修改。签名密钥写在数据库之外的文件里(只有本人可读),
            每天的事件链头用它签名:请另行备份,不要和数据库放在同一份备份里。
            """)

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "统筹区,六位医保区划代码")
    var area = "990100"

    @Option(help: "管理员的登录名")
    var login = "admin"

    @Option(help: "管理员的姓名")
    var name = "系统管理员"

    @Option(help: "签名密钥文件;不写则放在数据库文件旁边")
    var key: String?

    @Option(help: "会计科目表")
    var chart = "knowledge/fund/chart.csv"

    func run() async throws {
        do {
            guard let area = AreaCode(area) else {
                throw Problem("init.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
            }
            let accounts = try Chart(csv: try text(of: chart), file: chart)
            let store = try await House.store(db)
            do {
                try await store.migrate(Agency.migrations)
                try await make(area, accounts, in: store)
                try await store.close()
            } catch {
                try? await store.close()
                throw error
            }
        } catch {
            throw House.sentence(for: error)
        }
    }

    private func make(_ area: AreaCode, _ accounts: Chart, in store: any Store) async throws {
        let isTaken = try await store.read { tx in !(try Staff.all(tx, area: area).isEmpty) }
        guard !isTaken else {
            throw Problem(
                "init.taken", field: "--area", "统筹区 \(area) 在这个库里已经初始化,不会重来;忘记密码请用 yibao staff reset")
        }
        let path = key ?? SigningKey.path(besideDatabase: db)
        let isNewKey = !FileManager.default.fileExists(atPath: path)
        let signing = isNewKey ? try SigningKey.make(at: path) : try SigningKey.load(from: path)
        let (password, credential) = await Credential.first()
        let now = House.clock()
        do {
            try await store.write { [login, name] tx in
                try EventLog.resume(tx, area: area)
                try signing.register(tx, area: area, at: now)
                try FundDesk.load(tx, area: area, accounts, by: .system, at: now)
                try Staff.open(
                    tx, area: area, login: login, displayName: name, roles: [.system], credential: credential,
                    by: .system, at: now)
            }
        } catch {
            // A key that no database knows is of no use, and would stand in the way of the next try.
            if isNewKey { try? FileManager.default.removeItem(atPath: path) }
            throw error
        }
        try await Sealer.seal(store, area: area, at: now)
        print(
            """
            统筹区 \(area) 已建立。
              登录名    \(login)
              初始密码  \(password)   (只显示这一次,首次登录须修改)
              签名密钥  \(path)   指纹 \(signing.fingerprint)(请抄给监督部门,并另行备份密钥文件)
              科目表    \(accounts.accounts.count) 个科目
            """)
    }

    private func text(of file: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Problem("init.chart", field: "--chart", "读不到科目表“\(file)”,请在程序目录下执行,或用 --chart 指出它的位置")
        }
        return text
    }
}
