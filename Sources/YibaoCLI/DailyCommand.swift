import Agency
import ArgumentParser
import Basics
import Policy

/// `yibao daily --db county.sqlite`: the day's work from cron, where no server runs all night.
struct DailyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daily", abstract: "日终处理:办件到期、批量办理、待遇核算、转移超时、过期清理、封存事件",
        discussion: "当天办过的不再办,没有办完的接着办;有一项没有办完时退出码为 2。yibao serve 每天自动办理一次。")

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Option(help: "统筹区代码;不写则办理在本机设有机构的全部统筹区")
    var area: String?

    func run() async throws {
        let agency = try await House.open(db: db, policies: policies)
        do {
            var failures = 0
            for area in try await areas(agency) {
                let report = try await agency.daily(area)
                show(report)
                failures += report.failures.count
            }
            if let warning = agency.calendarWarning { print(warning) }
            try await agency.close()
            if failures > 0 { throw ExitCode(2) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            try? await agency.close()
            throw House.sentence(for: error)
        }
    }

    private func areas(_ agency: Agency) async throws -> [AreaCode] {
        guard let area else { return try await agency.officeAreas() }
        guard let code = AreaCode(area) else {
            throw Problem("daily.area", field: "--area", "“\(area)”不是六位统筹区代码,请改正,例如 990100")
        }
        _ = try agency.policies.area(code)
        return [code]
    }

    private func show(_ report: DailyReport) {
        print("统筹区 \(report.area) \(report.day) 日终处理")
        var table = TextTable([.init("事项"), .init("结果"), .init("办理时间")])
        for outcome in report.outcomes {
            let words = outcome.isDone ? "\(outcome.touched) \(outcome.part.unit)" : "没有办完:\(outcome.reason)"
            table.add([outcome.part.name, words, outcome.finishedAt.description])
        }
        print(table.text)
    }
}
