import Agency
import ArgumentParser
import Basics
import Control
import Storage

/// `yibao staff`: accounts and posts from the machine itself, for the day when nobody can sign in. Staff are otherwise
/// taken on by matters; what is done here has the machine's owner for its actor, and stands in the risk self-check.
struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "经办账号和岗位:列出;应急开设、授予、收回、重置密码",
        discussion: "日常的账号和岗位变动请在柜台办件。这里的操作以机器所有者的名义办理,记入事件链并列入风险自查。",
        subcommands: [
            StaffListCommand.self, StaffPostsCommand.self, StaffAddCommand.self, StaffGrantCommand.self,
            StaffWithdrawCommand.self, StaffResetCommand.self,
        ])
}

/// What every one of them is told.
struct StaffOptions: ParsableArguments {
    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "统筹区,六位医保区划代码")
    var area = "990100"

    /// Works on the area's accounts, or ends the command with a sentence that says what to do.
    func run(_ work: (any Store, AreaCode) async throws -> Void) async throws {
        do {
            guard let area = AreaCode(area) else {
                throw Problem("staff.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
            }
            let store = try await House.store(db)
            do {
                try await store.migrate(Agency.migrations)
                try await work(store, area)
                try await store.close()
            } catch {
                try? await store.close()
                throw error
            }
        } catch {
            throw House.sentence(for: error)
        }
    }

    /// The account of a login name.
    static func account(_ tx: any Transaction, _ area: AreaCode, _ login: String) throws -> StaffAccount {
        guard let name = LoginName(login), let account = try Staff.find(tx, area: area, login: name) else {
            throw Problem("staff.unknown", field: "login", "没有登录名“\(login)”,请用 yibao staff list 查看")
        }
        return account
    }
}

/// `yibao staff list --db county.sqlite`
struct StaffListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "列出经办账号和岗位")

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            var table = TextTable([.init("登录名"), .init("姓名"), .init("状态"), .init("岗位")])
            let now = House.clock()
            try await store.read { tx in
                let plan = try Organisation.plan(tx, area: area)
                let names = try Staff.names(tx, area: area)
                let held = Dictionary(grouping: try Organisation.holdings(tx, area: area, at: now)) { $0.staff }
                return try Staff.all(tx, area: area).map { account in
                    let posts = (held[account.id] ?? []).map { post in
                        let through = post.period.last.map { ",至 \($0)" } ?? ""
                        let absent = post.onBehalfOf.map { ",代 \(names[$0] ?? "")" } ?? ""
                        let note = absent + through
                        return plan.name(of: post.post) + (note.isEmpty ? "" : "(\(note.dropFirst()))")
                    }
                    return [account.login, account.displayName, account.state.name, posts.joined(separator: "、")]
                }
            }.forEach { table.add($0) }
            print(table.text, terminator: "")
        }
    }
}

/// `yibao staff posts --db county.sqlite`
struct StaffPostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "posts", abstract: "列出科室和岗位代码")

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            var table = TextTable([.init("岗位代码"), .init("岗位"), .init("科室"), .init("权限")])
            let plan = try await store.read { tx in try Organisation.plan(tx, area: area) }
            for post in plan.posts {
                table.add([
                    post.code.text, post.name, plan.section(post.section)?.name ?? post.section,
                    post.permissions.sorted().map(\.name).joined(separator: "、"),
                ])
            }
            print(table.text, terminator: "")
        }
    }
}

/// `yibao staff add jingban1 --name 演示甲 --post enrolment.reception --reason 全员无法登录 --db county.sqlite`
struct StaffAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "应急开设经办账号并授予岗位;初始密码只显示一次")

    @Argument(help: "登录名")
    var login: String

    @Option(help: "姓名")
    var name: String

    @Option(help: "岗位代码,可写多次;用 yibao staff posts 查看")
    var post: [String] = []

    @Option(help: "为什么不能在柜台办件")
    var reason: String

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            let (password, credential) = await Credential.first()
            let ground = Ground(reason, by: .system, at: House.clock())
            try await store.write { [login, name, post] tx in
                let staff = try Staff.open(
                    tx, area: area, login: login, displayName: name, credential: credential, on: ground)
                for code in post {
                    try Organisation.grant(tx, area: area, PostCode(code), to: staff, from: ground.at.day, on: ground)
                }
            }
            print("账号 \(login) 已开设,初始密码 \(password)(只显示这一次,首次登录须修改)")
        }
    }
}

/// `yibao staff grant jingban1 --post enrolment.review --reason 全员无法登录 --db county.sqlite`
struct StaffGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "grant", abstract: "应急授予岗位")

    @Argument(help: "登录名")
    var login: String

    @Option(help: "岗位代码;用 yibao staff posts 查看")
    var post: String

    @Option(help: "到哪一天为止,例如 2026-12-31;不写则一直有效")
    var until: String?

    @Option(help: "为什么不能在柜台办件")
    var reason: String

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            let ground = Ground(reason, by: .system, at: House.clock())
            let last = try until.map { text in
                guard let day = Day(text) else {
                    throw Problem("staff.until", field: "--until", "“\(text)”不是日期,请写成 2026-12-31")
                }
                return day
            }
            try await store.write { [login, post] tx in
                let account = try StaffOptions.account(tx, area, login)
                try Organisation.grant(
                    tx, area: area, PostCode(post), to: account.id, from: ground.at.day, through: last, on: ground)
            }
            print("账号 \(login) 已授予岗位 \(post)")
        }
    }
}

/// `yibao staff withdraw jingban1 --post enrolment.review --reason 全员无法登录 --db county.sqlite`
struct StaffWithdrawCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "withdraw", abstract: "应急收回岗位")

    @Argument(help: "登录名")
    var login: String

    @Option(help: "岗位代码")
    var post: String

    @Option(help: "为什么不能在柜台办件")
    var reason: String

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            let ground = Ground(reason, by: .system, at: House.clock())
            try await store.write { [login, post] tx in
                let account = try StaffOptions.account(tx, area, login)
                let held = try Organisation.standing(tx, area: area, of: account.id, from: ground.at.day)
                    .filter { $0.post.text == post }
                guard !held.isEmpty else {
                    throw Problem("staff.notHeld", field: "--post", "账号“\(login)”没有岗位“\(post)”,请用 yibao staff list 查看")
                }
                for grant in held { try Organisation.withdraw(tx, area: area, grant.grant, on: ground) }
            }
            print("账号 \(login) 的岗位 \(post) 已收回")
        }
    }
}

/// `yibao staff reset anquan --reason 密码遗失 --db county.sqlite`
struct StaffResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "应急重置密码并解除锁定;新密码只显示一次")

    @Argument(help: "登录名")
    var login: String

    @Option(help: "为什么不能在柜台办件")
    var reason: String

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            let (password, credential) = await Credential.first()
            let ground = Ground(reason, by: .system, at: House.clock())
            try await store.write { [login] tx in
                let account = try StaffOptions.account(tx, area, login)
                try Staff.voidPassword(tx, area: area, staff: account.id, on: ground)
                try Staff.issuePassword(tx, area: area, staff: account.id, credential, on: ground)
                try Staff.unlock(tx, area: area, staff: account.id, on: ground)
            }
            print("账号 \(login) 的新密码 \(password)(只显示这一次,首次登录须修改)")
        }
    }
}
