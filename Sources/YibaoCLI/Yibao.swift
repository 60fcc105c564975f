import ArgumentParser

/// `yibao`: the agency's working system, from one program.
@main
struct Yibao: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "yibao",
        abstract: "易保:医保经办与稽核系统",
        discussion: "从空机器到办第一笔结算:yibao init → yibao import … → yibao serve。先看样子:make demo。",
        version: "1.0.0",
        subcommands: [
            InitCommand.self, ServeCommand.self, ImportCommand.self, VerifyCommand.self, StaffCommand.self,
            RiskCheckCommand.self,
            BackupCommand.self,
            PolicyCommand.self, SettleCommand.self, DemoCommand.self, ScreenCommand.self, RulesCommand.self,
            ExtractCommand.self, ProviderKeyCommand.self, OpenAPICommand.self, BenchHTTPCommand.self,
            ScreenGenerateCommand.self, CoverCommand.self, DailyCommand.self,
        ])
}
