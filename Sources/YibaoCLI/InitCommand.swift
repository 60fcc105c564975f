import Agency
import ArgumentParser
import Basics
import Control
import Foundation
import Fund
import Storage

/// `yibao init --db county.sqlite --area 990100`: an empty house with the four people who can take on all others.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "建立新库:签名密钥、科目表、岗位设置和最初的四个账号",
        discussion: """
            最初的四个账号是系统管理员、安全保密管理员、安全审计员和主要负责人,须由四个人分别掌管;
            其他人的账号和岗位由他们在柜台办件。初始密码只显示这一次,首次登录必须修改。签名密钥写在数据库之外的文件里(只有本人可读),
            每天的事件链头用它签名:请另行备份,不要和数据库放在同一份备份里。
            """)

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "统筹区,六位医保区划代码")
    var area = "990100"

    @Option(help: "签名密钥文件;不写则放在 SQLite 文件旁边,PostgreSQL 放在当前文件夹的 yibao.key")
    var key: String?

    @Option(help: "会计科目表")
    var chart = "knowledge/fund/chart.csv"

    @Option(help: "科室、岗位和不相容岗位所在的文件夹")
    var organisation = "knowledge/control"

    /// Who must be there so that matters can take on everybody else (docs/decisions/0008).
    private static let founders: [(login: String, post: PostCode)] = [
        ("xitong", "system"), ("anquan", "security.admin"), ("shenji", "security.audit"), ("fuzeren", "director"),
    ]

    func run() async throws {
        do {
            guard let area = AreaCode(area) else {
                throw Problem("init.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
            }
            let accounts = try Chart(csv: try text(of: chart), file: chart)
            let plan = try OrganisationPlan.load(folder: organisation)
            let store = try await House.store(db)
            do {
                try await store.migrate(Agency.migrations)
                try await make(area, accounts, plan, in: store)
                try await store.close()
            } catch {
                try? await store.close()
                throw error
            }
        } catch {
            throw House.sentence(for: error)
        }
    }

    private func make(
        _ area: AreaCode, _ accounts: Chart, _ plan: OrganisationPlan, in store: any Store
    ) async throws {
        let isTaken = try await store.read { tx in !(try Staff.all(tx, area: area).isEmpty) }
        guard !isTaken else {
            throw Problem(
                "init.taken", field: "--area", "统筹区 \(area) 在这个库里已经初始化,不会重来;忘记密码请用 yibao staff reset")
        }
        let path = key ?? SigningKey.path(besideDatabase: db)
        let isNewKey = !FileManager.default.fileExists(atPath: path)
        let signing = isNewKey ? try SigningKey.make(at: path) : try SigningKey.load(from: path)
        var founders: [Founder] = []
        for (login, post) in Self.founders { founders.append(await Founder(login: login, post: post, plan: plan)) }
        let now = House.clock()
        do {
            try await store.write { [founders] tx in
                try EventLog.resume(tx, area: area)
                try signing.register(tx, area: area, at: now)
                try FundDesk.load(tx, area: area, accounts, by: .system, at: now)
                let ground = Ground("建库", by: .system, at: now)
                try Organisation.establish(tx, area: area, plan, on: ground)
                for founder in founders { try founder.open(tx, area, on: ground) }
            }
        } catch {
            // A key that no database knows is of no use, and would stand in the way of the next try.
            if isNewKey { try? FileManager.default.removeItem(atPath: path) }
            throw error
        }
        try await Sealer.seal(store, area: area, at: now)
        report(area, accounts, plan, founders, signing, path)
    }

    private func report(
        _ area: AreaCode, _ accounts: Chart, _ plan: OrganisationPlan, _ founders: [Founder], _ signing: SigningKey,
        _ path: String
    ) {
        var logins = TextTable([.init("岗位"), .init("登录名"), .init("初始密码(只显示这一次,首次登录须修改)")])
        for founder in founders { logins.add([founder.name, founder.login, founder.password]) }
        print(
            """
            统筹区 \(area) 已建立。请把四个账号分别交给四个人:
            \(logins.text)
              签名密钥  \(path)   指纹 \(signing.fingerprint)(请抄给监督部门,并另行备份密钥文件)
              科目表    \(accounts.accounts.count) 个科目
              岗位设置  \(plan.sections.count) 个科室,\(plan.posts.count) 个岗位,\(plan.incompatible.count) 对不相容岗位
            """)
    }

    private func text(of file: String) throws -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Problem("init.chart", field: "--chart", "读不到科目表“\(file)”,请在程序目录下执行,或用 --chart 指出它的位置")
        }
        return text
    }
}

/// One of the first people of an agency, with a first password.
private struct Founder: Sendable {
    let login: String
    let name: String
    let password: String
    private let post: PostCode
    private let credential: Credential

    init(login: String, post: PostCode, plan: OrganisationPlan) async {
        self.login = login
        self.post = post
        name = plan.name(of: post)
        (password, credential) = await Credential.first()
    }

    func open(_ tx: any Transaction, _ area: AreaCode, on ground: Ground) throws {
        let staff = try Staff.open(
            tx, area: area, login: login, displayName: name, credential: credential, on: ground)
        try Organisation.grant(tx, area: area, post, to: staff, from: ground.at.day, on: ground)
    }
}
