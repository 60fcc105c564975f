import Agency
import ArgumentParser
import Basics
import Control
import Storage

/// `yibao risk-check --db county.sqlite --from 2026-01-01 --through 2026-03-31`
struct RiskCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk-check", abstract: "经办风险检查:按内控检查要点从数据中自查,列出问题",
        discussion: "有“问题”时退出码为 2。逐条明细用 --rows 显示。")

    @Option(help: "数据库:SQLite 文件路径,或 postgres:// 开头的连接串")
    var db: String

    @Option(help: "统筹区,六位医保区划代码")
    var area = "990100"

    @Option(help: "政策文件夹")
    var policies = "policies"

    @Option(help: "检查期间的第一天,例如 2026-01-01;不写则为本年第一天")
    var from: String?

    @Option(help: "检查期间的最后一天;不写则为今天")
    var through: String?

    @Option(help: "每个检查点最多显示多少行明细")
    var rows = 0

    func run() async throws {
        do {
            let today = House.clock().day
            let first = try day(from, "--from") ?? Month(year: today.year, month: 1).first
            let last = try day(through, "--through") ?? today
            guard let area = AreaCode(area) else {
                throw Problem("risk.area", field: "--area", "“\(area)”不是六位区划代码,请改正,例如 990100")
            }
            let agency = try await House.open(db: db, policies: policies)
            let report: RiskReport
            do {
                report = try await agency.riskCheck(area, from: first, through: last)
                try await agency.close()
            } catch {
                try? await agency.close()
                throw error
            }
            show(report)
            if report.verdict == .finding { throw ExitCode(2) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            throw House.sentence(for: error)
        }
    }

    private func day(_ text: String?, _ option: String) throws -> Day? {
        guard let text else { return nil }
        guard let day = Day(text) else {
            throw Problem("risk.day", field: option, "“\(text)”不是日期,请写成 2026-03-31")
        }
        return day
    }

    private func show(_ report: RiskReport) {
        print("统筹区 \(report.area) 经办风险检查,\(report.first) 至 \(report.last)")
        var table = TextTable([.init("检查点"), .init("结果"), .init("结论"), .init("依据")])
        for point in report.points { table.add([point.title, point.figure, point.verdict.name, point.basis]) }
        print(table.text)
        guard rows > 0 else { return }
        for point in report.points where !point.rows.isEmpty {
            print("\(point.title):\(point.figure)")
            var detail = TextTable(point.columns.map { .init($0) })
            for row in point.rows.prefix(rows) { detail.add(row.cells) }
            print(detail.text)
        }
    }
}
