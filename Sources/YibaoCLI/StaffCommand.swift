import Agency
import ArgumentParser
import Basics
import Control
import Storage

/// `yibao staff`: accounts from the machine itself, for the day when nobody can sign in.
struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "经办账号:列出、开设、重置密码",
        subcommands: [StaffListCommand.self, StaffAddCommand.self, StaffResetCommand.self])
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
}

/// `yibao staff list --db county.sqlite`
struct StaffListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "列出经办账号")

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            var table = TextTable([.init("登录名"), .init("姓名"), .init("岗位"), .init("状态")])
            for account in try await store.read({ tx in try Staff.all(tx, area: area) }) {
                table.add([
                    account.login, account.displayName, account.roles.sorted().map(\.name).joined(separator: "、"),
                    account.state.name,
                ])
            }
            print(table.text, terminator: "")
        }
    }
}

/// `yibao staff add jingban1 --name 演示甲 --role reception --db county.sqlite`
struct StaffAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "开设经办账号;初始密码只显示一次",
        discussion: "岗位:" + StaffRole.allCases.map { "\($0.rawValue) \($0.name)" }.joined(separator: ",") + "。")

    @Argument(help: "登录名")
    var login: String

    @Option(help: "姓名")
    var name: String

    @Option(help: "岗位,可写多次")
    var role: [String]

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            let roles = try Set(
                role.map { word in
                    guard let role = StaffRole(rawValue: word) else {
                        throw Problem("staff.role", field: "--role", "没有岗位“\(word)”,请看 yibao staff add --help")
                    }
                    return role
                })
            let (password, credential) = await Credential.first()
            try await store.write { [login, name] tx in
                _ = try Staff.open(
                    tx, area: area, login: login, displayName: name, roles: roles, credential: credential, by: .system,
                    at: House.clock())
            }
            print("账号 \(login) 已开设,初始密码 \(password)(只显示这一次,首次登录须修改)")
        }
    }
}

/// `yibao staff reset admin --db county.sqlite`
struct StaffResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "重置密码并解除锁定;新密码只显示一次")

    @Argument(help: "登录名")
    var login: String

    @OptionGroup var options: StaffOptions

    func run() async throws {
        try await options.run { store, area in
            let (password, credential) = await Credential.first()
            let now = House.clock()
            try await store.write { [login] tx in
                guard let name = LoginName(login), let account = try Staff.find(tx, area: area, login: name) else {
                    throw Problem("staff.unknown", field: "login", "没有登录名“\(login)”,请用 yibao staff list 查看")
                }
                try Staff.changePassword(tx, area: area, staff: account.id, to: credential, by: .system, at: now)
                try Staff.unlock(tx, area: area, staff: account.id, by: .system, reason: "重置密码", at: now)
            }
            print("账号 \(login) 的新密码 \(password)(只显示这一次,首次登录须修改)")
        }
    }
}
