import Agency
import ArgumentParser
import Basics
import Foundation
import Policy

/// `yibao policy`: the law as data, checked and shown.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "政策参数:检查政策文件,查看某一天有效的标准",
        subcommands: [PolicyCheckCommand.self, PolicyShowCommand.self])

    /// Every parameter that a desk reads.
    static var declared: [Declaration] { Agency.declarations }
}

/// `yibao policy check policies`
struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "检查政策文件,一次列出全部问题,带文件和行号")

    @Argument(help: "政策文件夹,可以是全部统筹区,也可以是一个统筹区")
    var folder = "policies"

    func run() async throws {
        var problems = PolicyCheck(PolicyCommand.declared).problems(inFolder: folder)
        let calendar = (folder.hasSuffix("/") ? folder : folder + "/") + "calendar.csv"
        if FileManager.default.fileExists(atPath: calendar) {
            do { _ = try WorkCalendar.load(calendar) } catch { problems += error.all }
        }
        guard problems.isEmpty else {
            for problem in problems {
                print("\(problem.field.map { "\($0): " } ?? "")\(problem.message) [\(problem.code)]")
            }
            print("共 \(problems.count) 个问题")
            throw ExitCode(1)
        }
        let areas = try PolicyBook.load(folder).areas.values.sorted { $0.code < $1.code }
        for area in areas { print("\(area.name)(\(area.code)) 版本 \(area.version.prefix(12)) 没有问题") }
    }
}

/// `yibao policy show --area 990100 --on 2026-03-01 --key inpatient`
struct PolicyShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "列出一个统筹区某一天有效的全部标准及其依据")

    @Option(help: "医保区划代码,六位")
    var area: String

    @Option(help: "哪一天,如 2026-03-01")
    var on: String

    @Option(help: "只看这一险种(310 职工、390 居民)及各险种共用的标准")
    var insurance: String?

    @Option(help: "只看以此开头的参数,如 inpatient")
    var key = ""

    @Option(help: "政策文件夹")
    var folder = "policies"

    func validate() throws {
        guard AreaCode(area) != nil else { throw ValidationError("--area 应当是六位医保区划代码,如 990100") }
        guard Day(on) != nil else { throw ValidationError("--on 的日期不存在或写法不对,应当写成 2026-03-01") }
        guard insurance == nil || chosen != nil else { throw ValidationError("--insurance 应当是险种代码,如 310、390") }
    }

    private var chosen: Insurance? { insurance.flatMap { Int64($0) }.flatMap(Insurance.init(rawValue:)) }

    func run() async throws {
        do {
            let policy = try PolicyBook.load(folder).area(AreaCode(area)!)
            let rows = try policy.rows(on: Day(on)!, insurance: chosen, prefix: key)
            print("\(policy.name)(\(policy.code)) \(on) 有效标准 版本 \(policy.version.prefix(12))\n")
            print(table(rows), terminator: "")
        } catch let problems as Problems {
            for problem in problems.all { print("\(problem.field.map { "\($0): " } ?? "")\(problem.message)") }
            throw ExitCode(1)
        } catch let problem as Problem {
            print(problem.message)
            throw ExitCode(1)
        }
    }

    /// What repeats from row to row is written once.
    private func table(_ rows: [PolicyRow]) -> String {
        guard !rows.isEmpty else { return "没有符合条件的标准\n" }
        var table = TextTable(["险种", "参数", "名称", "适用", "值", "起始", "依据"])
        var before: PolicyRow?
        for row in rows {
            let sameInsurance = before.map { $0.insurance == row.insurance } ?? false
            let same = sameInsurance && before?.key == row.key
            let scope = row.insurance.map { "\($0.rawValue)" } ?? "共用"
            let head = [sameInsurance ? "" : scope] + (same ? ["", ""] : [row.key, row.title]) + [row.place]
            table.add(head + [row.lines.first ?? ""] + (same ? [] : ["\(row.from)", row.basis]))
            for line in row.lines.dropFirst() { table.add(["", "", "", "", line]) }
            before = row
        }
        return table.text
    }
}
